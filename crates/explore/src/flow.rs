//! Postings over time: opened, closed and open on each day, by the rules of
//! `pipeline/visual_tables/posting_flow.sql`.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use crate::answer::{FlowSeries, FlowTile, Grain};
use crate::days::{Day, Days, gaps};
use crate::image::Image;
use crate::postings::{NO_DAY, Postings, day_number, day_of};
use crate::selection::{Chosen, Filters};

/// The series of all postings of a tile.
const ALL: &str = "it";

/// The longest span in days with daily periods, and with weekly ones.
const DAYS: usize = 92;
const DAYS_BY_WEEK: usize = 3 * 366;

/// The maximum number of periods: beyond it, the next coarser grain is used.
const PERIODS: usize = 6_000;

/// The days of the image: from the first posting day to the data date.
#[derive(Debug)]
pub(crate) struct Axis {
    first: i32,
    days: Vec<Day>,
    gaps: Vec<(Date, Date)>,
}

impl Axis {
    /// None when there is no such day.
    pub fn of(postings: &Postings, last_day: Option<Date>, known: &Days) -> Option<Self> {
        let first = postings
            .posted
            .iter()
            .copied()
            .filter(|day| *day != NO_DAY)
            .min()?;
        let last = day_number(last_day?);
        if last < first {
            return None;
        }
        let days = known.span(first, (last - first) as usize + 1);
        Some(Self {
            first,
            gaps: gaps(&days, first, known.first_read()),
            days,
        })
    }

    /// The days of it between the chosen ones.
    fn within(&self, filters: &Filters) -> std::ops::Range<usize> {
        let place = |day: Date| i64::from(day_number(day)) - i64::from(self.first);
        let clamp = |place: i64| place.clamp(0, self.days.len() as i64) as usize;
        let start = filters.from.map_or(0, |from| clamp(place(from)));
        let end = filters
            .to
            .map_or(self.days.len(), |to| clamp(place(to) + 1));
        start..end.max(start)
    }

    /// Whether any of the chosen days was read.
    fn is_read(&self, filters: &Filters) -> bool {
        let mut days = self.days[self.within(filters)].iter();
        days.any(|day| day.coverage > Some(0.0))
    }

    fn day(&self, place: usize) -> Date {
        // Every index is between two valid days.
        day_of(self.first + place as i32).unwrap_or(Date::MAX)
    }
}

impl Image {
    /// Whether there is any data for the chosen days, regardless of other filters: a posting is
    /// dated in them, or any of them was read.
    pub(crate) fn knows_period(&self, filters: &Filters) -> bool {
        let (from, to) = (filters.from, filters.to);
        (from.is_none() && to.is_none())
            || !self.postings.posted_between(from, to).is_empty()
            || self.axis.as_ref().is_some_and(|axis| axis.is_read(filters))
    }
}

/// Daily changes of the number of postings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    days: Vec<Changes>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Changes {
    opened: i32,
    closed: i32,
    /// The changes of the number of open postings, known and assumed.
    lasting: [i32; 2],
}

impl Flow {
    pub fn of(postings: &Postings, rows: impl Iterator<Item = usize>, axis: &Axis) -> Self {
        let mut days = vec![Changes::default(); axis.days.len()];
        // Days outside of the axis, unknown ones too, map to indices beyond its end.
        let place = |day: i32| day.wrapping_sub(axis.first) as u32 as usize;
        rows.for_each(|row| {
            let (posted, until) = (postings.posted[row], postings.until[row]);
            if let Some(day) = days.get_mut(place(postings.expires[row])) {
                day.closed += 1;
            }
            let lasts = posted <= until;
            let kind = usize::from(postings.until_assumed.has(row));
            if let Some(day) = days.get_mut(place(posted)) {
                day.opened += 1;
                day.lasting[kind] += i32::from(lasts);
                if lasts && let Some(day) = days.get_mut(place(until) + 1) {
                    day.lasting[kind] -= 1;
                }
            }
        });
        Self { days }
    }

    /// The difference to another one.
    fn without(&self, other: &Self) -> Self {
        let pairs = self.days.iter().zip(&other.days);
        Self {
            days: pairs
                .map(|(all, other)| Changes {
                    opened: all.opened - other.opened,
                    closed: all.closed - other.closed,
                    lasting: [
                        all.lasting[0] - other.lasting[0],
                        all.lasting[1] - other.lasting[1],
                    ],
                })
                .collect(),
        }
    }

    fn series(&self, value: &str, axis: &Axis, periods: &[std::ops::Range<usize>]) -> FlowSeries {
        let mut series = FlowSeries {
            value: value.to_owned(),
            opened: Vec::with_capacity(periods.len()),
            closed: Vec::with_capacity(periods.len()),
            active: Vec::with_capacity(periods.len()),
            assumed: Vec::with_capacity(periods.len()),
        };
        let mut open = [0; 2];
        let mut last = |days: &[Changes]| {
            for day in days {
                open[0] += day.lasting[0];
                open[1] += day.lasting[1];
            }
            open.map(|open| open as u32)
        };
        if let Some(first) = periods.first() {
            last(&self.days[..first.start]);
        }
        for period in periods {
            let changes = &self.days[period.clone()];
            let known = &axis.days[period.clone()];
            let of_known = |count: fn(&Changes) -> i32| {
                let days = changes.iter().zip(known).filter(|(_, day)| day.is_known);
                days.map(|(changes, _)| count(changes) as u32)
                    .reduce(|sum, count| sum + count)
            };
            series.opened.push(of_known(|day| day.opened));
            series.closed.push(of_known(|day| day.closed));
            let is_known = known.last().is_some_and(|day| day.is_active_known);
            let [active, assumed] = last(changes).map(|open| is_known.then_some(open));
            series.active.push(active);
            series.assumed.push(assumed);
        }
        series
    }

    pub fn memory_bytes(&self) -> usize {
        std::mem::size_of_val(&*self.days)
    }
}

impl Grain {
    /// The first day of the period that contains a day.
    fn begin(self, day: Date) -> Date {
        let begin = match self {
            Self::Day => Ok(day),
            Self::Week => {
                let since_monday = day.weekday().since(Weekday::Monday);
                day.checked_sub(i64::from(since_monday).days())
            }
            Self::Month => Ok(day.first_of_month()),
        };
        // There is no day before the calendar's first.
        begin.unwrap_or(day)
    }
}

impl Image {
    /// The periods for these selections: the requested ones, or those that suit their span.
    pub(crate) fn grain<'a>(
        &self,
        asked: Option<Grain>,
        selections: impl Iterator<Item = &'a Filters>,
    ) -> Grain {
        let days = self.axis.as_ref().map_or(0, |axis| {
            selections
                .map(|filters| axis.within(filters).len())
                .max()
                .unwrap_or(0)
        });
        let suits = if days <= DAYS {
            Grain::Day
        } else if days <= DAYS_BY_WEEK {
            Grain::Week
        } else {
            Grain::Month
        };
        let mut grain = asked.unwrap_or(suits);
        if grain == Grain::Day && days > PERIODS {
            grain = Grain::Week;
        }
        if grain == Grain::Week && days / 7 > PERIODS {
            grain = Grain::Month;
        }
        grain
    }

    /// First and last day that a flow tile shows.
    pub(crate) fn shown_days(&self, filters: &Filters) -> Option<(Date, Date)> {
        let axis = self.axis.as_ref()?;
        let days = axis.within(filters);
        (!days.is_empty()).then(|| (axis.day(days.start), axis.day(days.end - 1)))
    }

    pub(crate) fn flow_tile(
        &self,
        chosen: &Chosen,
        filters: &Filters,
        dimension: Option<usize>,
        grain: Grain,
    ) -> FlowTile {
        let n = chosen.count as u32;
        let Some(axis) = self
            .axis
            .as_ref()
            .filter(|axis| !axis.within(filters).is_empty())
        else {
            return FlowTile {
                n,
                dates: Vec::new(),
                gaps: Vec::new(),
                coverage: Vec::new(),
                read_after_days: Vec::new(),
                active_coverage: Vec::new(),
                series: Vec::new(),
            };
        };
        let days = axis.within(filters);
        let (dates, periods) = periods(axis, days.clone(), grain);
        let flow = |chosen: &Chosen| {
            if chosen.count * 2 <= self.postings.len() {
                return Flow::of(&self.postings, chosen.bits.rows(), axis);
            }
            let others = Flow::of(&self.postings, chosen.bits.other_rows(), axis);
            self.flow.without(&others)
        };
        let mut series = vec![flow(chosen).series(ALL, axis, &periods)];
        if let Some(dimension) = dimension {
            for (value, number) in self.shown_values(dimension) {
                let flow = match number {
                    Some(number) => flow(&self.dimensions[dimension].chosen_with(number, chosen)),
                    None => Flow {
                        days: vec![Changes::default(); axis.days.len()],
                    },
                };
                series.push(flow.series(&value, axis, &periods));
            }
        }
        let (first, last) = (axis.day(days.start), axis.day(days.end - 1));
        let gaps = axis
            .gaps
            .iter()
            .filter(|(from, to)| *from <= last && *to >= first);
        let known = periods.iter().map(|period| &axis.days[period.clone()]);
        FlowTile {
            n,
            coverage: known.clone().map(mean_coverage).collect(),
            read_after_days: known
                .clone()
                .map(|days| days.iter().filter_map(|day| day.read_after).max())
                .collect(),
            active_coverage: known
                .map(|days| days.last().and_then(|day| day.active_coverage))
                .collect(),
            dates: dates.iter().map(Date::to_string).collect(),
            gaps: gaps
                .map(|(from, to)| [*from.max(&first), *to.min(&last)].map(|day| day.to_string()))
                .collect(),
            series,
        }
    }

    /// The values of a dimension in its order, including those without postings that the order
    /// names.
    fn shown_values(&self, dimension: usize) -> Vec<(String, Option<usize>)> {
        let values = &self.dimensions[dimension];
        let order = self.definitions.dimensions[dimension]
            .order
            .as_deref()
            .unwrap_or_default();
        let mut shown: Vec<(String, Option<usize>)> = order
            .iter()
            .map(|value| (value.clone(), values.find(value)))
            .collect();
        for number in 0..values.len() {
            let value = values.value(number);
            if !order.iter().any(|other| other == value) {
                shown.push((value.to_owned(), Some(number)));
            }
        }
        shown
    }
}

/// The mean coverage of days, those of unknown coverage left out.
fn mean_coverage(days: &[Day]) -> Option<f64> {
    let known: Vec<f64> = days.iter().filter_map(|day| day.coverage).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// The first days of the periods, and the days of the axis that each has.
fn periods(
    axis: &Axis,
    days: std::ops::Range<usize>,
    grain: Grain,
) -> (Vec<Date>, Vec<std::ops::Range<usize>>) {
    let (mut dates, mut periods): (Vec<Date>, Vec<std::ops::Range<usize>>) = Default::default();
    for place in days {
        let begin = grain.begin(axis.day(place));
        if dates.last() == Some(&begin) {
            if let Some(period) = periods.last_mut() {
                period.end = place + 1;
            }
        } else {
            dates.push(begin);
            periods.push(place..place + 1);
        }
    }
    (dates, periods)
}
