//! Unreadable records, within bounds: a body may contain any number of records of any length, all
//! of them unreadable. Every one is counted; up to a limit they are listed, and one last entry
//! counts the rest. The body itself stays in the landing.

/// Longest payload kept with a rejected record, in bytes. One of this length or more was truncated,
/// and may lack its identifier.
pub(crate) const PAYLOAD_LIMIT: usize = 64 * 1024;

/// Records listed of one body.
const LISTED_PER_BODY: usize = 1_000;

/// Bytes of payload kept of one body. Payloads beyond that are dropped rather than truncated: a
/// take-down finds a record by its id, which a part may lack.
const PAYLOADS_PER_BODY: usize = 256 * 1024;

/// Longest text of a source that is quoted in a reason, in characters.
const REASON_LIMIT: usize = 200;

/// A record, or a whole body (`row` 0), that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Position in the body, from 1; 0 for the body itself.
    pub row: i64,
    /// Why, in one sentence.
    pub reason: String,
    /// The text that could not be read, at most 64 KiB of it; empty if a body has too many.
    pub payload: String,
    /// How many records this entry stands for: 1 except for the last entry of a long list.
    pub records: u64,
}

/// The rejects of one body.
#[derive(Debug, Default)]
pub struct Rejects {
    listed: Vec<Rejected>,
    payload_bytes: usize,
}

impl Rejects {
    pub(super) fn add(&mut self, row: i64, reason: &str, payload: &[u8]) {
        if let Some(last) = self.listed.get_mut(LISTED_PER_BODY) {
            last.records += 1;
            return;
        }
        let payload = &payload[..payload.len().min(PAYLOAD_LIMIT)];
        self.list(Rejected {
            row,
            reason: reason.to_owned(),
            payload: String::from_utf8_lossy(payload).into_owned(),
            records: 1,
        });
    }

    /// How many records they are.
    pub(super) fn count(&self) -> u64 {
        self.listed.iter().map(|entry| entry.records).sum()
    }

    /// Lists an entry; the one after the last stands for all that follow.
    fn list(&mut self, mut entry: Rejected) {
        if self.payload_bytes >= PAYLOADS_PER_BODY || self.listed.len() == LISTED_PER_BODY {
            entry.payload = String::new();
        }
        self.payload_bytes += entry.payload.len();
        self.listed.push(entry);
    }

    /// Adds the rejects of a later section, whose rows are counted from this row on: the result is
    /// that of one sequential reader.
    pub(super) fn append(&mut self, section: Self, before: i64) {
        for mut entry in section.listed {
            entry.row += before;
            if let Some(last) = self.listed.get_mut(LISTED_PER_BODY) {
                last.records += entry.records;
            } else {
                self.list(entry);
            }
        }
    }

    /// The entries so far, in the order of their rows; the next body begins with none.
    pub fn take(&mut self) -> Vec<Rejected> {
        let mut listed = std::mem::take(self).listed;
        if let Some(last) = listed.get_mut(LISTED_PER_BODY) {
            last.reason = format!(
                "{} more records from this one on; the first {LISTED_PER_BODY} are listed",
                last.records
            );
        }
        listed
    }
}

/// The beginning of a text that a source wrote, without control characters.
pub(super) fn short(text: &str) -> String {
    kernel::excerpt(text, REASON_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reject_is_counted_and_a_limited_number_is_kept() {
        let mut rejects = Rejects::default();
        let long = vec![b'x'; 1 << 20];
        for row in 1..=5_000 {
            rejects.add(row, "not JSON", &long);
        }
        let listed = rejects.take();
        assert_eq!(listed.len(), LISTED_PER_BODY + 1);
        assert_eq!(
            listed.iter().map(|reject| reject.records).sum::<u64>(),
            5_000
        );
        let bytes: usize = listed.iter().map(|reject| reject.payload.len()).sum();
        assert!(bytes <= PAYLOADS_PER_BODY + PAYLOAD_LIMIT, "{bytes} bytes");
        let last = &listed[LISTED_PER_BODY];
        assert_eq!((last.row, last.records), (1_001, 4_000));
        assert!(
            last.reason.starts_with("4000 more records"),
            "{}",
            last.reason
        );
        assert!(rejects.take().is_empty());
    }

    #[test]
    fn texts_of_a_source_are_short_and_on_one_line() {
        assert_eq!(short("a\u{1b}[2J\nb"), "a\u{fffd}[2J\u{fffd}b");
        assert_eq!(short(&"가".repeat(5_000)).chars().count(), REASON_LIMIT + 1);
    }
}
