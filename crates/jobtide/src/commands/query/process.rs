//! The process that a query runs in, seen from outside: how it is started and what its end means.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context as _, Result};
use tokio::process::{Child, Command};

use super::worker;
use crate::config::Settings;

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

/// A limit that a query was ended at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Its time.
    Time,
    /// The memory of its process.
    Memory,
    /// What the engine may hold.
    EngineMemory,
    /// The stack, which deeply nested expressions use up.
    Nesting,
}

/// The limit that a process was ended at; nothing when it ended by itself. `messages` is what it wrote
/// to stderr.
pub fn limit_reached(status: ExitStatus, messages: &str) -> Option<Limit> {
    if status.code() == Some(worker::TIME_IS_UP) || status.signal() == Some(SIGXCPU) {
        return Some(Limit::Time);
    }
    if status.code() == Some(worker::ENGINE_IS_FULL) {
        return Some(Limit::EngineMemory);
    }
    if status.signal() == Some(SIGSEGV) || messages.contains("has overflowed its stack") {
        return Some(Limit::Nesting);
    }
    let failed = status.code().is_none() || messages.contains("memory allocation of");
    failed.then_some(Limit::Memory)
}

impl Limit {
    /// What happened.
    pub fn message(self, settings: &Settings) -> String {
        match self {
            Self::Time => format!(
                "the query took longer than {} s and was ended",
                settings.query.seconds
            ),
            Self::Memory => format!(
                "the query needed more than its {} MB of memory and was ended",
                settings.query.memory_mb
            ),
            Self::EngineMemory => {
                let held_mb = worker::engine_memory_mb(settings) as usize;
                warehouse::Error::QueryMemory(held_mb).to_string()
            }
            Self::Nesting => "the query is nested too deeply and was ended".to_owned(),
        }
    }

    /// The next step for who runs the program and sets its limits.
    pub fn hint(self, settings: &Settings) -> String {
        let setting = match self {
            Self::Time => "query.seconds",
            Self::Memory => "query.memory_mb",
            Self::EngineMemory => {
                match worker::engine_memory_mb(settings) < settings.query.memory_mb {
                    true => "engine.memory_mb",
                    false => "query.memory_mb",
                }
            }
            Self::Nesting => return NEST_LESS.to_owned(),
        };
        format!("narrow it down, or raise `{setting}`")
    }

    /// The next step for who only asks.
    pub fn visitors_hint(self) -> &'static str {
        match self {
            Self::Time => {
                "narrow it down: fewer rows before joins and sorts; the limit is set by who runs this server"
            }
            Self::Memory | Self::EngineMemory => {
                "narrow it down: join, sort or group fewer rows, and choose fewer columns; the limit is set by who runs this server"
            }
            Self::Nesting => NEST_LESS,
        }
    }
}

const NEST_LESS: &str = "write it with fewer operators or branches in one another";
