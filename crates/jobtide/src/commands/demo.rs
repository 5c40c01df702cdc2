//! `jobtide demo`: the whole program on generated postings, offline and without configuration.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use extract::Secret;
use jiff::{SignedDuration, Timestamp};
use kernel::Interval;
use orchestrator::{CancellationToken, RunRequest, State};
use simulator::{Options, Simulator};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::app::App;
use crate::cli;
use crate::collecting;
use crate::commands::run::DagRun;
use crate::commands::serve;
use crate::config::{Settings, SourceSettings};
use crate::dags::{self, Dags};
use crate::messages::Messages;

/// Marks a folder that a demo created and may therefore empty.
const MARKER: &str = landing::layout::DEMO_MARK;

/// The source that the simulator stands in for.
const SOURCE: &str = "saramin";

/// How far back the generated postings reach.
const DAYS: i64 = 120;

/// Simulator → collect → build → dashboard.
pub async fn run(settings: Settings, args: &cli::Demo, messages: &Messages) -> Result<()> {
    let began = Instant::now();
    let steps = if args.once { 3 } else { 4 };
    let listener = serve::bind(&args.listen).await?;
    fresh_folder(&args.folder)?;

    let now = Timestamp::now();
    let start = now - SignedDuration::from_hours(24 * DAYS);
    messages.say(&format!(
        "1/{steps}  simulating the Saramin API with {} generated postings (seed {})",
        args.postings, args.seed
    ));
    let source = TcpListener::bind("127.0.0.1:0").await?;
    let source_address = source.local_addr()?;
    let simulator = Simulator::new(Options {
        postings: u32::try_from(args.postings).context("--postings is too large")?,
        seed: args.seed,
        start,
        end: now,
        ..Options::default()
    })?;
    let (stop_source, source_stopped) = oneshot::channel::<()>();
    let source = tokio::spawn(simulator::serve(source, simulator, async {
        source_stopped.await.ok();
    }));

    // Only the resource limits of the settings apply: they do not affect what is shown.
    let mut settings = Settings {
        engine: settings.engine,
        ..Settings::defaults()?
    };
    settings.storage.url = args.folder.to_string_lossy().into_owned();
    let simulated = SourceSettings {
        base_url: Some(format!("http://{source_address}")),
        daily_quota: Some(u32::MAX),
        ..SourceSettings::default()
    };
    settings.sources = [(SOURCE.to_owned(), simulated)].into();
    let app = App::open(settings)?;

    messages.say(&format!(
        "2/{steps}  collecting over HTTP, then building, checking and publishing the tables"
    ));
    let state = State::open(app.state_file()).await?;
    let simulated = app.sources.named(SOURCE)?;
    let key = Secret::new("demo");
    let collector = collecting::with_key(&app, &state, simulated, Some(start), key).await?;
    let cancel = CancellationToken::new();
    orchestrator::cancel_on_signals(cancel.clone()).context("cannot listen for ctrl-c")?;
    let dags = Dags::read(&app.files, &app.sources)?;
    DagRun {
        dags: &dags,
        dag: dags.named(dags::COLLECT_POSTINGS)?,
        collectors: [(SOURCE.to_owned(), Arc::new(collector))].into(),
        request: RunRequest::manual().for_interval(Interval::new(start, now)?),
        only: false,
    }
    .run(&app, state, &cancel, messages)
    .await?;
    stop_source.send(()).ok();
    source.await?.context("the simulator stopped")?;

    let took = began.elapsed().as_secs_f64();
    let generated =
        "     every posting here is generated: no figure on the page is about the real market";
    if args.once {
        messages.say(&format!(
            "3/3  ready after {took:.1} s: the demo is in `{folder}`\nhint: `JOBTIDE__STORAGE__URL={folder} jobtide serve` shows it",
            folder = args.folder.display()
        ));
        messages.say(generated);
        return Ok(());
    }
    let address = listener.local_addr()?;
    messages.say("3/4  serving the dashboard and the API");
    messages.say(&format!(
        "4/4  ready after {took:.1} s: open http://{address} (stop with ctrl-c)"
    ));
    messages.say(generated);
    server::serve(
        super::serve::server(&app)?,
        listener,
        cancel.cancelled_owned(),
    )
    .await
}

/// Empties a folder that an earlier demo made; any other non-empty folder is refused.
fn fresh_folder(folder: &Path) -> Result<()> {
    let marker = folder.join(MARKER);
    if folder.exists() {
        let empty = folder
            .read_dir()
            .with_context(|| format!("cannot read `{}`", folder.display()))?
            .next()
            .is_none();
        if !empty && !marker.exists() {
            bail!(
                "`{}` contains something that no demo created\nhint: --folder names another one",
                folder.display()
            );
        }
        let foreign = landing::empty_store(folder)
            .with_context(|| format!("cannot empty `{}`", folder.display()))?;
        if let Some(foreign) = foreign {
            bail!(
                "`{}` contains `{}`, which no demo created: nothing was removed\nhint: move it away, or --folder names another folder",
                folder.display(),
                foreign.display()
            );
        }
    }
    std::fs::create_dir_all(folder)
        .and_then(|()| {
            std::fs::write(
                &marker,
                "generated data; `jobtide demo` empties this folder\n",
            )
        })
        .with_context(|| format!("cannot make `{}`", folder.display()))
}
