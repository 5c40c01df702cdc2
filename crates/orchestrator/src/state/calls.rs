//! How many calls a source still allows today. The count is in the state file, so it survives
//! restarts; each take is one SQL statement, so any number of processes together are granted
//! exactly the limit.
//!
//! A call is counted before it is made. A process that dies in between wastes one call; counting
//! afterwards could overspend.
//!
//! The source's own quota error overrides the count, but may be wrong, or refer to another day:
//! once an hour one call may probe it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::error::{Doing, StateError};
use super::{read_time, stored_time};
use crate::usage::CallUsage;

/// How long a source's quota error is respected before it is probed.
const WORD_STANDS: Duration = Duration::from_secs(3600);

/// The call budgets of all sources; clones share the state's connections.
#[derive(Clone)]
pub struct Calls {
    pool: SqlitePool,
}

/// The answer to a request for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Make the call; it is counted.
    Granted {
        /// How many more the limit allows on that day.
        remaining: u32,
    },
    /// The source said an hour or more ago that nothing is left: make this one call, it is counted.
    /// If it succeeds, call [`Calls::mark_open`].
    Probe {
        /// How many more the limit allows on that day.
        remaining: u32,
    },
    /// The limit is reached; do not call.
    Spent {
        /// Calls made on that day.
        used: u32,
    },
    /// The source itself said that nothing is left; do not call.
    Exhausted {
        /// Calls made on that day, as counted here.
        used: u32,
        /// When the source said so, or was last probed.
        at: Timestamp,
    },
}

impl Calls {
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// Asks at `at` for one call to `source` on `day` (the day in the time zone in which the
    /// source's quota resets), with `limit` calls a day.
    ///
    /// # Errors
    /// When the state cannot be written; then no call is granted.
    pub async fn take(
        &self,
        source: &str,
        day: Date,
        limit: u32,
        at: Timestamp,
    ) -> Result<Take, StateError> {
        let doing = "count a call";
        let used: Option<u32> = sqlx::query_scalar(
            "insert into calls (source, day, used, limit_seen)
             select ?1, ?2, 1, ?3 where ?3 > 0
             on conflict (source, day) do update
             set used = used + 1, limit_seen = excluded.limit_seen
             where used < excluded.limit_seen and exhausted_at is null
             returning used",
        )
        .bind(source)
        .bind(day.to_string())
        .bind(limit)
        .fetch_optional(&self.pool)
        .await
        .doing(doing)?;
        if let Some(used) = used {
            return Ok(Take::Granted {
                remaining: limit.saturating_sub(used),
            });
        }
        let said_before = at.checked_sub(WORD_STANDS).unwrap_or(Timestamp::MIN);
        // One atomic statement: of all processes that ask, one is granted the call, and the hour
        // restarts.
        let used: Option<u32> = sqlx::query_scalar(
            "update calls set used = used + 1, limit_seen = ?3, exhausted_at = ?4
             where source = ?1 and day = ?2 and exhausted_at <= ?5 and used < ?3
             returning used",
        )
        .bind(source)
        .bind(day.to_string())
        .bind(limit)
        .bind(stored_time(at))
        .bind(stored_time(said_before))
        .fetch_optional(&self.pool)
        .await
        .doing(doing)?;
        if let Some(used) = used {
            return Ok(Take::Probe {
                remaining: limit.saturating_sub(used),
            });
        }
        let usage = self.used(source, day).await?;
        Ok(match usage.exhausted_at {
            Some(at) => Take::Exhausted {
                used: usage.used,
                at,
            },
            None => Take::Spent { used: usage.used },
        })
    }

    /// Notes that `source` itself said that nothing is left on `day`, regardless of the count:
    /// nothing more is granted on that day, except one call an hour ([`Take::Probe`]). Of several
    /// times it said so, the first is kept.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn mark_exhausted(
        &self,
        source: &str,
        day: Date,
        at: Timestamp,
    ) -> Result<(), StateError> {
        sqlx::query(
            "insert into calls (source, day, used, exhausted_at) values (?1, ?2, 0, ?3)
             on conflict (source, day) do update
             set exhausted_at = coalesce(exhausted_at, excluded.exhausted_at)",
        )
        .bind(source)
        .bind(day.to_string())
        .bind(stored_time(at))
        .execute(&self.pool)
        .await
        .doing("record that a source's calls are exhausted")?;
        Ok(())
    }

    /// Notes that `source` answers on `day`, regardless of what it said before.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn mark_open(&self, source: &str, day: Date) -> Result<(), StateError> {
        sqlx::query("update calls set exhausted_at = null where source = ?1 and day = ?2")
            .bind(source)
            .bind(day.to_string())
            .execute(&self.pool)
            .await
            .doing("record that a source responds again")?;
        Ok(())
    }

    /// The calls used of `source` on `day`; zero if none were made.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn used(&self, source: &str, day: Date) -> Result<CallUsage, StateError> {
        let row = sqlx::query(
            "select source, day, used, limit_seen, exhausted_at from calls
             where source = ?1 and day = ?2",
        )
        .bind(source)
        .bind(day.to_string())
        .fetch_optional(&self.pool)
        .await
        .doing("read the calls made")?;
        match row {
            Some(row) => usage(&row),
            None => Ok(CallUsage {
                source: source.to_owned(),
                day,
                used: 0,
                limit_seen: None,
                exhausted_at: None,
            }),
        }
    }
}

pub(super) fn usage(row: &SqliteRow) -> Result<CallUsage, StateError> {
    let doing = "read the calls made";
    let day: String = row.try_get("day").doing(doing)?;
    let exhausted_at: Option<String> = row.try_get("exhausted_at").doing(doing)?;
    Ok(CallUsage {
        source: row.try_get("source").doing(doing)?,
        day: day
            .parse()
            .map_err(|error: jiff::Error| StateError::corrupt("a day of calls", &day, error))?,
        used: row.try_get("used").doing(doing)?,
        limit_seen: row.try_get("limit_seen").doing(doing)?,
        exhausted_at: exhausted_at
            .map(|text| read_time("the time of exhaustion", &text))
            .transpose()?,
    })
}
