//! One run: windows are read sequentially, oldest first, the pages of a window concurrently.
//!
//! A window that does not add up is read in halves a few times, so that its consistent parts land
//! and only the rest stays due: one second that never adds up does not keep a year from being
//! collected.

use std::collections::VecDeque;

use jiff::Timestamp;
use kernel::{Interval, whole_second};
use landing::WindowKind;

use crate::client::Failed;
use crate::collect::Collector;
use crate::cut;
use crate::losses::{Losses, Reading};
use crate::plan::{Plan, Task};
use crate::queue::{self, Queued};
use crate::report::{
    IncompleteWindow, LandedWindow, NotReached, Progress, Report, SkipReason, SkippedSweep,
};
use crate::unread::{Bounded, Remembered};
use crate::window::{How, Part, Read};
use crate::{Error, Result, Stop, WindowError};

/// A run in progress.
pub(crate) struct Run<'a> {
    pub(crate) collector: &'a Collector,
    pub(crate) report: Report,
    calls_before: u64,
    faults_before: u64,
    pub(crate) failed_in_a_row: u32,
    halvings: u32,
    pub(crate) losses: Losses,
    /// What could not be read, by earlier runs and this one.
    pub(crate) remembered: Remembered,
    /// Calls spent on reading around it.
    pub(crate) searching_calls: u64,
    answers_before: u64,
    /// The number of calls made when the source was last probed successfully.
    pub(crate) answers_at: Option<u64>,
    /// Whether the remembered periods changed since they were stored.
    is_unsaved: bool,
}

impl Collector {
    /// Collects what is due, then the daily sweeps, then what is left of backfills. The end of all
    /// windows is the beginning of the run.
    ///
    /// # Errors
    /// Only before anything was fetched. Later errors are in the report.
    pub async fn collect(&self) -> Result<Report> {
        let now = self.now();
        let landed = self.landed().await?;
        let plan = self.plan(&landed, now);
        let mut run = Run::new(self, now).await?;
        run.forget(&plan);
        run.read(plan.due(), false).await;
        run.sweeps(&plan).await;
        run.read(plan.left_of_backfills(), false).await;
        Ok(run.end())
    }

    /// Collects a past period, even where data exists. The request is stored before the first call,
    /// and later runs continue what this run leaves, whether requested again or not; once it is
    /// done, another request starts from scratch. A period that reaches up to now has no end: it is
    /// due from there on, even if no start is set.
    ///
    /// # Errors
    /// [`Error::EmptyInterval`] when no part of it is in the past; [`Error::Landing`] when
    /// the request cannot be stored. Later errors are in the report.
    pub async fn backfill(&self, from: Timestamp, to: Timestamp) -> Result<Report> {
        let now = self.now();
        let interval = Interval::new(whole_second(from), whole_second(to).min(now))
            .map_err(|_| Error::EmptyInterval { from, to })?;
        let end = (interval.to < now).then_some(interval.to);
        let landed = self.landed().await?;
        let plan = self.plan(&landed, now);
        let before = plan.unfinished(interval.from, end);
        let tasks = plan.backfill(interval, before);
        if before.is_none() {
            let (dataset, query) = (&self.dataset, &self.query.identity);
            let asked_at = self.clock.now();
            let asked = self
                .landing
                .ask_for(dataset, interval.from, end, query, asked_at);
            asked.await?;
        }
        let mut run = Run::new(self, now).await?;
        run.read(tasks, true).await;
        Ok(run.end())
    }
}

impl<'a> Run<'a> {
    pub async fn new(collector: &'a Collector, now: Timestamp) -> Result<Self> {
        let left = collector.client.calls_left().await.map_err(Error::Budget)?;
        let unread = collector.unread.load(&collector.unread_key()).await;
        let remembered = Remembered::new(unread.map_err(Error::Budget)?);
        collector
            .progress
            .send_modify(|progress| *progress = Progress::default());
        Ok(Self {
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
                unread: Vec::new(),
                readable_again: Vec::new(),
                stopped: None,
                calls: 0,
                faults: 0,
                lost_calls: 0,
                lost_calls_refused: false,
            },
            calls_before: collector.client.calls(),
            faults_before: collector.client.faults(),
            failed_in_a_row: 0,
            halvings: 0,
            losses: Losses::new(left, collector.source.quota.daily_calls),
            remembered,
            searching_calls: 0,
            answers_at: None,
            is_unsaved: false,
            answers_before: collector.client.answers(),
        })
    }

    /// Reads windows until all are done, the run stops, or it has no more calls to lose. With
    /// `all`, known unreadable periods are read too.
    pub async fn read(&mut self, tasks: Vec<Task>, all: bool) {
        let now = self.report.started_at;
        let mut tasks: VecDeque<Queued> = queue::queue(tasks, &self.remembered, now, all).into();
        let progress = &self.collector.progress;
        progress.send_modify(|progress| progress.windows_known += tasks.len() as u64);
        while self.report.stopped.is_none()
            && !tasks.is_empty()
            && self.losses.can_pay(Reading::First, 1)
            && let Some(queued) = tasks.pop_front()
        {
            let (task, part) = (queued.task, queued.part);
            progress.send_modify(|progress| {
                progress.window = Some((task.kind, task.interval));
                progress.pages_done = 0;
                progress.pages_known = 0;
            });
            let may_halve = self.halvings < self.collector.strategy.completeness.halvings;
            let how = How {
                halves: may_halve,
                attempts: self.attempts(&queued),
                slices: self.slices(task.bounded()),
            };
            let reading = self.collector.reading(&self.losses);
            let mut read = reading.read(&task, &how, part).await;
            if may_halve
                && let Err(Failed::Window(error)) = &read
                && error.may_be_in_a_part()
                && let Some(halves) = cut::halves(&task)
            {
                tracing::warn!(kind = %task.kind, window = %task.interval, %error, "a window does not add up; it is read in halves");
                self.halvings += 1;
                let again = Part {
                    again: true,
                    ..part
                };
                read = Ok(Read::Cut(halves, again));
            }
            match read {
                Ok(Read::Cut(parts, part)) => {
                    progress.send_modify(|progress| {
                        progress.windows_known += (parts.len() as u64).saturating_sub(1);
                    });
                    for task in parts.into_iter().rev() {
                        tasks.push_front(Queued {
                            part,
                            known: queued.known.clone(),
                            ..Queued::new(task)
                        });
                    }
                    continue;
                }
                Ok(Read::Landed(window)) => {
                    if queued.known.is_some() {
                        self.report.readable_again.push(task.interval);
                    }
                    self.lands(window);
                }
                Ok(Read::Front(window, error)) => {
                    let until = window.window.to;
                    self.lands(window);
                    self.read_around(&queued, Some(until), error).await;
                }
                Err(Failed::Window(error)) if error.may_be_read_around() => {
                    let was_answered = self.was_answered();
                    if !was_answered && !queued.failed && !tasks.is_empty() {
                        // Other windows will show whether the source is down.
                        self.fails(&error);
                        tasks.push_back(Queued {
                            failed: true,
                            ..queued
                        });
                        continue;
                    }
                    match was_answered || self.failed_in_a_row == 0 {
                        true => self.read_around(&queued, None, error).await,
                        false => self.give_up(&task, error),
                    }
                }
                Err(Failed::Window(error)) => self.give_up(&task, error),
                Err(Failed::Stop(stop)) => {
                    tracing::warn!(reason = %stop, "the run stops");
                    self.report.stopped = Some(stop);
                    tasks.push_front(queued);
                    continue;
                }
            }
            if std::mem::take(&mut self.is_unsaved) {
                self.save_unread().await;
            }
            progress.send_modify(|progress| progress.windows_done += 1);
        }
        let left = tasks.into_iter().map(|queued| NotReached {
            kind: queued.task.kind,
            interval: queued.task.interval,
        });
        self.report.not_reached.extend(left);
        progress.send_modify(|progress| progress.window = None);
    }

    /// Whether the source answered anything in this run.
    pub(crate) fn was_answered(&self) -> bool {
        self.collector.client.answers() > self.answers_before
    }

    pub(crate) fn lands(&mut self, window: LandedWindow) {
        self.failed_in_a_row = 0;
        let bounded = match window.window.kind {
            WindowKind::Collect | WindowKind::Sweep => Some(Bounded::Published),
            WindowKind::Updated => Some(Bounded::Updated),
            WindowKind::Partial | WindowKind::Saved | WindowKind::Snapshot | WindowKind::Series => {
                None
            }
        };
        if let Some(bounded) = bounded {
            self.is_unsaved |= self.remembered.is_read(bounded, window.window.interval());
        }
        self.report.windows.push(window);
    }

    pub(crate) fn give_up(&mut self, task: &Task, error: WindowError) {
        tracing::warn!(kind = %task.kind, window = %task.interval, %error, "a window is not complete");
        self.fails(&error);
        self.report.incomplete.push(IncompleteWindow {
            kind: task.kind,
            interval: task.interval,
            error,
        });
    }

    /// Counts windows of which a page could not be read; too many in a row end the run.
    pub(crate) fn fails(&mut self, error: &WindowError) {
        if let WindowError::Page { fault, .. } = error {
            self.failed_in_a_row += 1;
            if self.failed_in_a_row >= self.collector.source.retry.failed_windows {
                self.report.stopped = Some(Stop::Unavailable {
                    windows: self.failed_in_a_row,
                    fault: fault.to_string(),
                });
            }
        }
    }

    /// Ends the run: the source no longer answers even a request that succeeded before.
    pub(crate) fn is_down(&mut self, error: &WindowError) {
        let most = self.collector.source.retry.failed_windows;
        self.failed_in_a_row = self.failed_in_a_row.max(most.saturating_sub(1));
        self.fails(error);
    }

    /// Forgets unreadable periods that are no longer requested.
    pub fn forget(&mut self, plan: &Plan<'_>) {
        let due = plan.due().into_iter().chain(plan.left_of_backfills());
        let due = due.map(|task| task.interval).collect();
        let sweep = &self.collector.strategy.sweep;
        let since = |back| plan.now.checked_sub(back).unwrap_or(plan.now);
        let (published, updated) = (sweep.published_back, sweep.updated_back_max);
        self.remembered
            .forget(&due, since(published), since(updated));
    }

    pub async fn sweeps(&mut self, plan: &Plan<'_>) {
        let sweep = &self.collector.strategy.sweep;
        let unread = self.remembered.set(Bounded::Published);
        let published = plan.published(sweep, &unread).into_iter().collect();
        let updated = plan.updated(sweep);
        for (kind, tasks) in [
            (WindowKind::Sweep, published),
            (WindowKind::Updated, updated),
        ] {
            if let Some(reason) = self.reason_to_skip(plan, &tasks).await {
                self.report.skipped.push(SkippedSweep { kind, reason });
            } else {
                self.read(tasks, false).await;
            }
        }
    }

    async fn reason_to_skip(&mut self, plan: &Plan<'_>, tasks: &[Task]) -> Option<SkipReason> {
        if tasks.is_empty() {
            return Some(SkipReason::DoneToday);
        }
        if plan.since.is_none() {
            return Some(SkipReason::NoStart);
        }
        if self.report.stopped.is_some() {
            return Some(SkipReason::Stopped);
        }
        let least = self.collector.strategy.sweep.min_calls_left;
        match self.collector.client.calls_left().await {
            Ok(Some(left)) if left < least => Some(SkipReason::FewCallsLeft { left, least }),
            Ok(_) => None,
            Err(error) => {
                self.report.stopped = Some(Stop::Budget(error));
                Some(SkipReason::Stopped)
            }
        }
    }

    pub fn end(mut self) -> Report {
        let client = &self.collector.client;
        self.report.finished_at = self.collector.clock.now();
        self.report.calls = client.calls() - self.calls_before;
        self.report.faults = client.faults() - self.faults_before;
        self.report.lost_calls = self.losses.calls();
        self.report.lost_calls_refused = self.losses.were_refused();
        self.report
    }
}
