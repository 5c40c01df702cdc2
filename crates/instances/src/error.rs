//! What can go wrong between instances.

/// Why instances could not agree. Nothing was reserved or claimed then, or it expires unused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store is not the program's, or is of a newer version.
    #[error(transparent)]
    Landing(#[from] landing::Error),

    /// A lease could not be acquired or released.
    #[error(transparent)]
    Lease(#[from] lease::Error),

    /// The store could not be read or written.
    #[error("`{path}`: {source}")]
    Store {
        /// The object or folder.
        path: String,
        /// What the store said.
        source: object_store::Error,
    },

    /// An object is not what was written there.
    #[error(
        "`{path}` is damaged: {reason}\nhint: calls that it reserved are unknown; there are none until the next day, or until somebody who knows them writes it again"
    )]
    DamagedCalls {
        /// The object.
        path: String,
        /// What is wrong with it.
        reason: String,
    },

    /// Others were faster each time.
    #[error("others write to `{0}` all the time")]
    Contended(String),
}

impl Error {
    pub(crate) fn store(path: impl ToString, source: object_store::Error) -> Self {
        Self::Store {
            path: path.to_string(),
            source,
        }
    }
}
