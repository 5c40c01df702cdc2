//! The URL of a source's endpoint.

use url::Url;

use crate::{Error, Result};

/// The base URL with the endpoint's path appended to its own.
pub(crate) fn endpoint(base_url: &Url, path: &str) -> Result<Url> {
    let refuse = |reason| Error::BaseUrl {
        url: base_url.host_str().unwrap_or_default().to_owned(),
        reason,
    };
    if !matches!(base_url.scheme(), "http" | "https") {
        return Err(refuse("it is not http or https"));
    }
    if base_url.query().is_some() || base_url.fragment().is_some() {
        return Err(refuse("it has a query"));
    }
    let mut url = base_url.clone();
    url.set_path(&format!("{}{path}", base_url.path().trim_end_matches('/')));
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_appended_to_the_base_urls_own() {
        let at = |base: &str| {
            endpoint(&base.parse().expect("a URL"), "/job-search").map(|url| url.to_string())
        };
        assert_eq!(at("http://a:1").expect("fine"), "http://a:1/job-search");
        assert_eq!(at("http://a/b/").expect("fine"), "http://a/b/job-search");
        at("ftp://a").expect_err("another scheme");
        at("http://a/?access-key=x").expect_err("a query");
    }
}
