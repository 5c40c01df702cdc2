//! The output of a build, and its words on the command line.

use orchestrator::{OUTPUT_BYTES, TaskOutput};
use serde::{Deserialize, Serialize};
use warehouse::build::BuildReport;
use warehouse::check::Finding;

use super::listed::{Listed, fitting};
use crate::messages::{Messages, UNREAD_HINT, tell};

/// What a build did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// Number of the published build; of the previous one when nothing changed.
    pub build: u64,
    /// Whether this build published anything.
    pub is_published: bool,
    /// Distinct postings received.
    pub postings: u64,
    /// Tables of the build.
    pub tables: usize,
    /// Those whose rows changed, as `schema.table`; empty where nobody looked.
    pub changed: Listed<String>,
    /// Windows read for the first time.
    pub new_windows: usize,
    /// Rows staged from them.
    pub new_rows: u64,
    /// Records of them that could not be read.
    pub quarantined: u64,
    /// Windows that were taken back since the build before.
    pub unlanded: usize,
    /// What is damaged or missing and what was done about it, one line each.
    pub damage: Listed<String>,
    /// Whether files of the landing could not be read.
    pub has_unread_files: bool,
    /// Changes of the source's records that were never seen before.
    pub schema_changes: Listed<String>,
    /// Warnings of the checks.
    pub warnings: Listed<Warning>,
}

impl TaskOutput for Built {
    const TYPE: &'static str = "built";
}

/// A check that found rows, and stops no build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub check: String,
    /// What it means.
    pub what: String,
    pub rows: u64,
}

/// Why nothing was published: checks that found rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedChecks {
    /// The first of them.
    pub findings: Vec<Finding>,
    /// How many there are.
    pub count: usize,
}

impl TaskOutput for FailedChecks {
    const TYPE: &'static str = "failed_checks";
}

impl FailedChecks {
    /// Of many, the first; with the rows that they found, as many as there is room for.
    pub fn new(findings: &[Finding]) -> Self {
        let forms = [(200, 5), (200, 1), (50, 1), (10, 1), (50, 0), (5, 0)];
        let mut forms = forms.into_iter().map(|form| Self::cut(findings, form));
        let fits =
            |checks: &Self| serde_json::to_vec(checks).is_ok_and(|json| json.len() <= OUTPUT_BYTES);
        let least = || Self::cut(findings, (1, 0));
        forms.find(fits).unwrap_or_else(least)
    }

    fn cut(findings: &[Finding], (most, rows): (usize, usize)) -> Self {
        let cut = |finding: &Finding| Finding {
            evidence: finding.evidence.iter().take(rows).cloned().collect(),
            ..finding.clone()
        };
        Self {
            findings: findings.iter().take(most).map(cut).collect(),
            count: findings.len(),
        }
    }
}

impl Built {
    /// As the state stores it: long lists are cut. `changed` are the tables whose rows changed.
    pub fn to_store(report: &BuildReport, changed: &[String]) -> Self {
        fitting(|most| Self::cut(report, changed, most))
    }

    fn cut(report: &BuildReport, changed: &[String], most: usize) -> Self {
        let record = &report.record;
        let warnings = record.warnings.iter().map(|finding| Warning {
            check: finding.check.clone(),
            what: finding.what.clone(),
            rows: finding.rows,
        });
        Self {
            build: record.build,
            is_published: report.published,
            postings: record.postings,
            tables: record.tables.len(),
            changed: Listed::of(changed.iter().cloned(), most),
            new_windows: report.new_windows,
            new_rows: report.new_rows,
            quarantined: report.quarantined,
            unlanded: report.unlanded,
            damage: Listed::of(report.damage.iter().cloned(), most),
            has_unread_files: !record.unread.is_empty(),
            schema_changes: Listed::of(report.schema_changes.iter().cloned(), most),
            warnings: Listed::of(warnings, most),
        }
    }

    /// Reports it to the user: one message per finding.
    pub fn tell(&self, messages: &Messages) {
        for damage in &self.damage.first {
            tell(&format!("warning: {damage}"));
        }
        if let more @ 1.. = self.damage.more() {
            tell(&format!("warning: {more} more files are damaged"));
        }
        if self.has_unread_files {
            tell(&format!("hint: {UNREAD_HINT}"));
        }
        for change in &self.schema_changes.first {
            tell(&format!("warning: the source's records changed: {change}"));
        }
        if let more @ 1.. = self.schema_changes.more() {
            tell(&format!("warning: {more} more changes"));
        }
        if self.unlanded > 0 {
            messages.say(&format!(
                "{} windows were taken back: their records are no longer in any table",
                self.unlanded
            ));
        }
        if self.quarantined > 0 {
            tell(&format!(
                "warning: {} records could not be read; `jobtide quarantine` lists them",
                self.quarantined
            ));
        }
        if !self.is_published {
            messages.say(&format!(
                "nothing changed: build {} stays published",
                self.build
            ));
            return;
        }
        for warning in &self.warnings.first {
            messages.say(&format!(
                "warning: {} ({} rows): {}",
                warning.check, warning.rows, warning.what
            ));
        }
        if let more @ 1.. = self.warnings.more() {
            messages.say(&format!("warning: {more} more checks found rows"));
        }
        messages.say(&format!(
            "build {} is published: {} postings, {} tables, from {} new windows with {} records",
            self.build, self.postings, self.tables, self.new_windows, self.new_rows
        ));
    }
}

impl From<&BuildReport> for Built {
    /// All of it, to be reported at once.
    fn from(report: &BuildReport) -> Self {
        Self::cut(report, &[], usize::MAX)
    }
}
