//! Days and hours of Korea. Korea Standard Time has had no changes since 1988, so a fixed offset of
//! nine hours is exact and no time zone database is needed.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

const OFFSET: i64 = 9 * 3_600;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

pub(crate) fn time_zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(9))
}

pub(crate) fn zoned(second: i64) -> Zoned {
    Timestamp::from_second(second)
        .unwrap_or(Timestamp::MAX)
        .to_zoned(time_zone())
}

/// Days since 1970-01-01, as counted in Seoul.
pub(crate) fn day(second: i64) -> i64 {
    (second + OFFSET).div_euclid(DAY)
}

/// The Unix second at which that day begins in Seoul.
pub(crate) fn start_of(day: i64) -> i64 {
    day * DAY - OFFSET
}

/// 0 to 23.
pub(crate) fn hour(second: i64) -> usize {
    ((second + OFFSET).rem_euclid(DAY) / HOUR) as usize
}

/// Monday is 0.
pub(crate) fn weekday(second: i64) -> usize {
    // 1970-01-01 was a Thursday.
    (day(second) + 3).rem_euclid(7) as usize
}

/// `2019-07-07T17:17:17+0900`, as the API writes dates.
pub(crate) fn date_text(second: i64) -> String {
    zoned(second).strftime("%Y-%m-%dT%H:%M:%S%z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_instant() {
        let second = 1_559_191_564; // the guide's example
        assert_eq!(date_text(second), "2019-05-30T13:46:04+0900");
        assert_eq!(hour(second), 13);
        assert_eq!(weekday(second), 3);
        assert_eq!(date_text(start_of(day(second))), "2019-05-30T00:00:00+0900");
        assert_eq!(date_text(1_988_118_000), "2033-01-01T00:00:00+0900");
    }
}
