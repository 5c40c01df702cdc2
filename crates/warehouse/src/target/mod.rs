//! Where a published build is shown to other tools besides the build record, behind a trait: a
//! target is one file here and its line in [`open`].
//!
//! The build record is the truth, and a target follows it. A commit states the whole file set of a
//! table, and repeating it changes nothing. Before a build commits to a target it writes a marker that
//! names the tables, and removes it when the target shows the published build. A process that dies
//! between leaves the marker; and each build compares all tables anyway. What differs is committed
//! again. [`Order`] says what a failure means.

mod delta;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use landing::StoreUrl;
use object_store::ObjectStore;

use crate::data_file::DataFile;
use crate::error::Result;
use crate::name::TableName;
use crate::publish::PublishedTable;

pub(crate) use self::delta::NAME as DELTA;

/// All targets of a store at its URL, in the order in which a build commits to them.
pub(crate) fn open(store: Arc<dyn ObjectStore>, url: &StoreUrl) -> Vec<Arc<dyn PublicationTarget>> {
    vec![Arc::new(delta::DeltaLogs::new(store, url))]
}

/// When a build commits to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Before the record is written: for targets in the store itself, which are as available as it
    /// is. A failure ends the build, and nothing is published; what was committed is restored to the
    /// published build by the next one.
    BeforeRecord,
    /// After the record was written: for other systems, whose failure must not keep a build from the
    /// program's own readers. Such a target never shows a build that is not published. After a failure
    /// it is behind; the report says so, and the next build brings it up to date.
    AfterRecord,
}

/// Where tables are published for other tools.
#[async_trait]
pub(crate) trait PublicationTarget: Debug + Send + Sync {
    /// Its name in that of its marker: lower-case letters, digits and `_`; no other target's.
    fn name(&self) -> &'static str;

    /// What it has of each table, as messages call it, such as `Delta log`.
    fn copy(&self) -> &'static str;

    /// When a build commits to it.
    fn order(&self) -> Order;

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
