//! Record-by-record decoding of bodies that do not parse as a whole. Each record is located
//! ([`landing::json`]) and then parsed strictly, so that an unreadable one is a row of
//! `staging.quarantine` and all others are staged.
//!
//! A body whose envelope is broken (truncated, an HTML page) is one row itself, with number 0.

use std::ops::Range;

use landing::json;

use super::cell;
use super::decode::{BodyOrigin, Decoder, buffers, entity_key, find, id_in_part, tape};
use super::rows::Rows;
use super::spec::RecordSpec;

/// A longer record is not read: parsing takes many times its length in memory.
pub(super) const RECORD_LIMIT: usize = 16 << 20;

/// The key of the entity that a record describes, even if only its identifier can be read; `None` if not
/// even that.
pub(crate) fn record_key(spec: &RecordSpec, part: Option<&str>, record: &[u8]) -> Option<i64> {
    let mut scratch = record.to_vec();
    let Ok(nodes) = tape(&mut scratch, &mut buffers()) else {
        return unreadable_key(spec, part, record);
    };
    let id = cell::plain_text(nodes[find(&nodes, 0, &spec.id)?])?;
    Some(key_of(spec, part, &id))
}

fn key_of(spec: &RecordSpec, part: Option<&str>, id: &str) -> i64 {
    match spec.id_by_part {
        true => entity_key(&spec.source, &id_in_part(part, id)),
        false => entity_key(&spec.source, id),
    }
}

/// The key of a record that no strict parser reads, from the position of its identifier.
fn unreadable_key(spec: &RecordSpec, part: Option<&str>, record: &[u8]) -> Option<i64> {
    let id = &record[json::member(record, json::root(record), &spec.id)?];
    let text = json::text(id)?;
    // As in readable records, a non-integer number is not an identifier.
    let whole = id.starts_with(b"\"") || text.parse::<i128>().is_ok();
    whole.then(|| key_of(spec, part, &text))
}

impl Decoder {
    /// Decodes a body that [`Decoder::document`] could not, from the received bytes.
    pub fn in_pieces(&self, body: &[u8], origin: &BodyOrigin, rows: &mut Rows) {
        let mut scratch = body.to_vec();
        let reason = match tape(&mut scratch, &mut rows.buffers) {
            Ok(nodes) => match self.records(&nodes, 0, &mut 0, origin, rows) {
                Ok(()) => return,
                Err(reason) => reason,
            },
            Err(error) => {
                drop(scratch);
                if self.cut(body, &mut 0, origin, rows) {
                    return;
                }
                if body.trim_ascii_start().starts_with(b"<") {
                    "HTML or XML where JSON belongs".to_owned()
                } else {
                    format!("not JSON: {error}")
                }
            }
        };
        rows.rejects.add(0, &reason, body);
    }

    /// Cuts a document into its records, numbered on from `row`; `false` when the envelope is
    /// malformed.
    pub(super) fn cut(
        &self,
        body: &[u8],
        row: &mut i64,
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) -> bool {
        let root = json::root(body);
        for path in &self.spec.records {
            if self.spec.is_list() && body.get(root.start) == Some(&b'[') {
                if !json::is_list(body, root.clone()) {
                    return false;
                }
                rows.forms.count(path);
                for record in json::elements(body, root) {
                    *row += 1;
                    self.piece(&body[record], *row, origin, rows);
                }
                return true;
            }
            if path == "." {
                if json::member(body, root.clone(), &self.spec.id).is_some() {
                    *row += 1;
                    rows.forms.count(path);
                    self.piece(&body[root], *row, origin, rows);
                    return true;
                }
                continue;
            }
            let found = json::members(body, root.clone(), path);
            if found.is_empty() {
                continue;
            }
            let is_place = |at: &Range<usize>| {
                let text = &body[at.clone()];
                json::is_list(body, at.clone()) || (text.starts_with(b"{") && text.ends_with(b"}"))
            };
            if json::check_sound(body, &found).is_err() || !found.iter().all(is_place) {
                return false;
            }
            let records = found.into_iter().flat_map(|at| {
                let object = body[at.clone()].starts_with(b"{");
                // As in a body that parses: an empty list may be sent as an empty object.
                let one = (object && !json::is_empty(body, at.clone())).then(|| at.clone());
                json::elements(body, at).chain(one)
            });
            rows.forms.count(path);
            for record in records {
                *row += 1;
                self.piece(&body[record], *row, origin, rows);
            }
            return true;
        }
        false
    }

    fn piece(&self, record: &[u8], row: i64, origin: &BodyOrigin, rows: &mut Rows) {
        if record.len() > RECORD_LIMIT {
            let reason = format!("longer than {} MiB", RECORD_LIMIT >> 20);
            return self.reject(record, row, &reason, origin, rows);
        }
        let mut scratch = record.to_vec();
        match tape(&mut scratch, &mut rows.buffers) {
            Ok(nodes) => self.record(&nodes, 0, row, origin, rows),
            Err(error) => {
                self.reject(record, row, &format!("not JSON: {error}"), origin, rows);
            }
        }
    }

    /// Counts a record that cannot be read. A record that was taken down is not
    /// quarantined either.
    pub(super) fn reject(
        &self,
        record: &[u8],
        row: i64,
        reason: &str,
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) {
        let key = unreadable_key(&self.spec, origin.part.as_deref(), record);
        if key.is_some_and(|key| self.kept_out.contains(&key)) {
            rows.purged += 1;
        } else {
            rows.rejects.add(row, reason, record);
        }
    }
}
