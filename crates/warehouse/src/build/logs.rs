//! The Delta logs of a build's tables: committed when all checks passed, before the record is written.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use futures::{StreamExt as _, TryStreamExt as _};

use crate::error::{Error, Result};
use crate::name::TableName;
use crate::publish::{BuildRecord, PublishedTable};
use crate::target::{Damage, TableCommit};
use crate::warehouse::Warehouse;

/// Delta commits under way at once.
const COMMITS_AT_ONCE: usize = 8;

impl Warehouse {
    /// Restores logs that an interrupted publication left ahead to the published build.
    pub(super) async fn mend_logs(&self, published: &BuildRecord) -> Result<()> {
        if self.uncommitted_logs().await?.is_empty() {
            return Ok(());
        }
        let schemas = self.schemas(published).await?;
        self.commit_logs(Some(published), published, &schemas)
            .await?;
        self.logs_committed().await
    }

    /// Restores all logs to the published build, after a publication that was overtaken. The marker
    /// may be deleted already, by the winner. While another process publishes nothing is done: that
    /// process corrects the logs that its marker names.
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
        self.mend_logs(&published).await
    }

    /// Differences between the Delta logs and a build's tables, one line each. Columns are compared
    /// where `schemas` has those of the build's table.
    pub async fn damaged_logs(
        &self,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
    ) -> Result<Vec<(TableName, String)>> {
        let looks: Vec<_> = record
            .tables
            .iter()
            .map(|(name, table)| (name.clone(), table.clone(), schemas.get(name).cloned()))
            .collect();
        let looked: Vec<Option<(TableName, Damage)>> = futures::stream::iter(looks)
            .map(|(name, table, schema)| {
                let target = self.target.clone();
                // A task of its own: reading a log is mostly computing.
                tokio::spawn(async move {
                    let found = target.damage(&name, &table, schema.as_ref()).await?;
                    Ok::<_, Error>(found.map(|damage| (name, damage)))
                })
            })
            .buffered(COMMITS_AT_ONCE)
            .map(|looked| looked?)
            .try_collect()
            .await?;
        Ok(looked
            .into_iter()
            .flatten()
            .map(|(name, Damage { reason, build })| {
                let build = match build {
                    Some(build) if build > record.build => {
                        format!("; it is of build {build}, whose record is missing")
                    }
                    _ => String::new(),
                };
                let line = format!("the Delta log of `{name}` is damaged: {reason}{build}");
                (name, line)
            })
            .collect())
    }

    /// The newest build that the Delta logs name. `None` also while a publication is under way, or
    /// was cut off: its build never had a record.
    pub async fn build_of_logs(&self) -> Result<Option<u64>> {
        if !self.uncommitted_logs().await?.is_empty() {
            return Ok(None);
        }
        let mut newest = None;
        for table in self.pipeline.tables() {
            newest = newest.max(self.target.newest_build(&table).await?);
        }
        Ok(newest)
    }

    /// Makes the Delta logs match a record, for every table that differs from `before` or whose log
    /// an interrupted publication may have left ahead.
    pub(crate) async fn commit_logs(
        &self,
        before: Option<&BuildRecord>,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
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
                })
            })
            .collect();
        // After a failure no more are started, but those in flight are awaited: Delta's own tasks
        // panic when they are dropped.
        let failed = AtomicBool::new(false);
        let done: Vec<Result<u64>> = futures::stream::iter(commits)
            .take_while(|_| std::future::ready(!failed.load(Ordering::Relaxed)))
            // A task of its own: a commit is as much computing as writing.
            .map(|commit| {
                let target = self.target.clone();
                tokio::spawn(async move { target.commit(&commit).await })
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
