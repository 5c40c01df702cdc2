//! The process that a query runs in, seen from outside: how it is started and what its end means.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context as _, Result};
use tokio::process::{Child, Command};

use super::{limited, worker};
use crate::config;

/// What the kernel sends when `RLIMIT_CPU` is used up; the same number wherever this program runs.
const SIGXCPU: i32 = 24;

/// What the kernel sends to a process whose stack is used up.
const SIGSEGV: i32 = 11;

/// Starts this program once more. It ends when the handle is dropped, and when this process does.
pub fn start<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
    environment: impl IntoIterator<Item = (&'static str, String)>,
    stdin: Stdio,
    stdout: Stdio,
) -> Result<Child> {
    Command::new(program()?)
        .args(arguments)
        .envs(environment)
        // One arena of the allocator: every further one reserves 64 MB of the address space.
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the query's process")
}

/// This program's file. Where the system has a name for it that outlives a replacement of the file,
/// by that name: a server goes on while a newer version is installed.
fn program() -> Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        return Ok(running);
    }
    std::env::current_exe().context("cannot find this program's file")
}

/// Why a process ended that was ended at its limits; nothing when it ended by itself. `messages` is
/// what it wrote to stderr.
pub fn limit_reached(
    status: ExitStatus,
    messages: &str,
    limits: &config::Query,
) -> Option<anyhow::Error> {
    if status.code() == Some(worker::TIME_IS_UP) || status.signal() == Some(SIGXCPU) {
        return Some(limited(format!(
            "the query took longer than {} s and was ended\nhint: narrow it down, or raise `query.seconds`",
            limits.seconds
        )));
    }
    if status.signal() == Some(SIGSEGV) {
        return Some(limited(
            "the query is nested too deeply and was ended\nhint: write it with fewer operators or branches in one another".to_owned(),
        ));
    }
    if status.code().is_none() || messages.contains("memory allocation of") {
        return Some(limited(format!(
            "the query needed more than its {} MB of memory and was ended\nhint: narrow it down, or raise `query.memory_mb`",
            limits.memory_mb,
        )));
    }
    None
}
