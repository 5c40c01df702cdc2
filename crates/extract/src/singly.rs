//! Reading a short time of which not every record can be read: by smaller pages, down to one record.

use landing::WindowKind;

use crate::client::{Ask, Failed, Received};
use crate::plan::Task;
use crate::request::{Asked, Slice};
use crate::window::{self, Counts, Reading};
use crate::{LandedWindow, Stop};

/// Records of a page between a full one and a single one.
const FEW: u64 = 10;

/// So many such pages are read in a run about.
const PAGES_A_RUN: u64 = 25;

/// After more failures in a row nothing else is tried.
const MOST_FAILED: u32 = 22;

/// How a short time is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Pages at most.
    pub calls: u64,
    /// Calls for one page.
    pub attempts: u32,
    /// In how many runs it was read before: each begins elsewhere.
    pub tried: u32,
}

/// A short time, read in pieces.
struct Short<'a> {
    reading: &'a Reading<'a>,
    asked: Asked,
    effort: Effort,
    failed_in_a_row: u32,
    /// By the source, once a page of it was answered.
    total: Option<u64>,
    read: Vec<Received>,
}

impl Reading<'_> {
    /// Lands what can be read of a short time. It does not cover the time, which stays due. `None`:
    /// nothing of it can be read.
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
        // It mostly has one record, and that is the one that cannot be read: where a second one
        // can be asked for, the answer says how many there are.
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
        let total = total.min(self.reading.source.window.max_hits);
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

    /// Reads a page of so many records. Whether it could be read.
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
        };
        match self.reading.fetch(ask).await {
            Ok(received) => {
                self.reading.check_origin(&received).await?;
                self.failed_in_a_row = 0;
                self.total = Some(received.parsed.total);
                self.read.push(received);
                Ok(true)
            }
            // Where there is no such page, its number may be refused.
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
