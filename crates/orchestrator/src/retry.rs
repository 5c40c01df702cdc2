//! When a task is retried.

use std::time::Duration;

use kernel::Backoff;

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
    fn many_attempts_do_not_overflow() {
        let delays = delays(u32::MAX, 10, 300);
        assert_eq!((delays.len(), delays.last()), (1_000, Some(&300)));
    }
}
