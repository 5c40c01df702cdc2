//! `jobtide serve`

use std::io::ErrorKind;

use anyhow::{Context as _, Result, anyhow};
use tokio::net::TcpListener;

use crate::app::App;
use crate::cli;
use crate::http;
use crate::messages::Messages;

/// Serves until the process is told to stop; requests under way are answered first.
pub async fn run(app: &App, args: &cli::Serve, messages: &Messages) -> Result<()> {
    let listen = args.listen.as_ref().unwrap_or(&app.settings.server.listen);
    let listener = bind(listen).await?;
    look(app).await?;
    let address = listener.local_addr()?;
    messages.say(&format!("serving http://{address} (stop with ctrl-c)"));
    axum::serve(listener, http::router(app)?)
        .with_graceful_shutdown(stop_signal())
        .await
        .context("the server stopped")
}

/// A store that cannot be read is told now, to the person, and not to every visitor.
pub async fn look(app: &App) -> Result<()> {
    app.warehouse.builds().published().await?;
    Ok(())
}

/// Takes an address, or says what to do.
pub async fn bind(listen: &str) -> Result<TcpListener> {
    TcpListener::bind(listen).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => {
                return anyhow!(
                    "`{listen}` is taken by another program\nhint: --listen 127.0.0.1:0 takes any free port"
                );
            }
            ErrorKind::PermissionDenied => {
                "ports below 1024 need rights of their own: take a higher one, such as 127.0.0.1:8080"
            }
            _ => "write an address of this machine and a port, such as 127.0.0.1:8080",
        };
        anyhow!("cannot listen on `{listen}`: {error}\nhint: {hint}")
    })
}

/// Resolves when the process is asked to end.
pub async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt => {}
            () = terminate => {}
        }
    }
    #[cfg(not(unix))]
    interrupt.await.ok();
}
