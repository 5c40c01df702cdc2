//! What is due, as intervals.

mod cases;
mod property;
mod waiting;

use jiff::Timestamp;

use crate::definition::DagDefinition;

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
fn the_next_time_is_that_of_the_first_of_all() {
    let dags = [
        cron("a", "0 6 * * *", "Asia/Seoul"),
        cron("b", "5 * * * *", "Asia/Seoul"),
        dag("c", ""),
    ];
    let plan = super::due(
        &super::Known::default(),
        time("2026-03-01T10:30:00Z"),
        &dags,
    );
    assert_eq!(plan.next, Some(time("2026-03-01T11:05:00Z")));
    assert_eq!(plan.runs.len(), 2);
}
