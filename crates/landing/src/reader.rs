//! What reads a content before it is landed. The landing knows no records, so whoever lands saved
//! files tells it what is in them: a content that no build could read anything of is refused.

use std::fmt;

use crate::Format;

/// Reads contents as a build will.
pub trait Reader: fmt::Debug + Send + Sync {
    /// What is in a content of this form. Never fails: what cannot be read is counted.
    fn examine(&self, content: &[u8], format: Format) -> Examined;
}

/// What is in a content, or in its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Records that can be read.
    pub records: u64,
    /// Records, lines and texts that cannot.
    pub rejected: u64,
    /// Whether each line is one record, or one that cannot be read.
    pub one_a_line: bool,
    /// Whether it holds an answer of the source that says that there are no records.
    pub says_none: bool,
    /// What form it has, for people: `one answer`.
    pub form: String,
    /// The line of the first that cannot be read, from 1, and why.
    pub first_rejected: Option<(u64, String)>,
}

impl Examined {
    /// Whether a build reads anything of it.
    pub fn is_readable(&self) -> bool {
        self.records > 0 || (self.says_none && self.rejected == 0)
    }
}
