//! What tasks leave behind, and who may read it.

use kernel::Interval;
use orchestrator::{
    CancellationToken, Dag, Engine, OutputError, Parameter, RunOutcome, RunRecord, RunRequest,
    State, Step, StepOutcome, TaskError, TaskOutput, TaskReport,
};
use serde::{Deserialize, Serialize};

use crate::support::{TestClock, step, succeeds};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Collected {
    windows: Vec<String>,
    due: u64,
}

impl TaskOutput for Collected {
    const TYPE: &'static str = "collected";
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Built {
    build: u64,
}

impl TaskOutput for Built {
    const TYPE: &'static str = "built";
}

/// `Collected` with other fields, as another version may have it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct CollectedLater {
    windows: Vec<String>,
    calls: u64,
}

impl TaskOutput for CollectedLater {
    const TYPE: &'static str = "collected";
}

fn collected(due: u64) -> Collected {
    Collected {
        windows: vec!["1".to_owned(), "2".to_owned()],
        due,
    }
}

fn collects(name: &'static str, due: u64) -> Step {
    step(name, move |_| async move {
        Ok(TaskReport::new().output(&collected(due))?)
    })
}

async fn run_on(state: &State, steps: impl IntoIterator<Item = Step>) -> RunRecord {
    let dag = Dag::new("daily", steps).unwrap();
    Engine::new(state.clone(), TestClock::skipping())
        .run(&dag, RunRequest::manual(), &CancellationToken::new())
        .await
        .unwrap()
}

#[tokio::test]
async fn an_output_reaches_the_tasks_after_it_and_whoever_started_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let state = State::open(&path).await.unwrap();
    let build = step("build", |context| async move {
        // Directly before this one, and further up.
        let one: Collected = context.output("collect").await?;
        let all = context.outputs::<Collected>().await?;
        assert_eq!(all, [("collect".to_owned(), one.clone())]);
        Ok(TaskReport::new().output(&Built { build: one.due })?)
    });
    let check = step("check", |context| async move {
        let one: Collected = context.output("collect").await?;
        let built: Built = context.output("build").await?;
        assert_eq!((one.due, built.build), (7, 7));
        Ok(TaskReport::incomplete("half"))
    });
    let run = run_on(
        &state,
        [
            check.after(["build"]),
            build.after(["collect"]),
            collects("collect", 7),
            collects("aside", 8),
        ],
    )
    .await;
    assert_eq!(run.outcome, RunOutcome::Incomplete, "{run:?}");
    state.close().await;

    let state = State::open(&path).await.unwrap();
    let one: Option<Collected> = state.output(&run.id, "collect").await.unwrap();
    assert_eq!(one, Some(collected(7)), "durable");
    let of: Vec<(String, Collected)> = state.outputs(&run.id).await.unwrap();
    let of: Vec<_> = of.iter().map(|(task, one)| (&**task, one.due)).collect();
    assert_eq!(of, [("collect", 7), ("aside", 8)]);
    for task in ["check", "nobody"] {
        let none: Option<Collected> = state.output(&run.id, task).await.unwrap();
        assert_eq!(none, None, "{task}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_fails_the_task_with_the_reason() {
    async fn error<T: TaskOutput + 'static>(of: &'static str) -> String {
        let state = State::in_memory().await.unwrap();
        let reads = step("read", move |context| async move {
            context.output::<T>(of).await?;
            Ok(TaskReport::new())
        });
        let run = run_on(
            &state,
            [
                collects("collect", 1),
                succeeds("silent"),
                succeeds("aside"),
                reads.after(["collect", "silent"]),
            ],
        )
        .await;
        let step = run.steps.iter().find(|step| step.task == "read").unwrap();
        assert_eq!((step.outcome, step.attempts), (StepOutcome::Failed, 1));
        step.errors.join(": ")
    }
    assert_eq!(
        error::<Collected>("aside").await,
        "the task `read` reads the output of `aside`, which does not come before it\nhint: name `aside` in its `after`"
    );
    assert_eq!(
        error::<Collected>("silent").await,
        "the task `silent` left no output; one of the type `collected` was expected"
    );
    assert_eq!(
        error::<Built>("collect").await,
        "the output of the task `collect` is of the type `collected`, not `built`"
    );
    let said = error::<CollectedLater>("collect").await;
    assert!(
        said.starts_with(
            "the output of the task `collect` is not a valid `collected`: missing field `calls`"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn an_output_that_is_too_large_fails_its_task() {
    let state = State::in_memory().await.unwrap();
    let large = step("large", |_| async {
        let large = Collected {
            windows: vec!["x".repeat(100); 1_000],
            due: 0,
        };
        Ok(TaskReport::new().output(&large)?)
    });
    let run = run_on(&state, [large]).await;
    let step = &run.steps[0];
    assert_eq!(step.outcome, StepOutcome::Failed);
    assert!(
        step.errors[0].contains("`collected` has 103"),
        "{:?}",
        step.errors
    );
    let none: Option<Collected> = state.output(&run.id, "large").await.unwrap();
    assert_eq!(none, None);
}

#[tokio::test]
async fn a_failure_has_its_class_and_the_output_of_its_last_attempt() {
    let state = State::in_memory().await.unwrap();
    let fails = step("build", |context| async move {
        let output = Built {
            build: context.attempt().into(),
        };
        Err(TaskError::retryable("a check failed")
            .class("checks_failed")
            .output(&output)?)
    });
    let run = run_on(&state, [fails]).await;
    let step = &run.steps[0];
    assert_eq!((step.outcome, step.attempts), (StepOutcome::Failed, 3));
    assert_eq!(step.error_class.as_deref(), Some("checks_failed"));
    let built: Option<Built> = state.output(&run.id, "build").await.unwrap();
    assert_eq!(built, Some(Built { build: 3 }));
    let error = state.output::<Collected>(&run.id, "build").await.err();
    assert!(
        matches!(error, Some(OutputError::OtherType { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_run_has_parameters_which_its_tasks_read_and_the_state_keeps() {
    let state = State::in_memory().await.unwrap();
    let reads = step("read", |context| async move {
        assert!(context.is_open_ended());
        let days = context.parameters().get("days");
        assert_eq!(days, Some(&Parameter::Number(3)));
        Ok(TaskReport::new())
    });
    let dag = Dag::new("daily", [reads]).unwrap();
    let from = "2026-05-01T00:00:00Z".parse().unwrap();
    let to = "2026-08-01T09:30:00Z".parse().unwrap();
    let request = RunRequest::backfill(Interval::new(from, to).unwrap())
        .open_ended()
        .with("days", 3);
    let run = Engine::new(state.clone(), TestClock::skipping())
        .run(&dag, request.clone(), &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Success, "{run:?}");
    let stored = state.run(run.id.as_str()).await.unwrap().unwrap();
    assert_eq!(stored.parameters, request.parameters);
    let json = serde_json::to_value(&stored).unwrap();
    assert_eq!(
        json["parameters"],
        serde_json::json!({"days": 3, "open_end": true})
    );
}
