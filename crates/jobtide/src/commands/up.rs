//! `jobtide up`: the dashboard and the schedule in one process.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use orchestrator::{
    CancellationToken, DagDefinition, DagName, RunRequest, State, forget_the_future, plan,
};

use crate::app::App;
use crate::cli;
use crate::commands::run::DagRun;
use crate::commands::serve;
use crate::dags::{COLLECT_POSTINGS, Dags};
use crate::messages::{Messages, tell};
use crate::{collecting, exit, tasks, times};

/// Grace period of a running run after the first signal. Killing a run loses nothing that was
/// landed.
const RUN_ENDS_WITHIN: Duration = Duration::from_secs(10);

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
            () = follow(app, &state, dags.all(), &cancel, messages) => {}
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

/// Runs what is due, one after the other. A run that fails is reported and recorded; the next one comes
/// anyway.
async fn follow(
    app: &App,
    state: &State,
    dags: &[DagDefinition],
    cancel: &CancellationToken,
    messages: &Messages,
) {
    let mut started: BTreeMap<DagName, Timestamp> = BTreeMap::new();
    while !cancel.is_cancelled() {
        let now = app.now();
        forget_the_future(&mut started, now);
        let planned = plan(dags, &started, now);
        for name in &planned.due {
            if cancel.is_cancelled() {
                return;
            }
            started.insert(name.clone(), app.now());
            for dag in dags.iter().filter(|dag| dag.name == *name) {
                if let Err(error) = once(app, state, dag, cancel, messages).await {
                    tell(&format!("error: {}", exit::text(&error)));
                }
            }
        }
        if !planned.due.is_empty() {
            // Meanwhile others may have become due.
            continue;
        }
        let Some(next) = planned.next else {
            messages.say("nothing is scheduled");
            return;
        };
        messages.say(&format!("next run at {}", times::time(next)));
        tokio::select! {
            () = tokio::time::sleep(until(next, now)) => {}
            () = cancel.cancelled() => return,
        }
    }
}

async fn once(
    app: &App,
    state: &State,
    dag: &DagDefinition,
    cancel: &CancellationToken,
    messages: &Messages,
) -> Result<()> {
    DagRun {
        dag,
        collectors: collecting::collectors(app, state, tasks::sources(dag), None).await?,
        request: RunRequest::scheduled(),
    }
    .run(app, state.clone(), cancel, messages)
    .await
}

fn until(next: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(next.duration_since(now)).unwrap_or_default()
}
