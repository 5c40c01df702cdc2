//! The record of a run, as stored, queried and exported. All of it serialises to JSON for `jobtide
//! status` and the API; times are RFC 3339 in UTC with microseconds at most.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use kernel::Interval;
use serde::Serialize;

use crate::parameter::Parameters;
use crate::usage::CallUsage;

/// A run's id: when it started and eight random digits, as in
/// `20260801T093000.123456Z-1a2b3c4d`. Ids sort by start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    pub(crate) fn new(started_at: Timestamp, random: u32) -> Self {
        Self(format!(
            "{}-{random:08x}",
            started_at.strftime("%Y%m%dT%H%M%S.%6fZ")
        ))
    }

    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A word of no variant: the state was written by another program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a known {what}")]
pub struct UnknownWord {
    /// What was expected.
    pub what: &'static str,
    /// What was found.
    pub word: String,
}

/// An enum whose variants have one word each, the same in the state, in JSON and for people.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The word for it in the state and in JSON.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { what: $what, word: word.to_owned() }),
                }
            }
        }
    };
}

words! {
    /// What triggered a run.
    Trigger, "trigger" {
        /// A user, for now.
        Manual = "manual",
        /// The schedule.
        Schedule = "schedule",
        /// A user, for a past period.
        Backfill = "backfill",
        /// A dataset that changed.
        Data = "data",
        /// Another DAG.
        Dag = "dag",
    }
}

words! {
    /// The outcome of a run, or that it is running.
    RunOutcome, "outcome of a run" {
        /// In progress.
        Running = "running",
        /// Every step succeeded.
        Success = "success",
        /// Nothing failed, but a step left work for a later run.
        Incomplete = "incomplete",
        /// A step failed; what depends on it was skipped.
        Failed = "failed",
        /// Stopped on request before all steps were done, and none had failed.
        Cancelled = "cancelled",
        /// Another instance on the same store ran it to its end; the notes of its steps say which.
        Elsewhere = "elsewhere",
        /// Its process ended without closing the record (killed, crashed, power loss).
        Interrupted = "interrupted",
    }
}

words! {
    /// The outcome of a step, or its state.
    StepOutcome, "outcome of a step" {
        /// Not started yet.
        Waiting = "waiting",
        /// In progress.
        Running = "running",
        /// Done.
        Success = "success",
        /// Failed; `errors` says why.
        Failed = "failed",
        /// Never started; `note` says why.
        Skipped = "skipped",
        /// Done in part, cancelled or interrupted; `note` says which.
        Incomplete = "incomplete",
    }
}

/// One run of a dag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRecord {
    /// Unique; sorts by start.
    pub id: RunId,
    /// The dag's name.
    pub dag: String,
    /// What triggered the run.
    pub trigger: Trigger,
    /// The time the run was for; `None` for "whatever was due".
    pub interval: Option<Interval>,
    /// What it was given by name.
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    pub parameters: Parameters,
    /// The start.
    pub started_at: Timestamp,
    /// The end; `None` while running, and for `interrupted`, whose end is unknown.
    pub ended_at: Option<Timestamp>,
    /// How it ended, or that it has not.
    pub outcome: RunOutcome,
    /// The operating system's id of the process that ran it (in its own container, if it had one).
    pub process_id: u32,
    /// The steps, in topological order.
    pub steps: Vec<StepRecord>,
}

/// One task of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepRecord {
    /// The task's name.
    pub task: String,
    /// How it ended, or how far it is.
    pub outcome: StepOutcome,
    /// The start of the first attempt.
    pub started_at: Option<Timestamp>,
    /// The end of the last attempt, or when it was skipped; `None` when unknown.
    pub ended_at: Option<Timestamp>,
    /// Attempts that were started.
    pub attempts: u32,
    /// Rows processed, if the task counts them.
    pub rows: Option<u64>,
    /// Bytes processed, if the task counts them.
    pub bytes: Option<u64>,
    /// One line for people: what was done, or why not.
    pub note: Option<String>,
    /// The error of the last failed attempt and its causes, outermost first.
    pub errors: Vec<String>,
    /// The class of that error, if it has one ([`TaskError::class`](crate::TaskError::class)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_class: Option<String>,
    /// Whether it found nothing to do for what comes after it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nothing_new: bool,
}

/// One instance of a mapped task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceRecord {
    /// Its item, as JSON.
    pub item: String,
    /// How it ended, or how far it is.
    pub outcome: StepOutcome,
    /// Attempts that were started.
    pub attempts: u32,
    /// Rows processed, if the task counts them.
    pub rows: Option<u64>,
    /// One line for people.
    pub note: Option<String>,
    /// The error of the last failed attempt and its causes, outermost first.
    pub errors: Vec<String>,
}

/// Everything `jobtide status` shows of the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Each dag that ever ran, by name.
    pub dags: Vec<DagStatus>,
    /// The last runs of all dags, newest first.
    pub runs: Vec<RunRecord>,
    /// The latest day of each source with a call budget, by source.
    pub calls: Vec<CallUsage>,
}

/// The status of one dag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DagStatus {
    /// The dag's name.
    pub dag: String,
    /// Its last run, which may be in progress.
    pub last_run: RunRecord,
    /// The last run with the outcome `success`; retention never deletes it.
    pub last_success: Option<RunRecord>,
}

/// The instant truncated to microseconds, as the state stores it.
pub(crate) fn in_microseconds(time: Timestamp) -> Timestamp {
    // Every timestamp's microseconds are within a timestamp's range; should that ever change, the
    // unchanged instant is the only sensible fallback.
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_sort_by_start_and_can_name_a_file() {
        let early: Timestamp = "2026-08-01T09:30:00.5Z".parse().unwrap();
        let late: Timestamp = "2026-08-01T09:30:00.500001Z".parse().unwrap();
        let id = RunId::new(early, 0x1a2b);
        assert_eq!(id.as_str(), "20260801T093000.500000Z-00001a2b");
        assert!(id < RunId::new(late, 0));
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for outcome in [RunOutcome::Running, RunOutcome::Interrupted] {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
        }
        let error = "finished".parse::<RunOutcome>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`finished` is not a known outcome of a run"
        );
    }
}
