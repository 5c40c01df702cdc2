//! One writer of the warehouse at a time: a build removes files that no published build names, so a
//! second one beside it would lose what it has just written.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::messages::Messages;

/// Held while something is built, rolled back or taken down. The system frees it with the process,
/// however that ends.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

/// Where the lock of a state folder is.
#[derive(Debug, Clone)]
pub struct WriterLockFile(PathBuf);

impl WriterLockFile {
    /// The lock of a state folder.
    pub fn new(state_folder: &Path) -> Self {
        Self(state_folder.join("writer.lock"))
    }

    /// Waits for its turn, and says so when it has to.
    pub async fn acquire(&self, messages: &Messages) -> Result<WriterLock> {
        let doing = || format!("cannot lock `{}`", self.0.display());
        if let Some(folder) = self.0.parent() {
            std::fs::create_dir_all(folder).with_context(doing)?;
        }
        // Not emptied: were it a link, what it leads to would be.
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.0)
            .with_context(doing)?;
        match file.try_lock() {
            Ok(()) => return Ok(WriterLock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => {
                messages.say("another process is building; waiting for it to end");
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(error).with_context(doing),
        }
        let file = tokio::task::spawn_blocking(move || file.lock().map(|()| file))
            .await?
            .with_context(doing)?;
        Ok(WriterLock { _file: file })
    }
}
