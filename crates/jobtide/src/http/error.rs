//! The one shape of every error of the API.

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// An error as the API answers it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong, and what to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// A stable word for programs, such as `nothing_published`.
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
}

impl ApiError {
    /// An error that the caller can mend.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            detail: ErrorDetail {
                code: code.to_owned(),
                message: message.into(),
                hint: None,
            },
        }
    }

    /// The same with the next step.
    pub fn with_hint(mut self, hint: Option<String>) -> Self {
        self.detail.hint = hint;
        self
    }

    /// What broke inside: for the log, not for a stranger.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server could not answer; its log says why",
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
        Self::new(status, code, error.to_string()).with_hint(error.hint())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody { error: self.detail };
        (self.status, Json(body)).into_response()
    }
}

/// A path of the API that does not exist must not answer with the page.
pub async fn no_such_route(uri: Uri) -> ApiError {
    let mut error = ApiError::new(
        StatusCode::NOT_FOUND,
        "no_such_route",
        "there is nothing here; `/api/openapi.json` lists what there is",
    );
    if !uri.path().starts_with("/api") {
        let hint = "a proxy that serves this below a path has to strip that path";
        error.detail.hint = Some(hint.to_owned());
    }
    error
}

/// Everything is read with GET; only a query is sent.
pub async fn wrong_method(method: Method, uri: Uri) -> Response {
    let (allowed, words) = match uri.path() {
        "/api/v1/query" => ("POST", "only POST is"),
        _ => ("GET, HEAD", "only GET and HEAD are"),
    };
    let error = ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        format!("`{method}` is not answered here: {words}"),
    );
    let mut response = error.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}
