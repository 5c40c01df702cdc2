//! `jobtide`: parse, open what the command needs, call it.

mod app;
mod cli;
mod collecting;
mod commands;
mod config;
mod dags;
mod embedded;
mod exit;
mod http;
mod lock;
mod logs;
mod messages;
mod progress;
mod schedule;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    logs::start(&cli);
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}

fn start(cli: Cli) -> Result<()> {
    let settings = config::Settings::load(cli.config.as_deref(), std::env::vars())?;
    if let Command::Query(cli::Query { worker: true, .. }) = &cli.command {
        commands::query::limit_memory(&settings)?;
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(commands::run(cli, settings))
}
