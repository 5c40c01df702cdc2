//! Fails where a source refused what no later run can fix.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;

use super::{Outcomes, Parts};

/// The kind has no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {}

pub fn make(name: &str, _with: With, parts: &Parts) -> Result<Refusals, String> {
    Ok(Refusals {
        name: name.to_owned(),
        outcomes: parts.outcomes.clone(),
    })
}

/// Fails when the source, or the store, refused what no later run can fix: a wrong key or query stays
/// wrong until somebody changes it. A step of its own, after the build, so that what was received
/// before is built and published all the same, and the run is recorded as the failure that it is.
pub struct Refusals {
    name: String,
    outcomes: Arc<Outcomes>,
}

#[async_trait]
impl Task for Refusals {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
        let collected = self.outcomes.collected.lock();
        let collected = collected.unwrap_or_else(PoisonError::into_inner);
        match collected.as_ref() {
            Some(Ok(report)) => match &report.stopped {
                Some(stop) if !stop.is_retryable() => Err(TaskError::permanent(stop.to_string())),
                _ => Ok(TaskReport::new()),
            },
            Some(Err(_)) => Ok(TaskReport::new()),
            None => Err(TaskError::permanent(
                "nothing was collected before\nhint: write this task `after` one of the kind `collect`",
            )),
        }
    }
}
