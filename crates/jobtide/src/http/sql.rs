//! The page's SQL: one query in a process of its own, within the limits of `[query]`.

use std::fmt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use warehouse::query::{Format, Rows};

use super::api::Column;
use super::error::{ApiError, ErrorBody};
use super::{Server, answer};
use crate::commands::query::{own_worker, process};
use crate::config::Settings;

/// Queries that run at once.
const AT_ONCE: usize = 2;

/// How long a query waits for its turn.
const WAIT: Duration = Duration::from_secs(10);

/// Rows that may be asked for.
const MOST_ROWS: usize = 100_000;

/// Bytes of a result.
const MOST_BYTES: u64 = 32 << 20;

/// Characters of a query.
const LONGEST: usize = 100_000;

/// Starts queries, a few at a time.
pub struct Queries {
    settings: Settings,
    turns: Semaphore,
}

/// A query.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryRequest {
    /// One SELECT over the tables of the build.
    pub sql: String,
    /// The build; without it the published one.
    #[serde(default)]
    pub build: Option<u64>,
    /// Most rows to return, up to 100,000; 10,000 unless told.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// How a result is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueryOptions {
    /// `csv`, `parquet` or `json` for a file; without it columns and rows for a program.
    #[serde(default)]
    format: Option<String>,
}

/// A result.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueryAnswer {
    /// The build that answered.
    pub build: u64,
    /// Columns.
    pub columns: Vec<Column>,
    /// Whether there are more rows than were asked for.
    pub cut: bool,
    /// From the start of the query's process to its end.
    pub took_ms: u64,
    /// Rows, a value a column; 64-bit identifiers are strings. The last field: it is written apart.
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
        (status = 400, description = "the query is refused, or its limits are reached", body = ErrorBody),
        (status = 404, description = "no such build, or SQL is switched off here", body = ErrorBody),
        (status = 413, description = "the query is too long", body = ErrorBody),
        (status = 429, description = "other queries are running", body = ErrorBody),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn query(
    State(server): State<Server>,
    Query(options): Query<QueryOptions>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let bad = |code: &str, message: String| ApiError::new(StatusCode::BAD_REQUEST, code, message);
    if body.len() > LONGEST {
        return Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "query_too_long",
            format!("a query may have {LONGEST} bytes"),
        ));
    }
    let request: QueryRequest = serde_json::from_slice(&body)
        .map_err(|error| bad("bad_value", format!("the body is no query: {error}")))?;
    let format = match options.format.as_deref() {
        None => None,
        Some(text @ ("csv" | "parquet" | "json")) => text.parse::<Format>().ok(),
        Some(other) => {
            return Err(bad(
                "bad_value",
                format!("`{other}` is not a format; there are csv, parquet, json"),
            ));
        }
    };
    let limit = request
        .limit
        .unwrap_or(warehouse::query::DEFAULT_LIMIT)
        .min(MOST_ROWS);
    let Some(queries) = &server.queries else {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "sql_is_off",
            "this server answers no SQL: `server.sql` is false",
        ));
    };
    let record = server.record(request.build).await?;
    let turn = tokio::time::timeout(WAIT, queries.turns.acquire())
        .await
        .map_err(|_| {
            ApiError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "busy",
                "other queries are running; try again in a moment",
            )
        })?;
    let began = Instant::now();
    let rows = queries
        .run(&request.sql, record.build, limit + 1)
        .await?
        .first(limit);
    drop(turn);
    let took_ms = began.elapsed().as_millis() as u64;
    if let Some(format) = format {
        return file(&record, &rows, format);
    }
    let answer = QueryAnswer {
        build: record.build,
        columns: answer::columns(&rows),
        cut: rows.cut,
        took_ms,
        rows: Vec::new(),
    };
    // Written as they are: as values, a large result would take several times its size.
    let head = serde_json::to_string(&answer).map_err(|error| ApiError::internal(&error))?;
    let mut body = head.trim_end_matches("[]}").as_bytes().to_vec();
    match rows.is_empty() {
        true => body.extend_from_slice(b"[]"),
        false => rows.write_lists(&mut body)?,
    }
    body.push(b'}');
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn file(
    record: &warehouse::BuildRecord,
    rows: &Rows,
    format: Format,
) -> Result<Response, ApiError> {
    let mut body = Vec::new();
    rows.write(format, &mut body)?;
    let mut response = body.into_response();
    let name = format!("query-{}", record.build);
    answer::as_file(&mut response, record, &name, format);
    Ok(response)
}

impl Queries {
    /// Runs what `[server]` allows; nothing when it allows no SQL.
    pub fn new(settings: &Settings) -> Option<Arc<Self>> {
        settings.server.sql.then(|| {
            Arc::new(Self {
                settings: settings.clone(),
                turns: Semaphore::new(AT_ONCE),
            })
        })
    }

    async fn run(&self, sql: &str, build: u64, limit: usize) -> Result<Rows, ApiError> {
        let ran = self.in_process(sql, build, limit).await;
        ran.map_err(|error| match error.downcast::<Refused>() {
            Ok(Refused(message)) => {
                let mut parts = message.splitn(2, "\nhint: ");
                let text = parts.next().unwrap_or_default();
                ApiError::new(StatusCode::BAD_REQUEST, "query_refused", text)
                    .with_hint(parts.next().map(str::to_owned))
            }
            Err(error) => ApiError::internal(&error),
        })
    }

    async fn in_process(&self, sql: &str, build: u64, limit: usize) -> anyhow::Result<Rows> {
        let settings = &self.settings;
        // The worker reads the settings of this folder and the environment; these are this server's.
        let environment = [
            ("JOBTIDE__STORAGE__URL", settings.storage.url.clone()),
            ("JOBTIDE__STORAGE__STATE", settings.storage.state.clone()),
            (
                "JOBTIDE__QUERY__MEMORY_MB",
                settings.query.memory_mb.to_string(),
            ),
            (
                "JOBTIDE__QUERY__SECONDS",
                settings.query.seconds.to_string(),
            ),
            (
                "JOBTIDE__ENGINE__MEMORY_MB",
                settings.engine.memory_mb.to_string(),
            ),
            (
                "JOBTIDE__ENGINE__PARTITIONS",
                settings.engine.partitions.to_string(),
            ),
            (
                "JOBTIDE__PIPELINE__FOLDER",
                settings.pipeline.folder.clone(),
            ),
        ];
        let arguments = [
            "query".to_owned(),
            own_worker(),
            "--format=arrow".to_owned(),
            format!("--limit={limit}"),
            format!("--build={build}"),
            // From stdin: a command line may be read by everybody on this machine.
            "-".to_owned(),
        ];
        let mut worker = process::start(arguments, environment, Stdio::piped(), Stdio::piped())?;
        let mut input = worker.stdin.take().context("the query's input")?;
        // A worker that ends before it has read everything says why.
        input.write_all(sql.as_bytes()).await.ok();
        drop(input);
        let output = worker.stdout.take().context("the query's result")?;
        let errors = worker.stderr.take().context("the query's messages")?;
        let (result, messages) = tokio::try_join!(all(output), all(errors))?;
        let messages = String::from_utf8_lossy(&messages);
        if result.len() as u64 > MOST_BYTES {
            worker.start_kill().ok();
            anyhow::bail!(Refused(format!(
                "the result has more than {} MB\nhint: choose fewer columns or rows",
                MOST_BYTES >> 20
            )));
        }
        let status = worker.wait().await.context("the query's process")?;
        if let Some(error) = process::limit_reached(status, &messages, &settings.query) {
            anyhow::bail!(Refused(error.to_string()));
        }
        match status.code() {
            Some(0) => Rows::from_arrow(&result).context("the query's result"),
            Some(code) if code == i32::from(crate::exit::Failure::QueryRefused.code()) => {
                let text = messages.trim().trim_start_matches("error: ").to_owned();
                anyhow::bail!(Refused(text))
            }
            _ => anyhow::bail!("the query's process failed: {}", messages.trim()),
        }
    }
}

/// Reads to the end, or until there is more than a result may have.
async fn all(stream: impl AsyncRead + Unpin) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(MOST_BYTES + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// What the asker can mend.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}
