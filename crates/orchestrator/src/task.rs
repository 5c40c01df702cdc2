//! What a task is. A task does one thing for one interval and may be repeated any number of times:
//! the engine retries it after a retryable error, a user runs it again, a killed process leaves it
//! half done. It does not know about other tasks.
//!
//! Cancellation is cooperative first: the token in the [`TaskContext`] is cancelled, and a task
//! that does not return within the engine's grace period is dropped at its next `.await`.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::dag::DagName;
use crate::record::{Interval, RunId, Trigger};

/// A unit of work.
#[async_trait]
pub trait Task: Send + Sync {
    /// The name in records and in [`Step::after`](crate::Step::after); unique within a dag.
    fn name(&self) -> &str;

    /// Runs it. Must be idempotent for the context's interval: it may be called again after an
    /// error, a cancellation or a crash at any point.
    ///
    /// # Errors
    /// A [`TaskError`], created where the failure arises, says whether it is retryable.
    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError>;
}

/// The trigger of a run, and its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunRequest {
    /// What triggered the run.
    pub trigger: Trigger,
    /// The time the run is for; `None` for "whatever is due".
    pub interval: Option<Interval>,
}

impl RunRequest {
    /// A user started a run of what is due.
    pub fn manual() -> Self {
        Self {
            trigger: Trigger::Manual,
            interval: None,
        }
    }

    /// The schedule started a run of what is due.
    pub fn scheduled() -> Self {
        Self {
            trigger: Trigger::Schedule,
            interval: None,
        }
    }

    /// A user requested a past period to be processed (again).
    pub fn backfill(interval: Interval) -> Self {
        Self {
            trigger: Trigger::Backfill,
            interval: Some(interval),
        }
    }
}

/// The context of a task: its run.
#[derive(Clone)]
pub struct TaskContext {
    pub(crate) run: RunId,
    pub(crate) dag: DagName,
    pub(crate) request: RunRequest,
    pub(crate) attempt: u32,
    pub(crate) cancel: CancellationToken,
    pub(crate) clock: Arc<dyn Clock>,
}

impl TaskContext {
    /// The run's id.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The dag's name.
    pub fn dag(&self) -> &DagName {
        &self.dag
    }

    /// What triggered the run.
    pub fn trigger(&self) -> Trigger {
        self.request.trigger
    }

    /// The time the run is for; `None` for "whatever is due".
    pub fn interval(&self) -> Option<Interval> {
        self.request.interval
    }

    /// 1 for the first attempt of this task in this run.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Cancelled when the run is to stop. Select on it during long waits, check it between steps.
    pub fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// The time, and waiting.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
}

/// What a task did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskReport {
    pub(crate) rows: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) note: Option<String>,
    pub(crate) incomplete: bool,
}

impl TaskReport {
    /// All done, nothing counted.
    pub fn new() -> Self {
        Self::default()
    }

    /// A part was done and is valid; the rest stays due for a later run (a call budget was spent,
    /// say). Recorded as `incomplete`. Dependents of the task still run.
    pub fn incomplete(reason: impl Into<String>) -> Self {
        Self {
            note: Some(reason.into()),
            incomplete: true,
            ..Self::default()
        }
    }

    /// The rows (records, table rows) that were processed.
    pub fn rows(mut self, rows: u64) -> Self {
        self.rows = Some(rows);
        self
    }

    /// The bytes that were processed.
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// One line for people, such as `published build 12`.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// Why a task failed, with its causes, and whether it is retryable.
pub struct TaskError {
    kind: Kind,
    source: Box<dyn Error + Send + Sync>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Permanent,
    Retryable { after: Option<Duration> },
    Cancelled,
}

impl TaskError {
    /// Not retryable: the cause has to be fixed first.
    pub fn permanent(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind: Kind::Permanent,
            source: source.into(),
        }
    }

    /// Retryable.
    pub fn retryable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind: Kind::Retryable { after: None },
            source: source.into(),
        }
    }

    /// Retryable, but not before `after` has passed (a server's `Retry-After`).
    pub fn retryable_after(
        source: impl Into<Box<dyn Error + Send + Sync>>,
        after: Duration,
    ) -> Self {
        Self {
            kind: Kind::Retryable { after: Some(after) },
            source: source.into(),
        }
    }

    /// The task stopped because its context was cancelled; recorded as `incomplete`, not as a
    /// failure. Without a cancelled context it counts as permanent.
    pub fn cancelled() -> Self {
        Self {
            kind: Kind::Cancelled,
            source: "stopped because the run was cancelled".into(),
        }
    }

    /// Whether it is retryable.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, Kind::Retryable { .. })
    }

    /// The minimum wait before a retry.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            Kind::Retryable { after } => after,
            Kind::Permanent | Kind::Cancelled => None,
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.kind == Kind::Cancelled
    }

    /// The messages of the error and its causes, outermost first; a cause that the message before
    /// it already quotes is left out.
    pub fn chain(&self) -> Vec<String> {
        let mut messages = vec![self.source.to_string()];
        let mut cause = self.source.source();
        while let Some(error) = cause {
            let message = error.to_string();
            if messages.last().is_none_or(|last| !last.contains(&message)) {
                messages.push(message);
            }
            cause = error.source();
        }
        messages
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.source, f)
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskError")
            .field("kind", &self.kind)
            .field("source", &self.source)
            .finish()
    }
}

impl Error for TaskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("page 3 failed: {source}")]
    struct Quoting {
        source: std::io::Error,
    }

    #[test]
    fn a_chain_names_each_cause_once() {
        let quoting = Quoting {
            source: std::io::Error::other("connection reset"),
        };
        assert_eq!(
            TaskError::retryable(quoting).chain(),
            ["page 3 failed: connection reset"]
        );
        assert_eq!(TaskError::permanent("plain").chain(), ["plain"]);
    }
}
