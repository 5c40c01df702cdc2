//! What a poll asks for: a part for each board, or for each key and range of days.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;
use kernel::Interval;
use landing::{Part, PartOutcome};

use super::Poller;
use crate::source::{SeriesStrategy, Strategy, Values, unusable};
use crate::{Error, Result};

/// A part to be read.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// The board or key; empty where the source is one list.
    pub name: String,
    /// The first and the last day.
    pub days: Option<(Date, Date)>,
    pub values: Values,
}

impl Planned {
    /// The part as it is before anything is known of it.
    pub fn part(&self, started_at: Timestamp, finished_at: Timestamp) -> Part {
        Part {
            name: self.name.clone(),
            outcome: PartOutcome::Failed,
            reason: None,
            unknown: false,
            from: self.days.map(|(from, _)| from),
            to: self.days.map(|(_, to)| to),
            started_at,
            finished_at,
            total_reported: None,
            records: None,
            same_as: None,
            sha256: None,
            etag: None,
            last_modified: None,
        }
    }

    pub fn failed(
        &self,
        started_at: Timestamp,
        finished_at: Timestamp,
        reason: String,
        unknown: bool,
    ) -> Part {
        Part {
            reason: Some(reason),
            unknown,
            ..self.part(started_at, finished_at)
        }
    }
}

impl Poller {
    /// The boards or keys, each once.
    fn names(&self) -> Result<Vec<String>> {
        let (names, setting) = match &self.source.strategy {
            Strategy::Interval(_) => return Ok(Vec::new()),
            Strategy::Snapshot(snapshot) => (&snapshot.boards, "boards"),
            Strategy::Series(series) => (&series.keys, "keys"),
        };
        if !self.source.has_names() {
            return Ok(vec![String::new()]);
        }
        if names.is_empty() {
            return Err(Error::NoParts {
                source_name: self.source.source.clone(),
                setting,
            });
        }
        let mut known = HashSet::new();
        let distinct = names.iter().filter(|name| known.insert(name.as_str()));
        Ok(distinct.cloned().collect())
    }

    /// Validates the names, as settings may have brought them.
    pub(super) fn check_names(&self) -> Result<()> {
        for name in self.names()? {
            if !self.source.has_names() {
                continue;
            }
            let reason = unusable(&name).map(str::to_owned);
            let reason = reason.or_else(|| self.client.url(&self.values(&name, None)).err());
            if let Some(reason) = reason {
                return Err(Error::PartName {
                    source_name: self.source.source.clone(),
                    name: name.escape_debug().to_string(),
                    reason,
                });
            }
        }
        Ok(())
    }

    /// All parts of a poll now.
    pub(super) fn planned(
        &self,
        interval: Option<Interval>,
        now: Timestamp,
    ) -> Result<Vec<Planned>> {
        let names = self.names()?;
        let series = match &self.source.strategy {
            Strategy::Series(series) => series,
            _ if interval.is_some() => {
                return Err(Error::NoPast {
                    source_name: self.source.source.clone(),
                });
            }
            _ => {
                let part = |name: String| Planned {
                    values: self.values(&name, None),
                    days: None,
                    name,
                };
                return Ok(names.into_iter().map(part).collect());
            }
        };
        let days = self.days(series, interval, now)?;
        let parts = names.iter().flat_map(|name| {
            days.iter().map(|days| Planned {
                name: name.clone(),
                days: Some(*days),
                values: self.values(name, Some((*days, series))),
            })
        });
        Ok(parts.collect())
    }

    fn values(&self, name: &str, days: Option<((Date, Date), &SeriesStrategy)>) -> Values {
        let Some(((from, to), series)) = days else {
            let names = self.source.strategy.values().iter().take(1);
            return Values::new(names.map(|value| (*value, name.to_owned())));
        };
        // The format was tried when the description was read.
        let written = |day: Date| day.strftime(&series.format).to_string();
        Values::new([
            ("key", name.to_owned()),
            ("from", written(from)),
            ("to", written(to)),
        ])
    }

    /// The days of a pull, in ranges that the source allows: ascending, without a gap or an overlap.
    fn days(
        &self,
        series: &SeriesStrategy,
        interval: Option<Interval>,
        now: Timestamp,
    ) -> Result<Vec<(Date, Date)>> {
        let day = |at: Timestamp| at.to_zoned(self.zone.clone()).date();
        let today = day(now);
        let back = series.back_days.and_then(|days| {
            let days = i64::from(days.saturating_sub(1));
            today.checked_sub(days.days()).ok()
        });
        let (first, last) = match interval {
            Some(interval) => {
                let second = jiff::SignedDuration::from_secs(1);
                let end = interval.to.saturating_sub(second).unwrap_or(interval.to);
                (day(interval.from), day(end).min(today))
            }
            None => match self.start.or(back) {
                Some(first) => (first, today),
                None => {
                    return Err(Error::NoStart {
                        source_name: self.source.source.clone(),
                    });
                }
            },
        };
        if first > last {
            let (from, to) = match interval {
                Some(interval) => (interval.from, interval.to),
                None => (now, now),
            };
            return Err(Error::EmptyInterval { from, to });
        }
        let mut ranges = Vec::new();
        let mut from = first;
        while from <= last {
            let longest = i64::from(series.max_days) - 1;
            let to = from
                .checked_add(longest.days())
                .map_or(last, |to| to.min(last));
            ranges.push((from, to));
            match to.tomorrow() {
                Ok(next) => from = next,
                Err(_) => break,
            }
        }
        Ok(ranges)
    }
}
