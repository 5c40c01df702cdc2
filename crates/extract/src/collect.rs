//! Collecting one dataset of one source into a landing store: the public interface.
//!
//! A run can be dropped or killed at any point: complete windows stay, everything else is ignored
//! and due again, including requested backfills. Two concurrent runs do no harm, except that they
//! fetch twice.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Interval, IntervalSet, whole_second};
use landing::{Dataset, Landing, WindowKind, WindowRef};
use tokio::sync::watch;
use url::Url;

use crate::answer;
use crate::client::Client;
use crate::losses::Losses;
use crate::plan::{Landed, Plan};
use crate::query::CheckedQuery;
use crate::report::Progress;
use crate::request::Requests;
use crate::source::{IntervalStrategy, SourceDescription};
use crate::source_time;
use crate::unread::{UnreadKey, UnreadTimes};
use crate::window::Reading;
use crate::{CallBudget, Error, Result, Secret};

/// What a collector is made from.
#[derive(Clone, Debug)]
pub struct CollectorSettings {
    pub source: SourceDescription,
    /// Overrides the description's own.
    pub base_url: Option<Url>,
    pub key: Option<Secret>,
    /// Merged over the description's default query, parameter by parameter.
    pub query: BTreeMap<String, String>,
    /// The start from which everything is due. `None`: the earliest backfill without an end, or
    /// else the earliest window that is not due to a backfill.
    pub start: Option<Timestamp>,
    /// Overrides the description's own.
    pub overlap: Option<SignedDuration>,
    /// Whether a run stops when the source's clock and this machine's disagree.
    pub check_clock: bool,
}

/// Collects one dataset of one source into a landing store.
pub struct Collector {
    pub(crate) source: SourceDescription,
    pub(crate) strategy: IntervalStrategy,
    pub(crate) dataset: Dataset,
    pub(crate) query: CheckedQuery,
    page_size: u64,
    requests: Requests,
    pub(crate) client: Client,
    pub(crate) landing: Landing,
    pub(crate) unread: Arc<dyn UnreadTimes>,
    pub(crate) clock: Arc<dyn Clock>,
    start: Option<Timestamp>,
    overlap: SignedDuration,
    day_zone: TimeZone,
    /// Folders of landed windows that do not count.
    uncounted: HashSet<String>,
    pub(crate) progress: watch::Sender<Progress>,
}

impl Collector {
    /// # Errors
    /// Invalid settings: an unknown parameter, a missing key, an unusable URL.
    pub fn new(
        settings: CollectorSettings,
        landing: Landing,
        budget: Arc<dyn CallBudget>,
        unread: Arc<dyn UnreadTimes>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let source = settings.source;
        let describe = |reason| Error::Description {
            file: source.source.clone(),
            reason,
        };
        let not_windows = || describe("it is not collected in windows of time".to_owned());
        let strategy = source.strategy.interval().ok_or_else(not_windows)?.clone();
        let pages = source.paginator.numbered().ok_or_else(not_windows)?;
        let query = CheckedQuery::new(&source, &settings.query)?;
        let window_zone = source.window_time_zone().map_err(describe)?;
        let day_zone = source.quota_time_zone().map_err(describe)?;
        let base_url = settings
            .base_url
            .unwrap_or_else(|| source.endpoint.base_url.clone());
        Ok(Self {
            client: Client::new(
                &source,
                &base_url,
                settings.key,
                budget,
                clock.clone(),
                settings.check_clock,
            )?,
            dataset: Dataset::new(&source.source, &source.dataset)?,
            requests: Requests::new(pages.clone(), strategy.clone(), query.clone(), window_zone),
            page_size: query.page_size.unwrap_or(pages.size),
            query,
            landing,
            unread,
            clock,
            start: settings.start.map(whole_second),
            overlap: settings.overlap.unwrap_or(strategy.overlap),
            day_zone,
            uncounted: HashSet::new(),
            progress: watch::channel(Progress::default()).0,
            source,
            strategy,
        })
    }

    /// Leaves these windows, by their folders in the store, out of the coverage: they are damaged,
    /// so their period is due again.
    pub fn not_counting(mut self, windows: impl IntoIterator<Item = String>) -> Self {
        self.uncounted.extend(windows);
        self
    }

    /// The progress of the run, updated as it changes.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Whether nothing was ever requested or collected, and no start is configured: then
    /// [`Collector::collect`] has nothing to do.
    ///
    /// # Errors
    /// [`Error::Landing`] when the store cannot be listed.
    pub async fn has_no_start(&self) -> Result<bool> {
        if self.start.is_some() {
            return Ok(false);
        }
        let landed = self.landed().await?;
        Ok(landed.since().is_none() && landed.backfills.is_empty())
    }

    /// What is to be collected now, oldest first: what is due, and what is left of backfills.
    ///
    /// # Errors
    /// [`Error::Landing`] when the store cannot be listed.
    pub async fn due(&self) -> Result<Vec<Interval>> {
        let landed = self.landed().await?;
        let plan = self.plan(&landed, self.now());
        let tasks = [plan.due(), plan.left_of_backfills()].concat();
        let all: IntervalSet = tasks.iter().map(|task| task.interval).collect();
        Ok(all.as_slice().to_vec())
    }

    pub(crate) fn unread_key(&self) -> UnreadKey {
        UnreadKey {
            dataset: self.dataset.clone(),
            query: self.query.id(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        whole_second(self.clock.now())
    }

    pub(crate) async fn landed(&self) -> Result<Landed> {
        let listing = self.landing.list_dataset(&self.dataset).await?;
        let counts = |window: &WindowRef| !self.uncounted.contains(window.path().as_ref());
        let (windows, mut damaged): (Vec<_>, Vec<_>) =
            listing.windows.into_iter().partition(counts);
        damaged.extend(listing.unsound);
        let mut windows = windows;
        let now = self.now();
        let latest = now.checked_add(source_time::TOLERATED);
        let latest = latest.unwrap_or(Timestamp::MAX);
        for window in windows.iter_mut().filter(|window| window.to > latest) {
            let to = self.observed_until(window, now).await;
            tracing::warn!(
                %window,
                counts_to = %to,
                "a window ends in the future: it counts up to the time it was read"
            );
            window.to = to;
        }
        windows.retain(|window| window.from < window.to || window.kind == WindowKind::Saved);
        Ok(Landed {
            windows,
            damaged,
            backfills: self.landing.backfills(&self.dataset).await?,
        })
    }

    /// The instant up to which a window that ends in the future was really read: its last record.
    /// The clock was ahead when it was landed, so its bounds cannot be trusted.
    async fn observed_until(&self, window: &WindowRef, now: Timestamp) -> Timestamp {
        let mut last = None;
        let Ok(manifest) = self.landing.manifest(window).await else {
            return window.from;
        };
        for entry in &manifest.bodies {
            let Ok(body) = self.landing.body(window, entry).await else {
                continue;
            };
            let known = manifest.total_reported;
            let Ok(parsed) = answer::read(&self.source, None, 200, (0, known), &body) else {
                continue;
            };
            let published = parsed.published.into_iter().flatten();
            last = last.max(published.filter(|at| *at < now.as_second()).max());
        }
        let behind = last.and_then(|last| Timestamp::from_second(last.saturating_add(1)).ok());
        behind.map_or(window.from, |behind| behind.clamp(window.from, window.to))
    }

    pub(crate) fn plan<'a>(&'a self, landed: &'a Landed, now: Timestamp) -> Plan<'a> {
        Plan {
            landed,
            dataset: &self.dataset,
            query: self.query.id(),
            since: self.start.or_else(|| landed.since()),
            zone: &self.day_zone,
            now,
            overlap: self.overlap,
        }
    }

    pub(crate) fn reading<'a>(&'a self, losses: &'a Losses) -> Reading<'a> {
        Reading {
            source: &self.source,
            strategy: &self.strategy,
            client: &self.client,
            requests: &self.requests,
            landing: &self.landing,
            clock: self.clock.as_ref(),
            dataset: &self.dataset,
            query: &self.query.identity,
            page_size: self.page_size,
            progress: &self.progress,
            losses,
        }
    }
}
