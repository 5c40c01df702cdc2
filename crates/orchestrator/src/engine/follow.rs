//! What follows the end of a step: what is skipped, what may run and with which items, and the end of the
//! run.

use std::cmp::Reverse;

use petgraph::graph::NodeIndex;
use tokio::task::JoinError;

use super::CANCELLED;
use super::attempt::log_end;
use super::inputs::Inputs;
use super::run::{Fan, Finished, Try};
use super::slots::Key;
use super::work::Work;
use crate::progress::{Decided, Ending};
use crate::record::StepOutcome;
use crate::state::{StateError, StepEnd};

impl Work {
    /// The result of a task that panicked or was aborted.
    pub(super) fn broken_off(&self, error: JoinError) -> StepEnd {
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

    pub(super) async fn record(&self, key: Key, end: &StepEnd) -> Result<(), StateError> {
        let Some(active) = self.runs.get(&key.run) else {
            return Ok(());
        };
        let place = active.place(key.node, key.position);
        let at = self.engine.clock.now();
        log_end(&place, end);
        self.engine
            .state
            .step_ended(place, end.clone(), &[], at)
            .await
    }

    /// What follows the recorded end of a step, or of an instance.
    pub(super) async fn ended(&mut self, key: Key, end: StepEnd) -> Result<(), StateError> {
        let Some(active) = self.runs.get_mut(&key.run) else {
            return Ok(());
        };
        active.pending = active.pending.saturating_sub(1);
        active.tries.remove(&(key.node, key.position));
        let mut end = end;
        if let Some(position) = key.position {
            let fan = active.fans.entry(key.node).or_default();
            if !fan.ended(position, &end) {
                return Ok(());
            }
            end = fan.summary();
            self.record_summary(key, &end).await?;
        }
        self.step_ended(key.run, key.node, &end).await?;
        self.finish_if_done(key.run).await
    }

    async fn record_summary(&mut self, key: Key, end: &StepEnd) -> Result<(), StateError> {
        let Some(active) = self.runs.get_mut(&key.run) else {
            return Ok(());
        };
        active.fans.remove(&key.node);
        let place = active.place(key.node, None);
        let produces = &active.dag.step(key.node).produces;
        let at = self.engine.clock.now();
        log_end(&place, end);
        self.engine
            .state
            .step_ended(place, end.clone(), produces, at)
            .await
    }

    async fn step_ended(
        &mut self,
        run: u64,
        node: NodeIndex,
        end: &StepEnd,
    ) -> Result<(), StateError> {
        let Some(active) = self.runs.get_mut(&run) else {
            return Ok(());
        };
        let Some(ending) = active.seen.ending(end) else {
            active.stopped.push(node);
            return Ok(());
        };
        let decided = active.progress.ended(&active.dag, node, ending);
        self.follow(run, decided).await
    }

    /// Records what is skipped, and prepares what may run; both may decide more.
    pub(super) async fn follow(&mut self, run: u64, decided: Decided) -> Result<(), StateError> {
        let mut left = vec![decided];
        while let Some(decided) = left.pop() {
            for (node, why) in decided.skipped {
                let Some(key) = self.key(run, node, None) else {
                    continue;
                };
                self.record(key, &StepEnd::skipped(why)).await?;
            }
            for node in decided.ready {
                left.extend(self.enter(run, node).await?);
            }
        }
        Ok(())
    }

    fn key(&self, run: u64, node: NodeIndex, position: Option<u32>) -> Option<Key> {
        let priority = self.runs.get(&run)?.dag.step(node).priority;
        Some(Key {
            priority: Reverse(priority),
            run,
            node,
            position,
        })
    }

    /// A step may run: looks at its condition and finds out its items. Returns what is decided if it
    /// does not run after all.
    async fn enter(&mut self, run: u64, node: NodeIndex) -> Result<Option<Decided>, StateError> {
        let (Some(key), Some(active)) = (self.key(run, node, None), self.runs.get(&run)) else {
            return Ok(None);
        };
        if active.is_stopping {
            let end = StepEnd::not_started(CANCELLED.to_owned());
            self.record(key, &end).await?;
            if let Some(active) = self.runs.get_mut(&run) {
                active.seen.cancelled = true;
                active.stopped.push(node);
            }
            return Ok(None);
        }
        let step = active.dag.step(node).clone();
        let inputs = Inputs {
            state: &self.engine.state,
            run: &active.open.id,
            parameters: &active.request.parameters,
        };
        let refused = match &step.when {
            Some(when) => inputs.refusal(when).await,
            None => Ok(None),
        };
        let items = match (&refused, &step.mapped) {
            (Ok(None), Some(mapping)) => inputs.items(mapping).await.map(Some),
            _ => Ok(None),
        };
        let end = match (refused, items) {
            (Err(reason), _) | (_, Err(reason)) => StepEnd::failed(vec![reason]),
            (Ok(Some(why)), _) => StepEnd::skipped(why),
            (_, Ok(Some(items))) if items.is_empty() => {
                StepEnd::skipped("its list is empty".to_owned())
            }
            (_, Ok(Some(items))) => return self.expand(key, items).await,
            (Ok(None), Ok(None)) => {
                if let Some(active) = self.runs.get_mut(&run) {
                    active.pending += 1;
                }
                self.push(key);
                return Ok(None);
            }
        };
        self.record(key, &end).await?;
        let Some(active) = self.runs.get_mut(&run) else {
            return Ok(None);
        };
        let ending = active.seen.ending(&end).unwrap_or(Ending::Failed);
        Ok(Some(active.progress.ended(&active.dag, node, ending)))
    }

    /// Makes the instances of a step. Those of a run that goes on which succeeded are not run again.
    async fn expand(
        &mut self,
        key: Key,
        items: Vec<String>,
    ) -> Result<Option<Decided>, StateError> {
        let Some(active) = self.runs.get_mut(&key.run) else {
            return Ok(None);
        };
        let (run, task) = (
            active.open.id.clone(),
            active.dag.task_name(key.node).to_owned(),
        );
        let state = self.engine.state.clone();
        let mut known = state.expanded(&run, &task).await?;
        if known.is_empty() {
            state.expand(&run, &task, &items).await?;
            known = state.expanded(&run, &task).await?;
        }
        let now = self.engine.clock.now();
        let place = active.place(key.node, None);
        state.attempt_started(place, 1, now).await?;
        let mut fan = Fan::new(known.iter().map(|one| one.item.clone()).collect());
        let mut keys = Vec::new();
        let mut is_done = false;
        for (position, one) in (0_u32..).zip(&known) {
            if one.has_ended && one.outcome != StepOutcome::Running {
                is_done = fan.ended(position, &StepEnd::recorded(one));
                continue;
            }
            if let Some(first_at) = one.started_at {
                let tries = &mut active.tries;
                tries.insert((key.node, Some(position)), Try::begun(first_at));
            }
            keys.push(Key {
                position: Some(position),
                ..key
            });
        }
        let summary = is_done.then(|| fan.summary());
        active.pending += keys.len();
        active.fans.insert(key.node, fan);
        for key in keys {
            self.push(key);
        }
        let Some(end) = summary else {
            return Ok(None);
        };
        self.record_summary(key, &end).await?;
        let Some(active) = self.runs.get_mut(&key.run) else {
            return Ok(None);
        };
        let ending = active.seen.ending(&end).unwrap_or(Ending::Failed);
        Ok(Some(active.progress.ended(&active.dag, key.node, ending)))
    }

    /// Closes the record of a run of which nothing runs and nothing waits.
    pub(super) async fn finish_if_done(&mut self, run: u64) -> Result<(), StateError> {
        let Some(active) = self.runs.get_mut(&run).filter(|active| active.pending == 0) else {
            return Ok(());
        };
        // Only a cancelled run has any.
        for node in active.progress.stop() {
            active.seen.cancelled = true;
            active.stopped.push(node);
            let place = active.place(node, None);
            let end = StepEnd::not_started(CANCELLED.to_owned());
            let at = self.engine.clock.now();
            log_end(&place, &end);
            self.engine.state.step_ended(place, end, &[], at).await?;
        }
        let goes_on =
            self.goes_on && !active.is_unwanted && (active.is_lost || !active.stopped.is_empty());
        let outcome = active.seen.outcome();
        let id = active.open.id.clone();
        // The others hear of the end first: who dies in between records it later, and runs nothing again.
        if self.end_claim(run, &id, (!goes_on).then_some(outcome)) {
            return Ok(());
        }
        let Some(active) = self.runs.remove(&run) else {
            return Ok(());
        };
        let ended_at = self.engine.clock.now();
        let started = active.started;
        let record = match goes_on {
            true => {
                let state = &self.engine.state;
                state.interrupt_run(active.open, active.is_lost).await?
            }
            false => {
                self.engine
                    .state
                    .finish_run(active.open, outcome, ended_at)
                    .await?
            }
        };
        let outcome = record.outcome;
        let duration_ms = ended_at.duration_since(active.started_at).as_millis();
        tracing::info!(run = %record.id, dag = %record.dag, %outcome, duration_ms, "run ended");
        self.finished.push(Finished { record, started });
        Ok(())
    }
}
