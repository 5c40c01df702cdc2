//! Instants for display: to the minute, in the time zone of the source's days, with its name.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use kernel::Interval;

/// Intervals that a line names; more are counted.
const NAMED: usize = 3;

/// Korea has had no other offset since 1988, and no summer time.
const SEOUL: TimeZone = TimeZone::fixed(Offset::constant(9));

/// Such as `2026-11-30 12:02 KST`.
pub fn time(instant: Timestamp) -> String {
    format!("{} KST", minute(instant, "%Y-%m-%d %H:%M"))
}

/// Such as `2026-11-30 12:00 to 13:00 KST`; with seconds if minutes are not precise enough.
pub fn interval(interval: Interval) -> String {
    let (from, to) = (interval.from, interval.to);
    let is_whole = |instant: Timestamp| instant.as_second() % 60 == 0;
    let clock = match is_whole(from) && is_whole(to) {
        true => "%H:%M",
        false => "%H:%M:%S",
    };
    let day = |instant| minute(instant, "%Y-%m-%d");
    let end = match day(from) == day(to) {
        true => minute(to, clock),
        false => minute(to, &format!("%Y-%m-%d {clock}")),
    };
    format!("{} {} to {end} KST", day(from), minute(from, clock))
}

/// The first of `count` intervals, of which `known` are the first, and how many more there are.
pub fn intervals(known: &[Interval], count: usize) -> String {
    let mut named: Vec<String> = known.iter().take(NAMED).map(|one| interval(*one)).collect();
    if let Some(more @ 1..) = count.checked_sub(named.len()) {
        named.push(format!("{more} more"));
    }
    named.join(", ")
}

fn minute(instant: Timestamp, format: &str) -> String {
    instant.to_zoned(SEOUL).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_in_seoul() {
        assert_eq!(
            time(at("2026-11-29T15:02:18.666935672Z")),
            "2026-11-30 00:02 KST"
        );
        let between = |from: &str, to: &str| Interval::new(at(from), at(to)).unwrap();
        let hour = between("2026-11-30T03:00:00Z", "2026-11-30T04:00:00Z");
        assert_eq!(interval(hour), "2026-11-30 12:00 to 13:00 KST");
        let second = between("2026-11-30T14:59:59Z", "2026-11-30T15:00:00Z");
        assert_eq!(
            interval(second),
            "2026-11-30 23:59:59 to 2026-12-01 00:00:00 KST"
        );
        assert_eq!(intervals(&[], 0), "");
        let five = intervals(&[hour; 4], 5);
        assert!(five.ends_with("13:00 KST, 2 more"), "{five}");
    }
}
