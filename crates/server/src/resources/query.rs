//! SQL over HTTP: one query, which the program runs within its limits.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use warehouse::query::Format;

use crate::answer;
use crate::answer::table::Column;
use crate::body::{self, Unread};
use crate::error::{ApiError, ErrorBody};
use crate::sql::SqlQuery;
use crate::state::Server;

/// How long a query waits for its turn.
const WAIT: Duration = Duration::from_secs(10);

/// The maximum `limit`.
const MOST_ROWS: u64 = 100_000;

/// Maximum size of a result, in bytes.
const MOST_BYTES: u64 = 32 << 20;

/// Maximum size of a request's body, in bytes.
const LONGEST: usize = 100_000;

/// A query.
#[derive(Debug, PartialEq, Eq, ToSchema)]
pub struct QueryRequest {
    /// One SELECT over the tables of the build.
    pub sql: String,
    /// The build; without it the published one.
    pub build: Option<u64>,
    /// Maximum number of rows, up to 100,000; 10,000 by default.
    pub limit: Option<u64>,
}

/// How a result is wanted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueryOptions {
    /// `csv`, `parquet` or `json` for a file; without it columns and rows for a program. CSV is for
    /// spreadsheets: a byte order mark, and a `'` before text that a spreadsheet would read as a
    /// formula.
    format: Option<String>,
    /// CSV for programs, with neither.
    raw: Option<bool>,
}

/// A result. The query's process writes most of it (`Format::Page`), within its own limits.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueryAnswer {
    /// The build that the result is computed from.
    pub build: u64,
    /// From the start of the query's process to its end.
    pub took_ms: u64,
    /// Columns.
    pub columns: Vec<Column>,
    /// Whether the result is truncated to the requested number of rows.
    pub cut: bool,
    /// Rows, a value a column. 64-bit integers named `id` or `…_id` are strings, and so is, under any
    /// name, every number that a double does not hold as it is: integers beyond ±9007199254740991
    /// (2^53 − 1), decimals that a double would change, and `NaN`, `inf` and `-inf`. Null is SQL's
    /// null. One column may have numbers and strings; `columns` has its SQL type.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// One query on a build
///
/// Read-only, within the server's limits of memory and time.
#[utoipa::path(post, path = "/api/v1/query",
    params(QueryOptions),
    request_body = QueryRequest,
    responses(
        (status = 200, body = QueryAnswer),
        (status = 400, description = "the query or a parameter is refused: `query_refused`, `bad_value`, `unknown_parameter`", body = ErrorBody),
        (status = 404, description = "no such build, or SQL is disabled on this server", body = ErrorBody),
        (status = 408, description = "the query was not received in time", body = ErrorBody),
        (status = 413, description = "the query is too long", body = ErrorBody),
        (status = 415, description = "the query was not sent as JSON", body = ErrorBody),
        (status = 422, description = "the query exceeded one of the server's limits: `query_timeout`, `query_memory`, `result_too_large`", body = ErrorBody),
        (status = 429, description = "other queries are running", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn query(
    State(server): State<Server>,
    RawQuery(options): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let body = body::read(&headers, body, LONGEST).await;
    let options = QueryOptions::read(options.as_deref().unwrap_or_default())?;
    // A page of another site can send forms without a CORS preflight, but not this media type.
    let is_json = |value: &HeaderValue| value.as_bytes().starts_with(b"application/json");
    if !headers.get(header::CONTENT_TYPE).is_some_and(is_json) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "wrong_type",
            "a query is sent as `content-type: application/json`",
        ));
    }
    let body = body.map_err(|unread| match unread {
        Unread::TooLong => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "query_too_long",
            format!("a query may have {LONGEST} bytes"),
        ),
        Unread::Failed(error) => error,
    })?;
    let request = QueryRequest::read(&body)?;
    let format = match options.format.as_deref() {
        None => Format::Page,
        Some("csv") if options.raw == Some(true) => Format::Csv,
        Some("csv") => Format::Spreadsheet,
        Some(text @ ("parquet" | "json")) => text.parse()?,
        Some(other) => {
            let other = beginning(other);
            return Err(bad_value(format!(
                "`format={other}` is not known; there are csv, parquet, json"
            )));
        }
    };
    let limit = match request.limit {
        None => warehouse::query::DEFAULT_LIMIT,
        Some(limit) if limit <= MOST_ROWS => limit as usize,
        Some(limit) => {
            return Err(bad_value(format!(
                "`limit` is {limit}: at most {MOST_ROWS}"
            )));
        }
    };
    let Some(queries) = &server.queries else {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "sql_is_off",
            "SQL is disabled on this server: `server.sql` is false",
        ));
    };
    let record = server.record(request.build).await?;
    let busy = || ApiError::busy("other queries are running; try again in a moment");
    let turn = tokio::time::timeout(WAIT, queries.turns.turn())
        .await
        .map_err(|_| busy())?
        .map_err(|_| busy())?;
    let began = Instant::now();
    let query = SqlQuery {
        sql: &request.sql,
        build: record.build,
        limit,
        format,
        most_bytes: MOST_BYTES,
    };
    let result = queries.runner.run(query).await?;
    drop(turn);
    let results = &queries.results;
    if format != Format::Page {
        let mut response = Response::new(Body::from(results.hold(result)?));
        let name = format!("query-{}", record.build);
        answer::as_file(&mut response, &record, &name, format);
        return Ok(response);
    }
    // The worker's JSON object is appended to this beginning.
    let took_ms = began.elapsed().as_millis();
    let mut body = format!("{{\"build\":{},\"took_ms\":{took_ms},", record.build).into_bytes();
    body.extend_from_slice(result.strip_prefix(b"{").unwrap_or(&result));
    Ok(answer::json(results.hold(body)?))
}

fn bad_value(message: String) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "bad_value", message)
}

/// The quoted part of an untrusted text.
fn beginning(text: &str) -> String {
    text.chars().take(60).collect()
}

impl QueryOptions {
    fn read(query: &str) -> Result<Self, ApiError> {
        let (mut format, mut raw) = (None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let given = match &*name {
                "format" => format.replace(value.into_owned()).is_some(),
                "raw" => {
                    let value = value.parse().map_err(|_| {
                        let value = beginning(&value);
                        bad_value(format!(
                            "`raw={value}` is not known; it can be true or false"
                        ))
                    })?;
                    raw.replace(value).is_some()
                }
                other => {
                    let message = format!("there is no parameter `{}` here", beginning(other));
                    return Err(ApiError::new(
                        StatusCode::BAD_REQUEST,
                        "unknown_parameter",
                        message,
                    )
                    .with_hint(Some("there are `format` and `raw`".to_owned())));
                }
            };
            if given {
                return Err(bad_value(format!("`{name}` is given twice")));
            }
        }
        Ok(Self { format, raw })
    }
}

impl QueryRequest {
    fn read(body: &[u8]) -> Result<Self, ApiError> {
        let refused = |problem: &str| {
            let hint = r#"send an object such as {"sql": "select 1", "limit": 10}"#;
            bad_value(format!("the body is not a valid query: {problem}"))
                .with_hint(Some(hint.to_owned()))
        };
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| refused(&format!("it is not JSON: {error}")))?;
        let Value::Object(body) = body else {
            return Err(refused("it is not an object"));
        };
        let known = |name: &&String| ["sql", "build", "limit"].contains(&name.as_str());
        if let Some(other) = body.keys().find(|name| !known(name)) {
            return Err(refused(&format!("it has no `{}`", beginning(other))));
        }
        let number = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(refused(&format!("`{name}` is not a whole number"))),
            },
        };
        Ok(Self {
            sql: match body.get("sql") {
                Some(Value::String(sql)) => sql.clone(),
                Some(_) => return Err(refused("`sql` is not a string")),
                None => return Err(refused("`sql` is missing")),
            },
            build: number("build")?,
            limit: number("limit")?,
        })
    }
}
