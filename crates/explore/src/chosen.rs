//! Sets of postings with their sizes.

use crate::bits::Bits;

/// A set of postings, and its size.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub bits: Bits,
    pub count: usize,
}

impl Chosen {
    pub fn new(bits: Bits) -> Self {
        Self {
            count: bits.count(),
            bits,
        }
    }

    pub fn all(rows: usize) -> Self {
        Self {
            bits: Bits::all(rows),
            count: rows,
        }
    }

    pub fn is_all(&self) -> bool {
        self.count == self.bits.len()
    }
}
