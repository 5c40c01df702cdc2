//! Log lines on stderr: text for people, JSON for programs; stdout is for data.
//!
//! Messages to the user take the same path, so that with `--log-format json` every line is an
//! object. `RUST_LOG` does not silence them: `--quiet` does.

use std::fmt;
use std::io::{IsTerminal as _, stderr};

use orchestrator::TASK_SPAN;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};
use warehouse::escaped_lines;

use crate::messages::{LogFormat, SAID};
use crate::run_logs::RunLogs;

/// What the logs of runs keep.
const OF_RUNS: &str = "warn,jobtide=info,extract=info,landing=info,orchestrator=info,warehouse=info,program_output=info";

/// Initialises logging. `RUST_LOG` sets the filter; by default warnings, and in JSON the program's own
/// `info` events.
pub fn start(quiet: bool, format: LogFormat) {
    let default = match (quiet, format) {
        (true, _) => "error",
        // These are shown to users as messages; the log would repeat them.
        (false, LogFormat::Text) => "error",
        (false, LogFormat::Json) => {
            "warn,jobtide=info,extract=info,landing=info,orchestrator=info,simulator=info,warehouse=info"
        }
    };
    let mut logged = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // Traces of the HTTP libraries contain whole requests, and with them access keys.
    if logged.to_string().contains("trace") {
        for library in ["h2", "hyper", "hyper_util", "reqwest", "rustls"] {
            if let Ok(directive) = format!("{library}=debug").parse() {
                logged = logged.add_directive(directive);
            }
        }
    }
    let of_runs = EnvFilter::new(OF_RUNS);
    let is_said = |metadata: &Metadata<'_>| metadata.target() == SAID;
    let said = filter_fn(is_said);
    // Failing to write a log line is neither an error nor reported on the same stderr.
    match format {
        LogFormat::Text => tracing_subscriber::registry()
            .with(RunLogs.with_filter(of_runs))
            .with(
                layer()
                    .with_writer(stderr)
                    .with_ansi(stderr().is_terminal())
                    .log_internal_errors(false)
                    .without_time()
                    .with_target(false)
                    // People read what failed in which task from the messages.
                    .with_filter(logged.and(filter_fn(move |metadata| {
                        !is_said(metadata) && metadata.name() != TASK_SPAN
                    }))),
            )
            .with(
                layer()
                    .with_writer(stderr)
                    .with_ansi(false)
                    .log_internal_errors(false)
                    .event_format(Plain)
                    .with_filter(said),
            )
            .init(),
        LogFormat::Json => tracing_subscriber::registry()
            .with(RunLogs.with_filter(of_runs))
            .with(
                layer()
                    .json()
                    .with_span_list(false)
                    .with_writer(stderr)
                    .log_internal_errors(false)
                    .with_filter(logged.or(said)),
            )
            .init(),
    }
}

/// Formats the message alone. Messages quote texts of the source, which must not control the terminal.
struct Plain;

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        context.format_fields(Writer::new(&mut line), event)?;
        writeln!(writer, "{}", escaped_lines(&line))
    }
}
