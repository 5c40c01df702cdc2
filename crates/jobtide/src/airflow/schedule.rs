//! When a DAG runs, in the words of Airflow.

use orchestrator::{CatchUp, DagDefinition, Times};

use super::python::text;

/// The first day of a DAG whose file names none. Without catch-up Airflow begins with the last interval, as
/// jobtide does, however long ago this is.
const LONG_AGO: &str = "datetime(2020, 1, 1, tzinfo=timezone.utc)";

/// What the DAG's constructor takes.
pub struct When {
    pub schedule: String,
    pub start: String,
    pub catch_up: &'static str,
}

/// The schedule of a DAG; what cannot be said is added to the notes.
pub fn of(dag: &DagDefinition, notes: &mut Vec<String>) -> When {
    let mut when = When {
        schedule: "None".to_owned(),
        start: LONG_AGO.to_owned(),
        catch_up: "False",
    };
    let Some(schedule) = &dag.schedule else {
        return when;
    };
    let times = schedule.times.as_ref().map(|times| timetable(times, notes));
    let assets = (!schedule.on.is_empty()).then(|| {
        let assets: Vec<String> = schedule.on.iter().map(|name| asset(name)).collect();
        format!("AssetAny({})", assets.join(", "))
    });
    when.schedule = match (times, assets) {
        (Some(times), Some(assets)) => {
            format!("AssetOrTimeSchedule(timetable={times}, assets={assets})")
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => when.schedule,
    };
    let start = schedule.times.as_ref().and_then(|times| {
        // The first interval contains the start: it begins with the last time up to it.
        let start = times.start()?;
        Some(times.last_until(start, 1).first().copied().unwrap_or(start))
    });
    if let Some(start) = start {
        let start = start.to_string().replace('Z', "+00:00");
        when.start = format!("datetime.fromisoformat({})", text(&start));
    }
    if dag.catch_up == CatchUp::All && schedule.times.is_some() {
        match start {
            Some(_) => when.catch_up = "True",
            None => notes.push(
                "`catch_up = \"all\"` without `schedule.start`: Airflow runs the last interval that was missed"
                    .to_owned(),
            ),
        }
    }
    when
}

fn timetable(times: &Times, notes: &mut Vec<String>) -> String {
    let fields: Vec<&str> = times.cron().split_whitespace().collect();
    let cron = match fields[..] {
        // Seconds come first here, and last there.
        [seconds, minute, hour, day, month, weekday] => {
            [minute, hour, day, month, weekday, seconds].join(" ")
        }
        _ => fields.join(" "),
    };
    if cron.contains(['W', 'w', '+']) && !is_of_words(&cron) || fields.len() > 6 {
        notes.push(format!(
            "the cron pattern `{}` has parts that Airflow reads in another way, or not at all",
            times.cron()
        ));
    }
    format!(
        "CronDataIntervalTimetable({}, timezone={})",
        text(&cron),
        text(times.time_zone())
    )
}

/// Whether each `W` is of a day's name.
fn is_of_words(cron: &str) -> bool {
    let upper = cron.to_uppercase().replace("WED", "");
    !upper.contains(['W', '+'])
}

/// The asset of a dataset. Airflow's names are ASCII on some databases, and no URI by accident.
pub fn asset(dataset: &str) -> String {
    let mut name = "jobtide.".to_owned();
    for byte in dataset.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => {
                name.push(char::from(byte));
            }
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("Asset({})", text(&name))
}
