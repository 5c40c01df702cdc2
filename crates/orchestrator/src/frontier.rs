//! Which step may run next: the bookkeeping of one run, apart from running anything. A step becomes
//! ready once, when its last dependency has succeeded; a failure skips all that comes after it and
//! nothing else.

use std::collections::BTreeSet;

use petgraph::graph::NodeIndex;

use crate::dag::Dag;

/// The edge between what is done and what is not.
pub(crate) struct Frontier {
    /// By node: how many dependencies have yet to succeed.
    missing: Vec<usize>,
    /// In the order in which the steps were given.
    ready: BTreeSet<NodeIndex>,
    /// Neither ready, nor handed out, nor skipped.
    waiting: BTreeSet<NodeIndex>,
}

impl Frontier {
    pub(crate) fn new(dag: &Dag) -> Self {
        let missing: Vec<usize> = dag
            .nodes()
            .map(|node| dag.dependencies(node).count())
            .collect();
        let (ready, waiting) = dag.nodes().partition(|node| missing[node.index()] == 0);
        Self {
            missing,
            ready,
            waiting,
        }
    }

    /// Hands out a step that may run now; each step at most once.
    pub(crate) fn next(&mut self) -> Option<NodeIndex> {
        self.ready.pop_first()
    }

    /// What waited for `node` alone becomes ready.
    pub(crate) fn succeeded(&mut self, dag: &Dag, node: NodeIndex) {
        for dependent in dag.dependents(node) {
            let missing = &mut self.missing[dependent.index()];
            *missing = missing.saturating_sub(1);
            if *missing == 0 && self.waiting.remove(&dependent) {
                self.ready.insert(dependent);
            }
        }
    }

    /// Takes out, and returns, what can no longer run because `node` failed.
    pub(crate) fn failed(&mut self, dag: &Dag, node: NodeIndex) -> Vec<NodeIndex> {
        let mut skipped = dag.descendants(node);
        skipped.retain(|descendant| self.waiting.remove(descendant));
        skipped
    }

    /// Takes out, and returns, everything that was not handed out yet.
    pub(crate) fn stop(&mut self) -> BTreeSet<NodeIndex> {
        let mut rest = std::mem::take(&mut self.waiting);
        rest.append(&mut self.ready);
        rest
    }
}
