//! Ends a run where a build would find nothing new.

use std::sync::Arc;

use async_trait::async_trait;
use landing::Landing;
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;
use warehouse::Warehouse;

use super::{Parts, failed};
use crate::exit::Failure;

/// The kind has no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {}

pub fn make(name: &str, _with: With, parts: &Parts) -> Result<AnythingNew, String> {
    Ok(AnythingNew {
        name: name.to_owned(),
        landing: parts.landing.clone(),
        warehouse: parts.warehouse.clone(),
    })
}

/// Whether the landing has a window that the published build does not have, whoever landed it, or the
/// other way round. If not, the tasks after this one are skipped, and what it produces has not changed. A
/// window without a record counts: that a time had none is new.
pub struct AnythingNew {
    name: String,
    landing: Landing,
    warehouse: Arc<Warehouse>,
}

#[async_trait]
impl Task for AnythingNew {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
        let look = async {
            self.warehouse
                .unbuilt_windows(&self.landing.list().await?)
                .await
        };
        let windows = look
            .await
            .map_err(|error| failed(Failure::Wrong, &error.into()))?;
        Ok(match windows {
            0 => TaskReport::nothing_follows("nothing new is landed"),
            1 => TaskReport::new().note("1 window is not built yet"),
            _ => TaskReport::new().note(format!("{windows} windows are not built yet")),
        })
    }
}
