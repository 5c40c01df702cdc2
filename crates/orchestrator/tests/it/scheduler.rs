//! What is due and what is queued, run until it is done: by time, by data, by other DAGs, by people;
//! across processes that end half way.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use jiff::Timestamp;
use kernel::{Clock, Interval};
use orchestrator::{
    CancellationToken, Dag, Engine, RunOutcome, RunRecord, RunRequest, StepOutcome, Trigger,
};

use crate::world::{NOTE, World, definition, in_time, name, registry};

#[tokio::test]
async fn each_interval_runs_once_and_in_order() {
    let hourly = format!(
        "what = ''\nschedule = {{ cron = '5 * * * *', time_zone = 'Asia/Seoul' }}\ncatch_up = 'all'\n{NOTE}"
    );
    let world = World::new(vec![definition("hourly", &hourly)]).await;
    world.until(10).await;
    // A second process goes on where the first one ended.
    world.until(10).await;
    let log = world.log.lock().unwrap().clone();
    assert!(log.len() >= 20, "{log:?}");
    let begin: Timestamp = "2026-08-01T08:05:00Z".parse().unwrap();
    for (index, (_, interval)) in (0..).zip(&log) {
        let from = begin + jiff::SignedDuration::from_hours(index);
        let to = from + jiff::SignedDuration::from_hours(1);
        assert_eq!(*interval, Some(Interval { from, to }), "{log:#?}");
    }
    let runs = world.runs().await;
    assert!(runs.iter().all(|run| run.trigger == Trigger::Schedule));
}

#[tokio::test]
async fn a_dag_starts_another_and_data_a_third() {
    let first = format!(
        "what = ''\n{NOTE}produces = ['landed']\n[[tasks]]\nname = 'go'\nkind = 'trigger'\nafter = ['note']\nwith = {{ dag = 'second', parameters = {{ full = true }} }}\n"
    );
    let third = format!("what = ''\nschedule = {{ on = ['landed'] }}\n{NOTE}");
    let world = World::new(vec![
        definition("first", &first),
        definition("second", &format!("what = ''\n{NOTE}")),
        definition("third", &third),
    ])
    .await;
    let now = world.clock.now();
    let queued = world
        .state
        .enqueue(&name("first"), &RunRequest::manual(), now)
        .await
        .unwrap();
    assert!(queued);
    world.until(3).await;
    let runs: BTreeMap<String, RunRecord> = world
        .runs()
        .await
        .into_iter()
        .map(|run| (run.dag.clone(), run))
        .collect();
    assert_eq!(runs.len(), 3);
    assert_eq!(runs["second"].trigger, Trigger::Dag);
    assert_eq!(runs["second"].parameters.to_string(), r#"{"full":true}"#);
    assert_eq!(runs["third"].trigger, Trigger::Data);
    let note = runs["first"].steps[1].note.as_deref();
    assert_eq!(note, Some("started `second`"));
    assert!(world.state.queue().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_asked_for_twice_waits_once() {
    let world = World::new(vec![definition("daily", &format!("what = ''\n{NOTE}"))]).await;
    let (state, now) = (&world.state, world.clock.now());
    let daily = name("daily");
    let plain = RunRequest::manual();
    let full = RunRequest::manual().with("full", true);
    assert!(state.enqueue(&daily, &plain, now).await.unwrap());
    assert!(!state.enqueue(&daily, &plain, now).await.unwrap());
    assert!(
        !state
            .enqueue(&daily, &RunRequest::scheduled(), now)
            .await
            .unwrap()
    );
    assert!(state.enqueue(&daily, &full, now).await.unwrap());
    let interval = Interval::new("2026-07-01T00:00:00Z".parse().unwrap(), now).unwrap();
    let past = RunRequest::backfill(interval);
    assert!(state.enqueue(&daily, &past, now).await.unwrap());
    assert!(!state.enqueue(&daily, &past, now).await.unwrap());
    world.until(3).await;
    assert_eq!(world.logged().len(), 3);
    assert!(
        state.enqueue(&daily, &past, now).await.unwrap(),
        "it may be run again"
    );
}

#[tokio::test]
async fn a_dag_that_cannot_be_made_is_a_failed_run_and_stops_no_other() {
    let world = World::new(vec![
        definition("bad", &format!("what = 'cannot be made'\n{NOTE}")),
        definition("good", &format!("what = ''\n{NOTE}")),
    ])
    .await;
    let now = world.clock.now();
    for dag in ["bad", "good", "gone"] {
        world
            .state
            .enqueue(&name(dag), &RunRequest::manual(), now)
            .await
            .unwrap();
    }
    world.until(2).await;
    let runs = world.runs().await;
    let bad = runs.iter().find(|run| run.dag == "bad").unwrap();
    assert_eq!(bad.outcome, RunOutcome::Failed);
    assert_eq!(bad.steps[0].errors, ["there is no key"]);
    assert_eq!(world.logged(), ["good.note"]);
    let left = world.state.queue().await.unwrap();
    assert_eq!(left[0].dag, "gone", "it waits until its file is back");
}

#[tokio::test]
async fn no_more_runs_are_in_progress_than_a_dag_allows() {
    let text = format!("what = ''\nmax_active_runs = 3\n{NOTE}with = {{ hangs = '' }}\n");
    let world = World::new(vec![definition("wide", &text)]).await;
    let now = world.clock.now();
    for number in 0..5 {
        let request = RunRequest::manual().with("number", number);
        world
            .state
            .enqueue(&name("wide"), &request, now)
            .await
            .unwrap();
    }
    let cancel = CancellationToken::new();
    let scheduler = world.scheduler(100, &cancel);
    let observed = async {
        loop {
            let runs = world.runs().await;
            let running = runs
                .iter()
                .filter(|run| run.outcome == RunOutcome::Running)
                .count();
            assert!(running <= 3);
            if running == 3 {
                break;
            }
            tokio::task::yield_now().await;
        }
        // By hand beside them: there is no room.
        let dag = Dag::new("wide", [crate::support::succeeds("note")]).unwrap();
        let dag = dag.max_active_runs(std::num::NonZeroU32::new(3).unwrap());
        let engine = Engine::new(world.state.clone(), world.clock.clone());
        let refused = engine
            .run(&dag, RunRequest::manual(), &CancellationToken::new())
            .await;
        assert!(refused.is_err());
        cancel.cancel();
    };
    let (ran, ()) = in_time(async { tokio::join!(scheduler.run(&cancel), observed) }).await;
    ran.unwrap();
    let runs = world.runs().await;
    assert!(
        runs.iter()
            .all(|run| run.outcome == RunOutcome::Interrupted)
    );
    assert_eq!(
        world.state.queue().await.unwrap().len(),
        5,
        "they go on later"
    );
}

#[tokio::test]
async fn a_run_that_only_waits_keeps_no_other_from_running() {
    let waits = format!("what = ''\n{NOTE}with = {{ waits = '' }}\n");
    let world = World::new(vec![
        definition("waits", &waits),
        definition("other", &format!("what = ''\n{NOTE}")),
    ])
    .await;
    let now = world.clock.now();
    for dag in ["waits", "other"] {
        world
            .state
            .enqueue(&name(dag), &RunRequest::manual(), now)
            .await
            .unwrap();
    }
    let cancel = CancellationToken::new();
    let scheduler = world.scheduler(1, &cancel).runs_at_once(NonZeroUsize::MIN);
    in_time(scheduler.run(&cancel)).await.unwrap();
    assert_eq!(world.logged(), ["other.note"]);
    let runs = world.runs().await;
    let waits = runs.iter().find(|run| run.dag == "waits").unwrap();
    assert_eq!(waits.outcome, RunOutcome::Interrupted, "it goes on later");
}

#[tokio::test]
async fn a_run_is_cancelled_by_whoever_asks() {
    let text = format!("what = ''\n{NOTE}with = {{ hangs = '' }}\n");
    let world = World::new(vec![definition("long", &text)]).await;
    let now = world.clock.now();
    world
        .state
        .enqueue(&name("long"), &RunRequest::manual(), now)
        .await
        .unwrap();
    let cancel = CancellationToken::new();
    let scheduler = world.scheduler(1, &cancel);
    let asks = async {
        loop {
            let running = world.runs().await.pop();
            if let Some(run) = running {
                assert!(world.state.cancel(&run.id, now).await.unwrap());
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    let (ran, ()) = in_time(async { tokio::join!(scheduler.run(&cancel), asks) }).await;
    ran.unwrap();
    let run = world.runs().await.remove(0);
    assert_eq!(run.outcome, RunOutcome::Cancelled);
    assert!(
        !world.state.cancel(&run.id, now).await.unwrap(),
        "it has ended"
    );
}

#[tokio::test]
async fn a_run_whose_process_ended_goes_on_where_it_was() {
    let text = format!(
        "what = ''\n{NOTE}[[tasks]]\nname = 'hang'\nkind = 'note'\nafter = ['note']\nwith = {{ hangs = '' }}\n"
    );
    let mut world = World::new(vec![definition("long", &text)]).await;
    let now = world.clock.now();
    let request = RunRequest::manual().with("full", true);
    world
        .state
        .enqueue(&name("long"), &request, now)
        .await
        .unwrap();
    let never = CancellationToken::new();
    let scheduler = world.scheduler(1, &never);
    let hangs = async {
        loop {
            let runs = world.runs().await;
            let step = runs.first().map(|run| run.steps[1].outcome);
            if step == Some(StepOutcome::Running) {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = scheduler.run(&never) => panic!("it hangs"),
        () = in_time(hangs) => {}
    }
    drop(scheduler);
    let quick = text.replace("hangs = ''", "");
    world.definitions = vec![definition("long", &quick)];
    world.until(1).await;
    let runs = world.runs().await;
    let [run] = &runs[..] else { panic!("{runs:?}") };
    assert_eq!(run.outcome, RunOutcome::Success);
    assert_eq!(run.parameters.to_string(), r#"{"full":true}"#);
    assert_eq!(
        world.logged(),
        ["long.note", "long.hang"],
        "what was done is not done again"
    );
    assert!(world.state.queue().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_rest_of_a_list_goes_on_though_an_item_failed_before_the_stop() {
    let list =
        format!("what = ''\n{NOTE}with = {{ fails = 'a', hangs = 'b' }}\nmapped = ['a', 'b']\n");
    let mut world = World::new(vec![definition("list", &list)]).await;
    let now = world.clock.now();
    world
        .state
        .enqueue(&name("list"), &RunRequest::manual(), now)
        .await
        .unwrap();
    let cancel = CancellationToken::new();
    let scheduler = world.scheduler(100, &cancel);
    let stops = async {
        while !world.logged().contains(&"list.note".to_owned()) {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ran, ()) = in_time(async { tokio::join!(scheduler.run(&cancel), stops) }).await;
    ran.unwrap();
    let run = world.runs().await.remove(0);
    assert_eq!(run.outcome, RunOutcome::Interrupted);
    world.definitions = vec![definition("list", &list.replace(", hangs = 'b'", ""))];
    world.until(1).await;
    let run = world.runs().await.remove(0);
    assert_eq!(run.outcome, RunOutcome::Failed, "of one item");
    assert_eq!(world.logged().len(), 2, "the other one ran");
    let instances = world.state.instances(&run.id, "note", 10).await.unwrap();
    let outcomes: Vec<StepOutcome> = instances.iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [StepOutcome::Failed, StepOutcome::Success]);
}

#[tokio::test]
async fn a_failed_run_goes_on_from_the_failed_task_and_a_person_may_decide() {
    let text = format!(
        "what = ''\n{NOTE}[[tasks]]\nname = 'next'\nkind = 'note'\nafter = ['note']\nwith = {{ fails = '' }}\n[[tasks]]\nname = 'last'\nkind = 'note'\nafter = ['next']\n"
    );
    let mut world = World::new(vec![definition("chain", &text)]).await;
    let now = world.clock.now();
    world
        .state
        .enqueue(&name("chain"), &RunRequest::manual(), now)
        .await
        .unwrap();
    world.until(1).await;
    let run = world.runs().await.remove(0);
    assert_eq!(run.outcome, RunOutcome::Failed);
    assert!(world.state.mark(&run.id, true).await.unwrap());
    let marked = world.runs().await.remove(0);
    assert_eq!(marked.outcome, RunOutcome::Success);
    assert!(world.state.mark(&run.id, false).await.unwrap());

    let repaired = definition("chain", &text.replace("fails = ''", ""));
    let files = world.scheduler(1, &CancellationToken::new());
    drop(files);
    world.definitions = vec![repaired.clone()];
    let dag = registry().dag(&repaired, &world.log).unwrap();
    assert!(world.state.retry(&run.id, &dag, now).await.unwrap());
    assert!(
        !world.state.retry(&run.id, &dag, now).await.unwrap(),
        "it waits already"
    );
    world.until(1).await;
    let again = world.runs().await.remove(0);
    assert_eq!((&again.id, again.outcome), (&run.id, RunOutcome::Success));
    assert_eq!(
        world.logged(),
        ["chain.note", "chain.next", "chain.next", "chain.last"]
    );
}

#[tokio::test]
async fn what_comes_after_a_list_is_skipped_where_no_item_has_anything_new() {
    // In the last case, one item was found to have nothing new before the run was stopped.
    for (with, runs_on) in [
        ("finds_nothing = ''", false),
        ("finds_nothing = 'a'", true),
        ("finds_nothing = '', hangs = 'b'", false),
    ] {
        let text = format!(
            "what = ''\n{NOTE}mapped = ['a', 'b']\nproduces = ['notes']\nwith = {{ {with} }}\n[[tasks]]\nname = 'next'\nkind = 'note'\nafter = ['note']\n"
        );
        let mut world = World::new(vec![definition("list", &text)]).await;
        let (state, now) = (world.state.clone(), world.clock.now());
        let manual = RunRequest::manual();
        state.enqueue(&name("list"), &manual, now).await.unwrap();
        if with.contains("hangs") {
            let cancel = CancellationToken::new();
            let scheduler = world.scheduler(100, &cancel);
            let stops = async {
                while world.logged().is_empty() {
                    tokio::task::yield_now().await;
                }
                cancel.cancel();
            };
            let (ran, ()) = in_time(async { tokio::join!(scheduler.run(&cancel), stops) }).await;
            ran.unwrap();
            world.definitions = vec![definition("list", &text.replace(", hangs = 'b'", ""))];
        }
        world.until(1).await;
        let run = world.runs().await.remove(0);
        let ran_on = run.steps[1].outcome == StepOutcome::Success;
        assert_eq!(ran_on, runs_on, "{with}: {run:?}");
        let changed = state.known().await.unwrap().datasets.contains_key("notes");
        assert_eq!(changed, runs_on, "{with}");
    }
}

#[tokio::test]
async fn a_list_behind_a_task_that_runs_again_is_gone_through_again() {
    let text = format!(
        "what = ''\n{NOTE}with = {{ fails = '' }}\n[[tasks]]\nname = 'each'\nkind = 'note'\nafter = ['note']\ntrigger_rule = 'all_done'\nmapped = ['a', 'b']\n"
    );
    let mut world = World::new(vec![definition("chain", &text)]).await;
    let now = world.clock.now();
    world
        .state
        .enqueue(&name("chain"), &RunRequest::manual(), now)
        .await
        .unwrap();
    world.until(1).await;
    let run = world.runs().await.remove(0);
    let changed = definition("chain", &text.replace("'b']", "'b', 'c']"));
    let dag = registry().dag(&changed, &world.log).unwrap();
    assert!(world.state.retry(&run.id, &dag, now).await.unwrap());
    world.definitions = vec![changed];
    world.until(1).await;
    let each = "chain.each".to_owned();
    let again = world.logged().into_iter().skip_while(|task| *task != each);
    let count = again.filter(|task| *task == each).count();
    assert_eq!(count, 2 + 3, "both, then all three");
}

#[tokio::test]
async fn a_paused_dag_is_not_planned_and_still_runs_by_hand() {
    let hourly =
        format!("what = ''\nschedule = {{ cron = '5 * * * *', time_zone = 'UTC' }}\n{NOTE}");
    let world = World::new(vec![definition("hourly", &hourly)]).await;
    let now = world.clock.now();
    assert!(world.state.pause(&name("hourly"), true, now).await.unwrap());
    assert!(!world.state.pause(&name("hourly"), true, now).await.unwrap());
    world
        .state
        .enqueue(&name("hourly"), &RunRequest::manual(), now)
        .await
        .unwrap();
    world.until(1).await;
    assert_eq!(world.runs().await[0].trigger, Trigger::Manual);
    assert!(
        world
            .state
            .pause(&name("hourly"), false, now)
            .await
            .unwrap()
    );
    world.until(1).await;
    assert_eq!(world.runs().await[1].trigger, Trigger::Schedule);
}
