//! Examining content before it is landed: it is decoded as a build will decode it, and the rows are
//! dropped.

use std::sync::Arc;

use landing::{Examined, Format, Reader};

use super::decode::{BodyOrigin, Decoder};
use super::forms::Reading;
use super::rejects::short;
use super::rows::Rows;

/// Rows that are decoded before they are dropped.
const ROWS_AT_ONCE: usize = 4_096;

/// Examines saved content of one dataset before they are landed.
#[derive(Debug)]
pub struct SavedReader {
    decoder: Arc<Decoder>,
}

impl SavedReader {
    /// With the decoder of the dataset.
    pub fn new(decoder: Arc<Decoder>) -> Self {
        Self { decoder }
    }
}

/// What was decoded so far.
struct Examining {
    rows: Rows,
    rejected: u64,
    first_rejected: Option<(u64, String)>,
}

impl Examining {
    /// Drops the rows of the piece that begins at `line`.
    fn drop_rows(&mut self, line: impl FnOnce() -> u64) {
        let rejects = self.rows.rejects.take();
        if let (None, Some(first)) = (&self.first_rejected, rejects.first()) {
            self.first_rejected = Some((line(), short(&first.reason)));
        }
        self.rejected += rejects.iter().map(|reject| reject.records).sum::<u64>();
        if self.rows.len() >= ROWS_AT_ONCE {
            // Fails only for columns of unequal lengths, which a build reports.
            self.rows.take().ok();
        }
    }
}

impl Reader for SavedReader {
    fn examine(&self, content: &[u8], format: Format) -> Examined {
        let body = &content[kernel::byte_order_mark_len(content)..];
        let decoder = &self.decoder;
        let origin = BodyOrigin {
            landing_path: String::new(),
            collected_at: 0,
            read_at: None,
            part: None,
            is_empty: false,
        };
        let mut found = Examining {
            rows: Rows::new(decoder),
            rejected: 0,
            first_rejected: None,
        };
        let lines = format == Format::JsonLines;
        let reading = if lines {
            Some(Reading::new(true))
        } else if decoder.saved_document(&mut body.to_vec(), &origin, &mut found.rows) {
            None
        } else {
            decoder.saved_in_pieces(body, &origin, &mut found.rows)
        };
        let text = landing::json::root(body).start;
        found.drop_rows(|| line_number(body, text));
        let mut one_a_line = false;
        if let Some(mut reading) = reading {
            loop {
                let (at, line) = (reading.position(), reading.line);
                if !reading.next(decoder, body, &origin, &mut found.rows) {
                    break;
                }
                found.drop_rows(|| match lines {
                    true => line,
                    false => line_number(body, landing::json::skip_separators(body, at)),
                });
            }
            one_a_line = reading.one_a_line;
        }
        Examined {
            records: found.rows.received,
            rejected: found.rejected,
            one_a_line,
            says_none: found.rows.forms.answers > 0,
            form: found
                .rows
                .forms
                .name(&decoder.spec.entity, lines, found.rejected),
            first_rejected: found.first_rejected,
        }
    }
}

fn line_number(text: &[u8], at: usize) -> u64 {
    let breaks = text[..at].iter().filter(|byte| **byte == b'\n').count();
    breaks as u64 + 1
}
