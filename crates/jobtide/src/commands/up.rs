//! `jobtide up`: the dashboard and the schedule in one process.

use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use orchestrator::{CancellationToken, RunRequest, State};

use crate::app::App;
use crate::cli;
use crate::commands::run::Collection;
use crate::commands::serve;
use crate::messages::{Messages, tell};
use crate::schedule::Schedule;
use crate::{collecting, exit, http};

/// Time of a run under way after the first signal. Killing a run loses nothing that was landed.
const RUN_ENDS_WITHIN: Duration = Duration::from_secs(10);

/// Serves, collects what is due at once, and then on schedule, until it is told to stop.
pub async fn run(app: &App, args: &cli::Serve, messages: &Messages) -> Result<()> {
    let schedules = Schedule::read(&app.files)?;
    let listen = args.listen.as_ref().unwrap_or(&app.settings.server.listen);
    let listener = serve::bind(listen).await?;
    serve::look(app).await?;
    let state = State::open(app.state_file()).await?;
    // What is wrong with the settings is told now, not at the first run.
    collecting::saramin(app, &state, None).await?;
    let cancel = CancellationToken::new();
    orchestrator::cancel_on_signals(cancel.clone()).context("cannot listen for ctrl-c")?;
    messages.say(&format!("serving http://{}", listener.local_addr()?));

    let server = http::serve(app, listener, cancel.clone().cancelled_owned());
    let following = async {
        tokio::select! {
            () = follow(app, &state, &schedules, &cancel, messages) => {}
            () = patience(&cancel) => {
                messages.say("the run under way did not end in time; the next one takes it up");
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

/// Resolves when the time of a run after the first signal is over.
async fn patience(cancel: &CancellationToken) {
    cancel.cancelled().await;
    tokio::time::sleep(RUN_ENDS_WITHIN).await;
}

/// Runs what the schedule says. A run that fails is told and recorded; the next one comes anyway.
async fn follow(
    app: &App,
    state: &State,
    schedules: &[Schedule],
    cancel: &CancellationToken,
    messages: &Messages,
) {
    while !cancel.is_cancelled() {
        if let Err(error) = once(app, state, cancel, messages).await {
            tell(&format!("error: {}", exit::text(&error)));
        }
        let now = app.now();
        let next = schedules
            .iter()
            .filter_map(|schedule| schedule.next(now).ok())
            .min();
        let Some(next) = next else {
            messages.say("nothing is scheduled");
            return;
        };
        messages.say(&format!("next run at {next}"));
        tokio::select! {
            () = tokio::time::sleep(until(next, now)) => {}
            () = cancel.cancelled() => return,
        }
    }
}

async fn once(
    app: &App,
    state: &State,
    cancel: &CancellationToken,
    messages: &Messages,
) -> Result<()> {
    Collection {
        collector: collecting::saramin(app, state, None).await?,
        backfill: None,
        request: RunRequest::scheduled(),
    }
    .run(app, state.clone(), cancel, messages)
    .await
}

fn until(next: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(next.duration_since(now)).unwrap_or_default()
}
