//! Landing saved responses, what cannot be read, exports and earlier builds.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;

use serde_json::{Value, json};
use simulator::Simulator;

use crate::program::Place;
use crate::source::still;
use crate::tables;

/// Records of a simulator as the source sends them.
pub fn records(count: u32) -> Vec<Value> {
    let simulator = Simulator::new(still(count)).expect("options that fit");
    let snapshot = simulator.snapshot();
    let texts = snapshot.postings().map(|truth| truth.json);
    texts
        .map(|text| serde_json::from_str(&text).expect("a record"))
        .collect()
}

pub fn answer(records: &[Value]) -> String {
    json!({"jobs": {"count": records.len(), "start": 0, "total": records.len().to_string(), "job": records}}).to_string()
}

pub fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("gzip");
    encoder.finish().expect("gzip")
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 1).expect("zstd")
}

#[test]
fn every_form_of_a_saved_file_is_landed_once() {
    let place = Place::new("");
    let all = records(100);
    place.file("answer.json", answer(&all[..30]));
    place.file("bare.json", all[30].to_string());
    place.file("lines.jsonl", lines(&all[31..50]));
    place.file("packed.json.gz", gzip(&answer(&all[50..70])));
    place.file("packed.jsonl.zst", zstd(&lines(&all[70..])));
    let land = [
        "land",
        "saramin",
        "answer.json",
        "bare.json",
        "lines.jsonl",
        "packed.json.gz",
        "packed.jsonl.zst",
    ];
    place
        .run(&land)
        .expect(0)
        .tells(&["landed 5 new files, 0 known"]);
    place
        .run(&["build"])
        .expect(0)
        .tells(&["build 1 is published: 100 postings"]);
    let listing = place.listing();

    // Again, under other names and in another form: the content is recognised.
    place
        .run(&land)
        .expect(0)
        .tells(&["landed 0 new files, 5 known"]);
    place.file("copy.json", answer(&all[50..70]));
    place
        .run(&["land", "saramin", "copy.json"])
        .expect(0)
        .tells(&["1 known"]);
    place
        .run(&["build"])
        .expect(0)
        .tells(&["nothing changed: build 1 stays"]);
    assert_eq!(place.listing(), listing);

    let mut ids = place.query("select posting_id from external.recruit_table");
    ids.sort();
    let mut expected: Vec<String> = all
        .iter()
        .map(|r| r["id"].as_str().expect("an id").to_owned())
        .collect();
    expected.sort();
    assert_eq!(ids, expected);
    place
        .run(&["quarantine"])
        .expect(0)
        .tells(&["nothing is in quarantine"]);
}

#[test]
fn what_cannot_be_read_is_named_and_blocks_nothing() {
    let place = Place::new("");
    let all = records(20);
    place.file("page.json", "<html>maintenance</html>");
    place.file("cut.json.gz", &gzip(&answer(&all))[..60]);
    place.file("good.json", answer(&all[..10]));
    let garbage = format!(
        "{}{{\"no\":\"id\"}}\nnot JSON at all\n[1,2]\n{}",
        lines(&all[10..15]),
        lines(&all[15..])
    );
    place.file("mixed.jsonl", garbage);
    let land = [
        "land",
        "saramin",
        "page.json",
        "cut.json.gz",
        "missing.json",
        "good.json",
        "mixed.jsonl",
    ];
    let ended = place.run(&land);
    ended.expect(1).tells(&[
        "`page.json`",
        "HTML",
        "`cut.json.gz`",
        "`missing.json`",
        "3 of 5 files",
        "landed 2 new",
    ]);

    let built = place.run(&["build"]);
    built.expect(0).tells(&[
        "3 records could not be read",
        "jobtide quarantine",
        "20 postings",
    ]);
    let listed = place.run(&["quarantine"]).expect(0).stdout.clone();
    for text in [
        "not JSON at all",
        "{\"no\":\"id\"}",
        "[1,2]",
        "landing/saramin",
    ] {
        assert!(listed.contains(text), "`{text}` is not listed: {listed}");
    }
    let reasons = place.query("select reason from staging.quarantine");
    assert!(
        reasons.len() == 3 && reasons.iter().all(|reason| !reason.is_empty()),
        "{reasons:?}"
    );

    // Reading everything again finds the same.
    place.run(&["quarantine", "replay"]).expect(0);
    assert_eq!(
        place.query("select reason from staging.quarantine").len(),
        3
    );
}

#[test]
fn a_zero_byte_costs_its_record_and_no_other() {
    let place = Place::new("");
    let all = records(20);
    let spoilt = |id: &str| format!("{{\"id\":\"{id}\",\"url\":\"\0\"}}");
    let saved = format!(
        "{}{}\n{}",
        lines(&all[..5]),
        spoilt("a"),
        lines(&all[5..10])
    );
    place.file("zero.jsonl", saved);
    let list: Vec<String> = all[10..].iter().map(Value::to_string).collect();
    let answer = answer(&[]).replace("[]", &format!("[{},{}]", spoilt("b"), list.join(",")));
    place.file("zero.json", answer);
    place
        .run(&["land", "saramin", "zero.jsonl", "zero.json"])
        .expect(0)
        .tells(&["landed 2 new files"]);
    place
        .run(&["build"])
        .expect(0)
        .tells(&["2 records could not be read", "20 postings"]);
    assert_eq!(
        place.query("select landing_row from staging.quarantine order by landing_row"),
        ["1", "6"]
    );
}

#[test]
fn a_pipe_and_a_file_without_records_block_no_other_file() {
    let place = Place::new("");
    let made = std::process::Command::new("mkfifo")
        .arg(place.path().join("pipe.json"))
        .status();
    assert!(made.expect("mkfifo").success());
    place.file("page.jsonl", "<!doctype html>\n<p>down</p>\n");
    place.file("good.json", answer(&records(10)));
    let land = ["land", "saramin", "pipe.json", "page.jsonl", "good.json"];
    place.run(&land).expect(1).tells(&[
        "`pipe.json` is a pipe, not a regular file",
        "`page.jsonl` is not JSON: no line of it is a JSON record",
        "landed 1 new files",
        "2 of 3 files were not landed",
    ]);
}

#[test]
fn no_text_of_the_source_controls_the_terminal() {
    let place = Place::new("");
    let title = "a\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}b\tc\nd\re";
    let record = json!({"id": "1", "position": {"title": title}, "\u{1b}[2J\u{2066}": 1});
    let raw = "{\"no\":\"id\u{1b}[8m\u{9b}\u{202e}\"}";
    place.file("one.jsonl", format!("{record}\n{raw}\n"));
    place.run(&["land", "saramin", "one.jsonl"]).expect(0);
    let shown = |text: &str| {
        let acts = |letter: char| {
            (letter.is_control() && letter != '\n') || "\u{202e}\u{2066}".contains(letter)
        };
        assert!(!text.contains(acts), "{text:?}");
    };
    let built = place.run(&["build"]);
    built
        .expect(0)
        .tells(&["1 records could not be read", r"\u{2066}"]);
    shown(&built.stderr);
    let select = "select title from external.recruit_table";
    let table = place.run(&["query", select]).expect(0).stdout.clone();
    assert!(
        table.contains(r"a\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}b\tc"),
        "{table}"
    );
    shown(&table);
    let listed = place.run(&["quarantine"]).expect(0).stdout.clone();
    assert!(listed.contains(r"id\u{1b}[8m\u{9b}\u{202e}"), "{listed}");
    shown(&listed);
    for arguments in [
        &["status"][..],
        &["check"],
        &["builds"],
        &["query", "select \u{1b}x"],
    ] {
        let ended = place.run(arguments);
        shown(&ended.stdout);
        shown(&ended.stderr);
    }
    // Programs get every byte.
    let json = place.run(&["query", select, "--format", "json"]);
    let rows: Value = serde_json::from_str(&json.expect(0).stdout).expect("JSON");
    assert_eq!(rows[0]["title"], title);
}

#[test]
fn two_concurrent_landings_of_the_same_files_land_them_once() {
    let place = Place::new("");
    let all = records(20);
    let names: Vec<String> = (0..10).map(|number| format!("{number}.json")).collect();
    for (name, part) in names.iter().zip(all.chunks(2)) {
        place.file(name, answer(part));
    }
    let state = place.store().join("state");
    std::fs::create_dir_all(&state).expect("a folder");
    let lock = std::fs::File::create(state.join("landing.lock")).expect("a file");
    lock.lock().expect("locked");
    let mut landing: Vec<_> = (0..2)
        .map(|_| {
            let mut arguments = vec!["land", "saramin"];
            arguments.extend(names.iter().map(String::as_str));
            let mut command = place.command(&arguments);
            command.stderr(Stdio::piped());
            let mut child = command.spawn().expect("the program starts");
            let mut said = BufReader::new(child.stderr.take().expect("its messages"));
            let mut line = String::new();
            said.read_line(&mut line).expect("a line");
            assert!(line.contains("another process is landing"), "{line}");
            (child, said)
        })
        .collect();
    lock.unlock().expect("unlocked");
    for (child, said) in &mut landing {
        let mut rest = String::new();
        said.read_to_string(&mut rest).expect("its messages");
        assert!(child.wait().expect("its end").success(), "{rest}");
    }
    let manifests = place.listing();
    let manifests = manifests
        .iter()
        .filter(|(path, _)| path.ends_with("manifest.json"));
    assert_eq!(manifests.count(), 10);
    place.run(&["build"]).expect(0).tells(&["20 postings"]);
}

#[test]
fn tables_are_exported_in_every_format() {
    let place = Place::new("");
    place.file("answer.json", answer(&records(60)));
    place.run(&["land", "saramin", "answer.json"]).expect(0);
    place.run(&["build"]).expect(0);
    let table = "external.recruit_table";
    for format in ["csv", "json", "parquet"] {
        place
            .run(&["export", table, "--to", "out", "--format", format])
            .expect(0)
            .tells(&["wrote 60 rows"]);
    }
    let read = |ending: &str| {
        std::fs::read(place.path().join(format!("out/{table}.{ending}"))).expect("a file")
    };
    assert_eq!(tables::Table::parse(&read("csv")).rows.len(), 60);
    let rows: Vec<Value> = serde_json::from_slice(&read("json")).expect("JSON");
    assert!(
        rows.len() == 60 && rows.iter().all(|row| row["id"].is_string()),
        "identifiers are text"
    );
    use parquet::file::reader::FileReader as _;
    let reader =
        parquet::file::reader::SerializedFileReader::new(bytes::Bytes::from(read("parquet")));
    assert_eq!(
        reader
            .expect("Parquet")
            .metadata()
            .file_metadata()
            .num_rows(),
        60
    );

    place
        .run(&["export", "raw_data.nothing", "--to", "out"])
        .expect(1)
        .tells(&["`raw_data.nothing`", "hint: "]);
    place
        .run(&["export", table, "--to", "out/external.recruit_table.csv"])
        .expect(1);
}

#[test]
fn an_earlier_build_can_be_made_the_published_one_again() {
    let place = Place::new("");
    place
        .run(&["builds"])
        .expect(1)
        .tells(&["nothing is published yet", "hint: "]);
    let all = records(40);
    let count = || place.query("select count(*) as n from external.recruit_table");
    for (name, part) in [
        ("a.json", &all[..10]),
        ("b.json", &all[10..25]),
        ("c.json", &all[25..]),
    ] {
        place.file(name, answer(part));
        place.run(&["land", "saramin", name]).expect(0);
        place.run(&["build"]).expect(0);
    }
    assert_eq!(count(), ["40"]);
    place
        .run(&["builds", "rollback", "1"])
        .expect(0)
        .tells(&["build 1 is published again"]);
    assert_eq!(count(), ["10"]);
    let older = place.run(&[
        "query",
        "select count(*) as n from external.recruit_table",
        "--build",
        "2",
        "--format",
        "csv",
    ]);
    assert_eq!(older.expect(0).stdout, "n\n25\n");
    let listed = place.run(&["builds"]).expect(0).stdout.clone();
    let published: Vec<&str> = listed
        .lines()
        .filter(|line| line.ends_with("  published"))
        .collect();
    assert!(
        published.len() == 1 && published[0].trim_start().starts_with("1 "),
        "{listed}"
    );
    place
        .run(&["builds", "rollback", "9"])
        .expect(1)
        .tells(&["build 9 is not kept", "hint: "]);

    // The next build starts from what is published and reads what is landed: nothing is lost.
    place
        .run(&["build"])
        .expect(0)
        .tells(&["build 4 is published: 40 postings"]);
    assert_eq!(count(), ["40"]);
}
