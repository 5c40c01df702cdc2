//! Splitting a window that is too large, or does not add up.

use jiff::{SignedDuration, Timestamp};
use kernel::Interval;

use crate::plan::Task;

/// Splits a task that does not add up: first without its overlap, which the daily sweep reads too,
/// then in two. `None`: one second cannot be split.
pub(crate) fn halves(task: &Task) -> Option<Vec<Task>> {
    let alone = Task {
        asked_from: task.interval.from,
        ..*task
    };
    if alone == *task {
        cut(task)
    } else {
        Some(vec![alone])
    }
}

/// Splits a task in two. The overlap stays with the first half; if it is most of the request, the
/// overlap is split instead. `None`: one second cannot be split.
pub(crate) fn cut(task: &Task) -> Option<Vec<Task>> {
    let asked = Interval {
        from: task.asked_from,
        to: task.interval.to,
    };
    let half = asked.seconds() / 2;
    let middle = task.asked_from.checked_add(SignedDuration::from_secs(half));
    let middle = middle.ok().filter(|middle| *middle > task.asked_from)?;
    if middle <= task.interval.from {
        return Some(vec![Task {
            asked_from: middle,
            ..*task
        }]);
    }
    let part = |from: Timestamp, to: Timestamp, asked_from: Timestamp| Task {
        kind: task.kind,
        interval: Interval { from, to },
        asked_from,
    };
    Some(vec![
        part(task.interval.from, middle, task.asked_from),
        part(middle, task.interval.to, middle),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use landing::WindowKind;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    fn task(asked_from: i64, from: i64, to: i64) -> Task {
        Task {
            kind: WindowKind::Collect,
            interval: Interval {
                from: at(from),
                to: at(to),
            },
            asked_from: at(asked_from),
        }
    }

    #[test]
    fn halves_touch_and_the_overlap_stays_in_front() {
        assert_eq!(
            cut(&task(-4, 0, 10)),
            Some(vec![task(-4, 0, 3), task(3, 3, 10)])
        );
        assert_eq!(
            cut(&task(0, 0, 3)),
            Some(vec![task(0, 0, 1), task(1, 1, 3)])
        );
        assert_eq!(
            cut(&task(0, 0, 2)),
            Some(vec![task(0, 0, 1), task(1, 1, 2)])
        );
        assert_eq!(cut(&task(0, 0, 1)), None);
    }

    #[test]
    fn a_large_overlap_is_cut_before_the_window() {
        assert_eq!(cut(&task(-100, 0, 2)), Some(vec![task(-49, 0, 2)]));
        assert_eq!(cut(&task(-1, 0, 1)), Some(vec![task(0, 0, 1)]));
    }

    #[test]
    fn what_does_not_add_up_is_read_without_its_overlap_and_then_in_two() {
        assert_eq!(halves(&task(-4, 0, 10)), Some(vec![task(0, 0, 10)]));
        assert_eq!(
            halves(&task(0, 0, 10)),
            Some(vec![task(0, 0, 5), task(5, 5, 10)])
        );
        assert_eq!(halves(&task(-4, 0, 1)), Some(vec![task(0, 0, 1)]));
        assert_eq!(halves(&task(0, 0, 1)), None);
    }

    proptest! {
        #[test]
        fn parts_tile_the_window_and_ask_for_all_of_it(before in 0i64..5000, seconds in 1i64..5000, at_once in 1i64..300) {
            // One posting per second: parts are small enough at this many seconds.
            let whole = task(-before, 0, seconds);
            let mut open = vec![whole];
            let mut parts = Vec::new();
            while let Some(part) = open.pop() {
                let asked = part.interval.to.as_second() - part.asked_from.as_second();
                match cut(&part) {
                    Some(cut) if asked > at_once => open.extend(cut.into_iter().rev()),
                    _ => parts.push(part),
                }
            }
            prop_assert_eq!(parts[0].interval.from, whole.interval.from);
            prop_assert_eq!(parts[parts.len() - 1].interval.to, whole.interval.to);
            prop_assert!(parts[0].asked_from >= whole.asked_from);
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].interval.to, pair[1].interval.from);
                prop_assert_eq!(pair[1].asked_from, pair[1].interval.from);
            }
            for part in &parts {
                prop_assert!(part.asked_from <= part.interval.from);
                prop_assert!(part.interval.from < part.interval.to);
            }
        }
    }
}
