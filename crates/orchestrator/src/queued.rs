//! Entries of the queue of runs.

use jiff::Timestamp;

use crate::record::{RunId, RunOutcome};
use crate::request::RunRequest;

/// A run that waits, or is in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Rises with every entry.
    pub id: i64,
    /// The dag's name.
    pub dag: String,
    /// What is asked for.
    pub request: RunRequest,
    /// Since when it waits.
    pub queued_at: Timestamp,
    /// Its run, once it was started.
    pub run: Option<RunId>,
    /// The state of that run: in progress, or interrupted, to be taken up again.
    pub outcome: Option<RunOutcome>,
}
