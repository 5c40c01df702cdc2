//! One bit of one file is flipped. Afterwards every figure is correct, or a message names the
//! damage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::program::{Ended, Place, files};
use crate::source::{DAYS, Source, description, still};
use crate::tables::{self, Table};
use crate::trial::{Expected, Trials, copy, ends_well, share};

/// Flipped bits of a full run, spread evenly over the kinds of files.
const BITS: usize = 80;

/// Kinds of files, by where they are.
const KINDS: [(&str, fn(&str) -> bool); 9] = [
    ("body", |path| {
        path.starts_with("landing/") && path.ends_with(".zst")
    }),
    ("data file", |path| {
        path.starts_with("warehouse/") && path.ends_with(".parquet")
    }),
    ("manifest", |path| path.ends_with("/manifest.json")),
    ("newest build record", |path| {
        path == "builds/000000000002.json"
    }),
    ("Delta log", |path| path.contains("/_delta_log/")),
    ("earlier build record", |path| {
        path == "builds/000000000001.json"
    }),
    ("state", |path| path == "state/jobtide.db"),
    ("origin", |path| path == "landing/origin.json"),
    ("backfill", |path| path.starts_with("landing/backfill-")),
];

/// The view of a reader: the full tables, and the `status`.
struct Answer {
    tables: BTreeMap<String, Vec<Vec<String>>>,
    status: Value,
}

impl Answer {
    fn of(place: &Place) -> Self {
        let (exported, status) = ask(place);
        exported.expect(0);
        Self {
            tables: read(place),
            status: published(&status),
        }
    }
}

const OUT: &str = "out";

/// The names of all tables.
fn names(place: &Place) -> Vec<String> {
    place.query(
        "select concat(table_schema, '.', table_name) as name from information_schema.tables
         where table_schema <> 'information_schema' order by name",
    )
}

/// Exports the named tables, and runs `status`.
fn ask(place: &Place) -> (Ended, Ended) {
    std::fs::remove_dir_all(place.path().join(OUT)).ok();
    let listed = std::fs::read_to_string(place.path().join("names")).expect("the names");
    let mut arguments = vec!["export", "--to", OUT];
    arguments.extend(listed.lines());
    (place.run(&arguments), place.run(&["status", "--json"]))
}

fn read(place: &Place) -> BTreeMap<String, Vec<Vec<String>>> {
    let sorted = |path: PathBuf| {
        let table = Table::read(&path);
        let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (name, table.sorted(&columns))
    };
    files(&place.path().join(OUT))
        .into_iter()
        .map(sorted)
        .collect()
}

fn published(status: &Ended) -> Value {
    let status: Value = serde_json::from_str(&status.expect(0).stdout).expect("JSON");
    status["published"].clone()
}

/// Whether damage is reported: a warning or an error that names the file, or its table.
fn says(ended: &Ended, path: &str) -> bool {
    let said = format!("{}{}", ended.stderr, ended.stdout);
    let parts: Vec<&str> = path.split('/').collect();
    let table = parts.get(1..3).map(|parts| parts.join("."));
    let window = parts.iter().rev().nth(1).copied().unwrap_or_default();
    let loud = ["error", "warning", "WARN", "WRONG"]
        .iter()
        .any(|word| said.contains(word));
    let named = said.contains(path)
        || table.is_some_and(|table| said.contains(&table))
        || (path.starts_with("landing/") && !window.is_empty() && said.contains(window))
        || parts.last().is_some_and(|name| said.contains(name));
    loud && named
}

/// Reads everything from a store in which `path` is damaged; returns the messages.
fn reading(place: &Place, path: &str, right: &[&Answer]) -> &'static str {
    let (exported, status) = ask(place);
    ends_well(&exported, &[0, 1]);
    ends_well(&status, &[0, 1]);
    let [newest, earlier @ ..] = right else {
        panic!("there is a right answer");
    };
    if status.code == Some(0) {
        let found = published(&status);
        let older = earlier.iter().any(|answer| answer.status == found);
        let silent = older && !says(&status, path);
        assert!(!silent, "an earlier build in silence: {status}");
        assert!(
            older || found == newest.status,
            "wrong in silence: {status}"
        );
    }
    if exported.code == Some(1) {
        return "refused";
    }
    let found = read(place);
    if found == newest.tables {
        return "right";
    }
    assert!(
        says(&exported, path),
        "other figures in silence: {exported}"
    );
    let older = earlier.iter().any(|answer| answer.tables == found);
    assert!(older, "the figures of no build");
    "an earlier build"
}

/// Builds on the damage, then runs a full build.
fn building(place: &Place, path: &str, expected: &mut Expected<'_>, context: &str) -> &'static str {
    let mut said = false;
    for arguments in [&["build"][..], &["build", "--full"]] {
        let ended = place.run(arguments);
        ends_well(&ended, &[0, 1, 4]);
        said |= says(&ended, path);
        if ended.code != Some(0) {
            assert!(said, "what is damaged is not named: {ended}");
            return "refused";
        }
    }
    let doctor = place.run(&["doctor", "--deep"]);
    ends_well(&doctor, &[0, 1]);
    if said {
        return "right, or named";
    }
    expected.compare(place, context);
    "right"
}

fn flip(path: &Path, random: &mut StdRng) -> u64 {
    let mut bytes = std::fs::read(path).expect("a file");
    assert!(!bytes.is_empty(), "`{}` is empty", path.display());
    let bit = random.random_range(0..bytes.len() as u64 * 8);
    bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
    std::fs::write(path, bytes).expect("written");
    bit
}

#[test]
fn a_flipped_bit_never_silently_changes_a_figure() {
    let source = Source::start(still(300));
    let settings = source.settings("daily_quota = 100000\n[pipeline]\nfolder = \"pipeline\"");
    let place = || {
        let place = Place::new(&settings);
        let smaller = [("max_hits = 10_000", "max_hits = 150")];
        place.file("pipeline/sources/saramin.toml", description(&smaller));
        place
    };
    let base = place();
    base.run(&[
        "run",
        "collect_postings",
        "--from",
        DAYS[0],
        "--to",
        "2023-06-15",
    ])
    .expect(0);
    let listed = names(&base).join("\n");
    base.file("names", &listed);
    let earlier = Answer::of(&base);
    base.run(&["run", "collect_postings"]).expect(0);
    let newest = Answer::of(&base);
    assert_ne!(newest.tables, earlier.tables);
    let right = [&newest, &earlier];
    let mut expected = Expected::new(|| {
        let again = place();
        copy(&base.store(), &again.store());
        again.run(&["build", "--full"]).expect(0);
        tables::comparable(&again)
    });

    let mut trials = Trials::new("flipped bits");
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for at in 0..share(BITS) {
        let (kind, is) = KINDS[at % KINDS.len()];
        let place = place();
        place.file("names", &listed);
        copy(&base.store(), &place.store());
        let relative = |path: &PathBuf| {
            let path = path.strip_prefix(place.store()).expect("below the store");
            path.to_string_lossy().into_owned()
        };
        let all: Vec<String> = files(&place.store()).iter().map(relative).collect();
        let of_kind: Vec<&String> = all.iter().filter(|path| is(path)).collect();
        assert!(!of_kind.is_empty(), "there is no {kind}");
        let path = of_kind[trials.random.random_range(0..of_kind.len())];
        let bit = flip(&place.store().join(path), &mut trials.random);
        let context = format!("{kind} `{path}`, bit {bit}");
        trials.attempt(&context, || {
            let read = reading(&place, path, &right);
            if kind == "earlier build record" {
                assert_eq!(read, "right", "an earlier record blocks nothing");
            }
            let built = building(&place, path, &mut expected, &context);
            *outcomes
                .entry(format!("read {read}, built {built}"))
                .or_default() += 1;
        });
    }
    trials.finish(&format!("{outcomes:?}"));
}
