//! `jobtide task`
//!
//! Whatever starts it decides about order and time; what it decides here is said by its exit code.

use std::time::Duration;

use anyhow::{Context as _, Error, Result, bail};
use kernel::{Interval, nearest};
use orchestrator::{
    CancellationToken, DagDefinition, Engine, Mapping, OneTask, OneTaskOptions, RunOutcome,
    RunRecord, RunRequest, State, StateError, StepOutcome, Trigger,
};
use serde_json::Value;

use super::run::report;
use crate::app::App;
use crate::cli::task::Task as Args;
use crate::collecting;
use crate::dags::{self, Dags};
use crate::exit::{Ends, Failed, Failure};
use crate::messages::Messages;
use crate::progress::Progress;
use crate::run_logs;
use crate::tasks::{self, Parts};

/// How often it looks whether the one that runs has ended.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// Runs one task of a DAG, here.
pub async fn run(app: &App, args: &Args, messages: &Messages) -> Result<()> {
    let dags = Dags::read(&app.files, &app.sources).map_err(is_final)?;
    let dag = dags.named(&args.dag).map_err(is_final)?;
    let request = request(app, args).map_err(is_final)?;
    let options = OneTaskOptions {
        item: item(dag, args).map_err(is_final)?,
        attempts: args.attempts,
        looks_once: args.not_yet_code.is_some(),
    };
    let state = State::open(app.state_file()).await?;
    run_logs::keep(app);
    let cancel = CancellationToken::new();
    orchestrator::cancel_on_signals(cancel.clone()).context("cannot listen for ctrl-c")?;
    let sources = tasks::sources_by_task(dag).filter(|(task, _)| *task == args.task);
    let sources = sources.map(|(_, source)| source).collect();
    let backfills_from = request
        .interval
        .filter(|_| matches!(request.trigger, Trigger::Manual | Trigger::Backfill))
        .map(|interval| interval.from);
    let collectors = collecting::collectors(app, &state, sources, backfills_from).await;
    let collectors = collectors.map_err(is_final)?;
    let progress = Progress::begin(app, messages);
    let parts = Parts::new(app, &state, dags.all(), collectors, progress.clone());
    let whole = tasks::registry().dag_of_one(dag, &args.task, &parts);
    let whole = whole.map_err(|error| is_final(error.into()))?;
    // It is there: `item` has looked for it.
    let Some(one) = OneTask::of(&whole, &args.task, options, &request) else {
        bail!("`{}` has no task `{}`", dag.name, args.task);
    };
    let engine = dags::engine(&state, dags.pools(), messages);
    let ran = in_turn(&engine, &one, request, &cancel, messages).await;
    progress.end();
    let record = ran?;
    write_output(args, &state, &record).await?;
    ends(args, &state, &one, &record, messages).await
}

/// What is wrong with the command line, the files or the settings is wrong at the next attempt, too. A state
/// that is in use is not.
fn is_final(error: Error) -> Error {
    let of_state = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<StateError>());
    if of_state.is_some_and(StateError::is_retryable) {
        return error;
    }
    let (failure, message) = (Failure::Final, crate::exit::text(&error));
    Failed { failure, message }.into()
}

/// What it is for, as it was typed.
fn request(app: &App, args: &Args) -> Result<RunRequest> {
    let mut request = match args.from {
        None => RunRequest::manual(),
        Some(from) => {
            let now = app.now();
            let end = args.to.filter(|to| *to < now || args.trigger.is_some());
            let interval = Interval::new(from, end.unwrap_or(now))
                .context("`--from` and `--to` are no interval")?;
            let request = RunRequest::backfill(interval);
            match end {
                Some(_) => request,
                None => request.open_ended(),
            }
        }
    };
    if let Some(by) = args.trigger {
        request = request.triggered_by(by.into());
    }
    for (name, value) in &args.set {
        request = request.with(name, value.clone());
    }
    Ok(match &args.run {
        Some(run) => request.of_external_run(run),
        None => request,
    })
}

/// The item of a mapped task: JSON if it is, else a text.
fn item(dag: &DagDefinition, args: &Args) -> Result<Option<Value>> {
    let names = || dag.tasks.iter().map(|task| task.name.as_str());
    let Some(task) = dag.tasks.iter().find(|task| task.name == args.task) else {
        let hint = match nearest(&args.task, names()) {
            Some(near) => format!("the nearest is `{near}`"),
            None => format!("it has `{}`", names().collect::<Vec<_>>().join("`, `")),
        };
        bail!("`{}` has no task `{}`\nhint: {hint}", dag.name, args.task);
    };
    let Some(typed) = &args.item else {
        return Ok(None);
    };
    let text = Value::from(typed.as_str());
    let json = serde_json::from_str(typed).unwrap_or_else(|_| text.clone());
    match &task.mapped {
        None => bail!(
            "the task `{}` is for no item\nhint: leave `--item` out, or set `mapped` in the file of `{}`",
            task.name,
            dag.name
        ),
        Some(Mapping::Items(items)) if items.contains(&json) => Ok(Some(json)),
        Some(Mapping::Items(items)) if items.contains(&text) => Ok(Some(text)),
        Some(Mapping::Items(_)) => bail!(
            "`{typed}` is not in the list of the task `{}`\nhint: `mapped` in the file of `{}` lists its items",
            task.name,
            dag.name
        ),
        Some(Mapping::Field { .. }) => Ok(Some(json)),
    }
}

/// Runs it as soon as the same task, or a run of the whole DAG, does not run.
async fn in_turn(
    engine: &Engine,
    one: &OneTask,
    request: RunRequest,
    cancel: &CancellationToken,
    messages: &Messages,
) -> Result<RunRecord> {
    let mut waits = false;
    loop {
        let taken = match engine.run(one.dag(), request.clone(), cancel).await {
            Err(error @ (StateError::AlreadyRunning { .. } | StateError::Locked { .. })) => error,
            ended => return Ok(ended?),
        };
        if !waits {
            waits = true;
            let text = taken.to_string();
            let (text, _hint) = text.split_once("\nhint: ").unwrap_or((&text, ""));
            messages.say(&format!("{text}; waiting for it to end"));
        }
        tokio::select! {
            () = tokio::time::sleep(LOOKS_EVERY) => {}
            () = cancel.cancelled() => bail!("cancelled while waiting\nhint: nothing was done"),
        }
    }
}

/// Writes what the task left behind, `null` where that is nothing: a caller that reads the file finds no
/// older one.
async fn write_output(args: &Args, state: &State, record: &RunRecord) -> Result<()> {
    let Some(file) = &args.output else {
        return Ok(());
    };
    let output = state.output_as_json(&record.id, &args.task).await?;
    let text = output.unwrap_or_else(|| "null".to_owned());
    std::fs::write(file, text).with_context(|| format!("cannot write `{}`", file.display()))
}

/// Reports how it went, and chooses the exit code.
async fn ends(
    args: &Args,
    state: &State,
    one: &OneTask,
    record: &RunRecord,
    messages: &Messages,
) -> Result<()> {
    let Some(step) = record.steps.first() else {
        bail!("the run `{}` has no step", record.id);
    };
    let is_failed = record.outcome == RunOutcome::Failed;
    let is_classified = || Failure::of_class(step.error_class.as_deref()?);
    if let Err(error) = report(state, record, messages).await {
        // Its condition or its list could not be read, or it waited as long as it may.
        let is_final = step.attempts == 0 || one.only_waits() || !one.may_succeed_later();
        let is_unclassified = is_classified().is_none_or(|failure| failure == Failure::Wrong);
        if is_failed && is_unclassified && is_final {
            let failure = Failure::Final;
            let message = crate::exit::text(&error);
            return Err(Failed { failure, message }.into());
        }
        return Err(error);
    }
    let is_idle = step.nothing_new || step.outcome == StepOutcome::Skipped;
    let note = note(args, state, record).await?;
    if let Some(note) = note.filter(|note| !note.is_empty()) {
        let word = if step.outcome == StepOutcome::Skipped {
            "skipped: "
        } else {
            ""
        };
        messages.say(&format!("{}: {word}{note}", step.task));
    }
    match args.not_yet_code {
        Some(code) if one.only_waits() => Err(Ends(code).into()),
        _ => args.nothing_new.ends(is_idle),
    }
}

/// What the task says of itself; with an item, what that instance says.
async fn note(args: &Args, state: &State, record: &RunRecord) -> Result<Option<String>> {
    if args.item.is_some()
        && let Some(instance) = state.instances(&record.id, &args.task, 1).await?.pop()
    {
        return Ok(instance.note);
    }
    Ok(record.steps.first().and_then(|step| step.note.clone()))
}
