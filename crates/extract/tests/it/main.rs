//! The collector against servers: correct ones, failing ones, and the simulator.

mod backfills;
mod board;
mod budgets;
mod clocks;
mod faults;
mod halves;
mod polls;
mod requests;
mod runs;
mod secrecy;
mod simulated;
mod sweeps;
mod unreadable;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use extract::{
    CallBudget, Collector, CollectorSettings, MemoryBudget, MemoryUnread, Report, Secret,
    SourceDescription, UnreadTimes,
};
use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use landing::{Landing, Manifest, WindowKind};
use object_store::memory::InMemory;

const SARAMIN: &str = include_str!("../../../../pipeline/sources/saramin.toml");
const KEY: &str = "k3y/of+a person";

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The description of Saramin with parts of its text replaced.
fn description(changes: &[(&str, &str)]) -> SourceDescription {
    let mut text = SARAMIN.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    SourceDescription::parse("test.toml", &text).expect("a description")
}

/// A clock that records waits and returns at once. Deadlines are real ones, unless the clock is
/// given how to see that a call hangs: see [`TestClock::watching`].
struct TestClock {
    now: Mutex<Timestamp>,
    waits: Mutex<Vec<Duration>>,
    hanging: Mutex<Option<Hanging>>,
}

/// How many calls hung so far.
type Hanging = Box<dyn Fn() -> u64 + Send>;

impl TestClock {
    fn at(text: &str) -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(time(text)),
            waits: Mutex::default(),
            hanging: Mutex::default(),
        })
    }

    /// Deadlines pass when another call hangs, and not before: a slow machine is no fault. For
    /// collectors with one call at a time.
    fn watching(&self, hanging: impl Fn() -> u64 + Send + 'static) {
        *self.hanging.lock().expect("not poisoned") = Some(Box::new(hanging));
    }

    fn hanging(&self) -> Option<u64> {
        let hanging = self.hanging.lock().expect("not poisoned");
        hanging.as_ref().map(|hanging| hanging())
    }

    fn set(&self, text: &str) {
        *self.now.lock().expect("not poisoned") = time(text);
    }

    fn advance(&self, by: SignedDuration) {
        *self.now.lock().expect("not poisoned") += by;
    }

    fn waits(&self) -> Vec<Duration> {
        self.waits.lock().expect("not poisoned").clone()
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().expect("not poisoned")
    }

    async fn sleep(&self, duration: Duration) {
        self.waits.lock().expect("not poisoned").push(duration);
        tokio::task::yield_now().await;
    }

    async fn deadline(&self, limit: Duration) {
        let Some(before) = self.hanging() else {
            return tokio::time::sleep(limit).await;
        };
        while self.hanging() == Some(before) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A store, a clock and a budget, and collectors that share them.
struct Bench {
    landing: Landing,
    clock: Arc<TestClock>,
    budget: Arc<dyn CallBudget>,
    unread: Arc<dyn UnreadTimes>,
    source: SourceDescription,
    start: Timestamp,
    query: BTreeMap<String, String>,
    /// Test servers send the real time.
    check_clock: bool,
}

impl Bench {
    /// Everything since the first of May 2026, 09:00 in Seoul; now is noon.
    fn new() -> Self {
        Self {
            landing: Landing::new(Arc::new(InMemory::new())),
            clock: TestClock::at("2026-05-01T03:00:00Z"),
            budget: Arc::new(MemoryBudget::new(None)),
            unread: Arc::new(MemoryUnread::default()),
            source: description(&[]),
            start: time("2026-05-01T00:00:00Z"),
            query: BTreeMap::new(),
            check_clock: false,
        }
    }

    fn with_source(mut self, changes: &[(&str, &str)]) -> Self {
        self.source = description(changes);
        self
    }

    fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    fn with_budget(mut self, daily_calls: u64) -> Self {
        self.budget = Arc::new(MemoryBudget::new(Some(daily_calls)));
        self
    }

    fn settings(&self, url: &str) -> CollectorSettings {
        CollectorSettings {
            source: self.source.clone(),
            base_url: Some(url.parse().expect("a URL")),
            key: Secret::new(KEY),
            query: self.query.clone(),
            start: Some(self.start),
            overlap: None,
            check_clock: self.check_clock,
        }
    }

    fn collector(&self, url: &str) -> Collector {
        self.collector_with(self.settings(url))
    }

    fn collector_with(&self, settings: CollectorSettings) -> Collector {
        let (landing, budget) = (self.landing.clone(), self.budget.clone());
        let unread = self.unread.clone();
        Collector::new(settings, landing, budget, unread, self.clock.clone()).expect("a collector")
    }

    /// A collector without a configured start.
    fn collector_without_start(&self, url: &str) -> Collector {
        let mut settings = self.settings(url);
        settings.start = None;
        self.collector_with(settings)
    }

    async fn collect(&self, url: &str) -> Report {
        self.collector(url).collect().await.expect("a run")
    }

    async fn manifests(&self) -> Vec<Manifest> {
        let mut manifests = Vec::new();
        for window in self.landing.list().await.expect("a listing").windows {
            manifests.push(self.landing.manifest(&window).await.expect("a manifest"));
        }
        manifests
    }

    /// The ids in all bodies of complete windows of a kind; checks what the manifests say of them.
    async fn ids(&self, kind: WindowKind) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for window in self.landing.list().await.expect("a listing").windows {
            let manifest = self.landing.manifest(&window).await.expect("a manifest");
            let mut distinct = BTreeSet::new();
            let mut records = 0;
            for entry in &manifest.bodies {
                let body = self.landing.body(&window, entry).await.expect("a body");
                let ids = board::ids(&body);
                assert_eq!(entry.records, Some(ids.len() as u64));
                records += ids.len() as u64;
                distinct.extend(ids);
            }
            assert_eq!(manifest.records, Some(distinct.len() as u64));
            assert_eq!(manifest.duplicates, records - distinct.len() as u64);
            if window.kind == kind {
                all.extend(distinct);
            }
        }
        all
    }

    /// The number of files in windows that do not count.
    async fn leftovers(&self) -> usize {
        let listing = self.landing.list().await.expect("a listing");
        listing.unfinished.iter().map(|left| left.files.len()).sum()
    }
}
