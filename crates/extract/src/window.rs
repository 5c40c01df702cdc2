//! Reading one window into the landing store.

mod pages;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use kernel::{Clock, Interval};
use landing::{
    Landing, NewBody, Origin, Query, WindowKind, WindowSpec, WindowSummary, WindowWriter,
};
use tokio::sync::watch;

use pages::{Asking, WindowPages};

use crate::answer::RecordId;
use crate::client::{Ask, Client, Failed, Received};
use crate::cut::cut;
use crate::front::Front;
use crate::losses::{Account, Losses};
use crate::pager::{self, Complete, Limits, Outcome};
use crate::plan::Task;
use crate::request::{Asked, Requests, Slice};
use crate::source::{IntervalStrategy, SourceDescription};
use crate::unread::Bounded;
use crate::{LandedWindow, Progress, Stop, WindowError};

/// A window that will be read in halves is given up after this many passes: the halves read
/// everything again, in pieces that are more likely to add up.
const PASSES_BEFORE_HALVES: u32 = 2;

/// What reading a window needs.
pub(crate) struct Reading<'a> {
    pub source: &'a SourceDescription,
    pub strategy: &'a IntervalStrategy,
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

/// The outcome of a window.
pub(crate) enum Read {
    Landed(LandedWindow),
    /// It is too large to be read at once: read these instead, in this order.
    Cut(Vec<Task>, Part),
    /// It is landed up to the end of this window; a page after it could not be read.
    Front(LandedWindow, WindowError),
}

/// How a window is read.
#[derive(Clone, Debug)]
pub(crate) struct How {
    /// Whether it will be read in halves if it does not add up.
    pub halves: bool,
    /// Calls for one page.
    pub attempts: u32,
    /// Which parts of it are read in sequence; empty: all of it at once.
    pub slices: Vec<Slice>,
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
    /// Whether a total is about that of the parent window: cutting did not help.
    fn is_no_smaller(self, total: u64) -> bool {
        self.of.is_some_and(|whole| total > whole - whole / 8)
    }
}

impl Reading<'_> {
    /// Reads all of `task`, or returns how to cut it. After an error nothing of it counts.
    pub async fn read(&self, task: &Task, how: &How, part: Part) -> Result<Read, Failed> {
        let account = Account::new(self.losses, part.again);
        let read = self.read_paid(task, how, part, &account).await;
        match &read {
            Ok(Read::Landed(_)) => {
                account.settle();
                if part.of.is_some() {
                    self.losses.part_is_well();
                }
            }
            // Other failures say nothing about the source's totals.
            Ok(Read::Front(..)) | Err(Failed::Stop(_)) => account.settle(),
            Err(Failed::Window(error)) if error.is_a_fault() => account.settle(),
            Ok(Read::Cut(..)) | Err(Failed::Window(_)) => {}
        }
        read
    }

    async fn read_paid(
        &self,
        task: &Task,
        how: &How,
        part: Part,
        account: &Account<'_>,
    ) -> Result<Read, Failed> {
        let cut = cut(task);
        let passes = self.strategy.completeness.passes;
        let mut limits = Limits {
            page_size: self.page_size,
            concurrency: self.source.endpoint.concurrency,
            first_number: 1,
            passes: match cut {
                Some(_) if how.halves => passes.min(PASSES_BEFORE_HALVES),
                _ => passes,
            },
            rereads: self.strategy.completeness.rereads,
            tolerated_shortfall: self.strategy.completeness.tolerated_shortfall,
            max_total: match cut {
                Some(_) => self.strategy.max_hits,
                None => u64::MAX,
            },
        };
        let writer = self.begin(task.kind, task.interval)?;
        let mut counts = Counts::default();
        let mut complete = Complete::default();
        let slices = match how.slices.as_slice() {
            [] => &[Slice::default()],
            slices => slices,
        };
        for slice in slices {
            let asking = Asking {
                reading: self,
                asked: self.asked(task, task.interval.to, *slice),
                attempts: how.attempts,
                account,
                total: Mutex::default(),
            };
            let first = asking.fetch(0).await?;
            self.check_origin(&first).await?;
            let total = first.parsed.total;
            let parts = Part {
                of: Some(total),
                ..part
            };
            if self.is_too_large(total, account).await? {
                if let Some(cut) = cut {
                    if !part.is_no_smaller(total) {
                        self.losses.was_cut();
                    }
                    abandon(writer).await;
                    return Ok(Read::Cut(cut, parts));
                }
                // A second with this many records is more likely a wrong total.
                account.is_doubted();
            }
            if total > self.strategy.max_hits {
                tracing::warn!(
                    window = %task.interval,
                    total,
                    "one second has more records than the source can return; it is read as far as possible"
                );
            }
            let pages = WindowPages {
                asking: &asking,
                writer: &writer,
                tally: Mutex::default(),
            };
            let outcome = pager::read_all(&pages, first, &limits).await;
            let tally = pages
                .tally
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner);
            match outcome {
                Ok(Outcome::Complete(read)) => {
                    limits.first_number = tally.last_number + 1;
                    counts.extend(tally.counts);
                    complete.total += read.total;
                    complete.passes = complete.passes.max(read.passes);
                }
                Ok(Outcome::TooMany) => {
                    abandon(writer).await;
                    return Ok(Read::Cut(cut.unwrap_or_default(), parts));
                }
                // What was received is kept without a manifest: it is ignored, but a posting that
                // has disappeared when the window is read again can still be found. `Landing::tidy`
                // removes it.
                Err(Failed::Window(error)) => {
                    let front = match &error {
                        WindowError::Page { page, .. } => tally.first_pass.before(*page),
                        _ => None,
                    };
                    if let Some(front) = front
                        && let Some(landed) = self.land_front(task, &asking, &writer, front).await?
                    {
                        return Ok(Read::Front(landed, error));
                    }
                    return Err(Failed::Window(error));
                }
                Err(failed) => return Err(failed),
            }
        }
        let landed = self.finish(writer, counts, complete.total, complete.passes);
        Ok(Read::Landed(landed.await?))
    }

    /// Lands what was published before the page that failed, if it is complete.
    async fn land_front(
        &self,
        task: &Task,
        asking: &Asking<'_>,
        from: &WindowWriter,
        front: Front,
    ) -> Result<Option<LandedWindow>, Failed> {
        let known = front.ids.len() as u64;
        let inside = task.interval.from < front.until && front.until < task.interval.to;
        if !inside || known == 0 || task.bounded() != Bounded::Published {
            return Ok(None);
        }
        let asking = Asking {
            asked: self.asked(task, front.until, Slice::default()),
            total: Mutex::default(),
            ..*asking
        };
        let last = (known - 1) / self.page_size;
        let check = match asking.fetch(last).await {
            Ok(check) => check,
            Err(Failed::Window(_)) => return Ok(None),
            Err(stop) => return Err(stop),
        };
        let held = &check.parsed.ids;
        let fits = check.parsed.total == known
            && held.len() as u64 == known - last * self.page_size
            && held.iter().all(|id| front.ids.contains(id));
        if !fits {
            return Ok(None);
        }
        let interval = Interval {
            from: task.interval.from,
            to: front.until,
        };
        let writer = self.begin(task.kind, interval)?;
        for number in &front.numbers {
            from.copy_body(*number, &writer).await?;
        }
        let mut counts = Counts {
            distinct: front.all,
            records: front.records,
            bodies: front.numbers.len() as u64,
            generated: false,
        };
        let number = front.numbers.iter().max().map_or(1, |last| last + 1);
        put(&writer, number, &check, &mut counts).await?;
        Ok(Some(self.finish(writer, counts, known, 1).await?))
    }

    /// Whether the store accepts data of this response's class.
    pub(crate) async fn check_origin(&self, received: &Received) -> Result<(), Failed> {
        let origin = origin(received.generated);
        Ok(self.landing.check_origin(origin).await?)
    }

    /// The request, with the overlap, up to an instant.
    fn asked(&self, task: &Task, to: Timestamp, slice: Slice) -> Asked {
        Asked {
            bounded: task.bounded(),
            interval: Interval {
                from: task.asked_from,
                to,
            },
            page_size: self.page_size,
            slice,
        }
    }

    pub(crate) fn begin(
        &self,
        kind: WindowKind,
        interval: Interval,
    ) -> Result<WindowWriter, Failed> {
        let spec = WindowSpec {
            dataset: self.dataset.clone(),
            kind,
            from: interval.from,
            to: interval.to,
            query: self.query.clone(),
        };
        Ok(self.landing.begin(spec, self.clock.now())?)
    }

    pub(crate) async fn finish(
        &self,
        writer: WindowWriter,
        counts: Counts,
        total: u64,
        passes: u32,
    ) -> Result<LandedWindow, Failed> {
        let records = counts.distinct.len() as u64;
        let summary = WindowSummary {
            origin: origin(counts.generated),
            total_reported: Some(total),
            records: Some(records),
            duplicates: counts.records - records,
            finished_at: self.clock.now(),
        };
        let window = writer.finish(summary).await?;
        tracing::info!(
            window = %window,
            records,
            total,
            bodies = counts.bodies,
            passes,
            "window landed"
        );
        Ok(LandedWindow {
            window,
            origin: summary.origin,
            records,
            duplicates: summary.duplicates,
            total_reported: total,
            bodies: counts.bodies,
            passes,
        })
    }

    /// Fetches a page with this many attempts.
    pub(crate) async fn fetch(&self, ask: Ask) -> Result<Received, Failed> {
        let received = self.client.page(ask).await;
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
        if total > self.strategy.max_hits {
            return Ok(true);
        }
        // After full pages one more is read.
        let further_pages = total / self.page_size;
        if further_pages > self.losses.at_once(account.reading()) {
            return Ok(true);
        }
        let left = self.client.calls_left().await;
        let left = left.map_err(|error| Failed::Stop(Stop::Budget(error)))?;
        Ok(left.is_some_and(|left| left > 0 && further_pages > left))
    }
}

/// Removes what was read of a window that is read again immediately, in two halves. A failure does
/// no harm.
async fn abandon(writer: WindowWriter) {
    if let Err(error) = writer.abandon().await {
        tracing::warn!(%error, "bodies of a window that was split could not be removed");
    }
}

fn origin(generated: bool) -> Origin {
    if generated {
        Origin::Generated
    } else {
        Origin::Collected
    }
}

/// What was kept of a window.
#[derive(Default)]
pub(crate) struct Counts {
    distinct: HashSet<RecordId>,
    records: u64,
    bodies: u64,
    generated: bool,
}

impl Counts {
    fn add(&mut self, received: &Received) {
        self.records += received.parsed.ids.len() as u64;
        self.bodies += 1;
        self.generated |= received.generated;
        self.distinct.extend(received.parsed.ids.iter().cloned());
    }

    fn extend(&mut self, more: Self) {
        self.distinct.extend(more.distinct);
        self.records += more.records;
        self.bodies += more.bodies;
        self.generated |= more.generated;
    }

    pub fn records(&self) -> u64 {
        self.records
    }
}

/// Stores a response.
pub(crate) async fn put(
    writer: &WindowWriter,
    number: u32,
    received: &Received,
    counts: &mut Counts,
) -> Result<(), Failed> {
    writer.put(number, body(received)).await?;
    counts.add(received);
    Ok(())
}

fn body(received: &Received) -> NewBody {
    NewBody {
        bytes: received.body.clone(),
        format: received.format,
        records: Some(received.parsed.ids.len() as u64),
        received_at: received.received_at,
        name: None,
        part: None,
    }
}
