//! `visual_tables.posting_flow` with incomplete coverage, compared with an independent computation from
//! the records and the times at which they were read.

use bytes::Bytes;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use landing::{
    Dataset, Format, Landed, NewBody, Origin, Query, WindowKind, WindowSpec, WindowSummary,
};
use warehouse::build::BuildRequest;

use super::*;

/// A store in memory, and an independent record of its content.
struct Store {
    app: App,
    codes: Codes,
    /// Every record of the source, with the instant at which it was published.
    records: Vec<(Timestamp, Value)>,
    postings: Vec<Posting>,
    readings: Vec<Reading>,
}

/// Midnight in Seoul, this many days after the source's first day.
fn midnight(days: i64) -> Timestamp {
    let first: Timestamp = "2023-04-30T15:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(24 * days)
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

impl Store {
    fn new() -> Self {
        Self::with(Settings::defaults().unwrap())
    }

    fn with(settings: Settings) -> Self {
        let options = Options {
            postings: 700,
            seed: 91,
            start: midnight(0),
            end: midnight(92),
            ..Options::default()
        };
        let snapshot = Simulator::new(options).unwrap().snapshot();
        let records = snapshot.postings().map(|truth| {
            let mut record: Value = serde_json::from_str(&truth.json).unwrap();
            // No posting ends before its closing date.
            record["active"] = 1.into();
            // No posting was edited after it was read.
            record["modification-timestamp"] = record["posting-timestamp"].clone();
            let published = record["posting-timestamp"].as_str().unwrap();
            let published = Timestamp::from_second(published.parse().unwrap()).unwrap();
            (published, record)
        });
        let meta = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline/meta");
        let app = App::with_store(settings, Arc::new(InMemory::new()));
        Self {
            app: app.unwrap(),
            codes: Codes::of_program(&meta),
            records: records.collect(),
            postings: Vec::new(),
            readings: Vec::new(),
        }
    }

    /// The records published in a period that are not in the store yet; they then count as stored.
    fn take(&mut self, from: Timestamp, to: Timestamp) -> Vec<Value> {
        let mut taken = Vec::new();
        self.records.retain(|(published, record)| {
            let is_taken = (from..to).contains(published);
            if is_taken {
                taken.push(record.clone());
            }
            !is_taken
        });
        let postings = taken.iter().map(|record| Posting::new(record, &self.codes));
        self.postings.extend(postings);
        taken
    }

    /// Lands the records published in a window, as read at a given time.
    async fn read(&mut self, kind: WindowKind, from: Timestamp, to: Timestamp, at: Timestamp) {
        let records = self.take(from, to.min(at));
        let count = records.len();
        let page = serde_json::json!({
            "jobs": {"count": count, "start": 0, "total": count.to_string(), "job": records},
        });
        let spec = WindowSpec {
            dataset: dataset(),
            kind,
            from,
            to,
            query: Query::new(),
        };
        let writer = self.app.landing.begin(spec, at).unwrap();
        let body = NewBody {
            bytes: Bytes::from(page.to_string()),
            format: Format::Json,
            records: Some(count as u64),
            received_at: at,
            name: None,
            part: None,
        };
        writer.put(1, body).await.unwrap();
        let summary = WindowSummary {
            origin: Origin::Collected,
            total_reported: None,
            records: Some(count as u64),
            duplicates: 0,
            finished_at: at,
        };
        writer.finish(summary).await.unwrap();
        if kind == WindowKind::Collect {
            self.readings.push(Reading { from, to, read: at });
        }
    }

    /// Lands the records published on some days as a saved file, long afterwards. A `note` is added to
    /// each record.
    async fn save(&mut self, days: std::ops::Range<i64>, note: Option<(&str, &str)>) {
        let mut lines = String::new();
        for mut record in self.take(midnight(days.start), midnight(days.end)) {
            if let Some((name, value)) = note {
                record[name] = value.into();
            }
            lines.push_str(&format!("{record}\n"));
        }
        let files = self.app.landing.saved_files(dataset()).await.unwrap();
        let landed = files.land_bytes("saved.jsonl", lines.into(), midnight(900));
        assert!(matches!(landed.await.unwrap(), Landed::New(_)));
    }

    /// Builds, and compares the table with the expected one.
    async fn assert_flow(&self, data_date: Date, basis: &str, saved: Option<(Date, Date)>) {
        let request = BuildRequest::default();
        let built = self.app.warehouse.build(request, midnight(900), &|_| ());
        let record = built.await.unwrap().record;
        let texts = async |sql: &str| self.app.warehouse.texts(&record, sql).await.unwrap();
        let known =
            texts("select concat(source, ' ', data_date, ' ', basis) from external.data_dates");
        assert_eq!(known.await, [format!("saramin {data_date} {basis}")]);
        let truth = Truth {
            postings: &self.postings,
            codes: &self.codes,
            data_date,
            readings: &self.readings,
            saved,
        };
        let tables = truth.tables();
        let expected = tables
            .iter()
            .find(|table| table.table == "visual_tables.posting_flow");
        let expected = expected.unwrap();
        let cells: Vec<String> = expected
            .columns
            .iter()
            .map(|name| format!("coalesce(cast({name} as text), '')"))
            .collect();
        let mut found = texts(&format!(
            "select concat_ws('|', {}) from visual_tables.posting_flow",
            cells.join(", ")
        ))
        .await;
        found.sort();
        let mut rows: Vec<String> = expected.rows.iter().map(|row| row.join("|")).collect();
        rows.sort();
        let difference = found.iter().zip(&rows).find(|(found, row)| found != row);
        assert_eq!(difference, None);
        assert_eq!(found.len(), rows.len());
    }

    /// How many rows of the series `it` have a number, and how many have none.
    async fn known(&self, column: &str) -> (usize, usize) {
        let record = self.app.warehouse.builds().published().await.unwrap();
        let sql = format!(
            "select cast({column} is not null as text) from visual_tables.posting_flow where role = 'it'"
        );
        let texts = self
            .app
            .warehouse
            .texts(&record.unwrap(), &sql)
            .await
            .unwrap();
        let known = texts.iter().filter(|text| *text == "true").count();
        (known, texts.len() - known)
    }
}

fn dataset() -> Dataset {
    Dataset::new("saramin", "recruit").unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_collection_is_not_known() {
    let mut store = Store::new();
    // Twenty days by the hour, a week without collection, a day of which two hours are missing, a
    // time read twice, and a month that is read a year later.
    for hour in 0..20 * 24 {
        let from = midnight(0) + SignedDuration::from_hours(hour);
        let to = from + SignedDuration::from_hours(1);
        store
            .read(WindowKind::Collect, from, to, to + minutes(3))
            .await;
    }
    let late = midnight(27) + SignedDuration::from_hours(2);
    store
        .read(WindowKind::Collect, late, midnight(30), midnight(30))
        .await;
    store
        .read(
            WindowKind::Collect,
            midnight(29),
            midnight(31),
            midnight(31),
        )
        .await;
    store
        .read(WindowKind::Sweep, midnight(20), midnight(22), midnight(31))
        .await;
    store
        .read(
            WindowKind::Partial,
            midnight(31),
            midnight(32),
            midnight(32),
        )
        .await;
    store
        .read(
            WindowKind::Collect,
            midnight(32),
            midnight(62),
            midnight(430),
        )
        .await;
    // It ends in the middle of a day, and was begun before its end.
    let end = midnight(63) + minutes(700);
    store
        .read(WindowKind::Collect, midnight(62), midnight(64), end)
        .await;
    store
        .assert_flow(day("2023-07-03"), "collection", None)
        .await;
    // Days 20 to 26 and 31 are unknown: eight of 64.
    assert_eq!(store.known("opened").await, (56, 8));
    assert_eq!(store.known("active").await, (56, 8));
    assert_eq!(store.known("coverage").await, (64, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn for_saved_files_only_the_days_of_their_postings_are_known() {
    // One states when it was read, one does not.
    for (note, data_date, basis) in [
        (
            Some(("collected_at", "2023-08-15")),
            "2023-08-15",
            "observed",
        ),
        (None, "2023-05-30", "posting_date"),
    ] {
        let mut store = Store::new();
        // Few enough that on some days nothing is posted.
        let mut number = 0;
        store.records.retain(|_| {
            number += 1;
            number % 15 == 0
        });
        store.save(0..30, note).await;
        let days = store.postings.iter();
        let last = days.filter_map(|posting| posting.posted).max().unwrap();
        let data_date = match basis {
            "observed" => day(data_date),
            _ => last,
        };
        let saved = Some((day("2023-05-01"), last));
        store.assert_flow(data_date, basis, saved).await;
        let (known, unknown) = store.known("active").await;
        assert!(known > 5 && unknown > 5, "{known} and {unknown}");
        assert_eq!(store.known("coverage").await.0, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_files_beside_a_collection_do_not_make_a_day_read() {
    let mut store = Store::new();
    store.save(0..6, None).await;
    store
        .read(
            WindowKind::Collect,
            midnight(20),
            midnight(40),
            midnight(40),
        )
        .await;
    store
        .read(
            WindowKind::Collect,
            midnight(50),
            midnight(80),
            midnight(80),
        )
        .await;
    let saved = store.postings.iter().filter_map(|posting| posting.posted);
    let days: Vec<Date> = saved.filter(|posted| *posted < day("2023-05-20")).collect();
    let span = (*days.iter().min().unwrap(), *days.iter().max().unwrap());
    store
        .assert_flow(day("2023-07-19"), "collection", Some(span))
        .await;
    let (known, unknown) = store.known("coverage").await;
    assert!(unknown >= 5 && known > 60, "{known} and {unknown}");
    assert!(store.known("opened").await.1 >= 20);
}

/// A pipeline folder that computes the flow as earlier versions did, without the data status of days.
fn earlier_pipeline(folder: &Path) {
    let own = include_str!("../../../../pipeline/visual_tables/posting_flow.sql");
    let of_coverage = [
        "-- check: coverage",
        "    known.coverage",
        "    known.read_after",
        "    known.active_",
    ];
    let lines = own
        .lines()
        .filter(|line| !of_coverage.iter().any(|of| line.starts_with(of)));
    let lines = lines.collect::<Vec<_>>().join("\n");
    let flow = lines.replace(
        "flow.assumed end as assumed,\n",
        "flow.assumed end as assumed\n",
    );
    assert_ne!(flow, lines);
    let check = "-- what: Nothing.\n-- level: error\nselect date from visual_tables.posting_flow where false\n";
    for (path, text) in [
        ("visual_tables/posting_flow.sql", flow.as_str()),
        ("checks/posting_flow_adds_up.sql", check),
    ] {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_without_coverage_is_served_without_a_flow() {
    let folder = tempfile::tempdir().unwrap();
    earlier_pipeline(folder.path());
    let mut settings = Settings::defaults().unwrap();
    settings.pipeline.folder = folder.path().to_str().unwrap().to_owned();
    let mut store = Store::with(settings);
    store
        .read(WindowKind::Collect, midnight(0), midnight(30), midnight(30))
        .await;
    let request = BuildRequest::default();
    store
        .app
        .warehouse
        .build(request, midnight(30), &|_| ())
        .await
        .unwrap();
    let request = Request::get("/api/v1/tiles?tiles=postings,flow")
        .header("host", "localhost")
        .body(Body::empty())
        .unwrap();
    let response = server::router(crate::commands::serve::server(&store.app).unwrap())
        .unwrap()
        .oneshot(request)
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let tiles = &answer["selections"][0]["tiles"];
    assert!(tiles["postings"]["value"].as_f64() > Some(50.0), "{answer}");
    let opened = tiles["flow"]["series"][0]["opened"].as_array().unwrap();
    assert!(
        opened.len() == 30 && opened.iter().all(Value::is_null),
        "{answer}"
    );
}
