//! What a build is asked for and what it reports.

use crate::name::TableName;
use crate::publish::BuildRecord;

/// How to build.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuildRequest {
    /// Compute every table from the landing, whatever is published.
    pub full: bool,
}

/// What a build tells while it goes on.
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
        /// How it came about.
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

/// How a table of a build came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Taken over from the build before.
    Unchanged,
    /// The rows of the received keys were replaced.
    Updated,
    /// Computed whole.
    Rebuilt,
}

/// What a build did.
#[derive(Debug, Clone)]
pub struct BuildReport {
    /// The published build; the one before when nothing changed.
    pub record: BuildRecord,
    /// Whether this build published anything.
    pub published: bool,
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
    /// What is damaged or gone and what became of it, each in one line.
    pub damage: Vec<String>,
}
