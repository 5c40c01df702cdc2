//! The calls of a day: every call to a source is taken from them first, failed ones too.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::civil::Date;

/// Why a budget could not be asked.
pub type BudgetError = Box<dyn std::error::Error + Send + Sync>;

/// Counts the calls of each source and day. A budget is shared by all who call the source, also by
/// other processes; a call that was taken is never given back.
#[async_trait]
pub trait CallBudget: Send + Sync {
    /// Takes one call of `source` on `day` (the source's own day: for Saramin, Seoul's).
    async fn take(&self, source: &str, day: Date) -> Result<Grant, BudgetError>;

    /// How many calls are left, without taking one. `None`: there is no limit.
    async fn left(&self, source: &str, day: Date) -> Result<Option<u64>, BudgetError>;

    /// The source itself says that the day's calls are used up: nothing is granted any more.
    async fn mark_exhausted(&self, source: &str, day: Date) -> Result<(), BudgetError>;
}

/// What a budget says to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Go ahead; so many are left after this one (`None`: no limit).
    Granted { left: Option<u64> },
    /// No more on this day.
    Exhausted,
}

/// A budget that lasts as long as the process: for tests and demos.
#[derive(Debug)]
pub struct MemoryBudget {
    daily_calls: Option<u64>,
    used: Mutex<HashMap<(String, Date), u64>>,
}

impl MemoryBudget {
    /// A budget of so many calls per source and day (`None`: no limit).
    pub fn new(daily_calls: Option<u64>) -> Self {
        Self {
            daily_calls,
            used: Mutex::default(),
        }
    }

    fn with<T>(&self, source: &str, day: Date, then: impl FnOnce(&mut u64) -> T) -> T {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        then(used.entry((source.to_owned(), day)).or_default())
    }
}

#[async_trait]
impl CallBudget for MemoryBudget {
    async fn take(&self, source: &str, day: Date) -> Result<Grant, BudgetError> {
        Ok(self.with(source, day, |used| {
            if *used == u64::MAX || self.daily_calls.is_some_and(|limit| *used >= limit) {
                return Grant::Exhausted;
            }
            *used += 1;
            let left = self.daily_calls.map(|limit| limit - *used);
            Grant::Granted { left }
        }))
    }

    async fn left(&self, source: &str, day: Date) -> Result<Option<u64>, BudgetError> {
        Ok(self.with(source, day, |used| match self.daily_calls {
            Some(limit) => Some(limit.saturating_sub(*used)),
            None => (*used == u64::MAX).then_some(0),
        }))
    }

    async fn mark_exhausted(&self, source: &str, day: Date) -> Result<(), BudgetError> {
        self.with(source, day, |used| *used = u64::MAX);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_are_counted_by_source_and_day() {
        let budget = MemoryBudget::new(Some(2));
        let (today, tomorrow) = (jiff::civil::date(2026, 5, 1), jiff::civil::date(2026, 5, 2));
        let take = async |source, day| budget.take(source, day).await.expect("memory");
        assert_eq!(take("a", today).await, Grant::Granted { left: Some(1) });
        assert_eq!(take("a", today).await, Grant::Granted { left: Some(0) });
        assert_eq!(take("a", today).await, Grant::Exhausted);
        assert_eq!(take("b", today).await, Grant::Granted { left: Some(1) });
        assert_eq!(take("a", tomorrow).await, Grant::Granted { left: Some(1) });
        budget.mark_exhausted("a", tomorrow).await.expect("memory");
        assert_eq!(take("a", tomorrow).await, Grant::Exhausted);
        assert_eq!(budget.left("a", tomorrow).await.expect("memory"), Some(0));
        assert_eq!(budget.left("b", today).await.expect("memory"), Some(1));
    }

    #[tokio::test]
    async fn no_limit_is_a_limit_once_the_source_says_so() {
        let budget = MemoryBudget::new(None);
        let day = jiff::civil::date(2026, 5, 1);
        assert_eq!(budget.left("a", day).await.expect("memory"), None);
        let granted = budget.take("a", day).await.expect("memory");
        assert_eq!(granted, Grant::Granted { left: None });
        budget.mark_exhausted("a", day).await.expect("memory");
        let granted = budget.take("a", day).await.expect("memory");
        assert_eq!(granted, Grant::Exhausted);
    }
}
