//! Foreign files and links in and around a store: no command deletes or changes one, in the store,
//! through a link, or in a folder that is no store.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::program::{Ended, Place, files};
use crate::saved;
use crate::source::{DAYS, Source, still};
use crate::tables;
use crate::trial::{Expected, Trials, copy, ends_well};

/// File names of users, other programs and earlier versions.
const NAMES: [&str; 14] = [
    "precious.parquet",
    "part-00000-c000.snappy.parquet",
    "with space.parquet",
    "한글 이름.parquet",
    "UPPER.PARQUET",
    "a%20b.parquet",
    ".hidden",
    ".hidden.parquet",
    "notes.txt",
    "report#1",
    "manifest.json.bak",
    "000000000001.json.bak",
    "backfill-mine.json",
    "old.tmp",
];

/// All foreign entries: path, and content.
#[derive(Debug, PartialEq)]
struct Foreign(BTreeMap<PathBuf, What>);

#[derive(Debug, PartialEq)]
enum What {
    Nothing,
    File(Vec<u8>),
    Link(PathBuf),
    Folder,
}

impl What {
    fn at(path: &Path) -> Self {
        match std::fs::symlink_metadata(path) {
            Err(_) => Self::Nothing,
            Ok(about) if about.is_symlink() => {
                Self::Link(std::fs::read_link(path).expect("a link"))
            }
            Ok(about) if about.is_dir() => Self::Folder,
            Ok(_) => Self::File(std::fs::read(path).expect("a file")),
        }
    }
}

impl Foreign {
    fn of(paths: &[PathBuf]) -> Self {
        let look = |path: &PathBuf| (path.clone(), What::at(path));
        Self(paths.iter().map(look).collect())
    }

    #[track_caller]
    fn unchanged(&self, after: &str) {
        let changed: Vec<String> = self
            .0
            .iter()
            .filter(|(path, what)| What::at(path) != **what)
            .map(|(path, what)| {
                let now = What::at(path);
                format!("{}: was {}, is {}", path.display(), what.kind(), now.kind())
            })
            .collect();
        assert!(
            changed.is_empty(),
            "{} of {} foreign things are gone or changed after {after}:\n{}",
            changed.len(),
            self.0.len(),
            changed.join("\n")
        );
    }
}

impl What {
    fn kind(&self) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::File(bytes) => format!("a file of {} bytes", bytes.len()),
            Self::Link(to) => format!("a link to {}", to.display()),
            Self::Folder => "a folder".to_owned(),
        }
    }
}

/// Every folder below one, itself included; links are not followed.
fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    let mut at = 0;
    while at < found.len() {
        for entry in std::fs::read_dir(&found[at]).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("its type").is_dir() {
                found.push(entry.path());
            }
        }
        at += 1;
    }
    found
}

fn old(path: &Path) {
    let month_ago = SystemTime::now() - Duration::from_secs(30 * 24 * 3600);
    let file = std::fs::File::options()
        .append(true)
        .open(path)
        .expect("a file");
    file.set_modified(month_ago).expect("its time");
}

/// Files in every folder of the store, and links out of it; returns all that is foreign.
fn plant(store: &Path, outside: &Path) -> Vec<PathBuf> {
    let mut foreign = Vec::new();
    let mut put = |path: PathBuf| {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, format!("precious: {}", path.display())).expect("a file");
        old(&path);
        foreign.push(path);
    };
    for name in NAMES {
        put(outside.join(name));
        put(outside.join("below").join(name));
    }
    let own = folders(store);
    for folder in &own {
        for name in NAMES {
            put(folder.join(name));
        }
        put(folder.join("folder.parquet/inside.parquet"));
    }
    // Files that look like the program's own, but are reached only through a link.
    for (kind, ending) in [
        ("warehouse", ".parquet"),
        ("landing", ".zst"),
        ("builds", ".json"),
    ] {
        let ours = files(&store.join(kind)).into_iter().find(|path| {
            let name = path.to_string_lossy();
            name.ends_with(ending)
                && !NAMES.iter().any(|foreign| name.ends_with(foreign))
                && !name.contains("folder.parquet")
        });
        if let Some(ours) = ours {
            let below = ours.strip_prefix(store).expect("below the store");
            put(outside.join("copy").join(below));
        }
    }
    for folder in &own {
        let links = [
            ("link.parquet", outside.join("precious.parquet")),
            ("link#1", outside.join("report#1")),
            ("link", outside.to_owned()),
            ("dangling.parquet", PathBuf::from("nowhere")),
        ];
        for (name, leads) in links {
            symlink(leads, folder.join(name)).expect("a link");
            foreign.push(folder.join(name));
        }
    }
    for schema in folders(&outside.join("copy/warehouse"))
        .iter()
        .skip(1)
        .take(1)
    {
        let name = schema.file_name().expect("a name");
        let link = store
            .join("warehouse")
            .join(format!("linked_{}", name.to_string_lossy()));
        symlink(schema, &link).expect("a link");
        foreign.push(link);
    }
    foreign
}

/// Circular links, and names that are not UTF-8: the store may be refused because of them.
fn plant_odd(store: &Path, foreign: &mut Vec<PathBuf>) {
    use std::os::unix::ffi::OsStrExt as _;
    for name in ["landing", "warehouse", "builds", "state"] {
        let folder = store.join(name);
        for (link, leads) in [("itself.parquet", "itself.parquet"), ("up", "..")] {
            symlink(leads, folder.join(link)).expect("a link");
            foreign.push(folder.join(link));
        }
        let odd = folder.join(std::ffi::OsStr::from_bytes(b"caf\xe9.parquet"));
        std::fs::write(&odd, "precious").expect("a file");
        foreign.push(odd);
    }
}

/// A store of saved postings with two builds, of which further ones drop the first.
fn saved_place() -> Place {
    let place = Place::with_store("store", "keep_builds = 2\n");
    for (name, ids) in [
        ("a.jsonl", 70_000_000..70_000_080),
        ("b.jsonl", 70_000_060..70_000_120),
        ("c.jsonl", 70_000_120..70_000_150),
    ] {
        place.file(name, saved::lines(ids));
    }
    for step in [LAND_A, BUILD, LAND_B, BUILD] {
        place.run(step).expect(0);
    }
    place
}

const BUILD: &[&str] = &["build"];
const LAND_A: &[&str] = &["land", "saramin", "a.jsonl"];
const LAND_B: &[&str] = &["land", "saramin", "b.jsonl"];

/// Everything that writes to a store of saved postings or cleans it.
const ON_SAVED: [&[&str]; 10] = [
    &["builds", "rollback", "1"],
    BUILD,
    &["build", "--full"],
    &["land", "saramin", "c.jsonl"],
    BUILD,
    &["purge", "saramin:70000017", "--reason", "a test"],
    &["purge", "--reason", "a test"],
    &["quarantine", "replay"],
    &["backup", "--to", "backup"],
    &["doctor", "--deep"],
];

const COLLECT: &[&str] = &["run", "collect_postings"];

#[test]
fn nothing_foreign_in_a_store_is_deleted_or_changed() {
    let mut trials = Trials::new("foreign files in a store");
    let mut count = 0;
    let mut expected = Expected::new(|| {
        let place = saved_place();
        for step in ON_SAVED.iter().filter(|step| step[0] != "doctor") {
            place.run(*step).expect(0);
        }
        tables::comparable(&place)
    });
    for odd in [false, true] {
        let place = saved_place();
        let outside = tempfile::tempdir().expect("a folder");
        let mut foreign = plant(&place.store(), outside.path());
        if odd {
            plant_odd(&place.store(), &mut foreign);
        }
        let before = Foreign::of(&foreign);
        count += foreign.len();
        for step in ON_SAVED {
            let context = format!(
                "{}{step:?}",
                if odd { "links that lead back: " } else { "" }
            );
            trials.attempt(&context, || {
                let ended = place.run(step);
                before.unchanged(&format!("{step:?}: {ended}"));
                ends_well(
                    &ended,
                    if odd || step[0] == "doctor" {
                        &[0, 1]
                    } else {
                        &[0]
                    },
                );
            });
        }
        if !odd {
            trials.attempt("the tables beside foreign files", || {
                expected.compare(&place, "beside foreign files");
            });
        }
    }

    let source = Source::start(still(200));
    let place = Place::new(&source.settings("daily_quota = 100000"));
    place
        .run(&[
            "run",
            "collect_postings",
            "--from",
            DAYS[0],
            "--to",
            "2023-06-15",
        ])
        .expect(0);
    let outside = tempfile::tempdir().expect("a folder");
    // An old leftover of a window, next to one that is reached through a link.
    let foreign = plant(&place.store(), outside.path());
    count += foreign.len();
    let before = Foreign::of(&foreign);
    for step in [COLLECT, COLLECT, &["build", "--full"]] {
        trials.attempt(&format!("a collection: {step:?}"), || {
            let ended = place.run(step);
            before.unchanged(&format!("{step:?}: {ended}"));
            ends_well(&ended, &[0]);
        });
    }
    trials.finish(&format!("{count} foreign files and links"));
}

#[test]
fn a_folder_that_is_no_store_is_left_alone() {
    let mut trials = Trials::new("folders that are no store");
    let source = saved_place();
    source.run(&["backup", "--to", "backup"]).expect(0);
    let kept: [(&str, &str); 4] = [
        ("a file beside", "thesis.docx"),
        (
            "a Parquet file in a folder of ours",
            "warehouse/precious.parquet",
        ),
        (
            "a table of another program",
            "warehouse/sales/orders/part-0.parquet",
        ),
        ("a record of another program", "builds/notes.json"),
    ];
    let commands: [&[&str]; 4] = [
        LAND_A,
        BUILD,
        &["restore", "--from", "backup"],
        &["run", "collect_postings", "--from", DAYS[0]],
    ];
    for (what, name) in kept {
        for command in commands {
            let place = Place::new("");
            place.file("a.jsonl", saved::lines(70_000_000..70_000_010));
            copy(&source.path().join("backup"), &place.path().join("backup"));
            let path = place.file(&format!("store/{name}"), "precious");
            old(&path);
            let before = Foreign::of(&[path]);
            trials.attempt(&format!("{what}: {command:?}"), || {
                let ended = place.run(command);
                before.unchanged(&format!("{command:?}: {ended}"));
                ends_well(&ended, &[1]);
                ended.tells(&["hint: "]);
            });
        }
    }
    demos(&mut trials);
    trials.finish("each refused with the way out");
}

/// A demo empties its own folder, and nothing else.
fn demos(trials: &mut Trials) {
    let demo = |place: &Place| -> Ended {
        let arguments = [
            "demo",
            "--once",
            "--postings",
            "50",
            "--listen",
            "127.0.0.1:0",
        ];
        place.run(&[&arguments[..], &["--folder", "demo"]].concat())
    };
    let place = Place::new("");
    let paths = [place.file("demo/thesis.docx", "precious")];
    let before = Foreign::of(&paths);
    trials.attempt("a demo into a foreign folder", || {
        let ended = demo(&place);
        before.unchanged(&format!("{ended}"));
        ended.expect(1).tells(&["hint: "]);
    });

    let place = Place::new("");
    let outside = place.file("outside/thesis.docx", "precious");
    symlink("outside", place.path().join("demo")).expect("a link");
    let before = Foreign::of(&[outside, place.path().join("demo")]);
    trials.attempt("a demo through a link", || {
        let ended = demo(&place);
        before.unchanged(&format!("{ended}"));
        ends_well(&ended, &[1]);
    });

    let place = Place::new("");
    demo(&place).expect(0);
    let outside = place.file("outside/thesis.docx", "precious");
    let mine = place.file("demo/thesis.docx", "precious");
    let deep = place.file("demo/warehouse/precious.parquet", "precious");
    let link = place.path().join("demo/landing/link");
    symlink(place.path().join("outside"), &link).expect("a link");
    let before = Foreign::of(&[outside, mine, deep, link]);
    trials.attempt(
        "a demo into its own folder, to which files were added",
        || {
            let ended = demo(&place);
            before.unchanged(&format!("{ended}"));
            ends_well(&ended, &[0, 1]);
        },
    );
}
