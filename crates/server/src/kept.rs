//! A response cache by build and request: responses of the engine (the list of tables, the tables,
//! details of postings), and compressed ones. An LRU cache with a limit in bytes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use axum::body::Bytes;

/// Capacity in bytes.
const MOST_BYTES: usize = 48 << 20;

/// A larger response is not cached: it would evict too many others.
const LARGEST: usize = MOST_BYTES / 4;

/// Overhead of an entry in addition to its tag, which is stored twice, and its response.
const ENTRY_BYTES: usize = 200;

/// Cached responses by ETag.
#[derive(Default)]
pub struct Kept {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Entry>,
    /// Tags by the time of their last use.
    used: BTreeMap<u64, String>,
    clock: u64,
    bytes: usize,
}

struct Entry {
    used: u64,
    answer: Bytes,
}

impl Kept {
    /// The response with a tag.
    pub fn get(&self, tag: &str) -> Option<Bytes> {
        let mut state = self.state();
        let answer = state.take(tag)?;
        state.put(tag, answer.clone());
        Some(answer)
    }

    /// Caches a response, and evicts the least recently used ones.
    pub fn put(&self, tag: &str, answer: Bytes) {
        if answer.len() > LARGEST {
            return;
        }
        let mut state = self.state();
        state.take(tag);
        state.put(tag, answer);
        while state.bytes > MOST_BYTES
            && let Some((_, tag)) = state.used.pop_first()
        {
            state.take(&tag);
        }
    }

    // A poisoned lock only says that another thread panicked; a lost response is computed again.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    fn take(&mut self, tag: &str) -> Option<Bytes> {
        let entry = self.answers.remove(tag)?;
        self.used.remove(&entry.used);
        self.bytes -= size(tag, &entry.answer);
        Some(entry.answer)
    }

    fn put(&mut self, tag: &str, answer: Bytes) {
        self.clock += 1;
        let used = self.clock;
        self.bytes += size(tag, &answer);
        self.used.insert(used, tag.to_owned());
        self.answers.insert(tag.to_owned(), Entry { used, answer });
    }
}

fn size(tag: &str, answer: &Bytes) -> usize {
    2 * tag.len() + answer.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(bytes: usize) -> Bytes {
        Bytes::from(vec![0; bytes])
    }

    #[test]
    fn the_least_recently_used_are_evicted_first() {
        let kept = Kept::default();
        let tags = ["a", "b", "c", "d", "e"];
        for tag in ["a", "b", "c", "a"] {
            kept.put(tag, answer(LARGEST - 1_000));
        }
        assert!(kept.get("b").is_some(), "the same answer counts once");
        for tag in ["d", "e"] {
            kept.put(tag, answer(LARGEST - 1_000));
        }
        let is_kept = tags.map(|tag| kept.get(tag).is_some());
        assert_eq!(is_kept, [true, true, false, true, true]);
        kept.put("f", answer(LARGEST + 1));
        assert!(kept.get("f").is_none() && kept.get("a").is_some());
        for tag in tags {
            kept.put(tag, answer(1));
        }
        let state = kept.state();
        let sizes = state
            .answers
            .iter()
            .map(|(tag, entry)| size(tag, &entry.answer));
        assert_eq!(state.bytes, sizes.sum::<usize>());
        assert_eq!(state.used.len(), state.answers.len());
    }
}
