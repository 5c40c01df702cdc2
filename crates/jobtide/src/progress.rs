//! Progress of a collection or a build: a progress bar on a terminal, plain lines elsewhere,
//! nothing when quiet. Nothing with JSON lines either: there the log reports the same, with fields.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use extract::Progress as Collecting;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use orchestrator::DagName;
use tokio::sync::watch;
use warehouse::build::{BuildEvent, How};

use crate::app::App;
use crate::messages::{Messages, Shows};

/// Shows the progress of one task until it ends. Clones share it.
#[derive(Clone)]
pub struct Progress {
    /// Prints messages above the progress bar.
    pub messages: Messages,
    bar: ProgressBar,
    /// The beginning of its lines; empty where there are no others.
    of: String,
    seen: Arc<Mutex<Seen>>,
}

impl Progress {
    /// Starts showing the progress of a command.
    pub fn begin(app: &App, messages: &Messages) -> Self {
        Self::shown(app, messages, None, String::new())
    }

    /// Starts showing the progress of a run of a DAG, beside that of others.
    pub fn beside(app: &App, messages: &Messages, others: &MultiProgress, dag: &DagName) -> Self {
        Self::shown(app, messages, Some(others), format!("{dag}: "))
    }

    fn shown(app: &App, messages: &Messages, others: Option<&MultiProgress>, of: String) -> Self {
        let bar = match messages.shows() {
            Shows::Bar => ProgressBar::new_spinner(),
            Shows::Nothing | Shows::Lines => ProgressBar::hidden(),
        };
        if messages.shows() == Shows::Bar {
            let bar = others.map_or_else(|| bar.clone(), |others| others.add(bar.clone()));
            styled(&bar, "{spinner} {prefix}{msg} ({elapsed})");
            bar.set_prefix(of.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self {
            messages: messages.above(bar.clone()),
            bar,
            of,
            seen: Arc::new(Mutex::new(Seen {
                models_known: app.models,
                ..Seen::default()
            })),
        }
    }

    /// Shows a collection for as long as it is polled; it never ends by itself.
    pub async fn follow(&self, mut progress: watch::Receiver<Collecting>) {
        while progress.changed().await.is_ok() {
            self.collecting(&progress.borrow_and_update().clone());
        }
        std::future::pending().await
    }

    /// Shows the progress of a collection.
    pub fn collecting(&self, progress: &Collecting) {
        self.bar.set_message(describe(progress));
        let line = self.seen().windows(progress);
        self.line(line);
    }

    /// Shows, and logs, a step of a build.
    pub fn building(&self, event: &BuildEvent) {
        self.messages.build_event(event);
        let mut seen = self.seen();
        if matches!(event, BuildEvent::Staging { .. }) {
            styled(
                &self.bar,
                "{spinner} {prefix}building {bar:24} {pos}/{len} {msg} ({elapsed})",
            );
            self.bar.set_length(seen.models_known);
        }
        let line = seen.build(event);
        self.bar.set_position(seen.models.min(seen.models_known));
        drop(seen);
        self.bar.set_message(match event {
            BuildEvent::Staging { .. } => "reading what is new".to_owned(),
            BuildEvent::Table { name, .. } => name.to_string(),
            BuildEvent::Checking { checks: 0 } => "publishing".to_owned(),
            BuildEvent::Checking { checks } => format!("running {checks} checks"),
            BuildEvent::Published { .. } => "cleaning up".to_owned(),
        });
        self.line(line);
    }

    /// Removes the progress bar.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, line: Option<String>) {
        if let (Shows::Lines, Some(line)) = (self.messages.shows(), line) {
            self.messages.say(&format!("{}{line}", self.of));
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn styled(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

fn describe(progress: &Collecting) -> String {
    match &progress.window {
        Some((kind, interval)) => format!(
            "{kind} {interval}: page {} of {}, {} records, {} calls",
            progress.pages_done, progress.pages_known, progress.records, progress.calls
        ),
        None => format!("{} records received", progress.records),
    }
}

/// The lines that were printed so far.
#[derive(Debug, Default)]
struct Seen {
    windows: u64,
    windows_known: u64,
    tables: u64,
    made: u64,
    /// The tables that are models; their total is known in advance.
    models: u64,
    models_known: u64,
}

impl Seen {
    /// A line at the beginning and whenever windows have ended.
    fn windows(&mut self, progress: &Collecting) -> Option<String> {
        let began = self.windows_known == 0 && progress.windows_known > 0;
        let ended = progress.windows_done > self.windows;
        (self.windows, self.windows_known) = (progress.windows_done, progress.windows_known);
        if ended {
            return Some(format!(
                "collecting: {} of {} windows, {} records received with {} calls",
                progress.windows_done, progress.windows_known, progress.records, progress.calls
            ));
        }
        began.then(|| format!("collecting: {} windows are due", progress.windows_known))
    }

    /// A line at each phase of a build except the last, which the summary of the build reports.
    fn build(&mut self, event: &BuildEvent) -> Option<String> {
        match event {
            BuildEvent::Staging { windows } => {
                Some(format!("building: staging {windows} new windows"))
            }
            BuildEvent::Table { name, how, .. } => {
                self.tables += 1;
                self.made += u64::from(*how != How::Unchanged);
                self.models += u64::from(!matches!(name.schema(), "staging" | "meta" | "settings"));
                None
            }
            BuildEvent::Checking { checks } => {
                let left = match checks {
                    0 => String::new(),
                    left => format!("; running {left} checks"),
                };
                let (tables, made) = (self.tables, self.made);
                Some(format!(
                    "building: {tables} tables are done, {made} of them rewritten{left}"
                ))
            }
            BuildEvent::Published { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_at_the_ends_of_windows_and_phases() {
        let mut seen = Seen::default();
        let mut collected = |windows_known, windows_done, pages_done| {
            seen.windows(&Collecting {
                windows_known,
                windows_done,
                pages_done,
                records: 110 * pages_done,
                calls: pages_done,
                ..Collecting::default()
            })
        };
        let lines = [
            collected(0, 0, 0),
            collected(2, 0, 0),
            collected(2, 0, 5),
            collected(2, 1, 9),
            collected(3, 1, 9),
            collected(3, 3, 12),
        ];
        let lines_printed: Vec<String> = lines.into_iter().flatten().collect();
        assert_eq!(
            lines_printed,
            [
                "collecting: 2 windows are due",
                "collecting: 1 of 2 windows, 990 records received with 9 calls",
                "collecting: 3 of 3 windows, 1320 records received with 12 calls",
            ]
        );

        let table = |name: &str, how| BuildEvent::Table {
            name: name.parse().unwrap(),
            rows: 1,
            how,
        };
        let lines = [
            seen.build(&BuildEvent::Staging { windows: 3 }),
            seen.build(&table("staging.recruit", How::Updated)),
            seen.build(&table("raw_data.recruits", How::Rebuilt)),
            seen.build(&table("external.certificates", How::Unchanged)),
            seen.build(&BuildEvent::Checking { checks: 7 }),
            seen.build(&BuildEvent::Published { build: 1 }),
        ];
        let lines_printed: Vec<String> = lines.into_iter().flatten().collect();
        assert_eq!(
            lines_printed,
            [
                "building: staging 3 new windows",
                "building: 3 tables are done, 2 of them rewritten; running 7 checks",
            ]
        );
        assert_eq!((seen.tables, seen.models), (3, 2));
    }
}
