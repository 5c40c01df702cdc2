//! The tables of a build.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::query::Format;

use crate::answer::table::{Column, TableAnswer};
use crate::answer::{self, accept};
use crate::error::{ApiError, ErrorBody, name_in};
use crate::parameters::{build_in, given};
use crate::state::Server;

/// Layers small enough to be served whole.
pub const SERVED_LAYERS: [&str; 2] = ["visual_tables", "adhoc"];

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
    /// Whether its rows are served at `/api/v1/tables/{name}`; for others there is
    /// `jobtide export`.
    pub served: bool,
    /// Columns.
    pub columns: Vec<Column>,
}

/// The tables of the published build
#[utoipa::path(get, path = "/api/v1/tables",
    params(("If-None-Match" = Option<String>, Header, description = "ETags of responses that the client has")),
    responses(
    (status = 200, body = TablesAnswer, headers(("ETag" = String, description = "changes with every published build"))),
    (status = 304, description = "`If-None-Match` matches the ETag"),
    (status = 429, description = "the server is busy", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
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
/// The format is chosen by a suffix (`.json`, `.csv`, `.arrow`, `.parquet`), else by `Accept`.
/// Tables of the layer `visual_tables` and `adhoc` are served in full; larger layers are for
/// `jobtide export`.
#[utoipa::path(get, path = "/api/v1/tables/{table}",
    params(
        ("table" = String, Path, description = "`schema.table`, with an optional suffix", example = "visual_tables.recruit_for_exp"),
        ("build" = Option<u64>, Query, description = "a build instead of the published one"),
        ("raw" = Option<bool>, Query, description = "CSV for programs: without a byte order mark and without `'` before texts that a spreadsheet would read as formulas"),
        ("Accept" = Option<String>, Header, description = "the format, with quality values; JSON when none of them fits", example = "text/csv"),
        ("If-None-Match" = Option<String>, Header, description = "ETags of responses that the client has")),
    responses(
        (status = 200, description = "all rows of the table",
            content(
                (TableAnswer = "application/json"),
                (String = "text/csv"),
                ("application/vnd.apache.arrow.stream"),
                ("application/vnd.apache.parquet")),
            headers(
                ("ETag" = String, description = "changes with every published build, and differs by format"),
                ("x-jobtide-origin" = String, description = "`generated` for synthetic postings, in every format but JSON, whose body says so"))),
        (status = 304, description = "`If-None-Match` matches the ETag"),
        (status = 400, description = "an invalid build number", body = ErrorBody),
        (status = 404, description = "no such table or build", body = ErrorBody),
        (status = 429, description = "the server is busy", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
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
