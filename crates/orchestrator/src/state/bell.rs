//! A bell beside the state file: whoever queues, pauses, cancels or retries something rings it, and a
//! scheduler of whatever process looks within [`LISTENS_EVERY`] instead of at its next poll.
//!
//! It is a hint. What it announces is in the state; a ring that is lost (no right to write the file, say)
//! costs the rest of a poll interval. A listener reads eight bytes; a change of the state itself would
//! also be one by the scheduler's own tasks, of which it knows already.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a listener listens.
const LISTENS_EVERY: Duration = Duration::from_millis(20);

/// The bell of one state.
#[derive(Clone)]
pub(super) enum Bell {
    File(Arc<PathBuf>),
    Memory(Arc<AtomicU64>),
}

impl Bell {
    /// In the folder of the locks.
    pub(super) fn within(folder: &Path) -> Self {
        Self::File(Arc::new(folder.join("bell.lock")))
    }

    pub(super) fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    pub(super) fn ring(&self) {
        match self {
            Self::File(path) => {
                let number: u64 = rand::random();
                let rung = open(path).and_then(|mut file| file.write_all(&number.to_le_bytes()));
                if let Err(error) = rung {
                    let path = path.display();
                    tracing::debug!(%path, %error, "the scheduler is not notified, it looks by itself");
                }
            }
            Self::Memory(count) => _ = count.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// A listener that has heard everything up to now.
    pub(super) fn listen(&self) -> Listener {
        let source = match self {
            Self::File(path) => open(path).map_or(Source::Nothing, Source::File),
            Self::Memory(count) => Source::Memory(Arc::clone(count)),
        };
        let mut listener = Listener {
            source,
            heard: 0,
            has_rung: false,
            listens_at: Instant::now(),
        };
        listener.has_rung();
        listener
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
}

enum Source {
    File(File),
    Memory(Arc<AtomicU64>),
    Nothing,
}

/// Hears each ring once; several in a row may be one.
pub(crate) struct Listener {
    source: Source,
    heard: u64,
    has_rung: bool,
    listens_at: Instant,
}

impl Listener {
    /// Whether it has rung since the last call. Between the times at which it listens it has not.
    pub(crate) fn has_rung(&mut self) -> bool {
        if Instant::now() >= self.listens_at {
            self.look();
        }
        std::mem::take(&mut self.has_rung)
    }

    /// Waits until it has rung. Real time: other processes take their own.
    pub(crate) async fn rings(&mut self) {
        if matches!(self.source, Source::Nothing) {
            std::future::pending::<()>().await;
        }
        while !self.has_rung {
            tokio::time::sleep_until(self.listens_at.into()).await;
            self.look();
        }
    }

    fn look(&mut self) {
        self.listens_at = Instant::now() + LISTENS_EVERY;
        let number = match &mut self.source {
            Source::File(file) => number(file),
            Source::Memory(count) => Some(count.load(Ordering::Relaxed)),
            Source::Nothing => None,
        };
        let number = number.unwrap_or(self.heard);
        self.has_rung |= number != self.heard;
        self.heard = number;
    }
}

/// 0 before the first ring.
fn number(file: &mut File) -> Option<u64> {
    let mut bytes = [0; 8];
    file.seek(SeekFrom::Start(0)).ok()?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Some(u64::from_le_bytes(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Some(0),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ring_is_heard_once() {
        let folder = tempfile::tempdir().unwrap();
        for bell in [Bell::within(folder.path()), Bell::in_memory()] {
            bell.ring();
            let mut listener = bell.listen();
            let mut hears = || {
                listener.listens_at = Instant::now();
                listener.has_rung()
            };
            assert!(!hears(), "it rang before");
            bell.clone().ring();
            assert!(hears());
            assert!(!hears());
        }
    }

    #[test]
    fn a_bell_that_cannot_be_rung_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let bell = Bell::within(&folder.path().join("absent"));
        bell.ring();
        assert!(!bell.listen().has_rung());
    }
}
