//! The time axis of an image.

use jiff::civil::Date;
use semantic::Filters;

use crate::days::{Day, Days, NO_DAY, day_number, day_of, gaps};
use crate::postings::Postings;

/// The days of the image: from the first posting day to the data date.
#[derive(Debug)]
pub(crate) struct Axis {
    pub first: i32,
    pub days: Vec<Day>,
    pub gaps: Vec<(Date, Date)>,
}

impl Axis {
    /// `None` if there is no such day.
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

    /// Its days within the selected period.
    pub fn within(&self, filters: &Filters) -> std::ops::Range<usize> {
        let place = |day: Date| i64::from(day_number(day)) - i64::from(self.first);
        let clamp = |place: i64| place.clamp(0, self.days.len() as i64) as usize;
        let start = filters.from.map_or(0, |from| clamp(place(from)));
        let end = filters
            .to
            .map_or(self.days.len(), |to| clamp(place(to) + 1));
        start..end.max(start)
    }

    /// Whether any of the selected days was collected.
    pub fn is_read(&self, filters: &Filters) -> bool {
        let mut days = self.days[self.within(filters)].iter();
        days.any(|day| day.coverage > Some(0.0))
    }

    pub fn day(&self, place: usize) -> Date {
        // Every index is between two valid days.
        day_of(self.first + place as i32).unwrap_or(Date::MAX)
    }
}
