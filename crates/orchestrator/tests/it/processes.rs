//! Processes that die, with real ones: this test binary starts itself again as the process that is
//! killed or asked to stop. Nothing here waits for a time to pass; each side waits for a line or
//! the end of the other.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;

use kernel::SystemClock;
use orchestrator::{
    CancellationToken, Dag, Engine, RunOutcome, RunRequest, State, StateError, Step, StepOutcome,
    TaskError, TaskReport,
};
use tokio::sync::Notify;

use crate::support::{step, succeeds};
use crate::world::in_time;

/// Where the started process finds its state file; set only for that process.
const STATE: &str = "ORCHESTRATOR_TEST_STATE";
/// What its task does when the run is cancelled: `stop` or `ignore`.
const WHEN_CANCELLED: &str = "ORCHESTRATOR_TEST_WHEN_CANCELLED";

/// The other process: runs the dag `daily`, whose second task waits for its end, and reports its
/// progress on stdout. In an ordinary test run there is nothing for it to do.
#[test]
fn other_process() {
    let Some(path) = std::env::var_os(STATE) else {
        return;
    };
    let stops = std::env::var(WHEN_CANCELLED).unwrap() == "stop";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let cancel = CancellationToken::new();
        orchestrator::cancel_on_signals(cancel.clone()).unwrap();
        let build = step("build", move |context| async move {
            println!("running");
            context.cancel().cancelled().await;
            println!("cancelled");
            if !stops {
                std::future::pending::<()>().await;
            }
            Err(TaskError::cancelled())
        });
        let dag = daily(build.pool("board"));
        let engine = Engine::new(State::open(path).await.unwrap(), Arc::new(SystemClock))
            .grace(std::time::Duration::from_secs(3600));
        let run = engine
            .run(&dag, RunRequest::manual(), &cancel)
            .await
            .unwrap();
        println!("ended: {}", run.outcome);
    });
}

fn daily(build: Step) -> Dag {
    let steps = [
        succeeds("collect"),
        build.after(["collect"]),
        succeeds("publish").after(["build"]),
    ];
    Dag::new("daily", steps).unwrap()
}

struct Other {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Other {
    /// Starts the other process and waits until its second task runs.
    fn running(state: &Path, when_cancelled: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::other_process", "--nocapture"])
            .env(STATE, state)
            .env(WHEN_CANCELLED, when_cancelled)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        let mut other = Self { process, lines };
        other.wait_for("running");
        other
    }

    fn wait_for(&mut self, expected: &str) {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            if line.trim_end().ends_with(expected) {
                return;
            }
            line.clear();
        }
        panic!("the other process ended without saying `{expected}`");
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    #[cfg(unix)]
    fn terminate(&self) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
    }

    #[cfg(unix)]
    fn ended(mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Other {
    /// A test that failed half-way leaves no process behind.
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _ended_already = self.process.wait();
    }
}

#[tokio::test]
async fn a_killed_run_is_left_alone_while_it_lives_and_interrupted_when_it_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let other = Other::running(&path, "ignore");

    let state = State::open(&path).await.unwrap();
    let run = state.last_runs(None, 1).await.unwrap().remove(0);
    assert_eq!(run.outcome, RunOutcome::Running);
    assert_eq!(run.process_id, other.process.id());
    let engine = Engine::new(state.clone(), Arc::new(SystemClock));
    let (dag, never) = (daily(succeeds("build")), CancellationToken::new());
    let error = engine
        .run(&dag, RunRequest::manual(), &never)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, StateError::AlreadyRunning { run, .. } if run.process_id == other.process.id()),
        "{error}"
    );

    other.kill();
    let opened = State::open(&path).await.unwrap();
    let run = opened.run(run.id.as_str()).await.unwrap().unwrap();
    assert_eq!((run.outcome, run.ended_at), (RunOutcome::Interrupted, None));
    let outcomes: Vec<_> = run.steps.iter().map(|step| step.outcome).collect();
    assert_eq!(
        outcomes,
        [
            StepOutcome::Success,
            StepOutcome::Incomplete,
            StepOutcome::Skipped
        ]
    );

    let again = engine
        .run(&dag, RunRequest::manual(), &never)
        .await
        .unwrap();
    assert_eq!(again.outcome, RunOutcome::Success);
}

#[tokio::test]
async fn the_next_run_of_a_dag_finds_a_killed_one_without_a_new_handle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let state = State::open(&path).await.unwrap();
    Other::running(&path, "ignore").kill();
    let engine = Engine::new(state.clone(), Arc::new(SystemClock));
    let (dag, never) = (daily(succeeds("build")), CancellationToken::new());
    engine
        .run(&dag, RunRequest::manual(), &never)
        .await
        .unwrap();
    let runs = state.last_runs(Some("daily"), 10).await.unwrap();
    let outcomes: Vec<_> = runs.iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, [RunOutcome::Success, RunOutcome::Interrupted]);
}

#[tokio::test]
async fn a_slot_of_a_pool_is_free_when_the_process_that_held_it_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let other = Other::running(&path, "ignore");
    let state = State::open(&path).await.unwrap();
    let engine = Engine::new(state, Arc::new(SystemClock));
    let (taken, is_taken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let own = {
        let taken = Arc::clone(&taken);
        step("own", move |_| {
            taken.notify_one();
            async { Ok(TaskReport::new()) }
        })
    };
    let free = {
        let is_taken = Arc::clone(&is_taken);
        step("free", move |_| {
            is_taken.notify_one();
            async { Ok(TaskReport::new()) }
        })
    };
    let dag = Dag::new("other", [own.pool("board"), free]).unwrap();
    let never = CancellationToken::new();
    let kills = async {
        is_taken.notified().await;
        let held = tokio::select! {
            biased;
            () = taken.notified() => false,
            () = tokio::task::yield_now() => true,
        };
        assert!(held, "the other process holds the only slot");
        other.kill();
    };
    let ran = async { tokio::join!(engine.run(&dag, RunRequest::manual(), &never), kills) };
    let (run, ()) = in_time(ran).await;
    assert_eq!(run.unwrap().outcome, RunOutcome::Success);
}

#[cfg(unix)]
#[tokio::test]
async fn the_first_signal_asks_and_the_run_ends_as_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let mut other = Other::running(&path, "stop");
    other.terminate();
    other.wait_for("ended: cancelled");
    assert!(other.ended().success());
    let state = State::open(&path).await.unwrap();
    let run = state.last_runs(None, 1).await.unwrap().remove(0);
    assert_eq!(run.outcome, RunOutcome::Cancelled);
}

#[cfg(unix)]
#[tokio::test]
async fn the_second_signal_ends_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let mut other = Other::running(&path, "ignore");
    other.terminate();
    other.wait_for("cancelled");
    other.terminate();
    assert_eq!(other.ended().code(), Some(130));
    let state = State::open(&path).await.unwrap();
    let run = state.last_runs(None, 1).await.unwrap().remove(0);
    assert_eq!(run.outcome, RunOutcome::Interrupted);
}
