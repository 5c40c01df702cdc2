//! Permanent faults, which no retry resolves: of a posting, a period, a page.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::faults::{Fault, FaultsError};
use crate::request::Request;
use crate::store::Store;

/// An unreadable item, and the fault of requests for it.
///
/// Parses `code99@posting=36315100`, `http500@posted=2026-05-01T00:00:00Z..2026-05-01T01:00:00Z`,
/// `empty@asked=…..…`, `cut@page=2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The fault in place of the response.
    pub fault: Fault,
    /// Which responses.
    pub place: Place,
}

/// Which responses fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Every page that contains this posting.
    Posting(u64),
    /// Every page that contains a posting published in this period (end exclusive).
    Posted(Timestamp, Timestamp),
    /// Every request for a period of publication that overlaps this one.
    Asked(Timestamp, Timestamp),
    /// Every page with this number, from 0.
    Page(u64),
}

/// Errors of parsing an [`Unreadable`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UnreadableError {
    /// No fault of this name.
    #[error(transparent)]
    Fault(#[from] FaultsError),
    /// No such place.
    #[error(
        "`{0}` is not a place\nhint: write `posting=<number>`, `page=<number>`, `posted=<from>..<to>` or `asked=<from>..<to>`, such as `cut@page=2`"
    )]
    Place(String),
}

impl FromStr for Unreadable {
    type Err = UnreadableError;

    fn from_str(text: &str) -> Result<Self, UnreadableError> {
        let no_place = || UnreadableError::Place(text.to_owned());
        let (fault, place) = text.split_once('@').ok_or_else(no_place)?;
        let (kind, value) = place.split_once('=').ok_or_else(no_place)?;
        let number = || value.parse::<u64>().ok();
        let times = || {
            let (from, to) = value.split_once("..")?;
            Some((from.parse().ok()?, to.parse().ok()?))
        };
        let place = match kind {
            "posting" => number().map(Place::Posting),
            "page" => number().map(Place::Page),
            "posted" => times().map(|(from, to)| Place::Posted(from, to)),
            "asked" => times().map(|(from, to)| Place::Asked(from, to)),
            _ => None,
        };
        Ok(Self {
            fault: Fault::named(fault.trim())?,
            place: place.ok_or_else(no_place)?,
        })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@", self.fault)?;
        match &self.place {
            Place::Posting(id) => write!(f, "posting={id}"),
            Place::Posted(from, to) => write!(f, "posted={from}..{to}"),
            Place::Asked(from, to) => write!(f, "asked={from}..{to}"),
            Place::Page(page) => write!(f, "page={page}"),
        }
    }
}

impl Unreadable {
    /// Whether a response with these rows to this request fails.
    pub(crate) fn spoils(&self, request: &Request, store: &Store, rows: &[u32]) -> bool {
        let inside = |at: i64, from: &Timestamp, to: &Timestamp| {
            from.as_second() <= at && at < to.as_second()
        };
        match &self.place {
            Place::Posting(id) => rows.iter().any(|row| store.id(*row) == *id),
            Place::Posted(from, to) => rows
                .iter()
                .any(|row| inside(store.posted_at(*row), from, to)),
            Place::Asked(from, to) => {
                let asked = request.filter.published;
                asked.overlaps(from.as_second(), to.as_second() - 1)
            }
            Place::Page(page) => request.start == *page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are_shown() {
        for text in [
            "code99@posting=36315100",
            "http500@posted=2026-05-01T00:00:00Z..2026-05-01T01:00:00Z",
            "cut@page=2",
            "timeout@asked=2026-05-01T00:00:00Z..2026-05-01T01:00:00Z",
        ] {
            let read: Unreadable = text.parse().expect(text);
            assert_eq!(read.to_string(), text);
        }
        for text in [
            "cut",
            "cut@2",
            "cut@page=two",
            "cut@row=2",
            "cut@asked=2026",
        ] {
            let error = text.parse::<Unreadable>().expect_err(text).to_string();
            assert!(error.contains("hint: write `posting="), "{error}");
        }
        let error = "ctu@page=2".parse::<Unreadable>().expect_err("no fault");
        assert!(error.to_string().contains("did you mean `cut`"), "{error}");
    }
}
