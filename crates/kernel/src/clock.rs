//! Time as a dependency: what reads the time or waits does so through a [`Clock`], so that a test
//! controls the time and never sleeps.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// Reads the time and waits.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;

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

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
