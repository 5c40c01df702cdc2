//! `jobtide dags`

mod dry_run;

use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Interval;
use orchestrator::{DagDefinition, RunRequest, State};
use serde_json::json;

use crate::app::App;
use crate::cli::orchestrate::Dags as Args;
use crate::dags::Dags;
use crate::messages::Messages;
use crate::sources::midnight;
use crate::{exit, times};

/// The most runs of one backfill.
const BACKFILLS: usize = 10_000;

/// Lists DAGs, queues runs, switches schedules off and on.
pub async fn run(app: &App, args: &Args, messages: &Messages) -> Result<()> {
    let dags = Dags::read(&app.files, &app.sources)?;
    match args {
        Args::List(shown) => list(app, &dags, shown.json).await,
        Args::Show { dag } => show(dags.named(dag)?),
        Args::Run { dag, set } => {
            let dag = dags.named(dag)?;
            let mut request = RunRequest::manual();
            for (name, value) in set {
                request = request.with(name, value.clone());
            }
            let state = State::open(app.state_file()).await?;
            messages.say(
                &match state.enqueue(&dag.name, &request, app.now()).await? {
                    true => format!(
                        "a run of `{}` is queued; a running `jobtide up` starts it",
                        dag.name
                    ),
                    false => format!("the same run of `{}` waits already", dag.name),
                },
            );
            Ok(())
        }
        Args::Backfill {
            dag,
            from,
            to,
            whole,
        } => {
            let range = range(app, Some(*from), *to)?;
            match range {
                Some(range) => backfill(app, dags.named(dag)?, range, *whole, messages).await,
                None => Ok(()),
            }
        }
        Args::Test { dag, from, to, set } => {
            let mut request = RunRequest::manual();
            if let Some(range) = range(app, *from, *to)? {
                request = request.for_interval(range);
            }
            for (name, value) in set {
                request = request.with(name, value.clone());
            }
            dry_run::run(app, &dags, dags.named(dag)?, request, messages).await
        }
        Args::Pause { dag } => pause(app, dags.named(dag)?, true, messages).await,
        Args::Resume { dag } => pause(app, dags.named(dag)?, false, messages).await,
    }
}

/// The days of the command line as an interval up to now.
fn range(app: &App, from: Option<Date>, to: Option<Date>) -> Result<Option<Interval>> {
    let zone = TimeZone::get(super::run::ZONE).context("the time zone database")?;
    let Some(from) = from.map(|day| midnight(day, &zone)).transpose()? else {
        return Ok(None);
    };
    let now = app.now();
    let to = to.map(|day| midnight(day, &zone)).transpose()?;
    Ok(Some(Interval::new(from, to.map_or(now, |to| to.min(now)))?))
}

async fn backfill(
    app: &App,
    dag: &DagDefinition,
    range: Interval,
    whole: bool,
    messages: &Messages,
) -> Result<()> {
    let times = dag
        .schedule
        .as_ref()
        .and_then(|schedule| schedule.times.as_ref());
    let intervals = match times {
        Some(times) if !whole => times.pieces(range, BACKFILLS + 1),
        _ => vec![range],
    };
    if intervals.len() > BACKFILLS {
        bail!(
            "that is more than {BACKFILLS} intervals of `{}`\nhint: name a shorter range, or `--whole` for one run",
            dag.name
        );
    }
    let requests: Vec<RunRequest> = intervals.into_iter().map(RunRequest::backfill).collect();
    let state = State::open(app.state_file()).await?;
    let new = state.enqueue_all(&dag.name, &requests, app.now()).await?;
    let there = match requests.len() - new {
        0 => String::new(),
        there => format!(", {there} waited or ran already"),
    };
    messages.say(&format!(
        "{new} runs of `{}` are queued{there}; a running `jobtide up` starts them, {} at a time",
        dag.name, dag.max_active_backfills
    ));
    Ok(())
}

async fn pause(app: &App, dag: &DagDefinition, off: bool, messages: &Messages) -> Result<()> {
    let state = State::open(app.state_file()).await?;
    let changed = state.pause(&dag.name, off, app.now()).await?;
    let is = match off {
        true => "off; it still runs on request",
        false => "on",
    };
    let already = if changed { "" } else { " already" };
    messages.say(&format!("the schedule of `{}` is{already} {is}", dag.name));
    Ok(())
}

async fn list(app: &App, dags: &Dags, as_json: bool) -> Result<()> {
    let now = app.now();
    // Without a state nothing ran and nothing is paused; looking makes none.
    let state = match app.state_file().exists() {
        true => Some(State::open_to_read(app.state_file()).await?),
        false => None,
    };
    let mut listed = Vec::new();
    for dag in dags.all() {
        let name = dag.name.as_str();
        let (mut last, mut paused) = (None, false);
        if let Some(state) = &state {
            last = state.last_runs(Some(name), 1).await?.pop();
            paused = state.known().await?.paused.contains(name);
        }
        let schedule = dag.schedule.as_ref();
        let next_at = schedule.and_then(|schedule| schedule.next_after(now));
        let on = schedule.map(|schedule| schedule.on.clone());
        listed.push((dag, last, paused, next_at, on.unwrap_or_default()));
    }
    let broken: Vec<String> = dags.broken().map(exit::text).collect();
    let mut out = stdout();
    if as_json {
        let listed = listed.iter().map(|(dag, last, paused, next_at, on)| {
            json!({
                "dag": dag.name.as_str(), "what": dag.what, "paused": paused,
                "next_at": next_at, "on": on, "last_run": last,
            })
        });
        let listed: Vec<_> = listed.collect();
        writeln!(out, "{:#}", json!({ "dags": listed, "broken": broken }))?;
        return Ok(());
    }
    for (dag, last, paused, next_at, on) in &listed {
        let mut when: Vec<String> = Vec::new();
        if *paused {
            when.push("paused".to_owned());
        }
        when.extend(next_at.map(|next| format!("next due at {}", times::time(next))));
        when.extend(on.iter().map(|on| format!("due when `{on}` changes")));
        if when.is_empty() {
            when.push("on request".to_owned());
        }
        let last = last.as_ref().map_or("never ran".to_owned(), |run| {
            format!("last run {} {}", times::time(run.started_at), run.outcome)
        });
        writeln!(out, "{}  {}; {last}", dag.name, when.join(", "))?;
    }
    for error in &broken {
        writeln!(out, "broken: {error}")?;
    }
    Ok(())
}

fn show(dag: &DagDefinition) -> Result<()> {
    let mut out = stdout();
    writeln!(out, "{}: {}", dag.name, dag.what)?;
    if let Some(times) = dag
        .schedule
        .as_ref()
        .and_then(|schedule| schedule.times.as_ref())
    {
        writeln!(out, "schedule  `{}`, {}", times.cron(), times.time_zone())?;
    }
    for on in dag.schedule.iter().flat_map(|schedule| &schedule.on) {
        writeln!(out, "schedule  when `{on}` changes")?;
    }
    let kept = match dag.keep_runs {
        Some(runs) => format!("; the last {runs} are kept"),
        None => String::new(),
    };
    writeln!(
        out,
        "runs      at most {} at a time, and {} backfills{kept}",
        dag.max_active_runs, dag.max_active_backfills
    )?;
    for task in &dag.tasks {
        write!(out, "task      {} ({})", task.name, task.kind)?;
        if !task.after.is_empty() {
            write!(out, " after {}", task.after.join(", "))?;
        }
        if let Some(pool) = &task.pool {
            write!(out, ", pool {pool}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
