//! Whether there was anything to do: the exit code of `--nothing-new-code`.

use std::collections::BTreeSet;

use anyhow::Result;
use orchestrator::{DagDefinition, RunOutcome, RunRecord, StepOutcome, TriggerRule};

use crate::cli::task::NothingNewCode;
use crate::exit::Ends;

impl NothingNewCode {
    /// Ends with the code that was asked for, if there was nothing new.
    pub fn ends(self, nothing_new: bool) -> Result<()> {
        match self.code {
            Some(code) if nothing_new => Err(Ends(code).into()),
            _ => Ok(()),
        }
    }
}

/// Whether a run that succeeded found nothing to do: one of its tasks said so, or all were skipped, and
/// nothing else was done than what comes before such a task or runs in any case.
pub fn of_run(dag: &DagDefinition, run: &RunRecord) -> bool {
    if run.outcome != RunOutcome::Success {
        return false;
    }
    let is_idle =
        |step: &orchestrator::StepRecord| step.nothing_new || step.outcome == StepOutcome::Skipped;
    let found_nothing = run.steps.iter().filter(|step| step.nothing_new);
    let mut before = BTreeSet::new();
    let mut left: Vec<&str> = found_nothing.map(|step| step.task.as_str()).collect();
    while let Some(name) = left.pop() {
        if before.insert(name)
            && let Some(task) = dag.tasks.iter().find(|task| task.name == name)
        {
            left.extend(task.after.iter().map(String::as_str));
        }
    }
    let in_any_case = |name: &str| {
        let task = dag.tasks.iter().find(|task| task.name == name);
        task.is_some_and(|task| {
            // That one looks at the tasks before it, and does nothing.
            task.trigger_rule == TriggerRule::AllDone || task.kind == "refusals"
        })
    };
    let mut idle = run.steps.iter().filter(|step| is_idle(step));
    idle.next().is_some()
        && run.steps.iter().all(|step| {
            is_idle(step) || before.contains(step.task.as_str()) || in_any_case(&step.task)
        })
}
