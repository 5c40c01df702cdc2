//! Which requests make the data of a source complete, and when.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;

macro_rules! lists_of {
    ($strategy:expr) => {{
        let strategy = $strategy;
        Lists {
            send: strategy.send.clone(),
            total: strategy.total.clone(),
            passes: strategy.passes,
            empty: strategy.empty,
            unknown: strategy.unknown.clone(),
            every: strategy.every,
            max_pages: strategy.max_pages,
            max_records: strategy.max_records,
        }
    }};
}

/// How the data of a source are collected. What only one strategy needs stands in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Windows of time whose records add up to a total that the source states.
    Interval(IntervalStrategy),
    /// Whole lists: complete, or they do not count.
    Snapshot(SnapshotStrategy),
    /// Requested ranges of time series.
    Series(SeriesStrategy),
}

impl Strategy {
    /// Where a response states the number of records in all pages.
    pub(crate) fn total(&self) -> Option<&str> {
        match self {
            Self::Interval(interval) => Some(&interval.total),
            Self::Snapshot(snapshot) => snapshot.total.as_deref(),
            Self::Series(series) => series.total.as_deref(),
        }
    }

    /// The windows of time, if it reads those.
    pub fn interval(&self) -> Option<&IntervalStrategy> {
        match self {
            Self::Interval(interval) => Some(interval),
            Self::Snapshot(_) | Self::Series(_) => None,
        }
    }

    /// How whole lists are read, if it reads those.
    pub fn lists(&self) -> Option<Lists> {
        match self {
            Self::Interval(_) => None,
            Self::Snapshot(snapshot) => Some(lists_of!(snapshot)),
            Self::Series(series) => Some(lists_of!(series)),
        }
    }

    /// The parameters of lists that hold values of the strategy.
    pub(crate) fn send(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::Interval(_) => None,
            Self::Snapshot(snapshot) => Some(&snapshot.send),
            Self::Series(series) => Some(&series.send),
        }
    }

    /// The values that its requests may hold, by name.
    pub(crate) fn values(&self) -> &'static [&'static str] {
        match self {
            Self::Interval(_) => &[],
            Self::Snapshot(_) => &["board"],
            Self::Series(_) => &["key", "from", "to"],
        }
    }
}

/// Whole lists, each complete in one poll or not at all. Its keys from `send` on are those of
/// [`SeriesStrategy`], too: `flatten` would share them, but loses the lines of errors and the refusal of
/// unknown keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotStrategy {
    /// The lists that there are, as `{board}` in the URL, the body or `send`. None: the source is one
    /// list. The settings override them.
    #[serde(default)]
    pub boards: Vec<String>,
    /// Parameters with values of the strategy, such as `{ company = "{board}" }`.
    #[serde(default)]
    pub send: BTreeMap<String, String>,
    /// Where a response states the number of records of the list: what was read must be as many.
    pub total: Option<String>,
    /// How often a list is read at most, until it is as many.
    #[serde(default = "passes")]
    pub passes: u32,
    /// What a list without records says.
    #[serde(default)]
    pub empty: Empty,
    /// HTTP statuses by which the source says that it does not know a list.
    #[serde(default = "unknown")]
    pub unknown: Vec<u16>,
    /// A list that was read less than this ago is not due.
    #[serde(default)]
    pub every: SignedDuration,
    /// A longer list is not read.
    #[serde(default = "max_pages")]
    pub max_pages: u64,
    #[serde(default = "max_records")]
    pub max_records: u64,
}

/// Ranges of days of time series, for each of a list of keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesStrategy {
    /// What there is a series of, as `{key}` in the URL, the body or `send`. None: there is one
    /// series. The settings override them.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The zone of the days; an IANA name.
    pub time_zone: String,
    /// How `{from}` and `{to}`, the first and the last day, are written: a strftime format.
    pub format: String,
    /// The most days of one request. A longer range is requested in several.
    pub max_days: u32,
    /// How many days a pull reaches back, where no start is configured.
    pub back_days: Option<u32>,
    /// Parameters with values of the strategy, such as `{ start = "{from}" }`.
    #[serde(default)]
    pub send: BTreeMap<String, String>,
    /// Where a response states the number of records of the list: what was read must be as many.
    pub total: Option<String>,
    /// How often a list is read at most, until it is as many.
    #[serde(default = "passes")]
    pub passes: u32,
    /// What a list without records says.
    #[serde(default)]
    pub empty: Empty,
    /// HTTP statuses by which the source says that it does not know a list.
    #[serde(default = "unknown")]
    pub unknown: Vec<u16>,
    /// A list that was read less than this ago is not due.
    #[serde(default)]
    pub every: SignedDuration,
    /// A longer list is not read.
    #[serde(default = "max_pages")]
    pub max_pages: u64,
    #[serde(default = "max_records")]
    pub max_records: u64,
}

/// How one list is read: what the strategies of lists have in common.
#[derive(Clone, Debug)]
pub struct Lists {
    pub send: BTreeMap<String, String>,
    pub total: Option<String>,
    pub passes: u32,
    pub empty: Empty,
    pub unknown: Vec<u16>,
    pub every: SignedDuration,
    pub max_pages: u64,
    pub max_records: u64,
}

/// What a list without records is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// Complete.
    #[default]
    Complete,
    /// A failure: the source sends the same for what it does not know.
    Failed,
}

fn passes() -> u32 {
    2
}

fn unknown() -> Vec<u16> {
    vec![404, 410]
}

fn max_pages() -> u64 {
    2_000
}

fn max_records() -> u64 {
    200_000
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
