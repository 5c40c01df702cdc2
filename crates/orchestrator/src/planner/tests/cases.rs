//! A table of cases, with the time given: catch-up, overlap, data, daylight saving, leap days, clocks.

use kernel::Interval;

use super::{cron, dag, time};
use crate::definition::DagDefinition;
use crate::planner::{DuePlan, Known, due};
use crate::queued::Queued;
use crate::record::{RunId, RunOutcome};
use crate::request::RunRequest;

const NEW_YORK: &str = "America/New_York";

pub(super) fn with(policy: &str, pattern: &str, zone: &str) -> DagDefinition {
    dag(
        "a",
        &format!("{policy}\nschedule = {{ cron = '{pattern}', time_zone = '{zone}' }}"),
    )
}

pub(super) fn through(watermark: &str) -> Known {
    Known {
        watermarks: [("a".to_owned(), time(watermark))].into(),
        ..Known::default()
    }
}

fn intervals(plan: &DuePlan) -> Vec<String> {
    let interval = |run: &RunRequest| run.interval.map_or("any".to_owned(), |i| i.to_string());
    plan.runs.iter().map(|(_, run)| interval(run)).collect()
}

pub(super) fn entry(id: i64, request: RunRequest, run: Option<&str>) -> Queued {
    Queued {
        id,
        dag: "a".to_owned(),
        request,
        queued_at: time("2026-03-01T00:00:00Z"),
        run: run.map(|run| RunId::stored(run.to_owned())),
        outcome: run.map(|_| RunOutcome::Running),
    }
}

fn scheduled(from: &str, to: &str) -> RunRequest {
    let interval = Interval::new(time(from), time(to)).unwrap();
    RunRequest::scheduled().for_interval(interval)
}

#[test]
fn the_policy_says_which_missed_intervals_are_run() {
    // Six hourly intervals ended since 04:05: the last one at 10:05.
    let (watermark, now) = ("2026-03-01T04:05:00Z", "2026-03-01T10:30:00Z");
    for (catch_up, first, count) in [
        ("'none'", None, 0),
        ("'latest'", Some("2026-03-01T09:05:00Z"), 1),
        ("2", Some("2026-03-01T08:05:00Z"), 2),
        ("100", Some("2026-03-01T04:05:00Z"), 6),
        ("'all'", Some("2026-03-01T04:05:00Z"), 6),
    ] {
        let dag = with(&format!("catch_up = {catch_up}"), "5 * * * *", "UTC");
        let plan = due(&through(watermark), time(now), [&dag]);
        assert_eq!(plan.runs.len(), count, "{catch_up}");
        let begins = plan.runs.first().and_then(|(_, run)| run.interval);
        assert_eq!(begins.map(|i| i.from), first.map(time), "{catch_up}");
        assert_eq!(plan.watermarks[&dag.name], time("2026-03-01T10:05:00Z"));
        assert_eq!(plan.next, Some(time("2026-03-01T11:05:00Z")));
        // What was planned is not due again.
        let known = through("2026-03-01T10:05:00Z");
        assert!(due(&known, time(now), [&dag]).changes_nothing());
    }
}

#[test]
fn what_is_due_at_its_own_time_was_not_missed() {
    let dag = with("catch_up = 'none'", "5 * * * *", "UTC");
    let known = through("2026-03-01T09:05:00Z");
    for (now, count) in [
        ("2026-03-01T10:04:59Z", 0),
        ("2026-03-01T10:05:00Z", 1),
        ("2026-03-01T10:05:30Z", 1),
        ("2026-03-01T10:30:00Z", 0),
    ] {
        assert_eq!(due(&known, time(now), [&dag]).runs.len(), count, "{now}");
    }
}

#[test]
fn a_dag_that_was_never_planned_begins_with_its_last_interval_or_its_start() {
    let now = time("2026-03-01T10:30:00Z");
    for (catch_up, count) in [("'none'", 0), ("'latest'", 1), ("'all'", 1)] {
        let dag = with(&format!("catch_up = {catch_up}"), "5 * * * *", "UTC");
        let plan = due(&Known::default(), now, [&dag]);
        assert_eq!(plan.runs.len(), count, "{catch_up}");
        assert_eq!(plan.watermarks[&dag.name], time("2026-03-01T10:05:00Z"));
    }
    let from = |start: &str| {
        let schedule = format!(
            "catch_up = 'all'\nschedule = {{ cron = '0 0 * * *', time_zone = 'Asia/Seoul', start = '{start}' }}"
        );
        due(&Known::default(), now, [&dag("a", &schedule)])
    };
    assert_eq!(
        intervals(&from("2026-02-27"))[0],
        "2026-02-26T15:00:00Z..2026-02-27T15:00:00Z"
    );
    assert_eq!(from("2026-02-27").runs.len(), 2);
    let later = from("2026-04-01");
    assert!(later.changes_nothing(), "{later:?}");
}

#[test]
fn many_missed_intervals_are_queued_in_parts() {
    let dag = with("catch_up = 'all'", "* * * * *", "UTC");
    let now = time("2026-03-03T00:00:00Z");
    let mut known = through("2026-03-01T00:00:00Z");
    let mut seen = Vec::new();
    loop {
        let plan = due(&known, now, [&dag]);
        if plan.runs.is_empty() {
            break;
        }
        assert!(plan.runs.len() <= 1_000);
        seen.extend(intervals(&plan));
        known = through(&plan.watermarks[&dag.name].to_string());
        // Those that wait leave room for fewer, and in the end for none.
        let waits = |(id, (_, run)): (i64, &(_, RunRequest))| entry(id, run.clone(), None);
        known.open = (0..).zip(&plan.runs).map(waits).collect();
        if plan.runs.len() == 1_000 {
            assert_eq!(plan.next, Some(now), "there may be more");
            let full = due(&known, now, [&dag]);
            assert!(full.changes_nothing(), "{full:?}");
            assert!(full.next > Some(now), "nobody looks again before");
            known.open.truncate(990);
            assert_eq!(due(&known, now, [&dag]).runs.len(), 10);
        }
        known.open.clear();
    }
    assert_eq!(seen.len(), 2 * 24 * 60);
    seen.dedup();
    assert_eq!(seen.len(), 2 * 24 * 60);
}

#[test]
fn clocks_that_go_forward_leave_an_hour_out_and_no_day() {
    // On 8 March 2026 clocks in New York go from 02:00 (07:00 UTC) to 03:00.
    let all = "catch_up = 'all'";
    let nightly = with(all, "30 2 * * *", NEW_YORK);
    let plan = due(
        &through("2026-03-07T07:30:00Z"),
        time("2026-03-09T12:00:00Z"),
        [&nightly],
    );
    assert_eq!(
        intervals(&plan),
        [
            "2026-03-07T07:30:00Z..2026-03-08T07:00:00Z",
            "2026-03-08T07:00:00Z..2026-03-09T06:30:00Z",
        ]
    );
    let hourly = with(all, "30 * * * *", NEW_YORK);
    let plan = due(
        &through("2026-03-08T05:30:00Z"),
        time("2026-03-08T08:45:00Z"),
        [&hourly],
    );
    assert_eq!(
        intervals(&plan),
        [
            "2026-03-08T05:30:00Z..2026-03-08T06:30:00Z",
            "2026-03-08T06:30:00Z..2026-03-08T07:30:00Z",
            "2026-03-08T07:30:00Z..2026-03-08T08:30:00Z",
        ]
    );
}

#[test]
fn clocks_that_go_back_repeat_an_hour_and_no_day() {
    // On 1 November 2026 clocks in New York go from 02:00 (06:00 UTC) to 01:00.
    let all = "catch_up = 'all'";
    let nightly = with(all, "30 1 * * *", NEW_YORK);
    let plan = due(
        &through("2026-10-31T05:30:00Z"),
        time("2026-11-02T12:00:00Z"),
        [&nightly],
    );
    assert_eq!(
        intervals(&plan),
        [
            "2026-10-31T05:30:00Z..2026-11-01T05:30:00Z",
            "2026-11-01T05:30:00Z..2026-11-02T06:30:00Z",
        ]
    );
    let hourly = with(all, "30 * * * *", NEW_YORK);
    let plan = due(
        &through("2026-11-01T04:30:00Z"),
        time("2026-11-01T07:45:00Z"),
        [&hourly],
    );
    assert_eq!(
        intervals(&plan),
        [
            "2026-11-01T04:30:00Z..2026-11-01T05:30:00Z",
            "2026-11-01T05:30:00Z..2026-11-01T06:30:00Z",
            "2026-11-01T06:30:00Z..2026-11-01T07:30:00Z",
        ]
    );
}

#[test]
fn the_last_times_are_those_that_the_search_forward_gives_across_a_change() {
    for (pattern, now) in [
        ("30 2 * * *", "2026-03-08T07:00:00Z"),
        ("30 2 * * *", "2026-03-08T12:00:00Z"),
        ("30 1 * * *", "2026-11-01T05:45:00Z"),
        ("30 1 * * *", "2026-11-01T06:45:00Z"),
        ("*/20 * * * *", "2026-11-01T06:45:00Z"),
    ] {
        let latest = with("catch_up = 'latest'", pattern, NEW_YORK);
        let all = with("catch_up = 'all'", pattern, NEW_YORK);
        let known = through("2026-02-01T06:30:00Z");
        let last = intervals(&due(&known, time(now), [&latest]));
        let mut known = known;
        let mut every = Vec::new();
        loop {
            let plan = due(&known, time(now), [&all]);
            if plan.runs.is_empty() {
                break;
            }
            every = intervals(&plan);
            known = through(&plan.watermarks[&all.name].to_string());
        }
        assert_eq!(last.last(), every.last(), "{pattern} {now}");
    }
}

#[test]
fn a_leap_day_comes_every_four_years() {
    let leap = with("catch_up = 'all'", "0 0 29 2 *", "UTC");
    let plan = due(
        &through("2016-02-29T00:00:00Z"),
        time("2026-03-01T00:00:00Z"),
        [&leap],
    );
    assert_eq!(
        intervals(&plan),
        [
            "2016-02-29T00:00:00Z..2020-02-29T00:00:00Z",
            "2020-02-29T00:00:00Z..2024-02-29T00:00:00Z",
        ]
    );
    assert_eq!(plan.next, Some(time("2028-02-29T00:00:00Z")));
    let latest = with("catch_up = 'latest'", "0 0 29 2 *", "UTC");
    let plan = due(
        &through("2016-02-29T00:00:00Z"),
        time("2026-03-01T00:00:00Z"),
        [&latest],
    );
    assert_eq!(
        intervals(&plan),
        ["2020-02-29T00:00:00Z..2024-02-29T00:00:00Z"]
    );
    let never = with("", "0 0 30 2 *", "UTC");
    let plan = due(&Known::default(), time("2026-03-01T00:00:00Z"), [&never]);
    assert_eq!((plan.changes_nothing(), plan.next), (true, None));
}

#[test]
fn a_clock_that_was_ahead_repeats_what_it_ran_too_early() {
    let hourly = with("catch_up = 'all'", "5 * * * *", "UTC");
    for ahead in [
        "2026-03-01T11:05:00Z",
        "2026-03-02T10:05:00Z",
        "2100-01-01T00:05:00Z",
    ] {
        let mut known = through(ahead);
        let early = scheduled("2026-03-01T10:05:00Z", "2026-03-01T11:05:00Z");
        known.open.push(entry(7, early, None));
        let plan = due(&known, time("2026-03-01T10:30:00Z"), [&hourly]);
        assert_eq!(plan.withdrawn, [7], "it waits too early");
        assert_eq!(intervals(&plan), [""; 0]);
        assert_eq!(plan.watermarks[&hourly.name], time("2026-03-01T10:05:00Z"));
        let known = through("2026-03-01T10:05:00Z");
        let plan = due(&known, time("2026-03-01T11:05:00Z"), [&hourly]);
        assert_eq!(
            intervals(&plan),
            ["2026-03-01T10:05:00Z..2026-03-01T11:05:00Z"]
        );
    }
}

#[test]
fn a_clock_that_is_corrected_by_seconds_repeats_nothing() {
    let hourly = with("catch_up = 'all'", "5 * * * *", "UTC");
    let mut known = through("2026-03-01T10:05:00Z");
    let waits = scheduled("2026-03-01T09:05:00Z", "2026-03-01T10:05:00Z");
    known.open.push(entry(7, waits, None));
    for now in ["2026-03-01T10:04:58Z", "2026-03-01T10:05:00Z"] {
        let plan = due(&known, time(now), [&hourly]);
        assert!(plan.changes_nothing(), "{plan:?}");
    }
}

#[test]
fn a_clock_that_was_never_set_plans_nothing_and_moves_nothing() {
    let hourly = with("catch_up = 'all'", "5 * * * *", "UTC");
    let known = through("2026-03-01T10:05:00Z");
    let plan = due(&known, time("1970-01-01T03:00:00Z"), [&hourly]);
    assert_eq!(plan, DuePlan::default());
    let plan = due(&known, time("2026-03-01T12:30:00Z"), [&hourly]);
    assert_eq!(plan.runs.len(), 2, "as if nothing had happened");
}

#[test]
fn a_clock_that_jumps_by_a_day_or_a_century_catches_up_by_the_policy() {
    let latest = with("catch_up = 'latest'", "5 * * * *", "UTC");
    for (now, expected) in [
        (
            "2026-03-02T10:30:00Z",
            "2026-03-02T09:05:00Z..2026-03-02T10:05:00Z",
        ),
        (
            "2100-01-01T00:30:00Z",
            "2099-12-31T23:05:00Z..2100-01-01T00:05:00Z",
        ),
    ] {
        let plan = due(&through("2026-03-01T10:05:00Z"), time(now), [&latest]);
        assert_eq!(intervals(&plan), [expected]);
    }
}

#[test]
fn what_is_due_while_a_run_is_in_progress_waits_is_left_out_or_replaces_it() {
    let now = time("2026-03-01T10:05:00Z");
    let earlier = scheduled("2026-03-01T08:05:00Z", "2026-03-01T09:05:00Z");
    let mut known = through("2026-03-01T09:05:00Z");
    known
        .open
        .push(entry(1, earlier, Some("20260301T090500.000000Z-00000001")));
    for (overlap, runs, left_out, cancelled) in [
        ("queue", 1, 0, 0),
        ("skip", 0, 1, 0),
        ("cancel_older", 1, 0, 1),
    ] {
        let hourly = with(&format!("overlap = '{overlap}'"), "5 * * * *", "UTC");
        let plan = due(&known, now, [&hourly]);
        let counts = (plan.runs.len(), plan.left_out.len(), plan.cancelled.len());
        assert_eq!(counts, (runs, left_out, cancelled), "{overlap}");
        assert_eq!(plan.watermarks[&hourly.name], now, "{overlap}");
        // With room for another one, nothing is in the way.
        let policy = format!("overlap = '{overlap}'\nmax_active_runs = 2");
        let plan = due(&known, now, [&with(&policy, "5 * * * *", "UTC")]);
        assert_eq!((plan.runs.len(), plan.cancelled.len()), (1, 0), "{overlap}");
    }
}

#[test]
fn of_what_waits_for_a_long_run_only_the_latest_interval_is_run() {
    let now = time("2026-03-01T10:05:00Z");
    let at = |hour: u8| format!("2026-03-01T{hour:02}:05:00Z");
    let mut known = through(&at(9));
    known.open = vec![
        entry(1, scheduled(&at(7), &at(8)), Some("long")),
        entry(2, scheduled(&at(8), &at(9)), None),
        entry(3, RunRequest::manual(), None),
    ];
    for (catch_up, withdrawn) in [("'latest'", &[2][..]), ("'all'", &[]), ("5", &[])] {
        let hourly = with(&format!("catch_up = {catch_up}"), "5 * * * *", "UTC");
        let plan = due(&known, now, [&hourly]);
        assert_eq!(plan.withdrawn, withdrawn, "{catch_up}");
        assert_eq!(plan.left_out.len(), withdrawn.len());
        assert_eq!(intervals(&plan), [format!("{}..{}", at(9), at(10))]);
        // Nothing newer, nothing to replace.
        let mut known = known.clone();
        known.watermarks = through(&at(10)).watermarks;
        assert!(due(&known, now, [&hourly]).changes_nothing());
    }
}

#[test]
fn a_newer_run_replaces_no_run_of_a_person_and_withdraws_what_waits() {
    let now = time("2026-03-01T10:05:00Z");
    let newest = with(
        "overlap = 'cancel_older'\ncatch_up = 'all'",
        "5 * * * *",
        "UTC",
    );
    let mut known = through("2026-03-01T08:05:00Z");
    let waits = scheduled("2026-03-01T07:05:00Z", "2026-03-01T08:05:00Z");
    known
        .open
        .push(entry(1, RunRequest::manual(), Some("by-hand")));
    known.open.push(entry(2, waits, None));
    let plan = due(&known, now, [&newest]);
    assert_eq!(
        (&plan.cancelled[..], &plan.withdrawn[..]),
        (&[][..], &[2][..])
    );
    assert_eq!(
        intervals(&plan),
        ["2026-03-01T09:05:00Z..2026-03-01T10:05:00Z"]
    );
}

#[test]
fn a_run_in_a_terminal_counts_as_one_in_progress() {
    let skips = with("overlap = 'skip'", "5 * * * *", "UTC");
    let mut known = through("2026-03-01T09:05:00Z");
    known.outside.insert("a".to_owned(), 1);
    let plan = due(&known, time("2026-03-01T10:05:00Z"), [&skips]);
    assert_eq!((plan.runs.len(), plan.left_out.len()), (0, 1));
}

#[test]
fn a_single_task_takes_the_place_of_a_dag_that_has_only_one() {
    let mut known = through("2026-03-01T09:05:00Z");
    known.single_tasks.insert("a".to_owned());
    for (allowed, expected) in [(1, (0, 1)), (2, (1, 0))] {
        let text = format!("overlap = 'skip'\nmax_active_runs = {allowed}");
        let skips = with(&text, "5 * * * *", "UTC");
        let plan = due(&known, time("2026-03-01T10:05:00Z"), [&skips]);
        assert_eq!((plan.runs.len(), plan.left_out.len()), expected);
    }
}

#[test]
fn a_change_of_data_is_due_once() {
    let builds = dag("a", "schedule = { on = ['landed', 'codes'] }");
    let now = time("2026-03-01T10:05:00Z");
    let mut known = Known::default();
    assert!(
        due(&known, now, [&builds]).changes_nothing(),
        "nothing is known to be there"
    );
    known.datasets = [("landed".to_owned(), 3), ("codes".to_owned(), 1)].into();
    let plan = due(&known, now, [&builds]);
    assert_eq!(intervals(&plan), ["any"], "one run for both");
    known.reads = plan.reads;
    assert!(due(&known, now, [&builds]).changes_nothing());
    known.datasets.insert("landed".to_owned(), 4);
    assert_eq!(due(&known, now, [&builds]).runs.len(), 1);
    let both = dag(
        "a",
        "schedule = { cron = '5 * * * *', time_zone = 'UTC', on = ['landed'] }",
    );
    let plan = due(&known, now, [&both]);
    assert_eq!(plan.runs.len(), 2, "by time and by data");
}

#[test]
fn nothing_of_a_paused_dag_is_due_and_its_policy_decides_later() {
    let hourly = with("catch_up = 'all'", "5 * * * *", "UTC");
    let mut known = through("2026-03-01T08:05:00Z");
    known.paused.insert("a".to_owned());
    assert_eq!(
        due(&known, time("2026-03-01T10:30:00Z"), [&hourly]),
        DuePlan::default()
    );
    known.paused.clear();
    assert_eq!(
        due(&known, time("2026-03-01T10:30:00Z"), [&hourly])
            .runs
            .len(),
        2
    );
}

#[test]
fn a_changed_schedule_goes_on_from_the_watermark() {
    // It was hourly at five past; now it is daily.
    let daily = with("catch_up = 'latest'", "0 6 * * *", "UTC");
    let known = through("2026-03-01T05:05:00Z");
    let plan = due(&known, time("2026-03-01T06:00:00Z"), [&daily]);
    assert_eq!(
        intervals(&plan),
        ["2026-03-01T05:05:00Z..2026-03-01T06:00:00Z"]
    );
    let silent = cron("a", "0 6 * * *", "UTC");
    let plan = due(&known, time("2026-03-01T05:30:00Z"), [&silent]);
    assert!(plan.changes_nothing(), "{plan:?}");
}
