//! Which sites may embed the page.

use anyhow::{Result, bail};
use axum::http::HeaderValue;

/// Allows no third-party scripts, styles or frames.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'";

/// Which sites may embed a tile in a frame.
pub struct Frames {
    pub(crate) policy: HeaderValue,
    /// The resource policy of a tile's page. If some sites may frame it, cross-origin: a
    /// cross-origin isolated page requires this of its frames.
    pub(crate) resource_policy: HeaderValue,
}

impl Frames {
    /// `hosts` as a content security policy names them, such as `https://example.org`.
    pub fn new(hosts: &[String]) -> Result<Self> {
        let known = |character: char| {
            character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | ':' | '/' | '*')
        };
        for host in hosts {
            let rest = host
                .strip_prefix("https://")
                .or_else(|| host.strip_prefix("http://"));
            if rest.is_none_or(|rest| {
                rest.is_empty() || rest.contains('/') || !rest.chars().all(known)
            }) {
                bail!(
                    "`{host}` in `server.frame_hosts` is not a host\nhint: write it as \"https://example.org\", without a path; \"https://*.example.org\" stands for all below it"
                );
            }
        }
        let ancestors = [&["'self'".to_owned()], hosts].concat().join(" ");
        let policy = CONTENT_SECURITY_POLICY.replace(
            "frame-ancestors 'self'",
            &format!("frame-ancestors {ancestors}"),
        );
        Ok(Self {
            policy: policy.parse()?,
            resource_policy: HeaderValue::from_static(match hosts.is_empty() {
                true => "same-origin",
                false => "cross-origin",
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_may_frame() {
        let allowed = Frames::new(&["https://example.org".to_owned()]).unwrap();
        let policy = allowed.policy.to_str().unwrap();
        assert!(
            policy.ends_with("frame-ancestors 'self' https://example.org"),
            "{policy}"
        );
        for wrong in [
            "example.org",
            "https://a/b",
            "https://",
            "https://a; script-src *",
            "*",
        ] {
            assert!(Frames::new(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
