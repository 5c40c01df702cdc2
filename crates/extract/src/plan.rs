//! Which windows a run reads, and in which order: what is due, the sweeps of the day (`sweep.rs`),
//! then what is left of backfills. All of it follows from the landing.
//!
//! What is due comes first and backfills last: a long one uses the remaining calls of each day, and
//! never delays new data for the days that it takes.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kernel::{Interval, IntervalSet};
use landing::{Backfill, Dataset, QueryId, WindowKind, WindowRef, coverage};

use crate::unread::Bounded;

/// A window to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub kind: WindowKind,
    /// The interval in the manifest.
    pub interval: Interval,
    /// The start of the request: the interval's start, minus the overlap.
    pub asked_from: Timestamp,
}

impl Task {
    pub fn bounded(&self) -> Bounded {
        match self.kind {
            WindowKind::Updated => Bounded::Updated,
            WindowKind::Collect
            | WindowKind::Sweep
            | WindowKind::Saved
            | WindowKind::Partial
            | WindowKind::Snapshot
            | WindowKind::Series => Bounded::Published,
        }
    }
}

/// The landing's content of a dataset when a run begins.
pub(crate) struct Landed {
    pub windows: Vec<WindowRef>,
    /// Windows that are damaged: they cover nothing, but still count for the start.
    pub damaged: Vec<WindowRef>,
    pub backfills: Vec<Backfill>,
}

impl Landed {
    /// The start from which everything is due if none is configured: the earliest backfill without
    /// an end; without any, the earliest window that is not due to a backfill. A backfill with an
    /// end does not affect other periods.
    pub fn since(&self) -> Option<Timestamp> {
        let open = self
            .backfills
            .iter()
            .filter(|backfill| backfill.to.is_none());
        let unexplained = || {
            let collected = self
                .windows
                .iter()
                .chain(&self.damaged)
                .filter(|window| window.kind == WindowKind::Collect);
            collected
                .filter(|window| !self.backfills.iter().any(|asked| asked.explains(window)))
                .map(|window| window.from)
                .min()
        };
        open.map(|backfill| backfill.from)
            .min()
            .or_else(unexplained)
    }
}

/// The inputs of a run's plan.
pub(crate) struct Plan<'a> {
    pub landed: &'a Landed,
    pub dataset: &'a Dataset,
    pub query: QueryId,
    /// The start from which everything is due, if known.
    pub since: Option<Timestamp>,
    /// "Once a day" refers to the days of the source's quota.
    pub zone: &'a TimeZone,
    /// The end of all windows of the run.
    pub now: Timestamp,
    pub overlap: SignedDuration,
}

impl Plan<'_> {
    /// What is due, oldest first. The overlap reaches back into what was collected before, never
    /// before the start.
    pub fn due(&self) -> Vec<Task> {
        let Some(since) = self.since else {
            return Vec::new();
        };
        coverage(&self.landed.windows, self.dataset, self.query)
            .gaps(since, self.now)
            .into_iter()
            .map(|interval| self.collect(interval, since))
            .collect()
    }

    /// What is left of backfills and not due anyway, oldest first.
    pub fn left_of_backfills(&self) -> Vec<Task> {
        let asked = || {
            let of_query = |backfill: &&Backfill| backfill.query == self.query;
            self.landed.backfills.iter().filter(of_query)
        };
        let left: IntervalSet = asked()
            .flat_map(|backfill| backfill.left(&self.landed.windows))
            .collect();
        let due: IntervalSet = self.due().iter().map(|task| task.interval).collect();
        left.as_slice()
            .iter()
            .flat_map(|left| due.gaps(left.from, left.to.min(self.now)))
            .map(|interval| {
                let begins = asked()
                    .filter(|backfill| backfill.from <= interval.from)
                    .filter(|backfill| interval.from < backfill.interval().to)
                    .map(|backfill| backfill.from);
                self.collect(interval, begins.min().unwrap_or(interval.from))
            })
            .collect()
    }

    /// What is to be read for a backfill that is requested now. If an earlier request of the same
    /// period is unfinished, it continues; otherwise it starts from scratch, even where data
    /// exists.
    pub fn backfill(&self, interval: Interval, before: Option<&Backfill>) -> Vec<Task> {
        let read = before.map_or_else(IntervalSet::default, |backfill| {
            backfill.read_since(&self.landed.windows)
        });
        read.gaps(interval.from, interval.to)
            .into_iter()
            .map(|part| self.collect(part, interval.from))
            .collect()
    }

    /// The unfinished backfill of the same period, if any.
    pub fn unfinished(&self, from: Timestamp, to: Option<Timestamp>) -> Option<&Backfill> {
        let mut same = self.landed.backfills.iter().filter(|backfill| {
            backfill.query == self.query && backfill.from == from && backfill.to == to
        });
        same.rfind(|backfill| !backfill.left(&self.landed.windows).is_empty())
    }

    fn collect(&self, interval: Interval, not_before: Timestamp) -> Task {
        Task {
            kind: WindowKind::Collect,
            interval,
            asked_from: self
                .reach_back(interval.from)
                .max(not_before.min(interval.from)),
        }
    }

    pub(crate) fn of_kind(&self, kind: WindowKind) -> impl Iterator<Item = &WindowRef> {
        self.landed.windows.iter().filter(move |window| {
            window.kind == kind && window.query == self.query && window.dataset == *self.dataset
        })
    }

    pub(crate) fn reach_back(&self, from: Timestamp) -> Timestamp {
        from.checked_sub(self.overlap).unwrap_or(from)
    }

    pub(crate) fn day(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.zone.clone()).date()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) const DAY: i64 = 24 * 3600;

    pub(crate) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    pub(crate) fn interval(from: i64, to: i64) -> Interval {
        Interval::new(at(from), at(to)).expect("an interval")
    }

    /// The window of these seconds, landed at its end.
    pub(crate) fn window(kind: WindowKind, from: i64, to: i64) -> WindowRef {
        landed_at(kind, (from, to), to)
    }

    fn compact(second: i64) -> String {
        at(second).strftime("%Y%m%dT%H%M%S").to_string()
    }

    pub(crate) fn landed_at(kind: WindowKind, (from, to): (i64, i64), begun: i64) -> WindowRef {
        let seoul = at(from).to_zoned(TimeZone::get("Asia/Seoul").expect("a zone"));
        let path = format!(
            "landing/saramin/recruit/date={}/{kind}-{}Z-{}Z-{}-{}000000Z-ab12",
            seoul.date(),
            compact(from),
            compact(to),
            query(),
            compact(begun),
        );
        WindowRef::parse(&path.as_str().into()).expect("a window")
    }

    pub(crate) fn query() -> QueryId {
        QueryId::of(&landing::Query::new())
    }

    fn dataset() -> Dataset {
        Dataset::new("saramin", "recruit").expect("a dataset")
    }

    pub(crate) fn landed(windows: &[WindowRef]) -> Landed {
        Landed {
            windows: windows.to_vec(),
            damaged: Vec::new(),
            backfills: Vec::new(),
        }
    }

    pub(crate) fn with_plan<T>(
        landed: &Landed,
        since: Option<i64>,
        now: i64,
        then: impl FnOnce(&Plan<'_>) -> T,
    ) -> T {
        then(&Plan {
            landed,
            dataset: &dataset(),
            query: query(),
            since: since.map(at),
            zone: &TimeZone::get("Asia/Seoul").expect("a zone"),
            now: at(now),
            overlap: SignedDuration::from_hours(2),
        })
    }

    /// Requested at a second; without an end when `to` is `None`.
    fn asked(from: i64, to: Option<i64>, second: i64) -> Backfill {
        let attempt = format!("{}000000Z-cd34", compact(second));
        Backfill {
            dataset: dataset(),
            from: at(from),
            to: to.map(at),
            query: query(),
            attempt: attempt.parse().expect("an attempt"),
        }
    }

    fn intervals(tasks: &[Task]) -> Vec<Interval> {
        tasks.iter().map(|task| task.interval).collect()
    }

    proptest! {
        #[test]
        fn runs_at_any_time_cover_everything_once(
            start in 0..DAY,
            runs in proptest::collection::vec((0..DAY, proptest::bool::weighted(0.7)), 1..12),
        ) {
            let mut all = landed(&[]);
            let mut now = start;
            for (later, succeeds) in runs {
                now += later;
                let due = with_plan(&all, Some(start), now, |plan| plan.due());
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
                        all.windows.push(window(WindowKind::Collect, second(from), second(to)));
                    }
                    prop_assert!(with_plan(&all, Some(start), now, |plan| plan.due()).is_empty());
                } else if now > start {
                    prop_assert_eq!(due.last().map(|task| task.interval.to), Some(at(now)));
                }
            }
            let mut covered: Vec<_> = all.windows.iter().map(WindowRef::interval).collect();
            covered.sort_unstable();
            for pair in covered.windows(2) {
                prop_assert_eq!(pair[0].to, pair[1].from);
            }
        }

        #[test]
        fn backfills_end_however_their_parts_land(
            asked_for in proptest::collection::vec((0..DAY, 1..DAY, DAY..2 * DAY), 1..4),
            lands in proptest::collection::vec(proptest::bool::weighted(0.6), 20),
        ) {
            let backfills = asked_for
                .iter()
                .map(|(from, seconds, at)| asked(*from, Some(from + seconds), *at))
                .collect();
            let mut all = Landed { windows: Vec::new(), damaged: Vec::new(), backfills };
            let mut now = 2 * DAY;
            for lands in lands {
                now += 60;
                let left = with_plan(&all, None, now, |plan| plan.left_of_backfills());
                let Some(first) = left.first() else { break };
                // In two halves, of which one may fail.
                let (from, to) = (first.interval.from, first.interval.to);
                let second = |instant: Timestamp| instant.as_second() - at(0).as_second();
                let middle = (second(from) + second(to)) / 2;
                let half = if lands { (middle, second(to)) } else { (second(from), middle) };
                for half in [Some(half), lands.then_some((second(from), middle))].into_iter().flatten() {
                    if half.0 < half.1 {
                        all.windows.push(landed_at(WindowKind::Collect, half, now));
                    }
                }
            }
            let left = with_plan(&all, None, now, |plan| plan.left_of_backfills());
            for backfill in &all.backfills {
                let covered: IntervalSet = all.windows.iter().map(WindowRef::interval).collect();
                let open = covered.gaps(backfill.interval().from, backfill.interval().to);
                let left: IntervalSet = left.iter().map(|task| task.interval).collect();
                for gap in open {
                    prop_assert!(left.contains(gap.from), "{gap} is forgotten");
                }
            }
        }
    }

    #[test]
    fn backfills_with_an_end_do_not_move_the_start() {
        let usual = window(WindowKind::Collect, 100 * DAY, 101 * DAY);
        let mut all = landed(std::slice::from_ref(&usual));
        assert_eq!(all.since(), Some(usual.from));
        // A day in the distant past, requested and collected later.
        all.backfills.push(asked(0, Some(DAY), 102 * DAY));
        let past = landed_at(WindowKind::Collect, (0, DAY), 102 * DAY);
        all.windows.push(past);
        assert_eq!(all.since(), Some(usual.from));
        // Without an end it sets the start.
        all.backfills.push(asked(50 * DAY, None, 103 * DAY));
        assert_eq!(all.since(), Some(at(50 * DAY)));

        let past = landed_at(WindowKind::Collect, (0, DAY), 102 * DAY);
        let only = Landed {
            windows: vec![past],
            damaged: Vec::new(),
            backfills: vec![asked(0, Some(DAY), 102 * DAY)],
        };
        assert_eq!(only.since(), None);
        let due = with_plan(&only, None, 103 * DAY, |plan| plan.due());
        assert_eq!(due, []);
    }

    #[test]
    fn what_is_due_anyway_is_not_read_for_a_backfill_too() {
        let all = Landed {
            windows: vec![window(WindowKind::Collect, 5 * DAY, 6 * DAY)],
            damaged: Vec::new(),
            backfills: vec![asked(0, None, 10 * DAY)],
        };
        with_plan(&all, Some(3 * DAY), 11 * DAY, |plan| {
            let due = intervals(&plan.due());
            let expected = [interval(3 * DAY, 5 * DAY), interval(6 * DAY, 11 * DAY)];
            assert_eq!(due, expected);
            // Before the start, and what was collected before the request.
            let left = plan.left_of_backfills();
            let expected = [interval(0, 3 * DAY), interval(5 * DAY, 6 * DAY)];
            assert_eq!(intervals(&left), expected);
            assert_eq!(left[0].asked_from, at(0));
            assert_eq!(left[1].asked_from, at(5 * DAY - 7200));
        });
    }

    #[test]
    fn a_repeated_backfill_continues_until_it_is_done() {
        let mut all = landed(&[landed_at(WindowKind::Collect, (0, 4), DAY)]);
        all.backfills.push(asked(0, Some(10), 2 * DAY));
        let tasks = |all: &Landed| {
            with_plan(all, None, 3 * DAY, |plan| {
                let before = plan.unfinished(at(0), Some(at(10)));
                intervals(&plan.backfill(interval(0, 10), before))
            })
        };
        assert_eq!(tasks(&all), [interval(0, 10)]);
        let first = landed_at(WindowKind::Collect, (0, 6), 2 * DAY + 5);
        all.windows.push(first);
        assert_eq!(tasks(&all), [interval(6, 10)]);
        let second = landed_at(WindowKind::Collect, (6, 10), 2 * DAY + 9);
        all.windows.push(second);
        assert_eq!(tasks(&all), [interval(0, 10)], "done: requested again");
        with_plan(&all, None, 3 * DAY, |plan| {
            assert_eq!(plan.unfinished(at(0), Some(at(10))), None);
            assert_eq!(plan.unfinished(at(0), None), None);
            assert_eq!(plan.left_of_backfills(), []);
        });
    }
}
