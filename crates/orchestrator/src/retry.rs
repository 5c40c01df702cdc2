//! When a task is retried.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::Backoff;

use crate::task_error::TaskError;

/// The number of retries after retryable errors, and the delays between them. Permanent errors are
/// never retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first one included; 0 counts as 1.
    pub attempts: u32,
    /// The wait before the second attempt; doubles with each further one.
    pub first_delay: Duration,
    /// The longest wait, unless the error itself asks for a longer one.
    pub max_delay: Duration,
}

impl RetryPolicy {
    /// Every error is final.
    pub const NEVER: Self = Self {
        attempts: 1,
        first_delay: Duration::ZERO,
        max_delay: Duration::ZERO,
    };

    /// The wait after each failed attempt; none after the last. No jitter: the tasks of a dag are few
    /// and do not wait for the same server.
    pub(crate) fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let backoff = Backoff {
            first: self.first_delay,
            factor: 2,
            longest: self.max_delay,
        };
        (1..self.attempts).map(move |attempt| backoff.after(attempt))
    }
}

/// How the errors of a task are retried, by their class ([`TaskError::class`](crate::TaskError::class)).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retries {
    /// Of retryable errors without a policy of their class.
    pub otherwise: RetryPolicy,
    /// Of errors of a class, also of those that are not retryable by themselves.
    pub by_class: BTreeMap<String, RetryPolicy>,
}

impl From<RetryPolicy> for Retries {
    fn from(otherwise: RetryPolicy) -> Self {
        Self {
            otherwise,
            by_class: BTreeMap::new(),
        }
    }
}

impl Retries {
    /// The wait after attempt number `attempt` failed; none where that was the last one.
    pub(crate) fn delay(&self, attempt: u32, error: &TaskError) -> Option<Duration> {
        let of_class = error
            .class_name()
            .and_then(|class| self.by_class.get(class));
        let policy = match of_class {
            Some(policy) => policy,
            None if error.is_retryable() => &self.otherwise,
            None => return None,
        };
        let before = usize::try_from(attempt.saturating_sub(1)).ok()?;
        let delay = policy.delays().nth(before)?;
        Some(delay.max(error.retry_after().unwrap_or_default()))
    }
}

impl Default for RetryPolicy {
    /// Three attempts, 10 seconds and 20 seconds apart.
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Duration::from_secs(10),
            max_delay: Duration::from_secs(5 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(attempts: u32, first: u64, most: u64) -> Vec<u64> {
        let policy = RetryPolicy {
            attempts,
            first_delay: Duration::from_secs(first),
            max_delay: Duration::from_secs(most),
        };
        let delays = policy.delays().take(1_000);
        delays.map(|delay| delay.as_secs()).collect()
    }

    #[test]
    fn delays_double_up_to_the_maximum_and_end_with_the_attempts() {
        assert_eq!(delays(5, 2, 7), [2, 4, 7, 7]);
        assert_eq!(delays(3, 9, 7), [7, 7]);
        assert_eq!(delays(3, 0, 7), [0, 0]);
        assert!(delays(1, 2, 7).is_empty());
        assert!(delays(0, 2, 7).is_empty());
        assert_eq!(RetryPolicy::NEVER.delays().count(), 0);
    }

    #[test]
    fn a_class_of_errors_has_its_own_policy() {
        let seconds = |attempts, first| RetryPolicy {
            attempts,
            first_delay: Duration::from_secs(first),
            max_delay: Duration::from_secs(100),
        };
        let retries = Retries {
            otherwise: seconds(2, 5),
            by_class: [("timeout".to_owned(), seconds(3, 30))].into(),
        };
        let delay = |attempt, error: &TaskError| retries.delay(attempt, error).map(|d| d.as_secs());
        let reset = TaskError::retryable("reset");
        assert_eq!((delay(1, &reset), delay(2, &reset)), (Some(5), None));
        let slow = TaskError::permanent("too slow").class("timeout");
        assert_eq!((delay(1, &slow), delay(2, &slow)), (Some(30), Some(60)));
        assert_eq!(delay(3, &slow), None);
        let other = TaskError::retryable("busy").class("busy");
        assert_eq!(delay(1, &other), Some(5));
        assert_eq!(delay(1, &TaskError::permanent("no")), None);
        let later = TaskError::retryable_after("busy", Duration::from_secs(60));
        assert_eq!(delay(1, &later), Some(60));
    }

    #[test]
    fn many_attempts_do_not_overflow() {
        let delays = delays(u32::MAX, 10, 300);
        assert_eq!((delays.len(), delays.last()), (1_000, Some(&300)));
    }
}
