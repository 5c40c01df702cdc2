//! A line that moves, on a terminal; nothing elsewhere, where log lines tell what happens.

use std::io::IsTerminal;
use std::time::Duration;

use extract::{Collector, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::messages::Messages;

/// A progress line until it is ended.
pub struct Shown {
    bar: ProgressBar,
    follower: Option<JoinHandle<()>>,
}

/// Shows how far a collection is.
pub fn show(collector: &Collector, messages: &Messages) -> Shown {
    if messages.is_quiet() || !std::io::stderr().is_terminal() {
        return Shown {
            bar: ProgressBar::hidden(),
            follower: None,
        };
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    let mut progress = collector.progress();
    let line = bar.clone();
    let follower = tokio::spawn(async move {
        while progress.changed().await.is_ok() {
            let text = describe(&progress.borrow_and_update());
            line.set_message(text);
        }
    });
    Shown {
        bar,
        follower: Some(follower),
    }
}

fn describe(progress: &Progress) -> String {
    match &progress.window {
        Some((kind, interval)) => format!(
            "{kind} {interval}: page {} of {}, {} records, {} calls",
            progress.pages_done, progress.pages_known, progress.records, progress.calls
        ),
        None => format!("building ({} records received)", progress.records),
    }
}

impl Shown {
    /// Takes the line away.
    pub fn end(self) {
        if let Some(follower) = self.follower {
            follower.abort();
        }
        self.bar.finish_and_clear();
    }
}
