//! The output of a collection, and its words on the command line.

use extract::{Report, SkipReason};
use jiff::Timestamp;
use kernel::Interval;
use landing::WindowKind;
use orchestrator::TaskOutput;
use serde::{Deserialize, Serialize};

use super::listed::{Listed, fitting};
use super::lists::Lists;
use crate::messages::{Messages, tell};
use crate::{exit, times};

/// What was collected of a source, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    pub source: String,
    pub dataset: String,
    /// Complete windows that were landed.
    pub windows: usize,
    /// Distinct records per landed window, summed over windows.
    pub records: u64,
    /// Calls made, failed ones too.
    pub calls: u64,
    /// Calls that failed, whether or not they were repeated.
    pub faults: u64,
    /// Calls that were lost on windows with wrong totals.
    pub lost_calls: u64,
    /// Whether more were needed than a run may lose.
    pub lost_calls_refused: bool,
    /// Whether everything that was due is landed, but for what an earlier run reported as unreadable.
    pub is_complete: bool,
    /// Windows that were not collected, and stay due.
    pub open: usize,
    /// Their times, ascending; touching ones are one.
    pub due: Listed<Interval>,
    /// Windows that were read and are not complete.
    pub incomplete: Listed<Incomplete>,
    /// What cannot be read, and is excluded from the windows around it.
    pub unread: Listed<Unread>,
    /// What could not be read before, and was read now.
    pub readable_again: Listed<Interval>,
    /// The daily sweeps that did not take place.
    pub missed_sweeps: Vec<MissedSweeps>,
    /// Why the collection ended early.
    pub stopped: Option<Stopped>,
    /// The lists of a source that is polled; of others there are none.
    #[serde(default)]
    pub lists: Option<Lists>,
}

impl TaskOutput for Collected {
    const TYPE: &'static str = "collected";
}

/// A window that is not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    pub kind: WindowKind,
    pub period: Interval,
    pub error: String,
}

/// A period that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    pub period: Interval,
    pub fault: String,
    pub next_try_at: Timestamp,
    /// Whether everything around it was read.
    pub is_searched: bool,
    /// Whether this collection found it.
    pub is_new: bool,
}

/// Sweeps that did not take place for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedSweeps {
    /// Which, and why.
    pub line: String,
    /// Whether that is because nobody said where collecting starts.
    pub for_lack_of_a_start: bool,
}

/// Why a collection ended early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// With its causes, and a hint on a line of its own where there is one.
    pub text: String,
    /// Whether a later run may succeed without intervention.
    pub is_retryable: bool,
}

impl Collected {
    /// Of the collector's report. Long lists are cut, so that the state stores it.
    pub fn new(mut report: Report) -> Self {
        let stopped = report.stopped.take().map(|stop| Stopped {
            is_retryable: stop.is_retryable(),
            text: exit::text(&stop.into()),
        });
        // `Report::is_complete` counts a stop, which was taken out above.
        let is_complete = stopped.is_none() && report.is_complete();
        fitting(|most| Self::cut(&report, is_complete, stopped.clone(), most))
    }

    fn cut(report: &Report, is_complete: bool, stopped: Option<Stopped>, most: usize) -> Self {
        let due = report.due();
        let new = report.unread.iter().filter(|unread| unread.is_new).count();
        let incomplete = report.incomplete.iter().map(|window| Incomplete {
            kind: window.kind,
            period: window.interval,
            error: window.error.to_string(),
        });
        let unread = report.unread.iter().map(|unread| Unread {
            period: unread.time.interval,
            fault: unread.time.fault.clone(),
            next_try_at: unread.time.next_try_at(),
            is_searched: unread.time.searched,
            is_new: unread.is_new,
        });
        let missed = report.missed_sweeps().into_iter();
        Self {
            source: report.source.clone(),
            dataset: report.dataset.clone(),
            windows: report.windows.len(),
            records: report.records(),
            calls: report.calls,
            faults: report.faults,
            lost_calls: report.lost_calls,
            lost_calls_refused: report.lost_calls_refused,
            is_complete,
            open: report.incomplete.len() + report.not_reached.len() + new,
            due: Listed::of(due.as_slice().iter().copied(), most),
            incomplete: Listed::of(incomplete, most),
            unread: Listed::of(unread, most),
            readable_again: Listed::of(report.readable_again.iter().copied(), most),
            missed_sweeps: missed
                .map(|(reason, line)| MissedSweeps {
                    line,
                    for_lack_of_a_start: reason == SkipReason::NoStart,
                })
                .collect(),
            stopped,
            lists: None,
        }
    }

    /// In a few words.
    pub fn note(&self) -> String {
        let (records, calls) = (self.records, self.calls);
        match &self.lists {
            None => format!(
                "{} windows, {records} postings, {calls} calls",
                self.windows
            ),
            Some(lists) => format!(
                "{} lists with {records} records, {} unchanged, {calls} calls",
                lists.complete, lists.unchanged
            ),
        }
    }

    /// What stays due.
    pub fn due_in_words(&self) -> String {
        match &self.lists {
            None => self.due(),
            Some(lists) => lists.due(),
        }
    }

    /// The first of the times that stay due, and how many more there are.
    pub fn due(&self) -> String {
        times::intervals(&self.due.first, self.due.count)
    }

    /// What stays due, and why.
    pub fn still_due(&self) -> String {
        let why = match &self.stopped {
            Some(stop) => format!(": {}", stop.text),
            None => String::new(),
        };
        if let Some(lists) = &self.lists {
            return format!(
                "{} lists were not read and stay due ({}){why}",
                self.open,
                lists.due()
            );
        }
        format!(
            "{} windows were not collected and stay due ({}){why}",
            self.open,
            self.due()
        )
    }

    /// Reports it to the user.
    pub fn tell(&self, messages: &Messages) {
        if let Some(lists) = &self.lists {
            return self.tell_lists(lists, messages);
        }
        messages.say(&format!(
            "collected {} postings in {} windows with {} calls ({} of them failed and were retried)",
            self.records, self.windows, self.calls, self.faults
        ));
        for MissedSweeps {
            line,
            for_lack_of_a_start,
        } in &self.missed_sweeps
        {
            match for_lack_of_a_start {
                true => tell(&format!(
                    "warning: {line}\nhint: `--from` without `--to`, or `sources.{}.start`, sets the start",
                    self.source
                )),
                false => messages.say(line),
            }
        }
        if self.lost_calls_refused {
            tell(&format!(
                "warning: {} calls were lost on wrong totals, and the run may lose no more: a quarter of the calls left, or 16 of the second half of the day's, and 8 on cutting windows\nhint: the source's totals are wrong or change while they are read; what is not complete stays due",
                self.lost_calls
            ));
        }
        for period in &self.readable_again.first {
            let interval = times::interval(*period);
            messages.say(&format!("{interval} can be read again and was collected"));
        }
        if let more @ 1.. = self.readable_again.more() {
            messages.say(&format!("{more} more periods can be read again"));
        }
        for unread in &self.unread.first {
            let line = format!(
                "{} cannot be read: {}; it is retried from {}",
                times::interval(unread.period),
                unread.fault,
                times::time(unread.next_try_at)
            );
            match unread.is_new {
                true if unread.is_searched => tell(&format!(
                    "warning: {line}\nhint: everything around it was collected; `jobtide status` names what could not be read"
                )),
                true => tell(&format!(
                    "warning: {line}\nhint: the calls for it are used up; the next run continues with what can be read around it"
                )),
                false => messages.say(&line),
            }
        }
        if let more @ 1.. = self.unread.more() {
            tell(&format!("warning: {more} more periods cannot be read"));
        }
        for window in &self.incomplete.first {
            tell(&format!(
                "warning: the {} window {} is not complete: {}",
                window.kind,
                times::interval(window.period),
                window.error
            ));
        }
        if let more @ 1.. = self.incomplete.more() {
            tell(&format!("warning: {more} more windows are not complete"));
        }
    }
}

#[cfg(test)]
mod tests {
    use extract::{Fault, IncompleteWindow, NotReached, Stop, WindowError};
    use jiff::ToSpan as _;
    use orchestrator::OUTPUT_BYTES;

    use super::*;

    fn hour(number: i64) -> Interval {
        let day: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        // Every other hour, so that no two touch.
        let from = day + (2 * number).hours();
        Interval::new(from, from + 1.hour()).unwrap()
    }

    fn report(incomplete: i64) -> Report {
        let at = hour(0).from;
        let kind = WindowKind::Collect;
        let incomplete = (0..incomplete).map(|number| IncompleteWindow {
            kind,
            interval: hour(number),
            error: WindowError::Page {
                page: 1,
                attempts: 4,
                fault: Fault::Status(500),
            },
        });
        Report {
            source: "board".to_owned(),
            dataset: "job-search".to_owned(),
            started_at: at,
            finished_at: at,
            windows: Vec::new(),
            incomplete: incomplete.collect(),
            not_reached: vec![NotReached {
                kind,
                interval: hour(-1),
            }],
            skipped: Vec::new(),
            unread: Vec::new(),
            readable_again: vec![hour(-2)],
            stopped: Some(Stop::Unavailable {
                windows: 3,
                fault: "HTTP status 500".to_owned(),
            }),
            calls: 7,
            faults: 7,
            lost_calls: 0,
            lost_calls_refused: false,
        }
    }

    #[test]
    fn it_says_what_the_report_says() {
        let collected = Collected::new(report(1));
        assert!(!collected.is_complete);
        assert_eq!((collected.open, collected.due.count), (2, 2));
        let stop = collected.stopped.as_ref().unwrap();
        assert!(stop.is_retryable);
        assert!(stop.text.contains("\nhint: the source is probably down"));
        let due = collected.still_due();
        assert!(
            due.starts_with("2 windows were not collected and stay due (2026-05-01 07:00 to 08:00 KST, 2026-05-01 09:00 to 10:00 KST): 3 windows in a row"),
            "{due}"
        );
        let json = serde_json::to_string(&collected).unwrap();
        let read: Collected = serde_json::from_str(&json).unwrap();
        assert_eq!(read, collected);
    }

    #[test]
    fn a_report_of_any_length_fits_into_the_state() {
        let collected = Collected::new(report(5_000));
        let json = serde_json::to_vec(&collected).unwrap();
        assert!(json.len() <= OUTPUT_BYTES, "{}", json.len());
        assert_eq!(collected.open, 5_001);
        assert_eq!(collected.incomplete.count, 5_000);
        assert!(!collected.incomplete.first.is_empty());
        assert!(
            collected.due().ends_with(", 4998 more"),
            "{}",
            collected.due()
        );
    }

    #[test]
    fn a_stopped_collection_is_not_complete() {
        let mut stopped = report(0);
        stopped.not_reached.clear();
        assert!(!Collected::new(stopped).is_complete);
        let mut ended = report(0);
        ended.not_reached.clear();
        ended.stopped = None;
        assert!(Collected::new(ended).is_complete);
    }
}
