//! `kill -9` at any moment of collecting and building loses nothing: one more run, and the tables are
//! those of a run that nobody disturbed.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

use crate::program::{Place, files};
use crate::source::{Source, description, still};
use crate::tables;
use crate::truth::korean_day;

/// Moments that are tried: from JOBTIDE_KILLS, or few enough for every day.
fn moments() -> usize {
    std::env::var("JOBTIDE_KILLS")
        .map_or(12, |text| text.parse().expect("JOBTIDE_KILLS is a number"))
}

fn seed() -> u64 {
    std::env::var("JOBTIDE_KILLS_SEED").map_or_else(
        |_| rand::random(),
        |text| text.parse().expect("JOBTIDE_KILLS_SEED is a number"),
    )
}

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

/// What a killed process left unfinished.
#[derive(Default)]
struct Left {
    /// Windows without a manifest.
    windows: usize,
    /// Data files that no build names.
    files: usize,
    /// Files that were being written.
    parts: usize,
    /// Delta logs under way.
    committing: bool,
}

impl Left {
    fn of(place: &Place) -> Self {
        let store = place.store();
        let mut named: BTreeSet<String> = BTreeSet::new();
        for record in files(&store.join("builds")) {
            let bytes = std::fs::read(&record).expect("a record");
            // A record that is not whole is a file that was being written: its name says so.
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

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    let source = Source::start(still(300));
    let (moments, seed) = (moments(), seed());
    let mut random = StdRng::seed_from_u64(seed);
    println!("{moments} kills, JOBTIDE_KILLS_SEED={seed}");
    let all = Instant::now();

    let undisturbed = || {
        let place = place(&source);
        let began = Instant::now();
        place.run(&["run", "collect_postings"]).expect(0);
        (began.elapsed(), tables::comparable(&place))
    };
    let (took, mut expected) = tables::on_one_day(undisturbed);
    let mut day = korean_day(Timestamp::now());
    println!("a run that nobody disturbs takes {took:?}");

    let (mut inside, mut collecting, mut building, mut committing, mut survived) = (0, 0, 0, 0, 0);
    for moment in 0..moments {
        let place = place(&source);
        let delay = Duration::from_secs_f64(random.random_range(0.0..took.as_secs_f64()));
        let today = korean_day(Timestamp::now());
        let mut child = place
            .command(&["run", "collect_postings"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(delay);
        survived += usize::from(child.try_wait().expect("its state").is_some());
        child.kill().expect("kill -9");
        child.wait().expect("its end");
        let left = Left::of(&place);
        inside += usize::from(!left.is_nothing());
        collecting += usize::from(left.windows > 0);
        building += usize::from(left.files > 0);
        committing += usize::from(left.committing);

        let context = format!("kill {moment} after {delay:?}, JOBTIDE_KILLS_SEED={seed}");
        let again = place.run(&["run", "collect_postings"]);
        assert_eq!(again.code, Some(0), "{context}: {again}");
        let found = tables::comparable(&place);
        if korean_day(Timestamp::now()) != today {
            // Midnight in Seoul came in between: this one proves nothing.
            continue;
        }
        if today != day {
            (_, expected) = tables::on_one_day(undisturbed);
            day = today;
        }
        tables::assert_equal(&found, &expected, &context);
        // Parts that were being written stay invisible; whole ones that nobody needs are gone.
        let after = Left::of(&place);
        assert_eq!(
            (after.files, after.committing),
            (0, false),
            "{context}: left behind"
        );
    }
    println!(
        "{inside} of {moments} fell inside a write: {collecting} in windows, {building} in table files, {committing} in logs; {survived} came after the end; all in {:?}",
        all.elapsed()
    );
    assert!(
        inside > 0 || moments < 10,
        "no kill met the program at work: nothing was tried"
    );
}
