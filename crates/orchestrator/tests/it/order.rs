//! Any dag: each task runs once, after what it depends on; failures skip exactly what comes after.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use orchestrator::{
    CancellationToken, Dag, Engine, RetryPolicy, RunOutcome, RunRecord, RunRequest, State,
    StepOutcome, TaskError, TaskReport,
};
use proptest::prelude::*;

use crate::support::{TestClock, step};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Success,
    Incomplete,
    Failure,
    Panic,
}

/// A dag whose task `j` may depend on any task `i < j`, given to the engine in any order.
#[derive(Debug, Clone)]
struct Plan {
    dependencies: Vec<BTreeSet<usize>>,
    endings: Vec<Ending>,
    /// How often each task yields before it ends.
    pauses: Vec<usize>,
    given: Vec<usize>,
    parallel: usize,
}

fn plans() -> impl Strategy<Value = Plan> {
    (1_usize..=9).prop_flat_map(|size| {
        let ending = prop_oneof![
            7 => Just(Ending::Success),
            1 => Just(Ending::Incomplete),
            1 => Just(Ending::Failure),
            1 => Just(Ending::Panic),
        ];
        let edge = proptest::bool::weighted(0.3);
        (
            proptest::collection::vec(proptest::collection::vec(edge, size), size),
            proptest::collection::vec(ending, size),
            proptest::collection::vec(0_usize..4, size),
            Just((0..size).collect::<Vec<_>>()).prop_shuffle(),
            1_usize..=4,
        )
            .prop_map(|(edges, endings, pauses, given, parallel)| Plan {
                dependencies: edges
                    .iter()
                    .enumerate()
                    .map(|(task, row)| (0..task).filter(|earlier| row[*earlier]).collect())
                    .collect(),
                endings,
                pauses,
                given,
                parallel,
            })
    })
}

impl Plan {
    fn fails(&self, task: usize) -> bool {
        matches!(self.endings[task], Ending::Failure | Ending::Panic)
    }

    /// By the definition: a task is skipped when one it depends on failed or was skipped.
    fn skipped(&self) -> BTreeSet<usize> {
        let mut skipped = BTreeSet::new();
        for (task, dependencies) in self.dependencies.iter().enumerate() {
            if dependencies
                .iter()
                .any(|earlier| skipped.contains(earlier) || self.fails(*earlier))
            {
                skipped.insert(task);
            }
        }
        skipped
    }

    fn outcome(&self, task: usize) -> StepOutcome {
        match self.endings[task] {
            _ if self.skipped().contains(&task) => StepOutcome::Skipped,
            Ending::Success => StepOutcome::Success,
            Ending::Incomplete => StepOutcome::Incomplete,
            Ending::Failure | Ending::Panic => StepOutcome::Failed,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    Start(usize),
    End(usize),
}

fn name(task: usize) -> String {
    format!("task {task}")
}

async fn run(plan: &Plan) -> (RunRecord, Vec<Event>) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let steps: Vec<_> = plan
        .given
        .iter()
        .map(|task| {
            let (task, log) = (*task, Arc::clone(&log));
            let (ending, pauses) = (plan.endings[task], plan.pauses[task]);
            step(name(task), move |_| {
                let log = Arc::clone(&log);
                async move {
                    log.lock().unwrap().push(Event::Start(task));
                    for _ in 0..pauses {
                        tokio::task::yield_now().await;
                    }
                    log.lock().unwrap().push(Event::End(task));
                    match ending {
                        Ending::Success => Ok(TaskReport::new()),
                        Ending::Incomplete => Ok(TaskReport::incomplete("a part is due")),
                        Ending::Failure => Err(TaskError::permanent("broken")),
                        // Without the panic hook, which would print a backtrace.
                        Ending::Panic => std::panic::resume_unwind(Box::new("broken")),
                    }
                }
            })
            .retry(RetryPolicy::NEVER)
            .after(plan.dependencies[task].iter().map(|earlier| name(*earlier)))
        })
        .collect();
    let dag = Dag::new("random", steps).unwrap();
    let state = State::in_memory().await.unwrap();
    let record = Engine::new(state, TestClock::skipping())
        .parallel(NonZeroUsize::new(plan.parallel).unwrap())
        .run(&dag, RunRequest::manual(), &CancellationToken::new())
        .await
        .unwrap();
    let events = log.lock().unwrap().clone();
    (record, events)
}

fn check(plan: &Plan, record: &RunRecord, events: &[Event]) -> Result<(), TestCaseError> {
    let position = |event| events.iter().position(|other| *other == event);
    let skipped = plan.skipped();
    for (task, dependencies) in plan.dependencies.iter().enumerate() {
        let starts = events.iter().filter(|event| **event == Event::Start(task));
        prop_assert_eq!(starts.count(), usize::from(!skipped.contains(&task)));
        for earlier in dependencies {
            if let Some(start) = position(Event::Start(task)) {
                prop_assert!(position(Event::End(*earlier)).is_some_and(|end| end < start));
            }
        }
        let recorded = record
            .steps
            .iter()
            .find(|step| step.task == name(task))
            .unwrap();
        prop_assert_eq!(recorded.outcome, plan.outcome(task));
        prop_assert_eq!(recorded.attempts, u32::from(!skipped.contains(&task)));
        prop_assert!(recorded.ended_at.is_some());
    }
    let mut under_way = 0_usize;
    for event in events {
        match event {
            Event::Start(_) => under_way += 1,
            Event::End(_) => under_way -= 1,
        }
        prop_assert!(under_way <= plan.parallel);
    }
    let any = |outcome| record.steps.iter().any(|step| step.outcome == outcome);
    let expected = if any(StepOutcome::Failed) {
        RunOutcome::Failed
    } else if any(StepOutcome::Incomplete) {
        RunOutcome::Incomplete
    } else {
        RunOutcome::Success
    };
    prop_assert_eq!(record.outcome, expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tasks_run_once_after_their_dependencies_and_failures_skip_exactly_the_descendants(
        plan in plans()
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (record, events) = runtime.block_on(run(&plan));
        check(&plan, &record, &events)?;
    }
}
