//! `jobtide status`

use std::collections::BTreeSet;
use std::io::{Write, stdout};

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use orchestrator::{DagDefinition, RunOutcome, RunRecord};
use serde::Serialize;
use warehouse::publish::Origin;
use warehouse::{BuildRecord, escaped, escaped_lines};

use crate::app::App;
use crate::dags::Dags;
use crate::{cli, collecting, exit, times};

/// Unreadable periods that are shown individually.
const UNREAD_SHOWN: usize = 10;

/// What `status --json` prints.
#[derive(Debug, Serialize)]
struct Answer {
    store: String,
    published: Option<Published>,
    /// Build records and files of the landing that cannot be read.
    damaged: Vec<String>,
    windows_landed: usize,
    windows_unfinished: usize,
    /// Saved files that were taken back and still exist.
    windows_unlanded: usize,
    /// Windows that end after now: a clock was ahead when they were collected, or is behind now.
    windows_after_now: usize,
    /// Periods that the source fails to return: skipped, and retried with increasing intervals.
    unread: Vec<Unread>,
    /// The DAGs of the pipeline's files, by name.
    dags: Vec<Dag>,
    /// Why the other files describe none.
    broken_dags: Vec<String>,
    runs: Option<orchestrator::Status>,
}

#[derive(Debug, Serialize)]
struct Dag {
    dag: String,
    what: String,
    /// Its schedule is off.
    paused: bool,
    /// `None`: it runs on request only.
    schedule: Option<Schedule>,
}

#[derive(Debug, Serialize)]
struct Schedule {
    #[serde(flatten)]
    times: Option<Times>,
    /// The datasets of which a change makes it due.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    on: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Times {
    cron: String,
    time_zone: String,
    /// When it is due next, if `jobtide up` runs then and it is not paused; `None` where the pattern matches no later day.
    next_at: Option<Timestamp>,
}

impl Dag {
    fn new(dag: &DagDefinition, paused: &BTreeSet<String>, now: Timestamp) -> Self {
        Self {
            paused: paused.contains(dag.name.as_str()),
            dag: dag.name.to_string(),
            what: dag.what.clone(),
            schedule: dag.schedule.as_ref().map(|schedule| Schedule {
                times: schedule.times.as_ref().map(|times| Times {
                    cron: times.cron().to_owned(),
                    time_zone: times.time_zone().to_owned(),
                    next_at: times.next_after(now),
                }),
                on: schedule.on.clone(),
            }),
        }
    }
}

#[derive(Debug, Serialize)]
struct Unread {
    #[serde(flatten)]
    asked: orchestrator::Asked,
    #[serde(flatten)]
    time: orchestrator::UnreadTime,
}

#[derive(Debug, Serialize)]
struct Published {
    build: u64,
    published_at: Timestamp,
    origin: Origin,
    postings: u64,
    collected_through: Option<Timestamp>,
    /// The last day in Asia/Seoul with any data.
    data_date: Option<Date>,
    warnings: usize,
}

impl From<BuildRecord> for Published {
    fn from(record: BuildRecord) -> Self {
        Self {
            build: record.build,
            published_at: record.published_at,
            origin: record.origin,
            postings: record.postings,
            collected_through: record.collected_through,
            data_date: record.data_date,
            warnings: record.warnings.len(),
        }
    }
}

/// Reports what is published, landed and recorded.
pub async fn run(app: &App, args: &cli::Status) -> Result<()> {
    let listing = app.landing.list().await?;
    let state_file = app.state_file();
    let (runs, unread_times, paused) = if state_file.exists() {
        let state = orchestrator::State::open_to_read(&state_file).await?;
        let mut status = state.status(10).await?;
        for usage in &mut status.calls {
            collecting::look_at_others(app, usage).await;
        }
        (
            Some(status),
            state.unread().all().await?,
            state.known().await?.paused,
        )
    } else {
        (None, Vec::new(), BTreeSet::new())
    };
    let (dags, broken_dags) = match Dags::read(&app.files, &app.sources) {
        Ok(dags) => {
            let sound = dags
                .all()
                .iter()
                .map(|dag| Dag::new(dag, &paused, app.now()));
            (sound.collect(), dags.broken().map(exit::text).collect())
        }
        Err(error) => (Vec::new(), vec![exit::text(&error)]),
    };
    let mut records = app.warehouse.builds().records().await?;
    let published = records.sound.pop();
    let mut damaged: Vec<String> = records.damaged.iter().map(ToString::to_string).collect();
    let unread = published.iter().flat_map(|record| &record.unread);
    damaged.extend(unread.map(ToString::to_string));
    let known = |path: &str| damaged.iter().any(|said| said.contains(path));
    let unsound = listing
        .unsound
        .iter()
        .map(|window| window.path().join(landing::MANIFEST));
    let unsound: Vec<String> = unsound
        .filter(|path| !known(path.as_ref()))
        .map(|path| format!("`{path}` is damaged: it is empty"))
        .collect();
    damaged.extend(unsound);
    let held = listing.unlanded.iter().filter(|window| window.is_held());
    let answer = Answer {
        store: app.settings.storage.shown(),
        published: published.map(Into::into),
        damaged,
        windows_landed: listing.windows.len(),
        windows_unfinished: listing.unfinished.len(),
        windows_unlanded: held.count(),
        windows_after_now: extract::after_now(&listing.windows, app.now()).count(),
        unread: unread_times
            .into_iter()
            .map(|(asked, time)| Unread { asked, time })
            .collect(),
        dags,
        broken_dags,
        runs,
    };
    let mut out = stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
        return Ok(());
    }
    writeln!(out, "store      {}", answer.store)?;
    match &answer.published {
        Some(build) => {
            let origin = match build.origin {
                Origin::Collected => "collected",
                Origin::Saved => "saved elsewhere",
                Origin::Generated => "demo data",
                Origin::None => "nothing landed",
                Origin::Mixed => "collected and saved elsewhere",
            };
            writeln!(
                out,
                "published  build {} at {}: {} postings ({origin}), {} warnings",
                build.build,
                times::time(build.published_at),
                build.postings,
                build.warnings
            )?;
            if let Some(day) = build.data_date {
                writeln!(out, "data date  {day}")?;
            }
            if let Some(through) = build.collected_through {
                writeln!(out, "collected  to {}", times::time(through))?;
            }
        }
        None => writeln!(out, "published  nothing yet")?,
    }
    for damage in &answer.damaged {
        writeln!(out, "damaged    {}", escaped_lines(damage))?;
    }
    writeln!(
        out,
        "landed     {} windows, {} unfinished",
        answer.windows_landed, answer.windows_unfinished
    )?;
    if answer.windows_unlanded > 0 {
        writeln!(
            out,
            "unlanded   {} windows, removed once no kept build contains them",
            answer.windows_unlanded
        )?;
    }
    if answer.windows_after_now > 0 {
        writeln!(
            out,
            "clock      {} windows end in the future: they count up to the time they were read",
            answer.windows_after_now
        )?;
    }
    for unread in answer.unread.iter().take(UNREAD_SHOWN) {
        let Unread { asked, time } = unread;
        let fault = escaped(&time.fault);
        writeln!(
            out,
            "unread     {} {} {}, tried {} times, last at {}: {fault}",
            asked.source,
            time.bounded,
            time_of(time),
            time.tries,
            times::time(time.last_tried_at)
        )?;
    }
    if let Some(more @ 1..) = answer.unread.len().checked_sub(UNREAD_SHOWN) {
        writeln!(out, "unread     {more} more; `--json` lists them")?;
    }
    for dag in &answer.dags {
        writeln!(out, "dag        {}", scheduled(dag))?;
    }
    for error in &answer.broken_dags {
        writeln!(out, "broken     {}", escaped_lines(error))?;
    }
    match &answer.runs {
        Some(status) => {
            for usage in &status.calls {
                writeln!(out, "calls      {}", collecting::calls_in_words(usage))?;
            }
            for run in &status.runs {
                let began = times::time(run.started_at);
                writeln!(out, "run        {began} {} {}", run.dag, run.outcome)?;
            }
            for dag in &status.dags {
                steps(&mut out, &dag.last_run)?;
            }
        }
        None => writeln!(out, "runs       none yet")?,
    }
    Ok(())
}

/// A DAG and when it is due next.
fn scheduled(dag: &Dag) -> String {
    let name = &dag.dag;
    let Some(schedule) = &dag.schedule else {
        return format!("{name}, on request");
    };
    if dag.paused {
        return format!("{name}, paused: `jobtide dags resume {name}`");
    }
    let mut when = Vec::new();
    if let Some(written) = &schedule.times {
        let next = match written.next_at {
            Some(next) => format!("next due at {}", times::time(next)),
            None => "never due again".to_owned(),
        };
        when.push(format!(
            "{next} (`{}`, {})",
            written.cron, written.time_zone
        ));
    }
    if !schedule.on.is_empty() {
        when.push(format!("due when `{}` changes", schedule.on.join("` or `")));
    }
    format!("{name}, {}", when.join("; "))
}

fn time_of(time: &orchestrator::UnreadTime) -> String {
    match kernel::Interval::new(time.from, time.to) {
        Ok(interval) => times::interval(interval),
        Err(_) => times::time(time.from),
    }
}

/// The steps of a run, unless all succeeded.
fn steps(out: &mut impl Write, run: &RunRecord) -> Result<()> {
    if matches!(run.outcome, RunOutcome::Success | RunOutcome::Running) {
        return Ok(());
    }
    let began = times::time(run.started_at);
    writeln!(out, "last run   of {}, {began}:", run.dag)?;
    for step in &run.steps {
        write!(out, "           {} {}", step.task, step.outcome)?;
        if let Some(note) = &step.note {
            write!(out, ": {}", escaped(note))?;
        }
        writeln!(out)?;
        for error in &step.errors {
            writeln!(out, "           {}", escaped_lines(error))?;
        }
    }
    Ok(())
}
