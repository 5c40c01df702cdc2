//! The calls of a day, shared by several states.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use instances::StoreCalls;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use landing::Landing;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use orchestrator::{Calls, State, StateError, Take};
use proptest::prelude::*;

use crate::faulty::{Faulty, Writes};

const DAY: Date = date(2026, 8, 1);
const SOURCE: &str = "board";

fn now() -> Timestamp {
    "2026-08-01T09:30:00Z".parse().unwrap()
}

async fn instance(store: &Arc<Faulty>, name: &str) -> Calls {
    let state = State::in_memory().await.unwrap();
    shared(&state, store, name)
}

fn shared(state: &State, store: &Arc<Faulty>, name: &str) -> Calls {
    let store: Arc<dyn ObjectStore> = store.clone();
    let calls = StoreCalls::new(Landing::new(store), name);
    state.calls().shared_by(Arc::new(calls))
}

async fn take(calls: &Calls, limit: u32) -> Result<Take, StateError> {
    calls.take(SOURCE, DAY, limit, now()).await
}

/// Takes up to so many calls; returns how many were granted.
async fn draw(calls: &Calls, limit: u32, most: u32) -> u32 {
    let mut granted = 0;
    while granted < most && matches!(take(calls, limit).await, Ok(Take::Granted { .. })) {
        granted += 1;
    }
    granted
}

async fn blocks(store: &Faulty) -> usize {
    let folder = Path::from(format!("state/calls/{SOURCE}/{DAY}"));
    let listed = store.list_with_delimiter(Some(&folder)).await.unwrap();
    listed.objects.len()
}

#[tokio::test]
async fn one_instance_alone_makes_all_calls_for_a_few_writes() {
    for limit in [1, 2, 7, 19, 20, 21, 500, 3_001] {
        let store = Faulty::new();
        let calls = instance(&store, "a").await;
        assert_eq!(draw(&calls, limit, limit + 1).await, limit);
        let spent = take(&calls, limit).await.unwrap();
        assert_eq!(spent, Take::Spent { used: limit });
        assert!(blocks(&store).await <= 50, "{limit}");
        // What is spent costs no further write.
        let puts = store.puts.load(Ordering::SeqCst);
        take(&calls, limit).await.unwrap();
        assert_eq!(store.puts.load(Ordering::SeqCst), puts);
    }
}

#[tokio::test]
async fn several_instances_together_make_exactly_the_limit() {
    let store = Faulty::new();
    let (one, two) = (instance(&store, "a").await, instance(&store, "b").await);
    let (mut ones, mut twos) = (0, 0);
    loop {
        let (more, others) = (draw(&one, 500, 7).await, draw(&two, 500, 3).await);
        (ones, twos) = (ones + more, twos + others);
        if more + others == 0 {
            break;
        }
    }
    assert_eq!(ones + twos, 500);
    assert!(ones > 300 && twos > 100, "{ones} and {twos}");
    let usage = one.used(SOURCE, DAY).await.unwrap();
    assert_eq!((usage.used, usage.others), (ones, Some(twos)));
    assert_eq!(one.left(SOURCE, DAY, 500).await.unwrap(), 0);
}

#[tokio::test]
async fn one_that_dies_wastes_at_most_a_block() {
    let store = Faulty::new();
    let mut granted = 0;
    for death in 0..4 {
        let dies = instance(&store, &format!("dies {death}")).await;
        granted += draw(&dies, 500, 1).await;
    }
    let lives = instance(&store, "lives").await;
    granted += draw(&lives, 500, 501).await;
    assert_eq!(granted, 500 - 4 * 24);
}

#[tokio::test]
async fn a_lost_reply_costs_nothing_and_a_store_that_fails_grants_nothing() {
    let store = Faulty::new();
    let calls = instance(&store, "a").await;
    assert_eq!(draw(&calls, 40, 3).await, 3);
    store.set(Writes::LoseReplies);
    assert_eq!(draw(&calls, 40, 20).await, 20);
    store.set(Writes::Fail);
    // A block has two.
    assert_eq!(draw(&calls, 40, 20).await, 1);
    let error = take(&calls, 40).await.unwrap_err();
    assert!(error.is_retryable());
    assert!(error.to_string().contains("no call is made"), "{error}");
    store.set(Writes::Work);
    assert_eq!(draw(&calls, 40, 41).await, 16);
}

#[tokio::test]
async fn what_the_source_said_is_shared_until_it_answers() {
    let store = Faulty::new();
    let (one, two) = (instance(&store, "a").await, instance(&store, "b").await);
    assert_eq!(draw(&one, 500, 1).await, 1);
    one.mark_exhausted(SOURCE, DAY, now()).await.unwrap();
    let Take::Exhausted { used: 0, .. } = take(&two, 500).await.unwrap() else {
        panic!("it knows it from the other one");
    };
    let later = now() + SignedDuration::from_hours(1);
    let probe = two.take(SOURCE, DAY, 500, later).await.unwrap();
    assert!(matches!(probe, Take::Probe { .. }), "{probe:?}");
    two.mark_open(SOURCE, DAY).await.unwrap();
    assert_eq!(draw(&two, 500, 10).await, 10);
}

#[tokio::test]
async fn calls_from_before_they_were_shared_count() {
    let store = Faulty::new();
    let state = State::in_memory().await.unwrap();
    assert_eq!(draw(&state.calls(), 100, 90).await, 90);
    let other = instance(&store, "b").await;
    assert_eq!(draw(&other, 100, 5).await, 5);
    let calls = shared(&state, &store, "a");
    assert_eq!(calls.left(SOURCE, DAY, 100).await.unwrap(), 5);
    assert_eq!(draw(&calls, 100, 100).await, 5);
    assert_eq!(draw(&other, 100, 100).await, 0);
}

#[tokio::test]
async fn a_state_that_moves_to_another_store_keeps_its_own_count() {
    let state = State::in_memory().await.unwrap();
    let first = shared(&state, &Faulty::new(), "a");
    assert_eq!(draw(&first, 100, 30).await, 30);
    // A copy of the store, or one whose blocks were deleted.
    let store = Faulty::new();
    let moved = shared(&state, &store, "a");
    assert_eq!(moved.left(SOURCE, DAY, 100).await.unwrap(), 70);
    assert_eq!(draw(&moved, 100, 101).await, 70);
    assert_eq!(take(&moved, 100).await.unwrap(), Take::Spent { used: 100 });
    let usage = state.status(1).await.unwrap().calls.remove(0);
    assert_eq!((usage.used, usage.others), (100, Some(0)));
}

#[tokio::test]
async fn calls_whose_blocks_the_store_lost_are_made_by_nobody_again() {
    // Some of its block is left; all is spent.
    for made in [23, 100] {
        let store = Faulty::new();
        let state = State::in_memory().await.unwrap();
        assert_eq!(draw(&shared(&state, &store, "a"), 100, made).await, made);
        let folder = Path::from(format!("state/calls/{SOURCE}/{DAY}"));
        for object in store
            .list_with_delimiter(Some(&folder))
            .await
            .unwrap()
            .objects
        {
            store.delete(&object.location).await.unwrap();
        }
        // The next process of the instance says what it has, before anything else.
        let calls = shared(&state, &store, "a");
        let mut granted = made + draw(&calls, 100, 1).await;
        let other = instance(&store, "b").await;
        granted += draw(&other, 100, 100).await;
        granted += draw(&calls, 100, 100).await;
        assert_eq!(granted, 100);
        assert_eq!(other.left(SOURCE, DAY, 100).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_process_that_goes_on_finds_out_at_its_next_block() {
    let (store, state) = (Faulty::new(), State::in_memory().await.unwrap());
    let calls = shared(&state, &store, "a");
    assert_eq!(draw(&calls, 100, 25).await, 25);
    let other = instance(&store, "b").await;
    assert_eq!(draw(&other, 100, 5).await, 5);
    let folder = Path::from(format!("state/calls/{SOURCE}/{DAY}"));
    let listed = store.list_with_delimiter(Some(&folder)).await.unwrap();
    for object in listed.objects {
        store.delete(&object.location).await.unwrap();
    }
    let both = 30 + draw(&other, 100, 5).await + draw(&calls, 100, 5).await;
    let rest = draw(&instance(&store, "c").await, 100, 100).await;
    assert_eq!((both, rest), (40, 60));
}

#[tokio::test]
async fn a_block_that_cannot_be_read_is_not_zero() {
    let store = Faulty::new();
    let calls = instance(&store, "a").await;
    assert_eq!(draw(&calls, 40, 2).await, 2);
    let last = Path::from(format!("state/calls/{SOURCE}/{DAY}/000001.json"));
    store.put(&last, "{".into()).await.unwrap();
    let error = take(&calls, 40).await.unwrap_err().to_string();
    assert!(error.contains("000001.json"), "{error}");
    assert!(calls.left(SOURCE, DAY, 40).await.is_ok());
}

#[tokio::test]
async fn a_lower_limit_counts_what_others_reserved() {
    let store = Faulty::new();
    let (one, two) = (instance(&store, "a").await, instance(&store, "b").await);
    assert_eq!(draw(&one, 100, 50).await, 50);
    assert_eq!(draw(&two, 100, 6).await, 6);
    // The other one has 4 left of its block.
    assert_eq!(draw(&two, 55, 10).await, 0);
    assert_eq!(draw(&two, 58, 10).await, 2);
}

/// What one of three instances does.
#[derive(Debug, Clone)]
enum Step {
    Draw(usize, u32),
    Die(usize),
    Writes(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..3_usize, 1..15_u32).prop_map(|(of, most)| Step::Draw(of, most)),
        1 => (0..3_usize).prop_map(Step::Die),
        1 => (0..3_u8).prop_map(Step::Writes),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn never_more_than_the_limit(steps in steps(), limit in 1..120_u32) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Faulty::new();
            let mut all = Vec::new();
            for name in ["a", "b", "c"] {
                all.push(instance(&store, name).await);
            }
            let mut granted = 0;
            for step in steps {
                match step {
                    Step::Draw(of, most) => granted += draw(&all[of], limit, most).await,
                    Step::Die(of) => all[of] = instance(&store, "again").await,
                    Step::Writes(0) => store.set(Writes::Work),
                    Step::Writes(1) => store.set(Writes::LoseReplies),
                    Step::Writes(_) => store.set(Writes::Fail),
                }
            }
            assert!(granted <= limit, "{granted} of {limit}");
        });
    }
}
