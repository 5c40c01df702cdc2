//! Reading a short time of which not every record can be read: by smaller pages, down to one record.

use landing::WindowKind;

use crate::LandedWindow;
use crate::client::{Ask, Failed, Received};
use crate::plan::Task;
use crate::request::{Asked, Slice};
use crate::window::{self, Counts, Reading};

/// Records of a page between a full one and a single one.
const FEW: u64 = 10;

/// A short time, read in pieces.
struct Short<'a> {
    reading: &'a Reading<'a>,
    asked: Asked,
    calls_left: u64,
    calls_were_enough: bool,
    /// By the source, once a page of it was answered.
    total: Option<u64>,
    read: Vec<Received>,
}

/// What became of a short.
#[derive(Debug)]
pub(crate) struct Singly {
    /// What of it could be read, if anything.
    pub landed: Option<LandedWindow>,
    /// Whether every record of it was tried.
    pub is_all: bool,
}

impl Reading<'_> {
    /// Lands what can be read of a short time, with at most so many calls. It does not cover the time,
    /// which stays due.
    pub async fn read_singly(&self, task: &Task, calls: u64) -> Result<Singly, Failed> {
        let mut short = Short {
            reading: self,
            asked: Asked {
                bounded: task.bounded(),
                interval: task.interval,
                page_size: 1,
                slice: Slice::default(),
            },
            calls_left: calls,
            calls_were_enough: true,
            total: None,
            read: Vec::new(),
        };
        short.read().await?;
        let mut singly = Singly {
            landed: None,
            is_all: short.calls_were_enough,
        };
        let Some(total) = short.total else {
            return Ok(singly);
        };
        let mut counts = Counts::default();
        let writer = self.begin(WindowKind::Partial, task.interval)?;
        let held = short.read.iter().filter(|read| !read.parsed.ids.is_empty());
        for (number, received) in (1..).zip(held) {
            window::put(&writer, number, received, &mut counts).await?;
        }
        if counts.records() > 0 {
            singly.landed = Some(self.finish(writer, counts, total, 1).await?);
        }
        Ok(singly)
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
        for few in 0..total.div_ceil(FEW) {
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
        let Some(calls_left) = self.calls_left.checked_sub(1) else {
            self.calls_were_enough = false;
            return Ok(false);
        };
        self.calls_left = calls_left;
        let asked = Asked {
            page_size,
            ..self.asked
        };
        let ask = Ask {
            parameters: self.reading.requests.parameters(asked, page),
            page,
            attempts: 1,
            total: self.total,
        };
        match self.reading.fetch(ask).await {
            Ok(received) => {
                self.reading.check_origin(&received).await?;
                self.total = Some(received.parsed.total);
                self.read.push(received);
                Ok(true)
            }
            Err(Failed::Window(_)) => Ok(false),
            Err(stop) => Err(stop),
        }
    }
}
