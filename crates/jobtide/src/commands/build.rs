//! `jobtide build`

use anyhow::Result;
use warehouse::build::BuildRequest;

use crate::app::App;
use crate::cli;
use crate::messages::Messages;

/// Builds and publishes, telling what happens.
pub async fn run(app: &App, args: &cli::Build, messages: &Messages) -> Result<()> {
    let _lock = app.writer_lock().acquire(messages).await?;
    let request = BuildRequest { full: args.full };
    let report = app
        .warehouse
        .build(request, app.now(), &|event| messages.build_event(&event))
        .await?;
    messages.build_report(&report);
    Ok(())
}
