//! Backfills: to their end, over any number of runs, days and crashes.

use extract::{SkipReason, Stop};
use jiff::{SignedDuration, Timestamp};
use kernel::Interval;
use landing::WindowKind;
use wiremock::ResponseTemplate;

use crate::board::{self, Board};
use crate::{Bench, time};

const FROM: &str = "2026-04-20T00:00:00Z";

fn interval(from: &str, to: &str) -> Interval {
    Interval::new(time(from), time(to)).expect("an interval")
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// A posting every half an hour for ten days.
async fn board() -> Board {
    let board = Board::new().await;
    board.publish(480, FROM, SignedDuration::from_mins(30));
    board
}

/// A window is a fifth of the postings, a failing call is not repeated, and nothing is read around it.
fn bench() -> Bench {
    Bench::new().with_source(&[
        ("max_hits = 10_000", "max_hits = 100"),
        ("attempts = 6", "attempts = 1"),
        ("calls_each = 60", "calls_each = 0"),
    ])
}

#[tokio::test]
async fn a_part_of_a_first_run_that_failed_stays_due_without_a_start() {
    let (board, bench) = (board().await, bench());
    let collector = bench.collector_without_start(&board.url());
    assert!(collector.has_no_start().await.expect("a listing"));
    // The whole, its first half, its first quarter, which fails; the rest lands.
    board.script([None, None, Some(ResponseTemplate::new(500))]);
    let report = collector.backfill(time(FROM), Timestamp::MAX).await;
    let report = report.expect("a run");
    assert!(!report.windows.is_empty() && report.incomplete.len() == 1);
    let missing = report.incomplete[0].interval;
    assert_eq!(missing.from, time(FROM));

    assert!(!collector.has_no_start().await.expect("a listing"));
    assert_eq!(collector.due().await.expect("due"), [missing]);
    bench.clock.advance(hours(1));
    let report = collector.collect().await.expect("a run");
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
    assert_eq!(collector.due().await.expect("due"), []);
}

#[tokio::test]
async fn a_first_run_that_landed_nothing_is_taken_up_without_a_start() {
    let (board, bench) = (board().await, bench());
    let collector = bench.collector_without_start(&board.url());
    board.script([Some(ResponseTemplate::new(500))]);
    let report = collector.backfill(time(FROM), Timestamp::MAX).await;
    assert!(report.expect("a run").windows.is_empty());
    assert!(!collector.has_no_start().await.expect("a listing"));
    let report = collector.collect().await.expect("a run");
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
}

#[tokio::test]
async fn a_run_that_is_dropped_before_its_first_response_is_recorded() {
    let (board, bench) = (board().await, bench());
    let collector = bench.collector_without_start(&board.url());
    let mut progress = collector.progress();
    tokio::select! {
        report = collector.backfill(time(FROM), Timestamp::MAX) => panic!("{report:?}"),
        _ = progress.wait_for(|progress| progress.windows_known > 0) => {}
    }
    let due = collector.due().await.expect("due");
    assert_eq!(due, [interval(FROM, "2026-05-01T03:00:00Z")]);
}

#[tokio::test]
async fn what_is_left_before_the_start_stays_due_after_what_is_new() {
    let (board, mut bench) = (board().await, bench());
    bench.start = time("2026-04-28T00:00:00Z");
    let collector = bench.collector(&board.url());
    assert!(collector.collect().await.expect("a run").is_complete());
    bench.clock.advance(hours(1));
    board.script([None, None, Some(ResponseTemplate::new(500))]);
    let (from, to) = (time(FROM), time("2026-04-28T00:00:00Z"));
    let report = collector.backfill(from, to).await.expect("a run");
    let missing = report.incomplete[0].interval;
    let now = interval("2026-05-01T03:00:00Z", "2026-05-01T04:00:00Z");
    assert_eq!(collector.due().await.expect("due"), [missing, now]);

    let report = collector.collect().await.expect("a run");
    assert!(report.is_complete(), "{report:?}");
    let landed: Vec<Interval> = report
        .windows
        .iter()
        .map(|landed| landed.window.interval())
        .collect();
    assert_eq!(landed, [now, missing]);
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
}

#[tokio::test]
async fn a_backfill_of_more_than_a_days_calls_is_finished_over_days() {
    let (board, bench) = (board().await, bench().with_budget(6));
    let collector = bench.collector_without_start(&board.url());
    let (from, to) = (time(FROM), time("2026-05-01T00:00:00Z"));
    let (mut days, mut done) = (0, false);
    while !done {
        // The same command on the next day, or an ordinary run: both continue.
        let report = if days < 2 {
            collector.backfill(from, to).await
        } else {
            collector.collect().await
        };
        let report = report.expect("a run");
        assert!(!report.windows.is_empty(), "{report:?}");
        done = report.is_complete();
        bench.clock.advance(hours(24));
        days += 1;
        assert!(days < 6, "it never ends");
    }
    assert!(days > 2, "too few postings to tell");
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
    let landed = bench.landing.list().await.expect("a listing").windows;
    let seconds: i64 = landed
        .iter()
        .map(|window| window.interval().seconds())
        .sum();
    let asked_for = Interval::new(from, to).expect("days").seconds();
    assert_eq!(
        seconds, asked_for,
        "something was collected twice: {landed:?}"
    );

    // It is done: requested again, it is collected again.
    let report = collector.backfill(from, to).await.expect("a run");
    assert!(!report.windows.is_empty());
    assert_eq!(report.windows[0].window.from, from);
    assert_eq!(
        bench
            .landing
            .backfills(&dataset())
            .await
            .expect("read")
            .len(),
        2
    );
}

fn dataset() -> landing::Dataset {
    landing::Dataset::new("saramin", "recruit").expect("a dataset")
}

#[tokio::test]
async fn a_backfill_of_long_ago_does_not_move_the_start() {
    let (board, bench) = (board().await, bench());
    let collector = bench.collector_without_start(&board.url());
    let since = time("2026-04-29T00:00:00Z");
    let report = collector.backfill(since, Timestamp::MAX).await;
    assert!(report.expect("a run").is_complete());
    bench.clock.advance(hours(1));
    let (from, to) = (time("2021-01-01T00:00:00Z"), time("2021-02-01T00:00:00Z"));
    let report = collector.backfill(from, to).await.expect("a run");
    assert!(report.is_complete() && report.windows.len() == 1);
    assert_eq!(
        collector.due().await.expect("due"),
        [interval("2026-05-01T03:00:00Z", "2026-05-01T04:00:00Z")]
    );
}

#[tokio::test]
async fn with_only_ended_backfills_nothing_else_is_due_and_that_is_reported() {
    let (board, bench) = (board().await, bench());
    let collector = bench.collector_without_start(&board.url());
    let (from, to) = (time(FROM), time("2026-04-21T00:00:00Z"));
    collector.backfill(from, to).await.expect("a run");
    assert_eq!(collector.due().await.expect("due"), []);
    board.forget_calls();
    let report = collector.collect().await.expect("a run");
    assert!(report.is_complete() && board.calls().is_empty());
    let missed = report.missed_sweeps();
    assert!(
        missed.len() == 1 && missed[0].0 == SkipReason::NoStart,
        "{missed:?}"
    );
    assert!(missed[0].1.contains("no start is set"), "{missed:?}");
}

#[tokio::test]
async fn a_backfill_of_one_query_is_not_due_for_another() {
    let (board, mut bench) = (board().await, bench());
    bench.start = time("2026-04-28T00:00:00Z");
    board.script([Some(board::error(200, 2, "Invalid access-key"))]);
    let collector = bench.collector(&board.url());
    let report = collector.backfill(time(FROM), bench.start).await;
    let report = report.expect("a run");
    assert!(
        matches!(report.stopped, Some(Stop::Key { .. })),
        "{report:?}"
    );
    assert_eq!(collector.due().await.expect("due")[0].from, time(FROM));
    bench.query.insert("ind_cd".to_owned(), "4".to_owned());
    let other = bench.collector(&board.url());
    assert_eq!(other.due().await.expect("due")[0].from, bench.start);
}
