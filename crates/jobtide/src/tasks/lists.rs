//! The output of polling whole lists and series, and its words on the command line.

use extract::PollReport;
use landing::{Part, PartOutcome};
use serde::{Deserialize, Serialize};

use super::collected::{Collected, Stopped};
use super::listed::{Listed, fitting};
use crate::exit;
use crate::messages::{Messages, tell};

/// What became of the lists of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// Lists that were read completely.
    pub complete: usize,
    /// Lists that are as they were.
    pub unchanged: usize,
    /// Lists that were read a short while before.
    pub not_due: usize,
    /// Lists that could not be read.
    pub failed: Listed<FailedList>,
    /// Lists that the source does not know.
    pub unknown: Listed<FailedList>,
    /// Lists that were not tried.
    pub not_reached: usize,
}

/// A list that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedList {
    /// The board or the key, with its days; empty where the source is one list.
    pub name: String,
    pub reason: String,
}

impl FailedList {
    fn of(part: &Part) -> Self {
        let days = match (part.from, part.to) {
            (Some(from), Some(to)) => format!(" ({from} to {to})"),
            _ => String::new(),
        };
        Self {
            name: format!("{}{days}", part.name),
            reason: part.reason.clone().unwrap_or_default(),
        }
    }

    fn line(&self) -> String {
        match self.name.as_str() {
            "" => format!("the list: {}", self.reason),
            name => format!("`{name}`: {}", self.reason),
        }
    }
}

impl Lists {
    /// The first of those that stay due, and how many more there are.
    pub fn due(&self) -> String {
        let named = self.failed.first.iter().take(3);
        let mut names: Vec<String> = named
            .map(|list| match list.name.as_str() {
                "" => "all of it".to_owned(),
                name => format!("`{name}`"),
            })
            .collect();
        let more = (self.failed.count + self.not_reached).saturating_sub(names.len());
        if more > 0 {
            names.push(format!("{more} more"));
        }
        names.join(", ")
    }
}

impl Collected {
    /// Of a poll's report. Long lists are cut, so that the state stores it.
    pub fn of_lists(mut report: PollReport) -> Self {
        let is_complete = report.is_complete();
        let stopped = report.stopped.take().map(|stop| Stopped {
            is_retryable: stop.is_retryable(),
            text: exit::text(&stop.into()),
        });
        fitting(|most| {
            let not_reached = report.not_reached.len();
            let failed: Vec<&Part> = report.failed().collect();
            // Those that were not tried are among the failed parts, for the manifest.
            let tried = failed.len().saturating_sub(not_reached);
            let is_tried = |part: &&&Part| !report.not_reached.contains(&part.name);
            let failed = failed
                .iter()
                .filter(is_tried)
                .map(|part| FailedList::of(part));
            let unknown = report.unknown().map(FailedList::of);
            let lists = Lists {
                complete: report.count(PartOutcome::Complete),
                unchanged: report.count(PartOutcome::Unchanged),
                not_due: report.not_due,
                failed: Listed::of(failed, most),
                unknown: Listed::of(unknown, most),
                not_reached,
            };
            Self {
                source: report.source.clone(),
                dataset: report.dataset.clone(),
                windows: usize::from(report.window.is_some()),
                records: report.records(),
                calls: report.calls,
                faults: report.faults,
                lost_calls: 0,
                lost_calls_refused: false,
                is_complete,
                open: tried + not_reached,
                due: Listed::of([], 0),
                incomplete: Listed::of([], 0),
                unread: Listed::of([], 0),
                readable_again: Listed::of([], 0),
                missed_sweeps: Vec::new(),
                stopped: stopped.clone(),
                lists: Some(lists),
            }
        })
    }

    /// Reports it to the user.
    pub(super) fn tell_lists(&self, lists: &Lists, messages: &Messages) {
        let not_due = match lists.not_due {
            0 => String::new(),
            count => format!("; {count} lists are not due yet"),
        };
        messages.say(&format!(
            "collected {} records of `{}` in {} lists with {} calls ({} of them failed and were retried); {} lists are unchanged{not_due}",
            self.records, self.source, lists.complete, self.calls, self.faults, lists.unchanged
        ));
        for list in &lists.unknown.first {
            messages.say(&format!("note: {}", list.line()));
        }
        if let more @ 1.. = lists.unknown.more() {
            messages.say(&format!("note: the source does not know {more} more lists"));
        }
        for list in &lists.failed.first {
            tell(&format!("warning: {}", list.line()));
        }
        if let more @ 1.. = lists.failed.more() {
            tell(&format!("warning: {more} more lists could not be read"));
        }
    }
}
