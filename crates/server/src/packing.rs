//! Compresses responses off the threads that serve requests, and caches the result. Tiles have
//! their own lane, and so have large responses: compressing some megabytes takes longer than a
//! page's tiles.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::runtime::Handle;

use crate::error::ApiError;
use crate::state::Server;

/// Smaller responses are compressed inline: that costs less than another thread.
const SMALL: u64 = 8 << 10;

/// Larger responses use the lane for large ones.
const LARGE: u64 = 96 << 10;

/// The route whose responses have a separate lane.
const TILES: &str = "/api/v1/tiles";

/// Size of a response before compression.
#[derive(Clone, Copy)]
struct Plain(u64);

/// Marks a response that is sent uncompressed.
#[derive(Clone, Copy)]
pub struct AsItIs;

/// Inside the compression layer: records the size of a response.
pub async fn measure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_packed = response.headers().contains_key(header::CONTENT_ENCODING);
    if let Some(bytes) = response.body().size_hint().exact()
        && bytes > SMALL
        && !is_packed
    {
        response.extensions_mut().insert(Plain(bytes));
    }
    response
}

/// Outside the compression layer, which compresses while its body is read: uses the cached bytes, or
/// reads the body in a lane.
pub async fn pack(State(server): State<Server>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let plain = response.extensions().get::<Plain>().copied();
    let coding = response.headers().get(header::CONTENT_ENCODING);
    let (Some(Plain(bytes)), Some(coding)) = (plain, coding) else {
        return response;
    };
    // The ETag identifies the build and the query, the path the resource.
    let tag = response.headers().get(header::ETAG);
    let key = tag.map(|tag| format!("{coding:?} {path} {tag:?}"));
    let (parts, body) = response.into_parts();
    if let Some(kept) = key.as_ref().and_then(|key| server.kept.get(key)) {
        return Response::from_parts(parts, Body::from(kept));
    }
    let lane = match bytes < LARGE {
        true if path == TILES => &server.lanes.packing_tiles,
        true => &server.lanes.packing,
        false => &server.lanes.packing_large,
    };
    let handle = Handle::current();
    // The body is in memory: this does not block.
    let packed = lane.compute(move || handle.block_on(to_bytes(body, usize::MAX)));
    match packed.await {
        Ok(Ok(bytes)) => {
            if let Some(key) = key {
                server.kept.put(&key, bytes.clone());
            }
            Response::from_parts(parts, Body::from(bytes))
        }
        Ok(Err(error)) => ApiError::internal(&error).into_response(),
        Err(busy) => busy.into_response(),
    }
}
