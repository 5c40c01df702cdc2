//! What the loop does with claims: of entries of the queue that are about to start, and of runs in
//! progress.

use std::sync::Arc;

use super::claiming::May;
use super::holding::{self, Event};
use super::work::Work;
use crate::claims::Wanted;
use crate::definition::DagDefinition;
use crate::queued::Queued;
use crate::record::{RunId, RunOutcome};
use crate::state::StateError;

impl Work {
    /// What to do with an entry of the queue that is about to start; notes it where it ran elsewhere.
    pub(super) async fn may_start(
        &mut self,
        entry: &Queued,
        definition: &DagDefinition,
    ) -> Result<May, StateError> {
        let claims = self.engine.claims.as_ref();
        let claims = claims.filter(|_| !definition.everywhere);
        let Some(claims) = claims.filter(|_| Wanted::is_claimed(&entry.request)) else {
            return Ok(May::Run);
        };
        let now = self.engine.clock.now();
        let may = self.claiming.may(claims, entry, &definition.name, now);
        if let May::Forget(note) = &may {
            let tasks: Vec<&str> = definition
                .tasks
                .iter()
                .map(|task| task.name.as_str())
                .collect();
            let state = &self.engine.state;
            state.ran_elsewhere(entry, &tasks, note, now).await?;
            self.claiming.take(entry.id);
            tracing::info!(dag = %definition.name, note, "an interval ran elsewhere");
        }
        Ok(may)
    }

    /// Notes that the run of an entry of the queue is about to begin.
    pub(super) fn hold(&mut self, entry: i64, run: &RunId) {
        if let Some(claim) = self.claiming.take(entry) {
            self.holding.hold(run.clone(), claim);
        }
    }

    /// Ends the claim of a run that is done, or gives it up. Returns whether its record is to wait for
    /// that.
    pub(super) fn end_claim(&mut self, run: u64, id: &RunId, ended: Option<RunOutcome>) -> bool {
        if self.holding.ending.contains(&run) {
            return true;
        }
        let Some(claim) = self.holding.claims.remove(id) else {
            return false;
        };
        let Some(outcome) = ended else {
            self.claiming.release(claim);
            return false;
        };
        self.holding.ending.insert(run);
        let (id, clock, cancel) = (
            id.clone(),
            Arc::clone(&self.engine.clock),
            self.cancel.clone(),
        );
        self.holding.events.spawn(async move {
            let counts = holding::end(claim.as_ref(), &id, outcome, clock.as_ref(), &cancel).await;
            Event::Ended { run, counts }
        });
        true
    }

    pub(super) async fn claim_event(&mut self, event: Event) -> Result<(), StateError> {
        match event {
            Event::Answered => {
                self.queue_changed = true;
                Ok(())
            }
            Event::Lost(run) => {
                let Some(active) = self.runs.get_mut(&run) else {
                    return Ok(());
                };
                // Its end is being settled; that finds out as well.
                if self.holding.ending.contains(&run) {
                    return Ok(());
                }
                active.is_lost = true;
                let (id, dag) = (active.open.id.clone(), active.dag.name().clone());
                self.holding.claims.remove(&id);
                tracing::warn!(run = %id, %dag, "the run is stopped: its claim is lost, and another instance may run it");
                self.cancel(run).await
            }
            Event::Ended { run, counts } => {
                self.holding.ending.remove(&run);
                if let Some(active) = self.runs.get_mut(&run) {
                    active.is_lost |= !counts;
                }
                self.finish_if_done(run).await
            }
        }
    }
}
