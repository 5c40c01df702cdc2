//! The calls of a day: every call to a source is counted first, failed ones too.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Why a budget could not be read or written.
pub type BudgetError = Box<dyn std::error::Error + Send + Sync>;

/// Counts the calls of each source and day. A budget is shared by all callers of the source,
/// including other processes; a call is never refunded.
#[async_trait]
pub trait CallBudget: Send + Sync {
    /// Takes one call of `source` on `day` (a day in the time zone of the source's quota), at `now`.
    async fn take(&self, source: &str, day: Date, now: Timestamp) -> Result<Grant, BudgetError>;

    /// How many calls are left, without taking one. `None`: there is no limit.
    async fn left(&self, source: &str, day: Date) -> Result<Option<u64>, BudgetError>;

    /// The source itself says at `now` that the day's calls are used up: from then on only one call
    /// an hour is granted, to probe whether that still holds ([`Grant::Probe`]).
    async fn mark_exhausted(
        &self,
        source: &str,
        day: Date,
        now: Timestamp,
    ) -> Result<(), BudgetError>;

    /// The source answers again, regardless of what it said before.
    async fn mark_open(&self, source: &str, day: Date) -> Result<(), BudgetError>;
}

/// A budget's decision on one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The call may be made; `left` are left after it (`None`: no limit).
    Granted { left: Option<u64> },
    /// The source said an hour or more ago that none is left: this one call may be made; if it
    /// succeeds, report it ([`CallBudget::mark_open`]).
    Probe,
    /// No more calls on this day.
    Exhausted,
}

/// A budget that lasts as long as the process: for tests and demos.
#[derive(Debug)]
pub struct MemoryBudget {
    daily_calls: Option<u64>,
    days: Mutex<HashMap<(String, Date), DayOfCalls>>,
}

#[derive(Debug, Default)]
struct DayOfCalls {
    used: u64,
    /// When the source said that nothing is left, or was last probed.
    exhausted_at: Option<Timestamp>,
}

impl MemoryBudget {
    /// A budget of so many calls per source and day (`None`: no limit).
    pub fn new(daily_calls: Option<u64>) -> Self {
        Self {
            daily_calls,
            days: Mutex::default(),
        }
    }

    fn with<T>(&self, source: &str, day: Date, then: impl FnOnce(&mut DayOfCalls) -> T) -> T {
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        then(days.entry((source.to_owned(), day)).or_default())
    }
}

#[async_trait]
impl CallBudget for MemoryBudget {
    async fn take(&self, source: &str, day: Date, now: Timestamp) -> Result<Grant, BudgetError> {
        Ok(self.with(source, day, |calls| {
            if self.daily_calls.is_some_and(|limit| calls.used >= limit) {
                return Grant::Exhausted;
            }
            if let Some(at) = calls.exhausted_at {
                if now.duration_since(at) < SignedDuration::from_hours(1) {
                    return Grant::Exhausted;
                }
                calls.used += 1;
                calls.exhausted_at = Some(now);
                return Grant::Probe;
            }
            calls.used += 1;
            let left = self.daily_calls.map(|limit| limit - calls.used);
            Grant::Granted { left }
        }))
    }

    async fn left(&self, source: &str, day: Date) -> Result<Option<u64>, BudgetError> {
        Ok(self.with(source, day, |calls| match calls.exhausted_at {
            Some(_) => Some(0),
            None => self
                .daily_calls
                .map(|limit| limit.saturating_sub(calls.used)),
        }))
    }

    async fn mark_exhausted(
        &self,
        source: &str,
        day: Date,
        now: Timestamp,
    ) -> Result<(), BudgetError> {
        self.with(source, day, |calls| {
            calls.exhausted_at.get_or_insert(now);
        });
        Ok(())
    }

    async fn mark_open(&self, source: &str, day: Date) -> Result<(), BudgetError> {
        self.with(source, day, |calls| calls.exhausted_at = None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 5, 1);
    const TOMORROW: Date = jiff::civil::date(2026, 5, 2);

    fn minute(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    #[tokio::test]
    async fn calls_are_counted_by_source_and_day() {
        let budget = MemoryBudget::new(Some(2));
        let take = async |source, day| budget.take(source, day, minute(0)).await.expect("memory");
        assert_eq!(take("a", TODAY).await, Grant::Granted { left: Some(1) });
        assert_eq!(take("a", TODAY).await, Grant::Granted { left: Some(0) });
        assert_eq!(take("a", TODAY).await, Grant::Exhausted);
        assert_eq!(take("b", TODAY).await, Grant::Granted { left: Some(1) });
        assert_eq!(take("a", TOMORROW).await, Grant::Granted { left: Some(1) });
        let marked = budget.mark_exhausted("a", TOMORROW, minute(0));
        marked.await.expect("memory");
        assert_eq!(take("a", TOMORROW).await, Grant::Exhausted);
        assert_eq!(budget.left("a", TOMORROW).await.expect("memory"), Some(0));
        assert_eq!(budget.left("b", TODAY).await.expect("memory"), Some(1));
    }

    #[tokio::test]
    async fn without_a_limit_the_source_sets_one_for_an_hour_at_a_time() {
        let budget = MemoryBudget::new(None);
        let take = async |at| budget.take("a", TODAY, minute(at)).await.expect("memory");
        let left = async || budget.left("a", TODAY).await.expect("memory");
        assert_eq!(left().await, None);
        assert_eq!(take(0).await, Grant::Granted { left: None });
        let marked = budget.mark_exhausted("a", TODAY, minute(0)).await;
        marked.expect("memory");
        assert_eq!((take(59).await, left().await), (Grant::Exhausted, Some(0)));
        assert_eq!(take(60).await, Grant::Probe);
        assert_eq!((take(60).await, left().await), (Grant::Exhausted, Some(0)));
        assert_eq!(take(120).await, Grant::Probe);
        budget.mark_open("a", TODAY).await.expect("memory");
        assert_eq!(take(120).await, Grant::Granted { left: None });
    }
}
