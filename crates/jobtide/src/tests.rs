//! The product in one test, in memory: simulator → landing → tables → HTTP. Nothing is written to a
//! disk but the state of runs, and nothing but the simulator listens.

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use jiff::Timestamp;
use object_store::memory::InMemory;
use orchestrator::{CancellationToken, RunRequest, State};
use serde_json::Value;
use simulator::{Options, Simulator};
use tower::ServiceExt as _;

use crate::app::App;
use crate::cli::LogFormat;
use crate::collecting;
use crate::commands::run::Collection;
use crate::config::Settings;
use crate::http;
use crate::messages::Messages;

#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "../tests/it/truth/mod.rs"]
mod truth;

use truth::{Codes, Posting, Truth, korean_day};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_source_holds_is_what_the_api_answers() {
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
    settings.sources.saramin.base_url = format!("http://{}", listener.local_addr().unwrap());
    let source = simulator::serve(listener, simulator.clone(), std::future::pending());
    tokio::spawn(source);

    let app = App::with_store(settings, Arc::new(InMemory::new())).unwrap();
    let api = http::router(&app).unwrap();
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

    let before = korean_day(Timestamp::now());
    let state = State::in_memory().await.unwrap();
    let collector = collecting::saramin_with_key(&app, &state, Some(start), "any").await;
    let collection = Collection {
        collector: collector.unwrap(),
        backfill: Some((start, end)),
        request: RunRequest::manual(),
    };
    let messages = Messages::new(true, LogFormat::Text);
    let never = CancellationToken::new();
    let ran = collection.run(&app, state, &never, &messages).await;
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
    // The days go as far as what was collected, which was a moment ago.
    let record = app.warehouse.builds().published().await.unwrap().unwrap();
    let days = app
        .warehouse
        .texts(&record, "select max(date) from visual_tables.posting_flow");
    let last_day = days.await.unwrap()[0].parse().unwrap();
    assert!((before..=korean_day(Timestamp::now())).contains(&last_day));
    let truth = Truth {
        postings: &postings,
        codes: &codes,
        last_day,
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
        assert!(
            !found.is_empty() && found == expected.rows,
            "{}",
            expected.table
        );
        compared += 1;
    }
    assert!(compared > 10, "only {compared} tables were compared");
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The definitions say in words what the settings begin with.
#[test]
fn the_definitions_name_the_default_of_the_days_that_are_assumed() {
    let days = Settings::defaults().unwrap().analysis.open_ended_days;
    let measures = include_str!("../../../pipeline/measures.toml");
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
