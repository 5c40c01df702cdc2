//! Half-open intervals of time and their unions, to compute coverage and gaps.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The instants from `from` (inclusive) to `to` (exclusive). [`Interval::new`] refuses an empty one;
/// an empty one that was constructed from its fields contains no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// An interval that ends before, or when, it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the interval from `{from}` to `{to}` is empty\nhint: `from` is included and must lie before `to`, which is not"
)]
pub struct EmptyInterval {
    /// The given start.
    pub from: Timestamp,
    /// The given end.
    pub to: Timestamp,
}

impl Interval {
    /// The interval from `from` up to, not including, `to`.
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, EmptyInterval> {
        match from < to {
            true => Ok(Self { from, to }),
            false => Err(EmptyInterval { from, to }),
        }
    }

    /// The whole seconds in it; 0 for less than one.
    pub fn seconds(&self) -> i64 {
        self.to.as_second() - self.from.as_second()
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}..{}", self.from, self.to)
    }
}

/// A set of instants: disjoint, non-touching intervals in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntervalSet {
    parts: Vec<Interval>,
}

impl IntervalSet {
    /// The intervals, ascending; touching ones are one.
    pub fn as_slice(&self) -> &[Interval] {
        &self.parts
    }

    /// Whether the set contains `instant`.
    pub fn contains(&self, instant: Timestamp) -> bool {
        let after = self.parts.partition_point(|part| part.to <= instant);
        self.parts
            .get(after)
            .is_some_and(|part| part.from <= instant)
    }

    /// `[from, to)` minus the set, ascending. Both bounds are rounded down to whole seconds.
    pub fn gaps(&self, from: Timestamp, to: Timestamp) -> Vec<Interval> {
        let (from, to) = (whole_second(from), whole_second(to));
        let mut gaps = Vec::new();
        let mut reached = from;
        for part in &self.parts {
            if part.from >= to {
                break;
            }
            gaps.extend(Interval::new(reached, part.from.min(to)));
            reached = reached.max(part.to);
        }
        gaps.extend(Interval::new(reached, to));
        gaps
    }
}

impl FromIterator<Interval> for IntervalSet {
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut all: Vec<Interval> = intervals
            .into_iter()
            .filter(|interval| interval.from < interval.to)
            .collect();
        all.sort_unstable();
        let mut parts: Vec<Interval> = Vec::new();
        for interval in all {
            match parts.last_mut() {
                Some(last) if interval.from <= last.to => last.to = last.to.max(interval.to),
                _ => parts.push(interval),
            }
        }
        Self { parts }
    }
}

/// `instant`, rounded down to a whole second.
pub fn whole_second(instant: Timestamp) -> Timestamp {
    let second = instant.as_nanosecond().div_euclid(1_000_000_000);
    i64::try_from(second)
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok())
        .unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECONDS: i64 = 80;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    fn intervals() -> impl Strategy<Value = Vec<(i64, i64)>> {
        proptest::collection::vec((0..SECONDS, 0..SECONDS), 0..12)
    }

    fn set(raw: &[(i64, i64)]) -> IntervalSet {
        raw.iter()
            .map(|&(from, to)| Interval {
                from: at(from),
                to: at(to),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn union_and_gaps_equal_a_second_by_second_model(raw in intervals(), from in 0..SECONDS, to in 0..SECONDS) {
            let set = set(&raw);
            let covered = |second: i64| raw.iter().any(|&(from, to)| from <= second && second < to);
            let gaps = set.gaps(at(from), at(to));
            for second in -1..=SECONDS {
                prop_assert_eq!(set.contains(at(second)), covered(second));
                let missing = from <= second && second < to && !covered(second);
                let in_gap = gaps.iter().any(|gap| gap.from <= at(second) && at(second) < gap.to);
                prop_assert_eq!(in_gap, missing, "second {}", second);
            }
            for pair in set.as_slice().windows(2) {
                prop_assert!(pair[0].to < pair[1].from);
            }
            for gap in &gaps {
                prop_assert!(gap.from < gap.to);
            }
            for pair in gaps.windows(2) {
                prop_assert!(pair[0].to < pair[1].from);
            }
        }

        #[test]
        fn order_and_repetition_do_not_matter(raw in intervals()) {
            let mut backwards = raw.clone();
            backwards.reverse();
            backwards.extend(raw.iter().copied());
            prop_assert_eq!(set(&raw), set(&backwards));
        }
    }

    #[test]
    fn fractions_of_a_second_stay_gaps() {
        let to: Timestamp = "2026-05-01T00:00:10.9Z".parse().expect("a time");
        let from: Timestamp = "2026-05-01T00:00:00.5Z".parse().expect("a time");
        let gaps = IntervalSet::default().gaps(from, to);
        assert_eq!(
            gaps[0].to_string(),
            "2026-05-01T00:00:00Z..2026-05-01T00:00:10Z"
        );
    }

    #[test]
    fn an_interval_is_not_empty() {
        let error = Interval::new(at(1), at(1)).expect_err("nothing");
        assert!(error.to_string().contains("\nhint: "), "{error}");
        assert!(Interval::new(at(1), at(0)).is_err());
        let second = Interval::new(at(0), at(1)).expect("a second");
        assert_eq!(second.seconds(), 1);
    }

    #[test]
    fn an_interval_is_stored_as_its_bounds() {
        let second = Interval::new(at(0), at(1)).expect("a second");
        let stored = r#"{"from":"2023-11-14T22:13:20Z","to":"2023-11-14T22:13:21Z"}"#;
        assert_eq!(serde_json::to_string(&second).expect("JSON"), stored);
        let read: Interval = serde_json::from_str(stored).expect("an interval");
        assert_eq!(read, second);
    }
}
