//! Lists of postings, as pages and as files, and the details of a posting.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use explore::{Image, PostingRow, PostingsAnswer};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt as _;
use semantic::{Kind, Request};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use utoipa::ToSchema;
use warehouse::Warehouse;
use warehouse::query::{Format, RowWriter};

use crate::answer::columns;
use crate::answer::sheet::{self, Sheet};
use crate::answer::{self, accept};
use crate::error::{ApiError, ErrorBody, name_in};
use crate::images::Held;
use crate::origin::Origin;
use crate::packing::AsItIs;
use crate::page;
use crate::state::Server;

/// Rows per batch of a file.
const BATCH_ROWS: usize = 8192;

/// Capacity of the channel of chunks to a slow reader.
const PIECES_UNDER_WAY: usize = 8;

/// Maximum number of concurrent CSV downloads, one thread each.
pub const DOWNLOADS_AT_ONCE: usize = 16;

/// The cost of a Parquet download in CSV downloads: it buffers a row group in memory.
const PARQUET_TURNS: u32 = 4;

/// Timeout for a reader to take a chunk before the download is aborted.
const READER_PATIENCE: Duration = Duration::from_secs(60);

/// Size of a chunk.
const PIECE_BYTES: usize = 64 << 10;

/// A page of the selected postings
///
/// Takes the filters of `/api/v1/tiles`.
#[utoipa::path(get, path = "/api/v1/postings",
    params(
        ("sort" = Option<String>, Query, description = "posting_date, title, company, minimum_years, expiration_date, views or applications"),
        ("order" = Option<String>, Query, description = "asc or desc"),
        ("offset" = Option<u64>, Query, description = "rows to skip"),
        ("limit" = Option<u64>, Query, description = "rows to return, up to 500; 100 by default")),
    responses(
        (status = 200, body = PostingsAnswer, headers(("ETag" = String, description = "changes with every build and query"))),
        (status = 304, description = "`If-None-Match` matches the ETag"),
        (status = 400, description = "an unknown name or value", body = ErrorBody),
        (status = 404, description = "no such build", body = ErrorBody),
        (status = 429, description = "the server is busy", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn list(
    State(server): State<Server>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    server
        .answer(&headers, Kind::Postings, query, |image, request| {
            image.postings(request)
        })
        .await
}

/// All selected postings, as CSV
///
/// Takes the parameters of `/api/v1/postings`, without paging. Several values of one cell are
/// separated by `; `. The file is for spreadsheets: a byte order mark, names in Korean or English
/// with codes beside them, a `'` before text that a spreadsheet would read as a formula; source and
/// data date in the columns before the last, filters and build in the last column of the first row.
/// `raw=true` is for programs: the names of the API, codes, and nothing else.
#[utoipa::path(get, path = "/api/v1/postings.csv",
    params(
        ("lang" = Option<String>, Query, description = "`ko` or `en`; without it, as `Accept-Language` prefers, else English"),
        ("raw" = Option<bool>, Query, description = "a file for programs")),
    responses(
        (status = 200, content((String = "text/csv")), headers(
            ("x-jobtide-origin" = String, description = "`generated` for synthetic postings"))),
        (status = 400, description = "an unknown name or value", body = ErrorBody),
        (status = 404, description = "no such build", body = ErrorBody),
        (status = 429, description = "other lists are being downloaded", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn csv(
    State(server): State<Server>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let is_packed = page::takes(&headers, "gzip");
    file(server, query, &headers, Format::Csv, is_packed).await
}

/// All selected postings, as Parquet
///
/// Takes the parameters of `/api/v1/postings`, without paging. Several values of one cell are
/// separated by `; `.
#[utoipa::path(get, path = "/api/v1/postings.parquet",
    responses(
        (status = 200, content(("application/vnd.apache.parquet")), headers(
            ("x-jobtide-origin" = String, description = "`generated` for synthetic postings"))),
        (status = 400, description = "an unknown name or value", body = ErrorBody),
        (status = 404, description = "no such build", body = ErrorBody),
        (status = 429, description = "other lists are being downloaded", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn parquet(
    State(server): State<Server>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    file(server, query, &headers, Format::Parquet, false).await
}

/// A field of a posting as the tables have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Field {
    /// Column of external.recruit_table, or of a code table for the name of a code.
    pub name: String,
    /// Its value as text.
    #[schema(required)]
    pub value: Option<String>,
}

/// What one collection saw of a posting.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Version {
    /// When it was collected, RFC 3339.
    #[schema(required)]
    pub collected_at: Option<String>,
    /// When the source says that it was edited, RFC 3339.
    #[schema(required)]
    pub modification_at: Option<String>,
    /// Title.
    #[schema(required)]
    pub title: Option<String>,
    /// 1 while the source shows it.
    #[schema(required)]
    pub active: Option<i64>,
    /// Views.
    #[schema(required)]
    pub views: Option<i64>,
    /// Applications.
    #[schema(required)]
    pub applications: Option<i64>,
}

/// Everything known about a posting.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingDetail {
    /// Number of the build.
    pub build: u64,
    /// Where the build's postings come from.
    pub origin: Origin,
    /// The row of the list; null for a posting out of scope.
    #[schema(required)]
    pub row: Option<PostingRow>,
    /// Every field of its latest version.
    pub fields: Vec<Field>,
    /// What each collection saw, the oldest first.
    pub versions: Vec<Version>,
}

/// The part of rows written as [`Format::Page`] that is parsed.
#[derive(Deserialize)]
struct Page {
    rows: Vec<Vec<serde_json::Value>>,
}

/// Everything known about a posting
#[utoipa::path(get, path = "/api/v1/postings/{id}",
    params(
        ("id" = String, Path, description = "the posting's id in raw_data.recruits"),
        ("build" = Option<u64>, Query, description = "a build instead of the published one")),
    responses(
        (status = 200, body = PostingDetail, headers(("ETag" = String, description = "changes with every build and posting"))),
        (status = 304, description = "`If-None-Match` matches the ETag"),
        (status = 404, description = "no such posting or build", body = ErrorBody),
        (status = 429, description = "the server is busy", body = ErrorBody, headers(("Retry-After" = u32, description = "seconds"))),
        (status = 503, description = "nothing is published yet", body = ErrorBody)))]
pub async fn detail(
    State(server): State<Server>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let build = server.request(Kind::Explain, query.as_deref())?.build();
    let id = name_in(path);
    let unknown = || {
        let message = format!("there is no posting `{id}` in this build");
        ApiError::new(StatusCode::NOT_FOUND, "unknown_posting", message)
    };
    // Only a number is inserted into the SQL.
    let number: i64 = id.parse().map_err(|_| unknown())?;
    let held = server.held(build).await?;
    let tag = server.tag(&held.record, Kind::Explain, &format!("postings/{number}"));
    let warehouse = server.warehouse.clone();
    let work = async move { known_of(&warehouse, &held, number).await };
    let body = server.ask_engine(&tag, work).await?;
    // An unknown posting is cached as an empty response.
    if body.is_empty() {
        return Err(unknown());
    }
    Ok(answer::unless_known(&headers, &tag, answer::json(body)))
}

/// The response for a posting; empty if there is none.
async fn known_of(warehouse: &Warehouse, held: &Held, number: i64) -> Result<Vec<u8>, ApiError> {
    let fields = warehouse.find(&held.record, &fields_sql(number)).await?;
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let names = fields.schema.fields().iter().map(|field| field.name());
    let mut written = Vec::new();
    fields.write(Format::Page, &mut written)?;
    let page: Page =
        serde_json::from_slice(&written).map_err(|error| ApiError::internal(&error))?;
    let values = page.rows.into_iter().next().unwrap_or_default();
    let fields = names
        .zip(values)
        .map(|(name, value)| Field {
            name: name.clone(),
            value: match value {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text),
                other => Some(other.to_string()),
            },
        })
        .collect();
    let mut versions = Vec::new();
    warehouse
        .find(&held.record, &versions_sql(number))
        .await?
        .write(Format::Json, &mut versions)?;
    let versions = match versions.as_slice() {
        b"" => Vec::new(),
        rows => serde_json::from_slice(rows).map_err(|error| ApiError::internal(&error))?,
    };
    let detail = PostingDetail {
        build: held.record.build,
        origin: held.record.origin.into(),
        row: held.image.row(number),
        fields,
        versions,
    };
    serde_json::to_vec(&detail).map_err(|error| ApiError::internal(&error))
}

fn fields_sql(id: i64) -> String {
    format!(
        "select posting.*, experience.experience, education.education_level, salary.salary, close_type.close_type
        from external.recruit_table as posting
        left join meta.experiences as experience on experience.code = cast(posting.experience_code as varchar)
        left join meta.education as education on education.code = posting.education_code
        left join meta.salaries as salary on salary.code = posting.salary_code
        left join meta.close_types as close_type on close_type.code = posting.close_type_code
        where posting.id = {id}"
    )
}

fn versions_sql(id: i64) -> String {
    format!(
        "select collected_at, modification_at, title, active, read_cnt as views, apply_cnt as applications
        from staging.recruit
        where id = {id}
        order by collected_at, landing_path, landing_row"
    )
}

/// A file of all postings that are chosen. Its own thread writes and compresses it in chunks;
/// between two chunks another download's thread may take the turn.
async fn file(
    server: Server,
    query: Option<String>,
    headers: &HeaderMap,
    format: Format,
    is_packed: bool,
) -> Result<Response, ApiError> {
    let request = server.request(Kind::Export, query.as_deref())?;
    let turns = match format {
        Format::Parquet => PARQUET_TURNS,
        _ => 1,
    };
    let Ok(turn) = server.downloads.clone().try_acquire_many_owned(turns) else {
        return Err(ApiError::busy(
            "other lists are being downloaded; try again in a moment",
        ));
    };
    let held = server.held(request.build()).await?;
    let record = held.record.clone();
    let definitions = held.image.definitions().clone();
    let language = request.language();
    let language = language.unwrap_or_else(|| accept::language(headers));
    let name = sheet::name(&definitions, language, &request, record.build);
    let for_people = format == Format::Csv && !request.is_raw();
    let sheet = for_people.then(|| Sheet::new(definitions, language, &request, &record));
    let (send, receive) = mpsc::channel(PIECES_UNDER_WAY);
    let (runtime, turns) = (Handle::current(), server.writing.clone());
    // Set last: a thread that ends otherwise leaves an incomplete file.
    let whole = Arc::<AtomicBool>::default();
    let done = whole.clone();
    // A dedicated thread: one that waits for a slow reader must not block other requests.
    let write_all = move || {
        let _turn = turn;
        let mut pieces = Pieces {
            runtime,
            turns,
            turn: None,
            send: send.clone(),
            piece: Vec::new(),
            is_cut: false,
        };
        let written = pieces
            .take_turn()
            .map_err(Into::into)
            .and_then(|()| match is_packed {
                true => {
                    let packed = GzEncoder::new(&mut pieces, Compression::fast());
                    write(&held.image, &request, format, sheet, packed)
                }
                false => write(&held.image, &request, format, sheet, &mut pieces),
            })
            .and_then(|()| pieces.flush().map_err(Into::into));
        match written {
            Ok(()) => done.store(true, Ordering::Release),
            // A client that disconnects is no failure.
            Err(_) if send.is_closed() => {}
            Err(error) => {
                tracing::error!(error = %error, "a file of postings was not finished");
            }
        }
    };
    std::thread::Builder::new()
        .name("download".to_owned())
        .spawn(write_all)
        .map_err(|error| ApiError::internal(&error))?;
    let pieces = futures::stream::unfold(Some(receive), move |receive| {
        let whole = whole.clone();
        async move {
            let mut receive = receive?;
            match receive.recv().await {
                Some(piece) => Some((Ok(piece), Some(receive))),
                None if whole.load(Ordering::Acquire) => None,
                // The file must not pass for complete.
                None => Some((Err(io::Error::other("not finished")), None)),
            }
        }
    });
    // The compression layer polls once more after the end.
    let mut response = Response::new(Body::from_stream(pieces.fuse()));
    answer::as_file(&mut response, &record, &name, format);
    // The compressing layer would compress on the threads that serve requests.
    response.extensions_mut().insert(AsItIs);
    let headers = response.headers_mut();
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept-encoding, accept-language"),
    );
    if is_packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Buffers output into chunks and sends them; waits for a slow reader, up to a timeout. The writer
/// holds a turn, except while a chunk is sent.
struct Pieces {
    runtime: Handle,
    turns: Arc<Semaphore>,
    turn: Option<OwnedSemaphorePermit>,
    send: mpsc::Sender<Bytes>,
    piece: Vec<u8>,
    /// Whether a chunk was not taken: further ones are not sent.
    is_cut: bool,
}

impl Pieces {
    fn take_turn(&mut self) -> io::Result<()> {
        let turn = self.runtime.block_on(self.turns.clone().acquire_owned());
        self.turn = Some(turn.map_err(io::Error::other)?);
        Ok(())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_cut {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let piece = std::mem::take(&mut self.piece);
        if piece.is_empty() {
            return Ok(());
        }
        self.turn = None;
        let sent =
            async { tokio::time::timeout(READER_PATIENCE, self.send.send(piece.into())).await };
        match self.runtime.block_on(sent) {
            Ok(Ok(())) => self.take_turn(),
            _ => {
                self.is_cut = true;
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
    }
}

fn write(
    image: &Image,
    request: &Request,
    format: Format,
    mut sheet: Option<Sheet>,
    mut out: impl Write + Send,
) -> anyhow::Result<()> {
    let is_for_people = sheet.is_some();
    let mut rows = image.rows(request);
    let mut columns = |rows: &[PostingRow]| match &mut sheet {
        Some(sheet) => sheet.rows(rows),
        None => columns::raw(rows),
    };
    let schema = columns(&[])?.schema();
    if is_for_people {
        // Without it Excel garbles Korean.
        out.write_all("\u{feff}".as_bytes())?;
    }
    let mut writer = RowWriter::new(format, schema, out)?;
    loop {
        let batch: Vec<PostingRow> = rows.by_ref().take(BATCH_ROWS).collect();
        if batch.is_empty() {
            return Ok(writer.finish()?);
        }
        writer.write(&columns(&batch)?)?;
    }
}
