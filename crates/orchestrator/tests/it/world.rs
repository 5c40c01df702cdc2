//! DAGs of files, with tasks that write down that they ran, and a scheduler that ends after some runs.

use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kernel::Interval;
use orchestrator::{
    CancellationToken, Dag, DagDefinition, DagName, DagSource, Engine, Registry, RunRecord,
    RunRequest, Scheduler, State, Task, TaskContext, TaskError, TaskReport,
};
use serde::Deserialize;

use crate::support::TestClock;

/// What tasks did, by DAG, in order.
pub type Log = Arc<Mutex<Vec<(String, Option<Interval>)>>>;

/// What a task does instead of writing down that it ran: for an item, or, where that is empty, for all.
#[derive(Deserialize)]
struct With {
    fails: Option<String>,
    hangs: Option<String>,
    waits: Option<String>,
    finds_nothing: Option<String>,
}

struct Notes {
    name: String,
    with: With,
    pub log: Log,
}

#[async_trait]
impl Task for Notes {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let item: String = context.item().unwrap_or_default();
        let does = |what: &Option<String>| {
            let of = what.as_deref();
            of.is_some_and(|of| of.is_empty() || of == item)
        };
        if does(&self.with.hangs) {
            context.cancel().cancelled().await;
            return Err(TaskError::cancelled());
        }
        if does(&self.with.waits) {
            // For what never happens.
            return Err(TaskError::not_yet("not there", Duration::from_secs(60)));
        }
        let entry = (
            format!("{}.{}", context.dag(), self.name),
            context.interval(),
        );
        self.log.lock().unwrap().push(entry);
        match does(&self.with.fails) {
            true => Err(TaskError::permanent("broken")),
            false if does(&self.with.finds_nothing) => {
                Ok(TaskReport::nothing_follows("nothing new"))
            }
            false => Ok(TaskReport::new()),
        }
    }
}

/// DAGs of files; ends the scheduler after a number of runs.
pub struct Files {
    pub definitions: Vec<DagDefinition>,
    pub log: Log,
    left: Mutex<usize>,
    cancel: CancellationToken,
}

pub fn registry() -> Registry<Log> {
    Registry::default().kind("note", |name, with: With, log: &Log| {
        Ok(Notes {
            name: name.to_owned(),
            with,
            log: Arc::clone(log),
        })
    })
}

#[async_trait]
impl DagSource for Files {
    fn definitions(&self) -> &[DagDefinition] {
        &self.definitions
    }

    async fn dag(
        &self,
        definition: &DagDefinition,
        _request: &RunRequest,
    ) -> Result<Dag, Box<dyn Error + Send + Sync>> {
        if definition.what == "cannot be made" {
            return Err("there is no key".into());
        }
        Ok(registry().dag(definition, &self.log)?)
    }

    async fn finished(&self, _run: &RunRecord) {
        let mut left = self.left.lock().unwrap();
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.cancel.cancel();
        }
    }
}

pub fn definition(name: &str, text: &str) -> DagDefinition {
    DagDefinition::parse(&format!("dags/{name}.toml"), text).unwrap()
}

pub fn name(dag: &str) -> DagName {
    DagName::new(dag).unwrap()
}

/// Fails where it would wait for ever.
pub async fn in_time<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, future).await.expect("an end")
}

pub const NOTE: &str = "[[tasks]]\nname = 'note'\nkind = 'note'\n";

pub struct World {
    // A file: what is dropped half way closes its connection, and with it a database in memory.
    folder: tempfile::TempDir,
    pub state: State,
    pub clock: Arc<TestClock>,
    pub log: Log,
    pub definitions: Vec<DagDefinition>,
}

impl World {
    pub async fn new(definitions: Vec<DagDefinition>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            state: State::open(folder.path().join("jobtide.db")).await.unwrap(),
            folder,
            clock: TestClock::skipping(),
            log: Log::default(),
            definitions,
        }
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("jobtide.db")
    }

    pub fn scheduler(&self, runs: usize, cancel: &CancellationToken) -> Scheduler<Files> {
        let files = Files {
            definitions: self.definitions.clone(),
            log: Arc::clone(&self.log),
            left: Mutex::new(runs),
            cancel: cancel.clone(),
        };
        let engine = Engine::new(self.state.clone(), self.clock.clone())
            .parallel(NonZeroUsize::new(4).unwrap());
        Scheduler::new(engine, files).poll(Duration::from_secs(3_600))
    }

    /// Runs until so many runs have ended.
    pub async fn until(&self, runs: usize) {
        let cancel = CancellationToken::new();
        in_time(self.scheduler(runs, &cancel).run(&cancel))
            .await
            .unwrap();
    }

    pub async fn runs(&self) -> Vec<RunRecord> {
        let mut runs = self.state.last_runs(None, 1_000).await.unwrap();
        runs.reverse();
        runs
    }

    pub fn logged(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter().map(|(task, _)| task.clone()).collect()
    }
}
