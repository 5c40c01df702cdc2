//! The postings of the latest selections.

use std::sync::{Arc, Mutex, PoisonError};

use semantic::Filters;

use crate::chosen::Chosen;

/// Limits of the selection cache: entries, and memory.
const KEPT: usize = 64;
const KEPT_BYTES: usize = 16 << 20;

/// A cache of the latest selections: a page requests tiles, lists and postings of the same one.
#[derive(Debug)]
pub(crate) struct Latest {
    room: usize,
    kept: Mutex<Vec<(Filters, Arc<Chosen>)>>,
}

impl Latest {
    pub fn new(rows: usize) -> Self {
        Self {
            room: (KEPT_BYTES / (rows / 8).max(1)).clamp(4, KEPT),
            kept: Mutex::default(),
        }
    }

    pub fn find(&self, filters: &Filters) -> Option<Arc<Chosen>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(other, _)| other == filters)?;
        let found = kept.remove(place);
        let chosen = found.1.clone();
        kept.push(found);
        Some(chosen)
    }

    pub fn insert(&self, filters: Filters, chosen: Arc<Chosen>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(other, _)| *other == filters) {
            return;
        }
        if kept.len() >= self.room {
            kept.remove(0);
        }
        kept.push((filters, chosen));
    }

    pub fn memory_bytes(&self) -> usize {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .map(|(_, chosen)| chosen.bits.memory_bytes())
            .sum()
    }
}
