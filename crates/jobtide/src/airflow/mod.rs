//! The DAGs as files for Airflow 3: the same tasks, order, schedules and policies, with each task as a process
//! `jobtide task` ([decision 24](../../../../docs/decisions/0024-tasks-as-processes.md)).
//!
//! - The same DAGs give the same bytes.
//! - What Airflow has no word for is named: in a comment of the file, and as a warning.
//! - The files hold no values of the environment, and no text in them is a template or ends a literal.

mod policies;
mod python;
mod schedule;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use orchestrator::{DagDefinition, Mapping, Pools, TaskDefinition, TriggerRule};
use serde_json::{Value, json};

use python::{comment, list, text};

/// The first words of each Python file: only files that begin with them are overwritten or removed.
pub const MARK: &str = "# Written by `jobtide airflow`";

/// The beginning of the description of each pool, by which the file of pools is known.
pub const POOL_MARK: &str = "jobtide: ";

/// The module of the operators.
pub const OPERATORS: &str = "jobtide_airflow";

/// The file of the pools, for `airflow pools import`.
pub const POOLS: &str = "jobtide_pools.json";

/// The longest list that Airflow maps over unless `max_map_length` says otherwise.
const MAP_LENGTH: usize = 1_024;

/// The most characters of an id of a task.
const LONGEST_ID: usize = 240;

/// The program as workers start it.
pub struct Program {
    /// With the options that come before the command's name.
    pub command: Vec<String>,
    /// The working folder.
    pub folder: String,
}

/// A file, and what could not be said in it.
pub struct Written {
    pub name: String,
    pub text: String,
    pub notes: Vec<String>,
}

/// The module of the operators.
pub fn operators() -> Written {
    let text = format!(
        "{MARK}. Changes are lost when it writes this file again.\n{}",
        include_str!("operators.py")
    );
    Written {
        name: format!("{OPERATORS}.py"),
        text,
        notes: Vec::new(),
    }
}

/// The pools, in the format of `airflow pools import`; `None` where there are none.
pub fn pools(pools: &Pools) -> Option<Written> {
    let all: BTreeMap<&str, Value> = pools
        .iter()
        .map(|(name, pool)| {
            let description = format!("{POOL_MARK}{}", pool.what);
            let about = json!({
                "slots": pool.slots, "description": description, "include_deferred": false,
            });
            (name, about)
        })
        .collect();
    let text = serde_json::to_string_pretty(&all).ok();
    text.filter(|_| !all.is_empty()).map(|text| Written {
        name: POOLS.to_owned(),
        text: text + "\n",
        notes: Vec::new(),
    })
}

/// The file of a DAG.
pub fn dag(dag: &DagDefinition, program: &Program) -> Written {
    let mut notes = policies::notes(dag);
    let when = schedule::of(dag, &mut notes);
    let tasks = Tasks::of(dag, &mut notes);

    let mut out = format!(
        "{MARK} from `dags/{}.toml`. Changes are lost when it writes this file again.\n",
        dag.name
    );
    for note in &notes {
        writeln!(out, "# Differs from its file: {}", comment(note)).ok();
    }
    writeln!(out, "{}\n", text(&dag.what)).ok();
    out.push_str("from __future__ import annotations\n\nimport sys\n");
    out.push_str(
        "from datetime import datetime, timedelta, timezone\nfrom pathlib import Path\n\n",
    );
    out.push_str(
        "from airflow.sdk import DAG, Asset, AssetAny, AssetOrTimeSchedule, CronDataIntervalTimetable\n\n",
    );
    out.push_str("sys.path.insert(0, str(Path(__file__).parent))\n\n");
    writeln!(
        out,
        "from {OPERATORS} import (  # noqa: E402\n    JobtideAll,\n    JobtideFailed,\n    JobtideList,\n    JobtideSensor,\n    JobtideTask,\n    JobtideTrigger,\n)\n"
    )
    .ok();
    writeln!(
        out,
        "PROGRAM = {{\"command\": {}, \"folder\": {}}}\n",
        list(program.command.iter().map(|word| text(word))),
        text(&program.folder)
    )
    .ok();
    writeln!(
        out,
        "with DAG(\n    dag_id={},\n    description={},\n    schedule={},\n    start_date={},\n    catchup={},\n    max_active_runs={},\n    tags=[\"jobtide\"],\n):",
        text(dag.name.as_str()),
        text(&dag.what),
        when.schedule,
        when.start,
        when.catch_up,
        dag.max_active_runs,
    )
    .ok();
    out.push_str("    tasks = {}\n");
    out.push_str(&tasks.text());
    Written {
        name: format!("{}.py", dag.name),
        text: out,
        notes,
    }
}

/// The tasks of a DAG, with their ids.
struct Tasks<'a> {
    dag: &'a DagDefinition,
    ids: BTreeMap<&'a str, String>,
    /// Of tasks that go through a list of an output: the id of the one that takes it out.
    lists: BTreeMap<&'a str, String>,
    /// Of mapped tasks: the id of the one that stands for all instances.
    all: BTreeMap<&'a str, String>,
    /// The id of the one that fails when another did, where that is needed.
    failed: Option<String>,
}

impl<'a> Tasks<'a> {
    fn of(dag: &'a DagDefinition, notes: &mut Vec<String>) -> Self {
        let mut taken = HashSet::new();
        let mut ids = BTreeMap::new();
        for task in &dag.tasks {
            let id = unique(&id(&task.name), &mut taken);
            if id != task.name {
                notes.push(format!("the task `{}` is called `{id}`", task.name));
            }
            ids.insert(task.name.as_str(), id);
        }
        let (mut lists, mut all) = (BTreeMap::new(), BTreeMap::new());
        for task in &dag.tasks {
            let Some(mapping) = task.mapped.as_ref().filter(|_| !is_trigger(task)) else {
                continue;
            };
            let own = id(&task.name);
            if let Mapping::Field { .. } = mapping {
                lists.insert(
                    task.name.as_str(),
                    unique(&format!("{own}__list"), &mut taken),
                );
            }
            all.insert(
                task.name.as_str(),
                unique(&format!("{own}__all"), &mut taken),
            );
        }
        let masks_failures = dag
            .tasks
            .iter()
            .any(|task| task.trigger_rule != TriggerRule::AllSucceeded);
        Self {
            dag,
            ids,
            lists,
            all,
            failed: masks_failures.then(|| unique("jobtide__failed", &mut taken)),
        }
    }

    fn id(&self, task: &str) -> &str {
        // An `after` of no task is refused when the file is read.
        self.ids.get(task).map_or("", String::as_str)
    }

    /// The id of what stands for the end of a task.
    fn end(&self, task: &str) -> &str {
        self.all
            .get(task)
            .map_or_else(|| self.id(task), String::as_str)
    }

    /// Whether the output of a task is a list that another goes through.
    fn leaves_output(&self, name: &str) -> bool {
        self.dag
            .tasks
            .iter()
            .any(|other| matches!(&other.mapped, Some(Mapping::Field { task, .. }) if task == name))
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for task in &self.dag.tasks {
            self.write(&mut out, task);
        }
        let mut edges = String::new();
        for task in &self.dag.tasks {
            let own = text(self.id(&task.name));
            for before in &task.after {
                let before = text(self.end(before));
                writeln!(edges, "    tasks[{before}] >> tasks[{own}]").ok();
            }
            if let (Some(list), Some(Mapping::Field { task: source, .. })) =
                (self.lists.get(task.name.as_str()), &task.mapped)
            {
                let source = text(self.id(source));
                writeln!(edges, "    tasks[{source}] >> tasks[{}]", text(list)).ok();
            }
            if let Some(all) = self.all.get(task.name.as_str()) {
                writeln!(edges, "    tasks[{own}] >> tasks[{}]", text(all)).ok();
            }
        }
        if let Some(failed) = &self.failed {
            writeln!(
                out,
                "    tasks[{0}] = JobtideFailed(task_id={0})",
                text(failed)
            )
            .ok();
            let own = self
                .dag
                .tasks
                .iter()
                .map(|task| format!("tasks[{}]", text(self.end(&task.name))));
            writeln!(edges, "    {} >> tasks[{}]", list(own), text(failed)).ok();
        }
        if !edges.is_empty() {
            out.push('\n');
        }
        out + &edges
    }

    fn write(&self, out: &mut String, task: &TaskDefinition) {
        let id = text(self.id(&task.name));
        if let (
            Some(list),
            Some(Mapping::Field {
                task: source,
                field,
            }),
        ) = (self.lists.get(task.name.as_str()), &task.mapped)
        {
            writeln!(
                out,
                "    tasks[{0}] = JobtideList(task_id={0}, source={1}, field={2})",
                text(list),
                text(self.id(source)),
                text(field)
            )
            .ok();
        }
        let mut arguments = vec![format!("task_id={id}")];
        arguments.extend(policies::arguments(task));
        let class = match policies::Class::of(task) {
            policies::Class::Trigger { dag, parameters } => {
                arguments.push(format!("trigger_dag_id={}", text(&dag)));
                arguments.push(format!("conf={}", python::value(&parameters)));
                "JobtideTrigger"
            }
            policies::Class::Sensor { looks_every, most } => {
                arguments.push(format!("poke_interval={looks_every}"));
                arguments.push(format!("timeout={most}"));
                "JobtideSensor"
            }
            policies::Class::Task => {
                if self.leaves_output(&task.name) {
                    arguments.push("leaves_output=True".to_owned());
                }
                "JobtideTask"
            }
        };
        if class != "JobtideTrigger" {
            arguments.push(format!("task_name={}", text(&task.name)));
            arguments.push("**PROGRAM".to_owned());
        }
        let outlets = (!task.produces.is_empty()).then(|| {
            let assets = task.produces.iter().map(|name| schedule::asset(name));
            format!("outlets={}", list(assets))
        });
        let items = match &task.mapped {
            _ if is_trigger(task) => None,
            Some(Mapping::Items(items)) => Some(policies::items(items)),
            Some(Mapping::Field { .. }) => {
                let list = self.lists.get(task.name.as_str());
                list.map(|list| format!("tasks[{}].output", text(list)))
            }
            None => None,
        };
        let Some(items) = items else {
            arguments.extend(outlets);
            call(out, &id, class, &arguments, "");
            return;
        };
        // With braces: Airflow's name of an instance is a template.
        arguments.push("map_index_template=\"{{ task.item }}\"".to_owned());
        let expand = format!(".expand(item={items})");
        call(out, &id, &format!("{class}.partial"), &arguments, &expand);
        let all = text(self.end(&task.name));
        let mut arguments = vec![format!("task_id={all}")];
        arguments.extend(outlets);
        call(out, &all, "JobtideAll", &arguments, "");
    }
}

fn call(out: &mut String, id: &str, class: &str, arguments: &[String], rest: &str) {
    let arguments = arguments.join(",\n        ");
    writeln!(
        out,
        "    tasks[{id}] = {class}(\n        {arguments},\n    ){rest}"
    )
    .ok();
}

fn is_trigger(task: &TaskDefinition) -> bool {
    matches!(policies::Class::of(task), policies::Class::Trigger { .. })
}

/// A name with the characters that Airflow allows.
fn id(name: &str) -> String {
    let allowed = |character: char| character.is_alphanumeric() || "_.-".contains(character);
    let plain = name.chars().map(|one| if allowed(one) { one } else { '_' });
    plain.take(LONGEST_ID).collect()
}

fn unique(wanted: &str, taken: &mut HashSet<String>) -> String {
    let mut id = wanted.to_owned();
    while !taken.insert(id.clone()) {
        id.push('_');
    }
    id
}
