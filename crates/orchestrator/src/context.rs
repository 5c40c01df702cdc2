//! What a task knows of the run that it is part of.

use std::sync::Arc;

use kernel::{Clock, Interval};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::dag_name::DagName;
use crate::output::{OutputError, Outputs, TaskOutput, of_task, of_type};
use crate::parameter::Parameters;
use crate::record::{RunId, Trigger};
use crate::request::RunRequest;
use crate::task_error::TaskError;

/// The context of a task: its run.
#[derive(Clone)]
pub struct TaskContext {
    pub(crate) run: RunId,
    pub(crate) dag: DagName,
    pub(crate) task: String,
    /// The names of all tasks that come before it.
    pub(crate) upstream: Arc<[String]>,
    pub(crate) outputs: Arc<dyn Outputs>,
    pub(crate) request: RunRequest,
    /// JSON; of an instance of a mapped task.
    pub(crate) item: Option<String>,
    pub(crate) attempt: u32,
    pub(crate) cancel: CancellationToken,
    pub(crate) clock: Arc<dyn Clock>,
}

impl TaskContext {
    /// The run's id.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The dag's name.
    pub fn dag(&self) -> &DagName {
        &self.dag
    }

    /// What triggered the run.
    pub fn trigger(&self) -> Trigger {
        self.request.trigger
    }

    /// The time the run is for; `None` for what is due.
    pub fn interval(&self) -> Option<Interval> {
        self.request.interval
    }

    /// Whether the interval goes on after its end, which is then the time of the request: see
    /// [`RunRequest::open_ended`].
    pub fn is_open_ended(&self) -> bool {
        self.request.is_open_ended()
    }

    /// The run's parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.request.parameters
    }

    /// The item that this instance of a mapped task is for.
    ///
    /// # Errors
    /// A permanent error when the task is not mapped, or the item is of another type.
    pub fn item<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        let Some(item) = &self.item else {
            let task = &self.task;
            let problem = format!("the task `{task}` is for an item of a list\nhint: set `mapped`");
            return Err(TaskError::permanent(problem));
        };
        serde_json::from_str(item)
            .map_err(|error| TaskError::permanent(format!("the item {item} does not fit: {error}")))
    }

    /// 1 for the first attempt of this task in this run.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Cancelled when the run is to stop. Select on it during long waits, check it between steps.
    pub fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// The time, and waiting.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What a task that comes before this one, directly or not, left in this run: the output of its
    /// last attempt.
    ///
    /// # Errors
    /// [`OutputError::NotUpstream`] when it does not come before; others when it left nothing, another
    /// type, or the state cannot be read. Within a task, `?` makes a
    /// [`TaskError`](crate::TaskError) of it.
    pub async fn output<T: TaskOutput>(&self, task: &str) -> Result<T, OutputError> {
        if !self.comes_before(task) {
            return Err(OutputError::NotUpstream {
                task: self.task.clone(),
                of: task.to_owned(),
            });
        }
        let outputs = self.outputs.of_run(&self.run).await?;
        of_task(&outputs, task)?.ok_or_else(|| OutputError::Missing {
            task: task.to_owned(),
            expected: T::TYPE,
        })
    }

    /// What all tasks that come before this one left of a type, by task, in topological order.
    ///
    /// # Errors
    /// When one has other fields than its type, or the state cannot be read.
    pub async fn outputs<T: TaskOutput>(&self) -> Result<Vec<(String, T)>, OutputError> {
        let mut outputs = self.outputs.of_run(&self.run).await?;
        outputs.retain(|(task, _)| self.comes_before(task));
        of_type(outputs)
    }

    /// What the instances of a mapped task that comes before this one left of a type, by item (as JSON).
    ///
    /// # Errors
    /// [`OutputError::NotUpstream`] when it does not come before; others when one has other fields than
    /// its type, or the state cannot be read.
    pub async fn item_outputs<T: TaskOutput>(
        &self,
        task: &str,
    ) -> Result<Vec<(String, T)>, OutputError> {
        if !self.comes_before(task) {
            return Err(OutputError::NotUpstream {
                task: self.task.clone(),
                of: task.to_owned(),
            });
        }
        of_type(self.outputs.of_items(&self.run, task).await?)
    }

    fn comes_before(&self, task: &str) -> bool {
        self.upstream.iter().any(|own| own == task)
    }
}
