//! One file per command; each `run` reads top to bottom.

pub mod airflow;
pub mod backup;
pub mod build;
pub mod builds;
pub mod check;
pub mod dags;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod init;
pub mod land;
pub mod openapi;
pub mod purge;
pub mod quarantine;
pub mod query;
pub mod restore;
pub mod run;
pub mod runs;
pub mod serve;
pub mod simulate;
pub mod status;
pub mod task;
pub mod unland;
pub mod up;

use std::path::Path;

use anyhow::Result;

use crate::app::App;
use crate::cli::{Cli, Command};
use crate::config::Settings;
use crate::messages::{Messages, tell_damaged_records};

/// Opens what the command needs and calls it. If the store's folder did not exist and nothing was
/// written, it is removed again: a mistyped name leaves no folder.
pub async fn run(cli: Cli, settings: Settings) -> Result<()> {
    let absent = backup::local(&settings.storage.url).filter(|folder| !folder.exists());
    let done = open_and_call(cli, settings).await;
    if let Some(folder) = absent {
        // Fails unless the folder is empty.
        std::fs::remove_dir(folder).ok();
    }
    done
}

async fn open_and_call(cli: Cli, settings: Settings) -> Result<()> {
    let messages = Messages::new(cli.quiet, cli.log_format);
    match &cli.command {
        Command::Demo(args) => return demo::run(settings, args, &messages).await,
        Command::Init(args) => return init::run(args, &messages),
        Command::Openapi => return openapi::run(),
        Command::Simulate(args) => return simulate::run(args, &messages).await,
        Command::Doctor(args) => return doctor::run(settings, args).await,
        Command::Query(args) => {
            return match args.worker {
                None => query::run(&settings).await,
                Some(outer) => crate::queries::worker::run(settings, args, outer).await,
            };
        }
        _ => {}
    }
    let app = App::open(settings)?;
    let done = on_store(&app, &cli.command, cli.config.as_deref(), &messages).await;
    tell_damaged_records(&app.warehouse);
    done
}

async fn on_store(
    app: &App,
    command: &Command,
    config: Option<&Path>,
    messages: &Messages,
) -> Result<()> {
    // A foreign folder is refused before anything in it is read or written; an empty one may become
    // a store.
    app.landing.is_store().await?;
    match command {
        Command::Serve(args) => serve::run(app, args, messages).await,
        Command::Up(args) => up::run(app, args, messages).await,
        Command::Land(args) => land::run(app, args, messages).await,
        Command::Unland(args) => unland::run(app, args, messages).await,
        Command::Run(args) => run::run(app, args, messages).await,
        Command::Task(args) => task::run(app, args, messages).await,
        Command::Airflow(args) => airflow::run(app, args, config, messages),
        Command::Dags(args) => dags::run(app, args, messages).await,
        Command::Runs(args) => runs::run(app, args, messages).await,
        Command::Build(args) => build::run(app, args, messages).await,
        Command::Export(args) => export::run(app, args, messages).await,
        Command::Status(args) => status::run(app, args).await,
        Command::Builds(args) => builds::run(app, args, messages).await,
        Command::Quarantine(args) => quarantine::run(app, args, messages).await,
        Command::Purge(args) => purge::run(app, args, messages).await,
        Command::Backup(args) => backup::run(app, args, messages).await,
        Command::Restore(args) => restore::run(app, args, messages).await,
        Command::Check(args) => check::run(app, args, messages).await,
        Command::Demo(_)
        | Command::Doctor(_)
        | Command::Init(_)
        | Command::Openapi
        | Command::Query(_)
        | Command::Simulate(_) => Ok(()),
    }
}
