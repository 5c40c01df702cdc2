//! Calls beyond one reading of each window: what does not fit is read again, what does not add up is
//! read once more or in halves, and a part of what is too large may be as large. A source whose totals never hold would
//! otherwise take the calls of the whole day, hour by hour.
//!
//! A run may spend a quarter of the calls that are left of the day on it, and nothing of the second
//! half of the day's calls but a handful: the half is there for windows that add up. What cannot be
//! read again stays due, and the report says so.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A single answer that went wrong is asked for again at any time of the day.
const AT_LEAST: u64 = 4;

/// The extra calls of one run, shared by all that read side by side.
#[derive(Debug)]
pub(crate) struct ExtraCalls {
    limit: u64,
    used: AtomicU64,
    refused: AtomicBool,
}

impl ExtraCalls {
    /// `left`: calls left for the day as the run begins (`None`: there is no limit); `daily`: of how
    /// many.
    pub fn new(left: Option<u64>, daily: u64) -> Self {
        let limit = left.map_or(u64::MAX, |left| {
            let first_half = left.saturating_sub(daily / 2);
            (left / 4).min(first_half).max(AT_LEAST)
        });
        Self {
            limit,
            used: AtomicU64::new(0),
            refused: AtomicBool::new(false),
        }
    }

    /// Takes so many calls, or none of them.
    pub fn take(&self, calls: u64) -> bool {
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(calls).filter(|used| *used <= self.limit)
            })
            .is_ok();
        if !taken {
            self.refused.store(true, Ordering::Relaxed);
        }
        taken
    }

    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether more were wanted than there are.
    pub fn were_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_may_spend_a_quarter_of_the_rest_and_not_the_second_half() {
        for (left, limit) in [(500, 125), (400, 100), (320, 70), (250, 4), (9, 4), (0, 4)] {
            let extra = ExtraCalls::new(Some(left), 500);
            assert!(extra.take(limit), "{left} left");
            assert!(!extra.were_refused());
            assert!(!extra.take(1), "{left} left");
            assert_eq!((extra.used(), extra.were_refused()), (limit, true));
        }
        let unlimited = ExtraCalls::new(None, 500);
        assert!(unlimited.take(100_000));
    }
}
