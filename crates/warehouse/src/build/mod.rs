//! A build: staging, then every model in dependency order, each checked right after it, and the checks
//! across tables; and only when all of that passed, the publication.
//!
//! A build starts from the published one. Builds are incremental: a table whose model and inputs
//! are unchanged keeps its files. A model with a `key` replaces only the rows of the received keys;
//! everything else is recomputed. No record references the files of a build that fails or dies, so
//! no reader sees them, and the next build removes them. The caller serialises builds by a lock; of
//! two concurrent builds without a common lock, one ends with [`Error::Overtaken`] or
//! [`Error::Publishing`], and neither harms the other.

mod cleanup;
mod held;
mod logs;
mod models;
mod output;
mod replace;
mod report;
mod staging;
mod steps;
mod unread;
mod values;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};
use kernel::hex;
use landing::Unlanded;

use self::cleanup::Clean;
pub use self::cleanup::{COMMITTING, Cleaned};
use self::held::Allowance;
pub use self::report::{BuildEvent, BuildReport, BuildRequest, How};
use crate::data_file::DataFile;
use crate::engine::{self, Catalog, MemoryTable};
use crate::error::{Error, Result};
use crate::files::FileNames;
use crate::finding::Finding;
use crate::finding::Level;
use crate::name::TableName;
use crate::publish::{Action, BuildRecord, FIRST_ENTITY, Origin, PublishedTable, UnreadFile};
use crate::warehouse::Warehouse;

/// Part of every table's fingerprint: incremented when the same model would give other rows or
/// columns.
const TABLE_FORMAT: u32 = 4;

/// Damaged files that a report names one by one.
const NAMED: usize = 5;

/// What a build does about files of the one before it that cannot be read.
const BUILT_WHOLE: &str = "all tables were rebuilt from the landing";

/// How a table changed, for the models that read it.
#[derive(Debug, Clone)]
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
        let error = match self.build_upon(request, now, on_event, &ours).await {
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

    /// `ours` is set once this build is the published one.
    async fn build_upon(
        &self,
        request: BuildRequest,
        now: Timestamp,
        on_event: &(dyn Fn(BuildEvent) + Sync),
        ours: &AtomicBool,
    ) -> Result<BuildReport> {
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
        // Records above the published one are damaged. The Delta logs may be at what they named, so
        // a build brings all of them to its own files, and is published even where nothing changed.
        let sequel = published
            .as_ref()
            .filter(|record| record.generation + 1 == generation);
        let mut build = Build {
            warehouse: self,
            published: published.clone(),
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
        let findings = build.steps().await?;

        let (errors, warnings): (Vec<Finding>, Vec<Finding>) = findings
            .into_iter()
            .partition(|finding| finding.level == Level::Error);
        if !errors.is_empty() {
            self.clean(Clean::Ours).await?;
            return Err(Error::ChecksFailed(errors));
        }
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
            self.clean(Clean::Ours).await?;
            self.remove_unlanded(&build.unlanded).await?;
            return Ok(BuildReport {
                record: record.clone(),
                published: false,
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
        on_event(BuildEvent::Published { build: number });
        damage.extend(named(&self.follow(sequel, &record, &schemas).await));
        self.clean(Clean::Ours).await?;
        self.remove_unlanded(&build.unlanded).await?;
        Ok(BuildReport {
            record,
            published: true,
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
            unread: self.unread.clone(),
        })
    }

    async fn summary(&self) -> Result<Summary> {
        use arrow::array::AsArray;
        use arrow::datatypes::{Int64Type, TimestampMicrosecondType};

        let batches = engine::rows(
            &*self.tables,
            "select count(*) filter (where origin = 'generated') as generated,
                        count(*) filter (where origin = 'saved') as saved,
                        count(*) filter (where origin = 'collected') as collected,
                        max(case when kind not in ('saved', 'partial') and unread = 0
                            then finished_at end)
                            as through
                 from staging.windows",
        )
        .await?;
        let count = |column: usize| {
            batches.first().map_or(0, |batch| {
                batch.column(column).as_primitive::<Int64Type>().value(0)
            })
        };
        let through = batches.first().and_then(|batch| {
            let column = batch.column(3).as_primitive::<TimestampMicrosecondType>();
            column.iter().next().flatten()
        });
        let origin = match (count(0), count(1), count(2)) {
            (0, 0, 0) => Origin::None,
            (0, _, 0) => Origin::Saved,
            (0, 0, _) => Origin::Collected,
            (0, _, _) => Origin::Mixed,
            _ => Origin::Generated,
        };
        let counted = self.warehouse.pipeline.entity_table(FIRST_ENTITY);
        let counted = counted.and_then(|model| self.made.get(&model.name));
        let postings = counted.map_or(0, |made| made.table.rows);
        Ok(Summary {
            origin,
            postings,
            collected_through: through.and_then(|micros| Timestamp::from_microsecond(micros).ok()),
        })
    }

    fn made(&self, schema: &str, table: &str) -> Option<&Made> {
        self.made.get(&TableName::new(schema, table).ok()?)
    }

    /// The data date; `None` also with a pipeline that has no table of them.
    async fn data_date(&self) -> Result<Option<Date>> {
        use arrow::array::AsArray;
        use arrow::datatypes::Date32Type;

        if self.made("external", "data_dates").is_none() {
            return Ok(None);
        }
        let latest = "select max(data_date) as data_date from external.data_dates";
        let batches = engine::rows(&*self.tables, latest).await?;
        let days = batches.first().and_then(|batch| {
            let column = batch.column(0).as_primitive::<Date32Type>();
            column.iter().next().flatten()
        });
        // A day outside the calendar is none.
        Ok(days.and_then(|days| date(1970, 1, 1).checked_add(days.days()).ok()))
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

struct Summary {
    origin: Origin,
    postings: u64,
    collected_through: Option<Timestamp>,
}

/// Fingerprint of a table's definition and of [`TABLE_FORMAT`].
fn fingerprint(definition: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(TABLE_FORMAT.to_le_bytes());
    hash.update(definition);
    hex(&hash.finalize()[..16])
}
