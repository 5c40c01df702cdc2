//! DataFusion sessions: one runtime with one memory budget, and catalogues of the tables of a build.
//!
//! Tables are read through their file lists (a build record pins them), so a session never looks at
//! a table's log and never sees a file that its build does not name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use arrow::datatypes::{FieldRef, Fields, Schema as ArrowSchema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, GreedyMemoryPool, MemoryPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use landing::StoreUrl;
use object_store::ObjectStore;

use super::{codes, normalised};
use crate::checked::Checked;
use crate::data_file::DataFile;
use crate::engine::EngineLimits;
use crate::error::Result;
use crate::located::Located;
use crate::name::TableName;

/// Rows of a partition after which it is decided whether to group them there.
const PROBED_ROWS: usize = 8 * 1024;

/// The limits of what is kept of files between queries.
const FOOTERS_BYTES: usize = 8 << 20;
const STATISTICS_BYTES: usize = 4 << 20;

/// Catalogue that holds the warehouse's schemas.
const CATALOG: &str = "jobtide";

/// A factory of sessions that share one runtime.
#[derive(Clone)]
pub struct Local {
    runtime: Arc<RuntimeEnv>,
    config: SessionConfig,
    limits: EngineLimits,
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Local").field(&self.limits).finish()
    }
}

impl Local {
    /// Sessions over a store at its URL, whose reads are verified (see [`Checked`]). It is the only
    /// store of its scheme: the engine's own one of local files is replaced, too.
    pub fn new(store: Arc<dyn ObjectStore>, url: &StoreUrl, limits: EngineLimits) -> Result<Self> {
        let (pool, files): (Arc<dyn MemoryPool>, _) = match limits.spill_bytes {
            // A fair pool suits operators that can spill; without spilling, a greedy one.
            0 => (
                Arc::new(GreedyMemoryPool::new(limits.memory_bytes)),
                DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
            ),
            bytes => (
                Arc::new(FairSpillPool::new(limits.memory_bytes)),
                DiskManagerBuilder::default()
                    .with_mode(DiskManagerMode::OsTmpDirectory)
                    .with_max_temp_directory_size(bytes),
            ),
        };
        // A file is read a few times in a build, and never after it is replaced: with the engine's own limits
        // (50 and 20 MiB) a process that builds again and again keeps the footers of files that are gone.
        let caches = CacheManagerConfig::default()
            .with_metadata_cache_limit(FOOTERS_BYTES)
            .with_file_statistics_cache_limit(STATISTICS_BYTES);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(pool)
            .with_disk_manager_builder(files)
            .with_cache_manager(caches)
            .build_arc()?;
        let checked = Arc::new(Checked::new(store));
        let located = Located::new(checked.clone(), url);
        runtime.register_object_store(url.as_url(), Arc::new(located));
        let place = Place {
            url: url.clone(),
            checked,
        };
        let mut config = SessionConfig::new()
            .with_target_partitions(limits.partitions)
            .with_default_catalog_and_schema(CATALOG, "public")
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true)
            .with_collect_statistics(true)
            .with_parquet_pruning(true)
            .with_extension(Arc::new(place));
        // Rows that mostly differ are not grouped in each partition before they are grouped in all. The
        // defaults (100,000 rows, four fifths) exceed what a partition of some hundred thousand postings
        // has.
        let execution = &mut config.options_mut().execution;
        execution.skip_partial_aggregation_probe_rows_threshold = PROBED_ROWS;
        execution.skip_partial_aggregation_probe_ratio_threshold = 0.5;
        Ok(Self {
            runtime,
            config,
            limits,
        })
    }

    /// See [`EngineLimits`].
    pub fn memory_bytes(&self) -> usize {
        self.limits.memory_bytes
    }

    /// A session that sees the tables of a catalogue.
    pub fn session(&self, tables: Arc<Tables>) -> SessionContext {
        let context = SessionContext::new_with_config_rt(self.config.clone(), self.runtime.clone());
        register_functions(&context);
        context.register_catalog(CATALOG, tables);
        context
    }

    /// A session with filter pushdown into Parquet decoding: for point queries.
    pub fn lookup_session(&self, tables: Arc<Tables>) -> SessionContext {
        let mut config = self.config.clone();
        config.options_mut().execution.parquet.pushdown_filters = true;
        let context = SessionContext::new_with_config_rt(config, self.runtime.clone());
        register_functions(&context);
        context.register_catalog(CATALOG, tables);
        context
    }
}

/// Registers the functions that models may use in addition to the engine's own: `codes(text)`,
/// `normalised(text)`.
pub fn register_functions(context: &SessionContext) {
    context.register_udf(codes::function());
    context.register_udf(normalised::function());
}

/// The store of a session.
struct Place {
    url: StoreUrl,
    checked: Arc<Checked>,
}

/// Reads a table from its files. The first file gives the schema: all files of a table have one.
/// Reads are verified against the checksums in the build record (see [`Checked`]).
pub async fn read_files(
    context: &SessionContext,
    files: &[DataFile],
) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    read_with(context, files, None).await
}

/// As [`read_files`]; `columns` that the files lack, because an earlier version wrote them, are null.
async fn read_with(
    context: &SessionContext,
    files: &[DataFile],
    columns: Option<&SchemaRef>,
) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    let place = context.state_ref().read().config().get_extension::<Place>();
    let place =
        place.ok_or_else(|| DataFusionError::Internal("a session without a store".into()))?;
    place.checked.expect(files);
    let urls = files
        .iter()
        .map(|file| ListingTableUrl::try_new(place.url.of(&file.path), None))
        .collect::<Result<Vec<_>, _>>()?;
    let Some(first) = urls.first() else {
        return Err(DataFusionError::Internal("a table without files".into()));
    };
    let options =
        ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let mut schema = options.infer_schema(&context.state(), first).await?;
    if let Some(columns) = columns {
        let lacks = |field: &&FieldRef| schema.field_with_name(field.name()).is_err();
        let missing = columns.fields().iter().filter(lacks);
        let missing = missing.map(|field| Arc::new(field.as_ref().clone().with_nullable(true)));
        let fields = schema.fields().iter().cloned().chain(missing);
        schema = Arc::new(ArrowSchema::new(Fields::from_iter(fields)));
    }
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// The catalogue of a build: schemas and tables by name, filled while it is built.
#[derive(Default)]
pub struct Tables {
    schemas: RwLock<BTreeMap<String, Arc<Schema>>>,
}

impl Tables {
    /// An empty catalogue.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Adds or replaces a table.
    pub fn insert(&self, name: &TableName, table: Arc<dyn TableProvider>) {
        let mut schemas = write(&self.schemas);
        let schema = schemas.entry(name.schema().to_owned()).or_default();
        write(&schema.tables).insert(name.table().to_owned(), Entry::Ready(table));
    }

    /// Adds or replaces a table that is opened lazily.
    pub fn insert_files(
        &self,
        name: &TableName,
        engine: &Local,
        files: Vec<DataFile>,
        columns: Option<SchemaRef>,
    ) {
        let mut schemas = write(&self.schemas);
        let schema = schemas.entry(name.schema().to_owned()).or_default();
        let entry = Entry::Files {
            engine: engine.clone(),
            files,
            columns,
        };
        write(&schema.tables).insert(name.table().to_owned(), entry);
    }

    /// A copy that can be changed without changing this one.
    pub fn fork(&self) -> Arc<Self> {
        let copy = Self::default();
        {
            let mut schemas = write(&copy.schemas);
            for (name, schema) in read(&self.schemas).iter() {
                let tables = RwLock::new(read(&schema.tables).clone());
                schemas.insert(name.clone(), Arc::new(Schema { tables }));
            }
        }
        Arc::new(copy)
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(read(&self.schemas).keys()).finish()
    }
}

impl CatalogProvider for Tables {
    fn schema_names(&self) -> Vec<String> {
        read(&self.schemas).keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let schema = read(&self.schemas).get(name)?.clone();
        Some(schema)
    }
}

#[derive(Default)]
struct Schema {
    tables: RwLock<BTreeMap<String, Entry>>,
}

#[derive(Clone)]
enum Entry {
    Ready(Arc<dyn TableProvider>),
    Files {
        engine: Local,
        files: Vec<DataFile>,
        /// Those of the program's own tables, which no model describes.
        columns: Option<SchemaRef>,
    },
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(read(&self.tables).keys()).finish()
    }
}

#[async_trait]
impl SchemaProvider for Schema {
    fn table_names(&self) -> Vec<String> {
        read(&self.tables).keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let entry = read(&self.tables).get(name).cloned();
        match entry {
            None => Ok(None),
            Some(Entry::Ready(table)) => Ok(Some(table)),
            Some(Entry::Files {
                engine,
                files,
                columns,
            }) => {
                let context = SessionContext::new_with_config_rt(
                    engine.config.clone(),
                    engine.runtime.clone(),
                );
                let table = read_with(&context, &files, columns.as_ref()).await?;
                write(&self.tables).insert(name.to_owned(), Entry::Ready(table.clone()));
                Ok(Some(table))
            }
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        read(&self.tables).contains_key(name)
    }
}

// A poisoned lock only says that another thread panicked; the maps are always consistent.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
