//! Saved bodies in any form: a response, a posting, a list of either, several of them concatenated
//! or one per line, indented or not, with log lines between them.
//!
//! A body is read piece by piece (`landing::json::documents`), so that an unreadable piece is one
//! row of `staging.quarantine` and does not affect others. Rows are numbered through the body; a
//! line counts as at least one, so that with one record per line the row is the line number.
//!
//! Collected bodies are not read like this: a response must contain what the collector counted in
//! it.

use landing::json::{self, Piece};
use simd_json::{Buffers, Node};

use super::decode::{BodyOrigin, Decoder, skip, tape};
use super::pieces::RECORD_LIMIT;
use super::rows::Rows;

/// Nesting depth of lists that is followed in a body that does not parse as a whole.
pub(crate) const NESTED_LISTS: usize = 4;

/// The reason for rejecting a line, or a text between documents.
const NOT_JSON: &str = "not JSON: text beside the documents";

/// What was found in the bodies of one thread: see [`Forms::name`].
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Forms {
    /// Documents that are not in another one.
    pub documents: u64,
    /// Lists that are not at a response's record path.
    pub lists: u64,
    /// Responses: documents with records at a record path.
    pub answers: u64,
    /// Bare records.
    pub bare: u64,
    /// Documents that span lines, or share one.
    pub off_line: u64,
}

impl Forms {
    /// Counts a document with records at this path.
    pub fn count(&mut self, path: &str) {
        match path {
            "." => self.bare += 1,
            _ => self.answers += 1,
        }
    }

    /// The form, for messages; `entity` is what a record describes, and `rejected` how much of it
    /// could not be read.
    pub fn name(&self, entity: &str, lines: bool, rejected: u64) -> String {
        let plural = self.documents > 1;
        let held = match (self.lists > 0, self.answers > 0, self.bare > 0) {
            (false, false, false) => return format!("no {entity}s"),
            (true, false, false) if rejected > 0 => "a list of unknown documents".to_owned(),
            (true, false, false) if plural => "empty lists".to_owned(),
            (true, false, false) => "an empty list".to_owned(),
            (false, true, false) if plural => "responses".to_owned(),
            (false, true, false) => "one response".to_owned(),
            (false, false, true) if plural => format!("{entity}s"),
            (false, false, true) => format!("one {entity}"),
            (true, true, false) if plural => "lists of responses".to_owned(),
            (true, true, false) => "a list of responses".to_owned(),
            (true, false, true) if plural => format!("lists of {entity}s"),
            (true, false, true) => format!("a list of {entity}s"),
            (_, true, true) => format!("responses and {entity}s"),
        };
        match (plural, lines && self.off_line == 0) {
            (false, _) => held,
            (true, true) => format!("{} lines of {held}", self.documents),
            (true, false) => format!("{} documents of {held}", self.documents),
        }
    }
}

/// Read position in a saved body.
#[derive(Debug)]
pub struct Reading {
    lines: bool,
    at: usize,
    row: i64,
    /// Number of the line at `at`, from 1; of lines only.
    pub(super) line: u64,
    /// Whether each line that is not blank was one record, readable or not.
    pub one_a_line: bool,
}

impl Reading {
    /// Of a body of lines, or of documents.
    pub fn new(lines: bool) -> Self {
        Self {
            lines,
            at: 0,
            row: 0,
            line: 1,
            one_a_line: lines,
        }
    }

    /// For lines from a position on, with rows and lines counted from there.
    pub(super) fn starting_at(at: usize) -> Self {
        Self {
            at,
            ..Self::new(true)
        }
    }

    /// Continues with what was read from where this one ended; returns the number of rows before
    /// it.
    pub(super) fn follow(&mut self, next: &Self) -> i64 {
        let before = self.row;
        self.at = next.at;
        self.row += next.row;
        self.line += next.line - 1;
        self.one_a_line &= next.one_a_line;
        before
    }

    /// Position of the next piece.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Decodes the next line or document; `false` at the end.
    pub fn next(
        &mut self,
        decoder: &Decoder,
        body: &[u8],
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) -> bool {
        match self.lines {
            true => self.next_line(decoder, body, origin, rows),
            false => self.next_document(decoder, body, origin, rows),
        }
    }

    fn next_line(
        &mut self,
        decoder: &Decoder,
        body: &[u8],
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) -> bool {
        if self.at >= body.len() {
            return false;
        }
        let start = self.at;
        let mut end = json::line_end(body, start);
        let before = self.row;
        let held = rows.forms.answers + rows.forms.lists;
        let (mut lines, mut filled) = (1, 1);
        if body[start..end].trim_ascii().is_empty() {
            filled = 0;
        } else if !decoder.plain_line(&body[start..end], &mut self.row, origin, rows) {
            self.row = before;
            end = unit(body, start, end, &mut rows.buffers);
            let unit = &body[start..end];
            let each = || unit.split_inclusive(|byte| *byte == b'\n');
            lines = each().count() as i64;
            filled = each().filter(|line| !line.trim_ascii().is_empty()).count() as i64;
            decoder.documents(unit, &mut self.row, origin, rows);
        }
        let read = self.row - before;
        self.one_a_line &= read == filled && rows.forms.answers + rows.forms.lists == held;
        self.row = before + read.max(lines);
        self.line += lines as u64;
        self.at = end;
        true
    }

    fn next_document(
        &mut self,
        decoder: &Decoder,
        body: &[u8],
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) -> bool {
        let mut pieces = json::Documents::starting_at(body, self.at);
        let Some((piece, at)) = pieces.next() else {
            return false;
        };
        self.at = pieces.position();
        decoder.document_piece(piece, &body[at], &mut self.row, origin, rows);
        true
    }
}

impl Decoder {
    /// As [`Decoder::document`] of a saved body, which may be a list.
    #[must_use]
    pub fn saved_document(&self, body: &mut [u8], origin: &BodyOrigin, rows: &mut Rows) -> bool {
        let mut row = 0;
        tape(body, &mut rows.buffers).is_ok_and(|nodes| {
            rows.forms.documents += 1;
            match nodes.first() {
                Some(Node::Array { .. }) => {
                    self.value(&nodes, 0, &mut row, origin, rows);
                    true
                }
                _ => self.records(&nodes, 0, &mut row, origin, rows).is_ok(),
            }
        })
    }

    /// The fallback if [`Decoder::saved_document`] failed: the body is read in pieces, or becomes
    /// one row itself. `None` when that is done; else it is to be read as documents.
    #[must_use]
    pub fn saved_in_pieces(
        &self,
        body: &[u8],
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) -> Option<Reading> {
        if several(body) {
            return Some(Reading::new(false));
        }
        let text = &body[json::skip_separators(body, 0)..];
        if text.starts_with(b"[") {
            let mut row = 0;
            rows.forms.documents += 1;
            if self.cut_value(text, &mut row, NESTED_LISTS, origin, rows) {
                return None;
            }
        }
        self.in_pieces(body, origin, rows);
        None
    }

    /// Decodes a line that is one document; `false`: it is not one, and nothing was decoded.
    fn plain_line(&self, line: &[u8], row: &mut i64, origin: &BodyOrigin, rows: &mut Rows) -> bool {
        let text = line[json::skip_separators(line, 0)..].trim_ascii_end();
        if text.len() > RECORD_LIMIT {
            return false;
        }
        let mut scratch = std::mem::take(&mut rows.scratch);
        scratch.clear();
        scratch.extend_from_slice(text);
        let read = match tape(&mut scratch, &mut rows.buffers) {
            Ok(nodes) => {
                rows.forms.documents += 1;
                self.value(&nodes, 0, row, origin, rows);
                true
            }
            Err(_) => false,
        };
        rows.scratch = scratch;
        read
    }

    /// Decodes the documents of lines that are not one document, or counts the lines as one
    /// unreadable record.
    fn documents(&self, unit: &[u8], row: &mut i64, origin: &BodyOrigin, rows: &mut Rows) {
        let text = unit[json::skip_separators(unit, 0)..].trim_ascii_end();
        if text.is_empty() {
            return;
        }
        if !trusted(text) {
            *row += 1;
            let reason = match text[0] {
                b'{' | b'[' => not_json(text, rows),
                _ => NOT_JSON.to_owned(),
            };
            return self.reject(text, *row, &reason, origin, rows);
        }
        for (piece, at) in json::documents(text) {
            rows.forms.off_line += 1;
            self.document_piece(piece, &text[at], row, origin, rows);
        }
    }

    fn document_piece(
        &self,
        piece: Piece,
        text: &[u8],
        row: &mut i64,
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) {
        if piece == Piece::Document {
            rows.forms.documents += 1;
            return self.text(text, row, NESTED_LISTS, origin, rows);
        }
        *row += 1;
        let reason = match piece {
            Piece::Text => NOT_JSON.to_owned(),
            _ => not_json(text, rows),
        };
        self.reject(text, *row, &reason, origin, rows);
    }

    /// Decodes a document, or an element of a list, from its text.
    fn text(&self, text: &[u8], row: &mut i64, lists: usize, origin: &BodyOrigin, rows: &mut Rows) {
        let reason = if text.len() > RECORD_LIMIT {
            format!("longer than {} MiB", RECORD_LIMIT >> 20)
        } else {
            let mut scratch = text.to_vec();
            match tape(&mut scratch, &mut rows.buffers) {
                Ok(nodes) => return self.value(&nodes, 0, row, origin, rows),
                Err(error) => format!("not JSON: {error}"),
            }
        };
        if !self.cut_value(text, row, lists, origin, rows) {
            *row += 1;
            self.reject(text, *row, &reason, origin, rows);
        }
    }

    /// Cuts a list, or a response, into its records; `false` when the envelope is malformed.
    fn cut_value(
        &self,
        text: &[u8],
        row: &mut i64,
        lists: usize,
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) -> bool {
        let list = json::root(text);
        if text.get(list.start) != Some(&b'[') {
            return self.cut(text, row, origin, rows);
        }
        if lists == 0 || !json::is_list(text, list.clone()) {
            return false;
        }
        rows.forms.lists += 1;
        for element in json::elements(text, list) {
            self.text(&text[element], row, lists - 1, origin, rows);
        }
        true
    }

    /// Decodes a value: a list of values, a response, or a record.
    fn value(
        &self,
        nodes: &[Node<'_>],
        at: usize,
        row: &mut i64,
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) {
        match nodes[at] {
            Node::Array { len, .. } => {
                if len > 0 && !holds_containers(nodes, at, len) {
                    *row += 1;
                    return rows.reject_nodes(*row, "not an object", nodes, at);
                }
                rows.forms.lists += 1;
                let mut item = at + 1;
                for _ in 0..len {
                    self.value(nodes, item, row, origin, rows);
                    item = skip(nodes, item);
                }
            }
            Node::Object { .. } => {
                if let Err(reason) = self.records(nodes, at, row, origin, rows) {
                    *row += 1;
                    rows.reject_nodes(*row, &reason, nodes, at);
                }
            }
            _ => {
                *row += 1;
                rows.reject_nodes(*row, "not an object", nodes, at);
            }
        }
    }
}

/// Whether an element of a list can be a record, a response or a list of them.
fn holds_containers(nodes: &[Node<'_>], list: usize, len: usize) -> bool {
    let mut item = list + 1;
    (0..len).any(|_| {
        let at = item;
        item = skip(nodes, at);
        matches!(nodes[at], Node::Array { .. } | Node::Object { .. })
    })
}

/// The end of the lines of a document that begins in a line and is incomplete there. Lines that do
/// not form a document together are not joined: each is read separately.
pub(crate) fn unit(body: &[u8], start: usize, end: usize, buffers: &mut Buffers) -> usize {
    let first = json::skip_separators(body, start);
    if !matches!(body.get(first), Some(b'{' | b'[')) {
        return end;
    }
    let Some(last) = json::end_of_lines(body, start, RECORD_LIMIT) else {
        return end;
    };
    let unit = &body[start..last];
    let is_whole = json::documents(unit).all(|(piece, at)| match piece {
        Piece::Document => tape(&mut unit[at].to_vec(), buffers).is_ok(),
        Piece::Text => true,
        Piece::Stray | Piece::Unclosed => false,
    });
    match is_whole {
        true => last,
        false => end,
    }
}

/// Whether a text consists of documents with other text around them, and they can be separated
/// reliably.
pub(crate) fn several(text: &[u8]) -> bool {
    let mut documents = 0_u64;
    let mut alone = false;
    for (piece, at) in json::documents(text) {
        match piece {
            Piece::Document => {
                alone = at == json::root(text);
                documents += 1;
            }
            Piece::Text => {}
            Piece::Stray => return false,
            Piece::Unclosed if documents == 0 => return false,
            Piece::Unclosed => {}
        }
    }
    documents > 0 && !alone
}

/// Whether the documents of a line can be separated reliably. What a web page contains is none.
pub(crate) fn trusted(text: &[u8]) -> bool {
    if text.starts_with(b"<") {
        return false;
    }
    several(text) || json::documents(text).all(|(piece, _)| piece == Piece::Document)
}

fn not_json(text: &[u8], rows: &mut Rows) -> String {
    match tape(&mut text.to_vec(), &mut rows.buffers) {
        Ok(_) => "not JSON".to_owned(),
        Err(error) => format!("not JSON: {error}"),
    }
}
