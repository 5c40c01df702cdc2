//! Whole runs: what is due, what is landed, what is cut, what a backfill does.

use extract::{Error, WindowError};
use jiff::SignedDuration;
use kernel::{Clock, Interval};
use landing::{Origin, WindowKind};
use wiremock::ResponseTemplate;

use crate::board::{self, Board, seoul};
use crate::{Bench, TestClock, time};

fn interval(from: &str, to: &str) -> Interval {
    Interval::new(time(from), time(to)).expect("an interval")
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

#[tokio::test]
async fn a_first_run_lands_everything_and_nothing_is_due_after_it() {
    let board = Board::new().await;
    board.publish(700, "2026-05-01T00:00:00Z", SignedDuration::from_secs(15));
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete(), "{report:?}");
    let collected = &report.windows[0];
    assert_eq!(
        (collected.records, collected.duplicates, collected.passes),
        (700, 0, 1)
    );
    assert_eq!(collected.total_reported, 700);
    assert_eq!(collected.bodies, 7);
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
    assert_eq!(bench.collector(&board.url()).due().await.expect("due"), []);

    board.forget_calls();
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete() && report.windows.is_empty());
    assert_eq!((report.calls, board.calls().len()), (0, 0));
}

#[tokio::test]
async fn a_window_without_postings_is_landed_too() {
    let board = Board::new().await;
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete(), "{report:?}");
    let manifests = bench.manifests().await;
    let manifest = manifests
        .iter()
        .find(|manifest| manifest.kind == WindowKind::Collect)
        .expect("landed");
    assert_eq!(
        (manifest.records, manifest.total_reported),
        (Some(0), Some(0))
    );
    assert_eq!(bench.collector(&board.url()).due().await.expect("due"), []);
}

#[tokio::test]
async fn the_next_window_reaches_back_for_late_postings() {
    let board = Board::new().await;
    board.publish(10, "2026-05-01T00:00:00Z", minutes(1));
    let bench = Bench::new();
    bench.collect(&board.url()).await;
    // Published before the first run, seen after it.
    board.publish(5, "2026-05-01T02:00:00Z", minutes(1));
    bench.clock.set("2026-05-01T04:00:00.75Z");
    board.forget_calls();
    let report = bench.collect(&board.url()).await;
    assert_eq!(report.windows.len(), 1);
    let window = &report.windows[0].window;
    assert_eq!(
        window.interval(),
        interval("2026-05-01T03:00:00Z", "2026-05-01T04:00:00Z")
    );
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
    let call = &board.calls()[0];
    assert_eq!(seoul(&call["published_min"]), time("2026-05-01T01:00:00Z"));
    assert_eq!(seoul(&call["published_max"]), time("2026-05-01T03:59:59Z"));
}

#[tokio::test]
async fn nothing_before_the_start_is_requested() {
    let board = Board::new().await;
    let bench = Bench::new();
    bench.collect(&board.url()).await;
    for call in board.calls() {
        if let Some(from) = call.get("published_min")
            && call["published_max"] == "2026-05-01 11:59:59"
            && seoul(from) > time("2026-04-30T00:00:00Z")
        {
            assert_eq!(seoul(from), bench.start);
        }
    }
}

#[tokio::test]
async fn a_large_window_is_cut_until_each_part_can_be_shown() {
    let board = Board::new().await;
    board.publish(500, "2026-05-01T00:00:00Z", SignedDuration::from_secs(20));
    let bench = Bench::new().with_source(&[("max_hits = 10_000", "max_hits = 60")]);
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
    let collected: Vec<_> = report
        .windows
        .iter()
        .filter(|window| window.window.kind == WindowKind::Collect)
        .collect();
    assert!(collected.len() > 8);
    assert!(collected.iter().all(|window| window.records <= 60));
    for pair in collected.windows(2) {
        assert_eq!(pair[0].window.to, pair[1].window.from);
    }
    assert_eq!(bench.collector(&board.url()).due().await.expect("due"), []);
}

#[tokio::test]
async fn a_second_with_more_than_can_be_shown_is_read_as_it_is() {
    let board = Board::new().await;
    board.publish(130, "2026-05-01T01:00:00Z", SignedDuration::ZERO);
    let bench = Bench::new().with_source(&[("max_hits = 10_000", "max_hits = 60")]);
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
}

#[tokio::test]
async fn a_large_overlap_does_not_keep_a_small_window_from_being_read() {
    let board = Board::new().await;
    board.publish(180, "2026-05-01T00:00:00Z", minutes(1));
    let bench = Bench::new().with_source(&[("max_hits = 10_000", "max_hits = 60")]);
    bench.collect(&board.url()).await;
    bench.clock.set("2026-05-01T03:00:02Z");
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(bench.collector(&board.url()).due().await.expect("due"), []);
}

#[tokio::test]
async fn a_backfill_reads_its_window_even_where_data_exists() {
    let board = Board::new().await;
    board.publish(300, "2026-05-01T00:00:00Z", minutes(1));
    let bench = Bench::new();
    let collector = bench.collector(&board.url());
    collector.collect().await.expect("a run");
    board.forget_calls();
    bench.clock.advance(SignedDuration::from_millis(1));
    let (from, to) = (time("2026-05-01T01:00:00Z"), time("2026-05-02T00:00:00Z"));
    let report = collector.backfill(from, to).await.expect("a run");
    assert!(
        report.is_complete() && report.skipped.is_empty(),
        "{report:?}"
    );
    assert_eq!(report.windows.len(), 1);
    let landed = &report.windows[0];
    // The future is not covered.
    assert_eq!(
        landed.window.interval(),
        interval("2026-05-01T01:00:00Z", "2026-05-01T03:00:00Z")
    );
    assert_eq!(
        (landed.records, landed.window.kind),
        (120, WindowKind::Collect)
    );
    assert_eq!(board.calls()[0]["published_min"], "2026-05-01 10:00:00");

    for (from, to) in [
        (to, to),
        (to, from),
        (time("2027-01-01T00:00:00Z"), time("2027-01-02T00:00:00Z")),
    ] {
        let error = collector.backfill(from, to).await.expect_err("nothing");
        assert!(matches!(error, Error::EmptyInterval { .. }), "{error}");
    }
}

#[tokio::test]
async fn other_queries_have_windows_of_their_own() {
    let board = Board::new().await;
    let mut bench = Bench::new();
    bench.collect(&board.url()).await;
    bench.query.insert("ind_cd".to_owned(), "4".to_owned());
    assert_eq!(
        bench
            .collector(&board.url())
            .due()
            .await
            .expect("due")
            .len(),
        1
    );
    bench.query.insert("ind_cd".to_owned(), "3".to_owned());
    bench.query.insert("sort".to_owned(), "pd".to_owned());
    assert_eq!(bench.collector(&board.url()).due().await.expect("due"), []);
}

#[tokio::test]
async fn generated_responses_are_marked_and_kept_apart() {
    let board = Board::with(|_| {
        let one = vec![board::record(1)];
        Some(board::answer(1, one).insert_header("x-jobtide-generated", "yes"))
    })
    .await;
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    assert_eq!(report.windows[0].origin, Origin::Generated);

    let real = Board::new().await;
    real.publish(400, "2026-05-01T03:00:00Z", SignedDuration::from_secs(1));
    bench.clock.advance(SignedDuration::from_hours(1));
    let report = bench.collect(&real.url()).await;
    let stop = report.stopped.as_ref().expect("refused").to_string();
    assert!(stop.contains("hint: "), "{stop}");
    assert_eq!((report.calls, real.calls().len()), (1, 1));
    assert_eq!(report.not_reached.len(), 1);
    assert!(!report.is_complete());
}

/// The header of the simulator from another machine: an empty store stays open for real data.
#[tokio::test]
async fn generated_responses_are_accepted_from_loopback_only() {
    let board = Board::with(|parameters| {
        let later = parameters["start"] != "0";
        later.then(|| board::answer(250, vec![]).insert_header("x-jobtide-generated", "yes"))
    })
    .await;
    board.publish(250, "2026-05-01T00:00:00Z", SignedDuration::from_secs(1));
    let first = Board::with(|_| {
        let one = vec![board::record(1)];
        Some(board::answer(1, one).insert_header("x-jobtide-generated", "yes"))
    })
    .await;
    for (board, calls) in [(&first, 1), (&board, 5)] {
        let bench = Bench::new();
        // Reaches this machine, but is not a loopback address.
        let elsewhere = board.url().replace("127.0.0.1", "0.0.0.0");
        let report = bench.collect(&elsewhere).await;
        let stop = report.stopped.as_ref().expect("stopped");
        assert!(matches!(stop, extract::Stop::Generated { .. }), "{stop}");
        assert!(!stop.is_retryable() && stop.to_string().contains("x-jobtide-generated"));
        assert!(
            report.windows.is_empty() && report.calls <= calls,
            "{report:?}"
        );
        assert_eq!(bench.landing.origin_class().await.expect("a class"), None);

        let real = Board::new().await;
        real.publish(5, "2026-05-01T01:00:00Z", SignedDuration::from_secs(1));
        let report = bench.collect(&real.url()).await;
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(report.windows[0].origin, Origin::Collected);
    }
}

#[tokio::test]
async fn wrong_totals_leave_a_window_due_and_are_reported() {
    let board = Board::with(|parameters| {
        let first = parameters["start"] == "0";
        let rows = if first { 8 } else { 0 };
        Some(board::answer(9, (1..=rows).map(board::record).collect()))
    })
    .await;
    let mut bench = Bench::new();
    bench.start = time("2026-05-01T14:00:00Z");
    bench.clock = TestClock::at("2026-05-01T15:00:00Z");
    let collector = bench.collector(&board.url());
    let (from, to) = (bench.start, bench.clock.now());
    let report = collector.backfill(from, to).await.expect("a run");
    assert!(!report.is_complete());
    let WindowError::DoesNotAddUp {
        total, distinct, ..
    } = report.incomplete[0].error
    else {
        panic!("{report:?}");
    };
    assert_eq!((total, distinct), (9, 8));
    assert!(bench.leftovers().await > 0, "received, kept");
    assert_eq!(collector.due().await.expect("due").len(), 1);
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_nothing_that_counts() {
    let board = Board::new().await;
    board.publish(900, "2026-05-01T00:00:00Z", SignedDuration::from_secs(10));
    for pages in [1, 3, 6] {
        let bench = Bench::new();
        let collector = bench.collector(&board.url());
        let mut progress = collector.progress();
        tokio::select! {
            report = collector.collect() => panic!("{report:?}"),
            _ = progress.wait_for(|progress| progress.pages_done >= pages) => {}
        }
        let listing = bench.landing.list().await.expect("a listing");
        assert!(listing.windows.is_empty());
        let report = bench.collect(&board.url()).await;
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
    }
}

#[tokio::test]
async fn progress_adds_up() {
    let board = Board::new().await;
    board.publish(300, "2026-05-01T00:00:00Z", SignedDuration::from_secs(10));
    board.script([None, Some(ResponseTemplate::new(500))]);
    let bench = Bench::new();
    let collector = bench.collector(&board.url());
    let report = collector.collect().await.expect("a run");
    let progress = collector.progress().borrow().clone();
    assert_eq!(progress.windows_done, progress.windows_known);
    assert_eq!(progress.windows_done, report.windows.len() as u64);
    assert_eq!(
        (progress.calls, progress.faults),
        (report.calls, report.faults)
    );
    assert_eq!(report.faults, 1);
    assert_eq!(progress.window, None);
    assert!(progress.records >= 300);
}
