//! Several processes on one state file: slots of pools that they share, and what one queues for another.
//! Two handles on a file exclude each other as two processes do; `processes.rs` has real ones.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use orchestrator::{
    CancellationToken, Dag, Engine, Pools, RunOutcome, RunRequest, State, Step, TaskReport, Waits,
};

use crate::support::{TestClock, step};
use crate::world::{NOTE, World, definition, in_time, name};

/// How many tasks are in a pool, and the most that ever were.
#[derive(Clone, Default)]
struct Inside {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Inside {
    /// A task that stays until somebody else waits, if it is to.
    fn step(&self, task: String, waits: Option<&Arc<AtomicUsize>>) -> Step {
        let inside = self.clone();
        let waits = waits.cloned();
        step(task, move |_| {
            let inside = inside.clone();
            let waits = waits.clone();
            async move {
                let now = inside.now.fetch_add(1, Ordering::SeqCst) + 1;
                inside.most.fetch_max(now, Ordering::SeqCst);
                let nobody_waits =
                    || matches!(&waits, Some(waits) if waits.load(Ordering::SeqCst) == 0);
                while nobody_waits() {
                    tokio::task::yield_now().await;
                }
                for _ in 0..5 {
                    tokio::task::yield_now().await;
                }
                inside.now.fetch_sub(1, Ordering::SeqCst);
                Ok(TaskReport::new())
            }
        })
    }
}

async fn engine(path: &Path, pools: Pools) -> Engine {
    let state = State::open(path).await.unwrap();
    let parallel = NonZeroUsize::new(8).unwrap();
    Engine::new(state, TestClock::skipping())
        .parallel(parallel)
        .pools(pools)
}

#[tokio::test]
async fn the_slots_of_a_pool_are_shared_by_all_who_use_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    for slots in [1, 2] {
        let pools = || Pools::default().with("board", NonZeroUsize::new(slots).unwrap());
        let (inside, waits) = (Inside::default(), Arc::new(AtomicUsize::new(0)));
        let runs = ["one", "two", "three"].map(|dag| {
            // Of one slot somebody waits for certain.
            let awaited = (slots == 1).then_some(&waits);
            let tasks = (0..6).map(|task| inside.step(format!("{task}"), awaited).pool("board"));
            let dag = Dag::new(dag, tasks).unwrap();
            let (path, waits) = (&path, &waits);
            async move {
                let engine = engine(path, pools()).await;
                let waits = Arc::clone(waits);
                let engine = engine.on_wait(move |pool| {
                    assert_eq!(*pool, Waits::Pool("board"));
                    waits.fetch_add(1, Ordering::SeqCst);
                });
                let never = CancellationToken::new();
                engine.run(&dag, RunRequest::manual(), &never).await
            }
        });
        let [one, two, three] = runs;
        let (one, two, three) = in_time(async { tokio::join!(one, two, three) }).await;
        for run in [one, two, three] {
            assert_eq!(run.unwrap().outcome, RunOutcome::Success);
        }
        assert!((1..=slots).contains(&inside.most.load(Ordering::SeqCst)));
        let waits = waits.load(Ordering::SeqCst);
        assert!(slots > 1 || waits > 0, "no wait was reported");
    }
}

#[tokio::test]
async fn a_task_takes_a_slot_of_each_of_its_pools_or_of_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let (board, store) = (Inside::default(), Inside::default());
    // Taken one by one in different orders, two tasks could wait for each other.
    let tasks = (0..12).map(|task| match task % 3 {
        0 => board
            .step(format!("{task}"), None)
            .pool("board")
            .pool("a/store"),
        1 => board
            .step(format!("{task}"), None)
            .pool("a/store")
            .pool("board"),
        _ => store.step(format!("{task}"), None).pool("other"),
    });
    let dag = Dag::new("mixed", tasks).unwrap();
    let engine = engine(&path, Pools::default()).await;
    let never = CancellationToken::new();
    let run = in_time(engine.run(&dag, RunRequest::manual(), &never)).await;
    assert_eq!(run.unwrap().outcome, RunOutcome::Success);
    assert_eq!(board.most.load(Ordering::SeqCst), 1);
    assert_eq!(store.most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_another_process_queues_is_started_before_the_next_poll() {
    let mut world = World::new(vec![definition("asked", &format!("what = ''\n{NOTE}"))]).await;
    // No time of the scheduler ever comes.
    world.clock = TestClock::standing_still();
    let cancel = CancellationToken::new();
    let scheduler = world.scheduler(1, &cancel);
    let asks = async {
        let other = State::open(world.path()).await.unwrap();
        // The scheduler is waiting by now.
        while world.clock.sleeps().is_empty() {
            tokio::task::yield_now().await;
        }
        let now = kernel::Clock::now(&*world.clock);
        let request = RunRequest::manual();
        other.enqueue(&name("asked"), &request, now).await.unwrap();
    };
    let (ran, ()) = in_time(async { tokio::join!(scheduler.run(&cancel), asks) }).await;
    ran.unwrap();
    assert_eq!(world.logged(), ["asked.note"]);
}

#[tokio::test]
async fn a_run_of_the_past_waits_for_what_is_due() {
    let world = World::new(vec![definition("daily", &format!("what = ''\n{NOTE}"))]).await;
    let now = kernel::Clock::now(&*world.clock);
    let hour = jiff::SignedDuration::from_hours(1);
    for past in [3, 2] {
        let from = now - hour * past;
        let interval = kernel::Interval::new(from, from + hour).unwrap();
        let request = RunRequest::backfill(interval);
        let state = &world.state;
        state.enqueue(&name("daily"), &request, now).await.unwrap();
    }
    let manual = RunRequest::manual();
    let state = &world.state;
    state.enqueue(&name("daily"), &manual, now).await.unwrap();
    world.until(3).await;
    let order: Vec<_> = world.log.lock().unwrap().iter().map(|one| one.1).collect();
    assert_eq!(order[0], None, "{order:?}");
    assert!(order[1] < order[2], "{order:?}");
}

#[tokio::test]
async fn a_step_that_does_not_say_is_limited_by_its_engine() {
    use orchestrator::{RetryPolicy, TIMEOUT, TaskError};

    let limited = || async {
        Engine::new(State::in_memory().await.unwrap(), TestClock::skipping())
            .timeout(Duration::from_secs(30))
            .give_up_after(Duration::from_secs(150))
    };
    let run = |step: Step| async move {
        let dag = Dag::new("daily", [step]).unwrap();
        let never = CancellationToken::new();
        let ran = limited().await;
        let ran = ran.run(&dag, RunRequest::manual(), &never).await.unwrap();
        (ran.outcome, ran.steps[0].clone())
    };
    let hangs = || step("hangs", |_| std::future::pending()).retry(RetryPolicy::NEVER);
    let (_, hung) = run(hangs()).await;
    assert_eq!(hung.errors, ["not done after 30 s"]);
    let (_, hung) = run(hangs().timeout(Duration::from_secs(40))).await;
    assert_eq!(hung.errors, ["not done after 40 s"], "its own limit counts");
    let waits = |certain: bool| {
        let looks = AtomicUsize::new(0);
        step("waits", move |_| {
            let looked = looks.fetch_add(1, Ordering::SeqCst);
            let minute = Duration::from_secs(60);
            async move {
                match (looked, certain) {
                    (5, _) => Ok(TaskReport::new()),
                    (_, true) => Err(TaskError::not_before("too early", minute)),
                    (_, false) => Err(TaskError::not_yet("no file", minute)),
                }
            }
        })
    };
    let (_, gave_up) = run(waits(false)).await;
    assert_eq!(gave_up.errors, ["no file; gave up after 150 s"]);
    assert_eq!(gave_up.error_class.as_deref(), Some(TIMEOUT));
    let (outcome, _) = run(waits(true)).await;
    assert_eq!(outcome, RunOutcome::Success, "a time comes for certain");
}
