//! The DAGs: what runs after what. Each task leaves what people should hear in [`Outcomes`].

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use extract::{Collector, Report};
use jiff::{SignedDuration, Timestamp};
use landing::Landing;
use orchestrator::{Dag, DagError, Step, Task, TaskContext, TaskError, TaskReport};
use warehouse::Warehouse;
use warehouse::build::{BuildReport, BuildRequest};

use crate::lock::WriterLockFile;
use crate::progress::Progress;
use crate::times;

/// Collects what is due, then builds and publishes.
pub const COLLECT_POSTINGS: &str = "collect_postings";

/// How long bodies without a manifest stay for somebody to look at.
const KEEP_UNFINISHED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the tasks of a run found, for the command that started it.
#[derive(Default)]
pub struct Outcomes {
    /// What was collected, or why nothing could be.
    pub collected: Mutex<Option<Result<Report, extract::Error>>>,
    /// What was built, or why not.
    pub built: Mutex<Option<Result<BuildReport, anyhow::Error>>>,
}

/// Puts a value where the other side will look for it.
fn leave<T>(place: &Mutex<Option<T>>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

/// Takes what was left.
pub fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The DAG `collect_postings`. With `backfill` exactly that time is collected.
pub fn collect_postings(
    collector: Arc<Collector>,
    landing: Landing,
    warehouse: Arc<Warehouse>,
    lock: WriterLockFile,
    backfill: Option<(Timestamp, Timestamp)>,
    progress: Progress,
    outcomes: Arc<Outcomes>,
) -> Result<Dag, DagError> {
    let collect = Collect {
        collector,
        backfill,
        progress: progress.clone(),
        outcomes: outcomes.clone(),
    };
    let accepted = Accepted {
        outcomes: outcomes.clone(),
    };
    let build = Build {
        landing,
        warehouse,
        lock,
        progress,
        outcomes,
    };
    Dag::new(
        COLLECT_POSTINGS,
        [
            Step::new(collect),
            Step::new(build).after(["collect_saramin"]),
            Step::new(accepted).after(["build"]),
        ],
    )
}

struct Collect {
    collector: Arc<Collector>,
    backfill: Option<(Timestamp, Timestamp)>,
    progress: Progress,
    outcomes: Arc<Outcomes>,
}

#[async_trait]
impl Task for Collect {
    fn name(&self) -> &str {
        "collect_saramin"
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let collecting = async {
            match self.backfill {
                Some((from, to)) => self.collector.backfill(from, to).await,
                None => self.collector.collect().await,
            }
        };
        // Dropping a collection loses nothing: complete windows stay, the rest is due again.
        let collected = tokio::select! {
            collected = collecting => collected,
            () = self.progress.follow(self.collector.progress()) => return Err(TaskError::cancelled()),
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        let report = match collected {
            Ok(report) => report,
            Err(error) => {
                let failed = TaskError::permanent(error.to_string());
                leave(&self.outcomes.collected, Err(error));
                return Err(failed);
            }
        };
        self.progress
            .collecting(&self.collector.progress().borrow());
        let rows = report.records();
        let note = format!(
            "{} windows, {rows} postings, {} calls",
            report.windows.len(),
            report.calls
        );
        let task = if report.is_complete() {
            TaskReport::new().note(note)
        } else {
            let due = times::intervals(report.due().as_slice());
            TaskReport::incomplete(format!("{note}; still due: {due}"))
        };
        leave(&self.outcomes.collected, Ok(report));
        Ok(task.rows(rows))
    }
}

/// Fails when the source, or the store, refused what no later run can mend: a wrong key or query stays
/// wrong until somebody changes it. A step of its own, after the build, so that what was received
/// before is built and published all the same, and the run is recorded as the failure that it is.
struct Accepted {
    outcomes: Arc<Outcomes>,
}

#[async_trait]
impl Task for Accepted {
    fn name(&self) -> &str {
        "nothing_was_refused"
    }

    async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
        let collected = self.outcomes.collected.lock();
        let collected = collected.unwrap_or_else(PoisonError::into_inner);
        match collected.as_ref() {
            Some(Ok(report)) => match &report.stopped {
                Some(stop) if !stop.is_retryable() => Err(TaskError::permanent(stop.to_string())),
                _ => Ok(TaskReport::new()),
            },
            _ => Ok(TaskReport::new()),
        }
    }
}

struct Build {
    landing: Landing,
    warehouse: Arc<Warehouse>,
    lock: WriterLockFile,
    progress: Progress,
    outcomes: Arc<Outcomes>,
}

#[async_trait]
impl Task for Build {
    fn name(&self) -> &str {
        "build"
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let messages = &self.progress.messages;
        let lock = tokio::select! {
            lock = self.lock.acquire(messages) => lock,
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        let lock = match lock {
            Ok(lock) => lock,
            Err(error) => {
                let failed = TaskError::permanent(format!("{error:#}"));
                leave(&self.outcomes.built, Err(error));
                return Err(failed);
            }
        };
        self.warehouse.set_writer(lock.writer());
        // A build that is dropped has published nothing; the next one cleans up after it.
        let built = tokio::select! {
            built = self.build(context.clock().now()) => built,
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        let answer = match &built {
            Ok(None) => {
                return Ok(
                    TaskReport::new().note("nothing is landed yet, so there is nothing to build")
                );
            }
            Ok(Some(report)) => Ok(TaskReport::new()
                .rows(report.new_rows)
                .note(format!("build {} is published", report.record.build))),
            Err(error) => Err(TaskError::permanent(error.to_string())),
        };
        if let Some(built) = built.transpose() {
            leave(&self.outcomes.built, built.map_err(Into::into));
        }
        answer
    }
}

impl Build {
    /// Builds unless there is nothing to build from.
    async fn build(&self, now: Timestamp) -> Result<Option<BuildReport>, warehouse::Error> {
        // Windows that a crash cut off a week ago are collected again since, or never will be.
        let listing = self.landing.list().await?;
        let tidying = self.warehouse.tidy_landing(&listing, now, KEEP_UNFINISHED);
        tidying.await?;
        if listing.windows.is_empty() && listing.unsound.is_empty() && listing.unlanded.is_empty() {
            return Ok(None);
        }
        let on_event = |event| self.progress.building(&event);
        let request = BuildRequest::default();
        let report = self.warehouse.build(request, now, &on_event).await?;
        Ok(Some(report))
    }
}
