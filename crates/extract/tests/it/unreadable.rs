//! What cannot be read keeps nothing else from being collected, and costs little.

use std::collections::BTreeSet;
use std::time::Duration;

use extract::{Report, Stop};
use jiff::{SignedDuration, Timestamp};
use kernel::Interval;
use landing::WindowKind;
use simulator::{Fault, Live, Place, Unreadable};

use crate::board::{self, Board};
use crate::simulated::{Simulated, simulated};
use crate::{Bench, TestClock, time};

/// Kinds that can affect a single page. Of the others, a wrong total does not make a page
/// unreadable, and neither does a value.
const FAULTS: [Fault; 13] = [
    Fault::Timeout,
    Fault::Reset,
    Fault::ResetBody,
    Fault::Truncated,
    Fault::Cut,
    Fault::Html,
    Fault::Maintenance,
    Fault::Http500,
    Fault::Http502,
    Fault::Code99,
    Fault::TooMany,
    Fault::TooManyBare,
    Fault::Shape,
];

const FROM: &str = "2026-05-01T00:00:00Z";
const NOW: &str = "2026-05-03T00:00:00Z";

/// One call at a time: how many are made beside one that fails would depend on which of them is
/// answered first. A call takes too long only if the server means it to.
fn bench(api: &Simulated) -> Bench {
    let mut bench = Bench::new().with_budget(500);
    bench.source = crate::description(&[("concurrency = 4", "concurrency = 1")]);
    bench.clock = TestClock::at(NOW);
    let simulator = api.simulator.clone();
    let hung = move || simulator.counters().faults.get(&Fault::Timeout).copied();
    bench.clock.watching(move || hung().unwrap_or_default());
    bench
}

async fn api(unreadable: &[Unreadable]) -> Simulated {
    let unreadable = unreadable.to_vec();
    simulated(|options| {
        options.faults.delay = Duration::from_secs(3600);
        options.unreadable = unreadable;
    })
    .await
}

/// A posting in the middle of those that `api` has.
async fn some_posting() -> (u64, Timestamp) {
    let api = api(&[]).await;
    let postings: Vec<_> = api.simulator.snapshot().postings().collect();
    let posting = &postings[postings.len() / 3];
    (posting.id.parse().expect("a number"), posting.posting_at)
}

/// Runs every hour until the report is stable; returns their calls.
async fn hourly(api: &Simulated, bench: &Bench, runs: u32) -> Vec<Report> {
    let mut reports = Vec::new();
    for _ in 0..runs {
        reports.push(bench.collect(&api.url).await);
        api.advance(bench, SignedDuration::from_hours(1));
    }
    reports
}

fn calls(reports: &[Report]) -> Vec<u64> {
    reports.iter().map(|report| report.calls).collect()
}

/// The calls of hourly runs where everything can be read.
async fn undisturbed(runs: u32) -> Vec<u64> {
    let api = api(&[]).await;
    calls(&hourly(&api, &bench(&api), runs).await)
}

/// By how many calls each run exceeds its undisturbed counterpart.
fn more(reports: &[Report], undisturbed: &[u64]) -> Vec<i64> {
    let pairs = calls(reports).into_iter().zip(undisturbed);
    let more = pairs.map(|(calls, undisturbed)| calls as i64 - *undisturbed as i64);
    more.collect()
}

async fn collected(bench: &Bench) -> BTreeSet<String> {
    let mut ids = bench.ids(WindowKind::Collect).await;
    ids.extend(bench.ids(WindowKind::Partial).await);
    ids
}

/// Of postings published in a time.
fn ids_in(api: &Simulated, from: Timestamp, to: Timestamp) -> BTreeSet<String> {
    let snapshot = api.simulator.snapshot();
    let inside = snapshot
        .postings()
        .filter(|posting| from <= posting.posting_at && posting.posting_at < to);
    inside.map(|posting| posting.id).collect()
}

#[tokio::test]
async fn one_record_that_cannot_be_read_keeps_no_other_from_being_collected() {
    let undisturbed = undisturbed(5).await;
    let (id, at) = some_posting().await;
    for fault in FAULTS {
        let place = Place::Posting(id);
        let api = api(&[Unreadable { fault, place }]).await;
        let bench = bench(&api);
        let reports = hourly(&api, &bench, 5).await;
        let expected: BTreeSet<String> = api
            .ids()
            .into_iter()
            .filter(|other| *other != id.to_string())
            .collect();
        assert_eq!(collected(&bench).await, expected, "{fault}");
        // What is left is its second.
        let due = bench.collector(&api.url).due().await.expect("due");
        let second = Interval::new(at, at + SignedDuration::from_secs(1));
        assert_eq!(due[0], second.expect("a second"), "{fault}: {due:?}");
        // Tried again after an hour, then not for four.
        let more = more(&reports, &undisturbed);
        assert!(more[0] + more[1] <= 100, "{fault}: {more:?}");
        assert!(more[2..].iter().all(|more| *more <= 1), "{fault}: {more:?}");
        // Reported once.
        let new = |report: &Report| report.unread.iter().filter(|unread| unread.is_new).count();
        assert!(new(&reports[0]) >= 1, "{fault}: {:?}", reports[0]);
        assert!(!reports[0].is_complete());
        for report in &reports[1..] {
            assert_eq!(new(report), 0, "{fault}: {report:?}");
            assert!(report.is_complete(), "{fault}: {report:?}");
        }
    }
}

#[tokio::test]
async fn an_hour_that_cannot_be_read_keeps_no_other_from_being_collected() {
    let undisturbed = undisturbed(4).await;
    let (from, to) = (time("2026-05-01T07:13:20Z"), time("2026-05-01T08:13:20Z"));
    // The kind of failure does not affect the search: see the single record.
    for fault in [Fault::Http500, Fault::Cut] {
        for place in [Place::Posted(from, to), Place::Asked(from, to)] {
            let api = api(&[Unreadable { fault, place }]).await;
            let bench = bench(&api);
            let reports = hourly(&api, &bench, 4).await;
            let lost = ids_in(&api, from, to);
            let expected: BTreeSet<String> = api.ids().difference(&lost).cloned().collect();
            assert_eq!(collected(&bench).await, expected, "{fault}");
            let more = more(&reports, &undisturbed);
            assert!(more[0] + more[1] <= 100, "{fault}: {more:?}");
            assert!(more[2..].iter().all(|more| *more <= 9), "{fault}: {more:?}");
            for report in &reports[2..] {
                assert!(report.is_complete(), "{fault}: {report:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_number_that_cannot_be_read_keeps_nothing_from_being_collected() {
    for fault in [Fault::Code99, Fault::ResetBody] {
        let place = Place::Page(5);
        let api = api(&[Unreadable { fault, place }]).await;
        let bench = bench(&api);
        hourly(&api, &bench, 2).await;
        assert_eq!(collected(&bench).await, api.ids(), "{fault}");
    }
}

#[tokio::test]
async fn a_week_of_hourly_runs_stays_within_the_day() {
    let (id, _) = some_posting().await;
    let hour = (time("2026-05-02T07:00:00Z"), time("2026-05-02T08:00:00Z"));
    let unreadable = [
        Unreadable {
            fault: Fault::Code99,
            place: Place::Posting(id),
        },
        Unreadable {
            fault: Fault::Http500,
            place: Place::Posted(hour.0, hour.1),
        },
    ];
    let api = simulated(|options| {
        options.unreadable = unreadable.to_vec();
        options.postings = 1000;
        options.daily_quota = Some(500);
        options.live = Some(Live {
            per_minute: 1.0,
            edit_share: 0.5,
        });
    })
    .await;
    let bench = bench(&api);
    let reports = hourly(&api, &bench, 7 * 24).await;
    // The source refused nothing, and the last days cost almost nothing extra.
    assert_eq!(api.simulator.counters().refused.get(&4), None);
    for report in &reports[2..] {
        assert!(report.stopped.is_none(), "{:?}", report.stopped);
    }
    let last_day: u64 = calls(&reports)[6 * 24..].iter().sum();
    assert!(last_day < 200, "{last_day} calls");
    let mut lost = ids_in(&api, hour.0, hour.1);
    lost.insert(id.to_string());
    let before = bench.clock_now() - SignedDuration::from_hours(1);
    let expected = ids_in(&api, time(FROM), before);
    let expected: BTreeSet<String> = expected.difference(&lost).cloned().collect();
    assert!(collected(&bench).await.is_superset(&expected));
}

#[tokio::test]
async fn a_source_that_is_down_does_not_make_times_unreadable() {
    let board = Board::with(|_| Some(board::error(500, 99, "down"))).await;
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    assert!(
        matches!(report.stopped, Some(Stop::Unavailable { .. })),
        "{report:?}"
    );
    assert!(report.unread.is_empty());
    assert!(report.calls <= 15, "{} calls", report.calls);

    // Down after some responses: earlier requests fail too.
    let board = Board::new().await;
    board.publish(1000, "2026-05-01T00:00:00Z", SignedDuration::from_secs(10));
    let down = std::iter::repeat_n(Some(board::error(500, 99, "down")), 1000);
    board.script(std::iter::repeat_n(None, 5).chain(down));
    let report = Bench::new().collect(&board.url()).await;
    assert!(
        matches!(report.stopped, Some(Stop::Unavailable { .. })),
        "{report:?}"
    );
    assert!(report.unread.is_empty());
    assert!(report.calls <= 25, "{} calls", report.calls);
}

#[tokio::test]
async fn a_second_with_an_unreadable_record_yields_the_others() {
    for bad in [1, 2, 7, 150, 300] {
        // 300 in one second; every request that includes this one fails.
        let board = Board::with(move |parameters| {
            let number = |name: &str| parameters[name].parse::<u32>().expect("a number");
            let (page, size) = (number("start"), number("count"));
            let first = page * size + 1;
            let second = time("2026-05-01T01:00:00Z");
            let at = |name: &str| parameters.get(name).map(|text| board::seoul(text));
            let inside = at("published_min").is_none_or(|from| from <= second)
                && at("published_max").is_none_or(|to| second <= to);
            // The only postings there are.
            (inside && (first..first + size).contains(&bad))
                .then(|| board::error(200, 99, "server error"))
        })
        .await;
        board.publish(300, "2026-05-01T01:00:00Z", SignedDuration::ZERO);
        let bench = Bench::new();
        // The calls of the first run may not be enough for so many.
        bench.collect(&board.url()).await;
        bench.clock.advance(SignedDuration::from_hours(1));
        let report = bench.collect(&board.url()).await;
        let mut expected = board.ids();
        expected.remove(&bad.to_string());
        assert_eq!(collected(&bench).await, expected, "{bad}: {report:?}");
        let due = bench.collector(&board.url()).due().await.expect("due");
        assert_eq!(due.len(), 1);
        assert!(due[0].seconds() <= 16, "{bad}: {due:?}");
    }
}

#[tokio::test]
async fn what_can_be_read_again_is_collected_and_forgotten() {
    let (id, _) = some_posting().await;
    let broken = api(&[Unreadable {
        fault: Fault::Cut,
        place: Place::Posting(id),
    }])
    .await;
    let bench = bench(&broken);
    hourly(&broken, &bench, 1).await;
    let well = api(&[]).await;
    well.hands.advance(SignedDuration::from_hours(1));
    let report = bench.collect(&well.url).await;
    assert_eq!(report.readable_again.len(), 1, "{report:?}");
    assert!(report.is_complete());
    assert_eq!(bench.ids(WindowKind::Collect).await, well.ids());
    assert_eq!(bench.collector(&well.url).due().await.expect("due"), []);
}
