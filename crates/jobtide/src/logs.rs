//! Log lines on stderr: text for people, JSON for programs; stdout is for data.

use std::io::stderr;

use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, LogFormat};

/// Starts logging. `RUST_LOG` chooses what is told; by default warnings, and in JSON everything of
/// ours that is information.
pub fn start(cli: &Cli) {
    let default = match (cli.quiet, cli.log_format) {
        (true, _) => "error",
        (false, LogFormat::Text) => "warn",
        (false, LogFormat::Json) => {
            "warn,jobtide=info,extract=info,landing=info,orchestrator=info,warehouse=info"
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr);
    match cli.log_format {
        LogFormat::Text => builder.without_time().with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}
