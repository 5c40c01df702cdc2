//! Allowed `Host` and `Origin` headers.
//!
//! DNS rebinding: a foreign page points its own name at this server's address, and the browser then
//! treats the responses as same-origin. Such a request carries the name in `Host`. So only these
//! are answered: `localhost` and names below it, IP addresses (a rebound name is never one), and
//! the names in `server.hosts`. `X-Forwarded-Host` is ignored.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use anyhow::{Result, bail};
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// Paths that any `Host` may request: health probes, whose responses contain no data.
const ANY_HOST: [&str; 2] = ["/healthz", "/readyz"];

/// The names in `server.hosts`.
pub struct Hosts {
    names: Vec<String>,
}

/// A host of a request: lower case, without the trailing dot of a name.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    host: String,
    port: Option<u16>,
}

impl Hosts {
    /// Names as in a page's URL, without scheme, port and path.
    pub fn new(hosts: &[String]) -> Result<Self> {
        let mut names = Vec::new();
        for host in hosts {
            match Named::parse(host) {
                Some(named) if named.port.is_none() && is_name(&named.host) => {
                    names.push(named.host);
                }
                _ => bail!(
                    "`{host}` in `server.hosts` is not a host name\nhint: write the name alone, such as \"jobs.example.org\", without scheme, port and path; addresses such as 192.0.2.1 need no entry"
                ),
            }
        }
        Ok(Self { names })
    }

    fn answers(&self, host: &str) -> bool {
        is_address(host)
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.is_listed(host)
    }

    fn is_listed(&self, host: &str) -> bool {
        self.names.iter().any(|name| name == host)
    }

    /// The host that a request is for, or why it is refused. `None`: HTTP/1.0 without `Host`, which no
    /// browser sends.
    fn host_of(
        &self,
        version: Version,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<Named>, Refusal> {
        let mut values = headers.get_all(header::HOST).iter();
        let (value, more) = (values.next(), values.next());
        if more.is_some() {
            return Err(Refusal::Malformed("several `Host` headers"));
        }
        let text = match value {
            Some(value) => {
                let text = value.to_str().ok();
                Some(text.ok_or(Refusal::Malformed("a `Host` that is not text"))?)
            }
            None if version == Version::HTTP_10 => None,
            None => return Err(Refusal::Malformed("no `Host`")),
        };
        let mut named = None;
        // `GET http://name/ …`: HTTP lets the target take precedence over `Host`, so both are checked.
        let target = uri.authority().map(Authority::as_str);
        for text in [text, target].into_iter().flatten() {
            let host = Named::parse(text).ok_or(Refusal::Malformed("an invalid `Host`"))?;
            if !self.answers(&host.host) {
                return Err(Refusal::Foreign(host.host));
            }
            named = Some(host);
        }
        Ok(named)
    }

    /// Whether a query comes from a page of this server or a program, and not from a page of
    /// another site.
    fn takes_from(&self, own: Option<&Named>, headers: &HeaderMap) -> bool {
        let mut sites = headers.get_all("sec-fetch-site").iter();
        if sites.any(|site| site == "cross-site") {
            return false;
        }
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return true;
        };
        let origin = origin.to_str().ok().and_then(origin_host);
        let (Some(origin), None) = (origin, origins.next()) else {
            return false;
        };
        // nginx's `$host` has no port.
        let is_own = own.is_some_and(|own| {
            own.host == origin.host && (own.port.is_none() || own.port == origin.port)
        });
        is_own || self.is_listed(&origin.host)
    }
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// Not valid HTTP.
    Malformed(&'static str),
    /// The name of another host.
    Foreign(String),
}

impl Named {
    /// `name`, `name:port`, `address`, `address:port`, `[address]` or `[address]:port`.
    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, rest) = rest.split_once(']')?;
                let address: Ipv6Addr = address.parse().ok()?;
                let port = match rest {
                    "" => None,
                    rest => Some(rest.strip_prefix(':')?),
                };
                (format!("[{address}]"), port)
            }
            None => {
                let (host, port) = match text.split_once(':') {
                    Some((host, port)) => (host, Some(port)),
                    None => (text, None),
                };
                let host = host.to_ascii_lowercase();
                let name = host.strip_suffix('.').unwrap_or(&host);
                let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                if name.is_empty() || name.starts_with('.') || !name.bytes().all(known) {
                    return None;
                }
                // Only names may end in a dot: `127.0.0.1.` is not an address.
                let host = match is_address(name) {
                    true => host,
                    false => name.to_owned(),
                };
                (host, port)
            }
        };
        let port = match port {
            None | Some("") => None,
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(port.parse().ok()?)
            }
            Some(_) => return None,
        };
        Some(Self { host, port })
    }
}

/// Whether a host is an IP address. Short and octal forms (`127.1`) are not: browsers normalise them.
fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

fn is_name(host: &str) -> bool {
    let digits = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    !is_address(host) && !host.rsplit('.').next().is_none_or(digits)
}

/// Host and port of an `Origin`; `None` for `null` and for other schemes.
fn origin_host(origin: &str) -> Option<Named> {
    let (scheme, host) = origin.split_once("://")?;
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let named = Named::parse(host)?;
    Some(Named {
        port: named.port.or(Some(usual)),
        ..named
    })
}

/// Refuses requests for other hosts (421), and queries from pages of other sites (403).
pub async fn guard(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    if ANY_HOST.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let own = match hosts.host_of(request.version(), request.uri(), request.headers()) {
        Ok(own) => own,
        Err(refusal) => return refused(&refusal, request.uri().path()),
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && !hosts.takes_from(own.as_ref(), request.headers()) {
        return ApiError::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "a page of another site sent this query; it was not run",
        )
        .with_hint(Some(
            "if this server has that name too, its operator adds it to the setting `server.hosts`"
                .to_owned(),
        ))
        .into_response();
    }
    next.run(request).await
}

fn refused(refusal: &Refusal, path: &str) -> Response {
    let (status, code, message, hint) = match refusal {
        Refusal::Malformed(what) => (
            StatusCode::BAD_REQUEST,
            "bad_host",
            format!("the request has {what}"),
            "send one `Host` header with the name or the address of this server",
        ),
        Refusal::Foreign(host) => (
            StatusCode::MISDIRECTED_REQUEST,
            "unknown_host",
            format!("`{host}` is not a name of this server"),
            "if it is one, the operator adds it to the setting `server.hosts`; `localhost` and the server's IP address always work",
        ),
    };
    // JSON for clients of the API, text for browsers.
    if path.split('/').any(|part| part == "api") {
        return ApiError::new(status, code, message)
            .with_hint(Some(hint.to_owned()))
            .into_response();
    }
    (status, format!("error: {message}\nhint: {hint}\n")).into_response()
}

#[cfg(test)]
mod tests;
