//! How far one run is, without running anything: which step may run next, and which are skipped and
//! why. A step is decided once, by its trigger rule: when all tasks before it have ended, or, where the
//! rule says so, as soon as one of them has failed.

use std::collections::BTreeSet;

use petgraph::graph::NodeIndex;

use crate::dag::Dag;
use crate::definition::TriggerRule;

/// What became of a step, as far as others depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Done, or done in part.
    Succeeded,
    /// Done, with nothing to do for what comes after; says why.
    NothingFollows(String),
    /// Failed.
    Failed,
    /// Not run, because of a failure before it; says which.
    UpstreamFailed(String),
    /// Not run, because it does not apply; says why.
    Skipped(String),
}

impl Ending {
    fn is_failure(&self) -> bool {
        matches!(self, Self::Failed | Self::UpstreamFailed(_))
    }
}

/// What a step's end leads to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    /// May run now.
    pub(crate) ready: Vec<NodeIndex>,
    /// Will not run, and why.
    pub(crate) skipped: Vec<(NodeIndex, String)>,
}

/// The steps of a run that are decided, and those that are not.
pub(crate) struct Progress {
    /// By node.
    endings: Vec<Option<Ending>>,
    /// Neither ready, nor started, nor ended; in the order in which the steps were given.
    undecided: BTreeSet<NodeIndex>,
}

impl Progress {
    /// Nothing has ended yet.
    pub(crate) fn new(dag: &Dag) -> Self {
        Self {
            endings: vec![None; dag.nodes().count()],
            undecided: dag.nodes().collect(),
        }
    }

    /// What can be decided at the beginning.
    pub(crate) fn begin(&mut self, dag: &Dag) -> Decided {
        let all: Vec<NodeIndex> = self.undecided.iter().copied().collect();
        self.decide(dag, all)
    }

    /// Notes the end of a step without deciding what follows: of a run that is taken up again, before
    /// [`Progress::begin`].
    pub(crate) fn has_ended(&mut self, node: NodeIndex, ending: Ending) {
        self.undecided.remove(&node);
        self.endings[node.index()] = Some(ending);
    }

    /// Notes the end of a step that was ready.
    pub(crate) fn ended(&mut self, dag: &Dag, node: NodeIndex, ending: Ending) -> Decided {
        self.has_ended(node, ending);
        self.decide(dag, dag.dependents(node).collect())
    }

    /// Removes, and returns, everything that is not decided yet.
    pub(crate) fn stop(&mut self) -> BTreeSet<NodeIndex> {
        std::mem::take(&mut self.undecided)
    }

    fn decide(&mut self, dag: &Dag, looked_at: Vec<NodeIndex>) -> Decided {
        let mut decided = Decided::default();
        let mut next: BTreeSet<NodeIndex> = looked_at.into_iter().collect();
        while let Some(node) = next.pop_first() {
            if !self.undecided.contains(&node) {
                continue;
            }
            match self.verdict(dag, node) {
                Verdict::Wait => {}
                Verdict::Run => {
                    self.undecided.remove(&node);
                    decided.ready.push(node);
                }
                Verdict::Skip(ending, why) => {
                    self.has_ended(node, ending);
                    decided.skipped.push((node, why));
                    next.extend(dag.dependents(node));
                }
            }
        }
        decided
    }

    fn verdict(&self, dag: &Dag, node: NodeIndex) -> Verdict {
        let before: Vec<(NodeIndex, &Option<Ending>)> = dag
            .dependencies(node)
            .map(|before| (before, &self.endings[before.index()]))
            .collect();
        let ended = || {
            before
                .iter()
                .filter_map(|(of, end)| Some((of, end.as_ref()?)))
        };
        let all_ended = before.iter().all(|(_, ending)| ending.is_some());
        match dag.step(node).trigger_rule {
            TriggerRule::AllDone if all_ended => Verdict::Run,
            TriggerRule::AllDone => Verdict::Wait,
            TriggerRule::OneFailed if ended().any(|(_, ending)| ending.is_failure()) => {
                Verdict::Run
            }
            TriggerRule::OneFailed if all_ended => {
                Verdict::does_not_apply("nothing failed before it")
            }
            TriggerRule::OneFailed => Verdict::Wait,
            // Which of several reasons a skip has must not depend on which came first.
            TriggerRule::AllSucceeded if !all_ended => Verdict::Wait,
            TriggerRule::AllSucceeded => {
                if let Some((of, ending)) = ended().find(|(_, ending)| ending.is_failure()) {
                    let why = match ending {
                        Ending::UpstreamFailed(why) => why.clone(),
                        _ => format!("`{}` failed", dag.task_name(*of)),
                    };
                    return Verdict::Skip(Ending::UpstreamFailed(why.clone()), why);
                }
                let skips = ended().find_map(|(_, ending)| match ending {
                    Ending::Skipped(why) | Ending::NothingFollows(why) => Some(why),
                    _ => None,
                });
                match skips {
                    Some(why) => Verdict::does_not_apply(why),
                    None => Verdict::Run,
                }
            }
        }
    }
}

enum Verdict {
    Wait,
    Run,
    Skip(Ending, String),
}

impl Verdict {
    fn does_not_apply(why: &str) -> Self {
        Self::Skip(Ending::Skipped(why.to_owned()), why.to_owned())
    }
}
