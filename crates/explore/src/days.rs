//! The data status of each day in Asia/Seoul. A day without data has no figures: they are missing,
//! never 0.

use jiff::civil::{Date, date};

/// Marks an unknown day; far from all real days.
pub(crate) const NO_DAY: i32 = i32::MIN;

/// A day as its number since 1970-01-01.
pub(crate) fn day_number(day: Date) -> i32 {
    let since = day.duration_since(date(1970, 1, 1));
    (since.as_hours() / 24) as i32
}

/// The day of a number; none for [`NO_DAY`] and for days outside the calendar.
pub(crate) fn day_of(number: i32) -> Option<Date> {
    let days = jiff::Span::new().try_days(number).ok()?;
    date(1970, 1, 1).checked_add(days).ok()
}

/// The data status of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Day {
    /// Whether it is known which postings opened and closed.
    pub is_known: bool,
    /// Whether it is known which were active, too.
    pub is_active_known: bool,
    /// The share of the day that was collected, 0 to 1.
    pub coverage: Option<f64>,
    /// Days from the day to its first collection.
    pub read_after: Option<u32>,
    /// The mean coverage of the days up to it, 0 to 1.
    pub active_coverage: Option<f64>,
}

/// The days for which there are rows, by number.
#[derive(Debug, Default)]
pub(crate) struct Days {
    rows: Vec<(i32, Day)>,
}

impl Days {
    pub fn add(&mut self, number: i32, day: Day) {
        if number != NO_DAY {
            self.rows.push((number, day));
        }
    }

    /// The status of the days from `first` on; unknown for days without a row.
    pub fn span(&self, first: i32, days: usize) -> Vec<Day> {
        let mut span = vec![Day::default(); days];
        for (number, day) in &self.rows {
            if let Some(place) = span.get_mut(number.wrapping_sub(first) as u32 as usize) {
                *place = *day;
            }
        }
        span
    }

    /// The first day of which any part was collected.
    pub fn first_read(&self) -> Option<i32> {
        let read = self.rows.iter().filter(|(_, day)| day.coverage > Some(0.0));
        read.map(|(number, _)| *number).min()
    }
}

/// First and last days of the spans without full coverage, among days of known coverage.
///
/// For two days partial coverage suffices: the last one, which has not ended yet, and the first
/// collected one, in the middle of which collection began. Days before that one are a gap.
pub(crate) fn gaps(days: &[Day], first: i32, first_read: Option<i32>) -> Vec<(Date, Date)> {
    let mut gaps: Vec<(i32, i32)> = Vec::new();
    let last = first + days.len() as i32 - 1;
    for (number, day) in (first..).zip(days) {
        let a_part_is_enough = number == last || Some(number) == first_read;
        let is_gap = day
            .coverage
            .is_some_and(|coverage| coverage == 0.0 || (coverage < 1.0 && !a_part_is_enough));
        match gaps.last_mut() {
            _ if !is_gap => {}
            Some((_, end)) if *end + 1 == number => *end = number,
            _ => gaps.push((number, number)),
        }
    }
    gaps.into_iter()
        .filter_map(|(from, to)| Some((day_of(from)?, day_of(to)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gaps of days from 1970-01-01 on, as days of January.
    fn gaps_of(coverage: &[Option<f64>], first_read: Option<i32>) -> Vec<(i8, i8)> {
        let days: Vec<Day> = coverage
            .iter()
            .map(|coverage| Day {
                coverage: *coverage,
                ..Day::default()
            })
            .collect();
        gaps(&days, 0, first_read)
            .into_iter()
            .map(|(from, to)| (from.day(), to.day()))
            .collect()
    }

    #[test]
    fn for_the_first_and_the_last_day_partial_coverage_suffices() {
        let all = |coverage: &[f64]| -> Vec<Option<f64>> {
            coverage.iter().map(|part| Some(*part)).collect()
        };
        let part = all(&[0.0, 0.3, 1.0, 0.9, 0.0, 1.0, 0.2]);
        assert_eq!(gaps_of(&part, Some(1)), [(1, 1), (4, 5)]);
        // Collection began before the first of these days.
        assert_eq!(gaps_of(&part, Some(-9)), [(1, 2), (4, 5)]);
        assert_eq!(gaps_of(&all(&[1.0, 0.0]), Some(0)), [(2, 2)]);
        assert_eq!(gaps_of(&all(&[1.0, 1.0]), Some(0)), []);
    }

    #[test]
    fn without_known_coverage_there_is_no_gap() {
        let mixed = [None, Some(0.0), None, None, Some(0.5), Some(1.0)];
        assert_eq!(gaps_of(&mixed, Some(5)), [(2, 2), (5, 5)]);
        assert_eq!(gaps_of(&[None; 4], None), []);
    }

    #[test]
    fn days_without_a_row_are_unknown() {
        let known = Day {
            is_known: true,
            coverage: Some(0.5),
            ..Day::default()
        };
        let mut days = Days::default();
        for number in [9, 11, NO_DAY, -3] {
            days.add(number, known);
        }
        let span = days.span(10, 3);
        assert_eq!(span, [Day::default(), known, Day::default()]);
        assert_eq!(days.first_read(), Some(-3));
        assert_eq!(Days::default().first_read(), None);
    }
}
