//! The calls of a day.

use std::sync::Arc;

use extract::Stop;
use jiff::SignedDuration;
use landing::WindowKind;

use crate::board::{self, Board};
use crate::{Bench, time};

#[tokio::test]
async fn a_used_up_budget_stops_the_run_and_says_until_when() {
    let board = Board::new().await;
    let bench = Bench::new().with_budget(0);
    let report = bench.collect(&board.url()).await;
    let Some(Stop::Quota {
        resets_at,
        said_by_source,
    }) = report.stopped
    else {
        panic!("{report:?}");
    };
    // Midnight in Seoul.
    assert_eq!(resets_at.timestamp(), time("2026-05-01T15:00:00Z"));
    assert!(!said_by_source);
    assert_eq!((report.calls, board.calls().len()), (0, 0));
    assert_eq!(report.not_reached.len(), 1);
}

#[tokio::test]
async fn a_small_budget_gets_there_day_by_day() {
    let board = Board::new().await;
    board.publish(2000, "2026-04-20T00:00:00Z", SignedDuration::from_mins(5));
    let mut bench = Bench::new().with_budget(8);
    bench.start = time("2026-04-20T00:00:00Z");
    let mut days = 0;
    while bench.ids(WindowKind::Collect).await != board.ids() {
        let report = bench.collect(&board.url()).await;
        assert!(report.calls <= 8);
        assert!(!report.windows.is_empty(), "{report:?}");
        bench.clock.advance(SignedDuration::from_hours(24));
        days += 1;
        assert!(days < 12);
    }
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
}

#[tokio::test]
async fn the_sources_quota_error_counts_under_any_status() {
    for status in [200, 401, 403, 429, 500] {
        let board = Board::new().await;
        board.publish(400, "2026-05-01T00:00:00Z", SignedDuration::from_secs(10));
        let bench = Bench::new();
        let refusal = || Some(board::error(status, 4, "Daily request limit exceeded"));
        board.script([None, refusal(), refusal(), refusal()]);
        let report = bench.collect(&board.url()).await;
        let Some(Stop::Quota {
            said_by_source: true,
            ..
        }) = report.stopped
        else {
            panic!("{report:?}");
        };
        assert!(
            bench
                .landing
                .list()
                .await
                .expect("a listing")
                .windows
                .is_empty()
        );
        assert!(bench.leftovers().await > 0, "received, kept");

        // No more calls on this day, and all of them on the next.
        board.forget_calls();
        bench.collect(&board.url()).await;
        assert_eq!(board.calls().len(), 0);
        bench.clock.advance(SignedDuration::from_hours(24));
        let report = bench.collect(&board.url()).await;
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
    }
}

#[tokio::test]
async fn what_is_complete_stays_when_the_calls_end() {
    let board = Board::new().await;
    board.publish(300, "2026-05-01T00:00:00Z", SignedDuration::from_secs(30));
    let bench = Bench::new()
        .with_source(&[("max_hits = 10_000", "max_hits = 110")])
        .with_budget(4);
    let report = bench.collect(&board.url()).await;
    assert!(
        matches!(report.stopped, Some(Stop::Quota { .. })),
        "{report:?}"
    );
    assert!(!report.windows.is_empty() && !report.not_reached.is_empty());
    let due = bench.collector(&board.url()).due().await.expect("due");
    let landed = report.windows.last().expect("landed").window.to;
    assert_eq!(due[0].from, landed);
}

#[tokio::test]
async fn every_attempt_is_a_call() {
    let board = Board::new().await;
    let wrong = || Some(wiremock::ResponseTemplate::new(502));
    board.script([wrong(), wrong(), wrong()]);
    let bench = Bench::new().with_budget(100);
    let report = bench.collect(&board.url()).await;
    assert_eq!(report.calls, board.calls().len() as u64);
    assert_eq!(report.faults, 3);
    let today = jiff::civil::date(2026, 5, 1);
    let left = bench.budget.left("saramin", today).await.expect("memory");
    assert_eq!(left, Some(100 - report.calls));
}

#[tokio::test]
async fn a_quota_error_of_the_previous_day_does_not_block_the_next_one() {
    // The call is made a moment before midnight in Seoul, the response comes a moment after it.
    let mut bench = Bench::new();
    bench.clock = crate::TestClock::at("2026-05-01T14:59:59.9Z");
    let clock = Arc::clone(&bench.clock);
    let board = Board::with(move |_| {
        clock.set("2026-05-01T15:00:00.1Z");
        Some(board::error(200, 4, "Daily request limit exceeded"))
    })
    .await;
    let report = bench.collect(&board.url()).await;
    let Some(Stop::Quota {
        resets_at,
        said_by_source: true,
    }) = report.stopped
    else {
        panic!("{report:?}");
    };
    assert_eq!(resets_at.timestamp(), time("2026-05-01T15:00:00Z"));
    let left = async |day| bench.budget.left("saramin", day).await.expect("memory");
    assert_eq!(left(jiff::civil::date(2026, 5, 1)).await, Some(0));
    assert_eq!(left(jiff::civil::date(2026, 5, 2)).await, None);
    let well = Board::new().await;
    let report = bench.collect(&well.url()).await;
    assert!(report.is_complete(), "{report:?}");
}

#[tokio::test]
async fn a_wrong_quota_error_is_lifted_after_an_hour_and_a_right_one_costs_one_call() {
    let board = Board::new().await;
    board.publish(400, "2026-05-01T00:00:00Z", SignedDuration::from_secs(10));
    let bench = Bench::new();
    let refusal = || Some(board::error(200, 4, "Daily request limit exceeded"));
    board.script([refusal()]);
    bench.collect(&board.url()).await;
    board.forget_calls();
    bench.clock.advance(SignedDuration::from_mins(59));
    bench.collect(&board.url()).await;
    assert_eq!(board.calls().len(), 0);
    // The quota is still used up.
    bench.clock.advance(SignedDuration::from_mins(1));
    board.script([refusal()]);
    bench.collect(&board.url()).await;
    bench.collect(&board.url()).await;
    assert_eq!(board.calls().len(), 1);
    // No longer.
    bench.clock.advance(SignedDuration::from_mins(60));
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
}
