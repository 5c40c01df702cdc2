//! `jobtide backup`, `restore`, `check` and `doctor`.

use std::path::PathBuf;

use crate::program::{Ended, Place, files};
use crate::source::{DAYS, Source, still};

/// A store with collected postings and a recorded run.
fn collected(source: &Source) -> Place {
    let place = Place::new(&source.settings(""));
    let collect = [
        "run",
        "collect_postings",
        "--from",
        DAYS[0],
        "--to",
        DAYS[1],
    ];
    place.run(&collect).expect(0);
    place
}

/// The program on another store of the same place.
fn on_store(place: &Place, store: &str, arguments: &[&str]) -> Ended {
    Ended::of(place.command(arguments).env("JOBTIDE__STORAGE__URL", store))
}

/// The files below a folder, by relative path; without locks and the live database.
fn contents(folder: PathBuf) -> Vec<(PathBuf, Vec<u8>)> {
    let relative = |path: &PathBuf| path.strip_prefix(&folder).expect("below").to_owned();
    let mut found: Vec<_> = files(&folder)
        .iter()
        .map(|path| (relative(path), std::fs::read(path).expect("a file")))
        .collect();
    found.retain(|(path, _)| {
        let name = path.to_string_lossy();
        // Leases and reserved calls are of those who work on this store, not on its copy.
        let is_local = ["state/jobtide.db", "state/leases/", "state/calls/"];
        !is_local.iter().any(|local| name.starts_with(local)) && !name.ends_with(".lock")
    });
    found
}

#[test]
fn a_backup_brings_back_every_byte_and_the_runs() {
    let source = Source::start(still(150));
    let place = collected(&source);
    // Left by a crash: not part of a backup.
    let manifest = files(&place.store().join("landing"))
        .into_iter()
        .find(|path| path.ends_with("manifest.json"))
        .expect("a window");
    let window = manifest.parent().expect("a window").to_string_lossy();
    let folder = PathBuf::from(window.replace("/collect-", "/sweep-"));
    assert_ne!(folder, PathBuf::from(window.as_ref()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("00001.json.zst"), "half").expect("a file");
    place.file(
        "store/warehouse/raw_data/recruits/part-00000009-0123456789abcdef-00000.parquet",
        "half",
    );

    place
        .run(&["backup", "--to", "copy"])
        .expect(0)
        .tells(&["backed up"]);
    place
        .run(&["backup", "--to", "copy"])
        .expect(1)
        .tells(&["is not empty"]);
    place
        .run(&["backup", "--to", "store/copy"])
        .expect(1)
        .tells(&["inside the store"]);
    on_store(&place, "other", &["restore", "--from", "copy"])
        .expect(0)
        .tells(&["restored"]);

    std::fs::remove_dir_all(&folder).expect("removed");
    std::fs::remove_file(
        place
            .store()
            .join("warehouse/raw_data/recruits/part-00000009-0123456789abcdef-00000.parquet"),
    )
    .expect("removed");
    let (ours, theirs) = (
        contents(place.store()),
        contents(place.path().join("other")),
    );
    assert_eq!(
        ours.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        theirs.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
    assert!(ours == theirs, "a file has another content");
    let status = |store| {
        let ended = on_store(&place, store, &["status", "--json"]);
        let mut status: serde_json::Value =
            serde_json::from_str(&ended.expect(0).stdout).expect("JSON");
        status["store"].take();
        status
    };
    assert_eq!(status("store"), status("other"));
    on_store(&place, "other", &["build"])
        .expect(0)
        .tells(&["nothing changed"]);
    on_store(&place, "other", &["restore", "--from", "copy"])
        .expect(1)
        .tells(&["is not empty", "hint: "]);
}

#[test]
fn calls_made_before_a_backup_count_in_the_store_that_it_is_restored_to() {
    const QUOTA: u64 = 40;
    let source = Source::start(still(3_000));
    let place = Place::new(&source.settings(&format!("daily_quota = {QUOTA}")));
    let collect = ["run", "collect_postings", "--only"];
    place.run(&collect).expect(3);
    let made = source.simulator.counters().calls;
    place.run(&["backup", "--to", "copy"]).expect(0);
    on_store(&place, "other", &["restore", "--from", "copy"]).expect(0);
    on_store(&place, "other", &collect).expect(3);
    // An instance that comes to it has made none.
    let mut fresh = place.command(&collect);
    fresh.env("JOBTIDE__STORAGE__URL", "other");
    Ended::of(fresh.env("JOBTIDE__STORAGE__STATE", "fresh")).expect(3);
    let calls = source.simulator.counters().calls;
    assert!(
        (made..=QUOTA).contains(&calls),
        "{calls}, before the backup {made}"
    );
}

#[test]
fn a_damaged_backup_is_refused_and_names_the_object() {
    let place = Place::new("");
    place.file("one.json", r#"{"id":"41232704","position":{"title":"x"}}"#);
    place.run(&["land", "saramin", "one.json"]).expect(0);
    place.run(&["build"]).expect(0);
    place.run(&["backup", "--to", "copy"]).expect(0);
    let folder = place.path().join("copy");
    let bodies: Vec<PathBuf> = files(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "zst"))
        .collect();
    let body = &bodies[0];
    let refused = |texts: &[&str]| {
        on_store(&place, "other", &["restore", "--from", "copy"])
            .expect(1)
            .tells(texts);
        let written = contents(place.path().join("other"));
        assert!(written.is_empty(), "{written:?}");
    };
    let good = std::fs::read(body).expect("a body");
    let mut altered = good.clone();
    altered[good.len() / 2] ^= 1;
    for damaged in [&good[..good.len() - 1], &altered] {
        std::fs::write(body, damaged).expect("written");
        refused(&["00001.json.zst` of the backup is damaged", "hint: "]);
    }
    std::fs::remove_file(body).expect("removed");
    refused(&["00001.json.zst"]);
    std::fs::write(body, good).expect("written");

    let list = folder.join("backup.json");
    let good = std::fs::read_to_string(&list).expect("the list");
    let shortened = good.replacen("landing/", "elsewhere/", 1);
    for damaged in [&good[..good.len() / 2], &shortened] {
        std::fs::write(&list, damaged).expect("written");
        refused(&["`backup.json` is damaged"]);
    }
    std::fs::remove_file(&list).expect("removed");
    refused(&["there is no `backup.json`"]);
    std::fs::write(&list, good).expect("written");
    on_store(&place, "other", &["restore", "--from", "copy"]).expect(0);
    place
        .run(&["restore", "--from", "nowhere"])
        .expect(1)
        .tells(&["there is no backup at `nowhere`"]);
}

#[test]
fn a_check_that_fails_ends_with_its_own_code_and_shows_the_rows() {
    let place = Place::new("[pipeline]\nfolder = \"mine\"\n");
    place.file("one.json", r#"{"id":"41232704","position":{"title":"x"}}"#);
    place.file("mine/README.md", "");
    place.run(&["land", "saramin", "one.json"]).expect(0);
    place
        .run(&["check"])
        .expect(1)
        .tells(&["nothing is published"]);
    place.run(&["build"]).expect(0);
    let ended = place.run(&["check"]);
    ended.expect(0).tells(&["0 errors"]);
    assert!(
        ended.stdout.contains("warning: postings_are_complete"),
        "{ended}"
    );
    // A check that the build did not have to pass.
    place.file(
        "mine/checks/titles_are_long.sql",
        "-- what: A title is short.\n-- level: error\nselect posting_id, title from external.recruit_table where length(title) < 5\n",
    );
    let ended = place.run(&["check"]);
    ended.expect(4).tells(&["1 errors", "hint: "]);
    assert!(
        ended.stdout.contains("error: titles_are_long (1 rows)"),
        "{ended}"
    );
    assert!(ended.stdout.contains("41232704"), "{ended}");
}

#[test]
fn a_doctor_names_what_is_wrong_and_what_to_do() {
    let place = Place::new("[server]\nlisten = \"127.0.0.1:0\"\n");
    let ended = place.run(&["doctor"]);
    assert!(!ended.expect(0).stdout.contains("WRONG"), "{ended}");
    place.file("one.json", r#"{"id":"41232704","position":{"title":"x"}}"#);
    place.run(&["land", "saramin", "one.json"]).expect(0);
    place.run(&["build"]).expect(0);
    let ended = place.run(&["doctor", "--deep"]);
    assert!(ended.expect(0).stdout.contains("1 are intact"), "{ended}");
    // `doctor` changes nothing.
    let listing = place.listing();
    place.run(&["doctor", "--deep"]).expect(0);
    assert_eq!(place.listing(), listing);

    let wrong = |arguments: &[&str], texts: &[&str]| {
        let ended = place.run(arguments);
        for text in texts {
            assert!(ended.expect(1).stdout.contains(text), "`{text}`: {ended}");
        }
        assert!(ended.stdout.contains("hint: "), "{ended}");
    };
    let body = files(&place.store().join("landing"))
        .into_iter()
        .find(|path| path.extension().is_some_and(|ending| ending == "zst"))
        .expect("a body");
    let good = std::fs::read(&body).expect("a body");
    std::fs::write(&body, &good[..good.len() - 1]).expect("written");
    place.run(&["doctor"]).expect(0);
    wrong(&["doctor", "--deep"], &["WRONG  bodies", "00001.json.zst"]);
    // Once, even if a build has found it.
    place.run(&["build", "--full"]).expect(0);
    wrong(&["doctor"], &["WRONG  landing", "00001.json.zst"]);
    let deep = place.run(&["doctor", "--deep"]);
    let named = deep
        .expect(1)
        .stdout
        .matches("00001.json.zst` is damaged")
        .count();
    assert_eq!(named, 1, "{deep}");
    std::fs::write(&body, good).expect("written");
    place.run(&["build"]).expect(0);

    let data = files(&place.store().join("warehouse/external/recruit_table"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        // Their names begin with the build.
        .max()
        .expect("a data file");
    // Damage that keeps the length: only reading reveals it.
    let good = std::fs::read(&data).expect("a file");
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 0xff;
    std::fs::write(&data, flipped).expect("written");
    place.run(&["doctor"]).expect(0);
    wrong(&["doctor", "--deep"], &["WRONG  tables", "recruit_table"]);
    std::fs::write(&data, good).expect("written");
    place.run(&["doctor", "--deep"]).expect(0);
    std::fs::remove_file(&data).expect("removed");
    wrong(&["doctor"], &["WRONG  build", "jobtide build --full"]);
    place.run(&["build", "--full"]).expect(0);
    place.run(&["doctor"]).expect(0);

    place.file(
        "store/state/jobtide.db",
        "not a database at all, but long enough to be read as one",
    );
    wrong(&["doctor"], &["WRONG  state", "jobtide.db"]);
    std::fs::remove_file(place.store().join("state/jobtide.db")).expect("removed");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    drop(std::thread::spawn(move || while taken.accept().is_ok() {}));
    let ended = Ended::of(
        place
            .command(&["doctor"])
            .env("JOBTIDE__SERVER__LISTEN", address),
    );
    assert!(
        ended
            .expect(1)
            .stdout
            .contains("is in use by another program"),
        "{ended}"
    );
}
