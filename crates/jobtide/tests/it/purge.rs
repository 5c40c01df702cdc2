//! `jobtide purge`: a posting of the source is removed everywhere and does not come back with the
//! next collection.

use std::path::Path;

use crate::program::{Place, files};
use crate::source::{DAYS, Source, still};

/// Fails if a file below a folder contains the text, with bodies decompressed.
#[track_caller]
fn assert_gone(folder: &Path, text: &str) {
    for file in files(folder) {
        let mut bytes = std::fs::read(&file).expect("a file");
        if file.extension().is_some_and(|ending| ending == "zst") {
            bytes = zstd::decode_all(bytes.as_slice()).expect("a body");
        }
        let found = bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes());
        assert!(!found, "`{text}` is in `{}`", file.display());
    }
}

#[test]
fn a_posting_is_removed_everywhere_and_excluded_from_the_next_collection() {
    let source = Source::start(still(150));
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
    let named = place.query(
        "select concat(posting_id, ',', id) from external.recruit_table order by posting_id limit 1",
    );
    let (own_id, key) = named[0].trim_matches('"').split_once(',').expect("two ids");
    let name = format!("saramin:{own_id}");

    place
        .run(&["purge", &name])
        .expect(2)
        .tells(&["--reason <REASON>"]);
    place
        .run(&["purge", own_id, "--reason", "x"])
        .expect(1)
        .tells(&["names no posting", "hint: ", "saramin:"]);
    let shown = place.run(&["purge", key, "--dry-run"]);
    assert!(
        shown
            .expect(0)
            .stdout
            .contains("1 records of it in 1 bodies"),
        "{shown}"
    );
    place
        .run(&[
            "purge",
            &name,
            "--reason",
            "asked by the employer, ticket 12",
        ])
        .expect(0)
        .tells(&[
            "build 2 is published: 149 postings",
            "removed from the landing: 1 records",
            "builds that held it were removed: 1",
        ]);
    assert_gone(&place.store(), own_id);
    let records = files(&place.store().join("state/purges"));
    let record = std::fs::read_to_string(&records[0]).expect("the record");
    assert!(
        record.contains("ticket 12") && record.contains(key),
        "{record}"
    );

    // The same days again, as a backfill: the source still has it.
    place.run(&collect).expect(0);
    place.run(&["build"]).expect(0);
    let found = format!("select count(*) from staging.recruit where id = {key}");
    assert_eq!(place.query(&found), ["0"]);
    let doctor = place.run(&["doctor"]);
    assert!(
        doctor
            .expect(1)
            .stdout
            .contains("1 landed records are of postings that were taken down"),
        "{doctor}"
    );
    place
        .run(&["purge", "--reason", "collected again"])
        .expect(0)
        .tells(&["removed from the landing: 1 records"]);
    assert_gone(&place.store(), own_id);
    place.run(&["check"]).expect(0);
}
