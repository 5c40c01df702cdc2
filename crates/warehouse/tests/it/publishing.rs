//! Readers see the last build whose checks passed; builds can be rolled back; old ones are removed.

use bytes::Bytes;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jiff::SignedDuration;
use landing::{Landed, StoreUrl};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use warehouse::build::{BuildRequest, How};
use warehouse::publish::Action;
use warehouse::{Error, Level};

use crate::delta_logs::assert_logs_are;
use crate::posting::{Posting, page, postings};
use crate::world::{Body, World, dataset, name, named_files, now, time};

const COUNT: &str = "select it from visual_tables.all_count";

/// A world with one published build of three postings.
async fn published() -> World {
    let world = World::small();
    world.land(vec![postings(1..=3)]).await;
    world.build().await;
    world
}

/// Asserts that a build fails with a message that holds `named`, and that build 1 stays.
async fn fails_and_leaves_the_old_build(world: &World, named: &str) -> Error {
    let error = match world.try_build(BuildRequest::default()).await {
        Ok(report) => panic!("the build {} passed: no `{named}`", report.record.build),
        Err(error) => error,
    };
    let text = error.to_string();
    assert!(text.contains(named), "`{named}` is not named: {text}");
    let healthy = World::small().with_store(world.store.clone());
    let record = healthy.published().await.expect("a build");
    assert_eq!(record.build, 1);
    assert_eq!(healthy.rows(&record, COUNT).await, ["3"]);
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_check_keeps_the_old_build_and_reports_why() {
    let mut world = published().await;
    world.land(vec![postings(4..=4)]).await;
    world.file(
        "checks/no_fourth.sql",
        "-- what: There is a fourth posting.\n-- level: error\n\
         select posting_id, title from raw_data.recruits where posting_id = '4'",
    );
    let error = fails_and_leaves_the_old_build(&world, "`no_fourth` (1 rows)").await;
    let Error::ChecksFailed(findings) = error else {
        panic!("not a failed check: {error:?}");
    };
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].what, "There is a fourth posting.");
    assert_eq!(findings[0].evidence[0]["posting_id"], "4");
    // The files of the failed build are removed.
    let record = world.published().await.expect("a build");
    assert_eq!(world.data_files().await, named_files([&record]));

    world.files.remove("checks/no_fourth.sql");
    let record = world.build().await.record;
    assert_eq!(world.rows(&record, COUNT).await, ["4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_check_runs_though_nothing_else_changed() {
    let mut world = published().await;
    world.file(
        "checks/no_postings.sql",
        "-- what: There are postings.\n-- level: error\nselect id from raw_data.recruits",
    );
    fails_and_leaves_the_old_build(&world, "`no_postings` (3 rows)").await;

    world.edit("checks/no_postings.sql", "level: error", "level: warning");
    let report = world.build().await;
    assert!(report.published, "the warning is a part of the build");
    let warning = |record: &warehouse::BuildRecord| {
        let mut warnings = record.warnings.iter();
        warnings
            .find(|finding| finding.check == "no_postings")
            .map(|finding| (finding.level, finding.rows))
    };
    assert_eq!(warning(&report.record), Some((Level::Warning, 3)));
    let again = world.build().await;
    assert!(!again.published, "nothing changed");
    assert_eq!(warning(&again.record), Some((Level::Warning, 3)));

    world.files.remove("checks/no_postings.sql");
    assert_eq!(warning(&world.build().await.record), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_condition_is_checked_though_the_rows_are_unchanged() {
    let mut world = published().await;
    let head = "-- grain: id\n";
    let path = "raw_data/recruits.sql";
    world.edit(path, head, "-- grain: id\n-- check: posting_id <> '2'\n");
    fails_and_leaves_the_old_build(&world, "raw_data.recruits: posting_id <> '2'` (1 rows)").await;

    world.edit(path, "-- check: posting_id", "-- warn: posting_id");
    let warned = |record: &warehouse::BuildRecord| {
        let mut warnings = record.warnings.iter();
        warnings.any(|finding| finding.check == "raw_data.recruits: posting_id <> '2'")
    };
    assert!(warned(&world.build().await.record));
    // A warning stays as long as its table is unchanged, even if the table was recomputed.
    let mut elsewhere = Posting::new(4);
    elsewhere.job_type = "4".to_owned();
    for body in [Body::document("no JSON"), page(&[elsewhere.json()])] {
        world.land(vec![body]).await;
        let (report, how) = world.build_how().await;
        assert_eq!(how["raw_data.recruits"], How::Unchanged);
        assert!(warned(&report.record));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grain_that_does_not_hold_is_a_failed_check() {
    let mut world = published().await;
    world.edit(
        "raw_data/recruits.sql",
        "-- grain: id\n",
        "-- grain: title, url\n",
    );
    world.edit(
        "raw_data/recruits.sql",
        "in_scope.title,",
        "'same' as title,",
    );
    world.edit(
        "raw_data/recruits.sql",
        "in_scope.url,",
        "cast(null as text) as url,",
    );
    let error = fails_and_leaves_the_old_build(&world, "`raw_data.recruits: grain`").await;
    let text = error.to_string();
    assert!(
        text.contains("`raw_data.recruits: key not null` (3 rows)"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_code_table_is_a_failed_check() {
    let mut world = published().await;
    let codes = String::from_utf8(world.files["meta/experiences.csv"].clone()).expect("text");
    world.file("meta/experiences.csv", &format!("{codes}0,twice\n"));
    fails_and_leaves_the_old_build(&world, "`code_tables_are_whole`").await;
    world.file("meta/experiences.csv", "code,label\n0,x\n");
    fails_and_leaves_the_old_build(&world, "meta").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_model_leaves_the_old_build_and_is_named() {
    let path = "visual_tables/all_count.sql";
    let head = "-- what: x\n-- grain: one row\n";
    // Not SQL, an unknown table, an unknown column, a failure while it runs, an unsupported type.
    for (query, named) in [
        ("selec 1", "`pipeline/visual_tables/all_count.sql`"),
        ("select 1 as it from raw_data.nothing", "`raw_data.nothing`"),
        (
            "select jd as it from raw_data.recruits",
            "table `visual_tables.all_count` could not be built",
        ),
        (
            "select cast(title as bigint) as it from raw_data.recruits",
            "table `visual_tables.all_count` could not be built",
        ),
        (
            "select array_agg(id) as it from raw_data.recruits",
            "column `it` has type",
        ),
    ] {
        let mut world = published().await;
        world.file(path, &format!("{head}{query}"));
        fails_and_leaves_the_old_build(&world, named).await;
        // The next build removes what this one left behind.
        let world = World::small().with_store(world.store);
        let record = world.build().await.record;
        assert_eq!(world.data_files().await, named_files([&record]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unchanged_build_publishes_nothing() {
    for world in [World::new(), World::small(), published().await] {
        let first = world.build().await;
        let before = world.objects("").await;
        let (again, how) = world.build_how().await;
        assert!(!again.published);
        assert_eq!(again.record, first.record);
        assert!(how.values().all(|way| *way == How::Unchanged), "{how:#?}");
        assert_eq!(world.objects("").await, before, "the store is as it was");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn landing_the_same_file_twice_changes_nothing() {
    let world = World::small();
    let file = Bytes::from(page(&[Posting::new(1).json()]).text);
    let land = async |at| {
        let files = world
            .landing()
            .saved_files(dataset())
            .await
            .expect("a listing");
        let landed = files.land_bytes("page.json", file.clone(), at).await;
        landed.expect("the file is landed")
    };
    assert!(matches!(land(now()).await, Landed::New(_)));
    let first = world.build().await;
    let later = now() + SignedDuration::from_hours(24);
    assert!(matches!(land(later).await, Landed::Known(_)));
    let again = world.build().await;
    assert!(!again.published);
    assert_eq!(again.record, first.record);
    assert_eq!(again.record.origin, warehouse::publish::Origin::Saved);
    let rows = "select count(*) from staging.recruit";
    assert_eq!(world.rows(&again.record, rows).await, ["1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_can_be_rolled_back_and_built_again() {
    let world = published().await;
    world.land(vec![postings(4..=5)]).await;
    let second = world.build().await.record;
    assert_eq!((second.build, second.generation), (2, 2));

    let at = time("2023-06-11T00:00:00Z");
    let back = world
        .warehouse()
        .rollback(1, at)
        .await
        .expect("build 1 is kept");
    assert_eq!((back.build, back.generation), (1, 3));
    assert_eq!((back.action, back.published_at), (Action::Rollback, at));
    let record = world.published().await.expect("a build");
    assert_eq!(record, back);
    assert_eq!(world.rows(&record, COUNT).await, ["3"]);
    let builds = world.warehouse().builds().sound().await.expect("records");
    let builds: Vec<_> = builds
        .iter()
        .map(|record| (record.generation, record.build))
        .collect();
    assert_eq!(builds, [(1, 1), (2, 2), (3, 1)]);

    // The landing still holds what build 2 showed: the next build shows it again, under a new number.
    let third = world.build().await.record;
    assert_eq!((third.build, third.generation), (3, 4));
    assert_eq!(world.rows(&third, COUNT).await, ["5"]);
    assert_eq!(
        world.rows(&second, COUNT).await,
        ["5"],
        "build 2 is still whole"
    );

    let unknown = world
        .warehouse()
        .rollback(9, at)
        .await
        .expect_err("there is no build 9");
    assert!(matches!(unknown, Error::UnknownBuild(9)), "{unknown}");
    assert!(
        unknown
            .hint()
            .is_some_and(|hint| hint.contains("jobtide builds"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_last_builds_and_their_files_are_kept() {
    let world = World::small();
    for id in 1..=15 {
        world.land(vec![postings(id..=id)]).await;
        world.build().await;
    }
    let warehouse = world.warehouse();
    let records = warehouse.builds().sound().await.expect("records");
    let builds: Vec<_> = records.iter().map(|record| record.build).collect();
    assert_eq!(builds, (6..=15).collect::<Vec<_>>());
    assert_eq!(world.objects("builds").await.len(), 10);
    assert_eq!(world.data_files().await, named_files(&records));
    for record in &records {
        let postings = record.build.to_string();
        assert_eq!(world.rows(record, COUNT).await, [postings]);
    }
    let gone = warehouse.builds().build(5).await;
    assert!(matches!(gone, Err(Error::UnknownBuild(5))), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_rollbacks_drop_records_and_no_build() {
    let mut world = published().await;
    world.keep_builds = 3;
    world.land(vec![postings(4..=4)]).await;
    world.build().await;
    for build in [1, 2, 1, 2, 1, 2] {
        let back = world.warehouse().rollback(build, now()).await;
        assert_eq!(back.expect("the build is kept").build, build);
    }
    let records = world.objects("builds").await;
    assert!(records.len() < 2 * world.keep_builds, "{records:?}");
    let record = world.published().await.expect("a build");
    assert_eq!(world.rows(&record, COUNT).await, ["4"]);
    world
        .warehouse()
        .rollback(1, now())
        .await
        .expect("build 1 is still kept");
}

/// A bucket is often shared, with the store below a prefix.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_below_a_prefix_is_built_like_any_other() {
    let url = "memory:///team/구인 50%25";
    let prefixed = landing::open_store(url).expect("a store in memory");
    let mut world = World::small().with_store(prefixed);
    world.url = StoreUrl::parse(url).expect("a URL");
    for ids in [1..=3, 4..=5] {
        world.land(vec![postings(ids)]).await;
        world.build().await;
    }
    let record = world.published().await.expect("a build");
    assert_eq!((record.build, record.postings), (2, 5));
    assert_logs_are(&world, &record).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cleaning_up_removes_only_files_of_our_own_name_and_tables() {
    use object_store::ObjectStoreExt;
    let world = published().await;
    let token = "part-00000001-0123456789abcdef-00000.parquet";
    let foreign = [
        "warehouse/precious.parquet".to_owned(),
        "warehouse/raw_data/precious.parquet".to_owned(),
        "warehouse/raw_data/recruits/precious.parquet".to_owned(),
        format!("warehouse/raw_data/recruits/old/{token}"),
        format!("warehouse/raw_data/no_table_of_ours/{token}"),
        "warehouse/raw_data/recruits/_delta_log/notes.txt".to_owned(),
    ];
    for path in &foreign {
        let path = object_store::path::Path::from(path.as_str());
        world.store.put(&path, "x".into()).await.expect("a file");
    }
    let left = object_store::path::Path::from(format!("warehouse/raw_data/recruits/{token}"));
    world.store.put(&left, "x".into()).await.expect("a file");
    world.land(vec![postings(4..=4)]).await;
    world.build().await;
    for path in &foreign {
        let path = object_store::path::Path::from(path.as_str());
        assert!(world.store.head(&path).await.is_ok(), "{path}");
    }
    assert!(world.store.head(&left).await.is_err(), "what is ours goes");
}

/// The program's own tables gain columns; a kept build of an earlier version must still be
/// readable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_of_an_earlier_version_has_null_in_columns_that_came_since() {
    let world = World::small();
    world.land(vec![postings(1..=3)]).await;
    let mut record = world.build().await.record;
    let windows = record.tables.get_mut(&name("staging.windows"));
    let file = &mut windows.expect("the table").files[0];
    let path = Path::from(file.path.as_str());
    let found = world.store.get(&path).await.expect("the file");
    let found = found.bytes().await.expect("its bytes");
    let reader = ParquetRecordBatchReaderBuilder::try_new(found).expect("a Parquet file");
    let mut reader = reader.build().expect("a reader");
    let mut batch = reader.next().expect("a batch").expect("rows");
    batch.remove_column(batch.schema().index_of("unread").expect("a column"));
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    (file.bytes, file.xxh3, file.blocks) = (bytes.len() as u64, None, String::new());
    let put = world.store.put(&path, bytes.into()).await;
    put.expect("stored");
    record.generation += 1;
    let published = world.warehouse().builds().publish(&record).await;
    published.expect("published");

    let sql = "select records, unread from staging.windows";
    assert_eq!(world.rows(&record, sql).await, ["3|NULL"]);
}
