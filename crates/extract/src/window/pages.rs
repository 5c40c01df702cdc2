//! The pages of one window: how they are requested, and what is kept of them.

use std::sync::{Mutex, PoisonError};

use landing::WindowWriter;

use super::{Counts, Reading, body};
use crate::WindowError;
use crate::client::{Ask, Failed, Received};
use crate::front::FirstPass;
use crate::losses::{self, Account};
use crate::pager::Pages;
use crate::request::Asked;

/// How the pages of one window are requested.
pub(super) struct Asking<'a> {
    pub reading: &'a Reading<'a>,
    pub asked: Asked,
    pub attempts: u32,
    pub account: &'a Account<'a>,
    /// The latest total of the first page.
    pub total: Mutex<Option<u64>>,
}

impl Asking<'_> {
    /// Fetches a page, if the call may be lost.
    pub async fn fetch(&self, page: u64) -> Result<Received, Failed> {
        let reading = self.reading;
        if page > reading.strategy.max_hits / self.asked.page_size {
            // No window within `max_hits` has this page.
            self.account.is_doubted();
        }
        if !self.account.pay() {
            return Err(Failed::Window(WindowError::NoCallsToLose));
        }
        let total = || self.total.lock().unwrap_or_else(PoisonError::into_inner);
        let known = if page == 0 { None } else { *total() };
        let received = reading
            .fetch(Ask {
                parameters: reading.requests.parameters(self.asked, page),
                page,
                attempts: self.attempts,
                total: known,
                ..Ask::default()
            })
            .await?;
        if page == 0 {
            *total() = Some(received.parsed.total);
        }
        Ok(received)
    }
}

#[derive(Default)]
pub(super) struct Tally {
    pub counts: Counts,
    pub first_pass: FirstPass,
    pub last_number: u32,
}

pub(super) struct WindowPages<'a> {
    pub asking: &'a Asking<'a>,
    pub writer: &'a WindowWriter,
    pub tally: Mutex<Tally>,
}

impl Pages for WindowPages<'_> {
    async fn fetch(&self, page: u64) -> Result<Received, Failed> {
        self.asking.fetch(page).await
    }

    async fn keep(&self, page: u64, number: u32, received: &Received) -> Result<(), Failed> {
        self.writer.put(number, body(received)).await?;
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.counts.add(received);
        tally.last_number = tally.last_number.max(number);
        tally.first_pass.keep(page, number, &received.parsed);
        Ok(())
    }

    fn may_repeat(&self, calls: u64) -> bool {
        let again = losses::Reading::Again;
        self.asking.reading.losses.can_pay(again, calls)
    }

    fn expect_pages(&self, pages: u64) {
        self.asking.reading.progress.send_modify(|progress| {
            progress.pages_known = pages;
            progress.pages_done = 1;
        });
    }
}
