//! The kinds of tasks that wait: for a file (`wait_for_file`), or for a time after the end of the run's
//! interval (`wait_until`). While they wait they hold neither a worker nor a slot of a pool; how long at
//! most is said by `give_up_after_seconds`.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use crate::context::TaskContext;
use crate::task::{Task, TaskReport};
use crate::task_error::TaskError;

/// The kinds' names in files.
pub(crate) const FILE: &str = "wait_for_file";
pub(crate) const TIME: &str = "wait_until";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithFile {
    path: PathBuf,
    #[serde(default = "a_minute")]
    look_every_seconds: NonZeroU64,
}

fn a_minute() -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(59)
}

/// Ends when a file is there that is not empty: one that is empty is about to be written.
pub(crate) struct WaitForFile {
    name: String,
    with: WithFile,
}

impl WaitForFile {
    pub(crate) fn make(name: &str, with: WithFile) -> Result<Self, String> {
        let name = name.to_owned();
        Ok(Self { name, with })
    }
}

#[async_trait]
impl Task for WaitForFile {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
        let path = self.with.path.display();
        let wait = |reason: String| {
            let again_in = Duration::from_secs(self.with.look_every_seconds.get());
            TaskError::not_yet(reason, again_in)
        };
        match tokio::fs::metadata(&self.with.path).await {
            Ok(found) if found.is_file() && found.len() > 0 => {
                let report = TaskReport::new().bytes(found.len());
                Ok(report.note(format!("`{path}` is there")))
            }
            Ok(found) if found.is_file() => Err(wait(format!("`{path}` is empty"))),
            Ok(_) => Err(TaskError::permanent(format!("`{path}` is not a file"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(wait(format!("there is no `{path}`")))
            }
            Err(error) => Err(TaskError::retryable(format!(
                "`{path}` cannot be looked at: {error}"
            ))),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithTime {
    after_interval_seconds: u64,
}

/// Ends a time after the end of the run's interval; at once where the run is for no interval.
pub(crate) struct WaitUntil {
    name: String,
    after: Duration,
}

impl WaitUntil {
    pub(crate) fn make(name: &str, with: WithTime) -> Result<Self, String> {
        Ok(Self {
            name: name.to_owned(),
            after: Duration::from_secs(with.after_interval_seconds),
        })
    }
}

#[async_trait]
impl Task for WaitUntil {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let Some(interval) = context.interval() else {
            return Ok(TaskReport::new().note("the run is for no interval"));
        };
        let until = interval.to.checked_add(self.after);
        let until = until.map_err(TaskError::permanent)?;
        let left = until.duration_since(context.clock().now());
        match Duration::try_from(left) {
            Ok(left) if !left.is_zero() => {
                Err(TaskError::not_before(format!("it is before {until}"), left))
            }
            _ => Ok(TaskReport::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use jiff::Timestamp;
    use kernel::{Clock, Interval};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::definition::DagDefinition;
    use crate::engine::Engine;
    use crate::record::{RunOutcome, RunRecord};
    use crate::registry::Registry;
    use crate::request::RunRequest;
    use crate::state::State;

    /// Sleeping moves it; on the third sleep a file appears.
    struct Skips {
        now: Mutex<Timestamp>,
        sleeps: Mutex<u32>,
        file: PathBuf,
    }

    #[async_trait]
    impl Clock for Skips {
        fn now(&self) -> Timestamp {
            *self.now.lock().unwrap()
        }

        async fn sleep(&self, duration: Duration) {
            let mut sleeps = self.sleeps.lock().unwrap();
            *sleeps += 1;
            if *sleeps == 3 {
                std::fs::write(&self.file, "here").unwrap();
            }
            let mut now = self.now.lock().unwrap();
            *now = now.checked_add(duration).unwrap();
        }
    }

    async fn run(task: &str, file: PathBuf, request: RunRequest) -> (RunRecord, u32, Timestamp) {
        let text = format!("what = ''\n[[tasks]]\nname = 'wait'\n{task}\n");
        let definition = DagDefinition::parse("dags/waits.toml", &text).unwrap();
        let dag = Registry::default().dag(&definition, &()).unwrap();
        let clock = std::sync::Arc::new(Skips {
            now: Mutex::new("2026-05-01T00:10:00Z".parse().unwrap()),
            sleeps: Mutex::default(),
            file,
        });
        let engine = Engine::new(State::in_memory().await.unwrap(), clock.clone());
        let never = CancellationToken::new();
        let run = engine.run(&dag, request, &never).await.unwrap();
        let sleeps = *clock.sleeps.lock().unwrap();
        (run, sleeps, clock.now())
    }

    #[tokio::test]
    async fn a_file_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.csv");
        let task = |path: &std::path::Path, more: &str| {
            let path = path.display();
            format!(
                "kind = 'wait_for_file'\nwith = {{ path = '{path}', look_every_seconds = 10 }}\n{more}"
            )
        };
        std::fs::write(&file, "").unwrap();
        let (run_one, sleeps, _) = run(&task(&file, ""), file.clone(), RunRequest::manual()).await;
        assert_eq!((run_one.outcome, sleeps), (RunOutcome::Success, 3));
        assert_eq!(run_one.steps[0].bytes, Some(4));
        let never = folder.path().join("never.csv");
        let most = "give_up_after_seconds = 25";
        let (run_two, ..) = run(&task(&never, most), file.clone(), RunRequest::manual()).await;
        let error = &run_two.steps[0].errors[0];
        assert!(error.starts_with("there is no `"), "{error}");
        assert!(error.ends_with("; gave up after 25 s"), "{error}");
        let (run_three, ..) = run(&task(folder.path(), ""), file, RunRequest::manual()).await;
        let error = &run_three.steps[0].errors[0];
        assert!(error.ends_with("is not a file"), "{error}");
    }

    #[tokio::test]
    async fn a_time_is_waited_for() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let interval = Interval::new(at("2026-04-30T23:00:00Z"), at("2026-05-01T00:00:00Z"));
        let request = RunRequest::manual().for_interval(interval.unwrap());
        let task = "kind = 'wait_until'\nwith = { after_interval_seconds = 1800 }";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("unused");
        let (run_one, sleeps, now) = run(task, file.clone(), request).await;
        assert_eq!((run_one.outcome, sleeps), (RunOutcome::Success, 1));
        assert_eq!(now, at("2026-05-01T00:30:00Z"));
        let (run_two, sleeps, _) = run(task, file, RunRequest::manual()).await;
        assert_eq!((run_two.outcome, sleeps), (RunOutcome::Success, 0));
    }
}
