//! The collector against the simulator, with faults of all kinds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use kernel::Clock;
use landing::WindowKind;
use simulator::{Fault, Faults, Late, ManualClock, Options, Simulator};
use tokio::net::TcpListener;

use crate::{Bench, KEY, TestClock, time};

pub struct Simulated {
    pub simulator: Simulator,
    pub url: String,
    pub hands: ManualClock,
}

/// A simulator whose postings were published on the first two days of May.
pub async fn simulated(change: impl FnOnce(&mut Options)) -> Simulated {
    let (clock, hands) = simulator::Clock::manual(time("2026-05-03T00:00:00Z"));
    let mut options = Options {
        postings: 3000,
        start: time("2026-05-01T00:00:00Z"),
        end: time("2026-05-03T00:00:00Z"),
        access_key: Some(KEY.to_owned()),
        clock,
        ..Options::default()
    };
    change(&mut options);
    let simulator = Simulator::new(options).expect("valid options");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(simulator::serve(
        listener,
        simulator.clone(),
        std::future::pending(),
    ));
    Simulated {
        simulator,
        url,
        hands,
    }
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.clock = TestClock::at("2026-05-03T00:00:00Z");
    bench
}

impl Simulated {
    pub fn ids(&self) -> BTreeSet<String> {
        self.simulator.snapshot().ids().into_iter().collect()
    }

    pub fn advance(&self, bench: &Bench, by: SignedDuration) {
        self.hands.advance(by);
        bench.clock.advance(by);
    }
}

#[tokio::test]
async fn all_postings_of_a_quiet_source_come_in_as_many_calls_as_pages() {
    let api = simulated(|_| {}).await;
    let bench = bench();
    let collector = bench.collector(&api.url);
    let (from, to) = (bench.start, time("2026-05-03T00:00:00Z"));
    let report = collector.backfill(from, to).await.expect("a run");
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.calls, 28);
    assert_eq!(api.simulator.counters().calls, 28);
    assert_eq!(bench.ids(WindowKind::Collect).await, api.ids());
    assert_eq!(report.windows[0].origin, landing::Origin::Generated);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fifth_of_the_calls_fails_in_every_way_and_no_posting_is_lost() {
    for seed in 1..=2 {
        let api = simulated(|options| {
            options.seed = seed;
            options.faults = Faults::all(0.2);
            options.faults.delay = Duration::from_secs(3600);
        })
        .await;
        let bench = Bench {
            source: crate::description(&[("timeout = \"5s\"", "timeout = \"500ms\"")]),
            // Within a day's calls, and those of them that may be lost on wrong totals.
            ..bench().with_budget(500)
        };
        let report = bench.collect(&api.url).await;
        assert!(report.is_complete(), "seed {seed}: {report:?}");
        assert_eq!(
            bench.ids(WindowKind::Collect).await,
            api.ids(),
            "seed {seed}"
        );
        assert!(report.faults > 0);
    }
}

#[tokio::test]
async fn each_fault_alone_loses_nothing_at_two_fifths_of_the_calls() {
    for fault in Fault::ALL {
        let api = simulated(|options| {
            options.postings = 360;
            options.faults = Faults::only(fault, 0.4);
            options.faults.delay = Duration::from_secs(3600);
        })
        .await;
        let bench = Bench {
            source: crate::description(&[("timeout = \"5s\"", "timeout = \"300ms\"")]),
            ..bench()
        };
        let collector = bench.collector(&api.url);
        let (from, to) = (bench.start, bench.clock.now());
        let mut report = collector.backfill(from, to).await.expect("a run");
        // Two wrong totals in a row may agree: then the window is reported, and a later run reads
        // it.
        for _ in 0..10 {
            if fault == Fault::Total && !report.is_complete() {
                report = collector.backfill(from, to).await.expect("a run");
            }
        }
        assert!(report.is_complete(), "{fault}: {report:?}");
        if fault != Fault::Values {
            assert_eq!(bench.ids(WindowKind::Collect).await, api.ids(), "{fault}");
        }
    }
}

#[tokio::test]
async fn a_source_with_wrong_totals_completes_no_window_that_lacks_a_posting() {
    // Half of 440 fills two pages: nothing on them contradicts it.
    for seed in 1..=3 {
        let api = simulated(|options| {
            options.seed = seed;
            options.postings = 440;
            options.faults = Faults::only(Fault::Total, 1.0);
            options.faults.most_in_a_row = u32::MAX;
        })
        .await;
        let bench = bench();
        let collector = bench.collector(&api.url);
        let (from, to) = (bench.start, bench.clock.now());
        let report = collector.backfill(from, to).await.expect("a run");
        let ids = bench.ids(WindowKind::Collect).await;
        let snapshot = api.simulator.snapshot();
        for posting in snapshot.postings() {
            let covered = report.windows.iter().any(|landed| {
                landed.window.from <= posting.posting_at && posting.posting_at < landed.window.to
            });
            assert!(
                !covered || ids.contains(&posting.id),
                "seed {seed}: {report:?}"
            );
        }
    }
}

#[tokio::test]
async fn runs_of_some_days_with_late_postings_and_edits_find_all() {
    let api = simulated(|options| {
        options.postings = 500;
        options.live = Some(simulator::Live {
            per_minute: 2.0,
            edit_share: 0.5,
        });
        options.late = Some(Late {
            share: 0.2,
            by: Duration::from_secs(90 * 60),
        });
        options.faults = Faults::all(0.1);
        options.faults.delay = Duration::ZERO;
    })
    .await;
    let bench = bench().with_budget(500);
    for minutes in [0, 1, 59, 60, 333, 7, 14 * 60, 200] {
        api.advance(&bench, SignedDuration::from_mins(minutes));
        let report = bench.collect(&api.url).await;
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(
            bench.ids(WindowKind::Collect).await,
            seen(&bench, &api).await
        );
    }
    // Everything that is late by now is there after another run.
    api.advance(&bench, SignedDuration::from_mins(91));
    bench.collect(&api.url).await;
    let collected = bench.ids(WindowKind::Collect).await;
    assert!(collected.is_superset(&api.ids()));
}

/// What is visible and published before now, which is what a run can find.
async fn seen(bench: &Bench, api: &Simulated) -> BTreeSet<String> {
    let now = bench.clock.now();
    let snapshot = api.simulator.snapshot();
    let found = snapshot
        .postings()
        .filter(|posting| posting.posting_at < now);
    found.map(|posting| posting.id).collect()
}

#[tokio::test]
async fn the_simulators_quota_is_met_with_a_budget_of_the_same_size() {
    let api = simulated(|options| options.daily_quota = Some(20)).await;
    let mut bench = bench().with_budget(20);
    let report = bench.collect(&api.url).await;
    assert!(matches!(
        report.stopped,
        Some(extract::Stop::Quota {
            said_by_source: false,
            ..
        })
    ));
    assert!(api.simulator.counters().refused.is_empty());
    assert!(!report.windows.is_empty());

    // A budget that has not counted those calls learns it from the source.
    bench.budget = Arc::new(extract::MemoryBudget::new(Some(500)));
    let report = bench.collect(&api.url).await;
    assert!(matches!(
        report.stopped,
        Some(extract::Stop::Quota {
            said_by_source: true,
            ..
        })
    ));
    api.advance(&bench, SignedDuration::from_hours(24));
    let report = bench.collect(&api.url).await;
    assert!(!report.windows.is_empty());
}
