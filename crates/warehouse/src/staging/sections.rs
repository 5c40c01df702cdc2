//! Sections of a long body of lines, decoded by several workers at once.
//!
//! Section boundaries are speculative: a document may span lines. So a section is decoded from its
//! assumed start, and its result is used if the section before it ended exactly there; else it is
//! decoded again from where that one ended. Rows are numbered on from it, too. The result is that
//! of one sequential reader. Where guesses are often wrong, as with indented documents, no more are
//! made, and sections are decoded one after the other.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use landing::json;
use tokio::sync::oneshot;

use super::decode::{BodyOrigin, Decoder};
use super::forms::Reading;
use super::keys::FieldTally;
use super::rejects::Rejects;
use super::rows::Rows;

/// Bodies of lines of at least this many bytes are cut.
pub(super) const LONG: u64 = 16 << 20;

/// Bytes of a section: a few thousand records.
pub(super) const SECTION: usize = 4 << 20;

/// Wrong guesses of one body after which none is made.
const WRONG_GUESSES: usize = 3;

/// A section of a body.
#[derive(Debug)]
pub(super) struct Section {
    /// The window of the body, for its decoder.
    pub window: usize,
    pub origin: Arc<BodyOrigin>,
    /// The whole body.
    text: Bytes,
    wrong_guesses: Arc<AtomicUsize>,
    at: Range<usize>,
    before: oneshot::Receiver<Progress>,
    /// `None` for the last section.
    after: Option<oneshot::Sender<Progress>>,
}

/// How far a body was read, and what could not be read of it so far.
#[derive(Debug)]
struct Progress {
    reading: Reading,
    rejects: Rejects,
    fields: FieldTally,
}

/// The result of a section apart from its rows.
#[derive(Debug)]
pub(super) struct Decoded {
    /// Rows of the body before this section's.
    pub before: i64,
    /// After the last section.
    pub end: Option<End>,
}

/// The result of a whole body.
#[derive(Debug)]
pub(super) struct End {
    /// See [`Reading::one_a_line`].
    pub one_a_line: bool,
    /// The rejects of the whole body.
    pub rejects: Rejects,
    /// Key counts of the whole body.
    pub fields: FieldTally,
}

/// Cuts a body into sections of about so many bytes.
pub(super) fn cut(window: usize, origin: BodyOrigin, text: &Bytes, bytes: usize) -> Vec<Section> {
    let origin = Arc::new(origin);
    let (first, mut before) = oneshot::channel();
    // Fails only if the receiver is gone.
    let _ = first.send(Progress {
        reading: Reading::new(true),
        rejects: Rejects::default(),
        fields: FieldTally::default(),
    });
    let wrong_guesses = Arc::new(AtomicUsize::new(0));
    let mut sections = Vec::with_capacity(text.len() / bytes + 1);
    let mut at = 0;
    loop {
        let end = json::line_end(text, text.len().min(at + bytes));
        let is_last = end == text.len();
        let (after, next) = oneshot::channel();
        sections.push(Section {
            window,
            origin: origin.clone(),
            text: text.clone(),
            wrong_guesses: wrong_guesses.clone(),
            at: at..end,
            before: std::mem::replace(&mut before, next),
            after: (!is_last).then_some(after),
        });
        if is_last {
            return sections;
        }
        at = end;
    }
}

impl Section {
    /// Decodes the section into empty `rows`, numbered from 1. `None` when the section before it
    /// failed; its worker returns the error. Sections must be started in order.
    pub async fn decode(self, decoder: &Decoder, rows: &mut Rows) -> Option<Decoded> {
        let Self {
            text,
            origin,
            wrong_guesses,
            at,
            ..
        } = self;
        let read = |start: usize, rows: &mut Rows| {
            let mut reading = Reading::starting_at(start);
            while reading.position() < at.end && reading.next(decoder, &text, &origin, rows) {}
            reading
        };
        let guesses = wrong_guesses.load(Ordering::Relaxed) < WRONG_GUESSES;
        let guessed = guesses.then(|| read(at.start, rows));
        let mut body = self.before.await.ok()?;
        let begin = body.reading.position();
        let section = match guessed {
            Some(section) if begin == at.start && body.fields.has_room_for(&rows.fields) => {
                body.fields.merge(std::mem::take(&mut rows.fields));
                section
            }
            _ => {
                if begin != at.start {
                    wrong_guesses.fetch_add(1, Ordering::Relaxed);
                }
                rows.discard();
                std::mem::swap(&mut body.fields, &mut rows.fields);
                let section = read(begin, rows);
                std::mem::swap(&mut body.fields, &mut rows.fields);
                section
            }
        };
        let before = body.reading.follow(&section);
        body.rejects
            .append(std::mem::take(&mut rows.rejects), before);
        let end = match self.after {
            Some(after) => {
                // The receiver is gone if another section failed.
                let _ = after.send(body);
                None
            }
            None => Some(End {
                one_a_line: body.reading.one_a_line,
                rejects: body.rejects,
                fields: body.fields,
            }),
        };
        Some(Decoded { before, end })
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray as _, RecordBatch};
    use arrow::compute::concat_batches;
    use arrow::datatypes::Int64Type;
    use proptest::prelude::*;

    use super::*;
    use crate::staging::decode::{ROW_COLUMN, entity_key};
    use crate::staging::rejects::Rejected;
    use crate::staging::spec::{RecordSpec, StagingSpec};

    fn recruits() -> RecordSpec {
        let text = include_str!("../../../../pipeline/staging/recruit.toml");
        match StagingSpec::parse("recruit.toml", text).expect("the shipped one") {
            StagingSpec::Records(spec) => spec,
            StagingSpec::Csv(_) => panic!("no records"),
        }
    }

    fn origin() -> BodyOrigin {
        BodyOrigin {
            landing_path: "s/d/w/00001.jsonl.zst".to_owned(),
            collected_at: 1_700_000_000_000_000,
            read_at: None,
            part: None,
            is_empty: false,
        }
    }

    /// Rows, rejects, whether lines are records, and the key counts.
    type Read = (RecordBatch, Vec<Rejected>, bool, String);

    fn by_one(decoder: &Decoder, text: &Bytes) -> Read {
        let mut rows = Rows::new(decoder);
        let mut reading = Reading::new(true);
        while reading.next(decoder, text, &origin(), &mut rows) {}
        let counted = format!(
            "{:?} {}",
            rows.fields.differences(decoder.keys()),
            rows.purged
        );
        let rejected = rows.rejects.take();
        (
            rows.take().expect("columns"),
            rejected,
            reading.one_a_line,
            counted,
        )
    }

    fn by_several(decoder: &Decoder, text: &Bytes, bytes: usize) -> Read {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let mut rows = Rows::new(decoder);
        let mut batches = Vec::new();
        let mut purged = 0;
        let mut end = None;
        for section in cut(0, origin(), text, bytes) {
            let decoded = runtime
                .block_on(section.decode(decoder, &mut rows))
                .expect("none fails");
            purged += std::mem::take(&mut rows.purged);
            batches.push(rows.take_from(decoded.before).expect("columns"));
            end = decoded.end;
        }
        let mut end = end.expect("the last section");
        let counted = format!("{:?} {purged}", end.fields.differences(decoder.keys()));
        let all = concat_batches(decoder.schema(), &batches).expect("one schema");
        (all, end.rejects.take(), end.one_a_line, counted)
    }

    proptest! {
        #[test]
        fn sections_give_the_result_of_one_reader(
            lines in proptest::collection::vec(prop_oneof![
                4 => (0..40u32).prop_map(|id| format!(r#"{{"id":"{id}","active":1}}"#)),
                1 => Just(r#"[{"id":"8"},{"id":"9"},{"url":"x"}]"#.to_owned()),
                1 => Just("{\n  \"id\": \"7\",\n  \"keyword\":\n\"{\"\n}".to_owned()),
                1 => Just("{\"id\":\n".to_owned()),
                1 => Just("2026-11-29 12:00 ready".to_owned()),
                1 => Just(r#"{"id":"6"} {"id":"5","new":1}"#.to_owned()),
                1 => Just(String::new()),
            ], 0..30),
            bytes in 1..200usize,
        ) {
            let spec = recruits();
            let gone = entity_key(&spec.source, "6");
            let decoder = Decoder::keeping_out(spec, Arc::new([gone].into()));
            let text = Bytes::from(lines.join("\n"));
            let (ours, theirs) = (by_several(&decoder, &text, bytes), by_one(&decoder, &text));
            let numbers = |read: &Read| read.0.column(ROW_COLUMN).as_primitive::<Int64Type>().values().to_vec();
            prop_assert_eq!(numbers(&ours), numbers(&theirs));
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn what_cannot_be_read_is_bounded_for_all_sections_together() {
        let decoder = Decoder::new(recruits());
        let text = Bytes::from(
            "{\"id\":}\n".repeat(2_500) + &format!("{{\"id\":\"{}\"\n", "x".repeat(9)).repeat(3),
        );
        let (ours, theirs) = (by_several(&decoder, &text, 4_000), by_one(&decoder, &text));
        assert_eq!(ours, theirs);
        assert_eq!(ours.1.len(), 1_001);
    }

    #[test]
    fn keys_are_named_as_by_one_reader_also_where_there_are_too_many() {
        let decoder = Decoder::new(recruits());
        let line = |number: usize| format!("{{\"id\":\"{number}\",\"new{}\":1}}\n", number % 260);
        let text = Bytes::from((0..900).map(line).collect::<String>());
        let (ours, theirs) = (by_several(&decoder, &text, 1_000), by_one(&decoder, &text));
        assert_eq!(ours, theirs);
        assert!(ours.3.contains("(further keys)"), "{}", ours.3);
    }
}
