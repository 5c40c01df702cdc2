//! Saved files that were taken back: no later build contains them, and the input of kept builds is
//! kept.

use std::path::Path;
use std::sync::Arc;

use landing::{Landed, WindowRef};
use warehouse::BuildRecord;
use warehouse::build::BuildRequest;

use crate::incremental::tables;
use crate::mortal::Mortal;
use crate::posting::{Posting, postings};
use crate::world::{World, dataset, now};

fn saved(ids: std::ops::RangeInclusive<u32>) -> String {
    ids.map(|id| format!("{}\n", Posting::new(id).json()))
        .collect()
}

async fn unland(world: &World, window: &WindowRef) {
    let windows = world.landing().saved_windows().await.expect("a listing");
    let named = window.path().to_string();
    windows
        .unland(Path::new(&named), now())
        .await
        .expect("taken back");
}

async fn ids(world: &World, record: &BuildRecord) -> Vec<String> {
    let sql = "select posting_id from external.recruit_table order by posting_id";
    world.rows(record, sql).await
}

async fn objects(world: &World, window: &WindowRef) -> usize {
    world.objects(window.path().as_ref()).await.len()
}

/// The tables of a full build of the active windows.
async fn full(world: &World) -> crate::incremental::Tables {
    let report = world.try_build(BuildRequest { full: true }).await;
    tables(world, &report.expect("the build passes").record).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_is_without_it_and_with_it_again() {
    let world = World::small();
    world.land(vec![postings(1..=3)]).await;
    let window = world.land_saved("a.jsonl", saved(3..=5)).await;
    let first = world.build().await;
    assert_eq!(ids(&world, &first.record).await, ["1", "2", "3", "4", "5"]);

    unland(&world, &window).await;
    let without = world.build().await;
    assert_eq!((without.unlanded, without.damage.len()), (1, 0));
    assert_eq!(ids(&world, &without.record).await, ["1", "2", "3"]);
    let windows = "select count(*) from staging.windows";
    assert_eq!(world.rows(&without.record, windows).await, ["1"]);
    assert_eq!(tables(&world, &without.record).await, full(&world).await);
    let unchanged = world.build().await;
    assert_eq!((unchanged.published, unchanged.unlanded), (false, 0));

    let files = world.landing().saved_files(dataset()).await.expect("ready");
    let again = files
        .land_bytes("a.jsonl", saved(3..=5).into(), now())
        .await;
    assert_eq!(again.expect("landed"), Landed::Again(window));
    let with = world.build().await;
    assert_eq!(with.new_windows, 1);
    assert_eq!(
        tables(&world, &with.record).await,
        tables(&world, &first.record).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_content_stays_until_no_kept_build_was_made_of_it() {
    let mut world = World::small();
    world.keep_builds = 2;
    let window = world.land_saved("a.jsonl", saved(1..=2)).await;
    world.build().await;
    // Its manifest and body; then the record beside them.
    assert_eq!(objects(&world, &window).await, 2);
    unland(&world, &window).await;
    let empty = world.build().await;
    assert_eq!(empty.record.postings, 0);
    assert_eq!(objects(&world, &window).await, 3);

    // The previous build can be published again, with all its input.
    let back = world
        .warehouse()
        .rollback(1, now())
        .await
        .expect("taken back");
    assert_eq!(ids(&world, &back).await, ["1", "2"]);
    world.build().await;
    assert_eq!(objects(&world, &window).await, 3);

    // The build that was made of it is the third last now.
    world.land(vec![postings(3..=3)]).await;
    world.build().await;
    world.land(vec![postings(4..=4)]).await;
    let last = world.build().await;
    assert_eq!(ids(&world, &last.record).await, ["3", "4"]);
    let left = world.objects(window.path().as_ref()).await;
    let left: Vec<&str> = left
        .iter()
        .filter_map(|path| path.rsplit('/').next())
        .collect();
    assert_eq!(left, ["removing.json", "unlanded.json"]);
    assert!(!world.build().await.published);
}

/// What was never built is removed by the next build.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_build_was_made_of_is_removed_at_once() {
    let world = World::small();
    world.land(vec![postings(1..=1)]).await;
    world.build().await;
    let window = world.land_saved("a.jsonl", saved(2..=3)).await;
    unland(&world, &window).await;
    let report = world.build().await;
    assert!(!report.published && report.unlanded == 0);
    let listing = world.landing().list().await.expect("a listing");
    assert!(!listing.unlanded[0].is_held());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_killed_at_any_write_leaves_it_to_the_next() {
    let before = async || {
        let mut world = World::small();
        world.keep_builds = 1;
        world.land(vec![postings(1..=1)]).await;
        let window = world.land_saved("a.jsonl", saved(2..=3)).await;
        world.build().await;
        unland(&world, &window).await;
        (world, window)
    };
    let killed = async |world: &World, writes: i64| {
        let store = Arc::new(Mortal::new(world.store.clone(), writes));
        let killed = world.with_store(store.clone());
        let done = killed.try_build(BuildRequest::default()).await;
        (done.is_ok(), writes - store.left())
    };
    let (world, _) = before().await;
    let (done, writes) = killed(&world, i64::MAX).await;
    assert!(done);
    for point in (0..writes).rev().step_by(3) {
        let (world, window) = before().await;
        killed(&world, point).await;
        let report = world.build().await;
        assert_eq!(ids(&world, &report.record).await, ["1"], "{point}");
        assert_eq!(objects(&world, &window).await, 2, "{point}");
    }
}

/// A take-down reaches what is kept of a file that was taken back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posting_is_removed_from_what_was_taken_back_too() {
    let world = World::small();
    world.land(vec![postings(1..=1)]).await;
    let text = saved(41_232_704..=41_232_705);
    let window = world.land_saved("a.jsonl", text.clone()).await;
    world.build().await;
    unland(&world, &window).await;
    world.build().await;
    let warehouse = world.warehouse();
    let posting = warehouse.posting("saramin:41232704").await.expect("known");
    let report = warehouse
        .take_down(Some(&posting), "asked", now(), &|_| {})
        .await
        .expect("taken down");
    assert_eq!((report.holdings.bodies, report.holdings.records), (1, 1));
    assert_eq!(report.holdings.damaged, Vec::<String>::new());

    // Builds that contained it are deleted, so the content is unreferenced; or it is complete
    // except for the posting.
    let files = world.landing().saved_files(dataset()).await.expect("ready");
    files
        .land_bytes("a.jsonl", text.into(), now())
        .await
        .expect("landed");
    let record = world.build().await.record;
    assert_eq!(ids(&world, &record).await, ["1", "41232705"]);
}
