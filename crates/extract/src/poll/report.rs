//! What a poll did.

use jiff::Timestamp;
use landing::{Origin, Part, PartOutcome, WindowRef};

use crate::Stop;
use crate::source::SourceDescription;

/// The record of a poll.
#[derive(Debug)]
pub struct PollReport {
    pub source: String,
    pub dataset: String,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// The window that was landed; none if no part was read.
    pub window: Option<WindowRef>,
    pub origin: Option<Origin>,
    /// What became of each part that was due, in the order of the settings.
    pub parts: Vec<Part>,
    /// Parts that were not due.
    pub not_due: usize,
    /// Names of the parts that were not tried because the poll stopped.
    pub not_reached: Vec<String>,
    /// Why the poll stopped early.
    pub stopped: Option<Stop>,
    /// Calls made, failed ones too.
    pub calls: u64,
    /// Calls that failed, whether or not they were retried.
    pub faults: u64,
}

impl PollReport {
    pub(super) fn new(source: &SourceDescription, now: Timestamp, not_due: usize) -> Self {
        Self {
            source: source.source.clone(),
            dataset: source.dataset.clone(),
            started_at: now,
            finished_at: now,
            window: None,
            origin: None,
            parts: Vec::new(),
            not_due,
            not_reached: Vec::new(),
            stopped: None,
            calls: 0,
            faults: 0,
        }
    }

    /// How many parts ended so.
    pub fn count(&self, outcome: PartOutcome) -> usize {
        let parts = self.parts.iter();
        parts.filter(|part| part.outcome == outcome).count()
    }

    /// Records of the parts that were complete; those of unchanged ones are not counted.
    pub fn records(&self) -> u64 {
        let parts = self.parts.iter();
        let complete = parts.filter(|part| part.outcome == PartOutcome::Complete);
        complete.filter_map(|part| part.records).sum()
    }

    /// The parts that failed and may be read by a later poll. One that the source does not know is
    /// none of them, unless it knows none at all: then the base URL may be wrong. It knows those that
    /// are not due.
    pub fn failed(&self) -> impl Iterator<Item = &Part> {
        let none_is_known = self.not_due == 0 && self.parts.iter().all(|part| part.unknown);
        let failed = |part: &&Part| part.outcome == PartOutcome::Failed;
        let parts = self.parts.iter().filter(failed);
        parts.filter(move |part| none_is_known || !part.unknown)
    }

    /// The parts that the source does not know.
    pub fn unknown(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.unknown)
    }

    /// Whether all that was due was read, but for what the source does not know.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none() && self.failed().next().is_none()
    }
}
