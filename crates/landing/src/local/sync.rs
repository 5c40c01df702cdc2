//! Making writes durable.
//!
//! On Linux one call syncs a whole file system: files and folders, by any process. It costs about
//! as much as syncing two files and a tenth of syncing fifty, and one call serves all waiters; so
//! the cost of a record does not grow with what it names. Elsewhere the files that were written
//! since the last sync, and their folders, are synced one by one.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(not(target_os = "linux"))]
use self::files::Unsynced;
#[cfg(target_os = "linux")]
use self::whole::Unsynced;

/// The file systems of a store, and the tickets of those who wait for a sync.
#[derive(Debug)]
pub(super) struct Disks {
    /// Tickets issued. A ticket taken before a sync begins is covered by it.
    asked: AtomicU64,
    turn: tokio::sync::Mutex<Turn>,
    unsynced: Arc<Mutex<Unsynced>>,
}

#[derive(Debug, Default)]
struct Turn {
    /// Tickets up to this one are covered.
    done: u64,
    /// Tickets up to this one failed: the system reports an error only once.
    failed: Option<(u64, io::ErrorKind, String)>,
}

impl Disks {
    /// Opens the disks of a folder and keeps them open: the system reports a failed write only to
    /// processes that had the disk open at the time.
    pub fn open(root: PathBuf) -> Self {
        Self {
            asked: AtomicU64::new(0),
            turn: tokio::sync::Mutex::default(),
            unsynced: Arc::new(Mutex::new(Unsynced::new(root))),
        }
    }

    /// Records that a file is being written, or was.
    pub fn wrote(&self, path: PathBuf) {
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        unsynced.wrote(path);
    }

    /// Returns once everything written before this call is durable.
    pub async fn sync(&self) -> io::Result<()> {
        let ticket = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut turn = self.turn.lock().await;
        if turn.done < ticket {
            let covered = self.asked.load(Ordering::SeqCst);
            let unsynced = self.unsynced.clone();
            let synced = tokio::task::spawn_blocking(move || {
                let mut unsynced = unsynced.lock().unwrap_or_else(PoisonError::into_inner);
                unsynced.sync()
            });
            let synced = synced.await.map_err(io::Error::other)?;
            turn.done = covered;
            if let Err(error) = synced {
                turn.failed = Some((covered, error.kind(), error.to_string()));
            }
        }
        match &turn.failed {
            Some((covered, kind, reason)) if ticket <= *covered => {
                Err(io::Error::new(*kind, reason.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// Whole file systems at a time.
#[cfg(target_os = "linux")]
mod whole {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::PathBuf;

    /// The disks of a store: that of its root, and other ones that its folders are on.
    #[derive(Debug)]
    pub struct Unsynced {
        root: PathBuf,
        disks: Vec<(u64, File)>,
    }

    impl Unsynced {
        pub fn new(root: PathBuf) -> Self {
            let mut disks = Self {
                root,
                disks: Vec::new(),
            };
            // A folder that cannot be opened now is tried again, and reported, by each sync.
            disks.open().ok();
            disks
        }

        pub fn wrote(&mut self, _path: PathBuf) {}

        pub fn sync(&mut self) -> io::Result<()> {
            self.open()?;
            for (_, disk) in &self.disks {
                rustix::fs::syncfs(disk)?;
            }
            Ok(())
        }

        fn open(&mut self) -> io::Result<()> {
            let below = crate::layout::FOLDERS
                .iter()
                .map(|name| self.root.join(name));
            for folder in std::iter::once(self.root.clone()).chain(below) {
                let about = match folder.metadata() {
                    Ok(about) => about,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                if self.disks.iter().all(|(disk, _)| *disk != about.dev()) {
                    self.disks.push((about.dev(), File::open(&folder)?));
                }
            }
            Ok(())
        }
    }
}

/// One file at a time: where no call syncs a whole file system.
#[cfg(any(test, not(target_os = "linux")))]
pub(super) mod files {
    use std::collections::BTreeSet;
    use std::fs::File;
    use std::io;
    use std::path::{Path, PathBuf};

    /// The files that were written since the last sync.
    #[derive(Debug)]
    pub struct Unsynced {
        root: PathBuf,
        files: BTreeSet<PathBuf>,
    }

    impl Unsynced {
        pub fn new(root: PathBuf) -> Self {
            Self {
                root,
                files: BTreeSet::new(),
            }
        }

        pub fn wrote(&mut self, path: PathBuf) {
            self.files.insert(path);
        }

        pub fn sync(&mut self) -> io::Result<()> {
            let mut folders = BTreeSet::new();
            let mut under_way = BTreeSet::new();
            for file in std::mem::take(&mut self.files) {
                match sync(&file) {
                    Ok(()) => {}
                    // It is not renamed into place yet, or was removed.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        under_way.insert(file.clone());
                    }
                    Err(error) => return Err(error),
                }
                let above = file.ancestors().skip(1);
                folders.extend(
                    above
                        .take_while(|folder| folder.starts_with(&self.root))
                        .map(Path::to_owned),
                );
            }
            self.files = under_way;
            for folder in folders {
                match sync(&folder) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        }
    }

    fn sync(path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}
