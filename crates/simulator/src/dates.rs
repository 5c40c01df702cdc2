//! When a posting opens and closes, as first published.

use crate::draw::{Draw, Purpose};
use crate::kst;

/// The times that the API sends instead of a closing date for close types 2 and 3.
const UNTIL_FILLED: i64 = 1_988_118_000;
const ALWAYS_OPEN: i64 = 2_019_567_600;

/// Unix seconds, as first published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dates {
    pub(crate) opening_at: i64,
    pub(crate) close_type: u8,
    pub(crate) expires_at: i64,
    /// The first change after publishing, within two hours; equal to the posting time for most.
    pub(crate) touched_at: i64,
}

impl Dates {
    pub(crate) fn draw(seed: u64, index: u32, posted_at: i64) -> Self {
        let mut draw = Draw::new(seed, u64::from(index), Purpose::Closing);
        let opening_at = opening(posted_at, &mut draw);
        let (close_type, expires_at) = closes(posted_at, &mut draw);
        let touched_at = match draw.below(100) {
            0..=65 => posted_at,
            66..=67 => posted_at - 1,
            68..=85 => posted_at + draw.between(30, 1_500),
            _ => posted_at + draw.between(1_500, 6_600),
        };
        Self {
            opening_at,
            close_type,
            expires_at,
            touched_at,
        }
    }

    /// Whether the API gives a date in 2033 instead of a closing date.
    pub(crate) fn open_ended(&self) -> bool {
        matches!(self.close_type, 2 | 3)
    }
}

fn opening(posted_at: i64, draw: &mut Draw) -> i64 {
    let hour = posted_at.div_euclid(kst::HOUR) * kst::HOUR;
    match draw.below(100) {
        0..=71 => hour,
        72..=86 => hour - kst::HOUR,
        87..=96 => kst::start_of(kst::day(posted_at)),
        _ => kst::start_of(kst::day(posted_at) + draw.between(1, 7)) + 9 * kst::HOUR,
    }
}

/// Close type and closing time. Half of the dated postings live 32 days or less, none over 61.
fn closes(posted_at: i64, draw: &mut Draw) -> (u8, i64) {
    match draw.below(1_000) {
        0..=134 => (2, UNTIL_FILLED),
        135..=189 => (3, ALWAYS_OPEN),
        kind => {
            let days = match draw.below(100) {
                0..=42 => 60,
                43..=44 => 61,
                45..=66 => 30,
                _ => draw.between(2, 36),
            };
            let until = match draw.below(100) {
                0..=95 => kst::DAY - 1,
                96..=97 => 17 * kst::HOUR,
                _ => 18 * kst::HOUR,
            };
            // 61 days to the end of the day would be more than 61.
            let until = if days == 61 { 6 * kst::HOUR } else { until };
            let at = kst::start_of(kst::day(posted_at) + days) + until;
            (if kind < 193 { 4 } else { 1 }, at)
        }
    }
}
