//! The engine that plans and runs SQL on the tables of a build, behind a trait: everything else of
//! the crate asks for plans, rows and schemas, in Arrow's terms.
//!
//! Tables are read through the file lists that a build record pins, verified against its checksums.
//! An engine holds no state besides caches: dropping a plan or a stream cancels it. Errors are
//! [`Error::Engine`], or [`Error::DamagedFile`] where a data file is not as it was written.
//!
//! SQL is that of `local`, whose parser also reads what a model depends on.

mod local;

use std::collections::{BTreeSet, HashSet};
use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use landing::StoreUrl;
use object_store::ObjectStore;

use crate::data_file::DataFile;
use crate::error::{Error, Result};
use crate::name::TableName;

pub use self::local::register_functions;

/// Rows as they are computed.
pub(crate) type RowStream = BoxStream<'static, Result<RecordBatch>>;

/// Limits of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineLimits {
    /// Bytes that sorts, joins and aggregations may use before they spill, or fail.
    pub memory_bytes: usize,
    /// Bytes of temporary files; 0 disables spilling, and what does not fit fails.
    pub spill_bytes: u64,
    /// Parallel partitions of a plan.
    pub partitions: usize,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 4 << 30,
            spill_bytes: 16 << 30,
            partitions: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

/// The engine of this program, over a store at its URL.
pub(crate) fn open(
    store: Arc<dyn ObjectStore>,
    url: &StoreUrl,
    limits: EngineLimits,
) -> Result<Arc<dyn Engine>> {
    Ok(Arc::new(local::Local::new(store, url, limits)?))
}

/// What plans and runs SQL.
#[async_trait]
pub(crate) trait Engine: Debug + Send + Sync {
    /// A catalogue without tables.
    fn catalog(&self) -> Arc<dyn Catalog>;

    /// The columns of a table's files: all files of a table have the same.
    async fn schema(&self, files: &[DataFile]) -> Result<SchemaRef>;

    /// Reads files, or some of their columns.
    async fn scan(&self, files: &[DataFile], columns: Option<&[&str]>) -> Result<Scan>;

    /// The rows of files whose column `key` is one of `keys`; only pages that may hold some are
    /// decoded.
    async fn lookup(
        &self,
        files: &[DataFile],
        key: &str,
        keys: &HashSet<i64>,
    ) -> Result<MemoryTable>;
}

/// Rows that are read from files.
pub(crate) struct Scan {
    /// Their columns.
    pub schema: SchemaRef,
    /// The rows.
    pub rows: RowStream,
}

/// The tables that queries see, by name: filled while a build runs.
#[async_trait]
pub(crate) trait Catalog: Debug + Send + Sync {
    /// Adds or replaces a table of files, which are opened now.
    async fn add_files(&self, name: &TableName, files: &[DataFile]) -> Result<()>;

    /// The same, opened by the first query that reads it. `columns` that the files lack, because an
    /// earlier version wrote them, are null.
    fn add_files_lazily(&self, name: &TableName, files: Vec<DataFile>, columns: Option<SchemaRef>);

    /// Adds or replaces a table of rows in memory.
    fn add_rows(&self, name: &TableName, rows: &MemoryTable) -> Result<()>;

    /// A copy that can be changed without changing this one.
    fn fork(&self) -> Arc<dyn Catalog>;

    /// Plans a query of the program's own.
    async fn plan(&self, sql: &str, access: Access) -> Result<Box<dyn Plan>>;

    /// Plans a user's query, which must be a single one and cannot write or change a setting.
    ///
    /// # Errors
    /// [`Error::Query`] for everything that the user can correct, also while rows are computed, and
    /// [`Error::QueryMemory`].
    async fn plan_for_user(&self, sql: &str) -> Result<Box<dyn Plan>>;
}

/// How a query reads files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whole columns, as a query that computes a table does.
    Scan,
    /// Filters apply while columns are decoded: few rows of many, or conditions that nearly always
    /// hold.
    Lookup,
}

/// A query that was planned.
#[async_trait]
pub(crate) trait Plan: Send {
    /// Its columns.
    fn schema(&self) -> SchemaRef;

    /// Runs it; one stream.
    async fn stream(self: Box<Self>) -> Result<RowStream>;

    /// Runs it; one stream for each partition, to be polled in parallel.
    async fn partitions(self: Box<Self>) -> Result<Vec<RowStream>>;
}

/// All rows of a plan.
pub(crate) async fn collect(plan: Box<dyn Plan>) -> Result<Vec<RecordBatch>> {
    plan.stream().await?.try_collect().await
}

/// Plans a query, runs it and returns all rows.
pub(crate) async fn rows(catalog: &dyn Catalog, sql: &str) -> Result<Vec<RecordBatch>> {
    collect(catalog.plan(sql, Access::Scan).await?).await
}

/// A table in memory.
#[derive(Debug, Clone)]
pub(crate) struct MemoryTable {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows, by partition.
    pub partitions: Vec<Vec<RecordBatch>>,
}

impl MemoryTable {
    /// A table without rows.
    pub fn empty(schema: SchemaRef) -> Self {
        Self {
            schema,
            partitions: vec![Vec::new()],
        }
    }
}

/// Tables that a query references, from its syntax tree; what is wrong with the query otherwise.
pub(crate) fn inputs(sql: &str) -> Result<BTreeSet<TableName>, String> {
    local::sql::inputs(sql)
}

/// Combines a hash of each row into `hashes`. The same rows and seed give the same hashes in every
/// process.
pub(crate) fn hash_rows(columns: &[ArrayRef], seed: u64, hashes: &mut [u64]) -> Result<()> {
    local::hash_rows(columns, seed, hashes)
}

impl Error {
    /// This error as one of a table or a check, unless it says something more precise.
    pub(crate) fn of(self, table: impl std::fmt::Display) -> Self {
        match self {
            Self::Engine(source) => Self::Model {
                table: table.to_string(),
                source,
            },
            other => other,
        }
    }
}
