//! The published build, and the health probes.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::BuildRecord;

use crate::answer;
use crate::attribution::Attribution;
use crate::error::{ApiError, ErrorBody};
use crate::origin::Origin;
use crate::state::Server;

/// The published build.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuildAnswer {
    /// Number of the build.
    pub build: u64,
    /// When it was published, RFC 3339.
    pub published_at: String,
    /// Where its postings come from.
    pub origin: Origin,
    /// Distinct postings received.
    pub postings: u64,
    /// End of the last completed collection, RFC 3339.
    #[schema(required)]
    pub collected_through: Option<String>,
    /// The last day in Asia/Seoul with any data; in a store without a collection, the last one that
    /// its saved records state.
    #[schema(required)]
    pub data_date: Option<String>,
    /// The first of `attributions`.
    pub attribution: Attribution,
    /// The sources to attribute: those of which the build has postings.
    pub attributions: Vec<Attribution>,
    /// Warnings of the checks: name and rows found.
    pub warnings: BTreeMap<String, u64>,
    /// Builds that cannot be served because their files are damaged, with the damage; this one is
    /// served instead.
    pub damaged: Vec<String>,
}

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`
    pub status: String,
}

/// The published build
#[utoipa::path(get, path = "/api/v1/build",
    params(("If-None-Match" = Option<String>, Header, description = "ETags of responses that the client has")),
    responses(
    (status = 200, body = BuildAnswer, headers(("ETag" = String, description = "changes with every published build"))),
    (status = 304, description = "`If-None-Match` matches the ETag"),
    (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn build(State(server): State<Server>, headers: HeaderMap) -> Result<Response, ApiError> {
    let current = server.published.state().await?;
    let record = &current.record;
    let attributions = attributed(&server, record);
    let Some(attribution) = attributions.first().cloned() else {
        return Err(ApiError::internal(&"there is no source to attribute"));
    };
    let shown = format!("{attributions:?} {}", current.damaged.join("\n"));
    let what = format!("build-{}", answer::short_digest(shown));
    let tag = answer::tag(record, &what);
    if answer::is_known(&headers, &tag) {
        return Ok(answer::not_modified(&tag));
    }
    let body = BuildAnswer {
        build: record.build,
        published_at: record.published_at.to_string(),
        origin: record.origin.into(),
        postings: record.postings,
        collected_through: record.collected_through.map(|instant| instant.to_string()),
        data_date: record.data_date.map(|day| day.to_string()),
        attribution,
        attributions,
        warnings: record
            .warnings
            .iter()
            .map(|finding| (finding.check.clone(), finding.rows))
            .collect(),
        damaged: current.damaged.clone(),
    };
    Ok(answer::tagged(Json(body).into_response(), &tag))
}

/// The sources of which the build has records; all of them while it has none of any.
fn attributed(server: &Server, record: &BuildRecord) -> Vec<Attribution> {
    let sources = server.warehouse.pipeline().sources_of_postings();
    let rows = |table| record.tables.get(table).map_or(0, |table| table.rows);
    let has_rows = |attribution: &&Attribution| {
        let mut own = sources.iter();
        own.any(|(table, source)| *source == attribution.source && rows(*table) > 0)
    };
    let shown: Vec<_> = server
        .attributions
        .iter()
        .filter(has_rows)
        .cloned()
        .collect();
    match shown.is_empty() {
        true => server.attributions.to_vec(),
        false => shown,
    }
}

/// Liveness: the process responds
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health)))]
pub async fn health() -> Json<Health> {
    Json(Health {
        status: "ok".to_owned(),
    })
}

/// Readiness: an intact build is published
#[utoipa::path(get, path = "/readyz", responses(
    (status = 200, body = Health),
    (status = 503, description = "nothing is published yet, or no build is intact", body = ErrorBody)))]
pub async fn ready(State(server): State<Server>) -> Result<Json<Health>, ApiError> {
    let current = server.published.state().await?;
    if current.whole {
        return Ok(health().await);
    }
    let message = format!("no build is intact: {}", current.damaged.join("; "));
    let hint = "restore the files from a backup, or run `jobtide build --full`";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    Err(ApiError::new(status, "no_build_is_whole", message).with_hint(Some(hint.to_owned())))
}
