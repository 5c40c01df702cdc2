//! The kind of task that starts another DAG: `kind = "trigger"`, `with = { dag = "…", parameters = {…} }`.

use async_trait::async_trait;
use serde::Deserialize;

use crate::context::TaskContext;
use crate::dag_name::DagName;
use crate::parameter::Parameters;
use crate::request::RunRequest;
use crate::state::PARAMETER_BYTES;
use crate::task::{Task, TaskReport};
use crate::task_error::TaskError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct With {
    dag: String,
    #[serde(default)]
    parameters: Parameters,
}

/// Puts a run of another DAG into the queue, in the transaction that ends its own step. It does not wait
/// for that run.
pub(crate) struct TriggerDag {
    name: String,
    dag: DagName,
    parameters: Parameters,
}

impl TriggerDag {
    pub(crate) fn make(name: &str, with: With) -> Result<Self, String> {
        let bytes = with.parameters.to_string().len();
        if bytes > PARAMETER_BYTES {
            return Err(format!(
                "`parameters` has {bytes} bytes as JSON, more than {PARAMETER_BYTES}"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            dag: DagName::new(with.dag).map_err(|error| error.to_string())?,
            parameters: with.parameters,
        })
    }
}

#[async_trait]
impl Task for TriggerDag {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let mut request = RunRequest::triggered(self.parameters.clone());
        if let Some(interval) = context.interval() {
            request = request.for_interval(interval);
        }
        Ok(TaskReport::new()
            .trigger(self.dag.clone(), request)
            .note(format!("started `{}`", self.dag)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_no_run_can_have_are_refused() {
        for (length, fits) in [(4_000, true), (5_000, false)] {
            let text = "x".repeat(length);
            let with = format!("dag = 'other'\nparameters = {{ text = '{text}' }}");
            let made = TriggerDag::make("go", toml::from_str(&with).unwrap());
            assert_eq!(made.is_ok(), fits, "{length}");
        }
    }
}
