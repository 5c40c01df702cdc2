//! Reading the state where it cannot be written: another user's store, a read-only mount, a full disk.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::error::StateError;
use super::lock::Locks;
use super::{BYTES_KEPT, RUNS_KEPT, State, connect, schema};

/// How often a copy is retried while another process keeps writing.
const TRIES: u32 = 20;

/// The wait between two tries; a change of the state takes milliseconds.
const PAUSE: Duration = Duration::from_millis(100);

impl State {
    /// Opens the state for reading. If it is writable, that is [`State::open`]. Otherwise a private
    /// snapshot is copied and read: SQLite needs to write next to a file even to read it. Runs are
    /// then shown as recorded; those of dead processes are not detected.
    ///
    /// # Errors
    /// When the file cannot be read, is no state file, or was written by a newer version.
    pub async fn open_to_read(path: impl AsRef<Path>) -> Result<Self, StateError> {
        let path = path.as_ref();
        match Self::open(path).await {
            Err(error) if error.cannot_write() => Self::of_copy(path).await,
            opened => opened,
        }
    }

    async fn of_copy(path: &Path) -> Result<Self, StateError> {
        let unreadable = |source| StateError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let folder = tempfile::tempdir().map_err(unreadable)?;
        let copy = folder.path().join("jobtide.db");
        for tried in 1.. {
            let whole = copy_whole(path, &copy).map_err(unreadable)?;
            if whole || tried == TRIES {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let pool = connect(&copy, path).await?;
        schema::migrate(&pool, path).await?;
        let (_, locks) = Locks::beside(&copy)?;
        Ok(Self {
            pool,
            bell: locks.bell(),
            locks,
            runs_kept: RUNS_KEPT,
            bytes_kept: BYTES_KEPT,
            started: Arc::default(),
            group: Arc::default(),
            turn: Arc::default(),
            _copy: Some(Arc::new(folder)),
        })
    }
}

/// Copies the file and its write-ahead log; returns whether both were unchanged meanwhile.
fn copy_whole(from: &Path, to: &Path) -> io::Result<bool> {
    let beside = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        std::path::PathBuf::from(name)
    };
    let (log, log_copy) = (beside(from), beside(to));
    let before = (looks(from)?, looks(&log).ok());
    std::fs::copy(from, to)?;
    match std::fs::copy(&log, &log_copy) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::remove_file(&log_copy).ok();
        }
        Err(error) => return Err(error),
    }
    Ok(before == (looks(from)?, looks(&log).ok()))
}

fn looks(path: &Path) -> io::Result<(u64, std::time::SystemTime)> {
    let about = std::fs::metadata(path)?;
    Ok((about.len(), about.modified()?))
}
