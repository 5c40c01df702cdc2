//! Reading what the tasks of a run left behind.

use async_trait::async_trait;
use sqlx::Row;

use super::State;
use super::error::{Doing, StateError};
use crate::output::{Output, OutputError, Outputs, TaskOutput, of_task, of_type};
use crate::record::RunId;
use crate::request::EXTERNAL_RUN;

const DOING: &str = "read the outputs of tasks";

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
        of_task(&self.stored_outputs(std::slice::from_ref(run)).await?, task)
    }

    /// What `task` left in a run, as JSON, whatever its type is.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn output_as_json(
        &self,
        run: &RunId,
        task: &str,
    ) -> Result<Option<String>, OutputError> {
        let outputs = self.stored_outputs(std::slice::from_ref(run)).await?;
        let found = outputs.into_iter().find(|(of, _)| of == task);
        Ok(found.map(|(_, output)| output.json))
    }

    /// What the tasks of a run left of a type, by task, in topological order.
    ///
    /// # Errors
    /// When one has other fields than its type, or the state cannot be read.
    pub async fn outputs<T: TaskOutput>(
        &self,
        run: &RunId,
    ) -> Result<Vec<(String, T)>, OutputError> {
        of_type(self.stored_outputs(std::slice::from_ref(run)).await?)
    }

    /// What the tasks of these runs left, in the order of the runs and then topologically; of a task that
    /// ran in several, what it left in the last one, which may be nothing.
    async fn stored_outputs(&self, runs: &[RunId]) -> Result<Vec<(String, Output)>, StateError> {
        let mut outputs: Vec<(String, Output)> = Vec::new();
        for run in runs {
            let rows = sqlx::query(
                "select task, output_type, output from steps
                 where run_id = ?1 and outcome <> 'waiting'
                 order by position",
            )
            .bind(run.as_str())
            .fetch_all(&self.pool)
            .await
            .doing(DOING)?;
            for row in &rows {
                let task: String = row.try_get("task").doing(DOING)?;
                outputs.retain(|(other, _)| *other != task);
                let type_name: Option<String> = row.try_get("output_type").doing(DOING)?;
                let json: Option<String> = row.try_get("output").doing(DOING)?;
                if let Some((type_name, json)) = type_name.zip(json) {
                    outputs.push((task, Output { type_name, json }));
                }
            }
        }
        Ok(outputs)
    }

    /// A run, and before it those of the same external run, in the order in which they were recorded: the
    /// clock may have been set back.
    async fn with_its_external_run(&self, run: &RunId) -> Result<Vec<RunId>, StateError> {
        let path = format!("$.{EXTERNAL_RUN}");
        let own: Option<(String, Option<String>)> =
            sqlx::query_as("select dag, parameters ->> ?2 from runs where id = ?1")
                .bind(run.as_str())
                .bind(&path)
                .fetch_optional(&self.pool)
                .await
                .doing(DOING)?;
        let mut runs = Vec::new();
        if let Some((dag, Some(external))) = own {
            runs = sqlx::query_scalar(
                "select id from runs where dag = ?1 and parameters ->> ?2 = ?3 and id <> ?4
                 order by rowid",
            )
            .bind(dag)
            .bind(&path)
            .bind(external)
            .bind(run.as_str())
            .fetch_all(&self.pool)
            .await
            .doing(DOING)?;
        }
        let mut runs: Vec<RunId> = runs.into_iter().map(RunId::stored).collect();
        runs.push(run.clone());
        Ok(runs)
    }
}

#[async_trait]
impl Outputs for State {
    async fn of_run(&self, run: &RunId) -> Result<Vec<(String, Output)>, OutputError> {
        let runs = self.with_its_external_run(run).await?;
        Ok(self.stored_outputs(&runs).await?)
    }

    async fn of_items(
        &self,
        run: &RunId,
        task: &str,
    ) -> Result<Vec<(String, Output)>, OutputError> {
        let mut outputs: Vec<(String, Output)> = Vec::new();
        for run in self.with_its_external_run(run).await? {
            for (item, output) in self.stored_item_outputs(&run, task).await? {
                outputs.retain(|(other, _)| *other != item);
                outputs.extend(output.map(|output| (item, output)));
            }
        }
        Ok(outputs)
    }
}
