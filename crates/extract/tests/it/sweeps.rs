//! The sweeps of the day.

use extract::{Report, SkipReason};
use jiff::SignedDuration;
use landing::WindowKind;
use wiremock::ResponseTemplate;

use crate::board::{Board, seoul};
use crate::{Bench, time};

fn kinds(report: &Report) -> Vec<WindowKind> {
    report
        .windows
        .iter()
        .map(|window| window.window.kind)
        .collect()
}

fn skipped(report: &Report) -> Vec<SkipReason> {
    report
        .skipped
        .iter()
        .map(|skipped| skipped.reason)
        .collect()
}

#[tokio::test]
async fn each_sweep_takes_place_once_a_day_after_what_is_due() {
    let board = Board::new().await;
    board.publish(20, "2026-04-28T00:00:00Z", SignedDuration::from_hours(6));
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    use WindowKind::{Collect, Sweep, Updated};
    assert_eq!(kinds(&report), [Collect, Sweep, Updated]);
    let sweep = &report.windows[1].window;
    assert_eq!(sweep.from, time("2026-04-29T03:00:00Z"));
    assert_eq!(sweep.to, time("2026-05-01T03:00:00Z"));

    // Later on the same day in Seoul.
    bench.clock.set("2026-05-01T14:59:00Z");
    let report = bench.collect(&board.url()).await;
    assert_eq!(kinds(&report), [Collect]);
    assert_eq!(skipped(&report), [SkipReason::DoneToday; 2]);

    // A few minutes later it is tomorrow there.
    bench.clock.set("2026-05-01T15:01:00Z");
    board.edit(3, "2026-05-01T15:00:00Z");
    board.forget_calls();
    let report = bench.collect(&board.url()).await;
    assert_eq!(kinds(&report), [Collect, Sweep, Updated]);
    let updated = &report.windows[2].window;
    // From where the last reading of edits ended; requested with the overlap.
    assert_eq!(updated.from, time("2026-05-01T03:00:00Z"));
    let calls = board.calls();
    let call = calls.iter().find(|call| call.contains_key("updated_min"));
    let call = call.expect("edits were asked for");
    assert_eq!(seoul(&call["updated_min"]), time("2026-05-01T01:00:00Z"));
    assert!(!call.contains_key("published_min"));
    assert!(bench.ids(Updated).await.contains("3"));
}

#[tokio::test]
async fn a_long_pause_of_edits_is_caught_up_with_within_reason() {
    let board = Board::new().await;
    let bench = Bench::new();
    bench.collect(&board.url()).await;
    bench.clock.set("2026-06-01T03:00:00Z");
    let report = bench.collect(&board.url()).await;
    let updated = &report.windows[2].window;
    assert_eq!(updated.kind, WindowKind::Updated);
    assert_eq!(updated.from, time("2026-05-25T03:00:00Z"));
}

#[tokio::test]
async fn sweeps_wait_when_few_calls_are_left() {
    let board = Board::new().await;
    let bench = Bench::new().with_budget(61);
    let report = bench.collect(&board.url()).await;
    assert_eq!(kinds(&report), [WindowKind::Collect]);
    assert_eq!(
        skipped(&report),
        [SkipReason::FewCallsLeft {
            left: 59,
            least: 60
        }; 2]
    );
    assert!(report.is_complete());
    let missed = report.missed_sweeps();
    assert_eq!(missed.len(), 1);
    assert!(
        missed[0].1.contains("the last days and what was edited")
            && missed[0].1.contains("59 calls are left"),
        "{missed:?}"
    );

    // Once they took place there is nothing to report.
    let bench = Bench::new();
    assert_eq!(bench.collect(&board.url()).await.missed_sweeps(), []);
    bench.clock.advance(SignedDuration::from_hours(1));
    let report = bench.collect(&board.url()).await;
    assert_eq!(skipped(&report), [SkipReason::DoneToday; 2]);
    assert_eq!(report.missed_sweeps(), []);
}

#[tokio::test]
async fn edits_of_a_collection_that_takes_days_are_read_after_it() {
    let board = Board::new().await;
    board.publish(2000, "2026-04-20T00:00:00Z", SignedDuration::from_mins(5));
    let mut bench = Bench::new()
        .with_budget(8)
        .with_source(&[("min_calls_left = 60", "min_calls_left = 3")]);
    bench.start = time("2026-04-20T00:00:00Z");
    bench.collect(&board.url()).await;
    // Collected on the first day, edited two days before the collection is through.
    let edited = bench.ids(WindowKind::Collect).await;
    let edited = edited
        .first()
        .expect("a posting")
        .parse()
        .expect("a number");
    board.edit(edited, "2026-05-01T08:00:00Z");
    let mut days = 1;
    while bench.ids(WindowKind::Updated).await.is_empty() {
        bench.clock.advance(SignedDuration::from_hours(24));
        bench.collect(&board.url()).await;
        days += 1;
        assert!(days < 12);
    }
    assert!(days > 2, "too soon to tell");
    let read = bench.ids(WindowKind::Updated).await;
    assert!(read.contains(&edited.to_string()), "after {days} days");
}

#[tokio::test]
async fn a_sweep_that_failed_is_tried_again() {
    let board = Board::new().await;
    let bench = Bench::new().with_source(&[
        ("attempts = 6", "attempts = 1"),
        ("calls_each = 60", "calls_each = 0"),
    ]);
    // Two calls for the window that is due, then the sweep's.
    board.script([None, None, Some(ResponseTemplate::new(500))]);
    let report = bench.collect(&board.url()).await;
    assert_eq!(kinds(&report), [WindowKind::Collect, WindowKind::Updated]);
    assert_eq!(report.incomplete[0].kind, WindowKind::Sweep);
    bench.clock.advance(SignedDuration::from_hours(1));
    let report = bench.collect(&board.url()).await;
    assert_eq!(kinds(&report), [WindowKind::Collect, WindowKind::Sweep]);
}

#[tokio::test]
async fn a_sweep_in_parts_is_done_when_all_parts_are() {
    let board = Board::new().await;
    board.publish(96, "2026-04-29T03:00:00Z", SignedDuration::from_mins(30));
    let changes = [
        ("max_hits = 10_000", "max_hits = 60"),
        ("attempts = 6", "attempts = 1"),
        ("calls_each = 60", "calls_each = 0"),
    ];
    let bench = Bench::new().with_source(&changes);
    // The due window; the whole sweep; its first half; its second half fails.
    board.script([None, None, None, Some(ResponseTemplate::new(500))]);
    let report = bench.collect(&board.url()).await;
    assert_eq!(report.incomplete.len(), 1, "{report:?}");
    assert_eq!(report.incomplete[0].kind, WindowKind::Sweep);
    bench.clock.advance(SignedDuration::from_hours(1));
    let report = bench.collect(&board.url()).await;
    let sweeps = kinds(&report)
        .into_iter()
        .filter(|kind| *kind == WindowKind::Sweep);
    assert_eq!(sweeps.count(), 2);
    bench.clock.advance(SignedDuration::from_hours(1));
    let report = bench.collect(&board.url()).await;
    assert_eq!(kinds(&report), [WindowKind::Collect]);
}
