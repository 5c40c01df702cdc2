//! Which DAG a task of a definition starts.

use super::TaskDefinition;

/// The kind's name in files.
pub(crate) const TRIGGER: &str = "trigger";

/// The DAG that a task starts, if it is of this kind.
pub(crate) fn triggered(task: &TaskDefinition) -> Option<&str> {
    match task.kind == TRIGGER {
        true => task.with.get("dag")?.as_str(),
        false => None,
    }
}
