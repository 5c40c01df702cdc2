//! Run locks, and slots of pools. A dag has places (slots) for runs in progress, one as a rule; a run holds an exclusive
//! lock on the file of its place for as long as its record says `running`: it is acquired in the transaction that opens the record and released in the one that
//! closes it (by then its last task has stopped).
//!
//! A slot of a pool is a lock file, too, held by the process whose task takes it. There is no record of
//! it: the lock alone says that it is taken, by whichever process.
//!
//! The operating system releases the lock when the process ends for any reason. So a record says
//! `running` without a held lock if and only if its process is dead. A process id, even with its
//! start time, could not show this: two containers on one folder have separate PID namespaces, and
//! both are process 1.
//!
//! Locks are only ever tried, never waited for. Those of runs are tried, and released by a live process,
//! only inside a write transaction of the state, of which there is one at a time: so a start, an
//! end and a search for dead runs never interfere. (The one lock that is waited for, `opening`,
//! guards the file itself while it is created.)
//!
//! Lock files are empty, one per place, and never deleted: deleting one while another process opens
//! it would let both believe they hold it. The lock belongs to the open file, so two handles within
//! one process exclude each other as well, and it is not inherited by child programs.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bell::Bell;
use super::error::StateError;
use crate::dag_name::DagName;

/// The locks of one state.
#[derive(Clone)]
pub(super) enum Locks {
    Files(Arc<PathBuf>),
    /// The names that the files would have.
    Memory(Arc<Mutex<HashSet<String>>>),
}

/// Held while a run is in progress, or a task that takes a slot of a pool; released when dropped.
pub(crate) enum HeldLock {
    File {
        _file: File,
    },
    Memory {
        held: Arc<Mutex<HashSet<String>>>,
        name: String,
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

    /// Acquires the lock of a place of `dag` unless it is held. Call it in a write transaction.
    pub(super) fn try_take(
        &self,
        dag: &DagName,
        slot: u32,
    ) -> Result<Option<HeldLock>, StateError> {
        self.try_lock(match slot {
            // The first one is named as in earlier versions, which know no other.
            0 => format!("dag-{dag}.lock"),
            _ => format!("dag-{dag}.{slot}.lock"),
        })
    }

    /// Acquires a slot of a pool, counted from 0, unless it is held.
    pub(super) fn try_take_slot(
        &self,
        pool: &str,
        slot: usize,
    ) -> Result<Option<HeldLock>, StateError> {
        self.try_lock(format!("pool-{}.{slot}.lock", as_file_name(pool)))
    }

    fn try_lock(&self, name: String) -> Result<Option<HeldLock>, StateError> {
        match self {
            Self::Files(folder) => {
                let path = folder.join(name);
                let taken = lock_file(&path).and_then(|file| match file.try_lock() {
                    Ok(()) => Ok(Some(HeldLock::File { _file: file })),
                    Err(TryLockError::WouldBlock) => Ok(None),
                    Err(TryLockError::Error(error)) => Err(error),
                });
                taken.map_err(|source| StateError::Lock { path, source })
            }
            Self::Memory(held) => Ok(names(held).insert(name.clone()).then(|| {
                let held = Arc::clone(held);
                HeldLock::Memory { held, name }
            })),
        }
    }

    /// The bell beside them.
    pub(super) fn bell(&self) -> Bell {
        match self {
            Self::Files(folder) => Bell::within(folder),
            Self::Memory(_) => Bell::in_memory(),
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

impl Drop for HeldLock {
    fn drop(&mut self) {
        // Closing the file releases its lock.
        if let Self::Memory { held, name } = self {
            names(held).remove(name);
        }
    }
}

/// A name of which file systems may fold no two into one.
fn as_file_name(name: &str) -> String {
    name.bytes().fold(String::new(), |mut file, byte| {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => file.push(char::from(byte)),
            _ => file.push_str(&format!("%{byte:02x}")),
        }
        file
    })
}

fn lock_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

fn names(held: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    // A panic cannot leave a set of names in an inconsistent state.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
