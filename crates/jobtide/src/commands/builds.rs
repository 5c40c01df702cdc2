//! `jobtide builds`

use std::io::{Write as _, stdout};

use anyhow::Result;

use crate::app::App;
use crate::messages::Messages;
use crate::{cli, times};

/// Lists the kept builds, or rolls back to one.
pub async fn run(app: &App, args: &cli::Builds, messages: &Messages) -> Result<()> {
    if let Some(cli::BuildsAction::Rollback { build }) = args.action {
        let lock = app.writer_lock().acquire(messages).await?;
        let record = app.warehouse.rollback(build, app.now()).await;
        lock.release().await;
        let record = record?;
        messages.say(&format!("build {} is published again", record.build));
        return Ok(());
    }
    let mut out = stdout();
    let records = app.warehouse.builds().sound().await?;
    let Some(published) = records.last().map(|record| record.build) else {
        return Err(warehouse::Error::NothingPublished.into());
    };
    writeln!(
        out,
        "build  built                 postings  tables  warnings"
    )?;
    let mut listed = std::collections::BTreeSet::new();
    for record in records.iter().rev() {
        if !listed.insert(record.build) {
            continue;
        }
        writeln!(
            out,
            "{:>5}  {}  {:>8}  {:>6}  {:>8}{}",
            record.build,
            times::time(record.built_at),
            record.postings,
            record.tables.len(),
            record.warnings.len(),
            if record.build == published {
                "  published"
            } else {
                ""
            }
        )?;
    }
    Ok(())
}
