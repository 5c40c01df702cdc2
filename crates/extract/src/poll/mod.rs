//! Polling whole lists: the boards of a snapshot, the ranges of time series.
//!
//! # What is promised
//!
//! - **A part is complete or it says nothing.** All pages of a board, or of a range, were read to the
//!   end that the source declares, and are as many as it says, where it says so. What is shorter, or
//!   failed, is recorded as failed with its reason, and keeps no body.
//! - **A failed part never makes another fail.** Each is retried on its own. Only what concerns all
//!   of them ends the poll: the key, the quota, the clock, the store, or a source that is down.
//! - **One poll is one window**, whose manifest has a line for each part: complete, unchanged or
//!   failed, and when. A poll without a part that was read leaves none.
//! - **What did not change is not stored twice.** A part that the source says is unchanged (`ETag`,
//!   `Last-Modified`), or whose one body has the bytes of the last one, names the window that holds
//!   it, as long as that window counts.
//!
//! - **None is left out for ever.** What was never tried is first, and then what was not for the
//!   longest time, so that a quota, or lists that fail, end each poll at another list.
//!
//! A poll can be dropped or killed at any point: what it read is then ignored, and due again.

mod earlier;
mod list;
mod parts;
mod report;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Interval, whole_second};
use landing::{
    Dataset, Landing, Origin, Part, PartOutcome, WindowKind, WindowSpec, WindowSummary,
    WindowWriter,
};
use tokio::sync::watch;

pub use report::PollReport;

use crate::client::Client;
use crate::collect::CollectorSettings;
use crate::query::CheckedQuery;
use crate::report::Progress;
use crate::source::{Lists, SourceDescription, Strategy};
use crate::{CallBudget, Error, Result, Stop};

use earlier::Earlier;
use list::{Got, List, Lost};
use parts::Planned;

/// The parts that fail in a row before each of the next is called only once, in windows that end a
/// run of the other strategy; and so many times as many before the source counts as down.
const DOWN: u32 = 4;

/// Begins the reason of a part that was not tried.
const NOT_REACHED: &str = "not reached: ";

/// Polls one dataset of one source into a landing store.
pub struct Poller {
    source: SourceDescription,
    lists: Lists,
    dataset: Dataset,
    query: CheckedQuery,
    client: Client,
    landing: Landing,
    clock: Arc<dyn Clock>,
    /// The first day of a series.
    start: Option<Date>,
    zone: TimeZone,
    /// Folders of landed windows that do not count.
    uncounted: HashSet<String>,
    progress: watch::Sender<Progress>,
    /// When each part was tried by this poller: a poll of nothing but failures leaves no manifest.
    tried: Mutex<HashMap<String, Timestamp>>,
}

impl Poller {
    /// # Errors
    /// Invalid settings: an unknown parameter, a missing key, no board, a name that cannot be part
    /// of a request, an unusable URL.
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
        let lists = source
            .strategy
            .lists()
            .ok_or_else(|| describe("it is collected in windows of time".to_owned()))?;
        let query = CheckedQuery::new(&source, &settings.query)?;
        let zone = source.window_time_zone().map_err(describe)?;
        let base_url = settings
            .base_url
            .unwrap_or_else(|| source.endpoint.base_url.clone());
        let client = Client::new(
            &source,
            &base_url,
            settings.key,
            budget,
            clock.clone(),
            settings.check_clock,
        )?;
        let poller = Self {
            client,
            dataset: Dataset::new(&source.source, &source.dataset)?,
            query,
            landing,
            clock,
            start: settings.start.map(|at| at.to_zoned(zone.clone()).date()),
            zone,
            uncounted: HashSet::new(),
            progress: watch::channel(Progress::default()).0,
            tried: Mutex::default(),
            lists,
            source,
        };
        poller.check_names()?;
        Ok(poller)
    }

    /// Does not take these windows, by their folders in the store, for what was read before: they
    /// are damaged.
    pub fn not_counting(mut self, windows: impl IntoIterator<Item = String>) -> Self {
        self.uncounted.extend(windows);
        self
    }

    /// The progress of the poll, updated as it changes.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Reads what is due; with an interval, exactly its days, which a series alone has.
    ///
    /// # Errors
    /// Only before anything was fetched: [`Error::NoPast`], [`Error::NoStart`],
    /// [`Error::EmptyInterval`], [`Error::Landing`]. Later errors are in the report.
    pub async fn poll(&self, interval: Option<Interval>) -> Result<PollReport> {
        let now = whole_second(self.clock.now());
        let all = self.planned(interval, now)?;
        let earlier = self.earlier(&all, now).await?;
        let (due, done): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|part| interval.is_some() || !earlier.is_done(&part.name));
        let mut report = PollReport::new(&self.source, now, done.len());
        let (calls, faults) = (self.client.calls(), self.client.faults());
        self.progress.send_modify(|progress| {
            *progress = Progress {
                windows_known: due.len() as u64,
                ..Progress::default()
            };
        });
        if !due.is_empty() {
            self.read(due, &earlier, &mut report).await;
        }
        report.calls = self.client.calls() - calls;
        report.faults = self.client.faults() - faults;
        report.finished_at = self.clock.now();
        Ok(report)
    }

    async fn read(&self, due: Vec<Planned>, earlier: &Earlier, report: &mut PollReport) {
        let spec = |to| WindowSpec {
            dataset: self.dataset.clone(),
            kind: match self.source.strategy {
                Strategy::Series(_) => WindowKind::Series,
                _ => WindowKind::Snapshot,
            },
            from: report.started_at,
            to,
            query: self.query.identity.clone(),
        };
        // The bounds are those of the poll, of which only the beginning is known: the folder's name
        // ends a second later. The parts have their own times.
        let to = report
            .started_at
            .saturating_add(SignedDuration::from_secs(1));
        let writer = match self
            .landing
            .begin(spec(to.unwrap_or(Timestamp::MAX)), report.started_at)
        {
            Ok(writer) => writer,
            Err(error) => {
                report.stopped = Some(Stop::Landing(error));
                report.not_reached = due.into_iter().map(|part| part.name).collect();
                return;
            }
        };
        let poll = Poll {
            poller: self,
            writer: &writer,
            earlier,
            numbers: AtomicU32::new(1),
            failed_in_a_row: AtomicU32::new(0),
            generated: AtomicU32::new(0),
            duplicates: AtomicU64::new(0),
            stopped: Mutex::default(),
            has_read: AtomicBool::new(false),
        };
        let order: Vec<Planned> = due.clone();
        let mut due: Vec<(usize, Planned)> = due.into_iter().enumerate().collect();
        {
            let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
            due.sort_by_cached_key(|(_, part)| {
                let here = tried.get(&part.name).copied();
                here.max(earlier.tried(&part.name))
            });
        }
        let mut read: Vec<(usize, Option<Part>)> = futures::stream::iter(due)
            .map(|(at, part)| {
                let poll = &poll;
                async move { (at, poll.part(part).await) }
            })
            .buffer_unordered(self.source.endpoint.concurrency)
            .collect()
            .await;
        read.sort_by_key(|(at, _)| *at);
        let stopped = poll
            .stopped
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let is_generated = poll.generated.into_inner() > 0;
        let duplicates = poll.duplicates.into_inner();
        let reason = stopped.as_ref().map(|stop| {
            let text = stop.to_string();
            let line = text.lines().next().unwrap_or_default();
            format!("{NOT_REACHED}{line}")
        });
        let now = self.clock.now();
        let mut parts = Vec::with_capacity(read.len());
        for (at, part) in read {
            parts.push(part.unwrap_or_else(|| {
                let planned = &order[at];
                report.not_reached.push(planned.name.clone());
                planned.failed(now, now, reason.clone().unwrap_or_default(), false)
            }));
        }
        report.stopped = stopped;
        report.parts = parts.clone();
        let was_read = |part: &Part| part.outcome != PartOutcome::Failed;
        if !parts.iter().any(was_read) {
            if let Err(error) = writer.abandon().await {
                tracing::warn!(%error, "bodies of a poll that failed could not be removed");
            }
            return;
        }
        let complete = parts
            .iter()
            .filter(|part| part.outcome == PartOutcome::Complete);
        let records = complete.filter_map(|part| part.records).sum();
        let summary = WindowSummary {
            origin: origin(is_generated),
            total_reported: None,
            records: Some(records),
            duplicates,
            finished_at: self.clock.now(),
        };
        match writer.finish_with(summary, parts).await {
            Ok(window) => {
                tracing::info!(%window, records, "poll landed");
                report.window = Some(window);
                report.origin = Some(summary.origin);
            }
            Err(error) => {
                let reason = format!("the poll was not recorded: {error}");
                for part in report.parts.iter_mut().filter(|part| was_read(part)) {
                    report.not_reached.push(part.name.clone());
                    *part = Part {
                        outcome: PartOutcome::Failed,
                        reason: Some(reason.clone()),
                        records: None,
                        total_reported: None,
                        same_as: None,
                        ..part.clone()
                    };
                }
                report.stopped.get_or_insert(Stop::Landing(error));
            }
        }
    }
}

fn was_not_reached(part: &Part) -> bool {
    let reason = part.reason.as_deref();
    part.outcome == PartOutcome::Failed
        && reason.is_some_and(|reason| reason.starts_with(NOT_REACHED))
}

fn origin(is_generated: bool) -> Origin {
    match is_generated {
        true => Origin::Generated,
        false => Origin::Collected,
    }
}

/// A poll in progress, shared by its parts.
struct Poll<'a> {
    poller: &'a Poller,
    writer: &'a WindowWriter,
    earlier: &'a Earlier,
    /// The next free number for a body.
    numbers: AtomicU32,
    /// Parts that failed with a transient fault since one was read.
    failed_in_a_row: AtomicU32,
    generated: AtomicU32,
    duplicates: AtomicU64,
    /// Why the poll ends.
    stopped: Mutex<Option<Stop>>,
    /// Whether a part was read.
    has_read: AtomicBool,
}

impl Poll<'_> {
    /// Reads a part; `None` if the poll ended before.
    async fn part(&self, planned: Planned) -> Option<Part> {
        if self.is_stopped() {
            return None;
        }
        let poller = self.poller;
        let started_at = poller.clock.now();
        let failures = self.failed_in_a_row.load(Ordering::Relaxed);
        let limit = poller.source.retry.failed_windows;
        let attempts = match failures >= limit {
            true => 1,
            false => poller.source.retry.attempts,
        };
        let list = List::new(self, &planned, attempts);
        let outcome = list.read().await;
        let finished_at = poller.clock.now();
        {
            let tried = poller.tried.lock();
            let mut tried = tried.unwrap_or_else(PoisonError::into_inner);
            tried.insert(planned.name.clone(), finished_at);
        }
        let part = match outcome {
            Ok(got) => {
                self.has_read.store(true, Ordering::Relaxed);
                self.failed_in_a_row.store(0, Ordering::Relaxed);
                self.got(&planned, started_at, finished_at, got)
            }
            Err(Lost::Stop(stop)) => {
                self.stop(stop);
                return None;
            }
            Err(Lost::Unknown(reason)) => {
                self.failed_in_a_row.store(0, Ordering::Relaxed);
                planned.failed(started_at, finished_at, reason, true)
            }
            Err(Lost::Failed { reason, transient }) => {
                let failed = match transient {
                    true => self.failed_in_a_row.fetch_add(1, Ordering::Relaxed) + 1,
                    false => 0,
                };
                if failed >= limit.saturating_mul(DOWN) {
                    self.stop(Stop::Down {
                        parts: failed,
                        fault: reason.clone(),
                    });
                }
                planned.failed(started_at, finished_at, reason, false)
            }
        };
        if part.outcome == PartOutcome::Failed {
            tracing::warn!(
                source = poller.source.source,
                part = part.name,
                reason = part.reason,
                "a list was not read"
            );
        }
        poller.progress.send_modify(|progress| {
            progress.windows_done += 1;
            progress.records += part.records.unwrap_or(0);
            progress.calls = poller.client.calls();
            progress.faults = poller.client.faults();
        });
        Some(part)
    }

    fn got(
        &self,
        planned: &Planned,
        started_at: Timestamp,
        finished_at: Timestamp,
        got: Got,
    ) -> Part {
        let part = planned.part(started_at, finished_at);
        match got {
            Got::Complete(list) => {
                self.duplicates
                    .fetch_add(list.records - list.distinct, Ordering::Relaxed);
                self.generated
                    .fetch_add(u32::from(list.generated), Ordering::Relaxed);
                Part {
                    outcome: PartOutcome::Complete,
                    total_reported: list.total,
                    records: Some(list.distinct),
                    sha256: list.sha256,
                    etag: list.validators.etag,
                    last_modified: list.validators.last_modified,
                    ..part
                }
            }
            Got::Unchanged { before, generated } => {
                self.generated
                    .fetch_add(u32::from(generated), Ordering::Relaxed);
                Part {
                    outcome: PartOutcome::Unchanged,
                    total_reported: before.total_reported,
                    records: before.records,
                    same_as: before.same_as,
                    sha256: before.sha256,
                    etag: before.etag,
                    last_modified: before.last_modified,
                    ..part
                }
            }
        }
    }

    fn is_stopped(&self) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.is_some()
    }

    fn stop(&self, stop: Stop) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.get_or_insert(stop);
    }
}
