//! How a result set is paginated.

use serde::Deserialize;

/// The parameters that select a page. The pages of a window are read concurrently, so that each
/// must be addressable by its number.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Paginator {
    /// Numbered pages of one size.
    Page {
        page_parameter: String,
        first_page: u64,
        size_parameter: String,
        size: u64,
    },
    /// The number of records before the page, and its size.
    Offset {
        offset_parameter: String,
        size_parameter: String,
        size: u64,
    },
}

impl Paginator {
    /// The most records a page may have.
    pub fn size(&self) -> u64 {
        match self {
            Self::Page { size, .. } | Self::Offset { size, .. } => *size,
        }
    }

    /// The parameter that sets the size of a page.
    pub fn size_parameter(&self) -> &str {
        match self {
            Self::Page { size_parameter, .. } | Self::Offset { size_parameter, .. } => {
                size_parameter
            }
        }
    }

    /// The parameter that selects the page.
    pub(crate) fn place_parameter(&self) -> &str {
        match self {
            Self::Page { page_parameter, .. } => page_parameter,
            Self::Offset {
                offset_parameter, ..
            } => offset_parameter,
        }
    }

    /// The value of that parameter for a page, counted from 0, of pages of this size.
    pub(crate) fn place(&self, page: u64, size: u64) -> u64 {
        match self {
            Self::Page { first_page, .. } => first_page.saturating_add(page),
            Self::Offset { .. } => page.saturating_mul(size),
        }
    }
}
