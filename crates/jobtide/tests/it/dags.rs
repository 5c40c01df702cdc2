//! DAGs of a user's folder: there by their files alone.

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
    let status = place.run(&["status"]);
    assert!(status.expect(0).stdout.contains("nightly"), "{status}");
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
    // A broken file in place of the program's own would leave nothing to collect.
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
        .tells(&["`schedule.toml` in the pipeline folder is not read any more"]);
}
