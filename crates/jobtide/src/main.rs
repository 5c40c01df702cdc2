//! `jobtide`: parses the arguments and runs the command.

mod airflow;
mod app;
mod cli;
mod collecting;
mod commands;
mod config;
mod dags;
mod embedded;
mod exit;
mod lock;
mod logs;
mod making;
mod messages;
mod nothing_new;
mod progress;
mod queries;
mod run_logs;
mod sources;
mod tasks;
#[cfg(test)]
mod tests;
mod times;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    logs::start(cli.quiet, cli.log_format);
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}

fn start(cli: Cli) -> Result<()> {
    let file = match (&cli.config, &cli.command) {
        (Some(file), _) => Some(file.clone()),
        // The demo uses the defaults, regardless of files in the folder.
        (None, Command::Demo(_)) => None,
        (None, _) => config::file_here(),
    };
    let settings = config::Settings::load(file.as_deref(), std::env::vars())?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Command::Query(cli::Query {
        worker: Some(_), ..
    }) = &cli.command
    {
        queries::worker::bound_threads(&mut runtime);
    }
    runtime
        .enable_all()
        .build()?
        .block_on(commands::run(cli, settings))
}
