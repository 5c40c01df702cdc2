//! The data files of tables as builds name them, with the sums that reads are verified by.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

/// Bytes of a block: a fraction of a column chunk, and few enough sums that the record of a million
/// postings stays small.
pub(crate) const BLOCK_BYTES: u64 = 64 * 1024;

/// Hex digits of a block's sum.
pub(crate) const SUM_DIGITS: usize = 16;

/// One Parquet file of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DataFile {
    /// Path below the store's root.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// XXH3-64 of its bytes, in hex; builds of earlier versions have none. It detects damage, not
    /// forgery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xxh3: Option<String>,
    /// XXH3-64 of each block of 64 KiB, concatenated, in hex; empty for a file of one block, and in
    /// builds of earlier versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub blocks: String,
}

/// The sums of the blocks of a file that is being written.
#[derive(Default)]
pub(crate) struct BlockSums {
    block: Xxh3,
    filled: u64,
    done: String,
}

impl BlockSums {
    /// Adds the next bytes of the file.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(BLOCK_BYTES - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.block.update(now);
            self.filled += now.len() as u64;
            if self.filled == BLOCK_BYTES {
                self.end();
            }
            bytes = later;
        }
    }

    fn end(&mut self) {
        self.done += &format!("{:016x}", self.block.digest());
        self.block.reset();
        self.filled = 0;
    }

    /// The sums concatenated, in hex; none for a file of a single block, whose sum is that of the
    /// file.
    pub fn finish(mut self) -> Option<String> {
        if self.filled > 0 {
            self.end();
        }
        (self.done.len() > SUM_DIGITS).then_some(self.done)
    }
}
