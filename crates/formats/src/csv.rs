//! Lines of fields below a header.
//!
//! A quotation mark that is not closed takes in the lines behind it. So where a record of several
//! lines does not have as many fields as the header, or the last one does not end, only its first
//! line is damaged, and reading goes on with the next. Where more was read again than [`AGAIN`]
//! allows, no record of the rest has several lines.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use crate::charset::Decoded;
use crate::{Converted, DEPTH, Damaged, Error, MOST_NAMES};

/// Bytes that are read at once.
const BUFFER: usize = 8 * 1024;

/// How many times the length of the text is read again.
const AGAIN: usize = 16;

pub(crate) fn read(decoded: &Decoded<'_>, delimiter: u8) -> Result<Converted, Error> {
    // So that a quotation mark that is open at the end encloses the end of a line.
    let text = match decoded.text.ends_with('\n') {
        true => Cow::Borrowed(decoded.text.as_ref()),
        false => Cow::Owned(format!("{}\n", decoded.text)),
    };
    let text = text.as_ref();
    let mut header: Option<Vec<Vec<String>>> = None;
    let (mut records, mut damaged) = (Vec::new(), Vec::new());
    let (mut start, mut line) = (0, 1);
    let mut again = 0_usize;
    'readers: while start < text.len() {
        let stop = match again > text.len().saturating_mul(AGAIN) {
            true => memchr::memchr(b'\n', &text.as_bytes()[start..])
                .map_or(text.len(), |at| start + at + 1),
            false => text.len(),
        };
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(stop.saturating_sub(start).clamp(1, BUFFER))
            .from_reader(&text.as_bytes()[start..stop]);
        let base = start;
        let mut fields = StringRecord::new();
        loop {
            match reader.read_record(&mut fields) {
                Ok(true) => {}
                Ok(false) if stop == text.len() => break 'readers,
                Ok(false) => {
                    line += breaks(&text[start..stop]);
                    start = stop;
                    continue 'readers;
                }
                Err(error) => return Err(Error::Malformed(error.to_string())),
            }
            let end = base + usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            let raw = &text[start.min(end)..end.min(text.len())];
            let blank = raw.len() - raw.trim_start_matches(['\n', '\r']).len();
            let raw = &raw[blank..];
            let at = line + breaks(&text[start..start + blank]);
            let columns = match &header {
                Some(columns) => columns,
                None => {
                    header = Some(names(&fields)?);
                    (line, start) = (at + breaks(raw), end);
                    continue;
                }
            };
            match record(columns, &fields, raw, decoded) {
                Ok(record) => records.push(record),
                Err(reason) => {
                    let (first, is_several) = match raw.split_once('\n') {
                        Some((first, rest)) => (first, !rest.is_empty()),
                        None => (raw, false),
                    };
                    damaged.push(Damaged {
                        reason: format!("line {at}: {reason}"),
                        text: first.trim_end().to_owned(),
                    });
                    if is_several {
                        start += blank + first.len() + 1;
                        again = again.saturating_add(end.saturating_sub(start));
                        line = at + 1;
                        continue 'readers;
                    }
                }
            }
            (line, start) = (at + breaks(raw), end);
        }
    }
    match header {
        Some(_) => Ok(Converted {
            json: Value::Array(records),
            damaged,
        }),
        None => Err(Error::Malformed("there is no header".to_owned())),
    }
}

fn breaks(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// The names of the columns, each a path.
fn names(header: &StringRecord) -> Result<Vec<Vec<String>>, Error> {
    let mut names: Vec<Vec<String>> = Vec::new();
    if header.len() > MOST_NAMES {
        let reason = format!("more than {MOST_NAMES} columns");
        return Err(Error::Malformed(reason));
    }
    for (number, name) in (1..).zip(header) {
        let name = match name.trim() {
            "" => format!("column_{number}"),
            name => name.to_owned(),
        };
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        if path.len() > DEPTH {
            let reason = format!("column {number} is nested deeper than {DEPTH} names");
            return Err(Error::Malformed(reason));
        }
        let collides = |other: &&Vec<String>| path.starts_with(other) || other.starts_with(&path);
        if let Some(other) = names.iter().find(collides) {
            let other = other.join(".");
            let reason = match other == name {
                true => format!("two columns are called `{name}`"),
                false => format!("the columns `{other}` and `{name}` exclude each other"),
            };
            return Err(Error::Malformed(reason));
        }
        names.push(path);
    }
    Ok(names)
}

fn record(
    columns: &[Vec<String>],
    fields: &StringRecord,
    raw: &str,
    decoded: &Decoded<'_>,
) -> Result<Value, String> {
    let quotes = raw.bytes().filter(|byte| *byte == b'"').count();
    // Behind a mark that is closed, the line ends outside of the field.
    let is_open = fields.iter().next_back().is_some_and(|last| {
        last.ends_with('\n') && !raw.trim_end_matches(['\r', '\n']).ends_with("\n\"")
    });
    if is_open || !quotes.is_multiple_of(2) {
        return Err("a quotation mark is not closed".to_owned());
    }
    let beyond = fields.iter().skip(columns.len());
    // Programs that end each line with a delimiter are common.
    if fields.len() < columns.len() || beyond.clone().any(|field| !field.trim().is_empty()) {
        let (found, wanted) = (fields.len(), columns.len());
        return Err(format!("{found} fields, and the header has {wanted}"));
    }
    if let Some(reason) = decoded.damage(raw) {
        return Err(reason);
    }
    let mut record = Map::new();
    for (path, field) in columns.iter().zip(fields) {
        let value = match field.trim() {
            "" => Value::Null,
            _ => field.into(),
        };
        put(&mut record, path, value);
    }
    Ok(Value::Object(record))
}

/// Sets a value at a path; [`names`] excludes that something else is on the way.
fn put(record: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            record.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = record
                .entry(name.clone())
                .or_insert_with(|| Map::new().into());
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
