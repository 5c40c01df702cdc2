//! The queue of a run: windows without the parts known to be unreadable, and those of these parts
//! that are to be retried.

use jiff::Timestamp;
use kernel::IntervalSet;

use crate::plan::Task;
use crate::unread::{Remembered, UnreadTime};
use crate::window::Part;

/// The most unreadable periods that are retried in one run.
const TRIED_AGAIN: usize = 20;

/// A window to be read, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub task: Task,
    pub part: Part,
    /// It could not be read before.
    pub known: Option<UnreadTime>,
    /// It failed in this run, before anything was answered.
    pub failed: bool,
}

impl Queued {
    pub fn new(task: Task) -> Self {
        Self {
            task,
            part: Part::default(),
            known: None,
            failed: false,
        }
    }
}

/// Tasks without the parts known to be unreadable; those to be retried come last, each as a whole.
/// With `all` every one is retried. `now`: when the run began.
pub(crate) fn queue(
    tasks: Vec<Task>,
    remembered: &Remembered,
    now: Timestamp,
    all: bool,
) -> Vec<Queued> {
    let mut queued = Vec::new();
    let mut again = Vec::new();
    for task in tasks {
        let unread = remembered.set(task.bounded());
        for interval in unread.gaps(task.interval.from, task.interval.to) {
            let asked_from = match interval.from == task.interval.from {
                true => behind(&unread, task.asked_from, interval.from),
                false => interval.from,
            };
            queued.push(Queued::new(Task {
                interval,
                asked_from,
                ..task
            }));
        }
        for time in remembered.all() {
            let overlaps = time.bounded == task.bounded()
                && time.interval.from < task.interval.to
                && task.interval.from < time.interval.to;
            // Once in a run.
            let is_due = (all || time.next_try_at() <= now) && time.last_tried_at < now;
            let is_queued = again
                .iter()
                .any(|queued: &Queued| queued.known.as_ref() == Some(time));
            if overlaps && is_due && !is_queued {
                again.push(Queued {
                    known: Some(time.clone()),
                    ..Queued::new(Task {
                        interval: time.interval,
                        asked_from: time.interval.from,
                        ..task
                    })
                });
            }
        }
    }
    again.sort_by_key(|queued: &Queued| {
        let known = queued.known.as_ref();
        known.map(|time| (time.searched, time.last_tried_at))
    });
    if !all {
        again.truncate(TRIED_AGAIN);
    }
    queued.extend(again);
    queued
}

/// The overlap, as far as nothing in it is known to be unreadable.
fn behind(unread: &IntervalSet, asked_from: Timestamp, from: Timestamp) -> Timestamp {
    let within = unread.as_slice().iter().filter(|part| part.from < from);
    let last = within.map(|part| part.to.min(from)).max();
    last.map_or(asked_from, |last| last.max(asked_from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unread::Bounded;
    use jiff::SignedDuration;
    use kernel::Interval;
    use landing::WindowKind;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    fn interval(from: i64, to: i64) -> Interval {
        Interval {
            from: at(from),
            to: at(to),
        }
    }

    fn unread(from: i64, to: i64) -> UnreadTime {
        UnreadTime {
            bounded: Bounded::Published,
            interval: interval(from, to),
            fault: String::new(),
            first_tried_at: at(0),
            last_tried_at: at(0),
            tries: 1,
            searched: true,
        }
    }

    fn queued(task: Task, times: &[UnreadTime], now: i64, all: bool) -> Vec<(i64, i64, i64, bool)> {
        let remembered = Remembered::new(times.to_vec());
        let second = |at: Timestamp| at.as_second() - 1_700_000_000;
        let all = queue(vec![task], &remembered, at(now), all);
        let shown = all.into_iter().map(|queued| {
            let Task {
                interval,
                asked_from,
                ..
            } = queued.task;
            let (from, to) = (second(interval.from), second(interval.to));
            (second(asked_from), from, to, queued.known.is_some())
        });
        shown.collect()
    }

    #[test]
    fn windows_skip_what_cannot_be_read() {
        let task = |kind| Task {
            kind,
            interval: interval(1000, 2000),
            asked_from: at(0),
        };
        let collect = task(WindowKind::Collect);
        let times = [unread(500, 501), unread(1200, 1300), unread(5000, 5001)];
        let around = [(501, 1000, 1200, false), (1300, 1300, 2000, false)];
        assert_eq!(queued(collect, &times, 60, false), around);
        // An hour later it is retried, last.
        let again = (1200, 1200, 1300, true);
        let later = SignedDuration::from_hours(1).as_secs();
        let expected = [around[0], around[1], again];
        assert_eq!(queued(collect, &times, later, false), expected);
        assert_eq!(queued(collect, &times, 60, true), expected);
        // Reads of edits are not affected.
        let whole = [(0, 1000, 2000, false)];
        assert_eq!(
            queued(task(WindowKind::Updated), &times, later, false),
            whole
        );
        let beginning = [unread(900, 1100)];
        let expected = [(1100, 1100, 2000, false)];
        assert_eq!(queued(collect, &beginning, 60, false), expected);
    }
}
