//! A user with read-only permissions on the store, and permissions that are lost during a run. Root may
//! write everywhere, so for root the program is run as another user.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::{Ended, Place, files};
use crate::source::{DAYS, Source, still};

/// The number of `nobody`, as a user and as a group.
const NOBODY: u32 = 65_534;

/// Whether this process runs as root.
fn is_root() -> bool {
    let made = tempfile::tempfile().expect("a file");
    made.metadata().expect("its owner").uid() == 0
}

/// A store, and a copy of the program that another user can run.
struct Shared {
    place: Place,
    program: PathBuf,
}

impl Shared {
    fn new(settings: &str) -> Self {
        let place = Place::new(settings);
        let program = place.path().join("jobtide");
        std::fs::copy(env!("CARGO_BIN_EXE_jobtide"), &program).expect("a copy of the program");
        mode(place.path(), 0o755);
        Self { place, program }
    }

    /// The program as a user who owns nothing here; if the tests do not run as root, as the same
    /// user.
    fn other(&self, arguments: &[&str]) -> Command {
        let command = self.place.command(&[] as &[&str]);
        let mut other = if is_root() {
            let mut other = Command::new("setpriv");
            let user = [
                &format!("--reuid={NOBODY}"),
                &format!("--regid={NOBODY}"),
                "--clear-groups",
            ];
            other.args(user).arg(&self.program);
            other
        } else {
            Command::new(&self.program)
        };
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => other.env(name, value),
                None => other.env_remove(name),
            };
        }
        other
            .args(arguments)
            .current_dir(self.place.path())
            .stdin(Stdio::null());
        other
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.other(arguments))
    }

    /// Gives the store to the other user, or takes it back and removes write permission.
    fn give(&self, give: bool) {
        each_folder(&self.place.store(), &|folder| {
            if is_root() {
                let owner = Some(if give { NOBODY } else { 0 });
                // What is being written may have disappeared.
                chown(folder, owner, owner).ok();
                for entry in entries(folder) {
                    chown(entry.path(), owner, owner).ok();
                }
            }
            let rights = if give || is_root() { 0o755 } else { 0o555 };
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(rights)).ok();
        });
    }
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its rights");
}

fn each_folder(folder: &Path, work: &dyn Fn(&Path)) {
    work(folder);
    for entry in entries(folder) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            each_folder(&entry.path(), work);
        }
    }
}

/// The entries of a folder that may have disappeared.
fn entries(folder: &Path) -> impl Iterator<Item = std::fs::DirEntry> {
    let found = std::fs::read_dir(folder).into_iter().flatten();
    found.filter_map(Result::ok)
}

/// Every file with its bytes; one that is renamed meanwhile is left out.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let read = |path: PathBuf| std::fs::read(&path).ok().map(|bytes| (path, bytes));
    files(folder).into_iter().filter_map(read).collect()
}

#[test]
fn a_store_that_may_only_be_read_is_read_and_backed_up() {
    let source = Source::start(still(300));
    let shared = Shared::new(&source.settings(""));
    let place = &shared.place;
    place.run(&["run", "collect_postings"]).expect(0);
    shared.give(false);
    let before = content(&place.store());

    let count = "select count(*) from raw_data.recruits";
    shared.run(&["query", count]).expect(0);
    let runs = |ended: &Ended| {
        let status: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
        status["runs"].clone()
    };
    let status = shared.run(&["status", "--json"]);
    assert_eq!(
        runs(status.expect(0))["runs"][0]["outcome"],
        "success",
        "{status}"
    );
    shared.run(&["check"]).expect(0);
    shared.run(&["builds"]).expect(0);
    let out = place.path().join("out");
    std::fs::create_dir(&out).expect("a folder");
    mode(&out, 0o777);
    let backup = out.join("backup").display().to_string();
    shared.run(&["backup", "--to", &backup]).expect(0);
    assert!(
        content(&place.store()) == before,
        "reading changed the store"
    );

    let restored = Place::new(&source.settings(""));
    restored.run(&["restore", "--from", &backup]).expect(0);
    assert_eq!(restored.query(count), place.query(count));
    let again = restored.run(&["status", "--json"]);
    assert_eq!(runs(again.expect(0)), runs(&status));
}

#[test]
fn what_landing_would_do_is_reported_without_write_permission() {
    let shared = Shared::new("");
    let place = &shared.place;
    place.file("a.jsonl", "{\"id\": \"1\"}\n");
    place.file("b.jsonl", "{\"id\": \"2\"}\n");
    place.run(&["land", "saramin", "a.jsonl"]).expect(0);
    shared.give(false);
    let before = content(&place.store());
    let ended = shared.run(&["land", "saramin", "--dry-run", "a.jsonl", "b.jsonl"]);
    ended
        .expect(0)
        .tells(&["would land 1 new files, 1 known ones"]);
    shared
        .run(&["unland", "a.jsonl"])
        .expect(1)
        .tells(&["hint: "]);
    assert!(content(&place.store()) == before, "{ended}");
}

#[test]
fn what_may_not_be_written_is_reported_with_a_hint() {
    let source = Source::start(still(300));
    let shared = Shared::new(&source.settings(""));
    let place = &shared.place;
    place.run(&["run", "collect_postings"]).expect(0);
    place.file("a.jsonl", "{\"id\": \"1\"}\n");
    shared.give(false);
    let before = content(&place.store());
    for command in [
        &["land", "saramin", "a.jsonl"] as &[&str],
        &["unland", "a.jsonl"],
        &["build"],
        &["build", "--full"],
        &["run", "collect_postings"],
        &["purge", "saramin:1", "--reason", "a test"],
        &["builds", "rollback", "1"],
    ] {
        let ended = shared.run(command);
        ended.expect(1).tells(&["hint: "]);
        assert!(!ended.stderr.contains("damaged"), "{ended}");
    }
    assert!(
        content(&place.store()) == before,
        "a refused command changed the store"
    );
}

#[test]
fn permissions_lost_midway_end_the_run_and_lose_nothing() {
    let source = Source::start(still(400));
    let paced = "daily_quota = 100000\nrequests_per_second = 20\n[pipeline]\nfolder = \"pipeline\"";
    let shared = Shared::new(&source.settings(paced));
    let place = &shared.place;
    let smaller = [
        ("size = 110", "size = 10"),
        ("max_hits = 10_000", "max_hits = 60"),
    ];
    place.file(
        "pipeline/sources/saramin.toml",
        crate::source::description(&smaller),
    );
    place
        .run(&[
            "run",
            "collect_postings",
            "--from",
            DAYS[0],
            "--to",
            "2023-05-03",
        ])
        .expect(0);
    shared.give(true);

    let windows = || {
        let mut windows = content(&place.store().join("landing"));
        windows.retain(|(path, _)| path.ends_with("manifest.json"));
        windows
    };
    let first = windows().len();
    let mut run = shared
        .other(&["run", "collect_postings"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    while windows().len() < first + 2 {
        let ended = run.try_wait().expect("its state");
        assert!(ended.is_none(), "it ended before its rights were taken");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    shared.give(false);
    let landed = windows();
    let ended = Ended::from(run.wait_with_output().expect("its end"));
    ended.expect(1).tells(&["hint: "]);
    let now = windows();
    assert!(landed.iter().all(|window| now.contains(window)), "{ended}");

    shared.give(true);
    shared.run(&["run", "collect_postings"]).expect(0);
    assert_eq!(
        place.query("select count(distinct id) from staging.recruit"),
        ["400"]
    );
}
