//! Trigger rules, conditions, short cuts, timeouts, waiting, pools and priorities in one run.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use orchestrator::{
    CancellationToken, Dag, DagDefinition, Engine, Mapping, Pools, Registry, Retries, RetryPolicy,
    RunOutcome, RunRecord, RunRequest, State, Step, StepOutcome, TIMEOUT, Task, TaskContext,
    TaskError, TaskOutput, TaskReport, TriggerRule,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{TestClock, fails, step, succeeds};

fn engine(state: &State) -> Engine {
    Engine::new(state.clone(), TestClock::skipping())
}

async fn run_with(request: RunRequest, steps: impl IntoIterator<Item = Step>) -> RunRecord {
    let dag = Dag::new("daily", steps).unwrap();
    let state = State::in_memory().await.unwrap();
    let never = CancellationToken::new();
    engine(&state).run(&dag, request, &never).await.unwrap()
}

async fn run(steps: impl IntoIterator<Item = Step>) -> RunRecord {
    run_with(RunRequest::manual(), steps).await
}

fn became<'a>(run: &'a RunRecord, task: &str) -> (StepOutcome, Option<&'a str>) {
    let step = run.steps.iter().find(|step| step.task == task).unwrap();
    (step.outcome, step.note.as_deref())
}

#[tokio::test]
async fn rules_decide_by_what_became_of_the_tasks_before() {
    let always = |name| succeeds(name).trigger_rule(TriggerRule::AllDone);
    let on_failure = |name| succeeds(name).trigger_rule(TriggerRule::OneFailed);
    let run = run([
        succeeds("good"),
        fails("bad"),
        succeeds("after bad").after(["bad"]),
        always("clean").after(["good", "after bad"]),
        succeeds("after clean").after(["clean"]),
        on_failure("tell").after(["good", "after bad"]),
        on_failure("quiet").after(["good"]),
        on_failure("first"),
        succeeds("after quiet").after(["quiet", "good"]),
    ])
    .await;
    assert_eq!(run.outcome, RunOutcome::Failed);
    let skipped = StepOutcome::Skipped;
    let success = StepOutcome::Success;
    for (task, expected) in [
        ("after bad", (skipped, Some("`bad` failed"))),
        ("clean", (success, None)),
        ("after clean", (success, None)),
        ("tell", (success, None)),
        ("quiet", (skipped, Some("nothing failed before it"))),
        ("first", (skipped, Some("nothing failed before it"))),
        ("after quiet", (skipped, Some("nothing failed before it"))),
    ] {
        assert_eq!(became(&run, task), expected, "{task}");
    }
}

#[tokio::test]
async fn a_failure_counts_whenever_it_comes() {
    for fails_first in [true, false] {
        let order = Arc::new(Mutex::new(Vec::new()));
        let pauses = move |first: bool| {
            let order = Arc::clone(&order);
            async move {
                // The one that is not first waits for the other.
                while !first && order.lock().unwrap().is_empty() {
                    tokio::task::yield_now().await;
                }
                order.lock().unwrap().push(());
            }
        };
        let (failing, nothing) = (pauses.clone(), pauses.clone());
        let run = run([
            step("bad", move |_| {
                let pause = failing(fails_first);
                async move {
                    pause.await;
                    Err(TaskError::permanent("broken"))
                }
            }),
            step("look", move |_| {
                let pause = nothing(!fails_first);
                async move {
                    pause.await;
                    Ok(TaskReport::nothing_follows("nothing new"))
                }
            }),
            succeeds("join").after(["bad", "look"]),
            succeeds("alarm")
                .after(["join"])
                .trigger_rule(TriggerRule::OneFailed),
        ])
        .await;
        let expected = (StepOutcome::Skipped, Some("`bad` failed"));
        assert_eq!(became(&run, "join"), expected, "{fails_first}");
        assert_eq!(became(&run, "alarm").0, StepOutcome::Success);
    }
}

#[tokio::test]
async fn nothing_new_skips_what_follows_and_succeeds() {
    let look = step("look", |_| async {
        Ok(TaskReport::nothing_follows("nothing new since 09:00"))
    });
    let run = run([
        look,
        succeeds("build").after(["look"]),
        succeeds("publish").after(["build"]),
        succeeds("note")
            .after(["publish"])
            .trigger_rule(TriggerRule::AllDone),
    ])
    .await;
    assert_eq!(run.outcome, RunOutcome::Success);
    let why = Some("nothing new since 09:00");
    assert_eq!(became(&run, "look"), (StepOutcome::Success, why));
    assert_eq!(became(&run, "publish"), (StepOutcome::Skipped, why));
    assert_eq!(became(&run, "note"), (StepOutcome::Success, None));
}

#[derive(Serialize, Deserialize)]
struct Found {
    new: u64,
    files: Vec<String>,
}

impl TaskOutput for Found {
    const TYPE: &'static str = "found";
}

#[derive(Deserialize)]
struct Nothing {}

struct Looks(String);

#[async_trait::async_trait]
impl Task for Looks {
    fn name(&self) -> &str {
        &self.0
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        if self.0 != "look" {
            return Ok(TaskReport::new().rows(1));
        }
        let full = context.parameters().get("full").is_some();
        let files = ["a", "b", "a"].map(str::to_owned);
        let found = Found {
            new: u64::from(full),
            files: files.to_vec(),
        };
        Ok(TaskReport::new().output(&found)?)
    }
}

async fn of_file(tasks: &str, request: RunRequest) -> RunRecord {
    let registry: Registry<()> = Registry::default()
        .kind("look", |name, _with: Nothing, (): &()| {
            Ok(Looks(name.to_owned()))
        });
    let text = format!("what = ''\n[[tasks]]\nname = 'look'\nkind = 'look'\n{tasks}");
    let definition = DagDefinition::parse("dags/daily.toml", &text).unwrap();
    let dag = registry.dag(&definition, &()).unwrap();
    let state = State::in_memory().await.unwrap();
    let never = CancellationToken::new();
    engine(&state).run(&dag, request, &never).await.unwrap()
}

#[tokio::test]
async fn a_condition_that_does_not_hold_skips_and_says_why() {
    let next = "[[tasks]]\nname = 'next'\nkind = 'look'\nafter = ['look']\n";
    let full = || RunRequest::manual().with("full", true);
    let none = RunRequest::manual;
    let says = |why| (StepOutcome::Skipped, Some(why));
    let runs = (StepOutcome::Success, None);
    for (when, request, expected) in [
        ("parameter = 'full', is = true", full(), runs),
        (
            "parameter = 'full', is = true",
            none(),
            says("the parameter `full` is not given"),
        ),
        (
            "parameter = 'full', is = false",
            full(),
            says("the parameter `full` is true, not false"),
        ),
        ("parameter = 'full', is_not = true", none(), runs),
        ("task = 'look', field = 'new', above = 0", full(), runs),
        (
            "task = 'look', field = 'new', above = 0",
            none(),
            says("`new` of `look` is 0, not above 0"),
        ),
    ] {
        let run = of_file(&format!("{next}when = {{ {when} }}"), request).await;
        assert_eq!(became(&run, "next"), expected, "{when}");
    }
    // What is not there is no zero.
    let when = "when = { task = 'look', field = 'nwe', above = 0 }";
    let run = of_file(&format!("{next}{when}"), none()).await;
    assert_eq!(run.outcome, RunOutcome::Failed);
    assert_eq!(
        run.steps[1].errors,
        ["the output of `look`, of the type `found`, has no `nwe`"]
    );
}

#[tokio::test]
async fn a_list_that_a_task_found_makes_an_instance_of_each_item_once() {
    let each = "[[tasks]]\nname = 'each'\nkind = 'look'\nafter = ['look']\n";
    let mapped = format!("{each}mapped = {{ task = 'look', field = 'files' }}");
    let run = of_file(&mapped, RunRequest::manual()).await;
    assert_eq!(
        became(&run, "each"),
        (StepOutcome::Success, Some("2 instances"))
    );
    assert_eq!(run.steps[1].rows, Some(2));
    let mapped = format!("{each}mapped = {{ task = 'look', field = 'new' }}");
    let run = of_file(&mapped, RunRequest::manual()).await;
    assert_eq!(run.steps[1].errors, ["`new` of `look` is 0, not a list"]);
    let run = of_file(&format!("{each}mapped = []"), RunRequest::manual()).await;
    assert_eq!(
        became(&run, "each"),
        (StepOutcome::Skipped, Some("its list is empty"))
    );
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_dropped_and_retried_by_its_class() {
    let slow = step("slow", |context| async move {
        match context.attempt() {
            1 | 2 => std::future::pending().await,
            _ => Ok(TaskReport::new()),
        }
    });
    let never = RetryPolicy::NEVER;
    let retries = Retries {
        otherwise: never,
        by_class: [(
            TIMEOUT.to_owned(),
            RetryPolicy {
                attempts: 3,
                ..never
            },
        )]
        .into(),
    };
    let limit = Duration::from_secs(30);
    let run_thrice = run([slow.timeout(limit).retry(retries)]).await;
    assert_eq!(run_thrice.outcome, RunOutcome::Success);
    assert_eq!(run_thrice.steps[0].attempts, 3);
    let hangs = step("hangs", |_| std::future::pending());
    let run_once = run([hangs.timeout(limit).retry(never)]).await;
    assert_eq!(run_once.steps[0].errors, ["not done after 30 s"]);
    assert_eq!(run_once.steps[0].error_class.as_deref(), Some(TIMEOUT));
}

#[tokio::test]
async fn what_waits_holds_no_worker_and_is_one_attempt() {
    let looks = Arc::new(AtomicUsize::new(0));
    let waits = {
        let looks = Arc::clone(&looks);
        step("waits", move |_| {
            let looked = looks.fetch_add(1, Ordering::Relaxed);
            async move {
                match looked {
                    0..5 => Err(TaskError::not_yet("no file", Duration::from_secs(60))),
                    _ => Ok(TaskReport::new()),
                }
            }
        })
    };
    let state = State::in_memory().await.unwrap();
    let clock = TestClock::skipping();
    let engine = Engine::new(state, clock.clone()).parallel(NonZeroUsize::MIN);
    // With one worker, nothing else could run if it were held.
    let order = Arc::new(Mutex::new(Vec::new()));
    let other = {
        let order = Arc::clone(&order);
        let looks = Arc::clone(&looks);
        step("other", move |_| {
            order.lock().unwrap().push(looks.load(Ordering::Relaxed));
            async { Ok(TaskReport::new()) }
        })
    };
    let dag = Dag::new("daily", [waits, other]).unwrap();
    let never = CancellationToken::new();
    let run = engine
        .run(&dag, RunRequest::manual(), &never)
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Success);
    assert_eq!(run.steps[0].attempts, 1);
    assert_eq!(
        *order.lock().unwrap(),
        [1],
        "between the first look and the second"
    );
    assert_eq!(clock.sleeps(), [Duration::from_secs(60); 5]);
}

#[tokio::test]
async fn what_never_comes_is_given_up() {
    let clock = TestClock::skipping();
    let (own, looks) = (Arc::clone(&clock), AtomicUsize::new(0));
    let waits = step("waits", move |_| {
        // A clock that is set back by a year shows that it has not waited yet.
        match looks.fetch_add(1, Ordering::SeqCst) {
            0 => own.set_back(Duration::from_hours(24 * 365)),
            1 => own.advance(Duration::from_hours(24 * 365)),
            _ => {}
        }
        async { Err(TaskError::not_yet("no file", Duration::from_secs(60))) }
    });
    let engine = Engine::new(State::in_memory().await.unwrap(), clock.clone());
    let waits = waits.give_up_after(Duration::from_secs(150));
    let dag = Dag::new("daily", [waits]).unwrap();
    let never = CancellationToken::new();
    let run = engine
        .run(&dag, RunRequest::manual(), &never)
        .await
        .unwrap();
    assert_eq!(run.steps[0].errors, ["no file; gave up after 150 s"]);
    assert_eq!(run.steps[0].error_class.as_deref(), Some(TIMEOUT));
    assert_eq!(clock.sleeps(), [60, 60, 30].map(Duration::from_secs));
}

#[tokio::test]
async fn a_pool_limits_its_tasks_alone_and_priority_decides_who_is_first() {
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let order = Arc::new(Mutex::new(Vec::new()));
    let calls = |number: i32| {
        let (inside, most) = (Arc::clone(&inside), Arc::clone(&most));
        let order = Arc::clone(&order);
        let task = step(format!("call {number}"), move |_| {
            let (inside, most) = (Arc::clone(&inside), Arc::clone(&most));
            order.lock().unwrap().push(number);
            async move {
                let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                inside.fetch_sub(1, Ordering::SeqCst);
                Ok(TaskReport::new())
            }
        });
        task.pool("board").priority(number)
    };
    let two = NonZeroUsize::new(2).unwrap();
    let engine = Engine::new(State::in_memory().await.unwrap(), TestClock::skipping())
        .parallel(NonZeroUsize::new(8).unwrap())
        .pools(Pools::default().with("board", two));
    let steps: Vec<Step> = (0..6).map(calls).chain([succeeds("other")]).collect();
    let dag = Dag::new("daily", steps).unwrap();
    let never = CancellationToken::new();
    let run = engine
        .run(&dag, RunRequest::manual(), &never)
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Success);
    assert!(most.load(Ordering::SeqCst) <= 2);
    let order = order.lock().unwrap();
    assert_eq!(order.len(), 6);
    // Two at a time: the two highest first, in either order.
    assert_eq!(order[..2].iter().min(), Some(&4), "{order:?}");
    assert_eq!(order[4..].iter().max(), Some(&1), "{order:?}");
}

#[tokio::test]
async fn each_instance_has_its_own_retries_rows_and_outcome() {
    let each = step("each", |context| async move {
        let item: u32 = context.item()?;
        match (item % 10, context.attempt()) {
            (3, _) => Err(TaskError::permanent(format!("{item} is refused"))),
            (4, 1) => Err(TaskError::retryable("busy")),
            _ => Ok(TaskReport::new().rows(u64::from(item))),
        }
    });
    let items = (0..30).map(|item| json!(item)).collect();
    let dag = Dag::new(
        "daily",
        [
            each.mapped(Mapping::Items(items)),
            succeeds("after").after(["each"]),
        ],
    )
    .unwrap();
    let state = State::in_memory().await.unwrap();
    let never = CancellationToken::new();
    let run = engine(&state)
        .run(&dag, RunRequest::manual(), &never)
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Failed);
    let step = &run.steps[0];
    assert_eq!(
        step.errors,
        ["3 of 30 instances failed: `3`, `13`, `23`", "3 is refused"]
    );
    assert_eq!(step.rows, Some((0..30).sum::<u64>() - 3 - 13 - 23));
    assert_eq!(run.steps[1].outcome, StepOutcome::Skipped);
    let instances = state.instances(&run.id, "each", 100).await.unwrap();
    assert_eq!(instances.len(), 30);
    assert_eq!(
        (&*instances[0].item, &instances[0].errors[..]),
        ("3", &["3 is refused".to_owned()][..])
    );
    let busy = instances.iter().find(|one| one.item == "4").unwrap();
    assert_eq!((busy.attempts, busy.rows), (2, Some(4)));
}

#[tokio::test]
async fn ten_thousand_instances_are_one_step() {
    let each = step("each", |context| async move {
        let item: u64 = context.item()?;
        Ok(TaskReport::new().rows(item % 2))
    });
    let items = (0..10_000).map(|item| json!(item)).collect();
    let dag = Dag::new("daily", [each.mapped(Mapping::Items(items))]).unwrap();
    let state = State::in_memory().await.unwrap();
    let engine =
        Engine::new(state.clone(), TestClock::skipping()).parallel(NonZeroUsize::new(64).unwrap());
    let never = CancellationToken::new();
    let run = engine
        .run(&dag, RunRequest::manual(), &never)
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Success);
    assert_eq!(run.steps[0].rows, Some(5_000));
    assert_eq!(run.steps[0].note.as_deref(), Some("10000 instances"));
    let status = state.status(10).await.unwrap();
    assert_eq!(status.runs[0].steps.len(), 1);
    assert_eq!(state.instances(&run.id, "each", 5).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_cancelled_run_stops_its_instances() {
    let cancel = CancellationToken::new();
    let each = {
        let cancel = cancel.clone();
        step("each", move |context| {
            let cancel = cancel.clone();
            async move {
                let item: u32 = context.item()?;
                if item == 2 {
                    cancel.cancel();
                }
                Ok(TaskReport::new())
            }
        })
    };
    let items = (0..50).map(|item| json!(item)).collect();
    let dag = Dag::new(
        "daily",
        [
            each.mapped(Mapping::Items(items)),
            succeeds("after").after(["each"]),
        ],
    )
    .unwrap();
    let state = State::in_memory().await.unwrap();
    let run = engine(&state)
        .run(&dag, RunRequest::manual(), &cancel)
        .await
        .unwrap();
    assert_eq!(run.outcome, RunOutcome::Cancelled);
    assert_eq!(
        became(&run, "each"),
        (StepOutcome::Incomplete, Some("the run was cancelled"))
    );
    assert_eq!(
        became(&run, "after"),
        (StepOutcome::Skipped, Some("the run was cancelled"))
    );
    let instances = state.instances(&run.id, "each", 100).await.unwrap();
    let done = instances
        .iter()
        .filter(|one| one.outcome == StepOutcome::Success);
    assert!((3..50).contains(&done.count()));
}
