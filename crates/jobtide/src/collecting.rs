//! Wiring of a source's collection: its description, overridden by the settings, the key from the
//! environment and the call budget of the state.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use extract::{
    Bounded, BudgetError, CallBudget, Collector, CollectorSettings, Grant, Secret,
    SourceDescription, UnreadKey,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use landing::Interval;
use orchestrator::{Asked, Calls, State, Take};
use url::Url;

use crate::app::App;
use crate::config::{Saramin, secret};

/// The description of the Saramin API below `pipeline/`.
const SARAMIN: &str = "sources/saramin.toml";
/// Its name in DAGs and settings.
const SOURCE: &str = "saramin";
/// All sources that can be collected.
pub const SOURCES: [&str; 1] = [SOURCE];

/// The collectors of these sources, by name.
pub async fn collectors(
    app: &App,
    state: &State,
    sources: Vec<&str>,
    from: Option<Timestamp>,
) -> Result<BTreeMap<String, Arc<Collector>>> {
    let mut collectors = BTreeMap::new();
    for source in sources {
        if source != SOURCE {
            bail!("there is no source `{source}`\nhint: there is `{SOURCE}`");
        }
        collectors.extend(by_source(saramin(app, state, from).await?));
    }
    Ok(collectors)
}

/// The collector by the name of its source.
pub fn by_source(collector: Collector) -> BTreeMap<String, Arc<Collector>> {
    [(SOURCE.to_owned(), Arc::new(collector))].into()
}

/// Makes the collector of the Saramin API. `from` is the start of a backfill: with it, a store
/// without history needs no configured start.
pub async fn saramin(app: &App, state: &State, from: Option<Timestamp>) -> Result<Collector> {
    let variable = &app.settings.sources.saramin.access_key_env;
    let Some(key) = secret(variable)? else {
        bail!(
            "the environment variable `{variable}` holds no access key\nhint: ask for one at https://oapi.saramin.co.kr and set {variable}, or `jobtide demo` to try without"
        );
    };
    saramin_with_key(app, state, from, &key).await
}

/// The same with a given key.
pub async fn saramin_with_key(
    app: &App,
    state: &State,
    from: Option<Timestamp>,
    key: &str,
) -> Result<Collector> {
    let settings = &app.settings.sources.saramin;
    let limits = Limits::new(settings)?;
    let source = description(app, settings, &limits)?;
    let zone = TimeZone::get(&source.window.time_zone)
        .with_context(|| format!("`{SARAMIN}` names an unknown time zone"))?;
    let start = settings
        .start
        .map(|day| midnight(day, &zone))
        .transpose()
        .context("`sources.saramin.start`")?;
    let budget = StateBudget {
        calls: state.calls(),
        daily: settings.daily_quota,
    };
    let base_url = base_url(settings)?;
    let collector = Collector::new(
        CollectorSettings {
            source,
            base_url: Some(base_url),
            key: Secret::new(key),
            query: query(settings)?,
            start,
            overlap: Some(limits.overlap),
            check_clock: settings.check_clock,
        },
        app.landing.clone(),
        Arc::new(budget),
        Arc::new(StateUnread(state.unread())),
        Arc::new(extract::SystemClock),
    )?;
    // What a build could not read counts as not collected.
    let published = app.warehouse.builds().published().await?;
    let unread = published.into_iter().flat_map(|record| record.unread);
    let collector = collector.not_counting(unread.map(|file| file.window));
    if from.is_none() && collector.has_no_start().await? {
        bail!(
            "nothing was collected yet and no start is set\nhint: `jobtide run collect_postings --from 2023-05-01`, or set `sources.saramin.start`"
        );
    }
    Ok(collector)
}

/// The numbers of `[sources.saramin]`, validated.
struct Limits {
    /// Between the beginnings of two calls.
    gap: Option<SignedDuration>,
    overlap: SignedDuration,
    sweep: SignedDuration,
}

impl Limits {
    fn new(settings: &Saramin) -> Result<Self> {
        // Written so that NaN is refused too.
        let between = |name: &str, value: f64, least: f64, most: f64, hint: &str| {
            if (least..=most).contains(&value) {
                return Ok(value);
            }
            bail!(
                "`sources.saramin.{name}` is {value}, not between {least} and {most}\nhint: {hint}"
            )
        };
        let concurrency = settings.concurrency as f64;
        let hint = "4 requests at once are plenty for 500 calls a day";
        between("concurrency", concurrency, 1.0, 64.0, hint)?;
        let calls = settings.requests_per_second;
        let gap = if calls == 0.0 {
            None
        } else {
            let hint = "0 for no limit of ours, 0.5 for a request every two seconds";
            let calls = between("requests_per_second", calls, 0.001, 1000.0, hint)?;
            Some(SignedDuration::from_secs_f64(1.0 / calls))
        };
        let hint = "2 finds postings that appear up to two hours late";
        let hours = between("overlap_hours", settings.overlap_hours, 0.0, 720.0, hint)?;
        let hint = "2 collects the last two days again once a day, 0 turns it off";
        let days = between("sweep_days", settings.sweep_days, 0.0, 30.0, hint)?;
        Ok(Self {
            gap,
            overlap: SignedDuration::from_secs((hours * 3600.0) as i64),
            sweep: SignedDuration::from_secs((days * 86_400.0) as i64),
        })
    }
}

/// The file's description, overridden by the settings.
fn description(app: &App, settings: &Saramin, limits: &Limits) -> Result<SourceDescription> {
    let text = app
        .files
        .get(SARAMIN)
        .with_context(|| format!("the pipeline has no `{SARAMIN}`"))?;
    let mut source = SourceDescription::parse(SARAMIN, std::str::from_utf8(text)?)?;
    source.endpoint.concurrency = settings.concurrency;
    source.endpoint.gap = limits.gap.unwrap_or(source.endpoint.gap);
    source.sweep.published_back = limits.sweep;
    if limits.sweep.is_zero() {
        // Sweeps of zero length do not take place.
        source.sweep.updated_back = SignedDuration::ZERO;
        source.sweep.updated_back_max = SignedDuration::ZERO;
    }
    Ok(source.with_daily_calls(settings.daily_quota.into()))
}

/// Validates the settings of a run, without calling the source.
pub fn check(settings: &Saramin) -> Result<()> {
    Limits::new(settings)?;
    base_url(settings)?;
    query(settings)?;
    Ok(())
}

fn base_url(settings: &Saramin) -> Result<Url> {
    let url = &settings.base_url;
    url.parse().with_context(|| {
        format!("`sources.saramin.base_url` is `{url}`\nhint: write an address such as `https://oapi.saramin.co.kr`")
    })
}

fn query(settings: &Saramin) -> Result<BTreeMap<String, String>> {
    settings
        .query
        .iter()
        .map(|(name, value)| {
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                other => bail!("`sources.saramin.query.{name}` must be text, not `{other}`"),
            };
            Ok((name.clone(), text))
        })
        .collect()
}

/// The day's first instant in a zone.
pub fn midnight(day: Date, zone: &TimeZone) -> Result<Timestamp> {
    Ok(day.to_zoned(zone.clone())?.timestamp())
}

/// The call budget in the state file, shared by all processes of this store.
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
        let usage = self.calls.used(source, day).await?;
        if usage.exhausted_at.is_some() {
            return Ok(Some(0));
        }
        Ok(Some(self.daily.saturating_sub(usage.used).into()))
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

/// The memory of what could not be read, in the state file.
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
