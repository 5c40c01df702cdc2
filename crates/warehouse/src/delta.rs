//! The Delta log of each table: how other tools (DuckDB, Spark, BigQuery, Polars, Power BI) read
//! the warehouse.
//!
//! A build writes only Parquet files; when its checks have passed, one commit a table makes the log
//! name exactly the build's files. So a table's log never shows a build that failed, and a commit
//! that was cut off by a crash is mended by the next one, which again states the whole file set.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitBuilder;
use deltalake::kernel::{Action, Add, MetadataExt, StructType, new_metadata};
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _};
use url::Url;

use crate::error::{Error, Result};
use crate::files::{self, DataFile};
use crate::name::TableName;
use crate::ordered::Ordered;

/// A full snapshot of the log every so many commits: loading stays quick without one a commit.
const CHECKPOINT_INTERVAL: &str = "10";

/// How long old log entries stay, so that logs do not grow without a bound.
const LOG_RETENTION: &str = "interval 7 days";

/// What a table's log should say after a build.
#[derive(Debug, Clone)]
pub struct TableCommit {
    /// The table.
    pub name: TableName,
    /// One sentence for the table's description.
    pub what: String,
    /// Its columns.
    pub schema: SchemaRef,
    /// The files it consists of.
    pub files: Vec<DataFile>,
    /// The build that made them.
    pub build: u64,
    /// Write a log that cannot be read anew; without this it is an error.
    pub renew: bool,
}

/// Makes the log of a table name exactly the given files; returns the table's version.
pub async fn commit(store: &Arc<dyn ObjectStore>, commit: &TableCommit) -> Result<u64> {
    let log = log_store(store, &commit.name)?;
    let schema = delta_schema(&commit.schema)?;
    let mut table = DeltaTable::new(log.clone());
    if !table.verify_deltatable_existence().await? {
        return create(log, commit, schema).await;
    }
    if let Err(error) = table.load().await {
        if commit.renew {
            forget(store, &commit.name).await?;
            return create(log, commit, schema).await;
        }
        let message = error.to_string();
        return Err(Error::DeltaLog {
            table: commit.name.to_string(),
            // Some of its errors carry pages of stack traces.
            reason: message.lines().next().unwrap_or_default().to_owned(),
        });
    }
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
    for file in current {
        if target.remove(file.path().as_ref()).is_none() {
            actions.push(Action::Remove(file.remove_action(true)));
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

/// Removes a log; the data files stay, and so does what somebody else put beside the log.
async fn forget(store: &Arc<dyn ObjectStore>, name: &TableName) -> Result<()> {
    let folder = Path::from(format!("{}/_delta_log", files::folder(name)));
    let log: Vec<Path> = store
        .list(Some(&folder))
        .map_ok(|object| object.location)
        .try_filter(|path| {
            let name = path.filename().unwrap_or_default();
            std::future::ready(landing::layout::is_log_file(name))
        })
        .try_collect()
        .await?;
    for path in log {
        store.delete(&path).await?;
    }
    Ok(())
}

async fn create(log: LogStoreRef, commit: &TableCommit, schema: StructType) -> Result<u64> {
    let adds = commit
        .files
        .iter()
        .map(|file| add(relative(&commit.name, file), file));
    let table = CreateBuilder::new()
        .with_log_store(log)
        .with_table_name(commit.name.to_string())
        .with_comment(commit.what.clone())
        .with_columns(schema.fields().cloned())
        .with_configuration(
            configuration()
                .into_iter()
                .map(|(key, value)| (key, Some(value))),
        )
        .with_commit_properties(properties(commit))
        .with_actions(adds)
        .await?;
    Ok(table.version().unwrap_or_default())
}

fn properties(commit: &TableCommit) -> deltalake::kernel::transaction::CommitProperties {
    deltalake::kernel::transaction::CommitProperties::default()
        .with_metadata([("jobtide.build".to_owned(), commit.build.into())])
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

fn log_store(store: &Arc<dyn ObjectStore>, name: &TableName) -> Result<LogStoreRef> {
    let folder = files::folder(name);
    let location = Url::parse(&format!("memory:///{folder}/"))
        .map_err(|error| DeltaTableError::InvalidTableLocation(error.to_string()))?;
    let store: Arc<dyn ObjectStore> = Arc::new(Ordered(store.clone()));
    let table_store = Arc::new(PrefixStore::new(store.clone(), folder));
    Ok(default_logstore(
        table_store,
        store,
        &location,
        &StorageConfig::default(),
    ))
}

/// The table's schema in Delta's types. Every column is nullable for other writers' sake; what must
/// not be null is a check.
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
