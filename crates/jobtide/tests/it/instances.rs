//! Two instances on one store, each a process with a state folder of its own: they share the intervals of
//! the schedules, one takes over when the other is killed or stopped, and together they keep the quota.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::crash::kills;
use crate::program::{BY_HAND, Ended, Place, QUIET, Serving};
use crate::source::{Source, still};

/// When what does not come is given up.
const LIMIT: Duration = Duration::from_secs(300);

/// Notes an interval when it is done, and who else is at it meanwhile.
const WORK: &str = "exec 9> at/$JOBTIDE_FROM; flock -n 9 || echo $JOBTIDE_FROM >> overlaps.txt; sleep 0.1; echo $JOBTIDE_FROM >> done.txt";

/// With the hours of so many days due, and those of today.
fn place(days: i64) -> Place {
    let place = Place::new("lease_seconds = 3\n\n[pipeline]\nfolder = \"own\"\n");
    let now = Timestamp::from_second(Timestamp::now().as_second() / 86_400 * 86_400);
    let start = (now.expect("a day") - SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%d");
    let hourly = format!(
        "what = 'Notes each hour.'
catch_up = 'all'
schedule = {{ cron = '0 * * * *', time_zone = 'UTC', start = '{start}' }}

[[tasks]]
name = 'note'
kind = 'command'
with = {{ program = 'sh', arguments = ['-c', '{WORK}'] }}
"
    );
    for (name, text) in [
        ("collect_postings", BY_HAND),
        ("build_warehouse", QUIET),
        ("heartbeat", QUIET),
        ("housekeeping", QUIET),
        ("hourly", &hourly),
    ] {
        place.file(&format!("own/dags/{name}.toml"), text);
    }
    std::fs::create_dir(place.path().join("at")).expect("a folder");
    place
}

/// One of them.
struct Instance<'a> {
    place: &'a Place,
    name: &'static str,
    up: Option<Serving>,
}

impl<'a> Instance<'a> {
    fn new(place: &'a Place, name: &'static str) -> Self {
        Self {
            place,
            name,
            up: None,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command.env("JOBTIDE__STORAGE__STATE", self.name);
        command
    }

    fn start(&mut self) {
        let mut command = self.command(&["up", "--listen", "127.0.0.1:0"]);
        self.up = Some(Serving::of(&mut command));
    }

    fn kill(&mut self) {
        // `Serving` sends SIGKILL.
        self.up = None;
    }

    fn signal(&self, signal: &str) {
        let id = self.up.as_ref().expect("it runs").id();
        let send = format!("kill -{signal} {id}");
        let sent = Command::new("sh").args(["-c", &send]).status();
        assert!(sent.expect("a shell").success());
    }

    /// Its runs, and how many wait or run.
    fn runs(&self) -> (Vec<Value>, usize) {
        let mut list = self.command(&["runs", "list", "--json", "--limit", "1000"]);
        let listed = list.output().expect("the program starts").stdout;
        let listed: Value = serde_json::from_slice(&listed).unwrap_or_default();
        let runs = listed["runs"].as_array().cloned().unwrap_or_default();
        // The list of what waits is without them.
        let running = runs
            .iter()
            .filter(|run| run["outcome"] == "running")
            .count();
        let waits = listed["queue"].as_array();
        (
            runs,
            waits.map_or(usize::MAX, |waits| waits.len() + running),
        )
    }

    /// How many of its runs ended, here or elsewhere.
    fn ended(&self) -> usize {
        let (runs, _) = self.runs();
        let open = ["running", "interrupted"];
        let ended = runs
            .iter()
            .filter(|run| open.iter().all(|open| run["outcome"] != *open));
        ended.count()
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LIMIT, "it does not come: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn lines(place: &Place, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(place.path().join(file)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn two_share_the_intervals_though_one_is_killed_and_one_is_stopped() {
    // Half are kills, half are stops; each meets some intervals.
    let disturbances = (kills() / 6).max(2);
    let days = disturbances.div_ceil(2);
    let place = place(i64::try_from(days).expect("a few"));
    let (mut one, mut two) = (Instance::new(&place, "one"), Instance::new(&place, "two"));
    one.start();
    two.start();
    for disturbance in 0..disturbances {
        let before = (one.ended(), two.ended());
        until("some more", || {
            one.ended() > before.0 + 1 || one.runs().1 == 0
        });
        match disturbance % 2 {
            0 => {
                one.kill();
                until("the other one goes on", || {
                    two.ended() > before.1 + 4 || two.runs().1 == 0
                });
                one.start();
            }
            _ => {
                two.signal("STOP");
                // With what the other one was at: it takes that over.
                let there = one.ended();
                until("the other one goes on", || {
                    one.ended() > there + 4 || one.runs().1 == 0
                });
                two.signal("CONT");
            }
        }
    }
    until("the end", || one.runs().1 == 0 && two.runs().1 == 0);
    let mut outcomes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for instance in [&one, &two] {
        let runs = instance.runs().0.into_iter();
        for run in runs.filter(|run| run["dag"] == "hourly") {
            let from = run["interval"]["from"].as_str().expect("an interval");
            let outcome = run["outcome"].as_str().expect("an outcome");
            let of_interval = outcomes.entry(from.to_owned()).or_default();
            of_interval.push(outcome.to_owned());
        }
    }
    assert!(outcomes.len() >= days * 24, "{outcomes:?}");
    for (from, mut both) in outcomes.clone() {
        both.sort();
        assert_eq!(both, ["elsewhere", "success"], "{from}");
    }
    let mut done = lines(&place, "done.txt");
    let all = done.len();
    done.sort();
    done.dedup();
    for from in outcomes.keys() {
        let runs = || [one.runs().0, two.runs().0].concat();
        let of_interval = || {
            runs()
                .into_iter()
                .filter(|run| run["interval"]["from"] == **from)
        };
        assert!(
            done.contains(from),
            "{from} is left out: {:#?}",
            of_interval().collect::<Vec<_>>()
        );
    }
    // What a killed or stopped one had done, and not recorded, is done again.
    assert!(all - done.len() <= disturbances, "{all} of {}", done.len());
    assert!(lines(&place, "overlaps.txt").is_empty());
}

#[test]
fn two_schedulers_of_one_state_folder_leave_each_other_their_claims() {
    let place = place(1);
    let (mut one, mut two) = (Instance::new(&place, "one"), Instance::new(&place, "one"));
    one.start();
    two.start();
    until("the end", || one.runs().1 == 0 && one.ended() >= 24);
    let runs = one.runs().0.into_iter();
    let outcomes: Vec<Value> = runs
        .filter(|run| run["dag"] == "hourly")
        .map(|run| run["outcome"].clone())
        .collect();
    assert!(
        outcomes.iter().all(|outcome| outcome == "success"),
        "{outcomes:?}"
    );
    let mut done = lines(&place, "done.txt");
    assert_eq!(done.len(), outcomes.len());
    done.sort();
    done.dedup();
    assert_eq!(done.len(), outcomes.len());
    assert!(lines(&place, "overlaps.txt").is_empty());
}

#[test]
fn a_run_of_a_period_that_was_killed_can_be_started_again() {
    let source = Source::start(still(30));
    let place = Place::new(&source.settings("daily_quota = 40"));
    let waits = "touch begun; while ! test -e go; do sleep 0.05; done";
    let waits = format!(
        "what = 'Collects later.'\n\n[[tasks]]\nname = 'wait'\nkind = 'command'\nwith = {{ program = 'sh', arguments = ['-c', '{waits}'] }}\n\n{}after = ['wait']\n",
        BY_HAND.split_once("\n\n").expect("its task").1
    );
    place.file("own/dags/collect_postings.toml", &waits);
    for name in ["build_warehouse", "heartbeat", "housekeeping"] {
        place.file(&format!("own/dags/{name}.toml"), QUIET);
    }
    let run = || {
        let period = ["--from", "2023-05-01", "--to", "2023-05-02"];
        let mut command = place.command(&["run", "collect_postings", "--only"]);
        command.args(period);
        command.env("JOBTIDE__PIPELINE__FOLDER", "own");
        command.env("JOBTIDE__STORAGE__LEASE_SECONDS", "2");
        command
    };
    let mut first = run().spawn().expect("the program starts");
    until("its first task", || place.path().join("begun").exists());
    first.kill().expect("it runs");
    first.wait().expect("it ends");
    place.file("go", "");
    let again = Ended::of(&mut run());
    again.tells(&["a run of `collect_postings` is left to instance "]);
    assert!(matches!(again.code, Some(0 | 3)), "{again}");
}

#[test]
fn two_keep_the_quota_together() {
    const QUOTA: u64 = 40;
    let source = Source::start(still(3_000));
    let place = Place::new(&source.settings(&format!("daily_quota = {QUOTA}")));
    let instances = [Instance::new(&place, "one"), Instance::new(&place, "two")];
    let running: Vec<_> = instances
        .iter()
        .map(|instance| {
            let messages = File::create(place.path().join(format!("{}.txt", instance.name)));
            let mut command = instance.command(&["run", "collect_postings", "--only"]);
            command.stderr(messages.expect("a file"));
            command.spawn().expect("the program starts")
        })
        .collect();
    for mut process in running {
        process.wait().expect("it ends");
    }
    let calls = source.simulator.counters().calls;
    assert_eq!(source.simulator.counters().refused.get(&4), None);
    assert!(calls <= QUOTA, "{calls}");
    for instance in &instances {
        let ended = instance
            .command(&["run", "collect_postings", "--only"])
            .status();
        assert_eq!(ended.expect("it ends").code(), Some(3));
    }
    // Neither of them has died: little is left over.
    let calls = source.simulator.counters().calls;
    assert!((QUOTA / 2..=QUOTA).contains(&calls), "{calls}");
    let shown = instances[0].command(&["status"]).output().expect("it ends");
    let shown = String::from_utf8(shown.stdout).expect("text");
    assert!(shown.contains("reserved by other instances"), "{shown}");
    // A state that is lost does not make the quota begin again.
    let state: PathBuf = place.path().join("one");
    std::fs::remove_dir_all(state).expect("it is there");
    let ended = instances[0]
        .command(&["run", "collect_postings", "--only"])
        .status();
    assert_eq!(ended.expect("it ends").code(), Some(3));
    assert!(source.simulator.counters().calls <= QUOTA);
}
