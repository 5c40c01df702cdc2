//! The kinds of tasks that DAG files name, one file each; what they are made of, and what they leave
//! in the state for the next task and for the command line.

mod anything_new;
mod build;
pub mod built;
mod collect;
pub mod collected;
mod command;
mod data_file;
mod heartbeat;
pub mod housekeeping;
mod http;
mod listed;
mod lists;
mod refusals;
mod request;
#[cfg(test)]
mod server;
mod sql;
mod template;
mod wait_for_object;
mod wait_for_url;
mod whole_file;

use std::collections::BTreeMap;
use std::sync::Arc;

use landing::Landing;
use object_store::ObjectStore;
use orchestrator::{DagDefinition, Registry, State, TaskError};
use tokio::sync::Mutex;
use warehouse::build::HeldDraft;
use warehouse::{PipelineFiles, Warehouse};

use crate::app::App;
use crate::collecting::Collecting;
use crate::config::Settings;
use crate::exit::{self, Failure};
use crate::lock::WriterLockFile;
use crate::progress::Progress;

/// The pool, of one slot, of the tasks that write the warehouse.
pub const WAREHOUSE: &str = "warehouse";

/// What tasks are made of.
pub struct Parts {
    /// By source.
    pub collectors: BTreeMap<String, Arc<Collecting>>,
    pub store: Arc<dyn ObjectStore>,
    pub landing: Landing,
    pub warehouse: Arc<Warehouse>,
    pub lock: WriterLockFile,
    /// What a build leaves for its next step; each run has its own.
    pub draft: Arc<Mutex<HeldDraft>>,
    pub state: State,
    /// All that can run.
    pub dags: Arc<[DagDefinition]>,
    pub progress: Progress,
    pub settings: Settings,
    /// The queries of the pipeline's files, by path.
    pub queries: BTreeMap<String, Vec<u8>>,
}

impl Parts {
    /// Those of a program, for a run.
    pub fn new(
        app: &App,
        state: &State,
        dags: &[DagDefinition],
        collectors: BTreeMap<String, Arc<Collecting>>,
        progress: Progress,
    ) -> Self {
        Self {
            collectors,
            store: app.store.clone(),
            landing: app.landing.clone(),
            warehouse: app.warehouse.clone(),
            lock: app.writer_lock(),
            draft: Arc::default(),
            state: state.clone(),
            dags: dags.into(),
            progress,
            settings: app.settings.clone(),
            queries: sql::queries(&app.files),
        }
    }
}

/// All kinds. A new one is a file beside this one and its line here.
pub fn registry() -> Registry<Parts> {
    Registry::default()
        .kind("collect", collect::make)
        .kind("anything_new", anything_new::make)
        .kind("build", build::make)
        .kind("build_layer", build::make_layer)
        .kind("publish", build::make_publish)
        .kind("command", command::make)
        .kind("data_file", data_file::make)
        .kind("heartbeat", heartbeat::make)
        .kind("housekeeping", housekeeping::make)
        .kind("http", http::make)
        .kind("refusals", refusals::make)
        .kind("sql", sql::make)
        .kind("wait_for_object", wait_for_object::make)
        .kind("wait_for_url", wait_for_url::make)
        // Two builds at once exclude each other anyway; one that waits here holds no worker.
        .pool("build", |_| Some(WAREHOUSE.to_owned()))
        .pool("build_layer", |_| Some(WAREHOUSE.to_owned()))
        .pool("publish", |_| Some(WAREHOUSE.to_owned()))
        .pool("housekeeping", |_| Some(WAREHOUSE.to_owned()))
        // Two that collect the same would ask for the same, and twice as fast as the source allows.
        .pool("collect", |with| {
            with.get("source")?.as_str().map(str::to_owned)
        })
}

/// What only the pipeline's other files show of the tasks of a DAG: the task at fault, and why.
pub fn check_files(dag: &DagDefinition, files: &PipelineFiles) -> Result<(), (String, String)> {
    let asks = dag.tasks.iter().filter(|task| task.kind == "sql");
    for task in asks {
        sql::check(&task.with, files).map_err(|problem| (task.name.clone(), problem))?;
    }
    Ok(())
}

/// The tasks of a DAG that collect, each with its source.
pub fn sources_by_task(dag: &DagDefinition) -> impl Iterator<Item = (&str, &str)> {
    let collect = dag.tasks.iter().filter(|task| task.kind == "collect");
    collect.filter_map(|task| Some((task.name.as_str(), task.with.get("source")?.as_str()?)))
}

/// The sources that the tasks of a DAG collect, each once.
pub fn sources(dag: &DagDefinition) -> Vec<&str> {
    let mut sources: Vec<&str> = sources_by_task(dag).map(|(_, source)| source).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// An error as the command line ends with it: its whole text, with the hint, and its exit code, of
/// which the state has nothing but words. A store that is out of reach is tried again.
fn failed(failure: Failure, error: &anyhow::Error) -> TaskError {
    let text = exit::text(error);
    let error = match exit::is_transient(error) {
        true => TaskError::retryable(text),
        false => TaskError::permanent(text),
    };
    error.class(failure.class())
}
