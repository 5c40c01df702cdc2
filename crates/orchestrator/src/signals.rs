//! Ctrl-C and SIGTERM become a cancellation. The first signal is a graceful shutdown: no further
//! task starts, running tasks may finish. The second one ends the process at once, which is safe
//! because a run may be killed at any point (its record is marked `interrupted` at the next open).

use std::io;

use tokio_util::sync::CancellationToken;

/// What a shell expects of a process that a signal ended: 128 + the signal's number.
const EXIT_INTERRUPTED: i32 = 130;

/// Cancels `token` at the first Ctrl-C (or SIGTERM) and ends the process with code 130 at the
/// second. Call it once, in the binary: from then on the default action of these signals is
/// replaced.
///
/// # Errors
/// When the operating system refuses the signal handlers.
pub fn cancel_on_signals(token: CancellationToken) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping; a second signal ends the process at once");
        token.cancel();
        signals.next().await;
        std::process::exit(EXIT_INTERRUPTED);
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
