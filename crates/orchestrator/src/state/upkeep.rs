//! Copying the state file and checking its integrity, each of which reads one snapshot, concurrently with
//! writers; and what is forgotten.

use std::path::Path;

use sqlx::SqliteConnection;

use super::State;
use super::error::{Doing, StateError};

/// Days of call counts that are kept, per source.
const CALL_DAYS_KEPT: u32 = 400;

/// Runs whose instances are kept: a run may have a hundred thousand.
const RUNS_WITH_INSTANCES: u32 = 1_000;

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

/// Deletes the runs beyond the last `kept`, the instances of those beyond the last thousand and call
/// counts of long ago. Runs are deleted when one
/// starts, not when one ends: a process that is killed again and again still leaves a bounded
/// history.
pub(super) async fn forget(connection: &mut SqliteConnection, kept: u32) -> Result<(), StateError> {
    let doing = "delete old runs";
    // The newest run that is not kept, by the index alone.
    let newest: Option<String> =
        sqlx::query_scalar("select id from runs order by id desc limit 1 offset ?1")
            .bind(kept)
            .fetch_optional(&mut *connection)
            .await
            .doing(doing)?;
    if let Some(newest) = newest {
        sqlx::query(
            "delete from runs
             where id <= ?1
               and outcome <> 'running'
               and not exists (select 1 from queue where queue.run_id = runs.id)
               and id <> (select max(id) from runs last where last.dag = runs.dag)
               and id is not (select max(id) from runs last
                              where last.dag = runs.dag and last.outcome = 'success')",
        )
        .bind(newest)
        .execute(&mut *connection)
        .await
        .doing(doing)?;
    }
    let newest: Option<String> =
        sqlx::query_scalar("select id from runs order by id desc limit 1 offset ?1")
            .bind(RUNS_WITH_INSTANCES)
            .fetch_optional(&mut *connection)
            .await
            .doing(doing)?;
    if let Some(newest) = newest {
        sqlx::query(
            "delete from instances
             where run_id <= ?1
               and run_id not in (select id from runs where outcome = 'running')
               and run_id not in (select run_id from queue where run_id is not null)",
        )
        .bind(newest)
        .execute(&mut *connection)
        .await
        .doing(doing)?;
    }
    sqlx::query(
        "delete from calls
         where day < (select date(max(day), '-' || ?1 || ' days') from calls newer
                      where newer.source = calls.source)",
    )
    .bind(CALL_DAYS_KEPT)
    .execute(connection)
    .await
    .doing("delete old call counts")?;
    Ok(())
}
