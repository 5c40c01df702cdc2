//! One request: the query, a window of time and a page, as parameters.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kernel::{Interval, IntervalSet};

use crate::query::CheckedQuery;
use crate::source::{IntervalStrategy, Numbered};
use crate::unread::Bounded;

/// A window as requested: half open, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub bounded: Bounded,
    pub interval: Interval,
    /// Records a page.
    pub page_size: u64,
    pub slice: Slice,
}

/// A part of what was edited in a window: what was published in this time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    /// Inclusive.
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
}

impl Slice {
    /// Everything but what was published in these times.
    pub fn without(times: &IntervalSet) -> Vec<Self> {
        let mut slices = Vec::new();
        let mut from = None;
        for time in times.as_slice() {
            slices.push(Self {
                from,
                to: Some(time.from),
            });
            from = Some(time.to);
        }
        slices.push(Self { from, to: None });
        slices
    }
}

/// Builds requests of one source and query.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    pages: Numbered,
    strategy: IntervalStrategy,
    query: CheckedQuery,
    zone: TimeZone,
}

impl Requests {
    pub fn new(
        pages: Numbered,
        strategy: IntervalStrategy,
        query: CheckedQuery,
        zone: TimeZone,
    ) -> Self {
        Self {
            pages,
            strategy,
            query,
            zone,
        }
    }

    /// The parameters of a page, counted from 0, without the key.
    pub fn parameters(&self, asked: Asked, page: u64) -> Vec<(String, String)> {
        let pages = &self.pages;
        let bounds = match asked.bounded {
            Bounded::Published => &self.strategy.published,
            Bounded::Updated => &self.strategy.updated,
        };
        // The source's upper bound is inclusive.
        let before = |to: Timestamp| {
            let second = SignedDuration::from_secs(1);
            to.saturating_sub(second).unwrap_or(asked.interval.from)
        };
        let last = before(asked.interval.to);
        let mut parameters: Vec<(String, String)> = self.query.sent.clone().into_iter().collect();
        parameters.extend([
            (bounds.from.clone(), self.written(asked.interval.from)),
            (bounds.to.clone(), self.written(last)),
            (
                pages.place_parameter.clone(),
                pages.place(page, asked.page_size).to_string(),
            ),
            (pages.size_parameter.clone(), asked.page_size.to_string()),
        ]);
        if asked.bounded == Bounded::Updated {
            let published = &self.strategy.published;
            let from = asked
                .slice
                .from
                .map(|from| (published.from.clone(), self.written(from)));
            let to = asked
                .slice
                .to
                .map(|to| (published.to.clone(), self.written(before(to))));
            parameters.extend(from.into_iter().chain(to));
        }
        parameters
    }

    fn written(&self, instant: Timestamp) -> String {
        let local = instant.to_zoned(self.zone.clone());
        local.strftime(&self.strategy.format).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::saramin;
    use std::collections::BTreeMap;

    #[test]
    fn a_request_has_the_right_parameters() {
        let source = saramin();
        let query = CheckedQuery::new(&source, &BTreeMap::new()).expect("the default");
        let zone = source.window_time_zone().expect("a zone");
        let pages = source.paginator.numbered().expect("pages");
        let strategy = source.strategy.interval().expect("windows").clone();
        let requests = Requests::new(pages, strategy, query, zone);
        let interval = Interval {
            from: "2026-04-30T15:00:00Z".parse().expect("a time"),
            to: "2026-05-01T15:00:00Z".parse().expect("a time"),
        };
        let asked = |bounded| Asked {
            bounded,
            interval,
            page_size: 110,
            slice: Slice::default(),
        };
        let parameters: BTreeMap<_, _> = requests
            .parameters(asked(Bounded::Published), 2)
            .into_iter()
            .collect();
        let expected = [
            ("count", "110"),
            ("fields", "posting-date expiration-date keyword-code count"),
            ("ind_cd", "3"),
            ("published_max", "2026-05-01 23:59:59"),
            ("published_min", "2026-05-01 00:00:00"),
            ("sort", "pa"),
            ("start", "2"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parameters, BTreeMap::from(expected));

        let parameters = requests.parameters(asked(Bounded::Updated), 0);
        let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"updated_min") && names.contains(&"updated_max"));
        assert!(!names.contains(&"published_min"));

        // What was edited, except what was published on that day.
        let slices = Slice::without(&IntervalSet::from_iter([interval]));
        let bounds = slices.iter().map(|slice| {
            let asked = Asked {
                slice: *slice,
                ..asked(Bounded::Updated)
            };
            let parameters: BTreeMap<_, _> = requests.parameters(asked, 0).into_iter().collect();
            let bound = |name| {
                parameters
                    .get(name)
                    .map(String::as_str)
                    .unwrap_or("-")
                    .to_owned()
            };
            (bound("published_min"), bound("published_max"))
        });
        let bounds: Vec<(String, String)> = bounds.collect();
        let expected = [("-", "2026-04-30 23:59:59"), ("2026-05-02 00:00:00", "-")];
        let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert_eq!(bounds, expected);
    }
}
