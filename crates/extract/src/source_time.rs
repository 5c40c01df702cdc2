//! The source's time: the `Date` header of its responses.
//!
//! A clock that is ahead makes windows that end in the future: they count as collected, and nothing
//! of that time is due when it comes. One that is behind collects nothing new. Comparing with
//! another clock prevents both.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use landing::WindowRef;
use reqwest::header::{AGE, DATE, HeaderMap};

/// The tolerated difference between clocks.
pub(crate) const TOLERATED: SignedDuration = SignedDuration::from_mins(10);

/// The windows that end after `now`, by more than clocks may differ: one was ahead when they were collected,
/// or is behind now. They count up to their last record.
pub fn after_now(
    windows: &[WindowRef],
    now: Timestamp,
) -> impl Iterator<Item = &WindowRef> + Clone {
    let latest = now.checked_add(TOLERATED).unwrap_or(Timestamp::MAX);
    windows.iter().filter(move |window| window.to > latest)
}

/// Compares this machine's clock with the source's.
#[derive(Debug)]
pub(crate) struct SourceTime {
    is_checked: bool,
    was_missing: AtomicBool,
}

impl SourceTime {
    pub fn new(is_checked: bool) -> Self {
        Self {
            is_checked,
            was_missing: AtomicBool::new(false),
        }
    }

    /// The source's time, if the response to a call between these two instants contradicts them.
    pub fn contradicts(
        &self,
        headers: &HeaderMap,
        asked_at: Timestamp,
        received_at: Timestamp,
    ) -> Option<Timestamp> {
        if !self.is_checked {
            return None;
        }
        let Some(date) = said(headers) else {
            if !self.was_missing.swap(true, Ordering::Relaxed) {
                tracing::info!(
                    "the source's responses have no `Date` header: the clock cannot be compared"
                );
            }
            return None;
        };
        let earliest = asked_at.checked_sub(TOLERATED).unwrap_or(Timestamp::MIN);
        let latest = received_at.checked_add(TOLERATED).unwrap_or(Timestamp::MAX);
        (date < earliest || latest < date).then_some(date)
    }
}

/// The time of a response, corrected by its age in a cache.
fn said(headers: &HeaderMap) -> Option<Timestamp> {
    let text = |name| headers.get(name)?.to_str().ok();
    let date = jiff::fmt::rfc2822::parse(text(DATE)?).ok()?.timestamp();
    let age = text(AGE).and_then(|age| age.trim().parse().ok());
    let age = SignedDuration::from_secs(age.unwrap_or(0).max(0));
    date.checked_add(age).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contradicts(date: Option<&str>, age: Option<&str>, now: &str) -> Option<String> {
        let now: Timestamp = now.parse().expect("a time");
        let mut headers = HeaderMap::new();
        let mut insert = |name, value: Option<&str>| {
            if let Some(value) = value {
                headers.insert(name, value.parse().expect("a header"));
            }
        };
        insert(DATE, date);
        insert(AGE, age);
        let later = now + SignedDuration::from_secs(5);
        let found = SourceTime::new(true).contradicts(&headers, now, later);
        assert_eq!(
            SourceTime::new(false).contradicts(&headers, now, later),
            None
        );
        found.map(|date| date.to_string())
    }

    #[test]
    fn ten_minutes_are_tolerated_before_and_after() {
        let noon = Some("Fri, 01 May 2026 12:00:00 GMT");
        for fine in [
            "2026-05-01T11:49:56Z",
            "2026-05-01T12:00:00Z",
            "2026-05-01T12:10:00Z",
        ] {
            assert_eq!(contradicts(noon, None, fine), None, "{fine}");
        }
        let said = Some("2026-05-01T12:00:00Z".to_owned());
        for off in [
            "2026-05-01T11:49:54Z",
            "2026-05-01T12:10:01Z",
            "1999-12-31T23:59:59Z",
            "2038-01-19T03:14:08Z",
            "2126-05-01T12:00:00Z",
        ] {
            assert_eq!(contradicts(noon, None, off), said, "{off}");
        }
    }

    #[test]
    fn what_says_nothing_contradicts_nothing() {
        let now = "2026-05-01T13:00:00Z";
        for date in [None, Some(""), Some("now"), Some("12:00")] {
            assert_eq!(contradicts(date, None, now), None, "{date:?}");
        }
        // An hour in a cache.
        let noon = Some("Fri, 01 May 2026 12:00:00 GMT");
        assert_eq!(contradicts(noon, Some("3600"), now), None);
        assert!(contradicts(noon, Some("-7"), now).is_some());
    }
}
