//! `jobtide build`

use anyhow::Result;
use warehouse::build::BuildRequest;

use crate::app::App;
use crate::cli;
use crate::messages::Messages;
use crate::progress::Progress;
use crate::tasks::built::Built;

/// Builds and publishes, and reports progress.
pub async fn run(app: &App, args: &cli::Build, messages: &Messages) -> Result<()> {
    let lock = app.writer_lock().acquire(messages).await?;
    let request = BuildRequest { full: args.full };
    let progress = Progress::begin(app, messages);
    let built = app
        .warehouse
        .build(request, app.now(), &|event| progress.building(&event))
        .await;
    progress.end();
    lock.release().await;
    let report = built?;
    Built::from(&report).tell(messages);
    args.nothing_new.ends(!report.published)
}
