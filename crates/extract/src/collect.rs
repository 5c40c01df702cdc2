//! A run: what is due, window by window, then the sweeps.
//!
//! Windows are read one after the other, oldest first; the pages of a window side by side. A run can
//! be dropped or killed at any point: complete windows stay, everything else counts for nothing and
//! is due again. Two runs at the same time do no harm but fetch twice.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use landing::{Dataset, Interval, Landing, WindowKind, WindowRef, whole_second};
use tokio::sync::watch;
use url::Url;

use crate::client::{Client, Failed};
use crate::query::CheckedQuery;
use crate::report::{IncompleteWindow, NotReached, Progress, Report, SkipReason, SkippedSweep};
use crate::request::Requests;
use crate::source::SourceDescription;
use crate::sweep::{Plan, Task};
use crate::window::{Read, Reading};
use crate::{CallBudget, Clock, Error, Result, Secret, Stop, WindowError};

/// What a collector is made from.
#[derive(Clone, Debug)]
pub struct CollectorSettings {
    pub source: SourceDescription,
    /// In place of the description's own.
    pub base_url: Option<Url>,
    pub key: Option<Secret>,
    /// Laid over the description's default query, parameter by parameter.
    pub query: BTreeMap<String, String>,
    /// Since when everything is due.
    pub start: Timestamp,
    /// In place of the description's own.
    pub overlap: Option<SignedDuration>,
}

/// Collects one dataset of one source into a landing store.
pub struct Collector {
    source: SourceDescription,
    dataset: Dataset,
    query: CheckedQuery,
    requests: Requests,
    client: Client,
    landing: Landing,
    clock: Arc<dyn Clock>,
    start: Timestamp,
    overlap: SignedDuration,
    day_zone: TimeZone,
    progress: watch::Sender<Progress>,
}

impl Collector {
    /// # Errors
    /// What is wrong with the settings: an unknown parameter, a missing key, an unusable URL.
    pub fn new(
        settings: CollectorSettings,
        landing: Landing,
        budget: Arc<dyn CallBudget>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let source = settings.source;
        let describe = |reason| Error::Description {
            file: source.source.clone(),
            reason,
        };
        let query = CheckedQuery::new(&source, &settings.query)?;
        let window_zone = source.window_time_zone().map_err(describe)?;
        let day_zone = source.quota_time_zone().map_err(describe)?;
        let base_url = settings
            .base_url
            .unwrap_or_else(|| source.endpoint.base_url.clone());
        Ok(Self {
            client: Client::new(&source, &base_url, settings.key, budget, clock.clone())?,
            dataset: Dataset::new(&source.source, &source.dataset)?,
            requests: Requests::new(source.clone(), query.clone(), window_zone),
            query,
            landing,
            clock,
            start: whole_second(settings.start),
            overlap: settings.overlap.unwrap_or(source.window.overlap),
            day_zone,
            progress: watch::channel(Progress::default()).0,
            source,
        })
    }

    /// How far the run is, now and whenever it changes.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// What is due now, oldest first.
    ///
    /// # Errors
    /// [`Error::Landing`] when the store cannot be listed.
    pub async fn due(&self) -> Result<Vec<Interval>> {
        let windows = self.landing.list_dataset(&self.dataset).await?.windows;
        let due = self.plan(&windows, self.now()).due(self.start);
        Ok(due.iter().map(|task| task.interval).collect())
    }

    /// Collects what is due, then what the daily sweeps ask for. The end of all windows is the
    /// beginning of the run.
    ///
    /// # Errors
    /// Only before anything was fetched. Everything later is in the report.
    pub async fn collect(&self) -> Result<Report> {
        let now = self.now();
        let windows = self.landing.list_dataset(&self.dataset).await?.windows;
        let plan = self.plan(&windows, now);
        let mut run = Run::new(self, now);
        run.read(plan.due(self.start)).await;
        run.sweeps(&plan).await;
        Ok(run.end())
    }

    /// Collects a window of the past again, whatever is there already.
    ///
    /// # Errors
    /// [`Error::EmptyInterval`] when nothing of it lies in the past.
    pub async fn backfill(&self, from: Timestamp, to: Timestamp) -> Result<Report> {
        let now = self.now();
        let interval = Interval::new(whole_second(from), whole_second(to).min(now))
            .ok_or(Error::EmptyInterval { from, to })?;
        let mut run = Run::new(self, now);
        run.read(vec![Task {
            kind: WindowKind::Collect,
            interval,
            asked_from: interval.from,
        }])
        .await;
        Ok(run.end())
    }

    fn now(&self) -> Timestamp {
        whole_second(self.clock.now())
    }

    fn plan<'a>(&'a self, windows: &'a [WindowRef], now: Timestamp) -> Plan<'a> {
        Plan {
            windows,
            dataset: &self.dataset,
            query: self.query.id(),
            zone: &self.day_zone,
            now,
            overlap: self.overlap,
        }
    }

    fn reading(&self) -> Reading<'_> {
        Reading {
            source: &self.source,
            client: &self.client,
            requests: &self.requests,
            landing: &self.landing,
            clock: self.clock.as_ref(),
            dataset: &self.dataset,
            query: &self.query.identity,
            page_size: self.query.page_size,
            progress: &self.progress,
        }
    }
}

/// A run under way.
struct Run<'a> {
    collector: &'a Collector,
    report: Report,
    calls_before: u64,
    faults_before: u64,
    failed_in_a_row: u32,
}

impl<'a> Run<'a> {
    fn new(collector: &'a Collector, now: Timestamp) -> Self {
        collector
            .progress
            .send_modify(|progress| *progress = Progress::default());
        Self {
            collector,
            report: Report {
                source: collector.source.source.clone(),
                dataset: collector.source.dataset.clone(),
                started_at: now,
                finished_at: now,
                windows: Vec::new(),
                incomplete: Vec::new(),
                not_reached: Vec::new(),
                skipped: Vec::new(),
                stopped: None,
                calls: 0,
                faults: 0,
            },
            calls_before: collector.client.calls(),
            faults_before: collector.client.faults(),
            failed_in_a_row: 0,
        }
    }

    /// Reads windows until all are done or the run stops.
    async fn read(&mut self, tasks: Vec<Task>) {
        let mut tasks = VecDeque::from(tasks);
        let progress = &self.collector.progress;
        progress.send_modify(|progress| progress.windows_known += tasks.len() as u64);
        while self.report.stopped.is_none()
            && let Some(task) = tasks.pop_front()
        {
            progress.send_modify(|progress| {
                progress.window = Some((task.kind, task.interval));
                progress.pages_done = 0;
                progress.pages_known = 0;
            });
            match self.collector.reading().read(&task).await {
                Ok(Read::Cut(parts)) => {
                    progress.send_modify(|progress| {
                        progress.windows_known += (parts.len() as u64).saturating_sub(1);
                    });
                    for part in parts.into_iter().rev() {
                        tasks.push_front(part);
                    }
                    continue;
                }
                Ok(Read::Landed(window)) => {
                    self.failed_in_a_row = 0;
                    self.report.windows.push(window);
                }
                Err(Failed::Window(error)) => self.give_up(&task, error),
                Err(Failed::Stop(stop)) => {
                    tracing::warn!(reason = %stop, "the run stops");
                    self.report.stopped = Some(stop);
                    tasks.push_front(task);
                    continue;
                }
            }
            progress.send_modify(|progress| progress.windows_done += 1);
        }
        let left = tasks.into_iter().map(|task| NotReached {
            kind: task.kind,
            interval: task.interval,
        });
        self.report.not_reached.extend(left);
        progress.send_modify(|progress| progress.window = None);
    }

    fn give_up(&mut self, task: &Task, error: WindowError) {
        tracing::warn!(kind = %task.kind, window = %task.interval, %error, "a window is not complete");
        if let WindowError::Page { fault, .. } = &error {
            self.failed_in_a_row += 1;
            if self.failed_in_a_row >= self.collector.source.retry.failed_windows {
                self.report.stopped = Some(Stop::Unavailable {
                    windows: self.failed_in_a_row,
                    fault: fault.to_string(),
                });
            }
        }
        self.report.incomplete.push(IncompleteWindow {
            kind: task.kind,
            interval: task.interval,
            error,
        });
    }

    async fn sweeps(&mut self, plan: &Plan<'_>) {
        let sweep = &self.collector.source.sweep;
        let published = plan.published(sweep).into_iter().collect();
        let updated = plan.updated(sweep);
        for (kind, tasks) in [
            (WindowKind::Sweep, published),
            (WindowKind::Updated, updated),
        ] {
            if let Some(reason) = self.reason_to_skip(&tasks).await {
                self.report.skipped.push(SkippedSweep { kind, reason });
            } else {
                self.read(tasks).await;
            }
        }
    }

    async fn reason_to_skip(&mut self, tasks: &[Task]) -> Option<SkipReason> {
        if tasks.is_empty() {
            return Some(SkipReason::DoneToday);
        }
        if self.report.stopped.is_some() {
            return Some(SkipReason::Stopped);
        }
        match self.collector.client.calls_left().await {
            Ok(Some(left)) if left < self.collector.source.sweep.min_calls_left => {
                Some(SkipReason::FewCallsLeft { left })
            }
            Ok(_) => None,
            Err(error) => {
                self.report.stopped = Some(Stop::Budget(error));
                Some(SkipReason::Stopped)
            }
        }
    }

    fn end(mut self) -> Report {
        let client = &self.collector.client;
        self.report.finished_at = self.collector.clock.now();
        self.report.calls = client.calls() - self.calls_before;
        self.report.faults = client.faults() - self.faults_before;
        self.report
    }
}
