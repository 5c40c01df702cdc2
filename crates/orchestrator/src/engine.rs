//! Runs a dag: dependencies first, independent tasks concurrently, everything recorded.
//!
//! What happens when something goes wrong:
//!
//! - A task **fails** (or panics): its descendants are skipped, everything else still runs.
//! - A task returns a **retryable** error: it is retried after a delay, by its step's policy.
//! - A task is **incomplete**: what it did is valid, so its dependents run.
//! - The run is **cancelled**: nothing further starts; running tasks may shut down gracefully
//!   within the grace period and are dropped at their next `.await` after it. Work on blocking
//!   threads runs to completion.
//! - The **state cannot be written**: the tasks are dropped and the error returned. A run that
//!   cannot be recorded does not continue; its record is marked `interrupted` later.
//! - The future of [`Engine::run`] is dropped: so are the tasks, and the record is marked in the
//!   same way.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;
use petgraph::graph::NodeIndex;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::context::TaskContext;
use crate::dag::{Dag, Step};
use crate::frontier::Frontier;
use crate::record::{RunOutcome, RunRecord, StepOutcome};
use crate::request::RunRequest;
use crate::state::{NewRun, OpenRun, State, StateError, StepEnd};

const DEFAULT_PARALLEL: NonZeroUsize = NonZeroUsize::new(2).unwrap();
const DEFAULT_GRACE: Duration = Duration::from_secs(10);
const CANCELLED: &str = "the run was cancelled";

/// Runs dags and records them in a [`State`].
#[derive(Clone)]
pub struct Engine {
    state: State,
    clock: Arc<dyn Clock>,
    parallel: NonZeroUsize,
    grace: Duration,
}

impl Engine {
    /// An engine that runs two tasks at a time with a grace period of 10 seconds.
    pub fn new(state: State, clock: Arc<dyn Clock>) -> Self {
        Self {
            state,
            clock,
            parallel: DEFAULT_PARALLEL,
            grace: DEFAULT_GRACE,
        }
    }

    /// Sets the maximum number of concurrent tasks of a run.
    pub fn parallel(mut self, tasks: NonZeroUsize) -> Self {
        self.parallel = tasks;
        self
    }

    /// Sets the grace period after a cancellation.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Runs `dag` to its end and returns its record for every outcome: a run whose tasks fail is a
    /// record with that outcome, not an error.
    ///
    /// # Errors
    /// [`StateError::AlreadyRunning`] when a run of the dag is in progress, in this
    /// process or another; other [`StateError`]s when the run cannot be recorded.
    pub async fn run(
        &self,
        dag: &Dag,
        request: RunRequest,
        cancel: &CancellationToken,
    ) -> Result<RunRecord, StateError> {
        let started_at = self.clock.now();
        let new = NewRun {
            dag,
            request: request.clone(),
            at: started_at,
        };
        let open = self.state.start_run(new).await?;
        let dag_name = dag.name();
        tracing::info!(run = %open.id, dag = %dag_name, trigger = %request.trigger, parameters = %request.parameters, "run started");

        let mut drive = Drive {
            engine: self,
            dag,
            request,
            cancel,
            open: &open,
            frontier: Frontier::new(dag),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            seen: Seen::default(),
        };
        let driven = drive.run_to_end().await;
        if driven.is_err() {
            drive.tasks.shutdown().await;
        }
        let outcome = drive.seen.outcome();
        driven?;

        let ended_at = self.clock.now();
        let run = self.state.finish_run(open, outcome, ended_at).await?;
        let duration_ms = ended_at.duration_since(started_at).as_millis();
        tracing::info!(run = %run.id, dag = %dag_name, %outcome, duration_ms, "run ended");
        Ok(run)
    }
}

/// One run in progress.
struct Drive<'a> {
    engine: &'a Engine,
    dag: &'a Dag,
    request: RunRequest,
    cancel: &'a CancellationToken,
    open: &'a OpenRun,
    frontier: Frontier,
    tasks: JoinSet<Result<StepEnd, StateError>>,
    running: HashMap<Id, NodeIndex>,
    seen: Seen,
}

/// The inputs of the run's outcome.
#[derive(Default)]
struct Seen {
    failed: bool,
    cancelled: bool,
    incomplete: bool,
}

impl Seen {
    fn outcome(&self) -> RunOutcome {
        if self.failed {
            RunOutcome::Failed
        } else if self.cancelled {
            RunOutcome::Cancelled
        } else if self.incomplete {
            RunOutcome::Incomplete
        } else {
            RunOutcome::Success
        }
    }
}

impl Drive<'_> {
    async fn run_to_end(&mut self) -> Result<(), StateError> {
        self.start_what_is_ready();
        while !self.tasks.is_empty() {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return self.wind_down().await,
                Some(joined) = self.tasks.join_next_with_id() => self.ended(joined).await?,
            }
            self.start_what_is_ready();
        }
        self.skip_the_rest().await
    }

    /// After a cancellation: waits for the running tasks, and drops them when the grace period is
    /// over.
    async fn wind_down(&mut self) -> Result<(), StateError> {
        let clock = Arc::clone(&self.engine.clock);
        let mut grace = clock.sleep(self.engine.grace);
        let mut over = false;
        while !self.tasks.is_empty() {
            tokio::select! {
                biased;
                Some(joined) = self.tasks.join_next_with_id() => self.ended(joined).await?,
                () = &mut grace, if !over => {
                    over = true;
                    self.tasks.abort_all();
                }
            }
        }
        self.skip_the_rest().await
    }

    fn start_what_is_ready(&mut self) {
        while !self.cancel.is_cancelled()
            && self.tasks.len() < self.engine.parallel.get()
            && let Some(node) = self.frontier.next()
        {
            let attempts = Attempts {
                step: self.dag.step(node).clone(),
                state: self.engine.state.clone(),
                context: TaskContext {
                    run: self.open.id.clone(),
                    dag: self.dag.name().clone(),
                    task: self.dag.task_name(node).to_owned(),
                    upstream: self.dag.ancestors(node),
                    outputs: Arc::new(self.engine.state.clone()),
                    request: self.request.clone(),
                    attempt: 1,
                    cancel: self.cancel.clone(),
                    clock: Arc::clone(&self.engine.clock),
                },
            };
            let lock = Arc::clone(&self.open.lock);
            let handle = self.tasks.spawn(async move {
                let _dag_stays_locked = lock;
                attempts.run_to_end().await
            });
            self.running.insert(handle.id(), node);
        }
    }

    async fn ended(
        &mut self,
        joined: Result<(Id, Result<StepEnd, StateError>), JoinError>,
    ) -> Result<(), StateError> {
        let (id, end) = match joined {
            Ok((id, end)) => (id, end?),
            Err(error) => (error.id(), self.broken_off(error)),
        };
        // Each id was noted when its task was spawned and comes back once.
        let Some(node) = self.running.remove(&id) else {
            return Ok(());
        };
        self.record(node, &end).await?;
        match end.outcome {
            StepOutcome::Failed => {
                self.seen.failed = true;
                let failed = self.dag.task_name(node);
                for skipped in self.frontier.failed(self.dag, node) {
                    let end = StepEnd::skipped(format!("`{failed}` failed"));
                    self.record(skipped, &end).await?;
                }
            }
            StepOutcome::Incomplete if end.stopped => self.seen.cancelled = true,
            StepOutcome::Incomplete => {
                self.seen.incomplete = true;
                self.frontier.succeeded(self.dag, node);
            }
            _ => self.frontier.succeeded(self.dag, node),
        }
        Ok(())
    }

    /// The result of a task that panicked or was aborted.
    fn broken_off(&self, error: JoinError) -> StepEnd {
        match error.try_into_panic() {
            Ok(panic) => {
                let message = panic
                    .downcast_ref::<&str>()
                    .copied()
                    .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
                    .unwrap_or("no message");
                StepEnd::failed(vec![format!("the task panicked: {message}")])
            }
            Err(_dropped) => {
                let seconds = self.engine.grace.as_secs();
                let reason = format!("{CANCELLED}; dropped after {seconds} s of grace");
                StepEnd::stopped(reason, Vec::new())
            }
        }
    }

    /// Skips what is left when nothing runs and nothing may start: only after a cancellation.
    async fn skip_the_rest(&mut self) -> Result<(), StateError> {
        for node in self.frontier.stop() {
            self.seen.cancelled = true;
            self.record(node, &StepEnd::skipped(CANCELLED.to_owned()))
                .await?;
        }
        Ok(())
    }

    async fn record(&self, node: NodeIndex, end: &StepEnd) -> Result<(), StateError> {
        let (run, task, outcome) = (&self.open.id, self.dag.task_name(node), end.outcome);
        let now = self.engine.clock.now();
        self.engine.state.step_ended(run, task, end, now).await?;
        let (rows, bytes, note) = (end.report.rows, end.report.bytes, &end.report.note);
        if outcome == StepOutcome::Failed {
            let error = end.errors.join(": ");
            tracing::error!(%run, task, error, "task failed");
        } else {
            tracing::info!(%run, task, %outcome, rows, bytes, note, "task ended");
        }
        Ok(())
    }
}

/// A step's attempts, in sequence.
struct Attempts {
    step: Step,
    state: State,
    context: TaskContext,
}

impl Attempts {
    async fn run_to_end(mut self) -> Result<StepEnd, StateError> {
        let task = Arc::clone(&self.step.task);
        let context = &mut self.context;
        let mut delays = self.step.retry.delays();
        loop {
            let now = context.clock.now();
            self.state
                .attempt_started(&context.run, task.name(), context.attempt, now)
                .await?;
            let error = match task.run(context).await {
                Ok(report) => return Ok(StepEnd::reported(report)),
                Err(error) => error,
            };
            let cancelled = context.cancel.is_cancelled();
            if cancelled && error.is_cancelled() {
                return Ok(StepEnd::stopped(CANCELLED.to_owned(), Vec::new()));
            }
            let delay = delays.next().filter(|_| error.is_retryable());
            let Some(delay) = delay else {
                return Ok(StepEnd::error(error));
            };
            let delay = delay.max(error.retry_after().unwrap_or_default());
            tracing::warn!(
                run = %context.run,
                task = task.name(),
                attempt = context.attempt,
                delay_ms = delay.as_millis(),
                error = error.chain().join(": "),
                "attempt failed; retrying after the delay"
            );
            tokio::select! {
                biased;
                () = context.cancel.cancelled() => {
                    let reason = format!("{CANCELLED} before attempt {}", context.attempt + 1);
                    return Ok(StepEnd::stopped(reason, error.chain()));
                }
                () = context.clock.sleep(delay) => context.attempt += 1,
            }
        }
    }
}
