//! Parquet files of tables: writing them from streams, and the digest that identifies equal rows.
//!
//! Files are immutable and carry unique names; a file that no build record names does not exist for
//! readers. Writers run one per partition, each holding at most one row group in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryFutureExt as _};
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use parquet::arrow::AsyncArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::async_writer::AsyncFileWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use tokio::io::AsyncWriteExt as _;
use xxhash_rust::xxh3::Xxh3;

use crate::data_file::{BlockSums, DataFile};
use crate::engine::hash_rows;
use crate::error::Result;
use crate::name::TableName;

/// Rows of a row group: bounds a writer's memory, and lets scans use both cores.
const ROW_GROUP_ROWS: usize = 64 * 1024;

/// Dictionary size limit of a column chunk; above it the encoding falls back to plain. With the
/// default of 1 MiB every address and title is hashed before the fallback, a fifth of the write
/// time.
const DICTIONARY_BYTES: usize = 128 * 1024;

/// Minimum rows of a first batch to choose the encoding of columns by.
const SAMPLE_ROWS: usize = 1_024;

/// A digest of rows that does not depend on their order: equal tables have equal digests. It
/// detects that nothing changed; it is not tamper-proof.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowDigest {
    rows: u64,
    sum: u64,
    mixed: u64,
}

impl RowDigest {
    const SEED: u64 = 0x6a6f_6274_6964_6500;

    /// Adds the rows of a batch.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut hashes = vec![0; batch.num_rows()];
        hash_rows(batch.columns(), Self::SEED, &mut hashes)?;
        // A null leaves a row's hash as it is: without this, a value that moves to the next column
        // would go unnoticed.
        for (at, column) in (1..).zip(batch.columns()) {
            let Some(nulls) = column
                .logical_nulls()
                .filter(|nulls| nulls.null_count() > 0)
            else {
                continue;
            };
            for (hash, valid) in hashes.iter_mut().zip(nulls.iter()) {
                if !valid {
                    *hash = hash.rotate_left(5) ^ 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(at);
                }
            }
        }
        self.rows += hashes.len() as u64;
        for hash in hashes {
            self.sum = self.sum.wrapping_add(hash);
            // A second, independent sum: rows that cancel out in one do not in the other.
            self.mixed = self
                .mixed
                .wrapping_add((hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        Ok(())
    }

    /// Adds the rows of another digest.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.sum = self.sum.wrapping_add(other.sum);
        self.mixed = self.mixed.wrapping_add(other.mixed);
    }

    /// The digest as text.
    pub fn text(&self) -> String {
        format!("{}-{:016x}{:016x}", self.rows, self.sum, self.mixed)
    }
}

/// Names new files of one build.
#[derive(Debug)]
pub struct FileNames {
    build: u64,
    writer: u32,
    token: u32,
    next: AtomicU64,
}

impl FileNames {
    /// Names for a build of a writer; the token distinguishes repeated attempts at the same build.
    pub fn new(build: u64, writer: u32) -> Self {
        Self {
            build,
            writer,
            token: rand::random(),
            next: AtomicU64::new(0),
        }
    }

    fn next(&self, table: &TableName) -> Path {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let Self {
            build,
            writer,
            token,
            ..
        } = self;
        Path::from(format!(
            "{}/part-{build:08}-{writer:08x}{token:08x}-{number:05}.parquet",
            folder(table)
        ))
    }
}

/// Folder of a table below the store's root.
pub fn folder(table: &TableName) -> String {
    format!("warehouse/{}/{}", table.schema(), table.table())
}

/// Writes one file from batches of one schema.
pub struct FileWriter {
    path: Path,
    schema: SchemaRef,
    store: Arc<dyn ObjectStore>,
    /// Opened with the first batch, whose values determine the encoding.
    writer: Option<AsyncArrowWriter<Summed>>,
    rows: u64,
}

/// A file being written, and the sums of its bytes so far.
struct Summed {
    file: BufWriter,
    sum: Xxh3,
    blocks: BlockSums,
}

impl AsyncFileWriter for Summed {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), ParquetError>> {
        self.sum.update(&bytes);
        self.blocks.update(&bytes);
        let put = self.file.put(bytes);
        put.map_err(|error| ParquetError::External(Box::new(error)))
            .boxed()
    }

    fn complete(&mut self) -> BoxFuture<'_, Result<(), ParquetError>> {
        let shutdown = self.file.shutdown();
        shutdown
            .map_err(|error| ParquetError::External(Box::new(error)))
            .boxed()
    }
}

impl FileWriter {
    /// Opens a new file of a table; nothing is visible before [`Self::finish`].
    pub fn create(
        store: Arc<dyn ObjectStore>,
        names: &FileNames,
        table: &TableName,
        schema: SchemaRef,
    ) -> Result<Self> {
        Ok(Self {
            path: names.next(table),
            schema,
            store,
            writer: None,
            rows: 0,
        })
    }

    /// Appends a batch.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        self.opened(Some(batch))?.write(batch).await?;
        Ok(())
    }

    /// Closes the file and describes it.
    pub async fn finish(mut self) -> Result<DataFile> {
        self.opened(None)?.finish().await?;
        let (mut bytes, mut xxh3, mut blocks) = (0, None, None);
        if let Some(writer) = self.writer {
            bytes = writer.bytes_written() as u64;
            let written = writer.into_inner();
            xxh3 = Some(format!("{:016x}", written.sum.digest()));
            blocks = written.blocks.finish();
        }
        Ok(DataFile {
            path: self.path.to_string(),
            bytes,
            rows: self.rows,
            xxh3,
            blocks: blocks.unwrap_or_default(),
        })
    }

    fn opened(&mut self, first: Option<&RecordBatch>) -> Result<&mut AsyncArrowWriter<Summed>> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            unopened => {
                let options = ArrowWriterOptions::new()
                    .with_properties(properties(first)?)
                    .with_skip_arrow_metadata(true);
                let file = Summed {
                    file: BufWriter::new(self.store.clone(), self.path.clone()),
                    sum: Xxh3::new(),
                    blocks: BlockSums::default(),
                };
                let schema = self.schema.clone();
                let writer = AsyncArrowWriter::try_new_with_options(file, schema, options)?;
                Ok(unopened.insert(writer))
            }
        }
    }
}

/// How a file is encoded. A column whose first values mostly differ gets no dictionary, which would
/// only overflow; and, if it is text, no min/max statistics, because no query filters by a range of
/// titles.
fn properties(first: Option<&RecordBatch>) -> Result<WriterProperties> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("jobtide ", env!("CARGO_PKG_VERSION")).to_owned());
    let Some(batch) = first.filter(|batch| batch.num_rows() >= SAMPLE_ROWS) else {
        return Ok(properties.build());
    };
    let sample = batch.slice(0, SAMPLE_ROWS);
    for (field, column) in sample.schema().fields().iter().zip(sample.columns()) {
        if !mostly_differ(column)? {
            continue;
        }
        let path = ColumnPath::from(field.name().as_str());
        properties = properties.set_column_dictionary_enabled(path.clone(), false);
        if field.data_type().is_string() {
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    Ok(properties.build())
}

/// Whether more than half of the values occur only once.
fn mostly_differ(column: &ArrayRef) -> Result<bool> {
    let mut hashes = vec![0; column.len()];
    hash_rows(std::slice::from_ref(column), RowDigest::SEED, &mut hashes)?;
    let valid = column.len() - column.logical_null_count();
    hashes.sort_unstable();
    hashes.dedup();
    Ok(hashes.len() * 2 > valid && valid * 2 > column.len())
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn digest(taken: &[Option<i64>], passed: &[Option<i64>]) -> String {
        let fields = ["taken", "passed"].map(|name| Field::new(name, DataType::Int64, true));
        let columns =
            [taken, passed].map(|values| Arc::new(Int64Array::from(values.to_vec())) as _);
        let schema = Arc::new(Schema::new(fields.to_vec()));
        let mut digest = RowDigest::default();
        digest
            .add(&RecordBatch::try_new(schema, columns.to_vec()).expect("a batch"))
            .expect("hashed");
        digest.text()
    }

    #[test]
    fn the_digest_depends_on_positions_and_not_on_row_order() {
        let table = digest(&[Some(300), Some(7)], &[None, Some(8)]);
        assert_eq!(table, digest(&[Some(7), Some(300)], &[Some(8), None]));
        assert_ne!(table, digest(&[None, Some(7)], &[Some(300), Some(8)]));
        assert_ne!(table, digest(&[Some(300), None], &[None, Some(8)]));
        assert_ne!(digest(&[None], &[Some(1)]), digest(&[Some(1)], &[None]));
    }
}
