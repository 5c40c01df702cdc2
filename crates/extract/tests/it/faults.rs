//! Transient failures of calls, and permanent ones.

use std::io::Write;
use std::time::Duration;

use extract::{Fault, Stop, WindowError};
use jiff::SignedDuration;
use kernel::Clock;
use landing::WindowKind;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::Bench;
use crate::board::{self, Board};

fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<!doctype html><p>점검 중", "text/html")
}

fn raw(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/json")
}

/// Responses that are wrong for a while.
fn passing() -> Vec<(&'static str, ResponseTemplate)> {
    vec![
        ("500", ResponseTemplate::new(500)),
        ("502 page", html(502)),
        ("503 page", html(503)),
        ("429", ResponseTemplate::new(429)),
        ("429 page", html(429)),
        ("408", ResponseTemplate::new(408)),
        (
            "429 until",
            ResponseTemplate::new(429).insert_header("retry-after", "7"),
        ),
        ("page", html(200)),
        ("empty", raw("")),
        (
            "cut",
            raw("{\"jobs\":{\"count\":110,\"total\":\"300\",\"job\":[{\"id\":\"1\"},{\"i"),
        ),
        ("null", raw("{\"jobs\":null}")),
        ("list", raw("[]")),
        ("no total", raw("{\"jobs\":{\"job\":[]}}")),
        ("99", board::error(200, 99, "server error")),
        ("99 as 500", board::error(500, 99, "server error")),
        ("99 as 400", board::error(400, 99, "server error")),
        (
            "99 beside nothing",
            raw("{\"code\":99,\"message\":\"server error\",\"jobs\":{\"total\":\"0\"}}"),
        ),
        ("unknown code", board::error(200, 77, "new")),
        ("nothing", board::answer(0, vec![])),
        ("too few", board::answer(300, vec![board::record(1)])),
        (
            "lie",
            board::answer(301, (1..=110).map(board::record).collect()),
        ),
    ]
}

#[tokio::test]
async fn transient_faults_are_retried_and_lose_nothing() {
    for (name, answer) in passing() {
        for at in 0..3 {
            let board = Board::new().await;
            board.publish(300, "2026-05-01T00:00:00Z", SignedDuration::from_secs(30));
            let bench = Bench::new();
            board.script((0..at).map(|_| None).chain([Some(answer.clone())]));
            let collector = bench.collector(&board.url());
            let report = collector.backfill(bench.start, bench.clock.now()).await;
            let report = report.expect("a run");
            assert!(report.is_complete(), "{name} at call {at}: {report:?}");
            assert_eq!(
                bench.ids(WindowKind::Collect).await,
                board.ids(),
                "{name} at {at}"
            );
        }
    }
}

#[tokio::test]
async fn waits_double_with_jitter_and_retry_after_is_honoured_up_to_the_cap() {
    let board = Board::new().await;
    let until = |text: &str| Some(ResponseTemplate::new(429).insert_header("retry-after", text));
    let plain = || Some(ResponseTemplate::new(500));
    board.script([plain(), plain(), plain(), until("7"), until("86400")]);
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete(), "{report:?}");
    let waits = bench.clock.waits();
    assert_eq!(waits.len(), 5);
    for (wait, most) in waits.iter().zip([100, 200, 400]) {
        let most = Duration::from_millis(most);
        assert!(*wait <= most && *wait >= most / 2, "{wait:?}");
    }
    for (wait, least) in waits[3..].iter().zip([7, 60]) {
        let least = Duration::from_secs(least);
        assert!(*wait >= least && *wait <= least * 5 / 4, "{wait:?}");
    }
}

#[tokio::test]
async fn a_permanent_fault_leaves_its_window_due_and_the_others_landed() {
    for (name, answer) in passing() {
        // An empty response is normal at night; a wrong total, or one that a later page omits, is
        // not a fault of a call.
        if ["nothing", "too few", "lie", "no total"].contains(&name) {
            continue;
        }
        let board = Board::with(move |parameters| {
            let third = parameters["start"] == "2";
            third.then(|| answer.clone())
        })
        .await;
        board.publish(300, "2026-05-01T02:00:00Z", SignedDuration::from_secs(1));
        let bench = Bench::new().with_source(&[("calls_each = 60", "calls_each = 0")]);
        let collector = bench.collector(&board.url());
        let (from, to) = (bench.start, crate::time("2026-05-01T02:00:00Z"));
        let report = collector.backfill(from, to).await.expect("a run");
        assert!(report.is_complete(), "{name}: {report:?}");
        let report = collector.collect().await.expect("a run");
        assert!(!report.is_complete(), "{name}");
        let incomplete = report
            .incomplete
            .iter()
            .find(|window| window.kind == WindowKind::Collect)
            .unwrap_or_else(|| panic!("{name}: {report:?}"));
        let WindowError::Page { page, attempts, .. } = &incomplete.error else {
            panic!("{name}: {report:?}");
        };
        assert_eq!((*page, *attempts), (2, 6), "{name}");
        assert_eq!(collector.due().await.expect("due").len(), 1, "{name}");
        assert!(bench.leftovers().await > 0, "{name}: received, kept");

        // The next run retries it.
        let well = Board::new().await;
        well.publish(300, "2026-05-01T02:00:00Z", SignedDuration::from_secs(1));
        let report = bench.collect(&well.url()).await;
        assert!(report.is_complete(), "{name}: {report:?}");
        assert_eq!(bench.ids(WindowKind::Collect).await, well.ids(), "{name}");
    }
}

#[tokio::test]
async fn a_source_that_is_down_ends_the_run() {
    let board = Board::with(|parameters| {
        let small = parameters["published_min"] != parameters["published_max"]
            && parameters["start"] != "0";
        small.then(|| html(503))
    })
    .await;
    board.publish(1000, "2026-05-01T00:00:00Z", SignedDuration::from_secs(10));
    let bench = Bench::new().with_source(&[
        ("max_hits = 10_000", "max_hits = 200"),
        ("calls_each = 60", "calls_each = 0"),
    ]);
    let report = bench.collect(&board.url()).await;
    let stop = report.stopped.as_ref().expect("stopped");
    assert!(
        matches!(stop, Stop::Unavailable { windows: 3, .. }),
        "{stop}"
    );
    assert!(stop.is_retryable() && stop.to_string().contains("503"));
    assert_eq!(report.incomplete.len(), 3);
    assert!(!report.not_reached.is_empty());
}

#[tokio::test]
async fn a_key_or_query_that_is_refused_ends_the_run_at_once() {
    for (code, message, hint) in [
        (1, "the access key is missing", "SARAMIN_ACCESS_KEY"),
        (2, "the access key is not valid", "SARAMIN_ACCESS_KEY"),
        (3, "a request parameter is not valid", "query"),
    ] {
        for status in [200, 400, 401] {
            let board = Board::with(move |_| Some(board::error(status, code, "no"))).await;
            let bench = Bench::new();
            let report = bench.collect(&board.url()).await;
            let stop = report.stopped.as_ref().expect("stopped");
            let text = stop.to_string();
            assert!(text.contains(message) && text.contains(hint), "{text}");
            assert!(text.contains("hint: ") && !stop.is_retryable(), "{text}");
            assert_eq!(board.calls().len(), 1);
            assert!(!report.is_complete());
        }
    }
}

#[tokio::test]
async fn a_status_that_no_retry_changes_ends_the_run_at_once() {
    for status in [301, 302, 400, 403, 404, 410] {
        let board = Board::with(move |_| {
            // A redirect would leak the key.
            let elsewhere = "http://127.0.0.1:9/elsewhere";
            Some(html(status).insert_header("location", elsewhere))
        })
        .await;
        let bench = Bench::new();
        let report = bench.collect(&board.url()).await;
        let stop = report.stopped.as_ref().expect("stopped").to_string();
        assert!(
            stop.contains(&status.to_string()) && stop.contains("base_url"),
            "{stop}"
        );
        assert_eq!(board.calls().len(), 1);
    }
}

#[tokio::test]
async fn unusual_shapes_are_read() {
    let lone = json!({"jobs": {"count": 1, "start": 0, "total": 1, "job": {"id": 7}}});
    let none = json!({"jobs": {"count": 0, "start": 0, "total": "0"}});
    for (body, records) in [(lone, 1), (none, 0)] {
        let board =
            Board::with(move |_| Some(ResponseTemplate::new(200).set_body_json(&body))).await;
        let bench = Bench::new();
        let report = bench.collect(&board.url()).await;
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(report.windows[0].records, records);
        assert_eq!(bench.ids(WindowKind::Collect).await.len() as u64, records);
    }
}

#[tokio::test]
async fn an_endless_response_is_not_read_to_the_end() {
    let board = Board::with(|_| Some(raw(&" ".repeat(5000)))).await;
    let bench = Bench::new().with_source(&[
        ("max_body_bytes = 4_194_304", "max_body_bytes = 4096"),
        ("calls_each = 60", "calls_each = 0"),
    ]);
    let report = bench.collect(&board.url()).await;
    let WindowError::Page { fault, .. } = &report.incomplete[0].error else {
        panic!("{report:?}");
    };
    assert_eq!(*fault, Fault::TooLong(4096));
    // It would take as long again: one call for each window, and the run ends.
    assert_eq!(report.calls, report.incomplete.len() as u64, "{report:?}");
}

/// A decompression bomb is read up to the limit.
#[tokio::test]
async fn a_compressed_response_is_bounded_by_its_decompressed_size() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        packed.write_all(&[b' '; 1 << 20]).expect("memory");
    }
    let packed = packed.finish().expect("memory");
    assert!(packed.len() < 100_000);
    let board = Board::with(move |_| {
        let answer = ResponseTemplate::new(200).insert_header("content-encoding", "gzip");
        Some(answer.set_body_raw(packed.clone(), "application/json"))
    })
    .await;
    let report = Bench::new().collect(&board.url()).await;
    let WindowError::Page {
        fault, attempts, ..
    } = &report.incomplete[0].error
    else {
        panic!("{report:?}");
    };
    assert_eq!((fault, *attempts), (&Fault::TooLong(4_194_304), 1));
}

/// One of three records is unparseable: the page and the window are accepted.
#[tokio::test]
async fn a_record_that_cannot_be_read_leaves_its_window_complete() {
    let deep = format!(r#"{{"id":"2","x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    for spoilt in [
        br#"{"id":"2","title":"\ud83d"}"#.to_vec(),
        b"{\"id\":\"2\",\"title\":\"\xff\"}".to_vec(),
        b"{\"id\":\"2\",\"title\":\"\x01\"}".to_vec(),
        br#"{"id":"2","n":1e999}"#.to_vec(),
        br#"{"id":"\ud83d"}"#.to_vec(),
        deep.into_bytes(),
    ] {
        let body = [
            br#"{"jobs":{"total":"3","job":[{"id":"1"},"#.as_slice(),
            &spoilt,
            br#",{"id":"3"}]}}"#,
        ]
        .concat();
        let answer = ResponseTemplate::new(200).set_body_raw(body.clone(), "application/json");
        let board = Board::with(move |_| Some(answer.clone())).await;
        let bench = Bench::new();
        let collector = bench.collector(&board.url());
        let report = collector.backfill(bench.start, bench.clock.now()).await;
        let report = report.expect("a run");
        let name = String::from_utf8_lossy(&spoilt);
        assert!(report.is_complete(), "{name}: {report:?}");
        assert_eq!((report.calls, report.windows[0].records), (1, 3), "{name}");
        let window = &report.windows[0].window;
        let manifest = bench.landing.manifest(window).await.expect("a manifest");
        let landed = bench.landing.body(window, &manifest.bodies[0]).await;
        assert_eq!(landed.expect("a body"), body, "as received");
    }
}

/// A source may send the total on the first page only.
#[tokio::test]
async fn a_total_on_the_first_page_only_is_enough() {
    for (name, later, complete) in [
        ("left out", json!({"count": 110}), true),
        ("null", json!({"count": 110, "total": null}), true),
        ("no number", json!({"count": 110, "total": "many"}), false),
    ] {
        let board = Board::with(move |parameters| {
            let page: u32 = parameters["start"].parse().expect("a number");
            let rows = (page * 110 + 1..=300).take(110).map(board::record);
            let mut jobs = later.clone();
            jobs["job"] = rows.collect();
            let whole = parameters.contains_key("published_min") && page > 0;
            whole.then(|| ResponseTemplate::new(200).set_body_json(json!({"jobs": jobs})))
        })
        .await;
        board.publish(300, "2026-05-01T00:00:00Z", SignedDuration::from_secs(30));
        let bench = Bench::new().with_source(&[("calls_each = 60", "calls_each = 0")]);
        let collector = bench.collector(&board.url());
        let report = collector.backfill(bench.start, bench.clock.now()).await;
        let report = report.expect("a run");
        assert_eq!(report.is_complete(), complete, "{name}: {report:?}");
        if complete {
            assert_eq!(bench.ids(WindowKind::Collect).await, board.ids(), "{name}");
            assert_eq!(report.calls, 3, "{name}");
        }
    }
}

#[tokio::test]
async fn an_xml_response_is_reported_as_such() {
    for (body, said) in [
        ("<?xml version=\"1.0\"?><job-search/>", "XML"),
        ("<job-search><jobs/></job-search>", "XML"),
        ("<!DOCTYPE html><p>maintenance", "HTML"),
        ("<HTML><body>", "HTML"),
        (
            "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\"><html xmlns=\"x\">",
            "HTML",
        ),
    ] {
        let board = Board::with(move |_| Some(raw(body))).await;
        let report = Bench::new().collect(&board.url()).await;
        let error = report.incomplete[0].error.to_string();
        assert!(error.contains(said), "{body}: {error}");
    }
}
