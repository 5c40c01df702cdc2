//! The Delta log of each table: how other tools (DuckDB, Spark, BigQuery, Polars, Power BI) read
//! the warehouse.
//!
//! A build writes only Parquet files; when its checks have passed, one commit a table makes the log
//! name exactly the build's files. So a table's log never shows a build that failed, and a commit
//! that a crash interrupted is corrected by the next one, which states the whole file set again.
//!
//! The program itself reads no log and so would not notice a damaged one: every build compares the
//! logs with its base's record.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitBuilder;
use deltalake::kernel::{
    Action, Add, LogicalFileView, MetadataExt, Protocol, StructType, Version, new_metadata,
};
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use landing::StoreUrl;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::{Damage, Order, PublicationTarget, TableCommit};
use crate::data_file::DataFile;
use crate::error::{Error, Result};
use crate::files;
use crate::located::Located;
use crate::name::TableName;
use crate::publish::PublishedTable;

/// The target's name.
pub(crate) const NAME: &str = "delta";

/// Commits between checkpoints: loading stays fast without a checkpoint per commit.
const CHECKPOINT_INTERVAL: &str = "10";

/// Key of a commit's metadata that holds the build number.
const BUILD: &str = "jobtide.build";

/// How long old log entries stay, so that logs do not grow without a bound.
const LOG_RETENTION: &str = "interval 7 days";

/// The Delta logs of the tables of a store.
#[derive(Debug)]
pub(super) struct DeltaLogs(Place);

/// The store of the logs.
#[derive(Debug)]
struct Place {
    store: Arc<dyn ObjectStore>,
    url: StoreUrl,
    /// The same store by the paths of its URLs, as the library has it.
    located: Arc<dyn ObjectStore>,
}

impl DeltaLogs {
    pub fn new(store: Arc<dyn ObjectStore>, url: &StoreUrl) -> Self {
        Self(Place {
            located: Arc::new(Located::new(store.clone(), url)),
            url: url.clone(),
            store,
        })
    }
}

#[async_trait]
impl PublicationTarget for DeltaLogs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn copy(&self) -> &'static str {
        "Delta log"
    }

    fn order(&self) -> Order {
        Order::BeforeRecord
    }

    async fn commit(&self, table: &TableCommit) -> Result<u64> {
        commit(&self.0, table).await
    }

    async fn damage(
        &self,
        name: &TableName,
        table: &PublishedTable,
        schema: Option<&SchemaRef>,
    ) -> Result<Option<Damage>> {
        damage(&self.0, name, table, schema).await
    }

    async fn newest_build(&self, name: &TableName) -> Result<Option<u64>> {
        newest_build(&self.0, name).await
    }
}

impl From<DeltaTableError> for Error {
    fn from(error: DeltaTableError) -> Self {
        Self::Target(Box::new(error))
    }
}

/// Makes the log of a table name exactly the given files; returns the table's version. A log that
/// cannot be read is recreated from its first version.
async fn commit(place: &Place, commit: &TableCommit) -> Result<u64> {
    let log = log_store(place, &commit.name);
    let schema = delta_schema(&commit.schema)?;
    let table = match load(place, &commit.name).await? {
        Load::Table(table) => table,
        Load::Gone => return create(log, commit, schema).await,
        Load::Unreadable(reason) => {
            tracing::warn!(table = %commit.name, reason, "its Delta log is recreated");
            forget(&place.store, &commit.name).await?;
            return create(log, commit, schema).await;
        }
    };
    let snapshot = table.snapshot()?;

    let mut target: BTreeMap<String, &DataFile> = commit
        .files
        .iter()
        .map(|file| (relative(&commit.name, file), file))
        .collect();
    let current: Vec<_> = snapshot
        .snapshot()
        .file_views(log.as_ref(), None)
        .try_collect()
        .await?;
    let mut actions = Vec::new();
    for view in current {
        match target.get(view.path().as_ref()) {
            Some(file) if says(&view, file) => {
                target.remove(view.path().as_ref());
            }
            // What is added below replaces what the log said of the same file.
            Some(_) => {}
            None => actions.push(Action::Remove(view.remove_action(true))),
        }
    }
    actions.extend(target.into_iter().map(|(path, file)| add(path, file)));
    if snapshot.schema().as_ref() != &schema {
        let metadata = new_metadata(&schema, Vec::<String>::new(), configuration())
            .and_then(|metadata| metadata.with_table_id(snapshot.metadata().id().to_owned()))
            .map_err(DeltaTableError::from)?;
        actions.push(Action::Metadata(metadata));
    }
    if actions.is_empty() {
        return Ok(table.version().unwrap_or_default());
    }
    let operation = DeltaOperation::Write {
        mode: SaveMode::Overwrite,
        partition_by: None,
        predicate: None,
    };
    let finalized = CommitBuilder::from(properties(commit))
        .with_actions(actions)
        .build(Some(snapshot.snapshot()), log.clone(), operation)
        .await?;
    Ok(finalized.version())
}

/// The difference between a table's log and `expected`, in one line; `None` if they agree. Without
/// `schema` its columns are not compared.
async fn damage(
    place: &Place,
    name: &TableName,
    table: &PublishedTable,
    schema: Option<&SchemaRef>,
) -> Result<Option<Damage>> {
    let damage = |reason: String| {
        Ok(Some(Damage {
            reason,
            build: None,
        }))
    };
    let delta = match load(place, name).await? {
        Load::Table(table) => table,
        Load::Gone => return damage("it is missing".to_owned()),
        Load::Unreadable(reason) => return damage(format!("it cannot be read: {reason}")),
    };
    let snapshot = delta.snapshot()?;
    let mut target: BTreeMap<String, &DataFile> = table
        .files
        .iter()
        .map(|file| (relative(name, file), file))
        .collect();
    let log = log_store(place, name);
    let named: Vec<LogicalFileView> = snapshot
        .snapshot()
        .file_views(log.as_ref(), None)
        .try_collect()
        .await?;
    let mut others = 0;
    for view in named {
        match target.remove(view.path().as_ref()) {
            Some(file) if says(&view, file) => {}
            Some(_) => return damage(format!("it describes `{}` differently", view.path())),
            None => others += 1,
        }
    }
    if others > 0 || !target.is_empty() {
        let version = delta.version().unwrap_or_default();
        return Ok(Some(Damage {
            reason: format!(
                "it names {others} files that are not the build's, and lacks {} that are",
                target.len()
            ),
            build: build_of(&place.store, name, version).await?,
        }));
    }
    match schema {
        Some(schema) if *snapshot.schema() != delta_schema(schema)? => {
            damage("its columns differ".to_owned())
        }
        _ => Ok(None),
    }
}

/// The newest build that a table's log names files of; `None` without a log, or where it cannot be
/// read.
async fn newest_build(place: &Place, name: &TableName) -> Result<Option<u64>> {
    match load(place, name).await? {
        Load::Table(table) => {
            build_of(&place.store, name, table.version().unwrap_or_default()).await
        }
        Load::Gone | Load::Unreadable(_) => Ok(None),
    }
}

/// The build that made a version of a table, if the commit says so.
async fn build_of(
    store: &Arc<dyn ObjectStore>,
    name: &TableName,
    version: Version,
) -> Result<Option<u64>> {
    let path = log_folder(name).join(format!("{version:020}.json"));
    let bytes = match store.get(&path).await {
        Ok(found) => found.bytes().await?,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut actions = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    Ok(actions.find_map(|action| action["commitInfo"][BUILD].as_u64()))
}

/// Whether a log entry agrees with the build record's file.
fn says(view: &LogicalFileView, file: &DataFile) -> bool {
    u64::try_from(view.size()) == Ok(file.bytes)
        && view.num_records().map(|rows| rows as u64) == Some(file.rows)
}

/// A table's log as it was found.
enum Load {
    Table(DeltaTable),
    Gone,
    /// All its files can be fetched, but they do not form a table.
    Unreadable(String),
}

async fn load(place: &Place, name: &TableName) -> Result<Load> {
    let mut table = DeltaTable::new(log_store(place, name));
    if !table.verify_deltatable_existence().await? {
        return Ok(Load::Gone);
    }
    // A task of its own: the library panics on some damaged checkpoints.
    let loaded = tokio::spawn(async move { table.load().await.map(|()| table) }).await;
    let message = match loaded {
        Ok(Ok(table)) => return Ok(Load::Table(table)),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    // The library does not distinguish store errors from invalid content. Only a log whose files
    // can all be fetched is damaged.
    for path in log_files(&place.store, name).await? {
        place.store.get(&path).await?.bytes().await?;
    }
    // Some of its errors include pages of stack traces.
    let reason = message.lines().next().unwrap_or_default();
    Ok(Load::Unreadable(reason.to_owned()))
}

fn log_folder(name: &TableName) -> Path {
    Path::from(format!("{}/_delta_log", files::folder(name)))
}

/// The files of a log, without foreign ones beside them.
async fn log_files(store: &Arc<dyn ObjectStore>, name: &TableName) -> Result<Vec<Path>> {
    let files = store
        .list(Some(&log_folder(name)))
        .map_ok(|object| object.location)
        .try_filter(|path| {
            let name = path.filename().unwrap_or_default();
            std::future::ready(landing::layout::is_log_file(name))
        });
    Ok(files.try_collect().await?)
}

/// Removes a log; data files and foreign files beside the log are kept.
async fn forget(store: &Arc<dyn ObjectStore>, name: &TableName) -> Result<()> {
    for path in log_files(store, name).await? {
        store.delete(&path).await?;
    }
    Ok(())
}

/// Writes the first version of a log. The library's own way to create a table reads the log twice
/// after writing it, which is not needed here.
async fn create(log: LogStoreRef, commit: &TableCommit, schema: StructType) -> Result<u64> {
    let protocol = protocol()?;
    let metadata = new_metadata(&schema, Vec::<String>::new(), configuration())
        .and_then(|metadata| metadata.with_name(commit.name.to_string()))
        .and_then(|metadata| metadata.with_description(commit.what.clone()))
        .map_err(DeltaTableError::from)?;
    let operation = DeltaOperation::Create {
        mode: SaveMode::ErrorIfExists,
        location: log.root_url().clone(),
        protocol: protocol.clone(),
        metadata: metadata.clone(),
    };
    let mut actions = vec![Action::Protocol(protocol), Action::Metadata(metadata)];
    actions.extend(
        commit
            .files
            .iter()
            .map(|file| add(relative(&commit.name, file), file)),
    );
    // No retry: the winner has created another table.
    let written = CommitBuilder::from(properties(commit).with_max_retries(0))
        .with_actions(actions)
        .build(None, log, operation)
        .into_prepared_commit_future()
        .await?
        .await?;
    Ok(written.version)
}

/// What a reader must understand: the first protocol, as tables have none of the types that came
/// later.
fn protocol() -> Result<Protocol> {
    let first = serde_json::json!({"minReaderVersion": 1, "minWriterVersion": 2});
    Ok(serde_json::from_value(first).map_err(DeltaTableError::from)?)
}

fn properties(commit: &TableCommit) -> deltalake::kernel::transaction::CommitProperties {
    deltalake::kernel::transaction::CommitProperties::default()
        .with_metadata([(BUILD.to_owned(), commit.build.into())])
}

fn configuration() -> HashMap<String, String> {
    [
        ("delta.checkpointInterval", CHECKPOINT_INTERVAL),
        ("delta.logRetentionDuration", LOG_RETENTION),
        ("delta.enableExpiredLogCleanup", "true"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

fn add(path: String, file: &DataFile) -> Action {
    Action::Add(Add {
        path,
        size: i64::try_from(file.bytes).unwrap_or(i64::MAX),
        data_change: true,
        stats: Some(format!("{{\"numRecords\":{}}}", file.rows)),
        // Fixed, so that the log does not depend on the clock; readers use the file's own time.
        modification_time: 0,
        ..Add::default()
    })
}

fn relative(name: &TableName, file: &DataFile) -> String {
    let folder = files::folder(name);
    file.path
        .strip_prefix(&folder)
        .map_or(file.path.as_str(), |path| path.trim_start_matches('/'))
        .to_owned()
}

fn log_store(place: &Place, name: &TableName) -> LogStoreRef {
    let folder = files::folder(name);
    let location = place.url.of(&format!("{folder}/"));
    default_logstore(
        Arc::new(PrefixStore::new(place.store.clone(), folder)),
        place.located.clone(),
        &location,
        &StorageConfig::default(),
    )
}

/// The table's schema in Delta's types. Every column is nullable for the sake of other writers;
/// checks enforce not-null.
fn delta_schema(schema: &SchemaRef) -> Result<StructType> {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| {
            let data_type = match field.data_type() {
                DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
                other => other.clone(),
            };
            Field::new(field.name(), data_type, true)
        })
        .collect();
    let schema: StructType = (&Schema::new(fields)).try_into_kernel()?;
    Ok(schema)
}
