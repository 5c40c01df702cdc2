//! Runs of several instances on one store.

use std::sync::atomic::Ordering;
use std::time::Duration;

use kernel::Interval;
use object_store::ObjectStore as _;
use orchestrator::{Claimed, Claims as _, DagName, RunOutcome, RunRequest, StepOutcome, Wanted};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::faulty::Writes;
use crate::world::{LENGTH, TestClock, World, held};

const TASK: &str = "[[tasks]]\nname = 'one'\nkind = 'note'\n";

fn hourly(tasks: &str) -> String {
    format!(
        "what = ''\ncatch_up = 'all'\n\n[schedule]\ncron = '0 * * * *'\ntime_zone = 'UTC'\nstart = '2026-08-01'\n\n{tasks}"
    )
}

/// Three intervals are due.
const THREE: &str = "2026-08-01T03:00:10Z";

fn wanted(hour: i64) -> Wanted {
    let at = |hour: i64| {
        let first: jiff::Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
        first + jiff::SignedDuration::from_hours(hour)
    };
    let interval = Interval::new(at(hour), at(hour + 1)).unwrap();
    Wanted {
        dag: DagName::new("hourly").unwrap(),
        request: RunRequest::scheduled().for_interval(interval),
        run: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_interval_is_run_by_one_of_two_and_known_to_both() {
    let world = World::new(THREE, &hourly(TASK));
    let (mut a, mut b) = (world.instance("a").await, world.instance("b").await);
    world.start(&mut a);
    world.start(&mut b);
    let is_done = async || {
        let runs = |runs: Vec<RunOutcome>| runs.len() == 3 && !runs.contains(&RunOutcome::Running);
        runs(a.outcomes().await) && runs(b.outcomes().await)
    };
    world.until(is_done).await;
    a.stop().await;
    b.stop().await;
    assert_eq!(world.intervals().len(), 3, "{:?}", world.done());
    for (one, other) in a.outcomes().await.into_iter().zip(b.outcomes().await) {
        let both = [one, other];
        assert!(both.contains(&RunOutcome::Success), "{both:?}");
        assert!(both.contains(&RunOutcome::Elsewhere), "{both:?}");
    }
    assert!(a.state.queue().await.unwrap().is_empty());
    assert_eq!(
        a.state.known().await.unwrap().watermarks,
        b.state.known().await.unwrap().watermarks
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_instance_began_is_taken_over_and_known_to_it_when_it_comes_back() {
    let world = World::new("2026-08-01T01:00:10Z", &hourly(TASK));
    let (mut a, mut b) = (world.instance("a").await, world.instance("b").await);
    a.control.hangs.store(true, Ordering::SeqCst);
    world.start(&mut a);
    world.until_hung(&a).await;
    a.die().await;
    world.start(&mut b);
    world.until_done(&b).await;
    assert!(world.done().is_empty(), "it may be alive");
    world.clock.advance(LENGTH + LENGTH / 10);
    world.until(async || !world.done().is_empty()).await;
    world.until_done(&b).await;
    b.stop().await;
    a.control.hangs.store(false, Ordering::SeqCst);
    world.start(&mut a);
    world.until_done(&a).await;
    a.stop().await;
    let of_b = world.done();
    assert!(of_b.iter().all(|done| done.ends_with(" b")), "{of_b:?}");
    assert_eq!(a.outcomes().await[0], RunOutcome::Elsewhere);
    let run = a.state.last_runs(None, 10).await.unwrap().pop().unwrap();
    let note = run.steps[0].note.clone().unwrap();
    assert!(note.contains(" of b ended at "), "{note}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_slept_past_its_claim_does_nothing_more() {
    let two = format!("{TASK}\n[[tasks]]\nname = 'two'\nkind = 'note'\nafter = ['one']\n");
    let world = World::new("2026-08-01T01:00:10Z", &hourly(&two));
    let (mut a, mut b) = (world.instance("a").await, world.instance("b").await);
    a.control.hangs.store(true, Ordering::SeqCst);
    world.start(&mut a);
    world.until_hung(&a).await;
    // It is stopped: nothing of it reaches the store.
    a.die().await;
    world.start(&mut b);
    world.until_done(&b).await;
    world.clock.advance(LENGTH + LENGTH / 10);
    b.control.hangs.store(true, Ordering::SeqCst);
    world.until_hung(&b).await;
    // It goes on, while the other one is at it.
    a.control.hangs.store(false, Ordering::SeqCst);
    world.start(&mut a);
    world
        .until(async || !a.state.queue().await.unwrap().is_empty())
        .await;
    world.until_done(&a).await;
    assert!(world.done().is_empty(), "{:?}", world.done());
    b.control.hangs.store(false, Ordering::SeqCst);
    world
        .until(async || a.outcomes().await[0] == RunOutcome::Elsewhere)
        .await;
    a.stop().await;
    b.stop().await;
    let of_first: Vec<String> = world.done().into_iter().take(2).collect();
    assert_eq!(
        of_first,
        ["2026-08-01T00:00:00Z one b", "2026-08-01T00:00:00Z two b"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_claim_is_lost_stops_before_its_next_task() {
    let two = format!("{TASK}\n[[tasks]]\nname = 'two'\nkind = 'note'\nafter = ['one']\n");
    let world = World::new("2026-08-01T01:00:10Z", &hourly(&two));
    let mut a = world.instance("a").await;
    a.control.hangs.store(true, Ordering::SeqCst);
    world.start(&mut a);
    world.until_hung(&a).await;
    // Its clock stands still, that of the other one does not.
    let clock = TestClock::at(THREE);
    let other = world.claims_by("b", clock.clone());
    let claimed = other.claim(&wanted(0)).await.unwrap();
    assert!(matches!(claimed, Claimed::Elsewhere { .. }));
    clock.advance(LENGTH + LENGTH / 10);
    let stolen = held(&other, &wanted(0)).await;
    world
        .until(async || a.outcomes().await[0] == RunOutcome::Interrupted)
        .await;
    let run = a.state.last_runs(None, 1).await.unwrap().pop().unwrap();
    assert_eq!(run.steps[0].outcome, StepOutcome::Incomplete);
    let note = run.steps[1].note.clone().unwrap();
    assert!(note.contains("took the run over"), "{note}");
    assert!(world.done().is_empty());
    a.control.hangs.store(false, Ordering::SeqCst);
    stolen.give_up().await;
    world
        .until(async || a.outcomes().await[0] == RunOutcome::Success)
        .await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_store_nothing_runs_and_nothing_is_lost() {
    let world = World::new(THREE, &hourly(TASK));
    let mut a = world.instance("a").await;
    world.store.set(Writes::Fail);
    world.start(&mut a);
    world.until_done(&a).await;
    assert!(a.outcomes().await.is_empty());
    assert_eq!(a.state.queue().await.unwrap().len(), 3);
    world.store.set(Writes::LoseReplies);
    world
        .until(async || a.state.queue().await.unwrap().is_empty())
        .await;
    a.stop().await;
    assert_eq!(world.intervals().len(), 3, "{:?}", world.done());
    assert_eq!(a.outcomes().await, [RunOutcome::Success; 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_over_for_the_others_and_anybody_may_retry_it() {
    let world = World::new("2026-08-01T01:00:10Z", &hourly(TASK));
    let (mut a, mut b) = (world.instance("a").await, world.instance("b").await);
    a.control.fails.store(true, Ordering::SeqCst);
    world.start(&mut a);
    world
        .until(async || a.outcomes().await == [RunOutcome::Failed])
        .await;
    a.die().await;
    world.start(&mut b);
    world
        .until(async || b.outcomes().await == [RunOutcome::Elsewhere])
        .await;
    b.stop().await;
    let run = b.state.last_runs(None, 1).await.unwrap().pop().unwrap();
    let note = run.steps[0].note.clone().unwrap();
    assert!(note.ends_with(": failed"), "{note}");
    // The first one is gone for good.
    let dag = orchestrator::Dag::new("hourly", [step()]).unwrap();
    assert!(b.state.retry(&run.id, &dag, run.started_at).await.unwrap());
    world.start(&mut b);
    world
        .until(async || b.outcomes().await == [RunOutcome::Success])
        .await;
    b.stop().await;
    assert_eq!(world.done().len(), 2);
}

struct One;

#[async_trait::async_trait]
impl orchestrator::Task for One {
    fn name(&self) -> &str {
        "one"
    }

    async fn run(
        &self,
        _context: &orchestrator::TaskContext,
    ) -> Result<orchestrator::TaskReport, orchestrator::TaskError> {
        Ok(orchestrator::TaskReport::new())
    }
}

fn step() -> orchestrator::Step {
    orchestrator::Step::new(One)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_dies_between_its_two_records_runs_nothing_again() {
    let world = World::new("2026-08-01T01:00:10Z", &hourly(TASK));
    let (mut a, mut b) = (world.instance("a").await, world.instance("b").await);
    // The note is written, and the process dies before its own record is.
    a.control.hangs.store(true, Ordering::SeqCst);
    world.start(&mut a);
    world.until_hung(&a).await;
    a.die().await;
    let run = a.state.last_runs(None, 1).await.unwrap().pop().unwrap();
    let claims = world.claims("a");
    let claim = held(&claims, &wanted(0)).await;
    claim.end(&run.id, RunOutcome::Success).await.unwrap();
    drop(claim);
    a.control.hangs.store(false, Ordering::SeqCst);
    world.start(&mut b);
    world
        .until(async || b.outcomes().await == [RunOutcome::Elsewhere])
        .await;
    b.stop().await;
    world.start(&mut a);
    world
        .until(async || a.outcomes().await == [RunOutcome::Success])
        .await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_instance_runs_what_is_for_everywhere() {
    let everywhere = format!("everywhere = true\n{}", hourly(TASK));
    let world = World::new("2026-08-01T01:00:10Z", &everywhere);
    for name in ["a", "b"] {
        let mut instance = world.instance(name).await;
        world.start(&mut instance);
        world
            .until(async || instance.outcomes().await == [RunOutcome::Success])
            .await;
        instance.stop().await;
    }
    assert_eq!(world.done().len(), 2);
}

async fn some_run(world: &World) -> orchestrator::RunId {
    let state = orchestrator::State::in_memory().await.unwrap();
    let dag = orchestrator::Dag::new("hourly", [step()]).unwrap();
    let engine = orchestrator::Engine::new(state, world.clock.clone());
    let cancel = orchestrator::CancellationToken::new();
    let ran = engine.run(&dag, RunRequest::manual(), &cancel).await;
    ran.unwrap().id
}

#[tokio::test]
async fn old_leases_are_removed_and_what_they_were_for_is_over() {
    let world = World::new(THREE, &hourly(TASK));
    let claims = world.claims("a");
    let run = some_run(&world).await;
    for hour in 0..560 {
        let claim = held(&claims, &wanted(hour)).await;
        claim.end(&run, RunOutcome::Success).await.unwrap();
    }
    let folder = object_store::path::Path::from("state/leases/runs/hourly");
    let listed = world.store.list_with_delimiter(Some(&folder)).await;
    let kept = listed.unwrap().common_prefixes.len();
    assert!((500..=550).contains(&kept), "{kept}");
    for (hour, is_over) in [
        (0, true),
        (30, true),
        (300, true),
        (559, true),
        (560, false),
    ] {
        let claimed = claims.claim(&wanted(hour)).await.unwrap();
        assert_eq!(matches!(claimed, Claimed::Ended { .. }), is_over, "{hour}");
    }
    // What a person asks for is never over.
    let mut backfill = wanted(0);
    backfill.request.trigger = orchestrator::Trigger::Backfill;
    held(&claims, &backfill).await;
}

#[tokio::test]
async fn what_people_ask_for_makes_no_scheduled_interval_over() {
    let world = World::new(THREE, &hourly(TASK));
    let claims = world.claims("a");
    let run = some_run(&world).await;
    let asked = |hour| {
        let mut asked = wanted(hour);
        asked.request.trigger = orchestrator::Trigger::Backfill;
        asked
    };
    for hour in 0..3 {
        let claim = held(&claims, &wanted(hour)).await;
        claim.end(&run, RunOutcome::Success).await.unwrap();
    }
    for hour in 100..660 {
        let claim = held(&claims, &asked(hour)).await;
        claim.end(&run, RunOutcome::Success).await.unwrap();
    }
    for (hour, is_over) in [(0, true), (2, true), (3, false), (99, false), (110, false)] {
        let claimed = claims.claim(&wanted(hour)).await.unwrap();
        assert_eq!(matches!(claimed, Claimed::Ended { .. }), is_over, "{hour}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_in_the_foreground_waits_until_who_has_its_interval_is_known_to_be_gone() {
    for is_alive in [false, true] {
        let world = World::new(THREE, &hourly(TASK));
        let other = world.claims("killed");
        let mut asked = wanted(0);
        asked.request.trigger = orchestrator::Trigger::Backfill;
        let claim = held(&other, &asked).await;
        let ran = tokio::spawn({
            let state = orchestrator::State::in_memory().await.unwrap();
            let engine = orchestrator::Engine::new(state, world.clock.clone())
                .claims(std::sync::Arc::new(world.claims("again")));
            let dag = orchestrator::Dag::new("hourly", [step()]).unwrap();
            let request = asked.request.clone();
            let cancel = orchestrator::CancellationToken::new();
            async move { engine.run(&dag, request, &cancel).await }
        });
        // Who is alive renews it; who is gone gives no sign of life.
        let claim = Some(claim).filter(|_| is_alive);
        world
            .until(async || {
                world.clock.advance(LENGTH / 100);
                if let Some(claim) = &claim {
                    claim.check().await.unwrap();
                }
                ran.is_finished()
            })
            .await;
        let ran = ran.await.unwrap();
        match is_alive {
            false => assert_eq!(ran.unwrap().outcome, RunOutcome::Success),
            true => assert!(ran.unwrap_err().to_string().contains("another instance")),
        }
    }
}

/// What happens to one of two instances.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// It runs until it has nothing to do, and is stopped.
    Works(usize),
    /// It dies within a task.
    Dies(usize),
    /// So many seconds go by while nobody runs.
    Nothing(u64),
    /// It runs, while replies of the store are lost.
    Replies(usize),
}

fn step_of() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..2_usize).prop_map(Step::Works),
        2 => (0..2_usize).prop_map(Step::Dies),
        1 => (0..9_000_u64).prop_map(Step::Nothing),
        1 => (0..2_usize).prop_map(Step::Replies),
    ]
}

/// Random deaths and pauses of two instances, one after the other: the seed is fixed, so that a failure is
/// seen again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_interval_is_in_effect_exactly_once() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let steps = proptest::collection::vec(step_of(), 4..9);
    for _ in 0..6 {
        let steps = steps.new_tree(&mut runner).unwrap().current();
        exactly_once(&steps).await;
    }
}

async fn exactly_once(steps: &[Step]) {
    let world = World::new(THREE, &hourly(TASK));
    let mut all = [world.instance("a").await, world.instance("b").await];
    for step in steps {
        match *step {
            Step::Works(of) | Step::Replies(of) => {
                if matches!(step, Step::Replies(_)) {
                    world.store.set(Writes::LoseReplies);
                }
                world.start(&mut all[of]);
                world.until_done(&all[of]).await;
                world.store.set(Writes::Work);
                all[of].stop().await;
            }
            Step::Dies(of) => {
                let instance = &mut all[of];
                instance.control.dies.store(true, Ordering::SeqCst);
                world.start(instance);
                let (hung, done) = (world.until_hung(instance), world.until_done(instance));
                tokio::select! { () = hung => {}, () = done => {} }
                all[of].die().await;
                all[of].control.dies.store(false, Ordering::SeqCst);
            }
            Step::Nothing(seconds) => world.clock.advance(Duration::from_secs(seconds)),
        }
    }
    // Both come back for good, and what a dead one held expires.
    for instance in &mut all {
        world.start(instance);
    }
    let now = kernel::Clock::now(world.clock.as_ref());
    let is_done = async || {
        world.clock.advance(Duration::from_secs(20));
        let mut queued = 0;
        for instance in &all {
            let queue = instance.state.queue().await.unwrap();
            queued += queue
                .iter()
                .filter(|entry| {
                    entry
                        .request
                        .interval
                        .is_some_and(|interval| interval.to <= now)
                })
                .count();
            queued += usize::from(instance.state.known().await.unwrap().watermarks.is_empty());
        }
        queued == 0
    };
    world.until(is_done).await;
    for instance in &mut all {
        instance.stop().await;
    }
    let starts = world.intervals();
    let first: jiff::Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    let expected: Vec<_> = (0..i64::try_from(starts.len()).unwrap())
        .map(|hour| first + jiff::SignedDuration::from_hours(hour))
        .collect();
    assert_eq!(starts, expected, "{steps:?}: {:?}", world.done());
}
