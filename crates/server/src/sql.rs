//! How a person's SQL is run: by what the program passes in, a bounded number at a time.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::StatusCode;
use warehouse::query::Format;

use crate::error::ApiError;
use crate::lanes::{Budget, Lane};

/// Maximum number of concurrent queries.
const AT_ONCE: usize = 2;

/// Maximum number of queries that wait for a turn.
const WAITING: usize = 16;

/// Megabytes of results that clients have not read yet.
const RESULTS_MB: usize = 128;

/// Runs untrusted SQL in isolation, such as in a process of its own.
#[async_trait]
pub trait SqlRunner: Send + Sync {
    /// The result in the requested format.
    async fn run(&self, query: SqlQuery<'_>) -> Result<Vec<u8>, SqlError>;
}

/// A query to run.
#[derive(Debug, Clone, Copy)]
pub struct SqlQuery<'a> {
    pub sql: &'a str,
    /// The build whose tables it reads.
    pub build: u64,
    /// Maximum number of rows.
    pub limit: usize,
    pub format: Format,
    /// Maximum size of the result in bytes; a larger one is refused.
    pub most_bytes: u64,
}

/// Why there is no result.
#[derive(Debug)]
pub enum SqlError {
    /// The query is at fault.
    Refused {
        message: String,
        hint: Option<String>,
    },
    /// It was ended at a limit.
    Ended {
        limit: Limit,
        message: String,
        hint: String,
    },
    /// The server is at fault.
    Failed(anyhow::Error),
}

/// The limits of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Time,
    Memory,
    /// How deeply its parts are nested.
    Nesting,
    /// The size of its result.
    Result,
}

impl From<SqlError> for ApiError {
    fn from(error: SqlError) -> Self {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        let (status, code, message, hint) = match error {
            SqlError::Failed(error) => return Self::internal(&error),
            SqlError::Refused { message, hint } => {
                (StatusCode::BAD_REQUEST, "query_refused", message, hint)
            }
            SqlError::Ended {
                limit,
                message,
                hint,
            } => {
                let (status, code) = match limit {
                    Limit::Time => (unprocessable, "query_timeout"),
                    Limit::Memory => (unprocessable, "query_memory"),
                    Limit::Nesting => (StatusCode::BAD_REQUEST, "query_refused"),
                    Limit::Result => (unprocessable, "result_too_large"),
                };
                (status, code, message, Some(hint))
            }
        };
        Self::new(status, code, message).with_hint(hint)
    }
}

/// Runs a bounded number of queries concurrently.
pub struct Queries {
    pub(crate) runner: Arc<dyn SqlRunner>,
    pub(crate) turns: Lane,
    /// The budget of results that clients have not read yet.
    pub(crate) results: Budget,
}

impl Queries {
    /// Queries that `runner` runs.
    pub fn new(runner: Arc<dyn SqlRunner>) -> Self {
        Self {
            runner,
            turns: Lane::new(AT_ONCE, WAITING),
            results: Budget::new(RESULTS_MB),
        }
    }
}
