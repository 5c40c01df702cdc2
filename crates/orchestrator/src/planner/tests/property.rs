//! Random schedules, policies and clocks against a minute-by-minute reference that shares no code with
//! the planner: by time in UTC, where no hour is missing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;

use super::dag;
use crate::definition::DagDefinition;
use crate::planner::{Known, due};

/// 2026-03-01T00:00:00Z, in minutes.
const BEGIN: i64 = 1_772_323_200 / 60;

#[derive(Debug, Clone)]
struct Case {
    minute: Pattern,
    hour: Pattern,
    /// `None`: all.
    keeps: Option<usize>,
    /// By how many minutes the clock moves before each look.
    moves: Vec<i64>,
}

#[derive(Debug, Clone, Copy)]
enum Pattern {
    Any,
    Every(i64),
    At(i64),
}

impl Pattern {
    fn text(self) -> String {
        match self {
            Self::Any => "*".to_owned(),
            Self::Every(step) => format!("*/{step}"),
            Self::At(value) => value.to_string(),
        }
    }

    fn matches(self, value: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Every(step) => value % step == 0,
            Self::At(own) => value == own,
        }
    }
}

fn pattern(most: i64) -> impl Strategy<Value = Pattern> {
    prop_oneof![
        Just(Pattern::Any),
        (2..most).prop_map(Pattern::Every),
        (0..most).prop_map(Pattern::At),
    ]
}

fn cases() -> impl Strategy<Value = Case> {
    let step = prop_oneof![6 => 0_i64..200, 1 => 1_000_i64..4_000];
    (
        pattern(60),
        pattern(24),
        proptest::option::of(1_usize..6),
        proptest::collection::vec(step, 1..12),
    )
        .prop_map(|(minute, hour, keeps, moves)| Case {
            minute,
            hour,
            keeps,
            moves,
        })
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

impl Case {
    fn dag(&self) -> DagDefinition {
        let catch_up = self
            .keeps
            .map_or("'all'".to_owned(), |keeps| keeps.to_string());
        let (minute, hour) = (self.minute.text(), self.hour.text());
        dag(
            "a",
            &format!(
                "catch_up = {catch_up}\nschedule = {{ cron = '{minute} {hour} * * *', time_zone = 'UTC' }}"
            ),
        )
    }

    /// The times of the pattern in `(after, until]`.
    fn times(&self, after: i64, until: i64) -> Vec<i64> {
        let minutes = (after + 1)..=until;
        let matching = minutes.filter(|minute| {
            self.minute.matches(minute % 60) && self.hour.matches(minute / 60 % 24)
        });
        matching.collect()
    }

    /// The intervals, as their bounds, that one look at `now` queues.
    fn expected(&self, through: i64, now: i64) -> Vec<(i64, i64)> {
        let mut bounds = vec![through];
        bounds.extend(self.times(through, now));
        let all: Vec<(i64, i64)> = bounds.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let first = self
            .keeps
            .map_or(0, |keeps| all.len().saturating_sub(keeps));
        all[first..].to_vec()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_queues_what_counting_minutes_gives(case in cases()) {
        let dag = case.dag();
        let mut through = *case.times(BEGIN - 2 * 24 * 60, BEGIN).last().unwrap();
        let mut known = Known::default();
        known.watermarks.insert("a".to_owned(), at(through));
        let mut now = BEGIN;
        let mut queued = BTreeSet::new();
        for step in &case.moves {
            now += step;
            let expected = case.expected(through, now);
            let mut planned = Vec::new();
            // A plan queues a thousand intervals at most.
            loop {
                let plan = due(&known, at(now), [&dag]);
                if let Some(moved) = plan.watermarks.get(&dag.name) {
                    known.watermarks.insert("a".to_owned(), *moved);
                }
                let intervals = plan.runs.iter().filter_map(|(_, run)| run.interval);
                planned.extend(intervals.map(|i| (i.from.as_second() / 60, i.to.as_second() / 60)));
                if plan.next != Some(at(now)) {
                    break;
                }
            }
            prop_assert_eq!(&planned, &expected, "at minute {}", now - BEGIN);
            for interval in planned {
                prop_assert!(queued.insert(interval), "{:?} was queued twice", interval);
            }
            through = case.times(through, now).last().copied().unwrap_or(through);
            prop_assert_eq!(known.watermarks["a"], at(through));
        }
    }

    #[test]
    fn a_clock_that_jumps_back_and_forth_leaves_no_interval_out(
        case in cases(),
        jumps in proptest::collection::vec(-3_000_i64..3_000, 1..10),
    ) {
        let case = Case { keeps: None, ..case };
        let dag = case.dag();
        let begin = *case.times(BEGIN - 2 * 24 * 60, BEGIN).last().unwrap();
        let mut known = Known::default();
        known.watermarks.insert("a".to_owned(), at(begin));
        let mut queued = BTreeSet::new();
        let mut looks = |now: i64| loop {
            let plan = due(&known, at(now), [&dag]);
            if let Some(moved) = plan.watermarks.get(&dag.name) {
                known.watermarks.insert("a".to_owned(), *moved);
            }
            let intervals = plan.runs.iter().filter_map(|(_, run)| run.interval);
            queued.extend(intervals.map(|i| (i.from.as_second() / 60, i.to.as_second() / 60)));
            if plan.next != Some(at(now)) {
                break;
            }
        };
        let mut now = BEGIN;
        for jump in jumps {
            now = (now + jump).max(begin);
            looks(now);
        }
        let end = BEGIN + 4_000;
        looks(end);
        let all: BTreeSet<(i64, i64)> = case.expected(begin, end).into_iter().collect();
        let missing: Vec<_> = all.difference(&queued).collect();
        prop_assert!(missing.is_empty(), "{:?}", missing);
    }
}
