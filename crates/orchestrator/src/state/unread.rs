//! The unreadable periods of a source, remembered across runs.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::error::{Doing, StateError};
use super::{read_time, stored_time};

/// The unread times of all sources; clones share the state's connections.
#[derive(Clone)]
pub struct UnreadTimes {
    pool: SqlitePool,
}

/// The dataset and query of an unreadable period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The source.
    pub source: String,
    /// The dataset.
    pub dataset: String,
    /// Which query of it.
    pub query: String,
}

/// An unreadable period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadTime {
    /// Which time it bounds: `published` or `updated`.
    pub bounded: String,
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive.
    pub to: Timestamp,
    /// What happened at the last try.
    pub fault: String,
    /// When it was tried first.
    pub first_tried_at: Timestamp,
    /// When it was tried last.
    pub last_tried_at: Timestamp,
    /// In how many runs it was tried.
    pub tries: u32,
    /// Whether everything around it was read.
    pub searched: bool,
}

impl UnreadTimes {
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// Those of one query, in chronological order.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn of(&self, asked: &Asked) -> Result<Vec<UnreadTime>, StateError> {
        let rows = sqlx::query(
            "select * from unread where source = ?1 and dataset = ?2 and query = ?3
             order by from_at, bounded",
        )
        .bind(&asked.source)
        .bind(&asked.dataset)
        .bind(&asked.query)
        .fetch_all(&self.pool)
        .await
        .doing(READING)?;
        rows.iter().map(unread).collect()
    }

    /// Those of all sources and queries, in chronological order.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn all(&self) -> Result<Vec<(Asked, UnreadTime)>, StateError> {
        let rows = sqlx::query("select * from unread order by from_at, bounded, query")
            .fetch_all(&self.pool)
            .await
            .doing(READING)?;
        let read = |row: &SqliteRow| {
            let asked = Asked {
                source: row.try_get("source").doing(READING)?,
                dataset: row.try_get("dataset").doing(READING)?,
                query: row.try_get("query").doing(READING)?,
            };
            Ok((asked, unread(row)?))
        };
        rows.iter().map(read).collect()
    }

    /// Replaces those of a query by these.
    ///
    /// # Errors
    /// When the state cannot be written; then it is unchanged.
    pub async fn replace(&self, asked: &Asked, times: &[UnreadTime]) -> Result<(), StateError> {
        let doing = "record what cannot be read";
        let begun = self.pool.begin_with("begin immediate").await;
        let mut write = begun.doing(doing)?;
        sqlx::query("delete from unread where source = ?1 and dataset = ?2 and query = ?3")
            .bind(&asked.source)
            .bind(&asked.dataset)
            .bind(&asked.query)
            .execute(&mut *write)
            .await
            .doing(doing)?;
        for time in times {
            sqlx::query("insert into unread values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
                .bind(&asked.source)
                .bind(&asked.dataset)
                .bind(&asked.query)
                .bind(&time.bounded)
                .bind(stored_time(time.from))
                .bind(stored_time(time.to))
                .bind(&time.fault)
                .bind(stored_time(time.first_tried_at))
                .bind(stored_time(time.last_tried_at))
                .bind(time.tries)
                .bind(time.searched)
                .execute(&mut *write)
                .await
                .doing(doing)?;
        }
        write.commit().await.doing(doing)
    }
}

const READING: &str = "read what could not be read";

fn unread(row: &SqliteRow) -> Result<UnreadTime, StateError> {
    let time = |column: &'static str| {
        let text: String = row.try_get(column).doing(READING)?;
        read_time("a time that cannot be read", &text)
    };
    Ok(UnreadTime {
        bounded: row.try_get("bounded").doing(READING)?,
        from: time("from_at")?,
        to: time("to_at")?,
        fault: row.try_get("fault").doing(READING)?,
        first_tried_at: time("first_tried_at")?,
        last_tried_at: time("last_tried_at")?,
        tries: row.try_get("tries").doing(READING)?,
        searched: row.try_get("searched").doing(READING)?,
    })
}
