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

    /// First and last days of the spans within `first..=last` that have uncovered instants. The last
    /// day counts as covered as soon as any of it is: it has not ended yet. Where nothing at all was
    /// collected, gaps are unknown, and there are none.
    pub fn gaps(mut self, first: Date, last: Date) -> Vec<(Date, Date)> {
        if self.intervals.is_empty() {
            return Vec::new();
        }
        self.intervals.sort_unstable();
        let mut gaps = Vec::new();
        let mut reached = first;
        let mut open = self.intervals[0];
        for next in &self.intervals[1..] {
            if next.0 <= open.1 {
                open.1 = open.1.max(next.1);
            } else {
                close(open, &mut reached, &mut gaps, last);
                open = *next;
            }
        }
        close(open, &mut reached, &mut gaps, last);
        if reached <= last {
            gaps.push((reached, last));
        }
        gaps
    }
}

/// Takes the days that `covered` covers; `reached` is the first day not known to be covered.
fn close(
    covered: (Timestamp, Timestamp),
    reached: &mut Date,
    gaps: &mut Vec<(Date, Date)>,
    last: Date,
) {
    let from = KOREA.to_datetime(covered.0);
    let to = KOREA.to_datetime(covered.1);
    let begins_within = from.date().at(0, 0, 0, 0) < from;
    let mut begin = from.date();
    // The last day needs no more than a part.
    if begins_within && begin != last {
        let Ok(next) = begin.tomorrow() else { return };
        begin = next;
    }
    // The first day that is not covered to its end.
    let mut end = to.date();
    let reaches_into_last = end == last && last.at(0, 0, 0, 0) < to;
    if reaches_into_last {
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
            ("2026-01-02T00:00", "2026-01-04T12:00"),
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
