//! Reading all pages of a window until they add up.
//!
//! # What complete means
//!
//! Every response of the source states the number of records (the total). A window is complete when
//! what was read adds up to it; otherwise it is incomplete, stays due, and the report says why.
//!
//! Pages are read in *passes*: the first page states the total, the others are read concurrently.
//! Every response is kept. Within a pass a response *fits* when it repeats the pass's total and
//! contains exactly as many records as its page must. Otherwise the page is read again, until a
//! response fits, or two in a row agree (then that is the source's answer), or `rereads` is used
//! up.
//!
//! A total that is too large, or too small within the last page, is contradicted by the content of
//! the pages. Two others are not, and cost one extra call: a total of zero is requested twice
//! (failing sources often answer with an empty list), and if a total fills its pages exactly, the
//! page after the last is read, which must be empty.
//!
//! After a pass in which all pages agreed on one total, and together contained no more than that,
//! the window is complete when one of these holds:
//!
//! 1. The distinct records of all responses with this total are exactly as many as it says. (Pages
//!    that shift while they are read hide records and repeat others; another pass finds them.)
//! 2. All records were on one page, as many as the total says, and the same ones in two passes: the
//!    source itself repeats a record. For several pages this is not accepted: a source whose order
//!    rotates between two calls hides the same records in pass after pass.
//! 3. The previous pass found the same records, none was repeated, and the total is too large by at
//!    most `tolerated_shortfall`, which is 0 unless the description says otherwise.
//!
//! Rereading ends when the run may lose no more calls on it ([`Pages::may_repeat`]): what does not
//! add up by then is incomplete.
//!
//! So a total that is wrong once costs a call, a total that changes while pages are read costs a
//! pass, and a total that is always wrong leaves the window due. What paging cannot detect: a
//! record that disappears and another that appears, both between two responses. The overlap of the
//! next window and the daily sweep cover those.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use futures::StreamExt;

use crate::answer::{Parsed, RecordId};
use crate::client::{Failed, Received};
use crate::{Stop, WindowError};

/// Sanity limit of pages; a total beyond it is wrong.
const MAX_PAGES: u64 = 1_000_000;

/// A page of at least this many records, all seen on other pages, ends a pass: it can no longer add
/// up. On shorter pages that happens while pages shift.
const LONG_PAGE: u64 = 20;

/// Where pages come from, and where responses are kept.
pub(crate) trait Pages: Sync {
    /// Fetches a page, counted from 0.
    fn fetch(&self, page: u64) -> impl Future<Output = Result<Received, Failed>> + Send;

    /// Stores a response for a page under its own number.
    fn keep(
        &self,
        page: u64,
        number: u32,
        received: &Received,
    ) -> impl Future<Output = Result<(), Failed>> + Send;

    /// Whether this many calls may be spent on rereading.
    fn may_repeat(&self, calls: u64) -> bool;

    /// Called when it is known how many pages a pass has.
    fn expect_pages(&self, pages: u64);
}

/// How a window is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub page_size: u64,
    pub concurrency: usize,
    /// The number of the first response.
    pub first_number: u32,
    pub passes: u32,
    pub rereads: u32,
    pub tolerated_shortfall: u64,
    /// A window with a larger total is not read.
    pub max_total: u64,
}

/// How a window was completed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Complete {
    /// By the source.
    pub total: u64,
    pub passes: u32,
}

/// How reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Complete(Complete),
    /// There are more records than `max_total`.
    TooMany,
}

/// Reads the pages of a window. `first` is a response for page 0 that the caller already has.
pub(crate) async fn read_all(
    pages: &impl Pages,
    first: Received,
    limits: &Limits,
) -> Result<Outcome, Failed> {
    let mut reader = Reader {
        pages,
        limits,
        numbers: AtomicU32::new(limits.first_number),
        ledger: Ledger::default(),
    };
    let mut first = Some(first);
    let mut before: Option<Pass> = None;
    let mut passes = 0;
    loop {
        let Some(pass) = reader.pass(first.take()).await? else {
            return Ok(Outcome::TooMany);
        };
        passes += 1;
        let total = pass.total;
        match reader.ledger.judge(&pass, before.as_ref(), limits) {
            Verdict::Complete => return Ok(Outcome::Complete(Complete { total, passes })),
            verdict if passes >= limits.passes || !pages.may_repeat(pass.pages) => {
                let failure = reader.ledger.failure(verdict, &pass, passes);
                return Err(Failed::Window(failure));
            }
            _ => before = Some(pass),
        }
    }
}

/// One reading of all pages.
#[derive(Debug)]
struct Pass {
    total: u64,
    /// Of the accepted responses.
    ids: BTreeSet<RecordId>,
    /// Whether all records were on one page.
    one_page: bool,
    /// Records of the accepted responses, including repeated ones.
    records: u64,
    /// Whether the total changed during the pass, which then ended early.
    moved: bool,
    /// The number of pages it had, or would have had.
    pages: u64,
}

enum Verdict {
    Complete,
    Short,
    Over,
    Moved,
}

/// The records of responses, by their total.
#[derive(Default)]
struct Ledger {
    by_total: HashMap<u64, BTreeSet<RecordId>>,
}

impl Ledger {
    fn add(&mut self, page: &PageRead) {
        for answer in &page.answers {
            let known = self.by_total.entry(answer.total).or_default();
            known.extend(answer.ids.iter().cloned());
        }
    }

    fn judge(&self, pass: &Pass, before: Option<&Pass>, limits: &Limits) -> Verdict {
        if pass.moved {
            return Verdict::Moved;
        }
        let seen = self.by_total.get(&pass.total).map_or(0, BTreeSet::len) as u64;
        if pass.records > pass.total || seen > pass.total {
            return Verdict::Over;
        }
        if seen == pass.total {
            return Verdict::Complete;
        }
        let found_the_same = before.is_some_and(|before| {
            !before.moved && before.total == pass.total && before.ids == pass.ids
        });
        let repeated = pass.records - pass.ids.len() as u64;
        if found_the_same && pass.one_page && pass.records == pass.total {
            tracing::warn!(
                total = pass.total,
                repeated,
                "the source repeats records on one page"
            );
            return Verdict::Complete;
        }
        let short = pass.total - seen;
        if found_the_same && repeated == 0 && short <= limits.tolerated_shortfall {
            tracing::warn!(
                total = pass.total,
                short,
                "the source has fewer records than it reports: tolerated"
            );
            return Verdict::Complete;
        }
        Verdict::Short
    }

    fn failure(&self, verdict: Verdict, pass: &Pass, passes: u32) -> WindowError {
        let total = pass.total;
        let distinct = self.by_total.get(&total).map_or(0, BTreeSet::len) as u64;
        match verdict {
            Verdict::Moved => WindowError::KeepsChanging { total, passes },
            Verdict::Over => WindowError::MoreThanTotal {
                total,
                sent: distinct.max(pass.records),
                distinct,
                passes,
            },
            Verdict::Complete | Verdict::Short => WindowError::DoesNotAddUp {
                total,
                distinct,
                passes,
            },
        }
    }
}

/// The responses for one page, in order; the last one is accepted.
struct PageRead {
    answers: Vec<Parsed>,
}

impl PageRead {
    fn last(&self) -> (u64, u64) {
        let last = self.answers.last();
        last.map_or((0, 0), |last| (last.total, last.ids.len() as u64))
    }

    fn agrees_with_itself(&self) -> bool {
        let mut latest = self.answers.iter().rev();
        match (latest.next(), latest.next()) {
            (Some(one), Some(two)) => one.total == two.total && one.ids.len() == two.ids.len(),
            _ => false,
        }
    }
}

struct Reader<'a, P> {
    pages: &'a P,
    limits: &'a Limits,
    /// The next free number for a response.
    numbers: AtomicU32,
    ledger: Ledger,
}

impl<P: Pages> Reader<'_, P> {
    /// `None` when the total exceeds the limit.
    async fn pass(&mut self, first: Option<Received>) -> Result<Option<Pass>, Failed> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let limits = self.limits;
        let page = self
            .page(0, number, first, |total, held| {
                held == limits.page_size.min(total) && total != 0
            })
            .await?;
        self.ledger.add(&page);
        let (total, held) = page.last();
        if total > limits.max_total {
            return Ok(None);
        }
        // A source may have a page size of its own: it is inferred from the first page.
        let size = if held == 0 { limits.page_size } else { held };
        let count = if held == 0 {
            1
        } else {
            total.div_ceil(size).clamp(1, MAX_PAGES)
        };
        // A page that is not full is always the last one.
        let fills = total > 0 && held > 0 && total.is_multiple_of(size);
        let full = fills && (count > 1 || held >= limits.page_size);
        let end = count + u64::from(full);
        self.pages.expect_pages(end);
        let must_hold = |page: u64| total.saturating_sub(page.saturating_mul(size)).min(size);

        let mut pass = Pass {
            total,
            ids: BTreeSet::new(),
            one_page: count == 1,
            records: 0,
            moved: false,
            pages: end,
        };
        pass.add(&page);
        let others = u32::try_from(end - 1).unwrap_or(u32::MAX);
        let numbers = self.numbers.fetch_add(others, Ordering::Relaxed);
        let enough = AtomicBool::new(false);
        let reader = &*self;
        // No response is dropped half stored: what was begun is read to its end.
        let mut reads = futures::stream::iter((1..end).zip(numbers..))
            .take_while(|_| std::future::ready(!enough.load(Ordering::Relaxed)))
            .map(|(page, number)| async move {
                let fits = |says, held| says == total && held == must_hold(page);
                (page, reader.page(page, number, None, fits).await)
            })
            .buffer_unordered(limits.concurrency);
        let mut read = Vec::new();
        let mut failed = None;
        while let Some((number, page)) = reads.next().await {
            let behind = number >= count;
            let page = match page {
                Ok(page) => page,
                Err(failure) => {
                    let failure = if behind {
                        behind_the_last(failure, total)
                    } else {
                        Some(failure)
                    };
                    let Some(failure) = failure else {
                        continue;
                    };
                    enough.store(true, Ordering::Relaxed);
                    failed = Some(match failed {
                        Some(first) => worse(first, failure),
                        None => failure,
                    });
                    continue;
                }
            };
            let (says, held) = page.last();
            // A source may send no total for a page that does not exist.
            let nothing_behind = behind && held == 0 && says == 0;
            pass.moved |= says != total && !nothing_behind;
            let known = pass.ids.len();
            pass.add(&page);
            // A source that ignores the page number sends the same records every time.
            let nothing_new = held >= LONG_PAGE && pass.ids.len() == known;
            // Nothing can follow an empty page.
            if pass.moved || held == 0 || nothing_new {
                enough.store(true, Ordering::Relaxed);
            }
            read.push(page);
        }
        drop(reads);
        if let Some(failure) = failed {
            return Err(failure);
        }
        for page in &read {
            self.ledger.add(page);
        }
        Ok(Some(pass))
    }

    /// Reads a page until a response fits or two in a row agree.
    async fn page(
        &self,
        page: u64,
        number: u32,
        mut first: Option<Received>,
        fits: impl Fn(u64, u64) -> bool,
    ) -> Result<PageRead, Failed> {
        let mut read = PageRead {
            answers: Vec::new(),
        };
        let mut number = number;
        for _ in 0..=self.limits.rereads {
            let received = match first.take() {
                Some(first) => first,
                None => self.pages.fetch(page).await?,
            };
            self.pages.keep(page, number, &received).await?;
            read.answers.push(received.parsed);
            let (total, held) = read.last();
            if fits(total, held) || read.agrees_with_itself() {
                break;
            }
            // An empty response is always confirmed.
            let nothing = total == 0 && read.answers.len() == 1;
            if !nothing && !self.pages.may_repeat(1) {
                break;
            }
            number = self.numbers.fetch_add(1, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// Interprets a failure to read the page after the last. `None`: there is no such page.
fn behind_the_last(failure: Failed, total: u64) -> Option<Failed> {
    match failure {
        // The query was answered for the other pages: only the number of this one is refused.
        Failed::Stop(
            Stop::Request { .. }
            | Stop::Refused {
                status: 400 | 404, ..
            },
        ) => None,
        Failed::Window(WindowError::Page { fault, .. }) => {
            Some(Failed::Window(WindowError::NoEnd { total, fault }))
        }
        other => Some(other),
    }
}

/// A failure that ends the run takes precedence over one that ends the window, and the first over
/// later ones.
fn worse(first: Failed, second: Failed) -> Failed {
    match (&first, &second) {
        (Failed::Window(_), Failed::Stop(_)) => second,
        _ => first,
    }
}

impl Pass {
    fn add(&mut self, page: &PageRead) {
        if let Some(last) = page.answers.last() {
            self.ids.extend(last.ids.iter().cloned());
            self.records += last.ids.len() as u64;
        }
    }
}
