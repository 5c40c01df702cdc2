//! `jobtide quarantine`

use std::io::stdout;

use anyhow::Result;
use warehouse::build::BuildRequest;
use warehouse::query::Format;

use crate::app::App;
use crate::cli;
use crate::messages::Messages;
use crate::progress::Progress;
use crate::tasks::built::Built;

/// Maximum number of listed records.
const LISTED: usize = 1_000;

/// Lists what could not be read, or reads everything landed again.
pub async fn run(app: &App, args: &cli::Quarantine, messages: &Messages) -> Result<()> {
    if let Some(cli::QuarantineAction::Replay) = args.action {
        let lock = app.writer_lock().acquire(messages).await?;
        let progress = Progress::begin(app, messages);
        let built = app
            .warehouse
            .build(BuildRequest { full: true }, app.now(), &|event| {
                progress.building(&event);
            })
            .await;
        progress.end();
        lock.release().await;
        let report = built?;
        Built::from(&report).tell(messages);
        return Ok(());
    }
    let record = app
        .warehouse
        .builds()
        .published()
        .await?
        .ok_or(warehouse::Error::NothingPublished)?;
    let rows = app
        .warehouse
        .query(
            &record,
            "select landing_path, landing_row, reason, substr(payload, 1, 200) as payload
             from staging.quarantine order by collected_at desc, landing_path, landing_row",
            LISTED,
        )
        .await?;
    if rows.is_empty() {
        messages.say("nothing is in quarantine");
        return Ok(());
    }
    rows.write(Format::Table, &mut stdout())?;
    Ok(())
}
