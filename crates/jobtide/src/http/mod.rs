//! The API and the page. [`router`] is separate from serving, so that tests call it in memory.
//!
//! Every answer is made from one published build, which its ETag names. Nothing here writes.

mod accept;
mod answer;
mod api;
mod error;
mod page;
mod published;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::{any, get};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use warehouse::Warehouse;

pub use api::ApiDoc;
use published::Published;

/// The page is ours alone: no script, style or frame of others.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'";

/// What the handlers share.
#[derive(Clone)]
pub struct Server {
    warehouse: Arc<Warehouse>,
    published: Arc<Published>,
}

/// All routes.
pub fn router(warehouse: Arc<Warehouse>) -> Router {
    let server = Server {
        published: Arc::new(Published::new(warehouse.clone())),
        warehouse,
    };
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    Router::new()
        .route("/api/v1/build", get(api::build))
        .route("/api/v1/tables", get(api::tables))
        .route("/api/v1/tables/{table}", get(api::table))
        .route(
            "/api/openapi.json",
            get(|| async { axum::Json(ApiDoc::openapi()) }),
        )
        .route("/healthz", get(api::health))
        .route("/readyz", get(api::ready))
        .route("/api/{*rest}", any(error::no_such_route))
        .fallback(page::file)
        .method_not_allowed_fallback(error::wrong_method)
        .with_state(server)
        .layer(CompressionLayer::new())
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(
            header::CONTENT_SECURITY_POLICY,
            CONTENT_SECURITY_POLICY,
        ))
        // Failures of ours are logged where they arise; a 503 before the first build is none.
        .layer(TraceLayer::new_for_http().on_failure(()))
}
