//! A DAG as a file, `dags/<name>.toml`: its tasks by kind, what each comes after, when it runs, and by
//! which policies.
//!
//! ```toml
//! what = "Collects what is due, then builds."
//!
//! [schedule]
//! cron = "5 * * * *"
//! time_zone = "Asia/Seoul"
//!
//! [[tasks]]
//! name = "collect"
//! kind = "collect"
//! with = { source = "board" }
//!
//! [[tasks]]
//! name = "build"
//! kind = "build"
//! after = ["collect"]
//! ```

mod place;
mod policy;
mod pools;
mod schedule;
#[cfg(test)]
mod tests;
mod together;
mod triggered;

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use serde::Deserialize;
use toml::{Spanned, Table, Value};

pub(crate) use place::{Place, known_hint};
pub(crate) use policy::{Of, Test};

pub use place::DefinitionError;
pub use policy::{CatchUp, Mapping, Overlap, TriggerRule, When};
pub use pools::{Pool, Pools};
pub use schedule::{Schedule, Times};
pub use together::check_together;
pub(crate) use triggered::TRIGGER;

use crate::dag_name::{DagError, DagName};
use crate::retry::Retries;

/// The folder of the files, below the pipeline.
const FOLDER: &str = "dags/";
const ENDING: &str = ".toml";

/// A DAG as its file describes it. Its kinds of tasks and their parameters are checked by a
/// [`Registry`](crate::Registry).
#[derive(Debug, Clone)]
pub struct DagDefinition {
    pub(crate) file: String,
    pub(crate) text: String,
    /// The file's name.
    pub name: DagName,
    /// One line for people.
    pub what: String,
    /// When it runs by itself; without one only on request.
    pub schedule: Option<Schedule>,
    /// Which missed intervals are run.
    pub catch_up: CatchUp,
    /// What becomes of an interval that is due while `max_active_runs` runs are open.
    pub overlap: Overlap,
    /// How many runs may be in progress at a time, apart from queued backfills.
    pub max_active_runs: NonZeroU32,
    /// How many queued backfills may be in progress at a time, beside the others.
    pub max_active_backfills: NonZeroU32,
    /// How many of its runs the history keeps, where that is fewer than of others.
    pub keep_runs: Option<NonZeroU32>,
    /// Whether each of several instances on a store runs it, instead of one of them.
    pub everywhere: bool,
    /// Its tasks, in the order of the file.
    pub tasks: Vec<TaskDefinition>,
}

/// A task of a file.
#[derive(Debug, Clone)]
pub struct TaskDefinition {
    /// Unique within the DAG.
    pub name: String,
    /// What it does, as it is registered.
    pub kind: String,
    /// The tasks that come before it.
    pub after: Vec<String>,
    /// The parameters of its kind.
    pub with: Table,
    /// The pool that it takes a slot of while it runs.
    pub pool: Option<String>,
    /// Of the tasks that could run, those with the highest run first.
    pub priority: i32,
    /// How its errors are retried.
    pub retries: Retries,
    /// How long an attempt may take; longer ones fail with the class `timeout`.
    pub timeout: Option<Duration>,
    /// How long it may wait for something to happen, if its kind waits.
    pub give_up_after: Option<Duration>,
    /// Whether it runs, by what became of the tasks before it.
    pub trigger_rule: TriggerRule,
    /// The condition without which it is skipped.
    pub when: Option<When>,
    /// The list of which each item is an instance of its own.
    pub mapped: Option<Mapping>,
    /// The datasets that change when it succeeds.
    pub produces: Vec<String>,
    pub(crate) at: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    what: String,
    schedule: Option<Spanned<schedule::Written>>,
    #[serde(default)]
    catch_up: CatchUp,
    #[serde(default)]
    overlap: Overlap,
    #[serde(default = "one")]
    max_active_runs: NonZeroU32,
    #[serde(default = "one")]
    max_active_backfills: NonZeroU32,
    keep_runs: Option<NonZeroU32>,
    #[serde(default)]
    everywhere: bool,
    tasks: Vec<Spanned<Task>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    kind: String,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    with: Table,
    pool: Option<String>,
    #[serde(default)]
    priority: i32,
    retries: Option<policy::WrittenRetries>,
    timeout_seconds: Option<NonZeroU64>,
    give_up_after_seconds: Option<NonZeroU64>,
    #[serde(default)]
    trigger_rule: TriggerRule,
    when: Option<policy::WrittenWhen>,
    mapped: Option<Value>,
    #[serde(default)]
    produces: Vec<String>,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl DagDefinition {
    /// The name of the DAG that a file of the pipeline describes; none for other files.
    pub fn named_by(path: &str) -> Option<&str> {
        let name = path.strip_prefix(FOLDER)?.strip_suffix(ENDING)?;
        (!name.contains('/')).then_some(name)
    }

    /// Reads the file at `path` below the pipeline.
    ///
    /// # Errors
    /// A [`DefinitionError`] with the line, and the nearest key where one is misspelt.
    pub fn parse(path: &str, text: &str) -> Result<Self, DefinitionError> {
        let place = Place { file: path, text };
        let name = Self::named_by(path).ok_or_else(|| {
            place.error(None, format!("a DAG is a file `{FOLDER}<name>{ENDING}`"))
        })?;
        let name = DagName::new(name).map_err(|error| place.of_dag(None, &error))?;
        let file: File = toml::from_str(text).map_err(|error| place.of_serde(&error, None))?;
        let schedule = file.schedule.map(|written| {
            let at = written.span().start;
            Schedule::parse(written.get_ref(), at).map_err(|problem| place.error(Some(at), problem))
        });
        let tasks = file.tasks.into_iter().map(|task| {
            let at = task.span().start;
            TaskDefinition::parse(task.into_inner(), at)
                .map_err(|problem| place.error(Some(at), problem))
        });
        Ok(Self {
            file: path.to_owned(),
            text: text.to_owned(),
            name,
            what: file.what,
            schedule: schedule.transpose()?,
            catch_up: file.catch_up,
            overlap: file.overlap,
            max_active_runs: file.max_active_runs,
            max_active_backfills: file.max_active_backfills,
            keep_runs: file.keep_runs,
            everywhere: file.everywhere,
            tasks: tasks.collect::<Result<_, _>>()?,
        })
    }

    /// The datasets that its tasks change.
    pub fn produces(&self) -> impl Iterator<Item = &str> {
        let tasks = self.tasks.iter();
        tasks.flat_map(|task| task.produces.iter().map(String::as_str))
    }

    /// An error of the graph at the last task that it names.
    pub(crate) fn graph_error(&self, error: &DagError) -> DefinitionError {
        let named = match error {
            DagError::DagName { .. } => None,
            DagError::TaskName { task, .. }
            | DagError::TwoTasks { task, .. }
            | DagError::NotBefore { task, .. }
            | DagError::UnknownDependency { task, .. } => Some(task),
            DagError::Cycle { tasks, .. } => tasks.first(),
        };
        let task = named.and_then(|named| self.tasks.iter().rfind(|task| task.name == *named));
        self.place().of_dag(task.map(|task| task.at), error)
    }

    /// An error of the task of a name, with its line. A line of `text` that begins with `hint: `
    /// is the hint.
    pub fn task_error(&self, task: &str, text: &str) -> DefinitionError {
        let task = self.tasks.iter().find(|other| other.name == task);
        self.place().error(task.map(|task| task.at), text)
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            file: &self.file,
            text: &self.text,
        }
    }
}

impl TaskDefinition {
    fn parse(written: Task, at: usize) -> Result<Self, String> {
        Ok(Self {
            name: written.name,
            kind: written.kind,
            after: written.after,
            with: written.with,
            pool: written.pool,
            priority: written.priority,
            retries: written
                .retries
                .map_or_else(Retries::default, |retries| retries.retries()),
            timeout: policy::seconds(written.timeout_seconds),
            give_up_after: policy::seconds(written.give_up_after_seconds),
            trigger_rule: written.trigger_rule,
            when: written.when.map(When::parse).transpose()?,
            mapped: written.mapped.map(Mapping::parse).transpose()?,
            produces: written.produces,
            at,
        })
    }
}
