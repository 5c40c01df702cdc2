//! Which requests make the data of a source complete, and when.

use jiff::SignedDuration;
use serde::Deserialize;

/// How the data of a source are collected. What only one strategy needs stands in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Windows of time whose records add up to a total that the source states.
    Interval(IntervalStrategy),
}

impl Strategy {
    /// Where a response states the number of records in all pages.
    pub(crate) fn total(&self) -> &str {
        let Self::Interval(interval) = self;
        &interval.total
    }
}

/// How windows of time are requested, and when they are complete. Both bounds of a request are
/// inclusive, at a resolution of one second.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalStrategy {
    /// Where the number of records in all pages is: in the first response at least; if later ones
    /// omit it, it is unchanged.
    pub total: String,
    /// An IANA name.
    pub time_zone: String,
    /// A strftime format.
    pub format: String,
    /// The parameters that bound the time of publication.
    pub published: Bounds,
    /// The parameters that bound the time of the last edit.
    pub updated: Bounds,
    /// A window with more records is cut in two.
    pub max_hits: u64,
    /// How far a request reaches back before its window.
    pub overlap: SignedDuration,
    pub completeness: Completeness,
    pub unreadable: Unreadable,
    pub sweep: Sweep,
}

/// Two parameters of a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    pub from: String,
    pub to: String,
}

/// When a window is complete.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completeness {
    /// Maximum number of passes over all pages.
    pub passes: u32,
    /// How often a page that does not fit the total is reread within a pass.
    pub rereads: u32,
    /// By how many records a total may be too large when two passes found the same.
    pub tolerated_shortfall: u64,
    /// How often in one run a window that does not add up is read in halves instead.
    pub halvings: u32,
}

/// The number of calls spent on reading around what cannot be read.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// For one page that fails.
    pub calls_each: u64,
    /// In one run.
    pub calls_in_a_run: u64,
}

/// What is read once a day in addition to what is due.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// How far back publication is swept.
    pub published_back: SignedDuration,
    /// How far back edits are read the first time.
    pub updated_back: SignedDuration,
    /// How far back edits are read after a pause.
    pub updated_back_max: SignedDuration,
    /// Sweeps are deferred while fewer calls are left for the day.
    pub min_calls_left: u64,
}
