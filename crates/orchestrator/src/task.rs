//! What a task is. A task does one thing for one interval and may be repeated any number of times:
//! the engine retries it after a retryable error, a user runs it again, a killed process leaves it
//! half done. Of other tasks it knows no more than the outputs of those before it.
//!
//! Cancellation is cooperative first: the token in the [`TaskContext`] is cancelled, and a task
//! that does not return within the engine's grace period is dropped at its next `.await`.

use async_trait::async_trait;

use crate::context::TaskContext;
use crate::dag_name::DagName;
use crate::output::{Output, OutputError, TaskOutput};
use crate::request::RunRequest;
use crate::task_error::TaskError;

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

/// What a task did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskReport {
    pub(crate) rows: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) note: Option<String>,
    pub(crate) output: Option<Output>,
    pub(crate) incomplete: bool,
    pub(crate) nothing_follows: bool,
    pub(crate) triggers: Vec<(DagName, RunRequest)>,
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

    /// All done, and there is nothing for the tasks after this one to do (nothing new, say): they are
    /// skipped with this reason, those that run in any case apart
    /// ([`TriggerRule::AllDone`](crate::TriggerRule::AllDone)). Nothing that the task produces counts as
    /// changed.
    pub fn nothing_follows(reason: impl Into<String>) -> Self {
        Self {
            note: Some(reason.into()),
            nothing_follows: true,
            ..Self::default()
        }
    }

    /// Starts a run of another DAG: it is put into the queue in the transaction that ends this task's
    /// step. Nobody waits for it.
    pub fn trigger(mut self, dag: DagName, request: RunRequest) -> Self {
        self.triggers.push((dag, request));
        self
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

    /// What the tasks after this one, and whoever started the run, may read
    /// ([`TaskContext::output`], [`State::output`](crate::State::output)).
    ///
    /// # Errors
    /// [`OutputError::TooLarge`] when it has more than [`OUTPUT_BYTES`](crate::OUTPUT_BYTES).
    pub fn output<T: TaskOutput>(mut self, output: &T) -> Result<Self, OutputError> {
        self.output = Some(Output::of(output)?);
        Ok(self)
    }
}
