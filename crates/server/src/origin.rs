//! Where postings come from, as the API says it.

use serde::Serialize;
use utoipa::ToSchema;

/// Where the postings of a build come from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nothing was landed.
    None,
    /// From the source's API.
    Collected,
    /// From responses saved elsewhere.
    Saved,
    /// Both of these.
    Mixed,
    /// Made up by the simulator: demo data.
    Generated,
}

impl From<warehouse::publish::Origin> for Origin {
    fn from(origin: warehouse::publish::Origin) -> Self {
        use warehouse::publish::Origin as Published;
        match origin {
            Published::None => Self::None,
            Published::Collected => Self::Collected,
            Published::Saved => Self::Saved,
            Published::Mixed => Self::Mixed,
            Published::Generated => Self::Generated,
        }
    }
}
