//! Wiring of a source's collection: its description, the settings laid over it, the key from the
//! environment and the call budget of the state.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use extract::{
    BudgetError, CallBudget, Collector, CollectorSettings, Grant, Secret, SourceDescription,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use landing::{Dataset, WindowKind};
use orchestrator::{Calls, State, Take};

use crate::app::App;
use crate::config::{Saramin, secret};

/// The description of the Saramin API below `pipeline/`.
const SARAMIN: &str = "sources/saramin.toml";

/// Makes the collector of the Saramin API. `from` is where a backfill begins: with it, a store
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

/// The same with a key that is at hand.
pub async fn saramin_with_key(
    app: &App,
    state: &State,
    from: Option<Timestamp>,
    key: &str,
) -> Result<Collector> {
    let settings = &app.settings.sources.saramin;
    let source = description(app, settings)?;
    let zone = TimeZone::get(&source.window.time_zone)
        .with_context(|| format!("`{SARAMIN}` names an unknown time zone"))?;
    let start = match (settings.start, from, first_collected(app, &source).await?) {
        (Some(day), _, _) => midnight(day, &zone)?,
        (None, Some(from), _) | (None, None, Some(from)) => from,
        (None, None, None) => bail!(
            "nothing was collected yet and no start is set\nhint: `jobtide run collect_postings --from 2023-05-01`, or set `sources.saramin.start`"
        ),
    };
    let budget = StateBudget {
        calls: state.calls(),
        daily: settings.daily_quota,
    };
    let base_url = settings
        .base_url
        .parse()
        .with_context(|| format!("`sources.saramin.base_url`: `{}`", settings.base_url))?;
    let collector = Collector::new(
        CollectorSettings {
            source,
            base_url: Some(base_url),
            key: Secret::new(key),
            query: query(settings)?,
            start,
            overlap: Some(SignedDuration::from_secs(
                (settings.overlap_hours * 3600.0) as i64,
            )),
        },
        app.landing.clone(),
        Arc::new(budget),
        Arc::new(extract::SystemClock),
    )?;
    Ok(collector)
}

/// The file's description with what the settings change about it.
fn description(app: &App, settings: &Saramin) -> Result<SourceDescription> {
    let text = app
        .files
        .get(SARAMIN)
        .with_context(|| format!("the pipeline has no `{SARAMIN}`"))?;
    let mut source = SourceDescription::parse(SARAMIN, std::str::from_utf8(text)?)?;
    source.endpoint.concurrency = settings.concurrency.max(1);
    if settings.requests_per_second > 0.0 {
        source.endpoint.gap = SignedDuration::from_secs_f64(1.0 / settings.requests_per_second);
    }
    let days = |days: f64| SignedDuration::from_secs((days * 86_400.0) as i64);
    source.sweep.published_back = days(settings.sweep_days);
    if settings.sweep_days <= 0.0 {
        // Sweeps of no length do not take place.
        source.sweep.updated_back = SignedDuration::ZERO;
        source.sweep.updated_back_max = SignedDuration::ZERO;
    }
    Ok(source)
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

/// Begin of the earliest window that was ever collected.
async fn first_collected(app: &App, source: &SourceDescription) -> Result<Option<Timestamp>> {
    let dataset = Dataset::new(&source.source, &source.dataset)?;
    let listing = app.landing.list_dataset(&dataset).await?;
    Ok(listing
        .windows
        .iter()
        .filter(|window| window.kind == WindowKind::Collect)
        .map(|window| window.from)
        .min())
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
    async fn take(&self, source: &str, day: Date) -> Result<Grant, BudgetError> {
        Ok(match self.calls.take(source, day, self.daily).await? {
            Take::Granted { remaining, .. } => Grant::Granted {
                left: Some(remaining.into()),
            },
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

    async fn mark_exhausted(&self, source: &str, day: Date) -> Result<(), BudgetError> {
        Ok(self
            .calls
            .mark_exhausted(source, day, Timestamp::now())
            .await?)
    }
}
