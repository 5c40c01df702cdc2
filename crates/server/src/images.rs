//! The images that answer the dashboard's queries: of the published build, and of at most one other
//! that a link is pinned to.
//!
//! An image is loaded once, by the first request, and shared. While a newer build is loaded the
//! image of the previous one keeps answering; it is dropped with its last response.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context as _, Result};
use explore::{BuildFacts, FACT, Image, ImageBuilder};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt as _, TryStreamExt as _};
use jiff::Timestamp;
use semantic::{Definitions, Part};
use tokio::runtime::Handle;
use warehouse::{BuildRecord, TableName, Warehouse};

use crate::published::{Damage, Published};

/// How long a request waits for the image of a build that was just published, before it is answered
/// from the previous one.
const PATIENCE: Duration = Duration::from_secs(2);

/// Capacity of the channel of batches from the engine to the image.
const BATCHES_UNDER_WAY: usize = 4;

/// An image with the record of its build.
pub struct Held {
    /// The build.
    pub record: Arc<BuildRecord>,
    /// Its image.
    pub image: Image,
}

/// Which build an image is of. A number alone is not enough: a restored store counts from 1 again.
type Key = (u64, Timestamp);

type Loading = Shared<BoxFuture<'static, Result<Arc<Held>, Arc<anyhow::Error>>>>;

/// The images of one server.
pub struct Images {
    published: Arc<Published>,
    warehouse: Arc<Warehouse>,
    definitions: Arc<Definitions>,
    state: Arc<Mutex<State>>,
    /// The runtime that loads images.
    engine: Handle,
    /// Held while an image is loaded.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    published: Option<Arc<Held>>,
    /// The order in which the published one was requested: an increasing number.
    ticket: u64,
    tickets: u64,
    pinned: Option<Arc<Held>>,
    loading: HashMap<Key, Loading>,
}

fn key(record: &BuildRecord) -> Key {
    (record.build, record.built_at)
}

impl Images {
    /// An empty cache.
    pub fn new(
        warehouse: Arc<Warehouse>,
        definitions: Arc<Definitions>,
        published: Arc<Published>,
        engine: Handle,
    ) -> Self {
        Self {
            published,
            warehouse,
            definitions,
            engine,
            state: Arc::default(),
            turn: Arc::default(),
        }
    }

    /// The image of the published build, or of the one before it while that is loaded.
    pub async fn published(&self, record: Arc<BuildRecord>) -> Result<Arc<Held>> {
        let before = lock(&self.state).published.clone();
        if let Some(held) = &before
            && key(&held.record) == key(&record)
        {
            return Ok(held.clone());
        }
        let ticket = self.ticket();
        let loading = self.load(record, move |state, held| {
            // Of two concurrent loads the later request wins, regardless of which finishes last.
            if state.ticket < ticket {
                (state.published, state.ticket) = (Some(held), ticket);
            }
        });
        let Some(before) = before else {
            return whole(loading.await);
        };
        match tokio::time::timeout(PATIENCE, loading).await {
            Ok(Ok(held)) => Ok(held),
            Ok(Err(error)) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "a published build could not be loaded"
                );
                Ok(before)
            }
            Err(_) => Ok(before),
        }
    }

    fn ticket(&self) -> u64 {
        let mut state = lock(&self.state);
        state.tickets += 1;
        state.tickets
    }

    /// The image of a build, if it is in memory.
    pub fn known(&self, record: &BuildRecord) -> Option<Arc<Held>> {
        let state = lock(&self.state);
        let mut known = [&state.published, &state.pinned].into_iter().flatten();
        known.find(|held| key(&held.record) == key(record)).cloned()
    }

    /// The image of an earlier build.
    pub async fn pinned(&self, record: Arc<BuildRecord>) -> Result<Arc<Held>> {
        if let Some(held) = self.known(&record) {
            return Ok(held);
        }
        let loading = self.load(record, |state, held| state.pinned = Some(held));
        whole(loading.await)
    }

    /// Joins the load in progress, or starts it. It continues when the client disconnects.
    fn load(
        &self,
        record: Arc<BuildRecord>,
        keep: impl FnOnce(&mut State, Arc<Held>) + Send + 'static,
    ) -> Loading {
        let mut state = lock(&self.state);
        if let Some(loading) = state.loading.get(&key(&record)) {
            return loading.clone();
        }
        let (warehouse, definitions) = (self.warehouse.clone(), self.definitions.clone());
        let (shared, published) = (self.state.clone(), self.published.clone());
        let own = key(&record);
        let turn = self.turn.clone();
        let task = self.engine.spawn(async move {
            // Serialised: memory for one more image, not for as many as are requested.
            let _turn = turn.lock().await;
            let loaded = read(&warehouse, definitions, record.clone()).await;
            if let Some(damage) = loaded.as_ref().err().and_then(damage) {
                published.set_aside(&record, damage).await;
            }
            let loaded = loaded.map(Arc::new);
            let mut state = lock(&shared);
            state.loading.remove(&own);
            if let Ok(held) = &loaded {
                keep(&mut state, held.clone());
            }
            loaded
        });
        let loading = async move {
            match task.await {
                Ok(loaded) => loaded.map_err(Arc::new),
                Err(error) => Err(Arc::new(error.into())),
            }
        }
        .boxed()
        .shared();
        state.loading.insert(own, loading.clone());
        loading
    }
}

fn whole(loaded: Result<Arc<Held>, Arc<anyhow::Error>>) -> Result<Arc<Held>> {
    loaded.map_err(|error| anyhow::anyhow!("{error:#}"))
}

/// The damage of a build's file, if that is why loading failed.
fn damage(error: &anyhow::Error) -> Option<Damage> {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    causes.find_map(|cause| match cause {
        warehouse::Error::DamagedFile { path, .. } => Some(Damage {
            file: path.clone(),
            text: cause.to_string(),
        }),
        _ => None,
    })
}

/// Reads the data that the definitions name from the tables of a build.
async fn read(
    warehouse: &Warehouse,
    definitions: Arc<Definitions>,
    record: Arc<BuildRecord>,
) -> Result<Held> {
    let began = std::time::Instant::now();
    let lifetime = definitions.facts[FACT].lifetime.as_ref();
    let lifetime = lifetime.context("the fact of an image has a lifetime")?;
    let last_day = warehouse
        .texts(&record, &lifetime.last_day)
        .await?
        .first()
        .map(|day| day.parse())
        .transpose()
        .context("the data date")?;
    let knows_days = knows_days(warehouse, &record).await?;
    let facts = BuildFacts {
        build: record.build,
        origin: serde_json::to_value(record.origin)?
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        collected_through: record.collected_through,
        last_day,
    };
    let (send, mut batches) = tokio::sync::mpsc::channel(BATCHES_UNDER_WAY);
    let mut builder = ImageBuilder::new(definitions.clone(), facts)?;
    // Off the threads that serve requests: ingesting a million rows takes seconds.
    let building = tokio::task::spawn_blocking(move || {
        while let Some((part, batch)) = batches.blocking_recv() {
            builder.add(part, &batch)?;
        }
        builder.finish()
    });
    'parts: for (part, sql) in definitions.queries(FACT) {
        if part == Part::Days && !knows_days {
            tracing::warn!(
                build = record.build,
                "this build was made by an earlier version and does not record what was read: its flow is shown as unknown until the next build"
            );
            continue;
        }
        let mut rows = warehouse
            .stream(&record, sql)
            .await
            .with_context(|| format!("the query of {part:?} in measures.toml"))?;
        while let Some(batch) = rows.try_next().await? {
            // The receiver is dropped if building failed; that error is reported below.
            if send.send((part, batch)).await.is_err() {
                break 'parts;
            }
        }
    }
    drop(send);
    let image = building.await??;
    tracing::info!(
        build = record.build,
        memory_bytes = image.memory_bytes(),
        duration_ms = began.elapsed().as_millis() as u64,
        "the image of a build is loaded"
    );
    Ok(Held { record, image })
}

/// Whether the build has the data status of each day. Builds of earlier versions do not.
async fn knows_days(warehouse: &Warehouse, record: &BuildRecord) -> Result<bool> {
    let flow = TableName::new("visual_tables", "posting_flow")?;
    if !record.tables.contains_key(&flow) {
        return Ok(true);
    }
    let columns = warehouse.table_schema(record, &flow).await?;
    Ok(columns.field_with_name("coverage").is_ok())
}

// A poisoned lock only says that another thread panicked; the state is consistent between
// statements.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
