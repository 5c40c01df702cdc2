//! Which windows a run reads: what is due, then once a day the sweeps. All of it follows from one
//! listing of the store.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use landing::{Dataset, Interval, IntervalSet, QueryId, WindowKind, WindowRef, coverage};

use crate::request::Bounded;
use crate::source::Sweep;

/// A window to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub kind: WindowKind,
    /// What the manifest says.
    pub interval: Interval,
    /// What is asked for: the interval, and what the overlap adds before it.
    pub asked_from: Timestamp,
}

impl Task {
    pub fn bounded(&self) -> Bounded {
        match self.kind {
            WindowKind::Updated => Bounded::Updated,
            WindowKind::Collect | WindowKind::Sweep | WindowKind::Saved => Bounded::Published,
        }
    }
}

/// What is known when a run begins.
pub(crate) struct Plan<'a> {
    pub windows: &'a [WindowRef],
    pub dataset: &'a Dataset,
    pub query: QueryId,
    /// The day of the source's quota decides what once a day means.
    pub zone: &'a TimeZone,
    /// The end of all windows of the run.
    pub now: Timestamp,
    pub overlap: SignedDuration,
}

impl Plan<'_> {
    /// What is due since `start`, oldest first. The overlap reaches back into what was collected
    /// before, never before `start`.
    pub fn due(&self, start: Timestamp) -> Vec<Task> {
        coverage(self.windows, self.dataset, self.query)
            .due(start, self.now)
            .into_iter()
            .map(|interval| Task {
                kind: WindowKind::Collect,
                interval,
                asked_from: self.reach_back(interval.from).max(start.min(interval.from)),
            })
            .collect()
    }

    /// What was published in the last days; `None` when that was read today.
    pub fn published(&self, sweep: &Sweep) -> Option<Task> {
        let whole = sweep.published_back;
        let today: IntervalSet = self
            .of_kind(WindowKind::Sweep)
            .filter(|window| self.day(window.attempt.begun_at()) == self.day(self.now))
            .map(WindowRef::interval)
            .collect();
        // A sweep may be several windows; it took place when together they are long enough.
        let done = |interval: &Interval| interval.to.duration_since(interval.from) >= whole;
        if today.as_slice().iter().any(done) {
            return None;
        }
        let from = self.now.checked_sub(whole).ok()?;
        let interval = Interval::new(from, self.now)?;
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
        let first = read.iter().map(|interval| interval.from).min();
        let start = first.map_or(back(sweep.updated_back), |first| {
            first.max(back(sweep.updated_back_max))
        });
        let read: IntervalSet = read.into_iter().collect();
        read.due(start, self.now)
            .into_iter()
            .map(|interval| Task {
                kind: WindowKind::Updated,
                interval,
                asked_from: self.reach_back(interval.from),
            })
            .collect()
    }

    fn of_kind(&self, kind: WindowKind) -> impl Iterator<Item = &WindowRef> {
        self.windows.iter().filter(move |window| {
            window.kind == kind && window.query == self.query && window.dataset == *self.dataset
        })
    }

    fn reach_back(&self, from: Timestamp) -> Timestamp {
        from.checked_sub(self.overlap).unwrap_or(from)
    }

    fn day(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.zone.clone()).date()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 24 * 3600;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    /// The window of these seconds, landed at its end.
    fn window(kind: WindowKind, from: i64, to: i64) -> WindowRef {
        let compact = |second| at(second).strftime("%Y%m%dT%H%M%SZ").to_string();
        let seoul = at(from).to_zoned(TimeZone::get("Asia/Seoul").expect("a zone"));
        let begun = at(to).strftime("%Y%m%dT%H%M%S").to_string();
        let path = format!(
            "landing/saramin/recruit/date={}/{kind}-{}-{}-{}-{begun}000000Z-ab12",
            seoul.date(),
            compact(from),
            compact(to),
            query(),
        );
        WindowRef::parse(&path.as_str().into()).expect("a window")
    }

    fn query() -> QueryId {
        QueryId::of(&landing::Query::new())
    }

    fn with_plan<T>(windows: &[WindowRef], now: i64, then: impl FnOnce(&Plan<'_>) -> T) -> T {
        then(&Plan {
            windows,
            dataset: &Dataset::new("saramin", "recruit").expect("a dataset"),
            query: query(),
            zone: &TimeZone::get("Asia/Seoul").expect("a zone"),
            now: at(now),
            overlap: SignedDuration::from_hours(2),
        })
    }

    fn sweep() -> Sweep {
        Sweep {
            published_back: SignedDuration::from_hours(48),
            updated_back: SignedDuration::from_hours(24),
            updated_back_max: SignedDuration::from_hours(168),
            min_calls_left: 60,
        }
    }

    proptest! {
        #[test]
        fn runs_at_any_time_cover_everything_once(
            start in 0..DAY,
            runs in proptest::collection::vec((0..DAY, proptest::bool::weighted(0.7)), 1..12),
        ) {
            let mut windows = Vec::new();
            let mut now = start;
            for (later, succeeds) in runs {
                now += later;
                let due = with_plan(&windows, now, |plan| plan.due(at(start)));
                for task in &due {
                    // The overlap reaches back two hours, not before the start.
                    let back = task.interval.from.as_second() - task.asked_from.as_second();
                    let most = task.interval.from.as_second() - at(start).as_second();
                    prop_assert_eq!(back, most.min(7200));
                }
                if succeeds {
                    for task in &due {
                        let (from, to) = (task.interval.from, task.interval.to);
                        let second = |instant: Timestamp| instant.as_second() - at(0).as_second();
                        windows.push(window(WindowKind::Collect, second(from), second(to)));
                    }
                    prop_assert!(with_plan(&windows, now, |plan| plan.due(at(start))).is_empty());
                } else if now > start {
                    prop_assert_eq!(due.last().map(|task| task.interval.to), Some(at(now)));
                }
            }
            let mut covered: Vec<_> = windows.iter().map(WindowRef::interval).collect();
            covered.sort_unstable();
            for pair in covered.windows(2) {
                prop_assert_eq!(pair[0].to, pair[1].from);
            }
        }
    }

    #[test]
    fn a_hole_in_the_edits_is_read_with_the_next() {
        let windows = [
            window(WindowKind::Updated, 0, DAY),
            window(WindowKind::Updated, 2 * DAY, 3 * DAY),
        ];
        let tasks = with_plan(&windows, 4 * DAY, |plan| plan.updated(&sweep()));
        let intervals: Vec<_> = tasks.iter().map(|task| task.interval).collect();
        let interval = |from, to| Interval::new(at(from), at(to)).expect("an interval");
        assert_eq!(
            intervals,
            [interval(DAY, 2 * DAY), interval(3 * DAY, 4 * DAY)]
        );
    }

    #[test]
    fn windows_of_other_kinds_are_no_sweep() {
        let windows = [window(WindowKind::Collect, -3 * DAY, 0)];
        with_plan(&windows, 60, |plan| {
            assert!(plan.published(&sweep()).is_some());
            assert_eq!(plan.updated(&sweep()).len(), 1);
        });
    }
}
