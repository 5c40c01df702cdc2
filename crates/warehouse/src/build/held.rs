//! Rows of fresh tables, cached in memory during the build: the next reader need not open,
//! decompress and decode files that were just written.
//!
//! Only a cache: a table that is too large, or comes after the build's budget is used up, is read
//! from its files. Sizes are as Arrow reports them per batch; shared buffers count once per batch,
//! so actual use is lower than counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::engine::MemoryTable;

/// Bytes that the rows of all tables of a build may use.
const BUILD_BYTES: usize = 192 << 20;

/// Bytes that the rows of one table may use: few wide tables would leave nothing for the many
/// narrow ones, which are read far more often.
const TABLE_BYTES: usize = 64 << 20;

/// The remaining memory budget of a build.
#[derive(Debug)]
pub(super) struct Allowance {
    left: AtomicUsize,
}

impl Allowance {
    /// The budget of one build.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(BUILD_BYTES),
        })
    }

    fn take(&self, bytes: usize) -> bool {
        let fewer = |left: usize| left.checked_sub(bytes);
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer)
            .is_ok()
    }
}

/// The memory that all partitions of one table use.
#[derive(Debug)]
pub(super) struct TableShare {
    allowance: Arc<Allowance>,
    taken: AtomicUsize,
    given_up: AtomicBool,
}

impl TableShare {
    /// A table that holds nothing yet.
    pub fn new(allowance: &Arc<Allowance>) -> Arc<Self> {
        Arc::new(Self {
            allowance: allowance.clone(),
            taken: AtomicUsize::new(0),
            given_up: AtomicBool::new(false),
        })
    }

    fn take(&self, bytes: usize) -> bool {
        let all = self.taken.load(Ordering::Relaxed) + bytes;
        if self.given_up.load(Ordering::Relaxed) || all > TABLE_BYTES || !self.allowance.take(bytes)
        {
            self.given_up.store(true, Ordering::Relaxed);
            return false;
        }
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        true
    }

    /// The table in memory, if all its rows are held.
    pub fn table(
        &self,
        schema: SchemaRef,
        partitions: Vec<Vec<RecordBatch>>,
    ) -> Option<Arc<MemoryTable>> {
        if self.given_up.load(Ordering::Relaxed) {
            let taken = self.taken.swap(0, Ordering::Relaxed);
            self.allowance.left.fetch_add(taken, Ordering::Relaxed);
            return None;
        }
        Some(Arc::new(MemoryTable { schema, partitions }))
    }
}

/// The rows that one partition of a table holds.
#[derive(Debug)]
pub(super) struct HeldRows {
    share: Arc<TableShare>,
    batches: Vec<RecordBatch>,
}

impl HeldRows {
    /// No rows yet.
    pub fn new(share: &Arc<TableShare>) -> Self {
        Self {
            share: share.clone(),
            batches: Vec::new(),
        }
    }

    /// Caches a batch; once over budget, drops everything.
    pub fn add(&mut self, batch: &RecordBatch) {
        if self.share.take(batch.get_array_memory_size()) {
            self.batches.push(batch.clone());
        } else {
            self.batches = Vec::new();
        }
    }

    /// The cached batches.
    pub fn into_batches(self) -> Vec<RecordBatch> {
        self.batches
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn batch(rows: usize) -> RecordBatch {
        let schema = Schema::new(vec![Field::new("id", DataType::Int64, true)]);
        let ids = Int64Array::from_iter_values(0..rows as i64);
        RecordBatch::try_new(schema.into(), vec![Arc::new(ids)]).expect("a batch")
    }

    #[test]
    fn a_table_is_held_whole_or_not_at_all() {
        let allowance = Allowance::new();
        let small = TableShare::new(&allowance);
        let mut rows = HeldRows::new(&small);
        rows.add(&batch(1_000));
        rows.add(&batch(1_000));
        let held = rows.into_batches();
        assert_eq!(held.len(), 2);
        let table = small.table(held[0].schema(), vec![held]);
        assert!(table.is_some());

        let before = allowance.left.load(Ordering::Relaxed);
        let large = TableShare::new(&allowance);
        let (mut first, mut second) = (HeldRows::new(&large), HeldRows::new(&large));
        first.add(&batch(TABLE_BYTES / 16));
        second.add(&batch(TABLE_BYTES / 8));
        first.add(&batch(1));
        let parts = vec![first.into_batches(), second.into_batches()];
        assert!(parts.iter().all(Vec::is_empty));
        let table = large.table(batch(0).schema(), parts);
        assert!(table.is_none());
        assert_eq!(
            allowance.left.load(Ordering::Relaxed),
            before,
            "what was taken is given back"
        );
    }

    #[test]
    fn tables_share_the_allowance_of_their_build() {
        let allowance = Allowance::new();
        let full = TABLE_BYTES / 8 - 1_024;
        let held = (0..8).filter(|_| {
            let share = TableShare::new(&allowance);
            let mut rows = HeldRows::new(&share);
            rows.add(&batch(full));
            !rows.into_batches().is_empty()
        });
        assert_eq!(held.count(), BUILD_BYTES / TABLE_BYTES);
    }
}
