//! A build: staging, then every model in dependency order, each checked right after it, and the checks
//! across tables; and only when all of that passed, the publication.
//!
//! A build starts from the published one. Builds are incremental: a table whose model and inputs
//! are unchanged keeps its files. A model with a `key` replaces only the rows of the received keys;
//! everything else is recomputed. No record references the files of a build that fails or dies, so
//! no reader sees them, and the next build removes them. The caller serialises builds by a lock and
//! the store's writer lease ([`Warehouse::set_lease`]); of two concurrent builds that have none in
//! common, or whose lease was taken over, one ends with [`Error::Fenced`], [`Error::Overtaken`] or
//! [`Error::Publishing`], and neither harms the other.

mod cleanup;
mod draft;
mod held;
mod logs;
mod models;
mod news;
mod output;
mod replace;
mod report;
mod staging;
mod steps;
mod summary;
mod unread;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use jiff::Timestamp;
use kernel::hex;
use landing::Unlanded;
use serde::{Deserialize, Serialize};

use self::cleanup::Clean;
pub use self::cleanup::{COMMITTING, Cleaned};
use self::draft::folders;
pub use self::draft::{HeldDraft, Progressed, Until};
use self::held::Allowance;
pub use self::report::{BuildEvent, BuildReport, BuildRequest, How};
use self::staging::StagingSummary;
use crate::data_file::DataFile;
use crate::engine::{Catalog, MemoryTable};
use crate::error::{Error, Result};
use crate::files::FileNames;
use crate::finding::Finding;
use crate::finding::Level;
use crate::name::TableName;
use crate::publish::{Action, BuildRecord, PublishedTable, UnreadFile};
use crate::warehouse::Warehouse;

/// Part of every table's fingerprint: incremented when the same model would give other rows or
/// columns.
const TABLE_FORMAT: u32 = 4;

/// Damaged files that a report names one by one.
const NAMED: usize = 5;

/// What a build does about files of the one before it that cannot be read.
const BUILT_WHOLE: &str = "all tables were rebuilt from the landing";

/// How a table changed, for the models that read it.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Change {
    Unchanged,
    /// Only rows of the build's keys differ; `fresh` files hold exactly those rows, where known.
    Keys {
        fresh: Option<Vec<DataFile>>,
    },
    Rewritten,
}

/// A table of the build under way.
#[derive(Debug, Clone)]
struct Made {
    table: PublishedTable,
    schema: SchemaRef,
    change: Change,
    /// The table's rows in memory, where they were computed just now and are few enough.
    held: Option<Arc<MemoryTable>>,
}

impl Made {
    /// Makes the table readable: its rows in memory, or else its files.
    async fn add_to(&self, tables: &dyn Catalog, name: &TableName) -> Result<()> {
        match &self.held {
            Some(rows) => tables.add_rows(name, rows),
            None => tables.add_files(name, &self.table.files).await,
        }
    }
}

/// State of the build under way.
struct Build<'a> {
    warehouse: &'a Warehouse,
    /// The previous build, even if nothing is taken over from it.
    published: Option<BuildRecord>,
    base: Option<BuildRecord>,
    number: u64,
    names: Arc<FileNames>,
    allowance: Arc<Allowance>,
    tables: Arc<dyn Catalog>,
    made: BTreeMap<TableName, Made>,
    keys: Arc<HashSet<i64>>,
    /// Files of the landing that could not be read.
    unread: Vec<UnreadFile>,
    /// Windows of the landing that were taken back.
    unlanded: Vec<Unlanded>,
    on_event: &'a (dyn Fn(BuildEvent) + Sync),
}

/// A build whose landing is staged.
struct Begun<'a> {
    build: Build<'a>,
    /// That its record gets.
    generation: u64,
    damage: Vec<String>,
    staged: StagingSummary,
    /// What the checks found so far.
    findings: Vec<Finding>,
    /// The checks across tables that were run.
    checked: BTreeSet<String>,
    /// The folders of windows that had been taken back when it was begun.
    taken_back: BTreeSet<String>,
    /// Whether it is made in several steps.
    is_draft: bool,
}

impl Begun<'_> {
    /// Runs the models that are missing, all or those `wanted`, and the checks that have what they read.
    ///
    /// # Errors
    /// [`Error::ChecksFailed`]: then nothing of it is left.
    async fn advance(&mut self, wanted: Option<&BTreeSet<TableName>>) -> Result<()> {
        let found = self.build.steps(wanted, &mut self.checked).await?;
        self.findings.extend(found);
        let is_error = |finding: &&Finding| finding.level == Level::Error;
        let errors: Vec<Finding> = self.findings.iter().filter(is_error).cloned().collect();
        if errors.is_empty() {
            return Ok(());
        }
        let warehouse = self.build.warehouse;
        if self.is_draft {
            warehouse.remove_draft().await?;
        }
        warehouse.clean(Clean::Ours).await?;
        Err(Error::ChecksFailed(errors))
    }
}

impl Warehouse {
    /// Builds all tables from the landing and publishes them if every error-level check passes.
    ///
    /// A file of the published build that is gone or damaged does not fail the build: once noticed,
    /// a full build runs instead, and the report says so.
    pub async fn build(
        &self,
        request: BuildRequest,
        now: Timestamp,
        on_event: &(dyn Fn(BuildEvent) + Sync),
    ) -> Result<BuildReport> {
        let damage = match self.undisturbed(request, now, on_event).await {
            Err(error @ Error::DamagedFile { .. }) if !request.full => error.to_string(),
            done => return done,
        };
        let full = BuildRequest { full: true };
        let mut report = self.undisturbed(full, now, on_event).await?;
        report.damage.push(format!("{damage}; {BUILT_WHOLE}"));
        Ok(report)
    }

    /// Builds, and reports any error of an overtaken build as [`Error::Overtaken`]: the winner may
    /// have removed what it was reading.
    async fn undisturbed(
        &self,
        request: BuildRequest,
        now: Timestamp,
        on_event: &(dyn Fn(BuildEvent) + Sync),
    ) -> Result<BuildReport> {
        let generation = self.builds.next_generation().await?;
        let ours = AtomicBool::new(false);
        let building = async {
            let begun = self.begin(request, on_event).await?;
            self.finish(begun, now, &ours).await
        };
        self.guarded(generation, &ours, building).await
    }

    /// Reports any error of a build that was overtaken as such; `generation` is the one that it was to
    /// get.
    async fn guarded<T>(
        &self,
        generation: u64,
        ours: &AtomicBool,
        building: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let error = match building.await {
            Err(error) if !matches!(error, Error::ChecksFailed(_)) => error,
            done => return done,
        };
        let next = self.builds.next_generation().await?;
        if next == generation || ours.load(Ordering::Relaxed) {
            return Err(error);
        }
        tracing::warn!(%error, "another process published meanwhile");
        self.logs_back().await?;
        self.clean(Clean::Ours).await?;
        Err(Error::Overtaken(next - 1))
    }

    /// Begins a build: finds out what it is based on, and stages the landing.
    async fn begin<'a>(
        &'a self,
        request: BuildRequest,
        on_event: &'a (dyn Fn(BuildEvent) + Sync),
    ) -> Result<Begun<'a>> {
        self.landing.claim().await?;
        self.nobody_publishes().await?;
        // Before anything is read: a build whose base was replaced meanwhile is overtaken.
        let generation = self.builds.next_generation().await?;
        let number = self.next_build().await?;
        let published = self.builds.published().await?;
        let mut damage = Vec::new();
        let mut base = None;
        if let Some(record) = &published {
            if !request.full {
                let mut lost = self.lost_files(record).await?;
                if lost.is_empty() {
                    // The next record vouches for the files that are taken over.
                    (_, lost) = self.files_as_written(record).await?;
                }
                match lost.first() {
                    None => base = Some(record.clone()),
                    Some(first) => damage.push(format!(
                        "{} files of build {} are damaged, such as this one: {first}; {BUILT_WHOLE}",
                        lost.len(),
                        record.build
                    )),
                }
            }
            // Before anything is cleaned up: the logs must not name files that are about to be
            // removed. Where files of the build cannot be read, the new build's commit corrects the
            // logs.
            match self.restore_logs(record).await {
                Err(Error::DamagedFile { .. }) if base.is_none() => {}
                done => done?,
            }
        } else if generation == 1
            && let Some(build) = self.build_of_logs().await?
        {
            damage.push(format!(
                "there is no build record, but the Delta logs are of build {build}: its record is missing"
            ));
        }
        let mut build = Build {
            warehouse: self,
            published,
            base,
            number,
            names: Arc::new(FileNames::new(number, self.writer())),
            allowance: Allowance::new(),
            tables: self.engine.catalog(),
            made: BTreeMap::new(),
            keys: Arc::default(),
            unread: Vec::new(),
            unlanded: Vec::new(),
            on_event,
        };
        let values = build.begin_values()?;
        let staged = build.stage().await?;
        damage.extend(named(&staged.gone));
        damage.extend(named(&build.unread));
        build.add_values(values).await?;
        Ok(Begun {
            taken_back: folders(&build.unlanded),
            build,
            generation,
            damage,
            staged,
            findings: Vec::new(),
            checked: BTreeSet::new(),
            is_draft: false,
        })
    }

    /// Makes what is missing, and publishes. `ours` is set once this build is the published one.
    async fn finish(
        &self,
        mut begun: Begun<'_>,
        now: Timestamp,
        ours: &AtomicBool,
    ) -> Result<BuildReport> {
        begun.advance(None).await?;
        let Begun {
            build,
            generation,
            mut damage,
            staged,
            findings: warnings,
            is_draft,
            ..
        } = begun;
        let on_event = build.on_event;
        // Records above the published one are damaged. The Delta logs may be at what they named, so
        // a build brings all of them to its own files, and is published even where nothing changed.
        let sequel = build
            .published
            .as_ref()
            .filter(|record| record.generation + 1 == generation);
        let schemas = build.schemas();
        let mut astray = Vec::new();
        if let Some(record) = sequel {
            let same = |name: &TableName| {
                let made = build.made.get(name).map(|made| made.table.identity());
                made == record.tables.get(name).map(PublishedTable::identity)
            };
            let unchanged = schemas.clone().into_iter().filter(|(name, _)| same(name));
            astray = self.damaged_in_store(record, &unchanged.collect()).await?;
            damage.extend(named(
                &astray
                    .iter()
                    .map(|found| format!("{}; it was restored to the build", found.line))
                    .collect::<Vec<_>>(),
            ));
        }
        if let Some(record) = sequel.filter(|record| build.same_as(record)) {
            if !astray.is_empty() {
                self.mark_different(&astray).await?;
                self.restore_logs(record).await?;
            }
            damage.extend(named(&self.follow(sequel, record, &schemas).await));
            if is_draft {
                self.remove_draft().await?;
            }
            self.clean(Clean::Ours).await?;
            self.remove_unlanded(&build.unlanded).await?;
            return Ok(BuildReport {
                record: record.clone(),
                published: false,
                changed: Vec::new(),
                new_windows: 0,
                new_rows: 0,
                quarantined: 0,
                schema_changes: Vec::new(),
                unlanded: 0,
                damage,
            });
        }
        let record = build.record(generation, now, warnings).await?;
        // Commits nothing if this build is already overtaken.
        let next = self.builds.next_generation().await?;
        if next != generation {
            return Err(Error::Overtaken(next - 1));
        }
        self.nobody_publishes().await?;
        if !astray.is_empty() {
            self.mark_different(&astray).await?;
        }
        self.commit_logs(sequel, &record, &schemas).await?;
        self.builds.publish(&record).await?;
        ours.store(true, Ordering::Relaxed);
        self.logs_committed().await?;
        on_event(BuildEvent::Published {
            build: build.number,
        });
        damage.extend(named(&self.follow(sequel, &record, &schemas).await));
        self.clean(Clean::Ours).await?;
        self.remove_unlanded(&build.unlanded).await?;
        Ok(BuildReport {
            record,
            published: true,
            changed: build.changed(),
            new_windows: staged.windows,
            new_rows: staged.rows,
            quarantined: staged.quarantined,
            schema_changes: staged.schema_changes,
            unlanded: staged.unlanded,
            damage,
        })
    }
}

impl Build<'_> {
    /// Takes a finished table into the build and makes it readable for what comes next.
    async fn add(&mut self, name: &TableName, made: Made) -> Result<()> {
        made.add_to(&*self.tables, name).await?;
        (self.on_event)(BuildEvent::Table {
            name: name.clone(),
            rows: made.table.rows,
            how: match made.change {
                Change::Unchanged => How::Unchanged,
                Change::Keys { .. } => How::Updated,
                Change::Rewritten => How::Rebuilt,
            },
        });
        self.made.insert(name.clone(), made);
        Ok(())
    }

    fn base_table(&self, name: &TableName) -> Option<&PublishedTable> {
        self.base.as_ref()?.tables.get(name)
    }

    /// The schema of a table that is taken over unchanged.
    async fn schema_of(&self, table: &PublishedTable) -> Result<SchemaRef> {
        self.warehouse.engine.schema(&table.files).await
    }

    fn schemas(&self) -> BTreeMap<TableName, SchemaRef> {
        self.made
            .iter()
            .map(|(name, made)| (name.clone(), made.schema.clone()))
            .collect()
    }

    fn same_as(&self, record: &BuildRecord) -> bool {
        self.made.len() == record.tables.len()
            && self.made.iter().all(|(name, made)| {
                matches!(made.change, Change::Unchanged) && record.tables.contains_key(name)
            })
            && self.check_fingerprints() == record.checks
            && self.unread == record.unread
    }

    fn changed(&self) -> Vec<TableName> {
        let made = self.made.iter();
        made.filter(|(_, made)| !matches!(made.change, Change::Unchanged))
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn check_fingerprints(&self) -> BTreeMap<String, String> {
        let checks = self.warehouse.pipeline.checks.iter();
        checks
            .map(|check| (check.name.clone(), check.fingerprint.clone()))
            .collect()
    }

    async fn record(
        &self,
        generation: u64,
        now: Timestamp,
        warnings: Vec<Finding>,
    ) -> Result<BuildRecord> {
        let summary = self.summary().await?;
        Ok(BuildRecord {
            generation,
            build: self.number,
            action: Action::Publish,
            published_at: now,
            built_at: now,
            program: concat!("jobtide ", env!("CARGO_PKG_VERSION")).to_owned(),
            origin: summary.origin,
            postings: summary.postings,
            collected_through: summary.collected_through,
            data_date: self.data_date().await?,
            tables: self
                .made
                .iter()
                .map(|(name, made)| (name.clone(), made.table.clone()))
                .collect(),
            checks: self.check_fingerprints(),
            warnings,
            token: self.warehouse.fence.token(),
            unread: self.unread.clone(),
        })
    }
}

/// The first damages, and how many more there are.
fn named<T: ToString>(damage: &[T]) -> Vec<String> {
    let mut lines: Vec<String> = damage.iter().take(NAMED).map(T::to_string).collect();
    if damage.len() > NAMED {
        lines.push(format!(
            "{} more of this kind; `jobtide doctor` counts them",
            damage.len() - NAMED
        ));
    }
    lines
}

/// Fingerprint of a table's definition and of [`TABLE_FORMAT`].
fn fingerprint(definition: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(TABLE_FORMAT.to_le_bytes());
    hash.update(definition);
    hex(&hash.finalize()[..16])
}
