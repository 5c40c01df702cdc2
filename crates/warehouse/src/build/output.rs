//! Query results to table files.
//!
//! A small result is kept in memory until it is known to differ from what is published: a table
//! that did not change is not written again. A large one streams into one file per partition.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use futures::StreamExt;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::held::{Allowance, HeldRows, TableShare};
use crate::data_file::DataFile;
use crate::engine::{Engine, MemoryTable, Plan, RowStream};
use crate::error::{Error, Result};
use crate::files::{FileNames, FileWriter, RowDigest};
use crate::grain::{Grain, GrainHashes};
use crate::name::TableName;
use crate::staging::spec::timestamp_type;

/// Rows that a partition holds back before it starts a file.
const SMALL_ROWS: usize = 16 * 1024;

/// Where new files go.
#[derive(Clone)]
pub(super) struct Target {
    pub engine: Arc<dyn Engine>,
    pub store: Arc<dyn ObjectStore>,
    pub names: Arc<FileNames>,
    pub allowance: Arc<Allowance>,
    pub table: TableName,
}

/// The result of writing a query.
pub(super) struct Written {
    /// `None` when the rows equal the published ones.
    pub output: Option<Output>,
    /// Whether the grain is known to hold.
    pub grain: Grain,
}

/// A table that was written.
#[derive(Debug)]
pub(super) struct Output {
    pub files: Vec<DataFile>,
    /// Of all rows; empty if not requested.
    pub digest: String,
    pub schema: SchemaRef,
    /// The same rows in memory, if they fit.
    pub held: Option<Arc<MemoryTable>>,
}

/// What to compute about rows while they are written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Watch<'a> {
    /// Columns to watch for repeated rows.
    pub grain: &'a [String],
    /// Whether the digest of all rows is requested.
    pub digest: bool,
    /// The digest of the table as it is: nothing is written when the rows are the same.
    pub published: Option<&'a str>,
}

/// Runs a query and writes its rows.
pub(super) async fn write_query(
    target: &Target,
    plan: Box<dyn Plan>,
    watch: Watch<'_>,
) -> Result<Written> {
    let schema = table_schema(&target.table, &plan.schema())?;
    let columns: Arc<[usize]> = GrainHashes::columns(&schema, watch.grain).into();
    let share = TableShare::new(&target.allowance);
    let streams = plan.partitions().await;
    let streams = streams.map_err(|error| error.of(&target.table))?;
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|stream| {
            tokio::spawn(partition(
                target.clone(),
                schema.clone(),
                Watched {
                    digest: watch.digest.then(RowDigest::default),
                    hashes: GrainHashes::new(&columns),
                    rows: HeldRows::new(&share),
                },
                stream,
            ))
        })
        .collect();

    let mut files = Vec::new();
    let mut small = Vec::new();
    let mut digest = RowDigest::default();
    let mut hashes = GrainHashes::new(&columns);
    let mut held = Vec::new();
    for task in tasks {
        let part = task.await??;
        files.extend(part.file);
        small.extend(part.small);
        hashes.merge(part.watched.hashes);
        held.push(part.watched.rows.into_batches());
        digest.merge(part.watched.digest.unwrap_or_default());
    }
    let digest = match watch.digest {
        true => digest.text(),
        false => String::new(),
    };
    if watch.digest && watch.published == Some(digest.as_str()) {
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
            held: share.table(schema.clone(), held),
            files,
            digest,
            schema,
        }),
        grain: hashes.grain(),
    })
}

/// Writes in-memory rows, unless they equal the published ones.
pub(super) async fn write_rows(
    target: &Target,
    batch: &RecordBatch,
    published: Option<&str>,
) -> Result<Option<Output>> {
    let mut digest = RowDigest::default();
    digest.add(batch)?;
    let digest = digest.text();
    if published == Some(digest.as_str()) {
        return Ok(None);
    }
    let schema = batch.schema();
    let file = write_batches(target, schema.clone(), std::slice::from_ref(batch)).await?;
    // As it would be read from the file.
    let read_schema = table_schema(&target.table, &schema)?;
    let share = TableShare::new(&target.allowance);
    let mut held = HeldRows::new(&share);
    held.add(&conform(batch, &read_schema)?);
    Ok(Some(Output {
        files: vec![file],
        digest,
        schema,
        held: share.table(read_schema, vec![held.into_batches()]),
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
    writer.finish().await
}

/// What a partition computes about its rows.
struct Watched {
    digest: Option<RowDigest>,
    hashes: GrainHashes,
    rows: HeldRows,
}

impl Watched {
    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        if let Some(digest) = &mut self.digest {
            digest.add(batch)?;
        }
        self.hashes.add(batch)?;
        self.rows.add(batch);
        Ok(())
    }
}

struct Part {
    file: Option<DataFile>,
    small: Vec<RecordBatch>,
    watched: Watched,
}

async fn partition(
    target: Target,
    schema: SchemaRef,
    mut watched: Watched,
    mut stream: RowStream,
) -> Result<Part> {
    let mut small = Vec::new();
    let mut small_rows = 0;
    let mut writer: Option<FileWriter> = None;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| error.of(&target.table))?;
        if batch.num_rows() == 0 {
            continue;
        }
        let batch = conform(&batch, &schema)?;
        watched.add(&batch)?;
        match &mut writer {
            Some(writer) => writer.write(&batch).await?,
            None => {
                small_rows += batch.num_rows();
                small.push(batch);
                if small_rows > SMALL_ROWS {
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
    let file = match writer {
        Some(writer) => Some(writer.finish().await?),
        None => None,
    };
    Ok(Part {
        file,
        small,
        watched,
    })
}

/// The few types that tables have: text, bigint, double, boolean, date, UTC microseconds. The
/// engine's own choices (`UInt64` ranks, nanoseconds) are cast; an unsupported type is an error.
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
