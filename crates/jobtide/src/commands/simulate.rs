//! `jobtide simulate`

use anyhow::{Context as _, Result};
use orchestrator::CancellationToken;

use crate::cli::simulate::Simulate;
use crate::messages::Messages;

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
