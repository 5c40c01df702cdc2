//! All runs that one engine has in progress: one loop decides, attempts run beside it. Retries and what
//! waits for something hold neither a worker nor a slot of a pool.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::attempt::{Attempt, AttemptEnd};
use super::claiming::Claiming;
use super::holding::{Event, Holding};
use super::run::{Active, Finished, Seen, Tries, Try};
use super::slots::{Key, OTHERS_POLL, Slot, Slots};
use super::{CANCELLED, Engine};
use crate::context::TaskContext;
use crate::dag::Dag;
use crate::progress::Progress;
use crate::record::{RunId, StepOutcome};
use crate::request::RunRequest;
use crate::state::{OpenRun, Resumed, StateError, StepEnd};

type Ended = Result<AttemptEnd, StateError>;
type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The runs in progress.
pub(super) struct Work {
    pub(super) engine: Engine,
    pub(super) cancel: CancellationToken,
    pub(super) goes_on: bool,
    pub(super) runs: BTreeMap<u64, Active>,
    next_run: u64,
    slots: Slots,
    /// What waits for a time, and for how long it was to wait.
    later: BTreeSet<(Timestamp, Key)>,
    delays: HashMap<Key, Duration>,
    tasks: JoinSet<Ended>,
    running: HashMap<Id, Running>,
    /// The mutex is never locked: it makes the future one that threads may share.
    timer: Option<(Timestamp, Mutex<Wait>)>,
    pub(super) finished: Vec<Finished>,
    /// Whether a task started another dag or changed a dataset, or an entry may run.
    pub(super) queue_changed: bool,
    pub(super) claiming: Claiming,
    pub(super) holding: Holding,
}

/// An attempt that runs.
struct Running {
    key: Key,
    handle: AbortHandle,
    slots: Vec<Slot>,
}

/// Something that the loop has to handle.
pub(super) enum Happened {
    Ended(Result<(Id, Ended), JoinError>),
    Time(Timestamp),
    /// Slots that other processes held may be free.
    Slots,
    Claim(Event),
}

impl Work {
    /// A token that is cancelled ends the attempts of all runs; the loop has to be notified by
    /// [`Work::stop_all`].
    /// What it ends is cancelled for good, or `goes_on` with the next process.
    pub(super) fn new(engine: Engine, cancel: CancellationToken, goes_on: bool) -> Self {
        Self {
            slots: Slots::new(
                engine.state.clone(),
                engine.parallel.get(),
                engine.pools.clone(),
                engine.on_wait.clone(),
            ),
            engine,
            cancel,
            goes_on,
            queue_changed: false,
            claiming: Claiming::default(),
            holding: Holding::default(),
            runs: BTreeMap::new(),
            next_run: 0,
            later: BTreeSet::new(),
            delays: HashMap::new(),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            timer: None,
            finished: Vec::new(),
        }
    }

    /// How many runs have something that runs or could. The others only wait for a time: for another
    /// attempt, or for what has not happened yet.
    pub(super) fn busy(&self) -> usize {
        let running = self.running.values().map(|one| one.key.run);
        let busy: HashSet<u64> = running.chain(self.slots.ready()).collect();
        busy.len()
    }

    /// Whether no run is in progress.
    pub(super) fn is_idle(&self) -> bool {
        self.runs.is_empty()
    }

    /// Whether something may have become due since the last call.
    pub(super) fn queue_changed(&mut self) -> bool {
        std::mem::take(&mut self.queue_changed)
    }

    /// Whether a run ended since [`Work::finished`].
    pub(super) fn has_finished(&self) -> bool {
        !self.finished.is_empty()
    }

    /// The runs that ended since the last call.
    pub(super) fn finished(&mut self) -> Vec<Finished> {
        std::mem::take(&mut self.finished)
    }

    /// Begins a run that was recorded.
    pub(super) async fn begin(
        &mut self,
        dag: Arc<Dag>,
        open: OpenRun,
        request: RunRequest,
        started_at: Timestamp,
    ) -> Result<(), StateError> {
        let progress = Progress::new(&dag);
        let tries = HashMap::new();
        self.go_on(
            dag,
            open,
            request,
            started_at,
            (progress, Seen::default(), tries),
        )
        .await
    }

    /// Goes on with a run that ended half way.
    pub(super) async fn resume(
        &mut self,
        dag: Arc<Dag>,
        resumed: Resumed,
        request: RunRequest,
    ) -> Result<(), StateError> {
        let (mut progress, mut seen) = (Progress::new(&dag), Seen::default());
        for done in resumed.done {
            let Some(node) = dag.node(&done.task) else {
                continue;
            };
            // Whether a failure was the reason is not recorded: the rules decide again.
            if done.outcome == StepOutcome::Skipped {
                continue;
            }
            let mut end = StepEnd::skipped(done.note.unwrap_or_default());
            end.outcome = done.outcome;
            end.report.nothing_follows = done.nothing_follows;
            if let Some(ending) = seen.ending(&end) {
                progress.has_ended(node, ending);
            }
        }
        let mut tries = HashMap::new();
        for (task, first_at) in resumed.begun {
            if let Some(node) = dag.node(&task) {
                tries.insert((node, None), Try::begun(first_at));
            }
        }
        let (open, started_at) = (resumed.open, resumed.started_at);
        self.go_on(dag, open, request, started_at, (progress, seen, tries))
            .await
    }

    async fn go_on(
        &mut self,
        dag: Arc<Dag>,
        open: OpenRun,
        request: RunRequest,
        started_at: Timestamp,
        (mut progress, seen, tries): (Progress, Seen, Tries),
    ) -> Result<(), StateError> {
        let (run, name) = (self.next_run, dag.name().clone());
        self.next_run += 1;
        tracing::info!(run = %open.id, dag = %name, trigger = %request.trigger, parameters = %request.parameters, "run started");
        let decided = progress.begin(&dag);
        let active = Active {
            dag,
            open,
            request,
            started_at,
            cancel: self.cancel.child_token(),
            is_stopping: false,
            is_unwanted: false,
            is_lost: false,
            stopped: Vec::new(),
            drop_at: None,
            progress,
            seen,
            pending: 0,
            tries,
            fans: HashMap::new(),
            upstream: HashMap::new(),
            started: Vec::new(),
        };
        self.holding.watch(run, &active.open.id);
        self.runs.insert(run, active);
        self.follow(run, decided).await?;
        self.finish_if_done(run).await
    }

    /// Starts attempts as long as there are workers and slots.
    pub(super) fn start_ready(&mut self) -> Result<(), StateError> {
        while !self.cancel.is_cancelled()
            && let Some((key, slots)) = self.slots.take()?
        {
            let Some(active) = self.runs.get_mut(&key.run) else {
                self.slots.give_back(slots);
                continue;
            };
            let upstream = active.upstream(key.node);
            let made = active.tries.entry((key.node, key.position)).or_default();
            let item = key.position.and_then(|position| {
                let fan = active.fans.get(&key.node)?;
                fan.items.get(usize::try_from(position).ok()?).cloned()
            });
            let (attempt, first_at, looks_again) = (
                made.failed.saturating_add(1),
                made.first_at,
                made.looks_again,
            );
            let step = active.dag.step(key.node).clone();
            let attempt = Attempt {
                timeout: step.timeout.or(self.engine.timeout),
                give_up_after: self.engine.give_up_after,
                step,
                state: self.engine.state.clone(),
                place: active.place(key.node, key.position),
                claim: self.holding.of(&active.open.id),
                context: TaskContext {
                    run: active.open.id.clone(),
                    dag: active.dag.name().clone(),
                    task: active.dag.task_name(key.node).to_owned(),
                    upstream,
                    outputs: Arc::new(self.engine.state.clone()),
                    request: active.request.clone(),
                    item,
                    attempt,
                    cancel: active.cancel.clone(),
                    clock: Arc::clone(&self.engine.clock),
                },
                first_at,
                looks_again,
            };
            let lock = Arc::clone(&active.open.lock);
            let span = attempt.span();
            let attempt = async move {
                let _dag_stays_locked = lock;
                attempt.run().await
            };
            let handle = self.tasks.spawn(attempt.instrument(span));
            let running = Running { key, handle, slots };
            self.running.insert(running.handle.id(), running);
        }
        Ok(())
    }

    /// Waits for something to handle; for ever if nothing runs and nothing waits. May be dropped.
    pub(super) async fn next(&mut self) -> Happened {
        let next = self.next_time();
        if self.timer.as_ref().map(|(at, _)| *at) != next.map(|(at, _)| at) {
            self.timer = next.map(|(at, wait)| {
                let clock = Arc::clone(&self.engine.clock);
                let wait: Wait = Box::pin(async move { clock.sleep(wait).await });
                (at, Mutex::new(wait))
            });
        }
        let timer = async {
            match &mut self.timer {
                Some((at, wait)) => {
                    wait.get_mut().unwrap_or_else(PoisonError::into_inner).await;
                    *at
                }
                None => std::future::pending().await,
            }
        };
        let others = self.slots.waits_for_others();
        let happened = tokio::select! {
            biased;
            Some(joined) = self.tasks.join_next_with_id() => Happened::Ended(joined),
            at = timer => Happened::Time(at),
            event = self.holding.next() => Happened::Claim(event),
            () = self.claiming.next(|| self.engine.clock.now(), self.engine.on_wait.as_ref()) => Happened::Claim(Event::Answered),
            // Not by the clock of the runs: other processes take their own time.
            () = tokio::time::sleep(OTHERS_POLL), if others => Happened::Slots,
        };
        if matches!(happened, Happened::Time(_)) {
            self.timer = None;
        }
        happened
    }

    /// The next time that something waits for, and how long that is. A clock that is set back makes
    /// nothing wait longer than it was to wait.
    fn next_time(&self) -> Option<(Timestamp, Duration)> {
        let now = self.engine.clock.now();
        let until = |at: Timestamp, most: Duration| {
            let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            (at, left.min(most))
        };
        let later = self.later.first().map(|(at, key)| {
            let most = self.delays.get(key).copied().unwrap_or(Duration::MAX);
            until(*at, most)
        });
        let drops = self.runs.values().filter_map(|active| active.drop_at);
        let drops = drops.map(|at| until(at, self.engine.grace));
        drops.chain(later).min_by_key(|(at, _)| *at)
    }

    pub(super) async fn handle(&mut self, happened: Happened) -> Result<(), StateError> {
        match happened {
            Happened::Ended(Ok((id, ended))) => {
                let Some(key) = self.give_back(id) else {
                    return Ok(());
                };
                match ended? {
                    AttemptEnd::Ended(end) => {
                        self.queue_changed |= !end.report.triggers.is_empty();
                        self.note_started(key, &end);
                        self.queue_changed |= self.changes_data(key);
                        self.ended(key, end).await
                    }
                    AttemptEnd::Again {
                        after,
                        errors,
                        first_at,
                    } => self.again(key, after, errors, first_at).await,
                }
            }
            Happened::Ended(Err(error)) => {
                let Some(key) = self.give_back(error.id()) else {
                    return Ok(());
                };
                let end = self.broken_off(error);
                self.record(key, &end).await?;
                self.ended(key, end).await
            }
            Happened::Time(at) => {
                self.time_has_come(at);
                Ok(())
            }
            Happened::Slots => Ok(()),
            Happened::Claim(event) => self.claim_event(event).await,
        }
    }

    fn time_has_come(&mut self, at: Timestamp) {
        while let Some((time, key)) = self.later.first().copied().filter(|(time, _)| *time <= at) {
            self.later.remove(&(time, key));
            self.delays.remove(&key);
            self.push(key);
        }
        for (run, active) in &mut self.runs {
            if active.drop_at.is_some_and(|drop_at| drop_at <= at) {
                active.drop_at = None;
                let of_run = self.running.values().filter(|one| one.key.run == *run);
                of_run.for_each(|one| one.handle.abort());
            }
        }
    }

    pub(super) fn push(&mut self, key: Key) {
        if let Some(active) = self.runs.get(&key.run) {
            self.slots.push(&active.dag.step(key.node).pools, key);
        }
    }

    fn note_started(&mut self, key: Key, end: &StepEnd) {
        if let Some(active) = self.runs.get_mut(&key.run) {
            active.started.extend(end.report.triggers.iter().cloned());
        }
    }

    fn changes_data(&self, key: Key) -> bool {
        let active = self.runs.get(&key.run);
        active.is_some_and(|active| !active.dag.step(key.node).produces.is_empty())
    }

    /// Gives back what an attempt held that has ended; returns whose it was.
    fn give_back(&mut self, id: Id) -> Option<Key> {
        let ended = self.running.remove(&id)?;
        self.slots.give_back(ended.slots);
        Some(ended.key)
    }

    /// Another attempt follows, unless the run is cancelled.
    async fn again(
        &mut self,
        key: Key,
        after: Duration,
        errors: Vec<String>,
        first_at: Timestamp,
    ) -> Result<(), StateError> {
        let now = self.engine.clock.now();
        let Some(active) = self.runs.get_mut(&key.run) else {
            return Ok(());
        };
        let made = active.tries.entry((key.node, key.position)).or_default();
        made.looks_again = errors.is_empty();
        made.first_at = Some(first_at);
        made.failed = made.failed.saturating_add(u32::from(!errors.is_empty()));
        made.errors = errors;
        if active.is_stopping {
            return self.stopped(key).await;
        }
        self.later
            .insert((now.checked_add(after).unwrap_or(Timestamp::MAX), key));
        self.delays.insert(key, after);
        Ok(())
    }

    /// Records the end of what was to start, or to start again, when its run was cancelled.
    async fn stopped(&mut self, key: Key) -> Result<(), StateError> {
        let made = self.runs.get_mut(&key.run);
        let made = made.and_then(|active| active.tries.remove(&(key.node, key.position)));
        let end = match made {
            Some(made) if made.failed > 0 || made.looks_again => {
                let reason = format!("{CANCELLED} before attempt {}", made.failed + 1);
                StepEnd::stopped(reason, made.errors)
            }
            _ => StepEnd::not_started(CANCELLED.to_owned()),
        };
        self.record(key, &end).await?;
        self.ended(key, end).await
    }

    /// Stops all runs.
    pub(super) async fn stop_all(&mut self) -> Result<(), StateError> {
        for run in self.runs.keys().copied().collect::<Vec<_>>() {
            self.cancel(run).await?;
        }
        Ok(())
    }

    /// Stops the runs of these ids.
    pub(super) async fn cancel_these(&mut self, ids: &[RunId]) -> Result<(), StateError> {
        let these = self
            .runs
            .iter()
            .filter(|(_, active)| ids.contains(&active.open.id));
        for run in these.map(|(run, _)| *run).collect::<Vec<_>>() {
            if let Some(active) = self.runs.get_mut(&run) {
                active.is_unwanted = true;
            }
            self.cancel(run).await?;
        }
        Ok(())
    }

    /// Stops a run: nothing further starts, and what runs is dropped after the grace period.
    pub(super) async fn cancel(&mut self, run: u64) -> Result<(), StateError> {
        let now = self.engine.clock.now();
        let Some(active) = self.runs.get_mut(&run) else {
            return Ok(());
        };
        if active.is_stopping {
            return Ok(());
        }
        active.is_stopping = true;
        active.cancel.cancel();
        active.drop_at = now.checked_add(self.engine.grace).ok();
        let mut waiting = self.slots.withdraw(run);
        waiting.extend(
            self.later
                .iter()
                .filter(|(_, key)| key.run == run)
                .map(|(_, key)| *key),
        );
        self.later.retain(|(_, key)| key.run != run);
        self.delays.retain(|key, _| key.run != run);
        for key in waiting {
            self.stopped(key).await?;
        }
        self.finish_if_done(run).await
    }

    /// Drops what runs.
    pub(super) async fn shut_down(&mut self) {
        self.tasks.shutdown().await;
    }
}
