//! Two instances with state folders of their own on one store: one is stopped (SIGSTOP) past its writer
//! lease inside a build or a cleanup, the other takes over, and the first goes on (SIGCONT).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::program::{Ended, Place, files};
use crate::visit::{landed, record};

/// Where the first instance is stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    /// It has written a data file, and no record.
    Build,
    /// It has written the record of its build: what follows cleans up.
    Cleanup,
}

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    let sent = Command::new("sh").args(["-c", &kill]).status();
    assert!(sent.expect("a shell").success());
}

/// `jobtide build --full` by an instance with a state folder of its own.
fn instance(place: &Place, state: &str) -> Command {
    let mut command = place.command(&["build", "--full"]);
    command
        .env("JOBTIDE__STORAGE__STATE", place.path().join(state))
        .env("JOBTIDE__STORAGE__LEASE_SECONDS", "3")
        .env("JOBTIDE__STORAGE__KEEP_BUILDS", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The records, without one that is being written under another name.
fn builds(place: &Place) -> Vec<PathBuf> {
    let mut records = files(&place.store().join("builds"));
    records.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    records
}

fn data(place: &Place) -> BTreeSet<PathBuf> {
    files(&place.store().join("warehouse"))
        .into_iter()
        .collect()
}

/// Starts the first instance and stops it at that point; none if it went past it.
fn stopped(place: &Place, at: At) -> Option<Child> {
    let (records, before) = (builds(place), data(place));
    // Old enough to be cleaned up.
    let long_ago = SystemTime::now() - Duration::from_secs(48 * 60 * 60);
    for file in &before {
        let file = std::fs::File::options().write(true).open(file);
        file.expect("a file")
            .set_modified(long_ago)
            .expect("a time");
    }
    let mut first = instance(place, "first")
        .spawn()
        .expect("the program starts");
    let is_there = || match at {
        At::Build => data(place).iter().any(|file| !before.contains(file)),
        At::Cleanup => builds(place).iter().any(|record| !records.contains(record)),
    };
    while !is_there() {
        if first.try_wait().expect("its state").is_some() {
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    signal(&first, "STOP");
    let is_past = match at {
        At::Build => builds(place) != records,
        // What it replaced is gone: it has cleaned up.
        At::Cleanup => data(place).is_disjoint(&before),
    };
    if is_past || first.try_wait().expect("its state").is_some() {
        signal(&first, "CONT");
        first.wait().expect("its end");
        return None;
    }
    Some(first)
}

fn is_fenced_off(at: At) {
    let place = landed([record(1, "개발자"), record(2, "기획자")]);
    let first = std::iter::repeat_with(|| stopped(&place, at));
    let first = first.take(20).flatten().next().expect("stopped in time");
    // What it has begun is its own: a file under another name, which it gives its name or removes.
    let (records, begun) = (builds(&place), data(&place));

    let second = Ended::of(&mut instance(&place, "second"));
    second.expect(0);
    let published = builds(&place);
    let written: BTreeSet<PathBuf> = &data(&place) - &begun;
    assert!(!written.is_empty(), "the second one has written files");
    assert!(published.last() > records.last());
    signal(&first, "CONT");
    let first = Ended::from(first.wait_with_output().expect("its end"));
    match at {
        At::Build => {
            second.tells(&["another instance is writing in this store (process "]);
            first
                .expect(1)
                .tells(&["another process has taken over the writing in this store"]);
        }
        // It may have nothing left to do, or have given the lease back. A pause between two deletions
        // is a test of the warehouse.
        At::Cleanup => assert!(matches!(first.code, Some(0 | 1)), "{first}"),
    }
    assert_eq!(builds(&place), published);
    assert_eq!(place.query("select count(*) from raw_data.recruits"), ["2"]);
    if at == At::Build {
        assert!(data(&place).is_superset(&written));
    }
    let record = published.last().expect("a record");
    let record = std::fs::read_to_string(record).expect("a record");
    let texts = record.split('"');
    let mut named = texts
        .filter(|text| text.starts_with("warehouse/"))
        .peekable();
    assert!(named.peek().is_some(), "{record}");
    for file in named {
        assert!(place.store().join(file).is_file(), "{file}");
    }
    place.run(&["check"]).expect(0);
    place.run(&["build"]).expect(0);
}

#[test]
fn a_build_that_is_stopped_is_fenced_off_by_another_instance() {
    is_fenced_off(At::Build);
}

#[test]
fn a_cleanup_that_is_stopped_deletes_nothing_of_another_instance() {
    is_fenced_off(At::Cleanup);
}
