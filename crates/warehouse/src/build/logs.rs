//! The Delta logs of a build's tables: committed when all checks passed, before the record is written.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::datatypes::SchemaRef;
use futures::StreamExt as _;

use crate::delta::{self, TableCommit};
use crate::error::{Error, Result};
use crate::name::TableName;
use crate::publish::{BuildRecord, PublishedTable};
use crate::warehouse::Warehouse;

/// Delta commits under way at once.
const COMMITS_AT_ONCE: usize = 8;

impl Warehouse {
    /// Brings logs that an interrupted publication left ahead back to the published build.
    pub(super) async fn mend_logs(&self, published: &BuildRecord, renew: bool) -> Result<()> {
        if self.uncommitted_logs().await?.is_empty() {
            return Ok(());
        }
        let schemas = self.schemas(published).await?;
        self.commit_logs(Some(published), published, &schemas, renew)
            .await?;
        self.logs_committed().await
    }

    /// Brings all logs to the published build, after a publication that was overtaken. The marker may
    /// be gone: whoever was first has deleted it. While somebody publishes nothing is done: what that
    /// marker names is corrected by whoever set it.
    pub(crate) async fn logs_back(&self) -> Result<()> {
        match self.nobody_publishes().await {
            Err(Error::Publishing) => return Ok(()),
            free => free?,
        }
        let Some(published) = self.builds.published().await? else {
            return Ok(());
        };
        self.mark_uncommitted(&published.tables.keys().cloned().collect())
            .await?;
        self.mend_logs(&published, false).await
    }

    /// Brings the Delta logs to what a record says, for every table that differs from `before` or
    /// that an interrupted publication may have left elsewhere. With `renew`, a log that cannot be read
    /// is written again.
    pub(crate) async fn commit_logs(
        &self,
        before: Option<&BuildRecord>,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
        renew: bool,
    ) -> Result<()> {
        let mut stale = self.uncommitted_logs().await?;
        for (name, table) in &record.tables {
            let known = before.and_then(|before| before.tables.get(name));
            if known.map(PublishedTable::identity) != Some(table.identity()) {
                stale.insert(name.clone());
            }
        }
        if let Some(before) = before {
            // A table that the pipeline no longer makes keeps its log as it is.
            stale.retain(|name| {
                record.tables.contains_key(name) || before.tables.contains_key(name)
            });
        }
        self.mark_uncommitted(&stale).await?;
        let commits: Vec<TableCommit> = stale
            .iter()
            .filter_map(|name| {
                let table = record.tables.get(name)?;
                Some(TableCommit {
                    name: name.clone(),
                    what: table.what.clone(),
                    schema: schemas.get(name)?.clone(),
                    files: table.files.clone(),
                    build: record.build,
                    renew,
                })
            })
            .collect();
        // After one that failed no more are begun, but those under way are waited for: Delta's own
        // tasks panic when they are dropped.
        let failed = AtomicBool::new(false);
        let done: Vec<Result<u64>> = futures::stream::iter(commits)
            .take_while(|_| std::future::ready(!failed.load(Ordering::Relaxed)))
            // A task of its own: a commit is as much computing as writing.
            .map(|commit| {
                let store = self.store.clone();
                tokio::spawn(async move { delta::commit(&store, &commit).await })
            })
            .buffer_unordered(COMMITS_AT_ONCE)
            .map(|done| done?)
            .inspect(|done| {
                failed.store(
                    failed.load(Ordering::Relaxed) || done.is_err(),
                    Ordering::Relaxed,
                )
            })
            .collect()
            .await;
        done.into_iter().try_for_each(|done| done.map(|_| ()))
    }
}
