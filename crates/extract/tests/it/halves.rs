//! A time that never adds up keeps nothing else from being collected.

use std::collections::BTreeMap;

use extract::WindowError;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock as _, Interval};
use landing::WindowKind;
use wiremock::ResponseTemplate;

use crate::board::{self, Board, seoul};
use crate::{Bench, time};

const BAD: &str = "2026-05-01T01:17:03Z";

/// Postings as the board publishes them.
const FIRST: &str = "2026-05-01T00:00:00Z";
const COUNT: u32 = 180;

/// A posting a minute; every request that includes the bad second has a total of one too many.
async fn board_with_a_bad_second() -> Board {
    let board = Board::with(|parameters| {
        let (from, to) = asked(parameters)?;
        (from <= time(BAD) && time(BAD) <= to).then(|| lie(parameters))
    })
    .await;
    board.publish(COUNT, FIRST, SignedDuration::from_mins(1));
    board
}

fn asked(parameters: &BTreeMap<String, String>) -> Option<(Timestamp, Timestamp)> {
    let bound = |name: &str| parameters.get(name).map(|text| seoul(text));
    bound("published_min").zip(bound("published_max"))
}

/// The correct rows with a total of one more.
fn lie(parameters: &BTreeMap<String, String>) -> ResponseTemplate {
    let published = |id: &u32| time(FIRST) + SignedDuration::from_mins(i64::from(*id) - 1);
    let inside =
        |id: &u32| asked(parameters).is_none_or(|(from, to)| (from..=to).contains(&published(id)));
    let found: Vec<u32> = (1..=COUNT).filter(inside).collect();
    let page: usize = parameters["start"].parse().expect("a number");
    let rows = found.iter().skip(page * 110).take(110);
    board::answer(found.len() + 1, rows.copied().map(board::record).collect())
}

#[tokio::test]
async fn consistent_parts_land_and_only_the_rest_stays_due() {
    let board = board_with_a_bad_second().await;
    let bench = Bench::new();
    let collector = bench.collector(&board.url());
    let due = async || collector.due().await.expect("due");
    assert_eq!(due().await[0].seconds(), 3 * 3600);
    let mut widths = Vec::new();
    for run in 0..3 {
        let report = collector.collect().await.expect("a run");
        assert!(!report.is_complete());
        assert!(
            report
                .incomplete
                .iter()
                .all(|window| matches!(window.error, WindowError::DoesNotAddUp { .. })),
            "{report:?}"
        );
        assert!(report.calls < 120, "run {run}: {} calls", report.calls);
        let left = due().await;
        let bad = left.iter().find(|part| holds(part)).expect("it stays due");
        assert_eq!(left, [*bad]);
        widths.push(bad.seconds());
        bench.clock.advance(SignedDuration::from_hours(1));
    }
    assert!(widths[0] <= 3 * 3600 / 128, "{widths:?}");
    assert_eq!(widths[2], 1, "{widths:?}");
    let expected = Interval::new(time("2026-05-01T00:00:00Z"), bench.clock.now());
    let landed: i64 = bench
        .landing
        .list()
        .await
        .expect("a listing")
        .windows
        .iter()
        .filter(|window| window.kind == WindowKind::Collect)
        .map(|window| window.interval().seconds())
        .sum();
    // The last hour is not collected yet.
    assert_eq!(landed, expected.expect("hours").seconds() - 3600 - 1);
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
}

fn holds(part: &Interval) -> bool {
    part.from <= time(BAD) && time(BAD) < part.to
}

#[tokio::test]
async fn a_source_with_wrong_totals_is_not_called_forever() {
    let board = Board::with(|parameters| Some(lie(parameters))).await;
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    assert!(report.windows.is_empty() && !report.is_complete());
    assert!(report.calls < 350, "{} calls", report.calls);
    let due = bench.collector(&board.url()).due().await.expect("due");
    assert_eq!(due.len(), 1);
    let progress = bench.collector(&board.url()).progress().borrow().clone();
    assert_eq!(progress.windows_done, progress.windows_known);
}

#[tokio::test]
async fn halves_of_a_total_that_fills_its_pages_add_up() {
    // Half of what there is, in every response for the whole; an end that is not a page boundary.
    let board = Board::with(|parameters| {
        let (from, to) = asked(parameters)?;
        let whole = from == time(FIRST) && to == time("2026-05-01T02:59:59Z");
        let page: u32 = parameters["start"].parse().expect("a number");
        let rows = (page * 110 + 1..=page * 110 + 110).filter(|id| *id <= 440);
        whole.then(|| board::answer(220, rows.map(board::record).collect()))
    })
    .await;
    board.publish(440, "2026-05-01T00:00:00Z", SignedDuration::from_secs(20));
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    assert!(report.is_complete(), "{report:?}");
    assert!(report.windows[0].window.interval().seconds() < 3 * 3600);
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
}

type Lie = Box<dyn Fn(&BTreeMap<String, String>) -> ResponseTemplate + Send + Sync>;

/// Rows of a page of 110, up to `end`.
fn rows(parameters: &BTreeMap<String, String>, end: usize) -> Vec<serde_json::Value> {
    let page: usize = parameters["start"].parse().expect("a number");
    let rows = page * 110 + 1..=(page * 110 + 110).min(end);
    rows.map(|id| board::record(id as u32)).collect()
}

/// The length of the requested period.
fn seconds(parameters: &BTreeMap<String, String>) -> usize {
    let bound = |name: &str| parameters.get(name).map(|text| seoul(text).as_second());
    let of = |from, to| bound(from).zip(bound(to));
    let (from, to) = of("published_min", "published_max")
        .or_else(|| of("updated_min", "updated_max"))
        .expect("bounds");
    (to - from + 1) as usize
}

fn liars() -> Vec<(&'static str, Lie)> {
    let counter = std::sync::atomic::AtomicUsize::new(0);
    let next = move || counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let answer = board::answer;
    vec![
        ("one too many", Box::new(lie)),
        (
            "huge",
            Box::new(move |asked| answer(1_000_000, rows(asked, 3))),
        ),
        (
            "stuck",
            Box::new(move |_| answer(9_000, (1..=110).map(board::record).collect())),
        ),
        (
            "changing",
            Box::new(move |asked| answer(5_000 + next(), rows(asked, usize::MAX))),
        ),
        ("empty", Box::new(move |_| answer(9_000, vec![]))),
        (
            "only one page",
            Box::new(move |asked| answer(9_000, rows(asked, 110))),
        ),
        (
            "one too many of 9,000",
            Box::new(move |asked| answer(9_000, rows(asked, 8_999))),
        ),
        (
            "one too many of 4,000",
            Box::new(move |asked| answer(4_000, rows(asked, 3_999))),
        ),
        // Halves have half as many: cutting seems to help.
        (
            "one too many, a second each",
            Box::new(move |asked| answer(seconds(asked) + 1, rows(asked, seconds(asked)))),
        ),
        (
            "one too many, ten seconds each",
            Box::new(move |asked| {
                answer(seconds(asked) / 10 + 1, rows(asked, seconds(asked) / 10))
            }),
        ),
        (
            "empty, a second each",
            Box::new(move |asked| answer(seconds(asked), vec![])),
        ),
        (
            "empty, a hundred a second",
            Box::new(move |asked| answer(seconds(asked) * 100, vec![])),
        ),
        (
            "only one page, a hundred a second",
            Box::new(move |asked| answer(seconds(asked) * 100, rows(asked, 110))),
        ),
    ]
}

/// Sources with wrong totals of several kinds, run every hour of a day: a run loses a quarter of
/// the calls left, and the second half of the day's calls is for what adds up.
#[tokio::test]
async fn wrong_totals_leave_the_days_calls_to_others() {
    for (name, liar) in liars() {
        let board = Board::with(move |parameters| Some(liar(parameters))).await;
        let mut bench = Bench::new().with_budget(500);
        bench.start = time("2026-04-30T15:00:00Z");
        let mut calls = Vec::new();
        for _ in 0..10 {
            let left = 500 - calls.iter().sum::<u64>();
            let report = bench.collect(&board.url()).await;
            assert!(!report.is_complete(), "{name}");
            let most = (left / 4).min(left.saturating_sub(250)).max(16);
            // And 8 for cutting.
            assert!(report.calls <= most + 8, "{name}: {left} left: {report:?}");
            assert_eq!(report.lost_calls, report.calls, "{name}");
            calls.push(report.calls);
            bench.clock.advance(SignedDuration::from_hours(1));
        }
        let all: u64 = calls.iter().sum();
        assert!(all <= 450, "{name}: {all} calls, {calls:?}");
    }
}

/// A source that adds up has nothing to lose: the limit costs it no calls while many are left, and
/// a few for smaller windows after that. Everything was published in the last minutes of a long
/// time, so that many cuts come before anything lands.
#[tokio::test]
async fn correct_totals_cost_nothing() {
    for (postings, budget) in [(6_000, 500), (6_000, 240), (3_000, 120), (800, 40)] {
        let mut calls = Vec::new();
        for budget in [None, Some(budget)] {
            let board = Board::new().await;
            let step = SignedDuration::from_secs(1);
            board.publish(postings, "2026-05-01T01:15:00Z", step);
            let mut bench = Bench::new();
            bench.budget = std::sync::Arc::new(extract::MemoryBudget::new(budget));
            bench.start = time("2025-05-01T00:00:00Z");
            let report = bench.collect(&board.url()).await;
            assert!(
                report.incomplete.is_empty() && report.not_reached.is_empty(),
                "{budget:?}: {report:?}"
            );
            assert!(!report.lost_calls_refused, "{budget:?}: {report:?}");
            assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
            calls.push(report.calls);
        }
        if budget == 500 {
            assert_eq!(calls[0], calls[1]);
        }
        assert!(calls[1] <= calls[0] * 9 / 8, "{calls:?}");
    }
}

/// A second that never adds up is the first of all that is due, on a day with few calls left: what
/// is published after it is collected every hour.
#[tokio::test]
async fn a_bad_second_leaves_the_last_calls_of_a_day_to_others() {
    let board = board_with_a_bad_second().await;
    let mut bench = Bench::new();
    for _ in 0..3 {
        bench.collect(&board.url()).await;
        bench.clock.advance(SignedDuration::from_hours(1));
    }
    bench.budget = std::sync::Arc::new(extract::MemoryBudget::new(Some(200)));
    for hour in 5..15 {
        let begin = format!("2026-05-01T{hour:02}:00:00Z");
        board.publish(40, &begin, SignedDuration::from_mins(1));
        bench.clock.advance(SignedDuration::from_hours(1));
        let report = bench.collect(&board.url()).await;
        assert!(report.calls <= 15, "{report:?}");
        let due = bench.collector(&board.url()).due().await.expect("due");
        let seconds: Vec<i64> = due.iter().map(Interval::seconds).collect();
        assert_eq!(seconds, [1], "{report:?}");
    }
    assert_eq!(bench.ids(WindowKind::Collect).await, board.ids());
}
