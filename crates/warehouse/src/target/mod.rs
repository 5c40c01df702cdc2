//! Where a published build is shown to other tools besides the build record, behind a trait: a
//! target is one file here.
//!
//! A build commits each table to the target when its checks passed and before its record is written;
//! a process that dies between leaves a marker, and the next build commits again. So a commit states
//! the whole file set, and repeating it changes nothing.

mod delta;

use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use landing::StoreUrl;
use object_store::ObjectStore;

use crate::error::Result;
use crate::files::DataFile;
use crate::name::TableName;
use crate::publish::PublishedTable;

/// The target of this program, for a store at its URL.
pub(crate) fn open(store: Arc<dyn ObjectStore>, url: &StoreUrl) -> Arc<dyn PublicationTarget> {
    Arc::new(delta::DeltaLogs::new(store, url))
}

/// Where tables are published for other tools.
#[async_trait]
pub(crate) trait PublicationTarget: Debug + Send + Sync {
    /// Makes a table there consist of exactly the given files; returns its version there. What
    /// cannot be read is recreated. Must not be dropped while it runs.
    async fn commit(&self, commit: &TableCommit) -> Result<u64>;

    /// The difference between what is there and a table of a build, in one line; `None` if they
    /// agree. Without `schema` the columns are not compared.
    async fn damage(
        &self,
        name: &TableName,
        table: &PublishedTable,
        schema: Option<&SchemaRef>,
    ) -> Result<Option<Damage>>;

    /// The newest build of which a table is there; `None` without one, or where it cannot be read.
    async fn newest_build(&self, name: &TableName) -> Result<Option<u64>>;
}

/// What a table should be after a build.
#[derive(Debug, Clone)]
pub(crate) struct TableCommit {
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
}

/// How what is there differs.
#[derive(Debug, Clone)]
pub(crate) struct Damage {
    /// In one line.
    pub reason: String,
    /// The build whose files it names, where they are not those that were expected.
    pub build: Option<u64>,
}
