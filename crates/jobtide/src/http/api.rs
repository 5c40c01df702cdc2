//! The routes of `/api/v1`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use extract::SourceDescription;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use warehouse::query::Format;

use super::error::{ApiError, ErrorBody, name_in};
use super::{Server, accept, answer};

/// The API's own description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "jobtide",
        description = "What the labour market asks for, from one published build of checked tables."
    ),
    // Relative to this document, so that it holds below a path prefix of a proxy too.
    servers((url = "..", description = "the server that this document came from")),
    paths(
        build,
        tables,
        table,
        super::explore::definitions,
        super::models::models,
        super::explore::tiles,
        super::explore::explain,
        super::explore::facets,
        super::postings::list,
        super::postings::csv,
        super::postings::parquet,
        super::postings::detail,
        super::sql::query,
        health,
        ready
    ),
    components(schemas(ErrorBody))
)]
pub struct ApiDoc;

/// Where the postings of a build come from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nothing was landed.
    None,
    /// From the source's API.
    Collected,
    /// From responses saved elsewhere.
    Saved,
    /// Both of these.
    Mixed,
    /// Made up by the simulator: demo data.
    Generated,
}

impl From<warehouse::publish::Origin> for Origin {
    fn from(origin: warehouse::publish::Origin) -> Self {
        use warehouse::publish::Origin as Published;
        match origin {
            Published::None => Self::None,
            Published::Collected => Self::Collected,
            Published::Saved => Self::Saved,
            Published::Mixed => Self::Mixed,
            Published::Generated => Self::Generated,
        }
    }
}

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
    /// The last day in Asia/Seoul of which anything is known: of a store without a collection, what its
    /// saved records say.
    #[schema(required)]
    pub data_date: Option<String>,
    /// Whom to name as the source.
    pub attribution: Attribution,
    /// Warnings of the checks: name and rows found.
    pub warnings: BTreeMap<String, u64>,
    /// Builds that cannot be served because their files are damaged, in words; this one stands in.
    pub damaged: Vec<String>,
}

/// The source, as its terms want it named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attribution {
    /// Name in the tables.
    pub source: String,
    /// Korean name.
    pub name_ko: String,
    /// English name.
    pub name_en: String,
    /// Its site.
    pub url: String,
}

/// The tables of the published build.
#[derive(Debug, Serialize, ToSchema)]
pub struct TablesAnswer {
    /// Number of the build.
    pub build: u64,
    /// Every table.
    pub tables: Vec<TableInfo>,
}

/// One table.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableInfo {
    /// `schema.table`
    pub name: String,
    /// One sentence: what one row is.
    pub what: String,
    /// Columns that identify a row.
    pub grain: Vec<String>,
    /// Rows.
    pub rows: u64,
    /// Whether its rows are answered at `/api/v1/tables/{name}`; for others there is `jobtide export`.
    pub served: bool,
    /// Columns.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Serialize, ToSchema)]
pub struct Column {
    /// Name.
    pub name: String,
    /// SQL type: text, bigint, double, boolean, date or timestamp.
    #[serde(rename = "type")]
    pub sql_type: String,
}

/// A table's rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableAnswer {
    /// `schema.table`
    pub table: String,
    /// Number of the build.
    pub build: u64,
    /// Where the build's postings come from.
    pub origin: Origin,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows as objects by column; numbers that a double does not hold, and 64-bit identifiers, are
    /// strings, as in a query's answer.
    pub rows: Vec<BTreeMap<String, serde_json::Value>>,
}

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`
    pub status: String,
}

impl From<&SourceDescription> for Attribution {
    fn from(source: &SourceDescription) -> Self {
        let attribution = &source.attribution;
        Self {
            source: source.source.clone(),
            name_ko: attribution.name_ko.clone(),
            name_en: attribution.name_en.clone(),
            url: attribution.url.as_str().trim_end_matches('/').to_owned(),
        }
    }
}

/// The published build
#[utoipa::path(get, path = "/api/v1/build",
    params(("If-None-Match" = Option<String>, Header, description = "tags of answers that the caller has")),
    responses(
    (status = 200, body = BuildAnswer, headers(("ETag" = String, description = "another one with every published build"))),
    (status = 304, description = "`If-None-Match` matches the ETag"),
    (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn build(State(server): State<Server>, headers: HeaderMap) -> Result<Response, ApiError> {
    let current = server.published.state().await?;
    let record = &current.record;
    let what = match current.damaged.is_empty() {
        true => "build".to_owned(),
        false => format!("build-{}", answer::short_digest(current.damaged.join("\n"))),
    };
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
        attribution: server.attribution.clone(),
        warnings: record
            .warnings
            .iter()
            .map(|finding| (finding.check.clone(), finding.rows))
            .collect(),
        damaged: current.damaged.clone(),
    };
    Ok(answer::tagged(Json(body).into_response(), &tag))
}

/// The tables of the published build
#[utoipa::path(get, path = "/api/v1/tables",
    params(("If-None-Match" = Option<String>, Header, description = "tags of answers that the caller has")),
    responses(
    (status = 200, body = TablesAnswer, headers(("ETag" = String, description = "another one with every published build"))),
    (status = 304, description = "`If-None-Match` matches the ETag"),
    (status = 429, description = "others are served first", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
    (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn tables(
    State(server): State<Server>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let record = server.published.current().await?;
    let tag = answer::tag(&record, "tables");
    if answer::is_known(&headers, &tag) {
        return Ok(answer::not_modified(&tag));
    }
    let warehouse = server.warehouse.clone();
    let work = async move {
        let mut tables = Vec::new();
        for (name, table) in &record.tables {
            let schema = warehouse.table_schema(&record, name).await?;
            tables.push(TableInfo {
                name: name.to_string(),
                what: table.what.clone(),
                grain: table.grain.clone(),
                rows: table.rows,
                served: SERVED_LAYERS.contains(&name.schema()),
                columns: warehouse::query::column_types(&schema)
                    .into_iter()
                    .map(|(name, sql_type)| Column { name, sql_type })
                    .collect(),
            });
        }
        let body = TablesAnswer {
            build: record.build,
            tables,
        };
        serde_json::to_vec(&body).map_err(|error| ApiError::internal(&error))
    };
    let body = server.ask_engine(&tag, work).await?;
    Ok(answer::tagged(answer::json(body), &tag))
}

/// A table of the published build, or of an earlier one
///
/// The format is chosen by a suffix (`.json`, `.csv`, `.arrow`, `.parquet`), else by `Accept`. Tables
/// of the layer `visual_tables` and `adhoc` are served whole; larger layers are for `jobtide export`.
#[utoipa::path(get, path = "/api/v1/tables/{table}",
    params(
        ("table" = String, Path, description = "`schema.table`, with an optional suffix", example = "visual_tables.recruit_for_exp"),
        ("build" = Option<u64>, Query, description = "a build instead of the published one"),
        ("raw" = Option<bool>, Query, description = "CSV for programs: without a byte order mark and without `'` before texts that would pass for formulas"),
        ("Accept" = Option<String>, Header, description = "the format, with quality values; JSON when none of them fits", example = "text/csv"),
        ("If-None-Match" = Option<String>, Header, description = "tags of answers that the caller has")),
    responses(
        (status = 200, description = "all rows of the table",
            content(
                (TableAnswer = "application/json"),
                (String = "text/csv"),
                ("application/vnd.apache.arrow.stream"),
                ("application/vnd.apache.parquet")),
            headers(
                ("ETag" = String, description = "another one with every published build, and for every format"),
                ("x-jobtide-origin" = String, description = "`generated` for made-up postings, in every format but JSON, which says so itself"))),
        (status = 304, description = "`If-None-Match` matches the ETag"),
        (status = 400, description = "a build that is no number", body = ErrorBody),
        (status = 404, description = "no such table or build", body = ErrorBody),
        (status = 429, description = "others are served first", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn table(
    State(server): State<Server>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let path = name_in(path);
    let (name, suffix) = answer::split_suffix(&path)?;
    if !SERVED_LAYERS.contains(&name.schema()) {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "unknown_table",
            format!(
                "`{name}` is not served; `visual_tables` and `adhoc` are, others by `jobtide export`"
            ),
        ));
    }
    let query = query.as_deref();
    let format = match suffix.unwrap_or_else(|| accept::accepted(&headers)) {
        Format::Csv if !is_raw(query)? => Format::Spreadsheet,
        format => format,
    };
    let record = server.record(build_in(query)?).await?;
    let sheet = match format {
        Format::Spreadsheet => "-sheet",
        _ => "",
    };
    let tag = answer::tag(&record, &format!("{name}.{}{sheet}", format.ending()));
    if answer::is_known(&headers, &tag) && record.tables.contains_key(&name) {
        return Ok(answer::not_modified(&tag));
    }
    if !record.tables.contains_key(&name) {
        return Err(warehouse::Error::UnknownTable(name.to_string()).into());
    }
    let (warehouse, of, table) = (server.warehouse.clone(), record.clone(), name.clone());
    let work = async move {
        let rows = warehouse.read_table(&of, &table).await?;
        answer::table_body(&of, &table, &rows, format)
    };
    let body = server.ask_engine(&tag, work).await?;
    let response = answer::table(&record, &name, body, format);
    Ok(answer::tagged(response, &tag))
}

/// Whether a query string requests a file for programs instead of spreadsheets.
fn is_raw(query: Option<&str>) -> Result<bool, ApiError> {
    match given(query, "raw").as_deref() {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "bad_value",
            format!("`raw={other}` is not known; it can be true or false"),
        )),
    }
}

/// The first value of a query parameter.
fn given<'a>(query: Option<&'a str>, name: &str) -> Option<std::borrow::Cow<'a, str>> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    Some(pairs.find(|(found, _)| found == name)?.1)
}

/// The build number in a query string.
pub(super) fn build_in(query: Option<&str>) -> Result<Option<u64>, ApiError> {
    let Some(number) = given(query, "build") else {
        return Ok(None);
    };
    let refused = |_| {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "bad_value",
            format!("`build={number}` is no number of a build"),
        )
    };
    number.parse().map(Some).map_err(refused)
}

/// Layers small enough to be served whole.
const SERVED_LAYERS: [&str; 2] = ["visual_tables", "adhoc"];

/// Whether the process lives
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health)))]
pub async fn health() -> Json<Health> {
    Json(Health {
        status: "ok".to_owned(),
    })
}

/// Whether there is something to serve
#[utoipa::path(get, path = "/readyz", responses(
    (status = 200, body = Health),
    (status = 503, description = "nothing is published yet, or no build is whole", body = ErrorBody)))]
pub async fn ready(State(server): State<Server>) -> Result<Json<Health>, ApiError> {
    let current = server.published.state().await?;
    if current.whole {
        return Ok(health().await);
    }
    let message = format!("no build is whole: {}", current.damaged.join("; "));
    let hint = "restore the files from a backup, or run `jobtide build --full`";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    Err(ApiError::new(status, "no_build_is_whole", message).with_hint(Some(hint.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_description_is_fresh() {
        let written = include_str!("../../../../docs/openapi.json");
        let now = ApiDoc::openapi().to_pretty_json().unwrap();
        assert_eq!(written.trim_end(), now, "run `make openapi`");
    }
}
