//! The options of a simulator.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::faults::{Faults, FaultsError};
use crate::unreadable::Unreadable;

/// The options of a simulator. The default: 15,000 postings from 1 May to 31 July 2023 (Seoul),
/// standing still, any access key, no faults, no quota.
#[derive(Clone)]
pub struct Options {
    /// Postings between `start` and `end`.
    pub postings: u32,
    /// Everything generated follows from it.
    pub seed: u64,
    /// Start of the posting times (inclusive; whole seconds).
    pub start: Timestamp,
    /// End of the posting times of `postings` (exclusive). Without [`Options::live`] the content is
    /// frozen from here on: at a later time the state at `end` is shown.
    pub end: Timestamp,
    /// The only key that is accepted; `None`: any key that is not blank.
    pub access_key: Option<String>,
    /// Random faults.
    pub faults: Faults,
    /// Permanent faults.
    pub unreadable: Vec<Unreadable>,
    /// Calls with one key on one day (Seoul); further ones get code 4. The real API's: 500.
    pub daily_quota: Option<u32>,
    /// The HTTP status of error bodies. Unknown for the real API; its clients look at the body.
    pub error_status: u16,
    /// New postings and edits from `end`, or from the creation of the simulator, whichever is
    /// later.
    pub live: Option<Live>,
    /// Share of the postings that are edited once between their publishing and `end`. Above 0, about
    /// half of the postings without a closing date are closed within 75 days as well.
    pub edited: f64,
    /// Some postings become visible after their posting time.
    pub late: Option<Late>,
    /// Share of the postings shown under another industry category (36 % of all) that no industry of
    /// category 3 finds. 0: `ind_cd=3` finds every posting.
    pub elsewhere: f64,
    /// Whether responses carry [`crate::GENERATED_HEADER`].
    pub generated_header: bool,
    /// The clock for visibility, the counters and the quota.
    pub clock: Clock,
}

/// Growth while the simulator runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Live {
    /// New postings a minute.
    pub per_minute: f64,
    /// Edits of recent postings for each new one.
    pub edit_share: f64,
}

/// Postings that become visible late.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Late {
    /// Share of the postings.
    pub share: f64,
    /// How long after their posting time.
    pub by: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            postings: 15_000,
            seed: 1,
            start: at(1_682_866_800),
            end: at(1_690_815_600),
            access_key: None,
            faults: Faults::default(),
            unreadable: Vec::new(),
            daily_quota: None,
            error_status: 200,
            live: None,
            edited: 0.12,
            late: None,
            elsewhere: 0.0,
            generated_header: true,
            clock: Clock::system(),
        }
    }
}

/// Without the access key.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("postings", &self.postings)
            .field("seed", &self.seed)
            .field("start", &self.start)
            .field("end", &self.end)
            .field("access_key", &self.access_key.as_ref().map(|_| "…"))
            .field("faults", &self.faults)
            .field("unreadable", &self.unreadable)
            .field("daily_quota", &self.daily_quota)
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}

/// Options that contradict each other. Not retryable.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OptionsError {
    /// The period is empty or is outside the range of 32-bit Unix seconds.
    #[error(
        "the period from {start} to {end} is not possible\nhint: the end must be after the start, both from 1971 to 2100"
    )]
    Period {
        /// The requested start.
        start: Timestamp,
        /// The requested end.
        end: Timestamp,
    },
    /// Each posting needs a distinct second.
    #[error(
        "{postings} postings do not fit into {seconds} seconds\nhint: each posting has a second of its own; choose fewer or a longer period"
    )]
    TooMany {
        /// The requested number of postings.
        postings: u32,
        /// The length of the period.
        seconds: i64,
    },
    /// A share is not between 0 and 1, or a rate not positive.
    #[error("`{name}` cannot be {value}\nhint: {hint}")]
    Rate {
        /// The option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The valid values.
        hint: &'static str,
    },
    /// No HTTP status.
    #[error(
        "{0} is not an HTTP status\nhint: `200`, as the real API is believed to answer, or such as `401`"
    )]
    Status(u16),
    /// Invalid fault probabilities.
    #[error(transparent)]
    Faults(#[from] FaultsError),
}

const YEAR_1971: i64 = 31_536_000;
const YEAR_2100: i64 = 4_102_444_800;

impl Options {
    pub(crate) fn check(&self) -> Result<(), OptionsError> {
        let (start, end) = (self.start.as_second(), self.end.as_second());
        if start < YEAR_1971 || end > YEAR_2100 || start >= end {
            return Err(OptionsError::Period {
                start: self.start,
                end: self.end,
            });
        }
        if i64::from(self.postings) > end - start {
            return Err(OptionsError::TooMany {
                postings: self.postings,
                seconds: end - start,
            });
        }
        for (name, value) in [
            ("edited", self.edited),
            ("elsewhere", self.elsewhere),
            ("late share", self.late.map_or(0.0, |late| late.share)),
        ] {
            if !(0.0..=1.0).contains(&value) {
                let hint = "a share is a number from 0 to 1";
                return Err(OptionsError::Rate { name, value, hint });
            }
        }
        if let Some(live) = self.live {
            for (name, value, least) in [
                ("new postings a minute", live.per_minute, f64::MIN_POSITIVE),
                ("edits per new posting", live.edit_share, 0.0),
            ] {
                if !(least..=100_000.0).contains(&value) {
                    let hint = "a rate is above 0 and at most 100,000";
                    return Err(OptionsError::Rate { name, value, hint });
                }
            }
        }
        if !(200..=599).contains(&self.error_status) {
            return Err(OptionsError::Status(self.error_status));
        }
        self.faults.check()?;
        Ok(())
    }
}
