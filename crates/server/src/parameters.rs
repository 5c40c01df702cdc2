//! Query parameters that several resources share.

use std::borrow::Cow;

use axum::http::StatusCode;

use crate::error::ApiError;

/// The first value of a query parameter.
pub fn given<'a>(query: Option<&'a str>, name: &str) -> Option<Cow<'a, str>> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    Some(pairs.find(|(found, _)| found == name)?.1)
}

/// The build number in a query string.
pub fn build_in(query: Option<&str>) -> Result<Option<u64>, ApiError> {
    let Some(number) = given(query, "build") else {
        return Ok(None);
    };
    let refused = |_| {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "bad_value",
            format!("`build={number}` is not a build number"),
        )
    };
    number.parse().map(Some).map_err(refused)
}
