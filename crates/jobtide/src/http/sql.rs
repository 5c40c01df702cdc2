//! The page's SQL: one query in a process of its own, within the limits of `[query]`.

use std::fmt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use warehouse::query::Format;

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

/// A result. The query's process writes most of it (`Format::Page`), within its own limits.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueryAnswer {
    /// The build that answered.
    pub build: u64,
    /// From the start of the query's process to its end.
    pub took_ms: u64,
    /// Columns.
    pub columns: Vec<Column>,
    /// Whether there are more rows than were asked for.
    pub cut: bool,
    /// Rows, a value a column; 64-bit identifiers are strings.
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
        (status = 415, description = "the query was not sent as JSON", body = ErrorBody),
        (status = 429, description = "other queries are running", body = ErrorBody),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn query(
    State(server): State<Server>,
    options: Result<Query<QueryOptions>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let bad = |code: &str, message: String| ApiError::new(StatusCode::BAD_REQUEST, code, message);
    let Query(options) = options.map_err(|rejected| bad("bad_value", rejected.body_text()))?;
    // A page of others can send forms here without asking, but not this type.
    let is_json = |value: &HeaderValue| value.as_bytes().starts_with(b"application/json");
    if !headers.get(header::CONTENT_TYPE).is_some_and(is_json) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "wrong_type",
            "a query is sent as `content-type: application/json`",
        ));
    }
    let body = body.ok().filter(|body| body.len() <= LONGEST);
    let body = body.ok_or_else(|| {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "query_too_long",
            format!("a query may have {LONGEST} bytes"),
        )
    })?;
    let request: QueryRequest = serde_json::from_slice(&body)
        .map_err(|error| bad("bad_value", format!("the body is no query: {error}")))?;
    let format = match options.format.as_deref() {
        None => Format::Page,
        Some(text @ ("csv" | "parquet" | "json")) => text.parse()?,
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
    let result = queries
        .run(&request.sql, record.build, limit, format)
        .await?;
    drop(turn);
    if format != Format::Page {
        let mut response = result.into_response();
        let name = format!("query-{}", record.build);
        answer::as_file(&mut response, &record, &name, format);
        return Ok(response);
    }
    // The worker's object goes on where this one begins.
    let took_ms = began.elapsed().as_millis();
    let mut body = format!("{{\"build\":{},\"took_ms\":{took_ms},", record.build).into_bytes();
    body.extend_from_slice(result.strip_prefix(b"{").unwrap_or(&result));
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
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

    /// The result as the worker wrote it.
    async fn run(
        &self,
        sql: &str,
        build: u64,
        limit: usize,
        format: Format,
    ) -> Result<Vec<u8>, ApiError> {
        let ran = self.in_process(sql, build, limit, format).await;
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

    async fn in_process(
        &self,
        sql: &str,
        build: u64,
        limit: usize,
        format: Format,
    ) -> anyhow::Result<Vec<u8>> {
        let settings = &self.settings;
        // All that the worker needs of this server's settings; it reads no file of its own.
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
            "--config=/dev/null".to_owned(),
            "query".to_owned(),
            own_worker(),
            match format {
                Format::Page => "--format=page".to_owned(),
                format => format!("--format={}", format.ending()),
            },
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
            Some(0) => Ok(result),
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
