//! The product in one test, in memory: simulator → landing → tables → HTTP. Only the state of runs
//! is written to disk, and only the simulator listens.

mod flow;

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use extract::Secret;
use jiff::ToSpan as _;
use kernel::Interval;
use object_store::memory::InMemory;
use orchestrator::{CancellationToken, RunRequest, State};
use serde_json::Value;
use simulator::{Options, Simulator};
use tower::ServiceExt as _;

use crate::app::App;
use crate::collecting;
use crate::commands::run::DagRun;
use crate::config::{Settings, SourceSettings};
use crate::dags::{COLLECT_POSTINGS, Dags};
use crate::messages::{LogFormat, Messages};

#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "../../tests/it/truth/mod.rs"]
mod truth;

use truth::flow::NULL;
use truth::{Codes, Posting, Reading, Truth, korean_day};

#[tokio::test(flavor = "multi_thread")]
async fn the_api_returns_what_the_source_holds() {
    let options = Options {
        postings: 800,
        seed: 34,
        ..Options::default()
    };
    let (start, end) = (options.start, options.end);
    let simulator = Simulator::new(options).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = Settings::defaults().unwrap();
    let state = tempfile::tempdir().unwrap();
    settings.storage.state = state.path().to_str().unwrap().to_owned();
    let simulated = SourceSettings {
        base_url: Some(format!("http://{}", listener.local_addr().unwrap())),
        ..SourceSettings::default()
    };
    settings.sources = [("saramin".to_owned(), simulated)].into();
    let source = simulator::serve(listener, simulator.clone(), std::future::pending());
    tokio::spawn(source);

    let app = App::with_store(settings, Arc::new(InMemory::new())).unwrap();
    let api = server::router(crate::commands::serve::server(&app).unwrap()).unwrap();
    let get = async |path: &str| -> (StatusCode, Value) {
        let request = Request::get(path)
            .header("host", "localhost")
            .body(Body::empty())
            .unwrap();
        let response = api.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    };
    let (status, _) = get("/api/v1/build").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);

    let state = State::in_memory().await.unwrap();
    let source = app.sources.named("saramin").unwrap();
    let collector = collecting::with_key(&app, &state, source, Some(start), Secret::new("any"));
    let collector = Arc::new(collector.await.unwrap());
    let dags = Dags::read(&app.files, &app.sources).unwrap();
    let run = DagRun {
        dags: &dags,
        dag: dags.named(COLLECT_POSTINGS).unwrap(),
        collectors: [("saramin".to_owned(), collector)].into(),
        request: RunRequest::manual().for_interval(Interval::new(start, end).unwrap()),
        only: false,
    };
    let messages = Messages::new(true, LogFormat::Text);
    let never = CancellationToken::new();
    let ran = run.run(&app, state, &never, &messages).await;
    ran.unwrap();

    let (_, build) = get("/api/v1/build").await;
    assert_eq!(
        (&build["postings"], &build["origin"]),
        (&800.into(), &"generated".into())
    );
    let codes =
        Codes::of_program(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline/meta"));
    let postings: Vec<Posting> = simulator
        .snapshot()
        .postings()
        .map(|truth| serde_json::from_str(&truth.json).unwrap())
        .map(|record: Value| Posting::new(&record, &codes))
        .collect();
    let record = app.warehouse.builds().published().await.unwrap().unwrap();
    let windows = app.warehouse.texts(
        &record,
        "select concat(window_from, ',', window_to, ',', finished_at) from staging.windows",
    );
    let readings: Vec<Reading> = windows
        .await
        .unwrap()
        .iter()
        .map(|line| Reading::parse(line))
        .collect();
    assert_eq!(readings.iter().map(|reading| reading.to).max(), Some(end));
    let truth = Truth {
        postings: &postings,
        codes: &codes,
        data_date: korean_day(end - 1.second()),
        readings: &readings,
        saved: None,
    };
    assert!(truth.scope().count() > 500);

    let mut compared = 0;
    for expected in truth.tables() {
        let path = format!("/api/v1/tables/{}.json", expected.table);
        let (status, answer) = get(&path).await;
        if !expected.table.starts_with("visual_tables.") && !expected.table.starts_with("adhoc.") {
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            continue;
        }
        let rows = answer["rows"].as_array().unwrap().iter();
        let cells = |row: &Value| {
            expected
                .columns
                .iter()
                .map(|name| text(&row[*name]))
                .collect()
        };
        let mut found: Vec<Vec<String>> = rows.map(cells).collect();
        found.sort();
        let rows = expected.rows.iter();
        let mut rows: Vec<Vec<String>> = rows
            .map(|row| row.iter().map(|cell| rounded(cell)).collect())
            .collect();
        rows.sort();
        let differs = found.iter().zip(&rows).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{}", expected.table);
        assert_eq!(found.len(), expected.rows.len(), "{}", expected.table);
        compared += 1;
    }
    assert!(compared > 10, "only {compared} tables were compared");
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => NULL.to_owned(),
        other => rounded(&other.to_string()),
    }
}

/// Rounds fractions to twelve digits: JSON numbers are exact to about fifteen.
fn rounded(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(fraction) if cell.contains('.') => format!("{fraction:.12}"),
        _ => cell.to_owned(),
    }
}

/// The definitions state the defaults of the settings in their text.
#[test]
fn the_definitions_name_the_default_of_the_days_that_are_assumed() {
    let days = Settings::defaults().unwrap().analysis.open_ended_days;
    let measures = include_str!("../../../../pipeline/measures.toml");
    let (_, measure) = measures
        .split_once("[measures.assumed_active_postings]")
        .unwrap();
    let (_, dimension) = measures.split_once("[dimensions.status]").unwrap();
    for text in [measure, dimension] {
        let korean = text
            .lines()
            .find(|line| line.starts_with("what_ko"))
            .unwrap();
        let english = text
            .lines()
            .find(|line| line.starts_with("what_en"))
            .unwrap();
        assert!(korean.contains(&format!("{days}일")), "{korean}");
        assert!(english.contains(&format!("{days} ")), "{english}");
    }
}
