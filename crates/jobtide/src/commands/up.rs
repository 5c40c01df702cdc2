//! `jobtide up`: the dashboard and the scheduler in one process.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use jiff::Timestamp;
use orchestrator::{
    CancellationToken, CatchUp, Claims, Dag, DagDefinition, DagSource, RunOutcome, RunRecord,
    RunRequest, Scheduler, State, Trigger, due,
};

use crate::app::App;
use crate::cli;
use crate::commands::run::report;
use crate::commands::serve;
use crate::dags::{self, COLLECT_POSTINGS, Dags};
use crate::lock::SchedulerLock;
use crate::making::Maker;
use crate::messages::{Messages, tell};
use crate::{collecting, exit, run_logs, tasks, times};

/// Grace period of a running task after the first signal, and then of its run's record. Killing a run loses
/// nothing that was landed.
const TASK_ENDS_WITHIN: Duration = Duration::from_secs(8);
const RUN_ENDS_WITHIN: Duration = Duration::from_secs(10);

/// How long the scheduler waits after its state could not be read or written.
const AFTER_TROUBLE: Duration = Duration::from_secs(60);

/// Serves, collects what is due at once, and then on schedule, until it is asked to stop.
pub async fn run(app: &App, args: &cli::Serve, messages: &Messages) -> Result<()> {
    let dags = Dags::read(&app.files, &app.sources)?;
    // One of the program's own that is replaced by a broken file would go missing unnoticed.
    dags.named(COLLECT_POSTINGS)?;
    for error in dags.broken() {
        tell(&format!("warning: {}", exit::text(error)));
    }
    let listen = args.listen.as_ref().unwrap_or(&app.settings.server.listen);
    let listener = serve::bind(listen).await?;
    serve::look(app).await?;
    let state = State::open(app.state_file()).await?;
    // What is wrong with the settings is reported now, not at the first run.
    for dag in dags.all().iter().filter(|dag| dag.schedule.is_some()) {
        collecting::collectors(app, &state, tasks::sources(dag), None).await?;
    }
    // Another one with this state folder would have its claims taken over, and take over ours.
    let only = SchedulerLock::try_acquire(&app.state_folder())?;
    let claims = match &only {
        Some(only) => app.claims(only)?,
        None => app.claims_in_the_foreground()?,
    };
    run_logs::keep(app);
    let cancel = CancellationToken::new();
    orchestrator::cancel_on_signals(cancel.clone()).context("cannot listen for ctrl-c")?;
    messages.say(&format!("serving http://{}", listener.local_addr()?));

    let server = server::serve(
        serve::server(app)?,
        listener,
        cancel.clone().cancelled_owned(),
    );
    let following = async {
        tokio::select! {
            () = follow(app, &state, &dags, claims, &cancel, messages) => {}
            () = patience(&cancel) => {
                messages.say("the run in progress did not end in time; the next one continues it");
            }
        }
    };
    let (served, ()) = tokio::join!(
        async {
            let served = server.await;
            // Without the server there is nothing to wait for.
            cancel.cancel();
            served
        },
        following,
    );
    served
}

/// Resolves when the grace period after the first signal is over.
async fn patience(cancel: &CancellationToken) {
    cancel.cancelled().await;
    tokio::time::sleep(RUN_ENDS_WITHIN).await;
}

/// Runs what is due and what is queued. A run that fails is reported and recorded; the next one comes
/// anyway.
async fn follow(
    app: &App,
    state: &State,
    dags: &Dags,
    claims: Arc<dyn Claims>,
    cancel: &CancellationToken,
    messages: &Messages,
) {
    if let Err(error) = queue_what_collects(app, state, dags).await {
        tell(&format!("error: {}", exit::text(&error)));
    }
    let engine = dags::engine(state, dags.pools(), messages)
        .claims(claims)
        .grace(TASK_ENDS_WITHIN);
    let source = Source {
        maker: Maker::new(app, state, dags, messages).named(),
        state,
        messages,
        is_routine: AtomicBool::new(false),
    };
    let scheduler = Scheduler::new(engine, source);
    while let Err(error) = scheduler.run(cancel).await {
        tell(&format!("error: {}", exit::text(&error.into())));
        tokio::select! {
            () = tokio::time::sleep(AFTER_TROUBLE) => {}
            () = cancel.cancelled() => return,
        }
    }
}

/// What collects on schedule runs when the program starts, also when its last interval was run: it may be
/// long until the next time, and it takes what is due without an interval.
async fn queue_what_collects(app: &App, state: &State, dags: &Dags) -> Result<()> {
    let now = app.now();
    state.mark_interrupted().await?;
    let known = state.known().await?;
    let plan = due(&known, now, dags.all());
    for dag in dags.all() {
        let times = dag.schedule.as_ref().and_then(|on| on.times.as_ref());
        let has_begun = times.is_some_and(|times| times.start().is_none_or(|start| start <= now));
        let collects = !tasks::sources(dag).is_empty();
        let is_off = dag.catch_up == CatchUp::None || known.paused.contains(dag.name.as_str());
        let is_due = plan.runs.iter().any(|(name, _)| *name == dag.name)
            || known.open.iter().any(|open| {
                // A backfill is for the past.
                open.dag == dag.name.as_str() && open.request.trigger != Trigger::Backfill
            });
        if has_begun && collects && !is_off && !is_due {
            state
                .enqueue(&dag.name, &RunRequest::scheduled(), now)
                .await?;
        }
    }
    Ok(())
}

/// Runs the DAGs of the pipeline's files, and reports their runs.
struct Source<'a> {
    maker: Maker<'a>,
    state: &'a State,
    messages: &'a Messages,
    /// Whether the last run to end is of a DAG that runs so often that its history is kept short.
    is_routine: AtomicBool,
}

#[async_trait]
impl DagSource for Source<'_> {
    fn definitions(&self) -> &[DagDefinition] {
        self.maker.definitions()
    }

    async fn dag(
        &self,
        definition: &DagDefinition,
        _request: &RunRequest,
    ) -> Result<Dag, Box<dyn Error + Send + Sync>> {
        let made = self.maker.make(definition).await;
        made.map_err(|error| exit::text(&error).into())
    }

    async fn finished(&self, run: &RunRecord) {
        self.maker.ended(&run.dag);
        let mut dags = self.maker.definitions().iter();
        let is_routine = dags.any(|dag| dag.name.as_str() == run.dag && dag.keep_runs.is_some());
        self.is_routine.store(is_routine, Ordering::Relaxed);
        if run.outcome == RunOutcome::Interrupted {
            let dag = &run.dag;
            self.messages.say(&format!(
                "the run of `{dag}` was stopped; it goes on with the next start, unless another instance runs it"
            ));
        } else if let Err(error) = report(self.state, run, self.messages).await {
            tell(&format!("error: {}", exit::text(&error)));
        }
    }

    fn not_started(&self, definition: &DagDefinition) {
        self.maker.ended(definition.name.as_str());
    }

    fn idle_until(&self, next: Option<Timestamp>) {
        // One line every five minutes would hide the others.
        if self.is_routine.swap(false, Ordering::Relaxed) {
            return;
        }
        self.messages.say(&match next {
            Some(next) => format!("next run at {}", times::time(next)),
            None => "nothing is scheduled".to_owned(),
        });
    }
}
