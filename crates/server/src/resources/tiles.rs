//! The dashboard's endpoints: tiles, facets, lists of postings, and their definitions.
//!
//! Every response is computed from one image of one build; its ETag identifies the build and the
//! query.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use explore::{FacetsAnswer, TilesAnswer};
use semantic::{DataFusion, ExplainAnswer, Kind, RequestError};

use crate::answer;
use crate::answer::columns::AllDefinitions;
use crate::error::{ApiError, ErrorBody, name_in};
use crate::state::Server;

/// The dialect of the SQL that the API shows, which is that of `jobtide query`.
pub const DIALECT: DataFusion = DataFusion;

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.code, error.message).with_hint(error.hint)
    }
}

/// Tiles of the dashboard for a selection
///
/// Besides `tiles`, the query has the filters: values of dimensions (`role=de&role=da&province=서울`:
/// values of one dimension are combined with OR, dimensions with AND), `from` and `to` (days of
/// posting_date, both included), `q` (full text), `grain` (day, week, month) and `build`. With
/// `vs.<name>` there is a second selection: the first with these replaced. `/api/v1/definitions`
/// lists the names.
#[utoipa::path(get, path = "/api/v1/tiles",
    params(
        ("tiles" = String, Query, description = "names of tiles, separated by commas", example = "postings,role_experience"),
        ("role" = Option<Vec<String>>, Query, description = "values of the dimension `role`; the same for every other dimension", example = json!(["de"])),
        ("from" = Option<String>, Query, description = "first posting day", example = "2026-01-01"),
        ("to" = Option<String>, Query, description = "last posting day, not before `from`"),
        ("q" = Option<String>, Query, description = "full text in titles, companies and keywords; at most 200 characters"),
        ("grain" = Option<String>, Query, description = "day, week or month, for tiles over time"),
        ("build" = Option<u64>, Query, description = "a build instead of the published one")),
    responses(
        (status = 200, body = TilesAnswer, headers(("ETag" = String, description = "changes with every build and query"))),
        (status = 304, description = "`If-None-Match` matches the ETag"),
        (status = 400, description = "an unknown name or value", body = ErrorBody),
        (status = 404, description = "no such build", body = ErrorBody),
        (status = 429, description = "the server is busy", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn tiles(
    State(server): State<Server>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    server
        .answer(&headers, Kind::Tiles, query, |image, request| {
            image.tiles(request)
        })
        .await
}

/// Values of dimensions with their postings
///
/// Counted under all filters but the dimension's own. Takes the filters of `/api/v1/tiles`.
#[utoipa::path(get, path = "/api/v1/facets",
    params(
        ("dimension" = Vec<String>, Query, description = "names of dimensions", example = json!(["skill"])),
        ("contains" = Option<String>, Query, description = "only values that contain this, ignoring case, spaces and punctuation; none if it has nothing else"),
        ("limit" = Option<u64>, Query, description = "maximum number of values of each dimension; 200 by default")),
    responses(
        (status = 200, body = FacetsAnswer, headers(("ETag" = String, description = "changes with every build and query"))),
        (status = 304, description = "`If-None-Match` matches the ETag"),
        (status = 400, description = "an unknown name or value", body = ErrorBody),
        (status = 404, description = "no such build", body = ErrorBody),
        (status = 429, description = "the server is busy", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn facets(
    State(server): State<Server>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    server
        .answer(&headers, Kind::Facets, query, |image, request| {
            image.facets(request)
        })
        .await
}

/// The SQL that computes a tile
///
/// For the selection of the query, as `/api/v1/tiles` takes it.
#[utoipa::path(get, path = "/api/v1/tiles/{tile}/explain",
    params(("tile" = String, Path, description = "name of a tile", example = "role_experience")),
    responses(
        (status = 200, body = ExplainAnswer, headers(("ETag" = String, description = "changes with every build and query"))),
        (status = 304, description = "`If-None-Match` matches the ETag"),
        (status = 400, description = "an unknown name or value", body = ErrorBody),
        (status = 404, description = "no such build", body = ErrorBody),
        (status = 429, description = "the server is busy", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn explain(
    State(server): State<Server>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tile = name_in(path);
    let request = server.request(Kind::Explain, query.as_deref())?;
    let held = server.held(request.build()).await?;
    let question = format!("tiles/{tile}?{}", query.unwrap_or_default());
    let tag = server.tag(&held.record, Kind::Explain, &question);
    let explained = move || held.image.explain(&tile, &request, &DIALECT);
    let answer = server.lanes.lists.compute(explained).await??;
    Ok(answer::unless_known(&headers, &tag, axum::Json(answer)))
}

/// Dimensions, measures and tiles by name, with labels and SQL
#[utoipa::path(get, path = "/api/v1/definitions",
    responses(
        (status = 200, body = AllDefinitions, headers(("ETag" = String, description = "changes whenever the definitions change"))),
        (status = 304, description = "`If-None-Match` matches the ETag")))]
pub async fn definitions(State(server): State<Server>, headers: HeaderMap) -> Response {
    server.definitions_answer.answer(&headers)
}
