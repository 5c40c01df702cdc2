//! Faults on demand: which responses fail, and how.
//!
//! Whether a call fails is decided by a hash of the seed, the call (without its key) and how often
//! this same call was made before. So a run is reproducible, and a repeated call is drawn again.
//! The time bounds are excluded: they follow the client's clock, and a run tomorrow must meet the
//! same faults; the same page of another window counts as a repeated call. After
//! [`Faults::most_in_a_row`] failures of one call the next attempt succeeds, so that a client that
//! retries often enough always succeeds, unless [`Faults::stay`] makes failures permanent.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use kernel::nearest;

use crate::draw::{Draw, Purpose, hash_bytes};

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The correct response, after [`Faults::delay`].
    Timeout,
    /// The connection is closed without a response.
    Reset,
    /// The connection is closed in the middle of the body (chunked).
    ResetBody,
    /// `content-length` is larger than the number of bytes sent.
    Truncated,
    /// A complete response with truncated JSON.
    Cut,
    /// An HTML page with status 200.
    Html,
    /// An HTML maintenance page with status 503.
    Maintenance,
    /// Status 500.
    Http500,
    /// Status 502, as a gateway sends it.
    Http502,
    /// The API's own server error: `{"code":99,…}`.
    Code99,
    /// Status 429 with `Retry-After: 1`.
    TooMany,
    /// Status 429 without `Retry-After`.
    TooManyBare,
    /// JSON of another shape: `{"jobs":null}`, a list, or no `total`.
    Shape,
    /// All rows are correct, but `total` is too small or too large.
    Total,
    /// The page begins with the last row of the previous page, in addition to its own rows.
    Shift,
    /// Some records have values of another type, or broken ones. The only fault that changes the
    /// content of records: not among "all", enabled by name.
    Values,
}

impl Fault {
    /// All kinds, in the order of their names' documentation.
    pub const ALL: [Self; 16] = [
        Self::Timeout,
        Self::Reset,
        Self::ResetBody,
        Self::Truncated,
        Self::Cut,
        Self::Html,
        Self::Maintenance,
        Self::Http500,
        Self::Http502,
        Self::Code99,
        Self::TooMany,
        Self::TooManyBare,
        Self::Shape,
        Self::Total,
        Self::Shift,
        Self::Values,
    ];

    /// The name in `--faults`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::ResetBody => "reset-body",
            Self::Truncated => "truncated",
            Self::Cut => "cut",
            Self::Html => "html",
            Self::Maintenance => "maintenance",
            Self::Http500 => "http500",
            Self::Http502 => "http502",
            Self::Code99 => "code99",
            Self::TooMany => "too-many",
            Self::TooManyBare => "too-many-bare",
            Self::Shape => "shape",
            Self::Total => "total",
            Self::Shift => "shift",
            Self::Values => "values",
        }
    }

    /// The fault of a name in `--faults`.
    pub(crate) fn named(name: &str) -> Result<Self, FaultsError> {
        let fault = Self::ALL.into_iter().find(|fault| fault.name() == name);
        fault.ok_or_else(|| FaultsError::Unknown {
            name: name.to_owned(),
            hint: hint(name),
        })
    }

    /// Whether a response with this fault still has correct records.
    pub fn keeps_records(self) -> bool {
        self != Self::Values
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Errors of parsing a list of faults.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FaultsError {
    /// No fault has this name.
    #[error("unknown fault `{name}`\nhint: {hint}; the faults are {known}", known = known())]
    Unknown {
        /// The unknown name.
        name: String,
        /// A suggestion.
        hint: String,
    },
    /// Not a number between 0 and 1.
    #[error("`{0}` is not a probability\nhint: write a number from 0 to 1, such as `0.05`")]
    Probability(String),
    /// The probabilities exceed 1.
    #[error("the probabilities add up to {0}\nhint: together they must not exceed 1")]
    Sum(f64),
}

fn known() -> String {
    Fault::ALL.map(Fault::name).join(", ")
}

/// How often each fault occurs.
///
/// Parses `0.2` (a fifth of the calls fail, all kinds except [`Fault::Values`] equally often),
/// `timeout=0.05,html=0.1`, or both: `0.2,values=0.1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Faults {
    rates: [f64; Fault::ALL.len()],
    /// How long [`Fault::Timeout`] waits.
    pub delay: Duration,
    /// After so many failures of one call in a row, the next attempt succeeds.
    pub most_in_a_row: u32,
    /// A call that fails once fails each time, in the same way.
    pub stay: bool,
}

impl Default for Faults {
    /// No faults.
    fn default() -> Self {
        Self {
            rates: [0.0; Fault::ALL.len()],
            delay: Duration::from_secs(30),
            most_in_a_row: 3,
            stay: false,
        }
    }
}

impl Faults {
    /// A share of the calls fails, all kinds except [`Fault::Values`] equally often.
    pub fn all(share: f64) -> Self {
        let kinds = Fault::ALL.iter().filter(|fault| fault.keeps_records());
        let each = share / kinds.clone().count() as f64;
        kinds.fold(Self::default(), |faults, fault| faults.with(*fault, each))
    }

    /// This fault occurs with this probability.
    pub fn only(fault: Fault, probability: f64) -> Self {
        Self::default().with(fault, probability)
    }

    /// The same with another probability of one fault.
    #[must_use]
    pub fn with(mut self, fault: Fault, probability: f64) -> Self {
        self.rates[fault as usize] = probability;
        self
    }

    /// The probability of one fault.
    pub fn rate(&self, fault: Fault) -> f64 {
        self.rates[fault as usize]
    }

    /// Checks that each rate is a probability and that they add up to one at most.
    pub(crate) fn check(&self) -> Result<(), FaultsError> {
        for rate in self.rates {
            if !(0.0..=1.0).contains(&rate) {
                return Err(FaultsError::Probability(rate.to_string()));
            }
        }
        let sum: f64 = self.rates.iter().sum();
        // A sum of many small numbers may exceed 1 by a rounding error.
        if sum > 1.0 + 1e-9 {
            return Err(FaultsError::Sum(sum));
        }
        Ok(())
    }
}

impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let probability = |text: &str| match text.trim().parse::<f64>() {
            Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
            _ => Err(FaultsError::Probability(text.trim().to_owned())),
        };
        let mut faults = Self::default();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let Some((name, value)) = part.split_once('=') else {
                faults.rates = Self::all(probability(part)?).rates;
                continue;
            };
            let fault = Fault::named(name.trim())?;
            faults.rates[fault as usize] = probability(value)?;
        }
        faults.check()?;
        Ok(faults)
    }
}

fn hint(name: &str) -> String {
    match nearest(name, Fault::ALL.iter().map(|fault| fault.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write `kind=probability`".to_owned(),
    }
}

/// Calls remembered; beyond that, all counts are reset.
const CALLS_KEPT: usize = 200_000;

/// How often each call was made, and how often it failed in a row.
#[derive(Default)]
pub(crate) struct Attempts(HashMap<u64, (u32, u32)>);

/// The fault of one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drawn {
    pub(crate) fault: Fault,
    /// For the details of the fault.
    pub(crate) bits: u64,
}

impl Attempts {
    pub(crate) fn draw(&mut self, faults: &Faults, seed: u64, call: &str) -> Option<Drawn> {
        let call = hash_bytes(seed, call.as_bytes());
        if self.0.len() >= CALLS_KEPT && !self.0.contains_key(&call) {
            self.0.clear();
        }
        let (made, failed) = self.0.entry(call).or_default();
        let attempt = if faults.stay { 0 } else { *made };
        *made += 1;
        let mut draw = Draw::new(call, u64::from(attempt), Purpose::Fault);
        let mut at = draw.unit();
        let fault = Fault::ALL.into_iter().find(|fault| {
            at -= faults.rate(*fault);
            at < 0.0
        });
        if fault.is_none() || (!faults.stay && *failed >= faults.most_in_a_row) {
            *failed = 0;
            return None;
        }
        *failed += 1;
        fault.map(|fault| Drawn {
            fault,
            bits: draw.bits(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read() {
        let all: Faults = "0.3".parse().expect("valid");
        let sum: f64 = all.rates.iter().sum();
        assert!((sum - 0.3).abs() < 1e-12);
        assert_eq!(all.rate(Fault::Values), 0.0);
        assert_eq!(all.rate(Fault::Html), 0.02);

        let two: Faults = "timeout=0.05, html=0.1".parse().expect("valid");
        assert_eq!(
            two,
            Faults::only(Fault::Timeout, 0.05).with(Fault::Html, 0.1)
        );

        let mixed: Faults = "0.3,values=0.1".parse().expect("valid");
        assert_eq!(mixed, Faults::all(0.3).with(Fault::Values, 0.1));
        assert_eq!("".parse::<Faults>().expect("valid"), Faults::default());
        assert!(Faults::all(1.0).check().is_ok());
    }

    #[test]
    fn errors_name_the_thing_and_the_next_step() {
        let unknown = "htlm=0.1"
            .parse::<Faults>()
            .expect_err("unknown")
            .to_string();
        assert!(
            unknown.starts_with("unknown fault `htlm`\nhint: did you mean `html`?"),
            "{unknown}"
        );
        let number = "html=10%"
            .parse::<Faults>()
            .expect_err("no number")
            .to_string();
        assert_eq!(
            number,
            "`10%` is not a probability\nhint: write a number from 0 to 1, such as `0.05`"
        );
        assert_eq!(
            "html=0.7,cut=0.6".parse::<Faults>(),
            Err(FaultsError::Sum(1.2999999999999998))
        );
    }

    #[test]
    fn draws_are_reproducible_and_a_repeated_call_is_drawn_again() {
        let faults = Faults::all(0.5);
        let run = || {
            let mut attempts = Attempts::default();
            let mut drawn = Vec::new();
            for page in 0..50 {
                for _ in 0..3 {
                    let fault = attempts.draw(&faults, 7, &format!("start={page}"));
                    drawn.push(fault.map(|drawn| drawn.fault));
                }
            }
            drawn
        };
        let first = run();
        assert_eq!(first, run());
        let failed = first.iter().flatten().count();
        assert!((50..100).contains(&failed), "{failed} of 150");
        assert!(
            first
                .chunks(3)
                .any(|attempts| attempts[0].is_some() && attempts[1].is_none())
        );
    }

    #[test]
    fn failures_in_a_row_are_bounded_unless_they_stay() {
        let mut faults = Faults::only(Fault::Http500, 1.0);
        let mut attempts = Attempts::default();
        let mut failed = |faults: &Faults| {
            (0..8)
                .map(|_| attempts.draw(faults, 1, "start=0").is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            failed(&faults),
            [true, true, true, false, true, true, true, false]
        );
        faults.stay = true;
        assert!(failed(&faults).into_iter().all(|failed| failed));
    }
}
