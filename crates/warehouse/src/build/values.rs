//! Code tables, data files and settings as tables: small, and compared by their rows. They are
//! written while the landing is read; every other table needs both.

use arrow::array::RecordBatch;
use tokio::task::JoinSet;

use super::output::{self, Output};
use super::{Build, Change, Made, fingerprint};
use crate::error::Result;
use crate::name::TableName;
use crate::publish::PublishedTable;
use crate::staging::csv;
use crate::staging::spec::StagingSpec;

/// Tables of values that are being written. Dropping it cancels the writing.
pub(super) struct Values {
    tables: Vec<ValueTable>,
    written: JoinSet<(usize, Result<Option<Output>>)>,
}

struct ValueTable {
    name: TableName,
    what: String,
    batch: RecordBatch,
    model: String,
    base: Option<PublishedTable>,
}

impl Build<'_> {
    /// Begins to write the tables of values.
    pub(super) fn begin_values(&self) -> Result<Values> {
        let tables = self.value_tables()?;
        let mut written = JoinSet::new();
        for (at, table) in tables.iter().enumerate() {
            let target = self.target(&table.name);
            let batch = table.batch.clone();
            let published = table.base.as_ref().map(|base| base.digest.clone());
            written.spawn(async move {
                let output = output::write_rows(&target, &batch, published.as_deref()).await;
                (at, output)
            });
        }
        Ok(Values { tables, written })
    }

    /// Takes the written tables of values into the build, in their order.
    pub(super) async fn add_values(&mut self, mut values: Values) -> Result<()> {
        let mut outputs: Vec<Option<Output>> = values.tables.iter().map(|_| None).collect();
        while let Some(done) = values.written.join_next().await {
            let (at, output) = done?;
            outputs[at] = output?;
        }
        for (table, output) in values.tables.into_iter().zip(outputs) {
            let name = table.name.clone();
            self.add(&name, made(table, output)).await?;
        }
        Ok(())
    }

    fn value_tables(&self) -> Result<Vec<ValueTable>> {
        let pipeline = &self.warehouse.pipeline;
        let mut tables = Vec::new();
        for (name, table) in &pipeline.meta {
            let batch = csv::text_table(&table.path, &table.bytes)?;
            let what = format!("code table `pipeline/{}`", table.path);
            tables.push(self.value_table(name, what, batch));
        }
        for (name, spec) in &pipeline.staging {
            if let StagingSpec::Csv(spec) = spec {
                let bytes = pipeline.data.get(&spec.csv).cloned().unwrap_or_default();
                let batch = csv::data_table(spec, &bytes)?;
                tables.push(self.value_table(name, spec.what.clone(), batch));
            }
        }
        for (name, batch) in self.warehouse.analysis.batches()? {
            let what = "what is configured about the analysis".to_owned();
            tables.push(self.value_table(&name, what, batch));
        }
        Ok(tables)
    }

    fn value_table(&self, name: &TableName, what: String, batch: RecordBatch) -> ValueTable {
        let columns: Vec<String> = batch
            .schema()
            .fields()
            .iter()
            .map(|field| format!("{} {}", field.name(), field.data_type()))
            .collect();
        let model = fingerprint(columns.join(",").as_bytes());
        let base = self
            .base_table(name)
            .filter(|base| base.model == model)
            .cloned();
        ValueTable {
            name: name.clone(),
            what,
            batch,
            model,
            base,
        }
    }
}

/// A table of values as part of the build; without output the base's is taken over.
fn made(values: ValueTable, output: Option<Output>) -> Made {
    let ValueTable {
        what,
        batch,
        model,
        base,
        ..
    } = values;
    let schema = batch.schema();
    match (output, base) {
        (None, Some(base)) => Made {
            table: PublishedTable { what, ..base },
            schema,
            change: Change::Unchanged,
            held: None,
        },
        (output, _) => {
            let (files, digest, held) = match output {
                Some(output) => (output.files, output.digest, output.held),
                None => Default::default(),
            };
            Made {
                table: PublishedTable {
                    what,
                    grain: Vec::new(),
                    rows: batch.num_rows() as u64,
                    digest,
                    model,
                    inputs: Default::default(),
                    files,
                },
                schema,
                change: Change::Rewritten,
                held,
            }
        }
    }
}
