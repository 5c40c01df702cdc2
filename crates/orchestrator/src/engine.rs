//! Runs dags: dependencies first, independent tasks concurrently, everything recorded. An [`Engine`] runs
//! one and waits for it; a [`Scheduler`] runs what is due and what is queued until it is stopped.
//!
//! What happens when something goes wrong:
//!
//! - A task **fails** (or panics): what comes after it is skipped, unless its trigger rule says
//!   otherwise; everything else still runs.
//! - A task returns a **retryable** error: it is retried after a delay, by its step's policy.
//! - An attempt **takes too long**: it is dropped at its next `.await`, and counts as a retryable error of
//!   the class `timeout`.
//! - A task is **incomplete**: what it did is valid, so its dependents run.
//! - The run is **cancelled**: nothing further starts; running tasks may shut down gracefully
//!   within the grace period and are dropped at their next `.await` after it. Work on blocking
//!   threads runs to completion.
//! - The **state cannot be written**: the tasks are dropped and the error returned. A run that
//!   cannot be recorded does not continue; its record is marked `interrupted` later.
//! - The future of [`Engine::run`] is dropped: so are the tasks, and the record is marked in the
//!   same way.

mod attempt;
mod claimed;
mod claiming;
mod follow;
mod foreground;
mod holding;
mod inputs;
mod run;
mod scheduler;
mod slots;
mod work;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;
use tokio_util::sync::CancellationToken;

pub use foreground::Ran;
pub use scheduler::{DagSource, Scheduler};

use crate::claims::{Claim, Claimed, Claims, Wanted};
use crate::dag::Dag;
use crate::dag_name::DagName;
use crate::definition::Pools;
use crate::record::RunRecord;
use crate::request::RunRequest;
use crate::state::{NewRun, State, StateError};
use run::Finished;
use work::Work;

const DEFAULT_PARALLEL: NonZeroUsize = NonZeroUsize::new(2).unwrap();
const DEFAULT_GRACE: Duration = Duration::from_secs(10);
const CANCELLED: &str = "the run was cancelled";

/// What something waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits<'a> {
    /// A task for a slot of the pool of this name, all of which other processes hold.
    Pool(&'a str),
    /// A run for another instance on the store, which has the same run.
    Elsewhere {
        /// The dag.
        dag: &'a DagName,
        /// The other instance, for people.
        by: &'a str,
        /// When it is asked again.
        again_in: Duration,
    },
}

/// Called when something begins to wait.
type OnWait = Arc<dyn Fn(&Waits<'_>) + Send + Sync>;

/// Runs dags and records them in a [`State`].
#[derive(Clone)]
pub struct Engine {
    state: State,
    clock: Arc<dyn Clock>,
    parallel: NonZeroUsize,
    pools: Pools,
    grace: Duration,
    timeout: Option<Duration>,
    give_up_after: Option<Duration>,
    on_wait: Option<OnWait>,
    claims: Option<Arc<dyn Claims>>,
}

impl Engine {
    /// An engine that runs two tasks at a time with a grace period of 10 seconds.
    pub fn new(state: State, clock: Arc<dyn Clock>) -> Self {
        Self {
            state,
            clock,
            parallel: DEFAULT_PARALLEL,
            pools: Pools::default(),
            grace: DEFAULT_GRACE,
            timeout: None,
            give_up_after: None,
            on_wait: None,
            claims: None,
        }
    }

    /// Sets the maximum number of concurrent tasks, of all runs together.
    pub fn parallel(mut self, tasks: NonZeroUsize) -> Self {
        self.parallel = tasks;
        self
    }

    /// Sets the pools of which tasks take slots. All processes that use the same state file share them.
    pub fn pools(mut self, pools: Pools) -> Self {
        self.pools = pools;
        self
    }

    /// Claims runs among the instances of a store. Without it there is one instance.
    pub fn claims(mut self, claims: Arc<dyn Claims>) -> Self {
        self.claims = Some(claims);
        self
    }

    /// Sets the grace period after a cancellation.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets what is called when something begins to wait for another process, or another instance on the
    /// store.
    pub fn on_wait(mut self, on_wait: impl Fn(&Waits<'_>) + Send + Sync + 'static) -> Self {
        self.on_wait = Some(Arc::new(on_wait));
        self
    }

    /// Sets how long an attempt may take of a step that does not say; without it, such a step may take for
    /// ever.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how long a step that does not say may wait for what may never happen; without it, for ever.
    pub fn give_up_after(mut self, wait: Duration) -> Self {
        self.give_up_after = Some(wait);
        self
    }

    /// Runs `dag` to its end and returns its record for every outcome: a run whose tasks fail is a
    /// record with that outcome, not an error. What it starts is put into the queue.
    ///
    /// # Errors
    /// [`StateError::AlreadyRunning`] when as many runs of the dag as may be are in progress, in this
    /// process or another; [`StateError::Elsewhere`] and [`StateError::Unclaimed`] when it is for an
    /// interval that cannot be claimed; other [`StateError`]s when the run cannot be recorded.
    pub async fn run(
        &self,
        dag: &Dag,
        request: RunRequest,
        cancel: &CancellationToken,
    ) -> Result<RunRecord, StateError> {
        let finished = self.run_one(dag, request, cancel).await?;
        Ok(finished.record)
    }

    async fn run_one(
        &self,
        dag: &Dag,
        request: RunRequest,
        cancel: &CancellationToken,
    ) -> Result<Finished, StateError> {
        let started_at = self.clock.now();
        let new = NewRun {
            dag,
            request: request.clone(),
            at: started_at,
            queued: None,
        };
        let claim = self.claim(dag, &request, cancel).await?;
        let started = self.state.start_run(new).await;
        if let (Err(_), Some(claim)) = (&started, &claim) {
            claim.give_up().await;
        }
        let open = started?;
        let mut work = Work::new(self.clone(), cancel.clone(), false);
        if let Some(claim) = claim {
            work.holding.hold(open.id.clone(), claim);
        }
        let dag = Arc::new(dag.clone());
        let ran = async {
            work.begin(dag, open, request, started_at).await?;
            drive(&mut work, cancel).await
        };
        let ran = ran.await;
        work.claiming.give_up().await;
        if ran.is_err() {
            work.shut_down().await;
        }
        ran
    }

    /// Claims a run in the foreground. Waits for one that has it elsewhere as long as it takes to find out
    /// that it is gone, as one that was killed is.
    async fn claim(
        &self,
        dag: &Dag,
        request: &RunRequest,
        cancel: &CancellationToken,
    ) -> Result<Option<Arc<dyn Claim>>, StateError> {
        let claims = self.claims.as_ref();
        let Some(claims) = claims.filter(|_| !dag.is_everywhere() && Wanted::is_claimed(request))
        else {
            return Ok(None);
        };
        let wanted = Wanted {
            dag: dag.name().clone(),
            request: request.clone(),
            run: None,
        };
        let dag = dag.name().clone();
        let mut since = None;
        loop {
            let (by, again_in, free_in) = match claims.claim(&wanted).await {
                Ok(Claimed::Held(claim)) => return Ok(Some(claim)),
                Ok(Claimed::Ended { note }) => {
                    return Err(StateError::Elsewhere { dag, by: note });
                }
                Err(reason) => return Err(StateError::Unclaimed { dag, reason }),
                Ok(Claimed::Elsewhere {
                    by,
                    again_in,
                    free_in,
                }) => (by, again_in, free_in),
            };
            let now = self.clock.monotonic();
            let (began, limit) = *since.get_or_insert_with(|| {
                if let Some(on_wait) = &self.on_wait {
                    on_wait(&Waits::Elsewhere {
                        dag: &dag,
                        by: &by,
                        again_in,
                    });
                }
                (now, free_in + free_in / 10)
            });
            if now.saturating_sub(began) >= limit {
                return Err(StateError::Elsewhere { dag, by });
            }
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(StateError::Elsewhere { dag, by }),
                () = self.clock.sleep(again_in) => {}
            }
        }
    }
}

/// Runs what was begun until the first run has ended.
async fn drive(work: &mut Work, cancel: &CancellationToken) -> Result<Finished, StateError> {
    let mut is_cancelled = false;
    loop {
        if !is_cancelled && cancel.is_cancelled() {
            is_cancelled = true;
            work.stop_all().await?;
        }
        work.start_ready()?;
        if let Some(finished) = work.finished().pop() {
            return Ok(finished);
        }
        let happened = tokio::select! {
            biased;
            () = cancel.cancelled(), if !is_cancelled => continue,
            happened = work.next() => happened,
        };
        work.handle(happened).await?;
    }
}
