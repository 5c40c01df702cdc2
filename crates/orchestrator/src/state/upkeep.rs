//! Copying the state file and checking its integrity. Both read one snapshot, concurrently with
//! writers.

use std::path::Path;

use super::State;
use super::error::{Doing, StateError};

impl State {
    /// Writes a copy of the state to `path`, as one snapshot and self-contained (without the
    /// write-ahead log that the live file needs). `path` must not exist.
    ///
    /// # Errors
    /// When the state cannot be read, or the copy cannot be written.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StateError> {
        sqlx::query("vacuum into ?")
            .bind(path.to_string_lossy().into_owned())
            .execute(&self.pool)
            .await
            .doing("write a copy of itself")?;
        Ok(())
    }

    /// Checks the file for corruption; returns SQLite's messages.
    ///
    /// # Errors
    /// When the file is too damaged to be checked.
    pub async fn damage(&self) -> Result<Vec<String>, StateError> {
        let found: Vec<String> = sqlx::query_scalar("pragma quick_check")
            .fetch_all(&self.pool)
            .await
            .doing("look for damage")?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }
}
