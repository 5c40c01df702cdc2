//! One writer of the warehouse at a time: a build removes files that no published build references,
//! so a concurrent one would lose what it has just written. And one landing of saved files at a
//! time: it lists existing windows once, and a concurrent one would land the same files again.
//!
//! A lock of the state folder excludes the processes that share it, which wait for each other in turn;
//! the system releases it when a process ends for any reason. A lease in the store excludes those with
//! other state folders, on this or another machine.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use kernel::SystemClock;
use landing::Landing;
use lease::{Held, Holder, Leases};
use object_store::PutMode;
use tokio::task::JoinHandle;
use warehouse::Warehouse;

use crate::messages::Messages;

/// The folder of leases in the store.
const LEASES: &str = "state/leases";

/// The name of the store's writer lease.
const WRITER: &str = "writer";

/// How often, and at what distance, the number of a state folder is looked for that another process is
/// about to write: a second.
const READS: u32 = 50;
const BETWEEN_READS: Duration = Duration::from_millis(20);

/// Held during builds, rollbacks, take-downs and cleanups.
#[derive(Debug)]
pub struct WriterLock {
    /// Dropped before the file is unlocked: the next holder in this process sets its own.
    lease: Option<Lease>,
    _file: File,
}

/// The store's writer lease, under which the warehouse writes.
struct Lease {
    held: Held,
    renewals: JoinHandle<()>,
    warehouse: Arc<Warehouse>,
}

impl WriterLock {
    /// Gives the lock back. Where the lease cannot be given back, it expires.
    pub async fn release(self) {
        if let Some(lease) = &self.lease {
            lease.renewals.abort();
            if let Err(error) = lease.held.release().await {
                tracing::debug!(%error, "the writer lease is not given back");
            }
        }
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.held.fmt(f)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewals.abort();
        self.warehouse.set_lease(None);
    }
}

/// The lock of a state folder and a store.
#[derive(Clone)]
pub struct WriterLockFile {
    path: PathBuf,
    landing: Landing,
    warehouse: Arc<Warehouse>,
    length: Duration,
}

impl WriterLockFile {
    /// The lock of a state folder, and a lease of this length in the store.
    pub fn new(
        state_folder: &Path,
        landing: Landing,
        warehouse: Arc<Warehouse>,
        length: Duration,
    ) -> Self {
        Self {
            path: state_folder.join("writer.lock"),
            landing,
            warehouse,
            length,
        }
    }

    /// The number of this state folder, which its data files carry, without waiting for the lock.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn writer(&self) -> Result<u32> {
        let doing = || format!("cannot read the number in `{}`", self.path.display());
        let read = || open(&self.path).map(|file| written(&file));
        if let Some(number) = read().with_context(doing)? {
            return Ok(number);
        }
        let file = open(&self.path).with_context(doing)?;
        match file.try_lock() {
            // One that could not be stored would be another one the next time.
            Ok(()) => drop(number(&file).with_context(doing)?),
            // Whoever holds it writes it first.
            Err(TryLockError::WouldBlock) => {
                for _ in 0..READS {
                    if let Some(number) = read().with_context(doing)? {
                        return Ok(number);
                    }
                    std::thread::sleep(BETWEEN_READS);
                }
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(doing),
        }
        let number = read().with_context(doing)?;
        number.with_context(|| format!("`{}` holds no number of ours", self.path.display()))
    }

    /// Waits for the lock, with a message if it has to. What the warehouse writes from then on, it
    /// writes under the lease.
    pub async fn acquire(&self, messages: &Messages) -> Result<WriterLock> {
        let (file, writer) = self.lock(messages).await?;
        let lease = self.lease(writer, messages).await;
        let lease = lease.context("cannot acquire the writer lease of the store")?;
        Ok(WriterLock {
            _file: file,
            lease: Some(lease),
        })
    }

    /// The same for a reader, which may lack permission to write the file or the store: it is locked
    /// without writing. If it does not exist or cannot be read, or the store cannot be written, writers
    /// are not excluded, and a message says so.
    pub async fn acquire_to_read(&self, messages: &Messages) -> Result<Option<WriterLock>> {
        let not_excluded = || {
            messages.say(
                "this user cannot lock the store: this fails if a build ends meanwhile, without harm",
            );
        };
        let (file, writer) = match self.lock(messages).await {
            Ok(locked) => locked,
            Err(refused) if !is_for_want_of_rights(&refused) => return Err(refused),
            Err(_) => match File::open(&self.path) {
                Ok(file) => wait(file, messages).await?,
                Err(_) => {
                    not_excluded();
                    return Ok(None);
                }
            },
        };
        let lease = match self.lease(writer, messages).await {
            Ok(lease) => Some(lease),
            Err(error) => {
                tracing::debug!(%error, "no writer lease");
                not_excluded();
                None
            }
        };
        Ok(Some(WriterLock { _file: file, lease }))
    }

    async fn lock(&self, messages: &Messages) -> Result<(File, u32)> {
        let doing = || format!("cannot lock `{}`", self.path.display());
        let file = open(&self.path).with_context(doing)?;
        wait(file, messages).await.with_context(doing)
    }

    async fn lease(&self, writer: u32, messages: &Messages) -> Result<Lease> {
        // Before anything is written: a foreign folder must not become a store.
        self.landing.claim().await?;
        let host = host();
        let holder = Holder {
            // One process at a time has the lock of this folder: the lease of an earlier one that was
            // killed need not expire. The machine, because a folder can be copied to another one.
            id: format!("{writer:08x}@{}", machine()),
            name: format!("process {} on {host}", std::process::id()),
        };
        let (store, clock) = (self.landing.store().clone(), Arc::new(SystemClock));
        // Sealed: a token must not come back after a power cut.
        let leases = Leases::new(store, LEASES.into(), holder, self.length, clock)
            .durable(landing::sealed(PutMode::Create));
        let waiting = |taken: &lease::Taken| {
            let seconds = taken.free_in.as_secs_f64().ceil();
            messages.say(&format!(
                "another instance is writing in this store ({}); waiting for it to end, or for {seconds} s if it is gone",
                taken.by
            ));
        };
        let held = leases.wait(WRITER, &waiting).await?;
        self.warehouse.set_writer(writer);
        self.warehouse.set_lease(Some(held.clone()));
        Ok(Lease {
            renewals: tokio::spawn(held.keep()),
            held,
            warehouse: self.warehouse.clone(),
        })
    }
}

fn is_for_want_of_rights(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            )
        })
    })
}

/// The name of this machine, if the system says it.
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok());
    let name = name.as_deref().map(str::trim);
    name.filter(|name| !name.is_empty())
        .unwrap_or("an unnamed host")
        .to_owned()
}

/// This machine since it started. Names of hosts are not unique, and two copies of a machine have the
/// same: what tells them apart is the number that each draws when it starts.
pub fn machine() -> String {
    let started = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    match started.as_deref().map(str::trim) {
        Ok(started) if !started.is_empty() => format!("{}/{started}", host()),
        _ => host(),
    }
}

/// Held by the one scheduler of a state folder that takes over at once what an earlier one ran.
#[derive(Debug)]
pub struct SchedulerLock {
    _file: File,
}

impl SchedulerLock {
    /// The lock; `None` where another process has it.
    pub fn try_acquire(state_folder: &Path) -> Result<Option<Self>> {
        let path = state_folder.join("scheduler.lock");
        let doing = || format!("cannot lock `{}`", path.display());
        let file = open(&path).with_context(doing)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).with_context(doing),
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

async fn wait(file: File, messages: &Messages) -> Result<(File, u32)> {
    let waiting = "another process is building; waiting for it to end";
    let file = turn(file, waiting, messages).await?;
    let writer = number(&file)?;
    Ok((file, writer))
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
