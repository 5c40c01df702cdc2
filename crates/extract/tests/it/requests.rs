//! What is sent, and which settings a collector refuses.

use std::collections::BTreeMap;

use extract::{Collector, Error, Secret};
use jiff::SignedDuration;

use crate::board::Board;
use crate::{Bench, KEY};

#[tokio::test]
async fn a_call_has_the_parameters_of_the_description_and_the_user() {
    let board = Board::new().await;
    board.publish(250, "2026-05-01T00:00:00Z", SignedDuration::from_secs(30));
    let mut bench = Bench::new();
    let user = [
        ("job_type", "1,4"),
        ("keywords", "데이터 C++&R"),
        ("ind_cd", ""),
    ];
    bench.query = user
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let report = bench.collect(&format!("{}/", board.url())).await;
    assert!(report.is_complete(), "{report:?}");
    let calls = board.calls();
    let expected = [
        ("access-key", KEY),
        ("count", "110"),
        ("fields", "posting-date expiration-date keyword-code count"),
        ("job_type", "1,4"),
        ("keywords", "데이터 C++&R"),
        ("published_max", "2026-05-01 11:59:59"),
        ("published_min", "2026-05-01 09:00:00"),
        ("sort", "pa"),
        ("start", "0"),
    ];
    let expected: BTreeMap<String, String> = expected
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(calls[0], expected);
    let mut pages: Vec<&str> = calls[..3]
        .iter()
        .map(|call| call["start"].as_str())
        .collect();
    pages.sort_unstable();
    assert_eq!(pages, ["0", "1", "2"]);
    for request in board.server.received_requests().await.expect("recorded") {
        assert_eq!(request.headers["accept"], "application/json");
        assert!(!request.headers.contains_key("referer"));
    }
    let manifest = &bench.manifests().await[0];
    let query: Vec<(&str, &str)> = manifest
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        query,
        [
            ("fields", "count,expiration-date,keyword-code,posting-date"),
            ("job_type", "1,4"),
            ("keywords", "C++&R,데이터"),
        ]
    );
}

#[tokio::test]
async fn calls_keep_their_pace() {
    let board = Board::new().await;
    board.publish(500, "2026-05-01T00:00:00Z", SignedDuration::from_secs(10));
    let bench = Bench::new().with_source(&[("gap = \"0s\"", "gap = \"2s\"")]);
    let (from, to) = (bench.start, crate::time("2026-05-01T02:00:00Z"));
    let report = bench.collector(&board.url()).backfill(from, to).await;
    let report = report.expect("a run");
    // The test's clock stands still: each call waits for all before it.
    let mut waits: Vec<u64> = bench
        .clock
        .waits()
        .iter()
        .map(|wait| wait.as_secs())
        .collect();
    waits.sort_unstable();
    let expected: Vec<u64> = (1..report.calls).map(|call| call * 2).collect();
    assert_eq!(waits, expected);
}

#[test]
fn what_cannot_work_is_refused_before_any_call() {
    let bench = Bench::new();
    let make = |change: &dyn Fn(&mut extract::CollectorSettings)| {
        let mut settings = bench.settings("http://127.0.0.1:9");
        change(&mut settings);
        let (landing, budget) = (bench.landing.clone(), bench.budget.clone());
        Collector::new(
            settings,
            landing,
            budget,
            bench.unread.clone(),
            bench.clock.clone(),
        )
        .map(|_| ())
    };
    make(&|_| {}).expect("a collector");
    let error = make(&|settings| settings.key = None).expect_err("no key");
    assert!(matches!(error, Error::NoKey { .. }), "{error}");
    assert!(error.to_string().contains("SARAMIN_ACCESS_KEY"), "{error}");
    assert_eq!(Secret::new("  "), None);

    let ftp = "ftp://host".parse().expect("a URL");
    let error = make(&|settings| settings.base_url = Some(Clone::clone(&ftp))).expect_err("ftp");
    assert!(matches!(error, Error::BaseUrl { .. }), "{error}");

    let error = make(&|settings| {
        settings.query.insert("keyword".to_owned(), "x".to_owned());
    });
    let error = error.expect_err("unknown").to_string();
    assert!(
        error.contains("`keyword`") && error.contains("did you mean `keywords`?"),
        "{error}"
    );
}
