//! What the engine does when things go well, badly, or are stopped.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kernel::{Clock, Interval};
use orchestrator::{
    CancellationToken, Dag, Engine, RetryPolicy, RunOutcome, RunRecord, RunRequest, State,
    StateError, Step, StepOutcome, TaskError, TaskReport, Trigger,
};
use tokio::sync::{Barrier, Notify};

use crate::support::{TestClock, fails, step, succeeds};

async fn engine(clock: Arc<dyn Clock>) -> Engine {
    Engine::new(State::in_memory().await.unwrap(), clock)
}

async fn run(steps: impl IntoIterator<Item = Step>) -> RunRecord {
    let dag = Dag::new("daily", steps).unwrap();
    engine(TestClock::skipping())
        .await
        .run(&dag, RunRequest::manual(), &CancellationToken::new())
        .await
        .unwrap()
}

fn outcomes(run: &RunRecord) -> Vec<(&str, StepOutcome, Option<&str>)> {
    run.steps
        .iter()
        .map(|step| (step.task.as_str(), step.outcome, step.note.as_deref()))
        .collect()
}

#[tokio::test]
async fn a_run_is_recorded_with_what_its_tasks_report() {
    let clock = TestClock::skipping();
    let from = "2023-05-01T00:00:00Z".parse().unwrap();
    let to = "2023-06-01T00:00:00Z".parse().unwrap();
    let interval = Interval::new(from, to).unwrap();
    let collect = step("collect", move |context| async move {
        assert_eq!(context.interval(), Some(interval));
        assert_eq!(context.trigger(), Trigger::Backfill);
        assert_eq!((context.dag().as_str(), context.attempt()), ("daily", 1));
        context.clock().sleep(Duration::from_secs(90)).await;
        Ok(TaskReport::new().rows(110).bytes(260_000))
    });
    let build = step("build", |_| async {
        Ok(TaskReport::new().note("published build 12"))
    });
    let dag = Dag::new("daily", [build.after(["collect"]), collect]).unwrap();
    let engine = engine(clock.clone()).await;
    // Spawned, as a server does it: the future may move between threads.
    let request = RunRequest::backfill(interval);
    let run = tokio::spawn(async move {
        let never = CancellationToken::new();
        engine.run(&dag, request, &never).await.unwrap()
    });
    let run = run.await.unwrap();

    assert_eq!(run.outcome, RunOutcome::Success);
    assert_eq!(
        (run.trigger, run.interval),
        (Trigger::Backfill, Some(interval))
    );
    assert_eq!(run.process_id, std::process::id());
    assert!(
        run.id.as_str().starts_with("20260801T093000.000000Z-"),
        "{}",
        run.id
    );
    assert_eq!(run.ended_at, Some(clock.now()));
    assert_eq!(clock.now().duration_since(run.started_at).as_secs(), 90);
    assert_eq!(
        outcomes(&run),
        [
            ("collect", StepOutcome::Success, None),
            ("build", StepOutcome::Success, Some("published build 12")),
        ]
    );
    let collect = &run.steps[0];
    assert_eq!((collect.rows, collect.bytes), (Some(110), Some(260_000)));
    assert_eq!(
        (collect.started_at, collect.ended_at),
        (Some(run.started_at), run.ended_at)
    );
    assert_eq!(run.steps[1].rows, None);
}

#[tokio::test]
async fn a_failure_is_recorded_with_its_causes_and_skips_what_depends_on_it() {
    #[derive(Debug, thiserror::Error)]
    #[error("page 3 cannot be read")]
    struct Page(#[source] std::io::Error);

    let collect = step("collect", |_| async {
        Err(TaskError::permanent(Page(std::io::Error::other(
            "disk on fire",
        ))))
    });
    let run = run([
        collect,
        succeeds("trends"),
        succeeds("build").after(["collect", "trends"]),
        succeeds("publish").after(["build"]),
    ])
    .await;
    assert_eq!(run.outcome, RunOutcome::Failed);
    assert_eq!(
        outcomes(&run),
        [
            ("collect", StepOutcome::Failed, None),
            ("trends", StepOutcome::Success, None),
            ("build", StepOutcome::Skipped, Some("`collect` failed")),
            ("publish", StepOutcome::Skipped, Some("`collect` failed")),
        ]
    );
    assert_eq!(
        run.steps[0].errors,
        ["page 3 cannot be read", "disk on fire"]
    );
}

#[tokio::test]
async fn what_depends_on_an_incomplete_task_runs() {
    let collect = step("collect", |_| async {
        Ok(TaskReport::incomplete("the calls of today are spent").rows(7))
    });
    let run = run([collect, succeeds("build").after(["collect"])]).await;
    assert_eq!(run.outcome, RunOutcome::Incomplete);
    assert_eq!(
        outcomes(&run),
        [
            (
                "collect",
                StepOutcome::Incomplete,
                Some("the calls of today are spent")
            ),
            ("build", StepOutcome::Success, None),
        ]
    );
    assert_eq!(run.steps[0].rows, Some(7));
}

#[tokio::test]
async fn a_dag_without_tasks_succeeds() {
    assert_eq!(run([]).await.outcome, RunOutcome::Success);
}

#[tokio::test]
async fn retryable_errors_are_retried_as_the_step_says() {
    let clock = TestClock::skipping();
    let collect = step("collect", |context| async move {
        match context.attempt() {
            1 => Err(TaskError::retryable("connection reset")),
            2 => Err(TaskError::retryable_after(
                "too many requests",
                Duration::from_secs(600),
            )),
            _ => Ok(TaskReport::new().rows(1)),
        }
    });
    let policy = RetryPolicy {
        attempts: 3,
        first_delay: Duration::from_secs(5),
        max_delay: Duration::from_secs(60),
    };
    let dag = Dag::new("daily", [collect.retry(policy)]).unwrap();
    let run = engine(clock.clone())
        .await
        .run(&dag, RunRequest::scheduled(), &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Success);
    assert_eq!((run.steps[0].attempts, run.steps[0].errors.len()), (3, 0));
    assert_eq!(
        clock.sleeps(),
        [Duration::from_secs(5), Duration::from_secs(600)]
    );
}

#[tokio::test]
async fn attempts_end_and_permanent_errors_are_not_retried() {
    let calls = Arc::new(AtomicU32::new(0));
    let always = |error: fn(&'static str) -> TaskError, calls: &Arc<AtomicU32>| {
        let calls = Arc::clone(calls);
        step("collect", move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            async move { Err(error("refused")) }
        })
    };
    let run_once = run([always(TaskError::permanent, &calls)]).await;
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(run_once.steps[0].outcome, StepOutcome::Failed);

    let run_thrice = run([always(TaskError::retryable, &calls)]).await;
    assert_eq!(calls.load(Ordering::Relaxed), 1 + 3);
    assert_eq!(run_thrice.steps[0].attempts, 3);
    assert_eq!(run_thrice.steps[0].errors, ["refused"]);
}

#[tokio::test]
async fn a_task_that_calls_itself_cancelled_for_no_reason_has_failed() {
    let confused = step("confused", |_| async { Err(TaskError::cancelled()) });
    let run = run([confused]).await;
    assert_eq!(run.outcome, RunOutcome::Failed);
    assert_eq!(run.steps[0].attempts, 1);
}

#[tokio::test]
async fn a_panic_is_a_failure_of_its_task_alone() {
    let bad = step("bad", |_| async {
        std::panic::resume_unwind(Box::new("index out of bounds"))
    });
    let run = run([bad, succeeds("good"), succeeds("after").after(["bad"])]).await;
    assert_eq!(run.outcome, RunOutcome::Failed);
    assert_eq!(
        run.steps[0].errors,
        ["the task panicked: index out of bounds"]
    );
    assert_eq!(run.steps[1].outcome, StepOutcome::Success);
    assert_eq!(run.steps[2].outcome, StepOutcome::Skipped);
}

#[tokio::test]
async fn independent_tasks_run_concurrently() {
    // Each waits for the other: in sequence, they would deadlock.
    let meeting = Arc::new(Barrier::new(2));
    let meets = |name| {
        let meeting = Arc::clone(&meeting);
        step(name, move |_| {
            let meeting = Arc::clone(&meeting);
            async move {
                meeting.wait().await;
                Ok(TaskReport::new())
            }
        })
    };
    let run = run([meets("one"), meets("other")]).await;
    assert_eq!(run.outcome, RunOutcome::Success);
}

/// A step that signals its start and then waits for its cancellation.
fn waits(name: &str, started: &Arc<Notify>) -> Step {
    let started = Arc::clone(started);
    step(name, move |context| {
        let started = Arc::clone(&started);
        async move {
            started.notify_one();
            context.cancel().cancelled().await;
            Err(TaskError::cancelled())
        }
    })
}

#[tokio::test]
async fn a_cancelled_run_ends_gracefully() {
    let (cancel, started) = (CancellationToken::new(), Arc::new(Notify::new()));
    let steps = [
        succeeds("first"),
        waits("second", &started).after(["first"]),
        succeeds("third").after(["second"]),
    ];
    let dag = Dag::new("daily", steps).unwrap();
    // The grace period never ends: the task has to stop by itself.
    let engine = engine(TestClock::standing_still()).await;
    let (run, ()) = tokio::join!(engine.run(&dag, RunRequest::manual(), &cancel), async {
        started.notified().await;
        cancel.cancel();
    });
    let run = run.unwrap();
    assert_eq!(run.outcome, RunOutcome::Cancelled);
    assert_eq!(
        outcomes(&run),
        [
            ("first", StepOutcome::Success, None),
            (
                "second",
                StepOutcome::Incomplete,
                Some("the run was cancelled")
            ),
            ("third", StepOutcome::Skipped, Some("the run was cancelled")),
        ]
    );
    assert!(run.ended_at.is_some());
}

#[tokio::test]
async fn a_task_that_does_not_stop_is_dropped_after_the_grace() {
    let (cancel, started) = (CancellationToken::new(), Arc::new(Notify::new()));
    let deaf = {
        let started = Arc::clone(&started);
        step("deaf", move |_| {
            started.notify_one();
            std::future::pending()
        })
    };
    let dag = Dag::new("daily", [deaf]).unwrap();
    let clock = TestClock::skipping();
    let engine = engine(clock.clone()).await.grace(Duration::from_secs(7));
    let (run, ()) = tokio::join!(engine.run(&dag, RunRequest::manual(), &cancel), async {
        started.notified().await;
        cancel.cancel();
    });
    let run = run.unwrap();
    assert_eq!(run.outcome, RunOutcome::Cancelled);
    let note = "the run was cancelled; dropped after 7 s of grace";
    assert_eq!(
        outcomes(&run),
        [("deaf", StepOutcome::Incomplete, Some(note))]
    );
    assert_eq!(clock.sleeps(), [Duration::from_secs(7)]);
}

#[tokio::test]
async fn a_cancellation_ends_the_wait_for_a_retry() {
    let cancel = CancellationToken::new();
    let flaky = {
        let cancel = cancel.clone();
        step("flaky", move |_| {
            cancel.cancel();
            async { Err(TaskError::retryable("connection reset")) }
        })
    };
    let dag = Dag::new("daily", [flaky]).unwrap();
    let run = engine(TestClock::standing_still())
        .await
        .run(&dag, RunRequest::manual(), &cancel)
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Cancelled);
    let note = "the run was cancelled before attempt 2";
    assert_eq!(
        outcomes(&run),
        [("flaky", StepOutcome::Incomplete, Some(note))]
    );
    assert_eq!(run.steps[0].errors, ["connection reset"]);
}

#[tokio::test]
async fn a_run_cancelled_before_its_start_runs_nothing() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let dag = Dag::new("daily", [fails("collect")]).unwrap();
    let run = engine(TestClock::standing_still())
        .await
        .run(&dag, RunRequest::manual(), &cancel)
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Cancelled);
    assert_eq!(run.steps[0].outcome, StepOutcome::Skipped);
}

#[tokio::test]
async fn a_cancellation_that_comes_too_late_changes_nothing() {
    let cancel = CancellationToken::new();
    let last = {
        let cancel = cancel.clone();
        step("last", move |_| {
            cancel.cancel();
            async { Ok(TaskReport::new()) }
        })
    };
    let dag = Dag::new("daily", [last]).unwrap();
    let run = engine(TestClock::standing_still())
        .await
        .run(&dag, RunRequest::manual(), &cancel)
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Success);
}

#[tokio::test]
async fn a_dag_has_one_run_at_a_time_and_other_dags_do_not_wait_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let one = Engine::new(
        State::open(&path).await.unwrap(),
        TestClock::standing_still(),
    );
    let other = Engine::new(
        State::open(&path).await.unwrap(),
        TestClock::standing_still(),
    );
    let (cancel, started) = (CancellationToken::new(), Arc::new(Notify::new()));
    let long = Dag::new("daily", [waits("collect", &started)]).unwrap();
    let short = Dag::new("daily", [succeeds("collect")]).unwrap();
    let weekly = Dag::new("weekly", [succeeds("trends")]).unwrap();
    let request = RunRequest::manual();
    let never = CancellationToken::new();
    let (first, ()) = tokio::join!(one.run(&long, request.clone(), &cancel), async {
        started.notified().await;
        let error = other
            .run(&short, request.clone(), &never)
            .await
            .unwrap_err();
        let StateError::AlreadyRunning { run, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(run.process_id, std::process::id());
        assert!(error.is_retryable());
        let message = error.to_string();
        assert!(
            message.starts_with("the dag `daily` is running already: run `"),
            "{message}"
        );
        assert!(
            message.contains(&format!("process {}", std::process::id())),
            "{message}"
        );
        assert!(message.contains("\nhint: "), "{message}");

        let weekly = other.run(&weekly, request.clone(), &never).await.unwrap();
        assert_eq!(weekly.outcome, RunOutcome::Success);
        cancel.cancel();
    });
    assert_eq!(first.unwrap().outcome, RunOutcome::Cancelled);

    let again = other.run(&short, request, &never).await.unwrap();
    assert_eq!(again.outcome, RunOutcome::Success);
}

#[tokio::test]
async fn a_run_whose_future_is_dropped_counts_as_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::open(folder.path().join("jobtide.db")).await.unwrap();
    let engine =
        Engine::new(state.clone(), TestClock::standing_still()).parallel(NonZeroUsize::MIN);
    let started = Arc::new(Notify::new());
    let daily = Dag::new("daily", [waits("collect", &started)]).unwrap();
    let never = CancellationToken::new();
    tokio::select! {
        _ = engine.run(&daily, RunRequest::manual(), &never) => panic!("it waits for ever"),
        () = started.notified() => {}
    }
    // The aborted task releases its share of the lock when the runtime gets to it.
    let interrupted = loop {
        let interrupted = state.mark_interrupted().await.unwrap();
        if !interrupted.is_empty() {
            break interrupted;
        }
        tokio::task::yield_now().await;
    };
    let run = state.run(interrupted[0].as_str()).await.unwrap().unwrap();
    assert_eq!(run.outcome, RunOutcome::Interrupted);
}

#[tokio::test]
async fn a_run_that_cannot_be_recorded_does_not_continue() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::open(folder.path().join("jobtide.db")).await.unwrap();
    let closes = {
        let state = state.clone();
        step("closes", move |_| {
            let state = state.clone();
            async move {
                state.close().await;
                Ok(TaskReport::new())
            }
        })
    };
    let started = Arc::new(Notify::new());
    let dag = Dag::new("daily", [waits("waits", &started), closes]).unwrap();
    let engine = Engine::new(state, TestClock::standing_still());
    let error = engine
        .run(&dag, RunRequest::manual(), &CancellationToken::new())
        .await
        .unwrap_err();
    assert!(matches!(error, StateError::Sql { .. }), "{error}");

    let state = State::open(folder.path().join("jobtide.db")).await.unwrap();
    let run = state.last_runs(Some("daily"), 1).await.unwrap().remove(0);
    assert_eq!(run.outcome, RunOutcome::Interrupted);
}
