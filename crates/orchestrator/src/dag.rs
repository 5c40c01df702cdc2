//! Tasks and their dependencies. A [`Dag`] is valid by construction: its names are valid and
//! unique, its dependencies known, and there is no cycle; every error is reported on construction,
//! before anything runs.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU32;
use std::ops::Range;

use petgraph::Direction;
use petgraph::algo::{is_cyclic_directed, tarjan_scc};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};

use crate::dag_name::{DagError, DagName, LONGEST_TASK_NAME};
use crate::step::Step;

/// The first place of queued backfills; those of other runs are below.
pub(crate) const BACKFILL_PLACES: u32 = 1 << 16;

/// A directed acyclic graph of tasks.
#[derive(Clone)]
pub struct Dag {
    name: DagName,
    /// Edges go from a task to its dependents.
    graph: DiGraph<Step, ()>,
    /// Topological order; ties in the order in which the steps were given.
    order: Vec<NodeIndex>,
    max_active_runs: NonZeroU32,
    max_active_backfills: NonZeroU32,
    keep_runs: Option<NonZeroU32>,
    everywhere: bool,
    apart: Option<Apart>,
}

/// What a task that is run by itself keeps of its dag.
#[derive(Clone)]
struct Apart {
    /// The names of all tasks before it.
    before: Vec<String>,
    /// The one place that it may take.
    place: u32,
}

impl Dag {
    /// Builds a dag from steps, given in any order.
    ///
    /// # Errors
    /// A [`DagError`] that names what is wrong.
    pub fn new(
        name: impl Into<String>,
        steps: impl IntoIterator<Item = Step>,
    ) -> Result<Self, DagError> {
        let name = DagName::new(name)?;
        let mut graph = DiGraph::new();
        let mut by_name = HashMap::new();
        for step in steps {
            let task = checked_task_name(&name, step.task.name())?;
            let node = graph.add_node(step);
            if by_name.insert(task.clone(), node).is_some() {
                return Err(DagError::TwoTasks { dag: name, task });
            }
        }
        connect(&name, &mut graph, &by_name)?;
        if is_cyclic_directed(&graph) {
            return Err(cycle_error(name, &graph));
        }
        let mut dag = Self {
            name,
            graph,
            order: Vec::new(),
            max_active_runs: NonZeroU32::MIN,
            max_active_backfills: NonZeroU32::MIN,
            keep_runs: None,
            everywhere: false,
            apart: None,
        };
        dag.order = in_order(&dag);
        match dag.first_unordered_read() {
            Some(error) => Err(error),
            None => Ok(dag),
        }
    }

    /// The dag of one step without dependencies, whose name is known to be valid.
    pub(crate) fn of_one(name: DagName, step: Step) -> Self {
        let mut graph = DiGraph::new();
        let order = vec![graph.add_node(step)];
        Self {
            name,
            graph,
            order,
            max_active_runs: NonZeroU32::MIN,
            max_active_backfills: NonZeroU32::MIN,
            keep_runs: None,
            everywhere: false,
            apart: None,
        }
    }

    /// The dag of one of its tasks, which may read the outputs of those before it; its runs take this
    /// place alone. `None` where it has no such task.
    pub(crate) fn only(&self, task: &str, place: u32) -> Option<Self> {
        let node = self.node(task)?;
        let mut step = self.step(node).clone();
        step.after.clear();
        let mut one = Self::of_one(self.name.clone(), step);
        one.max_active_runs = self.max_active_runs;
        one.everywhere = self.everywhere;
        // Each task is a run, and those of one external run need one another.
        let tasks = u32::try_from(self.graph.node_count()).unwrap_or(u32::MAX);
        let is_mapped = |node: NodeIndex| self.step(node).mapped.is_some();
        one.keep_runs = match self.nodes().any(is_mapped) {
            true => None,
            false => self
                .keep_runs
                .map(|runs| runs.saturating_mul(NonZeroU32::new(tasks).unwrap_or(NonZeroU32::MIN))),
        };
        one.apart = Some(Apart {
            before: self.ancestors(node),
            place,
        });
        Some(one)
    }

    /// Changes each of its steps.
    pub(crate) fn map_steps(mut self, mut change: impl FnMut(&mut Step)) -> Self {
        self.graph.node_weights_mut().for_each(&mut change);
        self
    }

    /// Sets how many of its runs may be in progress at a time.
    pub fn max_active_runs(mut self, runs: NonZeroU32) -> Self {
        self.max_active_runs = runs;
        self
    }

    /// Sets how many queued backfills may be in progress at a time, beside the other runs.
    pub fn max_active_backfills(mut self, runs: NonZeroU32) -> Self {
        self.max_active_backfills = runs;
        self
    }

    /// The places for runs in progress: those of queued backfills, or those of all others.
    /// A single task has one of its own.
    pub(crate) fn places(&self, is_backfill: bool) -> Range<u32> {
        if let Some(apart) = &self.apart {
            return apart.place..apart.place.saturating_add(1);
        }
        match is_backfill {
            true => {
                BACKFILL_PLACES..BACKFILL_PLACES.saturating_add(self.max_active_backfills.get())
            }
            false => 0..self.max_active_runs.get().min(BACKFILL_PLACES),
        }
    }

    /// Sets how many of its runs are kept, where that is fewer than the state keeps of all.
    pub fn keep_runs(mut self, runs: Option<NonZeroU32>) -> Self {
        self.keep_runs = runs;
        self
    }

    /// Sets whether each instance on a store runs it for itself: its runs are not claimed.
    pub fn everywhere(mut self, everywhere: bool) -> Self {
        self.everywhere = everywhere;
        self
    }

    pub(crate) fn is_everywhere(&self) -> bool {
        self.everywhere
    }

    pub(crate) fn runs_kept(&self) -> Option<NonZeroU32> {
        self.keep_runs
    }

    pub(crate) fn active_runs_allowed(&self) -> u32 {
        self.max_active_runs.get()
    }

    /// Whether it is one task of a dag, run by itself.
    pub(crate) fn is_one_task(&self) -> bool {
        self.apart.is_some()
    }

    fn first_unordered_read(&self) -> Option<DagError> {
        self.nodes().find_map(|node| {
            let before = self.ancestors(node);
            let of = self.step(node).reads().find(|of| !before.contains(of))?;
            Some(DagError::NotBefore {
                dag: self.name.clone(),
                task: self.task_name(node).to_owned(),
                of: of.clone(),
            })
        })
    }

    /// The dag's name.
    pub fn name(&self) -> &DagName {
        &self.name
    }

    /// The names of the tasks, in topological order.
    pub fn tasks(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(|node| self.task_name(*node))
    }

    pub(crate) fn step(&self, node: NodeIndex) -> &Step {
        &self.graph[node]
    }

    /// The node of a task.
    pub(crate) fn node(&self, task: &str) -> Option<NodeIndex> {
        self.nodes().find(|node| self.task_name(*node) == task)
    }

    pub(crate) fn task_name(&self, node: NodeIndex) -> &str {
        self.graph[node].task.name()
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeIndex> {
        self.graph.node_indices()
    }

    pub(crate) fn dependencies(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        self.graph.neighbors_directed(node, Direction::Incoming)
    }

    pub(crate) fn dependents(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        self.graph.neighbors_directed(node, Direction::Outgoing)
    }

    /// All that come after `node`, directly or not.
    pub(crate) fn descendants(&self, node: NodeIndex) -> Vec<NodeIndex> {
        let mut search = Dfs::new(&self.graph, node);
        let mut found = Vec::new();
        while let Some(next) = search.next(&self.graph) {
            if next != node {
                found.push(next);
            }
        }
        found
    }

    /// The names of all tasks that come before `node`, directly or not.
    pub(crate) fn ancestors(&self, node: NodeIndex) -> Vec<String> {
        let reversed = Reversed(&self.graph);
        let mut search = Dfs::new(reversed, node);
        let mut found = match &self.apart {
            Some(apart) => apart.before.clone(),
            None => Vec::new(),
        };
        while let Some(next) = search.next(reversed) {
            if next != node {
                found.push(self.task_name(next).to_owned());
            }
        }
        found
    }
}

fn checked_task_name(dag: &DagName, task: &str) -> Result<String, DagError> {
    let fits = (1..=LONGEST_TASK_NAME).contains(&task.len()) && !task.chars().any(char::is_control);
    if fits {
        Ok(task.to_owned())
    } else {
        Err(DagError::TaskName {
            dag: dag.clone(),
            task: task.to_owned(),
        })
    }
}

fn connect(
    name: &DagName,
    graph: &mut DiGraph<Step, ()>,
    by_name: &HashMap<String, NodeIndex>,
) -> Result<(), DagError> {
    for node in graph.node_indices() {
        for dependency in graph[node].after.clone() {
            let Some(from) = by_name.get(&dependency) else {
                let mut known: Vec<String> = by_name.keys().cloned().collect();
                known.sort_unstable();
                return Err(DagError::UnknownDependency {
                    dag: name.clone(),
                    task: graph[node].task.name().to_owned(),
                    missing: dependency,
                    known,
                });
            };
            // Repeated dependencies count once.
            graph.update_edge(*from, node, ());
        }
    }
    Ok(())
}

fn cycle_error(dag: DagName, graph: &DiGraph<Step, ()>) -> DagError {
    let cycle = tarjan_scc(graph)
        .into_iter()
        .find(|nodes| nodes.len() > 1 || nodes.iter().any(|node| graph.contains_edge(*node, *node)))
        .unwrap_or_default();
    let mut tasks: Vec<String> = cycle
        .into_iter()
        .map(|node| graph[node].task.name().to_owned())
        .collect();
    tasks.sort_unstable();
    DagError::Cycle { dag, tasks }
}

/// The order in which the dag would run with one task at a time and no failure.
fn in_order(dag: &Dag) -> Vec<NodeIndex> {
    let mut missing: Vec<usize> = dag
        .nodes()
        .map(|node| dag.dependencies(node).count())
        .collect();
    let mut ready: BTreeSet<NodeIndex> = dag
        .nodes()
        .filter(|node| missing[node.index()] == 0)
        .collect();
    let mut order = Vec::new();
    while let Some(node) = ready.pop_first() {
        for dependent in dag.dependents(node) {
            let missing = &mut missing[dependent.index()];
            *missing = missing.saturating_sub(1);
            if *missing == 0 {
                ready.insert(dependent);
            }
        }
        order.push(node);
    }
    order
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::context::TaskContext;
    use crate::task::{Task, TaskReport};
    use crate::task_error::TaskError;

    struct Named(&'static str);

    #[async_trait]
    impl Task for Named {
        fn name(&self) -> &str {
            self.0
        }

        async fn run(&self, _context: &TaskContext) -> Result<TaskReport, TaskError> {
            Ok(TaskReport::new())
        }
    }

    fn step(name: &'static str, after: &[&'static str]) -> Step {
        Step::new(Named(name)).after(after.iter().copied())
    }

    fn error(name: &str, steps: Vec<Step>) -> String {
        let Err(error) = Dag::new(name, steps) else {
            panic!("`{name}` should not be a dag");
        };
        error.to_string()
    }

    #[test]
    fn tasks_come_in_dependency_order_and_otherwise_as_given() {
        let dag = Dag::new(
            "daily",
            [
                step("publish", &["build", "check", "build"]),
                step("check", &["build"]),
                step("trends", &[]),
                step("build", &["collect", "trends"]),
                step("collect", &[]),
            ],
        )
        .unwrap();
        let tasks: Vec<_> = dag.tasks().collect();
        assert_eq!(tasks, ["trends", "collect", "build", "check", "publish"]);
    }

    #[test]
    fn a_cycle_is_named() {
        let steps = vec![
            step("collect", &[]),
            step("build", &["collect", "publish"]),
            step("check", &["build"]),
            step("publish", &["check"]),
        ];
        assert_eq!(
            error("daily", steps),
            "the tasks `build`, `check`, `publish` of the dag `daily` wait for one another\n\
             hint: remove one of their `after` entries"
        );
        let message = error("daily", vec![step("a", &["a"])]);
        assert!(message.starts_with("the tasks `a` of"), "{message}");
    }

    #[test]
    fn an_unknown_dependency_is_named_with_what_there_is() {
        let message = error(
            "daily",
            vec![step("collect", &[]), step("build", &["colect"])],
        );
        assert_eq!(
            message,
            "the task `build` of the dag `daily` comes after `colect`, which does not exist\n\
             hint: the dag has `build`, `collect`"
        );
    }

    #[test]
    fn names_are_checked() {
        for name in ["", "Daily", "a/b", "..", "수집", &"x".repeat(65)] {
            assert!(error(name, vec![]).contains("cannot name a dag"), "{name}");
        }
        assert!(error("d", vec![step("", &[])]).contains("cannot name a task"));
        assert!(error("d", vec![step("a\nb", &[])]).contains("cannot name a task"));
        assert!(error("d", vec![step("a", &[]), step("a", &[])]).contains("two tasks named `a`"));
    }
}
