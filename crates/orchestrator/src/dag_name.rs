//! Names of DAGs, and what is wrong with a DAG.

use std::fmt;

const LONGEST_DAG_NAME: usize = 64;
pub(crate) const LONGEST_TASK_NAME: usize = 200;

/// A dag's name: 1 to 64 lower-case letters, digits, `-` and `_`, so that it can name a lock file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DagName(String);

impl DagName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`DagError::DagName`] when it is not valid.
    pub fn new(name: impl Into<String>) -> Result<Self, DagError> {
        let name = name.into();
        let fits = (1..=LONGEST_DAG_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        if fits {
            Ok(Self(name))
        } else {
            Err(DagError::DagName { name })
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a set of steps is not a valid dag. None of these is retryable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DagError {
    /// The dag's name cannot name a lock file.
    #[error(
        "`{name}` cannot name a dag\nhint: use 1 to {LONGEST_DAG_NAME} lower-case letters, digits, `-` and `_`"
    )]
    DagName {
        /// The name that was given.
        name: String,
    },

    /// A task's name cannot be shown on one line.
    #[error(
        "`{task}` cannot name a task of the dag `{dag}`\nhint: use 1 to {LONGEST_TASK_NAME} bytes without line breaks or other control characters"
    )]
    TaskName {
        /// The dag.
        dag: DagName,
        /// The name that was given.
        task: String,
    },

    /// Two tasks have the same name.
    #[error("the dag `{dag}` has two tasks named `{task}`\nhint: give each task a name of its own")]
    TwoTasks {
        /// The dag.
        dag: DagName,
        /// The name.
        task: String,
    },

    /// A task comes after one that the dag does not have.
    #[error(
        "the task `{task}` of the dag `{dag}` comes after `{missing}`, which does not exist\nhint: the dag has {}", quoted(.known)
    )]
    UnknownDependency {
        /// The dag.
        dag: DagName,
        /// The task that names it.
        task: String,
        /// The name that no task has.
        missing: String,
        /// The existing names.
        known: Vec<String>,
    },

    /// A condition or a list is taken from a task that need not have ended.
    #[error(
        "the task `{task}` of the dag `{dag}` reads the output of `{of}`, which does not come before it\nhint: name `{of}` in its `after`"
    )]
    NotBefore {
        /// The dag.
        dag: DagName,
        /// The task that reads.
        task: String,
        /// The task whose output it reads.
        of: String,
    },

    /// A cycle of dependencies.
    #[error(
        "the tasks {} of the dag `{dag}` wait for one another\nhint: remove one of their `after` entries", quoted(.tasks)
    )]
    Cycle {
        /// The dag.
        dag: DagName,
        /// The tasks of one cycle, by name.
        tasks: Vec<String>,
    },
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
