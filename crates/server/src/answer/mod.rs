//! A table as an HTTP response in the negotiated format.

pub mod accept;
pub mod columns;
pub mod sheet;
pub mod table;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use headers::{HeaderMapExt as _, IfNoneMatch};
use kernel::hex;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use warehouse::query::{Format, Rows};
use warehouse::{BuildRecord, TableName};

use self::table::{Column, TableAnswer};
use crate::error::ApiError;

/// Media type of a format.
pub fn media_type(format: Format) -> &'static str {
    match format {
        Format::Csv | Format::Spreadsheet => "text/csv; charset=utf-8",
        Format::Parquet => "application/vnd.apache.parquet",
        Format::Arrow => "application/vnd.apache.arrow.stream",
        Format::Json | Format::Page | Format::Table => "application/json",
    }
}

/// Splits `schema.table.csv` into the table and the format of its suffix.
pub fn split_suffix(path: &str) -> Result<(TableName, Option<Format>), ApiError> {
    let unknown = |name: &str| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "unknown_table",
            format!("there is no table `{name}`; `/api/v1/tables` lists them"),
        )
    };
    let (name, format) = match path.splitn(3, '.').collect::<Vec<_>>().as_slice() {
        [schema, table, suffix] => {
            let format = match *suffix {
                "json" => Format::Json,
                "csv" => Format::Csv,
                "arrow" => Format::Arrow,
                "parquet" => Format::Parquet,
                _ => return Err(unknown(path)),
            };
            (format!("{schema}.{table}"), Some(format))
        }
        _ => (path.to_owned(), None),
    };
    let name = name.parse().map_err(|_| unknown(path))?;
    Ok((name, format))
}

/// The ETag of a response from a build. A weak one: compression is applied later, and compressed
/// and plain bytes differ. Every store counts its builds from 1, and a browser caches by URL
/// regardless of the store behind it, so the tag identifies the published record itself, and the
/// version of the program.
pub fn tag(record: &BuildRecord, what: &str) -> String {
    let identity = serde_json::json!([
        record.generation,
        record.published_at.to_string(),
        record.built_at.to_string(),
        record.program,
        record.origin,
        env!("CARGO_PKG_VERSION"),
    ]);
    let short = short_digest(identity.to_string());
    format!("W/\"{}-{short}-{what}\"", record.build)
}

/// The beginning of a digest, enough to distinguish contents.
pub fn short_digest(content: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(content)[..8])
}

/// Whether `If-None-Match` matches the ETag (RFC 9110, 13.1.2): by weak comparison, and `*` matches
/// any.
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.typed_get::<IfNoneMatch>();
    known
        .zip(etag.parse().ok())
        .is_some_and(|(known, etag)| !known.precondition_passes(&etag))
}

/// The response with its ETag, or `304` if `If-None-Match` matches. For a resource that may not
/// exist, check existence first.
pub fn unless_known(headers: &HeaderMap, etag: &str, answer: impl IntoResponse) -> Response {
    match is_known(headers, etag) {
        true => not_modified(etag),
        false => tagged(answer.into_response(), etag),
    }
}

/// A response that is constant while the program runs: its ETag is the digest of its body.
pub struct Prepared {
    body: Bytes,
    etag: String,
}

impl Prepared {
    /// Serialised once.
    pub fn new(answer: &impl Serialize) -> serde_json::Result<Self> {
        let body = Bytes::from(serde_json::to_vec(answer)?);
        let etag = format!("W/\"{}\"", short_digest(&body));
        Ok(Self { body, etag })
    }

    /// The response, or `304` if `If-None-Match` matches.
    pub fn answer(&self, headers: &HeaderMap) -> Response {
        match is_known(headers, &self.etag) {
            true => not_modified(&self.etag),
            false => tagged(json(self.body.clone()), &self.etag),
        }
    }
}

/// A response of serialised JSON.
pub fn json(body: impl Into<Body>) -> Response {
    let content_type = (header::CONTENT_TYPE, media_type(Format::Json));
    ([content_type], body.into()).into_response()
}

/// `304 Not Modified`
pub fn not_modified(etag: &str) -> Response {
    tagged(StatusCode::NOT_MODIFIED.into_response(), etag)
}

/// Sets the ETag of a response; caches may store it but must revalidate.
pub fn tagged(mut response: Response, etag: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept, accept-encoding"),
    );
    response
}

/// The rows, serialised as the body of a response.
pub fn table_body(
    record: &BuildRecord,
    name: &TableName,
    rows: &Rows,
    format: Format,
) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    if format == Format::Json {
        // Spliced in serialised form, to keep the order of the columns.
        let answer = TableAnswer {
            table: name.to_string(),
            build: record.build,
            origin: record.origin.into(),
            columns: columns(rows),
            rows: Vec::new(),
        };
        let head = serde_json::to_string(&answer).unwrap_or_default();
        body.extend_from_slice(head.trim_end_matches("[]}").as_bytes());
        rows.write(Format::Json, &mut body)?;
        body.push(b'}');
        return Ok(body);
    }
    rows.write(format, &mut body)?;
    Ok(body)
}

/// A table's body with its descriptive headers.
pub fn table(record: &BuildRecord, name: &TableName, body: Bytes, format: Format) -> Response {
    if format == Format::Json {
        return json(body);
    }
    let mut response = Response::new(Body::from(body));
    let file = format!("{name}-{}", record.build);
    as_file(&mut response, record, &file, format);
    response
}

/// Makes a response a download: its media type, its file name (`name`, without an extension) and,
/// for generated postings, a mark.
pub fn as_file(response: &mut Response, record: &BuildRecord, name: &str, format: Format) {
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(format)),
    );
    // Downloads are labelled as generated.
    let mark = match record.origin {
        warehouse::publish::Origin::Generated => {
            headers.insert("x-jobtide-origin", HeaderValue::from_static("generated"));
            ".demo"
        }
        _ => "",
    };
    // Old clients use the ASCII name, all others the Unicode one (RFC 6266).
    let ending = format.ending();
    let plain = match name
        .chars()
        .all(|character| character == ' ' || character.is_ascii_graphic())
    {
        true => name.replace(['"', '\\'], "_"),
        false => format!("jobtide-build{}", record.build),
    };
    let mut file = format!("attachment; filename=\"{plain}{mark}.{ending}\"");
    if plain != name {
        let encoded = percent_encoded(name);
        file.push_str(&format!("; filename*=UTF-8''{encoded}{mark}.{ending}"));
    }
    if let Ok(value) = HeaderValue::from_str(&file) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
}

/// A text as an extended header value (RFC 8187).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'~' => encoded.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Columns with their SQL types.
pub fn columns(rows: &Rows) -> Vec<Column> {
    warehouse::query::column_types(&rows.schema)
        .into_iter()
        .map(|(name, sql_type)| Column { name, sql_type })
        .collect()
}
