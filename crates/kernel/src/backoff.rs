//! Exponential backoff.

use std::time::Duration;

/// Waits that grow by a factor with each failed attempt, up to a maximum; without jitter, which its
/// user adds where many callers wait for the same server.
///
/// A wait follows from the number of failed attempts alone, so that a caller that counts them across
/// runs of the program needs no state of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failed attempt.
    pub first: Duration,
    /// How many times longer each further wait is.
    pub factor: u32,
    /// The longest wait, the first included.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after failed attempt number `attempt`, from 1; 0 counts as 1.
    pub fn after(&self, attempt: u32) -> Duration {
        let growth = self.factor.saturating_pow(attempt.saturating_sub(1));
        self.first.saturating_mul(growth).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(first: u64, factor: u32, longest: u64, attempt: u32) -> u64 {
        let backoff = Backoff {
            first: Duration::from_secs(first),
            factor,
            longest: Duration::from_secs(longest),
        };
        backoff.after(attempt).as_secs()
    }

    #[test]
    fn waits_grow_up_to_the_longest() {
        let doubled = [0, 1, 2, 3, 4].map(|attempt| seconds(2, 2, 7, attempt));
        assert_eq!(doubled, [2, 2, 4, 7, 7]);
        let quadrupled = [1, 2, 3, 4].map(|attempt| seconds(1, 4, 100, attempt));
        assert_eq!(quadrupled, [1, 4, 16, 64]);
        assert_eq!(seconds(9, 2, 7, 1), 7);
        assert_eq!(seconds(0, 2, 7, 5), 0);
    }

    #[test]
    fn many_attempts_do_not_overflow() {
        assert_eq!(seconds(10, 2, 300, u32::MAX), 300);
        assert_eq!(seconds(u64::MAX, u32::MAX, u64::MAX, u32::MAX), u64::MAX);
        assert_eq!(seconds(5, 0, 9, 3), 0);
    }
}
