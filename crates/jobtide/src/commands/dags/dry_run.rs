//! `jobtide dags test`: a run whose store and state are in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use orchestrator::{CancellationToken, DagDefinition, RunRequest, State};

use crate::app::App;
use crate::commands::run::report;
use crate::commands::runs;
use crate::dags::{self, Dags};
use crate::messages::Messages;
use crate::progress::Progress;
use crate::tasks::{self, Parts};
use crate::{collecting, run_logs};

/// Runs a DAG above the store, shows its tasks, and what it would start.
///
/// Calls of sources are made and count, so that a test never exceeds a quota: their counts are all that is
/// written to the state and the store.
pub async fn run(
    app: &App,
    dags: &Dags,
    dag: &DagDefinition,
    request: RunRequest,
    messages: &Messages,
) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut settings = app.settings.clone();
    // For the locks: nobody waits for a test.
    settings.storage.state = folder.path().display().to_string();
    let mut above = App::with_store(settings, landing::overlay(Arc::clone(&app.store)))?;
    let sources = tasks::sources(dag);
    let collects = !sources.is_empty();
    if collects {
        above.shared_calls = Some(app.shared_calls()?);
    }
    let counts = match sources.is_empty() {
        true => State::in_memory().await?,
        false => State::open(app.state_file()).await?,
    };
    let from = request.interval.map(|interval| interval.from);
    let collectors = collecting::collectors(&above, &counts, sources, from).await?;
    let cancel = CancellationToken::new();
    orchestrator::cancel_on_signals(cancel.clone()).context("cannot listen for ctrl-c")?;

    run_logs::keep(&above);
    let progress = Progress::begin(&above, messages);
    let state = State::in_memory().await?;
    let parts = Parts::new(&above, &state, dags.all(), collectors, progress.clone());
    let made = tasks::registry().dag(dag, &parts)?;
    let engine = dags::engine(&state, dags.pools(), messages);
    let ran = engine.run(&made, request, &cancel).await;
    progress.end();
    let record = ran?;
    runs::show(&state, &record, false).await?;
    for other in would_start(&state, dags).await? {
        messages.say(&format!("a run would start `{other}`"));
    }
    messages.say(match collects {
        true => "nothing was written to the store but how many calls were made",
        false => "nothing was written to the store",
    });
    report(&state, &record, messages).await
}

/// The DAGs that were triggered, or are due on what changed.
async fn would_start(state: &State, dags: &Dags) -> Result<BTreeSet<String>> {
    let known = state.known().await?;
    let triggered = known.open.into_iter().map(|entry| entry.dag);
    let on_data = dags.all().iter().filter(|dag| {
        let on = dag.schedule.iter().flat_map(|schedule| &schedule.on);
        on.into_iter().any(|on| known.datasets.contains_key(on))
    });
    let on_data = on_data.map(|dag| dag.name.to_string());
    Ok(triggered.chain(on_data).collect())
}
