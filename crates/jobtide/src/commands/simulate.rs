//! `jobtide simulate`

use anyhow::{Context as _, Result};
use clap::Subcommand;
use orchestrator::CancellationToken;

use crate::messages::Messages;

/// The end of the command's help.
pub const EXAMPLES: &str = "Examples:
  jobtide simulate saramin
  jobtide simulate saramin --port 9000 --faults 0.2";

/// The sources that can be simulated.
#[derive(Debug, Subcommand)]
pub enum Simulate {
    /// The Saramin job-search API with generated postings
    Saramin(simulator::args::SimulateArgs),
}

/// Serves a simulated source until the process is asked to stop.
pub async fn run(args: &Simulate, messages: &Messages) -> Result<()> {
    match args {
        Simulate::Saramin(args) => {
            let say = |line: &str| messages.say(line);
            let stop = CancellationToken::new();
            orchestrator::cancel_on_signals(stop.clone()).context("cannot listen for ctrl-c")?;
            simulator::args::run(args.clone(), stop.cancelled_owned(), &say).await?;
            Ok(())
        }
    }
}
