//! The request for a build, and its report.

use crate::name::TableName;
use crate::publish::BuildRecord;

/// How to build.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuildRequest {
    /// A full build: every table from the landing, regardless of what is published.
    pub full: bool,
}

/// Progress events of a build.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildEvent {
    /// Windows will be read.
    Staging {
        /// How many are new.
        windows: usize,
    },
    /// A table is done.
    Table {
        /// The table.
        name: TableName,
        /// Its rows.
        rows: u64,
        /// How it was made.
        how: How,
    },
    /// All tables are done.
    Checking {
        /// How many checks across tables are left.
        checks: usize,
    },
    /// The build was published.
    Published {
        /// Its number.
        build: u64,
    },
}

/// How a table of a build was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Taken over from the previous build.
    Unchanged,
    /// The rows of the received keys were replaced.
    Updated,
    /// Computed whole.
    Rebuilt,
}

/// What a build did.
#[derive(Debug, Clone)]
pub struct BuildReport {
    /// The published build; the previous one when nothing changed.
    pub record: BuildRecord,
    /// Whether this build published anything.
    pub published: bool,
    /// Tables whose rows differ from those of the build before; empty when nothing was published.
    pub changed: Vec<TableName>,
    /// Windows read for the first time.
    pub new_windows: usize,
    /// Rows staged from them.
    pub new_rows: u64,
    /// Records of them that could not be read.
    pub quarantined: u64,
    /// Changes of the source's schema that were never seen before.
    pub schema_changes: Vec<String>,
    /// Windows of the build before that were taken back since (`jobtide unland`).
    pub unlanded: usize,
    /// What is damaged or missing and what was done about it, one line each.
    pub damage: Vec<String>,
}
