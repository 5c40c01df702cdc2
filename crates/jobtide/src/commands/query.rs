//! `jobtide query`: a person's SQL, in a process of its own.
//!
//! The engine's memory pool does not see everything (one call of `repeat` can ask for gigabytes),
//! and a plan may not yield in time. So the outer process starts itself once more as the worker,
//! whose address space is limited and which is ended at its deadline.

use std::io::{BufWriter, Read as _, Write as _, stderr, stdout};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::AsyncReadExt as _;

use crate::app::App;
use crate::cli;
use crate::config::Settings;
use crate::exit::{Failed, Failure};
use crate::messages::tell;

/// Address space beyond the configured memory: thread stacks and the allocator's reserves, which
/// count although nothing is stored there.
const RESERVED_BYTES: u64 = 512 << 20;

/// Starts the worker and waits for it.
pub async fn run(settings: &Settings) -> Result<()> {
    let program = std::env::current_exe().context("cannot find this program's file")?;
    let mut worker = tokio::process::Command::new(program);
    worker
        .args(std::env::args_os().skip(1))
        .arg("--worker")
        // Fewer reserves of the allocator: they would eat the address space.
        .env("MALLOC_ARENA_MAX", "2")
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut worker = worker.spawn().context("cannot start the query's process")?;
    let mut errors = worker.stderr.take().context("the query's messages")?;
    let deadline = Duration::from_secs(settings.query.seconds);
    let finished = tokio::time::timeout(deadline, async {
        let mut text = String::new();
        errors.read_to_string(&mut text).await?;
        Ok::<_, std::io::Error>((worker.wait().await?, text))
    })
    .await;
    let (status, text) = match finished {
        Ok(finished) => finished.context("the query's process")?,
        Err(_) => {
            worker.kill().await.ok();
            return Err(limited(format!(
                "the query took longer than {} s and was ended\nhint: narrow it down, or raise `query.seconds`",
                settings.query.seconds
            )));
        }
    };
    if status.code().is_none() || text.contains("memory allocation of") {
        return Err(limited(format!(
            "the query needed more than its {} MB of memory and was ended\nhint: narrow it down, or raise `query.memory_mb`",
            settings.query.memory_mb,
        )));
    }
    // The worker's own lines, in the format that was asked for.
    stderr().write_all(text.as_bytes()).ok();
    match status.code() {
        Some(0) => Ok(()),
        // The worker has told why.
        code => std::process::exit(code.unwrap_or(1)),
    }
}

fn limited(message: String) -> anyhow::Error {
    let failure = Failure::QueryRefused;
    Failed { failure, message }.into()
}

/// Limits this process before the engine starts; called first in the worker.
pub fn limit_memory(settings: &Settings) -> Result<()> {
    let mapped = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
        .map_or(0, |pages| pages * 4096);
    let bytes = mapped + (settings.query.memory_mb << 20) + RESERVED_BYTES;
    rlimit::setrlimit(rlimit::Resource::AS, bytes, bytes)
        .context("cannot limit the memory of the query's process")
}

/// Runs the query in this process.
pub async fn run_worker(app: &App, args: &cli::Query) -> Result<()> {
    let sql = match args.sql.as_str() {
        "-" => {
            let mut sql = String::new();
            std::io::stdin()
                .read_to_string(&mut sql)
                .context("cannot read the query from stdin")?;
            sql
        }
        sql => sql.to_owned(),
    };
    let builds = app.warehouse.builds();
    let record = match args.build {
        Some(build) => builds.build(build).await?,
        None => builds
            .published()
            .await?
            .ok_or(warehouse::Error::NothingPublished)?,
    };
    let rows = match app.warehouse.query(&record, &sql, args.limit).await {
        Ok(rows) => rows,
        Err(error @ warehouse::Error::Query(_)) => return Err(limited(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let mut out = BufWriter::new(stdout());
    rows.write(args.format.into(), &mut out)?;
    out.flush().context("cannot write the result")?;
    if rows.cut {
        tell(&format!(
            "warning: cut after {} rows\nhint: --limit sets another number",
            args.limit
        ));
    }
    Ok(())
}
