//! How a result set is paginated.

use serde::Deserialize;
use url::Url;

/// How the pages of a result set are requested. The pages of a window are read concurrently, so a
/// source of windows needs pages that are addressable by number ([`Paginator::Page`],
/// [`Paginator::Offset`]); those of a list are read one after the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Paginator {
    /// One response is the whole.
    None,
    /// Numbered pages of one size.
    Page {
        page_parameter: String,
        first_page: u64,
        size_parameter: Option<String>,
        size: Option<u64>,
    },
    /// The number of records before the page, and its size.
    Offset {
        offset_parameter: String,
        size_parameter: Option<String>,
        size: Option<u64>,
    },
    /// A token in a response requests the next one. The last has none: it is absent, null or blank.
    Cursor {
        cursor_parameter: String,
        /// The path of the token.
        next: String,
        size_parameter: Option<String>,
        size: Option<u64>,
    },
    /// A response links to the next one, with a URL at a path, or in the `Link` header (RFC 8288).
    Link {
        /// The path of the URL; without one, the header has it.
        next: Option<String>,
        /// Other origins that may be linked to; the access key is not sent there.
        #[serde(default)]
        origins: Vec<Url>,
        size_parameter: Option<String>,
        size: Option<u64>,
    },
}

/// Pages that are addressable by number.
#[derive(Clone, Debug)]
pub(crate) struct Numbered {
    /// The parameter that selects the page.
    pub place_parameter: String,
    pub size_parameter: String,
    /// The most records a page may have.
    pub size: u64,
    /// The number of the first page; `None`: records are counted.
    pub first_page: Option<u64>,
}

impl Numbered {
    /// The value of the parameter for a page, counted from 0, of pages of this size.
    pub fn place(&self, page: u64, size: u64) -> u64 {
        match self.first_page {
            Some(first) => first.saturating_add(page),
            None => page.saturating_mul(size),
        }
    }
}

impl Paginator {
    fn sizes(&self) -> (Option<&str>, Option<u64>) {
        match self {
            Self::None => (None, None),
            Self::Page {
                size_parameter,
                size,
                ..
            }
            | Self::Offset {
                size_parameter,
                size,
                ..
            }
            | Self::Cursor {
                size_parameter,
                size,
                ..
            }
            | Self::Link {
                size_parameter,
                size,
                ..
            } => (size_parameter.as_deref(), *size),
        }
    }

    /// The most records a page may have, where that is requested.
    pub fn size(&self) -> Option<u64> {
        self.sizes().1
    }

    /// The parameter that sets the size of a page.
    pub fn size_parameter(&self) -> Option<&str> {
        self.sizes().0
    }

    /// The parameter that selects the page.
    pub(crate) fn place_parameter(&self) -> Option<&str> {
        match self {
            Self::None | Self::Link { .. } => None,
            Self::Page { page_parameter, .. } => Some(page_parameter),
            Self::Offset {
                offset_parameter, ..
            } => Some(offset_parameter),
            Self::Cursor {
                cursor_parameter, ..
            } => Some(cursor_parameter),
        }
    }

    /// Where a response says how to go on.
    pub(crate) fn next(&self) -> Option<&str> {
        match self {
            Self::Cursor { next, .. } => Some(next),
            Self::Link { next, .. } => next.as_deref(),
            Self::None | Self::Page { .. } | Self::Offset { .. } => None,
        }
    }

    /// The pages by number; `None` where they are not addressable so, or of unknown size.
    pub(crate) fn numbered(&self) -> Option<Numbered> {
        let first_page = match self {
            Self::Page { first_page, .. } => Some(*first_page),
            Self::Offset { .. } => None,
            Self::None | Self::Cursor { .. } | Self::Link { .. } => return None,
        };
        Some(Numbered {
            place_parameter: self.place_parameter()?.to_owned(),
            size_parameter: self.size_parameter()?.to_owned(),
            size: self.size()?,
            first_page,
        })
    }

    /// Validates it.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.sizes() {
            (None, None) | (Some(_), Some(1..)) => Ok(()),
            (_, Some(0)) => Err("`paginator.size` must not be 0".to_owned()),
            _ => Err("`paginator.size_parameter` and `paginator.size` belong together".to_owned()),
        }
    }
}
