//! The program's environment: configuration, port, store, disk and state.

use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use landing::Landing;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use orchestrator::{RunOutcome, State, StepOutcome};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Finding;
use crate::app::{App, open_store};
use crate::collecting;
use crate::commands::backup::{MARKER, local};
use crate::config::Settings;
use crate::dags::Dags;
use crate::sources::Source;
use crate::times;

/// Below this a full build, which writes every table again, may fill the disk.
#[cfg(unix)]
const LEAST_FREE_BYTES: u64 = 1 << 30;

/// The timeout for the server on our port to identify itself.
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// The settings are already parsed; this checks problems that only show in use.
pub fn configuration(settings: &Settings) -> Finding {
    let zone = &settings.analysis.time_zone;
    if jiff::tz::TimeZone::get(zone).is_err() {
        let text = format!("`analysis.time_zone` is not a time zone: `{zone}`");
        return Finding::wrong("configuration", text, "write a name such as `Asia/Seoul`");
    }
    Finding::fine("configuration", "can be read")
}

/// Sources that cannot be collected because of their files or settings.
pub fn sources(app: &App) -> Vec<Finding> {
    let broken = app.sources.broken();
    let mut findings: Vec<Finding> = broken
        .map(|error| Finding::error("sources", anyhow::anyhow!("{error:#}")))
        .collect();
    let wrong = app
        .sources
        .all()
        .filter_map(|source| source.configured().err());
    findings.extend(wrong.map(|error| Finding::error("sources", error)));
    if findings.is_empty() {
        let names: Vec<&str> = app.sources.all().map(Source::name).collect();
        findings.push(Finding::fine("sources", names.join(", ")));
    }
    findings
}

/// DAGs that cannot run because of their files.
pub fn dags(app: &App) -> Vec<Finding> {
    let dags = match Dags::read(&app.files, &app.sources) {
        Ok(dags) => dags,
        Err(error) => return vec![Finding::error("DAGs", error)],
    };
    let mut findings: Vec<Finding> = dags
        .broken()
        .map(|error| Finding::error("DAGs", anyhow::anyhow!("{error:#}")))
        .collect();
    if findings.is_empty() {
        let names: Vec<&str> = dags.all().iter().map(|dag| dag.name.as_str()).collect();
        findings.push(Finding::fine("DAGs", names.join(", ")));
    }
    findings
}

/// Whether the server could start, or is already running.
pub async fn port(listen: &str) -> Finding {
    let taken = match TcpListener::bind(listen).await {
        Ok(_) => return Finding::fine("port", format!("`{listen}` is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => listen,
        Err(error) => {
            let text = format!("`{listen}` cannot be listened on: {error}");
            return Finding::wrong(
                "port",
                text,
                "set `server.listen` to an address of this machine",
            );
        }
    };
    match tokio::time::timeout(ANSWER_TIME, health(taken)).await {
        Ok(Ok(answer)) if answer.contains(r#""status":"ok""#) => {
            Finding::fine("port", format!("jobtide is serving on `{listen}`"))
        }
        _ => Finding::wrong(
            "port",
            format!("`{listen}` is in use by another program"),
            "stop it, or set `server.listen` to another port",
        ),
    }
}

async fn health(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.0\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Opens the store, writes to it, reads from it, and checks the free space.
pub async fn storage(settings: &Settings) -> (Vec<Finding>, Option<Arc<dyn ObjectStore>>) {
    let url = settings.storage.shown();
    let store = match open_store(&settings.storage.url) {
        Ok(store) => store,
        Err(error) => return (vec![Finding::error("storage", error)], None),
    };
    let mut findings = Vec::new();
    match Landing::new(store.clone()).is_store().await {
        // A foreign folder is neither written nor searched.
        Err(error @ (landing::Error::NotAStore { .. } | landing::Error::NewerStore { .. })) => {
            return (vec![Finding::error("storage", error)], None);
        }
        Ok(false) => findings.push(Finding::note(
            "storage",
            format!("`{url}` holds nothing yet"),
            "`jobtide run collect_postings` or `jobtide land` creates a store there; if there should be one already, check `storage.url` in the settings and the folder this is run in",
        )),
        // Any other problem shows when the store is written to.
        Ok(true) | Err(_) => {}
    }
    match write_and_read(&store).await {
        Ok(()) => findings.push(Finding::fine(
            "storage",
            format!("`{url}` can be written and read"),
        )),
        Err(error) => {
            let text = format!("`{url}` cannot be written: {error}");
            let hint = "make it a folder this user may write to, or check the bucket's credentials and permissions";
            findings.push(Finding::wrong("storage", text, hint));
        }
    }
    if let Some(folder) = local(&settings.storage.url) {
        findings.extend(free(&folder));
    }
    if store.head(&Path::from(MARKER)).await.is_ok() {
        let hint = "run the same `jobtide restore` again";
        findings.push(Finding::wrong(
            "storage",
            "a restore was interrupted: the store is incomplete",
            hint,
        ));
    }
    (findings, Some(store))
}

async fn write_and_read(store: &Arc<dyn ObjectStore>) -> Result<(), object_store::Error> {
    let probe = Path::from(format!("state/doctor-{}.tmp", std::process::id()));
    store.put(&probe, "probe".into()).await?;
    let read = store.get(&probe).await?.bytes().await;
    store.delete(&probe).await?;
    read.map(|_| ())
}

#[cfg(unix)]
fn free(folder: &FilePath) -> Option<Finding> {
    let disk = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk,
        Err(error) => return Some(Finding::error("disk", std::io::Error::from(error))),
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let text = format!("{} MB are free", free >> 20);
    Some(if free < LEAST_FREE_BYTES {
        let hint = "make room, or lower `storage.keep_builds`; a build writes new tables before it removes the old ones";
        Finding::wrong("disk", text, hint)
    } else {
        Finding::fine("disk", text)
    })
}

#[cfg(not(unix))]
fn free(_: &FilePath) -> Option<Finding> {
    None
}

/// The state file and the last run.
pub async fn state(app: &App) -> Vec<Finding> {
    let file = app.state_file();
    if !file.exists() {
        return vec![Finding::fine("state", "no runs yet")];
    }
    let mut findings = Vec::new();
    let status = async {
        let state = State::open_to_read(&file).await?;
        let unread = state.unread().all().await?;
        let damage = state.damage().await?;
        Ok::<_, orchestrator::StateError>((damage, state.status(1).await?, unread))
    };
    let (damage, mut status, unread) = match status.await {
        Ok(found) => found,
        Err(error) => return vec![Finding::error("state", error)],
    };
    findings.push(match damage.first() {
        None => Finding::fine("state", "the database is intact"),
        Some(first) => Finding::wrong(
            "state",
            format!("`{}` is damaged: {first}", file.display()),
            "stop jobtide and restore the file from a backup, or delete it: runs start over; it contains no data, and the calls of the day are counted in the store as well",
        ),
    });
    if let Some((asked, time)) = unread.first() {
        findings.push(Finding::note(
            "unread",
            format!(
                "{} of {} cannot be read, the first from {}: {}",
                match unread.len() {
                    1 => "1 period".to_owned(),
                    periods => format!("{periods} periods"),
                },
                asked.source,
                times::time(time.from),
                time.fault
            ),
            "they are retried at increasing intervals; `jobtide status` lists them",
        ));
    }
    for usage in &mut status.calls {
        collecting::look_at_others(app, usage).await;
        let text = collecting::calls_in_words(usage);
        findings.push(Finding::fine("calls", text));
    }
    for dag in &status.dags {
        let run = &dag.last_run;
        let began = times::time(run.started_at);
        let text = format!("`{}` of {began}: {}", dag.dag, run.outcome);
        let again = format!(
            "`jobtide run {}` runs it again; `jobtide status` shows its steps",
            dag.dag
        );
        findings.push(match run.outcome {
            RunOutcome::Success | RunOutcome::Running => Finding::fine("last run", text),
            RunOutcome::Failed => {
                let errors = run.steps.iter().flat_map(|step| step.errors.first());
                let errors: Vec<&str> = errors.map(String::as_str).collect();
                let text = format!("{text}: {}", errors.join("; ").replace('\n', " "));
                Finding::wrong("last run", text, &again)
            }
            _ => {
                // An incomplete run says which hours are missing.
                let notes = run
                    .steps
                    .iter()
                    .filter(|step| !matches!(step.outcome, StepOutcome::Success));
                let notes: Vec<&str> = notes.filter_map(|step| step.note.as_deref()).collect();
                let text = match notes.is_empty() {
                    true => text,
                    false => format!("{text}: {}", notes.join("; ").replace('\n', " ")),
                };
                Finding::note("last run", text, &again)
            }
        });
    }
    findings
}
