//! `jobtide unland`: saved files that were landed by mistake.

use crate::landing::{answer, records};
use crate::program::Place;

#[test]
fn a_file_landed_by_mistake_is_taken_back_and_counts_again() {
    let place = Place::new("");
    place
        .run(&["unland", "wrong.json"])
        .expect(1)
        .tells(&["nothing was landed in", "hint: "]);
    assert!(!place.store().exists(), "taking back made a store");
    let all = records(20);
    place.file("good.json", answer(&all[..10]));
    place.file("wrong.json", answer(&all[10..]));
    place
        .run(&["land", "saramin", "good.json", "wrong.json"])
        .expect(0);
    place.run(&["build"]).expect(0).tells(&["20 postings"]);
    place
        .run(&["unland", "wrong.json", "unknown.json"])
        .expect(1)
        .tells(&[
            "taken back: `landing/saramin/recruit/date=",
            "took back 1 windows",
            "1 of 2 files were not taken back: unknown.json",
        ]);
    place
        .run(&["unland", "wrong.json"])
        .expect(0)
        .tells(&["was taken back before: nothing to do"]);
    let said = place.run(&["doctor"]).stdout.clone();
    assert!(
        said.contains("1 windows that were taken back are still in it"),
        "{said}"
    );
    place.run(&["build"]).expect(0).tells(&[
        "1 windows were taken back: their records are no longer in any table",
        "build 2 is published: 10 postings",
    ]);
    let status = place.run(&["status"]).stdout.clone();
    assert!(
        status.contains("landed     1 windows") && status.contains("unlanded   1 windows"),
        "{status}"
    );
    let said = place.run(&["doctor", "--deep"]).stdout.clone();
    assert!(
        said.contains("1 windows were taken back by `jobtide unland`"),
        "{said}"
    );
    place.run(&["build", "--full"]).expect(0);
    let count = "select count(*) from external.recruit_table";
    assert_eq!(place.query(count), ["10"]);

    // A backup keeps the record, and what kept builds were made of.
    place.run(&["backup", "--to", "copy"]).expect(0);
    let restored = Place::new("");
    let from = place.path().join("copy").display().to_string();
    restored.run(&["restore", "--from", &from]).expect(0);
    assert_eq!(restored.query(count), ["10"]);
    restored.run(&["builds", "rollback", "1"]).expect(0);
    assert_eq!(restored.query(count), ["20"]);
    restored.run(&["build"]).expect(0).tells(&["10 postings"]);

    place
        .run(&["land", "saramin", "wrong.json"])
        .expect(0)
        .tells(&["`wrong.json` was landed before and taken back since: it is included again"]);
    place.run(&["build"]).expect(0).tells(&["20 postings"]);
    let windows = place.query("select window from staging.windows order by window");
    assert_eq!(windows.len(), 2);
    // All of them at once, by their windows.
    let mut unland = vec!["unland"];
    unland.extend(windows.iter().map(String::as_str));
    place.run(&unland).expect(0).tells(&["took back 2 windows"]);
    place.run(&["build"]).expect(0).tells(&["0 postings"]);
}
