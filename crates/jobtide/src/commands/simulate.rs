//! `jobtide simulate`

use anyhow::Result;

use crate::cli;
use crate::commands::serve::stop_signal;
use crate::messages::Messages;

/// Serves a made-up source until the process is told to stop.
pub async fn run(args: &cli::Simulate, messages: &Messages) -> Result<()> {
    match args {
        cli::Simulate::Saramin(args) => {
            let say = |line: &str| messages.say(line);
            simulator::args::run(args.clone(), stop_signal(), &say).await?;
            Ok(())
        }
    }
}
