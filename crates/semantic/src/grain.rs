//! Time grain: the periods of tiles over time.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

/// The longest span in days with daily periods, and with weekly ones.
const DAYS: usize = 92;
const DAYS_BY_WEEK: usize = 3 * 366;

/// The maximum number of periods: beyond it, the next coarser grain is used.
const PERIODS: usize = 6_000;

/// Periods of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// One day.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Grain {
    /// All grains by name, finest first.
    pub(crate) const NAMES: [&str; 3] = ["day", "week", "month"];

    /// The name, as parameters have it and as SQL truncates dates to it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        let grains = [Self::Day, Self::Week, Self::Month];
        grains.into_iter().find(|grain| grain.name() == name)
    }

    /// The grain of a span of so many days: the requested one, unless it gives too many periods, or
    /// the one that suits the span.
    pub fn of_span(days: usize, requested: Option<Self>) -> Self {
        let suits = if days <= DAYS {
            Self::Day
        } else if days <= DAYS_BY_WEEK {
            Self::Week
        } else {
            Self::Month
        };
        let mut grain = requested.unwrap_or(suits);
        if grain == Self::Day && days > PERIODS {
            grain = Self::Week;
        }
        if grain == Self::Week && days / 7 > PERIODS {
            grain = Self::Month;
        }
        grain
    }

    /// The first day of the period that contains a day.
    pub fn begin(self, day: Date) -> Date {
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_grain_suits_the_span_unless_it_is_requested() {
        let suiting = [(0, Grain::Day), (92, Grain::Day), (93, Grain::Week)];
        for (days, grain) in suiting {
            assert_eq!(Grain::of_span(days, None), grain, "{days}");
        }
        assert_eq!(Grain::of_span(1_099, None), Grain::Month);
        assert_eq!(Grain::of_span(1_099, Some(Grain::Day)), Grain::Day);
        // Too many periods.
        assert_eq!(Grain::of_span(6_001, Some(Grain::Day)), Grain::Week);
        assert_eq!(Grain::of_span(42_007, Some(Grain::Day)), Grain::Month);
    }

    #[test]
    fn a_period_begins_on_a_monday_or_the_first() {
        let day = date(2026, 3, 1);
        assert_eq!(Grain::Day.begin(day), day);
        assert_eq!(Grain::Week.begin(day), date(2026, 2, 23));
        assert_eq!(Grain::Month.begin(date(2026, 3, 31)), day);
        assert_eq!(Grain::Week.begin(Date::MIN), Date::MIN);
    }
}
