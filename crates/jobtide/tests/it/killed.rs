//! `kill -9` of `jobtide up` at any moment under load: when it is started again, each interval of each
//! schedule comes to its end once in effect, none is left out, and the history is consistent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kernel::Interval;
use orchestrator::{RunId, RunOutcome, RunRecord, State, StepOutcome};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::crash::{kills, seed};
use crate::program::{BY_HAND, Place, Serving, files};

/// When what does not come is given up.
const LIMIT: Duration = Duration::from_secs(300);

/// The DAGs that run each second.
const DAGS: [&str; 3] = ["plain", "mapped", "retried"];

/// Writes its effect into a file, for long enough to be killed meanwhile, and renames it.
const WRITES: &str = "effect=effects/$JOBTIDE_DAG$JOBTIDE_ITEM.$JOBTIDE_FROM; echo $JOBTIDE_RUN > $effect.part; sleep 0.3; mv $effect.part $effect; echo $effect >> ends.txt";

/// What is left where its effect is missing that comes before it.
const FOLLOWS: &str =
    "ls effects/$JOBTIDE_DAG*.$JOBTIDE_FROM || echo $JOBTIDE_DAG $JOBTIDE_FROM >> early.txt";

fn place() -> Place {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    for name in [
        "build_warehouse",
        "collect_postings",
        "heartbeat",
        "housekeeping",
        "load_certificates",
    ] {
        place.file(&format!("own/dags/{name}.toml"), BY_HAND);
    }
    for dag in DAGS {
        let (script, more) = match dag {
            "mapped" => (WRITES.to_owned(), "mapped = ['a', 'b', 'c']"),
            "retried" => (
                format!("test $JOBTIDE_ATTEMPT = 2 || exit 75; {WRITES}"),
                "retries = { attempts = 20, first_delay_seconds = 0 }",
            ),
            _ => (WRITES.to_owned(), "pool = 'plain'"),
        };
        let text = format!(
            "what = 'Runs each second.'
catch_up = 'all'
max_active_runs = 3
schedule = {{ cron = '* * * * * *', time_zone = 'Asia/Seoul' }}

[[tasks]]
name = 'write'
kind = 'command'
with = {{ program = 'sh', arguments = ['-c', '''{script}'''], retries = [75] }}
produces = ['effects']
{more}

[[tasks]]
name = 'follow'
kind = 'command'
after = ['write']
with = {{ program = 'sh', arguments = ['-c', '''{FOLLOWS}'''] }}
"
        );
        place.file(&format!("own/dags/{dag}.toml"), text);
    }
    let follows = "what = 'Follows the effects.'\nschedule = { on = ['effects'] }\n\n[[tasks]]\nname = 'wait'\nkind = 'wait_until'\nwith = { after_interval_seconds = 0 }\n";
    place.file("own/dags/by_data.toml", follows);
    place.file("own/pools.toml", "[plain]\nwhat = ''\nslots = 2\n");
    place.file("ends.txt", "");
    std::fs::create_dir(place.path().join("effects")).expect("a folder");
    place
}

/// The number of kills: from JOBTIDE_KILLS, or a tenth of fifty.
fn own_kills() -> usize {
    match std::env::var_os("JOBTIDE_KILLS") {
        Some(_) => kills(),
        None => 5,
    }
}

/// The number of kills by what they met.
#[derive(Debug, Default)]
struct Met {
    /// A task was writing its effect.
    inside_an_effect: usize,
    /// The state file has the beginning of a change without its end.
    inside_a_change: usize,
    runs_in_progress: usize,
}

impl Met {
    fn count(&mut self, place: &Place) {
        let begun = begun_effects(place);
        self.inside_an_effect += usize::from(!begun.is_empty());
        let log = std::fs::read(place.store().join("state/jobtide.db-wal"));
        self.inside_a_change += usize::from(ends_inside_a_change(&log.unwrap_or_default()));
        // What a killed task left is of no use to the next one.
        for path in begun {
            std::fs::remove_file(path).ok();
        }
    }
}

/// The files of the effects that were begun and not ended.
fn begun_effects(place: &Place) -> Vec<PathBuf> {
    let mut effects = files(&place.path().join("effects"));
    effects.retain(|path| path.extension().is_some_and(|end| end == "part"));
    effects
}

/// Whether a task that is writing began at this moment: what it wrote is there, and was not a moment ago.
fn is_writing(place: &Place) -> bool {
    let before = begun_effects(place);
    std::thread::sleep(Duration::from_millis(5));
    begun_effects(place)
        .iter()
        .any(|path| !before.contains(path))
}

/// Whether the last frame of a write-ahead log of SQLite is of a change that was not committed: the second
/// word of a frame is zero then. A frame of an earlier round has other salts than the log's head.
fn ends_inside_a_change(log: &[u8]) -> bool {
    let word = |at: usize| -> Option<u32> {
        let bytes = log.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let page = word(8).and_then(|page| usize::try_from(page).ok());
    let (Some(page), Some(salts)) = (page, log.get(16..24)) else {
        return false;
    };
    let mut uncommitted = false;
    let mut at = 32;
    while log.get(at + 8..at + 16) == Some(salts) {
        uncommitted = word(at + 4) == Some(0);
        at += 24 + page;
    }
    uncommitted
}

fn up(place: &Place) -> Serving {
    Serving::of(&mut place.command(&["up", "--listen", "127.0.0.1:0"]))
}

fn ends(place: &Place) -> Vec<String> {
    let text = std::fs::read_to_string(place.path().join("ends.txt")).expect("ends");
    text.lines().map(str::to_owned).collect()
}

/// Waits until it is so.
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LIMIT, "it does not come: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Reads the state as another process does.
struct Reads {
    runtime: tokio::runtime::Runtime,
    state: State,
}

impl Reads {
    fn new(path: &Path) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let state = runtime.block_on(State::open(path)).expect("the state");
        Self { runtime, state }
    }

    fn runs(&self) -> Vec<RunRecord> {
        let runs = self.state.last_runs(None, u32::MAX);
        self.runtime.block_on(runs).expect("the runs")
    }

    fn interrupted(&self) -> Vec<RunId> {
        let runs = self.runs().into_iter();
        let open = runs.filter(|run| run.outcome == RunOutcome::Interrupted);
        open.map(|run| run.id).collect()
    }

    fn has_ended(&self, run: &RunId) -> bool {
        let found = self.runtime.block_on(self.state.run(run.as_str()));
        let found = found.expect("the run").expect("a record");
        !matches!(found.outcome, RunOutcome::Running | RunOutcome::Interrupted)
    }

    fn is_idle(&self) -> bool {
        let queue = self.runtime.block_on(self.state.queue());
        queue.expect("the queue").is_empty()
    }

    fn damage(&self) -> Vec<String> {
        self.runtime
            .block_on(self.state.damage())
            .expect("a file that can be checked")
    }
}

#[test]
fn a_kill_at_any_moment_of_the_scheduler_loses_no_interval() {
    let (kills, seed) = (own_kills(), seed());
    let mut random = StdRng::seed_from_u64(seed);
    println!("{kills} kills of the scheduler, JOBTIDE_KILLS_SEED={seed}");
    let all = Instant::now();
    let place = place();
    let database = place.store().join("state/jobtide.db");
    let mut met = Met::default();
    let mut interrupted: Vec<RunId> = Vec::new();
    for kill in 0..kills {
        let (serving, before) = (up(&place), ends(&place).len());
        wait_until("a task that ends", || ends(&place).len() > before);
        // A run that ends its process five times without getting further is given up, by design.
        if kill % 3 == 2 {
            let reads = Reads::new(&database);
            for run in &interrupted {
                wait_until("the end of a run", || reads.has_ended(run));
            }
        }
        // Every other kill is aimed at a task that writes its effect; the rest fall where they fall.
        if kill % 2 == 0 {
            wait_until("a task that writes", || is_writing(&place));
        } else {
            std::thread::sleep(Duration::from_micros(random.random_range(0..600_000)));
        }
        // Dropping it kills it.
        drop(serving);
        met.count(&place);
        let reads = Reads::new(&database);
        assert_eq!(reads.damage(), [""; 0], "kill {kill} of seed {seed}");
        interrupted = reads.interrupted();
        met.runs_in_progress += usize::from(!interrupted.is_empty());
    }
    let serving = up(&place);
    for dag in DAGS {
        place.run(&["dags", "pause", dag]).expect(0);
    }
    let reads = Reads::new(&database);
    wait_until("an empty queue", || reads.is_idle());
    drop(serving);
    println!("{kills} kills met {met:?}; all in {:?}", all.elapsed());
    let inside = met.inside_an_effect.max(met.inside_a_change);
    assert!(inside * 5 >= kills, "only {inside} fell inside a write");
    check(&place, &reads.runs(), &format!("seed {seed}"));
}

fn check(place: &Place, runs: &[RunRecord], seed: &str) {
    let mut intervals: BTreeMap<&str, BTreeSet<(Timestamp, Timestamp)>> = BTreeMap::new();
    let ends: BTreeSet<String> = ends(place).into_iter().collect();
    // Without those of the program's own schedules.
    let own = |run: &&RunRecord| DAGS.contains(&&*run.dag) || run.dag == "by_data";
    let runs: Vec<&RunRecord> = runs.iter().filter(own).collect();
    for run in &runs {
        assert_eq!(run.outcome, RunOutcome::Success, "{seed}: {run:?}");
        assert!(run.ended_at >= Some(run.started_at), "{seed}: {run:?}");
        for step in &run.steps {
            assert_eq!(step.outcome, StepOutcome::Success, "{seed}: {run:?}");
            assert!(step.started_at >= Some(run.started_at), "{seed}: {run:?}");
            assert!(step.ended_at >= step.started_at, "{seed}: {run:?}");
            assert!(step.ended_at <= run.ended_at, "{seed}: {run:?}");
        }
        let Some(Interval { from, to }) = run.interval else {
            continue;
        };
        let is_new = intervals.entry(&run.dag).or_default().insert((from, to));
        assert!(is_new, "{seed}: twice: {run:?}");
        let items: &[&str] = match run.dag.as_str() {
            "mapped" => &["a", "b", "c"],
            _ => &[""],
        };
        for item in items {
            let effect = format!("effects/{}{item}.{from}", run.dag);
            let by = std::fs::read_to_string(place.path().join(&effect));
            assert_eq!(by.expect("an effect").trim(), run.id.as_str(), "{seed}");
            assert!(ends.contains(&effect), "{seed}: {effect}");
        }
    }
    for dag in DAGS {
        let of_dag: Vec<_> = intervals.get(dag).into_iter().flatten().collect();
        assert!(!of_dag.is_empty(), "{seed}: {dag}");
        for pair in of_dag.windows(2) {
            assert_eq!(pair[0].1, pair[1].0, "{seed}: an interval is left out");
        }
    }
    let effects = files(&place.path().join("effects"));
    let planned = intervals.iter().map(|(dag, of_dag)| match *dag {
        "mapped" => 3 * of_dag.len(),
        _ => of_dag.len(),
    });
    assert_eq!(effects.len(), planned.sum::<usize>(), "{seed}: of no run");
    let early = std::fs::read_to_string(place.path().join("early.txt"));
    assert!(early.is_err(), "{seed}: {early:?}");
    // The change of data that came last was followed, too.
    let writes = runs.iter().filter(|run| run.interval.is_some());
    let changed = writes.filter_map(|run| run.steps[0].ended_at).max();
    let follows = runs.iter().filter(|run| run.dag == "by_data");
    let followed = follows.filter_map(|run| run.ended_at).max();
    assert!(followed >= changed, "{seed}: {followed:?}");
}
