//! Reading one window into the landing store.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use landing::{
    Format, Interval, Landing, NewBody, Origin, Query, WindowSpec, WindowSummary, WindowWriter,
};
use tokio::sync::watch;

use crate::answer::RecordId;
use crate::client::{Client, Failed, Received};
use crate::losses::{self, Losses};
use crate::pager::{self, Limits, Outcome, Pages};
use crate::plan::Task;
use crate::request::{Asked, Requests};
use crate::source::SourceDescription;
use crate::{Clock, LandedWindow, Progress, Stop, WindowError};

/// A window that will be read in halves is given up after so many passes: the halves read everything
/// once more, in pieces that are easier to get right.
const PASSES_BEFORE_HALVES: u32 = 2;

/// What reading a window needs.
pub(crate) struct Reading<'a> {
    pub source: &'a SourceDescription,
    pub client: &'a Client,
    pub requests: &'a Requests,
    pub landing: &'a Landing,
    pub clock: &'a dyn Clock,
    pub dataset: &'a landing::Dataset,
    pub query: &'a Query,
    pub page_size: u64,
    pub progress: &'a watch::Sender<Progress>,
    pub losses: &'a Losses,
}

/// What became of a window.
pub(crate) enum Read {
    Landed(LandedWindow),
    /// It is too large to be read at once: read these in its place, in this order.
    Cut(Vec<Task>, Part),
}

/// What is known of a window before it is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part {
    /// It was read before, in a window that did not add up.
    pub again: bool,
    /// The total of the window that it was cut from.
    pub of: Option<u64>,
}

impl Part {
    /// Whether a total is about that of the window that this is a part of: cutting did not help.
    fn is_no_smaller(self, total: u64) -> bool {
        self.of.is_some_and(|whole| total > whole - whole / 8)
    }
}

impl Reading<'_> {
    /// Reads `task` whole, or says how to cut it. After an error nothing of it counts; `halves` is
    /// whether it will be read in halves then.
    pub async fn read(&self, task: &Task, halves: bool, part: Part) -> Result<Read, Failed> {
        let asked = Asked {
            bounded: task.bounded(),
            interval: Interval {
                from: task.asked_from,
                to: task.interval.to,
            },
        };
        let account = Account::new(self.losses, part.again);
        let read = self.read_paid(task, asked, halves, part, &account).await;
        match &read {
            Ok(Read::Landed(_)) => {
                account.settle();
                if part.of.is_some() {
                    self.losses.part_is_well();
                }
            }
            // What fails otherwise says nothing about the source's totals.
            Err(Failed::Stop(_)) => account.settle(),
            Err(Failed::Window(error)) if error.is_a_fault() => account.settle(),
            Ok(Read::Cut(..)) | Err(Failed::Window(_)) => {}
        }
        read
    }

    async fn read_paid(
        &self,
        task: &Task,
        asked: Asked,
        halves: bool,
        part: Part,
        account: &Account<'_>,
    ) -> Result<Read, Failed> {
        let first = self.fetch(asked, 0, account).await?;
        self.landing.check_origin(origin(first.generated)).await?;
        let total = first.parsed.total;
        let cut = cut(task);
        let parts = Part {
            of: Some(total),
            ..part
        };
        if self.is_too_large(total, account).await? {
            if let Some(cut) = cut {
                if !part.is_no_smaller(total) {
                    self.losses.was_cut();
                }
                return Ok(Read::Cut(cut, parts));
            }
            // A second with so many records is rather a total that is wrong.
            account.is_doubted();
        }
        if first.parsed.total > self.source.window.max_hits {
            tracing::warn!(
                window = %task.interval,
                total = first.parsed.total,
                "one second holds more records than the source may show; it is read as it is"
            );
        }
        let spec = WindowSpec {
            dataset: self.dataset.clone(),
            kind: task.kind,
            from: task.interval.from,
            to: task.interval.to,
            query: self.query.clone(),
        };
        let writer = self.landing.begin(spec, self.clock.now())?;
        let pages = WindowPages {
            reading: self,
            asked,
            account,
            writer: &writer,
            tally: Mutex::default(),
        };
        let passes = self.source.completeness.passes;
        let limits = Limits {
            page_size: self.page_size,
            concurrency: self.source.endpoint.concurrency,
            passes: match cut {
                Some(_) if halves => passes.min(PASSES_BEFORE_HALVES),
                _ => passes,
            },
            rereads: self.source.completeness.rereads,
            tolerated_shortfall: self.source.completeness.tolerated_shortfall,
            max_total: match cut {
                Some(_) => self.source.window.max_hits,
                None => u64::MAX,
            },
        };
        let outcome = pager::read_all(&pages, first, &limits).await;
        let tally = pages
            .tally
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(Outcome::Complete(complete)) => {
                let (total, passes) = (complete.total, complete.passes);
                let landed = self.finish(writer, tally, total, passes).await?;
                Ok(Read::Landed(landed))
            }
            Ok(Outcome::TooMany) => {
                abandon(writer).await;
                Ok(Read::Cut(cut.unwrap_or_default(), parts))
            }
            // What was received is kept, without a manifest: it counts for nothing, but a posting that
            // is gone when the window is read again can still be found. `Landing::tidy` ends it.
            Err(failed) => Err(failed),
        }
    }

    async fn finish(
        &self,
        writer: WindowWriter,
        tally: Tally,
        total: u64,
        passes: u32,
    ) -> Result<LandedWindow, Failed> {
        let records = tally.distinct.len() as u64;
        let summary = WindowSummary {
            origin: origin(tally.generated),
            total_reported: Some(total),
            records: Some(records),
            duplicates: tally.records - records,
            finished_at: self.clock.now(),
        };
        let window = writer.finish(summary).await?;
        tracing::info!(
            window = %window,
            records,
            total,
            bodies = tally.bodies,
            passes,
            "window landed"
        );
        Ok(LandedWindow {
            window,
            origin: summary.origin,
            records,
            duplicates: summary.duplicates,
            total_reported: total,
            bodies: tally.bodies,
            passes,
        })
    }

    /// Fetches a page, if the call may be lost.
    async fn fetch(
        &self,
        asked: Asked,
        page: u64,
        account: &Account<'_>,
    ) -> Result<Received, Failed> {
        if page > self.source.window.max_hits / self.page_size {
            // No window within `max_hits` has this page.
            account.is_doubted();
        }
        if !account.pay() {
            return Err(Failed::Window(WindowError::NoCallsToLose));
        }
        let parameters = self.requests.parameters(asked, page);
        let received = self.client.page(&parameters, page).await;
        self.progress.send_modify(|progress| {
            progress.calls = self.client.calls();
            progress.faults = self.client.faults();
            if let Ok(received) = &received {
                progress.records += received.parsed.ids.len() as u64;
                progress.pages_done += 1;
            }
        });
        received
    }

    /// Whether a window has more records than may be read at once, or needs more calls than are left
    /// for the day or may be lost on it: half a window that is landed today is better than a whole one
    /// never.
    async fn is_too_large(&self, total: u64, account: &Account<'_>) -> Result<bool, Failed> {
        if total > self.source.window.max_hits {
            return Ok(true);
        }
        // Behind pages that are all full one more is read.
        let further_pages = total / self.page_size;
        if further_pages > self.losses.at_once(account.reading()) {
            return Ok(true);
        }
        let left = self.client.calls_left().await;
        let left = left.map_err(|error| Failed::Stop(Stop::Budget(error)))?;
        Ok(left.is_some_and(|left| left > 0 && further_pages > left))
    }
}

/// Removes what was read of a window that is read again at once, in two halves. A failure to do so
/// does no harm.
async fn abandon(writer: WindowWriter) {
    if let Err(error) = writer.abandon().await {
        tracing::warn!(%error, "bodies of a window that was cut in two were left behind");
    }
}

fn origin(generated: bool) -> Origin {
    if generated {
        Origin::Generated
    } else {
        Origin::Collected
    }
}

/// A task that does not add up, in parts that may: first without its overlap, which the daily sweep
/// reads too, then in two. `None`: a second cannot be cut.
pub(crate) fn halves(task: &Task) -> Option<Vec<Task>> {
    let alone = Task {
        asked_from: task.interval.from,
        ..*task
    };
    if alone == *task {
        cut(task)
    } else {
        Some(vec![alone])
    }
}

/// A task in two. The overlap stays with the first half; where it is most of what is asked for, the
/// overlap is cut instead. `None`: a second cannot be cut.
fn cut(task: &Task) -> Option<Vec<Task>> {
    let asked = Interval {
        from: task.asked_from,
        to: task.interval.to,
    };
    let half = asked.seconds() / 2;
    let middle = task.asked_from.checked_add(SignedDuration::from_secs(half));
    let middle = middle.ok().filter(|middle| *middle > task.asked_from)?;
    if middle <= task.interval.from {
        return Some(vec![Task {
            asked_from: middle,
            ..*task
        }]);
    }
    let part = |from: Timestamp, to: Timestamp, asked_from: Timestamp| Task {
        kind: task.kind,
        interval: Interval { from, to },
        asked_from,
    };
    Some(vec![
        part(task.interval.from, middle, task.asked_from),
        part(middle, task.interval.to, middle),
    ])
}

/// What was kept of a window.
#[derive(Default)]
struct Tally {
    distinct: HashSet<RecordId>,
    records: u64,
    bodies: u64,
    generated: bool,
}

/// What the calls of one window were paid with.
struct Account<'a> {
    losses: &'a Losses,
    again: AtomicBool,
    paid: AtomicU64,
}

impl<'a> Account<'a> {
    fn new(losses: &'a Losses, again: bool) -> Self {
        Self {
            losses,
            again: AtomicBool::new(again),
            paid: AtomicU64::new(0),
        }
    }

    fn reading(&self) -> losses::Reading {
        match self.again.load(Ordering::Relaxed) {
            true => losses::Reading::Again,
            false => losses::Reading::First,
        }
    }

    /// What is read from now on is paid like what is read again.
    fn is_doubted(&self) {
        self.again.store(true, Ordering::Relaxed);
    }

    fn pay(&self) -> bool {
        let paid = self.losses.pay(self.reading());
        self.paid.fetch_add(u64::from(paid), Ordering::Relaxed);
        paid
    }

    /// Gives back what was paid.
    fn settle(&self) {
        self.losses.give_back(self.paid.load(Ordering::Relaxed));
    }
}

struct WindowPages<'a> {
    reading: &'a Reading<'a>,
    asked: Asked,
    account: &'a Account<'a>,
    writer: &'a WindowWriter,
    tally: Mutex<Tally>,
}

impl Pages for WindowPages<'_> {
    async fn fetch(&self, page: u64) -> Result<Received, Failed> {
        self.reading.fetch(self.asked, page, self.account).await
    }

    async fn keep(&self, number: u32, received: &Received) -> Result<(), Failed> {
        let body = NewBody {
            bytes: received.body.clone(),
            format: Format::Json,
            records: Some(received.parsed.ids.len() as u64),
            received_at: received.received_at,
            name: None,
        };
        self.writer.put(number, body).await?;
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.records += received.parsed.ids.len() as u64;
        tally.bodies += 1;
        tally.generated |= received.generated;
        tally.distinct.extend(received.parsed.ids.iter().cloned());
        Ok(())
    }

    fn may_repeat(&self, calls: u64) -> bool {
        let again = losses::Reading::Again;
        self.reading.losses.can_pay(again, calls)
    }

    fn expect_pages(&self, pages: u64) {
        self.reading.progress.send_modify(|progress| {
            progress.pages_known = pages;
            progress.pages_done = 1;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landing::WindowKind;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    fn task(asked_from: i64, from: i64, to: i64) -> Task {
        Task {
            kind: WindowKind::Collect,
            interval: Interval {
                from: at(from),
                to: at(to),
            },
            asked_from: at(asked_from),
        }
    }

    #[test]
    fn halves_touch_and_the_overlap_stays_in_front() {
        assert_eq!(
            cut(&task(-4, 0, 10)),
            Some(vec![task(-4, 0, 3), task(3, 3, 10)])
        );
        assert_eq!(
            cut(&task(0, 0, 3)),
            Some(vec![task(0, 0, 1), task(1, 1, 3)])
        );
        assert_eq!(
            cut(&task(0, 0, 2)),
            Some(vec![task(0, 0, 1), task(1, 1, 2)])
        );
        assert_eq!(cut(&task(0, 0, 1)), None);
    }

    #[test]
    fn a_large_overlap_is_cut_before_the_window() {
        assert_eq!(cut(&task(-100, 0, 2)), Some(vec![task(-49, 0, 2)]));
        assert_eq!(cut(&task(-1, 0, 1)), Some(vec![task(0, 0, 1)]));
    }

    #[test]
    fn what_does_not_add_up_is_read_without_its_overlap_and_then_in_two() {
        assert_eq!(halves(&task(-4, 0, 10)), Some(vec![task(0, 0, 10)]));
        assert_eq!(
            halves(&task(0, 0, 10)),
            Some(vec![task(0, 0, 5), task(5, 5, 10)])
        );
        assert_eq!(halves(&task(-4, 0, 1)), Some(vec![task(0, 0, 1)]));
        assert_eq!(halves(&task(0, 0, 1)), None);
    }

    proptest! {
        #[test]
        fn parts_tile_the_window_and_ask_for_all_of_it(before in 0i64..5000, seconds in 1i64..5000, at_once in 1i64..300) {
            // A posting each second: parts are small enough when they ask for so many seconds.
            let whole = task(-before, 0, seconds);
            let mut open = vec![whole];
            let mut parts = Vec::new();
            while let Some(part) = open.pop() {
                let asked = part.interval.to.as_second() - part.asked_from.as_second();
                match cut(&part) {
                    Some(cut) if asked > at_once => open.extend(cut.into_iter().rev()),
                    _ => parts.push(part),
                }
            }
            prop_assert_eq!(parts[0].interval.from, whole.interval.from);
            prop_assert_eq!(parts[parts.len() - 1].interval.to, whole.interval.to);
            prop_assert!(parts[0].asked_from >= whole.asked_from);
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].interval.to, pair[1].interval.from);
                prop_assert_eq!(pair[1].asked_from, pair[1].interval.from);
            }
            for part in &parts {
                prop_assert!(part.asked_from <= part.interval.from);
                prop_assert!(part.interval.from < part.interval.to);
            }
        }
    }
}
