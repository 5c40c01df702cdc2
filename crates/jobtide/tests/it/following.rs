//! `jobtide run` and what its DAG starts; backfills, tests without a store, and the logs of runs.

use crate::program::Place;
use crate::visit::record;

/// `first` writes a line, changes a dataset and triggers `second`; `reader` is due on the dataset.
fn place() -> Place {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file(
        "own/dags/first.toml",
        "what = 'Starts others.'\n\n[[tasks]]\nname = 'say'\nkind = 'command'\nwith = { program = 'sh', arguments = ['-c', 'echo one; echo two >&2; echo three'] }\nproduces = ['words']\n\n[[tasks]]\nname = 'go'\nkind = 'trigger'\nafter = ['say']\nwith = { dag = 'second' }\n",
    );
    let says = |words: &str| {
        format!(
            "[[tasks]]\nname = 'say'\nkind = 'command'\nwith = {{ program = 'sh', arguments = ['-c', '{words}'] }}\n"
        )
    };
    place.file(
        "own/dags/second.toml",
        format!("what = 'Is triggered.'\n\n{}", says("echo >> second.txt")),
    );
    place.file(
        "own/dags/reader.toml",
        format!(
            "what = 'Is due on data.'\n\n[schedule]\non = ['words']\n\n{}",
            says("echo >> reader.txt; exit 7")
        ),
    );
    place
}

fn is_there(place: &Place, name: &str) -> bool {
    place.path().join(name).exists()
}

#[test]
fn a_run_waits_for_what_it_starts_and_ends_with_the_worst() {
    let place = place();
    place.run(&["run", "first", "--only"]).expect(0);
    assert!(!is_there(&place, "second.txt") && !is_there(&place, "reader.txt"));
    let listed = place.run(&["runs", "list"]).expect(0).stdout.clone();
    assert!(listed.contains("second"), "{listed}");
    place
        .run(&["run", "first"])
        .expect(1)
        .tells(&["`sh` ended with exit code 7"]);
    assert!(is_there(&place, "second.txt") && is_there(&place, "reader.txt"));
    let listed = place
        .run(&["runs", "list", "--json"])
        .expect(0)
        .stdout
        .clone();
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed["queue"], serde_json::json!([]));
    let runs = listed["runs"].as_array().expect("runs");
    let of = |dag: &str| runs.iter().filter(|run| run["dag"] == dag).count();
    assert_eq!((of("first"), of("second"), of("reader")), (2, 1, 1));
}

#[test]
fn the_lines_of_a_program_are_in_the_log_of_its_run() {
    let place = place();
    place.run(&["run", "first", "--only"]).expect(0);
    let listed = place
        .run(&["runs", "list", "--dag", "first"])
        .expect(0)
        .clone();
    let id = listed
        .stdout
        .split_whitespace()
        .next()
        .expect("a run")
        .to_owned();
    let log = place.run(&["runs", "logs", &id]).expect(0).stdout.clone();
    for words in ["say: one", "say: two  stream=stderr", "say: three"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let json = place
        .run(&["runs", "logs", &id, "--task", "say", "--json"])
        .expect(0)
        .stdout
        .clone();
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    assert!(lines.iter().all(|line| line["task"] == "say"), "{json}");
    assert!(lines.iter().any(|line| line["message"] == "one"), "{json}");
    place
        .run(&["runs", "logs", &id, "--task", "sya"])
        .expect(1)
        .tells(&["has no task `sya`", "the nearest is `say`"]);
    let none = place
        .run(&["runs", "logs", &id, "--task", "go"])
        .expect(0)
        .clone();
    assert!(none.stdout.is_empty(), "{none}");
}

#[test]
fn a_test_of_a_dag_leaves_the_store_as_it_was() {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file(
        "own/dags/nightly.toml",
        "what = 'Builds.'\n\n[[tasks]]\nname = 'tables'\nkind = 'build'\n",
    );
    place.file(
        "lines.jsonl",
        record(41_000_000, "데이터 엔지니어").to_string(),
    );
    place.run(&["land", "saramin", "lines.jsonl"]).expect(0);
    let before = place.listing();
    place.run(&["dags", "test", "nightly"]).expect(0).tells(&[
        "build 1 is published: 1 postings",
        "nothing was written to the store",
    ]);
    assert_eq!(place.listing(), before);
    place.run(&["query", "select 1"]).expect(1);
    // It is the first build again, on the store this time.
    place
        .run(&["run", "nightly"])
        .expect(0)
        .tells(&["build 1 is published: 1 postings"]);
}

#[test]
fn a_backfill_queues_each_interval_once() {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file(
        "own/dags/daily.toml",
        "what = 'Says the day.'\n\n[schedule]\ncron = '0 0 * * *'\ntime_zone = 'Asia/Seoul'\n\n[[tasks]]\nname = 'say'\nkind = 'command'\nwith = { program = 'true' }\n",
    );
    let backfill = |more: &[&str]| {
        let mut arguments = vec!["dags", "backfill", "daily", "--from", "2026-03-01"];
        arguments.extend(more);
        place.run(&arguments)
    };
    backfill(&["--to", "2026-03-08"])
        .expect(0)
        .tells(&["7 runs of `daily` are queued; a running `jobtide up` starts them, 1 at a time"]);
    backfill(&["--to", "2026-03-09"])
        .expect(0)
        .tells(&["1 runs of `daily` are queued, 7 waited or ran already"]);
    backfill(&["--to", "2026-03-09", "--whole"])
        .expect(0)
        .tells(&["1 runs of `daily` are queued;"]);
    backfill(&["--to", "2026-02-01"]).expect(1);
    let listed = place
        .run(&["runs", "list", "--json"])
        .expect(0)
        .stdout
        .clone();
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let queue = listed["queue"].as_array().expect("a queue");
    assert_eq!(queue.len(), 9);
    assert!(queue.iter().all(|entry| entry["trigger"] == "backfill"));
}
