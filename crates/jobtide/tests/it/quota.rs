//! The calls of a day: never more than allowed, counted over all runs of the day.

use simulator::Options;

use crate::program::Place;
use crate::source::{Source, still};

#[test]
fn the_programs_own_count_outlives_the_process() {
    let source = Source::start(still(1_500));
    let place = Place::new(&source.settings("daily_quota = 6"));
    let mut calls = Vec::new();
    for _ in 0..3 {
        let ended = place.run(&["run", "collect_postings"]);
        // The end of the day: midnight in Seoul.
        ended
            .expect(3)
            .tells(&["calls of the day are used up", "00:00 KST", "stay due"]);
        calls.push(source.simulator.counters().calls);
    }
    let spent = calls[0];
    assert!((1..=6).contains(&spent), "{calls:?}");
    assert!(calls.iter().all(|calls| *calls <= 6), "{calls:?}");
    assert_eq!(source.simulator.counters().refused.get(&4), None);

    // The missing hours are reported, in Seoul time.
    for command in [&["status"][..], &["doctor"]] {
        let said = place.run(command).stdout;
        assert!(said.contains("; still due: 2023-"), "{said}");
        assert!(said.contains(" KST"), "{said}");
        assert!(!said.contains("Z "), "{said}");
    }
    let status = place.run(&["status"]).expect(0).stdout.clone();
    let last = "\nlast run   of collect_postings, ";
    assert!(status.contains(last), "{status}");
    assert!(
        status.contains("\n           collect_saramin incomplete: "),
        "{status}"
    );

    // With more calls allowed the same day continues; the count continues too.
    let config = place.path().join("jobtide.toml");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    let more = text.replace("daily_quota = 6", "daily_quota = 200");
    std::fs::write(&config, more).expect("the configuration");
    place.run(&["run", "collect_postings"]).expect(0);
    let status = place.run(&["status", "--json"]).expect(0).stdout.clone();
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    let used = status["runs"]["calls"][0]["used"].as_u64();
    assert_eq!(used, Some(source.simulator.counters().calls), "{status}");
}

#[test]
fn after_the_sources_quota_error_it_is_not_called_again() {
    let source = Source::start(Options {
        daily_quota: Some(5),
        ..still(1_500)
    });
    let place = Place::new(&source.settings("daily_quota = 500\nconcurrency = 1"));
    let ended = place.run(&["run", "collect_postings"]);
    ended
        .expect(3)
        .tells(&["calls of the day are used up", "00:00 KST"]);
    let calls = source.simulator.counters().calls;
    assert_eq!(source.simulator.counters().refused.get(&4), Some(&1));
    place.run(&["run", "collect_postings"]).expect(3);
    assert_eq!(source.simulator.counters().calls, calls);
}
