//! Errors of rows that cannot form an image.

/// Rows that cannot form an image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A column is missing or has the wrong type, or an identifier is missing or not unique.
    #[error("`measures.toml`, `{part}.sql`: {problem}")]
    Column {
        /// The table of the definitions.
        part: String,
        /// What is wrong.
        problem: String,
    },

    /// The definition of a fact that an image cannot hold.
    #[error("`measures.toml`, `{key}`: {problem}")]
    Fact {
        /// The key in the file.
        key: String,
        /// What is wrong.
        problem: String,
    },

    /// More rows or values than an image can index.
    #[error("`{part}` has {what}, more than an image can hold")]
    TooLarge {
        /// The table of the definitions.
        part: String,
        /// What exceeds the limit.
        what: &'static str,
    },

    /// Rows were not in the order of the queries.
    #[error("rows of `{part}` came after those of `{after}`")]
    Order {
        /// The part of the rows.
        part: String,
        /// The part before it.
        after: String,
    },
}

pub(crate) const MUCH_TEXT: &str = "4 GiB of text in one column";
pub(crate) const MANY_ROWS: &str = "4 billion rows";

pub(crate) fn too_much_text(part: &str) -> ImageError {
    ImageError::TooLarge {
        part: part.to_owned(),
        what: MUCH_TEXT,
    }
}
