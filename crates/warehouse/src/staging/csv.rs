//! CSV files of the project as Arrow: code tables and data files.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::spec::{ColumnType, CsvSpec};
use crate::error::{Error, Result};

/// Reads a code table: every column is text; a blank value is null.
pub fn text_table(path: &str, bytes: &[u8]) -> Result<RecordBatch> {
    let invalid = |error| Error::pipeline(path, error);
    let (header, _) = Format::default()
        .with_header(true)
        .infer_schema(Cursor::new(bytes), Some(0))
        .map_err(invalid)?;
    let fields: Vec<Field> = header
        .fields()
        .iter()
        .map(|field| Field::new(field.name(), DataType::Utf8, true))
        .collect();
    read(path, bytes, Schema::new(fields).into())
}

/// Reads a data file with the columns of its specification, and the line number of each row.
pub fn data_table(spec: &CsvSpec, bytes: &[u8]) -> Result<RecordBatch> {
    let fields: Vec<Field> = spec
        .columns
        .iter()
        .map(|column| {
            let data_type = match column.column_type {
                // The reader parses zoned times only into a type without a zone; they are UTC here.
                ColumnType::Timestamp => {
                    DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into()))
                }
                other => other.data_type(),
            };
            Field::new(&column.name, data_type, true)
        })
        .collect();
    let batch = read(&spec.csv, bytes, Schema::new(fields).into())?;
    let path: ArrayRef = Arc::new(StringArray::from(vec![
        format!("pipeline/{}", spec.csv);
        batch.num_rows()
    ]));
    let mut fields: Vec<Field> = batch
        .schema()
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    fields.push(Field::new("landing_path", DataType::Utf8, false));
    let mut columns = batch.columns().to_vec();
    columns.push(path);
    Ok(RecordBatch::try_new(Schema::new(fields).into(), columns)?)
}

fn read(path: &str, bytes: &[u8], schema: SchemaRef) -> Result<RecordBatch> {
    let invalid = |error| Error::pipeline(path, error);
    let header = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let header = String::from_utf8_lossy(header);
    let names: Vec<&str> = header
        .trim_start_matches('\u{feff}')
        .trim()
        .split(',')
        .collect();
    let expected: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    if names != expected {
        return Err(Error::pipeline(
            path,
            format!(
                "the header is `{}`, not `{}`",
                names.join(","),
                expected.join(",")
            ),
        ));
    }
    let reader = ReaderBuilder::new(schema.clone())
        .with_header(true)
        .build(Cursor::new(bytes))
        .map_err(invalid)?;
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
    Ok(arrow::compute::concat_batches(&schema, &batches)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::spec::StagingSpec;

    #[test]
    fn code_tables_are_text() {
        let batch = text_table("meta/x.csv", "code,name\n007,\"a, b\"\n8,\n".as_bytes()).unwrap();
        assert_eq!(batch.num_rows(), 2);
        let codes = batch.column(0).as_any().downcast_ref::<StringArray>();
        assert_eq!(codes.unwrap().value(0), "007");
        assert!(arrow::array::Array::is_null(batch.column(1), 1));
    }

    #[test]
    fn data_files_are_typed_and_their_header_is_checked() {
        let text = "what = 'x'\ncsv = 'data/x.csv'\n\
            [[column]]\nname = 'date'\ntype = 'date'\n\
            [[column]]\nname = 'value'\ntype = 'double'\n\
            [[column]]\nname = 'collected_at'\ntype = 'timestamp'\n";
        let StagingSpec::Csv(spec) = StagingSpec::parse("staging/x.toml", text).unwrap() else {
            panic!("a data file");
        };
        let rows = "date,value,collected_at\n2023-01-01,1.5,2023-06-05T00:00:00Z\n";
        let batch = data_table(&spec, rows.as_bytes()).unwrap();
        assert_eq!(batch.num_columns(), 4);
        assert!(data_table(&spec, b"date,valu,collected_at\n").is_err());
    }
}
