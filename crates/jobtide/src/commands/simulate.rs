//! `jobtide simulate`

use anyhow::Result;

use crate::cli;
use crate::commands::serve::stop_signal;

/// Serves a made-up source until the process is told to stop.
pub async fn run(args: &cli::Simulate) -> Result<()> {
    match args {
        cli::Simulate::Saramin(args) => {
            simulator::args::run(args.clone(), stop_signal()).await?;
            Ok(())
        }
    }
}
