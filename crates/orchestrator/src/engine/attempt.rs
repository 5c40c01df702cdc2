//! One attempt of a task: recorded when it starts and when it ends, in between the task alone.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::CANCELLED;
use super::holding::is_ours;
use crate::claims::Claim;
use crate::context::TaskContext;
use crate::state::{Place, State, StateError, StepEnd};
use crate::step::Step;
use crate::task_error::TaskError;

/// An attempt about to start.
pub(super) struct Attempt {
    pub(super) step: Step,
    pub(super) state: State,
    pub(super) place: Place,
    pub(super) context: TaskContext,
    /// When the first attempt started; none of the first.
    pub(super) first_at: Option<Timestamp>,
    /// Whether it was started before and what it waits for had not happened.
    pub(super) looks_again: bool,
    /// How long it may take.
    pub(super) timeout: Option<Duration>,
    /// How long it may wait for what may never happen, where its step does not say.
    pub(super) give_up_after: Option<Duration>,
    /// The claim of its run, if it has one.
    pub(super) claim: Option<Arc<dyn Claim>>,
}

/// What became of an attempt.
pub(super) enum AttemptEnd {
    /// It was the last one, and is recorded.
    Ended(StepEnd),
    /// Another one follows.
    Again {
        after: Duration,
        /// The errors of the one that failed; empty where the task only waits.
        errors: Vec<String>,
        first_at: Timestamp,
    },
}

impl Attempt {
    /// The span of what is logged during it: see [`TASK_SPAN`](crate::TASK_SPAN).
    pub(super) fn span(&self) -> tracing::Span {
        let context = &self.context;
        let item = context.item.as_deref().map(tracing::field::display);
        tracing::error_span!(
            crate::TASK_SPAN,
            run = %context.run,
            task = context.task,
            item,
            attempt = context.attempt,
        )
    }

    pub(super) async fn run(self) -> Result<AttemptEnd, StateError> {
        let clock = Arc::clone(&self.context.clock);
        if let Some(claim) = &self.claim
            && !is_ours(claim.as_ref(), clock.as_ref(), &self.context.cancel).await
        {
            let end = StepEnd::stopped(CANCELLED.to_owned(), Vec::new());
            return self.ended(end).await;
        }
        let started_at = clock.now();
        let first_at = self.first_at.unwrap_or(started_at);
        if !self.looks_again {
            let place = self.place.clone();
            let attempt = self.context.attempt;
            self.state
                .attempt_started(place, attempt, started_at)
                .await?;
        }
        let error = match self.within_its_time().await {
            Ok(report) => return self.ended(StepEnd::reported(report)).await,
            Err(error) => error,
        };
        if self.context.cancel.is_cancelled() && error.is_cancelled() {
            let end = StepEnd::stopped(CANCELLED.to_owned(), Vec::new());
            return self.ended(end).await;
        }
        if let Some(after) = error.again_in() {
            // By a clock that was set back it has not waited yet.
            let waited = Duration::try_from(clock.now().duration_since(first_at));
            let waited = waited.unwrap_or_default();
            let by_default = self.give_up_after.filter(|_| error.may_wait_in_vain());
            let most = self.step.give_up_after.or(by_default);
            let left = most.map(|most| most.saturating_sub(waited));
            return match left {
                Some(Duration::ZERO) => {
                    let reason = format!("{error}; gave up after {} s", waited.as_secs());
                    let error = TaskError::permanent(reason).class(crate::task_error::TIMEOUT);
                    self.ended(StepEnd::error(error)).await
                }
                _ => Ok(AttemptEnd::Again {
                    after: left.map_or(after, |left| left.min(after)),
                    errors: Vec::new(),
                    first_at,
                }),
            };
        }
        let Some(after) = self.step.retries.delay(self.context.attempt, &error) else {
            return self.ended(StepEnd::error(error)).await;
        };
        let errors = error.chain();
        tracing::warn!(
            run = %self.context.run,
            task = self.place.task,
            attempt = self.context.attempt,
            delay_ms = after.as_millis(),
            error = errors.join(": "),
            "attempt failed; retrying after the delay"
        );
        Ok(AttemptEnd::Again {
            after,
            errors,
            first_at,
        })
    }

    async fn within_its_time(&self) -> Result<crate::task::TaskReport, TaskError> {
        let Some(timeout) = self.timeout else {
            return self.step.task.run(&self.context).await;
        };
        tokio::select! {
            biased;
            ran = self.step.task.run(&self.context) => ran,
            () = self.context.clock.sleep(timeout) => Err(TaskError::timed_out(timeout)),
        }
    }

    async fn ended(&self, end: StepEnd) -> Result<AttemptEnd, StateError> {
        let at = self.context.clock.now();
        // Of a mapped task the datasets change once, with its summary.
        let produces: &[String] = match self.place.position {
            None => &self.step.produces,
            Some(_) => &[],
        };
        let place = self.place.clone();
        self.state
            .step_ended(place, end.clone(), produces, at)
            .await?;
        log_end(&self.place, &end);
        Ok(AttemptEnd::Ended(end))
    }
}

/// Reports an end once, where it is recorded.
pub(super) fn log_end(place: &Place, end: &StepEnd) {
    let (run, task, position, outcome) = (&place.run, &place.task, place.position, end.outcome);
    if end.is_failure() {
        let error = end.errors.join(": ");
        tracing::error!(%run, task, position, error, "task failed");
    } else {
        let (rows, bytes, note) = (end.report.rows, end.report.bytes, &end.report.note);
        // Outside the span of the task: its record says the same, and a log of its own needs more than that.
        tracing::info!(parent: None, %run, task, position, %outcome, rows, bytes, note, "task ended");
    }
}
