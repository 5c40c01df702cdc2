//! The calls that a run may lose on wrong totals. A source whose totals are wrong would otherwise
//! take the calls of the whole day: whether a window adds up shows only when all of it was read,
//! and what does not add up is read once more and then in parts.
//!
//! So each call for a window is charged to an allowance before it is made, and refunded when the
//! window is complete. A source whose windows add up loses nothing. What is not refunded is lost: a
//! run may lose a quarter of the calls that are left of the day, but of the second half of the
//! day's calls no more than 16. When the allowance is used up, the rest of the run's windows stay
//! due, and the report says so. Failed attempts are not charged: they say nothing about totals.
//!
//! Two limits keep one bad window from using all of it: a window that would cost more than half of
//! the allowance is cut before it is read, and nothing is read again when three quarters of it are
//! used, or 4 calls in the second half of the day's. The rest is reserved for windows that were not
//! tried yet.
//!
//! The call that says that a window must be cut is on credit, so that a large window can be cut
//! down to what a small allowance reads at once: 8 such calls, one of which is refunded with each
//! complete part. If cutting does not make totals smaller, there is no credit.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The source may be wrong about a window or two at any time of the day.
const AT_LEAST: u64 = 16;

/// Halving so often makes a day's window of most of a year.
const CUTS: u64 = 8;

/// A single wrong response is requested again at any time of the day.
const AGAIN_AT_LEAST: u64 = 4;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A window that was not tried in this run.
    First,
    /// What did not add up, or is unlikely to.
    Again,
}

/// The allowance of one run, shared by all concurrent readers.
#[derive(Debug)]
pub(crate) struct Losses {
    limit: u64,
    /// The part of it that may be spent on reading again.
    again: u64,
    /// Lost calls, and those of the current window.
    used: AtomicU64,
    /// Calls on credit, for windows that were cut.
    cuts: AtomicU64,
    refused: AtomicBool,
}

impl Losses {
    /// `left`: calls left for the day when the run begins (`None`: no limit); `daily`: the day's
    /// limit.
    pub fn new(left: Option<u64>, daily: u64) -> Self {
        let (limit, again) = left.map_or((u64::MAX, u64::MAX), |left| {
            let first_half = left.saturating_sub(daily / 2);
            let quarter = (left / 4).min(first_half);
            let limit = quarter.max(AT_LEAST);
            (limit, (quarter - quarter / 4).max(AGAIN_AT_LEAST))
        });
        Self {
            limit,
            again,
            used: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            refused: AtomicBool::new(false),
        }
    }

    /// Charges a call, if it may be lost.
    pub fn pay(&self, reading: Reading) -> bool {
        let limit = self.limit_of(reading);
        let paid = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(1).filter(|used| *used <= limit)
            })
            .is_ok();
        if !paid {
            self.refused.store(true, Ordering::Relaxed);
        }
        paid
    }

    /// Whether this many more calls could be charged now.
    pub fn can_pay(&self, reading: Reading, calls: u64) -> bool {
        let enough = calls <= self.left_of(reading);
        if !enough {
            self.refused.store(true, Ordering::Relaxed);
        }
        enough
    }

    /// The most calls that a window may be expected to cost.
    pub fn at_once(&self, reading: Reading) -> u64 {
        self.left_of(reading).min(self.limit / 2)
    }

    /// Refunds charged calls.
    pub fn give_back(&self, calls: u64) {
        take_off(&self.used, calls);
    }

    /// Puts the last call on credit: it showed that a window is too large.
    pub fn was_cut(&self) {
        let free = |cuts: u64| cuts.checked_add(1).filter(|cuts| *cuts <= CUTS);
        let cuts = self
            .cuts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, free);
        if cuts.is_ok() {
            self.give_back(1);
        }
    }

    /// A part of a window that was cut is complete: cutting helped.
    pub fn part_is_well(&self) {
        if !take_off(&self.cuts, 1) {
            self.give_back(1);
        }
    }

    /// Calls lost so far; call it between two windows.
    pub fn calls(&self) -> u64 {
        self.used.load(Ordering::Relaxed) + self.cuts.load(Ordering::Relaxed)
    }

    /// Whether any charge was refused.
    pub fn were_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    fn left_of(&self, reading: Reading) -> u64 {
        let used = self.used.load(Ordering::Relaxed);
        self.limit_of(reading).saturating_sub(used)
    }

    fn limit_of(&self, reading: Reading) -> u64 {
        match reading {
            Reading::First => self.limit,
            Reading::Again => self.again,
        }
    }
}

/// The charges of one window.
pub(crate) struct Account<'a> {
    losses: &'a Losses,
    again: AtomicBool,
    paid: AtomicU64,
}

impl<'a> Account<'a> {
    pub fn new(losses: &'a Losses, again: bool) -> Self {
        Self {
            losses,
            again: AtomicBool::new(again),
            paid: AtomicU64::new(0),
        }
    }

    pub fn reading(&self) -> Reading {
        match self.again.load(Ordering::Relaxed) {
            true => Reading::Again,
            false => Reading::First,
        }
    }

    /// Further calls are charged as [`Reading::Again`].
    pub fn is_doubted(&self) {
        self.again.store(true, Ordering::Relaxed);
    }

    pub fn pay(&self) -> bool {
        let paid = self.losses.pay(self.reading());
        self.paid.fetch_add(u64::from(paid), Ordering::Relaxed);
        paid
    }

    /// Refunds the charges.
    pub fn settle(&self) {
        self.losses.give_back(self.paid.load(Ordering::Relaxed));
    }
}

/// Saturating subtraction; returns whether the number was above 0.
fn take_off(number: &AtomicU64, less: u64) -> bool {
    let before = number.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |number| {
        Some(number.saturating_sub(less))
    });
    before.is_ok_and(|before| before > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(losses: &Losses, reading: Reading) -> u64 {
        std::iter::from_fn(|| losses.pay(reading).then_some(())).count() as u64
    }

    #[test]
    fn a_run_may_lose_a_quarter_of_the_rest_and_less_in_the_second_half() {
        for (left, again, limit) in [
            (500, 94, 125),
            (400, 75, 100),
            (320, 53, 70),
            (260, 8, 16),
            (250, 4, 16),
            (9, 4, 16),
            (0, 4, 16),
        ] {
            let losses = Losses::new(Some(left), 500);
            assert_eq!(losses.at_once(Reading::First), limit / 2, "{left} left");
            assert_eq!(paid(&losses, Reading::Again), again, "{left} left");
            assert!(losses.can_pay(Reading::First, 1));
            assert_eq!(paid(&losses, Reading::First), limit - again, "{left} left");
            assert!(!losses.can_pay(Reading::First, 1) && losses.were_refused());
            assert_eq!(losses.calls(), limit);
        }
    }

    #[test]
    fn what_is_refunded_can_be_charged_again() {
        let losses = Losses::new(Some(500), 500);
        for _ in 0..100 {
            assert!((0..60).all(|_| losses.pay(Reading::First)));
            losses.give_back(60);
        }
        assert!(!losses.were_refused());
        assert_eq!(losses.calls(), 0);
    }

    #[test]
    fn cutting_is_on_credit_until_parts_are_complete() {
        let losses = Losses::new(Some(100), 500);
        let cut = || {
            assert!(losses.pay(Reading::First));
            losses.was_cut();
        };
        for _ in 0..8 {
            cut();
        }
        assert_eq!((losses.calls(), losses.at_once(Reading::First)), (8, 8));
        for _ in 0..16 {
            cut();
        }
        assert!(!losses.can_pay(Reading::First, 1));
        // As many parts as there were cuts.
        for _ in 0..24 {
            losses.part_is_well();
        }
        assert_eq!(losses.calls(), 0);
    }

    #[test]
    fn without_a_limit_of_calls_losses_are_unlimited() {
        let losses = Losses::new(None, 500);
        assert!((0..100_000).all(|_| losses.pay(Reading::Again)));
        assert!(losses.can_pay(Reading::Again, 1_000_000) && !losses.were_refused());
    }
}
