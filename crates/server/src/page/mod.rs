//! The page, embedded in the program.

mod head;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use semantic::Definitions;

use crate::error;
use crate::parameters::build_in;
use crate::state::Server;

pub use head::layout;

/// The page, as built by `npm run build`.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Page;

/// The fallback route: a file of the page, or the page itself for `/` and for every view. Other
/// URLs get the page with a 404. A client that misses the API, for example because a proxy did not
/// strip its prefix, gets an error in the API's format.
pub async fn file(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if uri.path().split('/').any(|part| part == "api") {
        return error::no_such_route(uri).await.into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return error::wrong_method(method, uri).await;
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Page::get(path) {
        // Precompressed when the page was built, at a higher level than is possible per request.
        if takes(&headers, "br")
            && let Some(packed) = Page::get(&format!("{path}.br"))
        {
            let mut response = answer(path, packed.data.into_owned());
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            return response;
        }
        return answer(path, file.data.into_owned());
    }
    // The name of a tile has no dot, and a missing file is no view.
    if path.contains('.') {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(file) = Page::get("index.html") else {
        return (
            StatusCode::NOT_FOUND,
            "the page was not built into this program; `make build` does it. The API is at /api/v1/",
        )
            .into_response();
    };
    let page = based(&file.data, path);
    // The page is served even if nothing is published yet or the build is not kept.
    let record = match build_in(uri.query()) {
        Ok(build) => server.record(build).await.ok(),
        Err(_) => None,
    };
    let page = head::headed(
        &page,
        &uri,
        &headers,
        (&server.definitions, &server.layout),
        record.as_deref(),
    );
    let mut response = answer("index.html", page.into_bytes());
    if !is_view(path, &server.definitions) {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    if path.starts_with("embed/") {
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            server.frames.policy.clone(),
        );
        headers.insert(
            "cross-origin-resource-policy",
            server.frames.resource_policy.clone(),
        );
    }
    response
}

/// Whether this is the path of a view; a trailing slash does not matter. The page checks which
/// tiles exist.
fn is_view(path: &str, definitions: &Definitions) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    match path.split_once('/') {
        None => head::is_view(path, definitions),
        Some((first, tile)) => first == "embed" && !tile.is_empty() && !tile.contains('/'),
    }
}

/// The page for a nested path: its relative URLs are resolved against its root.
fn based(page: &[u8], path: &str) -> String {
    let depth = path.matches('/').count();
    let page = String::from_utf8_lossy(page);
    if depth == 0 {
        return page.into_owned();
    }
    let base = format!("<head>\n    <base href=\"{}\" />", "../".repeat(depth));
    page.replacen("<head>", &base, 1)
}

/// Whether `Accept-Encoding` names a coding and does not exclude it.
pub fn takes(headers: &HeaderMap, coding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(coding));
            let quality = parts.find_map(|part| part.strip_prefix("q="));
            let refused = quality.and_then(|quality| quality.parse().ok()) == Some(0.0);
            named && !refused
        })
}

fn answer(path: &str, bytes: Vec<u8>) -> Response {
    // Built files carry a hash of their content in their names; the page itself does not.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(path)),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    let vary = match path {
        "index.html" => "accept-encoding, accept-language",
        _ => "accept-encoding",
    };
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    response
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_at_a_nested_path_has_the_same_root() {
        let page = b"<html><head><script src=\"./a.js\">";
        assert_eq!(based(page, "skills").as_bytes(), page);
        let down = based(page, "embed/roles");
        assert!(down.contains("<head>\n    <base href=\"../\" />"), "{down}");
        let deep = based(page, "a/b/");
        assert!(deep.contains("href=\"../../\""), "{deep}");
    }

    #[test]
    fn only_views_and_embedded_tiles_are_routes() {
        let files = crate::tests::pipeline_files();
        let definitions = Definitions::parse(&files).unwrap();
        let is_view = |path| super::is_view(path, &definitions);
        for path in [
            "",
            "skills",
            "postings",
            "regions/",
            "embed/roles",
            "embed/roles/",
        ] {
            assert!(is_view(path), "{path}");
        }
        for path in [
            "nosuch",
            "no/such/page",
            "embed",
            "embed/",
            "embed//",
            "embed/a/b",
            "skills/a",
            "Skills",
            "skills//",
            "%ff",
        ] {
            assert!(!is_view(path), "{path}");
        }
    }

    #[test]
    fn brotli_is_sent_to_clients_that_accept_it() {
        let takes = |value: &str| {
            let headers = [(header::ACCEPT_ENCODING, value.parse().unwrap())];
            super::takes(&headers.into_iter().collect(), "br")
        };
        assert!(takes("gzip, deflate, br, zstd") && takes("br;q=0.5") && takes("BR"));
        assert!(!takes("gzip") && !takes("br;q=0") && !takes("br; q=0.0, gzip"));
        assert!(!super::takes(&HeaderMap::new(), "br"));
    }
}
