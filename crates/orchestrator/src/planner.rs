//! What is due: a pure function of the definitions, what was started, and the time.

mod due;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::dag::DagName;
use crate::definition::DagDefinition;

pub use due::{DuePlan, Known, due};

/// The runs to start now, and when to look again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In the order of the definitions.
    pub due: Vec<DagName>,
    /// The next scheduled time after now; none where nothing is scheduled.
    pub next: Option<Timestamp>,
}

/// Starts after `now` (the clock was ahead, and was set back) count as starts at `now` from here on:
/// else nothing would be due until the clock has caught up with them.
pub fn forget_the_future(started: &mut BTreeMap<DagName, Timestamp>, now: Timestamp) {
    for last in started.values_mut() {
        *last = now.min(*last);
    }
}

/// What is due at `now`. `started` says when each DAG was last started by its schedule: one that was
/// not is due at once, so that what was missed while nobody planned is made up. None of them is after
/// `now` ([`forget_the_future`]).
pub fn plan<'a>(
    dags: impl IntoIterator<Item = &'a DagDefinition>,
    started: &BTreeMap<DagName, Timestamp>,
    now: Timestamp,
) -> Plan {
    let mut plan = Plan {
        due: Vec::new(),
        next: None,
    };
    for dag in dags {
        let Some(schedule) = &dag.schedule else {
            continue;
        };
        let is_due = match started.get(&dag.name) {
            None => true,
            Some(last) => {
                let next = schedule.next_after(*last);
                next.is_some_and(|next| next <= now)
            }
        };
        if is_due {
            plan.due.push(dag.name.clone());
        }
        let next = schedule.next_after(now);
        plan.next = match (plan.next, next) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    plan
}
