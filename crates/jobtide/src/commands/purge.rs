//! `jobtide purge`

use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result};
use warehouse::purge::{Holdings, Posting, TakeDownReport};

use crate::app::App;
use crate::cli;
use crate::messages::{Messages, tell};
use crate::progress::Progress;
use crate::tasks::built::Built;

/// Damaged files that are named individually.
const NAMED: usize = 5;

/// Takes a posting down everywhere; without one, removes new copies of postings that were taken
/// down before.
pub async fn run(app: &App, args: &cli::Purge, messages: &Messages) -> Result<()> {
    let posting = match &args.posting {
        Some(text) => Some(app.warehouse.posting(text).await?),
        None => None,
    };
    if args.dry_run {
        let holdings = app.warehouse.holdings(posting.as_ref()).await?;
        writeln!(stdout(), "{}", found(&holdings))?;
        return Ok(());
    }
    // Before anything is written: a foreign folder must not become a store.
    app.landing.claim().await?;
    let lock = app.writer_lock().acquire(messages).await?;
    let taken = take_down(app, args, posting.as_ref(), messages).await;
    lock.release().await;
    if let Some(report) = taken? {
        tell_report(&report, messages);
    }
    Ok(())
}

/// Takes down under the lock; `None` if there is nothing to do.
async fn take_down(
    app: &App,
    args: &cli::Purge,
    posting: Option<&Posting>,
    messages: &Messages,
) -> Result<Option<TakeDownReport>> {
    if posting.is_none() {
        let holdings = app.warehouse.holdings(None).await?;
        // A take-down searches windows left by a crash depending on their age.
        if holdings.bodies == 0 && holdings.unfinished == 0 {
            messages.say("nothing that was taken down was collected again");
            tell_damaged(&holdings);
            return Ok(None);
        }
    }
    let reason = args.reason.as_deref().context("`--reason` is missing")?;
    let progress = Progress::begin(app, messages);
    let taken = app
        .warehouse
        .take_down(posting, reason, app.now(), &|event| {
            progress.building(&event);
        })
        .await;
    progress.end();
    let report = taken.context(
        "the take-down is not complete: correct the following, then run the same command again",
    )?;
    Ok(Some(report))
}

fn found(holdings: &Holdings) -> String {
    format!(
        "the landing holds {} records of it in {} bodies of {} windows",
        holdings.records,
        holdings.bodies,
        holdings.windows()
    )
}

fn tell_report(report: &TakeDownReport, messages: &Messages) {
    let holdings = &report.holdings;
    if let Some(build) = &report.build {
        Built::from(build).tell(messages);
    }
    messages.say(&format!(
        "removed from the landing: {} records in {} bodies of {} windows",
        holdings.records,
        holdings.bodies,
        holdings.windows()
    ));
    tell_damaged(holdings);
    if holdings.unreadable > 0 {
        tell(&format!(
            "warning: {} of the bodies could not be read and mentioned the posting: they were emptied",
            holdings.unreadable
        ));
    }
    if !report.forgotten.is_empty() {
        let builds: Vec<String> = report.forgotten.iter().map(u64::to_string).collect();
        messages.say(&format!(
            "builds that held it were removed: {}",
            builds.join(", ")
        ));
    }
    if holdings.unfinished > 0 {
        tell(&format!(
            "warning: {} windows are being written, or were left by a crash within the last day; they were not searched\nhint: run `jobtide purge --reason …` without a posting tomorrow",
            holdings.unfinished
        ));
    }
    messages.say("backups and exports made earlier may still hold it");
}

fn tell_damaged(holdings: &Holdings) {
    for file in holdings.damaged.iter().take(NAMED) {
        tell(&format!(
            "warning: `{file}` is damaged, so it is unknown whether it holds the posting\nhint: restore it from a backup and run the same command again, or move its window's folder out of the store"
        ));
    }
    if holdings.damaged.len() > NAMED {
        let more = holdings.damaged.len() - NAMED;
        tell(&format!("warning: {more} more files are damaged"));
    }
}
