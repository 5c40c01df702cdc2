//! A store whose files are damaged: every result is correct, or an error names the damaged file.

use std::path::PathBuf;

use crate::program::{Ended, Place, files};
use crate::source::{DAYS, Source, still};
use crate::visit::{Visit, record};

const COUNT: &str = "select count(*) as n from raw_data.recruits";

/// A store with two builds: of two postings, then of three.
fn built_twice() -> Place {
    let place = Place::new("");
    for (file, ids) in [("first.jsonl", 1..=2), ("second.jsonl", 3..=3)] {
        let lines: String = ids
            .map(|id| format!("{}\n", record(id, "데이터 엔지니어")))
            .collect();
        place.file(file, lines);
        place.run(&["land", "saramin", file]).expect(0);
        place.run(&["build"]).expect(0);
    }
    place
}

fn build_record(place: &Place, generation: u64) -> PathBuf {
    place.store().join(format!("builds/{generation:012}.json"))
}

/// The first data file of a table that the published build names and the one before it does not.
fn data_file(place: &Place, table: &str) -> PathBuf {
    let folder = place.store().join("warehouse").join(table);
    let newest = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        name.starts_with("part-00000002-")
    };
    let mut found = files(&folder).into_iter().filter(newest);
    found.next().expect("a data file")
}

fn flip(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[at] ^= 1;
    flipped
}

/// A record that is empty, truncated, malformed, and one that is readable but wrong.
fn damages(sound: &str) -> [(&'static str, Vec<u8>); 4] {
    let wrong = sound.replace("\"postings\": 3", "\"postings\": 7");
    assert_ne!(wrong, sound);
    [
        ("it is empty", Vec::new()),
        ("EOF", sound.as_bytes()[..sound.len() / 2].to_vec()),
        ("missing field", b"{\"generation\": 2}".to_vec()),
        ("its checksum differs", wrong.into_bytes()),
    ]
}

fn names_record(ended: &Ended, generation: u64, reason: &str) {
    let path = format!("`builds/{generation:012}.json`");
    ended.tells(&["warning: the build record", &path, reason, "hint: "]);
    assert_eq!(
        ended.stderr.matches(&path).count(),
        1,
        "said twice: {ended}"
    );
}

#[test]
fn a_damaged_newest_record_leaves_the_last_sound_build_published() {
    let place = built_twice();
    let newest = build_record(&place, 2);
    let sound = std::fs::read_to_string(&newest).expect("the record");
    for (reason, damaged) in damages(&sound) {
        std::fs::write(&newest, damaged).expect("written");
        for arguments in [
            &["status"][..],
            &["query", COUNT, "--format", "csv"],
            &["export", "raw_data.recruits", "--to", "out"],
            &["builds"],
            &["check"],
        ] {
            let ended = place.run(arguments);
            names_record(ended.expect(0), 2, reason);
        }
        assert_eq!(place.query(COUNT), ["2"]);
        let doctor = place.run(&["doctor"]);
        let stdout = &doctor.expect(1).stdout;
        assert!(stdout.contains("WRONG  build"), "{doctor}");
        assert!(stdout.contains("builds/000000000002.json"), "{doctor}");
        let visit = Visit::to(&place);
        let build = visit.json("/api/v1/build");
        assert_eq!(build["build"], 1, "{build}");
        let said = build["damaged"][0].as_str().unwrap_or_default();
        assert!(said.contains("builds/000000000002.json"), "{build}");
        let tiles = visit.json("/api/v1/tiles?tiles=flow");
        assert_eq!(tiles["build"], 1, "{tiles}");
    }
    // The manual rollback needs no newer build either.
    names_record(
        place.run(&["builds", "rollback", "1"]).expect(0),
        2,
        "its checksum differs",
    );
    assert!(build_record(&place, 3).exists());
    assert_eq!(place.query(COUNT), ["2"]);
}

#[test]
fn a_build_after_a_damaged_record_takes_neither_its_place_nor_its_files() {
    let place = built_twice();
    let newest = build_record(&place, 2);
    let sound = std::fs::read(&newest).expect("the record");
    let file = data_file(&place, "raw_data/recruits");
    for damaged in [&sound[..0], &sound[..sound.len() / 2]] {
        std::fs::write(&newest, damaged).expect("written");
        names_record(place.run(&["build"]).expect(0), 2, "");
        assert_eq!(place.query(COUNT), ["3"]);
        assert_eq!(std::fs::read(&newest).expect("still there"), damaged);
        assert!(file.exists(), "a file that the damaged record may name");
    }
    assert!(build_record(&place, 3).exists());
    // Restored from a backup, the record is what it was.
    std::fs::write(&newest, &sound).expect("written");
    place.run(&["builds", "rollback", "2"]).expect(0);
    assert_eq!(place.query(COUNT), ["3"]);
}

#[test]
fn a_damaged_earlier_record_blocks_nothing() {
    let place = built_twice();
    let sound = std::fs::read(build_record(&place, 1)).expect("the record");
    for damaged in [&sound[..0], &sound[..sound.len() / 2]] {
        std::fs::write(build_record(&place, 1), damaged).expect("written");
        assert_eq!(place.query(COUNT), ["3"]);
        place.run(&["build"]).expect(0).tells(&["nothing changed"]);
        place.run(&["build", "--full"]).expect(0);
        place.run(&["builds"]).expect(0);
        place.run(&["builds", "rollback", "2"]).expect(0);
        std::fs::remove_dir_all(place.path().join("copy")).ok();
        place.run(&["backup", "--to", "copy"]).expect(0);
    }
    let doctor = place.run(&["doctor"]);
    let stdout = &doctor.expect(1).stdout;
    assert!(stdout.contains("builds/000000000001.json"), "{doctor}");
}

#[test]
fn a_missing_short_or_flipped_data_file_is_named_and_rebuilt() {
    let place = built_twice();
    let file = data_file(&place, "raw_data/recruits");
    let name = file
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let sound = std::fs::read(&file).expect("a file");
    let ways: [Option<Vec<u8>>; 3] = [
        None,
        Some(sound[..sound.len() - 1].to_vec()),
        Some(flip(&sound, 40)),
    ];
    for way in ways {
        match &way {
            Some(bytes) => std::fs::write(&file, bytes).expect("written"),
            None => std::fs::remove_file(&file).expect("removed"),
        }
        let selected = "select id, title, company_name from raw_data.recruits";
        place.run(&["query", selected]).expect(1).tells(&[
            "is damaged",
            &name,
            "hint: `jobtide build --full`",
        ]);
        place
            .run(&["export", "raw_data.recruits", "--to", "out"])
            .expect(1)
            .tells(&["is damaged", &name, "hint: `jobtide build --full`"]);
        // The server continues with the last intact build, and reports it.
        let visit = Visit::to(&place);
        let tiles = visit.json("/api/v1/tiles?tiles=flow");
        assert_eq!(tiles["build"], 1, "{tiles}");
        let build = visit.json("/api/v1/build");
        assert_eq!(build["build"], 1, "{build}");
        let said = build["damaged"][0].as_str().unwrap_or_default();
        assert!(said.contains(&name), "{build}");
        std::fs::write(&file, &sound).expect("written");
    }
    std::fs::write(&file, flip(&sound, 40)).expect("written");
    place.file("third.jsonl", format!("{}\n", record(4, "데이터 분석가")));
    place.run(&["land", "saramin", "third.jsonl"]).expect(0);
    place
        .run(&["build"])
        .expect(0)
        .tells(&["warning: ", &name, "rebuilt from the landing"]);
    assert_eq!(place.query(COUNT), ["4"]);
}

/// The postings of the tables, without the times of collection.
const POSTINGS: &str = "select posting_id, title, company_name, expiration_date from external.recruit_table order by posting_id";

/// The file of the only collected window that holds postings of the last days.
fn newest_manifest(place: &Place) -> PathBuf {
    let manifests = files(&place.store().join("landing"))
        .into_iter()
        .filter(|path| path.ends_with("manifest.json"))
        .filter(|path| path.to_string_lossy().contains("/collect-"));
    manifests.max().expect("a window")
}

/// The data date of the dashboard, and its gaps.
fn known(place: &Place) -> (String, Vec<serde_json::Value>) {
    let visit = Visit::to(place);
    let build = visit.json("/api/v1/build");
    let answer = visit.json("/api/v1/tiles?tiles=flow");
    assert_eq!(answer["last_day"], build["data_date"]);
    let gaps = answer["selections"][0]["tiles"]["flow"]["gaps"].as_array();
    let gaps = gaps.unwrap_or_else(|| panic!("{answer}")).clone();
    (build["data_date"].as_str().expect("a day").to_owned(), gaps)
}

#[test]
fn a_window_with_a_damaged_file_is_named_and_collected_again() {
    let source = Source::start(still(120));
    let place = Place::new(&source.settings(""));
    let collect = |to: &str| {
        let arguments = ["run", "collect_postings", "--from", DAYS[0], "--to", to];
        place.run(&arguments).expect(0);
    };
    collect("2023-06-15");
    place.run(&["run", "collect_postings"]).expect(0);
    let right = place.query(POSTINGS);
    assert_eq!(right.len(), 120);
    let whole = known(&place);
    assert!(whole.0.as_str() > "2026" && whole.1.is_empty(), "{whole:?}");

    // As a power cut leaves it.
    let manifest = newest_manifest(&place);
    let name = |path: &PathBuf| {
        let below = path.strip_prefix(place.store()).expect("below the store");
        below.to_string_lossy().into_owned()
    };
    let empty = name(&manifest);
    std::fs::write(&manifest, "").expect("written");
    let status = place.run(&["status"]);
    assert!(status.expect(0).stdout.contains(&empty), "{status}");
    let doctor = place.run(&["doctor"]);
    assert!(doctor.expect(1).stdout.contains(&empty), "{doctor}");
    place
        .run(&["build"])
        .expect(0)
        .tells(&["warning: ", &empty, "hint: "]);
    assert!(place.query(POSTINGS).len() < 120);
    place.run(&["run", "collect_postings"]).expect(0);
    assert_eq!(place.query(POSTINGS), right);

    // Other damage: a build notices.
    for file in ["manifest.json", "00001.json.zst"] {
        let damaged = newest_manifest(&place).with_file_name(file);
        assert!(!empty.starts_with(&name(&damaged)), "a new window");
        let sound = std::fs::read(&damaged).expect("a file");
        std::fs::write(&damaged, flip(&sound, sound.len() / 2)).expect("written");
        let named = name(&damaged);
        place
            .run(&["build", "--full"])
            .expect(0)
            .tells(&["warning: ", &named, "hint: "]);
        let status = place.run(&["status"]);
        assert!(status.expect(0).stdout.contains(&named), "{status}");
        let doctor = place.run(&["doctor"]);
        assert!(doctor.expect(1).stdout.contains(&named), "{doctor}");
        assert!(place.query(POSTINGS).len() < 120);
        // It is the last window: without it everything ends where the one before it does.
        assert_eq!(known(&place), ("2023-06-14".to_owned(), vec![]), "{file}");
        place.run(&["run", "collect_postings"]).expect(0);
        assert_eq!(place.query(POSTINGS), right);
        assert_eq!(known(&place).1, [""; 0], "{file}");
        assert!(known(&place).0 >= whole.0, "{file}");
        assert!(damaged.exists(), "what is damaged stays");
    }
}

#[test]
fn a_saved_file_whose_window_is_damaged_is_landed_again() {
    let place = built_twice();
    let saved = |path: &PathBuf| path.ends_with("manifest.json");
    let manifests = files(&place.store().join("landing"));
    let manifest = manifests.into_iter().rfind(saved).expect("a window");
    let window = manifest.parent().expect("a folder").file_name();
    let window = window.expect("a name").to_string_lossy().into_owned();
    std::fs::write(&manifest, "").expect("written");
    place
        .run(&["build"])
        .expect(0)
        .tells(&["warning: ", &window]);
    for file in ["first.jsonl", "second.jsonl"] {
        place.run(&["land", "saramin", file]).expect(0);
    }
    place.run(&["build"]).expect(0);
    assert_eq!(place.query(COUNT), ["3"]);
    assert!(manifest.exists(), "what is damaged stays");
}

#[test]
fn a_backup_holds_what_lost_its_manifest_and_a_restore_does_not_wait() {
    let place = Place::new("");
    for id in 1..=2 {
        let name = format!("{id}.jsonl");
        place.file(&name, record(id, "개발자").to_string());
        place.run(&["land", "saramin", &name]).expect(0);
    }
    place.run(&["build"]).expect(0);
    let landed = files(&place.store().join("landing"));
    let manifest = landed.iter().find(|path| path.ends_with("manifest.json"));
    let window = manifest
        .and_then(|path| path.parent())
        .expect("a window")
        .to_owned();
    std::fs::remove_file(window.join("manifest.json")).expect("it goes");
    // An interrupted publication of a program with another state folder.
    let marker = r#"{"writer": 7, "tables": ["raw_data.recruits"]}"#;
    place.file("store/state/committing.json", marker);
    place.run(&["backup", "--to", "backup"]).expect(0);

    let restored = Place::new("");
    let backup = place.path().join("backup").display().to_string();
    restored.run(&["restore", "--from", &backup]).expect(0);
    let inside = window.strip_prefix(place.store()).expect("below the store");
    assert_eq!(files(&restored.store().join(inside)).len(), 1, "its body");
    restored.run(&["build"]).expect(0).tells(&["manifest.json"]);
}
