//! Reading the state where it cannot be written: another user's store, a read-only mount, a full disk.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::error::StateError;
use super::lock::Locks;
use super::{BYTES_KEPT, RUNS_KEPT, State, connect, schema};

/// How often a copy is retried while another process keeps writing.
const TRIES: u32 = 20;

/// How the folders of private copies begin, among all temporary files.
pub const COPIES: &str = "jobtide-state-";

/// No command reads a copy for so long.
const OLD: Duration = Duration::from_secs(24 * 3600);

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
        let folder = tempfile::Builder::new().prefix(COPIES).tempdir();
        let folder = folder.map_err(unreadable)?;
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

/// Removes private copies of states that processes which were killed left in the folder of temporary
/// files more than a day before `now`; returns how many. What else is in one of these folders stays, and
/// so does a folder that cannot be removed.
pub async fn remove_old_copies(now: Timestamp) -> usize {
    let removing = tokio::task::spawn_blocking(move || {
        let before = SystemTime::from(now).checked_sub(OLD);
        remove_copies(
            &std::env::temp_dir(),
            before.unwrap_or(SystemTime::UNIX_EPOCH),
        )
    });
    removing.await.unwrap_or(0)
}

fn remove_copies(folder: &Path, before: SystemTime) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let old = entries.filter(|entry| {
        let is_copy = entry.file_name().to_string_lossy().starts_with(COPIES);
        // Links are not followed: their targets are foreign.
        is_copy
            && entry.metadata().is_ok_and(|about| {
                about.is_dir() && about.modified().is_ok_and(|written| written < before)
            })
    });
    old.filter(|entry| remove_copy(&entry.path()).is_ok())
        .count()
}

fn remove_copy(folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry
            .file_name()
            .to_string_lossy()
            .starts_with("jobtide.db")
        {
            return Err(io::Error::other("it holds something else"));
        }
        files.push((entry.path(), entry.file_type()?.is_dir()));
    }
    for (path, is_folder) in files {
        match is_folder {
            true => std::fs::remove_dir_all(path)?,
            false => std::fs::remove_file(path)?,
        }
    }
    std::fs::remove_dir(folder)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_copies_of_states_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "jobtide-state-a/jobtide.db",
            "jobtide-state-a/jobtide.db-wal",
            "jobtide-state-a/jobtide.db-locks/a.lock",
            "jobtide-state-b/jobtide.db",
            "jobtide-state-b/notes.txt",
            "other/jobtide.db",
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("other", folder.path().join("jobtide-state-c")).unwrap();
        assert_eq!(remove_copies(folder.path(), SystemTime::UNIX_EPOCH), 0);
        let later = SystemTime::now() + Duration::from_secs(60);
        assert_eq!(remove_copies(folder.path(), later), 1);
        assert!(!folder.path().join("jobtide-state-a").exists());
        assert!(folder.path().join("jobtide-state-b/jobtide.db").exists());
        assert!(folder.path().join("other/jobtide.db").exists());
    }
}
