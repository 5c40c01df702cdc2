//! The API and the page over HTTP. [`router`] is separate from [`serve`], so that tests call it in
//! memory.
//!
//! # What this crate promises
//!
//! - **Every response is made from one published build**, which its ETag identifies, except for
//!   descriptions of the pipeline itself. All of it is read-only.
//! - **Slow clients and long work block no others**: connections are capped and timed (`serving`),
//!   long work is queued by kind (`lanes`), and none of it runs on the threads that serve requests.
//! - **No page of another site reads a response** (`hosts`).
//! - **Routes and their description are one list** (`resources`).
//!
//! Architecture Invariant: this crate must not depend on collection, runs or the command line. User SQL
//! is run by the [`SqlRunner`] that the program passes in.

mod answer;
mod attribution;
mod body;
mod error;
mod frames;
mod hosts;
mod images;
mod kept;
mod lanes;
mod origin;
mod packing;
mod page;
mod parameters;
mod published;
mod resources;
mod serving;
mod sql;
mod state;
#[cfg(test)]
mod tests;
mod wiring;

use std::sync::Arc;

use anyhow::{Result, bail};
use axum::Router;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use warehouse::{PipelineFiles, Warehouse};

pub use attribution::Attribution;
use hosts::Hosts;
pub use serving::listen;
pub use sql::{Limit, SqlError, SqlQuery, SqlRunner};
use state::Server;

/// The dependencies of a server.
pub struct Parts<'a> {
    pub warehouse: Arc<Warehouse>,
    /// The files of the pipeline.
    pub files: &'a PipelineFiles,
    /// The sources of postings, to attribute in the builds that have records of them; at least one.
    pub attributions: Vec<Attribution>,
    /// Runs user SQL; `None` if that is disabled.
    pub sql: Option<Arc<dyn SqlRunner>>,
    pub settings: Settings,
    pub report: Report,
}

/// Settings of a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Host names under which visitors reach it.
    pub hosts: Vec<String>,
    /// Maximum number of connections.
    pub connections: usize,
    /// Sites that may show a tile in a frame.
    pub frame_hosts: Vec<String>,
}

/// Reports errors to the operator.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// One line that begins with `error: ` or `warning: `.
    pub line: fn(&str),
    /// Each damaged build record, once.
    pub damaged_records: fn(&Warehouse),
}

/// The API's description of itself, as OpenAPI JSON.
///
/// # Errors
/// If the description cannot be serialised.
pub fn description() -> Result<String> {
    Ok(resources::routes().into_openapi().to_pretty_json()?)
}

/// Serves on a listener until `stop` resolves; see [`serving`] for the limits of connections.
///
/// # Errors
/// Invalid settings, named as in the program's `[server]`; files of the pipeline that cannot be read.
pub async fn serve(
    parts: Parts<'_>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let connections = parts.settings.connections;
    if connections == 0 {
        bail!(
            "`server.connections` is 0: no request could be served\nhint: leave it out for the default, 512"
        );
    }
    let limits = serving::Limits::new(connections);
    serving::serve(listener, router(parts)?, limits, stop).await;
    Ok(())
}

/// All routes. Loading the image of the published build begins immediately, in the background.
///
/// # Errors
/// As [`serve`].
pub fn router(parts: Parts<'_>) -> Result<Router> {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let (routes, description) = resources::routes().split_for_parts();
    let server = Server::new(&parts, &description)?;
    let hosts = Arc::new(Hosts::new(&parts.settings.hosts)?);
    let may_be_compressed = DefaultPredicate::new().and(
        |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
            extensions.get::<packing::AsItIs>().is_none()
        },
    );
    let (first, packing) = (server.clone(), server.clone());
    // The first visitor should not wait for the image. Before the first build there is none to load.
    tokio::spawn(async move { first.held(None).await.map(drop) });
    Ok(routes
        .route("/api/openapi.json", get(written_description))
        .route("/api/{*rest}", any(error::no_such_route))
        .fallback(page::file)
        .method_not_allowed_fallback(error::wrong_method)
        .with_state(server)
        .layer(middleware::from_fn(packing::measure))
        .layer(CompressionLayer::new().compress_when(may_be_compressed))
        .layer(middleware::from_fn_with_state(packing, packing::pack))
        .layer(middleware::from_fn_with_state(hosts, hosts::guard))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        // No page of another site can embed a response as a script or an image, or keep a handle to
        // this one.
        .layer(header(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ))
        .layer(header(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(header(
            header::CONTENT_SECURITY_POLICY,
            frames::CONTENT_SECURITY_POLICY,
        ))
        // Server errors are logged where they arise; a 503 before the first build is not one.
        .layer(TraceLayer::new_for_http().on_failure(())))
}

/// The API's description of itself.
async fn written_description(State(server): State<Server>, headers: HeaderMap) -> Response {
    server.description.answer(&headers)
}
