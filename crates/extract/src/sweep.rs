//! The sweeps of the day: a repeated read of what was published in the last days, and of what was
//! edited.

use jiff::Timestamp;
use kernel::{Interval, IntervalSet, whole_second};
use landing::{WindowKind, WindowRef};

use crate::plan::{Plan, Task};
use crate::source::Sweep;

impl Plan<'_> {
    /// What was published in the last days; `None` when that was read today.
    /// What is known to be unreadable counts as read.
    pub fn published(&self, sweep: &Sweep, unread: &IntervalSet) -> Option<Task> {
        let whole = sweep.published_back;
        let from = self.now.checked_sub(whole).ok()?;
        let today: IntervalSet = self
            .of_kind(WindowKind::Sweep)
            .filter(|window| self.day(window.attempt.begun_at()) == self.day(self.now))
            .map(WindowRef::interval)
            .collect();
        // A sweep may be several windows; it took place when together they are long enough. A tenth
        // may be missing: a part that does not add up must not be swept again every hour.
        let within = |part: &Interval| {
            let (from, to) = (part.from.max(from), part.to.min(self.now));
            Interval::new(from, to).map_or(0, |part| part.seconds())
        };
        let unread: i64 = unread.as_slice().iter().map(within).sum();
        let swept: i64 = today.as_slice().iter().map(Interval::seconds).sum();
        if !today.as_slice().is_empty() && swept + unread >= whole.as_secs() / 10 * 9 {
            return None;
        }
        let interval = Interval::new(from, self.now).ok()?;
        Some(Task {
            kind: WindowKind::Sweep,
            interval,
            asked_from: interval.from,
        })
    }

    /// What was edited since the last reading of edits; empty when that was today.
    pub fn updated(&self, sweep: &Sweep) -> Vec<Task> {
        let read: Vec<Interval> = self
            .of_kind(WindowKind::Updated)
            .map(WindowRef::interval)
            .collect();
        let last = read.iter().map(|interval| interval.to).max();
        if last.is_some_and(|last| self.day(last) == self.day(self.now)) {
            return Vec::new();
        }
        let back = |by| self.now.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH);
        // What was collected in the first days may have been edited before the first reading of
        // edits.
        let collected = self.of_kind(WindowKind::Collect);
        let collecting_since = collected.map(|window| window.attempt.begun_at()).min();
        let first = read.iter().map(|interval| interval.from).min();
        let first = first.unwrap_or_else(|| {
            let usual = back(sweep.updated_back);
            collecting_since.map_or(usual, |since| whole_second(since).min(usual))
        });
        let start = first.max(back(sweep.updated_back_max));
        let read: IntervalSet = read.into_iter().collect();
        read.gaps(start, self.now)
            .into_iter()
            .map(|interval| Task {
                kind: WindowKind::Updated,
                interval,
                asked_from: self.reach_back(interval.from),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::{DAY, interval, landed, landed_at, window, with_plan};
    use jiff::SignedDuration;

    fn sweep() -> Sweep {
        Sweep {
            published_back: SignedDuration::from_hours(48),
            updated_back: SignedDuration::from_hours(24),
            updated_back_max: SignedDuration::from_hours(168),
            min_calls_left: 60,
        }
    }

    fn updated(windows: &[WindowRef], now: i64) -> Vec<Interval> {
        let tasks = with_plan(&landed(windows), None, now, |plan| plan.updated(&sweep()));
        tasks.iter().map(|task| task.interval).collect()
    }

    #[test]
    fn a_gap_in_the_edits_is_read_with_the_next() {
        let windows = [
            window(WindowKind::Updated, 0, DAY),
            window(WindowKind::Updated, 2 * DAY, 3 * DAY),
        ];
        assert_eq!(
            updated(&windows, 4 * DAY),
            [interval(DAY, 2 * DAY), interval(3 * DAY, 4 * DAY)]
        );
    }

    #[test]
    fn the_first_reading_of_edits_reaches_back_to_the_first_collection() {
        assert_eq!(updated(&[], 60), [interval(60 - DAY, 60)]);
        let collected = |begun| {
            [landed_at(
                WindowKind::Collect,
                (-90 * DAY, -80 * DAY),
                begun,
            )]
        };
        // Young enough: a day as always.
        assert_eq!(updated(&collected(0), 60), [interval(60 - DAY, 60)]);
        assert_eq!(updated(&collected(0), 5 * DAY), [interval(0, 5 * DAY)]);
        assert_eq!(
            updated(&collected(0), 30 * DAY),
            [interval(23 * DAY, 30 * DAY)],
            "no more than a week"
        );
    }

    #[test]
    fn windows_of_other_kinds_are_no_sweep() {
        let windows = landed(&[window(WindowKind::Collect, -3 * DAY, 0)]);
        with_plan(&windows, None, 60, |plan| {
            assert!(plan.published(&sweep(), &IntervalSet::default()).is_some());
            assert_eq!(plan.updated(&sweep()).len(), 1);
        });
    }

    #[test]
    fn a_sweep_without_a_small_part_that_does_not_add_up_is_done_for_the_day() {
        let day = 2 * DAY;
        for (parts, done) in [
            (vec![(0, day)], true),
            (vec![(0, day / 2)], false),
            (vec![(0, day / 2), (day / 2 + 3600, day)], true),
            (vec![(0, day / 2), (day / 2 + 6 * 3600, day)], false),
        ] {
            let part = |part| landed_at(WindowKind::Sweep, part, day);
            let windows: Vec<WindowRef> = parts.iter().copied().map(part).collect();
            with_plan(&landed(&windows), None, day + 60, |plan| {
                assert_eq!(
                    plan.published(&sweep(), &IntervalSet::default()).is_none(),
                    done,
                    "{parts:?}"
                );
            });
        }
    }
}
