//! Random clocks that jump forward and back, by hours and days, over the changes of daylight saving, with
//! processes that end half way, against times found by counting minutes: no interval is left out, and one
//! comes twice only if it ran while the clock was ahead, before it was over.

use std::collections::BTreeSet;
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock as _, Interval};
use orchestrator::{
    CancellationToken, Dag, DagDefinition, DagSource, Engine, RunOutcome, RunRecord, RunRequest,
    Scheduler, State, TaskReport,
};
use proptest::prelude::*;

use crate::support::{TestClock, step};
use crate::world::{definition, in_time};

const ZONE: &str = "America/New_York";

/// A clock that is corrected by less was not ahead.
const CORRECTION: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Clone)]
struct Case {
    pattern: &'static str,
    begin: Timestamp,
    /// All missed intervals run, or only the last.
    all: bool,
    moves: Vec<Move>,
}

#[derive(Debug, Clone)]
struct Move {
    minutes: i64,
    /// After how many tasks the process ends, each time.
    crashes: Vec<usize>,
}

fn cases() -> impl Strategy<Value = Case> {
    let minutes = prop_oneof![
        3 => 0_i64..400,
        1 => Just(60_i64),
        1 => Just(-60_i64),
        1 => Just(24 * 60_i64),
        1 => Just(-24 * 60_i64),
        1 => -2_000_i64..2_000,
    ];
    let one = (minutes, proptest::collection::vec(0_usize..4, 0..2));
    let pattern = prop_oneof![
        Just("30 2 * * *"),
        Just("30 1 * * *"),
        Just("15 */3 * * *"),
        Just("15 * * * *"),
    ];
    // A few hours before clocks go forward, and before they go back.
    let begin = prop_oneof![Just("2026-03-07T20:07:00Z"), Just("2026-10-31T20:07:00Z")];
    let moves = proptest::collection::vec(one, 1..6);
    (pattern, begin, proptest::bool::weighted(0.8), moves).prop_map(
        |(pattern, begin, all, moves)| Case {
            pattern,
            begin: begin.parse().unwrap(),
            all,
            moves: moves
                .into_iter()
                .map(|(minutes, crashes)| Move { minutes, crashes })
                .collect(),
        },
    )
}

/// The times of a pattern up to `until`, from days before the begin on: of each day the first minute that
/// is not before each hour and minute, or each minute of an hour.
fn times(case: &Case, until: Timestamp) -> Vec<Timestamp> {
    let zone = TimeZone::get(ZONE).unwrap();
    let daily = |hours: &[i8], minute| {
        hours
            .iter()
            .map(|hour| Time::constant(*hour, minute, 0, 0))
            .collect()
    };
    let of_day: Vec<Time> = match case.pattern {
        "30 2 * * *" => daily(&[2], 30),
        "30 1 * * *" => daily(&[1], 30),
        "15 */3 * * *" => daily(&[0, 3, 6, 9, 12, 15, 18, 21], 15),
        _ => Vec::new(),
    };
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut at = case.begin - SignedDuration::from_hours(24 * 12);
    while at <= until {
        let local = at.to_zoned(zone.clone()).datetime();
        if of_day.is_empty() {
            if local.minute() == 15 {
                found.insert(at);
            }
        } else {
            for time in of_day.iter().filter(|time| local.time() >= **time) {
                if seen.insert((local.date(), *time)) {
                    found.insert(at);
                }
            }
        }
        at += SignedDuration::from_mins(1);
    }
    found.into_iter().collect()
}

/// What happened, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    Clock(Timestamp),
    Ran(Interval),
}

#[derive(Clone, Default)]
struct World {
    events: Arc<Mutex<Vec<Event>>>,
    tasks_left: Arc<Mutex<Option<usize>>>,
    crash: Arc<tokio::sync::Notify>,
}

struct Source {
    definitions: Vec<DagDefinition>,
    world: World,
    idle: CancellationToken,
}

#[async_trait]
impl DagSource for Source {
    fn definitions(&self) -> &[DagDefinition] {
        &self.definitions
    }

    async fn dag(
        &self,
        definition: &DagDefinition,
        _request: &RunRequest,
    ) -> Result<Dag, Box<dyn Error + Send + Sync>> {
        let world = self.world.clone();
        let note = step("note", move |context| {
            let world = world.clone();
            async move {
                let mut left = world.tasks_left.lock().unwrap().take();
                if let Some(left) = left.as_mut() {
                    if *left == 0 {
                        world.crash.notify_one();
                        std::future::pending::<()>().await;
                    }
                    *world.tasks_left.lock().unwrap() = Some(*left - 1);
                }
                let ran = Event::Ran(context.interval().expect("an interval"));
                world.events.lock().unwrap().push(ran);
                Ok(TaskReport::new())
            }
        });
        Ok(Dag::new(definition.name.as_str(), [note])?)
    }

    async fn finished(&self, run: &RunRecord) {
        assert_eq!(run.outcome, RunOutcome::Success);
    }

    fn idle_until(&self, _next: Option<Timestamp>) {
        self.idle.cancel();
    }
}

async fn follow(case: &Case) -> (Vec<Event>, State, Timestamp, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let catch_up = if case.all { "all" } else { "latest" };
    let text = format!(
        "what = ''\ncatch_up = '{catch_up}'\nschedule = {{ cron = '{}', time_zone = '{ZONE}' }}\n[[tasks]]\nname = 'note'\nkind = 'note'\n",
        case.pattern
    );
    let definitions = vec![definition("local", &text)];
    let (world, clock) = (World::default(), TestClock::standing_still());
    let set = |to: Timestamp| {
        let by = to.duration_since(clock.now());
        match by.is_negative() {
            true => clock.set_back(by.unsigned_abs()),
            false => clock.advance(by.unsigned_abs()),
        }
        world.events.lock().unwrap().push(Event::Clock(to));
    };
    let mut now = case.begin;
    let mut latest = now;
    let mut looks = vec![(now, Vec::new())];
    for step in &case.moves {
        now += SignedDuration::from_mins(step.minutes);
        latest = latest.max(now);
        looks.push((now, step.crashes.clone()));
    }
    let end = latest + SignedDuration::from_hours(25);
    looks.push((end, Vec::new()));
    for (now, crashes) in looks {
        set(now);
        let crashes = crashes.into_iter().map(Some).chain([None]);
        for crash in crashes {
            let state = State::open(&path).await.unwrap();
            *world.tasks_left.lock().unwrap() = crash;
            let idle = CancellationToken::new();
            let source = Source {
                definitions: definitions.clone(),
                world: world.clone(),
                idle: idle.clone(),
            };
            let one = NonZeroUsize::MIN;
            let engine = Engine::new(state.clone(), clock.clone()).parallel(one);
            let scheduler = Scheduler::new(engine, source).poll(Duration::from_secs(3_600));
            let run = async {
                tokio::select! {
                    ran = scheduler.run(&idle) => ran.unwrap(),
                    () = world.crash.notified() => {}
                }
            };
            in_time(run).await;
            drop(scheduler);
            state.close().await;
        }
    }
    let state = State::open(&path).await.unwrap();
    let events = world.events.lock().unwrap().clone();
    (events, state, end, folder)
}

async fn check(case: &Case) -> Result<(), TestCaseError> {
    let (events, state, end, _folder) = follow(case).await;
    prop_assert!(state.queue().await.unwrap().is_empty());
    let times = times(case, end);
    let pairs: BTreeSet<Interval> = times
        .windows(2)
        .map(|pair| Interval {
            from: pair[0],
            to: pair[1],
        })
        .collect();
    let mut ran: BTreeSet<Interval> = BTreeSet::new();
    let mut now = case.begin;
    // The lowest that the clock was at since each interval ran.
    let mut lowest: Vec<(Interval, Timestamp)> = Vec::new();
    for event in events {
        match event {
            Event::Clock(to) => {
                now = to;
                for (_, at) in &mut lowest {
                    *at = to.min(*at);
                }
            }
            Event::Ran(interval) => {
                prop_assert!(pairs.contains(&interval), "{} is none", interval);
                prop_assert!(interval.to <= now, "{} ran at {}", interval, now);
                let before = lowest.iter().position(|(ran, _)| *ran == interval);
                if let Some(before) = before {
                    let (_, at) = lowest.swap_remove(before);
                    let ahead = interval.to.duration_since(at);
                    prop_assert!(ahead > CORRECTION, "{} ran twice", interval);
                }
                lowest.push((interval, now));
                ran.insert(interval);
            }
        }
    }
    prop_assert_eq!(ran.last(), pairs.last(), "the last one ran");
    if case.all {
        let first = ran.first().unwrap();
        let due: BTreeSet<Interval> = pairs.range(*first..).copied().collect();
        let missing: Vec<_> = due.difference(&ran).collect();
        prop_assert!(missing.is_empty(), "{:?} are left out", missing);
    }
    let runs = state.last_runs(None, 10_000).await.unwrap();
    prop_assert!(runs.iter().all(|run| run.outcome == RunOutcome::Success));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_interval_is_left_out_or_comes_twice_however_the_clock_jumps(case in cases()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(check(&case))?;
    }
}
