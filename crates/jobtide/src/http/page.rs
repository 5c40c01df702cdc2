//! The page, out of the program's own bytes.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::embedded::Page;

/// A file of the page; the page itself for `/` and for every view's address.
pub async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let (path, name) = match Page::get(path) {
        Some(file) => (path, Some(file)),
        None if path.contains('.') => return StatusCode::NOT_FOUND.into_response(),
        None => ("index.html", Page::get("index.html")),
    };
    let Some(file) = name else {
        return (
            StatusCode::NOT_FOUND,
            "the page was not built into this program; `make build` does it. The API is at /api/v1/",
        )
            .into_response();
    };
    // Built files carry a hash of their content in their names; the page itself does not.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(path)),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
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
