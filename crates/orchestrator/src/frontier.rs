//! The scheduling state of one run, without running anything: which step may run next. A step
//! becomes ready once, when its last dependency has succeeded; a failure skips all that comes after
//! it and nothing else.

use std::collections::BTreeSet;

use petgraph::graph::NodeIndex;

use crate::dag::Dag;

/// The frontier between finished and unfinished steps.
pub(crate) struct Frontier {
    /// By node: the number of dependencies that have not succeeded yet.
    missing: Vec<usize>,
    /// In the order in which the steps were given.
    ready: BTreeSet<NodeIndex>,
    /// Neither ready, nor started, nor skipped.
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

    /// Returns a step that may run now; each step at most once.
    pub(crate) fn next(&mut self) -> Option<NodeIndex> {
        self.ready.pop_first()
    }

    /// Steps that waited only for `node` become ready.
    pub(crate) fn succeeded(&mut self, dag: &Dag, node: NodeIndex) {
        for dependent in dag.dependents(node) {
            let missing = &mut self.missing[dependent.index()];
            *missing = missing.saturating_sub(1);
            if *missing == 0 && self.waiting.remove(&dependent) {
                self.ready.insert(dependent);
            }
        }
    }

    /// Removes, and returns, what can no longer run because `node` failed.
    pub(crate) fn failed(&mut self, dag: &Dag, node: NodeIndex) -> Vec<NodeIndex> {
        let mut skipped = dag.descendants(node);
        skipped.retain(|descendant| self.waiting.remove(descendant));
        skipped
    }

    /// Removes, and returns, everything that was not started yet.
    pub(crate) fn stop(&mut self) -> BTreeSet<NodeIndex> {
        let mut rest = std::mem::take(&mut self.waiting);
        rest.append(&mut self.ready);
        rest
    }
}
