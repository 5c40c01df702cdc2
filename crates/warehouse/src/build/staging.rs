//! The first layer of a build: landed windows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use landing::{Dataset, WindowRef};
use serde::{Deserialize, Serialize};

use super::output::{self, Target};
use super::replace;
use super::unread::Found;
use super::{Build, BuildEvent, Change, Made, fingerprint};
use crate::error::{Error, Result};
use crate::name::TableName;
use crate::publish::PublishedTable;
use crate::staging::decode::Decoder;
use crate::staging::spec::{RecordSpec, StagingSpec};
use crate::staging::system::{self, SYSTEM_TABLE_TEXTS, WindowOutcome};
use crate::staging::windows;

/// A key that is missing from fewer records of a window than this is no evidence about the schema.
const FEW_RECORDS: u64 = 20;

/// Version of the decoding, part of the staging tables' fingerprints: when it changes, everything is
/// read again. 2: lists, one response per line, and several documents in one body. 3: integers
/// written as floats.
const READING: u32 = 3;

/// Changes of the source's schema that a report names.
const NAMED_CHANGES: usize = 20;

/// Manifests read at once.
pub(super) const MANIFESTS_AT_ONCE: usize = 16;

/// A window that a build has staged.
#[derive(Debug)]
pub(super) struct StagedWindow {
    pub dataset: Dataset,
    /// Records that were staged of it.
    pub records: u64,
}

/// What staging did.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct StagingSummary {
    pub windows: usize,
    pub rows: u64,
    pub quarantined: u64,
    pub schema_changes: Vec<String>,
    /// Messages about windows that are missing since the base staged them.
    pub gone: Vec<String>,
    /// How many were taken back by a record since the base staged them.
    pub unlanded: usize,
}

impl Build<'_> {
    /// Stages the windows that the base does not have.
    pub(super) async fn stage(&mut self) -> Result<StagingSummary> {
        let pipeline = self.warehouse.pipeline.clone();
        let mut listing = self.warehouse.landing.list().await?;
        let mut specs: Vec<(&TableName, &RecordSpec, Dataset)> = Vec::new();
        for (name, spec) in &pipeline.staging {
            if let StagingSpec::Records(spec) = spec {
                specs.push((name, spec, spec.landed()?));
            }
        }
        let datasets: BTreeSet<Dataset> = specs
            .iter()
            .map(|(_, _, dataset)| dataset.clone())
            .collect();
        let read_by_someone = |window: &WindowRef| datasets.contains(&window.dataset);
        listing.windows.retain(read_by_someone);
        listing.unsound.retain(read_by_someone);
        listing
            .unfinished
            .retain(|left| read_by_someone(&left.window));
        self.unlanded = listing.unlanded.clone();

        // Take-downs are part of the fingerprint: after one, the datasets with its entity are read
        // again, also when the process that took it down died midway.
        let take_downs = self.warehouse.take_downs().await?;
        let print = |spec: &RecordSpec| {
            let excluded = take_downs.fingerprint(&spec.entity);
            fingerprint(format!("{READING}{spec:?}{excluded}").as_bytes())
        };
        let unchanged = |name: &TableName, spec: &RecordSpec| {
            self.base_table(name)
                .is_some_and(|table| table.model == print(spec))
        };
        let changed = specs
            .iter()
            .filter(|(name, spec, _)| !unchanged(name, spec))
            .map(|(_, _, dataset)| dataset.clone())
            .collect();
        let Found {
            new,
            mut unread,
            gone,
            unlanded,
            stale,
            leaving,
        } = self.find_windows(listing, &datasets, changed).await?;
        (self.on_event)(BuildEvent::Staging { windows: new.len() });

        let landing = &self.warehouse.landing;
        let known_fields = self.known_fields().await?;
        let mut summary = StagingSummary {
            windows: new.len(),
            ..StagingSummary::default()
        };
        let mut outcomes = Vec::new();
        let mut keys = HashSet::new();
        for (name, spec, dataset) in &specs {
            let kept_out = Arc::new(take_downs.keys(&spec.entity));
            let decoder = Decoder::keeping_out((*spec).clone(), kept_out);
            let windows: Vec<_> = new
                .iter()
                .filter(|(window, _)| window.dataset == *dataset)
                .cloned()
                .collect();
            let is_stale = stale.contains(dataset);
            let staged = windows::stage(
                &self.warehouse.store,
                landing,
                &decoder,
                name,
                &self.names,
                windows,
                self.warehouse.limits.partitions,
            )
            .await?;
            // What reads a table that is written whole is computed whole, whatever its keys.
            if !is_stale {
                keys.extend(staged.keys);
            }
            summary.rows += staged.files.iter().map(|file| file.rows).sum::<u64>();
            self.add_records(name, spec, &decoder, staged.files, print(spec), is_stale)
                .await?;
            outcomes.extend(staged.outcomes);
            unread.extend(staged.unread);
        }
        unread.sort();
        self.unread = unread;
        summary.gone = gone;
        summary.unlanded = unlanded;
        self.keys = Arc::new(keys);
        summary.quarantined = outcomes.iter().map(WindowOutcome::quarantined).sum();
        summary.schema_changes = schema_changes(&outcomes, &known_fields);
        let afresh = !stale.is_empty() && datasets.is_subset(&stale);
        self.add_system_tables(&outcomes, afresh, &leaving).await?;
        Ok(summary)
    }

    async fn add_records(
        &mut self,
        name: &TableName,
        spec: &RecordSpec,
        decoder: &Decoder,
        fresh: Vec<crate::data_file::DataFile>,
        model: String,
        afresh: bool,
    ) -> Result<()> {
        let target = self.target(name);
        let base = self.base_table(name).filter(|_| !afresh).cloned();
        let fresh_rows = fresh.iter().map(|file| file.rows).sum::<u64>();
        let (files, rows, change) = match base {
            Some(base) if fresh.is_empty() => (base.files, base.rows, Change::Unchanged),
            Some(base) => {
                let rows = base.rows + fresh_rows;
                let mut files = base.files;
                files.retain(|file| file.rows > 0);
                files.extend(fresh);
                let files = replace::compact(&target, files).await?;
                // The other files contain older versions of the same records.
                (files, rows, Change::Keys { fresh: None })
            }
            None if fresh.is_empty() => {
                let empty = RecordBatch::new_empty(decoder.schema().clone());
                let output = output::write_rows(&target, &empty, None).await?;
                let files = output.map(|output| output.files).unwrap_or_default();
                (files, 0, Change::Rewritten)
            }
            None => (fresh, fresh_rows, Change::Rewritten),
        };
        let table = PublishedTable {
            what: spec.what.clone(),
            grain: vec!["landing_path".to_owned(), "landing_row".to_owned()],
            rows,
            digest: String::new(),
            model,
            inputs: Default::default(),
            files,
        };
        let schema = decoder.schema().clone();
        self.add(
            name,
            Made {
                table,
                schema,
                change,
                held: None,
            },
        )
        .await
    }

    /// Adds the rows of the windows just staged to the program's own tables. Rows of the base stay,
    /// but for those of `leaving` datasets; `afresh`, none does.
    async fn add_system_tables(
        &mut self,
        outcomes: &[WindowOutcome],
        afresh: bool,
        leaving: &BTreeSet<Dataset>,
    ) -> Result<()> {
        let batches = system::batches(outcomes)?;
        let tables = system::system_tables().into_iter().zip(SYSTEM_TABLE_TEXTS);
        for ((name, what), batch) in tables.zip(batches) {
            let target = self.target(&name);
            let base = self.base_table(&name).filter(|_| !afresh).cloned();
            let schema = batch.schema();
            let mut held = None;
            let (files, rows, change) = match base {
                Some(base) => {
                    let kept = replace::without_datasets(&target, &base.files, leaving).await?;
                    if kept.removed == 0 && batch.num_rows() == 0 {
                        (base.files, base.rows, Change::Unchanged)
                    } else {
                        let mut files = kept.files;
                        files.retain(|file| file.rows > 0);
                        if batch.num_rows() > 0 || files.is_empty() {
                            let output = output::write_rows(&target, &batch, None).await?;
                            files.extend(output.into_iter().flat_map(|output| output.files));
                        }
                        let files = replace::compact(&target, files).await?;
                        let rows = files.iter().map(|file| file.rows).sum();
                        (files, rows, Change::Rewritten)
                    }
                }
                None => {
                    let output = output::write_rows(&target, &batch, None).await?;
                    let files = match output {
                        Some(output) => {
                            held = output.held;
                            output.files
                        }
                        None => Vec::new(),
                    };
                    (files, batch.num_rows() as u64, Change::Rewritten)
                }
            };
            let table = PublishedTable {
                what: what.to_owned(),
                grain: Vec::new(),
                rows,
                digest: String::new(),
                model: fingerprint(b"system"),
                inputs: Default::default(),
                files,
            };
            self.add(
                &name,
                Made {
                    table,
                    schema,
                    change,
                    held,
                },
            )
            .await?;
        }
        Ok(())
    }

    pub(super) fn target(&self, name: &TableName) -> Target {
        Target {
            engine: self.warehouse.engine.clone(),
            store: self.warehouse.store.clone(),
            names: self.names.clone(),
            allowance: self.allowance.clone(),
            table: name.clone(),
        }
    }

    /// Windows that the published build has staged.
    pub(super) async fn staged_windows(&self) -> Result<HashMap<String, StagedWindow>> {
        // No name holds a space.
        const STAGED: &str =
            "select concat_ws(' ', window, source, dataset, max(records)) as staged
             from staging.windows group by window, source, dataset";
        let Some(published) = &self.published else {
            return Ok(HashMap::new());
        };
        let rows = match self.warehouse.texts(published, STAGED).await {
            // Everything is read again: the earlier rows are only for the report.
            Err(Error::DamagedFile { .. }) if self.base.is_none() => Vec::new(),
            rows => rows?,
        };
        let mut windows = HashMap::with_capacity(rows.len());
        for row in rows {
            let parts: Vec<&str> = row.split(' ').collect();
            let [window, source, dataset, records] = parts[..] else {
                return Err(Error::Query(format!("`{row}` is not a staged window")));
            };
            let staged = StagedWindow {
                dataset: Dataset::new(source, dataset)?,
                records: records.parse().unwrap_or_default(),
            };
            windows.insert(window.to_owned(), staged);
        }
        Ok(windows)
    }

    /// Schema changes that the base has seen.
    async fn known_fields(&self) -> Result<BTreeSet<String>> {
        let rows = self
            .base_texts(
                "fields",
                &format!(
                    "select distinct concat(change, ' ', source, ' ', field, ' ', json_type) as change
                     from staging.fields
                     where change <> 'missing' or records >= {FEW_RECORDS}"
                ),
            )
            .await?;
        Ok(rows.into_iter().collect())
    }

    async fn base_texts(&self, table: &str, sql: &str) -> Result<Vec<String>> {
        let Some(base) = &self.base else {
            return Ok(Vec::new());
        };
        let name = TableName::new("staging", table).map_err(|e| Error::Query(e.to_string()))?;
        if !base.tables.contains_key(&name) {
            return Ok(Vec::new());
        }
        self.warehouse.texts(base, sql).await
    }
}

/// Changes of the source's schema that no earlier window showed: each is reported once. A key that
/// is missing from a handful of records is no evidence, so those do not count.
fn schema_changes(outcomes: &[WindowOutcome], known: &BTreeSet<String>) -> Vec<String> {
    let mut changes = BTreeSet::new();
    for outcome in outcomes {
        for count in &outcome.fields {
            if count.change == crate::staging::keys::FieldChange::Missing
                && count.records < FEW_RECORDS
            {
                continue;
            }
            let change = format!(
                "{} {} {} {}",
                count.change.name(),
                outcome.manifest.source,
                count.field,
                count.json_type
            );
            if !known.contains(&change) {
                changes.insert(change);
            }
        }
    }
    let further = changes.len().saturating_sub(NAMED_CHANGES);
    let mut named: Vec<String> = changes.into_iter().take(NAMED_CHANGES).collect();
    if further > 0 {
        named.push(format!(
            "{further} further changes; `staging.fields` lists them"
        ));
    }
    named
}
