//! One writer of the warehouse at a time: a build removes files that no published build references,
//! so a concurrent one would lose what it has just written. And one landing of saved files at a
//! time: it lists existing windows once, and a concurrent one would land the same files again.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::messages::Messages;

/// Held during builds, rollbacks and take-downs. The system releases it when the
/// process ends for any reason.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
    writer: u32,
}

impl WriterLock {
    /// The number of this state folder, for [`warehouse::Warehouse::set_writer`]: this lock does
    /// not exclude a process with another state folder.
    pub fn writer(&self) -> u32 {
        self.writer
    }
}

/// The path of the lock of a state folder.
#[derive(Debug, Clone)]
pub struct WriterLockFile(PathBuf);

impl WriterLockFile {
    /// The lock of a state folder.
    pub fn new(state_folder: &Path) -> Self {
        Self(state_folder.join("writer.lock"))
    }

    /// The number of this state folder, as [`WriterLock::writer`], without waiting for the lock.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn writer(&self) -> Result<u32> {
        let doing = || format!("cannot read the number in `{}`", self.0.display());
        let read = || open(&self.0).map(|file| written(&file));
        if let Some(number) = read().with_context(doing)? {
            return Ok(number);
        }
        let file = open(&self.0).with_context(doing)?;
        match file.try_lock() {
            // One that could not be stored would be another one the next time.
            Ok(()) => drop(number(&file).with_context(doing)?),
            // Whoever holds it has just written it.
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error).with_context(doing),
        }
        let number = read().with_context(doing)?;
        number.with_context(|| format!("`{}` holds no number of ours", self.0.display()))
    }

    /// Waits for the lock, with a message if it has to.
    pub async fn acquire(&self, messages: &Messages) -> Result<WriterLock> {
        let doing = || format!("cannot lock `{}`", self.0.display());
        let file = open(&self.0).with_context(doing)?;
        wait(file, messages).await.with_context(doing)
    }

    /// The same for a reader, which may lack permission to write the file: it is locked without
    /// writing. If it does not exist or cannot be read, writers are not excluded, and a message
    /// says so.
    pub async fn acquire_to_read(&self, messages: &Messages) -> Result<Option<WriterLock>> {
        let refused = match self.acquire(messages).await {
            Ok(lock) => return Ok(Some(lock)),
            Err(error) => error,
        };
        let for_want_of_rights = refused.chain().any(|cause| {
            cause.downcast_ref::<io::Error>().is_some_and(|error| {
                matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                )
            })
        });
        if !for_want_of_rights {
            return Err(refused);
        }
        match File::open(&self.0) {
            Ok(file) => Ok(Some(wait(file, messages).await?)),
            Err(_) => {
                messages.say(
                    "this user cannot lock the store: this fails if a build ends meanwhile, without harm",
                );
                Ok(None)
            }
        }
    }
}

/// Held while saved files are landed.
#[derive(Debug)]
pub struct LandingLock {
    _file: File,
}

impl LandingLock {
    /// Waits for the lock, with a message if it has to.
    pub async fn acquire(state_folder: &Path, messages: &Messages) -> Result<Self> {
        let path = state_folder.join("landing.lock");
        let doing = || format!("cannot lock `{}`", path.display());
        let file = open(&path).with_context(doing)?;
        let waiting = "another process is landing files; waiting for it to end";
        let file = turn(file, waiting, messages).await.with_context(doing)?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Not truncated: through a link, that would truncate the target.
    File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
}

async fn turn(file: File, waiting: &str, messages: &Messages) -> Result<File> {
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            messages.say(waiting);
            Ok(tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await??)
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

async fn wait(file: File, messages: &Messages) -> Result<WriterLock> {
    let waiting = "another process is building; waiting for it to end";
    let file = turn(file, waiting, messages).await?;
    let writer = number(&file)?;
    Ok(WriterLock {
        _file: file,
        writer,
    })
}

/// The number in the file; a random one if it is empty. Any other content is foreign, through a
/// link, and is not modified.
fn number(mut file: &File) -> io::Result<u32> {
    if let Some(number) = written(file) {
        return Ok(number);
    }
    let number = rand::random_range(1..=u32::MAX);
    if file.metadata()?.len() == 0 {
        // If it cannot be stored, the next process gets another one, and treats this one's files as
        // another writer's.
        let kept = file.write_all(format!("{number:08x}\n").as_bytes());
        // After a power cut, the files of the interrupted build must still be this writer's.
        kept.and_then(|()| file.sync_all()).ok();
    }
    Ok(number)
}

/// The number that is in the file.
fn written(file: &File) -> Option<u32> {
    let mut text = String::new();
    // Eight digits and a line end; anything longer is foreign.
    file.take(16).read_to_string(&mut text).ok()?;
    u32::from_str_radix(text.trim(), 16).ok()
}
