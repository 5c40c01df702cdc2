//! Runs what is due and what is queued, until it is stopped.
//!
//! - A run that was queued is started once, by one process, and its entry goes when it ends: what a dead
//!   process leaves is taken up again at the next start, or within a minute by another process.
//! - A DAG that cannot be made is a run that fails, with the reason; the others go on.
//! - What other processes queue, pause or cancel is seen within 20 ms (`state/bell.rs`), and in any case
//!   within the poll interval; what tasks of this one start, at once.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::claiming::May;
use super::work::Work;
use crate::context::TaskContext;
use crate::dag::Dag;
use crate::dag_name::DagName;
use crate::definition::DagDefinition;
use crate::planner::{Known, due};
use crate::queued::Queued;
use crate::record::{RunId, RunOutcome, RunRecord, Trigger};
use crate::request::RunRequest;
use crate::retry::RetryPolicy;
use crate::state::{NewRun, StateError};
use crate::step::Step;
use crate::task::{Task, TaskReport};
use crate::task_error::TaskError;

pub(super) const DEFAULT_POLL: Duration = Duration::from_secs(1);

/// How often the runs of other processes are looked at.
pub(super) const ORPHANS_AFTER: Duration = Duration::from_secs(60);

/// Where a scheduler has its DAGs from.
#[async_trait]
pub trait DagSource: Send + Sync {
    /// All DAGs.
    fn definitions(&self) -> &[DagDefinition];

    /// Makes a DAG for a run.
    ///
    /// # Errors
    /// Why it cannot be made; that is recorded as a failed run.
    async fn dag(
        &self,
        definition: &DagDefinition,
        request: &RunRequest,
    ) -> Result<Dag, Box<dyn Error + Send + Sync>>;

    /// A run has ended, or was stopped to go on later (`interrupted`).
    async fn finished(&self, run: &RunRecord);

    /// A run for which a DAG was made did not start: somebody else has it, or it is not to go on.
    fn not_started(&self, _definition: &DagDefinition) {}

    /// Nothing runs, and the next scheduled time is this one; none where nothing is scheduled. Called
    /// when that changes.
    fn idle_until(&self, _next: Option<Timestamp>) {}
}

/// Runs what is due and what is queued.
pub struct Scheduler<S> {
    engine: Engine,
    source: S,
    poll: Duration,
    runs_at_once: NonZeroUsize,
}

impl<S: DagSource> Scheduler<S> {
    /// A scheduler that looks every second at what other processes changed.
    pub fn new(engine: Engine, source: S) -> Self {
        Self {
            engine,
            source,
            poll: DEFAULT_POLL,
            runs_at_once: NonZeroUsize::MAX,
        }
    }

    /// Sets how many runs of all DAGs may have something to do at a time. Those of which all that is left
    /// waits, for another attempt or for something to happen, are not counted.
    pub fn runs_at_once(mut self, runs: NonZeroUsize) -> Self {
        self.runs_at_once = runs;
        self
    }

    /// Sets how often it looks at what other processes changed.
    pub fn poll(mut self, every: Duration) -> Self {
        self.poll = every;
        self
    }

    /// Runs until `cancel`, and then until the runs in progress have stopped or their grace period is
    /// over. Those that were stopped are `interrupted`, and go on with the next call.
    ///
    /// # Errors
    /// When the state cannot be read or written. What was in progress is dropped, and taken up again by
    /// the next call.
    pub async fn run(&self, cancel: &CancellationToken) -> Result<(), StateError> {
        let mut work = Work::new(self.engine.clone(), cancel.clone(), true);
        let ran = self.follow(&mut work, cancel).await;
        work.claiming.give_up().await;
        if ran.is_err() {
            work.shut_down().await;
        }
        ran
    }

    async fn follow(&self, work: &mut Work, cancel: &CancellationToken) -> Result<(), StateError> {
        let clock = Arc::clone(&self.engine.clock);
        let (mut looked, mut next) = (Looked::default(), None);
        let mut bell = self.engine.state.listen();
        let mut is_cancelled = false;
        let mut said = None;
        loop {
            if !is_cancelled && cancel.is_cancelled() {
                is_cancelled = true;
                work.stop_all().await?;
            }
            let ended = work.finished();
            for run in &ended {
                self.source.finished(&run.record).await;
            }
            if is_cancelled && work.is_idle() {
                return Ok(());
            }
            let changed = work.queue_changed() || bell.has_rung() || !ended.is_empty();
            // Not left to the pause below: while tasks end all the time it never comes to its end.
            if !is_cancelled && (changed || self.is_time(&looked, next)) {
                next = self.look(work, &mut looked).await?;
            }
            work.start_ready()?;
            if work.has_finished() {
                continue;
            }
            if work.is_idle() && !is_cancelled && said != Some(next) {
                said = Some(next);
                self.source.idle_until(next);
            }
            let wait = match next {
                Some(next) => until(next, clock.now()).min(self.poll),
                None => self.poll,
            };
            let happened = tokio::select! {
                biased;
                () = cancel.cancelled(), if !is_cancelled => None,
                happened = work.next() => Some(happened),
                () = bell.rings(), if !is_cancelled => None,
                () = clock.sleep(wait), if !is_cancelled => None,
            };
            if let Some(happened) = happened {
                work.handle(happened).await?;
            }
        }
    }

    /// Whether to look again although nothing is known to have changed.
    fn is_time(&self, looked: &Looked, next: Option<Timestamp>) -> bool {
        let now = self.engine.clock.now();
        next.is_some_and(|next| next <= now) || is_over(looked.at, self.poll, now)
    }

    /// Plans, and starts what may start. Returns when to look again.
    async fn look(
        &self,
        work: &mut Work,
        looked: &mut Looked,
    ) -> Result<Option<Timestamp>, StateError> {
        let (state, clock) = (&self.engine.state, &self.engine.clock);
        let now = clock.now();
        looked.at = Some(now);
        if is_over(looked.for_orphans_at, ORPHANS_AFTER, now) {
            state.mark_interrupted().await?;
            looked.for_orphans_at = Some(now);
        }
        let definitions = self.source.definitions();
        let (plan, known) = state
            .plan(now, |known| due(known, now, definitions))
            .await?;
        for (dag, interval) in &plan.left_out {
            tracing::warn!(%dag, %interval, "left out: another run is in progress");
        }
        let to_cancel = state.to_cancel().await?;
        if !to_cancel.is_empty() {
            work.cancel_these(&to_cancel).await?;
        }
        self.start(work, &known, now, &mut looked.locked).await?;
        Ok(plan.next)
    }

    async fn start(
        &self,
        work: &mut Work,
        known: &Known,
        now: Timestamp,
        locked: &mut BTreeSet<DagName>,
    ) -> Result<(), StateError> {
        // By DAG, those of backfills apart.
        let mut running: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        for dag in self.source.definitions() {
            running.insert((dag.name.as_str(), false), known.places_outside(dag));
        }
        for open in &known.open {
            if open.outcome == Some(RunOutcome::Running) {
                *running.entry((&open.dag, is_backfill(open))).or_default() += 1;
            }
        }
        // What was asked for of the past waits for what is due.
        let (past, due): (Vec<&Queued>, Vec<&Queued>) = known
            .open
            .iter()
            .partition(|entry| entry.request.trigger == Trigger::Backfill);
        for entry in due.into_iter().chain(past) {
            if self.runs_at_once != NonZeroUsize::MAX && work.busy() >= self.runs_at_once.get() {
                break;
            }
            let mut definitions = self.source.definitions().iter();
            let definition = definitions.find(|dag| dag.name.as_str() == entry.dag);
            // An entry of a file that is broken or gone waits until it is back.
            let Some(definition) = definition else {
                continue;
            };
            let count = running.entry((&entry.dag, is_backfill(entry))).or_default();
            let most = match is_backfill(entry) {
                true => definition.max_active_backfills,
                false => definition.max_active_runs,
            };
            let most = most.get() as usize;
            if entry.outcome == Some(RunOutcome::Running) || *count >= most {
                continue;
            }
            match work.may_start(entry, definition).await? {
                May::Run => {}
                // What runs elsewhere takes a place as well: intervals keep their order.
                May::Wait => {
                    *count += 1;
                    continue;
                }
                May::Forget(_) => continue,
            }
            let started = start_one(&self.engine, &self.source, work, entry, definition, now).await;
            if !matches!(started, Ok(Some(_))) {
                self.source.not_started(definition);
            }
            match started {
                Ok(started) => {
                    *count += usize::from(started.is_some());
                    locked.remove(&definition.name);
                }
                // Another process was faster.
                Err(StateError::AlreadyRunning { .. } | StateError::Taken { .. }) => *count = most,
                // Once: it is looked at again every second.
                Err(error @ StateError::Locked { .. }) => {
                    if locked.insert(definition.name.clone()) {
                        tracing::warn!(dag = %definition.name, "a run that waits cannot start: {error}");
                    }
                    *count = most;
                }
                Err(error) => return Err(error),
            }
        }
        work.claiming.keep(&known.open);
        Ok(())
    }
}

/// Starts the run of an entry of the queue, or resumes it. `None` if it is not to run.
///
/// # Errors
/// Those of [`crate::State`]; [`StateError::AlreadyRunning`] and [`StateError::Taken`] where another process
/// has it.
pub(super) async fn start_one(
    engine: &Engine,
    source: &impl DagSource,
    work: &mut Work,
    entry: &Queued,
    definition: &DagDefinition,
    now: Timestamp,
) -> Result<Option<RunId>, StateError> {
    let state = &engine.state;
    let request = entry.request.clone();
    let dag = match source.dag(definition, &request).await {
        Ok(dag) => dag,
        Err(error) => unmakeable(&definition.name, error.to_string()),
    };
    let dag = Arc::new(dag);
    if entry.outcome == Some(RunOutcome::Interrupted) {
        let Some(resumed) = state.resume_run(entry, &dag).await? else {
            return Ok(None);
        };
        let run = resumed.open.id.clone();
        work.hold(entry.id, &run);
        work.resume(dag, resumed, request).await?;
        return Ok(Some(run));
    }
    if entry.run.is_some() {
        // It ended otherwise, by a person's word.
        state.give_up(entry.id).await?;
        return Ok(None);
    }
    let new = NewRun {
        dag: &dag,
        request: request.clone(),
        at: now,
        queued: Some(entry.id),
    };
    let open = state.start_run(new).await?;
    let run = open.id.clone();
    work.hold(entry.id, &run);
    work.begin(dag, open, request, now).await?;
    Ok(Some(run))
}

fn is_backfill(entry: &Queued) -> bool {
    entry.request.trigger == Trigger::Backfill
}

/// When was looked at what others changed, and what was seen.
#[derive(Default)]
struct Looked {
    at: Option<Timestamp>,
    for_orphans_at: Option<Timestamp>,
    /// The DAGs that were reported as locked.
    locked: BTreeSet<DagName>,
}

/// Whether it is so long since. After a clock that was set back it is.
pub(super) fn is_over(since: Option<Timestamp>, pause: Duration, now: Timestamp) -> bool {
    since.is_none_or(|since| {
        let passed = Duration::try_from(now.duration_since(since));
        passed.map_or(true, |passed| passed >= pause)
    })
}

fn until(next: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(next.duration_since(now)).unwrap_or_default()
}

/// Stands for a DAG that cannot be made: its one task says why.
fn unmakeable(name: &DagName, reason: String) -> Dag {
    Dag::of_one(
        name.clone(),
        Step::new(Unmakeable(reason)).retry(RetryPolicy::NEVER),
    )
}

struct Unmakeable(String);

#[async_trait]
impl Task for Unmakeable {
    fn name(&self) -> &str {
        "make the DAG"
    }

    async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
        Err(TaskError::permanent(self.0.clone()))
    }
}
