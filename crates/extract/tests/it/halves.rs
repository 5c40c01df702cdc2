//! A time that never adds up keeps nothing else from being collected.

use std::collections::BTreeMap;

use extract::{Clock as _, WindowError};
use jiff::{SignedDuration, Timestamp};
use landing::{Interval, WindowKind};
use wiremock::ResponseTemplate;

use crate::board::{self, Board, seoul};
use crate::{Bench, time};

const BAD: &str = "2026-05-01T01:17:03Z";

/// Postings as the board publishes them.
const FIRST: &str = "2026-05-01T00:00:00Z";
const COUNT: u32 = 180;

/// A posting a minute; whatever is asked for with the bad second in it has a total of one too many.
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

/// The right rows under a total of one more.
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
async fn what_is_well_lands_and_the_rest_alone_stays_due() {
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
async fn a_source_that_always_lies_is_not_asked_forever() {
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
    // Half of what there is, in every answer of the whole; an end that is no page.
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

/// Liars of several kinds, asked every hour of a day: half of the day's calls stay for what adds up.
#[tokio::test]
async fn totals_that_lie_leave_the_days_calls_to_others() {
    let too_large = |parameters: &BTreeMap<String, String>| lie(parameters);
    let huge = |parameters: &BTreeMap<String, String>| {
        let rows = if parameters["start"] == "0" { 3 } else { 0 };
        board::answer(1_000_000, (1..=rows).map(board::record).collect())
    };
    let stuck =
        |_: &BTreeMap<String, String>| board::answer(9_000, (1..=110).map(board::record).collect());
    let counter = std::sync::atomic::AtomicUsize::new(0);
    let changing = move |parameters: &BTreeMap<String, String>| {
        let changed = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let page: u32 = parameters["start"].parse().expect("a number");
        let rows = page * 110 + 1..=page * 110 + 110;
        board::answer(5_000 + changed, rows.map(board::record).collect())
    };
    type Lie = Box<dyn Fn(&BTreeMap<String, String>) -> ResponseTemplate + Send + Sync>;
    let liars: [(&str, Lie); 4] = [
        ("too large", Box::new(too_large)),
        ("huge", Box::new(huge)),
        ("stuck", Box::new(stuck)),
        ("changing", Box::new(changing)),
    ];
    for (name, liar) in liars {
        let board = Board::with(move |parameters| Some(liar(parameters))).await;
        let mut bench = Bench::new().with_budget(500);
        bench.start = time("2026-04-30T15:00:00Z");
        let mut calls = Vec::new();
        for _ in 0..10 {
            let report = bench.collect(&board.url()).await;
            assert!(!report.is_complete(), "{name}");
            assert!(report.extra_calls <= 125, "{name}: {report:?}");
            calls.push(report.calls);
            bench.clock.advance(SignedDuration::from_hours(1));
        }
        assert!(calls[0] <= 250, "{name}: {calls:?}");
        let all: u64 = calls.iter().sum();
        assert!(all <= 450, "{name}: {all} calls, {calls:?}");
    }
}
