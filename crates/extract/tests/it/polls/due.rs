//! Which lists a poll reads, and in which order.

use std::sync::Arc;

use extract::{MemoryBudget, Stop};
use futures::TryStreamExt as _;
use futures::executor::block_on;
use jiff::SignedDuration;
use kernel::Interval;
use landing::PartOutcome::{Complete, Failed, Unchanged};
use landing::{Landing, MANIFEST};
use object_store::memory::InMemory;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::formats::SERIES;
use super::{Bench, description, jobs, ok, outcomes, snapshot};
use crate::time;

fn one_at_a_time(source: String) -> String {
    source.replace("concurrency = 4", "concurrency = 1")
}

#[tokio::test]
async fn a_quota_ends_each_poll_at_another_list() {
    let source = one_at_a_time(snapshot(&["a", "b", "c", "d", "e"], ""));
    let mut bench = Bench::new(source, |_, before| {
        ok(&jobs(0..u32::try_from(before + 1).expect("few")))
    })
    .await;
    let mut read = Vec::new();
    for _ in 0..4 {
        bench.budget = Arc::new(MemoryBudget::new(Some(2)));
        let report = bench.poll().await;
        assert!(matches!(report.stopped, Some(Stop::Quota { .. })));
        // In the order of the settings, whatever the order of the reading.
        let names: Vec<&str> = report.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e"]);
        read.extend(bench.requests());
    }
    let names: String = read.iter().filter_map(|path| path.chars().nth(4)).collect();
    assert_eq!(names, "abcdeabc");
}

#[tokio::test]
async fn lists_that_fail_do_not_keep_others_from_being_read() {
    let names: Vec<String> = (0..20).map(|number| format!("x{number}")).collect();
    let mut boards: Vec<&str> = names.iter().map(String::as_str).collect();
    boards.push("last");
    let bench = Bench::new(
        one_at_a_time(snapshot(&boards, "")),
        |request, _| match request.url.path() {
            "/v1/last/jobs" => ok(&jobs(0..1)),
            _ => ResponseTemplate::new(500),
        },
    )
    .await;
    // One poller, as in a process that goes on.
    let poller = bench.poller().expect("a poller");
    let first = poller.poll(None).await.expect("a poll");
    assert!(matches!(first.stopped, Some(Stop::Down { .. })));
    bench.clock.advance(SignedDuration::from_mins(10));
    let second = poller.poll(None).await.expect("a poll");
    assert_eq!(outcomes(&second)[20], ("last", Complete), "{second:?}");
}

#[tokio::test]
async fn a_list_that_is_refused_is_not_the_key() {
    let source = one_at_a_time(snapshot(
        &["a", "b", "c"],
        "\n[auth.bearer]\nenv = \"BOARD_KEY\"\n",
    ));
    let bench = Bench::new(source, |request, _| match request.url.path() {
        "/v1/b/jobs" => ResponseTemplate::new(403),
        _ => ok(&jobs(0..1)),
    })
    .await;
    let report = bench.poll().await;
    assert_eq!(
        outcomes(&report),
        [("a", Complete), ("b", Failed), ("c", Complete)]
    );
    assert!(report.stopped.is_none());
}

#[tokio::test]
async fn a_key_that_was_pulled_lately_is_not_due_and_a_backfill_is_no_pull() {
    let source = SERIES.replace("back_days = 25", "back_days = 25\nevery = \"20h\"");
    let bench = Bench::new(description(&source), |_, _| ok(&json!({"data": []}))).await;
    let backfill = || async {
        let period = Interval::new(time("2026-06-20T00:00:00Z"), time("2026-06-22T00:00:00Z"));
        let poller = bench.poller().expect("a poller");
        let report = poller.poll(Some(period.expect("a period"))).await;
        assert_eq!(report.expect("a pull").parts.len(), 2);
        bench.clock.advance(SignedDuration::from_mins(10));
    };
    backfill().await;
    let report = bench.poll().await;
    assert_eq!((report.parts.len(), report.not_due), (6, 0));
    backfill().await;
    let report = bench.poll().await;
    assert_eq!((report.parts.len(), report.not_due), (0, 6));
    // On the next day there is another range, and the pull is still a recent one.
    bench.clock.advance(SignedDuration::from_hours(16));
    assert_eq!(bench.poll().await.not_due, 6);
    bench.clock.advance(SignedDuration::from_hours(4));
    assert_eq!(bench.poll().await.not_due, 0);
}

#[tokio::test]
async fn an_unchanged_list_is_due_if_the_window_that_holds_it_does_not_count() {
    let source = snapshot(&["a"], "every = \"20h\"");
    let mut bench = Bench::new(source, |_, _| ok(&jobs(0..1))).await;
    let first = bench.poll().await;
    bench.clock.advance(SignedDuration::from_hours(20));
    assert_eq!(outcomes(&bench.poll().await), [("a", Unchanged)]);
    assert_eq!(bench.poll().await.not_due, 1);
    let holder = first.window.as_ref().expect("a window").path().to_string();
    bench.uncounted.push(holder);
    assert_eq!(outcomes(&bench.poll().await), [("a", Complete)]);
}

#[tokio::test]
async fn only_a_get_is_conditional() {
    for (method, expected) in [("get", Unchanged), ("post_json", Complete)] {
        let source =
            snapshot(&["a"], "").replace("accept =", &format!("method = \"{method}\"\naccept ="));
        let bench = Bench::new(source, |request, before| {
            match request.headers.contains_key("if-none-match") {
                true => ResponseTemplate::new(304),
                false => ok(&jobs(0..u32::try_from(before + 1).expect("few")))
                    .insert_header("etag", "\"v1\""),
            }
        })
        .await;
        bench.poll().await;
        assert_eq!(outcomes(&bench.poll().await), [("a", expected)], "{method}");
    }
}

#[tokio::test]
async fn a_poll_that_is_not_recorded_read_nothing() {
    let store = Arc::new(InMemory::new());
    let shared = store.clone();
    let source = one_at_a_time(snapshot(&["a", "b"], ""));
    let mut bench = Bench::new(source, move |request, _| {
        if request.url.path() == "/v1/b/jobs" {
            // Something else is in the place of the manifest. The server's thread has an executor.
            let shared = shared.clone();
            let written = std::thread::spawn(move || {
                block_on(async {
                    let listed = shared.list(None).try_collect::<Vec<_>>().await;
                    let mut paths = listed.expect("a listing").into_iter();
                    let body = paths.find(|body| body.location.as_ref().ends_with(".zst"));
                    let folder = body.expect("a body of `a`").location;
                    let folder = folder.as_ref().rsplit_once('/').expect("a folder").0;
                    let path = format!("{folder}/{MANIFEST}").into();
                    shared.put(&path, "{}".into()).await.expect("stored");
                });
            });
            written.join().expect("written");
        }
        ok(&jobs(0..1))
    })
    .await;
    bench.landing = Landing::new(store);
    let report = bench.poll().await;
    assert!(
        matches!(report.stopped, Some(Stop::Landing(_))),
        "{report:?}"
    );
    assert_eq!(outcomes(&report), [("a", Failed), ("b", Failed)]);
    assert_eq!(report.records(), 0);
    assert!(
        report.not_reached.contains(&"a".to_owned()),
        "{:?}",
        report.not_reached
    );
}
