//! The DAGs `housekeeping` and `heartbeat`.

use std::fs::File;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::program::{Place, files};
use crate::source::{DAYS, Source, still};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn collected(source: &Source) -> Place {
    let place = Place::new(&source.settings(""));
    let period = ["--from", DAYS[0], "--to", DAYS[1]];
    place
        .run(&[&["run", "collect_postings"][..], &period].concat())
        .expect(0);
    place
}

/// A file of a store as it was so long ago.
fn old(place: &Place, name: &str, age: Duration) {
    let path = place.file(&format!("store/{name}"), "old");
    let file = File::options().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - age).expect("a time");
}

#[test]
fn housekeeping_removes_what_is_old_and_ours_and_nothing_else() {
    let source = Source::start(still(60));
    let place = collected(&source);
    place
        .run(&["run", "housekeeping"])
        .expect(0)
        .tells(&["housekeeping: there was nothing to remove"]);
    let before = files(&place.store().join("warehouse"));

    let ours = [
        (
            "warehouse/raw_data/recruits/part-00000000-0123456789abcdef-00000.parquet",
            2 * DAY,
        ),
        ("landing/origin.json#1", 2 * DAY),
        ("heartbeat/0123abcd.json", 40 * DAY),
    ];
    let foreign = [
        ("warehouse/raw_data/recruits/mine.parquet", 400 * DAY),
        ("warehouse/mine/recruits/part-1.parquet", 400 * DAY),
        ("builds/notes.json", 400 * DAY),
        ("heartbeat/notes.json", 400 * DAY),
        ("heartbeat/76543210.json", 20 * DAY),
        ("landing/notes.json#1", 400 * DAY),
        // Somebody may still be writing it.
        ("landing/origin.json#2", Duration::ZERO),
    ];
    for (name, age) in ours.into_iter().chain(foreign) {
        old(&place, name, age);
    }
    place.run(&["run", "housekeeping"]).expect(0).tells(&[
        "housekeeping: removed 1 data files, 1 partial files, 1 heartbeats; freed 3 bytes",
    ]);
    for (name, _) in ours {
        assert!(!place.store().join(name).exists(), "{name}");
    }
    for (name, _) in foreign {
        assert!(place.store().join(name).exists(), "{name}");
    }
    for file in before {
        assert!(file.exists(), "{}", file.display());
    }
    place.run(&["check"]).expect(0);
}

#[test]
fn housekeeping_of_no_store_makes_none() {
    let place = Place::new("");
    place.run(&["run", "housekeeping"]).expect(0);
    assert!(!place.store().join("jobtide-store.json").exists());
}

#[test]
fn a_heartbeat_says_what_ran_last_and_what_comes_next() {
    let source = Source::start(still(60));
    let place = collected(&source);
    place.run(&["dags", "pause", "housekeeping"]).expect(0);
    for _ in 0..4 {
        place.run(&["run", "heartbeat"]).expect(0);
    }
    let [beat] = &files(&place.store().join("heartbeat"))[..] else {
        panic!("one file for one instance")
    };
    let text = std::fs::read_to_string(beat).expect("a file");
    let said: Value = serde_json::from_str(&text).expect("JSON");
    let name = beat.file_stem().and_then(|name| name.to_str());
    assert_eq!(said["instance"].as_str(), name);
    assert!(said["at"].as_str() < said["next_at"].as_str(), "{text}");
    let dags = said["dags"].as_array().expect("DAGs");
    let of = |name: &str| {
        let mut dags = dags.iter();
        dags.find(|dag| dag["dag"] == name).expect("a DAG").clone()
    };
    let collect = of("collect_postings");
    assert_eq!(collect["last_run"]["outcome"], "success", "{text}");
    assert_eq!(collect["last_success_at"], collect["last_run"]["ended_at"]);
    assert!(collect["next_at"].is_string(), "{text}");
    let paused = of("housekeeping");
    assert_eq!(
        (&paused["paused"], &paused["next_at"], &paused["last_run"]),
        (&true.into(), &Value::Null, &Value::Null)
    );

    // It fills no history.
    let listed = place
        .run(&["runs", "list", "--json"])
        .expect(0)
        .stdout
        .clone();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let runs = listed["runs"].as_array().expect("runs").iter();
    let beats = runs.filter(|run| run["dag"] == "heartbeat").count();
    assert_eq!(
        beats, 2,
        "the last one, and the success before it: {listed}"
    );
}
