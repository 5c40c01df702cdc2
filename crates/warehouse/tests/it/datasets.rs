//! Datasets are staged apart: what happens to one makes no build read the bodies of another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex};

use landing::{Dataset, WindowRef};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use warehouse::build::{BuildEvent, BuildReport, BuildRequest, How};
use warehouse::{BuildRecord, Error};

use crate::incremental::tables;
use crate::posting::{Posting, postings};
use crate::watched::Watched;
use crate::world::{Body, World, dataset, now};

const SPEC: &str = "staging/event.toml";

/// The staging tables, which show what was read of which window.
const STAGING: [(&str, &str); 4] = [
    (
        "staging.event",
        "select event_id, title, landing_row from staging.event",
    ),
    (
        "staging.windows",
        "select window, source, dataset, records, quarantined, reported, unread from staging.windows",
    ),
    (
        "staging.fields",
        "select window, source, dataset, field, change, records from staging.fields",
    ),
    (
        "staging.quarantine",
        "select source, dataset, landing_path, reason from staging.quarantine",
    ),
];

fn events() -> Dataset {
    Dataset::new("saramin", "event").expect("a dataset")
}

/// A world with a second dataset of another entity, which has a table of its own.
fn two_datasets() -> World {
    let mut world = World::small();
    world.file(
        SPEC,
        r#"
what = "Events"
source = "saramin"
dataset = "event"
entity = "event"
id_column = "event_id"
records = ["events", "."]
id = "id"

[[column]]
name = "title"
type = "text"
paths = ["title"]
"#,
    );
    world.file(
        "external/event.sql",
        "-- what: Events\n-- grain: id\n-- key: id\n-- entity: event\n\
         select id, event_id, max(title) as title from staging.event group by id, event_id",
    );
    // The unreadable records below are no fault here.
    world.files.remove("checks/records_are_readable.sql");
    world
}

/// Events of these numbers, one with a key that is not known, and a record that cannot be read.
fn of_events(ids: std::ops::RangeInclusive<u32>) -> String {
    let mut text = String::from("{\"title\": \"without an id\"}\n");
    for id in ids {
        text += &format!("{{\"id\": \"{id}\", \"title\": \"event {id}\", \"place\": \"x\"}}\n");
    }
    text
}

fn unreadable() -> Body {
    Body::lines("{\"position\": {}}\n").counted(1)
}

/// Two windows of each dataset.
async fn land_both(world: &World) {
    world.land(vec![postings(1..=3)]).await;
    world.land(vec![postings(3..=5), unreadable()]).await;
    for ids in [1..=3, 3..=5] {
        let body = Body::lines(of_events(ids)).counted(4);
        world.land_in(events(), vec![body]).await;
    }
}

/// A build, the datasets whose bodies it read, and how each table was made.
async fn build(world: &World) -> (BuildReport, BTreeSet<String>, BTreeMap<String, How>) {
    let store = Arc::new(Watched::new(world.store.clone()));
    let how = Mutex::new(BTreeMap::new());
    let note = |event| {
        if let BuildEvent::Table { name, how: way, .. } = event {
            how.lock().expect("no panic").insert(name.to_string(), way);
        }
    };
    let report = world
        .with_store(store.clone())
        .warehouse()
        .build(BuildRequest::default(), now(), &note)
        .await
        .expect("the build passes");
    let read = store.bodies().into_iter().map(|path| {
        let parts: Vec<&str> = path.split('/').collect();
        parts[2].to_owned()
    });
    (report, read.collect(), how.into_inner().expect("no panic"))
}

async fn staging(world: &World, record: &BuildRecord) -> BTreeMap<&'static str, Vec<String>> {
    let mut found = BTreeMap::new();
    for (table, sql) in STAGING {
        if record.tables.contains_key(&table.parse().expect("a name")) {
            let mut rows = world.rows(record, sql).await;
            rows.sort();
            found.insert(table, rows);
        }
    }
    found
}

/// The build has the rows of a full one.
async fn assert_as_full(world: &World, record: &BuildRecord) {
    let full = world.try_build(BuildRequest { full: true }).await;
    let full = full.expect("the build passes").record;
    assert_eq!(staging(world, record).await, staging(world, &full).await);
    assert_eq!(tables(world, record).await, tables(world, &full).await);
}

fn only(name: &str) -> BTreeSet<String> {
    BTreeSet::from([name.to_owned()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_specification_reads_only_its_dataset_again() {
    let mut world = two_datasets();
    land_both(&world).await;
    let (first, read, _) = build(&world).await;
    assert_eq!(read.len(), 2);
    assert_eq!((first.record.postings, first.quarantined), (5, 3));

    world.edit(
        SPEC,
        "paths = [\"title\"]",
        "paths = [\"place\", \"title\"]",
    );
    let (report, read, how) = build(&world).await;
    assert_eq!(read, only("event"));
    assert_eq!((report.new_windows, report.quarantined), (2, 2));
    assert_eq!(how["staging.event"], How::Rebuilt);
    assert_eq!(how["external.event"], How::Rebuilt);
    for table in [
        "staging.recruit",
        "external.recruit_table",
        "raw_data.recruits",
    ] {
        assert_eq!(how[table], How::Unchanged, "{table}");
    }
    let titles = "select distinct title from external.event";
    assert_eq!(world.rows(&report.record, titles).await, ["x"]);
    assert_as_full(&world, &report.record).await;
}

/// What arrives for one dataset is added by key, though another is read again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_windows_of_the_others_are_added_meanwhile() {
    let mut world = two_datasets();
    land_both(&world).await;
    build(&world).await;
    world.edit(
        SPEC,
        "paths = [\"title\"]",
        "paths = [\"place\", \"title\"]",
    );
    world.land(vec![postings(5..=7)]).await;
    let (report, read, how) = build(&world).await;
    assert_eq!((report.new_windows, read.len()), (3, 2));
    assert_eq!(how["staging.recruit"], How::Updated);
    assert_eq!(how["external.recruit_table"], How::Updated);
    assert_eq!(how["external.event"], How::Rebuilt);
    assert_as_full(&world, &report.record).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_specification_comes_and_goes_without_the_others() {
    let mut world = two_datasets();
    let [spec, model] = [SPEC, "external/event.sql"].map(|path| {
        let file = world.files.remove(path).expect("a file");
        (path.to_owned(), file)
    });
    land_both(&world).await;
    let (without, read, _) = build(&world).await;
    assert_eq!(read, only("recruit"));

    world.files.extend([spec, model]);
    let (report, read, how) = build(&world).await;
    assert_eq!((read, report.new_windows), (only("event"), 2));
    assert_eq!(how["external.recruit_table"], How::Unchanged);
    assert_as_full(&world, &report.record).await;

    world.files.remove(SPEC);
    world.files.remove("external/event.sql");
    let (report, read, _) = build(&world).await;
    assert_eq!((read, report.damage), (BTreeSet::new(), Vec::new()));
    assert_eq!(
        staging(&world, &report.record).await,
        staging(&world, &without.record).await
    );
    assert_as_full(&world, &report.record).await;
}

async fn unland(world: &World, window: &WindowRef) {
    let windows = world.landing().saved_windows().await.expect("a listing");
    let named = window.path().to_string();
    let taken_back = windows.unland(FilePath::new(&named), now()).await;
    taken_back.expect("taken back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_that_was_taken_back_makes_only_its_dataset_be_read_again() {
    let world = two_datasets();
    land_both(&world).await;
    let text = format!("{}\n", Posting::new(9).json());
    let posting = world.land_saved_in(dataset(), "a.jsonl", text).await;
    let event = world
        .land_saved_in(events(), "b.jsonl", of_events(9..=9))
        .await;
    build(&world).await;
    for (window, name, other) in [
        (event, "event", "external.recruit_table"),
        (posting, "recruit", "external.event"),
    ] {
        unland(&world, &window).await;
        let (report, read, how) = build(&world).await;
        assert_eq!((read, report.unlanded), (only(name), 1));
        assert_eq!(report.damage, Vec::<String>::new());
        assert_eq!(how[other], How::Unchanged);
        assert_as_full(&world, &report.record).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_and_a_restored_file_make_only_their_dataset_be_read_again() {
    let world = two_datasets();
    land_both(&world).await;
    let body = Body::lines(of_events(9..=9)).counted(2);
    let window = world.land_in(events(), vec![body]).await;
    build(&world).await;
    let objects = world.objects(window.path().as_ref()).await;
    let path = |ending: &str| {
        let path = objects.iter().find(|path| path.ends_with(ending));
        Path::from(path.expect(ending).as_str())
    };
    let mut kept = Vec::new();
    for ending in [landing::MANIFEST, ".zst"] {
        let bytes = world.store.get(&path(ending)).await.expect("there");
        kept.push((path(ending), bytes.bytes().await.expect("bytes")));
    }
    // The manifest is lost and restored; then the body, before a full build.
    for (at, (path, bytes)) in kept.iter().enumerate() {
        world.store.delete(path).await.expect("deleted");
        let (lost, read, how) = match at {
            0 => build(&world).await,
            _ => {
                let full = world.try_build(BuildRequest { full: true }).await;
                (full.expect("built"), only("event"), BTreeMap::new())
            }
        };
        assert_eq!((read, lost.record.unread.len()), (only("event"), 1));
        assert_ne!(how.get("external.recruit_table"), Some(&How::Rebuilt));
        world
            .store
            .put(path, bytes.clone().into())
            .await
            .expect("stored");
        let (report, read, how) = build(&world).await;
        assert_eq!((read, report.record.unread.len()), (only("event"), 0));
        assert_eq!(how["external.recruit_table"], How::Unchanged);
        assert_as_full(&world, &report.record).await;
    }
}

/// A posting and an event of one source may have one id, and so one key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_down_is_of_the_datasets_with_its_entity() {
    let world = two_datasets();
    const ID: u32 = 41_232_704;
    world.land(vec![postings(ID..=ID + 1)]).await;
    let body = Body::lines(of_events(ID..=ID + 1)).counted(3);
    world.land_in(events(), vec![body]).await;
    build(&world).await;

    let warehouse = world.warehouse();
    let record = world.published().await.expect("a build");
    let keys = format!("select cast(id as varchar) from staging.event where event_id = '{ID}'");
    let key = world.rows(&record, &keys).await.remove(0);
    for ambiguous in [format!("saramin:{ID}"), key.clone()] {
        let error = warehouse.posting(&ambiguous).await.expect_err("of two");
        assert!(matches!(error, Error::SeveralEntities { .. }), "{error}");
        assert!(error.hint().expect("a hint").contains("event, posting"));
    }
    let unknown = warehouse.posting(&format!("saramin/person:{ID}")).await;
    assert!(matches!(unknown, Err(Error::UnknownPosting { .. })));

    let store = Arc::new(Watched::new(world.store.clone()));
    let warehouse = world.with_store(store.clone()).warehouse();
    let posting = warehouse
        .posting(&format!("saramin/posting:{ID}"))
        .await
        .expect("known");
    let report = warehouse
        .take_down(Some(&posting), "asked", now(), &|_| {})
        .await
        .expect("taken down");
    assert_eq!((report.holdings.bodies, report.holdings.records), (1, 1));
    let record = report.build.expect("built").record;
    let postings = world.rows(&record, "select posting_id from external.recruit_table");
    assert_eq!(postings.await, [(ID + 1).to_string()]);
    let events = "select event_id from external.event order by event_id";
    let both = [ID.to_string(), (ID + 1).to_string()];
    assert_eq!(world.rows(&record, events).await, both);
    let purged = "select sum(purged) from staging.windows where dataset = 'event'";
    assert_eq!(world.rows(&record, purged).await, ["0"]);
    let take_downs = warehouse.take_downs().await.expect("records");
    assert_eq!(take_downs.records()[0].entity.as_deref(), Some("posting"));
    assert_as_full(&world, &record).await;
}

#[tokio::test]
async fn the_table_of_an_entity_is_declared_once_and_of_a_specification() {
    let model = |entity: &str| {
        format!("-- what: x\n-- grain: id\n-- entity: {entity}\nselect id from staging.event")
    };
    for (entity, message) in [
        ("evnt", "no staging table is of the entity `evnt`"),
        ("posting", "is the table of the entity `posting` too"),
    ] {
        let mut world = two_datasets();
        world.file("external/event.sql", &model(entity));
        let error = world.try_warehouse().err().expect(entity).to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[tokio::test]
async fn a_dataset_has_one_entity_and_postings_have_a_table() {
    let mut world = two_datasets();
    let spec = "what = 'x'\nsource = 'saramin'\ndataset = 'recruit'\nentity = 'job'\nid_column = 'job_id'\nrecords = ['.']\nid = 'id'\n[[column]]\nname = 'title'\ntype = 'text'\npaths = ['position.title']\njson = 'string'\nwhat = 'x'\n";
    world.file("staging/mine.toml", spec);
    let error = world
        .try_warehouse()
        .err()
        .expect("two entities")
        .to_string();
    assert!(error.contains("a dataset has one"), "{error}");

    let mut world = two_datasets();
    let model = "-- what: x\n-- grain: id\nselect id from staging.recruit";
    world.file("external/recruit_table.sql", model);
    let error = world.try_warehouse().err().expect("no table").to_string();
    assert!(error.contains("write `-- entity: posting`"), "{error}");
}
