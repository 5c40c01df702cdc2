//! Two targets at once: the Delta logs, and one in another system that fails on demand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use super::*;
use crate::build::{BuildReport, BuildRequest};
use crate::engine::EngineLimits;
use crate::error::Error;
use crate::pipeline::{Pipeline, PipelineFiles};
use crate::publish::BuildRecord;
use crate::settings::Analysis;
use crate::warehouse::Warehouse;

const MARKER: &str = "state/committing-elsewhere.json";

#[derive(Debug)]
struct Elsewhere {
    order: Order,
    /// Commits that fail from now on.
    failures: AtomicU32,
    tables: Mutex<BTreeMap<TableName, TableCommit>>,
}

impl Elsewhere {
    fn new(order: Order) -> Arc<Self> {
        Arc::new(Self {
            order,
            failures: AtomicU32::new(0),
            tables: Mutex::default(),
        })
    }

    fn tables(&self) -> std::sync::MutexGuard<'_, BTreeMap<TableName, TableCommit>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shows(&self, record: &BuildRecord) -> bool {
        let tables = self.tables();
        let same = |(name, table): (_, &PublishedTable)| {
            let there = tables.get(name);
            there.is_some_and(|there: &TableCommit| there.files == table.files)
        };
        record.tables.iter().all(same)
    }
}

#[async_trait]
impl PublicationTarget for Elsewhere {
    fn name(&self) -> &'static str {
        "elsewhere"
    }

    fn copy(&self) -> &'static str {
        "copy elsewhere"
    }

    fn order(&self) -> Order {
        self.order
    }

    async fn commit(&self, commit: &TableCommit) -> Result<u64> {
        let less = |failures: u32| failures.checked_sub(1);
        let fails = self
            .failures
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        if fails.is_ok() {
            return Err(Error::Target("no connection".into()));
        }
        self.tables().insert(commit.name.clone(), commit.clone());
        Ok(commit.build)
    }

    async fn damage(
        &self,
        name: &TableName,
        table: &PublishedTable,
        _: Option<&SchemaRef>,
    ) -> Result<Option<Damage>> {
        let reason = match self.tables().get(name) {
            None => "it is missing",
            Some(there) if there.files != table.files => "it has other files",
            Some(_) => return Ok(None),
        };
        Ok(Some(Damage {
            reason: reason.to_owned(),
            build: None,
        }))
    }

    async fn newest_build(&self, name: &TableName) -> Result<Option<u64>> {
        Ok(self.tables().get(name).map(|table| table.build))
    }
}

struct World {
    store: Arc<dyn ObjectStore>,
    elsewhere: Arc<Elsewhere>,
}

impl World {
    fn new(order: Order) -> Self {
        Self {
            store: landing::open_store("memory:///").expect("a store"),
            elsewhere: Elsewhere::new(order),
        }
    }

    /// The warehouse with a table of `rows` rows.
    fn warehouse(&self, rows: u32) -> Warehouse {
        let sql = format!(
            "-- what: Numbers; one row is one number.\n-- grain: n\n\
             select n from (values (1), (2), (3)) as t (n) limit {rows}\n"
        );
        let path = "external/numbers.sql".to_owned();
        let files = PipelineFiles::from([(path, sql.into_bytes())]);
        let pipeline = Pipeline::parse(&files).expect("the model parses");
        let mut warehouse = Warehouse::new(
            self.store.clone(),
            &StoreUrl::parse("memory:///").expect("a URL"),
            Arc::new(pipeline),
            Analysis::default(),
            EngineLimits::default(),
            10,
        )
        .expect("a warehouse");
        warehouse.targets.push(self.elsewhere.clone());
        warehouse
    }

    async fn try_build(&self, rows: u32) -> Result<BuildReport> {
        let warehouse = self.warehouse(rows);
        let request = BuildRequest::default();
        warehouse.build(request, Timestamp::now(), &|_| {}).await
    }

    async fn build(&self, rows: u32) -> BuildReport {
        self.try_build(rows).await.expect("a build")
    }

    fn fail(&self, commits: u32) {
        self.elsewhere.failures.store(commits, Ordering::Relaxed);
    }

    /// Whether both targets show a build, and nothing is under way.
    async fn agrees(&self, record: &BuildRecord) -> bool {
        let warehouse = self.warehouse(1);
        let schemas = BTreeMap::new();
        let damaged = warehouse.damaged_logs(record, &schemas);
        damaged.await.expect("a comparison").is_empty()
            && self.elsewhere.shows(record)
            && !self.has_marker().await
    }

    async fn has_marker(&self) -> bool {
        self.store.head(&Path::from(MARKER)).await.is_ok()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_is_published_to_every_target() {
    for order in [Order::BeforeRecord, Order::AfterRecord] {
        let world = World::new(order);
        for rows in [1, 2, 2] {
            let report = world.build(rows).await;
            assert!(report.damage.is_empty(), "{:?}", report.damage);
            assert!(world.agrees(&report.record).await, "{order:?}");
        }
        // What was lost there is noticed by the next build, even if it has nothing else to do.
        world.elsewhere.tables().clear();
        let report = world.build(2).await;
        assert!(!report.published && world.agrees(&report.record).await);
        let restored = "is damaged: it is missing; it was restored to the build";
        assert!(report.damage[0].contains(restored), "{:?}", report.damage);
        let back = world.warehouse(2).rollback(1, Timestamp::now()).await;
        assert!(world.agrees(&back.expect("build 1 is kept")).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_elsewhere_that_fails_is_behind_until_the_next_build() {
    let world = World::new(Order::AfterRecord);
    world.build(1).await;
    for (rows, published) in [(2, true), (2, false)] {
        world.fail(u32::MAX);
        let report = world.build(rows).await;
        assert_eq!(
            report.published, published,
            "it does not depend on the target"
        );
        let behind = "build 2 is published, but not every copy elsewhere: \
                      publication target: no connection; the next build tries again";
        assert_eq!(report.damage, [behind]);
        assert!(!world.agrees(&report.record).await && world.has_marker().await);
        let delta = world.warehouse(2).targets[0].clone();
        for (name, table) in &report.record.tables {
            let damage = delta.damage(name, table, None).await;
            assert!(damage.expect("a comparison").is_none(), "{name}");
        }
    }
    // One of several commits fails.
    world.fail(1);
    let report = world.build(3).await;
    assert!(report.published && world.has_marker().await);
    world.fail(0);
    let report = world.build(3).await;
    assert!(!report.published && world.agrees(&report.record).await);
    let line = &report.damage[0];
    assert!(
        line.ends_with("was behind; it was brought up to date"),
        "{line}"
    );
    assert!(world.build(3).await.damage.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_in_the_store_that_fails_ends_the_build() {
    let world = World::new(Order::BeforeRecord);
    let first = world.build(1).await.record;
    world.fail(1);
    let error = world.try_build(2).await.expect_err("the target fails");
    assert!(matches!(error, Error::Target(_)), "{error}");
    let warehouse = world.warehouse(2);
    let published = warehouse.builds().published().await.expect("a record");
    assert_eq!(published.as_ref(), Some(&first), "nothing was published");
    // The Delta logs were ahead of it; the next build brings all targets to its own tables.
    let report = world.build(1).await;
    assert!(!report.published && world.agrees(&first).await);
    let report = world.build(2).await;
    assert!(report.published && world.agrees(&report.record).await);
}
