//! Time as a dependency: what reads the time or waits does so through a [`Clock`], so that a test
//! controls the time and never sleeps.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

/// Reads the time and waits.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;

    /// The time since a fixed moment, which does not change when the machine's clock is set: for
    /// measuring how long something takes. By default that of [`Clock::now`].
    fn monotonic(&self) -> Duration {
        Duration::try_from(self.now().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
    }

    /// Waits for `duration`. Dropping the future ends the wait.
    async fn sleep(&self, duration: Duration);

    /// Returns when something that was begun now has taken too long, which is after `limit`. Apart
    /// from [`Clock::sleep`], so that a test can end waits at once and still receive what is slow.
    async fn deadline(&self, limit: Duration) {
        self.sleep(limit).await;
    }
}

/// The machine's clock and tokio's timer; needs a tokio runtime with time enabled.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
