//! The state file: runs, steps and call budgets in one SQLite database (`state/jobtide.db`).
//!
//! Promises, failure first:
//!
//! - Every change is one transaction, durable before the call returns (WAL, `synchronous = full`):
//!   a process may be killed, and a machine may lose power, at any point.
//! - Several processes may hold the same file open. Writers take turns (`begin immediate`) and wait
//!   for one another for up to [`BUSY_TIMEOUT`]; readers never wait for a writer.
//! - A dag has no more runs in progress at a time than it allows, one unless its file says otherwise,
//!   and a run whose process died is detected: see `lock.rs`.
//! - What is to run is in a queue that holds an interval of a dag once; its entry goes in the
//!   transaction that ends the run, so that a run that died is still there (`queue.rs`).
//! - Changes of tasks share the sync of the disk with those that arrive meanwhile (`group.rs`).
//! - The file must be on a local disk: neither WAL nor file locks work over a network share.
//! - It stays small: see [`State::with_runs_kept`], [`State::with_bytes_kept`] and `CALL_DAYS_KEPT`.

mod apart;
mod bell;
mod calls;
mod change;
mod elsewhere;
mod error;
mod group;
mod instances;
mod lock;
mod outputs;
mod queue;
mod read;
mod reading;
mod resume;
mod schema;
#[cfg(test)]
mod tests;
mod unread;
mod upkeep;
mod write;

use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tempfile::TempDir;
use tokio::sync::{Mutex, OwnedMutexGuard};

pub(crate) use bell::Listener;
pub use calls::{Calls, Take};
pub(crate) use change::Place;
pub use error::{RunUnderWay, StateError};
pub(crate) use lock::HeldLock;
pub use reading::{COPIES, remove_old_copies};
pub(crate) use resume::Resumed;
pub use unread::{Asked, UnreadTime, UnreadTimes};
pub use upkeep::Upkeep;
pub(crate) use write::{NewRun, OpenRun, PARAMETER_BYTES, StepEnd};

use crate::record::in_microseconds;
use bell::Bell;
use error::Doing;
use lock::Locks;

/// How long a writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections per handle: SQLite has one writer, and readers are short.
const CONNECTIONS: u32 = 4;

/// The size that the write-ahead log is truncated to after a checkpoint.
const WAL_BYTES_KEPT: &str = "4194304";

const RUNS_KEPT: NonZeroU32 = NonZeroU32::new(100_000).unwrap();
const BYTES_KEPT: u64 = 512 << 20;

/// A handle on the state; clones share its connections.
#[derive(Clone)]
pub struct State {
    pool: SqlitePool,
    locks: Locks,
    bell: Bell,
    runs_kept: NonZeroU32,
    bytes_kept: u64,
    /// Runs that this handle and its clones have started.
    started: Arc<AtomicU32>,
    group: Arc<group::Group>,
    /// Held by the one writer of this process: waiting for it costs nothing, while SQLite polls.
    turn: Arc<Mutex<()>>,
    /// If this is a private copy: its folder, which is removed with the last handle.
    _copy: Option<Arc<TempDir>>,
}

impl State {
    /// Opens the state file, with its folder and its tables if there are none yet, and marks the
    /// runs of dead processes as `interrupted`.
    ///
    /// # Errors
    /// When the file cannot be opened, is no state file, or was written by a newer version.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StateError> {
        let (path, locks) = Locks::beside(path.as_ref())?;
        // Switching a new file to WAL needs exclusive access, and SQLite does not wait for it.
        let _alone = locks.opening().await?;
        let pool = connect(&path, &path).await?;
        schema::migrate(&pool, &path).await?;
        let state = Self {
            pool,
            bell: locks.bell(),
            locks,
            runs_kept: RUNS_KEPT,
            bytes_kept: BYTES_KEPT,
            started: Arc::default(),
            group: Arc::default(),
            turn: Arc::default(),
            _copy: None,
        };
        state.mark_interrupted().await?;
        Ok(state)
    }

    /// A state that lives as long as its last clone; for tests.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn in_memory() -> Result<Self, StateError> {
        let path = Path::new(":memory:");
        let pool = SqlitePoolOptions::new()
            // The database lives in the one connection, which must never be replaced.
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(
                SqliteConnectOptions::new()
                    .in_memory(true)
                    .foreign_keys(true),
            )
            .await
            .map_err(|source| StateError::opening(path, source))?;
        schema::migrate(&pool, path).await?;
        Ok(Self {
            pool,
            locks: Locks::in_memory(),
            bell: Bell::in_memory(),
            runs_kept: RUNS_KEPT,
            bytes_kept: BYTES_KEPT,
            started: Arc::default(),
            group: Arc::default(),
            turn: Arc::default(),
            _copy: None,
        })
    }

    /// Keeps the last `runs` runs instead of 100,000: older ones are deleted when a run starts, a
    /// thousandth of them at a time. The last run and the last success of each dag are always kept.
    pub fn with_runs_kept(mut self, runs: NonZeroU32) -> Self {
        self.runs_kept = runs;
        self
    }

    /// Keeps as much history as fits into `bytes` of the file, instead of 512 MiB: what is beyond is
    /// deleted with what [`State::with_runs_kept`] deletes, first the instances of old runs, then runs. The
    /// file does not shrink, but does not grow either.
    pub fn with_bytes_kept(mut self, bytes: u64) -> Self {
        self.bytes_kept = bytes;
        self
    }

    /// The calls that were made to each source, per day.
    pub fn calls(&self) -> Calls {
        Calls::new(self.pool.clone())
    }

    /// The times that could not be read.
    pub fn unread(&self) -> UnreadTimes {
        UnreadTimes::new(self.pool.clone())
    }

    /// Closes the connections of all clones and waits until that is done.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Hears what is queued, paused, cancelled or retried from now on, by whatever process.
    pub(crate) fn listen(&self) -> Listener {
        self.bell.listen()
    }

    /// A slot of a pool, counted from 0, unless a task holds it, of this process or another.
    pub(crate) fn pool_slot(
        &self,
        pool: &str,
        slot: usize,
    ) -> Result<Option<HeldLock>, StateError> {
        self.locks.try_take_slot(pool, slot)
    }

    /// A transaction that holds the write lock from its first statement on.
    async fn begin_write(&self) -> Result<Write, StateError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let transaction = self
            .pool
            .begin_with("begin immediate")
            .await
            .doing("start a change of the state")?;
        Ok(Write {
            transaction,
            _turn: turn,
        })
    }
}

/// A change of the state, rolled back unless it is committed.
struct Write {
    // Dropped before the turn is given on.
    transaction: Transaction<'static, Sqlite>,
    _turn: OwnedMutexGuard<()>,
}

impl Write {
    async fn commit(self) -> Result<(), StateError> {
        self.transaction.commit().await.doing("write a change")
    }
}

impl Deref for Write {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

/// Connects to the file; `shown` is the path for error messages.
async fn connect(path: &Path, shown: &Path) -> Result<SqlitePool, StateError> {
    SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .connect_with(
            SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
                .pragma("journal_size_limit", WAL_BYTES_KEPT),
        )
        .await
        .map_err(|source| StateError::opening(shown, source))
}

/// An instant as stored: text that sorts chronologically.
fn stored_time(time: Timestamp) -> String {
    format!("{:.6}", in_microseconds(time))
}

/// Reads what [`stored_time`] wrote.
fn read_time(column: &'static str, text: &str) -> Result<Timestamp, StateError> {
    text.parse()
        .map_err(|error: jiff::Error| StateError::corrupt(column, text, error))
}
