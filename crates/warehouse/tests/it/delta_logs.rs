//! The Delta logs, read by the Delta library as another tool would: at every table's latest version
//! they name exactly the published build.

use std::sync::Arc;

use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake::DeltaTable;
use deltalake::logstore::{StorageConfig, default_logstore};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _};
use warehouse::{BuildRecord, TableName};

use crate::posting::{Posting, page, postings};
use crate::world::{World, name, time};

const MARKER: &str = "state/committing.json";

/// Opens the latest version of a table's log: in memory, because the library expects listings in order,
/// and a folder lists in any order.
async fn open(world: &World, table: &TableName) -> DeltaTable {
    let folder = format!("warehouse/{}/{}", table.schema(), table.table());
    let copy: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    for path in world.objects(&format!("{folder}/_delta_log")).await {
        let path = Path::from(path);
        let object = world.store.get(&path).await.expect("a file of the log");
        let bytes = object.bytes().await.expect("its content");
        copy.put(&path, bytes.into()).await.expect("a copy");
    }
    let location = format!("memory:///{folder}/").parse().expect("a URL");
    let log = default_logstore(
        Arc::new(PrefixStore::new(copy.clone(), folder)),
        copy,
        &location,
        &StorageConfig::default(),
    );
    let mut table = DeltaTable::new(log);
    table.load().await.expect("the log opens");
    table
}

/// Files of a table as its latest log names them, below the table's folder.
fn logged_files(delta: &DeltaTable, table: &TableName) -> Vec<String> {
    let folder = format!("/warehouse/{}/{}/", table.schema(), table.table());
    let below = |uri: String| {
        let (_, file) = uri.rsplit_once(&folder).expect("below its folder");
        file.to_owned()
    };
    let mut files: Vec<String> = delta
        .get_file_uris()
        .expect("a loaded table")
        .map(below)
        .collect();
    files.sort();
    files
}

/// Reads the files that a table's log names, as another tool would, and counts their rows.
async fn rows(world: &World, table: &TableName) -> usize {
    let delta = open(world, table).await;
    let mut rows = 0;
    for file in logged_files(&delta, table) {
        let path = format!("warehouse/{}/{}/{file}", table.schema(), table.table());
        let bytes = world
            .store
            .get(&Path::from(path))
            .await
            .expect("the file is there")
            .bytes()
            .await
            .expect("the file is read");
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("a Parquet file");
        for batch in reader.build().expect("a reader") {
            rows += batch.expect("rows").num_rows();
        }
    }
    rows
}

/// The log of every table names the build's files and columns.
pub async fn assert_logs_are(world: &World, record: &BuildRecord) {
    let warehouse = world.warehouse();
    for (table, published) in &record.tables {
        let delta = open(world, table).await;
        let folder = format!("/warehouse/{}/{}/", table.schema(), table.table());
        let logged = logged_files(&delta, table);
        let mut files: Vec<String> = published
            .files
            .iter()
            .map(|file| format!("/{}", file.path).replace(&folder, ""))
            .collect();
        files.sort();
        assert_eq!(logged, files, "{table}");

        let logged = delta.snapshot().expect("a loaded table").schema();
        let logged: Vec<&str> = logged.fields().map(|field| field.name().as_str()).collect();
        let schema = warehouse
            .table_schema(record, table)
            .await
            .expect("a schema");
        let built: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(logged, built, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_latest_version_is_the_published_build() {
    let world = World::new();
    for ids in [1..=3, 4..=9, 10..=10] {
        world.land(vec![postings(ids)]).await;
        world.build().await;
        let record = world.published().await.expect("a build");
        assert_logs_are(&world, &record).await;
    }
    // An edit takes a posting out of scope, so files are replaced as well as added.
    let mut edited = Posting::new(2);
    edited.modified = Some(3);
    edited.job_type = "4".to_owned();
    world.land(vec![page(&[edited.json()])]).await;
    let record = world.build().await.record;
    assert_logs_are(&world, &record).await;
    for table in [
        "staging.recruit",
        "external.recruit_table",
        "raw_data.recruits",
        "meta.location",
        "visual_tables.posting_flow",
        "visual_tables.all_count",
    ] {
        let published = record.tables[&name(table)].rows as usize;
        assert_eq!(rows(&world, &name(table)).await, published, "{table}");
    }
    assert_eq!(rows(&world, &name("raw_data.recruits")).await, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_did_not_change_keeps_its_version() {
    let world = World::small();
    world.land(vec![postings(1..=1)]).await;
    world.build().await;
    world.land(vec![postings(2..=2)]).await;
    world.build().await;
    for (table, version) in [("meta.location", 0), ("external.recruit_table", 1)] {
        let delta = open(&world, &name(table)).await;
        assert_eq!(delta.version(), Some(version), "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_takes_the_logs_back() {
    let world = World::small();
    world.land(vec![postings(1..=3)]).await;
    world.build().await;
    world.land(vec![postings(4..=5)]).await;
    world.build().await;
    let at = time("2023-06-11T00:00:00Z");
    let back = world
        .warehouse()
        .rollback(1, at)
        .await
        .expect("build 1 is kept");
    assert_logs_are(&world, &back).await;
    assert_eq!(rows(&world, &name("raw_data.recruits")).await, 3);
    let forth = world.build().await.record;
    assert_logs_are(&world, &forth).await;
    assert_eq!(rows(&world, &name("raw_data.recruits")).await, 5);
}

/// A process that dies between the logs and the pointer leaves logs that are ahead of the published
/// build; the next build restores them, also when it has nothing to publish.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_that_were_left_ahead_are_brought_back() {
    let world = World::small();
    world.land(vec![postings(1..=3)]).await;
    let first = world.build().await.record;
    let window = world.land(vec![postings(4..=5)]).await;
    let second = world.build().await.record;

    // The state after build 2 died before its record was written, and its window was removed.
    let changed: Vec<&TableName> = second
        .tables
        .iter()
        .filter(|(name, table)| first.tables[*name].files != table.files)
        .map(|(name, _)| name)
        .collect();
    assert!(changed.contains(&&name("raw_data.recruits")));
    let marker = serde_json::to_vec(&changed).expect("names");
    let path = Path::from(MARKER);
    let put = world.store.put(&path, marker.into()).await;
    put.expect("the marker is written");
    let pointer = world.objects("builds").await.pop().expect("a record");
    world
        .store
        .delete(&Path::from(pointer))
        .await
        .expect("the record is gone");
    let manifest = window.path().join(landing::MANIFEST);
    let later = world.store.get(&manifest).await.expect("a manifest");
    let later = later.bytes().await.expect("its bytes");
    world
        .store
        .delete(&manifest)
        .await
        .expect("the manifest is gone");

    let report = world.build().await;
    assert!(!report.published, "the published build is all there is");
    assert_logs_are(&world, &first).await;
    assert_eq!(rows(&world, &name("raw_data.recruits")).await, 3);
    assert!(
        world.objects("state").await.is_empty(),
        "nothing is left to restore"
    );

    world
        .store
        .put(&manifest, later.into())
        .await
        .expect("the window is back");
    let record = world.build().await.record;
    assert_logs_are(&world, &record).await;
    assert_eq!(rows(&world, &name("raw_data.recruits")).await, 5);
}

/// The program itself reads no log, so nothing else would reveal a damaged one: a build names and
/// restores it, whether or not the table changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_log_is_named_and_brought_back() {
    /// The new content of the log file; `None` deletes it.
    type Damage = fn(&str) -> Option<String>;
    const LOG: &str = "warehouse/meta/location/_delta_log/00000000000000000000.json";
    let damages: [(&str, Damage); 6] = [
        ("not JSON", |_| Some("junk".to_owned())),
        ("gone", |_| None),
        ("another file", |log| Some(log.replace("part-0", "part-1"))),
        ("another size", |log| {
            Some(log.replace("\"size\":", "\"size\":1"))
        }),
        ("other rows", |log| {
            Some(log.replace("numRecords\\\":", "numRecords\\\":1"))
        }),
        ("another column", |log| {
            Some(log.replace("wide_code", "side_code"))
        }),
    ];
    for (what, damage) in damages {
        for changes in [false, true] {
            let world = World::small();
            world.land(vec![postings(1..=3)]).await;
            world.build().await;
            let path = Path::from(LOG);
            let log = world.store.get(&path).await.expect("a log");
            let log = log.bytes().await.expect("its bytes").to_vec();
            let log = String::from_utf8(log).expect("text");
            match damage(&log) {
                Some(damaged) => {
                    assert_ne!(damaged, log, "{what}");
                    let put = world.store.put(&path, damaged.into()).await;
                    put.expect("the log is damaged");
                }
                None => world.store.delete(&path).await.expect("deleted"),
            }
            if changes {
                world.land(vec![postings(4..=5)]).await;
            }
            let report = world.build().await;
            let said = report.damage.join("\n");
            assert!(said.contains("`meta.location`"), "{what}: {said}");
            assert_eq!(report.damage.len(), 1, "{what}: {said}");
            assert_eq!(report.published, changes, "{what}");
            assert_logs_are(&world, &report.record).await;
            let again = world.build().await;
            assert_eq!(again.damage, [""; 0], "{what}");
            assert!(world.objects("state").await.is_empty());
        }
    }
}

/// A missing record silently exposes the previous build; the logs still show what it published.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_build_record_is_named_and_its_number_not_reused() {
    let world = World::small();
    world.land(vec![postings(1..=3)]).await;
    world.build().await;
    world.land(vec![postings(4..=5)]).await;
    world.build().await;
    let records = world.objects("builds").await;
    let gone = Path::from(records[1].as_str());
    world.store.delete(&gone).await.expect("deleted");

    let report = world.build().await;
    let said = report.damage.join("\n");
    assert!(said.contains("build 2, whose record is missing"), "{said}");
    assert_eq!((report.record.build, report.record.postings), (3, 5));
    assert_logs_are(&world, &report.record).await;
    assert_eq!(world.build().await.damage, [""; 0]);

    for record in world.objects("builds").await {
        let gone = world.store.delete(&Path::from(record)).await;
        gone.expect("deleted");
    }
    let report = world.build().await;
    let said = report.damage.join("\n");
    assert!(said.contains("of build 3"), "{said}");
    assert_eq!((report.record.build, report.record.postings), (4, 5));
    assert_logs_are(&world, &report.record).await;
    assert_eq!(world.build().await.damage, [""; 0]);
}
