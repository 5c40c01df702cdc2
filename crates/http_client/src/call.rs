//! One call and its answer.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Method, Response};
use url::Url;

use crate::client::{client, describe};
use crate::proxy;
use crate::retry_after::retry_after;

/// The most redirects of a call.
const REDIRECTS: usize = 5;

/// A call as it is sent.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Of the scheme `http` or `https`.
    pub url: Url,
    /// Values with secrets are marked as sensitive.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; empty for none.
    pub body: Bytes,
    /// How long the whole answer may take, its body included.
    pub within: Duration,
    /// Which redirects are followed.
    pub redirects: Redirects,
}

/// Which redirects are followed. One from another machine to a loopback address, or the other way round,
/// never is: it would circumvent what decides about proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// None: the redirect is the answer.
    None,
    /// Within the origin (scheme, host and port) that was called: the call has credentials.
    SameOrigin,
    /// To any origin, but not from `https` to `http`.
    AnyOrigin,
}

/// Why there is no answer, or no whole one. No message names the URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// It took too long.
    #[error("no whole answer within {seconds} s{proxy}")]
    Timeout {
        /// How long it may take.
        seconds: f64,
        /// The proxy in between, as a message adds it.
        proxy: String,
    },

    /// The server, or what is in between, failed.
    #[error("{reason}{proxy}")]
    Failed {
        /// What the HTTP client says.
        reason: String,
        /// The proxy in between, as a message adds it.
        proxy: String,
    },

    /// A redirect leads where this call may not be sent.
    #[error("redirected to another place, which is not followed: {reason}")]
    Redirected {
        /// Why.
        reason: &'static str,
    },

    /// The call cannot be made.
    #[error("the call cannot be made: {reason}")]
    Unusable {
        /// Why.
        reason: String,
    },
}

impl CallError {
    /// Whether another attempt makes sense.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Failed { .. })
    }
}

/// Why a redirect is not followed.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0}")]
struct Refused(&'static str);

impl Call {
    /// Sends it, and returns what comes back once its headers are there.
    ///
    /// # Errors
    /// A [`CallError`]; a status of any kind is an answer, not an error.
    pub async fn send(self) -> Result<Answer, CallError> {
        if !matches!(self.url.scheme(), "http" | "https") {
            let reason = "the URL is not http or https".to_owned();
            return Err(CallError::Unusable { reason });
        }
        let proxy = proxy::between(&self.url);
        let context = Context {
            within: self.within,
            proxy: proxy.map_or_else(String::new, |proxy| {
                format!(" (through the proxy `{proxy}`)")
            }),
        };
        let redirects = self.redirects;
        let client = client(&self.url).redirect(match redirects {
            Redirects::None => Policy::none(),
            _ => Policy::custom(move |attempt| follow(redirects, attempt)),
        });
        let client = client.build().map_err(|error| CallError::Unusable {
            reason: describe(error),
        })?;
        let mut headers = HeaderMap::new();
        headers.extend(self.headers);
        let mut request = client
            .request(self.method, self.url)
            .headers(headers)
            .timeout(self.within);
        if !self.body.is_empty() {
            request = request.body(self.body);
        }
        let response = request.send().await.map_err(|error| context.error(error))?;
        Ok(Answer { response, context })
    }
}

fn follow(redirects: Redirects, attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let refused = {
        let to = attempt.url();
        let first = attempt.previous().first().unwrap_or(to);
        let last = attempt.previous().last().unwrap_or(to);
        if attempt.previous().len() > REDIRECTS {
            Some("there are too many redirects")
        } else if redirects == Redirects::SameOrigin && to.origin() != first.origin() {
            Some("it is another host, and the call has credentials")
        } else if proxy::is_loopback(to) != proxy::is_loopback(first) {
            Some("one of both is a loopback address")
        } else if last.scheme() == "https" && to.scheme() != "https" {
            Some("it is not encrypted")
        } else {
            None
        }
    };
    match refused {
        Some(reason) => attempt.error(Refused(reason)),
        None => attempt.follow(),
    }
}

/// What the errors of a call say.
#[derive(Debug)]
struct Context {
    within: Duration,
    proxy: String,
}

impl Context {
    fn error(&self, error: reqwest::Error) -> CallError {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(error) = cause {
            if let Some(Refused(reason)) = error.downcast_ref() {
                return CallError::Redirected { reason };
            }
            cause = error.source();
        }
        let proxy = self.proxy.clone();
        if error.is_timeout() && !error.is_connect() {
            let seconds = self.within.as_secs_f64();
            return CallError::Timeout { seconds, proxy };
        }
        let is_unusable = error.is_builder();
        let reason = describe(error);
        match is_unusable {
            true => CallError::Unusable { reason },
            false => CallError::Failed { reason, proxy },
        }
    }
}

/// The answer to a call: its status and headers, and the body as it arrives.
#[derive(Debug)]
pub struct Answer {
    response: Response,
    context: Context,
}

impl Answer {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Where a redirect leads that was not followed, without its query.
    pub fn location(&self) -> Option<String> {
        let to = self.response.headers().get(LOCATION)?.to_str().ok()?;
        let mut to = self.response.url().join(to).ok()?;
        to.set_query(None);
        to.set_fragment(None);
        to.set_username("").ok()?;
        to.set_password(None).ok()?;
        Some(to.into())
    }

    /// What `Retry-After` asks for.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        retry_after(self.response.headers(), now)
    }

    /// The next bytes of the body, decoded; `None` at its end.
    ///
    /// # Errors
    /// When it breaks off or takes too long.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, CallError> {
        let chunk = self.response.chunk().await;
        chunk.map_err(|error| self.context.error(error))
    }

    /// The first bytes of the body, for a message; what cannot be read is left out.
    pub async fn beginning(mut self, most: usize) -> Bytes {
        let mut bytes = BytesMut::new();
        while let Ok(Some(chunk)) = self.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() >= most {
                bytes.truncate(most);
                break;
            }
        }
        bytes.freeze()
    }
}

#[cfg(test)]
mod tests;
