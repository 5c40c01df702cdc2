//! The claims of runs in progress. One that is lost stops its run before its next effect: no further
//! attempt starts, and what runs is cancelled. What was interrupted so stays in the queue, until the other
//! instance has ended it, or is gone.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::claims::{Claim, ClaimError};
use crate::record::{RunId, RunOutcome};

/// How long after an attempt that failed the next one is made.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// The claims of the runs in progress.
#[derive(Default)]
pub(super) struct Holding {
    pub(super) claims: HashMap<RunId, Arc<dyn Claim>>,
    pub(super) events: JoinSet<Event>,
    /// The runs whose claim is being ended.
    pub(super) ending: HashSet<u64>,
}

/// Something that became of a claim.
pub(super) enum Event {
    /// It is known of an entry of the queue whether it may run.
    Answered,
    Lost(u64),
    /// It was ended, or that is not known because the process is to stop, or it was lost before.
    Ended {
        run: u64,
        counts: bool,
    },
}

impl Holding {
    /// Notes the claim of a run that is about to begin.
    pub(super) fn hold(&mut self, run: RunId, claim: Arc<dyn Claim>) {
        self.claims.insert(run, claim);
    }

    /// The claim of a run, if it has one.
    pub(super) fn of(&self, run: &RunId) -> Option<Arc<dyn Claim>> {
        self.claims.get(run).map(Arc::clone)
    }

    /// Watches the claim of a run that begins.
    pub(super) fn watch(&mut self, run: u64, id: &RunId) {
        if let Some(claim) = self.of(id) {
            self.events.spawn(async move {
                claim.lost().await;
                Event::Lost(run)
            });
        }
    }

    /// The next thing that becomes of a claim; waits for ever where there is none. May be dropped.
    pub(super) async fn next(&mut self) -> Event {
        loop {
            match self.events.join_next().await {
                Some(Ok(event)) => return event,
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }
}

/// Ends a claim; tries again while the place cannot be reached. Returns whether the end counts.
pub(super) async fn end(
    claim: &dyn Claim,
    run: &RunId,
    outcome: RunOutcome,
    clock: &dyn Clock,
    cancel: &CancellationToken,
) -> bool {
    let mut is_reported = false;
    loop {
        match claim.end(run, outcome).await {
            Ok(()) => return true,
            Err(ClaimError::Lost) => return false,
            Err(error) if !is_reported => {
                is_reported = true;
                tracing::warn!(%run, %error, "the end of a run waits: it cannot be reported to the other instances");
            }
            Err(_) => {}
        }
        tokio::select! {
            () = clock.sleep(AFTER_FAILURE) => {}
            () = cancel.cancelled() => return false,
        }
    }
}

/// Waits until it is known that a claim is ours. `false` when it is not, or the run is to stop.
pub(super) async fn is_ours(
    claim: &dyn Claim,
    clock: &dyn Clock,
    cancel: &CancellationToken,
) -> bool {
    loop {
        match claim.check().await {
            Ok(()) => return true,
            Err(ClaimError::Lost) => return false,
            Err(_) => {}
        }
        tokio::select! {
            () = clock.sleep(AFTER_FAILURE) => {}
            () = cancel.cancelled() => return false,
        }
    }
}
