//! Take-downs: removed everywhere, excluded afterwards, and never left half done.

use std::sync::Arc;

use futures::TryStreamExt;
use landing::{Landing, WindowRef};
use warehouse::purge::TakeDownReport;
use warehouse::staging::decode::entity_key;

use crate::delta_logs::assert_logs_are;
use crate::incremental::tables;
use crate::mortal::Mortal;
use crate::posting::{Posting, page, postings};
use crate::world::{Body, World, named_files, now};

/// The posting to remove; long enough not to occur in other numbers.
const GOES: u32 = 41_232_704;
const NAME: &str = "saramin:41232704";

/// Two builds that hold the posting, and a window that no build has read, with a body in it that
/// cannot be read.
async fn before(mut world: World) -> World {
    world.keep_builds = 5;
    let one = |id| Posting::new(id).json();
    world.land(vec![page(&[one(1), one(GOES), one(2)])]).await;
    world.build().await;
    world.land(vec![postings(3..=4)]).await;
    world.build().await;
    let mut edited = Posting::new(GOES);
    edited.modified = Some(3);
    let lines = format!("{}\n{{\"rec_idx={GOES}\n{}\n", edited.json(), one(5));
    world
        .land(vec![Body::lines(lines).counted(3), page(&[edited.json()])])
        .await;
    world
}

async fn take_down(world: &World) -> warehouse::Result<TakeDownReport> {
    let warehouse = world.try_warehouse()?;
    let posting = warehouse.posting(NAME).await?;
    warehouse
        .take_down(Some(&posting), "asked by the employer", now(), &|_| {})
        .await
}

/// Every landed body as it is read, by its path.
async fn bodies(landing: &Landing) -> Vec<String> {
    let mut bodies = Vec::new();
    for window in landing.list().await.expect("a listing").windows {
        bodies.extend(texts(landing, &window).await);
    }
    bodies
}

async fn texts(landing: &Landing, window: &WindowRef) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in landing.manifest(window).await.expect("a manifest").bodies {
        let body = landing.body(window, &entry).await.expect("a whole body");
        texts.push(String::from_utf8(body.to_vec()).expect("text"));
    }
    texts
}

/// No trace of the posting is left: in no body, no build and no unreferenced file.
async fn assert_gone(world: &World) {
    let id = GOES.to_string();
    for body in bodies(&world.landing()).await {
        assert!(!body.contains(&id), "{body}");
    }
    let listing = world.landing().list().await.expect("a listing");
    assert!(listing.half_rewritten.is_empty());
    let records = world.warehouse().builds().sound().await.expect("records");
    for record in &records {
        let key = entity_key("saramin", &id);
        let found = format!("select count(*) from staging.recruit where id = {key}");
        assert_eq!(world.rows(record, &found).await, ["0"]);
        let quarantine = "select count(*) from staging.quarantine";
        assert_eq!(world.rows(record, quarantine).await, ["0"]);
    }
    assert_eq!(world.data_files().await, named_files(&records));
    let folder = object_store::path::Path::from("state");
    let records: Vec<_> = world
        .store
        .list(Some(&folder))
        .try_collect()
        .await
        .expect("listed");
    for record in records {
        let found = world
            .store
            .get_opts(&record.location, Default::default())
            .await;
        let bytes = found.expect("a record").bytes().await.expect("its bytes");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        assert!(!text.contains(&id), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posting_is_removed_everywhere_and_the_rest_is_unchanged() {
    let world = before(World::new()).await;
    let old = bodies(&world.landing()).await;
    let report = take_down(&world).await.expect("taken down");
    assert_gone(&world).await;
    assert_eq!(
        (
            report.holdings.windows(),
            report.holdings.bodies,
            report.holdings.records
        ),
        (2, 3, 4)
    );
    assert_eq!(report.forgotten.into_iter().collect::<Vec<_>>(), [1, 2]);
    let record = report.build.expect("a build").record;
    let ids = "select posting_id from external.recruit_table order by 1";
    assert_eq!(world.rows(&record, ids).await, ["1", "2", "3", "4", "5"]);
    assert_logs_are(&world, &record).await;

    // The other records are byte for byte unchanged.
    let new = bodies(&world.landing()).await;
    assert_eq!(old.len(), new.len());
    let gone = Posting::new(GOES).json().to_string();
    assert_eq!(old[0].replace(&format!("{gone},"), ""), new[0]);
    assert!(
        new.contains(&format!("{}\n", Posting::new(5).json())),
        "{new:?}"
    );
    // Equal to a full build.
    let request = warehouse::build::BuildRequest { full: true };
    let full = world.try_build(request).await.expect("it passes").record;
    assert_eq!(tables(&world, &full).await, tables(&world, &record).await);

    let take_downs = world.warehouse().take_downs().await.expect("records");
    let [asked] = take_downs.records() else {
        panic!("{take_downs:?}");
    };
    assert_eq!(asked.reason, "asked by the employer");
    assert_eq!(
        (asked.asked_at, asked.windows.len(), asked.records),
        (now(), 2, 4)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posting_that_is_collected_again_is_counted_and_excluded() {
    let world = before(World::new()).await;
    take_down(&world).await.expect("taken down");
    let again = [Posting::new(6).json(), Posting::new(GOES).json()];
    world.land(vec![page(&again)]).await;
    let record = world.build().await.record;
    let counts =
        "select records, quarantined, purged, reported from staging.windows where purged > 0";
    assert_eq!(world.rows(&record, counts).await, ["1|0|1|2"]);
    let ids = "select posting_id from external.recruit_table order by 1";
    assert_eq!(
        world.rows(&record, ids).await,
        ["1", "2", "3", "4", "5", "6"]
    );
    let warehouse = world.warehouse();
    assert_eq!(warehouse.kept_out(&record).await.expect("counted"), 1);

    // It is in the landing until the next request; the id of the tables is enough.
    let key = entity_key("saramin", &GOES.to_string()).to_string();
    let posting = warehouse.posting(&key).await.expect("known");
    let later = now() + jiff::SignedDuration::from_hours(1);
    let report = warehouse
        .take_down(Some(&posting), "collected again", later, &|_| {})
        .await
        .expect("taken down");
    assert_eq!(report.holdings.records, 1);
    assert_gone(&world).await;
    let record = report.build.expect("a build").record;
    assert_eq!(warehouse.kept_out(&record).await.expect("counted"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_names_no_posting_is_refused_and_changes_nothing() {
    let world = before(World::new()).await;
    let warehouse = world.warehouse();
    for name in ["41232704", "elsewhere:1", "saramin:", "x"] {
        let error = warehouse.posting(name).await.expect_err(name);
        assert!(error.to_string().contains(name), "{error}");
        assert!(error.hint().is_some());
    }
    assert!(world.objects("state").await.is_empty());
    // One that was never seen may be named in advance: it will be excluded.
    let posting = warehouse.posting("saramin:7").await.expect("a posting");
    let report = warehouse
        .take_down(Some(&posting), "asked", now(), &|_| {})
        .await;
    assert_eq!(report.expect("recorded").holdings.bodies, 0);
    world.land(vec![postings(6..=7)]).await;
    let record = world.build().await.record;
    let ids = "select posting_id from external.recruit_table where posting_id in ('6', '7')";
    assert_eq!(world.rows(&record, ids).await, ["6"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_down_killed_at_any_write_is_finished_by_the_next() {
    let undisturbed = before(World::small()).await;
    let store = Arc::new(Mortal::new(undisturbed.store.clone(), i64::MAX));
    take_down(&undisturbed.with_store(store.clone()))
        .await
        .expect("taken down");
    let writes = i64::MAX - store.left();
    let expected = tables(
        &undisturbed,
        &undisturbed.published().await.expect("a build"),
    )
    .await;
    assert_gone(&undisturbed).await;

    // The record, the bodies and the first files one by one; what follows is mostly files of tables,
    // whose every point `cut_off` tries.
    for point in (0..15).chain((15..writes).step_by(7)) {
        let world = before(World::small()).await;
        let store = Arc::new(Mortal::new(world.store.clone(), point));
        let killed = take_down(&world.with_store(store)).await;
        assert!(killed.is_err(), "{point} of {writes} writes were enough");
        // Once it is recorded, the next build excludes it.
        if point > 0 {
            let record = world.build().await.record;
            assert_eq!(
                tables(&world, &record).await,
                expected,
                "killed after {point} writes"
            );
        }
        let warehouse = world.warehouse();
        let posting = warehouse.posting(NAME).await.expect("a posting");
        let later = now() + jiff::SignedDuration::from_hours(1);
        warehouse
            .take_down(Some(&posting), "asked", later, &|_| {})
            .await
            .expect("taken down");
        assert_gone(&world).await;
        let record = world.published().await.expect("a build");
        assert_eq!(
            tables(&world, &record).await,
            expected,
            "killed after {point} writes"
        );
    }
}

/// An unparseable record still matches the posting when its id can be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posting_with_an_unreadable_record_is_removed_and_excluded() {
    let world = World::small();
    let body = || {
        let goes = Posting::new(77).json().to_string();
        let goes = goes.replacen("\"title\":\"", r#""title":"\ud83d"#, 1);
        let stays = Posting::new(1).json();
        let page = format!("{{\"jobs\":{{\"total\":\"2\",\"job\":[{goes},{stays}]}}}}");
        Body::document(page).counted(2)
    };
    world.land(vec![body()]).await;
    assert_eq!(world.build().await.quarantined, 1);
    let warehouse = world.warehouse();
    let posting = warehouse.posting("saramin:77").await.expect("named");
    let report = warehouse
        .take_down(Some(&posting), "asked by the employer", now(), &|_| {})
        .await
        .expect("taken down");
    assert_eq!((report.holdings.bodies, report.holdings.records), (1, 1));
    assert_eq!(report.forgotten.len(), 1, "{report:?}");
    for body in bodies(&world.landing()).await {
        assert!(!body.contains("\"77\"") && body.contains("\"1\""), "{body}");
    }
    // Collected again, it is counted but appears nowhere.
    world.land(vec![body()]).await;
    let report = world.build().await;
    let quarantine = "select count(*) from staging.quarantine";
    assert_eq!(world.rows(&report.record, quarantine).await, ["0"]);
    let windows =
        "select records, quarantined, purged, reported from staging.windows order by purged";
    assert_eq!(
        world.rows(&report.record, windows).await,
        ["1|0|0|1", "1|0|1|2"]
    );
}

/// What the quarantine keeps of a long record may be truncated before its id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_keeps_the_beginning_of_the_posting_is_deleted() {
    let mut world = World::small();
    world.keep_builds = 5;
    let long = |id: u32| {
        format!(
            r#"{{"t":"\ud83d","pad":"{}","id":"{id}"}}"#,
            "x".repeat(70_000)
        )
    };
    let body = |id: u32| Body::document(format!(r#"{{"jobs":{{"job":[{}]}}}}"#, long(id)));
    world.land(vec![body(GOES)]).await;
    world.build().await;
    world.land(vec![body(41_232_799)]).await;
    world.build().await;
    let report = take_down(&world).await.expect("taken down");
    assert_eq!(report.holdings.records, 1);
    assert_eq!(report.forgotten.into_iter().collect::<Vec<_>>(), [1, 2]);
}
