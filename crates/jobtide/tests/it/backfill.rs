//! Backfills by `--from` and `--to`, and how a later run continues a failed one.

use simulator::{Fault, Faults};

use crate::program::{Ended, Place};
use crate::source::{DAYS, Source, description, faulty, still};

/// The configuration of a source without a start, with a user's pipeline folder.
fn without_start(source: &Source, more: &str) -> Place {
    let place = Place::new(&format!(
        "[sources.saramin]\nbase_url = \"{}\"\n{more}\n[pipeline]\nfolder = \"pipeline\"\n",
        source.url
    ));
    let smaller = [
        ("max_hits = 10_000", "max_hits = 150"),
        ("attempts = 6", "attempts = 1"),
    ];
    place.file("pipeline/sources/saramin.toml", description(&smaller));
    place
}

fn ids(place: &Place) -> Vec<String> {
    let mut ids = place.query("select posting_id from external.recruit_table");
    ids.sort();
    ids
}

fn all(source: &Source) -> Vec<String> {
    let mut ids = source.simulator.snapshot().ids();
    ids.sort();
    ids
}

/// The program with another source than its configuration names.
fn against(place: &Place, source: &Source, arguments: &[&str]) -> Ended {
    let mut command = place.command(arguments);
    Ended::of(command.env("JOBTIDE__SOURCES__SARAMIN__BASE_URL", &source.url))
}

#[test]
fn a_first_run_that_failed_is_taken_up_by_the_next_one() {
    let source = Source::start(still(400));
    let mut stay = Faults::only(Fault::Maintenance, 1.0);
    stay.stay = true;
    let down = Source::start(faulty(400, stay));
    let place = without_start(&source, "");
    let run = ["run", "collect_postings"];
    place
        .run(&run)
        .expect(1)
        .tells(&["nothing was collected yet of `saramin` and no start is set"]);
    against(
        &place,
        &down,
        &["run", "collect_postings", "--from", DAYS[0]],
    )
    .expect(3)
    .tells(&["stay due"]);
    place.run(&["backup", "--to", "copy"]).expect(0);
    place.run(&run).expect(0);
    assert_eq!(ids(&place), all(&source));

    // It is still due in a restored store.
    let restored = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        Ended::of(command.env("JOBTIDE__STORAGE__URL", "restored"))
    };
    restored(&["restore", "--from", "copy"]).expect(0);
    restored(&run)
        .expect(0)
        .tells(&["build 1 is published: 400 postings"]);
}

#[test]
fn a_backfill_beyond_the_days_calls_continues() {
    let source = Source::start(still(800));
    let place = without_start(&source, "daily_quota = 9");
    let backfill = [
        "run",
        "collect_postings",
        "--from",
        DAYS[0],
        "--to",
        DAYS[1],
    ];
    place.run(&backfill).expect(3).tells(&["stay due"]);
    let calls = source.simulator.counters().calls;
    assert!((1..=9).contains(&calls));
    // As if it were tomorrow.
    let config = place.path().join("jobtide.toml");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    let more = text.replace("daily_quota = 9", "daily_quota = 500");
    std::fs::write(&config, more).expect("the configuration");
    place.run(&backfill).expect(0);
    assert_eq!(ids(&place), all(&source));
    let rest = source.simulator.counters().calls - calls;
    let calls = calls + rest;

    // It is done: nothing is left, nothing else is due, and that is reported even when quiet.
    let ended = place.run(&["run", "collect_postings", "--quiet"]);
    ended.expect(0).tells(&["no start is set", "hint: "]);
    assert_eq!(source.simulator.counters().calls, calls);
    // Requested again, it is collected again.
    place.run(&backfill).expect(0);
    let whole = source.simulator.counters().calls - calls;
    assert!(
        rest < whole,
        "{rest} calls for the rest, {whole} for the whole"
    );
}

#[test]
fn a_backfill_of_long_ago_makes_nothing_else_due() {
    let source = Source::start(still(200));
    let place = without_start(&source, "");
    let from = |from: &str, to: Option<&str>| {
        let mut command = vec!["run", "collect_postings", "--from", from];
        command.extend(to.iter().flat_map(|to| ["--to", to]));
        place.run(&command).expect(0).clone()
    };
    from("2023-07-01", None);
    from("2021-01-01", Some("2021-02-01"));
    let before = ids(&place).len();
    assert!((1..200).contains(&before));
    let calls = source.simulator.counters().calls;
    place.run(&["run", "collect_postings"]).expect(0);
    // Seconds of today, and no May or June of 2023.
    assert!(source.simulator.counters().calls <= calls + 6);
    assert_eq!(ids(&place).len(), before);
}

#[test]
fn what_landed_before_a_refusal_is_published_and_the_run_has_failed() {
    let source = Source::start(still(120));
    let folder = "[pipeline]\nfolder = \"pipeline\"\n";
    let place = Place::new(&format!("{}{folder}", source.settings("")));
    // A description that is wrong only about edits: the simulator refuses requests for them.
    let refused = [
        ("to = \"updated_max\"", "to = \"published\""),
        (
            "published = { what = \"day of publication, YYYY-MM-DD\" }\n",
            "",
        ),
    ];
    place.file("pipeline/sources/saramin.toml", description(&refused));
    let ended = place.run(&["run", "collect_postings"]);
    ended.expect(1).tells(&[
        "a request parameter is not valid",
        "hint: ",
        "build 1 is published: 120 postings",
    ]);
    assert_eq!(ids(&place), all(&source));
    let status = place.run(&["status", "--json"]).expect(0).stdout.clone();
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    let runs = status["runs"]["runs"].as_array().expect("runs");
    let mut collecting = runs.iter().filter(|run| run["dag"] == "collect_postings");
    let last = collecting.next().expect("a run");
    assert_eq!(last["outcome"], "failed", "{status}");
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let source = Source::start(still(50));
    let place = Place::new(&source.settings(""));
    let with = |setting: &str| {
        let (name, value) = setting.split_once(" = ").expect("an assignment");
        let variable = format!("JOBTIDE__SOURCES__SARAMIN__{}", name.to_uppercase());
        let mut command = place.command(&["run", "collect_postings"]);
        (name.to_owned(), Ended::of(command.env(variable, value)))
    };
    for setting in [
        "overlap_hours = -2",
        "overlap_hours = 1e9",
        "overlap_hours = nan",
        "sweep_days = -0.5",
        "sweep_days = inf",
        "requests_per_second = -1",
        "requests_per_second = 1e-300",
        "requests_per_second = 1e300",
        "requests_per_second = nan",
        "concurrency = 0",
        "concurrency = 100000",
    ] {
        let (name, ended) = with(setting);
        let named = format!("`sources.saramin.{name}` is ");
        ended.expect(1).tells(&[&named, "not between", "hint: "]);
    }
    assert_eq!(source.simulator.counters().calls, 0);
    for setting in ["overlap_hours = 0", "sweep_days = 0", "concurrency = 1"] {
        with(setting).1.expect(0);
    }
}
