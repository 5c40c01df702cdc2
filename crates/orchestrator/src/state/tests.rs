//! White-box tests of the state. The public API is tested in `tests/it`.

mod file;
mod history;
mod queue;
mod room;
mod upgrade;

use std::path::PathBuf;

use async_trait::async_trait;
use tempfile::TempDir;

use super::*;
use crate::context::TaskContext;
use crate::dag::Dag;
use crate::output::Outputs as _;
use crate::record::RunOutcome;
use crate::request::RunRequest;
use crate::step::Step;
use crate::task::{Task, TaskReport};
use crate::task_error::TaskError;

struct Idle(&'static str);

#[async_trait]
impl Task for Idle {
    fn name(&self) -> &str {
        self.0
    }

    async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
        Ok(TaskReport::new())
    }
}

fn dag(name: &str) -> Dag {
    Dag::new(name, [Step::new(Idle("idle"))]).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_785_000_000 + second).unwrap()
}

fn place(run: &OpenRun, task: &str) -> Place {
    Place {
        run: run.id.clone(),
        task: task.to_owned(),
        position: None,
    }
}

async fn start(state: &State, dag: &Dag, second: i64) -> OpenRun {
    let new = NewRun {
        dag,
        request: RunRequest::manual(),
        at: at(second),
        queued: None,
    };
    state.start_run(new).await.unwrap()
}

async fn record(state: &State, dag: &Dag, second: i64, outcome: RunOutcome) {
    let run = start(state, dag, second).await;
    state.finish_run(run, outcome, at(second)).await.unwrap();
}

async fn kept(state: &State) -> Vec<(String, i64)> {
    let runs = state.last_runs(None, u32::MAX).await.unwrap();
    runs.into_iter()
        .map(|run| (run.dag, run.started_at.as_second() - at(0).as_second()))
        .collect()
}

fn fresh_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    (folder, path)
}
