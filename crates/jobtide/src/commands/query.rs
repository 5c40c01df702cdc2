//! `jobtide query`: user SQL, in a child process (see [`crate::queries`]).

use std::ffi::OsString;
use std::io::{Write as _, stderr};
use std::process::Stdio;

use anyhow::{Context as _, Result};
use tokio::io::AsyncReadExt as _;

use crate::config::Settings;
use crate::queries::{limited, own_worker, process};

/// Starts the worker and waits for it.
pub async fn run(settings: &Settings) -> Result<()> {
    let mut worker = process::start(
        settings,
        worker_arguments(),
        [],
        Stdio::inherit(),
        Stdio::inherit(),
    )?;
    let mut errors = worker.stderr.take().context("the query's messages")?;
    let mut text = String::new();
    errors
        .read_to_string(&mut text)
        .await
        .context("the query's messages")?;
    let status = worker.wait().await.context("the query's process")?;
    if let Some(limit) = process::limit_reached(status, &text) {
        let (message, hint) = (limit.message(settings), limit.hint(settings));
        return Err(limited(format!("{message}\nhint: {hint}")));
    }
    // The worker's own lines, in the requested format.
    stderr().write_all(text.as_bytes()).ok();
    match status.code() {
        Some(0) => Ok(()),
        // The worker has reported why.
        code => std::process::exit(code.unwrap_or(1)),
    }
}

/// This process's arguments, and the option that marks the worker: before a `--`, after which
/// nothing is an option.
fn worker_arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let end = arguments.iter().position(|argument| argument == "--");
    arguments.insert(end.unwrap_or(arguments.len()), own_worker().into());
    arguments
}
