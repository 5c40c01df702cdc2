//! A user's SQL on one published build, and writing results in the formats people ask for.
//!
//! Only queries run: DDL, DML, `COPY` and `SET` are refused before planning, and a session can
//! access only the build's tables, no file and no URL. Memory and time of a query are limited
//! twice: the engine's pool here, and the process around it, which also sees what the pool does not
//! (`jobtide` runs this in a child process).

mod json;
mod rows;
mod size;
mod spreadsheet;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use futures::stream::BoxStream;
use strsim::normalized_levenshtein;

use crate::engine::{self, Access, Plan};
use crate::error::{Error, Result};
use crate::name::TableName;
use crate::publish::BuildRecord;
use crate::warehouse::Warehouse;

pub(crate) use rows::ids_as_text;
pub use rows::{Format, RowWriter, Rows, column_types};
pub use spreadsheet::without_formula;

/// Rows returned unless the caller asks for another number.
pub const DEFAULT_LIMIT: usize = 10_000;

impl Warehouse {
    /// Runs a query on a build and returns at most `limit` rows of it.
    pub async fn query(&self, record: &BuildRecord, sql: &str, limit: usize) -> Result<Rows> {
        let failed = |error| match error {
            Error::Query(message) => {
                Error::Query(unknown_table(&message, record).unwrap_or(message))
            }
            other => other,
        };
        let plan = self.catalog(record).plan_for_user(sql).await;
        let plan = plan.map_err(failed)?;
        let schema = plan.schema();
        let mut stream = plan.stream().await.map_err(failed)?;
        let mut batches = Vec::new();
        let mut rows = 0;
        let mut cut = false;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(failed)?;
            let left = limit - rows;
            if batch.num_rows() > left {
                cut = true;
                batches.push(batch.slice(0, left));
                break;
            }
            rows += batch.num_rows();
            batches.push(batch);
        }
        Ok(Rows {
            schema,
            batches,
            cut,
        })
    }

    /// Streams the rows of an internal query on a build.
    pub async fn stream(
        &self,
        record: &BuildRecord,
        sql: &str,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let plan = self.catalog(record).plan(sql, Access::Scan).await?;
        plan.stream().await
    }

    /// The rows of an internal point query on large tables.
    pub async fn find(&self, record: &BuildRecord, sql: &str) -> Result<Rows> {
        let plan = self.catalog(record).plan(sql, Access::Lookup).await?;
        all_rows(plan).await
    }

    /// The columns of a table of a build.
    pub async fn table_schema(&self, record: &BuildRecord, name: &TableName) -> Result<SchemaRef> {
        let table = record
            .tables
            .get(name)
            .ok_or_else(|| Error::UnknownTable(name.to_string()))?;
        self.engine.schema(&table.files).await
    }

    /// All rows of a table of a build.
    pub async fn read_table(&self, record: &BuildRecord, name: &TableName) -> Result<Rows> {
        if !record.tables.contains_key(name) {
            return Err(Error::UnknownTable(name.to_string()));
        }
        let sql = format!("select * from \"{}\".\"{}\"", name.schema(), name.table());
        let plan = self.catalog(record).plan(&sql, Access::Scan).await?;
        all_rows(plan).await
    }
}

async fn all_rows(plan: Box<dyn Plan>) -> Result<Rows> {
    Ok(Rows {
        schema: plan.schema(),
        batches: engine::collect(plan).await?,
        cut: false,
    })
}

/// Replaces the engine's message about an unknown table: names it as users write it, and suggests
/// the nearest existing one.
fn unknown_table(message: &str, record: &BuildRecord) -> Option<String> {
    let (_, rest) = message.split_once("table '")?;
    let (name, _) = rest.split_once("' not found")?;
    let name = name.strip_prefix("jobtide.").unwrap_or(name);
    let name = name.strip_prefix("public.").unwrap_or(name);
    let table = name.rsplit_once('.').map_or(name, |(_, table)| table);
    // The table's own name counts twice: a wrong or missing schema should not hide it.
    let nearness = |known: &TableName| {
        normalized_levenshtein(table, known.table())
            .midpoint(normalized_levenshtein(name, &known.to_string()))
    };
    let nearest = record
        .tables
        .keys()
        .map(|known| (nearness(known), known))
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let list = "`show tables` lists the tables";
    Some(match nearest {
        Some((nearness, known)) if nearness >= 0.55 => {
            format!("table `{name}` not found\nhint: did you mean `{known}`? {list}")
        }
        _ => format!("table `{name}` not found\nhint: {list}"),
    })
}
