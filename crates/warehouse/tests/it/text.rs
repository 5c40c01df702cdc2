//! Values as the pipeline's tests write them: `NULL`, `true`, `31.78`, `2023-05-01T00:00:00Z`.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jiff::Timestamp;

/// The rows of some batches, each a list of values.
pub fn rows(batches: &[RecordBatch]) -> Result<Vec<Vec<String>>, ArrowError> {
    let mut rows = Vec::new();
    for batch in batches {
        let columns = batch
            .columns()
            .iter()
            .map(column)
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|column| column[row].clone()).collect());
        }
    }
    Ok(rows)
}

fn column(array: &datafusion::arrow::array::ArrayRef) -> Result<Vec<String>, ArrowError> {
    let null = "NULL";
    match array.data_type() {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let doubles = cast(array, &DataType::Float64)?;
            let doubles = doubles.as_primitive::<Float64Type>().iter();
            Ok(doubles
                .map(|value| value.map_or(null.to_owned(), |value| format!("{value:?}")))
                .collect())
        }
        DataType::Timestamp(_, Some(zone)) => {
            let utc = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.clone()));
            let times = cast(array, &utc)?;
            let times = times.as_primitive::<TimestampMicrosecondType>().iter();
            times
                .map(|micros| match micros.map(Timestamp::from_microsecond) {
                    None => Ok(null.to_owned()),
                    Some(Ok(time)) => Ok(time.to_string()),
                    Some(Err(error)) => Err(ArrowError::ExternalError(Box::new(error))),
                })
                .collect()
        }
        _ => {
            let options = FormatOptions::new().with_null(null);
            let formatter = ArrayFormatter::try_new(array, &options)?;
            Ok((0..array.len())
                .map(|row| match formatter.value(row).to_string() {
                    text if text.is_empty() => "(empty)".to_owned(),
                    text => text,
                })
                .collect())
        }
    }
}
