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

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::utils::datafusion_strsim::normalized_levenshtein;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

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
        only_a_query(sql)?;
        let context = self.context(record);
        let options = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let failed = |error: DataFusionError| match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => {
                Error::QueryMemory(self.limits.memory_bytes >> 20)
            }
            _ => Error::damage(&error).unwrap_or_else(|| {
                let message = error.strip_backtrace();
                Error::Query(unknown_table(&message, record).unwrap_or(message))
            }),
        };
        let frame = context
            .sql_with_options(sql, options)
            .await
            .map_err(failed)?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let mut stream = frame.execute_stream().await.map_err(failed)?;
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
        let frame = self.context(record).sql(sql).await?;
        Ok(frame.execute_stream().await?.map_err(Error::from).boxed())
    }

    /// The rows of an internal point query on large tables.
    pub async fn find(&self, record: &BuildRecord, sql: &str) -> Result<Rows> {
        let frame = self.lookup_context(record).sql(sql).await?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        Ok(Rows {
            schema,
            batches: frame.collect().await?,
            cut: false,
        })
    }

    /// The columns of a table of a build.
    pub async fn table_schema(&self, record: &BuildRecord, name: &TableName) -> Result<SchemaRef> {
        let table = record
            .tables
            .get(name)
            .ok_or_else(|| Error::UnknownTable(name.to_string()))?;
        let context = self.context(record);
        Ok(crate::session::read_files(&context, &table.files)
            .await?
            .schema())
    }

    /// All rows of a table of a build.
    pub async fn read_table(&self, record: &BuildRecord, name: &TableName) -> Result<Rows> {
        if !record.tables.contains_key(name) {
            return Err(Error::UnknownTable(name.to_string()));
        }
        let context = self.context(record);
        let frame = context
            .table(datafusion::common::TableReference::partial(
                name.schema(),
                name.table(),
            ))
            .await?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await?;
        Ok(Rows {
            schema,
            batches,
            cut: false,
        })
    }
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

/// Refuses everything but one query, and names the statement.
fn only_a_query(sql: &str) -> Result<()> {
    let mut statements = DFParser::parse_sql(sql)
        .map_err(|error| Error::Query(error.strip_backtrace().to_string()))?;
    let first = statements.pop_front();
    if !statements.is_empty() {
        return Err(Error::Query(
            "several statements are refused: send one query at a time".to_owned(),
        ));
    }
    match first {
        None => Err(Error::Query("there is no query".to_owned())),
        Some(Statement::Statement(statement)) => match *statement {
            ast::Statement::Query(_)
            | ast::Statement::ShowTables { .. }
            | ast::Statement::ShowColumns { .. }
            | ast::Statement::ExplainTable { .. } => Ok(()),
            other => {
                let text = other.to_string();
                let kind = text.split_whitespace().next().unwrap_or("this").to_owned();
                Err(refused(&kind))
            }
        },
        Some(Statement::Explain(explain)) => match *explain.statement {
            Statement::Statement(inner) if matches!(*inner, ast::Statement::Query(_)) => Ok(()),
            _ => Err(refused("EXPLAIN of anything but a query")),
        },
        Some(Statement::CopyTo(_)) => Err(refused("COPY")),
        Some(Statement::CreateExternalTable(_)) => Err(refused("CREATE EXTERNAL TABLE")),
        Some(Statement::Reset(_)) => Err(refused("RESET")),
    }
}

fn refused(kind: &str) -> Error {
    Error::Query(format!(
        "`{kind}` is refused: only queries (SELECT, WITH, EXPLAIN, SHOW TABLES, DESCRIBE) are allowed"
    ))
}
