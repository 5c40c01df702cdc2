//! A task as a node of a dag: what it comes after, and by which policies it runs.

use std::sync::Arc;
use std::time::Duration;

use crate::definition::{Mapping, Of, TaskDefinition, TriggerRule, When};
use crate::retry::Retries;
use crate::task::Task;

/// A task, its dependencies and its policies.
#[derive(Clone)]
pub struct Step {
    pub(crate) task: Arc<dyn Task>,
    pub(crate) retries: Retries,
    /// Sorted; each once.
    pub(crate) pools: Vec<String>,
    pub(crate) priority: i32,
    pub(crate) timeout: Option<Duration>,
    pub(crate) give_up_after: Option<Duration>,
    pub(crate) trigger_rule: TriggerRule,
    pub(crate) when: Option<When>,
    pub(crate) mapped: Option<Mapping>,
    pub(crate) produces: Vec<String>,
    pub(crate) after: Vec<String>,
}

impl Step {
    /// A step without dependencies and with [`RetryPolicy::default`].
    pub fn new(task: impl Task + 'static) -> Self {
        Self::shared(Arc::new(task))
    }

    /// The same of a task that is shared already.
    pub(crate) fn shared(task: Arc<dyn Task>) -> Self {
        Self {
            task,
            retries: Retries::default(),
            pools: Vec::new(),
            priority: 0,
            timeout: None,
            give_up_after: None,
            trigger_rule: TriggerRule::default(),
            when: None,
            mapped: None,
            produces: Vec::new(),
            after: Vec::new(),
        }
    }

    /// The step of a task with all that its file says.
    pub(crate) fn defined(task: Arc<dyn Task>, definition: &TaskDefinition) -> Self {
        Self {
            task,
            retries: definition.retries.clone(),
            pools: definition.pool.iter().cloned().collect(),
            priority: definition.priority,
            timeout: definition.timeout,
            give_up_after: definition.give_up_after,
            trigger_rule: definition.trigger_rule,
            when: definition.when.clone(),
            mapped: definition.mapped.clone(),
            produces: definition.produces.clone(),
            after: definition.after.clone(),
        }
    }

    /// Adds dependencies: tasks that must have ended first, by the step's [`TriggerRule`]: succeeded
    /// (or ended incomplete), unless it is set.
    pub fn after<Name: Into<String>>(mut self, tasks: impl IntoIterator<Item = Name>) -> Self {
        self.after.extend(tasks.into_iter().map(Into::into));
        self
    }

    /// Sets how errors are retried.
    pub fn retry(mut self, retries: impl Into<Retries>) -> Self {
        self.retries = retries.into();
        self
    }

    /// Adds a pool of which it takes a slot while it runs.
    pub fn pool(mut self, pool: impl Into<String>) -> Self {
        self.pools.push(pool.into());
        self.pools.sort_unstable();
        self.pools.dedup();
        self
    }

    /// Sets its priority: of what could run, the highest runs first.
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how long an attempt may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how long it may say that what it waits for has not happened yet.
    pub fn give_up_after(mut self, wait: Duration) -> Self {
        self.give_up_after = Some(wait);
        self
    }

    /// Sets whether it runs, by what became of the tasks before it.
    pub fn trigger_rule(mut self, rule: TriggerRule) -> Self {
        self.trigger_rule = rule;
        self
    }

    /// Sets the condition without which it is skipped.
    pub fn when(mut self, when: When) -> Self {
        self.when = Some(when);
        self
    }

    /// Makes an instance of it of each item.
    pub fn mapped(mut self, mapping: Mapping) -> Self {
        self.mapped = Some(mapping);
        self
    }

    /// Adds datasets that change when it succeeds.
    pub fn produces<Name: Into<String>>(mut self, sets: impl IntoIterator<Item = Name>) -> Self {
        self.produces.extend(sets.into_iter().map(Into::into));
        self
    }

    /// The tasks whose outputs its condition and its list are taken from.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &String> {
        let when = self.when.iter().filter_map(|when| match &when.of {
            Of::Field { task, .. } => Some(task),
            Of::Parameter(_) => None,
        });
        let mapped = self.mapped.iter().filter_map(|mapped| match mapped {
            Mapping::Field { task, .. } => Some(task),
            Mapping::Items(_) => None,
        });
        when.chain(mapped)
    }
}
