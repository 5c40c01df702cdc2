//! One task of a dag by itself, for schedulers that start each task as a process of its own: cron, Airflow.
//!
//! - It is recorded as a run of the dag with that one step. Its order and its trigger rule are left to whoever
//!   starts it; its condition, its list, its retries and its limits hold.
//! - The same task, or instance of a mapped one, runs once at a time: it has a place of its own among the
//!   locks of the dag, and the second start gets
//!   [`StateError::AlreadyRunning`](crate::StateError::AlreadyRunning).
//! - It does not run beside a whole run of its dag, unless that allows several at a time.
//! - Tasks that are given the same external run ([`RunRequest::of_external_run`](crate::RunRequest)) read the
//!   outputs of one another as those of one run do.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use crate::context::TaskContext;
use crate::dag::Dag;
use crate::definition::{Mapping, TriggerRule};
use crate::request::RunRequest;
use crate::retry::RetryPolicy;
use crate::task::{Task, TaskReport};
use crate::task_error::TaskError;

/// The first place of single tasks; those below are of whole runs.
pub(crate) const FIRST_PLACE: u32 = 1 << 30;

/// How many places they have. Two that are given the same one by chance take turns.
const PLACES: u64 = 1_024;

/// How one task is run.
#[derive(Debug, Clone, Default)]
pub struct OneTaskOptions {
    /// The item of a mapped task; without one, all items of its list.
    pub item: Option<Value>,
    /// How often it is tried, instead of what its file says.
    pub attempts: Option<NonZeroU32>,
    /// Whether a task that waits for something looks once. If that has not happened, it ends as one that
    /// found nothing new, and [`OneTask::only_waits`] says so.
    pub looks_once: bool,
}

/// One task of a dag, ready to be run by an [`Engine`](crate::Engine).
pub struct OneTask {
    dag: Dag,
    last: Arc<LastErrors>,
}

/// The last error of each instance that has not succeeded since, by item.
#[derive(Default)]
struct LastErrors(Mutex<HashMap<Option<String>, Kind>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Retryable,
    Permanent,
    NotYet,
}

impl OneTask {
    /// The task of a name; `None` where the dag has none.
    pub fn of(
        dag: &Dag,
        task: &str,
        options: OneTaskOptions,
        request: &RunRequest,
    ) -> Option<Self> {
        let place = place(dag, task, options.item.as_ref(), request);
        let last = Arc::new(LastErrors::default());
        let dag = dag.only(task, place)?.map_steps(|step| {
            step.trigger_rule = TriggerRule::AllSucceeded;
            if let Some(item) = &options.item {
                step.mapped = Some(Mapping::Items(vec![item.clone()]));
            }
            let by_class = step.retries.by_class.keys().cloned().collect();
            if let Some(attempts) = options.attempts {
                let set = |policy: &mut RetryPolicy| policy.attempts = attempts.get();
                set(&mut step.retries.otherwise);
                step.retries.by_class.values_mut().for_each(set);
            }
            step.task = Arc::new(Watched {
                task: Arc::clone(&step.task),
                retried: by_class,
                looks_once: options.looks_once,
                last: Arc::clone(&last),
            });
        });
        Some(Self { dag, last })
    }

    /// What an engine runs.
    pub fn dag(&self) -> &Dag {
        &self.dag
    }

    /// Of one that failed: whether another attempt makes sense. So it is unless the task said that its
    /// cause has to be fixed first.
    pub fn may_succeed_later(&self) -> bool {
        let last = self.last.map();
        last.is_empty() || last.values().any(|kind| *kind != Kind::Permanent)
    }

    /// Whether what it waits for has not happened yet, and nothing was wrong.
    pub fn only_waits(&self) -> bool {
        let last = self.last.map();
        !last.is_empty() && last.values().all(|kind| *kind == Kind::NotYet)
    }
}

/// Of two processes, which may be of two builds of this program, the same task has the same place: the
/// hasher has no seed, and another release may at worst choose another place.
fn place(dag: &Dag, task: &str, item: Option<&Value>, request: &RunRequest) -> u32 {
    let mut hasher = DefaultHasher::new();
    task.hash(&mut hasher);
    item.map(Value::to_string).hash(&mut hasher);
    // Where runs of the dag overlap, so do their tasks.
    if dag.active_runs_allowed() > 1 {
        let interval = request.interval.map(|one| (one.from, one.to));
        interval.hash(&mut hasher);
        request.parameters.to_string().hash(&mut hasher);
    }
    let place = u32::try_from(hasher.finish() % PLACES).unwrap_or_default();
    FIRST_PLACE + place
}

impl LastErrors {
    fn map(&self) -> MutexGuard<'_, HashMap<Option<String>, Kind>> {
        // A panic cannot leave the map in an inconsistent state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes with what kind of error a task ends.
struct Watched {
    task: Arc<dyn Task>,
    /// The classes of errors with a policy of their own: they are retried in any case.
    retried: Vec<String>,
    looks_once: bool,
    last: Arc<LastErrors>,
}

#[async_trait]
impl Task for Watched {
    fn name(&self) -> &str {
        self.task.name()
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let ran = self.task.run(context).await;
        let item = context.item.clone();
        let mut last = self.last.map();
        match &ran {
            Ok(_) => last.remove(&item),
            Err(error) => {
                let class = error.class_name();
                let is_retried =
                    class.is_some_and(|class| self.retried.iter().any(|one| one == class));
                let kind = if error.again_in().is_some() {
                    Kind::NotYet
                } else if error.is_retryable() || is_retried {
                    Kind::Retryable
                } else {
                    Kind::Permanent
                };
                last.insert(item, kind)
            }
        };
        match ran {
            Err(error) if self.looks_once && error.again_in().is_some() => {
                Ok(TaskReport::nothing_follows(format!("not yet: {error}")))
            }
            ran => ran,
        }
    }
}
