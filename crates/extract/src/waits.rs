//! How long to wait: between the beginnings of calls, and after a call that failed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kernel::Clock;

use crate::Fault;
use crate::source::Retry;

/// The least time between the beginnings of two calls, shared by all concurrent callers.
pub(crate) struct Pace {
    gap: SignedDuration,
    next_call_at: Mutex<Option<Timestamp>>,
}

impl Pace {
    pub fn new(gap: SignedDuration) -> Self {
        Self {
            gap,
            next_call_at: Mutex::new(None),
        }
    }

    /// Returns when the next call may begin.
    pub async fn keep(&self, clock: &dyn Clock) {
        if !self.gap.is_positive() {
            return;
        }
        let now = clock.now();
        let begin = {
            let mut next = self
                .next_call_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let begin = next.map_or(now, |next| next.max(now));
            *next = begin.checked_add(self.gap).ok();
            begin
        };
        let wait = begin.duration_since(now);
        if wait.is_positive() {
            clock.sleep(wait.unsigned_abs()).await;
        }
    }
}

/// The wait after failed attempt number `attempt` (from 1). With jitter, so that calls that failed
/// together are not retried together.
pub(crate) fn after(retry: &Retry, attempt: u32, fault: &Fault) -> Duration {
    let backoff = retry.wait(attempt);
    let chance: f64 = rand::random();
    match fault {
        // The source's `Retry-After` is a floor, and so is the regular backoff: an overloaded
        // source that asks for no wait must not be called without one.
        Fault::TooFast {
            retry_after: Some(asked),
        } => {
            let asked = (*asked).min(retry.retry_after_cap.unsigned_abs());
            asked.max(backoff).mul_f64(1.0 + chance / 4.0)
        }
        _ => backoff.mul_f64(0.5 + chance / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::saramin;

    #[test]
    fn what_is_asked_for_is_a_floor_with_a_cap_and_no_two_waits_are_equal() {
        let retry = saramin().retry;
        let wait = |attempt, asked: Option<u64>| {
            let retry_after = asked.map(Duration::from_secs);
            after(&retry, attempt, &Fault::TooFast { retry_after })
        };
        for (attempt, asked, least_ms, most_ms) in [
            (1, None, 50, 100),
            (1, Some(0), 100, 125),
            (4, Some(0), 800, 1000),
            (1, Some(7), 7000, 8750),
            (9, Some(1), 5000, 6250),
            (1, Some(86_400), 60_000, 75_000),
            (1, Some(u64::MAX), 60_000, 75_000),
        ] {
            let waits: Vec<Duration> = (0..20).map(|_| wait(attempt, asked)).collect();
            for wait in &waits {
                let within = Duration::from_millis(least_ms)..=Duration::from_millis(most_ms);
                assert!(within.contains(wait), "{attempt} {asked:?}: {wait:?}");
            }
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
    }
}
