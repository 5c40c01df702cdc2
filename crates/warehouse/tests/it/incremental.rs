//! Incremental and full builds are equivalent, for any split of postings into windows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use warehouse::BuildRecord;
use warehouse::build::{BuildRequest, How};

use crate::posting::{JUNE, Posting, page, postings};
use crate::world::{Body, World, name};

/// Columns that say when and where something was landed, not what it is.
const OF_THE_LANDING: [&str; 3] = ["collected_at", "first_collected_at", "last_collected_at"];

/// Layers that two equal builds share.
const LAYERS: [&str; 5] = ["external", "raw_data", "analytic", "visual_tables", "adhoc"];

/// The rows of every table, sorted.
pub type Tables = BTreeMap<String, Vec<String>>;

/// All tables from `external` on, as two equal builds have them.
pub async fn tables(world: &World, record: &BuildRecord) -> Tables {
    let warehouse = world.warehouse();
    let mut tables = Tables::new();
    for table in record.tables.keys() {
        if !LAYERS.contains(&table.schema()) {
            continue;
        }
        let schema = warehouse
            .table_schema(record, table)
            .await
            .expect("a schema");
        let columns: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .filter(|column| !OF_THE_LANDING.contains(column) && !column.starts_with("landing_"))
            .collect();
        let sql = format!("select {} from {table}", columns.join(", "));
        let mut rows = world.rows(record, &sql).await;
        rows.sort();
        tables.insert(table.to_string(), rows);
    }
    tables
}

/// A summary of the differences: whole tables are too long to print.
fn difference(left: &Tables, right: &Tables) -> Option<String> {
    let mut differences = String::new();
    for (table, rows) in left {
        let others = &right[table];
        let only = |rows: &[String], others: &[String]| {
            let mut rows: Vec<String> = rows.to_vec();
            rows.retain(|row| !others.contains(row));
            rows.truncate(5);
            rows
        };
        if rows != others {
            let (here, there) = (only(rows, others), only(others, rows));
            differences.push_str(&format!(
                "{table}: {} and {} rows; only here {here:#?}, only there {there:#?}\n",
                rows.len(),
                others.len()
            ));
        }
    }
    (!differences.is_empty()).then_some(differences)
}

#[derive(Debug, Clone)]
enum Entry {
    Whole(Posting),
    /// The posting, with a key of another type and an unknown one.
    Odd(Posting),
    WithoutId(Posting),
    NoObject,
}

impl Entry {
    fn json(&self) -> Value {
        match self {
            Self::Whole(posting) => posting.json(),
            Self::Odd(posting) => {
                let mut record = posting.json();
                record["active"] = posting.active.to_string().into();
                record["position"]["experience-level"]["code"] = "many".into();
                record["salary"] = json!({});
                record["remote"] = true.into();
                record
            }
            Self::WithoutId(posting) => {
                let mut record = posting.json();
                record["id"] = Value::Null;
                record
            }
            Self::NoObject => json!(["not", "an", "object"]),
        }
    }
}

#[derive(Debug, Clone)]
enum Response {
    Page(Vec<Entry>),
    Lines(Vec<Entry>),
    CutOff(Vec<Entry>),
    Empty,
    Html,
}

impl Response {
    fn body(&self) -> Body {
        let records = |entries: &[Entry]| entries.iter().map(Entry::json).collect::<Vec<_>>();
        match self {
            Self::Page(entries) => page(&records(entries)),
            Self::Lines(entries) => {
                let lines: Vec<String> = records(entries).iter().map(ToString::to_string).collect();
                Body::lines(lines.join("\n")).counted(entries.len() as u64)
            }
            Self::CutOff(entries) => {
                let whole = page(&records(entries)).text;
                Body::document(&whole[..whole.len() - 2])
            }
            Self::Empty => page(&[]),
            Self::Html => Body::document("<html>later, please</html>"),
        }
    }
}

/// Responses with the hour at which they were received.
type Window = Vec<(Response, i64)>;

fn posting() -> impl Strategy<Value = Posting> {
    // Small ranges of numbers, times and values: most records are another version of an existing
    // posting.
    let content = (
        prop::sample::select(vec![
            "데이터 엔지니어",
            "머신러닝 연구원",
            "백엔드",
            "영업 &amp; 관리",
        ]),
        prop::sample::select(vec!["301", "301,304", "108", "9999", ""]),
        prop::sample::select(vec![
            "101010,102110",
            "101000",
            "102520,102530",
            "211200",
            "",
        ]),
        prop::sample::select(vec!["1", "1,10", "4", ""]),
        prop::sample::select(vec!["83,84", "108,84,108", "87", "", "99999"]),
        prop::sample::select(vec!["1", "2", "3", "4"]),
    );
    let times = (
        0..12i64,
        prop::option::of(0..4i64),
        0..2i64,
        0..4i64,
        0..3u32,
    );
    (1..9u32, content, times).prop_map(|(id, content, times)| {
        let (title, industry, location, job_type, keywords, close_type) = content;
        let (posted, modified, active, experience, views) = times;
        Posting {
            id,
            title: title.to_owned(),
            active,
            industry: industry.to_owned(),
            location: location.to_owned(),
            job_type: job_type.to_owned(),
            keywords: keywords.to_owned(),
            experience,
            close_type: close_type.to_owned(),
            posted,
            modified,
            views,
        }
    })
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry = prop_oneof![
        12 => posting().prop_map(Entry::Whole),
        1 => posting().prop_map(Entry::Odd),
        1 => posting().prop_map(Entry::WithoutId),
        1 => Just(Entry::NoObject),
    ];
    prop::collection::vec(entry, 1..6)
}

fn window() -> impl Strategy<Value = Window> {
    let response = prop_oneof![
        6 => entries().prop_map(Response::Page),
        2 => entries().prop_map(Response::Lines),
        1 => entries().prop_map(Response::CutOff),
        1 => Just(Response::Empty),
        1 => Just(Response::Html),
    ];
    // Windows land in one order and were received in another, at times at the same hour.
    prop::collection::vec((response, 0..6i64), 0..4)
}

async fn land(world: &World, window: &Window) {
    let bodies = window
        .iter()
        .map(|(response, hour)| {
            let at = jiff::Timestamp::from_second(JUNE + 86_400 * 9 + hour * 3_600);
            response.body().received_at(at.expect("a time"))
        })
        .collect();
    world.land(bodies).await;
}

/// Lands and builds incrementally; then runs full builds in two ways.
async fn compare(world: &World, steps: &[Vec<Window>]) -> Result<(), TestCaseError> {
    for windows in steps {
        for window in windows {
            land(world, window).await;
        }
        build(world, BuildRequest::default()).await?;
    }
    let record = world.published().await.expect("a build");
    let step_by_step = tables(world, &record).await;
    prop_assert!(step_by_step.len() > 30);

    let full = build(world, BuildRequest { full: true }).await?;
    let full = tables(world, &full).await;
    if let Some(difference) = difference(&step_by_step, &full) {
        return Err(TestCaseError::fail(format!(
            "step by step, then full:\n{difference}"
        )));
    }

    for folder in ["warehouse", "builds"] {
        for object in world.objects(folder).await {
            let path = object_store::path::Path::from(object);
            let gone = object_store::ObjectStoreExt::delete(&world.store, &path).await;
            gone.expect("the object is deleted");
        }
    }
    let rebuilt = build(world, BuildRequest::default()).await?;
    prop_assert_eq!(rebuilt.build, 1);
    let rebuilt = tables(world, &rebuilt).await;
    if let Some(difference) = difference(&step_by_step, &rebuilt) {
        return Err(TestCaseError::fail(format!(
            "step by step, then deleted:\n{difference}"
        )));
    }
    Ok(())
}

async fn build(world: &World, request: BuildRequest) -> Result<BuildRecord, TestCaseError> {
    match world.try_build(request).await {
        Ok(report) => Ok(report.record),
        Err(error) => Err(TestCaseError::fail(format!("{error}\n{error:#?}"))),
    }
}

/// Cases of the property unless `PROPTEST_CASES` is set: each is about ten builds.
const CASES: u32 = 6;

#[test]
fn incremental_and_full_builds_are_equivalent() {
    let cases = std::env::var("PROPTEST_CASES").ok();
    let config = Config {
        cases: cases.and_then(|cases| cases.parse().ok()).unwrap_or(CASES),
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let steps = prop::collection::vec(prop::collection::vec(window(), 1..3), 2..5);
    TestRunner::new(config)
        .run(&steps, |steps| {
            runtime.block_on(compare(&World::new(), &steps))
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// The comparison detects a table that wrongly declares a `key`: its rows depend on other keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrongly_declared_key_is_detected() {
    let mut world = World::new();
    world.file(
        "adhoc/wrong.sql",
        "-- what: x\n-- grain: id\n-- key: id\n\
         select id, (select count(*) from raw_data.recruits) as postings from raw_data.recruits",
    );
    let arrives = |id| {
        let record = Entry::Whole(Posting::new(id));
        vec![vec![(Response::Page(vec![record]), 0)]]
    };
    let difference = compare(&world, &[arrives(1), arrives(2)]).await;
    let difference = difference.expect_err("the tables differ").to_string();
    assert!(difference.contains("adhoc.wrong"), "{difference}");
    assert_eq!(
        difference.matches(" rows; only here").count(),
        1,
        "{difference}"
    );
}

/// The property above is vacuous if every build is a full one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_new_postings_replace_only_their_rows() {
    let world = World::new();
    world.land(vec![postings(1..=5)]).await;
    world.build().await;
    let mut edited = Posting::new(3);
    edited.modified = Some(5);
    edited.title = "백엔드".to_owned();
    edited.keywords = "84".to_owned();
    world
        .land(vec![page(&[edited.json(), Posting::new(6).json()])])
        .await;
    let (report, how) = world.build_how().await;
    for table in [
        "staging.recruit",
        "external.recruit_table",
        "raw_data.recruits",
        "raw_data.locations",
        "raw_data.job_code_keywords",
        "analytic.role_tags",
        "analytic.de_ids",
    ] {
        assert_eq!(how[table], How::Updated, "{table}");
    }
    for table in [
        "meta.location",
        "raw_data.google_trend",
        "visual_tables.certifications",
    ] {
        assert_eq!(how[table], How::Unchanged, "{table}");
    }
    assert_eq!(how["visual_tables.all_count"], How::Rebuilt);
    assert_eq!(
        report.record.tables[&name("external.recruit_table")].rows,
        6
    );
}

/// An older version that is landed later changes only the history.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_file_never_overwrites_newer_data() {
    let world = World::small();
    let version = |modified: i64, title: &str| {
        let mut posting = Posting::new(1);
        posting.modified = Some(modified);
        posting.title = title.to_owned();
        page(&[posting.json()])
    };
    world.land(vec![version(5, "newer")]).await;
    world.build().await;
    world.land(vec![version(1, "older")]).await;
    let record = world.build().await.record;
    let seen = "select title, versions from external.recruit_table";
    assert_eq!(world.rows(&record, seen).await, ["newer|2"]);
}
