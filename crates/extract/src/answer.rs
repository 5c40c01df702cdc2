//! One response of the source: its records, or its error.
//!
//! Nothing here trusts the source: a total may be a string or a number, records may be missing, a
//! lone object or empty, an error may come under any HTTP status. The body itself is not modified.
//!
//! The body is scanned by its brackets and strings ([`landing::json`]), not parsed into a tree:
//! only the ids take memory. The content of a record need not be readable. A record with a readable
//! id is identified by it, others by their bytes. Whether a record can be read is decided by its
//! later readers.

use std::ops::Range;

use landing::json;
use sha2::{Digest, Sha256};

use crate::source::{ErrorAction, SourceDescription};
use crate::{Fault, Secret};

/// A longer id is compared by its sha-256.
const LONGEST_ID: usize = 200;

/// Longest text of the source that is quoted in a message, in characters.
const LONGEST_MESSAGE: usize = 200;

/// The identity of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RecordId {
    /// The source's own id.
    Id(String),
    /// The sha-256 of the record as it was received, or of a long id.
    Content([u8; 32]),
}

/// The content of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// How many records there are in all pages, by the source; where its description names no total,
    /// those of this response.
    pub total: u64,
    /// One per record, in order.
    pub ids: Vec<RecordId>,
    /// When each record was published, in Unix seconds; `None` if the record does not say, or the
    /// source's description names no such field.
    pub published: Vec<Option<i64>>,
    /// What requests the next page, where a response says so and there is one.
    pub next: Option<String>,
}

/// What is wrong with a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is transient.
    Fault(Fault),
    /// An error code of the source that makes further calls pointless.
    Code {
        code: String,
        action: ErrorAction,
        meaning: String,
        message: String,
    },
    /// An HTTP status that does so.
    Refused { status: u16, message: String },
    /// It contains the access key.
    KeyShown,
    /// It is marked as generated and comes from another machine.
    Generated,
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads a response of any HTTP status. `page` counts the pages before it; `total` is the default if
/// the response has none.
pub(crate) fn read(
    source: &SourceDescription,
    key: Option<&Secret>,
    status: u16,
    (page, total): (u64, Option<u64>),
    body: &[u8],
) -> Result<Parsed, Wrong> {
    let converted = source
        .answer
        .layout()
        .map(|layout| convert(source, &layout, body));
    let mut damaged = Vec::new();
    let envelope = match &converted {
        None => Envelope::of(
            &body[kernel::byte_order_mark_len(body)..],
            &source.answer.records,
        ),
        Some(Ok((json, set_aside))) => {
            damaged.clone_from(set_aside);
            Envelope::of(json, &source.answer.records)
        }
        Some(Err(fault)) => Err(fault.clone()),
    };
    let error = match &envelope {
        Ok(envelope) => error_code(source, key, envelope),
        Err(_) => None,
    };
    if let Some((code, message)) = &error
        && let Some(known) = source.errors.codes.iter().find(|known| known.code == *code)
    {
        return Err(match known.action {
            ErrorAction::Retry => Fault::Source {
                code: code.clone(),
                message: message.clone(),
            }
            .into(),
            action => Wrong::Code {
                code: known.code.clone(),
                action,
                meaning: known.meaning.clone(),
                message: message.clone(),
            },
        });
    }
    match status {
        200..=299 => {}
        429 => return Err(Fault::TooFast { retry_after: None }.into()),
        408 | 425 | 500.. => return Err(Fault::Status(status).into()),
        _ => {
            let message = error.map_or_else(String::new, |(code, message)| {
                format!(" (error {code}: {message})")
            });
            return Err(Wrong::Refused { status, message });
        }
    }
    if let Some((code, message)) = error {
        return Err(Fault::Source { code, message }.into());
    }
    let envelope = envelope?;
    let is_there = !damaged.is_empty()
        || !envelope.records.is_empty()
        || (page > 0 && converted.is_some() && envelope.is_parent_there(&source.answer.records));
    let mut parsed = records(source, total, damaged.len(), is_there, &envelope)?;
    for record in damaged {
        parsed.ids.push(record);
        parsed.published.push(None);
    }
    Ok(parsed)
}

/// A response in another format as JSON, and what identifies its damaged records.
fn convert(
    source: &SourceDescription,
    layout: &formats::Layout,
    body: &[u8],
) -> Result<(Vec<u8>, Vec<RecordId>), Fault> {
    let answer = &source.answer;
    let format = answer.format.name();
    let converted = formats::to_json(body, layout, answer.charset.as_deref());
    let converted = converted.map_err(|error| match error {
        formats::Error::Html => Fault::Html(format),
        other => Fault::Malformed {
            format,
            reason: other.to_string(),
        },
    })?;
    let ids = converted.damaged.iter();
    let ids = ids.map(|record| RecordId::Content(Sha256::digest(record.text.as_bytes()).into()));
    Ok((converted.json.to_string().into_bytes(), ids.collect()))
}

/// A body that is well-formed outside of the records.
struct Envelope<'a> {
    body: &'a [u8],
    root: Range<usize>,
    /// The values at the record path; several if keys are repeated.
    records: Vec<Range<usize>>,
}

impl<'a> Envelope<'a> {
    fn of(body: &'a [u8], path: &str) -> Result<Self, Fault> {
        let root = json::root(body);
        let records = match path {
            "." if body.get(root.start) == Some(&b'[') => vec![root.clone()],
            "." => Vec::new(),
            path => json::members(body, root.clone(), path),
        };
        let spared = records.iter().filter(|at| {
            let text = &body[(*at).clone()];
            text.starts_with(b"[") || text.starts_with(b"{")
        });
        let spared: Vec<Range<usize>> = spared.cloned().collect();
        let closed = spared.iter().all(|at| {
            let text = &body[at.clone()];
            match text.starts_with(b"[") {
                true => json::is_list(body, at.clone()),
                false => text.ends_with(b"}"),
            }
        });
        json::check_sound(body, &spared).map_err(|error| {
            let start = body.trim_ascii_start();
            match start.starts_with(b"<") {
                true if formats::is_html(start) => Fault::Html("JSON"),
                true => Fault::Xml,
                false => Fault::NotJson(error.to_string()),
            }
        })?;
        if !closed {
            return Err(Fault::NotJson(format!("`{path}` is not closed")));
        }
        Ok(Self {
            body,
            root,
            records,
        })
    }

    /// The text or number at a path.
    fn text(&self, path: &str) -> Option<String> {
        let at = json::member(self.body, self.root.clone(), path)?;
        json::text(&self.body[at])
    }

    /// Whether a path is absent or null.
    fn is_unset(&self, path: &str) -> bool {
        let at = json::member(self.body, self.root.clone(), path);
        at.is_none_or(|at| &self.body[at] == b"null")
    }

    /// Whether what would hold the records is there: the root of XML, where no record is, has no
    /// member for them.
    fn is_parent_there(&self, path: &str) -> bool {
        let parent = path.rsplit_once('.');
        parent
            .is_some_and(|(parent, _)| json::member(self.body, self.root.clone(), parent).is_some())
    }

    /// The records in order; `None` if something else is in their place.
    fn records(&self) -> Option<impl Iterator<Item = Range<usize>>> {
        for at in &self.records {
            let text = &self.body[at.clone()];
            match text.first()? {
                b'[' | b'{' | b'n' => {}
                // XML converters write an empty list as a blank string.
                b'"' if serde_json::from_slice::<String>(text)
                    .ok()?
                    .trim()
                    .is_empty() => {}
                _ => return None,
            }
        }
        Some(self.records.iter().flat_map(|at| {
            let text = &self.body[at.clone()];
            let list = text
                .starts_with(b"[")
                .then(|| json::elements(self.body, at.clone()));
            let one = text.starts_with(b"{") && !json::is_empty(self.body, at.clone());
            let one = one.then(|| at.clone());
            list.into_iter().flatten().chain(one)
        }))
    }
}

/// The code and message of an error response. A response with records is not an error, even with a
/// code; one with an empty list of records may be.
fn error_code(
    source: &SourceDescription,
    key: Option<&Secret>,
    envelope: &Envelope<'_>,
) -> Option<(String, String)> {
    let mut records = envelope.records().into_iter().flatten();
    if records.next().is_some() {
        return None;
    }
    let code = envelope.text(&source.errors.code)?;
    if source.errors.success.contains(&code) {
        return None;
    }
    let message = envelope.text(&source.errors.message);
    let message = message.unwrap_or_default();
    Some((said(&code, key), said(&message, key)))
}

/// The beginning of a text of the source, without control characters and without the key. In this
/// order, so that neither a key with such characters nor half a key remains.
pub(crate) fn said(text: &str, key: Option<&Secret>) -> String {
    let plain: String = text.chars().filter(|shown| !shown.is_control()).collect();
    let plain = key.map_or(plain.clone(), |key| key.scrub(&plain));
    plain.chars().take(LONGEST_MESSAGE).collect()
}

/// The total at a path; `known` where a later page has none.
fn total(
    envelope: &Envelope<'_>,
    path: &str,
    known: Option<u64>,
    is_there: bool,
) -> Result<u64, Fault> {
    let total = match envelope.text(path) {
        Some(total) => total.parse().ok(),
        // Without a record path it is no page either.
        None if envelope.is_unset(path) && is_there => known,
        None => None,
    };
    total.ok_or_else(|| {
        let problem = match envelope.is_unset(path) {
            true => "is missing",
            false => "is not a count",
        };
        shape(path, problem)
    })
}

/// What requests the next page; none if it is absent, null, false or blank.
fn next(source: &SourceDescription, envelope: &Envelope<'_>) -> Result<Option<String>, Fault> {
    let Some(path) = source.paginator.next() else {
        return Ok(None);
    };
    let Some(at) = json::member(envelope.body, envelope.root.clone(), path) else {
        return Ok(None);
    };
    let value = &envelope.body[at];
    match value.first() {
        Some(b'{' | b'[' | b't') => Err(shape(path, "is neither text nor a number")),
        _ => Ok(json::text(value)),
    }
}

fn records(
    source: &SourceDescription,
    known: Option<u64>,
    damaged: usize,
    is_there: bool,
    envelope: &Envelope<'_>,
) -> Result<Parsed, Fault> {
    let paths = &source.answer;
    let stated = match source.strategy.total() {
        Some(path) => Some(total(envelope, path, known, is_there)?),
        None => None,
    };
    // A list that is not there says that there are no records only beside a total of none.
    if !is_there && source.strategy.interval().is_none() && stated != Some(0) {
        let problem = match paths.records.as_str() {
            "." => "the response is not a list of records".to_owned(),
            path => format!("`{path}` is missing"),
        };
        return Err(Fault::Shape(problem));
    }
    let records = envelope
        .records()
        .ok_or_else(|| shape(&paths.records, "is not a list of records"))?;
    let most = source.most_records();
    let mut ids = Vec::new();
    let mut published = Vec::new();
    for record in records {
        if ids.len() + damaged >= most {
            let problem = format!("holds more than {most} records");
            return Err(shape(&paths.records, &problem));
        }
        ids.push(id(envelope.body, record.clone(), &paths.id));
        let at = paths.published.as_ref();
        published.push(at.and_then(|path| seconds(envelope.body, record, path)));
    }
    Ok(Parsed {
        total: stated.unwrap_or((ids.len() + damaged) as u64),
        next: next(source, envelope)?,
        ids,
        published,
    })
}

fn seconds(body: &[u8], record: Range<usize>, path: &str) -> Option<i64> {
    let at = json::member(body, record, path)?;
    json::text(&body[at])?.trim().parse().ok()
}

fn id(body: &[u8], record: Range<usize>, path: &str) -> RecordId {
    let id = json::member(body, record.clone(), path).and_then(|id| json::text(&body[id]));
    match id {
        Some(id) if id.len() <= LONGEST_ID => RecordId::Id(id),
        Some(id) => RecordId::Content(Sha256::digest(id.as_bytes()).into()),
        None => RecordId::Content(Sha256::digest(&body[record]).into()),
    }
}

fn shape(path: &str, problem: &str) -> Fault {
    Fault::Shape(format!("`{path}` {problem}"))
}

#[cfg(test)]
mod tests;
