//! The warehouse of one store: its parts, and reading a published build.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::datatypes::SchemaRef;
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use landing::{Landing, StoreUrl};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use xxhash_rust::xxh3::Xxh3;

use crate::data_file::DataFile;
use crate::engine::{self, Catalog, Engine, EngineLimits};
use crate::error::{Error, Result};
use crate::fence::Fence;
use crate::name::TableName;
use crate::pipeline::Pipeline;
use crate::publish::{Action, BuildRecord, Builds};
use crate::settings::Analysis;
use crate::staging::SavedReader;
use crate::staging::decode::Decoder;
use crate::staging::spec::{RecordSpec, StagingSpec};
use crate::staging::system;
use crate::target::{self, PublicationTarget};

/// Data files verified concurrently.
const READS_AT_ONCE: usize = 8;

/// Default number of builds to keep.
pub const KEEP_BUILDS: usize = 10;

/// How long data files stay that no kept build names: a reader, or a writer of another machine, may
/// still need them.
pub const KEEP_UNNAMED: SignedDuration = SignedDuration::from_hours(24);

/// The warehouse of one store. Cheap to share; all state is in the store.
pub struct Warehouse {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) landing: Landing,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) analysis: Analysis,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) targets: Vec<Arc<dyn PublicationTarget>>,
    pub(crate) limits: EngineLimits,
    pub(crate) builds: Builds,
    pub(crate) keep_builds: usize,
    /// See [`Warehouse::keep_unnamed`].
    pub(crate) keep_unnamed: SignedDuration,
    /// See [`Warehouse::set_lease`].
    pub(crate) fence: Fence,
    /// See [`Warehouse::set_writer`].
    writer: AtomicU32,
}

impl Warehouse {
    /// Opens the warehouse of a store, which is rooted at `url`: the engine, its messages and the
    /// Delta logs name that place. Nothing is read or written yet.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        url: &StoreUrl,
        pipeline: Arc<Pipeline>,
        analysis: Analysis,
        limits: EngineLimits,
        keep_builds: usize,
    ) -> Result<Self> {
        let fence = Fence::default();
        Ok(Self {
            landing: Landing::new(store.clone()),
            engine: engine::open(store.clone(), url, limits)?,
            targets: target::open(store.clone(), url),
            builds: Builds::new(store.clone()).under(fence.clone()),
            store,
            pipeline,
            analysis,
            limits,
            keep_builds,
            keep_unnamed: KEEP_UNNAMED,
            fence,
            writer: AtomicU32::new(0),
        })
    }

    /// Sets how long data files stay that no kept build names; [`KEEP_UNNAMED`] unless it is set.
    #[must_use]
    pub fn keep_unnamed(mut self, duration: SignedDuration) -> Self {
        self.keep_unnamed = duration;
        self
    }

    /// Sets the store's writer lease, under which everything is written from now on, or removes it.
    /// The caller keeps it renewed. Once another process has taken it over, what would change the
    /// store ends with [`Error::Fenced`]. Without a lease the caller excludes other writers, and the
    /// other ids of [`Self::set_writer`] are respected.
    pub fn set_lease(&self, lease: Option<lease::Held>) {
        self.fence.set(lease);
    }

    /// Sets the writer id: builds under one id are serialised. Concurrent writers with other ids
    /// are respected: their fresh files are kept, and of two that publish one ends with
    /// [`Error::Overtaken`]. The default is 0.
    pub fn set_writer(&self, writer: u32) {
        self.writer.store(writer, Ordering::Relaxed);
    }

    pub(crate) fn writer(&self) -> u32 {
        self.writer.load(Ordering::Relaxed)
    }

    /// The pipeline that defines the tables.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The reader that examines saved content of a dataset before it is landed; `None` for a
    /// dataset without a staging table.
    pub fn saved_reader(&self, source: &str, dataset: &str) -> Option<SavedReader> {
        let mut specs = self.record_specs().map(|(_, spec)| spec);
        let spec = specs.find(|spec| spec.source == source && spec.dataset == dataset)?;
        Some(SavedReader::new(Decoder::new(spec.clone())))
    }

    /// Staging tables of landed records.
    pub(crate) fn record_specs(&self) -> impl Iterator<Item = (&TableName, &RecordSpec)> {
        self.pipeline
            .staging
            .iter()
            .filter_map(|(name, spec)| match spec {
                StagingSpec::Records(spec) => Some((name, spec)),
                StagingSpec::Csv(_) => None,
            })
    }

    /// The published builds.
    pub fn builds(&self) -> &Builds {
        &self.builds
    }

    /// A catalogue of exactly the tables of a build.
    pub(crate) fn catalog(&self, record: &BuildRecord) -> Arc<dyn Catalog> {
        let catalog = self.engine.catalog();
        for (name, table) in &record.tables {
            // Those of the program's own tables, which no model describes.
            let columns = system::columns(name);
            catalog.add_files_lazily(name, table.files.clone(), columns);
        }
        catalog
    }

    /// Makes an earlier build the published one again, for readers of the program and of the Delta
    /// logs alike.
    pub async fn rollback(&self, build: u64, now: Timestamp) -> Result<BuildRecord> {
        self.nobody_publishes().await?;
        let generation = self.builds.next_generation().await?;
        // Where records above the published one are damaged, it is unknown what the logs name.
        let before = self.builds.published().await?;
        if before.is_none() {
            return Err(Error::NothingPublished);
        }
        let before = before.filter(|record| record.generation + 1 == generation);
        let target = self.builds.build(build).await?;
        let (_, mut damaged) = self.files_as_written(&target).await?;
        if let Some(damage) = damaged.pop() {
            return Err(Error::DamagedBuild { build, damage });
        }
        let schemas = self.schemas(&target).await?;
        let record = BuildRecord {
            generation,
            action: Action::Rollback,
            published_at: now,
            token: self.fence.token(),
            ..target
        };
        // Reading the files took a while: nothing is committed if another build was published
        // meanwhile.
        let next = self.builds.next_generation().await?;
        if next != generation {
            return Err(Error::Overtaken(next - 1));
        }
        self.nobody_publishes().await?;
        let committed = self.commit_logs(before.as_ref(), &record, &schemas);
        let published = match committed.await {
            Ok(()) => self.builds.publish(&record).await,
            failed => failed,
        };
        if let Err(error) = published {
            let next = self.builds.next_generation().await?;
            if next == generation {
                return Err(error);
            }
            self.logs_back().await?;
            return Err(Error::Overtaken(next - 1));
        }
        self.logs_committed().await?;
        for line in self.follow(before.as_ref(), &record, &schemas).await {
            tracing::warn!("{line}");
        }
        self.forget_records().await?;
        Ok(record)
    }

    /// Damage to the files of a build that one listing shows: missing files and wrong lengths. A
    /// user may delete the warehouse, since it can be rebuilt from the landing.
    pub async fn lost_files(&self, record: &BuildRecord) -> Result<Vec<String>> {
        let files = record.tables.values().flat_map(|table| &table.files);
        self.lost(files).await
    }

    /// The same for any files.
    pub(crate) async fn lost(&self, files: impl Iterator<Item = &DataFile>) -> Result<Vec<String>> {
        let there: HashMap<String, u64> = self
            .store
            .list(Some(&Path::from("warehouse")))
            .map_ok(|object| (object.location.to_string(), object.size))
            .try_collect()
            .await?;
        Ok(files
            .filter_map(|file| match there.get(&file.path) {
                None => Some(format!("`{}` is missing", file.path)),
                Some(bytes) if *bytes != file.bytes => Some(format!(
                    "`{}` holds {bytes} bytes instead of {}",
                    file.path, file.bytes
                )),
                Some(_) => None,
            })
            .collect())
    }

    /// Reads and verifies every file of a build; returns how many are intact, and the damage of the
    /// others. Files of a version without sums are compared by length only.
    pub async fn files_as_written(&self, record: &BuildRecord) -> Result<(usize, Vec<String>)> {
        let files: Vec<DataFile> = record
            .tables
            .values()
            .flat_map(|table| table.files.clone())
            .collect();
        let looked: Vec<Option<String>> = futures::stream::iter(files)
            .map(|file| damage_of(self.store.clone(), file))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        let sound = looked.iter().filter(|damage| damage.is_none()).count();
        let damaged = looked.into_iter().flatten().collect();
        Ok((sound, damaged))
    }

    /// The damage of a data file of a build, which is read whole; `None` also where the build names
    /// no such file.
    pub async fn damage_of(&self, record: &BuildRecord, file: &str) -> Result<Option<String>> {
        let mut files = record.tables.values().flat_map(|table| &table.files);
        match files.find(|named| named.path == file) {
            Some(named) => damage_of(self.store.clone(), named.clone()).await,
            None => Ok(None),
        }
    }

    /// The columns of every table of a build.
    pub async fn schemas(&self, record: &BuildRecord) -> Result<BTreeMap<TableName, SchemaRef>> {
        let mut schemas = BTreeMap::new();
        for (name, table) in &record.tables {
            let schema = self.engine.schema(&table.files).await?;
            schemas.insert(name.clone(), schema);
        }
        Ok(schemas)
    }
}

/// The damage of a data file, read in chunks.
async fn damage_of(store: Arc<dyn ObjectStore>, file: DataFile) -> Result<Option<String>> {
    let path = Path::from(file.path.as_str());
    let mut pieces = match store.get(&path).await {
        Ok(found) => found.into_stream(),
        Err(object_store::Error::NotFound { .. }) => {
            return Ok(Some(format!("`{path}` is missing")));
        }
        Err(error) => return Err(error.into()),
    };
    let (mut sum, mut bytes) = (Xxh3::new(), 0);
    while let Some(piece) = pieces.try_next().await? {
        sum.update(&piece);
        bytes += piece.len() as u64;
    }
    let sum = format!("{:016x}", sum.digest());
    let same = file.xxh3.as_ref().is_none_or(|written| *written == sum);
    let damaged = !same || bytes != file.bytes;
    Ok(damaged.then(|| format!("the checksum of `{path}` does not match")))
}
