//! What a run did, and what it is doing.

use jiff::Timestamp;
use kernel::{Interval, IntervalSet};
use landing::{Origin, WindowKind, WindowRef};

use crate::unread::UnreadTime;
use crate::{Stop, WindowError};

/// The record of a run.
#[derive(Debug)]
pub struct Report {
    pub source: String,
    pub dataset: String,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// The windows that were landed, in the order of their landing.
    pub windows: Vec<LandedWindow>,
    /// The windows that were tried and are not complete. They stay due.
    pub incomplete: Vec<IncompleteWindow>,
    /// What was due and not reached because the run stopped, or had no more calls to lose.
    pub not_reached: Vec<NotReached>,
    /// The daily sweeps that did not take place, and why.
    pub skipped: Vec<SkippedSweep>,
    /// What was tried and cannot be read, to the second. It stays due, is excluded from the windows
    /// around it, and is retried with increasing intervals.
    pub unread: Vec<UnreadWindow>,
    /// What could not be read before, and was read now.
    pub readable_again: Vec<Interval>,
    /// Why the run stopped early.
    pub stopped: Option<Stop>,
    /// Calls made, failed ones too.
    pub calls: u64,
    /// Calls that failed, whether or not they were retried.
    pub faults: u64,
    /// Calls that were lost on windows with wrong totals.
    pub lost_calls: u64,
    /// Whether more were needed than a run may lose, so that windows stay due.
    pub lost_calls_refused: bool,
}

/// A complete window.
#[derive(Clone, Debug)]
pub struct LandedWindow {
    pub window: WindowRef,
    pub origin: Origin,
    /// Distinct records by the source's id.
    pub records: u64,
    /// Further copies of records.
    pub duplicates: u64,
    /// How many records the source said there are.
    pub total_reported: u64,
    /// Bodies kept.
    pub bodies: u64,
    /// How often all pages were read.
    pub passes: u32,
}

/// A window that is not complete.
#[derive(Clone, Debug)]
pub struct IncompleteWindow {
    pub kind: WindowKind,
    pub interval: Interval,
    pub error: WindowError,
}

/// A time that cannot be read.
#[derive(Clone, Debug)]
pub struct UnreadWindow {
    pub kind: WindowKind,
    pub time: UnreadTime,
    /// It was found in this run.
    pub is_new: bool,
}

/// A window that the run did not get to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotReached {
    pub kind: WindowKind,
    pub interval: Interval,
}

/// A sweep that did not take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkippedSweep {
    pub kind: WindowKind,
    pub reason: SkipReason,
}

/// Why a sweep did not take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SkipReason {
    /// It took place earlier today.
    #[error("it took place earlier today")]
    DoneToday,
    /// Fewer calls are left for the day than are kept for what is due; it is deferred to the next
    /// day.
    #[error("{left} calls are left for the day, fewer than {least}; it waits for tomorrow")]
    FewCallsLeft { left: u64, least: u64 },
    /// The run stopped before.
    #[error("the run stopped before")]
    Stopped,
    /// No start is known: only backfills with an end were ever requested.
    #[error("no start is set, so only the periods requested by `--from` and `--to` are collected")]
    NoStart,
}

impl Report {
    /// Whether everything that was due is landed, but for what an earlier run reported as unreadable.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none()
            && self.incomplete.is_empty()
            && self.not_reached.is_empty()
            && !self.unread.iter().any(|unread| unread.is_new)
    }

    /// The times that stay due, ascending: what was tried and is not complete, what was not reached, and what
    /// this run found unreadable. Touching ones are one.
    pub fn due(&self) -> IntervalSet {
        let incomplete = self.incomplete.iter().map(|window| window.interval);
        let not_reached = self.not_reached.iter().map(|window| window.interval);
        let unread = self.unread.iter().filter(|unread| unread.is_new);
        let unread = unread.map(|unread| unread.time.interval);
        incomplete.chain(not_reached).chain(unread).collect()
    }

    /// The sweeps to report as missed, each reason once, without those that took place earlier
    /// today.
    pub fn missed_sweeps(&self) -> Vec<(SkipReason, String)> {
        let mut missed: Vec<(SkipReason, Vec<&str>)> = Vec::new();
        for skipped in &self.skipped {
            let what = match skipped.kind {
                WindowKind::Updated => "what was edited",
                _ => "the last days",
            };
            match missed
                .iter_mut()
                .find(|(reason, _)| *reason == skipped.reason)
            {
                Some((_, all)) => all.push(what),
                None if skipped.reason == SkipReason::DoneToday => {}
                None => missed.push((skipped.reason, vec![what])),
            }
        }
        let described = |(reason, all): (SkipReason, Vec<&str>)| {
            let line = format!("not collected again today: {}: {reason}", all.join(" and "));
            (reason, line)
        };
        missed.into_iter().map(described).collect()
    }

    /// Distinct records per landed window, summed over windows.
    pub fn records(&self) -> u64 {
        self.windows.iter().map(|window| window.records).sum()
    }
}

/// The progress of a run. Numbers only grow, except those of the current window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is being read; `None` before the first and after the last window.
    pub window: Option<(WindowKind, Interval)>,
    /// Windows landed or given up.
    pub windows_done: u64,
    /// Windows known so far; cutting one in two adds one.
    pub windows_known: u64,
    /// Pages of the current window's pass that have been read.
    pub pages_done: u64,
    /// Pages of the current window's pass; 0 while unknown.
    pub pages_known: u64,
    /// Records received over the run, including repeated ones.
    pub records: u64,
    /// Calls made over the run.
    pub calls: u64,
    /// Calls that failed over the run.
    pub faults: u64,
}
