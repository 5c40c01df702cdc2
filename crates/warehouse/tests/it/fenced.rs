//! A process that is stopped for longer than its writer lease, and goes on after another one has taken
//! over: it publishes nothing, and deletes nothing of the other.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use lease::{Acquired, Holder, Leases};
use warehouse::{BuildRecord, Error, Warehouse};

use crate::delta_logs::assert_logs_are;
use crate::world::{World, named_files};
use crate::writers::{At, Held, build, world, writer};

const LENGTH: Duration = Duration::from_secs(60);

/// A clock of both machines that stands still unless a test moves it.
#[derive(Clone, Default)]
struct TestClock(Arc<Mutex<SignedDuration>>);

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + *self.0.lock().expect("no panic")
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

/// A writer that holds the lease of the world's store, and writes to its own view of it. Waits until
/// the lease of an earlier one has expired.
async fn leased(world: &World, store: &World, number: u32, clock: &TestClock) -> Warehouse {
    let holder = Holder {
        id: number.to_string(),
        name: format!("writer {number}"),
    };
    let prefix = "state/leases".into();
    let clock_of_leases = Arc::new(clock.clone());
    let leases = Leases::new(world.store.clone(), prefix, holder, LENGTH, clock_of_leases);
    let held = loop {
        match leases.acquire("writer").await.expect("a store") {
            Acquired::Held(held) => break held,
            Acquired::Taken(taken) => {
                let wait = SignedDuration::try_from(taken.free_in).expect("a minute");
                *clock.0.lock().expect("no panic") += wait;
            }
        }
    };
    let warehouse = writer(store, number);
    warehouse.set_lease(Some(held));
    warehouse
}

/// The builds, data files and markers.
async fn objects(world: &World) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for folder in ["builds", "warehouse", "landing"] {
        all.extend(world.objects(folder).await);
    }
    all.retain(|path| !path.contains("/_delta_log/"));
    all
}

async fn assert_whole(world: &World, record: &BuildRecord) {
    let published = world.published().await.expect("a build");
    assert_eq!(&published, record);
    let lost = world.warehouse().lost_files(record).await;
    assert_eq!(lost.expect("a listing"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_was_stopped_past_its_lease_publishes_and_deletes_nothing() {
    for at in [
        At::Before("warehouse/external/"),
        At::Before("state/committing.json"),
        At::After("state/committing.json"),
        At::Before("_delta_log/"),
        At::After("_delta_log/"),
        At::Before("builds/"),
    ] {
        let mut world = world().await;
        world.keep_unnamed = warehouse::KEEP_UNNAMED;
        let clock = TestClock::default();
        let held = Held::new(&world, at);
        let stopping = world.with_store(Arc::new(held.clone()));
        let first = leased(&world, &stopping, 1, &clock).await;
        let first = tokio::spawn(async move { build(&first).await });
        held.reached.notified().await;

        let second = leased(&world, &world, 2, &clock).await;
        let record = build(&second).await.expect("it has taken over").record;
        assert_eq!(record.token, Some(2), "{at:?}");
        let before = objects(&world).await;
        held.go_on.notify_one();
        let error = first.await.expect("no panic").expect_err("fenced off");
        match error {
            // Its lease was confirmed right before the record, whose number the other one has used.
            Error::Overtaken(_) | Error::Fenced { .. } if at == At::Before("builds/") => {}
            Error::Fenced { .. } => {
                assert!(error.to_string().contains("(writer 2)"), "{at:?}: {error}");
                assert!(error.hint().is_some());
            }
            error => panic!("{at:?}: {error}"),
        }
        let after = objects(&world).await;
        assert!(after.is_superset(&before), "{at:?}");
        let builds = |all: &BTreeSet<String>| {
            let builds = all.iter().filter(|path| path.starts_with("builds/"));
            builds.cloned().collect::<Vec<_>>()
        };
        assert_eq!(builds(&after), builds(&before), "{at:?}");
        assert_whole(&world, &record).await;

        // What it did to the logs, the next build corrects.
        let last = build(&second).await.expect("the next build").record;
        assert_logs_are(&world, &last).await;
        assert!(
            world
                .objects("state")
                .await
                .iter()
                .all(|path| path.contains("leases"))
        );
        let records = world.warehouse().builds().sound().await.expect("records");
        let named: BTreeSet<_> = named_files(&records).into_iter().collect();
        let there: BTreeSet<_> = world.data_files().await.into_iter().collect();
        assert!(there.is_superset(&named), "{at:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cleanup_that_was_stopped_past_its_lease_deletes_nothing_of_the_other() {
    let mut world = world().await;
    for _ in 0..4 {
        build(&writer(&world, 1)).await.expect("a build");
    }
    world.keep_builds = 1;
    let clock = TestClock::default();
    let held = Held::new(&world, At::Gone("warehouse/"));
    let stopping = world.with_store(Arc::new(held.clone()));
    let first = leased(&world, &stopping, 1, &clock).await;
    let first = tokio::spawn(async move { first.clean_up().await });
    held.reached.notified().await;

    world.keep_builds = 10;
    world.keep_unnamed = warehouse::KEEP_UNNAMED;
    let second = leased(&world, &world, 2, &clock).await;
    let record = build(&second).await.expect("it has taken over").record;
    let before = objects(&world).await;
    held.go_on.notify_one();
    let error = first.await.expect("no panic").expect_err("fenced off");
    assert!(matches!(error, Error::Fenced { .. }), "{error}");
    // The files that were being deleted when it was stopped.
    let gone = before.difference(&objects(&world).await).count();
    assert!(gone <= 16, "{gone}");
    assert_whole(&world, &record).await;
    assert_logs_are(&world, &record).await;
}

#[tokio::test]
async fn only_files_that_nobody_has_read_are_deleted_within_a_day() {
    let mut world = world().await;
    world.keep_unnamed = warehouse::KEEP_UNNAMED;
    world.keep_builds = 1;
    let before = world.data_files().await;
    let clock = TestClock::default();
    let own = leased(&world, &world, 1, &clock).await;
    let record = build(&own).await.expect("a build").record;
    let records = world.warehouse().builds().sound().await.expect("records");
    assert_eq!(records, std::slice::from_ref(&record));
    // Readers of the build that is no longer kept go on for a day.
    let mut there = before.clone();
    there.extend(named_files([&record]));
    there.sort();
    assert_eq!(world.data_files().await, there);

    // A build that fails leaves nothing.
    world.file(
        "checks/never.sql",
        "-- what: never\n-- level: error\nselect count(*) as rows_there from external.recruit_table",
    );
    let failing = world.warehouse();
    failing.set_writer(1);
    let error = build(&failing).await.expect_err("a check fails");
    assert!(matches!(error, Error::ChecksFailed(_)), "{error}");
    assert_eq!(world.data_files().await, there);

    // After a day they go.
    world.files.remove("checks/never.sql");
    world.keep_unnamed = SignedDuration::ZERO;
    let later = world.warehouse();
    later.clean_up().await.expect("cleaned up");
    assert_eq!(world.data_files().await, named_files([&record]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_whose_reply_was_lost_is_published() {
    let world = world().await;
    let held = Held::new(&world, At::Lost("builds/"));
    let lossy = writer(&world.with_store(Arc::new(held)), 1);
    let record = build(&lossy).await.expect("published").record;
    assert_whole(&world, &record).await;
    assert_logs_are(&world, &record).await;
}
