//! `jobtide run`

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Error, Result, bail};
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kernel::Interval;
use orchestrator::{
    CancellationToken, Dag, DagDefinition, DagSource, RunOutcome, RunRecord, RunRequest, State,
};

use crate::app::App;
use crate::cli;
use crate::collecting::{self, Collecting};
use crate::dags::{self, Dags};
use crate::exit::{self, Failed, Failure};
use crate::making::Maker;
use crate::messages::{Messages, tell};
use crate::nothing_new;
use crate::progress::Progress;
use crate::run_logs;
use crate::sources::midnight;
use crate::tasks::built::{Built, FailedChecks};
use crate::tasks::collected::Collected;
use crate::tasks::housekeeping::Housekept;
use crate::tasks::{self, Parts};

/// The zone of the days on the command line: the source's own.
pub const ZONE: &str = "Asia/Seoul";

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
        dags: &dags,
        dag,
        collectors,
        request,
        only: args.only,
    };
    let nothing_new = run.run(app, state, &cancel, messages).await?;
    args.nothing_new.ends(nothing_new)
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
    /// All of them: the run may start others.
    pub dags: &'a Dags,
    pub dag: &'a DagDefinition,
    /// Of the sources that it collects.
    pub collectors: BTreeMap<String, Arc<Collecting>>,
    /// The recorded trigger, and what the run is for.
    pub request: RunRequest,
    /// Whether what it starts is left to a running `jobtide up`, or to later.
    pub only: bool,
}

impl DagRun<'_> {
    /// Runs the tasks and what they start, and reports how it went. Returns whether there was nothing new,
    /// for all of them.
    ///
    /// # Errors
    /// The worst that happened: a failure, a failed check, something that stays due.
    pub async fn run(
        self,
        app: &App,
        state: State,
        cancel: &CancellationToken,
        messages: &Messages,
    ) -> Result<bool> {
        run_logs::keep(app);
        let progress = Progress::begin(app, messages);
        let all = self.dags.all();
        let parts = Parts::new(app, &state, all, self.collectors, progress.clone());
        let dag = tasks::registry().dag(self.dag, &parts)?;
        // Also where this DAG needs none: it may start others that do.
        let engine = dags::engine(&state, self.dags.pools(), messages)
            .claims(app.claims_in_the_foreground()?);
        if self.only {
            let ran = engine.run(&dag, self.request, cancel).await;
            progress.end();
            let ran = ran?;
            report(&state, &ran, messages).await?;
            return Ok(nothing_new::of_run(self.dag, &ran));
        }
        let source = Foreground {
            maker: Maker::new(app, &state, self.dags, messages),
            state: &state,
            messages,
            first: progress,
            errors: Mutex::default(),
            something_new: AtomicBool::new(false),
        };
        let ran = engine
            .run_and_follow(&source, &dag, self.request, cancel)
            .await;
        // Where the state failed.
        source.first.end();
        let mut errors = source.errors.into_inner().unwrap_or_default();
        for dag in &ran?.missing {
            errors.push(Error::msg(format!(
                "`{}` starts `{dag}`, of which there is no DAG\nhint: its run waits until there is one; `jobtide dags list` says what is wrong",
                self.dag.name
            )));
        }
        worst(errors)?;
        Ok(!source.something_new.into_inner())
    }
}

/// The worst error; the others are reported.
fn worst(errors: Vec<Error>) -> Result<()> {
    let severity = |error: &Error| match exit::failure(error) {
        Some(Failure::Incomplete) => 0,
        Some(Failure::ChecksFailed) => 1,
        _ => 2,
    };
    let mut worst: Option<Error> = None;
    for error in errors {
        let lesser = match worst.take() {
            Some(known) if severity(&known) >= severity(&error) => {
                worst = Some(known);
                Some(error)
            }
            known => {
                worst = Some(error);
                known
            }
        };
        if let Some(lesser) = lesser {
            tell(&format!("error: {}", exit::text(&lesser)));
        }
    }
    worst.map_or(Ok(()), Err)
}

/// Makes what a run in the foreground starts, and reports each run as it ends.
struct Foreground<'a> {
    maker: Maker<'a>,
    state: &'a State,
    messages: &'a Messages,
    /// Of the first run.
    first: Progress,
    errors: Mutex<Vec<Error>>,
    /// Whether a run found something to do.
    something_new: AtomicBool,
}

#[async_trait]
impl DagSource for Foreground<'_> {
    fn definitions(&self) -> &[DagDefinition] {
        self.maker.definitions()
    }

    async fn dag(
        &self,
        definition: &DagDefinition,
        _request: &RunRequest,
    ) -> Result<Dag, Box<dyn std::error::Error + Send + Sync>> {
        let made = self.maker.make(definition).await;
        made.map_err(|error| exit::text(&error).into())
    }

    async fn finished(&self, run: &RunRecord) {
        self.first.end();
        self.maker.ended(&run.dag);
        let mut definitions = self.definitions().iter();
        let found_nothing = definitions
            .find(|dag| dag.name.as_str() == run.dag)
            .is_some_and(|dag| nothing_new::of_run(dag, run));
        self.something_new
            .fetch_or(!found_nothing, Ordering::Relaxed);
        if let Err(error) = report(self.state, run, self.messages).await {
            // A panic cannot leave the list in an inconsistent state.
            let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
            errors.push(error);
        }
    }

    fn not_started(&self, definition: &DagDefinition) {
        self.maker.ended(definition.name.as_str());
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
    for kept in values(state.outputs::<Housekept>(&record.id).await?) {
        messages.say(&format!("housekeeping: {}", kept.note()));
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
    fn the_worst_error_is_returned() {
        let failed = |failure: Failure| {
            let message = failure.class().to_owned();
            Error::from(Failed { failure, message })
        };
        let all = [Failure::Incomplete, Failure::ChecksFailed, Failure::Wrong];
        for (count, worst_one) in (1..).zip(all) {
            let mut errors: Vec<Error> = all.into_iter().take(count).map(failed).collect();
            let error = worst(errors).unwrap_err();
            assert_eq!(exit::failure(&error), Some(worst_one));
            errors = all.into_iter().take(count).rev().map(failed).collect();
            let error = worst(errors).unwrap_err();
            assert_eq!(exit::failure(&error), Some(worst_one));
        }
        assert!(worst(Vec::new()).is_ok());
        let plain = || Error::msg("no such file");
        let error = worst(vec![plain(), failed(Failure::ChecksFailed)]).unwrap_err();
        assert_eq!(error.to_string(), "no such file");
    }

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
