//! The process that runs user SQL, within limits that do not depend on the parent.
//!
//! The limits are set before the SQL is read: address space and CPU time by the kernel, wall-clock
//! time and the life of the parent process by a watchdog thread. A thread, because a plan that does
//! not yield starves every task of the runtime; in this process, because no other can end it when
//! the parent was killed.
//!
//! Writing the result is limited too: in bytes before compression, and in CPU time, so that a user
//! may read slowly. The server reads immediately: for it the wall-clock limit includes writing.

use std::io::{self, BufWriter, Read as _, Write, stdout};
use std::os::unix::process::parent_id;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rlimit::Resource;
use warehouse::EngineLimits;

use super::limited;
use super::summary::Summary;
use crate::app::App;
use crate::cli;
use crate::config::Settings;
use crate::messages::{tell, tell_damaged_records};

/// Exit code of a worker whose time is up; the parent turns it into a message.
pub const TIME_IS_UP: i32 = 124;

/// Exit code of a worker whose engine ran out of memory; the parent turns this into a message too.
pub const ENGINE_IS_FULL: i32 = 125;

/// Exit code of a worker whose result is too large.
pub const RESULT_IS_FULL: i32 = 126;

/// Bytes of a result for the server before compression. Compressed it may be far smaller, and the
/// server limits it again.
pub const MOST_SERVED_BYTES: u64 = 128 << 20;

/// Compute threads, and as many blocking threads for file reads: each stack takes address space,
/// and each partition of a plan has its own buffers.
const MOST_THREADS: usize = 8;

/// Stack of a thread of the runtime.
const STACK_BYTES: u64 = 2 << 20;

/// Address space beyond the configured memory and the stacks of threads still to come: the main
/// thread's stack as it grows, and the allocator's rounding.
const RESERVED_BYTES: u64 = 16 << 20;

/// Polling interval of the watchdog thread.
const PACE: Duration = Duration::from_millis(50);

/// CPU time for startup and shutdown in addition to the query.
const SPARE_CPU_SECONDS: u64 = 5;

/// Bounds the threads of the worker's runtime.
pub fn bound_threads(runtime: &mut tokio::runtime::Builder) {
    runtime
        .worker_threads(threads())
        .max_blocking_threads(threads())
        .thread_stack_size(STACK_BYTES as usize);
}

/// Runs the query and writes its result to stdout. `outer` is the parent process.
pub async fn run(settings: Settings, args: &cli::Query, outer: u32) -> Result<()> {
    let watch = Watch::start(outer)?;
    limit_memory(&settings)?;
    let sql = match args.sql.as_str() {
        "-" => {
            let mut sql = String::new();
            std::io::stdin()
                .read_to_string(&mut sql)
                .context("cannot read the query from stdin")?;
            sql[kernel::byte_order_mark_len(&sql)..].to_owned()
        }
        sql => sql.to_owned(),
    };
    let time = Duration::from_secs(settings.query.seconds);
    watch.begin(time)?;
    let most_bytes = match args.served {
        true => MOST_SERVED_BYTES,
        false => settings.query.memory_mb << 20,
    };
    let limits = engine_limits(&settings);
    // Plans and errors name files by the store's URL; a visitor is not shown this machine's folders.
    let url = match args.served {
        true => "memory:///".to_owned(),
        false => settings.storage.url.clone(),
    };
    let app = App::open_within(settings, limits, &url)?;
    let builds = app.warehouse.builds();
    let record = match (args.build, builds.published().await?) {
        (_, None) => {
            // A foreign folder must not pass for a store without builds.
            app.landing.is_store().await?;
            return Err(warehouse::Error::NothingPublished.into());
        }
        (Some(build), Some(_)) => builds.build(build).await?,
        (None, Some(record)) => record,
    };
    tell_damaged_records(&app.warehouse);
    let rows = match app.warehouse.query(&record, &sql, args.limit).await {
        Ok(rows) => rows,
        Err(warehouse::Error::QueryMemory(_)) => std::process::exit(ENGINE_IS_FULL),
        Err(error @ warehouse::Error::Query(_)) => return Err(limited(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    if !args.served {
        watch.write(time)?;
    }
    if rows.plain_bytes() > most_bytes {
        std::process::exit(RESULT_IS_FULL);
    }
    let mut out = BufWriter::new(Bounded {
        out: stdout(),
        left: most_bytes,
        failed: None,
    });
    if let Err(error) = rows.write(args.format.into(), &mut out) {
        // Some format libraries keep only the text of the error.
        if let Some(failed) = out.get_mut().failed.take() {
            return Err(failed).context("cannot write the result");
        }
        return Err(match error {
            error @ warehouse::Error::File { .. } => error.into(),
            // A value that the format does not support is an error of the query.
            error => limited(error.to_string()),
        });
    }
    out.flush().context("cannot write the result")?;
    if let Some(most) = args.summary {
        return Summary::of(&rows, most)?.tell();
    }
    if rows.cut {
        tell(&format!(
            "warning: truncated to {} rows\nhint: --limit sets another number",
            args.limit
        ));
    }
    Ok(())
}

/// Ends this process when the result exceeds its limit.
struct Bounded<W> {
    out: W,
    left: u64,
    /// The error of the last failed write.
    failed: Option<io::Error>,
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes).inspect_err(|error| {
            // An interrupted call is retried.
            if error.kind() != io::ErrorKind::Interrupted {
                self.failed = error.raw_os_error().map(io::Error::from_raw_os_error);
            }
        })?;
        match self.left.checked_sub(written as u64) {
            Some(left) => self.left = left,
            None => std::process::exit(RESULT_IS_FULL),
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Memory limit of the engine of one query.
pub fn engine_memory_mb(settings: &Settings) -> u64 {
    (settings.engine.memory_mb as u64).min(settings.query.memory_mb)
}

/// The engine of one query: its memory is within the process's limit, and it does not spill, so that
/// a killed worker leaves no files behind.
fn engine_limits(settings: &Settings) -> EngineLimits {
    let partitions = match settings.engine.partitions {
        0 => threads(),
        partitions => partitions.min(threads()),
    };
    EngineLimits {
        memory_bytes: (engine_memory_mb(settings) << 20) as usize,
        spill_bytes: 0,
        partitions,
    }
}

/// Limits the address space of this process, in addition to what is mapped already: the program
/// itself and the running threads.
fn limit_memory(settings: &Settings) -> Result<()> {
    let stacks = threads() as u64 * STACK_BYTES;
    let bytes = mapped_bytes() + (settings.query.memory_mb << 20) + stacks + RESERVED_BYTES;
    Resource::AS
        .set(bytes, bytes)
        // A process that aborts for lack of memory would leave a core file.
        .and_then(|()| Resource::CORE.set(0, 0))
        .context("cannot limit the memory of the query's process")
}

/// Address space in use; 0 where the system does not report it.
fn mapped_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:")?.split_whitespace().next());
    kilobytes
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0)
        << 10
}

fn threads() -> usize {
    processors().min(MOST_THREADS)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Ends this process when its time is up, or when its parent has exited.
struct Watch {
    deadline: Arc<Mutex<Option<Instant>>>,
}

impl Watch {
    fn start(outer: u32) -> Result<Self> {
        let deadline = Arc::<Mutex<Option<Instant>>>::default();
        let watched = deadline.clone();
        let look = move || {
            loop {
                let late = lock(&watched).is_some_and(|deadline| Instant::now() >= deadline);
                // An orphan has another parent.
                if late || parent_id() != outer {
                    std::process::exit(TIME_IS_UP);
                }
                std::thread::sleep(PACE);
            }
        };
        std::thread::Builder::new()
            .name("watch".to_owned())
            .stack_size(256 << 10)
            .spawn(look)
            .context("cannot watch the query's time")?;
        Ok(Self { deadline })
    }

    /// The query begins. The kernel limits CPU time too: it ends a process whose threads starve the
    /// watchdog.
    fn begin(&self, time: Duration) -> Result<()> {
        *lock(&self.deadline) = Some(Instant::now() + time);
        let seconds = time.as_secs().saturating_mul(processors() as u64);
        let (_, hard) = Resource::CPU.get()?;
        let soft = hard.min(seconds.saturating_add(SPARE_CPU_SECONDS));
        Resource::CPU
            .set(soft, hard)
            .context("cannot limit the time of the query's process")
    }

    /// The query is done. Reading its result may take any time; writing it may take as much CPU
    /// time as the query had wall-clock time.
    fn write(&self, time: Duration) -> Result<()> {
        *lock(&self.deadline) = None;
        let (soft, hard) = Resource::CPU.get()?;
        // Without `/proc` the limit of the query itself stays.
        let soft = used_cpu_seconds().map_or(soft, |used| {
            used.saturating_add(time.as_secs())
                .saturating_add(SPARE_CPU_SECONDS)
        });
        Resource::CPU
            .set(soft.min(hard), hard)
            .context("cannot limit the time of writing the result")
    }
}

/// CPU time used by this process, rounded up; in hundredths of a second in `/proc`.
fn used_cpu_seconds() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in brackets, may contain anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(str::parse::<u64>);
    let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
    Some((user + system).div_ceil(100))
}

// A poisoned lock only says that another thread panicked; a deadline is always consistent.
fn lock(deadline: &Mutex<Option<Instant>>) -> MutexGuard<'_, Option<Instant>> {
    deadline
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
