//! `jobtide runs`

use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result, bail};
use kernel::nearest;
use orchestrator::{Queued, RunOutcome, RunRecord, State};
use serde_json::{Value, json};
use warehouse::{escaped, escaped_lines};

use crate::app::App;
use crate::cli::orchestrate::{Marked, Runs as Args};
use crate::dags::Dags;
use crate::messages::{Messages, tell};
use crate::run_logs::{self, Line};
use crate::times;

/// Instances of a mapped task that `show` lists.
const INSTANCES_SHOWN: u32 = 20;

/// Lists runs, takes one up again, cancels or marks it.
pub async fn run(app: &App, args: &Args, messages: &Messages) -> Result<()> {
    if !app.state_file().exists() {
        bail!("nothing ran yet\nhint: `jobtide run collect_postings` runs a DAG");
    }
    match args {
        Args::List { dag, limit, shown } => {
            let state = State::open_to_read(app.state_file()).await?;
            // First: what starts meanwhile is in both lists, not in neither.
            let mut waits = state.queue().await?;
            let runs = state.last_runs(dag.as_deref(), *limit).await?;
            waits.retain(|entry| {
                entry.outcome != Some(RunOutcome::Running)
                    && dag.as_ref().is_none_or(|dag| *dag == entry.dag)
            });
            list(&waits, &runs, shown.json)
        }
        Args::Show { run, shown } => {
            let state = State::open_to_read(app.state_file()).await?;
            let run = named(&state, run).await?;
            show(&state, &run, shown.json).await
        }
        Args::Logs { run, task, shown } => {
            let state = State::open_to_read(app.state_file()).await?;
            let run = named(&state, run).await?;
            if let Some(task) = task {
                known_task(&run, task)?;
            }
            let mut lines = run_logs::read(app, run.id.as_str())
                .with_context(|| format!("cannot read the log of the run `{}`", run.id))?;
            lines.retain(|line| task.as_ref().is_none_or(|task| *task == line.task));
            logs(&lines, shown.json)
        }
        Args::Retry { run } => {
            let state = State::open(app.state_file()).await?;
            let run = named(&state, run).await?;
            let dags = Dags::read(&app.files, &app.sources)?;
            let definition = dags.named(&run.dag)?;
            let graph = crate::tasks::registry().graph(definition)?;
            if !state.retry(&run.id, &graph, app.now()).await? {
                bail!(
                    "the run `{}` is `{}`, its interval is queued, or it is of a single task: there is nothing to take up again\nhint: `jobtide task` runs a single task again",
                    run.id,
                    run.outcome
                );
            }
            messages.say("queued; a running `jobtide up` takes it up again");
            Ok(())
        }
        Args::Cancel { run } => {
            let state = State::open(app.state_file()).await?;
            let run = named(&state, run).await?;
            if !state.cancel(&run.id, app.now()).await? {
                bail!(
                    "the run `{}` is `{}`, and not one that `jobtide up` has in progress\nhint: `jobtide run` is stopped with ctrl-c",
                    run.id,
                    run.outcome
                );
            }
            messages.say("requested; the running `jobtide up` stops it within a second");
            Ok(())
        }
        Args::Mark { run, outcome } => {
            let state = State::open(app.state_file()).await?;
            let run = named(&state, run).await?;
            if !state.mark(&run.id, *outcome == Marked::Success).await? {
                bail!("the run `{}` is in progress\nhint: cancel it first", run.id);
            }
            messages.say("recorded");
            Ok(())
        }
    }
}

async fn named(state: &State, id: &str) -> Result<RunRecord> {
    let found = state.run(id).await?;
    found
        .with_context(|| format!("there is no run `{id}`\nhint: `jobtide runs list` shows the ids"))
}

fn list(waits: &[Queued], runs: &[RunRecord], as_json: bool) -> Result<()> {
    let mut out = stdout();
    if as_json {
        let waits = waits.iter().map(|entry| {
            json!({
                "dag": entry.dag, "trigger": entry.request.trigger,
                "interval": entry.request.interval, "parameters": entry.request.parameters,
                "queued_at": entry.queued_at, "run": entry.run,
            })
        });
        let waits: Vec<_> = waits.collect();
        writeln!(out, "{:#}", json!({ "queue": waits, "runs": runs }))?;
        return Ok(());
    }
    for entry in waits {
        let since = times::time(entry.queued_at);
        let again = if entry.run.is_some() { " again" } else { "" };
        writeln!(
            out,
            "waits{again} since {since}  {}  {}",
            entry.dag, entry.request.trigger
        )?;
    }
    for run in runs {
        write!(
            out,
            "{}  {}  {}  {}",
            run.id, run.dag, run.trigger, run.outcome
        )?;
        if let Some(interval) = run.interval {
            write!(out, "  {}", times::interval(interval))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn known_task(run: &RunRecord, task: &str) -> Result<()> {
    let names = || run.steps.iter().map(|step| step.task.as_str());
    if names().any(|name| name == task) {
        return Ok(());
    }
    let hint = match nearest(task, names()) {
        Some(near) => format!("the nearest is `{near}`"),
        None => format!("there is `{}`", names().collect::<Vec<_>>().join("`, `")),
    };
    bail!("the run `{}` has no task `{task}`\nhint: {hint}", run.id);
}

fn logs(lines: &[Line], as_json: bool) -> Result<()> {
    let mut out = stdout();
    for line in lines {
        if as_json {
            writeln!(out, "{}", serde_json::to_string(line)?)?;
            continue;
        }
        let item = match &line.item {
            Some(item) => format!("[{}]", escaped(item)),
            None => String::new(),
        };
        let again = match line.attempt {
            1 => String::new(),
            attempt => format!(" (attempt {attempt})"),
        };
        let (at, level, task) = (times::time(line.at), &line.level, escaped(&line.task));
        write!(
            out,
            "{at}  {level:<5}  {task}{item}{again}: {}",
            escaped(&line.message)
        )?;
        for (name, value) in &line.fields {
            let value = match value {
                Value::String(text) => escaped(text).into_owned(),
                value => value.to_string(),
            };
            write!(out, "  {name}={value}")?;
        }
        writeln!(out)?;
    }
    if lines.is_empty() && !as_json {
        tell("nothing was logged, or the log was removed to make room for newer ones");
    }
    Ok(())
}

/// Prints a run with its steps.
pub async fn show(state: &State, run: &RunRecord, as_json: bool) -> Result<()> {
    let mut out = stdout();
    if as_json {
        let mut instances = serde_json::Map::new();
        for step in &run.steps {
            let found = state.instances(&run.id, &step.task, u32::MAX).await?;
            if !found.is_empty() {
                instances.insert(step.task.clone(), json!(found));
            }
        }
        writeln!(out, "{:#}", json!({ "run": run, "instances": instances }))?;
        return Ok(());
    }
    writeln!(
        out,
        "{}  {}  {}  {}",
        run.id, run.dag, run.trigger, run.outcome
    )?;
    for step in &run.steps {
        write!(out, "  {} {}", step.task, step.outcome)?;
        if step.attempts > 1 {
            write!(out, ", {} attempts", step.attempts)?;
        }
        if let Some(note) = &step.note {
            write!(out, ": {}", escaped(note))?;
        }
        writeln!(out)?;
        for error in &step.errors {
            writeln!(out, "    {}", escaped_lines(error))?;
        }
        for one in state
            .instances(&run.id, &step.task, INSTANCES_SHOWN)
            .await?
        {
            write!(out, "    {} {}", escaped(&one.item), one.outcome)?;
            if let Some(error) = one.errors.first() {
                write!(out, ": {}", escaped(error))?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}
