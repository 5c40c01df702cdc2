//! Random dags with trigger rules, mapped tasks, failures and short cuts, whose scheduler is dropped
//! half way any number of times, against the definition of the rules: every run ends once, as it would
//! have undisturbed, and what was recorded as done is not done again.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use orchestrator::{
    CancellationToken, Dag, DagDefinition, DagName, DagSource, Engine, Mapping, RetryPolicy,
    RunOutcome, RunRecord, RunRequest, Scheduler, State, StepOutcome, TaskError, TaskReport,
    TriggerRule,
};
use proptest::prelude::*;

use crate::support::{TestClock, step};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Success,
    Incomplete,
    /// After so many failures that can be retried.
    Retried(u32),
    Failure,
    NothingFollows,
}

#[derive(Debug, Clone)]
struct Node {
    after: BTreeSet<usize>,
    rule: TriggerRule,
    ending: Ending,
    /// How often it yields.
    pauses: usize,
    /// `None`: not mapped. Of the instances, only the first one ends as said.
    instances: Option<usize>,
}

#[derive(Debug, Clone)]
struct Case {
    nodes: Vec<Node>,
    parallel: usize,
    /// After how many events of tasks the scheduler is dropped, each time.
    crashes: Vec<usize>,
}

fn cases() -> impl Strategy<Value = Case> {
    let ending = prop_oneof![
        5 => Just(Ending::Success),
        1 => Just(Ending::Incomplete),
        1 => (1_u32..3).prop_map(Ending::Retried),
        2 => Just(Ending::Failure),
        1 => Just(Ending::NothingFollows),
    ];
    let rule = prop_oneof![
        3 => Just(TriggerRule::AllSucceeded),
        1 => Just(TriggerRule::AllDone),
        1 => Just(TriggerRule::OneFailed),
    ];
    let instances = prop_oneof![4 => Just(None), 1 => (0_usize..5).prop_map(Some)];
    let node = (
        proptest::collection::vec(proptest::bool::weighted(0.35), 8),
        rule,
        ending,
        0_usize..4,
        instances,
    );
    (
        proptest::collection::vec(node, 1..8),
        1_usize..4,
        proptest::collection::vec(0_usize..8, 0..4),
    )
        .prop_map(|(nodes, parallel, crashes)| Case {
            nodes: nodes
                .into_iter()
                .enumerate()
                .map(|(own, (edges, rule, ending, pauses, instances))| Node {
                    after: (0..own).filter(|earlier| edges[*earlier]).collect(),
                    rule,
                    // Instances have no say in what follows.
                    ending: match (instances, ending) {
                        (Some(_), Ending::NothingFollows) => Ending::Success,
                        _ => ending,
                    },
                    pauses,
                    instances,
                })
                .collect(),
            parallel,
            crashes,
        })
}

/// What became of a node, by the definition.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Became {
    Done(StepOutcome),
    NothingFollows,
    UpstreamFailed,
    Skipped,
}

impl Case {
    fn reference(&self) -> Vec<Became> {
        let mut all: Vec<Became> = Vec::new();
        for node in &self.nodes {
            let before: Vec<Became> = node.after.iter().map(|earlier| all[*earlier]).collect();
            let failed = before.iter().any(|one| {
                matches!(
                    one,
                    Became::Done(StepOutcome::Failed) | Became::UpstreamFailed
                )
            });
            let skips = before
                .iter()
                .any(|one| matches!(one, Became::Skipped | Became::NothingFollows));
            let runs = match node.rule {
                TriggerRule::AllDone => Ok(()),
                TriggerRule::OneFailed if failed => Ok(()),
                TriggerRule::OneFailed => Err(Became::Skipped),
                TriggerRule::AllSucceeded if failed => Err(Became::UpstreamFailed),
                TriggerRule::AllSucceeded if skips => Err(Became::Skipped),
                TriggerRule::AllSucceeded => Ok(()),
            };
            all.push(match (runs, node.instances, node.ending) {
                (Err(became), ..) => became,
                (Ok(()), Some(0), _) => Became::Skipped,
                (_, _, Ending::Success | Ending::Retried(_)) => Became::Done(StepOutcome::Success),
                (_, _, Ending::Incomplete) => Became::Done(StepOutcome::Incomplete),
                (_, _, Ending::Failure) => Became::Done(StepOutcome::Failed),
                (_, _, Ending::NothingFollows) => Became::NothingFollows,
            });
        }
        all
    }

    fn dag(&self, world: &World) -> Dag {
        let steps = self.nodes.iter().enumerate().map(|(own, node)| {
            let (ending, pauses) = (node.ending, node.pauses);
            let is_mapped = node.instances.is_some();
            let world = world.clone();
            let task = step(name(own), move |context| {
                let world = world.clone();
                async move {
                    let item: usize = match is_mapped {
                        true => context.item()?,
                        false => 0,
                    };
                    world.event();
                    for _ in 0..pauses {
                        tokio::task::yield_now().await;
                    }
                    world.ended((own, item));
                    let ending = match item {
                        0 => ending,
                        _ => Ending::Success,
                    };
                    match ending {
                        Ending::Success => Ok(TaskReport::new()),
                        Ending::Incomplete => Ok(TaskReport::incomplete("a part is due")),
                        Ending::Retried(times) if context.attempt() <= times => {
                            Err(TaskError::retryable("busy"))
                        }
                        Ending::Retried(_) => Ok(TaskReport::new()),
                        Ending::Failure => Err(TaskError::permanent("broken")),
                        Ending::NothingFollows => Ok(TaskReport::nothing_follows("nothing new")),
                    }
                }
            });
            let retry = RetryPolicy {
                attempts: 3,
                ..RetryPolicy::default()
            };
            let task = task
                .retry(retry)
                .trigger_rule(node.rule)
                .after(node.after.iter().map(|earlier| name(*earlier)));
            match node.instances {
                None => task,
                Some(count) => {
                    let items = (0..count).map(|item| serde_json::json!(item)).collect();
                    task.mapped(Mapping::Items(items))
                }
            }
        });
        Dag::new("random", steps).unwrap()
    }
}

fn name(own: usize) -> String {
    format!("task {own}")
}

/// What tasks did, and when the next crash comes.
#[derive(Clone, Default)]
struct World {
    ends: Arc<Mutex<BTreeMap<(usize, usize), usize>>>,
    events_left: Arc<Mutex<Option<usize>>>,
    crash: Arc<tokio::sync::Notify>,
}

impl World {
    fn event(&self) {
        let mut left = self.events_left.lock().unwrap();
        match left.as_mut() {
            Some(0) => {
                *left = None;
                self.crash.notify_one();
            }
            Some(more) => *more -= 1,
            None => {}
        }
    }

    fn ended(&self, task: (usize, usize)) {
        *self.ends.lock().unwrap().entry(task).or_default() += 1;
        self.event();
    }
}

struct Source {
    case: Case,
    world: World,
    definitions: Vec<DagDefinition>,
    done: CancellationToken,
}

#[async_trait]
impl DagSource for Source {
    fn definitions(&self) -> &[DagDefinition] {
        &self.definitions
    }

    async fn dag(
        &self,
        _definition: &DagDefinition,
        _request: &RunRequest,
    ) -> Result<Dag, Box<dyn Error + Send + Sync>> {
        Ok(self.case.dag(&self.world))
    }

    async fn finished(&self, run: &RunRecord) {
        assert_ne!(run.outcome, RunOutcome::Interrupted);
        self.done.cancel();
    }
}

async fn follow(case: &Case) -> (State, World, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let world = World::default();
    let text = "what = ''\n[[tasks]]\nname = 'a'\nkind = 'a'\n";
    let definition = DagDefinition::parse("dags/random.toml", text).unwrap();
    let clock = TestClock::skipping();
    let mut crashes = case.crashes.iter();
    let state = State::open(&path).await.unwrap();
    let dag = DagName::new("random").unwrap();
    let at = kernel::Clock::now(&*clock);
    state
        .enqueue(&dag, &RunRequest::manual(), at)
        .await
        .unwrap();
    state.close().await;
    loop {
        let state = State::open(&path).await.unwrap();
        let done = CancellationToken::new();
        let source = Source {
            case: case.clone(),
            world: world.clone(),
            definitions: vec![definition.clone()],
            done: done.clone(),
        };
        let crash = crashes.next();
        *world.events_left.lock().unwrap() = crash.copied();
        let parallel = NonZeroUsize::new(case.parallel).unwrap();
        let engine = Engine::new(state.clone(), clock.clone()).parallel(parallel);
        let scheduler = Scheduler::new(engine, source).poll(Duration::from_secs(60));
        let ended = tokio::select! {
            ran = scheduler.run(&done) => {
                ran.unwrap();
                true
            }
            () = world.crash.notified(), if crash.is_some() => false,
        };
        drop(scheduler);
        if ended {
            return (state, world, folder);
        }
        state.close().await;
    }
}

async fn check(case: &Case) -> Result<(), TestCaseError> {
    let (state, world, _folder) = follow(case).await;
    let runs = state.last_runs(None, 10).await.unwrap();
    prop_assert_eq!(runs.len(), 1);
    prop_assert!(state.queue().await.unwrap().is_empty());
    let reference = case.reference();
    let ends = world.ends.lock().unwrap().clone();
    let mut outcome = RunOutcome::Success;
    for (own, became) in reference.iter().enumerate() {
        let recorded = runs[0]
            .steps
            .iter()
            .find(|step| step.task == name(own))
            .unwrap();
        let expected = match became {
            Became::Done(outcome) => *outcome,
            Became::NothingFollows => StepOutcome::Success,
            Became::UpstreamFailed | Became::Skipped => StepOutcome::Skipped,
        };
        prop_assert_eq!(recorded.outcome, expected, "{}", name(own));
        let node = &case.nodes[own];
        let ran = expected != StepOutcome::Skipped;
        for item in 0..node.instances.unwrap_or(1) {
            let times = ends.get(&(own, item)).copied().unwrap_or_default();
            let once = match node.ending {
                Ending::Retried(times) if item == 0 => times as usize + 1,
                _ => 1,
            };
            let least = if ran { once } else { 0 };
            // Each crash may catch it between its end and the record of that.
            let most = least * (1 + case.crashes.len());
            prop_assert!(
                (least..=most).contains(&times),
                "{} ended {times} times",
                name(own)
            );
        }
        match became {
            Became::Done(StepOutcome::Failed) => outcome = RunOutcome::Failed,
            Became::Done(StepOutcome::Incomplete) if outcome == RunOutcome::Success => {
                outcome = RunOutcome::Incomplete;
            }
            _ => {}
        }
    }
    prop_assert_eq!(runs[0].outcome, outcome);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_ends_as_its_rules_say_however_often_its_process_ends(case in cases()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(check(&case))?;
    }
}
