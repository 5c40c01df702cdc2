//! The disk is full at any point of a command. The command reports it and ends, existing data is
//! intact and readable; once there is space again, one more run gives the correct tables.

use std::path::Path;

use crate::disk::Disk;
use crate::program::{Place, files};
use crate::saved;
use crate::source::{DAYS, Source, still};
use crate::tables;
use crate::trial::{Expected, Trials, assert_landed, copy, ends_well, landed, share};

/// Full disks of a full run, over all commands.
const POINTS: usize = 48;

/// A command that writes, the state before it, and the tables after it.
struct Case {
    name: &'static str,
    settings: String,
    before: &'static [&'static [&'static str]],
    command: &'static [&'static str],
    /// What a user deletes before retrying the command.
    clears: &'static str,
    codes: &'static [i32],
}

const FIRST_DAYS: &[&str] = &[
    "run",
    "collect_postings",
    "--from",
    DAYS[0],
    "--to",
    "2023-06-15",
];
const LAND_A: &[&str] = &["land", "saramin", "a.jsonl"];
const LAND_B: &[&str] = &["land", "saramin", "b.jsonl"];
const BUILD: &[&str] = &["build"];
const TO_BACKUP: &[&str] = &["backup", "--to", "backup"];

fn cases(source: &Source) -> [Case; 8] {
    let collecting = || source.settings("daily_quota = 100000");
    let case = |name, before, command| Case {
        name,
        settings: String::new(),
        before,
        command,
        clears: "",
        codes: &[0, 1],
    };
    [
        Case {
            settings: collecting(),
            codes: &[0, 1, 3],
            ..case("a first collection", &[], &["run", "collect_postings"])
        },
        Case {
            settings: collecting(),
            codes: &[0, 1, 3],
            ..case(
                "a later collection",
                &[FIRST_DAYS],
                &["run", "collect_postings"],
            )
        },
        case("landing", &[LAND_A, BUILD], LAND_B),
        case("a first build", &[LAND_A], BUILD),
        case("a later build", &[LAND_A, BUILD, LAND_B], BUILD),
        case(
            "a take-down",
            &[LAND_A, LAND_B, BUILD],
            &["purge", "saramin:70000017", "--reason", "a test"],
        ),
        Case {
            clears: "disk/backup",
            ..case(
                "a backup",
                &[LAND_A, BUILD],
                &["backup", "--to", "disk/backup"],
            )
        },
        // Into the empty store of the disk, from a backup elsewhere.
        case(
            "a restore",
            &[LAND_A, BUILD, TO_BACKUP],
            &["restore", "--from", "backup"],
        ),
    ]
}

impl Case {
    fn restores(&self) -> bool {
        self.command[0] == "restore"
    }

    /// A place whose store is on a small disk, in the state before the command.
    fn place(&self, template: Option<&Path>) -> (Place, Disk) {
        let place = Place::with_store("disk/store", &self.settings);
        place.file("a.jsonl", saved::lines(70_000_000..70_003_000));
        place.file("b.jsonl", saved::lines(70_002_000..70_004_000));
        let disk = Disk::new(place.path().join("image"), place.path().join("disk"), 96);
        match template {
            Some(template) => copy(template, place.path()),
            None => {
                for step in self.before {
                    place.run(*step).expect(0);
                }
                if self.restores() {
                    std::fs::remove_dir_all(place.store()).expect("the store goes");
                }
            }
        }
        // Later bindings are dropped first: the disk before the folder it is in.
        (place, disk)
    }

    /// The store that has the tables after the command.
    fn finish(&self, place: &Place) {
        if self.command[0] == "land" {
            place.run(&["build"]).expect(0);
        }
    }

    /// Keeps the state before the command in a folder, so that it is created once.
    fn template(&self, place: &Place, folder: &Path) {
        for name in ["disk/store", "backup"] {
            let from = place.path().join(name);
            if from.exists() {
                copy(&from, &folder.join(name));
            }
        }
    }
}

#[test]
fn a_full_disk_is_reported_and_loses_nothing() {
    let source = Source::start(still(2_000));
    let mut trials = Trials::new("full disks");
    let (mut full, mut fitted) = (0, 0);
    for case in cases(&source) {
        let folder = tempfile::tempdir().expect("a folder");
        let (place, disk) = case.place(None);
        case.template(&place, folder.path());
        let free = disk.free();
        place.run(case.command).expect(0);
        let needs = free.saturating_sub(disk.free()).max(64 << 10);
        drop((disk, place));
        let template = folder.path();
        let mut expected = Expected::new(|| {
            let (place, _disk) = case.place(Some(template));
            place.run(case.command).expect(0);
            case.finish(&place);
            tables::comparable(&place)
        });

        let points = share(POINTS).div_ceil(8);
        for point in 0..points {
            let share = (point as f64 + trials.part_of_one()) / points as f64;
            let leave = (needs as f64 * share) as u64;
            let context = format!("{}, {leave} of {needs} bytes left", case.name);
            trials.attempt(&context, || {
                let (place, disk) = case.place(Some(template));
                let before = landed(&place.store());
                let published = files(&place.store().join("builds"));
                disk.fill(leave);
                let ended = place.run(case.command);
                ends_well(&ended, case.codes);
                if ended.code == Some(0) {
                    fitted += 1;
                } else {
                    full += 1;
                    let stderr = ended.stderr.to_lowercase();
                    let named = stderr.contains("no space left") || stderr.contains("disk is full");
                    assert!(named, "it does not say that the disk is full: {ended}");
                    let misled = stderr.contains("damaged") || stderr.contains("from a backup");
                    assert!(!misled, "it reports damage: {ended}");
                }
                // Existing data is intact and readable on the full disk.
                if case.command[0] != "purge" {
                    assert_landed(&before);
                    place.run(&["status"]).expect(0);
                    if !published.is_empty() {
                        place.query("select count(*) from raw_data.recruits");
                    }
                }
                disk.empty();
                if !case.clears.is_empty() && ended.code != Some(0) {
                    std::fs::remove_dir_all(place.path().join(case.clears)).ok();
                }
                if ended.code != Some(0) {
                    place.run(case.command).expect(0);
                }
                case.finish(&place);
                expected.compare(&place, &context);
            });
        }
    }
    trials.finish(&format!(
        "{full} met a full disk, {fitted} fitted after all"
    ));
}
