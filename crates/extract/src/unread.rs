//! Unreadable periods, and when they are retried.
//!
//! Such a period stays due forever, and each try costs calls. So it is remembered across runs,
//! excluded from the windows around it, and retried with exponential backoff: after an hour, 4
//! hours, 16 hours, 64 hours, then once a week. If the memory is lost, it is searched for again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{Backoff, Interval, IntervalSet};
use landing::{Dataset, QueryId};

use crate::BudgetError;

const WAITS: Backoff = Backoff {
    first: Duration::from_hours(1),
    factor: 4,
    longest: Duration::from_hours(7 * 24),
};

/// Schedules do not begin to the second.
const SLACK: Duration = Duration::from_mins(10);

/// Which of a record's times a window bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bounded {
    /// Publication.
    Published,
    /// The last edit.
    Updated,
}

impl Bounded {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Updated => "updated",
        }
    }
}

/// An unreadable period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadTime {
    /// Which time it bounds.
    pub bounded: Bounded,
    pub interval: Interval,
    /// What happened at the last try.
    pub fault: String,
    /// When it was tried first.
    pub first_tried_at: Timestamp,
    /// When it was tried last.
    pub last_tried_at: Timestamp,
    /// In how many runs it was tried.
    pub tries: u32,
    /// Whether everything around it was read: otherwise the next run continues.
    pub searched: bool,
}

impl UnreadTime {
    /// When a run tries it again.
    pub fn next_try_at(&self) -> Timestamp {
        if !self.searched {
            return self.last_tried_at;
        }
        let wait = WAITS.after(self.tries).saturating_sub(SLACK);
        let next = self.last_tried_at.checked_add(wait);
        next.unwrap_or(Timestamp::MAX)
    }
}

/// The key of the unread periods: source, dataset and query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnreadKey {
    pub dataset: Dataset,
    pub query: QueryId,
}

/// Remembers across runs what could not be read.
#[async_trait]
pub trait UnreadTimes: Send + Sync {
    /// All of a query, in no particular order.
    async fn load(&self, key: &UnreadKey) -> Result<Vec<UnreadTime>, BudgetError>;

    /// Remembers these of a query, and no others.
    async fn save(&self, key: &UnreadKey, times: &[UnreadTime]) -> Result<(), BudgetError>;
}

/// A memory that lasts as long as the process: for tests and demos.
#[derive(Debug, Default)]
pub struct MemoryUnread(Mutex<HashMap<UnreadKey, Vec<UnreadTime>>>);

#[async_trait]
impl UnreadTimes for MemoryUnread {
    async fn load(&self, key: &UnreadKey) -> Result<Vec<UnreadTime>, BudgetError> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.get(key).cloned().unwrap_or_default())
    }

    async fn save(&self, key: &UnreadKey, times: &[UnreadTime]) -> Result<(), BudgetError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(key.clone(), times.to_vec());
        Ok(())
    }
}

/// What is remembered of one query during a run.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    times: Vec<UnreadTime>,
}

impl Remembered {
    pub fn new(times: Vec<UnreadTime>) -> Self {
        Self { times }
    }

    pub fn all(&self) -> &[UnreadTime] {
        &self.times
    }

    /// Of one bound, as a set of instants.
    pub fn set(&self, bounded: Bounded) -> IntervalSet {
        let same = self.times.iter().filter(|time| time.bounded == bounded);
        same.map(|time| time.interval).collect()
    }

    /// Replaces what is remembered of a period by what was found.
    pub fn replace(&mut self, bounded: Bounded, tried: Interval, found: Vec<UnreadTime>) {
        let mut kept = Vec::new();
        for time in self.times.drain(..) {
            let apart = time.bounded != bounded
                || time.interval.to <= tried.from
                || tried.to <= time.interval.from;
            if apart {
                kept.push(time);
                continue;
            }
            // What is outside of the tried period is unchanged.
            let outside = [
                Interval::new(time.interval.from, tried.from),
                Interval::new(tried.to, time.interval.to),
            ];
            kept.extend(outside.into_iter().flatten().map(|interval| UnreadTime {
                interval,
                ..time.clone()
            }));
        }
        kept.extend(found);
        kept.sort_by_key(|time| (time.bounded, time.interval));
        self.times = kept;
    }

    /// Forgets a period that was read; returns whether anything was remembered of it.
    pub fn is_read(&mut self, bounded: Bounded, read: Interval) -> bool {
        let measure = |times: &[UnreadTime]| {
            let seconds = times.iter().map(|time| time.interval.seconds());
            (times.len(), seconds.sum::<i64>())
        };
        let before = measure(&self.times);
        self.replace(bounded, read, Vec::new());
        before != measure(&self.times)
    }

    /// Forgets what is no longer requested: neither due nor published or edited since these
    /// instants.
    pub fn forget(&mut self, due: &IntervalSet, published: Timestamp, updated: Timestamp) {
        self.times.retain(|time| match time.bounded {
            Bounded::Published => time.interval.to > published || due.contains(time.interval.from),
            Bounded::Updated => time.interval.to > updated,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    fn unread(from: i64, to: i64, tries: u32) -> UnreadTime {
        UnreadTime {
            bounded: Bounded::Published,
            interval: Interval {
                from: at(from),
                to: at(to),
            },
            fault: "HTTP status 500".to_owned(),
            first_tried_at: at(0),
            last_tried_at: at(0),
            tries,
            searched: true,
        }
    }

    #[test]
    fn it_is_retried_with_backoff_and_at_once_while_the_search_is_not_over() {
        let hours = |tries| {
            let wait = unread(0, 1, tries).next_try_at().duration_since(at(0));
            (wait.unsigned_abs() + SLACK).as_secs() / 3600
        };
        assert_eq!([1, 2, 3, 4, 5, 99].map(hours), [1, 4, 16, 64, 168, 168]);
        let mut cut_short = unread(0, 1, 3);
        cut_short.searched = false;
        assert_eq!(cut_short.next_try_at(), at(0));
    }

    #[test]
    fn what_was_tried_is_replaced_and_its_neighbours_stay() {
        let mut remembered = Remembered::new(vec![unread(0, 10, 1), unread(50, 51, 2)]);
        let tried = unread(4, 6, 1).interval;
        remembered.replace(Bounded::Published, tried, vec![unread(5, 6, 2)]);
        let left: Vec<_> = remembered
            .all()
            .iter()
            .map(|time| (time.interval, time.tries))
            .collect();
        let expected = [(0, 4, 1), (5, 6, 2), (6, 10, 1), (50, 51, 2)];
        let expected = expected.map(|(from, to, tries)| (unread(from, to, 1).interval, tries));
        assert_eq!(left, expected);
        remembered.replace(Bounded::Updated, tried, Vec::new());
        assert_eq!(remembered.all().len(), 4);
        let due = IntervalSet::from_iter([unread(50, 60, 1).interval]);
        remembered.forget(&due, at(6), at(6));
        assert_eq!(remembered.all().len(), 2);
    }
}
