//! Wiring of a source's collection: its description with the settings applied, the key from the
//! environment and the call budget of the state.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail};
use async_trait::async_trait;
use extract::{
    Bounded, BudgetError, CallBudget, Collector, CollectorSettings, Grant, Poller, Progress,
    Secret, UnreadKey,
};
use instances::StoreCalls;
use jiff::Timestamp;
use jiff::civil::Date;
use kernel::Interval;
use orchestrator::{Asked, CallUsage, Calls, SharedCalls as _, State, Take};
use tokio::sync::watch;

use crate::app::App;
use crate::config::secret;
use crate::sources::Source;

/// What collects a source, by its strategy.
pub enum Collecting {
    /// Windows of time.
    Windows(Box<Collector>),
    /// Whole lists, and ranges of series.
    Lists(Box<Poller>),
}

impl Collecting {
    /// The progress of a collection, updated as it changes.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        match self {
            Self::Windows(collector) => collector.progress(),
            Self::Lists(poller) => poller.progress(),
        }
    }
}

/// The collectors of these sources, by name. `from` is the start of a backfill: with it, a store
/// without history needs no configured start.
pub async fn collectors(
    app: &App,
    state: &State,
    sources: Vec<&str>,
    from: Option<Timestamp>,
) -> Result<BTreeMap<String, Arc<Collecting>>> {
    let mut collectors = BTreeMap::new();
    for name in sources {
        let source = app.sources.named(name)?;
        let collector = collector(app, state, source, from).await?;
        collectors.insert(name.to_owned(), Arc::new(collector));
    }
    Ok(collectors)
}

async fn collector(
    app: &App,
    state: &State,
    source: &Source,
    from: Option<Timestamp>,
) -> Result<Collecting> {
    let Some(variable) = source.key_variable() else {
        return with_key(app, state, source, from, None).await;
    };
    let Some(key) = secret(variable)? else {
        bail!(
            "the environment variable `{variable}` holds no access key\nhint: {} and set {variable}, or `jobtide demo` to try without",
            source.key_hint()
        );
    };
    with_key(app, state, source, from, Secret::new(&key)).await
}

/// The collector of a source with a given key.
pub async fn with_key(
    app: &App,
    state: &State,
    source: &Source,
    from: Option<Timestamp>,
    key: Option<Secret>,
) -> Result<Collecting> {
    let configured = source.configured()?;
    let budget = StateBudget {
        calls: state.calls().shared_by(app.shared_calls()?),
        daily: configured.daily_quota,
    };
    let is_windows = configured.description.strategy.interval().is_some();
    let settings = CollectorSettings {
        source: configured.description,
        base_url: Some(configured.base_url),
        key,
        query: configured.query,
        start: configured.start,
        overlap: configured.overlap,
        check_clock: configured.check_clock,
    };
    // What a build could not read counts as not collected.
    let published = app.warehouse.builds().published().await?;
    let unread = published.into_iter().flat_map(|record| record.unread);
    let unread = unread.map(|file| file.window);
    let (landing, budget) = (app.landing.clone(), Arc::new(budget));
    let clock = Arc::new(kernel::SystemClock);
    if !is_windows {
        let poller = Poller::new(settings, landing, budget, clock)?;
        return Ok(Collecting::Lists(Box::new(poller.not_counting(unread))));
    }
    let times = Arc::new(StateUnread(state.unread()));
    let collector = Collector::new(settings, landing, budget, times, clock)?;
    let collector = collector.not_counting(unread);
    if from.is_none() && collector.has_no_start().await? {
        let name = source.name();
        bail!(
            "nothing was collected yet of `{name}` and no start is set\nhint: `jobtide run collect_postings --from 2023-05-01`, or set `sources.{name}.start`"
        );
    }
    Ok(Collecting::Windows(Box::new(collector)))
}

/// Brings what other instances reserved up to date, for people. Where the store cannot be read it is as
/// of the last look.
pub async fn look_at_others(app: &App, usage: &mut CallUsage) {
    let calls = StoreCalls::new(app.landing.clone(), "");
    if let Some(reserved) = usage.reserved
        && let Ok(total) = calls.reserved(&usage.source, usage.day).await
    {
        usage.others = Some(total.saturating_sub(reserved));
    }
}

/// The calls of a day in words.
pub fn calls_in_words(usage: &CallUsage) -> String {
    let (source, day, used) = (&usage.source, usage.day, usage.used);
    let limit = usage.limit_seen.map(|limit| format!(" of {limit}"));
    let others = match usage.others {
        None | Some(0) => String::new(),
        Some(others) => format!(", {others} reserved by other instances"),
    };
    let limit = limit.unwrap_or_default();
    format!("{source}, {day}: {used}{limit} made here{others}")
}

/// The call budget in the state file, shared by all processes of this state, of blocks that are reserved
/// in the store, shared by all instances.
struct StateBudget {
    calls: Calls,
    daily: u32,
}

#[async_trait]
impl CallBudget for StateBudget {
    async fn take(&self, source: &str, day: Date, now: Timestamp) -> Result<Grant, BudgetError> {
        Ok(match self.calls.take(source, day, self.daily, now).await? {
            Take::Granted { remaining, .. } => Grant::Granted {
                left: Some(remaining.into()),
            },
            Take::Probe { .. } => Grant::Probe,
            Take::Spent { .. } | Take::Exhausted { .. } => Grant::Exhausted,
        })
    }

    async fn left(&self, source: &str, day: Date) -> Result<Option<u64>, BudgetError> {
        let left = self.calls.left(source, day, self.daily).await?;
        Ok(Some(left.into()))
    }

    async fn mark_exhausted(
        &self,
        source: &str,
        day: Date,
        now: Timestamp,
    ) -> Result<(), BudgetError> {
        Ok(self.calls.mark_exhausted(source, day, now).await?)
    }

    async fn mark_open(&self, source: &str, day: Date) -> Result<(), BudgetError> {
        Ok(self.calls.mark_open(source, day).await?)
    }
}

/// The record of unreadable periods, in the state file.
struct StateUnread(orchestrator::UnreadTimes);

fn asked(key: &UnreadKey) -> Asked {
    Asked {
        source: key.dataset.source().to_owned(),
        dataset: key.dataset.name().to_owned(),
        query: key.query.to_string(),
    }
}

#[async_trait]
impl extract::UnreadTimes for StateUnread {
    async fn load(&self, key: &UnreadKey) -> Result<Vec<extract::UnreadTime>, BudgetError> {
        let stored = self.0.of(&asked(key)).await?;
        let read = |time: orchestrator::UnreadTime| extract::UnreadTime {
            bounded: match time.bounded.as_str() {
                "updated" => Bounded::Updated,
                _ => Bounded::Published,
            },
            interval: Interval {
                from: time.from,
                to: time.to,
            },
            fault: time.fault,
            first_tried_at: time.first_tried_at,
            last_tried_at: time.last_tried_at,
            tries: time.tries,
            searched: time.searched,
        };
        Ok(stored.into_iter().map(read).collect())
    }

    async fn save(
        &self,
        key: &UnreadKey,
        times: &[extract::UnreadTime],
    ) -> Result<(), BudgetError> {
        let stored = times.iter().map(|time| orchestrator::UnreadTime {
            bounded: time.bounded.as_str().to_owned(),
            from: time.interval.from,
            to: time.interval.to,
            fault: time.fault.clone(),
            first_tried_at: time.first_tried_at,
            last_tried_at: time.last_tried_at,
            tries: time.tries,
            searched: time.searched,
        });
        let stored: Vec<orchestrator::UnreadTime> = stored.collect();
        Ok(self.0.replace(&asked(key), &stored).await?)
    }
}
