//! `jobtide check`

use std::io::{Write as _, stdout};

use anyhow::Result;
use warehouse::check::Finding;
use warehouse::{Level, escaped};

use crate::app::App;
use crate::cli;
use crate::exit::{Failed, Failure};
use crate::messages::Messages;

/// Runs every check on the published build, or on an earlier one, and prints the findings.
pub async fn run(app: &App, args: &cli::Check, messages: &Messages) -> Result<()> {
    let builds = app.warehouse.builds();
    let record = match args.build {
        Some(build) => builds.build(build).await?,
        None => builds
            .published()
            .await?
            .ok_or(warehouse::Error::NothingPublished)?,
    };
    let findings = app.warehouse.check(&record).await?;
    let mut out = stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&findings)?)?;
    } else {
        for finding in &findings {
            print(&mut out, finding)?;
        }
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .count();
    let summary = format!(
        "build {}: {errors} errors, {} warnings",
        record.build,
        findings.len() - errors
    );
    if errors == 0 {
        messages.say(&summary);
        return Ok(());
    }
    Err(Failed {
        failure: Failure::ChecksFailed,
        message: format!(
            "{summary}\nhint: the rows show what to correct, or which check to correct in `pipeline/checks/`; `jobtide build --full` reads everything again"
        ),
    }
    .into())
}

fn print(out: &mut impl std::io::Write, finding: &Finding) -> Result<()> {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    writeln!(
        out,
        "{level}: {} ({} rows): {}",
        finding.check, finding.rows, finding.what
    )?;
    for row in &finding.evidence {
        writeln!(out, "  {}", escaped(&row.to_string()))?;
    }
    Ok(())
}
