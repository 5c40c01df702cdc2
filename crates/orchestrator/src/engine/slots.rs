//! Which attempt is next: by priority, then by the order of runs and tasks, of those whose pools have a
//! slot left, in this process and in others. What waits for a pool keeps nothing else from running.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use petgraph::graph::NodeIndex;

use super::{OnWait, Waits};
use crate::definition::Pools;
use crate::state::{HeldLock, State, StateError};

/// How often slots are tried again that other processes hold.
pub(super) const OTHERS_POLL: Duration = Duration::from_millis(100);

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
    state: State,
    workers: usize,
    busy: usize,
    pools: Pools,
    /// By pool: the slots that this process holds.
    held: BTreeMap<String, BTreeSet<usize>>,
    /// By the pools of which it takes a slot each.
    ready: BTreeMap<Vec<String>, BTreeSet<Key>>,
    /// The pool of which another process holds the slot that is next.
    waits_for: Option<String>,
    /// The same as it was reported.
    reported: Option<String>,
    on_wait: Option<OnWait>,
}

/// A slot of a pool, held until it is given back.
pub(super) struct Slot {
    pool: String,
    number: usize,
    _lock: HeldLock,
}

impl Slots {
    /// `on_wait` is called when something begins to wait for a slot that another process holds.
    pub(super) fn new(state: State, workers: usize, pools: Pools, on_wait: Option<OnWait>) -> Self {
        Self {
            state,
            workers,
            busy: 0,
            pools,
            held: BTreeMap::new(),
            ready: BTreeMap::new(),
            waits_for: None,
            reported: None,
            on_wait,
        }
    }

    pub(super) fn push(&mut self, pools: &[String], key: Key) {
        match self.ready.get_mut(pools) {
            Some(keys) => _ = keys.insert(key),
            None => _ = self.ready.insert(pools.to_vec(), BTreeSet::from([key])),
        }
    }

    /// Takes a worker, and a slot of each of its pools, for the one that is next.
    pub(super) fn take(&mut self) -> Result<Option<(Key, Vec<Slot>)>, StateError> {
        self.waits_for = None;
        if self.busy >= self.workers {
            return Ok(None);
        }
        let first = self.ready.iter().filter_map(|(pools, keys)| {
            let has_room = pools.iter().all(|pool| self.free(pool).next().is_some());
            has_room.then_some((*keys.first()?, pools))
        });
        let mut first: Vec<(Key, &Vec<String>)> = first.collect();
        first.sort_unstable();
        let (mut next, mut waits_for) = (None, None);
        for (key, pools) in first {
            match self.slots(pools)? {
                Ok(slots) => {
                    next = Some((key, pools.clone(), slots));
                    break;
                }
                Err(pool) => _ = waits_for.get_or_insert(pool),
            }
        }
        let Some((key, pools, slots)) = next else {
            self.wait_for(waits_for);
            return Ok(None);
        };
        if self
            .reported
            .as_ref()
            .is_some_and(|pool| pools.contains(pool))
        {
            self.reported = None;
        }
        if let Some(keys) = self.ready.get_mut(&pools) {
            keys.remove(&key);
        }
        // The lists of DAGs differ: empty ones would add up.
        self.ready.retain(|_, keys| !keys.is_empty());
        for slot in &slots {
            let held = self.held.entry(slot.pool.clone()).or_default();
            held.insert(slot.number);
        }
        self.busy += 1;
        Ok(Some((key, slots)))
    }

    /// Whether something could run but for slots that other processes hold. Nobody reports when they are
    /// free.
    pub(super) fn waits_for_others(&self) -> bool {
        self.waits_for.is_some()
    }

    /// Reports once what is waited for.
    fn wait_for(&mut self, pool: Option<String>) {
        if let Some(pool) = &pool
            && self.reported.as_ref() != Some(pool)
        {
            tracing::info!(pool, "another process holds the slots of the pool");
            self.reported = Some(pool.clone());
            if let Some(on_wait) = &self.on_wait {
                on_wait(&Waits::Pool(pool));
            }
        }
        self.waits_for = pool;
    }

    /// The slots of a pool that this process does not hold. A pool that nobody declared has one: what is
    /// known of it is that somebody is to be alone.
    fn free(&self, pool: &str) -> impl Iterator<Item = usize> {
        let slots = self.pools.get(pool).map_or(1, |pool| pool.slots.get());
        let held = self.held.get(pool);
        (0..slots).filter(move |slot| held.is_none_or(|held| !held.contains(slot)))
    }

    /// A slot of each pool, or none of any: then the pool whose slots other processes hold.
    fn slots(&self, pools: &[String]) -> Result<Result<Vec<Slot>, String>, StateError> {
        let mut slots = Vec::new();
        for pool in pools {
            let mut found = None;
            for number in self.free(pool) {
                if let Some(lock) = self.state.pool_slot(pool, number)? {
                    found = Some(Slot {
                        pool: pool.clone(),
                        number,
                        _lock: lock,
                    });
                    break;
                }
            }
            match found {
                Some(slot) => slots.push(slot),
                None => return Ok(Err(pool.clone())),
            }
        }
        Ok(Ok(slots))
    }

    pub(super) fn give_back(&mut self, slots: Vec<Slot>) {
        self.busy = self.busy.saturating_sub(1);
        for slot in slots {
            if let Some(held) = self.held.get_mut(&slot.pool) {
                held.remove(&slot.number);
            }
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
