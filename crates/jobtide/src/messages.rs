//! Messages to the user during work: on stderr, unless `--quiet`.

use std::io::IsTerminal as _;

use clap::ValueEnum;
use indicatif::ProgressBar;
use warehouse::Warehouse;
use warehouse::build::{BuildEvent, How};

/// Target of the messages to the user.
pub const SAID: &str = "jobtide::said";

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Nothing.
    Nothing,
    /// A line at the end of each window and at each phase of a build.
    Lines,
    /// A progress bar, removed at the end.
    Bar,
}

impl Shows {
    /// For these options, with stderr being a terminal or not.
    pub fn choose(quiet: bool, format: LogFormat, terminal: bool) -> Self {
        match (quiet, format, terminal) {
            (true, _, _) | (_, LogFormat::Json, _) => Self::Nothing,
            (false, LogFormat::Text, true) => Self::Bar,
            (false, LogFormat::Text, false) => Self::Lines,
        }
    }

    /// For these options and the current stderr.
    pub fn here(quiet: bool, format: LogFormat) -> Self {
        Self::choose(quiet, format, std::io::stderr().is_terminal())
    }
}

/// Prints a line on stderr, in the format of the log. Its first word is for users; programs read
/// the level. A closed stderr is no error.
pub fn tell(line: &str) {
    if line.is_empty() {
        return;
    }
    if line.starts_with("error: ") {
        tracing::error!(target: SAID, "{line}");
    } else if line.starts_with("warning: ") {
        tracing::warn!(target: SAID, "{line}");
    } else {
        tracing::info!(target: SAID, "{line}");
    }
}

/// Reports each damaged build record that was found, once.
pub fn tell_damaged_records(warehouse: &Warehouse) {
    for record in warehouse.builds().take_noticed() {
        tell(&format!(
            "warning: {record}; it is ignored\nhint: {DAMAGED_RECORD_HINT}"
        ));
    }
}

/// The hint for a damaged build record.
pub const DAMAGED_RECORD_HINT: &str = "the newest intact build is the published one; `jobtide build` publishes one above the damaged record, or restore its file from a backup";

/// The hint for a damaged file of the landing.
pub const UNREAD_HINT: &str = "restore the file from a backup; without one, the next run collects such a window again, and `jobtide land` lands a saved file again: then move the window's folder out of the store";

/// Whether and how progress is reported.
#[derive(Debug, Clone)]
pub struct Messages {
    quiet: bool,
    shows: Shows,
    /// A progress bar, which is suspended for messages.
    bar: Option<ProgressBar>,
}

impl Messages {
    /// Messages, or none when `quiet`.
    pub fn new(quiet: bool, format: LogFormat) -> Self {
        Self {
            quiet,
            shows: Shows::here(quiet, format),
            bar: None,
        }
    }

    /// The same, above a progress bar.
    pub fn above(&self, bar: ProgressBar) -> Self {
        Self {
            bar: Some(bar),
            ..self.clone()
        }
    }

    /// The form in which progress is shown.
    pub fn shows(&self) -> Shows {
        self.shows
    }

    /// One line for the user.
    pub fn say(&self, line: &str) {
        if self.quiet {
            return;
        }
        match &self.bar {
            Some(bar) => bar.suspend(|| tell(line)),
            None => tell(line),
        }
    }

    /// A step of a build, for the log.
    pub fn build_event(&self, event: &BuildEvent) {
        match event {
            BuildEvent::Staging { windows } => {
                tracing::info!(windows, "reading new windows");
            }
            BuildEvent::Table { name, rows, how } => {
                let how = match how {
                    How::Unchanged => "unchanged",
                    How::Updated => "updated",
                    How::Rebuilt => "rebuilt",
                };
                tracing::debug!(table = %name, rows, how, "table is ready");
            }
            BuildEvent::Checking { checks } => tracing::debug!(checks, "checking"),
            BuildEvent::Published { build } => tracing::info!(build, "published"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_has_a_progress_bar_and_only_text_has_lines() {
        for (quiet, format, terminal, shows) in [
            (false, LogFormat::Text, true, Shows::Bar),
            (false, LogFormat::Text, false, Shows::Lines),
            (false, LogFormat::Json, true, Shows::Nothing),
            (false, LogFormat::Json, false, Shows::Nothing),
            (true, LogFormat::Text, true, Shows::Nothing),
            (true, LogFormat::Text, false, Shows::Nothing),
        ] {
            let chosen = Shows::choose(quiet, format, terminal);
            assert_eq!(chosen, shows, "{quiet} {format:?} {terminal}");
        }
    }
}
