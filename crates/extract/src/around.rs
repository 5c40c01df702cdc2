//! Reading around what cannot be read: one page, record or hour that always fails keeps nothing else
//! from being collected.
//!
//! When all attempts at a page of a window failed, the window is searched for its readable parts
//! ([`crate::search`]), with one call per part unless the source is flaky. The rest stays due, is
//! remembered ([`crate::unread`]) and excluded from the windows around it.
//!
//! A source that is down looks the same at first. So nothing is remembered unless the source
//! answers something in the same run, and after [`ASK_AGAIN`] failures in a row the last successful
//! call is repeated: if that fails too, the run ends and no period is marked as unreadable.
//!
//! These calls are bounded per period and per run, and none are made when few are left for the day.

use jiff::Timestamp;
use kernel::Interval;

use crate::client::Failed;
use crate::plan::Task;
use crate::queue::Queued;
use crate::report::{IncompleteWindow, NotReached, UnreadWindow};
use crate::request::Slice;
use crate::run::Run;
use crate::search::Search;
use crate::singly::Effort;
use crate::unread::{Bounded, UnreadTime};
use crate::window::{How, Read};
use crate::{Stop, WindowError};

/// Consecutive failures after which the source is probed.
const ASK_AGAIN: u32 = 4;

/// Calls for one page while the source is flaky.
const ATTEMPTS_IF_FLAKY: u32 = 3;

/// Calls that a run spends on periods that were searched before.
const CALLS_LATER: u64 = 8;

/// Periods of up to this many seconds are read record by record.
const READ_SINGLY: i64 = 3600;

/// The number of runs in which a short period is read record by record.
const TRIED_SINGLY: u32 = 3;

/// The source is not probed again within this many calls.
const ANSWERED_LATELY: u64 = 25;

/// Above so many unreadable periods none is excluded from reads of edits.
const MOST_LEFT_OUT: usize = 4;

/// How a search ended.
enum End {
    Over,
    /// The source has not answered yet, or no longer answers.
    Down {
        any_more: bool,
    },
    Stopped,
}

impl Run<'_> {
    /// The number of attempts for a page of a window.
    pub(crate) fn attempts(&self, queued: &Queued) -> u32 {
        let may_be_down = self.failed_in_a_row > 0 && !self.was_answered();
        match queued.known.is_some() || queued.failed || may_be_down {
            true => self.attempts_of_parts(),
            false => self.collector.source.retry.attempts,
        }
    }

    /// Postings published in an unreadable period are excluded from reads of edits: they would have
    /// to be searched a second time, record by record. Beyond [`MOST_LEFT_OUT`] none are excluded:
    /// each costs a call.
    pub(crate) fn slices(&self, bounded: Bounded) -> Vec<Slice> {
        let unread = self.remembered.set(Bounded::Published);
        let few = (1..=MOST_LEFT_OUT).contains(&unread.as_slice().len());
        match bounded == Bounded::Updated && few {
            true => Slice::without(&unread),
            false => Vec::new(),
        }
    }

    fn attempts_of_parts(&self) -> u32 {
        match self.collector.client.is_flaky() {
            true => ATTEMPTS_IF_FLAKY,
            false => 1,
        }
    }

    /// Reads the readable parts of a window with an unreadable page; up to `read` it was read
    /// already.
    pub(crate) async fn read_around(
        &mut self,
        queued: &Queued,
        read: Option<Timestamp>,
        error: WindowError,
    ) {
        let task = queued.task;
        let tried = Interval {
            from: read.unwrap_or(task.interval.from),
            to: task.interval.to,
        };
        // The unreadable part may be in the overlap alone.
        let mut search = match &queued.known {
            Some(known) if known.searched => Search::of_searched(tried),
            None if read.is_none() && task.asked_from < task.interval.from => {
                Search::of_untried(tried)
            }
            _ => Search::of_unreadable(tried),
        };
        let mut calls = self.calls_to_search(queued).await;
        if queued.known.is_none() && calls <= u64::from(ASK_AGAIN) {
            // Too few to distinguish an unreadable page from a source that is down.
            let rest = Task {
                interval: tried,
                ..task
            };
            self.give_up(&rest, error);
            return;
        }
        let mut last_error = error;
        let end = self
            .search(queued, &mut search, &mut calls, &mut last_error)
            .await;
        let left = search.unreadable();
        match end {
            End::Stopped => {
                let kind = task.kind;
                let not_reached = left
                    .into_iter()
                    .map(|interval| NotReached { kind, interval });
                self.report.not_reached.extend(not_reached);
            }
            End::Down { any_more } => {
                for interval in left {
                    self.report.incomplete.push(IncompleteWindow {
                        kind: task.kind,
                        interval,
                        error: last_error.clone(),
                    });
                }
                match any_more {
                    true => self.is_down(&last_error),
                    false => self.fails(&last_error),
                }
            }
            End::Over => {
                let searched = search.is_over();
                self.remember(queued, tried, left, searched, &last_error)
                    .await;
                self.read_short_times(queued, tried).await;
            }
        }
    }

    /// Calls that a search may cost.
    async fn calls_to_search(&self, queued: &Queued) -> u64 {
        let each = match &queued.known {
            Some(known) if known.searched => CALLS_LATER.saturating_sub(self.searching_calls),
            _ => self.collector.strategy.unreadable.calls_each,
        };
        self.calls_for(each).await
    }

    /// `each` calls, or as many as the run and the day have left.
    async fn calls_for(&self, each: u64) -> u64 {
        let in_a_run = self.collector.strategy.unreadable.calls_in_a_run;
        let calls = each.min(in_a_run.saturating_sub(self.searching_calls));
        let least = self.collector.strategy.sweep.min_calls_left;
        match self.collector.client.calls_left().await {
            Ok(Some(left)) => calls.min(left.saturating_sub(least)),
            // An error of the budget shows at the next call.
            Ok(None) | Err(_) => calls,
        }
    }

    async fn search(
        &mut self,
        queued: &Queued,
        search: &mut Search,
        calls: &mut u64,
        last_error: &mut WindowError,
    ) -> End {
        let kind = queued.task.kind;
        let mut in_a_row = 0;
        let calls_made = self.collector.client.calls();
        let lately = self
            .answers_at
            .is_some_and(|at| calls_made < at + ANSWERED_LATELY);
        let mut readable = queued.known.is_some() && lately;
        while *calls > 0
            && let Some(interval) = search.next()
        {
            let part = Task {
                kind,
                interval,
                asked_from: interval.from,
            };
            let how = How {
                halves: false,
                attempts: self.attempts_of_parts(),
                slices: self.slices(queued.task.bounded()),
            };
            let before = self.collector.client.calls();
            let reading = self.collector.reading(&self.losses);
            let outcome = reading.read(&part, &how, queued.part).await;
            // Overhead of a landed part: a partial page, and one call to see that it is complete.
            let mut cost = 1;
            match outcome {
                Ok(Read::Landed(window)) => {
                    search.is_readable(interval, window.total_reported);
                    // Emptiness is confirmed by a second call.
                    cost += u64::from(window.total_reported == 0);
                    self.lands(window);
                    (in_a_row, readable) = (0, true);
                }
                Ok(Read::Front(window, error)) => {
                    search.is_readable_until(interval, window.window.to);
                    self.lands(window);
                    *last_error = error;
                    (in_a_row, readable) = (0, true);
                    cost = 2;
                }
                Ok(Read::Cut(..)) => {
                    search.is_too_large(interval);
                    (in_a_row, readable) = (0, true);
                }
                Err(Failed::Window(error)) if error.may_be_read_around() => {
                    search.is_unreadable(interval);
                    *last_error = error;
                    in_a_row += 1;
                    cost = self.collector.client.calls() - before;
                }
                Err(Failed::Window(error)) => {
                    search.is_left(interval);
                    self.report.incomplete.push(IncompleteWindow {
                        kind,
                        interval,
                        error,
                    });
                }
                Err(Failed::Stop(stop)) => {
                    self.report.stopped = Some(stop);
                    return End::Stopped;
                }
            }
            *calls = calls.saturating_sub(cost);
            self.searching_calls += cost;
            if in_a_row == ASK_AGAIN {
                (in_a_row, readable) = (0, true);
                match self.still_answers(calls).await {
                    End::Over => {}
                    end => return end,
                }
            }
        }
        match readable {
            true => End::Over,
            false => self.still_answers(calls).await,
        }
    }

    async fn still_answers(&mut self, calls: &mut u64) -> End {
        *calls = calls.saturating_sub(1);
        self.searching_calls += 1;
        match self.collector.client.still_answers().await {
            Ok(Some(true)) => {
                self.answers_at = Some(self.collector.client.calls());
                End::Over
            }
            Ok(Some(false)) => End::Down { any_more: true },
            Ok(None) => End::Down { any_more: false },
            Err(stop) => {
                self.report.stopped = Some(stop);
                End::Stopped
            }
        }
    }

    async fn remember(
        &mut self,
        queued: &Queued,
        tried: Interval,
        left: Vec<Interval>,
        searched: bool,
        error: &WindowError,
    ) {
        let bounded = queued.task.bounded();
        let now = self.collector.clock.now();
        let mut found = Vec::new();
        for interval in left {
            let before = queued.known.as_ref();
            let time = UnreadTime {
                bounded,
                interval,
                fault: error.to_string(),
                first_tried_at: before.map_or(now, |before| before.first_tried_at),
                last_tried_at: now,
                tries: before.map_or(0, |before| before.tries).saturating_add(1),
                searched: searched || before.is_some_and(|before| before.searched),
            };
            tracing::warn!(
                kind = %queued.task.kind,
                interval = %interval,
                %error,
                tries = time.tries,
                "a period cannot be read"
            );
            self.report.unread.push(UnreadWindow {
                kind: queued.task.kind,
                time: time.clone(),
                is_new: before.is_none(),
            });
            found.push(time);
        }
        self.remembered.replace(bounded, tried, found);
        self.save_unread().await;
    }

    /// Lands what can be read of the short periods that were found, now and at later tries.
    async fn read_short_times(&mut self, queued: &Queued, tried: Interval) {
        let bounded = queued.task.bounded();
        let found = self.remembered.all().iter().filter(|time| {
            time.bounded == bounded
                && time.interval.seconds() <= READ_SINGLY
                && tried.from <= time.interval.from
                && time.interval.to <= tried.to
                && time.tries <= TRIED_SINGLY
        });
        let short: Vec<UnreadTime> = found.cloned().collect();
        for time in short {
            let effort = Effort {
                calls: self
                    .calls_for(self.collector.strategy.unreadable.calls_each)
                    .await,
                attempts: self.attempts_of_parts(),
                tried: time.tries.saturating_sub(1),
            };
            let before = self.collector.client.calls();
            let task = Task {
                kind: queued.task.kind,
                interval: time.interval,
                asked_from: time.interval.from,
            };
            let reading = self.collector.reading(&self.losses);
            match reading.read_singly(&task, effort).await {
                Ok(Some(window)) => self.lands(window),
                Ok(None) | Err(Failed::Window(_)) => {}
                Err(Failed::Stop(stop)) => {
                    self.report.stopped = Some(stop);
                    return;
                }
            }
            self.searching_calls += self.collector.client.calls() - before;
        }
    }

    /// Stores what is remembered. If that fails, the next run searches again.
    pub(crate) async fn save_unread(&mut self) {
        let collector = self.collector;
        let key = collector.unread_key();
        let saved = collector.unread.save(&key, self.remembered.all()).await;
        if let Err(error) = saved {
            tracing::warn!(%error, "unreadable periods could not be recorded");
            self.report.stopped.get_or_insert(Stop::Budget(error));
        }
    }
}
