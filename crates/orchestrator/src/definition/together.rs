//! What only all DAG files together show: names of pools, of other DAGs and of datasets, and DAGs that
//! would start one another without end.

use std::collections::{BTreeMap, BTreeSet};

use kernel::nearest;

use super::place::{DefinitionError, known_hint};
use super::triggered::triggered;
use super::{DagDefinition, Pools};
use crate::dag_name::DagName;

/// Checks DAGs against one another and against the pools. `broken` names the DAGs whose files describe
/// none: they exist, and nobody knows what they produce. Returns an error for each DAG at fault; the
/// others can run.
pub fn check_together(
    dags: &[DagDefinition],
    pools: &Pools,
    broken: &[&str],
) -> Vec<(DagName, DefinitionError)> {
    let names = dags.iter().map(|dag| dag.name.as_str());
    let names: BTreeSet<&str> = names.chain(broken.iter().copied()).collect();
    let produced: BTreeSet<&str> = dags.iter().flat_map(DagDefinition::produces).collect();
    let mut errors = Vec::new();
    for dag in dags {
        let found = unknown_names(dag, pools, &names)
            .or_else(|| unknown_dataset(dag, &produced).filter(|_| broken.is_empty()))
            .or_else(|| endless(dag, dags));
        errors.extend(found.map(|error| (dag.name.clone(), error)));
    }
    errors
}

fn unknown_names(
    dag: &DagDefinition,
    pools: &Pools,
    names: &BTreeSet<&str>,
) -> Option<DefinitionError> {
    for task in &dag.tasks {
        if let Some(pool) = task.pool.as_deref()
            && pools.get(pool).is_none()
        {
            let known = pools.iter().map(|(name, _)| name);
            let declare = || Some(format!("declare it in `{}`", Pools::FILE));
            let hint = known_hint(pool, known).or_else(declare);
            return Some(unknown(dag, "pool", pool, task.at, hint));
        }
        if let Some(other) = triggered(task)
            && !names.contains(other)
        {
            let hint = known_hint(other, names.iter().copied());
            return Some(unknown(dag, "DAG", other, task.at, hint));
        }
    }
    None
}

fn unknown_dataset(dag: &DagDefinition, produced: &BTreeSet<&str>) -> Option<DefinitionError> {
    let schedule = dag.schedule.as_ref()?;
    let missing = schedule
        .on
        .iter()
        .find(|on| !produced.contains(on.as_str()))?;
    // A DAG that was replaced may have produced it; the other one comes at its times all the same.
    if schedule.times.is_some() && nearest(missing, produced.iter().copied()).is_none() {
        return None;
    }
    let hint = known_hint(missing, produced.iter().copied())
        .or_else(|| Some("no task names a dataset in its `produces`".to_owned()));
    Some(unknown(dag, "dataset", missing, schedule.at, hint))
}

fn unknown(
    dag: &DagDefinition,
    what: &str,
    name: &str,
    at: usize,
    hint: Option<String>,
) -> DefinitionError {
    let problem = format!("there is no {what} `{name}`");
    DefinitionError {
        hint,
        ..dag.place().error(Some(at), problem)
    }
}

/// An error if the DAG would start itself, by way of others or directly.
fn endless(dag: &DagDefinition, dags: &[DagDefinition]) -> Option<DefinitionError> {
    let by_name: BTreeMap<&str, &DagDefinition> =
        dags.iter().map(|dag| (dag.name.as_str(), dag)).collect();
    let started = |by: &DagDefinition| -> Vec<&str> {
        let produced: BTreeSet<&str> = by.produces().collect();
        let by_data = dags.iter().filter(|other| {
            let on = other.schedule.iter().flat_map(|schedule| &schedule.on);
            on.into_iter().any(|on| produced.contains(on.as_str()))
        });
        let by_data = by_data.map(|other| other.name.as_str());
        by_data
            .chain(by.tasks.iter().filter_map(triggered))
            .filter_map(|name| by_name.get_key_value(name).map(|(name, _)| *name))
            .collect()
    };
    let mut seen = BTreeSet::new();
    let mut next = started(dag);
    while let Some(name) = next.pop() {
        if name == dag.name.as_str() {
            let at = dag.tasks.iter().find(|task| triggered(task).is_some());
            let at = at.map_or_else(
                || dag.schedule.as_ref().map(|on| on.at),
                |task| Some(task.at),
            );
            let problem = format!("the dag `{name}` would start itself again without end");
            return Some(dag.place().error(at, problem));
        }
        if seen.insert(name)
            && let Some(other) = by_name.get(name)
        {
            next.extend(started(other));
        }
    }
    None
}
