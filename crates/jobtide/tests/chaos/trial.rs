//! The number of trials, their seed, and their results.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::program::{Ended, Place, files};
use crate::tables::{self, Tables};
use crate::truth::korean_day;

/// Trials of a part: all of them, or the share that JOBTIDE_CHAOS_PERCENT names (10 by default).
pub fn share(all: usize) -> usize {
    let percent = std::env::var("JOBTIDE_CHAOS_PERCENT").map_or(10, |text| {
        text.parse().expect("JOBTIDE_CHAOS_PERCENT is a number")
    });
    (all * percent).div_ceil(100).max(1)
}

/// JOBTIDE_CHAOS_SEED, or a random one.
pub fn seed() -> u64 {
    std::env::var("JOBTIDE_CHAOS_SEED").map_or_else(
        |_| rand::random(),
        |text| text.parse().expect("JOBTIDE_CHAOS_SEED is a number"),
    )
}

/// The failures of a part.
pub struct Trials {
    part: &'static str,
    seed: u64,
    pub random: StdRng,
    done: usize,
    problems: Vec<String>,
}

impl Trials {
    pub fn new(part: &'static str) -> Self {
        let seed = seed();
        println!("{part}: JOBTIDE_CHAOS_SEED={seed}");
        Self {
            part,
            seed,
            random: StdRng::seed_from_u64(seed),
            done: 0,
            problems: Vec::new(),
        }
    }

    /// A random share.
    pub fn part_of_one(&mut self) -> f64 {
        self.random.random_range(0.0..1.0)
    }

    /// Runs one trial; a panic is recorded.
    pub fn attempt(&mut self, context: &str, work: impl FnOnce()) {
        self.done += 1;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            self.problems.push(format!("{context}: {text}"));
        }
    }

    /// One line with the counts, and a failure with everything that went wrong.
    pub fn finish(self, counts: &str) {
        let Self {
            part,
            seed,
            done,
            problems,
            ..
        } = self;
        println!(
            "{part}: {done} tried, {} wrong; {counts}; JOBTIDE_CHAOS_SEED={seed}",
            problems.len()
        );
        assert!(
            problems.is_empty(),
            "{part}: {} of {done} went wrong with JOBTIDE_CHAOS_SEED={seed}\n\n{}",
            problems.len(),
            problems.join("\n\n")
        );
    }
}

/// The tables of an undisturbed store, which depend on the day in Korea.
pub struct Expected<'a> {
    make: Box<dyn Fn() -> Tables + 'a>,
    day: Date,
    tables: Tables,
}

impl<'a> Expected<'a> {
    pub fn new(make: impl Fn() -> Tables + 'a) -> Self {
        let tables = tables::on_one_day(&make);
        Self {
            make: Box::new(make),
            day: korean_day(Timestamp::now()),
            tables,
        }
    }

    /// Fails if the tables of the place differ. A trial that began before midnight proves nothing.
    pub fn compare(&mut self, place: &Place, context: &str) {
        let found = tables::comparable(place);
        if korean_day(Timestamp::now()) == self.day {
            tables::assert_equal(&found, &self.tables, context);
        } else {
            self.tables = tables::on_one_day(&self.make);
            self.day = korean_day(Timestamp::now());
        }
    }
}

/// The program must exit by itself: with one of these codes, and, unless it is 0, with a message.
#[track_caller]
pub fn ends_well(ended: &Ended, codes: &[i32]) {
    let code = ended.code.unwrap_or(-1);
    assert!(codes.contains(&code), "not one of {codes:?}: {ended}");
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.contains("panicked"), "{ended}");
    if code != 0 {
        assert!(said.contains("hint: "), "no next step: {ended}");
    }
}

/// Copies files and folders; links stay links.
pub fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder to copy") {
        let entry = entry.expect("an entry");
        let (kind, target) = (
            entry.file_type().expect("its type"),
            to.join(entry.file_name()),
        );
        std::fs::create_dir_all(to).expect("a folder");
        if kind.is_symlink() {
            let leads = std::fs::read_link(entry.path()).expect("a link");
            std::os::unix::fs::symlink(leads, &target).expect("a link");
        } else if kind.is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}

/// The landed windows that count: every file of them, with its bytes.
pub fn landed(store: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let whole: Vec<PathBuf> = files(&store.join("landing"))
        .into_iter()
        .filter(|path| path.ends_with("manifest.json"))
        .filter_map(|path| path.parent().map(Path::to_owned))
        .collect();
    whole
        .iter()
        .flat_map(|window| files(window))
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a landed file");
            (path, bytes)
        })
        .collect()
}

/// Fails with the first landed file that changed.
#[track_caller]
pub fn assert_landed(before: &[(PathBuf, Vec<u8>)]) {
    let lost: Vec<String> = before
        .iter()
        .filter(|(path, bytes)| std::fs::read(path).ok().as_ref() != Some(bytes))
        .map(|(path, bytes)| {
            let now = std::fs::metadata(path).map(|about| about.len());
            format!("{}: {} bytes, now {now:?}", path.display(), bytes.len())
        })
        .collect();
    assert!(
        lost.is_empty(),
        "{} of {} landed files are lost, the first: {}",
        lost.len(),
        before.len(),
        lost[0]
    );
}
