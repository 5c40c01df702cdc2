//! How many calls a source still allows today. The count is in the state file, so it survives
//! restarts; each take is one SQL statement, so any number of processes together are granted
//! exactly the limit.
//!
//! A call is counted before it is made. A process that dies in between wastes one call; counting
//! afterwards could overspend.
//!
//! Where several states share the calls ([`Calls::shared_by`]), one is granted only from a block that this
//! state has reserved: a process that dies, or a state that is lost, wastes at most what is left of its
//! block. The blocks of all states together are within the limit.
//!
//! The source's own quota error overrides the count, but may be wrong, or refer to another day:
//! once an hour one call may probe it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use tokio::sync::Mutex;

use super::error::{Doing, StateError};
use super::{read_time, stored_time};
use crate::shared_calls::{BlockWanted, Reserved, SharedCalls, SharedCallsError};
use crate::usage::CallUsage;

/// How long a source's quota error is respected before it is probed.
const WORD_STANDS: Duration = Duration::from_secs(3600);

/// The call budgets of all sources; clones share the state's connections.
#[derive(Clone)]
pub struct Calls {
    pool: SqlitePool,
    shared: Option<Arc<dyn SharedCalls>>,
    /// Held while a block is reserved: one is enough for all that wait for it.
    turn: Arc<Mutex<()>>,
    /// The sources and days of which the place is known to have what is reserved here.
    kept: Arc<Mutex<BTreeSet<(String, Date)>>>,
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
        Self {
            pool,
            shared: None,
            turn: Arc::default(),
            kept: Arc::default(),
        }
    }

    /// Shares the calls with other states.
    pub fn shared_by(mut self, shared: Arc<dyn SharedCalls>) -> Self {
        self.shared = Some(shared);
        self
    }

    /// Asks at `at` for one call to `source` on `day` (the day in the time zone in which the
    /// source's quota resets), with `limit` calls a day.
    ///
    /// # Errors
    /// When the state cannot be written, or a block cannot be reserved; then no call is granted.
    pub async fn take(
        &self,
        source: &str,
        day: Date,
        limit: u32,
        at: Timestamp,
    ) -> Result<Take, StateError> {
        self.keep(source, day, limit, at).await?;
        let take = self.take_reserved(source, day, limit, at).await?;
        let (Some(shared), true) = (&self.shared, is_refusal(take)) else {
            return Ok(take);
        };
        let _turn = self.turn.lock().await;
        loop {
            // What was reserved meanwhile, here or by another process.
            let take = self.take_reserved(source, day, limit, at).await?;
            if !is_refusal(take) {
                return Ok(take);
            }
            let usage = self.used(source, day).await?;
            let reserved = usage.reserved.unwrap_or_default();
            let others = usage.others.unwrap_or_default();
            let said = usage.exhausted_at.is_some_and(|said| !is_over(said, at));
            let is_spent = usage.used.saturating_add(others) >= limit && usage.others.is_some();
            if said || is_spent || usage.used < reserved {
                return Ok(take);
            }
            // It may have been lost since this process asked first.
            self.keep_reserved(&**shared, source, day, limit, at)
                .await?;
            let wanted = BlockWanted {
                source,
                day,
                limit,
                unreserved: usage.used - reserved,
                probes: usage.exhausted_at.is_some(),
                at,
            };
            let block = shared.reserve(&wanted).await;
            let block = block.map_err(|reason| not_reserved(source, reason))?;
            if let Some(said_at) = block.exhausted_at {
                // By another clock, which may be ahead.
                self.note_exhausted(source, day, said_at.min(at)).await?;
            }
            self.note_block(source, day, block.calls, block.total)
                .await?;
            if block.calls == 0 {
                // Also when the source said so more than an hour ago: the probe comes at the next call.
                return self.refusal(source, day).await;
            }
        }
    }

    /// Once for each source and day: before a call, so that others cannot make it again where the store
    /// has lost what this state reserved.
    async fn keep(
        &self,
        source: &str,
        day: Date,
        limit: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let Some(shared) = &self.shared else {
            return Ok(());
        };
        let mut kept = self.kept.lock().await;
        if kept.contains(&(source.to_owned(), day)) {
            return Ok(());
        }
        self.keep_reserved(&**shared, source, day, limit, at)
            .await?;
        kept.retain(|(_, known)| *known >= day);
        kept.insert((source.to_owned(), day));
        Ok(())
    }

    async fn keep_reserved(
        &self,
        shared: &dyn SharedCalls,
        source: &str,
        day: Date,
        limit: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let reserved = self.block(source, day).await?;
        let calls = reserved.map_or(0, |(reserved, _)| reserved);
        if calls == 0 {
            return Ok(());
        }
        let reserved = Reserved {
            source,
            day,
            limit,
            calls,
            at,
        };
        let total = shared.keep(&reserved).await;
        let total = total.map_err(|reason| not_reserved(source, reason))?;
        self.note_block(source, day, 0, total).await
    }

    /// Takes a call of those that this state may make without asking others.
    async fn take_reserved(
        &self,
        source: &str,
        day: Date,
        limit: u32,
        at: Timestamp,
    ) -> Result<Take, StateError> {
        let doing = "count a call";
        let is_shared = self.shared.is_some();
        let taken: Option<(u32, u32)> = sqlx::query_as(
            "insert into calls (source, day, used, limit_seen)
             select ?1, ?2, 1, ?3
             where ?3 > 0 and (not ?4 or exists (
                 select 1 from call_blocks
                 where source = ?1 and day = ?2 and reserved > 0 and max(total - reserved, 0) < ?3))
             on conflict (source, day) do update
             set used = used + 1, limit_seen = excluded.limit_seen
             where used < excluded.limit_seen and exhausted_at is null and (not ?4 or exists (
                 select 1 from call_blocks block
                 where block.source = ?1 and block.day = ?2
                   and calls.used < block.reserved and calls.used + max(block.total - block.reserved, 0) < ?3))
             returning used, coalesce((select max(total - reserved, 0) from call_blocks block
                                       where ?4 and block.source = ?1 and block.day = ?2), 0)",
        )
        .bind(source)
        .bind(day.to_string())
        .bind(limit)
        .bind(is_shared)
        .fetch_optional(&self.pool)
        .await
        .doing(doing)?;
        if let Some((used, others)) = taken {
            return Ok(Take::Granted {
                remaining: limit.saturating_sub(used).saturating_sub(others),
            });
        }
        let said_before = at.checked_sub(WORD_STANDS).unwrap_or(Timestamp::MIN);
        // One atomic statement: of all processes that ask, one is granted the call, and the hour
        // restarts.
        let used: Option<u32> = sqlx::query_scalar(
            "update calls set used = used + 1, limit_seen = ?3, exhausted_at = ?4
             where source = ?1 and day = ?2 and exhausted_at <= ?5 and used < ?3
               and (not ?6 or exists (
                   select 1 from call_blocks block
                   where block.source = ?1 and block.day = ?2
                     and calls.used < block.reserved and calls.used + max(block.total - block.reserved, 0) < ?3))
             returning used",
        )
        .bind(source)
        .bind(day.to_string())
        .bind(limit)
        .bind(stored_time(at))
        .bind(stored_time(said_before))
        .bind(is_shared)
        .fetch_optional(&self.pool)
        .await
        .doing(doing)?;
        if let Some(used) = used {
            return Ok(Take::Probe {
                remaining: limit.saturating_sub(used),
            });
        }
        self.refusal(source, day).await
    }

    async fn refusal(&self, source: &str, day: Date) -> Result<Take, StateError> {
        let usage = self.used(source, day).await?;
        Ok(match usage.exhausted_at {
            Some(at) => Take::Exhausted {
                used: usage.used,
                at,
            },
            None => Take::Spent { used: usage.used },
        })
    }

    /// How many calls of `limit` are left on `day`, of those that others have not reserved. Takes none.
    ///
    /// # Errors
    /// When the state cannot be read, or what is reserved.
    pub async fn left(&self, source: &str, day: Date, limit: u32) -> Result<u32, StateError> {
        let usage = self.used(source, day).await?;
        if usage.exhausted_at.is_some() {
            return Ok(0);
        }
        let others = match (&self.shared, usage.others) {
            (None, _) => 0,
            (Some(_), Some(others)) => others,
            (Some(shared), None) => {
                let reserved = shared.reserved(source, day).await;
                reserved.map_err(|reason| not_reserved(source, reason))?
            }
        };
        Ok(limit.saturating_sub(usage.used).saturating_sub(others))
    }

    /// The calls reserved here, and by all together.
    async fn block(&self, source: &str, day: Date) -> Result<Option<(u32, u32)>, StateError> {
        sqlx::query_as("select reserved, total from call_blocks where source = ?1 and day = ?2")
            .bind(source)
            .bind(day.to_string())
            .fetch_optional(&self.pool)
            .await
            .doing("read the calls reserved")
    }

    async fn note_block(
        &self,
        source: &str,
        day: Date,
        calls: u32,
        total: u32,
    ) -> Result<(), StateError> {
        sqlx::query(
            "insert into call_blocks (source, day, reserved, total) values (?1, ?2, ?3, ?4)
             on conflict (source, day) do update
             set reserved = reserved + excluded.reserved, total = max(total, excluded.total)",
        )
        .bind(source)
        .bind(day.to_string())
        .bind(calls)
        .bind(total)
        .execute(&self.pool)
        .await
        .doing("record the calls reserved")?;
        Ok(())
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
        self.note_exhausted(source, day, at).await?;
        if let Some(shared) = &self.shared
            && let Err(error) = shared.mark_exhausted(source, day, at).await
        {
            // The others will hear it from the source.
            tracing::warn!(source, %day, error, "it was not reported to others that no calls are left");
        }
        Ok(())
    }

    async fn note_exhausted(
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
        if let Some(shared) = &self.shared
            && let Err(error) = shared.mark_open(source, day).await
        {
            // The others probe it as well.
            tracing::warn!(source, %day, error, "it was not reported to others that a source responds again");
        }
        Ok(())
    }

    /// The calls used of `source` on `day`; zero if none were made.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn used(&self, source: &str, day: Date) -> Result<CallUsage, StateError> {
        let row = sqlx::query(
            "select source, day, used, limit_seen, exhausted_at, reserved, max(total - reserved, 0) as others
             from calls left join call_blocks using (source, day)
             where source = ?1 and day = ?2",
        )
        .bind(source)
        .bind(day.to_string())
        .fetch_optional(&self.pool)
        .await
        .doing("read the calls made")?;
        if let Some(row) = row {
            return usage(&row);
        }
        // A block may be reserved before the first call is counted.
        let block = self.block(source, day).await?;
        Ok(CallUsage {
            source: source.to_owned(),
            day,
            used: 0,
            limit_seen: None,
            exhausted_at: None,
            reserved: block.map(|(reserved, _)| reserved),
            others: block.map(|(reserved, total)| total.saturating_sub(reserved)),
        })
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
        reserved: row.try_get("reserved").doing(doing)?,
        others: row.try_get("others").doing(doing)?,
    })
}

fn is_refusal(take: Take) -> bool {
    matches!(take, Take::Spent { .. } | Take::Exhausted { .. })
}

/// Whether a source's quota error of `said` may be probed.
fn is_over(said: Timestamp, at: Timestamp) -> bool {
    Duration::try_from(at.duration_since(said)).is_ok_and(|passed| passed >= WORD_STANDS)
}

fn not_reserved(source: &str, reason: SharedCallsError) -> StateError {
    StateError::Reserve {
        calls_to: source.to_owned(),
        reason,
    }
}
