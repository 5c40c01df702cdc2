//! Task orchestration. This crate runs tasks that depend on one another, records each run in SQLite
//! and counts the calls that a source allows per day. It must not depend on HTTP, on SQL engines,
//! on postings or on what a task does.
//!
//! What it promises:
//!
//! - **A killed process leaves nothing to clean up by hand.** A run that was open when its process
//!   died is marked `interrupted` by the next [`State::open`] (or the next run of the same dag),
//!   and never while the process lives: see the module `state/lock.rs` for the mechanism.
//! - **One run of a dag at a time per state file**, across processes.
//! - **A call budget is never overspent**, by any number of processes and restarts
//!   ([`Calls::take`]), nor by several states that share it ([`SharedCalls`]).
//! - **The state is the only channel between tasks.** What a task leaves for the next one, and for
//!   whoever started the run, is a small typed value ([`TaskOutput`]), durable once its step has ended.
//! - **History is bounded**: the last 100,000 runs by default ([`State::with_runs_kept`]), as far as they
//!   fit into 512 MiB ([`State::with_bytes_kept`]).
//! - Time comes from a [`kernel::Clock`], cancellation from a [`CancellationToken`]: nothing sleeps in
//!   a test.
//!
//! A dag is a table of [`Step`]s; an [`Engine`] runs it and returns what was recorded:
//!
//! ```
//! use std::sync::Arc;
//!
//! use kernel::SystemClock;
//! use orchestrator::{
//!     CancellationToken, Dag, Engine, RunRequest, State, Step, Task, TaskContext, TaskError,
//!     TaskReport,
//! };
//!
//! struct Say(&'static str);
//!
//! #[async_trait::async_trait]
//! impl Task for Say {
//!     fn name(&self) -> &str {
//!         self.0
//!     }
//!
//!     async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
//!         Ok(TaskReport::new().rows(1))
//!     }
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let dag = Dag::new(
//!     "daily",
//!     [Step::new(Say("collect")), Step::new(Say("build")).after(["collect"])],
//! )?;
//! let engine = Engine::new(State::open("state/jobtide.db").await?, Arc::new(SystemClock));
//! let run = engine.run(&dag, RunRequest::manual(), &CancellationToken::new()).await?;
//! println!("{} ended: {}", run.id, run.outcome);
//! # Ok(())
//! # }
//! ```

mod claims;
mod context;
mod dag;
mod dag_name;
mod definition;
mod engine;
mod one_task;
mod output;
mod parameter;
mod planner;
mod progress;
mod queued;
mod record;
mod registry;
mod request;
mod retry;
mod shared_calls;
mod signals;
mod state;
mod step;
mod task;
mod task_error;
mod trigger;
mod usage;
mod wait;

/// The name of the tracing span of an attempt of a task. Its fields are `run`, `task`, `attempt`, and for
/// an instance of a mapped task `item`. It has the level `error`, so that the filters of a log leave it.
pub const TASK_SPAN: &str = "task";

pub use claims::{Claim, ClaimError, Claimed, Claims, Wanted};
pub use context::TaskContext;
pub use dag::Dag;
pub use dag_name::{DagError, DagName};
pub use definition::{
    CatchUp, DagDefinition, DefinitionError, Mapping, Overlap, Pool, Pools, Schedule,
    TaskDefinition, Times, TriggerRule, When, check_together,
};
pub use engine::{DagSource, Engine, Ran, Scheduler, Waits};
pub use one_task::{OneTask, OneTaskOptions};
pub use output::{OUTPUT_BYTES, OutputError, TaskOutput};
pub use parameter::{Parameter, Parameters};
pub use planner::{DuePlan, Known, due};
pub use queued::Queued;
pub use record::{
    DagStatus, InstanceRecord, RunId, RunOutcome, RunRecord, Status, StepOutcome, StepRecord,
    Trigger, UnknownWord,
};
pub use registry::Registry;
pub use request::RunRequest;
pub use retry::{Retries, RetryPolicy};
pub use shared_calls::{Block, BlockWanted, Reserved, SharedCalls, SharedCallsError};
pub use signals::cancel_on_signals;
pub use state::{
    Asked, COPIES, Calls, RunUnderWay, State, StateError, Take, UnreadTime, UnreadTimes, Upkeep,
    remove_old_copies,
};
pub use step::Step;
pub use task::{Task, TaskReport};
pub use task_error::{TIMEOUT, TaskError};
pub use tokio_util::sync::CancellationToken;
pub use usage::CallUsage;
