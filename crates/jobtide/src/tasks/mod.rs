//! The kinds of tasks that DAG files name, one file each, and what they are made of.

mod build;
mod collect;
mod refusals;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use extract::{Collector, Report};
use jiff::Timestamp;
use landing::Landing;
use orchestrator::Registry;
use warehouse::Warehouse;
use warehouse::build::BuildReport;

use crate::lock::WriterLockFile;
use crate::progress::Progress;

/// What tasks are made of.
pub struct Parts {
    /// By source.
    pub collectors: BTreeMap<String, Arc<Collector>>,
    pub landing: Landing,
    pub warehouse: Arc<Warehouse>,
    pub lock: WriterLockFile,
    /// Exactly this time is collected, instead of what is due.
    pub backfill: Option<(Timestamp, Timestamp)>,
    pub progress: Progress,
    pub outcomes: Arc<Outcomes>,
}

/// All kinds. A new one is a file beside this one and its line here.
pub fn registry() -> Registry<Parts> {
    Registry::default()
        .kind("collect", collect::make)
        .kind("build", build::make)
        .kind("refusals", refusals::make)
}

/// The tasks of a DAG that collect, each with its source.
pub fn sources_by_task(dag: &orchestrator::DagDefinition) -> impl Iterator<Item = (&str, &str)> {
    let collect = dag.tasks.iter().filter(|task| task.kind == "collect");
    collect.filter_map(|task| Some((task.name.as_str(), task.with.get("source")?.as_str()?)))
}

/// The sources that the tasks of a DAG collect, each once.
pub fn sources(dag: &orchestrator::DagDefinition) -> Vec<&str> {
    let mut sources: Vec<&str> = sources_by_task(dag).map(|(_, source)| source).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// What the tasks of a run found, for the command that started it.
#[derive(Default)]
pub struct Outcomes {
    /// What was collected, or why nothing could be.
    pub collected: Mutex<Option<Result<Report, extract::Error>>>,
    /// What was built, or why not.
    pub built: Mutex<Option<Result<BuildReport, anyhow::Error>>>,
}

/// Puts a value where the other side will look for it.
fn leave<T>(place: &Mutex<Option<T>>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

/// Takes what was left.
pub fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}
