//! A clock that is ahead or behind loses nothing.

use std::collections::BTreeSet;

use extract::Stop;
use jiff::{SignedDuration, Timestamp};
use landing::WindowKind;
use simulator::Live;

use crate::board::{self, Board};
use crate::simulated::{Simulated, simulated};
use crate::{Bench, TestClock, time};

const NOW: &str = "2026-05-03T00:00:00Z";

async fn api() -> Simulated {
    simulated(|options| {
        options.postings = 600;
        options.live = Some(Live {
            per_minute: 0.5,
            edit_share: 0.5,
        });
    })
    .await
}

fn bench(check_clock: bool) -> Bench {
    let mut bench = Bench::new().with_budget(500);
    bench.clock = TestClock::at(NOW);
    bench.check_clock = check_clock;
    bench
}

/// All that a run can find now.
fn published(api: &Simulated, before: Timestamp) -> BTreeSet<String> {
    let snapshot = api.simulator.snapshot();
    let found = snapshot
        .postings()
        .filter(|posting| posting.posting_at < before);
    found.map(|posting| posting.id).collect()
}

#[tokio::test]
async fn a_clock_that_is_off_stops_the_run_and_the_next_one_loses_nothing() {
    for wrong in [
        "2026-06-03T00:00:00Z",
        "2026-05-03T00:10:10Z",
        "2026-04-03T00:00:00Z",
        "1999-05-03T00:00:00Z",
        "2039-05-03T00:00:00Z",
    ] {
        let (api, bench) = (api().await, bench(true));
        assert!(bench.collect(&api.url).await.is_complete());
        let landed = bench.landing.list().await.expect("a listing").windows;
        api.hands.advance(SignedDuration::from_hours(1));
        bench.clock.set(wrong);
        // With an earlier start, so that something is due.
        let mut early = bench.settings(&api.url);
        early.start = Some(time("1999-05-01T00:00:00Z"));
        let report = bench.collector_with(early).collect().await.expect("a run");
        let stop = report.stopped.as_ref().expect("stopped");
        assert!(matches!(stop, Stop::Clock { .. }), "{wrong}: {stop}");
        let said = stop.to_string();
        assert!(
            said.contains("check_clock") && said.contains("hint: "),
            "{said}"
        );
        assert!(!stop.is_retryable());
        assert_eq!(report.calls, 2, "{wrong}");
        let after = bench.landing.list().await.expect("a listing").windows;
        assert_eq!(after, landed, "{wrong}");

        bench.clock.set("2026-05-03T01:00:00Z");
        assert!(bench.collect(&api.url).await.is_complete());
        let expected = published(&api, time("2026-05-03T01:00:00Z"));
        assert_eq!(bench.ids(WindowKind::Collect).await, expected, "{wrong}");
    }
}

#[tokio::test]
async fn one_response_with_another_time_is_requested_again() {
    let old = || {
        let answer = board::answer(0, vec![]);
        Some(answer.insert_header("date", "Fri, 01 May 2026 12:00:00 GMT"))
    };
    for (script, stops) in [(vec![old()], false), (vec![old(), old()], true)] {
        let board = Board::new().await;
        board.script(script);
        let mut bench = bench(true);
        // A test server sends the real time.
        bench.clock.set(&Timestamp::now().to_string());
        bench.start = Timestamp::now() - SignedDuration::from_hours(3);
        let report = bench.collect(&board.url()).await;
        assert_eq!(report.stopped.is_some(), stops, "{report:?}");
        assert_eq!(report.windows.is_empty(), stops, "{report:?}");
    }
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_collected_counts_up_to_what_was_read() {
    // The source sends no time, or the check is off.
    let (api, bench) = (api().await, bench(false));
    bench.clock.set("2026-06-02T00:00:00Z");
    let report = bench.collect(&api.url).await;
    assert!(report.is_complete(), "{report:?}");
    let ahead = bench.landing.list().await.expect("a listing").windows;
    assert!(
        ahead
            .iter()
            .any(|window| window.to == time("2026-06-02T00:00:00Z"))
    );

    bench.clock.set(NOW);
    for _ in 0..8 {
        api.advance(&bench, SignedDuration::from_hours(7));
        let report = bench.collect(&api.url).await;
        assert!(report.is_complete(), "{report:?}");
        let now = time(&bench.clock_now().to_string());
        let collected = bench.ids(WindowKind::Collect).await;
        assert!(collected.is_superset(&published(&api, now)), "at {now}");
    }
    assert!(!bench.ids(WindowKind::Updated).await.is_empty());
}
