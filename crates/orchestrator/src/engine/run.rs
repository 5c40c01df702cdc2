//! One run in progress, as far as it does not concern others.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use petgraph::graph::NodeIndex;
use tokio_util::sync::CancellationToken;

use crate::dag::Dag;
use crate::dag_name::DagName;
use crate::progress::{Ending, Progress};
use crate::record::{RunOutcome, RunRecord, StepOutcome};
use crate::request::RunRequest;
use crate::state::{OpenRun, Place, StepEnd};
use crate::task::TaskReport;

/// Failed instances that a summary names.
const FAILED_NAMED: usize = 10;

/// A run in progress.
pub(super) struct Active {
    pub(super) dag: Arc<Dag>,
    pub(super) open: OpenRun,
    pub(super) request: RunRequest,
    pub(super) started_at: Timestamp,
    pub(super) cancel: CancellationToken,
    /// Whether its cancellation was dealt with.
    pub(super) is_stopping: bool,
    /// Whether somebody asked for its end, and not only for that of its process.
    pub(super) is_unwanted: bool,
    /// Whether its claim is lost: it is left to another instance.
    pub(super) is_lost: bool,
    /// The steps that a cancellation ended, or kept from starting.
    pub(super) stopped: Vec<NodeIndex>,
    /// When what still runs is dropped, after a cancellation.
    pub(super) drop_at: Option<Timestamp>,
    pub(super) progress: Progress,
    pub(super) seen: Seen,
    /// Attempts that run, or wait for a slot or a time.
    pub(super) pending: usize,
    pub(super) tries: Tries,
    pub(super) fans: HashMap<NodeIndex, Fan>,
    /// By node: the names of the tasks before it.
    pub(super) upstream: HashMap<NodeIndex, Arc<[String]>>,
    /// The runs that its tasks put into the queue.
    pub(super) started: Vec<(DagName, RunRequest)>,
}

/// A run that has ended.
pub(super) struct Finished {
    pub(super) record: RunRecord,
    /// The runs that its tasks put into the queue.
    pub(super) started: Vec<(DagName, RunRequest)>,
}

pub(super) type Tries = HashMap<(NodeIndex, Option<u32>), Try>;

/// The attempts of a step, or of an instance, so far.
#[derive(Default)]
pub(super) struct Try {
    /// Attempts that failed.
    pub(super) failed: u32,
    pub(super) first_at: Option<Timestamp>,
    /// The errors of the last one.
    pub(super) errors: Vec<String>,
    pub(super) looks_again: bool,
}

impl Try {
    /// Of what an earlier process began.
    pub(super) fn begun(first_at: Timestamp) -> Self {
        Self {
            first_at: Some(first_at),
            ..Self::default()
        }
    }
}

/// The instances of a mapped step.
#[derive(Default)]
pub(super) struct Fan {
    pub(super) items: Vec<String>,
    left: usize,
    failed: Vec<u32>,
    failed_count: usize,
    errors: Vec<String>,
    error_class: Option<&'static str>,
    incomplete: usize,
    stopped: usize,
    /// Those that found nothing to do for what comes after.
    without_more: usize,
    rows: Option<u64>,
    bytes: Option<u64>,
}

/// The inputs of the run's outcome.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) failed: bool,
    pub(super) cancelled: bool,
    pub(super) incomplete: bool,
}

impl Seen {
    pub(super) fn outcome(&self) -> RunOutcome {
        if self.failed {
            RunOutcome::Failed
        } else if self.cancelled {
            RunOutcome::Cancelled
        } else if self.incomplete {
            RunOutcome::Incomplete
        } else {
            RunOutcome::Success
        }
    }

    /// Notes how a step ended; returns what that means for those after it, if it means anything.
    pub(super) fn ending(&mut self, end: &StepEnd) -> Option<Ending> {
        match end.outcome {
            StepOutcome::Failed => {
                self.failed = true;
                Some(Ending::Failed)
            }
            _ if end.stopped => {
                self.cancelled = true;
                None
            }
            StepOutcome::Incomplete => {
                self.incomplete = true;
                Some(Ending::Succeeded)
            }
            StepOutcome::Skipped => {
                let why = end.report.note.clone().unwrap_or_default();
                Some(Ending::Skipped(why))
            }
            _ if end.report.nothing_follows => {
                let why = end.report.note.clone().unwrap_or_default();
                Some(Ending::NothingFollows(why))
            }
            _ => Some(Ending::Succeeded),
        }
    }
}

impl Active {
    pub(super) fn place(&self, node: NodeIndex, position: Option<u32>) -> Place {
        Place {
            run: self.open.id.clone(),
            task: self.dag.task_name(node).to_owned(),
            position,
        }
    }

    pub(super) fn upstream(&mut self, node: NodeIndex) -> Arc<[String]> {
        let dag = Arc::clone(&self.dag);
        let names = self.upstream.entry(node);
        Arc::clone(names.or_insert_with(|| dag.ancestors(node).into()))
    }
}

impl Fan {
    pub(super) fn new(items: Vec<String>) -> Self {
        Self {
            left: items.len(),
            items,
            ..Self::default()
        }
    }

    /// Notes the end of an instance; returns whether it was the last one.
    pub(super) fn ended(&mut self, position: u32, end: &StepEnd) -> bool {
        self.left = self.left.saturating_sub(1);
        let add = |sum: &mut Option<u64>, more: Option<u64>| {
            *sum = match (*sum, more) {
                (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
                (sum, more) => sum.or(more),
            };
        };
        add(&mut self.rows, end.report.rows);
        add(&mut self.bytes, end.report.bytes);
        match end.outcome {
            StepOutcome::Failed => {
                if self.errors.is_empty() {
                    self.errors.clone_from(&end.errors);
                    self.error_class = end.error_class;
                }
                self.failed_count += 1;
                if self.failed.len() < FAILED_NAMED {
                    self.failed.push(position);
                }
            }
            _ if end.stopped => self.stopped += 1,
            StepOutcome::Incomplete => self.incomplete += 1,
            _ => self.without_more += usize::from(end.report.nothing_follows),
        }
        self.left == 0
    }

    /// The end of the step: stopped when one was stopped, failed when one failed, naming those that did.
    pub(super) fn summary(&self) -> StepEnd {
        let all = self.items.len();
        let mut report = TaskReport::new().note(format!("{all} instances"));
        (report.rows, report.bytes) = (self.rows, self.bytes);
        // Before what failed: the rest is still to be done.
        if self.stopped > 0 {
            let mut end = StepEnd::stopped(super::CANCELLED.to_owned(), self.errors.clone());
            (end.report.rows, end.report.bytes) = (self.rows, self.bytes);
            return end;
        }
        if self.failed_count > 0 {
            let item = |position: &u32| {
                let item = usize::try_from(*position).ok();
                let item = item.and_then(|item| self.items.get(item));
                format!("`{}`", item.map_or("", |item| item.trim_matches('"')))
            };
            let named: Vec<String> = self.failed.iter().map(item).collect();
            let more = match self.failed_count - self.failed.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let failed = self.failed_count;
            let first = format!(
                "{failed} of {all} instances failed: {}{more}",
                named.join(", ")
            );
            let mut end = StepEnd::failed([vec![first], self.errors.clone()].concat());
            end.error_class = self.error_class;
            end.report = report;
            return end;
        }
        if all > 0 && self.without_more == all {
            return StepEnd::reported(TaskReport {
                nothing_follows: true,
                note: Some(format!("nothing new in {all} instances")),
                ..report
            });
        }
        report.incomplete = self.incomplete > 0;
        if report.incomplete {
            report.note = Some(format!(
                "{} of {all} instances are incomplete",
                self.incomplete
            ));
        }
        StepEnd::reported(report)
    }
}
