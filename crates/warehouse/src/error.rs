//! Errors of the warehouse, and what the user can do about them.

use std::fmt;

use crate::finding::Finding;

/// The crate's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the warehouse. Messages name the object; `hint` gives the next step, if one is
/// known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of `pipeline/` is invalid.
    #[error("`pipeline/{path}`: {message}")]
    Pipeline {
        /// Path below `pipeline/`.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A model's SQL failed while it ran.
    #[error("table `{table}` could not be built: {source}")]
    Model {
        /// `schema.table`
        table: String,
        /// The engine's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// One or more error-level checks returned rows; nothing was published.
    #[error("{}", failed_checks(.0))]
    ChecksFailed(Vec<Finding>),
    /// There is no published build yet.
    #[error("nothing is published yet")]
    NothingPublished,
    /// A build number that is not kept.
    #[error("build {0} is not kept")]
    UnknownBuild(u64),
    /// A table that the published build does not contain.
    #[error("there is no table `{0}` in this build")]
    UnknownTable(String),
    /// A text that names no posting of this store.
    #[error("`{text}` names no posting")]
    UnknownPosting {
        /// The text.
        text: String,
        /// A source that the pipeline reads, if there is one.
        source_name: Option<String>,
    },
    /// A text that names several things of this store.
    #[error("`{text}` names more than one entity")]
    SeveralEntities {
        /// The text.
        text: String,
        /// The entities, as the staging specifications call them.
        entities: Vec<String>,
    },
    /// A user's SQL was refused or failed.
    #[error("{0}")]
    Query(String),
    /// A user's SQL exceeded the engine's memory limit, in MB.
    #[error("the query needed more than the {0} MB that sorts, joins and aggregations may use")]
    QueryMemory(usize),
    /// Another process published while this one was building.
    #[error("another process published generation {0} during this build")]
    Overtaken(u64),
    /// Another process is about to publish.
    #[error("another process, with another state folder, is publishing a build in this store")]
    Publishing,
    /// Another process took over the store's writer lease.
    #[error("another process has taken over the writing in this store{}: this one was stopped or cut off for too long, and has changed nothing since", by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default())]
    Fenced {
        /// Who, if known.
        by: Option<String>,
    },
    /// The store's writer lease is damaged, or others change it at every attempt.
    #[error(transparent)]
    Lease(lease::Error),
    /// A data file of a build is missing or altered.
    #[error("`{path}` is damaged: {reason}")]
    DamagedFile {
        /// The file below the store's root.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A rollback to a build with missing or altered files.
    #[error("build {build} is not intact: {damage}")]
    DamagedBuild {
        /// The build.
        build: u64,
        /// What is wrong with one of its files.
        damage: String,
    },
    /// The record of a take-down is damaged: it is unknown which posting it excludes.
    #[error("the record of a take-down `{path}` is damaged: {reason}")]
    DamagedTakeDown {
        /// Its file below the store's root.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(Box<dyn std::error::Error + Send + Sync>),
    /// Arrow failed.
    #[error(transparent)]
    Arrow(arrow::error::ArrowError),
    /// Parquet failed.
    #[error(transparent)]
    Parquet(parquet::errors::ParquetError),
    /// A publication target failed.
    #[error("publication target: {0}")]
    Target(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store failed.
    #[error("store: {0}")]
    Store(#[from] object_store::Error),
    /// The landing store failed.
    #[error(transparent)]
    Landing(#[from] landing::Error),
    /// A record of the warehouse's own could not be read or written.
    #[error("`{path}`: {source}")]
    Json {
        /// The object in the store.
        path: String,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A background thread ended without a result.
    #[error("a worker thread failed: {0}")]
    Worker(#[from] tokio::task::JoinError),
    /// A file outside the store.
    #[error("`{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
}

impl Error {
    /// An error about a file of `pipeline/`.
    pub fn pipeline(path: impl Into<String>, message: impl fmt::Display) -> Self {
        Self::Pipeline {
            path: path.into(),
            message: message.to_string(),
        }
    }

    /// The damaged file that an error is about, if it is about one.
    pub(crate) fn damage(error: &impl fmt::Display) -> Option<Self> {
        let (path, reason) = damage_in(&error.to_string())?;
        Some(Self::DamagedFile { path, reason })
    }

    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NothingPublished => {
                Some("run `jobtide run collect_postings` or `jobtide land SOURCE FILE…`, then `jobtide build`".into())
            }
            Self::UnknownBuild(_) => Some("`jobtide builds` lists the builds that are kept".into()),
            Self::UnknownTable(_) => {
                Some("`jobtide query \"select table_schema, table_name from information_schema.tables\"` lists them".into())
            }
            Self::UnknownPosting { source_name, .. } => Some(format!(
                "write the source and the source's own id, such as `{}:41232704`, or the `id` of the tables",
                source_name.as_deref().unwrap_or("source")
            )),
            Self::SeveralEntities { entities, .. } => Some(format!(
                "write `SOURCE/ENTITY:ID`, the entity one of: {}",
                entities.join(", ")
            )),
            Self::ChecksFailed(_) => Some(
                "the previous build stays published; the rows above show what to correct, or which check to correct in `pipeline/checks/`"
                    .into(),
            ),
            Self::DamagedFile { .. } => Some(
                "`jobtide build --full` rebuilds all tables from the landing; `jobtide builds` lists the builds to roll back to"
                    .into(),
            ),
            Self::DamagedBuild { .. } => Some(
                "roll back to another build, or restore the file from a backup; `jobtide build --full` rebuilds all tables from the landing"
                    .into(),
            ),
            Self::DamagedTakeDown { .. } => Some(
                "restore the file from a backup; without it, what it names would be published again: to give it up, delete it and take the posting down again"
                    .into(),
            ),
            Self::Publishing => Some(
                "wait until it has ended, or ten minutes if it died, and run the command again. Let one program write to a store, or let all use one state folder".into(),
            ),
            Self::Overtaken(_) => Some("run the build again; nothing is lost".into()),
            Self::Fenced { .. } => Some("run the command again; nothing is lost".into()),
            _ => None,
        }
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::damage(&error).unwrap_or(Self::Arrow(error))
    }
}

impl From<parquet::errors::ParquetError> for Error {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::damage(&error).unwrap_or(Self::Parquet(error))
    }
}

fn failed_checks(findings: &[Finding]) -> String {
    let names: Vec<String> = findings
        .iter()
        .map(|f| format!("`{}` ({} rows)", f.check, f.rows))
        .collect();
    format!("nothing was published: failed checks {}", names.join(", "))
}

/// The path and the reason in a message that quotes an error of this store: the engine may have
/// turned an error into text.
pub(crate) fn damage_in(message: &str) -> Option<(String, String)> {
    const IS: &str = "` is damaged: ";
    let at = message.find(IS)?;
    let (_, path) = message[..at].rsplit_once('`')?;
    let reason = message[at + IS.len()..].lines().next()?;
    path.starts_with("warehouse/")
        .then(|| (path.to_owned(), reason.to_owned()))
}
