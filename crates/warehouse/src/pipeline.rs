//! The product as files: everything below `pipeline/` that the warehouse reads, parsed and ordered.
//!
//! A pipeline is read once and then shared unchanged. A file that does not parse is an error that
//! names it; nothing is skipped silently.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::algo::toposort;
use petgraph::graph::DiGraph;

use crate::error::{Error, Result};
use crate::model::{Check, Model};
use crate::name::TableName;
use crate::publish::FIRST_ENTITY;
use crate::roles;
use crate::staging::spec::{RecordSpec, StagingSpec};

/// Layers whose tables are SQL models, in the order of the flow.
const MODEL_LAYERS: [&str; 5] = ["external", "raw_data", "analytic", "visual_tables", "adhoc"];

/// Files below `pipeline/` by their path there, with `/` as separator.
pub type PipelineFiles = BTreeMap<String, Vec<u8>>;

/// A table that is a file of values.
#[derive(Debug, Clone)]
pub struct CsvTable {
    /// Path below `pipeline/`.
    pub path: String,
    /// The file, header first; every column is text.
    pub bytes: Arc<[u8]>,
}

/// Everything the warehouse builds from, besides the landing and the settings.
#[derive(Debug)]
pub struct Pipeline {
    /// Staging tables.
    pub staging: BTreeMap<TableName, StagingSpec>,
    /// Code tables of the source, and the role rules.
    pub meta: BTreeMap<TableName, CsvTable>,
    /// Data files that staging tables name, by path.
    pub data: BTreeMap<String, Arc<[u8]>>,
    /// Models in topological order.
    pub models: Vec<Model>,
    /// Queries that must return nothing.
    pub checks: Vec<Check>,
}

impl Pipeline {
    /// Every table of a build of these files, including those that the program fills itself.
    pub fn tables(&self) -> impl Iterator<Item = TableName> {
        let models = self.models.iter().map(|model| model.name.clone());
        let staging = self.staging.keys().cloned();
        let meta = self.meta.keys().cloned();
        let system = crate::staging::system::system_tables();
        staging.chain(meta).chain(models).chain(system)
    }

    /// Parses all files. Files that other parts of the program read are ignored.
    pub fn parse(files: &PipelineFiles) -> Result<Self> {
        let mut pipeline = Self {
            staging: BTreeMap::new(),
            meta: BTreeMap::new(),
            data: BTreeMap::new(),
            models: Vec::new(),
            checks: Vec::new(),
        };
        for (path, bytes) in files {
            pipeline.file(path, bytes)?;
        }
        for (name, spec) in &pipeline.staging {
            if let StagingSpec::Csv(csv) = spec
                && !pipeline.data.contains_key(&csv.csv)
            {
                let path = format!("staging/{}.toml", name.table());
                return Err(Error::pipeline(path, format!("there is no `{}`", csv.csv)));
            }
        }
        pipeline.check_entities()?;
        pipeline.models = ordered(std::mem::take(&mut pipeline.models), &pipeline)?;
        Ok(pipeline)
    }

    /// The table with one row of each of an entity.
    pub fn entity_table(&self, entity: &str) -> Option<&Model> {
        let declares = |model: &&Model| model.entity.as_deref() == Some(entity);
        self.models.iter().find(declares)
    }

    /// The staging tables that the table of postings is made from, each with its source, in their
    /// order; all staging tables of postings where there is no such table.
    pub fn sources_of_postings(&self) -> Vec<(&TableName, &str)> {
        let table = self.entity_table(FIRST_ENTITY);
        let read = table.map(|model| self.inputs_of(&model.name));
        let specs = self.staging.iter();
        let specs = specs.filter_map(|(name, spec)| records(spec).map(|spec| (name, spec)));
        specs
            .filter(|(name, spec)| {
                spec.entity == FIRST_ENTITY && read.as_ref().is_none_or(|read| read.contains(name))
            })
            .map(|(name, spec)| (name, spec.source.as_str()))
            .collect()
    }

    /// The models of a layer, and those that they are made from.
    pub(crate) fn layer(&self, layer: &str) -> BTreeSet<TableName> {
        let models = self.models.iter().map(|model| &model.name);
        let of_layer: Vec<&TableName> = models.filter(|name| name.schema() == layer).collect();
        let inputs = of_layer.iter().flat_map(|name| self.inputs_of(name));
        let all: BTreeSet<&TableName> = inputs.chain(of_layer.iter().copied()).collect();
        all.into_iter().cloned().collect()
    }

    /// All tables that a table is made from, directly or through others.
    fn inputs_of<'a>(&'a self, table: &'a TableName) -> BTreeSet<&'a TableName> {
        let (mut found, mut next) = (BTreeSet::new(), vec![table]);
        while let Some(name) = next.pop() {
            let models = self.models.iter().filter(|model| model.name == *name);
            let inputs = models.flat_map(|model| &model.inputs);
            next.extend(inputs.filter(|input| found.insert(*input)));
        }
        found
    }

    /// A dataset has one entity; an entity of a model is one of a staging table, and no other
    /// model's; and the entity that a build counts has a model if it is read at all.
    fn check_entities(&self) -> Result<()> {
        let mut staged: BTreeMap<&str, &TableName> = BTreeMap::new();
        let mut by_dataset: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for (name, spec) in &self.staging {
            let Some(spec) = records(spec) else { continue };
            staged.insert(&spec.entity, name);
            let other = by_dataset.insert((&spec.source, &spec.dataset), &spec.entity);
            if let Some(other) = other.filter(|other| *other != spec.entity) {
                let message = format!(
                    "its `entity` is `{}`, and another table of the dataset `{}/{}` has `{other}`: a dataset has one",
                    spec.entity, spec.source, spec.dataset
                );
                let path = format!("{}/{}.toml", name.schema(), name.table());
                return Err(Error::pipeline(path, message));
            }
        }
        for model in &self.models {
            let Some(entity) = &model.entity else {
                continue;
            };
            let path = format!("{}/{}.sql", model.name.schema(), model.name.table());
            if !staged.contains_key(entity.as_str()) {
                let message = format!("no staging table is of the entity `{entity}`");
                return Err(Error::pipeline(path, message));
            }
            if let Some(other) = self
                .entity_table(entity)
                .filter(|other| other.name != model.name)
            {
                let message = format!("`{}` is the table of the entity `{entity}` too", other.name);
                return Err(Error::pipeline(path, message));
            }
        }
        if let Some(table) = staged.get(FIRST_ENTITY)
            && self.entity_table(FIRST_ENTITY).is_none()
            && let Some(reader) = self
                .models
                .iter()
                .find(|model| model.inputs.contains(table))
        {
            let path = format!("{}/{}.sql", reader.name.schema(), reader.name.table());
            let message = format!(
                "no table has one row of each `{FIRST_ENTITY}`, so that none could be counted\nhint: write `-- entity: {FIRST_ENTITY}` into the head of the one that does"
            );
            return Err(Error::pipeline(path, message));
        }
        Ok(())
    }

    fn file(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let text = || {
            std::str::from_utf8(bytes)
                .map_err(|error| Error::pipeline(path, format!("not UTF-8: {error}")))
        };
        let named = |schema: &str, file: &str| {
            TableName::new(schema, file).map_err(|error| Error::pipeline(path, error))
        };
        if path == "roles.toml" {
            let name = named("meta", "role_rules")?;
            let bytes = roles::rules_csv(text()?)?.into();
            let path = path.to_owned();
            self.meta.insert(name, CsvTable { path, bytes });
            return Ok(());
        }
        let Some((folder, file)) = path.split_once('/') else {
            return Ok(());
        };
        let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
        match (folder, ending) {
            ("staging", "toml") => {
                let spec = StagingSpec::parse(path, text()?)?;
                self.staging.insert(named(folder, stem)?, spec);
            }
            ("meta", "csv") => {
                text()?;
                let table = CsvTable {
                    path: path.to_owned(),
                    bytes: bytes.into(),
                };
                self.meta.insert(named(folder, stem)?, table);
            }
            ("data", "csv") => {
                text()?;
                self.data.insert(path.to_owned(), bytes.into());
            }
            ("checks", "sql") => self.checks.push(Check::parse(path, stem, text()?)?),
            (layer, "sql") if MODEL_LAYERS.contains(&layer) => {
                self.models
                    .push(Model::parse(path, named(layer, stem)?, text()?)?);
            }
            _ => {}
        }
        Ok(())
    }

    /// The model of a table.
    pub fn model(&self, name: &TableName) -> Option<&Model> {
        self.models.iter().find(|model| model.name == *name)
    }
}

/// Sorts models so that each comes after its inputs; unknown inputs and cycles are errors.
fn ordered(models: Vec<Model>, pipeline: &Pipeline) -> Result<Vec<Model>> {
    let mut known: BTreeSet<TableName> = models.iter().map(|model| model.name.clone()).collect();
    known.extend(pipeline.staging.keys().cloned());
    known.extend(pipeline.meta.keys().cloned());
    known.extend(crate::staging::system_tables());
    known.extend(crate::settings::tables());

    let path = |name: &TableName| format!("{}/{}.sql", name.schema(), name.table());
    let checks = pipeline
        .checks
        .iter()
        .map(|check| (format!("checks/{}.sql", check.name), &check.inputs));
    let readers = models
        .iter()
        .map(|model| (path(&model.name), &model.inputs))
        .chain(checks);
    for (reader, inputs) in readers {
        if let Some(unknown) = inputs.iter().find(|input| !known.contains(*input)) {
            return Err(Error::pipeline(
                reader,
                format!("reads `{unknown}`, which no file defines"),
            ));
        }
    }

    let mut graph = DiGraph::new();
    let nodes: BTreeMap<TableName, _> = models
        .iter()
        .map(|model| (model.name.clone(), graph.add_node(model.name.clone())))
        .collect();
    for model in &models {
        for input in &model.inputs {
            if let Some(from) = nodes.get(input) {
                graph.add_edge(*from, nodes[&model.name], ());
            }
        }
    }
    let order = toposort(&graph, None).map_err(|cycle| {
        let name = &graph[cycle.node_id()];
        Error::pipeline(
            path(name),
            format!("`{name}` depends on itself, directly or indirectly"),
        )
    })?;
    let mut by_name: BTreeMap<TableName, Model> = models
        .into_iter()
        .map(|model| (model.name.clone(), model))
        .collect();
    Ok(order
        .into_iter()
        .filter_map(|node| by_name.remove(&graph[node]))
        .collect())
}
/// The specification of records, if it is one.
fn records(spec: &StagingSpec) -> Option<&RecordSpec> {
    match spec {
        StagingSpec::Records(spec) => Some(spec),
        StagingSpec::Csv(_) => None,
    }
}
