//! Reading a short period with unreadable records: by smaller pages, down to one record.

use landing::WindowKind;

use crate::client::{Ask, Failed, Received};
use crate::plan::Task;
use crate::request::{Asked, Slice};
use crate::window::{self, Counts, Reading};
use crate::{LandedWindow, Stop};

/// Page size between a full page and a single record.
const FEW: u64 = 10;

/// The approximate number of such pages per run.
const PAGES_A_RUN: u64 = 25;

/// The most consecutive failures before giving up.
const MOST_FAILED: u32 = 22;

/// How a short time is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Pages at most.
    pub calls: u64,
    /// Calls for one page.
    pub attempts: u32,
    /// The number of earlier runs that read it: each begins at another place.
    pub tried: u32,
}

/// A short period, read in pieces.
struct Short<'a> {
    reading: &'a Reading<'a>,
    asked: Asked,
    effort: Effort,
    failed_in_a_row: u32,
    /// The source's total, once a page was received.
    total: Option<u64>,
    read: Vec<Received>,
}

impl Reading<'_> {
    /// Lands what can be read of a short period. It does not cover the period, which stays due.
    /// `None`: nothing of it can be read.
    pub async fn read_singly(
        &self,
        task: &Task,
        effort: Effort,
    ) -> Result<Option<LandedWindow>, Failed> {
        let mut short = Short {
            reading: self,
            asked: Asked {
                bounded: task.bounded(),
                interval: task.interval,
                page_size: 1,
                slice: Slice::default(),
            },
            effort,
            failed_in_a_row: 0,
            total: None,
            read: Vec::new(),
        };
        short.read().await?;
        let Some(total) = short.total else {
            return Ok(None);
        };
        let mut counts = Counts::default();
        let writer = self.begin(WindowKind::Partial, task.interval)?;
        let held = short.read.iter().filter(|read| !read.parsed.ids.is_empty());
        for (number, received) in (1..).zip(held) {
            window::put(&writer, number, received, &mut counts).await?;
        }
        if counts.records() == 0 {
            return Ok(None);
        }
        Ok(Some(self.finish(writer, counts, total, 1).await?))
    }
}

impl Short<'_> {
    async fn read(&mut self) -> Result<(), Failed> {
        // Usually there is one record, and it is unreadable: if a second one can be requested, the
        // response gives the total.
        let second_is_read = self.page(1, 1).await?;
        let first_is_read = match second_is_read {
            true if self.total <= Some(1) => return Ok(()),
            true => false,
            false => self.page(1, 0).await?,
        };
        let Some(total) = self.total else {
            return Ok(());
        };
        let is_read = |record: u64| match record {
            0 => first_is_read,
            1 => second_is_read,
            _ => false,
        };
        // A larger total is wrong.
        let total = total.min(self.reading.strategy.max_hits);
        let pages = total.div_ceil(FEW);
        let first = u64::from(self.effort.tried).saturating_mul(PAGES_A_RUN) % pages.max(1);
        for few in (first..pages).chain(0..first) {
            if self.effort.calls == 0 || self.failed_in_a_row > MOST_FAILED {
                break;
            }
            let records = few * FEW..total.min((few + 1) * FEW);
            let missing: Vec<u64> = records.filter(|record| !is_read(*record)).collect();
            let at_once = FEW < self.reading.page_size && missing.len() > 1;
            if at_once && self.page(FEW, few).await? {
                continue;
            }
            for record in missing {
                self.page(1, record).await?;
            }
        }
        Ok(())
    }

    /// Reads a page of this size; returns whether it could be read.
    async fn page(&mut self, page_size: u64, page: u64) -> Result<bool, Failed> {
        let Some(calls) = self.effort.calls.checked_sub(1) else {
            return Ok(false);
        };
        self.effort.calls = calls;
        let asked = Asked {
            page_size,
            ..self.asked
        };
        let ask = Ask {
            parameters: self.reading.requests.parameters(asked, page),
            page,
            attempts: self.effort.attempts,
            total: self.total,
            ..Ask::default()
        };
        match self.reading.fetch(ask).await {
            Ok(received) => {
                self.reading.check_origin(&received).await?;
                self.failed_in_a_row = 0;
                self.total = Some(received.parsed.total);
                self.read.push(received);
                Ok(true)
            }
            // A page number beyond the last may be refused.
            Err(
                Failed::Window(_)
                | Failed::Stop(
                    Stop::Request { .. }
                    | Stop::Refused {
                        status: 400 | 404, ..
                    },
                ),
            ) => {
                self.failed_in_a_row += 1;
                Ok(false)
            }
            Err(stop) => Err(stop),
        }
    }
}
