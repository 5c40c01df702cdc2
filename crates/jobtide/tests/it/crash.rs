//! `kill -9` at any moment of collecting and building loses nothing: after one more run the tables are
//! those of an undisturbed run. Half of the kills hit a first run, half an incremental one.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

use crate::program::{Place, files};
use crate::source::{DAYS, Source, description, still};
use crate::tables;
use crate::truth::korean_day;

/// The number of kills: from JOBTIDE_KILLS, or few enough for every day.
pub fn kills() -> usize {
    std::env::var("JOBTIDE_KILLS")
        .map_or(12, |text| text.parse().expect("JOBTIDE_KILLS is a number"))
}

pub fn seed() -> u64 {
    std::env::var("JOBTIDE_KILLS_SEED").map_or_else(
        |_| rand::random(),
        |text| text.parse().expect("JOBTIDE_KILLS_SEED is a number"),
    )
}

/// The end of the base build that later runs add to.
const MIDDLE: &str = "2023-06-15";

fn place(source: &Source) -> Place {
    // Small pages at a pace: collecting takes about as long as building.
    let settings =
        "daily_quota = 100000\nrequests_per_second = 40\n[pipeline]\nfolder = \"pipeline\"";
    let place = Place::new(&source.settings(settings));
    let smaller = [
        ("size = 110", "size = 20"),
        ("max_hits = 10_000", "max_hits = 150"),
    ];
    place.file("pipeline/sources/saramin.toml", description(&smaller));
    place
}

/// Leftovers of a killed process.
#[derive(Default)]
struct Left {
    /// Windows without a manifest.
    windows: usize,
    /// Data files that no build names.
    files: usize,
    /// Files that were being written.
    parts: usize,
    /// Delta logs being committed.
    committing: bool,
}

impl Left {
    fn of(place: &Place) -> Self {
        let store = place.store();
        let mut named: BTreeSet<String> = BTreeSet::new();
        for record in files(&store.join("builds")) {
            let bytes = std::fs::read(&record).expect("a record");
            // A partial record is a file that was being written, as its name shows.
            let Ok(record) = serde_json::from_slice::<Value>(&bytes) else {
                continue;
            };
            let tables = record["tables"].as_object().expect("tables");
            let all = tables
                .values()
                .flat_map(|table| table["files"].as_array().expect("files"));
            named.extend(all.map(|file| file["path"].as_str().expect("a path").to_owned()));
        }
        let mut left = Self {
            committing: store.join("state/committing.json").exists(),
            ..Self::default()
        };
        let (mut begun, mut whole) = (BTreeSet::new(), BTreeSet::new());
        for file in files(&store) {
            let path = file.strip_prefix(&store).expect("below the store");
            let name = path.to_str().expect("text");
            // The object store writes `name#1` and renames it.
            if name.contains('#') {
                left.parts += 1;
            }
            if name.starts_with("landing/saramin/") {
                let window = path.parent().expect("a window").to_owned();
                if name.ends_with("/manifest.json") {
                    whole.insert(window.clone());
                }
                begun.insert(window);
            }
            let data = name.starts_with("warehouse/") && name.ends_with(".parquet");
            if data && !name.contains("/_delta_log/") && !named.contains(name) {
                left.files += 1;
            }
        }
        left.windows = begun.difference(&whole).count();
        left
    }

    fn is_nothing(&self) -> bool {
        self.windows + self.files + self.parts == 0 && !self.committing
    }
}

/// The starting point of a run.
struct Start {
    name: &'static str,
    /// The store before the run: empty, or with a published build.
    base: Place,
    /// How long the run takes when undisturbed.
    took: Duration,
}

impl Start {
    fn new(name: &'static str, source: &Source, base: Place) -> Self {
        let undisturbed = beginning(&base, source);
        let began = Instant::now();
        undisturbed.run(&["run", "collect_postings"]).expect(0);
        let took = began.elapsed();
        println!("{name}: a run that nobody disturbs takes {took:?}");
        Self { name, base, took }
    }
}

/// A new place with the content of another one's store.
fn beginning(base: &Place, source: &Source) -> Place {
    let place = place(source);
    copy(&base.store(), &place.store());
    place
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("below the folder"));
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        std::fs::copy(&file, &target).expect("a copy");
    }
}

/// The number of kills by what they left.
#[derive(Debug, Default)]
struct Met {
    inside_a_write: usize,
    windows: usize,
    table_files: usize,
    logs: usize,
    nothing_any_more: usize,
}

impl Met {
    fn count(&mut self, left: &Left, ended: bool) {
        self.inside_a_write += usize::from(!left.is_nothing());
        self.windows += usize::from(left.windows > 0);
        self.table_files += usize::from(left.files > 0);
        self.logs += usize::from(left.committing);
        self.nothing_any_more += usize::from(ended);
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    let source = Source::start(still(300));
    let (kills, seed) = (kills(), seed());
    let mut random = StdRng::seed_from_u64(seed);
    println!("{kills} kills, JOBTIDE_KILLS_SEED={seed}");
    let all = Instant::now();

    let earlier = place(&source);
    let first_half = ["run", "collect_postings", "--from", DAYS[0], "--to", MIDDLE];
    earlier.run(&first_half).expect(0);
    let starts = [
        Start::new("a first run", &source, place(&source)),
        Start::new("a run that adds to a build", &source, earlier),
    ];
    let undisturbed = || {
        let place = place(&source);
        place.run(&["run", "collect_postings"]).expect(0);
        tables::comparable(&place)
    };
    let mut expected = tables::on_one_day(undisturbed);
    let mut day = korean_day(Timestamp::now());

    let mut met = Met::default();
    for kill in 0..kills {
        let start = &starts[kill % starts.len()];
        let place = beginning(&start.base, &source);
        // Spread over the whole run, at random within each part of it.
        let (part, parts) = (kill / starts.len(), kills.div_ceil(starts.len()));
        let within = (part as f64 + random.random_range(0.0..1.0)) / parts as f64;
        let delay = start.took.mul_f64(within);
        let today = korean_day(Timestamp::now());
        let mut child = place
            .command(&["run", "collect_postings"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(delay);
        let ended = child.try_wait().expect("its state").is_some();
        child.kill().expect("kill -9");
        child.wait().expect("its end");
        met.count(&Left::of(&place), ended);

        let context = format!(
            "{}, killed after {delay:?}: kill {kill} of JOBTIDE_KILLS={kills} JOBTIDE_KILLS_SEED={seed}",
            start.name
        );
        let again = place.run(&["run", "collect_postings"]);
        assert_eq!(again.code, Some(0), "{context}: {again}");
        let found = tables::comparable(&place);
        if korean_day(Timestamp::now()) != today {
            // Midnight in Seoul came in between: this trial proves nothing.
            continue;
        }
        if today != day {
            expected = tables::on_one_day(undisturbed);
            day = today;
        }
        tables::assert_equal(&found, &expected, &context);
        // Partial files stay invisible; complete unreferenced ones are removed.
        let after = Left::of(&place);
        assert_eq!(
            (after.files, after.committing),
            (0, false),
            "{context}: left behind"
        );
    }
    println!("{kills} kills met {met:?}; all in {:?}", all.elapsed());
    assert!(
        met.inside_a_write * 5 >= kills,
        "of {kills} kills only {} fell inside a write: too little was tried",
        met.inside_a_write
    );
}
