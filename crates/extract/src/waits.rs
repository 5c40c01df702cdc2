//! How long to wait: between the beginnings of calls, and after a call that failed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use reqwest::header::{HeaderMap, RETRY_AFTER};

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

/// What `Retry-After` asks for: seconds, or a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(
        at.duration_since(now)
            .max(SignedDuration::ZERO)
            .unsigned_abs(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::saramin;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-05-01T00:00:00Z".parse().expect("a time");
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header"));
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(read("7"), Some(7));
        assert_eq!(read("Fri, 01 May 2026 00:00:09 GMT"), Some(9));
        assert_eq!(read("Thu, 30 Apr 2026 23:00:00 GMT"), Some(0));
        assert_eq!(read("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

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
