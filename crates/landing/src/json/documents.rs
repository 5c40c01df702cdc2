//! Several documents in one text: concatenated, one per line, with a comma or a log line between
//! them. As everywhere in [`super`], only their positions are known, not what they hold.

use std::ops::Range;

use kernel::BYTE_ORDER_MARK;
use memchr::memchr;

use super::{string_end, trimmed};

/// Separates the texts of a JSON text sequence (RFC 7464).
const RECORD_SEPARATOR: u8 = 0x1e;

/// Deepest nesting at a line break inside a document. It bounds the cost of scanning truncated
/// lines to a multiple of their length.
const DEEPEST_LINE_END: usize = 128;

/// A piece of a text of several documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// An object or an array, to the bracket that closes it.
    Document,
    /// Text between the documents, such as a line of a log, up to the next document or line end.
    Text,
    /// JSON that belongs to no document: brackets or quotation marks before it do not match, so its
    /// boundaries cannot be trusted. The last piece.
    Stray,
    /// An object or an array that is not closed. The last piece.
    Unclosed,
}

/// The documents of a text and the text between them. Whitespace, commas, record separators and
/// byte order marks between them are no pieces.
pub fn documents(json: &[u8]) -> Documents<'_> {
    Documents { json, at: 0 }
}

/// See [`documents`].
#[derive(Clone, Debug)]
pub struct Documents<'a> {
    json: &'a [u8],
    at: usize,
}

impl<'a> Documents<'a> {
    /// The same, starting at a position between two pieces.
    pub fn starting_at(json: &'a [u8], at: usize) -> Self {
        Self { json, at }
    }

    /// Where the search for the next piece starts.
    pub fn position(&self) -> usize {
        self.at
    }
}

impl Iterator for Documents<'_> {
    type Item = (Piece, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = skip_separators(self.json, self.at);
        let all = start..self.json.len();
        let (piece, range) = match self.json.get(start)? {
            b'{' | b'[' => match closing(self.json, start) {
                Some(end) => (Piece::Document, start..end),
                None => (Piece::Unclosed, all),
            },
            b'"' | b'}' | b']' | b':' => (Piece::Stray, all),
            _ => (Piece::Text, start..text_end(self.json, start)),
        };
        self.at = range.end;
        Some((piece, trimmed(self.json, range)))
    }
}

/// Position after the lines of a document that begins in the line at `at` and continues beyond it,
/// including documents that begin in its last line. `None` if no document in the line does, or if the
/// lines are longer than `longest`. A raw line break within a string ends the string: a truncated
/// string does not extend over further lines.
pub fn end_of_lines(json: &[u8], at: usize, longest: usize) -> Option<usize> {
    let mut end = line_end(json, at);
    let mut from = at;
    let mut goes_on = false;
    loop {
        from = skip_separators(&json[..end], from);
        if from >= end {
            return goes_on.then_some(end);
        }
        from = match json[from] {
            b'{' | b'[' => closing_over_lines(json, from, longest)?,
            _ => text_end(json, from),
        };
        if from > end {
            goes_on = true;
            end = line_end(json, from);
        }
        if from - at > longest {
            return None;
        }
    }
}

/// Position after the line break that ends the line at `at`, or after the text.
pub fn line_end(json: &[u8], at: usize) -> usize {
    let found = json.get(at..).and_then(|rest| memchr(b'\n', rest));
    found.map_or(json.len(), |offset| at + offset + 1)
}

/// Position after the separators of documents.
pub fn skip_separators(json: &[u8], mut at: usize) -> usize {
    loop {
        match json.get(at) {
            Some(b',' | &RECORD_SEPARATOR) => at += 1,
            Some(byte) if byte.is_ascii_whitespace() => at += 1,
            Some(_) if json[at..].starts_with(BYTE_ORDER_MARK) => at += BYTE_ORDER_MARK.len(),
            _ => return at,
        }
    }
}

/// Where a text between documents ends: at the end of the line, or where a closed document begins.
/// Other brackets (`[main] INFO`) are part of it.
fn text_end(json: &[u8], start: usize) -> usize {
    let end = line_end(json, start);
    let begins = |at: &usize| {
        let inside = |accepted: &[u8]| {
            let rest = json[at + 1..].trim_ascii_start();
            rest.first().is_some_and(|byte| accepted.contains(byte))
        };
        match json[*at] {
            b'{' => inside(b"\""),
            b'[' => inside(b"{"),
            _ => false,
        }
    };
    let found = (start + 1..end).find(begins);
    let closed = found.filter(|at| closing_over_lines(json, *at, json.len()).is_some());
    closed.unwrap_or(end)
}

/// Position after the bracket that closes the one at `at`, of either kind.
fn closing(json: &[u8], at: usize) -> Option<usize> {
    close(json, at, |_, _| true, |_| true)
}

/// The same for JSON in lines: no string crosses a line break, and at most `longest` bytes are
/// scanned.
fn closing_over_lines(json: &[u8], at: usize, longest: usize) -> Option<usize> {
    let last = at.saturating_add(longest);
    close(
        json,
        at,
        |start, end| memchr(b'\n', &json[start..end]).is_none(),
        |(position, depth)| depth <= DEEPEST_LINE_END && position <= last,
    )
}

/// Matches brackets and skips strings. Stops at a string or line break that is not accepted.
fn close(
    json: &[u8],
    mut at: usize,
    accepts_string: impl Fn(usize, usize) -> bool,
    accepts_line_end: impl Fn((usize, usize)) -> bool,
) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match json.get(at)? {
            b'"' => {
                let end = string_end(json, at)?;
                if !accepts_string(at, end) {
                    return None;
                }
                at = end;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'\n' if !accepts_line_end((at, depth)) => return None,
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(text: &str) -> Vec<(Piece, &str)> {
        documents(text.as_bytes())
            .map(|(piece, at)| (piece, &text[at]))
            .collect()
    }

    #[test]
    fn documents_are_found_with_any_text_between_them() {
        use Piece::{Document, Stray, Text, Unclosed};
        for (text, expected) in [
            ("", vec![]),
            (
                "{}{\"a\":\"}{\"}",
                vec![(Document, "{}"), (Document, "{\"a\":\"}{\"}")],
            ),
            (
                "\u{feff}{}\r\n\u{feff}[1]\n",
                vec![(Document, "{}"), (Document, "[1]")],
            ),
            (
                "\u{1e}{\"a\":\n1}\n,\u{1e}{},",
                vec![(Document, "{\"a\":\n1}"), (Document, "{}")],
            ),
            (
                "10:00 [main] body={\"a\":1}\nDONE 200 {}\n{}",
                vec![
                    (Text, "10:00 [main] body="),
                    (Document, "{\"a\":1}"),
                    (Text, "DONE 200 {}"),
                    (Document, "{}"),
                ],
            ),
            (
                "callback([ {}]);",
                vec![(Text, "callback("), (Document, "[ {}]"), (Text, ");")],
            ),
            (
                "log {\"a\":\"\n{}",
                vec![(Text, "log {\"a\":\""), (Document, "{}")],
            ),
            ("{}}{}", vec![(Document, "{}"), (Stray, "}{}")]),
            (
                "{\"id\":\"7\"}\"x\":1}",
                vec![(Document, "{\"id\":\"7\"}"), (Stray, "\"x\":1}")],
            ),
            (
                "{} {\"a\":[",
                vec![(Document, "{}"), (Unclosed, "{\"a\":[")],
            ),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }

    #[test]
    fn a_document_may_span_lines_and_a_broken_one_swallows_none() {
        let longest = 1 << 20;
        for (text, expected) in [
            ("{}\n{}\n", None),
            ("{\n\"a\":1\n}\n{}\n", Some("{\n\"a\":1\n}\n")),
            ("{}{\n}{}\n{}", Some("{}{\n}{}\n")),
            ("{\n}{\n}\n{}", Some("{\n}{\n}\n")),
            ("log {\"a\":\n1}", Some("log {\"a\":\n1}")),
            ("log\n{\n}", None),
            ("{\"a\":\"b\n\"}\n", None),
            ("{\"a\":[\n{}\n", None),
        ] {
            let end = end_of_lines(text.as_bytes(), 0, longest);
            assert_eq!(end.map(|end| &text[..end]), expected, "{text}");
        }
        assert_eq!(end_of_lines(b"[\n\n\n\n]", 0, 2), None);
        let deep = ["[\n".repeat(1_000), "]\n".repeat(1_000)].concat();
        assert_eq!(end_of_lines(deep.as_bytes(), 0, longest), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(prop_oneof![Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'"'), Just(b','), Just(b'\n'), Just(b'\\'), Just(b'a'), any::<u8>()], 0..60)) {
            let mut from = 0;
            for (_, range) in documents(&text) {
                prop_assert!(from <= range.start && range.start < range.end);
                from = range.end;
            }
            for at in 0..=text.len() {
                if let Some(end) = end_of_lines(&text, at, 1 << 20) {
                    prop_assert!(end > at && end <= text.len());
                }
            }
        }
    }
}
