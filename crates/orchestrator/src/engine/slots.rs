//! Which attempt is next: by priority, then by the order of runs and tasks, of those whose pool has a
//! slot left. What waits for a pool keeps nothing else from running.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::NodeIndex;

use crate::definition::Pools;

/// One step of a run in progress, or one instance of a mapped one. Sorts by who is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) priority: Reverse<i32>,
    /// Rises with every run.
    pub(super) run: u64,
    pub(super) node: NodeIndex,
    pub(super) position: Option<u32>,
}

/// What could run, and how much may.
pub(super) struct Slots {
    workers: usize,
    busy: usize,
    pools: Pools,
    used: BTreeMap<String, usize>,
    ready: BTreeMap<Option<String>, BTreeSet<Key>>,
}

impl Slots {
    pub(super) fn new(workers: usize, pools: Pools) -> Self {
        Self {
            workers,
            busy: 0,
            pools,
            used: BTreeMap::new(),
            ready: BTreeMap::new(),
        }
    }

    pub(super) fn push(&mut self, pool: Option<&str>, key: Key) {
        let pool = pool.map(str::to_owned);
        self.ready.entry(pool).or_default().insert(key);
    }

    /// Takes a worker, and a slot of its pool, for the one that is next.
    pub(super) fn take(&mut self) -> Option<Key> {
        if self.busy >= self.workers {
            return None;
        }
        let first = self.ready.iter().filter_map(|(pool, keys)| {
            let has_room = pool.as_deref().is_none_or(|pool| self.has_room(pool));
            has_room.then_some((*keys.first()?, pool))
        });
        let (key, pool) = first.min_by_key(|(key, _)| *key)?;
        let pool = pool.clone();
        if let Some(keys) = self.ready.get_mut(&pool) {
            keys.remove(&key);
        }
        if let Some(pool) = pool {
            *self.used.entry(pool).or_default() += 1;
        }
        self.busy += 1;
        Some(key)
    }

    /// A pool that nobody declared has one slot: what is known of it is that somebody is to be alone.
    fn has_room(&self, pool: &str) -> bool {
        let slots = self.pools.get(pool).map_or(1, |pool| pool.slots.get());
        self.used.get(pool).copied().unwrap_or_default() < slots
    }

    pub(super) fn give_back(&mut self, pool: Option<&str>) {
        self.busy = self.busy.saturating_sub(1);
        if let Some(used) = pool.and_then(|pool| self.used.get_mut(pool)) {
            *used = used.saturating_sub(1);
        }
    }

    /// The runs of what could run; one may come several times.
    pub(super) fn ready(&self) -> impl Iterator<Item = u64> {
        self.ready.values().flatten().map(|key| key.run)
    }

    /// Removes, and returns, what waits of a run.
    pub(super) fn withdraw(&mut self, run: u64) -> Vec<Key> {
        let waiting = self.ready.values_mut();
        let of_run = waiting.flat_map(|keys| keys.extract_if(.., |key| key.run == run));
        of_run.collect()
    }
}
