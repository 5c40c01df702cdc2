//! The access key: in no file and in no message, at any log level and in any failure.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use simulator::{Faults, Options};

use crate::program::{Ended, KEY, Place, files};
use crate::source::{Source, faulty, still};

/// A part of the key that no URL encoding changes.
const PART: &str = "unmistakable";

#[track_caller]
fn assert_silent(place: &Place, ended: &Ended) {
    assert!(KEY.contains(PART));
    for (name, text) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        let line = text.lines().find(|line| line.contains(PART));
        assert_eq!(line, None, "the key is in {name}");
    }
    for file in files(&place.store()) {
        let mut bytes = std::fs::read(&file).expect("a file");
        if file.extension().is_some_and(|ending| ending == "zst") {
            bytes = zstd::decode_all(bytes.as_slice()).expect("zstd");
        }
        let found = bytes
            .windows(PART.len())
            .any(|window| window == PART.as_bytes());
        assert!(!found, "the key is in {}", file.display());
    }
}

#[test]
fn the_key_is_nowhere_at_any_log_level() {
    let source = Source::start(faulty(
        200,
        Faults::all(0.2).with(simulator::Fault::Timeout, 0.0),
    ));
    for level in [
        "debug",
        "trace",
        "hyper=trace,hyper_util=trace,reqwest=trace,h2=trace",
    ] {
        let place = Place::new(&source.settings(""));
        let mut command = place.command(&["run", "collect_postings"]);
        let ended = Ended::of(command.env("RUST_LOG", level));
        assert!(
            ended.stderr.len() > 1_000,
            "{level} reports next to nothing: {ended}"
        );
        assert_silent(&place, &ended);
        assert_silent(&place, &place.run(&["status", "--json"]));
    }
}

#[test]
fn the_key_is_nowhere_when_the_source_refuses_it_or_is_down() {
    let source = Source::start(Options {
        access_key: Some("another".to_owned()),
        ..still(100)
    });
    let place = Place::new(&source.settings(""));
    let mut command = place.command(&["run", "collect_postings"]);
    let refused = Ended::of(command.env("RUST_LOG", "debug"));
    refused.expect(1).tells(&["access key", "hint: "]);
    assert_silent(&place, &refused);

    drop(source);
    let mut command = place.command(&["run", "collect_postings"]);
    let unreachable = Ended::of(command.env("RUST_LOG", "debug"));
    unreachable.expect(3).tells(&["no connection"]);
    assert_silent(&place, &unreachable);
}

/// Responds with a record that contains the requested URL.
fn repeat(mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let target = request.split(' ').nth(1).unwrap_or_default();
    let body =
        format!(r#"{{"jobs":{{"total":"1","job":[{{"id":"41232704","url":"{target}"}}]}}}}"#);
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn the_key_is_nowhere_when_the_source_repeats_it() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    std::thread::spawn(move || listener.incoming().flatten().try_for_each(repeat));
    let settings = format!("[sources.saramin]\nbase_url = \"{url}\"\nstart = \"2023-05-01\"\n");
    let place = Place::new(&settings);
    let mut command = place.command(&["run", "collect_postings"]);
    let ended = Ended::of(command.env("RUST_LOG", "debug"));
    ended
        .expect(1)
        .tells(&["contains the access key", "was not stored", "hint: "]);
    assert_silent(&place, &ended);
    assert_silent(&place, &place.run(&["status", "--json"]));
}

#[test]
fn a_refused_key_is_a_failure_and_what_was_landed_before_is_published() {
    let source = Source::start(Options {
        access_key: Some("another".to_owned()),
        ..still(100)
    });
    let place = Place::new(&source.settings(""));
    place.file("one.json", r#"{"id":"41232704","position":{"title":"x"}}"#);
    place.run(&["land", "saramin", "one.json"]).expect(0);
    place.run(&["run", "collect_postings"]).expect(1).tells(&[
        "build 1 is published: 1 postings",
        "access key",
        "hint: ",
    ]);
    let status = place.run(&["status", "--json"]).expect(0).stdout.clone();
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    let runs = status["runs"]["runs"].as_array().expect("runs");
    let mut collecting = runs.iter().filter(|run| run["dag"] == "collect_postings");
    let last = collecting.next().expect("a run");
    assert_eq!(last["outcome"], "failed", "{status}");
}
