//! The starts of schedules by the last start, and what is due as intervals.

mod cases;
mod property;

use super::*;

fn dag(name: &str, schedule: &str) -> DagDefinition {
    let text = format!("what = ''\n{schedule}\n[[tasks]]\nname = 'a'\nkind = 'a'\n");
    DagDefinition::parse(&format!("dags/{name}.toml"), &text).unwrap()
}

fn cron(name: &str, pattern: &str, zone: &str) -> DagDefinition {
    dag(
        name,
        &format!("schedule = {{ cron = '{pattern}', time_zone = '{zone}' }}"),
    )
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn what_is_due_follows_from_the_last_start_and_the_time() {
    let hourly = cron("hourly", "5 * * * *", "Asia/Seoul");
    for (last, now, due, next) in [
        // Never started: at once, whatever the minute.
        (None, "2026-03-01T10:30:00Z", true, "2026-03-01T11:05:00Z"),
        (
            Some("2026-03-01T10:05:01Z"),
            "2026-03-01T10:30:00Z",
            false,
            "2026-03-01T11:05:00Z",
        ),
        (
            Some("2026-03-01T10:05:01Z"),
            "2026-03-01T11:05:00Z",
            true,
            "2026-03-01T12:05:00Z",
        ),
        // The machine slept for a day: one run makes it up.
        (
            Some("2026-02-28T10:05:01Z"),
            "2026-03-01T10:30:00Z",
            true,
            "2026-03-01T11:05:00Z",
        ),
    ] {
        let last = last.map(|last| (hourly.name.clone(), time(last)));
        let plan = plan([&hourly], &last.into_iter().collect(), time(now));
        let expected: Vec<DagName> = due.then(|| hourly.name.clone()).into_iter().collect();
        assert_eq!(plan.due, expected, "{last:?} {now}", last = plan.next);
        assert_eq!(plan.next, Some(time(next)), "{now}");
    }
}

#[test]
fn a_clock_that_was_ahead_leaves_the_next_times_due() {
    let hourly = cron("hourly", "5 * * * *", "Asia/Seoul");
    let mut started = [(hourly.name.clone(), time("2026-03-02T10:05:01Z"))].into();
    let mut due_at = |now| {
        forget_the_future(&mut started, time(now));
        plan([&hourly], &started, time(now)).due.len()
    };
    assert_eq!(due_at("2026-03-01T10:30:00Z"), 0);
    assert_eq!(due_at("2026-03-01T11:05:00Z"), 1);
    assert_eq!(due_at("2026-03-01T12:05:00Z"), 1);
}

#[test]
fn a_day_that_lacks_the_hour_still_has_its_run() {
    // On 29 March 2026 clocks in Berlin go from 02:00 to 03:00.
    let nightly = cron("nightly", "30 2 * * *", "Europe/Berlin");
    let started = [(nightly.name.clone(), time("2026-03-28T01:30:00Z"))].into();
    let plan = plan([&nightly], &started, time("2026-03-29T02:00:00Z"));
    assert_eq!(plan.due.len(), 1, "{plan:?}");
}

#[test]
fn without_a_schedule_nothing_is_due_and_nothing_comes() {
    let silent = dag("silent", "");
    let plan = plan([&silent], &BTreeMap::new(), time("2026-03-01T10:30:00Z"));
    assert_eq!((plan.due, plan.next), (Vec::new(), None));
}

#[test]
fn the_next_time_is_that_of_the_first_of_all() {
    let dags = [
        cron("a", "0 6 * * *", "Asia/Seoul"),
        cron("b", "5 * * * *", "Asia/Seoul"),
    ];
    let plan = plan(&dags, &BTreeMap::new(), time("2026-03-01T10:30:00Z"));
    assert_eq!(plan.next, Some(time("2026-03-01T11:05:00Z")));
    assert_eq!(plan.due.len(), 2);
}
