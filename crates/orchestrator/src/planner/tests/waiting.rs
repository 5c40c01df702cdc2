//! How much of a DAG waits while its runs take longer than its schedule.

use kernel::Interval;

use super::cases::{entry, through, with};
use super::time;
use crate::planner::due;
use crate::request::RunRequest;

#[test]
fn as_many_intervals_wait_as_would_be_run_if_they_had_been_missed() {
    for (catch_up, most) in [
        ("'latest'", 1),
        ("3", 3),
        ("'none'", 1_000),
        ("5000", 1_000),
    ] {
        let dag = with(&format!("catch_up = {catch_up}"), "* * * * *", "UTC");
        let begin = time("2026-03-01T00:00:00Z");
        let minutes = |count: usize| jiff::SignedDuration::from_mins(i64::try_from(count).unwrap());
        let minute = |count: usize| begin + minutes(count);
        let mut known = through("2026-03-01T00:00:00Z");
        let first = RunRequest::scheduled().for_interval(Interval {
            from: minute(0) - minutes(1),
            to: minute(0),
        });
        known.open.push(entry(0, first, Some("run")));
        // The run in progress does not end, and what was asked for by hand is left alone.
        known.open.push(entry(1, RunRequest::manual(), None));
        let mut left_out = 0;
        for count in 1..=1_005 {
            let plan = due(&known, minute(count), [&dag]);
            assert_eq!(plan.runs.len(), 1, "{catch_up}");
            known.open.retain(|open| !plan.withdrawn.contains(&open.id));
            left_out += plan.left_out.len();
            for (_, run) in &plan.runs {
                let id = i64::try_from(count).unwrap() + 1;
                known.open.push(entry(id, run.clone(), None));
            }
            known.watermarks.insert("a".to_owned(), minute(count));
        }
        assert_eq!(known.open.len(), 2 + most, "{catch_up}");
        assert_eq!(left_out, 1_005 - most, "{catch_up}");
        let last = known.open.last().unwrap().request.interval.unwrap();
        assert_eq!(last.to, minute(1_005), "the newest are kept");
    }
}
