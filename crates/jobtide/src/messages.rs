//! What the program tells people while it works: on stderr, and only when wanted.

use warehouse::build::{BuildEvent, BuildReport, How};

use crate::logs::SAID;

/// Says a line on stderr, in the format of the log. Its first word is for people; programs read the
/// level. Nobody listening is no reason to fail.
pub fn tell(line: &str) {
    if line.is_empty() {
        return;
    }
    if line.starts_with("error: ") {
        tracing::error!(target: SAID, "{line}");
    } else if line.starts_with("warning: ") {
        tracing::warn!(target: SAID, "{line}");
    } else {
        tracing::info!(target: SAID, "{line}");
    }
}

/// Whether and how progress is told.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    quiet: bool,
}

impl Messages {
    /// Messages, or none when `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Whether only failures are told.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// One line for the person.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            tell(line);
        }
    }

    /// A step of a build.
    pub fn build_event(&self, event: &BuildEvent) {
        match event {
            BuildEvent::Staging { windows } => {
                tracing::info!(windows, "reading new windows");
            }
            BuildEvent::Table { name, rows, how } => {
                let how = match how {
                    How::Unchanged => "unchanged",
                    How::Updated => "updated",
                    How::Rebuilt => "rebuilt",
                };
                tracing::debug!(table = %name, rows, how, "table is ready");
            }
            BuildEvent::Checking { checks } => tracing::debug!(checks, "checking"),
            BuildEvent::Published { build } => tracing::info!(build, "published"),
        }
    }

    /// What a build came to: each finding once, in words.
    pub fn build_report(&self, report: &BuildReport) {
        for change in &report.schema_changes {
            tell(&format!("warning: the source's records changed: {change}"));
        }
        if report.quarantined > 0 {
            tell(&format!(
                "warning: {} records could not be read; `jobtide quarantine` lists them",
                report.quarantined
            ));
        }
        for finding in &report.record.warnings {
            if report.published {
                self.say(&format!(
                    "warning: {} ({} rows): {}",
                    finding.check, finding.rows, finding.what
                ));
            }
        }
        let record = &report.record;
        if report.published {
            self.say(&format!(
                "build {} is published: {} postings, {} tables, from {} new windows with {} records",
                record.build,
                record.postings,
                record.tables.len(),
                report.new_windows,
                report.new_rows
            ));
        } else {
            self.say(&format!(
                "nothing changed: build {} stays published",
                record.build
            ));
        }
    }
}
