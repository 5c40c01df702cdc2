//! How a command ends: one place that turns outcomes into messages and exit codes.

use std::fmt;
use std::process::ExitCode;

use crate::messages::tell;

/// A failure with an exit code of its own. Everything else exits with 1; wrong usage with 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Something is wrong, and was told.
    Wrong,
    /// Not everything could be collected; the rest stays due.
    Incomplete,
    /// A check failed; the build before stays published.
    ChecksFailed,
    /// A query was refused, or ran into its limits.
    QueryRefused,
}

impl Failure {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Wrong => 1,
            Self::Incomplete => 3,
            Self::ChecksFailed => 4,
            Self::QueryRefused => 5,
        }
    }
}

/// An error that carries its exit code.
#[derive(Debug)]
pub struct Failed {
    /// Which code to end with.
    pub failure: Failure,
    /// What to tell.
    pub message: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failed {}

/// Tells the error on stderr, its causes in the same breath and the next step below.
pub fn report(error: &anyhow::Error) -> ExitCode {
    // The reader of our output has seen enough (`… | head`): that is no failure of ours.
    let stopped_reading = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    });
    if stopped_reading {
        return ExitCode::SUCCESS;
    }
    let mut hint = None;
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<warehouse::Error>() {
            hint = hint.or(error.hint());
        }
    }
    let mut message = format!("{error:#}");
    if let Some(hint) = hint {
        message.push_str("\nhint: ");
        message.push_str(&hint);
    }
    tell(&format!("error: {message}"));
    if let Some(warehouse::Error::ChecksFailed(findings)) = error.downcast_ref() {
        for finding in findings {
            tell(&format!(
                "  {}: {} ({} rows)",
                finding.check, finding.what, finding.rows
            ));
            for row in &finding.evidence {
                tell(&format!("    {row}"));
            }
        }
        return ExitCode::from(Failure::ChecksFailed.code());
    }
    match error.downcast_ref::<Failed>() {
        Some(failed) => ExitCode::from(failed.failure.code()),
        None => ExitCode::FAILURE,
    }
}
