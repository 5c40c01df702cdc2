//! Reading what the tasks of a run left behind.

use async_trait::async_trait;
use sqlx::Row;

use super::State;
use super::error::{Doing, StateError};
use crate::output::{Output, OutputError, Outputs, TaskOutput, of_task, of_type};
use crate::record::RunId;

impl From<StateError> for OutputError {
    fn from(error: StateError) -> Self {
        Self::State {
            retryable: error.is_retryable(),
            source: error.into(),
        }
    }
}

impl State {
    /// What `task` left in a run; `None` when it left nothing, has not ended, or is not part of it.
    ///
    /// # Errors
    /// When it is of another type or has other fields, or the state cannot be read.
    pub async fn output<T: TaskOutput>(
        &self,
        run: &RunId,
        task: &str,
    ) -> Result<Option<T>, OutputError> {
        of_task(&self.of_run(run).await?, task)
    }

    /// What the tasks of a run left of a type, by task, in topological order.
    ///
    /// # Errors
    /// When one has other fields than its type, or the state cannot be read.
    pub async fn outputs<T: TaskOutput>(
        &self,
        run: &RunId,
    ) -> Result<Vec<(String, T)>, OutputError> {
        of_type(self.of_run(run).await?)
    }

    async fn stored_outputs(&self, run: &RunId) -> Result<Vec<(String, Output)>, StateError> {
        let doing = "read the outputs of tasks";
        let rows = sqlx::query(
            "select task, output_type, output from steps
             where run_id = ?1 and output_type is not null and output is not null
             order by position",
        )
        .bind(run.as_str())
        .fetch_all(&self.pool)
        .await
        .doing(doing)?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let output = Output {
                type_name: row.try_get("output_type").doing(doing)?,
                json: row.try_get("output").doing(doing)?,
            };
            Ok((row.try_get("task").doing(doing)?, output))
        };
        rows.iter().map(read).collect()
    }
}

#[async_trait]
impl Outputs for State {
    async fn of_run(&self, run: &RunId) -> Result<Vec<(String, Output)>, OutputError> {
        Ok(self.stored_outputs(run).await?)
    }

    async fn of_items(
        &self,
        run: &RunId,
        task: &str,
    ) -> Result<Vec<(String, Output)>, OutputError> {
        Ok(self.stored_item_outputs(run, task).await?)
    }
}
