//! Examines content before it is landed. The landing does not know records, so the caller that
//! lands saved files provides a [`Reader`]: content without a readable record is refused.

use std::fmt;

use crate::Format;

/// Decodes content as a build does.
pub trait Reader: fmt::Debug + Send + Sync {
    /// Examines content of this format. Never fails: unreadable records are counted.
    fn examine(&self, content: &[u8], format: Format) -> Examined;
}

/// What was found in content, or in its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Records that can be read.
    pub records: u64,
    /// Records, lines and texts that cannot be read.
    pub rejected: u64,
    /// Whether each line is one record, readable or not.
    pub one_a_line: bool,
    /// Whether it is a response of the source that states that there are no records.
    pub says_none: bool,
    /// Its form, for messages: `one answer`.
    pub form: String,
    /// Line number of the first unreadable one, from 1, and the reason.
    pub first_rejected: Option<(u64, String)>,
}

impl Examined {
    /// Whether a build can read any of it.
    pub fn is_readable(&self) -> bool {
        self.records > 0 || (self.says_none && self.rejected == 0)
    }
}
