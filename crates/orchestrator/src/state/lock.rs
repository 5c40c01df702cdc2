//! Run locks. A run holds an exclusive lock on a file of its dag for as long as its record says
//! `running`: it is acquired in the transaction that opens the record and released in the one that
//! closes it (by then its last task has stopped).
//!
//! The operating system releases the lock when the process ends for any reason. So a record says
//! `running` without a held lock if and only if its process is dead. A process id, even with its
//! start time, could not show this: two containers on one folder have separate PID namespaces, and
//! both are process 1.
//!
//! Locks are only ever tried, never waited for. They are tried, and released by a live process,
//! only inside a write transaction of the state, of which there is one at a time: so a start, an
//! end and a search for dead runs never interfere. (The one lock that is waited for, `opening`,
//! guards the file itself while it is created.)
//!
//! Lock files are empty, one per dag, and never deleted: deleting one while another process opens
//! it would let both believe they hold it. The lock belongs to the open file, so two handles within
//! one process exclude each other as well, and it is not inherited by child programs.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::StateError;
use crate::dag::DagName;

/// The locks of one state.
#[derive(Clone)]
pub(super) enum Locks {
    Files(Arc<PathBuf>),
    Memory(Arc<Mutex<HashSet<DagName>>>),
}

/// Held while a run is in progress; released when dropped.
pub(crate) enum DagLock {
    File {
        _file: File,
    },
    Memory {
        held: Arc<Mutex<HashSet<DagName>>>,
        dag: DagName,
    },
}

impl Locks {
    /// Creates the folder of a state file and, next to the file, the folder of its locks. Returns
    /// the file's canonical path, with links and relative paths resolved: the same state must have
    /// the same locks.
    pub(super) fn beside(path: &Path) -> Result<(PathBuf, Self), StateError> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let unusable = |path: &Path| {
            let path = path.to_owned();
            move |source| StateError::Folder { path, source }
        };
        std::fs::create_dir_all(folder).map_err(unusable(folder))?;
        let mut path = folder
            .canonicalize()
            .map_err(unusable(folder))?
            .join(path.file_name().unwrap_or_default());
        if path.exists() {
            path = path.canonicalize().map_err(unusable(&path))?;
        }
        let mut locks = path.clone().into_os_string();
        locks.push("-locks");
        let locks = PathBuf::from(locks);
        std::fs::create_dir_all(&locks).map_err(unusable(&locks))?;
        Ok((path, Self::Files(Arc::new(locks))))
    }

    pub(super) fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Waits until no other process is opening the state. Held for milliseconds, and released by
    /// the operating system if its holder dies.
    pub(super) async fn opening(&self) -> Result<Option<File>, StateError> {
        let Self::Files(folder) = self else {
            return Ok(None);
        };
        let path = folder.join("opening.lock");
        let failed = {
            let path = path.clone();
            move |source| StateError::Lock { path, source }
        };
        let waited = tokio::task::spawn_blocking(move || {
            let file = lock_file(&path)?;
            file.lock()?;
            Ok(file)
        });
        match waited.await {
            Ok(result) => result.map(Some).map_err(failed),
            Err(stopped) => Err(failed(std::io::Error::other(stopped))),
        }
    }

    /// Acquires the lock of `dag` unless it is held. Call it in a write transaction.
    pub(super) fn try_take(&self, dag: &DagName) -> Result<Option<DagLock>, StateError> {
        match self {
            Self::Files(folder) => {
                let path = folder.join(format!("dag-{dag}.lock"));
                let taken = lock_file(&path).and_then(|file| match file.try_lock() {
                    Ok(()) => Ok(Some(DagLock::File { _file: file })),
                    Err(TryLockError::WouldBlock) => Ok(None),
                    Err(TryLockError::Error(error)) => Err(error),
                });
                taken.map_err(|source| StateError::Lock { path, source })
            }
            Self::Memory(held) => Ok(names(held).insert(dag.clone()).then(|| DagLock::Memory {
                held: Arc::clone(held),
                dag: dag.clone(),
            })),
        }
    }

    /// Where the locks are, for messages.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Files(folder) => folder.display().to_string(),
            Self::Memory(_) => ":memory:".to_owned(),
        }
    }
}

impl Drop for DagLock {
    fn drop(&mut self) {
        // Closing the file releases its lock.
        if let Self::Memory { held, dag } = self {
            names(held).remove(dag);
        }
    }
}

fn lock_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

fn names(held: &Mutex<HashSet<DagName>>) -> MutexGuard<'_, HashSet<DagName>> {
    // A panic cannot leave a set of names in an inconsistent state.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
