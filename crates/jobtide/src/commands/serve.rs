//! `jobtide serve`

use std::io::ErrorKind;

use anyhow::{Context as _, Result, anyhow};
use orchestrator::CancellationToken;
use tokio::net::TcpListener;

use crate::app::App;
use crate::cli;
use crate::messages::{Messages, tell_damaged_records};

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
    server::serve(app.server()?, listener, stop.cancelled_owned()).await
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
