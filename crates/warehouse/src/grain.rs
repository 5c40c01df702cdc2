//! The grain of a table, checked while its rows are written: a hash of each row's key columns is
//! kept, 8 bytes a row. Distinct hashes prove distinct keys; equal ones prove nothing, and the
//! check falls back to SQL.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

use crate::engine::hash_rows;
use crate::error::Result;

/// What is known of a table's grain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// One row for each value of the key columns, none null.
    Holds,
    /// To be checked by a query.
    Unknown,
}

/// Hashes of the key columns of rows. Without key columns nothing is known.
pub(super) struct GrainHashes {
    columns: Arc<[usize]>,
    hashes: Vec<u64>,
    nulls: bool,
}

impl GrainHashes {
    const SEED: u64 = 0x6a6f_6274_6964_6501;

    /// Positions of the key columns; empty when one is missing.
    pub fn columns(schema: &SchemaRef, grain: &[String]) -> Vec<usize> {
        let found: Option<Vec<usize>> = grain
            .iter()
            .map(|name| schema.index_of(name).ok())
            .collect();
        found.unwrap_or_default()
    }

    pub fn new(columns: &Arc<[usize]>) -> Self {
        Self {
            columns: columns.clone(),
            hashes: Vec::new(),
            nulls: false,
        }
    }

    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns: Vec<ArrayRef> = self
            .columns
            .iter()
            .map(|at| batch.column(*at).clone())
            .collect();
        if columns.is_empty() || self.nulls {
            return Ok(());
        }
        self.nulls = columns.iter().any(|column| column.null_count() > 0);
        let begin = self.hashes.len();
        self.hashes.resize(begin + batch.num_rows(), 0);
        hash_rows(&columns, Self::SEED, &mut self.hashes[begin..])?;
        Ok(())
    }

    pub fn merge(&mut self, other: Self) {
        self.nulls |= other.nulls;
        self.hashes.extend(other.hashes);
    }

    pub fn grain(mut self) -> Grain {
        if self.columns.is_empty() || self.nulls {
            return Grain::Unknown;
        }
        self.hashes.sort_unstable();
        if self.hashes.is_sorted_by(|a, b| a < b) {
            Grain::Holds
        } else {
            Grain::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringViewArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn batch(ids: &[Option<i64>], codes: &[&str]) -> RecordBatch {
        let schema = Schema::new(vec![
            Field::new("id", DataType::Int64, true),
            Field::new("code", DataType::Utf8View, true),
        ]);
        let ids = Int64Array::from(ids.to_vec());
        let codes = StringViewArray::from(codes.to_vec());
        RecordBatch::try_new(schema.into(), vec![Arc::new(ids), Arc::new(codes)]).expect("a batch")
    }

    fn grain(batches: &[RecordBatch], columns: &[&str]) -> Grain {
        let names: Vec<String> = columns.iter().map(|name| name.to_string()).collect();
        let columns: Arc<[usize]> = GrainHashes::columns(&batches[0].schema(), &names).into();
        let mut whole = GrainHashes::new(&columns);
        for batch in batches {
            let mut part = GrainHashes::new(&columns);
            part.add(batch).expect("hashed");
            whole.merge(part);
        }
        whole.grain()
    }

    #[test]
    fn only_distinct_hashes_need_no_query() {
        let first = batch(&[Some(1), Some(1), Some(2)], &["a", "b", "a"]);
        let second = batch(&[Some(2), Some(3)], &["b", "a"]);
        let both = [first, second];
        assert_eq!(grain(&both, &["id", "code"]), Grain::Holds);
        assert_eq!(grain(&both, &["id"]), Grain::Unknown);
        assert_eq!(grain(&both, &[]), Grain::Unknown);
        assert_eq!(grain(&both, &["id", "elsewhere"]), Grain::Unknown);
        let null = batch(&[Some(1), None], &["a", "b"]);
        assert_eq!(grain(&[null], &["id", "code"]), Grain::Unknown);
    }
}
