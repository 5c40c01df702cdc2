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
        .block_on(run(cli, settings))
}

async fn run(cli: Cli, settings: config::Settings) -> Result<()> {
    let messages = messages::Messages::new(cli.quiet);
    match &cli.command {
        Command::Demo(args) => return commands::demo::run(settings, args, &messages).await,
        Command::Init(args) => return commands::init::run(args),
        Command::Openapi => return commands::openapi::run(),
        Command::Simulate(args) => return commands::simulate::run(args).await,
        Command::Query(args) if !args.worker => return commands::query::run(&settings).await,
        _ => {}
    }
    let app = app::App::open(settings)?;
    match &cli.command {
        Command::Serve(args) => commands::serve::run(&app, args, &messages).await,
        Command::Up(args) => commands::up::run(&app, args, &messages).await,
        Command::Land(args) => commands::land::run(&app, args, &messages).await,
        Command::Run(args) => commands::run::run(&app, args, &messages).await,
        Command::Build(args) => commands::build::run(&app, args, &messages).await,
        Command::Query(args) => commands::query::run_worker(&app, args).await,
        Command::Export(args) => commands::export::run(&app, args, &messages).await,
        Command::Status(args) => commands::status::run(&app, args).await,
        Command::Builds(args) => commands::builds::run(&app, args, &messages).await,
        Command::Quarantine(args) => commands::quarantine::run(&app, args, &messages).await,
        Command::Demo(_) | Command::Init(_) | Command::Openapi | Command::Simulate(_) => Ok(()),
    }
}
