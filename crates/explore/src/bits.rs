//! Bit sets of rows: one bit each, in words of 64.

/// A set of the rows `0..len`. Bits beyond `len` are never set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Box<[u64]>,
    len: usize,
}

impl Bits {
    pub fn none(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)].into_boxed_slice(),
            len,
        }
    }

    pub fn all(len: usize) -> Self {
        let mut bits = Self {
            words: vec![u64::MAX; len.div_ceil(64)].into_boxed_slice(),
            len,
        };
        if let Some(last) = bits.words.last_mut() {
            *last &= tail(len);
        }
        bits
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The words, for writers of disjoint parts; only bits below `len` may be set.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    pub fn insert(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
    }

    pub fn contains(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// The size of the intersection.
    pub fn intersection_count(&self, other: &Self) -> usize {
        let pairs = self.words.iter().zip(&other.words);
        pairs
            .map(|(one, other)| (one & other).count_ones() as usize)
            .sum()
    }

    /// Intersects with `other`.
    pub fn intersect_with(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Adds the rows of `other`.
    pub fn union_with(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// The intersection.
    pub fn intersection(&self, other: &Self) -> Self {
        let pairs = self.words.iter().zip(&other.words);
        Self {
            words: pairs.map(|(one, other)| one & other).collect(),
            len: self.len,
        }
    }

    /// Intersects with a range of rows.
    pub fn intersect_range(&mut self, range: std::ops::Range<usize>) {
        let (first, last) = (range.start / 64, range.end / 64);
        for (index, word) in self.words.iter_mut().enumerate() {
            if index < first || index > last {
                *word = 0;
                continue;
            }
            if index == first {
                *word &= u64::MAX << (range.start % 64);
            }
            if index == last {
                *word &= !(u64::MAX << (range.end % 64));
            }
        }
    }

    /// The rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        rows_of(self.words.iter().copied())
    }

    /// The rows that are not in the set, ascending.
    pub fn complement_rows(&self) -> impl Iterator<Item = usize> + '_ {
        let last = self.words.len().wrapping_sub(1);
        let len = self.len;
        rows_of(self.words.iter().enumerate().map(move |(index, word)| {
            if index == last {
                !word & tail(len)
            } else {
                !word
            }
        }))
    }

    /// The greatest row below `end`.
    pub fn last_before(&self, end: usize) -> Option<usize> {
        let mut index = end / 64;
        let mut word = match self.words.get(index) {
            Some(word) => word & !(u64::MAX << (end % 64)),
            None => 0,
        };
        loop {
            if word != 0 {
                return Some(index * 64 + 63 - word.leading_zeros() as usize);
            }
            index = index.checked_sub(1)?;
            word = self.words[index];
        }
    }

    pub fn memory_bytes(&self) -> usize {
        self.words.len() * 8
    }
}

/// The mask of the valid bits of the last word.
fn tail(len: usize) -> u64 {
    match len % 64 {
        0 => u64::MAX,
        rest => !(u64::MAX << rest),
    }
}

fn rows_of(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(index, word)| Ones {
        word,
        base: index * 64,
    })
}

struct Ones {
    word: u64,
    base: usize,
}

impl Iterator for Ones {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.word == 0 {
            return None;
        }
        let row = self.base + self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_equals_a_list_of_flags(flags in proptest::collection::vec(any::<bool>(), 0..200), from in 0_usize..210, to in 0_usize..210) {
            let mut bits = Bits::none(flags.len());
            for (row, flag) in flags.iter().enumerate() {
                if *flag {
                    bits.insert(row);
                }
            }
            let rows: Vec<usize> = (0..flags.len()).filter(|row| flags[*row]).collect();
            let others: Vec<usize> = (0..flags.len()).filter(|row| !flags[*row]).collect();
            prop_assert_eq!(bits.rows().collect::<Vec<_>>(), rows.clone());
            prop_assert_eq!(bits.complement_rows().collect::<Vec<_>>(), others);
            prop_assert_eq!(bits.count(), rows.len());
            prop_assert_eq!(Bits::all(flags.len()).count(), flags.len());
            let end = from.min(flags.len());
            prop_assert_eq!(bits.last_before(end), rows.iter().copied().rfind(|row| *row < end));
            let (from, to) = (from.min(to).min(flags.len()), to.min(flags.len()));
            let mut ranged = bits.clone();
            ranged.intersect_range(from..to);
            let kept: Vec<usize> = rows.iter().copied().filter(|row| (from..to).contains(row)).collect();
            prop_assert_eq!(ranged.rows().collect::<Vec<_>>(), kept);
        }
    }
}
