//! What collection covered, by day in Asia/Seoul.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, offset};

/// Korea has kept this offset since 1988.
const KOREA: Offset = offset(9);

/// The intervals that collection covered.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    intervals: Vec<(Timestamp, Timestamp)>,
}

impl Collected {
    pub fn add(&mut self, from: Timestamp, to: Timestamp) {
        if from < to {
            self.intervals.push((from, to));
        }
    }

    /// First and last days of the spans within `first..=last` that have uncovered instants.
    ///
    /// Two days count as covered as soon as any of them is: the last one, which has not ended yet,
    /// and the first that collection reached, in the middle of which it began. Days before that one
    /// are a gap. Where nothing at all was collected, gaps are unknown, and there are none.
    pub fn gaps(mut self, first: Date, last: Date) -> Vec<(Date, Date)> {
        if self.intervals.is_empty() {
            return Vec::new();
        }
        self.intervals.sort_unstable();
        let mut gaps = Vec::new();
        let mut reached = first;
        let mut open = self.intervals[0];
        let edges = [KOREA.to_datetime(open.0).date(), last];
        for next in &self.intervals[1..] {
            if next.0 <= open.1 {
                open.1 = open.1.max(next.1);
            } else {
                close(open, &mut reached, &mut gaps, edges);
                open = *next;
            }
        }
        close(open, &mut reached, &mut gaps, edges);
        if reached <= last {
            gaps.push((reached, last));
        }
        gaps
    }
}

/// Takes the days that `covered` covers; `reached` is the first day not known to be covered. Of
/// `edges`, the first day of all and the last, a part is enough.
fn close(
    covered: (Timestamp, Timestamp),
    reached: &mut Date,
    gaps: &mut Vec<(Date, Date)>,
    edges: [Date; 2],
) {
    let [_, last] = edges;
    let from = KOREA.to_datetime(covered.0);
    let to = KOREA.to_datetime(covered.1);
    let begins_within = from.date().at(0, 0, 0, 0) < from;
    let mut begin = from.date();
    if begins_within && !edges.contains(&begin) {
        let Ok(next) = begin.tomorrow() else { return };
        begin = next;
    }
    // The first day that is not covered to its end.
    let mut end = to.date();
    let ends_within = end.at(0, 0, 0, 0) < to;
    if ends_within && edges.contains(&end) {
        let Ok(next) = end.tomorrow() else { return };
        end = next;
    }
    if begin >= end || end <= *reached {
        return;
    }
    if begin > *reached {
        let until = begin.yesterday().unwrap_or(begin).min(last);
        if *reached <= until {
            gaps.push((*reached, until));
        }
    }
    *reached = end;
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn gaps(intervals: &[(&str, &str)], first: &str, last: &str) -> Vec<String> {
        let mut collected = Collected::default();
        for (from, to) in intervals {
            let instant = |text: &str| format!("{text}+09:00").parse().expect("an instant");
            collected.add(instant(from), instant(to));
        }
        let day = |text: &str| text.parse::<Date>().expect("a day");
        let gaps = collected.gaps(day(first), day(last));
        gaps.iter()
            .map(|(from, to)| format!("{from}/{to}"))
            .collect()
    }

    #[test]
    fn nothing_collected_means_nothing_known() {
        assert!(gaps(&[], "2026-01-01", "2026-02-01").is_empty());
    }

    #[test]
    fn days_are_korean_and_need_to_be_covered_whole() {
        let covered = [
            ("2025-12-20T00:00", "2025-12-21T00:00"),
            ("2026-01-01T00:01", "2026-01-04T12:00"),
            ("2026-01-04T12:00", "2026-01-06T00:00"),
            ("2026-01-07T00:01", "2026-01-09T00:00"),
        ];
        assert_eq!(
            gaps(&covered, "2026-01-01", "2026-01-10"),
            [
                "2026-01-01/2026-01-01",
                "2026-01-06/2026-01-07",
                "2026-01-09/2026-01-10"
            ]
        );
        // Outside of the days that are asked for nothing is a gap.
        assert_eq!(gaps(&covered, "2026-01-03", "2026-01-05"), [""; 0]);
        assert_eq!(
            gaps(&covered, "2026-01-03", "2026-01-06"),
            ["2026-01-06/2026-01-06"]
        );
        assert_eq!(
            gaps(&covered, "2026-02-01", "2026-02-02"),
            ["2026-02-01/2026-02-02"]
        );
    }

    #[test]
    fn the_last_day_is_covered_by_any_part_of_it() {
        let one = [("2026-01-01T00:00", "2026-01-03T08:30")];
        assert_eq!(gaps(&one, "2026-01-01", "2026-01-03"), [""; 0]);
        assert_eq!(
            gaps(&one, "2026-01-01", "2026-01-04"),
            ["2026-01-03/2026-01-04"]
        );
        let whole_days = [("2026-01-01T00:00", "2026-01-03T00:00")];
        assert_eq!(
            gaps(&whole_days, "2026-01-01", "2026-01-03"),
            ["2026-01-03/2026-01-03"]
        );
        let late = [("2026-01-03T10:00", "2026-01-03T11:00")];
        assert_eq!(
            gaps(&late, "2026-01-02", "2026-01-03"),
            ["2026-01-02/2026-01-02"]
        );
    }

    #[test]
    fn the_first_covered_day_is_covered_by_any_part_of_it() {
        let one = [("2026-01-02T13:20", "2026-01-04T00:00")];
        assert_eq!(
            gaps(&one, "2026-01-01", "2026-01-04"),
            ["2026-01-01/2026-01-01", "2026-01-04/2026-01-04"]
        );
        assert_eq!(gaps(&one, "2026-01-02", "2026-01-03"), [""; 0]);
        // What is missing later in it is no gap either; a day between is one.
        let broken = [
            ("2026-01-02T01:00", "2026-01-02T02:00"),
            ("2026-01-02T20:00", "2026-01-03T20:00"),
            ("2026-01-03T21:00", "2026-01-05T00:00"),
        ];
        assert_eq!(
            gaps(&broken, "2026-01-02", "2026-01-04"),
            ["2026-01-03/2026-01-03"]
        );
        // It is the first of all time, not the first of the days that are asked for.
        assert_eq!(
            gaps(&broken, "2026-01-03", "2026-01-04"),
            ["2026-01-03/2026-01-03"]
        );
    }

    proptest! {
        #[test]
        fn gaps_are_what_looking_at_each_hour_finds(
            intervals in proptest::collection::vec((0_i64..192, 0_i64..60), 0..8),
            first in 0_i64..8,
            length in 0_i64..8,
        ) {
            let midnight: Timestamp = "2026-01-01T00:00+09:00".parse().expect("an instant");
            let hour = |hours: i64| midnight + SignedDuration::from_hours(hours);
            let mut collected = Collected::default();
            let mut covered = std::collections::BTreeSet::new();
            for (from, length) in &intervals {
                collected.add(hour(*from), hour(from + length));
                covered.extend(*from..from + length);
            }
            let hours = |day: i64| covered.range(day * 24..(day + 1) * 24).count();
            let (last, reached) = (first + length, covered.first().map(|hour| hour / 24));
            let is_gap = |day: &i64| match hours(*day) {
                0 => true,
                24 => false,
                _ => *day != last && Some(*day) != reached,
            };
            let expected: Vec<i64> = match covered.is_empty() {
                true => Vec::new(),
                false => (first..=last).filter(is_gap).collect(),
            };
            let date = |day: i64| KOREA.to_datetime(hour(day * 24)).date();
            let gaps = collected.gaps(date(first), date(last));
            let within = |day: &i64| gaps.iter().any(|(from, to)| (*from..=*to).contains(&date(*day)));
            prop_assert_eq!((-2..20).filter(within).collect::<Vec<_>>(), expected);
            for pair in gaps.windows(2) {
                prop_assert!(pair[0].1.tomorrow()? < pair[1].0, "{:?}", gaps);
            }
        }
    }

    #[test]
    fn overlapping_and_repeated_intervals_are_one() {
        let covered = [
            ("2026-01-01T00:00", "2026-01-05T00:00"),
            ("2026-01-02T00:00", "2026-01-03T00:00"),
            ("2026-01-02T00:00", "2026-01-03T00:00"),
            ("2026-01-04T00:00", "2026-01-07T00:00"),
        ];
        assert_eq!(gaps(&covered, "2026-01-01", "2026-01-06"), [""; 0]);
    }
}
