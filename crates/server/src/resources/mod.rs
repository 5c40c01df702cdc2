//! The resources of the API, one module each. [`routes`] is the single list of them, for routing and for
//! the API's description.

pub mod build;
mod models;
pub mod postings;
pub mod query;
pub mod tables;
mod tiles;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use models::of as models_of;
pub use tiles::DIALECT;

use crate::error::ErrorBody;
use crate::state::Server;

/// The metadata of the API's description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "jobtide",
        description = "What the labour market asks for, from one published build of checked tables.",
        version = env!("CARGO_PKG_VERSION"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    // Relative to this document, so that it holds below a path prefix of a proxy too.
    servers((url = "..", description = "the server that this document came from")),
    components(schemas(ErrorBody))
)]
struct Description;

/// Every route of the API.
pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(build::build))
        .routes(routes!(tables::tables))
        .routes(routes!(tables::table))
        .routes(routes!(tiles::definitions))
        .routes(routes!(models::models))
        .routes(routes!(tiles::tiles))
        .routes(routes!(tiles::explain))
        .routes(routes!(tiles::facets))
        .routes(routes!(postings::list))
        .routes(routes!(postings::csv))
        .routes(routes!(postings::parquet))
        .routes(routes!(postings::detail))
        .routes(routes!(query::query))
        .routes(routes!(build::health))
        .routes(routes!(build::ready))
}
