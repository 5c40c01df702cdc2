//! Copying the state file and checking its integrity, each of which reads one snapshot, concurrently with
//! writers; and what is forgotten.

use std::path::Path;
use std::sync::atomic::Ordering;

use sqlx::SqliteConnection;

use super::State;
use super::error::{Doing, StateError};

/// Days of call counts that are kept, per source.
const CALL_DAYS_KEPT: u32 = 400;

/// Runs whose instances are kept: a run may have a hundred thousand.
const RUNS_WITH_INSTANCES: u32 = 1_000;

/// Pages that are free before it is worth writing the file again, of its pages one in so many, and in bytes.
const FREE_SHARE: u64 = 4;
const FREE_BYTES: u64 = 4 << 20;

/// Bytes in use above which the file is not written again: others wait for so long.
const COPIED_BYTES: u64 = 128 << 20;

/// What was removed from a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Runs beyond those that are kept.
    pub runs: u64,
    /// Bytes by which the file became smaller.
    pub bytes: u64,
}

impl State {
    /// Deletes what is beyond what is kept, and makes the file smaller where much of it is free.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn tidy(&self) -> Result<Upkeep, StateError> {
        let mut write = self.begin_write().await?;
        let before = count(&mut write, "select count(*) from runs").await?;
        self.delete_beyond(&mut write).await?;
        let after = count(&mut write, "select count(*) from runs").await?;
        write.commit().await?;
        Ok(Upkeep {
            runs: before.abs_diff(after).into(),
            bytes: self.shrink().await?,
        })
    }

    /// Writes the file without its free pages, where they are many; returns how many bytes that saved.
    async fn shrink(&self) -> Result<u64, StateError> {
        let _turn = self.turn.lock().await;
        let mut own = self.pool.acquire().await.doing("measure itself")?;
        let before = Pages::of(&mut own).await?;
        let free = before.free.saturating_mul(before.bytes);
        let used = before.all.saturating_sub(before.free);
        if free < FREE_BYTES
            || before.free.saturating_mul(FREE_SHARE) < before.all
            || used.saturating_mul(before.bytes) > COPIED_BYTES
        {
            return Ok(0);
        }
        // Other processes cannot write until it is done. If one of them writes now, the next time will do.
        if let Err(error) = sqlx::query("vacuum").execute(&mut *own).await {
            tracing::warn!(%error, "the state was not made smaller");
            return Ok(0);
        }
        let after = Pages::of(&mut own).await?;
        Ok(before
            .all
            .saturating_sub(after.all)
            .saturating_mul(before.bytes))
    }

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

impl State {
    /// Forgets what is beyond the limits, at the first start of this process and then at every so many: a
    /// search through a long history costs milliseconds. When runs start, not when they end: a process that
    /// is killed again and again still leaves a bounded history.
    pub(super) async fn forget(&self, connection: &mut SqliteConnection) -> Result<(), StateError> {
        let kept = self.runs_kept.get();
        let started = self.started.fetch_add(1, Ordering::Relaxed);
        match started.is_multiple_of((kept / 1_000).max(1)) {
            true => self.delete_beyond(connection).await,
            false => Ok(()),
        }
    }

    async fn delete_beyond(&self, connection: &mut SqliteConnection) -> Result<(), StateError> {
        delete_runs(connection, self.runs_kept.get()).await?;
        delete_instances(connection, RUNS_WITH_INSTANCES).await?;
        delete_calls(connection).await?;
        self.keep_within_bytes(connection).await
    }

    /// Deletes the oldest half of the instances, or else the oldest tenth of the runs, until what is left
    /// fits.
    async fn keep_within_bytes(&self, connection: &mut SqliteConnection) -> Result<(), StateError> {
        while used_bytes(connection).await? > self.bytes_kept {
            let counted = "select count(distinct run_id) from instances";
            let with_instances = count(connection, counted).await?;
            let mut deleted = 0;
            if with_instances > 0 {
                deleted = delete_instances_beyond(connection, with_instances / 2).await?;
            }
            if deleted == 0 {
                let runs = count(connection, "select count(*) from runs").await?;
                deleted = delete_runs(connection, runs - runs.div_ceil(10)).await?;
            }
            // What is left is in progress, or the last of its DAG.
            if deleted == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// The pages of the file.
struct Pages {
    all: u64,
    /// Deleted ones, which are used again.
    free: u64,
    /// Of each.
    bytes: u64,
}

impl Pages {
    async fn of(connection: &mut SqliteConnection) -> Result<Self, StateError> {
        let mut sizes = [0_u64; 3];
        for (size, pragma) in sizes.iter_mut().zip([
            "pragma page_count",
            "pragma freelist_count",
            "pragma page_size",
        ]) {
            let found: i64 = sqlx::query_scalar(pragma)
                .fetch_one(&mut *connection)
                .await
                .doing("measure itself")?;
            *size = u64::try_from(found).unwrap_or_default();
        }
        let [all, free, bytes] = sizes;
        Ok(Self { all, free, bytes })
    }
}

/// In pages that hold something.
async fn used_bytes(connection: &mut SqliteConnection) -> Result<u64, StateError> {
    let pages = Pages::of(connection).await?;
    Ok(pages
        .all
        .saturating_sub(pages.free)
        .saturating_mul(pages.bytes))
}

async fn count(connection: &mut SqliteConnection, sql: &'static str) -> Result<u32, StateError> {
    let counted = sqlx::query_scalar(sql).fetch_one(connection).await;
    counted.doing("count what is recorded")
}

/// Deletes the runs beyond the last `kept`. Returns how many.
async fn delete_runs(connection: &mut SqliteConnection, kept: u32) -> Result<u64, StateError> {
    let doing = "delete old runs";
    // The newest run that is not kept, by the index alone.
    let newest: Option<String> =
        sqlx::query_scalar("select id from runs order by id desc limit 1 offset ?1")
            .bind(kept)
            .fetch_optional(&mut *connection)
            .await
            .doing(doing)?;
    let Some(newest) = newest else { return Ok(0) };
    let deleted = sqlx::query(
        "delete from runs
         where id <= ?1
           and outcome <> 'running'
           and not exists (select 1 from queue where queue.run_id = runs.id)
           and id <> (select max(id) from runs last where last.dag = runs.dag)
           and id is not (select max(id) from runs last
                          where last.dag = runs.dag and last.outcome = 'success')",
    )
    .bind(newest)
    .execute(connection)
    .await
    .doing(doing)?;
    Ok(deleted.rows_affected())
}

/// Deletes the instances of all runs but the last `kept`. Returns how many.
async fn delete_instances(connection: &mut SqliteConnection, kept: u32) -> Result<u64, StateError> {
    let newest = sqlx::query_scalar("select id from runs order by id desc limit 1 offset ?1");
    let newest = newest.bind(kept).fetch_optional(&mut *connection).await;
    delete_instances_until(connection, newest.doing(INSTANCES)?).await
}

/// The same for all but the last `kept` of the runs that have any.
async fn delete_instances_beyond(
    connection: &mut SqliteConnection,
    kept: u32,
) -> Result<u64, StateError> {
    let newest = sqlx::query_scalar(
        "select distinct run_id from instances order by run_id desc limit 1 offset ?1",
    );
    let newest = newest.bind(kept).fetch_optional(&mut *connection).await;
    delete_instances_until(connection, newest.doing(INSTANCES)?).await
}

const INSTANCES: &str = "delete old instances of tasks";

/// Up to a run, those of runs in progress, or that go on, apart.
async fn delete_instances_until(
    connection: &mut SqliteConnection,
    newest: Option<String>,
) -> Result<u64, StateError> {
    let Some(newest) = newest else { return Ok(0) };
    let deleted = sqlx::query(
        "delete from instances
         where run_id <= ?1
           and run_id not in (select id from runs where outcome = 'running')
           and run_id not in (select run_id from queue where run_id is not null)",
    )
    .bind(newest)
    .execute(connection)
    .await
    .doing(INSTANCES)?;
    Ok(deleted.rows_affected())
}

/// Deletes the call counts of long ago.
async fn delete_calls(connection: &mut SqliteConnection) -> Result<(), StateError> {
    sqlx::query(
        "delete from calls
         where day < (select date(max(day), '-' || ?1 || ' days') from calls newer
                      where newer.source = calls.source)",
    )
    .bind(CALL_DAYS_KEPT)
    .execute(&mut *connection)
    .await
    .doing("delete old call counts")?;
    sqlx::query(
        "delete from call_blocks
         where day < (select min(day) from calls where calls.source = call_blocks.source)",
    )
    .execute(connection)
    .await
    .doing("delete old call counts")?;
    Ok(())
}

/// Deletes the runs of a dag beyond its last `kept`, for one that says so little that its runs would
/// only push out those of others. Its last success is kept.
pub(super) async fn forget_of(
    connection: &mut SqliteConnection,
    dag: &str,
    kept: u32,
) -> Result<(), StateError> {
    sqlx::query(
        "delete from runs
         where dag = ?1
           and id <= (select id from runs last where last.dag = ?1
                      order by id desc limit 1 offset ?2)
           and outcome <> 'running'
           and not exists (select 1 from queue where queue.run_id = runs.id)
           and id is not (select max(id) from runs last
                          where last.dag = ?1 and last.outcome = 'success')",
    )
    .bind(dag)
    .bind(kept)
    .execute(connection)
    .await
    .doing("delete old runs of a dag")?;
    Ok(())
}
