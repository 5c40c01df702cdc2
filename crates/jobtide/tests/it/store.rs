//! Stores that cannot be used: an error with a hint and without secrets.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::{StatusCode, header};
use tokio::runtime::Runtime;

use crate::program::{Ended, Place};

const SECRET: &str = "not/for/anybody";

/// Commands that read or write the store in different ways.
const COMMANDS: [&[&str]; 6] = [
    &["status"],
    &["serve", "--listen", "127.0.0.1:0"],
    &["query", "select 1"],
    &["build"],
    &["export", "visual_tables.all_count", "--to", "out"],
    &["check"],
];

/// A bucket that gives every request this response.
fn bucket(status: StatusCode, body: &'static str) -> (Runtime, String) {
    let runtime = Runtime::new().expect("a runtime");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let address = listener.local_addr().expect("its address");
    let answer = move || async move { (status, [(header::ETAG, "\"tag\"")], body) };
    let router = Router::new().fallback(answer);
    runtime.spawn(async move { axum::serve(listener, router).await });
    (runtime, format!("http://{address}"))
}

fn on_bucket(place: &Place, endpoint: &str, url: &str, arguments: &[&str]) -> Ended {
    let mut command = place.command(arguments);
    command
        .env("JOBTIDE__STORAGE__URL", url)
        .env("AWS_ENDPOINT", endpoint)
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "nowhere")
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", SECRET);
    let ended = Ended::of(&mut command);
    for text in [&ended.stdout, &ended.stderr] {
        assert!(
            !text.contains(SECRET),
            "{arguments:?} tells a secret: {text}"
        );
    }
    ended
}

#[test]
fn an_invalid_folder_is_reported_with_a_hint() {
    let place = Place::new("");
    place.file("file", "not a folder");
    for url in ["file", "file/below"] {
        for arguments in COMMANDS {
            let mut command = place.command(arguments);
            let ended = Ended::of(command.env("JOBTIDE__STORAGE__URL", url));
            ended.expect(1).tells(&[&format!("`{url}`"), "hint: "]);
        }
    }
    // No part of a store may be a link: its target is foreign.
    std::fs::create_dir_all(place.store()).expect("a folder");
    let builds = place.store().join("builds");
    std::os::unix::fs::symlink(place.path(), &builds).expect("a link");
    for arguments in COMMANDS {
        let ended = place.run(arguments);
        ended.expect(1).tells(&["builds", "is a link", "hint: "]);
    }
}

#[test]
fn a_take_down_makes_no_store_of_a_foreign_folder() {
    let place = Place::new("");
    place.file("store/warehouse/precious.parquet", "mine");
    let purge = ["purge", "saramin:1", "--reason", "a test"];
    place.run(&purge).expect(1).tells(&["hint: "]);
    let left = crate::program::files(&place.store());
    assert_eq!(left, [place.store().join("warehouse/precious.parquet")]);
}

/// Everything below a folder, including folders.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while at < found.len() {
        if let Ok(entries) = std::fs::read_dir(&found[at]) {
            found.extend(entries.map(|entry| entry.expect("an entry").path()));
        }
        at += 1;
    }
    found.sort();
    found
}

#[test]
fn every_command_refuses_a_foreign_folder_and_leaves_nothing_in_it() {
    let place = Place::new("[server]\nlisten = \"127.0.0.1:0\"\n");
    place.file("store/builds/notes.txt", "mine");
    place.file("one.json", r#"{"id":"41232704"}"#);
    let before = tree(&place.store());
    let others: [&[&str]; 9] = [
        &["quarantine"],
        &["quarantine", "replay"],
        &["builds"],
        &["builds", "rollback", "1"],
        &["backup", "--to", "copy"],
        &["up", "--listen", "127.0.0.1:0"],
        &["land", "saramin", "one.json"],
        &["run", "collect_postings", "--from", "2026-05-01"],
        &["query", "select 1", "--build", "1"],
    ];
    for arguments in COMMANDS.into_iter().chain(others) {
        let ended = place.run(arguments);
        ended.expect(1).tells(&[
            "is not empty and is not a jobtide store: it contains `builds/notes.txt`",
            "hint: set `storage.url`",
        ]);
        assert_eq!(tree(&place.store()), before, "{arguments:?}");
    }
    let doctor = place.run(&["doctor", "--deep"]);
    assert!(
        doctor.expect(1).stdout.contains("is not a jobtide store"),
        "{doctor}"
    );
    assert_eq!(tree(&place.store()), before);
    assert!(!place.path().join("copy").exists());

    // A store of an earlier version has no mark, and may have other files beside it.
    place.file(
        "store/landing/origin.json",
        r#"{"format":1,"class":"real"}"#,
    );
    place.run(&["status"]).expect(0);
    place.run(&["doctor"]).expect(0);
}

#[test]
fn a_missing_store_is_reported_as_empty_and_is_not_created() {
    let place = Place::new("[server]\nlisten = \"127.0.0.1:0\"\n");
    place
        .run(&["backup", "--to", "copy"])
        .expect(1)
        .tells(&["`store` holds nothing yet", "hint: "]);
    assert!(!place.path().join("copy").exists());
    let doctor = place.run(&["doctor"]);
    assert!(
        doctor.expect(0).stdout.contains("holds nothing yet"),
        "{doctor}"
    );
    place.run(&["status"]).expect(0);
    for arguments in [&["query", "select 1"][..], &["quarantine"]] {
        place
            .run(arguments)
            .expect(1)
            .tells(&["nothing is published yet", "hint: "]);
    }
    assert!(!place.store().exists());
    let serving = crate::program::Serving::start(&place);
    drop(serving);
}

#[test]
fn a_restore_that_is_refused_leaves_nothing() {
    let place = Place::new("");
    place.file("nothing/readme.txt", "no backup");
    place.file("store/precious.txt", "mine");
    let before = tree(&place.store());
    let restore = ["restore", "--from", "nothing"];
    place
        .run(&restore)
        .expect(1)
        .tells(&["is not a jobtide store", "hint: "]);
    assert_eq!(tree(&place.store()), before);

    let empty = Place::new("");
    empty.file("nothing/readme.txt", "no backup");
    empty
        .run(&restore)
        .expect(1)
        .tells(&["there is no `backup.json`", "hint: "]);
    assert!(!empty.store().exists());
    std::fs::create_dir(empty.store()).expect("a folder");
    empty.run(&restore).expect(1);
    assert_eq!(tree(&empty.store()), [empty.store()]);
}

#[test]
fn a_bucket_that_refuses_is_reported_with_a_hint() {
    let place = Place::new("");
    let error = |code| match code {
        StatusCode::NOT_FOUND => "<Error><Code>NoSuchBucket</Code></Error>",
        StatusCode::FORBIDDEN => "<Error><Code>SignatureDoesNotMatch</Code></Error>",
        _ => "<Error><Code>InvalidAccessKeyId</Code></Error>",
    };
    for status in [
        StatusCode::NOT_FOUND,
        StatusCode::FORBIDDEN,
        StatusCode::UNAUTHORIZED,
    ] {
        let (_runtime, endpoint) = bucket(status, error(status));
        for arguments in COMMANDS {
            let ended = on_bucket(&place, &endpoint, "s3://bucket/path", arguments);
            ended
                .expect(1)
                .tells(&["hint: ", "credentials", "jobtide doctor"]);
        }
        let doctor = on_bucket(&place, &endpoint, "s3://bucket/path", &["doctor"]);
        assert!(doctor.expect(1).stdout.contains("credentials"), "{doctor}");
    }
}

#[test]
fn credentials_in_the_url_are_not_repeated() {
    let place = Place::new("");
    let nothing = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    let (_runtime, endpoint) = bucket(StatusCode::OK, nothing);
    let status = ["status", "--json"];
    let ended = on_bucket(&place, &endpoint, "s3://key:secret@bucket/path", &status);
    assert!(!ended.stdout.contains("secret"), "{ended}");
    assert!(
        ended.expect(0).stdout.contains("s3://bucket/path"),
        "{ended}"
    );
    let unreadable = format!("s3://key:{SECRET}@bucket/path");
    for arguments in [&status[..], &["doctor"], &["backup", "--to", &unreadable]] {
        let ended = on_bucket(&place, &endpoint, &unreadable, arguments);
        let shown = format!("{}{}", ended.expect(1).stdout, ended.stderr);
        assert!(shown.contains("`s3://bucket/path`"), "{shown}");
        assert!(shown.contains("no credentials into it"), "{shown}");
    }
}

#[test]
fn a_lock_that_is_a_link_does_not_truncate_its_target() {
    let place = Place::new("");
    place.file("precious", "somebody's own");
    std::fs::create_dir_all(place.store().join("state")).expect("a folder");
    let lock = place.store().join("state/writer.lock");
    std::os::unix::fs::symlink(place.path().join("precious"), &lock).expect("a link");
    place.run(&["build"]);
    let precious = std::fs::read_to_string(place.path().join("precious"));
    assert_eq!(precious.expect("still there"), "somebody's own");
}
