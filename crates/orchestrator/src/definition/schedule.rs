//! When a DAG runs by itself: at times of a cron pattern, when a dataset changed, or both.

use std::sync::{Arc, Mutex, PoisonError};

use croner::Cron;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Interval;
use serde::Deserialize;

/// How far back the search for the last times goes at first, and at most: the longest time between two
/// matches of a pattern (29 February on a Friday) is 40 years.
const FIRST_REACH_SECONDS: i64 = 120;
const LONGEST_REACH_SECONDS: i64 = 50 * 366 * 86_400;
const REACH_GROWTH: i64 = 8;

/// When a DAG runs; by time, by data, or by both.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The times; none where only data makes it due.
    pub times: Option<Times>,
    /// The datasets of which a change makes it due.
    pub on: Vec<String>,
    pub(crate) at: usize,
}

/// The times of a cron pattern in a time zone. A time that a day lacks (clocks go forward) is the first
/// instant after the gap; one that a day has twice is the first of the two, unless the pattern says
/// every hour or every so many minutes.
#[derive(Debug, Clone)]
pub struct Times {
    cron: Cron,
    zone: TimeZone,
    start: Option<Timestamp>,
    /// From when on the pattern is known to have no more times: searching for what never comes takes
    /// most of a second, and the planner looks every second.
    over: Arc<Mutex<Option<Timestamp>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    cron: Option<String>,
    time_zone: Option<String>,
    start: Option<String>,
    #[serde(default)]
    on: Vec<String>,
}

impl Schedule {
    pub(super) fn parse(written: &Written, at: usize) -> Result<Self, String> {
        let times = match (&written.cron, &written.time_zone) {
            (Some(cron), Some(zone)) => Some(Times::parse(cron, zone, written.start.as_deref())?),
            (Some(_), None) => return Err(lacks("time_zone")),
            (None, Some(_)) => return Err(lacks("cron")),
            (None, None) if written.on.is_empty() => {
                return Err(
                    "a schedule without times and without data\nhint: write `cron` and `time_zone`, or `on`"
                        .to_owned(),
                );
            }
            (None, None) => None,
        };
        if times.is_none() && written.start.is_some() {
            return Err("`start` is for a schedule with `cron`".to_owned());
        }
        Ok(Self {
            times,
            on: written.on.clone(),
            at,
        })
    }

    /// The first scheduled time after an instant; none where none comes.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.times.as_ref()?.next_after(instant)
    }
}

fn lacks(key: &str) -> String {
    format!("missing field `{key}`\nhint: a cron pattern is in a time zone")
}

impl Times {
    /// Reads a cron pattern, an IANA time zone and the first day, if there is one.
    ///
    /// # Errors
    /// What is wrong, in one line.
    pub fn parse(cron: &str, time_zone: &str, start: Option<&str>) -> Result<Self, String> {
        let pattern = cron
            .parse()
            .map_err(|error| format!("`{cron}` is not a cron pattern: {error}"))?;
        let zone = TimeZone::get(time_zone)
            .map_err(|_| format!("`{time_zone}` is no time zone such as `Asia/Seoul`"))?;
        let start = start.map(|day| {
            let midnight = day
                .parse::<Date>()
                .and_then(|date| date.to_zoned(zone.clone()));
            midnight
                .map(|midnight| midnight.timestamp())
                .map_err(|_| format!("`{day}` is no day such as `2026-05-01`"))
        });
        Ok(Self {
            cron: pattern,
            start: start.transpose()?,
            zone,
            over: Arc::default(),
        })
    }

    /// The cron pattern.
    pub fn cron(&self) -> &str {
        self.cron.as_str()
    }

    /// The name of the time zone that the pattern is in, such as `Asia/Seoul`.
    pub fn time_zone(&self) -> &str {
        self.zone.iana_name().unwrap_or_default()
    }

    /// From when on there are intervals, where the file says so: the first one contains it.
    pub fn start(&self) -> Option<Timestamp> {
        self.start
    }

    /// The first time after an instant; none where the pattern matches no later day.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        // A panic cannot leave a time in an inconsistent state.
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        if over.is_some_and(|over| over <= instant) {
            return None;
        }
        let now = instant.to_zoned(self.zone.clone());
        let next = self.cron.find_next_occurrence(&now, false).ok();
        // Whatever the library does with odd zones, an interval is never empty.
        let next = next
            .map(|next| next.timestamp())
            .filter(|next| *next > instant);
        if next.is_none() {
            *over = Some(instant);
        }
        next
    }

    /// The last `count` times up to `instant`, which counts, ascending; fewer where the pattern has
    /// fewer. They are found by searching forward only, so that they are the times that
    /// [`Times::next_after`] gives.
    pub fn last_until(&self, instant: Timestamp, count: usize) -> Vec<Timestamp> {
        let mut reach = FIRST_REACH_SECONDS;
        loop {
            let begin = instant
                .checked_sub(jiff::SignedDuration::from_secs(reach))
                .unwrap_or(Timestamp::MIN);
            let mut found = std::collections::VecDeque::new();
            let mut last = begin;
            while let Some(next) = self.next_after(last).filter(|next| *next <= instant) {
                found.push_back(next);
                if found.len() > count {
                    found.pop_front();
                }
                last = next;
            }
            if found.len() >= count || reach >= LONGEST_REACH_SECONDS {
                return found.into();
            }
            reach = reach
                .saturating_mul(REACH_GROWTH)
                .min(LONGEST_REACH_SECONDS);
        }
    }

    /// The intervals between the times from `from`, which is one of them, up to `now`, ascending; at
    /// most `limit`.
    pub fn intervals(&self, from: Timestamp, now: Timestamp, limit: usize) -> Vec<Interval> {
        let mut intervals = Vec::new();
        let mut from = from;
        while intervals.len() < limit
            && let Some(to) = self.next_after(from).filter(|to| *to <= now)
        {
            intervals.push(Interval { from, to });
            from = to;
        }
        intervals
    }

    /// A range cut at the times within it: the first piece begins and the last one ends with the range. At
    /// most `limit`.
    pub fn pieces(&self, range: Interval, limit: usize) -> Vec<Interval> {
        let mut pieces = Vec::new();
        let mut from = range.from;
        while pieces.len() < limit && from < range.to {
            let next = self.next_after(from).filter(|next| *next < range.to);
            let to = next.unwrap_or(range.to);
            pieces.push(Interval { from, to });
            from = to;
        }
        pieces
    }
}
