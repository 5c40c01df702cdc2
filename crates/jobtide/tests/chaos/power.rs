//! The power is cut at any moment of a command, and up to 22 seconds after one has returned. Everything
//! that a command had reported exists afterwards; one more run produces the tables of an undisturbed one.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rand::RngExt as _;
use serde_json::Value;

use crate::disk::Disk;
use crate::program::{Place, files};
use crate::saved;
use crate::source::{DAYS, Source, description, still};
use crate::tables;
use crate::trial::{Expected, Trials, assert_landed, ends_well, landed, share};

/// Power cuts of a full run.
const CUTS: usize = 50;

/// ext4 commits its journal every 5 seconds and writes fresh data after up to 30: this is the longest
/// wait in between after which reported data was observed to be lost.
const LONGEST_WAIT: Duration = Duration::from_secs(22);

/// Polling interval of a process and the clock.
const GLANCE: Duration = Duration::from_millis(2);

/// The end of the first of two collections.
const MIDDLE: &str = "2023-06-15";

/// The posting of the take-down.
const TAKEN_DOWN: &str = "70000017";

/// A command's arguments.
type Step = &'static [&'static str];

const COLLECTING: [Step; 3] = [
    &["run", "collect_postings", "--from", DAYS[0], "--to", MIDDLE],
    &["run", "collect_postings"],
    &["builds", "rollback", "1"],
];

const COLLECTING_AGAIN: [Step; 1] = [&["run", "collect_postings"]];

const TAKE_DOWN: Step = &["purge", "saramin:70000017", "--reason", "a test"];

const SAVED: [Step; 7] = [
    &["land", "saramin", "a.jsonl"],
    &["build"],
    &["land", "saramin", "b.jsonl"],
    &["build"],
    TAKE_DOWN,
    &["land", "saramin", "c.jsonl"],
    &["build"],
];

const SAVED_AGAIN: [Step; 3] = [
    &["land", "saramin", "a.jsonl", "b.jsonl", "c.jsonl"],
    TAKE_DOWN,
    &["build"],
];

/// Commands one after another, and those that finish the work after a cut.
struct Scenario {
    name: &'static str,
    settings: String,
    steps: &'static [Step],
    again: &'static [Step],
    /// How long the steps take when undisturbed.
    took: Vec<Duration>,
}

/// A store on a disk of its own; the disk is dropped first.
struct Machine {
    disk: Disk,
    place: Place,
}

impl Scenario {
    fn new(
        name: &'static str,
        settings: String,
        steps: &'static [Step],
        again: &'static [Step],
    ) -> Self {
        let mut scenario = Self {
            name,
            settings,
            steps,
            again,
            took: Vec::new(),
        };
        let machine = scenario.machine();
        let timed = |step: &Step| {
            let began = Instant::now();
            machine.place.run(*step).expect(0);
            began.elapsed()
        };
        scenario.took = steps.iter().map(timed).collect();
        println!("{name}: undisturbed {:.1?}", scenario.took);
        scenario
    }

    fn machine(&self) -> Machine {
        let place = Place::with_store("disk/store", &self.settings);
        let smaller = [
            ("size = 110", "size = 20"),
            ("max_hits = 10_000", "max_hits = 150"),
        ];
        place.file("pipeline/sources/saramin.toml", description(&smaller));
        for (name, ids) in [
            ("a.jsonl", 70_000_000..70_000_120),
            ("b.jsonl", 70_000_100..70_000_200),
            ("c.jsonl", 70_000_200..70_000_260),
        ] {
            place.file(name, saved::lines(ids));
        }
        // A sparse file; `doctor` wants a gigabyte free.
        let disk = Disk::new(place.path().join("image"), place.path().join("disk"), 2048);
        Machine { disk, place }
    }

    /// The result of an undisturbed run.
    fn undisturbed(&self) -> Machine {
        let machine = self.machine();
        for step in self.steps.iter().chain(self.again) {
            machine.place.run(*step).expect(0);
        }
        machine
    }
}

/// The results that a successful command had reported.
#[derive(Default)]
struct Reported {
    steps: usize,
    runs: usize,
    landed: Vec<(PathBuf, Vec<u8>)>,
    build: Option<Value>,
    take_down: bool,
}

impl Reported {
    fn note(&mut self, place: &Place, step: &[&str]) {
        self.steps += 1;
        self.runs += usize::from(step[0] == "run");
        self.take_down |= step[0] == "purge";
        self.landed = landed(&place.store());
        let newest = files(&place.store().join("builds")).pop();
        self.build = newest.map(|path| {
            let bytes = std::fs::read(&path).expect("the newest record");
            serde_json::from_slice(&bytes).expect("a record that was reported is whole")
        });
    }

    /// All of it exists, and reading commands work. `during`: the interrupted command.
    fn is_there(&self, place: &Place, during: Option<Step>) {
        let purging = during.is_some_and(|step| step[0] == "purge");
        if !purging {
            assert_landed(&self.landed);
        }
        let ended = place.run(&["status", "--json"]);
        let status: Value = serde_json::from_str(&ended.expect(0).stdout).expect("JSON");
        let windows = self
            .landed
            .iter()
            .filter(|(path, _)| path.ends_with("manifest.json"));
        let (windows, now) = (windows.count() as u64, status["windows_landed"].as_u64());
        assert!(
            now >= Some(windows),
            "{now:?} windows of {windows}: {ended}"
        );
        let listed = status["runs"]["runs"].as_array().map_or(0, |runs| {
            runs.iter()
                .filter(|run| run["outcome"] == "success")
                .count()
        });
        assert!(listed >= self.runs, "{} runs: {ended}", self.runs);

        let doctor = place.run(&["doctor", "--deep"]);
        ends_well(&doctor, &[0, 1]);
        let Some(build) = &self.build else {
            let query = place.run(&["query", "select count(*) from raw_data.recruits"]);
            ends_well(&query, &[0, 1]);
            return;
        };
        let published = &status["published"];
        let (before, now) = (time(build), time(published));
        assert!(
            now >= before,
            "published is {now}, reported was {before}: {ended}"
        );
        if during.is_none() {
            assert_eq!(published["build"], build["build"], "{ended}");
        }
        // A build that contains the posting is removed by the take-down.
        let number = build["build"].to_string();
        if !purging {
            let rows = &build["tables"]["raw_data.recruits"]["rows"];
            let sql = "select count(*) as n from raw_data.recruits";
            let query = place.run(&["query", "--build", &number, "--format", "csv", sql]);
            let expected = format!("n\n{rows}\n");
            assert_eq!(query.expect(0).stdout, expected, "build {number}");
            tables::export(place, &["raw_data.recruits", "visual_tables.posting_flow"]);
        }
        if self.take_down {
            let sql = format!("select 1 from staging.recruit where posting_id = '{TAKEN_DOWN}'");
            assert_eq!(place.query(&sql), Vec::<String>::new(), "taken down");
        }
    }
}

fn time(record: &Value) -> &str {
    record["published_at"].as_str().unwrap_or_default()
}

/// When the power is cut.
#[derive(Debug)]
enum Cut {
    /// This long after the first command began.
    During(Duration),
    /// This long after a number of commands had returned.
    After(usize, Duration),
}

/// Runs the commands until the power is cut; returns what they had reported, and the interrupted
/// one.
fn until_cut(machine: &Machine, steps: &[Step], cut: &Cut) -> (Reported, Option<Step>) {
    let mut reported = Reported::default();
    let mut worked = Duration::ZERO;
    for step in steps {
        if matches!(cut, Cut::After(count, _) if *count == reported.steps) {
            break;
        }
        let began = Instant::now();
        let mut child = spawn(&machine.place, step);
        loop {
            if let Some(status) = child.try_wait().expect("its state") {
                assert!(
                    status.success(),
                    "before the cut: {step:?} {}",
                    heard(&machine.place)
                );
                break;
            }
            if matches!(cut, Cut::During(after) if worked + began.elapsed() >= *after) {
                machine.disk.cut();
                child.kill().expect("kill -9");
                child.wait().expect("its end");
                return (reported, Some(*step));
            }
            std::thread::sleep(GLANCE);
        }
        worked += began.elapsed();
        reported.note(&machine.place, step);
    }
    if let Cut::After(_, wait) = cut {
        std::thread::sleep(*wait);
    }
    machine.disk.cut();
    (reported, None)
}

fn spawn(place: &Place, step: &[&str]) -> Child {
    let messages = std::fs::File::create(place.path().join("messages")).expect("a file");
    let mut command = place.command(step);
    command.stdout(Stdio::null()).stderr(messages);
    command.spawn().expect("the program starts")
}

fn heard(place: &Place) -> String {
    std::fs::read_to_string(place.path().join("messages")).unwrap_or_default()
}

#[test]
fn a_power_cut_loses_nothing_that_was_reported() {
    let source = Source::start(still(300));
    let paced = "daily_quota = 100000\nrequests_per_second = 40\n[pipeline]\nfolder = \"pipeline\"";
    let scenarios = [
        Scenario::new(
            "collecting",
            source.settings(paced),
            &COLLECTING,
            &COLLECTING_AGAIN,
        ),
        Scenario::new("landing saved files", String::new(), &SAVED, &SAVED_AGAIN),
    ];
    let mut expected = scenarios
        .each_ref()
        .map(|scenario| Expected::new(move || tables::comparable(&scenario.undisturbed().place)));

    let mut trials = Trials::new("power cuts");
    let (cuts, mut during_a_command) = (share(CUTS), 0);
    for at in 0..cuts {
        let scenario = &scenarios[at % scenarios.len()];
        let cut = match at % 3 {
            0 => Cut::During(
                scenario
                    .took
                    .iter()
                    .sum::<Duration>()
                    .mul_f64(trials.part_of_one()),
            ),
            _ => {
                let steps = trials.random.random_range(1..=scenario.steps.len());
                Cut::After(steps, LONGEST_WAIT.mul_f64(trials.part_of_one()))
            }
        };
        let context = format!("cut {at}, {}, {cut:?}", scenario.name);
        let expected = &mut expected[at % scenarios.len()];
        trials.attempt(&context, || {
            let machine = scenario.machine();
            let (reported, during) = until_cut(&machine, scenario.steps, &cut);
            during_a_command += usize::from(during.is_some());
            let context = format!("{context}, {} commands done, in {during:?}", reported.steps);
            machine.disk.pull();
            machine.disk.plug();
            let steps = reported.steps;
            let there = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                reported.is_there(&machine.place, during);
            }));
            for step in scenario.again {
                machine.place.run(*step).expect(0);
            }
            expected.compare(&machine.place, &context);
            machine.place.run(&["doctor", "--deep"]).expect(0);
            if let Err(panic) = there {
                println!("after {steps} commands: the next run repaired it");
                std::panic::resume_unwind(panic);
            }
        });
    }
    trials.finish(&format!("{during_a_command} of them during a command"));
}
