//! Replacing the rows of some keys, or of some datasets, in a table's files: files without any of
//! these are kept, the others are rewritten without them. Cost: the columns that name them of every
//! file, and the files touched.

use std::collections::{BTreeSet, HashSet};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Int64Type};
use futures::TryStreamExt;
use landing::Dataset;

use super::output::Target;
use crate::data_file::DataFile;
use crate::engine::Scan;
use crate::error::{Error, Result};
use crate::files::FileWriter;

/// Above this many files the small ones are compacted, so that a table of many small builds reads
/// as fast as one of few large ones.
const MOST_FILES: usize = 16;

/// A file below this many rows is small.
const SMALL_FILE_ROWS: u64 = 64 * 1024;

/// Files of a table without the rows of some keys.
#[derive(Debug)]
pub(super) struct Without {
    pub files: Vec<DataFile>,
    pub removed: u64,
}

/// Removes the rows whose column `key` is one of `keys`.
pub(super) async fn without_keys(
    target: &Target,
    files: &[DataFile],
    key: &str,
    keys: &HashSet<i64>,
) -> Result<Without> {
    let stays = |batch: &RecordBatch| {
        let ids = column(batch, key)?.iter();
        Ok(ids
            .map(|id| Some(id.is_none_or(|id| !keys.contains(&id))))
            .collect())
    };
    without(target, files, &[key], stays).await
}

/// Removes the rows of some datasets, named by the columns `source` and `dataset`.
pub(super) async fn without_datasets(
    target: &Target,
    files: &[DataFile],
    datasets: &BTreeSet<Dataset>,
) -> Result<Without> {
    if datasets.is_empty() {
        return Ok(Without {
            files: files.to_vec(),
            removed: 0,
        });
    }
    let names: HashSet<(&str, &str)> = datasets
        .iter()
        .map(|dataset| (dataset.source(), dataset.name()))
        .collect();
    let columns = ["source", "dataset"];
    let stays = |batch: &RecordBatch| {
        let [sources, datasets] = columns.map(|name| texts(batch, name));
        let (sources, datasets) = (sources?, datasets?);
        let rows = sources
            .as_string::<i32>()
            .iter()
            .zip(datasets.as_string::<i32>());
        Ok(rows
            .map(|(source, dataset)| {
                let named = source.zip(dataset);
                Some(named.is_none_or(|named| !names.contains(&named)))
            })
            .collect())
    };
    without(target, files, &columns, stays).await
}

/// Removes the rows that do not stay, which `columns` show.
async fn without(
    target: &Target,
    files: &[DataFile],
    columns: &[&str],
    stays: impl Fn(&RecordBatch) -> Result<BooleanArray> + Sync,
) -> Result<Without> {
    let mut kept = Vec::with_capacity(files.len());
    let mut removed = 0;
    for file in files {
        let mut scan = open(target, file, Some(columns)).await?;
        let mut hits = 0;
        while let Some(batch) = scan.rows.try_next().await? {
            hits += stays(&batch)?.false_count() as u64;
        }
        if hits == 0 {
            kept.push(file.clone());
            continue;
        }
        removed += hits;
        if hits == file.rows {
            continue;
        }
        let mut scan = open(target, file, None).await?;
        let mut writer = FileWriter::create(
            target.store.clone(),
            &target.names,
            &target.table,
            scan.schema.clone(),
        )?;
        while let Some(batch) = scan.rows.try_next().await? {
            let keep = stays(&batch)?;
            writer.write(&filter_record_batch(&batch, &keep)?).await?;
        }
        kept.push(writer.finish().await?);
    }
    Ok(Without {
        files: kept,
        removed,
    })
}

/// Compacts the small files of a table when there are many.
pub(super) async fn compact(target: &Target, files: Vec<DataFile>) -> Result<Vec<DataFile>> {
    if files.len() <= MOST_FILES {
        return Ok(files);
    }
    let (small, mut kept): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| file.rows < SMALL_FILE_ROWS);
    if small.len() < 2 {
        kept.extend(small);
        return Ok(kept);
    }
    let mut writer: Option<FileWriter> = None;
    for file in &small {
        let mut scan = open(target, file, None).await?;
        let writer = match &mut writer {
            Some(writer) => writer,
            None => writer.insert(FileWriter::create(
                target.store.clone(),
                &target.names,
                &target.table,
                scan.schema.clone(),
            )?),
        };
        while let Some(batch) = scan.rows.try_next().await? {
            writer.write(&batch).await?;
        }
    }
    if let Some(writer) = writer {
        kept.push(writer.finish().await?);
    }
    Ok(kept)
}

/// Streams a file, or some columns of it.
async fn open(target: &Target, file: &DataFile, only: Option<&[&str]>) -> Result<Scan> {
    target.engine.scan(std::slice::from_ref(file), only).await
}

fn texts(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    let column = batch.column_by_name(name);
    let column = column.ok_or_else(|| Error::Query(format!("there is no column `{name}`")))?;
    Ok(cast(column, &DataType::Utf8)?)
}

fn column<'a>(batch: &'a RecordBatch, key: &str) -> Result<&'a PrimitiveArray<Int64Type>> {
    batch
        .column_by_name(key)
        .filter(|column| *column.data_type() == DataType::Int64)
        .map(|column| column.as_primitive())
        .ok_or_else(|| Error::Query(format!("the key `{key}` is not a bigint column")))
}
