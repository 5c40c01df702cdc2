//! `jobtide land --dry-run`.

use crate::landing::{answer, lines, records};
use crate::program::Place;

#[test]
fn a_dry_run_reports_what_each_file_is_and_writes_nothing() {
    let place = Place::new("");
    let all = records(12);
    place.file("known.json", answer(&all[..4]));
    place.file("lines.jsonl", format!("{}broken\n", lines(&all[4..])));
    place.file("page.html", "<html>");
    let ended = place.run(&["land", "saramin", "--dry-run", "known.json"]);
    ended.expect(0).tells(&["would land 1 new files"]);
    assert!(!place.store().exists(), "looking made a store");

    place.run(&["land", "saramin", "known.json"]).expect(0);
    let listing = place.listing();
    let land = ["land", "saramin", "known.json", "lines.jsonl", "page.html"];
    let mut dry = land.to_vec();
    dry.push("--dry-run");
    let ended = place.run(&dry);
    ended.expect(1).tells(&[
        "`page.html`",
        "HTML",
        "would land 1 new files, 1 known ones; nothing was written",
        "1 of 3 files would not be landed: page.html",
    ]);
    for expected in [
        "known.json: 4 postings (one response); landed before as `landing/saramin/recruit/date=",
        "lines.jsonl: 8 postings (8 lines of postings), 1 that cannot be read (the first in line 9: not JSON: ",
        "; new\n",
    ] {
        assert!(ended.stdout.contains(expected), "{ended}");
    }
    assert_eq!(place.listing(), listing);
    place
        .run(&land)
        .expect(1)
        .tells(&["landed 1 new files, 1 known ones"]);
}
