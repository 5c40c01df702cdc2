//! Damaged files of the landing and of the warehouse: a build continues without what it cannot read
//! and names it, and no reader silently gets a wrong figure.

use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use warehouse::build::BuildRequest;

use crate::world::{Body, World};

const IDS: &str = "select posting_id from external.recruit_table order by posting_id";

const FULL: BuildRequest = BuildRequest { full: true };

fn page(ids: impl IntoIterator<Item = u64>) -> Body {
    let jobs: Vec<_> = ids
        .into_iter()
        .map(|id| json!({"id": id.to_string(), "position": {"title": format!("데이터 {id}")}}))
        .collect();
    let records = jobs.len() as u64;
    let count = jobs.len();
    let text =
        json!({"jobs": {"count": count, "start": 0, "total": count.to_string(), "job": jobs}});
    Body::document(text.to_string()).counted(records)
}

async fn read(world: &World, path: &str) -> Vec<u8> {
    let found = world.store.get(&Path::from(path)).await.expect("there");
    found.bytes().await.expect("bytes").to_vec()
}

async fn write(world: &World, path: &str, bytes: impl Into<Vec<u8>>) {
    let path = Path::from(path);
    let put = world.store.put(&path, bytes.into().into());
    put.await.expect("stored");
}

async fn delete(world: &World, path: &str) {
    let path = Path::from(path);
    let deleted = world.store.delete(&path);
    deleted.await.expect("deleted");
}

async fn ids(world: &World) -> Vec<String> {
    let record = world.published().await.expect("a build");
    world.rows(&record, IDS).await
}

/// The damage that the last build reports.
fn said(report: &warehouse::build::BuildReport) -> String {
    report.damage.join("\n")
}

#[tokio::test]
async fn a_damaged_manifest_is_named_and_the_rest_is_built() {
    let world = World::small();
    world.land(vec![page([1, 2])]).await;
    let window = world.land(vec![page([3])]).await;
    let path = format!("{}/manifest.json", window.path());
    let sound = read(&world, &path).await;
    let mut flipped = sound.clone();
    // Readable but wrong: a changed digit.
    let at = flipped
        .windows(11)
        .position(|text| text == b"\"records\": ");
    flipped[at.expect("a number") + 11] ^= 1;
    for damaged in [&sound[..0], &sound[..sound.len() / 2], &flipped] {
        write(&world, &path, damaged).await;
        let report = world.try_build(FULL).await.expect("the rest is built");
        assert_eq!(ids(&world).await, ["1", "2"]);
        assert!(said(&report).contains(&path), "{}", said(&report));
        assert_eq!(report.record.unread.len(), 1);
        assert_eq!(report.record.unread[0].window, window.path().to_string());
        // Reported again until it is restored, and nothing is published for it.
        let again = world.build().await;
        assert!(!again.published);
        assert!(said(&again).contains(&path), "{}", said(&again));
    }
    // Restored, it is read.
    write(&world, &path, sound).await;
    let report = world.build().await;
    assert_eq!(ids(&world).await, ["1", "2", "3"]);
    assert_eq!((said(&report).as_str(), report.record.unread), ("", vec![]));
}

#[tokio::test]
async fn a_damaged_body_is_named_and_the_others_are_staged() {
    let world = World::small();
    world.land(vec![page([1])]).await;
    let window = world.land(vec![page([2, 3]), page([4])]).await;
    let path = format!("{}/00001.json.zst", window.path());
    let sound = read(&world, &path).await;
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    for damaged in [None, Some(&sound[..0]), Some(&sound[..9]), Some(&flipped)] {
        match damaged {
            Some(bytes) => write(&world, &path, bytes).await,
            None => delete(&world, &path).await,
        }
        let report = world.try_build(FULL).await.expect("the rest is built");
        assert_eq!(ids(&world).await, ["1", "4"]);
        assert!(said(&report).contains(&path), "{}", said(&report));
        assert_eq!(report.record.unread[0].records, Some(2));
        let again = world.build().await;
        assert!(!again.published);
        assert!(said(&again).contains(&path), "{}", said(&again));
    }
    write(&world, &path, sound).await;
    let report = world.build().await;
    assert_eq!(ids(&world).await, ["1", "2", "3", "4"]);
    assert_eq!((said(&report).as_str(), report.record.unread), ("", vec![]));
}

/// The days that count as covered, and the covered share of each.
async fn coverage(world: &World) -> Vec<String> {
    let sql = "select date, coverage from raw_data.coverage where coverage > 0 order by date";
    let record = world.published().await.expect("a build");
    world.rows(&record, sql).await
}

#[tokio::test]
async fn a_window_with_a_body_that_cannot_be_read_does_not_count_as_collected() {
    const UNREAD: &str = "select unread from staging.windows order by started_at";
    let world = World::small();
    world.land(vec![page([1])]).await;
    let window = world.land(vec![page([2, 3]), page([4])]).await;
    let second = crate::world::now() + jiff::SignedDuration::from_micros(1);
    let path = format!("{}/00001.json.zst", window.path());
    let sound = read(&world, &path).await;
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    for damaged in [None, Some(&sound[..9]), Some(&flipped)] {
        match damaged {
            Some(bytes) => write(&world, &path, bytes).await,
            None => delete(&world, &path).await,
        }
        let record = world.try_build(FULL).await.expect("a build").record;
        assert_eq!(world.rows(&record, UNREAD).await, ["0", "1"]);
        assert_eq!(record.collected_through, Some(crate::world::now()));
    }
    write(&world, &path, sound).await;
    let record = world.build().await.record;
    assert_eq!(record.collected_through, Some(second));

    // A record in quarantine leaves its window covered, a whole body does not.
    let one = json!({"jobs": {"total": "2", "job": [{"id": "5"}, {"no": "id"}]}});
    world
        .land(vec![Body::document(one.to_string()).counted(2)])
        .await;
    world
        .land(vec![page([6]), Body::document("<html>").counted(110)])
        .await;
    let record = world.build().await.record;
    let quarantined = "select quarantined from staging.windows order by started_at";
    assert_eq!(world.rows(&record, quarantined).await, ["0", "0", "1", "1"]);
    assert_eq!(world.rows(&record, UNREAD).await, ["0", "0", "0", "1"]);
}

#[tokio::test]
async fn a_time_whose_only_window_cannot_be_read_counts_as_not_read() {
    let world = World::new();
    let window = world.land(vec![page([1, 2]), page([3])]).await;
    let path = format!("{}/00001.json.zst", window.path());
    let sound = read(&world, &path).await;
    delete(&world, &path).await;
    let record = world.build().await.record;
    assert_eq!(coverage(&world).await, [""; 0]);
    // What is known is what the other body holds.
    assert_eq!(ids(&world).await, ["3"]);
    assert_eq!(record.data_date, Some(jiff::civil::date(2023, 6, 10)));
    write(&world, &path, sound).await;
    world.build().await;
    // From nine to nine in Seoul.
    assert_eq!(
        coverage(&world).await,
        ["2023-06-09|0.625", "2023-06-10|0.375"]
    );

    // The same for a body quarantined as a whole, but not for a record.
    for (body, read) in [
        (Body::document("<html>").counted(110), 0),
        (
            Body::document(r#"{"jobs": {"job": [{"no": "id"}]}}"#).counted(1),
            2,
        ),
    ] {
        let world = World::new();
        world.land(vec![body]).await;
        world.build().await;
        assert_eq!(coverage(&world).await.len(), read);
    }
}

#[tokio::test]
async fn a_lost_manifest_is_named_and_its_bodies_stay() {
    let world = World::small();
    world.land(vec![page([1, 2])]).await;
    let window = world.land(vec![page([3])]).await;
    world.build().await;
    let path = format!("{}/manifest.json", window.path());
    let sound = read(&world, &path).await;
    delete(&world, &path).await;
    let report = world.build().await;
    assert!(said(&report).contains(&path), "{}", said(&report));
    assert_eq!(report.record.unread[0].records, Some(1));
    assert_eq!(ids(&world).await, ["1", "2"]);
    // Long after, and regardless of the builds that staged it.
    let later = crate::world::time("2024-06-10T00:00:00Z");
    let day = jiff::SignedDuration::from_hours(24);
    for _ in 0..2 {
        let listing = world.landing().list().await.expect("a listing");
        let warehouse = world.warehouse();
        let tidied = warehouse.tidy_landing(&listing, later, day).await;
        assert_eq!(tidied.expect("tidied").files, 0);
        let report = world.build().await;
        assert!(said(&report).contains(&path), "{}", said(&report));
        // The record of the build that staged it is deleted.
        let first = world.objects("builds").await.remove(0);
        if world.objects("builds").await.len() > 1 {
            delete(&world, &first).await;
        }
    }
    write(&world, &path, sound).await;
    let report = world.build().await;
    assert_eq!(said(&report), "");
    assert_eq!(ids(&world).await, ["1", "2", "3"]);

    // A window that is deleted as a whole is reported with its rows.
    for file in world.objects(window.path().as_ref()).await {
        delete(&world, &file).await;
    }
    let report = world.build().await;
    let expected = format!(
        "`{}` is missing from the landing; its 1 records",
        window.path()
    );
    assert!(said(&report).contains(&expected), "{}", said(&report));
    assert_eq!(ids(&world).await, ["1", "2"]);
    assert_eq!(said(&world.build().await), "");
}

#[tokio::test]
async fn a_window_that_no_build_staged_is_still_tidied() {
    let world = World::small();
    world.land(vec![page([1])]).await;
    let window = world.land(vec![page([2])]).await;
    delete(&world, &format!("{}/manifest.json", window.path())).await;
    world.build().await;
    let later = crate::world::time("2100-06-10T00:00:00Z");
    let day = jiff::SignedDuration::from_hours(24);
    let listing = world.landing().list().await.expect("a listing");
    let tidied = world.warehouse().tidy_landing(&listing, later, day).await;
    assert_eq!(tidied.expect("tidied").files, 1);
}

#[tokio::test]
async fn an_empty_marker_of_a_publication_means_all_logs() {
    let world = World::small();
    world.land(vec![page([1])]).await;
    world.build().await;
    for damaged in ["", "[\"raw_data", "7"] {
        write(&world, "state/committing.json", damaged).await;
        assert!(!world.build().await.published);
        assert!(world.objects("state").await.is_empty());
    }
}

#[tokio::test]
async fn a_take_down_continues_despite_a_damaged_body() {
    let world = World::small();
    let damaged = world.land(vec![page([1])]).await;
    world.land(vec![page([2, 3])]).await;
    write(&world, &format!("{}/00001.json.zst", damaged.path()), "x").await;
    world.build().await;
    let warehouse = world.warehouse();
    let posting = warehouse.posting("saramin:2").await.expect("known");
    let report = warehouse
        .take_down(Some(&posting), "asked", crate::world::now(), &|_| {})
        .await
        .expect("taken down");
    assert_eq!(report.holdings.records, 1);
    assert_eq!(ids(&world).await, ["3"]);
}

#[tokio::test]
async fn a_take_down_searches_what_the_build_could_not_read() {
    let world = World::small();
    let window = world.land(vec![page([1])]).await;
    world.land(vec![page([2])]).await;
    let path = format!("{}/00001.json.zst", window.path());
    let sound = read(&world, &path).await;
    write(&world, &path, "x").await;
    world.build().await;
    let warehouse = world.warehouse();
    let posting = warehouse.posting("saramin:1").await.expect("a posting");
    let holdings = warehouse.holdings(Some(&posting)).await.expect("looked");
    assert_eq!(
        (holdings.records, holdings.damaged),
        (0, vec![path.clone()])
    );

    write(&world, &path, sound).await;
    let report = warehouse
        .take_down(Some(&posting), "asked", crate::world::now(), &|_| {})
        .await
        .expect("taken down");
    assert_eq!(report.holdings.records, 1);
    assert_eq!(ids(&world).await, ["2"]);

    // A window that a kept build was made of has lost its manifest: the content of its bodies is
    // unknown.
    let manifest = format!("{}/manifest.json", window.path());
    delete(&world, &manifest).await;
    let holdings = warehouse.holdings(Some(&posting)).await.expect("looked");
    assert_eq!((holdings.unfinished, holdings.damaged), (0, vec![manifest]));
}

#[tokio::test]
async fn a_build_does_not_take_over_a_file_that_was_altered() {
    let world = World::small();
    world.land(vec![page([1, 2])]).await;
    let record = world.build().await.record;
    let table = &record.tables[&crate::world::name("raw_data.recruits")];
    let path = &table.files[0].path;
    let mut bytes = read(&world, path).await;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    write(&world, path, bytes).await;
    let report = world.build().await;
    assert!(
        report.published && said(&report).contains(path),
        "{}",
        said(&report)
    );
    assert_eq!(ids(&world).await, ["1", "2"]);
    let (_, damaged) = world
        .warehouse()
        .files_as_written(&report.record)
        .await
        .expect("read");
    assert_eq!(damaged, [""; 0]);
}

#[tokio::test]
async fn a_damaged_record_of_a_take_down_is_named() {
    let world = World::small();
    world.land(vec![page([1, 2])]).await;
    world.build().await;
    let warehouse = world.warehouse();
    let posting = warehouse.posting("saramin:2").await.expect("known");
    let taken = warehouse.take_down(Some(&posting), "asked", crate::world::now(), &|_| {});
    taken.await.expect("taken down");
    let path = world.objects("state/purges").await.remove(0);
    let sound = read(&world, &path).await;
    let text = String::from_utf8(sound.clone()).expect("text");
    let other = posting_id_digit_changed(&text);
    for damaged in [&sound[..0], &sound[..sound.len() / 2], other.as_bytes()] {
        write(&world, &path, damaged).await;
        let error = world.try_build(FULL).await.expect_err("it would come back");
        assert!(error.to_string().contains(&path), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
}

/// The record with another posting's key: readable but wrong.
fn posting_id_digit_changed(text: &str) -> String {
    let at = text.find("\"id\": \"").expect("an id") + 12;
    let digit = text.as_bytes()[at];
    let other = if digit == b'1' { '3' } else { '1' };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// Flips single bits over all kinds of files of a store: each reader returns the right result, or
/// an error or a warning that names the damage. `JOBTIDE_FLIPS` sets how many (16).
#[tokio::test]
async fn a_flipped_bit_never_silently_changes_a_figure() {
    let flips = std::env::var("JOBTIDE_FLIPS").map_or(16, |count| count.parse().expect("a number"));
    let world = World::small();
    world.land(vec![page(1..=40)]).await;
    world.build().await;
    world.land(vec![page(41..=60), page(61..=70)]).await;
    let newest = world.build().await.record;
    let tables: Vec<String> = newest.tables.keys().map(ToString::to_string).collect();
    let mut right = Vec::new();
    for table in &tables {
        right.push(rows(&world, table).await.expect("sound"));
    }
    let kinds: [fn(&str) -> bool; 5] = [
        |path| path.ends_with(".zst"),
        |path| path.ends_with("manifest.json"),
        |path| path.ends_with(".parquet"),
        |path| path.contains("_delta_log"),
        |path| path.starts_with("builds/"),
    ];
    let files = world.objects("").await;
    let mut random = StdRng::seed_from_u64(20_261_129);
    for flip in 0..flips {
        let of_kind: Vec<&String> = files
            .iter()
            .filter(|path| kinds[flip % kinds.len()](path))
            .collect();
        let path = of_kind[random.random_range(0..of_kind.len())];
        let sound = read(&world, path).await;
        let bit = random.random_range(0..sound.len() * 8);
        let mut flipped = sound.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        write(&world, path, flipped).await;
        let context = format!("flip {flip}: bit {bit} of `{path}`");

        for (table, right) in tables.iter().zip(&right) {
            match rows(&world, table).await {
                Ok((build, found)) if build == newest.build => {
                    assert_eq!((build, &found), (right.0, &right.1), "{table}: {context}");
                }
                Ok((build, _)) => {
                    let damaged = world.warehouse().builds().damaged().await;
                    let damaged = damaged.expect("a listing");
                    assert!(
                        damaged.iter().any(|record| record.path == *path),
                        "build {build} without a word: {context}"
                    );
                }
                Err(error) => assert!(error.contains(path.as_str()), "{error}: {context}"),
            }
        }
        // Another tool reads the logs.
        let copy = World::small().with_store(copied(&world).await);
        match copy.try_build(BuildRequest::default()).await {
            Ok(report) => {
                let seen = said(&report);
                let of_log = path
                    .split("/_delta_log")
                    .next()
                    .filter(|_| path.contains("_delta_log"));
                if let Some(folder) = of_log {
                    let table = folder.replace("warehouse/", "").replace('/', ".");
                    let named = seen.is_empty() || seen.contains(&format!("`{table}`"));
                    assert!(named, "{seen}: {context}");
                }
                crate::delta_logs::assert_logs_are(&copy, &report.record).await;
            }
            Err(error) => panic!("{error}: {context}"),
        }
        // A full build: all that is landed, or the missing part is named.
        let copy = World::small().with_store(copied(&world).await);
        match copy.try_build(FULL).await {
            Ok(report) => {
                let whole = ids(&copy).await.len() == 70;
                assert!(
                    whole || said(&report).contains(path.as_str()),
                    "records are missing without a word: {context}"
                );
            }
            Err(error) => panic!("{error}: {context}"),
        }
        write(&world, path, sound).await;
    }
}

/// The rows of a table of the published build, sorted, as seen by a new reader; or its error.
async fn rows(world: &World, table: &str) -> Result<(u64, Vec<Vec<String>>), String> {
    let warehouse = world.warehouse();
    let said = |error: warehouse::Error| error.to_string();
    let record = warehouse.builds().published().await.map_err(said)?;
    let record = record.ok_or("nothing is published")?;
    let sql = format!("select * from {table}");
    let found = warehouse.query(&record, &sql, usize::MAX).await;
    let mut rows = crate::text::rows(&found.map_err(said)?.batches).map_err(|e| e.to_string())?;
    rows.sort();
    Ok((record.build, rows))
}

pub async fn copied(world: &World) -> std::sync::Arc<dyn object_store::ObjectStore> {
    let store = landing::open_store("memory:///").expect("a store in memory");
    for path in world.objects("").await {
        let bytes = read(world, &path).await;
        let path = Path::from(path);
        let put = store.put(&path, bytes.into());
        put.await.expect("stored");
    }
    store
}
