//! Calls to sources, as counted.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// The calls to one source on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallUsage {
    /// The source.
    pub source: String,
    /// The day, in the source's time zone.
    pub day: Date,
    /// Calls that were granted.
    pub used: u32,
    /// The limit of the latest request; `None` before the first.
    pub limit_seen: Option<u32>,
    /// When the source said that nothing is left, or was last probed.
    pub exhausted_at: Option<Timestamp>,
    /// Calls of that day that are reserved for this state; `None` where calls are not shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<u32>,
    /// Calls of that day that other instances reserved, as of the last look; `None` where calls are not
    /// shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<u32>,
}
