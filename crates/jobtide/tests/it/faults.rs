//! A source that fails one call in five, with every kind of fault.

use std::time::Duration;

use simulator::{Fault, Faults};

use crate::program::{Ended, Place};
use crate::source::{Source, description, faulty, still};
use crate::tables::{self, Tables};

const POSTINGS: u32 = 1_000;

/// More and smaller calls than usual, and fewer attempts per page, so that runs end incomplete and must be
/// repeated.
const HASTY: [(&str, &str); 6] = [
    ("timeout = \"5s\"", "timeout = \"400ms\""),
    ("size = 110", "size = 8"),
    ("max_hits = 10_000", "max_hits = 200"),
    ("attempts = 6", "attempts = 2"),
    ("base = \"100ms\"", "base = \"5ms\""),
    ("cap = \"5s\"", "cap = \"50ms\""),
];

#[test]
fn with_a_fifth_of_the_calls_failing_nothing_is_lost_or_doubled() {
    let (found, expected) = tables::on_one_day(|| (with_faults(), without_faults()));
    tables::assert_equal(&found, &expected, "with faults");
}

fn without_faults() -> Tables {
    let source = Source::start(still(POSTINGS));
    let place = Place::new(&source.settings("daily_quota = 100000"));
    place.run(&["run", "collect_postings"]).expect(0);
    tables::comparable(&place)
}

fn with_faults() -> Tables {
    let mut faults = Faults::all(0.2);
    faults.delay = Duration::from_millis(600);
    let source = Source::start(faulty(POSTINGS, faults));
    let settings = "daily_quota = 100000\n[pipeline]\nfolder = \"pipeline\"";
    let place = Place::new(&source.settings(settings));
    place.file("pipeline/sources/saramin.toml", description(&HASTY));

    // Down at first, which loses nothing either.
    let mut stay = Faults::only(Fault::Maintenance, 1.0);
    stay.stay = true;
    let down = Source::start(faulty(POSTINGS, stay));
    let mut command = place.command(&["run", "collect_postings"]);
    let ended = Ended::of(command.env("JOBTIDE__SOURCES__SARAMIN__BASE_URL", &down.url));
    ended.expect(3).tells(&["stay due", "probably down"]);

    let mut incomplete = 1;
    let last = loop {
        let ended = place.run(&["run", "collect_postings"]);
        match ended.code {
            Some(0) => break ended,
            Some(3) => ended.tells(&["stay due"]),
            _ => panic!("{ended}"),
        };
        incomplete += 1;
        // Three failures of a call in a row at most: a fault-tolerant program gets through.
        assert!(incomplete < 60, "it never ends: {ended}");
    };
    let counters = source.simulator.counters();
    // Drawn from the seed and the requested pages; their number varies a little with the time of
    // the run.
    assert!(counters.faults.len() >= 9, "too few kinds: {counters:?}");
    assert!(counters.faulty() * 8 > counters.calls, "{counters:?}");

    let mut ids = place.query("select posting_id from external.recruit_table");
    ids.sort();
    let mut expected = source.simulator.snapshot().ids();
    expected.sort();
    assert_eq!(ids, expected, "after {incomplete} incomplete runs: {last}");

    tables::comparable(&place)
}
