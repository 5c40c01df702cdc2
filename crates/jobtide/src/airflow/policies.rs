//! What a DAG file says about failures, order and limits, in the words of Airflow.

use orchestrator::{CatchUp, DagDefinition, Mapping, Overlap, TaskDefinition, TriggerRule};
use serde_json::Value;

use super::python::{self, list, text};
use crate::dags::GIVE_UP_AFTER;

/// Seconds of which nobody sees the end, for what waits for a time: a hundred years.
const FOR_EVER: u64 = 100 * 366 * 86_400;

/// How long Airflow waits in addition to the program, whose own limit says why it ended.
const LATER_SECONDS: u64 = 30;

/// How often a task that waits looks, unless its file says otherwise.
const LOOKS_EVERY_SECONDS: u64 = 60;

/// Which operator a task is.
pub enum Class {
    Task,
    /// It waits for something: seconds between two looks, and in all.
    Sensor {
        looks_every: u64,
        most: u64,
    },
    /// It starts another DAG.
    Trigger {
        dag: String,
        parameters: Value,
    },
}

impl Class {
    /// By the kind of the task: those that wait are called so.
    pub fn of(task: &TaskDefinition) -> Self {
        match task.kind.as_str() {
            "trigger" => Self::Trigger {
                dag: task
                    .with
                    .get("dag")
                    .and_then(|dag| dag.as_str())
                    .unwrap_or_default()
                    .to_owned(),
                parameters: task.with.get("parameters").map_or_else(
                    || Value::Object(serde_json::Map::new()),
                    |given| serde_json::to_value(given).unwrap_or_default(),
                ),
            },
            kind if kind.starts_with("wait_") => Self::Sensor {
                looks_every: task
                    .with
                    .get("look_every_seconds")
                    .and_then(toml_seconds)
                    .unwrap_or(LOOKS_EVERY_SECONDS),
                most: match task.give_up_after {
                    Some(most) => most.as_secs(),
                    None if kind == "wait_until" => FOR_EVER,
                    None => GIVE_UP_AFTER.as_secs(),
                },
            },
            _ => Self::Task,
        }
    }
}

fn toml_seconds(value: &toml::Value) -> Option<u64> {
    value
        .as_integer()
        .and_then(|seconds| u64::try_from(seconds).ok())
}

/// The arguments that all operators have.
pub fn arguments(task: &TaskDefinition) -> Vec<String> {
    let retries = task.retries.otherwise;
    let seconds = |of: std::time::Duration| format!("timedelta(seconds={})", of.as_secs());
    let mut arguments = vec![format!("retries={}", retries.attempts.saturating_sub(1))];
    if retries.attempts > 1 {
        arguments.push(format!("retry_delay={}", seconds(retries.first_delay)));
        arguments.push("retry_exponential_backoff=2".to_owned());
        arguments.push(format!("max_retry_delay={}", seconds(retries.max_delay)));
    }
    if let Some(timeout) = task.timeout {
        let most = timeout.as_secs().saturating_add(LATER_SECONDS);
        arguments.push(format!("execution_timeout=timedelta(seconds={most})"));
    }
    if let Some(pool) = &task.pool {
        arguments.push(format!("pool={}", text(pool)));
    }
    if task.priority != 0 {
        arguments.push(format!("priority_weight={}", task.priority));
        arguments.push("weight_rule=\"absolute\"".to_owned());
    }
    match task.trigger_rule {
        TriggerRule::AllSucceeded => {}
        TriggerRule::AllDone => arguments.push("trigger_rule=\"all_done\"".to_owned()),
        TriggerRule::OneFailed => arguments.push("trigger_rule=\"one_failed\"".to_owned()),
    }
    arguments
}

/// The items of a list, each once.
pub fn items(items: &[Value]) -> String {
    list(distinct(items).into_iter().map(python::value))
}

fn distinct(items: &[Value]) -> Vec<&Value> {
    let mut seen = std::collections::HashSet::new();
    items
        .iter()
        .filter(|item| seen.insert(item.to_string()))
        .collect()
}

/// What Airflow has no word for, apart from schedules.
pub fn notes(dag: &DagDefinition) -> Vec<String> {
    let mut notes = Vec::new();
    if dag.everywhere {
        notes.push("`everywhere`: Airflow runs it once, on one worker".to_owned());
    }
    match dag.catch_up {
        CatchUp::None => notes.push(
            "`catch_up = \"none\"`: Airflow runs the last interval that was missed".to_owned(),
        ),
        CatchUp::Last(count) => notes.push(format!(
            "`catch_up = {count}`: Airflow runs the last interval that was missed"
        )),
        CatchUp::Latest | CatchUp::All => {}
    }
    match dag.overlap {
        Overlap::Queue => {}
        Overlap::Skip => {
            notes.push("`overlap = \"skip\"`: an interval that is due meanwhile waits".to_owned())
        }
        Overlap::CancelOlder => notes.push(
            "`overlap = \"cancel_older\"`: an interval that is due meanwhile waits".to_owned(),
        ),
    }
    for task in &dag.tasks {
        let name = &task.name;
        if !task.retries.by_class.is_empty() {
            notes.push(format!(
                "`retries.by_class` of the task `{name}`: its other retries apply to all errors"
            ));
        }
        let is_trigger = matches!(Class::of(task), Class::Trigger { .. });
        if is_trigger && task.when.is_some() {
            notes.push(format!("`when` of the task `{name}`: it runs in any case"));
        }
        if is_trigger && task.mapped.is_some() {
            notes.push(format!(
                "`mapped` of the task `{name}`: a trigger has no items"
            ));
        }
        if let Some(Mapping::Items(items)) = &task.mapped {
            let count = distinct(items).len();
            if count > super::MAP_LENGTH {
                notes.push(format!(
                    "the task `{name}` has {count} items: set Airflow's `max_map_length` to as many"
                ));
            }
        }
    }
    notes
}
