//! The tables' versions. A file carries the number of its schema in `pragma user_version`;
//! migration `n` is the embedded file that leads from `n - 1` to `n`. All pending migrations run in
//! one transaction: a file is never half migrated. A published migration is never edited.
//!
//! Not `sqlx::migrate!`: on SQLite it takes no lock and commits each migration by itself, and it keeps
//! versions in a table that files of schema 2 and earlier lack and their programs do not look at.

use std::path::Path;

use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::error::{Doing, StateError};

/// In order; the first one makes schema 1.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_runs_and_calls.sql"),
    include_str!("migrations/0002_unread.sql"),
    include_str!("migrations/0003_outputs_and_parameters.sql"),
    include_str!("migrations/0004_queue.sql"),
    include_str!("migrations/0005_queue_by_dag.sql"),
    include_str!("migrations/0006_call_blocks.sql"),
];

/// `jobt` in ASCII: distinguishes the state from other programs' databases (`pragma
/// application_id`).
const APPLICATION_ID: i64 = 0x6a6f_6274;

/// Migrates the tables to the schema of this version.
pub(super) async fn migrate(pool: &SqlitePool, path: &Path) -> Result<(), StateError> {
    migrate_with(pool, path, MIGRATIONS).await
}

pub(super) async fn migrate_with(
    pool: &SqlitePool,
    path: &Path,
    migrations: &[&'static str],
) -> Result<(), StateError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let mut write = pool
        .begin_with("begin immediate")
        .await
        .map_err(|source| StateError::opening(path, source))?;
    let found = version(&mut write, path).await?;
    if found > known {
        return Err(StateError::NewerSchema {
            path: path.to_owned(),
            found,
            known,
        });
    }
    let missing = usize::try_from(found)
        .ok()
        .and_then(|done| migrations.get(done..))
        .unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    for migration in missing {
        sqlx::raw_sql(*migration)
            .execute(&mut *write)
            .await
            .doing("change its tables")?;
    }
    // A pragma takes no parameters; both values are the program's own numbers.
    let stamp = format!("pragma application_id = {APPLICATION_ID}; pragma user_version = {known};");
    sqlx::raw_sql(AssertSqlSafe(stamp))
        .execute(&mut *write)
        .await
        .doing("record the version of its tables")?;
    write.commit().await.doing("change its tables")?;
    tracing::info!(path = %path.display(), from = found, to = known, "state schema changed");
    Ok(())
}

/// The file's schema; 0 for an empty one.
async fn version(connection: &mut SqliteConnection, path: &Path) -> Result<i64, StateError> {
    let doing = "read the version of its tables";
    let application: i64 = sqlx::query_scalar("pragma application_id")
        .fetch_one(&mut *connection)
        .await
        .doing(doing)?;
    let version: i64 = sqlx::query_scalar("pragma user_version")
        .fetch_one(&mut *connection)
        .await
        .doing(doing)?;
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .doing(doing)?;
    let empty = application == 0 && version == 0 && tables == 0;
    if empty || application == APPLICATION_ID {
        Ok(version)
    } else {
        Err(StateError::NotOurs {
            path: path.to_owned(),
        })
    }
}
