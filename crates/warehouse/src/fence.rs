//! The store's writer lease: of several processes on a store, also with state folders of their own,
//! one at a time builds, rolls back, takes down or cleans up.
//!
//! What changes the store confirms the lease right before: a process that was stopped or cut off for
//! longer than its lease, and that another one replaced meanwhile, ends with [`Error::Fenced`] and
//! leaves what it wrote to the next build, which names none of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lease::{Held, Valid};

use crate::error::{Error, Result};

/// How long a confirmation is good for where many small effects follow each other.
const FRESH: Duration = Duration::from_secs(1);

/// The lease of a warehouse; none in a program that excludes other writers in another way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fence(Arc<Mutex<Option<Held>>>);

impl Fence {
    /// Sets the lease, or removes it.
    pub fn set(&self, lease: Option<Held>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lease;
    }

    /// The token of what is written under the lease.
    pub fn token(&self) -> Option<u64> {
        self.lease().as_ref().map(Held::token)
    }

    /// Confirms in the store that the lease is still ours; `None` without one.
    ///
    /// # Errors
    /// [`Error::Fenced`] if another process has taken it over; [`Error::Store`].
    pub async fn check(&self) -> Result<Option<Valid>> {
        match self.lease() {
            Some(lease) => Ok(Some(lease.check().await?)),
            None => Ok(None),
        }
    }

    /// The same, unless it was confirmed a moment ago.
    pub async fn check_now_and_then(&self) -> Result<()> {
        if let Some(lease) = self.lease() {
            lease.check_within(FRESH).await?;
        }
        Ok(())
    }

    fn lease(&self) -> Option<Held> {
        let lease = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lease.clone()
    }
}

impl From<lease::Error> for Error {
    fn from(error: lease::Error) -> Self {
        match error {
            lease::Error::Lost { by, .. } => Self::Fenced { by },
            lease::Error::Store(error) => Self::Store(error),
            other => Self::Lease(other),
        }
    }
}
