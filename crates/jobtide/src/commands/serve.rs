//! `jobtide serve`

use std::io::ErrorKind;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use orchestrator::CancellationToken;
use tokio::net::TcpListener;

use crate::app::App;
use crate::cli;
use crate::messages::{Messages, tell, tell_damaged_records};
use crate::queries::served::Workers;
use crate::sources::Source;

/// Serves until the first signal; running requests then have 10 seconds. A second signal ends the
/// process at once.
pub async fn run(app: &App, args: &cli::Serve, messages: &Messages) -> Result<()> {
    let listen = args.listen.as_ref().unwrap_or(&app.settings.server.listen);
    let listener = bind(listen).await?;
    look(app).await?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    orchestrator::cancel_on_signals(stop.clone()).context("cannot listen for ctrl-c")?;
    messages.say(&format!("serving http://{address} (stop with ctrl-c)"));
    server::serve(server(app)?, listener, stop.cancelled_owned()).await
}

/// An unreadable store is reported at startup to the operator, instead of to every visitor.
pub async fn look(app: &App) -> Result<()> {
    app.warehouse.builds().published().await?;
    tell_damaged_records(&app.warehouse);
    Ok(())
}

/// Binds an address, or reports what to do.
pub async fn bind(listen: &str) -> Result<TcpListener> {
    server::listen(listen).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => {
                return anyhow!(
                    "`{listen}` is in use by another program\nhint: --listen 127.0.0.1:0 uses any free port"
                );
            }
            ErrorKind::PermissionDenied => {
                "ports below 1024 need special privileges: choose a higher one, such as 127.0.0.1:8080"
            }
            _ => "write an address of this machine and a port, such as 127.0.0.1:8080",
        };
        anyhow!("cannot listen on `{listen}`: {error}\nhint: {hint}")
    })
}

/// What the HTTP server is made of.
pub fn server(app: &App) -> Result<server::Parts<'_>> {
    let settings = &app.settings.server;
    let workers = || Workers {
        settings: app.settings.clone(),
    };
    Ok(server::Parts {
        warehouse: app.warehouse.clone(),
        files: &app.files,
        attributions: attributions(app)?,
        sql: settings.sql.then(|| Arc::new(workers()) as _),
        settings: server::Settings {
            hosts: settings.hosts.clone(),
            connections: settings.connections,
            frame_hosts: settings.frame_hosts.clone(),
        },
        report: server::Report {
            line: tell,
            damaged_records: tell_damaged_records,
        },
    })
}

/// The sources to name with the postings, each once, in the order of their staging tables. One whose
/// description cannot be read is called by its name; the first described source where the pipeline has
/// no postings.
fn attributions(app: &App) -> Result<Vec<server::Attribution>> {
    let mut attributions: Vec<server::Attribution> = Vec::new();
    for (_, name) in app.warehouse.pipeline().sources_of_postings() {
        if attributions.iter().all(|known| known.source != name) {
            let described = app.sources.named(name).map(attribution);
            attributions.push(described.unwrap_or_else(|_| by_name(name)));
        }
    }
    if attributions.is_empty() {
        match (app.sources.all().next(), app.sources.broken().next()) {
            (Some(source), _) => attributions.push(attribution(source)),
            (None, Some(error)) => bail!("{error:#}"),
            (None, None) => bail!("the pipeline has no source"),
        }
    }
    Ok(attributions)
}

fn attribution(source: &Source) -> server::Attribution {
    let attribution = &source.description.attribution;
    server::Attribution {
        source: source.name().to_owned(),
        name_ko: attribution.name_ko.clone(),
        name_en: attribution.name_en.clone(),
        url: attribution.url.as_str().trim_end_matches('/').to_owned(),
    }
}

fn by_name(source: &str) -> server::Attribution {
    server::Attribution {
        source: source.to_owned(),
        name_ko: source.to_owned(),
        name_en: source.to_owned(),
        url: String::new(),
    }
}
