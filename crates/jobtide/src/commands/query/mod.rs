//! `jobtide query`: a person's SQL, in a process of its own.
//!
//! The engine's memory pool does not see everything (one call of `repeat` can ask for gigabytes),
//! and a plan may not yield in time. So this process starts itself once more as the [`worker`], which
//! limits itself before it reads the SQL and ends itself: at its deadline, and when this process is
//! gone, however that came about.

pub mod worker;

use std::ffi::OsString;
use std::io::{Write as _, stderr};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use tokio::io::AsyncReadExt as _;

use crate::config::Settings;
use crate::exit::{Failed, Failure};

/// What the kernel sends when `RLIMIT_CPU` is used up; the same number wherever this program runs.
const SIGXCPU: i32 = 24;

/// Starts the worker and waits for it.
pub async fn run(settings: &Settings) -> Result<()> {
    let program = std::env::current_exe().context("cannot find this program's file")?;
    let mut worker = tokio::process::Command::new(program);
    worker
        .args(worker_arguments())
        // One arena of the allocator: every further one reserves 64 MB of the address space.
        .env("MALLOC_ARENA_MAX", "1")
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut worker = worker.spawn().context("cannot start the query's process")?;
    let mut errors = worker.stderr.take().context("the query's messages")?;
    let mut text = String::new();
    errors
        .read_to_string(&mut text)
        .await
        .context("the query's messages")?;
    let status = worker.wait().await.context("the query's process")?;
    if status.code() == Some(worker::TIME_IS_UP) || status.signal() == Some(SIGXCPU) {
        return Err(limited(format!(
            "the query took longer than {} s and was ended\nhint: narrow it down, or raise `query.seconds`",
            settings.query.seconds
        )));
    }
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

/// This process's arguments, and whose worker it is: before a `--`, after which nothing is an option.
fn worker_arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let end = arguments.iter().position(|argument| argument == "--");
    let own_id = format!("--worker={}", std::process::id());
    arguments.insert(end.unwrap_or(arguments.len()), own_id.into());
    arguments
}

fn limited(message: String) -> anyhow::Error {
    let failure = Failure::QueryRefused;
    Failed { failure, message }.into()
}
