//! One task of a dag by itself: beside others, after others, and how it may end.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use orchestrator::{
    CancellationToken, Dag, Engine, Mapping, OneTask, OneTaskOptions, Retries, RetryPolicy,
    RunOutcome, RunRecord, RunRequest, State, StateError, Step, StepOutcome, TaskError, TaskOutput,
    TaskReport, Trigger,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::support::{TestClock, step, succeeds};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Found {
    files: Vec<String>,
}

impl TaskOutput for Found {
    const TYPE: &'static str = "found";
}

fn request(external: &str) -> RunRequest {
    RunRequest::manual().of_external_run(external)
}

fn one(dag: &Dag, task: &str, options: OneTaskOptions, request: &RunRequest) -> OneTask {
    OneTask::of(dag, task, options, request).expect("the task")
}

async fn run(state: &State, one: &OneTask, request: RunRequest) -> Result<RunRecord, StateError> {
    Engine::new(state.clone(), TestClock::skipping())
        .run(one.dag(), request, &CancellationToken::new())
        .await
}

/// Runs a task of a dag with the defaults.
async fn ran(state: &State, dag: &Dag, task: &str, request: RunRequest) -> RunRecord {
    let one = one(dag, task, OneTaskOptions::default(), &request);
    run(state, &one, request).await.unwrap()
}

/// `look` finds a file, `read` runs for each, `publish` comes after all.
fn dag() -> Dag {
    let look = step("look", |context| async move {
        let files = vec![format!("of {}", context.trigger())];
        Ok(TaskReport::new().output(&Found { files })?)
    });
    let read = step("read", |context| async move {
        let file: String = context.item()?;
        Ok(TaskReport::new().note(file))
    });
    let publish = step("publish", |context| async move {
        let found: Found = context.output("look").await?;
        Ok(TaskReport::new().note(found.files.join(", ")))
    });
    let files = Mapping::Field {
        task: "look".to_owned(),
        field: "files".to_owned(),
    };
    let steps = [
        look,
        read.after(["look"]).mapped(files),
        publish.after(["read"]),
    ];
    Dag::new("daily", steps).unwrap()
}

#[tokio::test]
async fn tasks_of_one_external_run_read_the_outputs_of_one_another() {
    let (state, dag) = (State::in_memory().await.unwrap(), dag());
    let look = ran(&state, &dag, "look", request("a")).await;
    assert_eq!((look.dag.as_str(), look.steps.len()), ("daily", 1));
    ran(
        &state,
        &dag,
        "look",
        request("b").triggered_by(Trigger::Schedule),
    )
    .await;

    let read = ran(&state, &dag, "read", request("a")).await;
    let instances = state.instances(&read.id, "read", 10).await.unwrap();
    assert_eq!(instances.len(), 1);
    assert_eq!(instances[0].item, r#""of manual""#);
    let publish = ran(&state, &dag, "publish", request("b")).await;
    assert_eq!(publish.steps[0].note.as_deref(), Some("of schedule"));

    // Of a task that ran again, the last one counts.
    ran(
        &state,
        &dag,
        "look",
        request("b").triggered_by(Trigger::Data),
    )
    .await;
    let publish = ran(&state, &dag, "publish", request("b")).await;
    assert_eq!(publish.steps[0].note.as_deref(), Some("of data"));
    // What is reported of a run is its own.
    assert!(
        state
            .outputs::<Found>(&publish.id)
            .await
            .unwrap()
            .is_empty()
    );

    for strange in [request("c"), RunRequest::manual()] {
        let publish = ran(&state, &dag, "publish", strange).await;
        let error = publish.steps[0].errors.join(": ");
        assert!(error.contains("`look` left no output"), "{error}");
        // The whole dag would run instead of it.
        let at = publish.started_at;
        assert!(!state.retry(&publish.id, &dag, at).await.unwrap());
    }
    // Neither is what an earlier attempt left, where the last one leaves nothing.
    let silent = Dag::new("daily", [succeeds("look")]).unwrap();
    ran(&state, &silent, "look", request("b")).await;
    let publish = ran(&state, &dag, "publish", request("b")).await;
    let error = publish.steps[0].errors.join(": ");
    assert!(error.contains("`look` left no output"), "{error}");
    let request = request("a");
    assert!(OneTask::of(&dag, "loook", OneTaskOptions::default(), &request).is_none());
}

#[tokio::test]
async fn an_item_is_an_instance_of_its_own() {
    let (state, dag) = (State::in_memory().await.unwrap(), dag());
    let request = RunRequest::manual();
    let options = OneTaskOptions {
        item: Some("서울".into()),
        ..OneTaskOptions::default()
    };
    let read = one(&dag, "read", options, &request);
    let record = run(&state, &read, request).await.unwrap();
    assert_eq!(record.outcome, RunOutcome::Success);
    let instances = state.instances(&record.id, "read", 10).await.unwrap();
    assert_eq!(instances[0].note.as_deref(), Some("서울"));
}

/// A task that says when it has begun, and ends when it is let.
fn held(begun: &Arc<Notify>, end: &Arc<Notify>) -> Step {
    let (begun, end) = (Arc::clone(begun), Arc::clone(end));
    step("held", move |_| {
        let (begun, end) = (Arc::clone(&begun), Arc::clone(&end));
        async move {
            begun.notify_one();
            end.notified().await;
            Ok(TaskReport::new())
        }
    })
}

async fn beside_a_held_one(allowed: u32) {
    let state = State::in_memory().await.unwrap();
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let allowed = NonZeroU32::new(allowed).unwrap();
    let dag = Dag::new("daily", [held(&begun, &end), succeeds("other")]).unwrap();
    let dag = dag.max_active_runs(allowed);
    let engine = Engine::new(state.clone(), TestClock::skipping());
    let never = CancellationToken::new();

    let a = request("a");
    let first = one(&dag, "held", OneTaskOptions::default(), &a);
    let running = async { engine.run(first.dag(), a.clone(), &never).await.unwrap() };
    let meanwhile = async {
        begun.notified().await;
        let again = run(&state, &first, a.clone()).await.unwrap_err();
        assert!(
            matches!(again, StateError::AlreadyRunning { .. }),
            "{again}"
        );
        let other = one(&dag, "other", OneTaskOptions::default(), &a);
        run(&state, &other, a.clone()).await.unwrap();
        // A whole run would wait for the task, too: it is dropped when it has begun.
        let whole = engine.run(&dag, RunRequest::manual(), &never);
        let whole = tokio::select! {
            ran = whole => ran.map(drop),
            () = begun.notified() => Ok(()),
        };
        match allowed.get() {
            1 => assert!(matches!(whole, Err(StateError::AlreadyRunning { .. }))),
            _ => whole.unwrap(),
        }
        end.notify_one();
    };
    let (record, ()) = tokio::join!(running, meanwhile);
    assert_eq!(record.outcome, RunOutcome::Success);
    // The place is free again.
    end.notify_one();
    run(&state, &first, a.clone()).await.unwrap();
}

#[tokio::test]
async fn a_task_runs_once_at_a_time_and_not_beside_a_whole_run() {
    beside_a_held_one(1).await;
}

#[tokio::test]
async fn where_runs_overlap_so_do_tasks_of_different_runs() {
    beside_a_held_one(2).await;
    // Of another run, the same task has most likely another place.
    let state = State::in_memory().await.unwrap();
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let two = NonZeroU32::new(2).unwrap();
    let dag = Dag::new("daily", [held(&begun, &end)]).unwrap();
    let dag = dag.max_active_runs(two);
    let requests = [request("a"), request("b")];
    let [a, b] = requests.map(|request| {
        let one = one(&dag, "held", OneTaskOptions::default(), &request);
        (one, request)
    });
    let both = async {
        begun.notified().await;
        begun.notified().await;
        end.notify_one();
        end.notify_one();
    };
    let (first, second, ()) = tokio::join!(
        run(&state, &a.0, a.1.clone()),
        run(&state, &b.0, b.1.clone()),
        both
    );
    assert_eq!(first.unwrap().outcome, RunOutcome::Success);
    assert_eq!(second.unwrap().outcome, RunOutcome::Success);
}

#[tokio::test]
async fn whole_runs_keep_tasks_waiting() {
    let state = State::in_memory().await.unwrap();
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let dag = Dag::new("daily", [held(&begun, &end), succeeds("other")]).unwrap();
    let engine = Engine::new(state.clone(), TestClock::skipping());
    let never = CancellationToken::new();
    let meanwhile = async {
        begun.notified().await;
        let request = RunRequest::manual();
        let other = one(&dag, "other", OneTaskOptions::default(), &request);
        let error = run(&state, &other, request).await.unwrap_err();
        assert!(
            matches!(error, StateError::AlreadyRunning { .. }),
            "{error}"
        );
        end.notify_one();
    };
    let (whole, ()) = tokio::join!(engine.run(&dag, RunRequest::manual(), &never), meanwhile);
    assert_eq!(whole.unwrap().outcome, RunOutcome::Success);
}

#[tokio::test]
async fn it_says_whether_another_attempt_makes_sense() {
    let state = State::in_memory().await.unwrap();
    let class = || Retries {
        by_class: [("busy".to_owned(), RetryPolicy::default())].into(),
        ..Retries::default()
    };
    let steps = [
        step("reset", |_| async { Err(TaskError::retryable("reset")) }),
        step("wrong", |_| async { Err(TaskError::permanent("wrong")) }),
        step("busy", |_| async {
            Err(TaskError::permanent("busy").class("busy"))
        })
        .retry(class()),
        step("hangs", |context| async move {
            context.cancel().cancelled().await;
            Err(TaskError::cancelled())
        })
        .timeout(Duration::from_secs(5)),
        step("waits", |_| async {
            Err(TaskError::not_yet("no file", Duration::from_secs(60)))
        })
        .produces(["files"])
        .give_up_after(Duration::from_secs(600)),
    ];
    let dag = Dag::new("daily", steps).unwrap();
    for (task, attempts, may_succeed) in [
        ("reset", 3, true),
        ("wrong", 1, false),
        ("busy", 3, true),
        ("hangs", 3, true),
        ("waits", 1, true),
    ] {
        for limit in [None, NonZeroU32::new(1)] {
            let options = OneTaskOptions {
                attempts: limit,
                ..OneTaskOptions::default()
            };
            let request = RunRequest::manual();
            let one = one(&dag, task, options, &request);
            let record = run(&state, &one, request).await.unwrap();
            assert_eq!(record.outcome, RunOutcome::Failed, "{task}");
            assert_eq!(one.may_succeed_later(), may_succeed, "{task}");
            let expected = limit.map_or(attempts, NonZeroU32::get);
            assert_eq!(record.steps[0].attempts, expected, "{task}");
        }
    }
    let options = OneTaskOptions {
        looks_once: true,
        ..OneTaskOptions::default()
    };
    let request = RunRequest::manual();
    let waits = one(&dag, "waits", options, &request);
    let record = run(&state, &waits, request).await.unwrap();
    assert!(waits.only_waits());
    let [step] = &record.steps[..] else {
        panic!("{record:?}")
    };
    assert_eq!(
        (step.outcome, step.nothing_new),
        (StepOutcome::Success, true)
    );
    assert_eq!(step.note.as_deref(), Some("not yet: no file"));
}
