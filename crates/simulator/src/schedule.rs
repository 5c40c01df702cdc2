//! When postings are published: more on weekdays and in office hours, and increasingly towards the
//! end of the period (of the original's 17,000 postings, 70 % fell into its last weeks).

use crate::draw::{Draw, Purpose};
use crate::kst::{self, HOUR};

#[rustfmt::skip]
const HOURS: [f64; 24] = [
    0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.8, 3.0, 8.0, 11.0, 10.5, 5.5, 9.0, 11.5, 11.5, 11.0, 9.5, 4.5, 1.6, 0.9, 0.7, 0.6, 0.4,
];
const WEEKDAYS: [f64; 7] = [20.0, 20.0, 19.0, 18.5, 17.0, 2.5, 3.0];

/// `count` ascending, distinct Unix seconds in `start..end`. There must be at least `count` seconds.
pub(crate) fn posting_times(seed: u64, count: u32, start: i64, end: i64) -> Vec<u32> {
    if count == 0 {
        return Vec::new();
    }
    let mut times: Vec<i64> = Vec::with_capacity(count as usize);
    let mut slots = slots(start, end);
    let total: f64 = slots.iter().map(|slot| slot.weight).sum();
    let mut before = 0.0;
    let mut at = 0;
    for index in 0..count {
        let jitter = Draw::new(seed, u64::from(index), Purpose::PostingTime).unit();
        let target = (f64::from(index) + jitter) / f64::from(count) * total;
        while at + 1 < slots.len() && before + slots[at].weight <= target {
            before += slots[at].weight;
            at += 1;
        }
        let slot = &mut slots[at];
        let within = ((target - before) / slot.weight).clamp(0.0, 1.0);
        let second = slot.from + (within * (slot.to - slot.from) as f64) as i64;
        times.push(second.clamp(start, end - 1));
    }
    // Distinct seconds, as on the real API: push later ones on, then earlier ones back.
    for i in 1..times.len() {
        times[i] = times[i].max(times[i - 1] + 1);
    }
    let mut latest = end - 1;
    for time in times.iter_mut().rev() {
        *time = (*time).min(latest);
        latest = *time - 1;
    }
    times.into_iter().map(|time| time as u32).collect()
}

struct Slot {
    from: i64,
    to: i64,
    weight: f64,
}

fn slots(start: i64, end: i64) -> Vec<Slot> {
    let length = (end - start) as f64;
    let mut slots = Vec::new();
    let mut from = start;
    while from < end {
        let to = ((from.div_euclid(HOUR) + 1) * HOUR).min(end);
        let elapsed = (from - start) as f64 / length;
        let ramp = 1.0 + 5.0 * elapsed * elapsed;
        let rhythm = HOURS[kst::hour(from)] * WEEKDAYS[kst::weekday(from)];
        slots.push(Slot {
            from,
            to,
            weight: ramp * rhythm * (to - from) as f64,
        });
        from = to;
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_682_866_800; // 2023-05-01 00:00 KST
    const END: i64 = START + 92 * kst::DAY;

    #[test]
    fn times_ascend_and_stay_inside() {
        let times = posting_times(1, 15_000, START, END);
        assert_eq!(times.len(), 15_000);
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(i64::from(times[0]) >= START && i64::from(times[14_999]) < END);
    }

    #[test]
    fn every_second_can_be_taken() {
        let times = posting_times(1, 600, START, START + 600);
        assert_eq!(
            times,
            (START as u32..START as u32 + 600).collect::<Vec<_>>()
        );
    }

    #[test]
    fn volume_follows_the_week_and_grows_to_the_end() {
        let times = posting_times(1, 15_000, START, END);
        let weekend = (times.iter())
            .filter(|t| kst::weekday(i64::from(**t)) >= 5)
            .count();
        assert!((500..1_200).contains(&weekend), "{weekend}");
        let office = (times.iter())
            .filter(|t| (9..18).contains(&kst::hour(i64::from(**t))))
            .count();
        assert!(office > 12_000, "{office}");
        let half = times.partition_point(|t| i64::from(*t) < (START + END) / 2);
        assert!(half < 5_500, "{half} in the first half");
    }
}
