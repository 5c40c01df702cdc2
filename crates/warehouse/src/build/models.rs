//! The models of a build: the inputs of a model, and whether it is rebuilt or updated.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};

use super::output::{self, Output, Target, Watch, Written};
use super::replace;
use super::{Build, Change, Made, fingerprint};
use crate::check;
use crate::data_file::DataFile;
use crate::engine::{Access, Catalog, Engine, MemoryTable, Plan};
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::grain::Grain;
use crate::model::Model;
use crate::name::TableName;
use crate::publish::PublishedTable;

/// With more keys than one in so many rows, computing the whole table is cheaper than replacing.
const LARGEST_SHARE: u64 = 10;

/// Key lists up to this length are pushed down into Parquet decoding; longer ones are not worth it.
pub(super) const LONGEST_LIST: usize = 20_000;

impl Build<'_> {
    /// Warnings of a table's row checks from when it was built.
    pub(super) fn known_findings(&self, model: &Model) -> Vec<Finding> {
        let prefix = format!("{}: ", model.name);
        self.base
            .iter()
            .flat_map(|base| &base.warnings)
            .filter(|finding| finding.check.starts_with(&prefix))
            .cloned()
            .collect()
    }

    /// Decides what to do with a model whose inputs are ready.
    pub(super) fn prepare(&self, model: &Model) -> Prepared {
        let print = fingerprint(model.fingerprint.as_bytes());
        let inputs: BTreeMap<TableName, String> = model
            .inputs
            .iter()
            .filter_map(|name| Some((name.clone(), self.made.get(name)?.table.identity())))
            .collect();
        let base = self
            .base_table(&model.name)
            .filter(|base| base.model == print)
            .cloned();
        if let Some(base) = base.as_ref().filter(|base| base.inputs == inputs) {
            return Prepared::TakenOver(base.clone());
        }
        let made: BTreeMap<TableName, Made> = model
            .inputs
            .iter()
            .filter_map(|name| Some((name.clone(), self.made.get(name)?.clone())))
            .collect();
        Prepared::Run(Box::new(ModelRun {
            model: model.clone(),
            print,
            engine: self.warehouse.engine.clone(),
            tables: self.tables.clone(),
            target: self.target(&model.name),
            in_part: base
                .as_ref()
                .is_some_and(|base| can_update(model, base, &inputs, &made, &self.keys)),
            base,
            inputs,
            made,
            keys: self.keys.clone(),
        }))
    }
}

/// See [`Build::prepare`].
pub(super) enum Prepared {
    /// Nothing: the base's table is taken over.
    TakenOver(PublishedTable),
    /// It is rebuilt or updated.
    Run(Box<ModelRun>),
}

/// Whether only the rows of the build's keys can differ from the base.
fn can_update(
    model: &Model,
    base: &PublishedTable,
    inputs: &BTreeMap<TableName, String>,
    made: &BTreeMap<TableName, Made>,
    keys: &HashSet<i64>,
) -> bool {
    let Some(key) = &model.key else { return false };
    if keys.len() > LONGEST_LIST || keys.len() as u64 > base.rows / LARGEST_SHARE + 1_000 {
        return false;
    }
    made.iter().all(|(name, input)| match input.change {
        Change::Unchanged => base.inputs.get(name) == inputs.get(name),
        Change::Keys { .. } => has_key(&input.schema, key),
        Change::Rewritten => false,
    })
}

fn has_key(schema: &SchemaRef, key: &str) -> bool {
    schema
        .field_with_name(key)
        .is_ok_and(|field| *field.data_type() == DataType::Int64)
}

/// One model about to run.
pub(super) struct ModelRun {
    model: Model,
    print: String,
    engine: Arc<dyn Engine>,
    tables: Arc<dyn Catalog>,
    target: Target,
    in_part: bool,
    base: Option<PublishedTable>,
    inputs: BTreeMap<TableName, String>,
    made: BTreeMap<TableName, Made>,
    keys: Arc<HashSet<i64>>,
}

impl ModelRun {
    /// Computes and writes the table, and checks its rows.
    pub async fn run(self: Box<Self>) -> Result<(TableName, Made, Vec<Finding>)> {
        let name = self.model.name.clone();
        let (made, grain) = match (&self.model.key, &self.base) {
            // Hashes of the new rows say nothing about the rows that are kept.
            (Some(key), Some(base)) if self.in_part => {
                (self.update(key, base).await?, Grain::Unknown)
            }
            _ => self.rebuild().await?,
        };
        // Run for unchanged rows too: their warnings belong to this build as well.
        let tables = self.tables.fork();
        made.add_to(&*tables, &name).await?;
        // With late materialisation, a condition that always holds reads only its own columns.
        let findings = check::table(&*tables, Access::Lookup, &self.model, grain).await?;
        Ok((name, made, findings))
    }

    /// Computes the whole table.
    async fn rebuild(&self) -> Result<(Made, Grain)> {
        let plan = self.plan(&*self.tables).await?;
        let published = self
            .base
            .as_ref()
            .filter(|base| !base.digest.is_empty())
            .map(|base| base.digest.as_str());
        let watch = Watch {
            grain: &self.model.grain,
            // A table that is updated by key soon has rows that its digest does not cover.
            digest: self.model.key.is_none(),
            published,
        };
        let Written { output, grain } = output::write_query(&self.target, plan, watch).await?;
        let made = match (output, &self.base) {
            (None, Some(base)) => {
                let schema = self.engine.schema(&base.files).await?;
                let (files, digest) = (base.files.clone(), base.digest.clone());
                self.made(files, digest, schema, Change::Unchanged, None)
            }
            (None, None) => {
                let message = format!("`{}` returned no result", self.model.name);
                return Err(Error::Query(message));
            }
            (Some(output), _) => {
                let Output {
                    files,
                    digest,
                    schema,
                    held,
                } = output;
                self.made(files, digest, schema, Change::Rewritten, held)
            }
        };
        Ok((made, grain))
    }

    /// Computes the rows of the build's keys and replaces the old ones.
    async fn update(&self, key: &str, base: &PublishedTable) -> Result<Made> {
        let restricted = self.restricted(key).await?;
        let plan = self.plan(&*restricted).await?;
        let fresh = output::write_query(&self.target, plan, Watch::default())
            .await?
            .output
            .unwrap_or(Output {
                files: Vec::new(),
                digest: String::new(),
                schema: Arc::new(arrow::datatypes::Schema::empty()),
                held: None,
            });
        let without = replace::without_keys(&self.target, &base.files, key, &self.keys).await?;
        let fresh_files: Vec<DataFile> = fresh
            .files
            .iter()
            .filter(|file| file.rows > 0)
            .cloned()
            .collect();
        if fresh_files.is_empty() && without.removed == 0 {
            let files = base.files.clone();
            let digest = base.digest.clone();
            return Ok(self.made(files, digest, fresh.schema, Change::Unchanged, None));
        }
        let mut files = without.files;
        files.retain(|file| file.rows > 0);
        files.extend(fresh_files);
        if files.is_empty() {
            files.clone_from(&fresh.files);
        }
        let files = replace::compact(&self.target, files).await?;
        let change = Change::Keys {
            fresh: Some(fresh.files),
        };
        Ok(self.made(files, String::new(), fresh.schema, change, None))
    }

    async fn plan(&self, tables: &dyn Catalog) -> Result<Box<dyn Plan>> {
        let plan = tables.plan(&self.model.sql, Access::Scan).await;
        plan.map_err(|error| error.of(&self.model.name))
    }

    /// The catalogue with every keyed input filtered to the build's keys.
    async fn restricted(&self, key: &str) -> Result<Arc<dyn Catalog>> {
        let tables = self.tables.fork();
        for (name, input) in &self.made {
            if !has_key(&input.schema, key) {
                continue;
            }
            if let Change::Keys { fresh: Some(files) } = &input.change {
                let files: Vec<DataFile> =
                    files.iter().filter(|file| file.rows > 0).cloned().collect();
                if files.is_empty() {
                    tables.add_rows(name, &MemoryTable::empty(input.schema.clone()))?;
                } else {
                    tables.add_files(name, &files).await?;
                }
                continue;
            }
            // Looked up now, as plans scan; the rows are as few as the keys.
            let found = self.engine.lookup(&input.table.files, key, &self.keys);
            tables.add_rows(name, &found.await?)?;
        }
        Ok(tables)
    }

    fn made(
        &self,
        files: Vec<DataFile>,
        digest: String,
        schema: SchemaRef,
        change: Change,
        held: Option<Arc<MemoryTable>>,
    ) -> Made {
        let table = PublishedTable {
            what: self.model.what.clone(),
            grain: self.model.grain.clone(),
            rows: files.iter().map(|file| file.rows).sum(),
            digest,
            model: self.print.clone(),
            inputs: self.inputs.clone(),
            files,
        };
        Made {
            table,
            schema,
            change,
            held,
        }
    }
}
