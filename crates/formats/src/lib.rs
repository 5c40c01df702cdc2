//! XML and CSV as JSON, so that one set of paths reads the records of all of them.
//!
//! # What this crate promises
//!
//! - **A damaged record affects no other.** It is set aside with its reason and its text
//!   ([`Damaged`]), and reading goes on behind it, or at the next record if its own end is missing.
//!   Only damage outside of all records, or in the start tag of one, makes a document unreadable.
//! - **Nothing is guessed.** Bytes that the charset does not have, and references to entities that
//!   XML does not define, are damage: no text is silently another one.
//! - **Bounded.** A document type declaration, in which entities that expand without limit would be
//!   defined, is refused; nesting, attributes, columns and unclosed tokens are limited; time is
//!   linear in the bytes, and memory a small multiple of them.
//!
//! # What becomes of a document
//!
//! XML: an element is its text; one with attributes or elements inside is an object, with the
//! attributes as `@name`, the elements by name, those of one name as a list, and text beside them as
//! `#text`; an empty element is null. The root is the one member of the document. Prefixes of
//! namespaces stay part of names.
//!
//! CSV: a list of objects by the names of the header; a dot in a name nests, so that the column
//! `position.title` is at the path `position.title`; an empty field is null.
//!
//! Architecture Invariant: no I/O, and no knowledge of what a record means.

mod charset;
mod csv;
mod xml;

use serde_json::Value;

/// Nesting of elements that is read. JSON nests up to twice as deep: a list in each element.
pub const DEPTH: usize = 48;

/// The most columns of CSV, and attributes of an element of XML.
const MOST_NAMES: usize = 1_000;

/// How a document is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// XML whose records are the elements at these paths: names from the root, joined by dots.
    Xml { records: Vec<String> },
    /// Lines of fields below a header.
    Csv { delimiter: u8 },
}

/// A document as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// Without the damaged records.
    pub json: Value,
    /// In their order.
    pub damaged: Vec<Damaged>,
}

/// A record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    pub reason: String,
    /// All of it.
    pub text: String,
}

/// Why nothing of a document can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Usually an error page.
    #[error("an HTML page")]
    Html,
    /// The charset that was declared is not known.
    #[error("there is no charset `{0}`")]
    Charset(String),
    /// Damage outside of all records.
    #[error("{0}")]
    Malformed(String),
}

/// Reads a document. `charset` is its charset where it is declared beside it; otherwise a byte order
/// mark and the XML declaration decide, and UTF-8 is the default.
///
/// # Errors
/// When it is an HTML page, or damaged outside of its records.
pub fn to_json(body: &[u8], layout: &Layout, charset: Option<&str>) -> Result<Converted, Error> {
    let is_xml = matches!(layout, Layout::Xml { .. });
    let decoded = charset::decode(body, charset, is_xml)?;
    let start = decoded.text.trim_start();
    if begins_as_html(start.as_bytes()) {
        return Err(Error::Html);
    }
    match layout {
        Layout::Xml { records } => xml::read(&decoded, records),
        Layout::Csv { .. } if start.starts_with('<') => {
            Err(Error::Malformed("XML where CSV belongs".to_owned()))
        }
        Layout::Csv { delimiter } => csv::read(&decoded, *delimiter),
    }
}

/// Whether a charset of this name is known.
pub fn is_charset(name: &str) -> bool {
    charset::named(name).is_some()
}

/// Whether markup that should be JSON is an HTML page: it begins as one, or one of its first elements
/// is `html`.
pub fn is_html(text: &[u8]) -> bool {
    let head = &text[..text.len().min(500)];
    let holds_html = || (0..head.len()).any(|at| begins_with_tag(&text[at..], b"<html"));
    begins_as_html(text) || (text.starts_with(b"<") && holds_html())
}

/// Whether a document begins with an element that HTML begins with; behind an XML declaration, with
/// `html`.
fn begins_as_html(text: &[u8]) -> bool {
    let html: [&[u8]; 7] = [
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<body",
        b"<title",
        b"<h1",
        b"<p",
    ];
    let known = match text.starts_with(b"<?xml") {
        true => &html[..2],
        false => &html[..],
    };
    let mut start = text;
    loop {
        let end: &[u8] = match start {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            _ => return known.iter().any(|tag| begins_with_tag(start, tag)),
        };
        let Some(found) = memchr::memmem::find(start, end) else {
            return false;
        };
        start = start[found + end.len()..].trim_ascii_start();
    }
}

/// Whether a text begins with a tag of exactly this name.
fn begins_with_tag(text: &[u8], tag: &[u8]) -> bool {
    let head = text.get(..tag.len());
    let is_end = |byte: &u8| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace();
    head.is_some_and(|head| head.eq_ignore_ascii_case(tag))
        && text.get(tag.len()).is_none_or(is_end)
}

#[cfg(test)]
mod tests;
