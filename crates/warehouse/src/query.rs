//! A person's SQL on one published build, and writing results in the formats people ask for.
//!
//! Only queries run: what would define, change, copy or set something is refused before it is
//! planned, and a session knows no table but the build's, no file and no address. What a query may
//! take in memory and time is limited twice: the engine's pool here, and the process around it,
//! which also sees what the pool does not (`jobtide` runs this in a child process).

use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::util::pretty::pretty_format_batches_with_options;
use datafusion::arrow::{csv, ipc, json};
use datafusion::common::utils::datafusion_strsim::normalized_levenshtein;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast;
use futures::StreamExt;

use crate::error::{Error, Result};
use crate::name::TableName;
use crate::publish::BuildRecord;
use crate::warehouse::Warehouse;

/// Rows returned unless the caller asks for another number.
pub const DEFAULT_LIMIT: usize = 10_000;

/// Rows of a result.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Columns.
    pub schema: SchemaRef,
    /// Rows in the result's order.
    pub batches: Vec<RecordBatch>,
    /// Whether there were more rows than were asked for.
    pub cut: bool,
}

/// A format for results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table drawn with characters, for reading in a terminal.
    Table,
    /// Comma-separated values with a header; null is empty.
    Csv,
    /// A list of objects; 64-bit identifiers are strings.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC stream.
    Arrow,
}

impl Format {
    /// File ending, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Table => "txt",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "table" => Ok(Self::Table),
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "parquet" => Ok(Self::Parquet),
            "arrow" => Ok(Self::Arrow),
            other => Err(Error::Query(format!(
                "`{other}` is not a format; there are table, csv, json, parquet, arrow"
            ))),
        }
    }
}

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
            _ => {
                let message = error.strip_backtrace();
                Error::Query(unknown_table(&message, record).unwrap_or(message))
            }
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

/// What to say instead of the engine's message, if that says that a table is not there: its name as
/// people write it, and the nearest one that is there.
fn unknown_table(message: &str, record: &BuildRecord) -> Option<String> {
    let (_, rest) = message.split_once("table '")?;
    let (name, _) = rest.split_once("' not found")?;
    let name = name.strip_prefix("jobtide.").unwrap_or(name);
    let name = name.strip_prefix("public.").unwrap_or(name);
    let table = name.rsplit_once('.').map_or(name, |(_, table)| table);
    // The table's own name counts twice: a schema that is wrong or missing should not hide it.
    let nearness = |known: &TableName| {
        normalized_levenshtein(table, known.table())
            .midpoint(normalized_levenshtein(name, &known.to_string()))
    };
    let nearest = record
        .tables
        .keys()
        .map(|known| (nearness(known), known))
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let list = "`jobtide query \"show tables\"` lists the tables";
    Some(match nearest {
        Some((nearness, known)) if nearness >= 0.55 => {
            format!("table `{name}` not found\nhint: did you mean `{known}`? {list}")
        }
        _ => format!("table `{name}` not found\nhint: {list}"),
    })
}

/// Refuses everything but one query, naming what it is.
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

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the rows in a format.
    pub fn write(&self, format: Format, out: &mut (impl Write + Send)) -> Result<()> {
        let written = |source: std::io::Error| Error::File {
            path: "output".to_owned(),
            source,
        };
        match format {
            Format::Table => {
                let options = datafusion::arrow::util::display::FormatOptions::default();
                let table = if self.batches.is_empty() {
                    let empty = RecordBatch::new_empty(self.schema.clone());
                    pretty_format_batches_with_options(&[empty], &options)?
                } else {
                    pretty_format_batches_with_options(&self.batches, &options)?
                };
                writeln!(out, "{table}").map_err(written)
            }
            Format::Csv => {
                let empty = [RecordBatch::new_empty(self.schema.clone())];
                let batches = match self.batches.is_empty() {
                    true => &empty[..],
                    false => &self.batches,
                };
                // Through memory: the writer's own errors do not tell a closed pipe from others.
                let mut lines = Vec::new();
                for (at, batch) in batches.iter().enumerate() {
                    lines.clear();
                    let header = at == 0;
                    let builder = csv::WriterBuilder::new().with_header(header);
                    builder.build(&mut lines).write(batch)?;
                    out.write_all(&lines).map_err(written)?;
                }
                Ok(())
            }
            Format::Json => {
                let mut writer = json::writer::WriterBuilder::new()
                    .with_explicit_nulls(true)
                    .build::<_, json::writer::JsonArray>(out);
                for batch in &self.batches {
                    writer.write(&ids_as_text(batch)?)?;
                }
                writer.finish()?;
                Ok(())
            }
            Format::Parquet => {
                let mut writer = ArrowWriter::try_new(out, self.schema.clone(), None)?;
                for batch in &self.batches {
                    writer.write(batch)?;
                }
                writer.close()?;
                Ok(())
            }
            Format::Arrow => {
                let mut writer = ipc::writer::StreamWriter::try_new(out, &self.schema)?;
                for batch in &self.batches {
                    writer.write(batch)?;
                }
                writer.finish()?;
                Ok(())
            }
        }
    }
}

/// Names of columns with their SQL types, as people write them.
pub fn column_types(schema: &Schema) -> Vec<(String, String)> {
    schema
        .fields()
        .iter()
        .map(|field| {
            let sql_type = match field.data_type() {
                DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "text".to_owned(),
                DataType::Float64 => "double".to_owned(),
                DataType::Boolean => "boolean".to_owned(),
                DataType::Date32 => "date".to_owned(),
                DataType::Timestamp(..) => "timestamp".to_owned(),
                integer if integer.is_integer() => "bigint".to_owned(),
                other => other.to_string(),
            };
            (field.name().clone(), sql_type)
        })
        .collect()
}

/// JSON numbers are doubles to most readers: a 64-bit identifier (`id`, `first_id`) would lose its
/// last digits.
pub(crate) fn ids_as_text(batch: &RecordBatch) -> Result<RecordBatch> {
    let is_id = |field: &Field| {
        let name = field.name();
        (name == "id" || name.ends_with("_id")) && *field.data_type() == DataType::Int64
    };
    let schema = batch.schema();
    if !schema.fields().iter().any(|field| is_id(field)) {
        return Ok(batch.clone());
    }
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        if is_id(field) {
            fields.push(Field::new(
                field.name(),
                DataType::Utf8,
                field.is_nullable(),
            ));
            columns.push(cast(column, &DataType::Utf8)?);
        } else {
            fields.push(field.as_ref().clone());
            columns.push(column.clone());
        }
    }
    Ok(RecordBatch::try_new(Schema::new(fields).into(), columns)?)
}
