//! Which proxy a call goes through, as the HTTP client decides it: by `HTTP_PROXY`, `HTTPS_PROXY`,
//! `ALL_PROXY` and `NO_PROXY`, in upper or lower case.
//!
//! The client would use a proxy for everything that `NO_PROXY` does not name, loopback addresses
//! included: a remote proxy cannot reach those, and would see the access key. So they never go
//! through one. If another address does, messages name the proxy, without its password.

use hyper_util::client::proxy::matcher::Matcher;
use kernel::without_credentials;
use url::{Host, Url};

/// Whether an address is a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// The proxy between this machine and `url`, as messages name it.
pub fn between(url: &Url) -> Option<String> {
    if is_loopback(url) {
        return None;
    }
    named(&Matcher::from_system(), url)
}

fn named(matcher: &Matcher, url: &Url) -> Option<String> {
    let asked = url.as_str().parse().ok()?;
    let proxy = matcher.intercept(&asked)?;
    let address = proxy.uri();
    let scheme = address.scheme_str().unwrap_or("http");
    let host = address.authority()?;
    Some(without_credentials(&format!("{scheme}://{host}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        let here = |base: &str| is_loopback(&base.parse().expect("a URL"));
        for base in [
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://localhost",
            "http://LOCALHOST./",
        ] {
            assert!(here(base), "{base}");
        }
        for base in [
            "https://oapi.saramin.co.kr",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://0.0.0.0",
        ] {
            assert!(!here(base), "{base}");
        }
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let matcher = Matcher::builder()
            .http("http://name:secret@proxy.example:3128")
            .https("socks5://other.example:1080")
            .no("inside.example")
            .build();
        let proxy = |url: &str| named(&matcher, &url.parse().expect("a URL"));
        assert_eq!(
            proxy("http://source.example/a?b=c").as_deref(),
            Some("http://proxy.example:3128")
        );
        assert_eq!(
            proxy("https://source.example").as_deref(),
            Some("socks5://other.example:1080")
        );
        assert_eq!(proxy("http://inside.example"), None);
        assert_eq!(between(&"http://127.0.0.1:1".parse().expect("a URL")), None);
    }
}
