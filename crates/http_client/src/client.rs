//! The HTTP client that every call is made with.

use std::time::Duration;

use reqwest::ClientBuilder;
use url::Url;

use crate::proxy;

const USER_AGENT: &str = concat!("jobtide/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client for calls to the host of `url`: it follows no redirect and retries nothing.
pub fn client(url: &Url) -> ClientBuilder {
    let mut client = reqwest::Client::builder();
    if proxy::is_loopback(url) {
        client = client.no_proxy();
    }
    client
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        // Retries are made, and counted, by whoever calls.
        .retry(reqwest::retry::never())
        .referer(false)
}

/// An error of the HTTP client with its causes, without the URL.
pub fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        text.push_str(": ");
        text.push_str(&deeper.to_string());
        cause = deeper.source();
    }
    text
}
