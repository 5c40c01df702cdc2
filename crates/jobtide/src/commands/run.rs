//! `jobtide run`

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use extract::{Collector, Report, SkipReason};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use orchestrator::{
    CancellationToken, DagDefinition, Engine, RunOutcome, RunRecord, RunRequest, State, SystemClock,
};

use crate::app::App;
use crate::collecting;
use crate::dags::Dags;
use crate::exit::{Failed, Failure, text};
use crate::messages::{Messages, tell};
use crate::progress::Progress;
use crate::sources::midnight;
use crate::tasks::{self, Outcomes, Parts};
use crate::{cli, times};

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
    let backfill = match (args.from, args.to) {
        // The command line accepts no `--to` without `--from`.
        (None, _) => None,
        (Some(from), to) => {
            // Without an end it continues from there: see `Collector::backfill`.
            let to = to.map_or(Ok(Timestamp::MAX), |to| midnight(to, &zone))?;
            Some((midnight(from, &zone)?, to))
        }
    };
    let state = State::open(app.state_file()).await?;
    let from = backfill.map(|(from, _)| from);
    let collectors = collecting::collectors(app, &state, tasks::sources(dag), from).await?;
    let request = match backfill {
        Some((from, to)) => {
            RunRequest::backfill(orchestrator::Interval::new(from, to.min(app.now()))?)
        }
        None => RunRequest::manual(),
    };
    let cancel = CancellationToken::new();
    orchestrator::cancel_on_signals(cancel.clone()).context("cannot listen for ctrl-c")?;
    let run = DagRun {
        dag,
        collectors,
        backfill,
        request,
    };
    run.run(app, state, &cancel, messages).await
}

/// One run of a DAG about to start.
pub struct DagRun<'a> {
    pub dag: &'a DagDefinition,
    /// Of the sources that it collects.
    pub collectors: BTreeMap<String, Arc<Collector>>,
    /// Exactly this time instead of what is due.
    pub backfill: Option<(Timestamp, Timestamp)>,
    /// The recorded trigger.
    pub request: RunRequest,
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
        let outcomes = Arc::new(Outcomes::default());
        let progress = Progress::begin(app, messages);
        let parts = Parts {
            collectors: self.collectors,
            landing: app.landing.clone(),
            warehouse: app.warehouse.clone(),
            lock: app.writer_lock(),
            backfill: self.backfill,
            progress: progress.clone(),
            outcomes: outcomes.clone(),
        };
        let dag = tasks::registry().dag(self.dag, &parts)?;
        let engine = Engine::new(state, Arc::new(SystemClock));
        let ran = engine.run(&dag, self.request, cancel).await;
        progress.end();
        let record = ran?;

        let collected = match tasks::take(&outcomes.collected) {
            Some(Ok(report)) => Some(report),
            Some(Err(error)) => return Err(error.into()),
            None => None,
        };
        if let Some(report) = &collected {
            tell_report(report, messages);
        }
        match tasks::take(&outcomes.built) {
            Some(Ok(report)) => messages.build_report(&report),
            Some(Err(error)) => {
                // Both may have one cause; a reader of only the last line would miss it.
                if let Some(stop) = collected.and_then(|report| report.stopped) {
                    tell(&format!(
                        "warning: collecting stopped: {}",
                        text(&stop.into())
                    ));
                }
                return Err(error);
            }
            None => {}
        }
        match record.outcome {
            RunOutcome::Success => Ok(()),
            RunOutcome::Incomplete => Err(Failed {
                failure: Failure::Incomplete,
                message: incomplete(collected.as_ref()),
            }
            .into()),
            RunOutcome::Cancelled => bail!(
                "the run was cancelled\nhint: nothing is lost; `jobtide run {}` takes up what is due",
                self.dag.name
            ),
            other => match collected.and_then(|report| report.stopped) {
                Some(stop) => Err(stop.into()),
                None => bail!("the run ended: {other}\n{}", errors(&record)),
            },
        }
    }
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

fn tell_report(report: &Report, messages: &Messages) {
    messages.say(&format!(
        "collected {} postings in {} windows with {} calls ({} of them failed and were repeated)",
        report.records(),
        report.windows.len(),
        report.calls,
        report.faults
    ));
    for (reason, line) in report.missed_sweeps() {
        match reason {
            SkipReason::NoStart => tell(&format!(
                "warning: {line}\nhint: `--from` without `--to`, or `start` of the source's settings, says since when"
            )),
            _ => messages.say(&line),
        }
    }
    if report.lost_calls_refused {
        tell(&format!(
            "warning: {} calls were lost on totals that do not hold, and the run may lose no more: a quarter of the calls left, or 16 of the second half of the day's, and 8 on cutting windows\nhint: the source's totals are wrong or change while they are read; what is not complete stays due",
            report.lost_calls
        ));
    }
    for interval in &report.readable_again {
        let interval = times::interval(*interval);
        messages.say(&format!("{interval} can be read again and was collected"));
    }
    for unread in &report.unread {
        let time = &unread.time;
        let line = format!(
            "{} cannot be read: {}; it is tried again from {}",
            times::interval(time.interval),
            time.fault,
            times::time(time.next_try_at())
        );
        match unread.is_new {
            true if time.searched => tell(&format!(
                "warning: {line}\nhint: everything around it was collected; `jobtide status` names what could not be read"
            )),
            true => tell(&format!(
                "warning: {line}\nhint: the calls for it are used up; the next run goes on with what can be read around it"
            )),
            false => messages.say(&line),
        }
    }
    for window in &report.incomplete {
        tell(&format!(
            "warning: the {} window {} is not complete: {}",
            window.kind,
            times::interval(window.interval),
            window.error
        ));
    }
}

fn incomplete(report: Option<&Report>) -> String {
    let Some(report) = report else {
        return "not everything was collected; the rest stays due".to_owned();
    };
    let unread = report.unread.iter().filter(|unread| unread.is_new).count();
    let open = report.incomplete.len() + report.not_reached.len() + unread;
    let why = match &report.stopped {
        Some(stop) => format!(": {stop}"),
        None => String::new(),
    };
    let due = times::intervals(report.due().as_slice());
    format!("{open} windows were not collected and stay due ({due}){why}")
}
