//! Writes a sign of life into the store: when this instance last ran what, and when it runs what next.
//! Whoever can read the store sees from it that an instance is gone, which the instance cannot report.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use landing::Landing;
use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions};
use orchestrator::{DagDefinition, RunRecord, State, Task, TaskContext, TaskError, TaskReport};
use serde::{Deserialize, Serialize};

use super::{Parts, failed};
use crate::exit::Failure;
use crate::lock::WriterLockFile;

/// The folder of the files, one for each instance.
pub(super) const FOLDER: &str = "heartbeat";

/// The kind has no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {}

pub fn make(name: &str, _with: With, parts: &Parts) -> Result<Heartbeat, String> {
    Ok(Heartbeat {
        name: name.to_owned(),
        store: parts.store.clone(),
        landing: parts.landing.clone(),
        lock: parts.lock.clone(),
        state: parts.state.clone(),
        dags: parts.dags.clone(),
    })
}

pub struct Heartbeat {
    name: String,
    store: Arc<dyn ObjectStore>,
    landing: Landing,
    lock: WriterLockFile,
    state: State,
    dags: Arc<[DagDefinition]>,
}

/// The file `heartbeat/<instance>.json`.
#[derive(Debug, Serialize)]
struct Beat {
    /// The number of the instance's state folder, which its data files carry, too.
    instance: String,
    program: &'static str,
    at: Timestamp,
    /// When the next one is due; `None` without a schedule, or while it is paused.
    next_at: Option<Timestamp>,
    /// All others, by name.
    dags: Vec<DagBeat>,
}

#[derive(Debug, Serialize)]
struct DagBeat {
    dag: String,
    paused: bool,
    last_run: Option<LastRun>,
    last_success_at: Option<Timestamp>,
    /// Its next scheduled time, if it has one and is not paused.
    next_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct LastRun {
    id: String,
    outcome: &'static str,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl LastRun {
    fn of(run: RunRecord) -> Self {
        Self {
            id: run.id.to_string(),
            outcome: run.outcome.as_str(),
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

#[async_trait]
impl Task for Heartbeat {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let at = context.clock().now();
        let beat = self.beat(context.dag().as_str(), at).await;
        let beat = beat.map_err(|error| failed(Failure::Wrong, &error))?;
        self.write(&beat).await.map_err(TaskError::retryable)?;
        Ok(TaskReport::new().note(format!("instance {}", beat.instance)))
    }
}

impl Heartbeat {
    /// `own` is the DAG of this task: that it runs says this file.
    async fn beat(&self, own: &str, at: Timestamp) -> anyhow::Result<Beat> {
        let mut status = self.state.status(0).await?.dags;
        let paused = self.state.known().await?.paused;
        let next = |dag: &DagDefinition| {
            let schedule = dag.schedule.as_ref()?;
            let is_off = paused.contains(dag.name.as_str());
            schedule.next_after(at).filter(|_| !is_off)
        };
        let mut dags = Vec::new();
        let mut next_at = None;
        for dag in self.dags.iter() {
            let name = dag.name.as_str();
            if name == own {
                next_at = next(dag);
                continue;
            }
            let known = status.iter().position(|known| known.dag == name);
            let known = known.map(|at| status.swap_remove(at));
            let (last, success) = match known {
                Some(known) => (Some(known.last_run), known.last_success),
                None => (None, None),
            };
            dags.push(DagBeat {
                dag: name.to_owned(),
                paused: paused.contains(name),
                last_run: last.map(LastRun::of),
                last_success_at: success.and_then(|run| run.ended_at),
                next_at: next(dag),
            });
        }
        Ok(Beat {
            instance: format!("{:08x}", self.lock.writer()?),
            program: concat!("jobtide ", env!("CARGO_PKG_VERSION")),
            at,
            next_at,
            dags,
        })
    }

    async fn write(&self, beat: &Beat) -> anyhow::Result<()> {
        let path = Path::from(format!("{FOLDER}/{}.json", beat.instance));
        let mut text = serde_json::to_string_pretty(beat)?;
        text.push('\n');
        self.landing.claim().await?;
        // Not sealed: a power cut may take the last one back.
        let options = PutOptions::from(PutMode::Overwrite);
        self.store.put_opts(&path, text.into(), options).await?;
        Ok(())
    }
}
