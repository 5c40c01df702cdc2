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

/// What to do about a store that cannot be read or written.
const STORE_HINT: &str = "check that the folder can be read and written by this user, or the bucket's name, credentials and rights; `jobtide doctor --deep` tries the store and names what is missing in it";

/// An error with its causes in one breath, and below it the next step, where one is known.
pub fn text(error: &anyhow::Error) -> String {
    let (mut text, mut hint) = (String::new(), None);
    let mut before = String::new();
    for cause in error.chain() {
        let said = cause.to_string();
        // Many errors quote their cause.
        if !before.contains(&said) {
            let (message, step) = match said.split_once("\nhint: ") {
                Some((message, step)) => (message, Some(step.to_owned())),
                None => (said.as_str(), None),
            };
            let joint = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{joint}{message}");
            hint = hint.or(step);
            before = said;
        }
        hint = hint.or_else(|| hint_of(cause));
    }
    match hint {
        Some(hint) => format!("{text}\nhint: {hint}"),
        None => text,
    }
}

/// The next step after an error of a part that does not tell it itself.
fn hint_of(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<warehouse::Error>() {
        return error.hint();
    }
    // Whoever met it: every trouble with the store ends in one of these.
    cause
        .downcast_ref::<object_store::Error>()
        .map(|_| STORE_HINT.to_owned())
}

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
    let message = text(error);
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

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn causes_are_told_once_and_the_next_step_last() {
        let store = || object_store::Error::NotFound {
            path: "builds".to_owned(),
            source: "no such bucket".into(),
        };
        let landing = || landing::Error::Store {
            path: "landing".to_owned(),
            source: store(),
        };
        let wrapped: [anyhow::Error; 4] = [
            warehouse::Error::Store(store()).into(),
            warehouse::Error::Landing(landing()).into(),
            extract::Stop::Landing(landing()).into(),
            anyhow::Error::from(store()).context("cannot write `x`"),
        ];
        for error in wrapped {
            let text = text(&error);
            assert_eq!(text.matches("no such bucket").count(), 1, "{text}");
            assert!(text.ends_with(&format!("\nhint: {STORE_HINT}")), "{text}");
        }

        let hinted = || anyhow::anyhow!("there is no `x`\nhint: write `y`");
        for (error, expected) in [
            (hinted(), "there is no `x`\nhint: write `y`"),
            (
                Err::<(), _>(hinted()).context("in `file`").unwrap_err(),
                "in `file`: there is no `x`\nhint: write `y`",
            ),
            (anyhow::anyhow!("plain"), "plain"),
        ] {
            assert_eq!(text(&error), expected);
        }
        let nothing = text(&warehouse::Error::NothingPublished.into());
        assert!(nothing.starts_with("nothing is published yet\nhint: run "));
    }
}
