//! What can go wrong with the state. Each error names the file, dag or value at fault and says
//! whether it is retryable.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::claims::ClaimError;
use crate::dag_name::DagName;
use crate::record::RunId;
use crate::shared_calls::SharedCallsError;

/// Why an operation on the state failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// A folder for the state cannot be made or reached.
    #[error(
        "the state folder `{path}` cannot be used: {source}\nhint: make it a folder this user may write to, or set another storage folder"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// The state file cannot be opened.
    #[error(
        "the state file `{path}` cannot be opened: {source}{}", hint(.source)
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },

    /// The state file cannot be read, by a user who may not write it.
    #[error(
        "the state file `{path}` cannot be read: {source}\nhint: check that this user may read it and its folder"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// The file is a SQLite database of some other program.
    #[error(
        "`{path}` is a SQLite database, but not jobtide's state\nhint: move it away, or set another storage folder"
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
    },

    /// A newer version of the program has changed the tables.
    #[error(
        "the state file `{path}` has schema {found}, this version knows {known} at most\nhint: run the newer jobtide that wrote it, or restore the backup from before its upgrade"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: i64,
        /// The last schema this version knows.
        known: i64,
    },

    /// A run of the dag is in progress.
    #[error(
        "the dag `{dag}` is running already: run `{}`, process {}, since {}\nhint: wait until it has ended, or stop that process",
        .run.id, .run.process_id, .run.started_at
    )]
    AlreadyRunning {
        /// The dag.
        dag: DagName,
        /// The run in progress.
        run: Box<RunUnderWay>,
    },

    /// The dag's lock is held, but no run is recorded as in progress.
    #[error(
        "the dag `{dag}` is locked by another process, with no run on record\nhint: the state file was replaced while that process runs; wait until it has ended, or find it by its lock in `{locks}` and stop it"
    )]
    Locked {
        /// The dag.
        dag: DagName,
        /// The folder of the lock files.
        locks: String,
    },

    /// Another process took the entry of the queue.
    #[error("another process has started this run of the dag `{dag}`")]
    Taken {
        /// The dag.
        dag: DagName,
    },

    /// Another instance on the same store has the same interval.
    #[error(
        "another instance on this store runs the same interval of the dag `{dag}`: {by}\nhint: wait until it has ended"
    )]
    Elsewhere {
        /// The dag.
        dag: DagName,
        /// Who, for people.
        by: String,
    },

    /// It is unknown whether another instance has the same interval.
    #[error(
        "the interval of the dag `{dag}` cannot be claimed among the instances of the store: {reason}\nhint: see that the store can be written"
    )]
    Unclaimed {
        /// The dag.
        dag: DagName,
        /// Why.
        #[source]
        reason: ClaimError,
    },

    /// A lock file cannot be used.
    #[error(
        "the lock file `{path}` cannot be used: {source}\nhint: the state has to be on a local disk, in a folder this user may write to"
    )]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// A run has more parameters than are recorded.
    #[error(
        "the parameters of the run have {bytes} bytes, more than the {limit} that the state stores\nhint: put what is long into a file and name it"
    )]
    Parameters {
        /// Their size as JSON.
        bytes: usize,
        /// The limit.
        limit: usize,
    },

    /// As much of a dag waits as may.
    #[error(
        "{limit} runs of the dag `{dag}` are in the queue, and no more can be\nhint: wait until some have ended: `jobtide runs list` shows them"
    )]
    QueueFull {
        /// The dag.
        dag: String,
        /// The limit.
        limit: u32,
    },

    /// A run's record vanished while it was in progress.
    #[error(
        "the record of run `{run}` is missing or closed\nhint: the state file was replaced during the run; run the dag again"
    )]
    RunGone {
        /// The run.
        run: RunId,
    },

    /// Calls cannot be reserved where several instances share them.
    #[error(
        "the calls of `{calls_to}` cannot be reserved in the store, and no call is made without: {reason}\nhint: see that the store can be written; what is due stays due"
    )]
    Reserve {
        /// The source.
        calls_to: String,
        /// What the store said.
        #[source]
        reason: SharedCallsError,
    },

    /// A stored value that this program did not write.
    #[error(
        "the state holds `{value}` as {column}: {reason}\nhint: restore the state file from a backup"
    )]
    Corrupt {
        /// Which value.
        column: &'static str,
        /// The value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },

    /// A statement failed.
    #[error("the state could not {doing}: {source}{}", hint(.source))]
    Sql {
        /// The operation.
        doing: &'static str,
        /// What SQLite said.
        source: sqlx::Error,
    },
}

/// The run of a dag that is in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunUnderWay {
    /// The run.
    pub id: RunId,
    /// The operating system's id of its process.
    pub process_id: u32,
    /// Its start.
    pub started_at: Timestamp,
}

impl StateError {
    /// Whether it is transient: another process was using the state, or the disk was full.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::AlreadyRunning { .. }
            | Self::Locked { .. }
            | Self::Taken { .. }
            | Self::QueueFull { .. }
            | Self::Reserve { .. }
            | Self::Elsewhere { .. }
            | Self::Unclaimed { .. } => true,
            Self::Open { source, .. } | Self::Sql { source, .. } => {
                matches!(source, sqlx::Error::PoolTimedOut)
                    || matches!(primary_code(source), Some(SQLITE_BUSY | SQLITE_FULL))
            }
            Self::Folder { .. }
            | Self::Unreadable { .. }
            | Self::NotOurs { .. }
            | Self::NewerSchema { .. }
            | Self::Lock { .. }
            | Self::Parameters { .. }
            | Self::RunGone { .. }
            | Self::Corrupt { .. } => false,
        }
    }

    /// Whether nothing can be written where the state is, for lack of permissions or space.
    pub(super) fn cannot_write(&self) -> bool {
        use std::io::ErrorKind::{
            PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        match self {
            Self::Folder { source, .. } | Self::Lock { source, .. } => matches!(
                source.kind(),
                PermissionDenied | ReadOnlyFilesystem | StorageFull | QuotaExceeded
            ),
            Self::Open { source, .. } | Self::Sql { source, .. } => matches!(
                primary_code(source),
                Some(SQLITE_PERM | SQLITE_READONLY | SQLITE_CANTOPEN | SQLITE_FULL | SQLITE_IOERR)
            ),
            _ => false,
        }
    }

    pub(super) fn opening(path: &Path, source: sqlx::Error) -> Self {
        Self::Open {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn corrupt(
        column: &'static str,
        value: impl fmt::Display,
        reason: impl fmt::Display,
    ) -> Self {
        Self::Corrupt {
            column,
            value: value.to_string(),
            reason: reason.to_string(),
        }
    }
}

/// Adds the operation to a failed statement's error.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, StateError>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, doing: &'static str) -> Result<T, StateError> {
        self.map_err(|source| StateError::Sql { doing, source })
    }
}

const SQLITE_PERM: u32 = 3;
const SQLITE_BUSY: u32 = 5;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;
const SQLITE_NOTADB: u32 = 26;

/// SQLite's result code without the extension in the upper bits.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// The next step. Only what SQLite itself reports as corruption is reported so: a full disk is not.
fn hint(error: &sqlx::Error) -> &'static str {
    match primary_code(error) {
        Some(SQLITE_BUSY) => {
            "\nhint: another process has been writing to it for long; find it and try again"
        }
        Some(SQLITE_FULL) => "\nhint: the disk is full: make room and try again",
        // The index of the write-ahead log is extended by a call that fails so on a full disk.
        Some(SQLITE_IOERR) => {
            "\nhint: the disk is full, or it fails: see how much room there is (`df`) and what the system logged, then try again"
        }
        Some(SQLITE_PERM | SQLITE_READONLY | SQLITE_CANTOPEN) => {
            "\nhint: check that this user may read and write the file and its folder, that neither is mounted read-only, and that there is room on the disk"
        }
        Some(SQLITE_CORRUPT | SQLITE_NOTADB) => {
            "\nhint: the file is damaged: restore it from a backup"
        }
        _ => {
            "\nhint: check that the state file is on a local disk and that this user may read and write it"
        }
    }
}
