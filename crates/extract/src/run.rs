//! One run: windows are read one after the other, oldest first, the pages of a window side by side.
//!
//! A window that does not add up is read in halves a few times, so that what is well in it lands and
//! the rest alone stays due: one second that never adds up does not keep a year from being collected.

use std::collections::VecDeque;

use jiff::Timestamp;
use landing::WindowKind;

use crate::client::Failed;
use crate::collect::Collector;
use crate::losses::{Losses, Reading};
use crate::plan::{Plan, Task};
use crate::report::{IncompleteWindow, NotReached, Progress, Report, SkipReason, SkippedSweep};
use crate::window::{self, Part, Read};
use crate::{Error, Result, Stop, WindowError};

/// A run under way.
pub(crate) struct Run<'a> {
    collector: &'a Collector,
    report: Report,
    calls_before: u64,
    faults_before: u64,
    failed_in_a_row: u32,
    halvings: u32,
    losses: Losses,
}

impl<'a> Run<'a> {
    pub async fn new(collector: &'a Collector, now: Timestamp) -> Result<Self> {
        let left = collector.client.calls_left().await.map_err(Error::Budget)?;
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
        })
    }

    /// Reads windows until all are done, the run stops, or it has no calls to lose any more.
    pub async fn read(&mut self, tasks: Vec<Task>) {
        let mut tasks: VecDeque<(Task, Part)> = tasks
            .into_iter()
            .map(|task| (task, Part::default()))
            .collect();
        let progress = &self.collector.progress;
        progress.send_modify(|progress| progress.windows_known += tasks.len() as u64);
        while self.report.stopped.is_none()
            && !tasks.is_empty()
            && self.losses.can_pay(Reading::First, 1)
            && let Some((task, part)) = tasks.pop_front()
        {
            progress.send_modify(|progress| {
                progress.window = Some((task.kind, task.interval));
                progress.pages_done = 0;
                progress.pages_known = 0;
            });
            let may_halve = self.halvings < self.collector.source.completeness.halvings;
            let reading = self.collector.reading(&self.losses);
            let mut read = reading.read(&task, may_halve, part).await;
            if may_halve
                && let Err(Failed::Window(error)) = &read
                && error.may_be_in_a_part()
                && let Some(halves) = window::halves(&task)
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
                        tasks.push_front((task, part));
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
                    tasks.push_front((task, part));
                    continue;
                }
            }
            progress.send_modify(|progress| progress.windows_done += 1);
        }
        let left = tasks.into_iter().map(|(task, _)| NotReached {
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

    pub async fn sweeps(&mut self, plan: &Plan<'_>) {
        let sweep = &self.collector.source.sweep;
        let published = plan.published(sweep).into_iter().collect();
        let updated = plan.updated(sweep);
        for (kind, tasks) in [
            (WindowKind::Sweep, published),
            (WindowKind::Updated, updated),
        ] {
            if let Some(reason) = self.reason_to_skip(plan, &tasks).await {
                self.report.skipped.push(SkippedSweep { kind, reason });
            } else {
                self.read(tasks).await;
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
        let least = self.collector.source.sweep.min_calls_left;
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
