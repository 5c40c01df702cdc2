//! Instances with a scheduler each, on one store and by one clock that only the test moves.

use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use instances::StoreClaims;
use jiff::Timestamp;
use kernel::{Clock, Interval};
use landing::Landing;
use lease::Holder;
use object_store::ObjectStore;
use orchestrator::{
    CancellationToken, Claim, ClaimError, Claimed, Claims, Dag, DagDefinition, DagSource, Engine,
    Registry, RunOutcome, RunRecord, RunRequest, Scheduler, State, StateError, Task, TaskContext,
    TaskError, TaskReport, Wanted,
};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::faulty::Faulty;

/// How long a claim lasts.
pub const LENGTH: Duration = Duration::from_secs(3_000);

/// Both clocks of all machines.
pub struct TestClock {
    now: watch::Sender<Timestamp>,
}

impl TestClock {
    pub fn at(now: &str) -> Arc<Self> {
        Arc::new(Self {
            now: watch::Sender::new(now.parse().unwrap()),
        })
    }

    pub fn advance(&self, by: Duration) {
        self.now
            .send_modify(|now| *now = now.checked_add(by).unwrap());
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now().checked_add(duration).unwrap();
        let mut now = self.now.subscribe();
        now.wait_for(|now| *now >= until).await.unwrap();
    }
}

/// What tasks did: by whom, which, and for when.
pub type Log = Arc<Mutex<Vec<(String, String, Option<Interval>)>>>;

/// What a test does to the tasks of an instance.
#[derive(Default)]
pub struct Control {
    /// Its tasks begin and never end.
    pub hangs: AtomicBool,
    /// Its tasks begin, and their process is about to die.
    pub dies: AtomicBool,
    pub fails: AtomicBool,
    hung: AtomicUsize,
}

#[derive(Deserialize)]
struct With {}

struct Notes {
    name: String,
    instance: String,
    control: Arc<Control>,
    log: Log,
}

#[async_trait]
impl Task for Notes {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        if self.control.hangs.load(Ordering::SeqCst) {
            self.control.hung.fetch_add(1, Ordering::SeqCst);
            while self.control.hangs.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
                if context.cancel().is_cancelled() {
                    return Err(TaskError::cancelled());
                }
            }
        }
        if self.control.dies.load(Ordering::SeqCst) {
            self.control.hung.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
        let entry = (self.instance.clone(), self.name.clone(), context.interval());
        self.log.lock().unwrap().push(entry);
        match self.control.fails.load(Ordering::SeqCst) {
            true => Err(TaskError::permanent("broken")),
            false => Ok(TaskReport::new()),
        }
    }
}

struct Files {
    definitions: Vec<DagDefinition>,
    instance: String,
    control: Arc<Control>,
    log: Log,
}

#[async_trait]
impl DagSource for Files {
    fn definitions(&self) -> &[DagDefinition] {
        &self.definitions
    }

    async fn dag(
        &self,
        definition: &DagDefinition,
        _request: &RunRequest,
    ) -> Result<Dag, Box<dyn Error + Send + Sync>> {
        let registry = Registry::default().kind("note", |name, _: With, files: &Self| {
            Ok(Notes {
                name: name.to_owned(),
                instance: files.instance.clone(),
                control: files.control.clone(),
                log: files.log.clone(),
            })
        });
        Ok(registry.dag(definition, self)?)
    }

    async fn finished(&self, _run: &RunRecord) {}
}

/// Counts what is asked and what is left to others.
struct Watched {
    inner: StoreClaims,
    left: Arc<AtomicUsize>,
}

#[async_trait]
impl Claims for Watched {
    async fn claim(&self, wanted: &Wanted) -> Result<Claimed, ClaimError> {
        let claimed = self.inner.claim(wanted).await;
        if matches!(claimed, Ok(Claimed::Elsewhere { .. }) | Err(_)) {
            self.left.fetch_add(1, Ordering::SeqCst);
        }
        claimed
    }
}

/// One instance.
pub struct Instance {
    _folder: tempfile::TempDir,
    pub name: String,
    pub state: State,
    pub control: Arc<Control>,
    left: Arc<AtomicUsize>,
    running: Option<(CancellationToken, JoinHandle<Result<(), StateError>>)>,
}

pub struct World {
    pub store: Arc<Faulty>,
    pub clock: Arc<TestClock>,
    pub log: Log,
    definition: DagDefinition,
}

impl World {
    /// A store without anything, at this time, and one dag.
    pub fn new(now: &str, dag: &str) -> Self {
        Self {
            store: Faulty::new(),
            clock: TestClock::at(now),
            log: Log::default(),
            definition: DagDefinition::parse("dags/hourly.toml", dag).unwrap(),
        }
    }

    pub async fn instance(&self, name: &str) -> Instance {
        let folder = tempfile::tempdir().unwrap();
        Instance {
            state: State::open(folder.path().join("jobtide.db")).await.unwrap(),
            _folder: folder,
            name: name.to_owned(),
            control: Arc::default(),
            left: Arc::default(),
            running: None,
        }
    }

    pub fn claims(&self, instance: &str) -> StoreClaims {
        self.claims_by(instance, self.clock.clone())
    }

    pub fn claims_by(&self, instance: &str, clock: Arc<TestClock>) -> StoreClaims {
        let store: Arc<dyn ObjectStore> = self.store.clone();
        let holder = Holder {
            id: instance.to_owned(),
            name: instance.to_owned(),
        };
        StoreClaims::new(Landing::new(store), holder, LENGTH, clock)
    }

    pub fn start(&self, instance: &mut Instance) {
        let files = Files {
            definitions: vec![self.definition.clone()],
            instance: instance.name.clone(),
            control: instance.control.clone(),
            log: self.log.clone(),
        };
        let claims = Watched {
            inner: self.claims(&instance.name),
            left: instance.left.clone(),
        };
        let engine =
            Engine::new(instance.state.clone(), self.clock.clone()).claims(Arc::new(claims));
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        let scheduler = Scheduler::new(engine, files).poll(Duration::from_secs(1));
        let running = tokio::spawn(async move { scheduler.run(&stop).await });
        instance.running = Some((cancel, running));
    }

    /// Lets time go by, a second at a time, until something is so.
    pub async fn until(&self, mut is_so: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !is_so().await {
                self.clock.advance(Duration::from_secs(1));
                // What SQLite does is done by threads of its own.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let limit = Duration::from_secs(120);
        tokio::time::timeout(limit, waiting).await.expect("an end");
    }

    /// Until nothing waits in the queue of an instance, or another one has what waits.
    pub async fn until_done(&self, instance: &Instance) {
        let before = instance.left.load(Ordering::SeqCst);
        self.until(async || {
            instance.left.load(Ordering::SeqCst) > before + 1
                || (instance.state.queue().await.unwrap().is_empty()
                    && instance
                        .state
                        .known()
                        .await
                        .unwrap()
                        .watermarks
                        .contains_key("hourly"))
        })
        .await;
    }

    /// Until a task of an instance hangs.
    pub async fn until_hung(&self, instance: &Instance) {
        let before = instance.control.hung.load(Ordering::SeqCst);
        self.until(async || instance.control.hung.load(Ordering::SeqCst) > before)
            .await;
    }

    /// What was done, by interval: `task start instance`, in order of the start.
    pub fn done(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        let mut done: Vec<String> = log
            .iter()
            .map(|(instance, task, interval)| {
                let from = interval.map(|interval| interval.from.to_string());
                format!("{} {task} {instance}", from.unwrap_or_default())
            })
            .collect();
        done.sort();
        done
    }

    /// The starts of the intervals that were done.
    pub fn intervals(&self) -> Vec<Timestamp> {
        let log = self.log.lock().unwrap();
        let mut starts: Vec<Timestamp> = log
            .iter()
            .filter_map(|(_, _, interval)| Some((*interval)?.from))
            .collect();
        starts.sort_unstable();
        starts
    }
}

impl Instance {
    /// Asks it to stop, and waits.
    pub async fn stop(&mut self) {
        if let Some((cancel, running)) = self.running.take() {
            cancel.cancel();
            running.await.unwrap().unwrap();
        }
    }

    /// It is gone, and its locks with it; nothing is written.
    pub async fn die(&mut self) {
        if let Some((_, running)) = self.running.take() {
            running.abort();
            running.await.ok();
        }
    }

    pub async fn outcomes(&self) -> Vec<RunOutcome> {
        let mut runs = self.state.last_runs(None, 100).await.unwrap();
        runs.reverse();
        runs.into_iter().map(|run| run.outcome).collect()
    }
}

/// A claim that a test takes by itself.
pub async fn held(claims: &StoreClaims, wanted: &Wanted) -> Arc<dyn Claim> {
    match claims.claim(wanted).await.unwrap() {
        Claimed::Held(claim) => claim,
        Claimed::Elsewhere { by, .. } => panic!("{by} has it"),
        Claimed::Ended { note } => panic!("{note}"),
    }
}
