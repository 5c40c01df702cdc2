//! Which of several instances runs what. Each has a state and a queue of its own, and the same schedules:
//! before a run starts, its instance claims it where all of them see it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::dag_name::DagName;
use crate::record::{RunId, RunOutcome, Trigger};
use crate::request::RunRequest;

/// Where runs are claimed.
#[async_trait]
pub trait Claims: Send + Sync {
    /// Claims a run.
    ///
    /// # Errors
    /// When it is unknown whether it was claimed, as where the place cannot be reached.
    async fn claim(&self, wanted: &Wanted) -> Result<Claimed, ClaimError>;
}

/// A run that is claimed.
#[async_trait]
pub trait Claim: Send + Sync {
    /// Whether it is still ours: asked before each attempt of a task.
    ///
    /// # Errors
    /// [`ClaimError::Lost`] when it is not, for good; others when that is not known.
    async fn check(&self) -> Result<(), ClaimError>;

    /// Returns when it is no longer ours, or may not be.
    async fn lost(&self);

    /// Ends the claim of a run that has ended: no other instance runs the same again if it was scheduled.
    ///
    /// # Errors
    /// [`ClaimError::Lost`] when another instance runs it; others when that is not known: then the run
    /// must not count as ended.
    async fn end(&self, run: &RunId, outcome: RunOutcome) -> Result<(), ClaimError>;

    /// Ends the claim of a run that has not ended: another instance may run it. If that fails, the claim
    /// expires.
    async fn give_up(&self);
}

/// What is to be claimed.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The dag.
    pub dag: DagName,
    /// What is asked for.
    pub request: RunRequest,
    /// The run that goes on; none of one that begins.
    pub run: Option<RunId>,
}

impl Wanted {
    /// Whether a run is claimed at all: one that is for an interval, or that a schedule starts. What a
    /// person, data or another dag asks this instance for is its own.
    pub fn is_claimed(request: &RunRequest) -> bool {
        request.interval.is_some() || request.trigger == Trigger::Schedule
    }
}

/// The outcome of an attempt to claim.
pub enum Claimed {
    /// It is ours to run.
    Held(Arc<dyn Claim>),
    /// Another instance runs it, or has died while it did.
    Elsewhere {
        /// Who, for people.
        by: String,
        /// When to try again.
        again_in: Duration,
        /// When it is ours, unless the other one gives a sign of life until then.
        free_in: Duration,
    },
    /// Another instance ran it to its end.
    Ended {
        /// Who, how and when, for people.
        note: String,
    },
}

/// Why nothing is known of a claim, or that it is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Another instance has it.
    #[error("another instance has taken it over")]
    Lost,
    /// The place cannot be reached, or what is there cannot be read.
    #[error("{0}")]
    Unknown(Box<dyn std::error::Error + Send + Sync>),
}
