//! Looks whether a data file of the pipeline has other rows than the published build.

use std::sync::Arc;

use async_trait::async_trait;
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;
use warehouse::Warehouse;

use super::{Parts, failed};
use crate::exit::Failure;

/// Parameters of the kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {
    /// Its path below the pipeline.
    file: String,
}

pub fn make(name: &str, with: With, parts: &Parts) -> Result<DataFile, String> {
    let known = &parts.warehouse.pipeline().data;
    if !known.contains_key(&with.file) {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        return Err(format!(
            "there is no data file `{}`\nhint: there is `{}`",
            with.file,
            names.join("`, `")
        ));
    }
    Ok(DataFile {
        name: name.to_owned(),
        file: with.file,
        warehouse: parts.warehouse.clone(),
    })
}

/// If the published build has the rows of the file, as this process read it when it started, the tasks
/// after this one are skipped, and what it produces has not changed.
pub struct DataFile {
    name: String,
    file: String,
    warehouse: Arc<Warehouse>,
}

#[async_trait]
impl Task for DataFile {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
        let file = &self.file;
        let is_new = self.warehouse.is_unbuilt(file).await;
        Ok(
            match is_new.map_err(|error| failed(Failure::Wrong, &error.into()))? {
                true => TaskReport::new().note(format!("`{file}` is not built yet")),
                false => TaskReport::nothing_follows(format!("`{file}` has not changed")),
            },
        )
    }
}
