//! What is due, as runs with their intervals: a pure function of the definitions, of what the state
//! knows and of the time.
//!
//! Each scheduled run owns an interval `[start, end)` between two times of its schedule, and is due at
//! its end. A dag's watermark is the end of the last interval that was put into the queue or left out on
//! purpose; it moves in the transaction that does so.
//!
//! **Clocks.** A watermark well after the time means that the clock was ahead: what ran then ran before its
//! interval was over. It counts as the last time up to now, so that those intervals come again when they
//! are over; those that wait are withdrawn. A clock before the year 2000 was never set: nothing is
//! planned by it, and no watermark moves.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};
use kernel::Interval;

use crate::dag_name::DagName;
use crate::definition::{CatchUp, DagDefinition, Overlap, Times};
use crate::queued::Queued;
use crate::record::{RunId, Trigger};
use crate::request::RunRequest;

/// 2000-01-01T00:00:00Z.
const FIRST_PLAUSIBLE_SECOND: i64 = 946_684_800;

/// A clock that is corrected by less than this was not ahead.
const CORRECTION: SignedDuration = SignedDuration::from_mins(5);

/// The most intervals of a dag in the queue; the rest follows as they end.
const INTERVALS_AT_ONCE: usize = 1_000;

/// What the planner has to know of the state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// By dag: up to when its intervals were queued or left out.
    pub watermarks: BTreeMap<String, Timestamp>,
    /// By dataset: how often it changed.
    pub datasets: BTreeMap<String, i64>,
    /// By dag and dataset: up to which change runs were queued.
    pub reads: BTreeMap<(String, String), i64>,
    /// What waits, and what runs of it.
    pub open: Vec<Queued>,
    /// By dag: whole runs in progress that were not queued, such as those in a terminal.
    pub outside: BTreeMap<String, usize>,
    /// The dags of which single tasks are in progress.
    pub single_tasks: BTreeSet<String>,
    /// The dags whose schedule is off.
    pub paused: BTreeSet<String>,
}

impl Known {
    /// How many places of a dag are taken by what was not queued. Single tasks take the place of a dag that
    /// has only one.
    pub(crate) fn places_outside(&self, dag: &DagDefinition) -> usize {
        let name = dag.name.as_str();
        let runs = self.outside.get(name).copied().unwrap_or_default();
        let has_one = dag.max_active_runs == NonZeroU32::MIN;
        runs + usize::from(has_one && self.single_tasks.contains(name))
    }
}

/// What to do now, and when to look again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DuePlan {
    /// Runs to queue: by dag in the order of the definitions, each oldest first.
    pub runs: Vec<(DagName, RunRequest)>,
    /// Runs in progress to cancel.
    pub cancelled: Vec<RunId>,
    /// Entries of the queue to remove.
    pub withdrawn: Vec<i64>,
    /// Intervals that are not run, because others were in progress.
    pub left_out: Vec<(DagName, Interval)>,
    /// Watermarks that move.
    pub watermarks: BTreeMap<DagName, Timestamp>,
    /// Changes of datasets that are accounted for, by dag and dataset.
    pub reads: BTreeMap<(String, String), i64>,
    /// The next scheduled time after now, or now where more is due already; none where nothing is
    /// scheduled.
    pub next: Option<Timestamp>,
}

impl DuePlan {
    /// Whether there is nothing to write.
    pub fn changes_nothing(&self) -> bool {
        self.runs.is_empty()
            && self.cancelled.is_empty()
            && self.withdrawn.is_empty()
            && self.watermarks.is_empty()
            && self.reads.is_empty()
    }

    fn look_again(&mut self, at: Option<Timestamp>) {
        self.next = match (self.next, at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

/// What is due at `now`. Nothing of a paused dag is, and its watermark stays: what becomes of the
/// intervals in between is decided by its `catch_up` when it goes on.
pub fn due<'a>(
    known: &Known,
    now: Timestamp,
    dags: impl IntoIterator<Item = &'a DagDefinition>,
) -> DuePlan {
    let mut plan = DuePlan::default();
    if now.as_second() < FIRST_PLAUSIBLE_SECOND {
        return plan;
    }
    for dag in dags {
        let Some(schedule) = &dag.schedule else {
            continue;
        };
        if known.paused.contains(dag.name.as_str()) {
            continue;
        }
        if let Some(times) = &schedule.times {
            by_time(&mut plan, known, now, dag, times);
        }
        by_data(&mut plan, known, dag, &schedule.on);
    }
    plan
}

fn by_time(plan: &mut DuePlan, known: &Known, now: Timestamp, dag: &DagDefinition, times: &Times) {
    plan.look_again(times.next_after(now));
    let name = dag.name.as_str();
    // Backfills are nothing that the schedule waits for.
    let open = known
        .open
        .iter()
        .filter(|open| open.dag == name && open.request.trigger != Trigger::Backfill);
    let open: Vec<&Queued> = open.collect();
    withdraw_the_future(plan, &open, now);
    let watermark = known.watermarks.get(name).copied();
    let room = INTERVALS_AT_ONCE.saturating_sub(open.len());
    let was_ahead = watermark.is_some_and(|watermark| is_ahead(watermark, now));
    let (intervals, through) = match watermark {
        _ if room == 0 && dag.catch_up == CatchUp::All => (Vec::new(), None),
        None => first_intervals(times, now, dag.catch_up, room),
        Some(watermark) if was_ahead => (
            Vec::new(),
            times.last_until(now, 1).last().copied().or(Some(watermark)),
        ),
        Some(watermark) => missed_intervals(times, watermark, now, dag.catch_up, room),
    };
    if let Some(through) = through
        && watermark != Some(through)
    {
        plan.watermarks.insert(dag.name.clone(), through);
    }
    if intervals.len() == INTERVALS_AT_ONCE {
        plan.look_again(Some(now));
    }
    let running = known.places_outside(dag);
    let is_full = open.len() + running >= dag.max_active_runs.get() as usize;
    match dag.overlap {
        Overlap::Skip if is_full => {
            let left_out = intervals
                .iter()
                .map(|interval| (dag.name.clone(), *interval));
            plan.left_out.extend(left_out);
            return;
        }
        Overlap::CancelOlder if is_full && !intervals.is_empty() => cancel(plan, &open),
        Overlap::Queue if !intervals.is_empty() => {
            let left = most_waiting(dag.catch_up).saturating_sub(intervals.len());
            replace_what_waits(plan, &dag.name, &open, left);
        }
        _ => {}
    }
    let kept = match dag.overlap {
        // Those before the last would be cancelled by it.
        Overlap::CancelOlder => intervals
            .len()
            .saturating_sub(dag.max_active_runs.get() as usize),
        Overlap::Queue | Overlap::Skip => 0,
    };
    for interval in intervals.into_iter().skip(kept) {
        let request = RunRequest::scheduled().for_interval(interval);
        plan.runs.push((dag.name.clone(), request));
    }
}

fn is_ahead(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) > CORRECTION
}

/// Scheduled intervals that wait although they are not over.
fn withdraw_the_future(plan: &mut DuePlan, open: &[&Queued], now: Timestamp) {
    let future = open.iter().filter(|open| {
        let interval = open.request.interval;
        open.request.trigger == Trigger::Schedule
            && open.run.is_none()
            && interval.is_some_and(|interval| is_ahead(interval.to, now))
    });
    plan.withdrawn.extend(future.map(|open| open.id));
}

/// How many scheduled intervals may wait for a run in progress: as many as would be run if they had been
/// missed. Of `all`, no more are queued than there is room for.
fn most_waiting(catch_up: CatchUp) -> usize {
    match catch_up {
        CatchUp::Latest => 1,
        CatchUp::Last(count) => INTERVALS_AT_ONCE.min(count.get() as usize),
        CatchUp::None | CatchUp::All => INTERVALS_AT_ONCE,
    }
}

/// Of the scheduled runs that wait for one in progress, the last `left` stay.
fn replace_what_waits(plan: &mut DuePlan, dag: &DagName, open: &[&Queued], left: usize) {
    let waits = |open: &&&Queued| {
        open.request.trigger == Trigger::Schedule
            && open.run.is_none()
            && !plan.withdrawn.contains(&open.id)
    };
    let waiting: Vec<&&Queued> = open.iter().filter(waits).collect();
    let replaced = waiting.len().saturating_sub(left);
    for open in waiting.into_iter().take(replaced) {
        plan.withdrawn.push(open.id);
        let interval = open.request.interval;
        plan.left_out
            .extend(interval.map(|interval| (dag.clone(), interval)));
    }
}

/// What the schedule started before: a person's runs, and those of other dags, are left alone.
fn cancel(plan: &mut DuePlan, open: &[&Queued]) {
    for open in open {
        if open.request.trigger != Trigger::Schedule {
            continue;
        }
        match &open.run {
            Some(run) => plan.cancelled.push(run.clone()),
            None => plan.withdrawn.push(open.id),
        }
    }
}

type Missed = (Vec<Interval>, Option<Timestamp>);

/// Of a dag that was never planned. Without a `start`, there is no first interval: the last one counts
/// as the only one that was missed.
fn first_intervals(times: &Times, now: Timestamp, catch_up: CatchUp, room: usize) -> Missed {
    let begin = times.start().filter(|start| *start <= now);
    if let Some(start) = begin {
        let before = times.last_until(start, 1).last().copied();
        return match before.or_else(|| times.next_after(start)) {
            Some(first) if first <= now => missed_intervals(times, first, now, catch_up, room),
            _ => (Vec::new(), None),
        };
    }
    if times.start().is_some() {
        return (Vec::new(), None);
    }
    match times.last_until(now, 2)[..] {
        [from, to] if catch_up != CatchUp::None => (vec![Interval { from, to }], Some(to)),
        [.., last] => (Vec::new(), Some(last)),
        [] => (Vec::new(), None),
    }
}

/// Of a dag whose intervals up to `watermark` are accounted for; of all that were missed, as many as
/// there is `room` for.
fn missed_intervals(
    times: &Times,
    watermark: Timestamp,
    now: Timestamp,
    catch_up: CatchUp,
    room: usize,
) -> Missed {
    // What is due at its own time was not missed, whatever the policy says of those that were.
    let next = times.intervals(watermark, now, 2);
    let (Some(first), Some(_)) = (next.first(), next.get(1)) else {
        let through = next.first().map(|interval| interval.to);
        return match (catch_up, next.first()) {
            (CatchUp::None, Some(only)) if !is_recent(*only, now) => (Vec::new(), through),
            _ => (next, through),
        };
    };
    let last = |count: usize| -> Missed {
        let ends = times.last_until(now, count + 1);
        let intervals = ends.windows(2).filter_map(|pair| match pair {
            // The times of a changed schedule need not include the watermark.
            [from, to] if *to > watermark => Some(Interval {
                from: *from,
                to: *to,
            }),
            _ => None,
        });
        (intervals.collect(), ends.last().copied())
    };
    match catch_up {
        CatchUp::All => {
            let intervals = times.intervals(first.from, now, room);
            let through = intervals.last().map(|interval| interval.to);
            (intervals, through)
        }
        CatchUp::Latest => last(1),
        CatchUp::Last(count) => last(INTERVALS_AT_ONCE.min(count.get() as usize)),
        CatchUp::None => {
            let (intervals, through) = last(1);
            let recent = intervals.into_iter().filter(|last| is_recent(*last, now));
            (recent.collect(), through)
        }
    }
}

/// Whether an interval ended within the last minute, or the last tenth of its length: it is due now, and
/// was not missed.
fn is_recent(interval: Interval, now: Timestamp) -> bool {
    let late = now.as_second() - interval.to.as_second();
    late <= 60.max(interval.seconds() / 10)
}

fn by_data(plan: &mut DuePlan, known: &Known, dag: &DagDefinition, on: &[String]) {
    let mut is_due = false;
    for dataset in on {
        let Some(version) = known.datasets.get(dataset) else {
            continue;
        };
        let key = (dag.name.as_str().to_owned(), dataset.clone());
        if known.reads.get(&key) != Some(version) {
            is_due = true;
            plan.reads.insert(key, *version);
        }
    }
    if is_due {
        plan.runs.push((dag.name.clone(), RunRequest::on_data()));
    }
}
