//! The page, out of the program's own bytes.

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::error;
use crate::embedded::Page;

/// What no other route answers: a file of the page, or the page itself for `/` and for every view's
/// address. A program that asks for the API and misses it, be it that a proxy left its prefix in
/// front, is told so: the page with status 200 would pass for an answer.
pub async fn file(method: Method, uri: Uri) -> Response {
    if uri.path().split('/').any(|part| part == "api") {
        return error::no_such_route(uri).await.into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return error::wrong_method(method).await.into_response();
    }
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
