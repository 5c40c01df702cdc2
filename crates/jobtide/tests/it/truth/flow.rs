//! The flow of postings by day, and the data status of each day from the times at which it was
//! collected.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz};

use super::{Expected, Truth, expected, korean_day};

/// How exports write null.
pub const NULL: &str = "";

const SEOUL: tz::Offset = tz::offset(9);

const DAY_MICROS: f64 = 86_400_000_000.0;

/// A complete collection: what was published from one instant to another was read at a third.
#[derive(Clone, Copy)]
pub struct Reading {
    pub from: Timestamp,
    pub to: Timestamp,
    pub read: Timestamp,
}

impl Reading {
    /// From three instants, as `from,to,read`.
    pub fn parse(line: &str) -> Self {
        let instants = line
            .split(',')
            .map(|text| text.parse().expect("an instant"));
        match instants.collect::<Vec<Timestamp>>()[..] {
            [from, to, read] => Self { from, to, read },
            _ => panic!("not three instants: {line}"),
        }
    }
}

impl Truth<'_> {
    pub(super) fn posting_flow(&self) -> Expected {
        let first = self.scope().filter_map(|posting| posting.posted).min();
        let first = first.expect("a dated posting");
        let days = first.until(self.data_date).expect("days").get_days();
        let place = |day: Date| first.until(day).expect("days").get_days();
        let mut rows = Vec::new();
        let mut eventful = BTreeSet::new();
        // All postings first: on a day on which any of them opens or closes all roles are known.
        for role in ["it"].into_iter().chain(Self::all_roles()) {
            let mut counts = vec![[0_u64; 4]; usize::try_from(days).expect("days") + 1];
            let mut add = |day: i32, column: usize| {
                if let Some(count) = usize::try_from(day)
                    .ok()
                    .and_then(|day| counts.get_mut(day))
                {
                    count[column] += 1;
                }
            };
            for posting in self
                .scope()
                .filter(|p| role == "it" || p.roles.contains(role))
            {
                if let Some(posted) = posting.posted {
                    add(place(posted), 0);
                }
                if let Some(closes) = posting.closes {
                    add(place(closes), 1);
                }
                if let (Some(posted), Some(until)) = (posting.posted, posting.until) {
                    let column = if posting.closes.is_some() { 2 } else { 3 };
                    for day in place(posted)..=place(until) {
                        add(day, column);
                    }
                }
            }
            for (count, day) in counts.iter().zip(first.series(1.day())) {
                let [opened, closed, active, assumed] = count;
                if *opened > 0 || *closed > 0 {
                    eventful.insert(day);
                }
                let read = self.read_micros(day);
                let known = match read {
                    Some(micros) => micros > 0,
                    None => eventful.contains(&day),
                };
                let last_days =
                    (0..60).filter_map(|before: i32| self.read_micros(day - before.days()));
                let (sum, count) =
                    last_days.fold((0, 0), |(sum, count), micros| (sum + micros, count + 1));
                let is_active_known = known && (count == 0 || sum > 0);
                let number = |number: &u64, known: bool| known.then(|| number.to_string());
                let share = |micros: i64, days: i64| {
                    (days > 0).then(|| format!("{:?}", micros as f64 / (days as f64 * DAY_MICROS)))
                };
                let cells = [
                    number(opened, known),
                    number(closed, known),
                    number(active, is_active_known),
                    number(assumed, is_active_known),
                    read.and_then(|micros| share(micros, 1)),
                    self.read_after(day).map(|days| days.to_string()),
                    share(sum, count),
                ];
                let mut row = vec![day.to_string(), role.to_owned()];
                row.extend(cells.map(|cell| cell.unwrap_or_else(|| NULL.to_owned())));
                rows.push(row);
            }
        }
        expected(
            "visual_tables.posting_flow",
            &[
                "date",
                "role",
                "opened",
                "closed",
                "active",
                "assumed",
                "coverage",
                "read_after_days",
                "active_coverage",
            ],
            rows,
        )
    }

    /// The collections of a day, each clipped to it.
    fn of_day(&self, day: Date) -> Vec<Reading> {
        let begin = SEOUL.to_timestamp(day.at(0, 0, 0, 0)).expect("a time");
        let end = begin + SignedDuration::from_hours(24);
        let cut = self.readings.iter().map(|reading| Reading {
            from: reading.from.max(begin),
            to: reading.to.min(reading.read).min(end),
            read: reading.read,
        });
        cut.filter(|reading| reading.from < reading.to).collect()
    }

    /// Microseconds of a day that were collected; `None` if coverage is unknown.
    fn read_micros(&self, day: Date) -> Option<i64> {
        let mut readings = self.of_day(day);
        let is_saved = self
            .saved
            .is_some_and(|(from, to)| (from..=to).contains(&day));
        if self.readings.is_empty() || (readings.is_empty() && is_saved) {
            return None;
        }
        readings.sort_by_key(|reading| reading.from);
        let mut micros = 0;
        let mut reached = Timestamp::MIN;
        for reading in readings {
            let from = reading.from.max(reached);
            if from < reading.to {
                micros += reading.to.as_microsecond() - from.as_microsecond();
                reached = reading.to;
            }
        }
        Some(micros)
    }

    fn read_after(&self, day: Date) -> Option<i32> {
        let readings = self.of_day(day);
        let days = readings.iter().map(|reading| {
            day.until(korean_day(reading.read))
                .expect("days")
                .get_days()
        });
        days.min()
    }
}
