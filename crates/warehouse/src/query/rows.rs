//! Results, and writing them in the formats people ask for.

use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow::util::pretty::pretty_format_batches_with_options;
use arrow::{csv, ipc, json};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::json::ExactNumbers;
use super::spreadsheet::guarded;
use crate::error::{Error, Result};
use crate::escaped::{escaped, escaped_lines};

/// Rows of a result.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Columns.
    pub schema: SchemaRef,
    /// Rows in the result's order.
    pub batches: Vec<RecordBatch>,
    /// Whether there were more rows than requested.
    pub cut: bool,
}

/// A format for results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table drawn with characters, for reading in a terminal.
    Table,
    /// Comma-separated values with a header; null is empty.
    Csv,
    /// [`Format::Csv`] for spreadsheets: with a byte order mark, and a `'` before a text that would
    /// be parsed as a formula.
    Spreadsheet,
    /// A list of objects. 64-bit identifiers are strings, and so is every number that does not
    /// round-trip through a double.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC stream.
    Arrow,
    /// One JSON object: `columns` with names and types, `cut`, and `rows` as lists of values, which
    /// are written as in [`Format::Json`].
    Page,
}

impl Format {
    /// File ending, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Table => "txt",
            Self::Csv | Self::Spreadsheet => "csv",
            Self::Json | Self::Page => "json",
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
                "`{other}` is not a format; choose table, csv, json, parquet or arrow"
            ))),
        }
    }
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

    /// Bytes of all values before compression; a value shared by rows counts for each row.
    pub fn plain_bytes(&self) -> u64 {
        self.batches.iter().map(super::size::plain_bytes).sum()
    }

    /// Writes the rows in a format. A date or time that is not in the calendar is an error in
    /// formats that are text, before anything is written; the others keep it.
    pub fn write(&self, format: Format, out: &mut (impl Write + Send)) -> Result<()> {
        let written = |source: std::io::Error| Error::File {
            path: "output".to_owned(),
            source,
        };
        if !matches!(format, Format::Parquet | Format::Arrow) {
            for batch in &self.batches {
                times_have_texts(batch)?;
            }
        }
        match format {
            Format::Table => {
                let options = FormatOptions::default();
                let empty = [RecordBatch::new_empty(self.schema.clone())];
                let batches = match self.batches.is_empty() {
                    true => &empty[..],
                    false => &self.batches,
                };
                let shown: Vec<RecordBatch> = batches
                    .iter()
                    .map(|batch| for_a_terminal(batch, &options))
                    .collect::<Result<_>>()?;
                let table = pretty_format_batches_with_options(&shown, &options)?;
                writeln!(out, "{table}").map_err(written)
            }
            Format::Csv | Format::Spreadsheet => {
                let for_spreadsheets = format == Format::Spreadsheet;
                if for_spreadsheets {
                    out.write_all("\u{feff}".as_bytes()).map_err(written)?;
                }
                let empty = [RecordBatch::new_empty(self.schema.clone())];
                let batches = match self.batches.is_empty() {
                    true => &empty[..],
                    false => &self.batches,
                };
                // Buffered in memory: the writer's own errors do not distinguish a closed pipe.
                let mut lines = Vec::new();
                for (at, batch) in batches.iter().enumerate() {
                    lines.clear();
                    let header = at == 0;
                    let builder = csv::WriterBuilder::new().with_header(header);
                    let mut writer = builder.build(&mut lines);
                    match for_spreadsheets {
                        true => writer.write(&guarded(batch)?)?,
                        false => writer.write(batch)?,
                    }
                    drop(writer);
                    out.write_all(&lines).map_err(written)?;
                }
                Ok(())
            }
            Format::Json => {
                let mut writer = json_writer().build::<_, json::writer::JsonArray>(out);
                for batch in &self.batches {
                    writer.write(&ids_as_text(batch)?)?;
                }
                writer.finish()?;
                Ok(())
            }
            Format::Page => {
                let columns: Vec<serde_json::Value> = column_types(&self.schema)
                    .into_iter()
                    .map(|(name, sql_type)| serde_json::json!({"name": name, "type": sql_type}))
                    .collect();
                let columns = serde_json::Value::from(columns);
                write!(
                    out,
                    "{{\"columns\":{columns},\"cut\":{},\"rows\":",
                    self.cut
                )
                .map_err(written)?;
                if self.is_empty() {
                    out.write_all(b"[]").map_err(written)?;
                } else {
                    let mut writer = json_writer()
                        .with_struct_mode(json::StructMode::ListOnly)
                        .build::<_, json::writer::JsonArray>(&mut *out);
                    for batch in &self.batches {
                        writer.write(&ids_as_text(batch)?)?;
                    }
                    writer.finish()?;
                }
                out.write_all(b"}").map_err(written)
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

/// Every value as its display text. A line break starts a new line within the cell: plans and
/// schemas are multi-line texts.
fn for_a_terminal(batch: &RecordBatch, options: &FormatOptions<'_>) -> Result<RecordBatch> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let name = escaped(field.name()).into_owned();
        fields.push(Field::new(name, DataType::Utf8, false));
        let texts = ArrayFormatter::try_new(column, options)?;
        let texts = (0..column.len()).map(|row| {
            let text = texts.value(row).try_to_string()?;
            Ok(escaped_lines(&text).into_owned())
        });
        columns.push(Arc::new(StringArray::from(
            texts.collect::<Result<Vec<_>>>()?,
        )));
    }
    if columns.is_empty() {
        return Ok(batch.clone());
    }
    Ok(RecordBatch::try_new(Schema::new(fields).into(), columns)?)
}

fn json_writer() -> json::writer::WriterBuilder {
    json::writer::WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_encoder_factory(Arc::new(ExactNumbers))
}

/// Names of columns with their SQL types, as users write them.
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

/// Dates and times are stored as numbers, some of which are outside the calendar; Arrow would write
/// an error message in place of such a value.
fn times_have_texts(batch: &RecordBatch) -> Result<()> {
    // Otherwise lists and structures would contain the error message.
    let options = FormatOptions::default().with_display_error(false);
    let mut text = String::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if !may_hold_times(field.data_type()) {
            continue;
        }
        let texts = ArrayFormatter::try_new(column, &options)?;
        for row in 0..column.len() {
            text.clear();
            texts.value(row).write(&mut text).map_err(|_| {
                Error::Query(format!(
                    "column `{}` has a date or time that is not in the calendar\nhint: leave such rows out, cast it to bigint, or take the result as Parquet or Arrow",
                    field.name()
                ))
            })?;
        }
    }
    Ok(())
}

fn may_hold_times(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => may_hold_times(values),
        other => other.is_temporal() || other.is_nested(),
    }
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

/// Rows of a Parquet row group that is streamed. Each group is buffered in memory until it is
/// complete.
const ROWS_IN_A_GROUP: usize = 64 << 10;

/// Streams rows, for results too large for memory: CSV or Parquet.
pub enum RowWriter<W: Write + Send> {
    /// Comma-separated values.
    Csv(Box<csv::Writer<W>>),
    /// Apache Parquet.
    Parquet(Box<ArrowWriter<W>>),
}

impl<W: Write + Send> RowWriter<W> {
    /// Begins a file. Formats other than CSV and Parquet cannot be streamed.
    pub fn new(format: Format, schema: SchemaRef, out: W) -> Result<Self> {
        match format {
            Format::Csv => {
                let mut writer = csv::WriterBuilder::new().with_header(true).build(out);
                // The header is written even without rows.
                writer.write(&RecordBatch::new_empty(schema))?;
                Ok(Self::Csv(Box::new(writer)))
            }
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_max_row_group_row_count(Some(ROWS_IN_A_GROUP))
                    .build();
                let writer = ArrowWriter::try_new(out, schema, Some(properties))?;
                Ok(Self::Parquet(Box::new(writer)))
            }
            other => Err(Error::Query(format!(
                "`{}` is not written piece by piece",
                other.ending()
            ))),
        }
    }

    /// Writes some rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match self {
            Self::Csv(writer) => writer.write(batch)?,
            Self::Parquet(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// Closes the file.
    pub fn finish(self) -> Result<()> {
        if let Self::Parquet(writer) = self {
            writer.close()?;
        }
        Ok(())
    }
}
