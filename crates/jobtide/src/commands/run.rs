//! `jobtide run`

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Error, Result, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kernel::{Interval, SystemClock};
use orchestrator::{
    CancellationToken, DagDefinition, Engine, Pools, RunOutcome, RunRecord, RunRequest, State,
};

use crate::app::App;
use crate::cli;
use crate::collecting::{self, Collecting};
use crate::dags::Dags;
use crate::exit::{Failed, Failure};
use crate::messages::{Messages, tell};
use crate::progress::Progress;
use crate::sources::midnight;
use crate::tasks::built::{Built, FailedChecks};
use crate::tasks::collected::Collected;
use crate::tasks::{self, Parts};

/// The zone of the days on the command line: the source's own.
const ZONE: &str = "Asia/Seoul";

/// Runs a DAG once, in the foreground.
pub async fn run(app: &App, args: &cli::Run, messages: &Messages) -> Result<()> {
    let dags = Dags::read(&app.files, &app.sources)?;
    let dag = dags.named(&args.dag)?;
    if args.from.is_some() && tasks::sources(dag).is_empty() {
        bail!(
            "`{}` collects nothing\nhint: `--from` and `--to` are for DAGs that collect",
            dag.name
        );
    }
    let zone = TimeZone::get(ZONE).context("the time zone database")?;
    let from = args.from.map(|day| midnight(day, &zone)).transpose()?;
    let to = args.to.map(|day| midnight(day, &zone)).transpose()?;
    let state = State::open(app.state_file()).await?;
    let collectors = collecting::collectors(app, &state, tasks::sources(dag), from).await?;
    let request = match from {
        Some(from) => backfill(from, to, app.now())?,
        // The command line accepts no `--to` without `--from`.
        None => RunRequest::manual(),
    };
    let cancel = CancellationToken::new();
    orchestrator::cancel_on_signals(cancel.clone()).context("cannot listen for ctrl-c")?;
    let run = DagRun {
        dag,
        collectors,
        request,
        pools: dags.pools().clone(),
    };
    run.run(app, state, &cancel, messages).await
}

/// A period again. Without an end before now it goes on from there.
fn backfill(from: Timestamp, to: Option<Timestamp>, now: Timestamp) -> Result<RunRequest> {
    let end = to.filter(|to| *to < now);
    let request = RunRequest::backfill(Interval::new(from, end.unwrap_or(now))?);
    Ok(match end {
        Some(_) => request,
        None => request.open_ended(),
    })
}

/// One run of a DAG about to start.
pub struct DagRun<'a> {
    pub dag: &'a DagDefinition,
    /// Of the sources that it collects.
    pub collectors: BTreeMap<String, Arc<Collecting>>,
    /// The recorded trigger, and what the run is for.
    pub request: RunRequest,
    /// What its tasks share with those of others.
    pub pools: Pools,
}

impl DagRun<'_> {
    /// Runs the tasks, and reports how it went.
    pub async fn run(
        self,
        app: &App,
        state: State,
        cancel: &CancellationToken,
        messages: &Messages,
    ) -> Result<()> {
        let progress = Progress::begin(app, messages);
        let parts = Parts {
            collectors: self.collectors,
            landing: app.landing.clone(),
            warehouse: app.warehouse.clone(),
            lock: app.writer_lock(),
            progress: progress.clone(),
        };
        let dag = tasks::registry().dag(self.dag, &parts)?;
        let engine = Engine::new(state.clone(), Arc::new(SystemClock)).pools(self.pools);
        let ran = engine.run(&dag, self.request, cancel).await;
        progress.end();
        report(&state, &ran?, messages).await
    }
}

/// Says how a run went; an error where it did not succeed.
pub async fn report(state: &State, record: &RunRecord, messages: &Messages) -> Result<()> {
    let collected = values(state.outputs::<Collected>(&record.id).await?);
    for one in &collected {
        one.tell(messages);
    }
    for built in values(state.outputs::<Built>(&record.id).await?) {
        built.tell(messages);
    }
    match record.outcome {
        RunOutcome::Success => Ok(()),
        RunOutcome::Incomplete => Err(Failed {
            failure: Failure::Incomplete,
            message: incomplete(&collected),
        }
        .into()),
        RunOutcome::Cancelled => bail!(
            "the run was cancelled\nhint: nothing is lost; `jobtide run {}` continues with what is due",
            record.dag
        ),
        _ => Err(failure(state, record, &collected).await?),
    }
}

fn values<T>(outputs: Vec<(String, T)>) -> Vec<T> {
    outputs.into_iter().map(|(_, value)| value).collect()
}

/// Why a run failed.
async fn failure(state: &State, record: &RunRecord, collected: &[Collected]) -> Result<Error> {
    let classified = record.steps.iter().find_map(|step| {
        let failure = Failure::of_class(step.error_class.as_deref()?)?;
        Some((step, failure, step.errors.join(": ")))
    });
    let message = classified.as_ref().map(|(_, _, message)| message);
    for stop in collected.iter().filter_map(|one| one.stopped.as_ref()) {
        // Both may have one cause; a reader of only the last line would miss it.
        if message != Some(&stop.text) {
            tell(&format!("warning: collecting stopped: {}", stop.text));
        }
    }
    let Some((step, failure, message)) = classified else {
        return Ok(Error::msg(format!(
            "the run ended: {}\n{}",
            record.outcome,
            errors(record)
        )));
    };
    if failure == Failure::ChecksFailed
        && let Some(checks) = state.output::<FailedChecks>(&record.id, &step.task).await?
    {
        let more = checks.count - checks.findings.len().min(checks.count);
        if more > 0 {
            tell(&format!(
                "warning: {more} more checks failed; `jobtide build` shows all of them"
            ));
        }
        return Ok(warehouse::Error::ChecksFailed(checks.findings).into());
    }
    Ok(Failed { failure, message }.into())
}

/// The errors of a run's steps.
fn errors(record: &RunRecord) -> String {
    let errors = record
        .steps
        .iter()
        .filter(|step| !step.errors.is_empty())
        .map(|step| format!("{}: {}", step.task, step.errors.join(": ")));
    errors.collect::<Vec<_>>().join("\n")
}

/// What stays due: of one collection in full, of several one after the other.
fn incomplete(collected: &[Collected]) -> String {
    let open: Vec<&Collected> = collected.iter().filter(|one| !one.is_complete).collect();
    match open[..] {
        [] => "not everything was collected; the rest stays due".to_owned(),
        [one] => one.still_due(),
        _ => {
            let lines = open.iter().map(|one| {
                let due = one.still_due();
                let (line, _hint) = due.split_once("\nhint: ").unwrap_or((&due, ""));
                format!("{}: {line}", one.source)
            });
            lines.collect::<Vec<_>>().join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backfill_without_an_end_before_now_is_open_ended() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-08-01T09:30:00Z");
        let from = at("2026-05-01T00:00:00Z");
        for (to, end, open) in [
            (None, "2026-08-01T09:30:00Z", true),
            (Some("2026-06-01T00:00:00Z"), "2026-06-01T00:00:00Z", false),
            (Some("2026-08-02T00:00:00Z"), "2026-08-01T09:30:00Z", true),
        ] {
            let request = backfill(from, to.map(at), now).unwrap();
            assert_eq!(
                request.interval,
                Some(Interval::new(from, at(end)).unwrap())
            );
            assert_eq!(request.is_open_ended(), open, "{to:?}");
        }
        assert!(backfill(now, None, now).is_err());
    }
}
