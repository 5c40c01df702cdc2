//! Tiles over time.

use jiff::civil::Date;
use semantic::{Filters, Grain};

use crate::answer::{FlowSeries, FlowTile};
use crate::axis::Axis;
use crate::chosen::Chosen;
use crate::days::Day;
use crate::flow::{Changes, Flow};
use crate::image::Image;

impl Image {
    /// Postings over time, and by the dimension, if any.
    pub(super) fn flow_tile(
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
            let others = Flow::of(&self.postings, chosen.bits.complement_rows(), axis);
            self.flow.without(&others)
        };
        let all = self.fact().lifetime.as_ref();
        let all = all.map_or("all", |lifetime| &lifetime.all);
        let mut lines = vec![series(&flow(chosen), all, axis, &periods)];
        if let Some(dimension) = dimension {
            for (value, number) in self.shown_values(dimension) {
                let flow = match number {
                    Some(number) => flow(&self.dimensions[dimension].chosen_with(number, chosen)),
                    None => Flow {
                        days: vec![Changes::default(); axis.days.len()],
                    },
                };
                lines.push(series(&flow, &value, axis, &periods));
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
            series: lines,
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

/// One line of a tile.
fn series(flow: &Flow, value: &str, axis: &Axis, periods: &[std::ops::Range<usize>]) -> FlowSeries {
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
        last(&flow.days[..first.start]);
    }
    for period in periods {
        let changes = &flow.days[period.clone()];
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
