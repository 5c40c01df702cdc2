//! Fails where a source refused what no later run can fix.

use async_trait::async_trait;
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;

use super::Parts;
use super::collected::Collected;
use crate::exit::Failure;

/// The kind has no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {}

pub fn make(name: &str, _with: With, _parts: &Parts) -> Result<Refusals, String> {
    Ok(Refusals {
        name: name.to_owned(),
    })
}

/// Fails when the source, or the store, refused what no later run can fix: a wrong key or query stays
/// wrong until somebody changes it. A step of its own, so that it keeps no build from publishing what was
/// received before, and the run is recorded as the failure that it is.
pub struct Refusals {
    name: String,
}

#[async_trait]
impl Task for Refusals {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let collected = context.outputs::<Collected>().await?;
        if collected.is_empty() {
            return Err(TaskError::permanent(
                "nothing was collected before\nhint: write this task `after` one of the kind `collect`",
            ));
        }
        let stops = collected.into_iter().filter_map(|(_, one)| one.stopped);
        match stops.into_iter().find(|stop| !stop.is_retryable) {
            Some(stop) => Err(TaskError::permanent(stop.text).class(Failure::Wrong.class())),
            None => Ok(TaskReport::new()),
        }
    }
}
