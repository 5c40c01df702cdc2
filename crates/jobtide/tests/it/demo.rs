//! `jobtide demo`: independent of its surroundings.

use crate::program::{Ended, Place};

#[test]
fn the_demo_runs_on_nothing_and_reads_no_settings() {
    // Settings for a real collection: none of them changes what a demo shows.
    let place = Place::new(
        "[pipeline]\nfolder = \"nowhere\"\n[sources.saramin]\nquery = { job_cd = \"2248\" }\n[analysis]\nemployment_types = [\"4\"]\n",
    );
    let demo = [
        "demo",
        "--once",
        "--postings",
        "300",
        "--listen",
        "127.0.0.1:0",
        "--folder",
        "demo",
    ];
    let ended = place.run(&demo);
    ended.expect(0).tells(&[
        "300 generated postings",
        "build 1 is published: 300 postings",
        "ready after",
        "the demo is in `demo`",
        "JOBTIDE__STORAGE__URL=demo jobtide serve",
        "generated",
    ]);
    assert!(!ended.stderr.contains("open http"), "{ended}");
    place.file("empty.toml", "");
    let count = [
        "--config",
        "empty.toml",
        "query",
        "select count(*) > 200 as most from raw_data.recruits",
        "--format",
        "csv",
    ];
    let mut command = place.command(&count);
    let counted = Ended::of(command.env("JOBTIDE__STORAGE__URL", "demo"));
    assert_eq!(counted.expect(0).stdout, "most\ntrue\n");

    // A second one starts from scratch; a foreign folder is not touched.
    place.run(&demo).expect(0);
    place.file("mine/diary.txt", "dear diary");
    let mut other = demo;
    other[7] = "mine";
    place
        .run(&other)
        .expect(1)
        .tells(&["`mine` contains something that no demo created", "--folder"]);
    assert!(place.path().join("mine/diary.txt").exists());
}
