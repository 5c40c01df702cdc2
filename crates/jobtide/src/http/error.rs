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
        let hint = error.hint();
        // What broke inside is for the log, not for a stranger.
        let message = if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = %error, "a request failed");
            "the server could not answer; its log says why".to_owned()
        } else {
            error.to_string()
        };
        let mut error = Self::new(status, code, message);
        error.detail.hint = hint;
        error
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody { error: self.detail };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
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

/// Everything here is read, nothing is sent.
pub async fn wrong_method(method: Method) -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        format!("`{method}` is not answered here: only GET and HEAD are"),
    )
}
