//! A run in the foreground together with the runs that it starts: of DAGs that its tasks trigger, and of
//! DAGs that are due on datasets that it changed; and what those start in turn.
//!
//! - They are taken from the queue like any other entry: if another process has one already, this one waits
//!   for its end.
//! - Other entries of the queue, and what is due by time, are left alone.
//! - A cancellation ends the first run for good; what it started is interrupted, and stays in the queue.
//! - Of a run that was interrupted and goes on here, only what its tasks start from then on is waited for:
//!   what they triggered before is in the queue, for any scheduler.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::claiming::May;
use super::run::Finished;
use super::scheduler::{DEFAULT_POLL, DagSource, ORPHANS_AFTER, is_over, start_one};
use super::work::Work;
use crate::dag::Dag;
use crate::dag_name::DagName;
use crate::definition::DagDefinition;
use crate::planner::due;
use crate::queued::Queued;
use crate::record::{RunId, RunOutcome, RunRecord};
use crate::request::RunRequest;
use crate::state::StateError;

/// How many of the last runs of a DAG are searched for one that another process ended.
const LOOKED_BACK: u32 = 50;

/// A run in the foreground, and what it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The run itself.
    pub run: RunRecord,
    /// The runs that it started, directly or not, in the order in which they ended.
    pub started: Vec<RunRecord>,
    /// DAGs that it started of which there is no definition: their runs wait in the queue.
    pub missing: Vec<DagName>,
}

/// A run that was started and has not ended.
struct Awaited {
    dag: DagName,
    request: RunRequest,
    /// When the run began that started it.
    since: Timestamp,
    /// Its run, once it was seen.
    run: Option<RunId>,
    /// Whether this process runs it.
    is_here: bool,
    /// Whether it was reported that it cannot start.
    is_reported: bool,
}

struct Foreground<'a, S> {
    engine: &'a Engine,
    source: &'a S,
    work: Work,
    /// What was in progress before it began.
    before: BTreeSet<RunId>,
    awaited: Vec<Awaited>,
    started: Vec<RunRecord>,
    missing: BTreeSet<DagName>,
    looked_at: Option<Timestamp>,
    for_orphans_at: Option<Timestamp>,
}

impl Engine {
    /// Runs `dag` to its end like [`Engine::run`], and then what it started. `source` makes those DAGs, and
    /// is notified of the end of each run, the first included.
    ///
    /// # Errors
    /// Those of [`Engine::run`].
    pub async fn run_and_follow(
        &self,
        source: &impl DagSource,
        dag: &Dag,
        request: RunRequest,
        cancel: &CancellationToken,
    ) -> Result<Ran, StateError> {
        let queue = self.state.queue().await?;
        let before = queue.into_iter().filter_map(|entry| entry.run).collect();
        let finished = self.run_one(dag, request, cancel).await?;
        source.finished(&finished.record).await;
        let run = finished.record.clone();
        let mut foreground = Foreground {
            engine: self,
            source,
            work: Work::new(self.clone(), cancel.clone(), true),
            before,
            awaited: Vec::new(),
            started: Vec::new(),
            missing: BTreeSet::new(),
            looked_at: None,
            for_orphans_at: Some(self.clock.now()),
        };
        foreground.await_started_by(finished).await?;
        let followed = foreground.follow(cancel).await;
        foreground.work.claiming.give_up().await;
        if followed.is_err() {
            foreground.work.shut_down().await;
        }
        followed?;
        Ok(Ran {
            run,
            started: foreground.started,
            missing: foreground.missing.into_iter().collect(),
        })
    }
}

impl<S: DagSource> Foreground<'_, S> {
    /// Runs, or waits for, what is awaited, until nothing is.
    async fn follow(&mut self, cancel: &CancellationToken) -> Result<(), StateError> {
        let mut is_cancelled = false;
        loop {
            if !is_cancelled && cancel.is_cancelled() {
                is_cancelled = true;
                self.work.stop_all().await?;
            }
            let ended = self.work.finished();
            let has_ended = !ended.is_empty();
            for finished in ended {
                self.ended(finished).await?;
            }
            let now = self.engine.clock.now();
            if is_cancelled {
                if self.work.is_idle() {
                    return Ok(());
                }
            } else if has_ended || is_over(self.looked_at, DEFAULT_POLL, now) {
                self.look(now).await?;
            }
            self.work.start_ready()?;
            if self.work.has_finished() {
                continue;
            }
            if self.awaited.is_empty() && self.work.is_idle() {
                return Ok(());
            }
            let happened = tokio::select! {
                biased;
                () = cancel.cancelled(), if !is_cancelled => None,
                happened = self.work.next() => Some(happened),
                () = self.engine.clock.sleep(DEFAULT_POLL), if !is_cancelled => None,
            };
            if let Some(happened) = happened {
                self.work.handle(happened).await?;
            }
        }
    }

    /// Notes what a run started.
    async fn await_started_by(&mut self, finished: Finished) -> Result<(), StateError> {
        let (mut started, mut others) = (finished.started, Vec::new());
        let since = finished.record.started_at;
        let definitions = self.source.definitions();
        let of_run = definitions
            .iter()
            .find(|dag| dag.name.as_str() == finished.record.dag);
        let produced: BTreeSet<&str> = of_run.iter().flat_map(|dag| dag.produces()).collect();
        let reads = |dag: &&DagDefinition| {
            let on = dag.schedule.iter().flat_map(|schedule| &schedule.on);
            on.into_iter().any(|on| produced.contains(on.as_str()))
        };
        let readers: Vec<DagDefinition> = definitions
            .iter()
            .filter(reads)
            .map(due_on_data_alone)
            .collect();
        if !readers.is_empty() {
            let now = self.engine.clock.now();
            let state = &self.engine.state;
            let (plan, _) = state.plan(now, |known| due(known, now, &readers)).await?;
            // Of the others, one that another process has planned is due on data too; those that are not
            // due are found neither in the queue nor among the runs since.
            let planned: BTreeSet<&DagName> = plan.runs.iter().map(|(dag, _)| dag).collect();
            others.extend(
                readers
                    .into_iter()
                    .filter(|dag| !planned.contains(&dag.name))
                    .map(|dag| (dag.name, RunRequest::on_data())),
            );
            started.extend(plan.runs);
        }
        if !started.is_empty() {
            // The same that waited already, whatever for, is what runs.
            let queue = self.engine.state.queue().await?;
            for (dag, request) in &mut started {
                let mut waits = queue.iter().filter(|entry| entry.run.is_none());
                let waits = waits
                    .find(|entry| entry.dag == dag.as_str() && is_same(&entry.request, request));
                if let Some(entry) = waits {
                    request.trigger = entry.request.trigger;
                }
            }
        }
        for (dag, request) in started.into_iter().chain(others) {
            if definitions.iter().all(|known| known.name != dag) {
                self.missing.insert(dag);
                continue;
            }
            let is_awaited = self.awaited.iter().any(|awaited| {
                awaited.run.is_none() && awaited.dag == dag && is_same(&awaited.request, &request)
            });
            if !is_awaited {
                self.awaited.push(Awaited {
                    dag,
                    request,
                    since,
                    run: None,
                    is_here: false,
                    is_reported: false,
                });
            }
        }
        Ok(())
    }

    /// A run of this process has ended.
    async fn ended(&mut self, finished: Finished) -> Result<(), StateError> {
        let id = &finished.record.id;
        self.awaited
            .retain(|awaited| awaited.run.as_ref() != Some(id));
        self.source.finished(&finished.record).await;
        self.started.push(finished.record.clone());
        self.await_started_by(finished).await
    }

    /// Starts what waits, and finds out what other processes have taken or ended.
    async fn look(&mut self, now: Timestamp) -> Result<(), StateError> {
        self.looked_at = Some(now);
        if is_over(self.for_orphans_at, ORPHANS_AFTER, now) {
            self.engine.state.mark_interrupted().await?;
            self.for_orphans_at = Some(now);
        }
        let queue = self.engine.state.queue().await?;
        let mut elsewhere = Vec::new();
        for mut awaited in std::mem::take(&mut self.awaited) {
            if awaited.is_here {
                self.awaited.push(awaited);
                continue;
            }
            match self.entry(&queue, &awaited) {
                Some(entry) => {
                    awaited.run.clone_from(&entry.run);
                    if entry.outcome != Some(RunOutcome::Running) {
                        self.start(&mut awaited, entry, now).await?;
                    }
                    self.awaited.push(awaited);
                }
                None => match self.record_of(&awaited).await? {
                    Some(record) if record.outcome == RunOutcome::Running => {
                        awaited.run = Some(record.id);
                        self.awaited.push(awaited);
                    }
                    record => elsewhere.extend(record),
                },
            }
        }
        for record in elsewhere {
            // What its tasks triggered is that process's to run.
            let started = Vec::new();
            self.ended(Finished { record, started }).await?;
        }
        Ok(())
    }

    /// The entry of the queue that is awaited: the one of a run that was seen, one that waits, or one that
    /// began since the first run did. What somebody else starts for another reason is not.
    fn entry<'q>(&self, queue: &'q [Queued], awaited: &Awaited) -> Option<&'q Queued> {
        let same = || {
            queue.iter().filter(|entry| {
                entry.dag == awaited.dag.as_str()
                    && is_same(&entry.request, &awaited.request)
                    // An interval is there once, whoever asked for it.
                    && (entry.request.interval.is_some()
                        || entry.request.trigger == awaited.request.trigger)
            })
        };
        if awaited.run.is_some() {
            return same().find(|entry| entry.run == awaited.run);
        }
        // An interval is there once, also when its run began earlier.
        let is_one_of_a_kind = awaited.request.interval.is_some();
        same().find(|entry| entry.run.is_none()).or_else(|| {
            same().find(|entry| {
                is_one_of_a_kind
                    || entry
                        .run
                        .as_ref()
                        .is_some_and(|run| !self.before.contains(run))
            })
        })
    }

    /// The run that is no longer in the queue, as a rule because it has ended.
    async fn record_of(&self, awaited: &Awaited) -> Result<Option<RunRecord>, StateError> {
        let state = &self.engine.state;
        if let Some(run) = &awaited.run {
            return state.run(run.as_str()).await;
        }
        let runs = state
            .last_runs(Some(awaited.dag.as_str()), LOOKED_BACK)
            .await?;
        Ok(runs.into_iter().find(|run| {
            let is_new = !self.before.contains(&run.id)
                && self.started.iter().all(|known| known.id != run.id);
            is_new
                && run.started_at >= awaited.since
                && run.trigger == awaited.request.trigger
                && run.interval == awaited.request.interval
                && run.parameters == awaited.request.parameters
        }))
    }

    async fn start(
        &mut self,
        awaited: &mut Awaited,
        entry: &Queued,
        now: Timestamp,
    ) -> Result<(), StateError> {
        let definitions = self.source.definitions().iter();
        let Some(definition) = definitions
            .clone()
            .find(|definition| definition.name == awaited.dag)
        else {
            return Ok(());
        };
        let (engine, work) = (self.engine, &mut self.work);
        if work.may_start(entry, definition).await? != May::Run {
            return Ok(());
        }
        match start_one(engine, self.source, work, entry, definition, now).await {
            Ok(Some(run)) => {
                awaited.is_here = true;
                awaited.run = Some(run);
            }
            Ok(None) => self.source.not_started(definition),
            // Another process is faster, or its run has to end first.
            Err(
                error @ (StateError::AlreadyRunning { .. }
                | StateError::Taken { .. }
                | StateError::Locked { .. }),
            ) => {
                self.source.not_started(definition);
                if !awaited.is_reported {
                    awaited.is_reported = true;
                    tracing::warn!(dag = %definition.name, "a run that was started waits: {error}");
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Whether two requests are the same run for the queue: what triggered it does not count.
fn is_same(one: &RunRequest, other: &RunRequest) -> bool {
    one.interval == other.interval && one.parameters == other.parameters
}

/// What is due by time is not this run's to start.
fn due_on_data_alone(dag: &DagDefinition) -> DagDefinition {
    let mut dag = dag.clone();
    if let Some(schedule) = &mut dag.schedule {
        schedule.times = None;
    }
    dag
}
