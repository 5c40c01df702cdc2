//! The common format of the API's errors.

use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of an error response.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong, and what to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// A stable code for programs, such as `nothing_published`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The next step, where one is known.
    pub hint: Option<String>,
}

/// An error with its status.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    detail: ErrorDetail,
    retry_after_seconds: Option<u32>,
}

/// The `Retry-After` of an overloaded server.
const BUSY_SECONDS: u32 = 5;

impl ApiError {
    /// A client error.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            detail: ErrorDetail {
                code: code.to_owned(),
                message: message.into(),
                hint: None,
            },
            retry_after_seconds: None,
        }
    }

    /// The server is busy (429).
    pub fn busy(message: &str) -> Self {
        Self {
            retry_after_seconds: Some(BUSY_SECONDS),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", message)
        }
    }

    /// The same with a hint.
    pub fn with_hint(mut self, hint: Option<String>) -> Self {
        self.detail.hint = hint;
        self
    }

    /// An internal error: its details are for the log, not for the client.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "internal server error; the log of the server has the reason",
        )
    }
}

impl From<warehouse::Error> for ApiError {
    fn from(error: warehouse::Error) -> Self {
        let (status, code) = match &error {
            warehouse::Error::NothingPublished => {
                (StatusCode::SERVICE_UNAVAILABLE, "nothing_published")
            }
            warehouse::Error::UnknownTable(_) => (StatusCode::NOT_FOUND, "unknown_table"),
            warehouse::Error::UnknownBuild(_) => (StatusCode::NOT_FOUND, "unknown_build"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            return Self::internal(&error).with_hint(error.hint());
        }
        let hint = match code {
            // Visitors who follow a link cannot list the builds.
            "unknown_build" => Some(UNKNOWN_BUILD_HINT.to_owned()),
            _ => error.hint(),
        };
        Self::new(status, code, error.to_string()).with_hint(hint)
    }
}

const UNKNOWN_BUILD_HINT: &str =
    "only the latest builds are kept; without `build` the published one is used";

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody { error: self.detail };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A name in a path; one that is not UTF-8 names nothing.
pub fn name_in(path: Result<Path<String>, PathRejection>) -> String {
    path.map_or_else(
        |_| char::REPLACEMENT_CHARACTER.to_string(),
        |Path(name)| name,
    )
}

/// An unknown path of the API must not return the page.
pub async fn no_such_route(uri: Uri) -> ApiError {
    let mut error = ApiError::new(
        StatusCode::NOT_FOUND,
        "no_such_route",
        "no such path; `/api/openapi.json` lists all paths",
    );
    if !uri.path().starts_with("/api") {
        let hint = "a proxy that serves this below a path has to strip that path";
        error.detail.hint = Some(hint.to_owned());
    }
    error
}

/// All resources are read with GET; only queries are posted.
pub async fn wrong_method(method: Method, uri: Uri) -> Response {
    let (allowed, words) = match uri.path() {
        "/api/v1/query" => ("POST", "only POST is"),
        _ => ("GET, HEAD", "only GET and HEAD are"),
    };
    let error = ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        format!("`{method}` is not allowed here: {words}"),
    );
    let mut response = error.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_request_says_when_to_retry() {
        let response = ApiError::busy("others are first").into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
    }
}
