//! Errors of leases.

/// The crate's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a lease. Messages name the lease.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another one took the lease over, or it was released.
    #[error("the lease `{name}` is lost{}", by.as_ref().map(|by| format!(": `{by}` has taken it over")).unwrap_or_default())]
    Lost {
        /// The lease.
        name: String,
        /// [`Holder::name`](crate::Holder::name) of the new holder, if known.
        by: Option<String>,
    },
    /// Others were faster at every attempt.
    #[error("others change the lease `{0}` at every attempt to acquire it")]
    Contended(String),
    /// A lease that was not released cannot be forgotten.
    #[error("the lease `{0}` is held")]
    Held(String),
    /// The newest generation of a lease cannot be read.
    #[error("`{path}` is damaged: {reason}")]
    Damaged {
        /// The file below the store's root.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A name with a part that is empty or has characters that a path must not have: parts are of
    /// letters, digits and `-_=.`, separated by `/`.
    #[error("`{0}` cannot be the name of a lease")]
    Name(String),
    /// The store failed: nothing is known about the lease. Trying again may succeed.
    #[error("store: {0}")]
    Store(#[from] object_store::Error),
}
