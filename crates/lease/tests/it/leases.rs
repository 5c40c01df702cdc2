//! The rules one by one, on a store in memory and in a folder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lease::{Error, Leases};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::support::{
    Fault, Faulty, LENGTH, Operation, TestClock, files, held, leases, memory, taken,
};

const SECOND: Duration = Duration::from_secs(1);

/// The whole life of a lease.
async fn life(store: Arc<dyn ObjectStore>) {
    let clock = TestClock::new();
    let (a, b) = (leases(&store, "a", &clock), leases(&store, "b", &clock));

    let first = held(&a, "writer").await;
    assert_eq!(first.token(), 1);
    let by_a = taken(&b, "writer").await;
    assert_eq!((by_a.by.as_str(), by_a.token), ("host a", Some(1)));
    assert_eq!(by_a.free_in, Duration::from_secs(66));
    assert!(first.release().await.is_ok());
    assert!(matches!(first.check().await, Err(Error::Lost { .. })));

    // A released lease needs no wait, and its tokens go on.
    let second = held(&b, "writer").await;
    assert_eq!(second.token(), 3);
    for renewal in 0..10 {
        clock.advance(LENGTH * 2 / 3);
        assert_eq!(second.check().await.expect("ours").token, 3, "{renewal}");
        taken(&a, "writer").await;
    }
    // The newest two stay.
    assert_eq!(
        files(&store).await,
        [
            "leases/writer/000000000012.json",
            "leases/writer/000000000013.json"
        ]
    );

    // The holder is gone: `a` has seen the newest generation just now.
    clock.advance(LENGTH);
    assert_eq!(taken(&a, "writer").await.free_in, LENGTH / 10);
    clock.advance(LENGTH / 10);
    let third = held(&a, "writer").await;
    assert_eq!(third.token(), 14);
    let lost = second.check().await.expect_err("taken over");
    assert_eq!(
        lost.to_string(),
        "the lease `writer` is lost: `host a` has taken it over"
    );
    assert!(second.is_lost());
    let again = second.check().await.expect_err("still lost");
    assert_eq!(again.to_string(), lost.to_string());
    assert!(second.release().await.is_err());
    assert_eq!(third.check().await.expect("ours").token, 14);
}

#[tokio::test]
async fn a_lease_is_held_renewed_released_and_taken_over() {
    life(memory()).await;
}

#[tokio::test]
async fn the_same_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    life(Arc::new(store)).await;
}

#[tokio::test]
async fn the_same_where_every_reply_to_a_write_is_lost() {
    let store = Faulty::new(memory(), |operation| match operation {
        Operation::Put | Operation::Delete => Fault::ReplyLost,
        Operation::Get | Operation::List => Fault::None,
    });
    life(store).await;
}

#[tokio::test]
async fn a_process_that_just_started_waits_for_the_whole_length() {
    let (store, clock) = (memory(), TestClock::new());
    let _killed = held(&leases(&store, "a", &clock), "writer").await;
    clock.advance(LENGTH * 100);
    let b = leases(&store, "b", &clock);
    assert_eq!(taken(&b, "writer").await.free_in, LENGTH * 11 / 10);
    // The calendar does not count.
    clock.set_calendar(1_000_000_000);
    assert_eq!(taken(&b, "writer").await.free_in, LENGTH * 11 / 10);
    clock.advance(LENGTH * 11 / 10);
    held(&b, "writer").await;
}

#[tokio::test]
async fn a_renewal_begins_the_wait_again() {
    let (store, clock) = (memory(), TestClock::new());
    let first = held(&leases(&store, "a", &clock), "writer").await;
    let b = leases(&store, "b", &clock);
    taken(&b, "writer").await;
    clock.advance(LENGTH);
    first.renew().await.expect("nobody has taken it over");
    clock.advance(LENGTH);
    assert_eq!(taken(&b, "writer").await.free_in, LENGTH * 11 / 10);
}

#[tokio::test]
async fn the_same_holder_takes_over_at_once_unless_the_lease_is_live() {
    let (store, clock) = (memory(), TestClock::new());
    let killed = held(&leases(&store, "a", &clock), "writer").await;
    let restarted = leases(&store, "a", &clock);
    let second = held(&restarted, "writer").await;
    assert_eq!(second.token(), 2);
    assert!(matches!(killed.check().await, Err(Error::Lost { .. })));
    taken(&restarted, "writer").await;
    drop(second);
    assert_eq!(held(&restarted, "writer").await.token(), 3);
}

#[tokio::test]
async fn an_expired_lease_that_nobody_took_over_goes_on() {
    let (store, clock) = (memory(), TestClock::new());
    let first = held(&leases(&store, "a", &clock), "writer").await;
    clock.advance(LENGTH * 10);
    assert_eq!(first.check().await.expect("still ours").token, 1);
    let b = leases(&store, "b", &clock);
    assert_eq!(taken(&b, "writer").await.token, Some(1));
}

#[tokio::test]
async fn a_machine_that_slept_renews_before_it_relies_on_its_lease() {
    let (store, clock) = (memory(), TestClock::new());
    let first = held(&leases(&store, "a", &clock), "writer").await;
    // The monotonic clock stood still.
    clock.set_calendar(60 * 60 * 1000);
    first.check().await.expect("still ours");
    assert_eq!(files(&store).await.len(), 2);
}

#[tokio::test]
async fn a_recent_confirmation_is_good_for_a_moment() {
    let (store, clock) = (memory(), TestClock::new());
    let first = held(&leases(&store, "a", &clock), "writer").await;
    let b = leases(&store, "b", &clock);
    taken(&b, "writer").await;
    clock.advance(SECOND);
    first.check_within(SECOND * 2).await.expect("just acquired");
    clock.advance(LENGTH * 2);
    held(&b, "writer").await;
    let lost = first.check_within(LENGTH * 10).await;
    assert!(matches!(lost, Err(Error::Lost { .. })));
}

#[tokio::test]
async fn an_unreachable_store_is_no_loss() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = down.clone();
    let store: Arc<dyn ObjectStore> =
        Faulty::new(memory(), move |_| match is_down.load(Ordering::Relaxed) {
            true => Fault::Fails,
            false => Fault::None,
        });
    let clock = TestClock::new();
    let first = held(&leases(&store, "a", &clock), "writer").await;
    down.store(true, Ordering::Relaxed);
    assert!(matches!(first.check().await, Err(Error::Store(_))));
    clock.advance(LENGTH * 2);
    assert!(matches!(first.check().await, Err(Error::Store(_))));
    down.store(false, Ordering::Relaxed);
    first.check().await.expect("nobody has taken it over");
}

#[tokio::test]
async fn foreign_and_damaged_files_stay() {
    let (store, clock) = (memory(), TestClock::new());
    let a = leases(&store, "a", &clock);
    let first = held(&a, "writer").await;
    let foreign = Path::from("leases/writer/notes.txt");
    store.put(&foreign, "mine".into()).await.unwrap();
    first.renew().await.expect("a foreign file does no harm");
    // Generation 3 is damaged: who holds it, and for how long, is unknown.
    let damaged = Path::from("leases/writer/000000000003.json");
    store.put(&damaged, "{\"gen".into()).await.unwrap();
    assert!(matches!(first.check().await, Err(Error::Lost { .. })));
    assert!(matches!(
        a.state("writer").await,
        Err(Error::Damaged { .. })
    ));
    let b = leases(&store, "b", &clock);
    let by = taken(&b, "writer").await;
    assert!(
        by.by.starts_with("generation 3, which is damaged: "),
        "{by:?}"
    );
    assert_eq!(by.token, None);
    clock.advance(by.free_in);
    let second = held(&b, "writer").await;
    assert_eq!(second.token(), 4);
    for _ in 0..4 {
        second.renew().await.expect("ours");
    }
    let names = files(&store).await;
    assert_eq!(
        names,
        [3, 7, 8]
            .map(|number| format!("leases/writer/{number:012}.json"))
            .into_iter()
            .chain([foreign.to_string()])
            .collect::<Vec<_>>()
    );
    assert!(matches!(b.forget("writer").await, Err(Error::Held(_))));
}

#[tokio::test]
async fn a_number_that_nothing_can_follow_is_an_error() {
    let (store, clock) = (memory(), TestClock::new());
    let path = Path::from(format!("leases/writer/{}.json", u64::MAX));
    store.put(&path, "".into()).await.unwrap();
    let b = leases(&store, "b", &clock);
    clock.advance(taken(&b, "writer").await.free_in);
    assert!(matches!(
        b.acquire("writer").await,
        Err(Error::Damaged { .. })
    ));
}

#[tokio::test]
async fn names_states_notes_and_forgetting() {
    let (store, clock) = (memory(), TestClock::new());
    let a = leases(&store, "a", &clock);
    for name in ["", "/", "a//b", "a/", "x?", "..", "글"] {
        assert!(
            matches!(a.acquire(name).await, Err(Error::Name(_))),
            "{name}"
        );
    }
    assert_eq!(a.state("runs/hourly/1").await.expect("a store"), None);
    let one = held(&a, "runs/hourly/1").await;
    held(&a, "runs/hourly/2").await;
    held(&a, "writer").await;
    one.release_with("succeeded").await.expect("ours");
    let state = a
        .state("runs/hourly/1")
        .await
        .expect("a store")
        .expect("a state");
    assert_eq!(state.note.as_deref(), Some("succeeded"));
    assert!(state.released);
    assert_eq!(
        a.names("").await.unwrap(),
        ["runs/hourly/1", "runs/hourly/2", "writer"]
    );
    assert_eq!(
        a.names("runs").await.unwrap(),
        ["runs/hourly/1", "runs/hourly/2"]
    );
    a.forget("runs/hourly/1").await.expect("released");
    a.forget("runs/hourly/1").await.expect("forgotten already");
    assert!(matches!(a.forget("writer").await, Err(Error::Held(_))));
    assert_eq!(a.names("runs").await.unwrap(), ["runs/hourly/2"]);
}

#[tokio::test]
async fn a_note_stays_until_another_one_is_left() {
    let (store, clock) = (memory(), TestClock::new());
    let (a, b) = (leases(&store, "a", &clock), leases(&store, "b", &clock));
    let one = held(&a, "runs/hourly/1").await;
    assert_eq!(one.note(), None);
    one.release_with("failed").await.expect("ours");
    let two = held(&b, "runs/hourly/1").await;
    assert_eq!(two.note(), Some("failed"));
    two.renew().await.expect("ours");
    // Neither a holder that dies loses it, nor one that has nothing to say.
    drop(two);
    let three = held(&leases(&store, "b", &clock), "runs/hourly/1").await;
    assert_eq!(three.note(), Some("failed"));
    three.release().await.expect("ours");
    let state = a.state("runs/hourly/1").await.expect("a store");
    assert_eq!(state.expect("a state").note.as_deref(), Some("failed"));
    let four = held(&a, "runs/hourly/1").await;
    four.release_with("succeeded").await.expect("ours");
    let state = b.state("runs/hourly/1").await.expect("a store");
    assert_eq!(state.expect("a state").note.as_deref(), Some("succeeded"));
}

/// Lets background tasks go on until a condition holds.
async fn until(condition: impl AsyncFn() -> bool) {
    while !condition().await {
        tokio::task::yield_now().await;
    }
}

async fn generation(leases: &Leases) -> String {
    format!("{:?}", leases.state("writer").await.expect("a store"))
}

#[tokio::test]
async fn renewals_in_the_background_keep_the_lease_and_end_with_it() {
    let (store, clock) = (memory(), TestClock::new());
    let (a, b) = (leases(&store, "a", &clock), leases(&store, "b", &clock));
    let first = held(&a, "writer").await;
    let kept = tokio::spawn(first.keep());
    tokio::task::yield_now().await;
    for expected in 2..8 {
        clock.advance(LENGTH / 3 + SECOND);
        let newest = format!("leases/writer/{expected:012}.json");
        until(async || files(&store).await.contains(&newest)).await;
        taken(&b, "writer").await;
    }
    let before = generation(&a).await;
    drop(first);
    clock.advance(LENGTH);
    kept.await.expect("no panic");
    assert_eq!(generation(&a).await, before);
}

#[tokio::test]
async fn a_holder_learns_of_its_loss_even_if_the_store_hangs() {
    let hangs = Arc::new(AtomicBool::new(false));
    let does_hang = hangs.clone();
    let inner = memory();
    let store: Arc<dyn ObjectStore> = Faulty::new(inner.clone(), move |_| {
        match does_hang.load(Ordering::Relaxed) {
            true => Fault::Hangs,
            false => Fault::None,
        }
    });
    let clock = TestClock::new();
    let first = held(&leases(&store, "a", &clock), "writer").await;
    tokio::spawn(first.keep());
    hangs.store(true, Ordering::Relaxed);
    let lost = tokio::spawn({
        let first = first.clone();
        async move { first.lost().await }
    });
    advance_until(&clock, || lost.is_finished()).await;
    assert!(!first.is_lost());
    // It may still be ours: the store says so, once the renewal that hangs was given up.
    hangs.store(false, Ordering::Relaxed);
    let checked = tokio::spawn({
        let first = first.clone();
        async move { first.check().await.map(|valid| valid.token) }
    });
    advance_until(&clock, || checked.is_finished()).await;
    assert_eq!(checked.await.expect("no panic").expect("still ours"), 1);
    taken(&leases(&inner, "b", &clock), "writer").await;
}

/// Lets time pass and background tasks go on until a condition holds.
async fn advance_until(clock: &TestClock, condition: impl Fn() -> bool) {
    while !condition() {
        clock.advance(LENGTH / 6);
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
}
