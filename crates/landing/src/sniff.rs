//! Format detection while a saved file is read: JSON lines or one document, and whether it contains
//! any record.
//!
//! One unreadable record does not make a file unreadable: the build quarantines it. Only a file
//! without any record is refused: a web page, a table, garbage. Brackets and strings are scanned as
//! in `json`, without a copy of the text; their content is not validated here.

use kernel::byte_order_mark_len;

use crate::preamble::{self, NotRecords};
use crate::{Format, json};

/// How much of a file's beginning is buffered to distinguish JSON lines from one document. A longer
/// first line is treated as one document.
const SNIFFED_BYTES: usize = 1 << 20;

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sniff {
    pub(crate) format: Format,
    /// Number of non-blank lines, for JSON lines.
    pub(crate) lines: Option<u64>,
    /// The first [`SNIFFED_BYTES`].
    pub(crate) beginning: Vec<u8>,
    /// Why it seems to contain no record, if it does.
    pub(crate) doubt: Option<NotRecords>,
}

/// The state of reading a file.
#[derive(Debug)]
pub(crate) struct Sniffed {
    name: String,
    beginning: Vec<u8>,
    bytes: u64,
    lines: LineCount,
    in_lines: Search,
    in_document: Search,
    zeros: bool,
    /// The last byte that is not blank.
    last: u8,
}

impl Sniffed {
    /// For a file of this name, before anything was read.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            beginning: Vec::new(),
            bytes: 0,
            lines: LineCount::default(),
            in_lines: Search::new(true),
            in_document: Search::new(false),
            zeros: false,
            last: 0,
        }
    }

    /// Takes the next part. Returns the format once, when the beginning is complete.
    pub(crate) fn add(&mut self, part: &[u8]) -> Result<Option<Format>, NotRecords> {
        // The byte order mark is no part of the first line.
        let text = match self.bytes {
            0 => &part[byte_order_mark_len(part)..],
            _ => part,
        };
        self.bytes += part.len() as u64;
        self.lines.add(part);
        self.in_lines.add(text);
        self.in_document.add(text);
        self.zeros |= memchr::memchr(0, part).is_some();
        self.last = *part.trim_ascii_end().last().unwrap_or(&self.last);
        let room = SNIFFED_BYTES - self.beginning.len();
        self.beginning
            .extend_from_slice(&part[..part.len().min(room)]);
        let complete = room > 0 && self.beginning.len() == SNIFFED_BYTES;
        complete
            .then(|| format_of(&self.name, &self.beginning, self.bytes))
            .transpose()
    }

    /// The format of the whole.
    pub(crate) fn end(self) -> Result<Sniff, NotRecords> {
        let format = format_of(&self.name, &self.beginning, self.bytes)?;
        let mut sniff = Sniff {
            format,
            lines: (format == Format::JsonLines).then(|| self.lines.count()),
            beginning: self.beginning,
            doubt: None,
        };
        // A document may span lines.
        if self.in_document.found() || (format == Format::JsonLines && self.in_lines.found()) {
            // Bytes after the document make the whole file unreadable.
            return match format == Format::Json && self.last == 0 {
                true => Err(NotRecords::because("it ends in zero bytes")),
                false => Ok(sniff),
            };
        }
        sniff.doubt = Some(match (self.zeros, format) {
            (true, _) => return Err(NotRecords::because(BINARY)),
            (false, Format::JsonLines) => preamble::no_line(&sniff.beginning),
            (false, _) => NotRecords::because("it contains no JSON record"),
        });
        Ok(sniff)
    }
}

const BINARY: &str = "it contains zero bytes: binary, or UTF-16";

/// JSON lines by name, or by a first line that is a whole document with more behind it.
fn format_of(name: &str, beginning: &[u8], bytes: u64) -> Result<Format, NotRecords> {
    let text = &beginning[json::skip_separators(beginning, 0)..];
    if text.is_empty() {
        return Err(NotRecords::because("it is empty"));
    }
    let name = name.to_ascii_lowercase();
    let plain = [".gz", ".zst"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    if plain.ends_with(".jsonl") || plain.ends_with(".ndjson") {
        return Ok(Format::JsonLines);
    }
    match text {
        [b'{' | b'[', 0, ..] | [0, ..] => return Err(NotRecords::because(BINARY)),
        [b'{' | b'[', ..] => {}
        [b'<', ..] => return Err(NotRecords::because("it is HTML or XML")),
        _ => return Err(preamble::before_json(beginning)),
    }
    let Some(end) = memchr::memchr(b'\n', text) else {
        return Ok(Format::Json);
    };
    let (line, rest) = text.split_at(end);
    let more = !rest.trim_ascii().is_empty() || bytes > beginning.len() as u64;
    let whole = json::is_closed(line);
    Ok(if whole && more {
        Format::JsonLines
    } else {
        Format::Json
    })
}

/// Looks for a record, over chunks: for a line that is an object, or an array that holds one, from its
/// first to its last character, or for an object anywhere in a document that begins like one.
#[derive(Debug)]
struct Search {
    by_line: bool,
    at: At,
    /// The opening bracket of the line.
    opened: u8,
    /// Whether the line holds an object.
    object: bool,
    /// Brackets that are open.
    depth: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the first character.
    Start,
    /// Right behind the first bracket of a document.
    Opened(u8),
    Inside,
    Text,
    /// Behind a backslash in a text.
    Escape,
    /// After a value that makes up the whole line so far.
    Closed,
    /// In text that is not a record.
    Other,
    Found,
}

impl Search {
    fn new(by_line: bool) -> Self {
        Self {
            by_line,
            at: At::Start,
            opened: 0,
            object: false,
            depth: 0,
        }
    }

    fn add(&mut self, part: &[u8]) {
        for byte in part {
            if self.at == At::Found {
                return;
            }
            self.step(*byte);
        }
    }

    /// Whether one was found, at the end.
    fn found(&self) -> bool {
        matches!(self.at, At::Found | At::Closed)
    }

    fn step(&mut self, byte: u8) {
        if self.by_line && byte == b'\n' {
            self.at = match self.at {
                At::Closed => At::Found,
                _ => At::Start,
            };
            self.depth = 0;
            self.object = false;
            return;
        }
        // Byte order marks and record separators (RFC 7464) begin no text.
        let mark = self.at == At::Start && matches!(byte, 0xef | 0xbb | 0xbf | 0x1e);
        let blank = byte.is_ascii_whitespace() || mark;
        self.at = match (self.at, byte) {
            (At::Found, _) => At::Found,
            (At::Start | At::Opened(_) | At::Closed, _) if blank => self.at,
            (At::Start, b'{' | b'[') => {
                self.depth = 1;
                self.opened = byte;
                self.object = byte == b'{';
                match self.by_line {
                    true => At::Inside,
                    false => At::Opened(byte),
                }
            }
            (At::Start | At::Closed | At::Other, _) => At::Other,
            // Garbage may also begin with a bracket and contain its counterpart.
            (At::Opened(b'{'), other) if !matches!(other, b'"' | b'}') => At::Other,
            (At::Opened(_), other) if other.is_ascii_control() || !other.is_ascii() => At::Other,
            (At::Escape, _) => At::Text,
            (At::Text, b'\\') => At::Escape,
            (At::Text, b'"') => At::Inside,
            (At::Text, _) => At::Text,
            (At::Opened(_) | At::Inside, _) => self.inside(byte),
        };
    }

    fn inside(&mut self, byte: u8) -> At {
        match byte {
            b'"' => return At::Text,
            b'{' | b'[' => {
                self.depth += 1;
                self.object |= byte == b'{';
            }
            b'}' if !self.by_line => return At::Found,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        match (self.depth, byte) {
            (0, b'}') if self.opened == b'{' => At::Closed,
            (0, b']') if self.by_line && self.opened == b'[' && self.object => At::Closed,
            (0, _) => At::Other,
            _ => At::Inside,
        }
    }
}

/// Counts lines that are not blank, over chunks.
#[derive(Debug, Default)]
struct LineCount {
    ended: u64,
    in_text: bool,
}

impl LineCount {
    fn add(&mut self, part: &[u8]) {
        for piece in part.split_inclusive(|byte| *byte == b'\n') {
            self.in_text |= !piece.trim_ascii_start().is_empty();
            if piece.ends_with(b"\n") {
                self.ended += u64::from(self.in_text);
                self.in_text = false;
            }
        }
    }

    fn count(&self) -> u64 {
        self.ended + u64::from(self.in_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniff(name: &str, text: &[u8], chunk: usize) -> Result<(Format, Option<u64>), NotRecords> {
        let mut sniffed = Sniffed::new(name);
        for part in text.chunks(chunk) {
            sniffed.add(part)?;
        }
        let sniff = sniffed.end()?;
        match sniff.doubt {
            Some(doubt) => Err(doubt),
            None => Ok((sniff.format, sniff.lines)),
        }
    }

    fn format(name: &str, text: &str) -> Option<Format> {
        let whole = sniff(name, text.as_bytes(), usize::MAX);
        assert_eq!(sniff(name, text.as_bytes(), 3), whole, "{text:?}");
        whole.ok().map(|(format, _)| format)
    }

    #[test]
    fn the_format_is_detected_by_name_and_content() {
        let (json, lines) = (Some(Format::Json), Some(Format::JsonLines));
        assert_eq!(format("a.json", "{\"jobs\":\n{}}"), json);
        assert_eq!(format("a.json", "{}\n"), json);
        assert_eq!(format("a.json", "{}\n{}"), lines);
        assert_eq!(format("a.json", "[{\"a\":1},\n2]"), json);
        assert_eq!(format("a", "\u{feff} {}\r\n{}\r\n"), lines);
        assert_eq!(format("a.jsonl", "{}"), lines);
        assert_eq!(format("a.NDJSON.GZ", "broken\n{}"), lines);
    }

    #[test]
    fn one_unreadable_record_does_not_make_a_file_unreadable() {
        let (json, lines) = (Some(Format::Json), Some(Format::JsonLines));
        for (name, text, expected) in [
            ("a.jsonl", "{\"id\":\"1\"}\n{\"id\":\"\0\"}\n\0\n", lines),
            ("a.jsonl", "{\"id\":\"\0\"}", lines),
            (
                "a.jsonl",
                "<html>\n{\"a\":\"}\\\"{\",\"b\":[{}]} \r\n",
                lines,
            ),
            (
                "a.json",
                "{\"jobs\":{\"job\":[{\"id\":\"1\\u0000\0\"}]}}",
                json,
            ),
            // Truncated: its complete records are kept.
            ("a.json", "{\"jobs\":{\"job\":[{\"id\":\"1\"},{\"id", json),
        ] {
            assert_eq!(format(name, text), expected, "{text:?}");
        }
    }

    #[test]
    fn files_without_any_record_are_refused() {
        let web = "<!doctype html>\n<script>{\n  f({}); }\n</script>\n";
        for bad in [
            "",
            " \n",
            web,
            "hello",
            "{\0\"\0a\0\"\0:\x001\0}\0",
            "\0{",
            "{garbage}",
            "[\u{93}}",
            "{\"id\":\"1",
            "[1,2]",
            "\"{}\"",
            "{\"id\":\"1\"",
        ] {
            assert_eq!(format("a.json", bad), None, "{bad:?}");
            if bad != "{garbage}" {
                assert_eq!(format("a.jsonl", bad), None, "{bad:?}");
            }
        }
        for bad in ["{\"a\":{}}\0\0\0", "<{}>"] {
            assert_eq!(format("a.json", bad), None, "{bad:?}");
        }
        for bad in ["{]\n{\"a}\n[[1]]\n", "log {}\n[\n1\n]\n"] {
            assert_eq!(format("a.jsonl", bad), None, "{bad:?}");
        }
    }

    #[test]
    fn lists_and_concatenated_or_indented_documents_hold_records_too() {
        let (json, lines) = (Some(Format::Json), Some(Format::JsonLines));
        for (name, text, expected) in [
            ("a.jsonl", "[{\"id\":1}]\n[{\"id\":2}]\n", lines),
            ("a.jsonl", "{\n\"id\":1\n}\n{\n\"id\":2\n}\n", lines),
            ("a.jsonl", "{}{}\n{} {}\n", lines),
            ("a.jsonl", "\u{1e}{}\n\u{feff}{}\n", lines),
            ("a.json", "\u{1e}{}\n\u{1e}{}\n", lines),
            ("a.json", "[{\"id\":1}]\n[{\"id\":2}]\n", lines),
            ("a.json", "{\"id\":1}{\"id\":2}", json),
            ("a.json", "\u{feff}\u{feff}{\n\"id\":1\n}{\"id\":2}", json),
        ] {
            assert_eq!(format(name, text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_are_counted_over_chunks() {
        for parts in [
            ["{}\n{}\n", "\n  \n{}"],
            ["{}", "\n{}\n{}"],
            ["{}\n{", "}\n{}\n"],
        ] {
            let mut lines = LineCount::default();
            for part in parts {
                lines.add(part.as_bytes());
            }
            assert_eq!(lines.count(), 3, "{parts:?}");
        }
    }
}
