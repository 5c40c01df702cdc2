//! DAGs of a user's folder, defined by their files alone.

use crate::program::Place;
use crate::visit::record;

const NIGHTLY: &str = "what = 'Builds at night.'\n\n[schedule]\ncron = '0 3 * * *'\ntime_zone = 'Asia/Seoul'\n\n[[tasks]]\nname = 'tables'\nkind = 'build'\n";

fn place() -> Place {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file("own/dags/nightly.toml", NIGHTLY);
    place.file(
        "lines.jsonl",
        record(41_000_000, "데이터 엔지니어").to_string(),
    );
    place.run(&["land", "saramin", "lines.jsonl"]).expect(0);
    place
}

#[test]
fn a_file_in_the_users_folder_is_a_dag() {
    let place = place();
    place
        .run(&["run", "nightly"])
        .expect(0)
        .tells(&["build 1 is published: 1 postings"]);
    place.file(
        "own/dags/by_hand.toml",
        "what = 'Builds.'\n\n[[tasks]]\nname = 'tables'\nkind = 'build'\n",
    );
    let status = place.run(&["status"]).expect(0).clone();
    for line in [
        " 03:00 KST (`0 3 * * *`, Asia/Seoul)\n",
        "dag        by_hand, on request\n",
        "dag        collect_postings, next due at ",
        "dag        nightly, next due at ",
        " nightly success\n",
    ] {
        assert!(status.stdout.contains(line), "{line}: {status}");
    }
    let status = place.run(&["status", "--json"]).expect(0).stdout.clone();
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    let dags = status["dags"].as_array().expect("DAGs");
    let nightly = dags.iter().find(|dag| dag["dag"] == "nightly");
    let nightly = nightly.expect("the user's DAG");
    assert_eq!(nightly["what"], "Builds at night.");
    assert_eq!(nightly["schedule"]["cron"], "0 3 * * *");
    assert_eq!(status["broken_dags"], serde_json::json!([]));
    place
        .run(&["run", "nigthly"])
        .expect(1)
        .tells(&["there is no DAG `nigthly`", "the nearest is `nightly`"]);
    place
        .run(&["run", "nightly", "--from", "2026-01-01"])
        .expect(1)
        .tells(&["`nightly` collects nothing"]);
}

#[test]
fn a_mistake_is_named_with_its_line_and_stops_no_other_dag() {
    let place = place();
    let broken = NIGHTLY.replace("kind", "knid");
    place.file("own/dags/broken.toml", broken);
    place.run(&["run", "broken"]).expect(1).tells(&[
        "`dags/broken.toml`, line 9: unknown field `knid`",
        "the nearest is `kind`",
    ]);
    place.run(&["run", "nightly"]).expect(0);
    let doctor = place.run(&["doctor"]).expect(1).clone();
    let said = format!("{}{}", doctor.stdout, doctor.stderr);
    assert!(said.contains("`dags/broken.toml`, line 9"), "{doctor}");
    let status = place.run(&["status"]).expect(0).clone();
    assert!(
        status
            .stdout
            .contains("broken     `dags/broken.toml`, line 9: unknown field `knid`"),
        "{status}"
    );
    // With a broken file in place of the program's own, nothing would be collected.
    let own = place.file("own/dags/collect_postings.toml", "what = 1");
    place
        .run(&["up"])
        .expect(1)
        .tells(&["`dags/collect_postings.toml`, line 1"]);
    std::fs::remove_file(own).expect("a file");
    place.file("own/schedule.toml", "");
    place
        .run(&["run", "nightly"])
        .expect(1)
        .tells(&["`schedule.toml` in the pipeline folder is no longer read"]);
    let status = place.run(&["status"]).expect(0).clone();
    assert!(
        status
            .stdout
            .contains("broken     `schedule.toml` in the pipeline folder"),
        "{status}"
    );
}

#[test]
fn a_failed_check_ends_a_run_as_it_ends_a_build() {
    let place = place();
    place.file(
        "own/checks/no_postings.sql",
        "-- what: there is a posting\n-- level: error\nselect count(*) as postings from external.recruit_table having count(*) > 0\n",
    );
    let ran = place.run(&["run", "nightly"]).expect(4).clone();
    let built = place.run(&["build"]).expect(4).clone();
    for ended in [&ran, &built] {
        ended.tells(&[
            "error: nothing was published: failed checks `no_postings` (1 rows)",
            "\nhint: the previous build stays published",
            "  no_postings: there is a posting (1 rows)\n    {\"postings\":1}",
        ]);
    }
    let status = place.run(&["status", "--json"]).expect(0).stdout.clone();
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    let step = &status["runs"]["runs"][0]["steps"][0];
    assert_eq!(step["error_class"], "checks_failed", "{step}");
}

#[test]
fn a_task_that_looks_for_refusals_has_to_come_after_a_collection() {
    let place = place();
    place.file(
        "own/dags/early.toml",
        "what = 'Looks at nothing.'\n\n[[tasks]]\nname = 'look'\nkind = 'refusals'\n",
    );
    place.run(&["run", "early"]).expect(1).tells(&[
        "the run ended: failed",
        "look: nothing was collected before",
        "hint: write this task `after` one of the kind `collect`",
    ]);
}
