//! Reading the body of a request, within limits of bytes and time.

use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, StatusCode, header};

use crate::error::ApiError;

/// Time for the whole body.
const TIME: Duration = Duration::from_secs(10);

/// A body that is too long, but not longer than this, is read and discarded: a client whose
/// connection is closed while it sends never reads the error.
const MOST_DISCARDED: u64 = 1 << 20;

/// Why a body was not read.
pub enum Unread {
    /// It has more bytes than the route accepts.
    TooLong,
    /// It did not arrive in time, or was not valid HTTP.
    Failed(ApiError),
}

/// The body, of at most `most` bytes. A `Content-Length` far above that is refused before reading.
pub async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, Unread> {
    read_within(headers, body, most, TIME).await
}

async fn read_within(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    time: Duration,
) -> Result<Vec<u8>, Unread> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > MOST_DISCARDED) {
        return Err(Unread::TooLong);
    }
    match tokio::time::timeout(time, collect(body, most)).await {
        Ok(read) => read,
        Err(_) => Err(Unread::Failed(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            format!(
                "the request body was not received within {} s",
                time.as_secs()
            ),
        ))),
    }
}

async fn collect(mut body: Body, most: usize) -> Result<Vec<u8>, Unread> {
    // Copied: a frame keeps its whole receive buffer.
    let mut bytes = Vec::new();
    let mut seen = 0;
    while let Some(frame) =
        std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
    {
        let frame = frame.map_err(|error| {
            let message = format!("the body could not be read: {error}");
            Unread::Failed(ApiError::new(StatusCode::BAD_REQUEST, "bad_body", message))
        })?;
        let Some(piece) = frame.data_ref() else {
            continue;
        };
        seen += piece.len() as u64;
        if seen > MOST_DISCARDED {
            return Err(Unread::TooLong);
        }
        if seen <= most as u64 {
            bytes.extend_from_slice(piece);
        } else {
            bytes = Vec::new();
        }
    }
    match seen <= most as u64 {
        true => Ok(bytes),
        false => Err(Unread::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outcome(announced: Option<&str>, body: Body) -> Result<usize, &'static str> {
        let mut headers = HeaderMap::new();
        if let Some(length) = announced {
            headers.insert(header::CONTENT_LENGTH, length.parse().unwrap());
        }
        match read_within(&headers, body, 10, Duration::from_millis(20)).await {
            Ok(bytes) => Ok(bytes.len()),
            Err(Unread::TooLong) => Err("too long"),
            Err(Unread::Failed(_)) => Err("failed"),
        }
    }

    /// A body that never arrives.
    fn endless() -> Body {
        Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>())
    }

    #[tokio::test]
    async fn a_body_is_short_and_arrives_in_time() {
        assert_eq!(outcome(None, Body::from("0123456789")).await, Ok(10));
        assert_eq!(outcome(Some("0"), Body::empty()).await, Ok(0));
        for (announced, body) in [
            (Some("2000000"), endless()),
            (None, Body::from("01234567890")),
            (Some("11"), Body::from("01234567890")),
            (None, Body::from(vec![0; 2 << 20])),
        ] {
            assert_eq!(outcome(announced, body).await, Err("too long"));
        }
        assert_eq!(outcome(Some("10"), endless()).await, Err("failed"));
        assert_eq!(outcome(None, endless()).await, Err("failed"));
    }
}
