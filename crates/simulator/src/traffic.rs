//! Calls so far: what tests count, and what later calls depend on.

use std::collections::{BTreeMap, HashMap};

use crate::draw::hash_bytes;
use crate::faults::{Attempts, Fault};

/// Calls and their outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// All calls of the API.
    pub calls: u64,
    /// Pages sent without faults.
    pub pages: u64,
    /// Postings on those pages.
    pub rows: u64,
    /// Refusals by error code: 1 and 2 key, 3 parameter, 4 quota.
    pub refused: BTreeMap<u16, u64>,
    /// Faults sent.
    pub faults: BTreeMap<Fault, u64>,
}

impl Counters {
    /// All faults sent.
    pub fn faulty(&self) -> u64 {
        self.faults.values().sum()
    }
}

/// State left by the calls so far.
#[derive(Default)]
pub(crate) struct Traffic {
    pub(crate) counters: Counters,
    pub(crate) attempts: Attempts,
    pub(crate) quota: Quota,
}

/// Calls of the current day in Seoul by (hashed) key.
#[derive(Default)]
pub(crate) struct Quota {
    day: i64,
    used: HashMap<u64, u32>,
}

impl Quota {
    /// Counts a call; `false` when the key has none left today.
    pub(crate) fn take(&mut self, key: &str, limit: u32, day: i64) -> bool {
        if self.day != day {
            *self = Self {
                day,
                used: HashMap::new(),
            };
        }
        let used = self.used.entry(hash_bytes(0, key.as_bytes())).or_default();
        let left = *used < limit;
        *used = used.saturating_add(1);
        left
    }
}
