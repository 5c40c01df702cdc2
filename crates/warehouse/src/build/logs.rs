//! The tables of a build in its publication targets: those in the store (the Delta logs) are committed
//! when all checks passed, before the record is written; those in other systems after it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use futures::{StreamExt as _, TryStreamExt as _};

use crate::error::{Error, Result};
use crate::name::TableName;
use crate::publish::{BuildRecord, PublishedTable};
use crate::target::{Damage, Order, PublicationTarget, TableCommit};
use crate::warehouse::Warehouse;

/// Tables that are committed to a target, or compared, at once.
const COMMITS_AT_ONCE: usize = 8;

type Target = Arc<dyn PublicationTarget>;

/// A table that a target does not show as the build has it.
pub(super) struct Difference {
    target: Target,
    table: TableName,
    /// In one line.
    pub line: String,
}

impl Warehouse {
    pub(super) fn targets_of(&self, order: Order) -> impl Iterator<Item = &Target> {
        let targets = self.targets.iter();
        targets.filter(move |target| target.order() == order)
    }

    /// Restores logs that an interrupted publication left ahead to the published build.
    pub(super) async fn restore_logs(&self, published: &BuildRecord) -> Result<()> {
        for target in self.targets_of(Order::BeforeRecord) {
            if self.uncommitted(&**target).await?.is_empty() {
                continue;
            }
            let schemas = self.schemas(published).await?;
            self.commit_to(target, Some(published), published, &schemas)
                .await?;
            self.committed(&**target).await?;
        }
        Ok(())
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
        let all = published.tables.keys().cloned().collect();
        for target in self.targets_of(Order::BeforeRecord) {
            self.mark_uncommitted(&**target, &all).await?;
        }
        self.restore_logs(&published).await
    }

    /// Differences between the publication targets and a build's tables, one line each. Columns are
    /// compared where `schemas` has those of the build's table.
    ///
    /// # Errors
    /// Where a target in the store cannot be read. One in another system that cannot be reached is a
    /// line of its own, about the first table.
    pub async fn damaged_logs(
        &self,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
    ) -> Result<Vec<(TableName, String)>> {
        let mut found = self.damaged_in_store(record, schemas).await?;
        for target in self.targets_of(Order::AfterRecord) {
            match self.differences(target, record, schemas).await {
                Ok(differences) => found.extend(differences),
                Err(error) => found.extend(record.tables.keys().take(1).map(|table| Difference {
                    target: target.clone(),
                    table: table.clone(),
                    line: format!("no {} can be read: {error}", target.copy()),
                })),
            }
        }
        let found = found.into_iter();
        Ok(found.map(|found| (found.table, found.line)).collect())
    }

    /// The same of the targets in the store.
    pub(super) async fn damaged_in_store(
        &self,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
    ) -> Result<Vec<Difference>> {
        let mut found = Vec::new();
        for target in self.targets_of(Order::BeforeRecord) {
            found.extend(self.differences(target, record, schemas).await?);
        }
        Ok(found)
    }

    async fn differences(
        &self,
        target: &Target,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
    ) -> Result<Vec<Difference>> {
        let looks: Vec<_> = record
            .tables
            .iter()
            .map(|(name, table)| (name.clone(), table.clone(), schemas.get(name).cloned()))
            .collect();
        let looked: Vec<Option<(TableName, Damage)>> = futures::stream::iter(looks)
            .map(|(name, table, schema)| {
                let target = target.clone();
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
        let difference = |(table, Damage { reason, build })| {
            let build = match build {
                Some(build) if build > record.build => {
                    format!("; it is of build {build}, whose record is missing")
                }
                _ => String::new(),
            };
            let copy = target.copy();
            Difference {
                line: format!("the {copy} of `{table}` is damaged: {reason}{build}"),
                target: target.clone(),
                table,
            }
        };
        Ok(looked.into_iter().flatten().map(difference).collect())
    }

    /// Says that these tables are about to be committed again.
    pub(super) async fn mark_different(&self, found: &[Difference]) -> Result<()> {
        for target in &self.targets {
            let own = found
                .iter()
                .filter(|found| Arc::ptr_eq(&found.target, target));
            let tables: BTreeSet<TableName> = own.map(|found| found.table.clone()).collect();
            if !tables.is_empty() {
                self.mark_uncommitted(&**target, &tables).await?;
            }
        }
        Ok(())
    }

    /// The newest build that the Delta logs name. `None` also while a publication is under way, or
    /// was cut off: its build never had a record.
    pub async fn build_of_logs(&self) -> Result<Option<u64>> {
        let mut newest = None;
        for target in self.targets_of(Order::BeforeRecord) {
            if !self.uncommitted(&**target).await?.is_empty() {
                return Ok(None);
            }
            for table in self.pipeline.tables() {
                newest = newest.max(target.newest_build(&table).await?);
            }
        }
        Ok(newest)
    }

    /// Makes the targets in the store match a record that is about to be written, for every table
    /// that differs from `before` or that an interrupted publication may have left ahead. The first
    /// failure ends it: the markers of the targets so far stay.
    pub(crate) async fn commit_logs(
        &self,
        before: Option<&BuildRecord>,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
    ) -> Result<()> {
        for target in self.targets_of(Order::BeforeRecord) {
            self.commit_to(target, before, record, schemas).await?;
        }
        Ok(())
    }

    /// Says that the targets in the store and the published build agree.
    pub(crate) async fn logs_committed(&self) -> Result<()> {
        for target in self.targets_of(Order::BeforeRecord) {
            self.committed(&**target).await?;
        }
        Ok(())
    }

    /// Makes the targets in other systems match the published record; returns what is to be reported.
    /// A target that fails stays behind, with its marker, until a later build; it does not keep
    /// the others from following.
    pub(crate) async fn follow(
        &self,
        before: Option<&BuildRecord>,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
    ) -> Vec<String> {
        let mut report = Vec::new();
        for target in self.targets_of(Order::AfterRecord) {
            match self.follow_with(target, before, record, schemas).await {
                Ok(lines) => report.extend(lines),
                Err(error) => {
                    tracing::warn!(target = target.name(), %error, "it is behind the published build");
                    report.push(format!(
                        "build {} is published, but not every {}: {error}; the next build tries again",
                        record.build,
                        target.copy()
                    ));
                }
            }
        }
        report
    }

    async fn follow_with(
        &self,
        target: &Target,
        before: Option<&BuildRecord>,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
    ) -> Result<Vec<String>> {
        let mut stale = self.uncommitted(&**target).await?;
        let behind = stale.len();
        let mut lines = Vec::new();
        // Tables that this build made are not there yet; those that an earlier one left behind are
        // known.
        let mut unchanged = record.clone();
        unchanged
            .tables
            .retain(|name, table| !is_new(before, name, table) && !stale.contains(name));
        for found in self.differences(target, &unchanged, schemas).await? {
            lines.push(format!("{}; it was restored to the build", found.line));
            stale.insert(found.table);
        }
        if stale.is_empty() && unchanged.tables.len() == record.tables.len() {
            return Ok(lines);
        }
        self.mark_uncommitted(&**target, &stale).await?;
        self.commit_to(target, before, record, schemas).await?;
        // An overtaken process may have committed after the winner: the next build compares.
        if self.builds.next_generation().await? == record.generation.saturating_add(1) {
            self.committed(&**target).await?;
        }
        if behind > 0 {
            let copy = target.copy();
            lines.push(format!(
                "the {copy} of {behind} tables was behind; it was brought up to date"
            ));
        }
        Ok(lines)
    }

    async fn commit_to(
        &self,
        target: &Target,
        before: Option<&BuildRecord>,
        record: &BuildRecord,
        schemas: &BTreeMap<TableName, SchemaRef>,
    ) -> Result<()> {
        let mut stale = self.uncommitted(&**target).await?;
        for (name, table) in &record.tables {
            if is_new(before, name, table) {
                stale.insert(name.clone());
            }
        }
        if let Some(before) = before {
            // A table that the pipeline no longer makes keeps its log as it is.
            stale.retain(|name| {
                record.tables.contains_key(name) || before.tables.contains_key(name)
            });
        }
        self.mark_uncommitted(&**target, &stale).await?;
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
                let target = target.clone();
                async move {
                    // What an earlier process commits after this one has taken over, the next build
                    // corrects.
                    self.fence.check_now_and_then().await?;
                    tokio::spawn(async move { target.commit(&commit).await }).await?
                }
            })
            .buffer_unordered(COMMITS_AT_ONCE)
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

/// Whether `before` has no such table, or one of other files.
fn is_new(before: Option<&BuildRecord>, name: &TableName, table: &PublishedTable) -> bool {
    let known = before.and_then(|before| before.tables.get(name));
    known.map(PublishedTable::identity) != Some(table.identity())
}
