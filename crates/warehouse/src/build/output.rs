//! Query results to table files.
//!
//! A small result is kept in memory until it is known to differ from what is published: a table
//! that did not change is not written again. A large one streams into one file per partition.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::execute_stream_partitioned;
use futures::StreamExt;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::grain::{Grain, GrainHashes};
use crate::error::{Error, Result};
use crate::files::{DataFile, FileNames, FileWriter, RowDigest};
use crate::name::TableName;
use crate::session::Engine;
use crate::staging::spec::timestamp_type;

/// Rows that a partition holds back before it starts a file.
const SMALL_ROWS: usize = 16 * 1024;

/// Where new files go.
#[derive(Clone)]
pub(super) struct Target {
    pub engine: Engine,
    pub store: Arc<dyn ObjectStore>,
    pub names: Arc<FileNames>,
    pub table: TableName,
}

/// What a query gave.
pub(super) struct Written {
    /// `None` when the rows are those that are published.
    pub output: Option<Output>,
    /// Whether the grain is known to hold.
    pub grain: Grain,
}

/// A table that was written.
#[derive(Debug)]
pub(super) struct Output {
    pub files: Vec<DataFile>,
    pub digest: RowDigest,
    pub schema: SchemaRef,
}

/// Runs a query and writes its rows. With `published` the digest of the table as it is, nothing is
/// written when the rows are the same. `grain` are the columns to watch for repeated rows.
pub(super) async fn write_query(
    target: &Target,
    frame: DataFrame,
    published: Option<&str>,
    grain: &[String],
) -> Result<Written> {
    let failed = |source: DataFusionError| Error::Model {
        table: target.table.to_string(),
        source: Box::new(source),
    };
    let task_context = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await.map_err(failed)?;
    let schema = table_schema(&target.table, &plan.schema())?;
    let columns: Arc<[usize]> = GrainHashes::columns(&schema, grain).into();
    let streams = execute_stream_partitioned(plan, task_context).map_err(failed)?;
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|stream| {
            tokio::spawn(partition(
                target.clone(),
                schema.clone(),
                columns.clone(),
                stream,
            ))
        })
        .collect();

    let mut files = Vec::new();
    let mut small = Vec::new();
    let mut digest = RowDigest::default();
    let mut hashes = GrainHashes::new(&columns);
    for task in tasks {
        let part = task.await??;
        hashes.merge(part.hashes);
        files.extend(part.file);
        digest.merge(part.digest);
        small.extend(part.small);
    }
    for batch in &small {
        digest.add(batch)?;
    }
    if published == Some(digest.text().as_str()) {
        for file in files {
            target.store.delete(&file.path.into()).await?;
        }
        let output = None;
        let grain = hashes.grain();
        return Ok(Written { output, grain });
    }
    if files.is_empty() || !small.is_empty() {
        files.push(write_batches(target, schema.clone(), &small).await?);
    }
    Ok(Written {
        output: Some(Output {
            files,
            digest,
            schema,
        }),
        grain: hashes.grain(),
    })
}

/// Writes rows that are at hand, unless they are what is published.
pub(super) async fn write_rows(
    target: &Target,
    batch: &RecordBatch,
    published: Option<&str>,
) -> Result<Option<Output>> {
    let mut digest = RowDigest::default();
    digest.add(batch)?;
    if published == Some(digest.text().as_str()) {
        return Ok(None);
    }
    let schema = batch.schema();
    let file = write_batches(target, schema.clone(), std::slice::from_ref(batch)).await?;
    Ok(Some(Output {
        files: vec![file],
        digest,
        schema,
    }))
}

async fn write_batches(
    target: &Target,
    schema: SchemaRef,
    batches: &[RecordBatch],
) -> Result<DataFile> {
    let mut writer =
        FileWriter::create(target.store.clone(), &target.names, &target.table, schema)?;
    for batch in batches {
        writer.write(batch).await?;
    }
    Ok(writer.finish().await?.0)
}

struct Part {
    file: Option<DataFile>,
    /// Of the file only.
    digest: RowDigest,
    small: Vec<RecordBatch>,
    hashes: GrainHashes,
}

async fn partition(
    target: Target,
    schema: SchemaRef,
    grain: Arc<[usize]>,
    mut stream: SendableRecordBatchStream,
) -> Result<Part> {
    let mut small = Vec::new();
    let mut held = 0;
    let mut writer: Option<FileWriter> = None;
    let mut hashes = GrainHashes::new(&grain);
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|source| Error::Model {
            table: target.table.to_string(),
            source: Box::new(source),
        })?;
        if batch.num_rows() == 0 {
            continue;
        }
        let batch = conform(&batch, &schema)?;
        hashes.add(&batch)?;
        match &mut writer {
            Some(writer) => writer.write(&batch).await?,
            None => {
                held += batch.num_rows();
                small.push(batch);
                if held > SMALL_ROWS {
                    let mut started = FileWriter::create(
                        target.store.clone(),
                        &target.names,
                        &target.table,
                        schema.clone(),
                    )?;
                    for batch in small.drain(..) {
                        started.write(&batch).await?;
                    }
                    writer = Some(started);
                }
            }
        }
    }
    let (file, digest) = match writer {
        Some(writer) => {
            let (file, digest) = writer.finish().await?;
            (Some(file), digest)
        }
        None => (None, RowDigest::default()),
    };
    Ok(Part {
        file,
        digest,
        small,
        hashes,
    })
}

/// The few types that tables have: text, bigint, double, boolean, date, UTC microseconds. The
/// engine's own choices (`UInt64` ranks, nanoseconds) are cast; what has no place is an error.
fn table_schema(table: &TableName, schema: &Schema) -> Result<SchemaRef> {
    let fields = schema
        .fields()
        .iter()
        .map(|field| {
            let data_type = match field.data_type() {
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8View,
                integer if integer.is_integer() => DataType::Int64,
                number if number.is_floating() => DataType::Float64,
                DataType::Boolean => DataType::Boolean,
                DataType::Date32 => DataType::Date32,
                DataType::Timestamp(_, Some(zone)) if matches!(zone.as_ref(), "UTC" | "+00:00") => {
                    timestamp_type()
                }
                other => {
                    return Err(Error::pipeline(
                        format!("{}/{}.sql", table.schema(), table.table()),
                        format!(
                            "column `{}` has type {other}; cast it to text, bigint, double, boolean, date or a UTC timestamp",
                            field.name()
                        ),
                    ));
                }
            };
            Ok(Field::new(field.name(), data_type, true))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| {
            if column.data_type() == field.data_type() {
                Ok(column.clone())
            } else {
                cast(column, field.data_type())
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}
