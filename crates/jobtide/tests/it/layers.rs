//! The DAG `build_warehouse`: a build whose layers are tasks.

use std::path::PathBuf;

use serde_json::Value;

use crate::program::{Place, files};

const LAYERS: [&str; 8] = [
    "load",
    "check",
    "external",
    "raw_data",
    "analytic",
    "visual_tables",
    "adhoc",
    "publish",
];

/// A place with a posting that is landed and not built.
fn landed() -> Place {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file("own/README.txt", "");
    place.file("one.json", r#"{"id":"41232704","position":{"title":"x"}}"#);
    place.run(&["land", "saramin", "one.json"]).expect(0);
    place
}

/// The last run of the DAG.
fn last(place: &Place) -> Value {
    let list = ["runs", "list", "--dag", "build_warehouse", "--json"];
    let listed = place.run(&list).expect(0).stdout.clone();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    listed["runs"][0].clone()
}

/// The tasks of a run and how each ended.
fn steps(run: &Value) -> Vec<(&str, &str)> {
    let steps = run["steps"].as_array().expect("steps").iter();
    let ended = steps.map(|step| (step["task"].as_str(), step["outcome"].as_str()));
    ended
        .map(|(task, outcome)| (task.expect("a name"), outcome.expect("a word")))
        .collect()
}

#[test]
fn each_layer_of_a_build_is_a_task_with_its_record() {
    let place = landed();
    place
        .run(&["run", "build_warehouse"])
        .expect(0)
        .tells(&["build 1 is published: 1 postings"]);
    let run = last(&place);
    assert_eq!(steps(&run), LAYERS.map(|layer| (layer, "success")));
    for step in run["steps"].as_array().expect("steps") {
        let note = step["note"].as_str().expect("a note");
        assert!(note.starts_with("build 1"), "{step}");
        assert!(!note.contains("started over"), "{step}");
    }
    let load = &run["steps"][0];
    assert!(load["rows"].as_u64() > Some(0), "{load}");
    let state = files(&place.store().join("state"));
    let is_draft = |path: &PathBuf| path.to_string_lossy().contains("draft-");
    assert!(!state.iter().any(is_draft), "{state:?}");

    // It is what a build at once makes.
    place
        .run(&["build"])
        .expect(0)
        .tells(&["nothing changed: build 1 stays"]);
    place
        .run(&["run", "build_warehouse"])
        .expect(0)
        .tells(&["nothing changed: build 1 stays"]);
    place.run(&["check"]).expect(0);
}

#[test]
fn a_failed_check_ends_a_build_at_its_layer_as_it_ends_a_build_at_once() {
    let place = landed();
    place.run(&["run", "build_warehouse"]).expect(0);
    place.file(
        "own/checks/no_postings.sql",
        "-- what: there is a posting\n-- level: error\nselect count(*) as postings from external.recruit_table having count(*) > 0\n",
    );
    let ran = place.run(&["run", "build_warehouse"]).expect(4).clone();
    let built = place.run(&["build"]).expect(4).clone();
    for ended in [&ran, &built] {
        ended.tells(&[
            "error: nothing was published: failed checks `no_postings` (1 rows)",
            "  no_postings: there is a posting (1 rows)\n    {\"postings\":1}",
        ]);
    }
    let run = last(&place);
    let mut expected = LAYERS.map(|layer| (layer, "skipped"));
    expected[0].1 = "success";
    expected[1].1 = "success";
    expected[2].1 = "failed";
    assert_eq!(steps(&run), expected);
    assert_eq!(run["steps"][2]["error_class"], "checks_failed", "{run}");
    let status = place.run(&["status"]).expect(0).clone();
    assert!(status.stdout.contains("published  build 1 "), "{status}");
}

#[test]
fn an_empty_landing_is_nothing_to_build() {
    let place = Place::new("");
    place.run(&["run", "build_warehouse"]).expect(0);
    let run = last(&place);
    let mut expected = LAYERS.map(|layer| (layer, "skipped"));
    expected[0].1 = "success";
    assert_eq!(steps(&run), expected);
}

#[test]
fn no_step_alone_publishes_an_empty_build() {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    for (name, step) in [
        (
            "layer",
            "kind = 'build_layer'\nwith = { through = 'adhoc' }",
        ),
        ("end", "kind = 'publish'"),
    ] {
        let dag = format!("what = 'Builds.'\n\n[[tasks]]\nname = 'a'\n{step}\n");
        place.file(&format!("own/dags/{name}.toml"), dag);
        place.run(&["run", name]).expect(0);
    }
    assert!(files(&place.store().join("builds")).is_empty());
    assert!(files(&place.store().join("warehouse")).is_empty());
}

#[test]
fn a_layer_that_there_is_not_is_named_with_its_line() {
    let place = landed();
    place.file(
        "own/dags/mine.toml",
        "what = 'Builds.'\n\n[[tasks]]\nname = 'a'\nkind = 'build_layer'\nwith = { through = 'visual_table' }\n",
    );
    place.run(&["run", "mine"]).expect(1).tells(&[
        "`dags/mine.toml`, line 3: unknown variant `visual_table`",
        "hint: the nearest is `visual_tables`",
    ]);
}

#[test]
fn a_data_file_that_changed_makes_a_build_due() {
    let place = landed();
    place
        .run(&["run", "load_certificates"])
        .expect(0)
        .tells(&["build 1 is published: 1 postings"]);
    let load = || {
        let ended = place.run(&["run", "load_certificates"]).expect(0).clone();
        ended.stderr.contains("is published")
    };
    assert!(!load(), "nothing changed");
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../pipeline/data/certification.csv"
    );
    let text = std::fs::read_to_string(path).expect("a file");
    let lines: Vec<&str> = text.lines().collect();
    let shorter = format!("{}\n", lines[..lines.len() - 1].join("\n"));
    place.file("own/data/certification.csv", shorter);
    assert!(load(), "a row is gone");
    assert!(!load(), "nothing changed since");
}
