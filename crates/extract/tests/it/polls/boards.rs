//! Lists by board.

use std::sync::Arc;

use extract::{Error, MemoryBudget, SourceDescription, Stop};
use jiff::SignedDuration;
use landing::PartOutcome::{Complete, Failed, Unchanged};
use landing::WindowKind;
use serde_json::json;
use wiremock::{Request, ResponseTemplate};

use super::{Bench, jobs, ok, outcomes, reason, snapshot};

#[tokio::test]
async fn a_failed_board_never_makes_the_others_fail() {
    let source = snapshot(
        &[
            "good", "gone", "down", "html", "short", "odd", "same", "good", "last",
        ],
        "total = \"meta.total\"",
    );
    let bench = Bench::new(source, |request, _| match request.url.path() {
        "/v1/gone/jobs" => ResponseTemplate::new(404).set_body_string("{\"error\":\"no board\"}"),
        "/v1/down/jobs" => ResponseTemplate::new(500),
        "/v1/html/jobs" => ResponseTemplate::new(200).set_body_string("<html>maintenance</html>"),
        "/v1/short/jobs" => ok(&json!({"jobs": [{"id": 1}], "meta": {"total": 2}})),
        "/v1/odd/jobs" => ok(&json!({"message": "hello"})),
        "/v1/same/jobs" => ok(&json!({"jobs": [{"id": 1}, {"id": 1}], "meta": {"total": 2}})),
        "/v1/last/jobs" => ok(&json!({"jobs": [], "meta": {"total": 0}})),
        _ => ok(&jobs(10..13)),
    })
    .await;
    let report = bench.poll().await;
    let expected = [
        ("good", Complete),
        ("gone", Failed),
        ("down", Failed),
        ("html", Failed),
        ("short", Failed),
        ("odd", Failed),
        ("same", Complete),
        ("last", Complete),
    ];
    assert_eq!(outcomes(&report), expected, "{report:?}");
    for (board, words) in [
        ("gone", "does not know it (HTTP status 404"),
        ("down", "HTTP status 500"),
        ("html", "an HTML page instead of JSON"),
        ("short", "a total of 2 records and sent 1"),
        ("odd", "`meta.total` is missing"),
    ] {
        assert!(
            reason(&report, board).contains(words),
            "{board}: {report:?}"
        );
    }
    assert!(!report.is_complete() && report.stopped.is_none());
    let unknown: Vec<&str> = report.unknown().map(|part| part.name.as_str()).collect();
    assert_eq!(unknown, ["gone"]);
    assert_eq!(report.failed().count(), 4);

    let (manifest, bodies) = bench.landed(&report).await;
    assert_eq!(manifest.kind, WindowKind::Snapshot);
    assert_eq!(manifest.parts, report.parts);
    let parts: Vec<&str> = bodies.iter().map(|(part, _)| part.as_str()).collect();
    assert_eq!(parts, ["good", "last", "same"], "nothing of a failed one");
    assert_eq!(bodies[0].1, jobs(10..13).to_string());
    assert_eq!((manifest.records, manifest.duplicates), (Some(4), 1));
    // What is short was read again; what is unknown was not.
    let requests = bench.requests();
    let count = |path: &str| requests.iter().filter(|other| *other == path).count();
    assert_eq!(count("/v1/short/jobs"), 2);
    assert_eq!(count("/v1/gone/jobs"), 1);
    assert_eq!(count("/v1/down/jobs"), 3);
    assert_eq!(count("/v1/good/jobs"), 1, "named twice");
}

#[tokio::test]
async fn an_unchanged_board_adds_a_line() {
    let bench = Bench::new(
        snapshot(&["etag", "plain", "new"], ""),
        |request, before| match request.url.path() {
            "/v1/etag/jobs" => match request.headers.get("if-none-match") {
                Some(tag) if tag == "\"v1\"" => ResponseTemplate::new(304),
                _ => ok(&jobs(0..2)).insert_header("etag", "\"v1\""),
            },
            "/v1/plain/jobs" => ok(&jobs(2..4)),
            _ => ok(&jobs(4..5 + u32::try_from(before).expect("few"))),
        },
    )
    .await;
    let first = bench.poll().await;
    assert!(first.is_complete(), "{first:?}");
    let second = bench.poll().await;
    let expected = [("etag", Unchanged), ("plain", Unchanged), ("new", Complete)];
    assert_eq!(outcomes(&second), expected);
    let third = bench.poll().await;
    assert_eq!(outcomes(&third), expected);
    let holder = first.window.as_ref().expect("a window").path().to_string();
    for report in [&second, &third] {
        let (manifest, bodies) = bench.landed(report).await;
        assert_eq!(bodies.len(), 1, "{bodies:?}");
        for part in &manifest.parts[..2] {
            assert_eq!(part.same_as.as_deref(), Some(holder.as_str()));
            assert_eq!(part.records, Some(2));
        }
    }
    assert_eq!(bench.windows().await, 3);
    assert_eq!(
        bench
            .landing
            .list()
            .await
            .expect("a listing")
            .unfinished
            .len(),
        0
    );

    // Where the records are damaged, they are read again.
    let mut bench = bench;
    bench.uncounted.push(holder);
    let fourth = bench.poll().await;
    assert_eq!(outcomes(&fourth)[0], ("etag", Complete));
    assert_eq!(outcomes(&fourth)[1], ("plain", Complete));
}

#[tokio::test]
async fn a_poll_of_nothing_but_failures_leaves_no_window() {
    let bench = Bench::new(snapshot(&["a", "b"], ""), |_, _| ResponseTemplate::new(404)).await;
    let report = bench.poll().await;
    assert!(report.window.is_none());
    // None is known: that is not the boards' fault.
    assert!(!report.is_complete());
    assert_eq!(bench.windows().await, 0);
}

#[tokio::test]
async fn a_source_that_is_down_ends_the_poll() {
    let boards: Vec<String> = (0..100).map(|number| format!("b{number}")).collect();
    let boards: Vec<&str> = boards.iter().map(String::as_str).collect();
    let bench = Bench::new(snapshot(&boards, ""), |request, _| {
        match request.url.path() {
            "/v1/b0/jobs" => ok(&jobs(0..1)),
            _ => ResponseTemplate::new(503),
        }
    })
    .await;
    let report = bench.poll().await;
    assert!(
        matches!(report.stopped, Some(Stop::Down { .. })),
        "{:?}",
        report.stopped
    );
    assert!(report.calls < 60, "{} calls", report.calls);
    assert!(report.not_reached.len() > 70);
    // What was read counts, and says what was not.
    let (manifest, _) = bench.landed(&report).await;
    assert_eq!(manifest.parts.len(), 100);
    assert_eq!(manifest.parts[0].outcome, Complete);
    assert!(reason(&report, "b99").starts_with("not reached: "));
}

#[tokio::test]
async fn the_calls_of_the_day_are_not_overspent() {
    let mut bench = Bench::new(snapshot(&["a", "b", "c"], ""), |_, _| ok(&jobs(0..1))).await;
    bench.source = bench.source.replace("concurrency = 4", "concurrency = 1");
    bench.budget = Arc::new(MemoryBudget::new(Some(2)));
    let report = bench.poll().await;
    assert!(
        matches!(report.stopped, Some(Stop::Quota { .. })),
        "{report:?}"
    );
    assert_eq!(
        outcomes(&report),
        [("a", Complete), ("b", Complete), ("c", Failed)]
    );
    assert_eq!(report.not_reached, ["c"]);
    assert_eq!(bench.requests().len(), 2);
}

#[tokio::test]
async fn a_refused_key_ends_the_poll_and_a_refused_board_does_not() {
    let answer = |request: &Request, _| match request.url.path() {
        "/v1/a/jobs" => ResponseTemplate::new(403),
        _ => ok(&jobs(0..1)),
    };
    let bench = Bench::new(snapshot(&["a", "b"], ""), answer).await;
    let report = bench.poll().await;
    assert_eq!(outcomes(&report), [("a", Failed), ("b", Complete)]);
    let with_key = "\n[auth.bearer]\nenv = \"BOARD_KEY\"\n";
    let mut bench = Bench::new(snapshot(&["a", "b"], with_key), answer).await;
    bench.source = bench.source.replace("concurrency = 4", "concurrency = 1");
    let report = bench.poll().await;
    assert!(
        matches!(report.stopped, Some(Stop::Refused { status: 403, .. })),
        "{report:?}"
    );
}

#[tokio::test]
async fn what_was_read_lately_is_not_due() {
    let bench = Bench::new(
        snapshot(&["a", "b"], "every = \"20h\""),
        |request, before| match (request.url.path(), before) {
            ("/v1/b/jobs", ..3) => ResponseTemplate::new(500),
            _ => ok(&jobs(0..1)),
        },
    )
    .await;
    assert_eq!(
        outcomes(&bench.poll().await),
        [("a", Complete), ("b", Failed)]
    );
    let report = bench.poll().await;
    assert_eq!(
        (outcomes(&report), report.not_due),
        (vec![("b", Complete)], 1)
    );
    let report = bench.poll().await;
    assert_eq!(
        (report.parts.len(), report.not_due, report.calls),
        (0, 2, 0)
    );
    assert!(report.is_complete() && report.window.is_none());
    bench.clock.advance(SignedDuration::from_hours(20));
    let report = bench.poll().await;
    // Of the one of them that was in an earlier window, too, it is known what was there.
    assert_eq!(outcomes(&report), [("a", Unchanged), ("b", Unchanged)]);
}

#[tokio::test]
async fn an_unknown_board_is_none_either_where_the_others_are_not_due() {
    let source = snapshot(&["a", "gone"], "every = \"20h\"");
    let bench = Bench::new(source, |request, _| match request.url.path() {
        "/v1/gone/jobs" => ResponseTemplate::new(404),
        _ => ok(&jobs(0..1)),
    })
    .await;
    assert!(bench.poll().await.is_complete());
    let report = bench.poll().await;
    assert_eq!(outcomes(&report), [("gone", Failed)]);
    assert!(report.is_complete(), "{report:?}");
}

#[tokio::test]
async fn an_empty_list_may_mean_that_the_source_does_not_know_it() {
    let bench = Bench::new(snapshot(&["a"], "empty = \"failed\""), |_, _| {
        ok(&jobs(0..0))
    })
    .await;
    let report = bench.poll().await;
    assert!(
        reason(&report, "a").contains("also sends for what it does not know"),
        "{report:?}"
    );
    let bench = Bench::new(snapshot(&["a"], ""), |_, _| ok(&jobs(0..0))).await;
    let report = bench.poll().await;
    assert_eq!(
        (outcomes(&report), report.parts[0].records),
        (vec![("a", Complete)], Some(0))
    );
}

#[tokio::test]
async fn names_of_boards_stay_within_their_place() {
    let bench = Bench::new(snapshot(&["a/../b?x=1#y", "한글 &"], ""), |_, _| {
        ok(&jobs(0..1))
    })
    .await;
    assert!(bench.poll().await.is_complete());
    let mut requests = bench.requests();
    requests.sort();
    assert_eq!(
        requests,
        [
            "/v1/%ED%95%9C%EA%B8%80%20%26/jobs",
            "/v1/a%2F..%2Fb%3Fx%3D1%23y/jobs"
        ]
    );
    for bad in ["..", ".", "", " a", "a\u{0}"] {
        let text = snapshot(&["x"], "").replace("[\"x\"]", &toml_list(bad));
        let error = SourceDescription::parse("board.toml", &text)
            .expect_err(bad)
            .to_string();
        assert!(error.contains("strategy.snapshot.boards"), "{error}");
    }
    let mut bench = bench;
    bench.source = snapshot(&[], "");
    let error = bench.poller().err().expect("no boards");
    assert!(
        matches!(
            error,
            Error::NoParts {
                setting: "boards",
                ..
            }
        ),
        "{error}"
    );
    let error = SourceDescription::parse(
        "board.toml",
        &snapshot(&["x"], "").replace("{board}", "{bord}"),
    );
    let error = error.expect_err("a value").to_string();
    assert!(error.contains("the nearest is `{board}`"), "{error}");
    let whole = snapshot(&["x"], "").replace("/{board}", "");
    let error = SourceDescription::parse("board.toml", &whole)
        .expect_err("no place")
        .to_string();
    assert!(error.contains("no request holds `{board}`"), "{error}");
}

fn toml_list(name: &str) -> String {
    format!(
        "[\"{}\"]",
        name.escape_unicode()
            .to_string()
            .replace("\\u{0}", "\\u0000")
            .replace("\\u{2e}", ".")
            .replace("\\u{20}", " ")
            .replace("\\u{61}", "a")
    )
}
