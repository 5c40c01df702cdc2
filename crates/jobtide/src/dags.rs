//! The DAGs: what runs after what. Each task leaves what people should hear in [`Outcomes`].

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use extract::{Collector, Report, Stop};
use jiff::{SignedDuration, Timestamp};
use landing::Landing;
use orchestrator::{Dag, DagError, Step, Task, TaskContext, TaskError, TaskReport};
use warehouse::Warehouse;
use warehouse::build::{BuildReport, BuildRequest};

use crate::lock::WriterLockFile;
use crate::messages::Messages;

/// Collects what is due, then builds and publishes.
pub const COLLECT_POSTINGS: &str = "collect_postings";

/// How long bodies without a manifest stay for somebody to look at.
const KEEP_UNFINISHED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the tasks of a run found, for the command that started it.
#[derive(Default)]
pub struct Outcomes {
    /// What was collected.
    pub collected: Mutex<Option<Report>>,
    /// What was built, or why not.
    pub built: Mutex<Option<Result<BuildReport, warehouse::Error>>>,
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
    messages: Messages,
    outcomes: Arc<Outcomes>,
) -> Result<Dag, DagError> {
    let collect = Collect {
        collector,
        backfill,
        outcomes: outcomes.clone(),
    };
    let build = Build {
        landing,
        warehouse,
        lock,
        messages,
        outcomes,
    };
    Dag::new(
        COLLECT_POSTINGS,
        [
            Step::new(collect),
            Step::new(build).after(["collect_saramin"]),
        ],
    )
}

struct Collect {
    collector: Arc<Collector>,
    backfill: Option<(Timestamp, Timestamp)>,
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
        let report = tokio::select! {
            report = collecting => report.map_err(TaskError::permanent)?,
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        // A wrong key or query stays wrong until somebody mends it.
        if let Some(stop @ (Stop::Key { .. } | Stop::Request { .. } | Stop::Refused { .. })) =
            &report.stopped
        {
            return Err(TaskError::permanent(stop.to_string()));
        }
        let rows = report.records();
        let note = format!(
            "{} windows, {rows} postings, {} calls",
            report.windows.len(),
            report.calls
        );
        let task = if report.is_complete() {
            TaskReport::new().note(note)
        } else {
            TaskReport::incomplete(format!("{note}; the rest stays due"))
        };
        leave(&self.outcomes.collected, report);
        Ok(task.rows(rows))
    }
}

struct Build {
    landing: Landing,
    warehouse: Arc<Warehouse>,
    lock: WriterLockFile,
    messages: Messages,
    outcomes: Arc<Outcomes>,
}

#[async_trait]
impl Task for Build {
    fn name(&self) -> &str {
        "build"
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let messages = self.messages;
        let _lock = tokio::select! {
            lock = self.lock.acquire(&messages) => lock.map_err(|error| TaskError::permanent(format!("{error:#}")))?,
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        let now = context.clock().now();
        // Windows that a crash cut off a week ago are collected again since, or never will be.
        self.landing
            .tidy(now, KEEP_UNFINISHED)
            .await
            .map_err(TaskError::permanent)?;
        let landed = self.landing.list().await.map_err(TaskError::permanent)?;
        if landed.windows.is_empty() {
            return Ok(
                TaskReport::new().note("nothing is landed yet, so there is nothing to build")
            );
        }
        let on_event = move |event| messages.build_event(&event);
        let building = self
            .warehouse
            .build(BuildRequest::default(), now, &on_event);
        // A build that is dropped has published nothing; the next one cleans up after it.
        let built = tokio::select! {
            built = building => built,
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        let answer = match &built {
            Ok(report) => Ok(TaskReport::new()
                .rows(report.new_rows)
                .note(format!("build {} is published", report.record.build))),
            Err(error) => Err(TaskError::permanent(error.to_string())),
        };
        leave(&self.outcomes.built, built);
        answer
    }
}
