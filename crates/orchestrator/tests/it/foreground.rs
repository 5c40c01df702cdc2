//! A run in the foreground, with what it starts: triggered, by data, and what those start; here or in
//! another process.

use std::error::Error;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kernel::Clock;
use orchestrator::{
    CancellationToken, Dag, DagDefinition, DagSource, Engine, Ran, RunOutcome, RunRecord,
    RunRequest, Trigger,
};

use crate::world::{Log, NOTE, World, definition, in_time, name, registry};

/// Makes DAGs; notes which ended, and does something else when the first has.
struct Ends<F> {
    definitions: Vec<DagDefinition>,
    log: Log,
    ended: Mutex<Vec<String>>,
    after_the_first: F,
}

#[async_trait]
impl<F: AsyncHook> DagSource for Ends<F> {
    fn definitions(&self) -> &[DagDefinition] {
        &self.definitions
    }

    async fn dag(
        &self,
        definition: &DagDefinition,
        _request: &RunRequest,
    ) -> Result<Dag, Box<dyn Error + Send + Sync>> {
        Ok(registry().dag(definition, &self.log)?)
    }

    async fn finished(&self, run: &RunRecord) {
        let is_first = {
            let mut ended = self.ended.lock().unwrap();
            ended.push(run.dag.clone());
            ended.len() == 1
        };
        if is_first {
            self.after_the_first.call().await;
        }
    }
}

#[async_trait]
trait AsyncHook: Send + Sync {
    async fn call(&self);
}

struct Nothing;

#[async_trait]
impl AsyncHook for Nothing {
    async fn call(&self) {}
}

async fn follow<F: AsyncHook>(
    world: &World,
    dag: &str,
    hook: F,
    cancel: &CancellationToken,
) -> (Ran, Vec<String>) {
    let source = Ends {
        definitions: world.definitions.clone(),
        log: Arc::clone(&world.log),
        ended: Mutex::default(),
        after_the_first: hook,
    };
    let of = source.definitions.iter().find(|of| of.name.as_str() == dag);
    let made = registry().dag(of.unwrap(), &world.log).unwrap();
    let engine = Engine::new(world.state.clone(), world.clock.clone());
    let ran = engine.run_and_follow(&source, &made, RunRequest::manual(), cancel);
    let ran = in_time(ran).await.unwrap();
    let ended = source.ended.into_inner().unwrap();
    (ran, ended)
}

fn triggers(dag: &str) -> String {
    format!(
        "[[tasks]]\nname = 'go'\nkind = 'trigger'\nafter = ['note']\nwith = {{ dag = '{dag}' }}\n"
    )
}

/// `first` changes data that `reader` is due on, and triggers `second`, which triggers `third`.
fn chain() -> Vec<DagDefinition> {
    let first = format!(
        "what = ''\n{NOTE}produces = ['landed']\n{}",
        triggers("second")
    );
    let second = format!("what = ''\n{NOTE}{}", triggers("third"));
    let reader = format!(
        "what = ''\nschedule = {{ cron = '0 * * * *', time_zone = 'Asia/Seoul', on = ['landed'] }}\n{NOTE}"
    );
    vec![
        definition("first", &first),
        definition("second", &second),
        definition("third", &format!("what = ''\n{NOTE}")),
        definition("reader", &reader),
        definition("other", &format!("what = ''\n{NOTE}")),
    ]
}

#[tokio::test]
async fn what_a_run_starts_is_run_with_it_and_nothing_else_is() {
    let world = World::new(chain()).await;
    let now = world.clock.now();
    let other = name("other");
    let state = &world.state;
    state
        .enqueue(&other, &RunRequest::manual(), now)
        .await
        .unwrap();
    let (ran, ended) = follow(&world, "first", Nothing, &CancellationToken::new()).await;
    assert_eq!(ran.run.outcome, RunOutcome::Success);
    assert_eq!(ended[0], "first");
    let mut started: Vec<(&str, Trigger)> = Vec::new();
    for run in &ran.started {
        assert_eq!(run.outcome, RunOutcome::Success);
        started.push((&run.dag, run.trigger));
    }
    started.sort_by_key(|(dag, _)| *dag);
    // The reader is due by time too; that is not this run's to start.
    assert_eq!(
        started,
        [
            ("reader", Trigger::Data),
            ("second", Trigger::Dag),
            ("third", Trigger::Dag)
        ]
    );
    assert!(ran.missing.is_empty());
    let left = state.queue().await.unwrap();
    let left: Vec<&str> = left.iter().map(|entry| entry.dag.as_str()).collect();
    assert_eq!(left, ["other"]);
}

#[tokio::test]
async fn data_that_did_not_change_starts_nothing() {
    let first = "what = ''\n[[tasks]]\nname = 'note'\nkind = 'note'\nwith = { finds_nothing = '' }\nproduces = ['landed']\n";
    let reader = format!("what = ''\nschedule = {{ on = ['landed'] }}\n{NOTE}");
    let world = World::new(vec![
        definition("first", first),
        definition("reader", &reader),
    ])
    .await;
    let (ran, ended) = follow(&world, "first", Nothing, &CancellationToken::new()).await;
    assert!(ran.started.is_empty(), "{ran:?}");
    assert_eq!(ended, ["first"]);
}

#[tokio::test]
async fn a_dag_without_a_definition_is_named_and_its_run_waits() {
    let first = format!("what = ''\n{NOTE}{}", triggers("gone"));
    let world = World::new(vec![definition("first", &first)]).await;
    let (ran, _) = follow(&world, "first", Nothing, &CancellationToken::new()).await;
    assert_eq!(ran.missing, [name("gone")]);
    assert_eq!(world.state.queue().await.unwrap().len(), 1);
}

/// A person runs the reader meanwhile, in a terminal, and has another run of it in progress.
struct RunByAPerson(Arc<World>);

#[async_trait]
impl AsyncHook for RunByAPerson {
    async fn call(&self) {
        let world = &self.0;
        let mut definitions = world.definitions.iter();
        let reader = definitions.find(|dag| dag.name.as_str() == "reader");
        let made = registry().dag(reader.unwrap(), &world.log).unwrap();
        let engine = Engine::new(world.state.clone(), world.clock.clone());
        let never = CancellationToken::new();
        let run = engine.run(&made, RunRequest::manual(), &never);
        assert_eq!(run.await.unwrap().outcome, RunOutcome::Failed);
        let queued = RunRequest::manual();
        let now = world.clock.now();
        world
            .state
            .enqueue(&name("reader"), &queued, now)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn what_a_person_runs_meanwhile_is_not_what_was_started() {
    let idle = "what = ''\n[[tasks]]\nname = 'note'\nkind = 'note'\nwith = { finds_nothing = '' }\nproduces = ['landed']\n";
    let reader =
        format!("what = ''\nschedule = {{ on = ['landed'] }}\n{NOTE}with = {{ fails = '' }}\n");
    let definitions = vec![definition("first", idle), definition("reader", &reader)];
    let world = Arc::new(World::new(definitions).await);
    let hook = RunByAPerson(Arc::clone(&world));
    let (ran, ended) = follow(&world, "first", hook, &CancellationToken::new()).await;
    assert!(ran.started.is_empty(), "{ran:?}");
    assert_eq!(ended, ["first"]);
    assert_eq!(world.state.queue().await.unwrap().len(), 1);
}

/// A scheduler of another process takes what was started.
struct TakenElsewhere(Arc<World>);

#[async_trait]
impl AsyncHook for TakenElsewhere {
    async fn call(&self) {
        self.0.until(2).await;
    }
}

#[tokio::test]
async fn what_another_process_has_run_counts_with_its_outcome() {
    let fails = "what = ''\n[[tasks]]\nname = 'note'\nkind = 'note'\nwith = { fails = '' }\n";
    let first = format!(
        "what = ''\n{NOTE}produces = ['landed']\n{}",
        triggers("second")
    );
    let reader = format!("what = ''\nschedule = {{ on = ['landed'] }}\n{NOTE}");
    let definitions = vec![
        definition("first", &first),
        definition("second", fails),
        definition("reader", &reader),
    ];
    let world = Arc::new(World::new(definitions).await);
    let hook = TakenElsewhere(Arc::clone(&world));
    let (ran, ended) = follow(&world, "first", hook, &CancellationToken::new()).await;
    let mut outcomes: Vec<(&str, RunOutcome)> = Vec::new();
    for run in &ran.started {
        outcomes.push((&run.dag, run.outcome));
    }
    outcomes.sort_by_key(|(dag, _)| *dag);
    assert_eq!(
        outcomes,
        [
            ("reader", RunOutcome::Success),
            ("second", RunOutcome::Failed)
        ]
    );
    assert_eq!(ended.len(), 3);
    assert_eq!(world.runs().await.len(), 3, "each ran once");
}

struct Cancels(CancellationToken);

#[async_trait]
impl AsyncHook for Cancels {
    async fn call(&self) {
        self.0.cancel();
    }
}

#[tokio::test]
async fn a_cancellation_leaves_what_was_started_in_the_queue() {
    let world = World::new(chain()).await;
    let cancel = CancellationToken::new();
    let (ran, _) = follow(&world, "first", Cancels(cancel.clone()), &cancel).await;
    assert_eq!(ran.run.outcome, RunOutcome::Success);
    assert!(ran.started.is_empty());
    let mut left: Vec<String> = Vec::new();
    for entry in world.state.queue().await.unwrap() {
        left.push(entry.dag);
    }
    left.sort();
    assert_eq!(left, ["reader", "second"]);
}
