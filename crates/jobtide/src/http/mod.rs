//! The API and the page. [`router`] is separate from serving, so that tests call it in memory.
//!
//! Every response is made from one published build, which its ETag identifies, except for
//! descriptions of the pipeline itself. All of it is read-only.

mod accept;
mod answer;
mod api;
mod body;
mod columns;
mod error;
mod explore;
mod head;
mod hosts;
mod images;
mod kept;
mod lanes;
mod models;
mod packing;
mod page;
mod postings;
mod published;
mod serving;
mod sheet;
mod sql;

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get, post};
use semantic::Definitions;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use warehouse::{PipelineFiles, Warehouse};

use answer::Prepared;
pub use api::ApiDoc;
use hosts::Hosts;
use images::Images;
use kept::Kept;
use lanes::Lanes;
use page::Frames;
use published::Published;
pub use serving::listen;
use sql::Queries;

use crate::app::App;

/// The shared state of the handlers.
#[derive(Clone)]
pub struct Server {
    warehouse: Arc<Warehouse>,
    published: Arc<Published>,
    definitions: Arc<Definitions>,
    /// Digest of all files of the pipeline: responses from a build change with them.
    pipeline_digest: Arc<str>,
    images: Arc<Images>,
    lanes: Arc<Lanes>,
    /// Cache of the engine's responses, and of compressed ones.
    kept: Arc<Kept>,
    /// Responses that are constant while the program runs.
    definitions_answer: Arc<Prepared>,
    models_answer: Arc<Prepared>,
    description: Arc<Prepared>,
    /// The page's SQL; none if it is switched off.
    queries: Option<Arc<Queries>>,
    /// Turns of lists that are sent as files.
    downloads: Arc<Semaphore>,
    /// Turns of the threads that write these files.
    writing: Arc<Semaphore>,
    frames: Arc<Frames>,
    attribution: api::Attribution,
}

impl Server {
    fn new(app: &App) -> Result<Self> {
        let definitions = Arc::new(Definitions::parse(&app.files)?);
        let published = Arc::new(Published::new(app.warehouse.clone()));
        let roles = app
            .files
            .get("roles.toml")
            .context("there is no `roles.toml`")?;
        let roles = warehouse::roles::parse(std::str::from_utf8(roles)?)?;
        let lanes = Arc::new(Lanes::new().context("cannot start the engine's threads")?);
        Ok(Self {
            warehouse: app.warehouse.clone(),
            images: Arc::new(Images::new(
                app.warehouse.clone(),
                definitions.clone(),
                published.clone(),
                lanes.engine.handle().clone(),
            )),
            published,
            lanes,
            kept: Arc::default(),
            definitions_answer: Arc::new(Prepared::new(&definitions.answer(&explore::DIALECT))?),
            models_answer: Arc::new(Prepared::new(&models::of(
                app.warehouse.pipeline(),
                &roles,
            ))?),
            description: Arc::new(Prepared::new(&ApiDoc::openapi())?),
            definitions,
            pipeline_digest: pipeline_digest(&app.files).into(),
            queries: Queries::new(&app.settings),
            downloads: Arc::new(Semaphore::new(postings::DOWNLOADS_AT_ONCE)),
            writing: Arc::new(Semaphore::new(1)),
            frames: Arc::new(Frames::new(&app.settings.server.frame_hosts)?),
            attribution: app
                .sources
                .all()
                .next()
                .map(|source| (&source.description).into())
                .context("the pipeline describes no source")?,
        })
    }
}

fn pipeline_digest(files: &PipelineFiles) -> String {
    let mut digests = String::new();
    for (path, content) in files {
        digests += &format!("{path} {}\n", answer::short_digest(content));
    }
    answer::short_digest(digests)
}

/// Serves on a listener until `stop` resolves; see [`serving`] for the limits of connections.
pub async fn serve(app: &App, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<()> {
    let connections = app.settings.server.connections;
    if connections == 0 {
        bail!(
            "`server.connections` is 0: no request could be answered\nhint: leave it out for the default, 512"
        );
    }
    let limits = serving::Limits::new(connections);
    serving::serve(listener, router(app)?, limits, stop).await;
    Ok(())
}

/// All routes. Loading the image of the published build begins immediately, in the background.
pub fn router(app: &App) -> Result<Router> {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let server = Server::new(app)?;
    let hosts = Arc::new(Hosts::new(&app.settings.server.hosts)?);
    let may_be_compressed = DefaultPredicate::new().and(
        |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
            extensions.get::<packing::AsItIs>().is_none()
        },
    );
    let (first, packing) = (server.clone(), server.clone());
    // The first visitor should not wait for the image. Before the first build there is none to load.
    tokio::spawn(async move { first.held(None).await.map(drop) });
    Ok(Router::new()
        .route("/api/v1/build", get(api::build))
        .route("/api/v1/tables", get(api::tables))
        .route("/api/v1/tables/{table}", get(api::table))
        .route("/api/v1/definitions", get(explore::definitions))
        .route("/api/v1/models", get(models::models))
        .route("/api/v1/tiles", get(explore::tiles))
        .route("/api/v1/tiles/{tile}/explain", get(explore::explain))
        .route("/api/v1/facets", get(explore::facets))
        .route("/api/v1/postings", get(postings::list))
        .route("/api/v1/postings.csv", get(postings::csv))
        .route("/api/v1/postings.parquet", get(postings::parquet))
        .route("/api/v1/postings/{id}", get(postings::detail))
        .route("/api/v1/query", post(sql::query))
        .route("/api/openapi.json", get(description))
        .route("/healthz", get(api::health))
        .route("/readyz", get(api::ready))
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
        // No other site's page can embed a response as a script or an image, or keep a handle to
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
            page::CONTENT_SECURITY_POLICY,
        ))
        // Server errors are logged where they arise; a 503 before the first build is none.
        .layer(TraceLayer::new_for_http().on_failure(())))
}

/// The API's description of itself.
async fn description(State(server): State<Server>, headers: HeaderMap) -> Response {
    server.description.answer(&headers)
}
