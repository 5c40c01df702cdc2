//! What checks find.

use serde::{Deserialize, Serialize};

/// The severity of a check that finds rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing is published.
    Error,
    /// The build is published; the finding is reported.
    Warning,
}

/// A check that found rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The check: a name in `pipeline/checks/`, or `schema.table: grain` and the like.
    pub check: String,
    /// What it means.
    pub what: String,
    /// Whether it stops the build.
    pub level: Level,
    /// Rows found.
    pub rows: u64,
    /// The first of them, as JSON objects.
    pub evidence: Vec<serde_json::Value>,
}
