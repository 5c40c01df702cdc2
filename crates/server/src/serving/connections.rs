//! The open connections, and which of them is closed for a new one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::connection::Watch;

/// The share of connections that is closed when room is needed.
const CLOSED_SHARE: usize = 16;

/// The open connections of one server.
#[derive(Default)]
pub struct Connections {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    watches: HashMap<u64, Arc<Watch>>,
}

/// The slot of one connection; released when dropped.
pub struct Place {
    number: u64,
    connections: Arc<Connections>,
}

impl Connections {
    /// A slot for a connection, if there are fewer than `most` or a waiting one makes room.
    pub fn place(self: &Arc<Self>, watch: &Arc<Watch>, most: usize) -> Option<Place> {
        if self.len() >= most && !self.make_room(Instant::now()) {
            return None;
        }
        let mut open = self.open();
        open.last += 1;
        let number = open.last;
        open.watches.insert(number, watch.clone());
        Some(Place {
            number,
            connections: self.clone(),
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.open().watches.len()
    }

    /// Closes connections that only wait for their clients: of the peer with the most connections,
    /// those that wait longest. So no address can take all slots, and a client that sends its
    /// requests promptly keeps its own. Behind a proxy all clients are one peer: the longest wait
    /// decides.
    ///
    /// Several at once, so that a flood of connections does not cost a search for each of them.
    pub fn make_room(&self, now: Instant) -> bool {
        let mut open = self.open();
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        for watch in open.watches.values() {
            *counts.entry(watch.peer()).or_default() += 1;
        }
        let mut waiting: Vec<_> = open
            .watches
            .iter()
            .filter_map(|(number, watch)| {
                let waited = now.saturating_duration_since(watch.waits_since(now)?);
                Some((counts[&watch.peer()], waited, *number))
            })
            .collect();
        waiting.sort_unstable();
        let most = (open.watches.len() / CLOSED_SHARE).max(1);
        let Some((largest, _, _)) = waiting.last().copied() else {
            return false;
        };
        // Not beyond the largest count: the other peers do not fill the slots.
        let of_largest = waiting
            .iter()
            .rev()
            .take_while(|(count, _, _)| *count == largest);
        for (_, _, number) in of_largest.take(most) {
            if let Some(watch) = open.watches.remove(number) {
                watch.close();
            }
        }
        true
    }

    // A poisoned lock only says that another thread panicked; the map is consistent between
    // statements.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().watches.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_peer_with_the_most_connections_makes_room() {
        let connections = Arc::<Connections>::default();
        let now = Instant::now();
        let peer = |last: u8| IpAddr::from([192, 0, 2, last]);
        let mut watches = Vec::new();
        let mut places = Vec::new();
        for (at, last) in [1, 2, 2, 2, 3].into_iter().enumerate() {
            let watch = Watch::new(peer(last), now + Duration::from_secs(at as u64));
            places.push(connections.place(&watch, 5).expect("a place"));
            watches.push(watch);
        }
        // The oldest of its connections is busy, the next one waits longest.
        watches[1].begin();
        let late = now + Duration::from_secs(60);
        assert!(connections.make_room(late));
        assert_eq!(connections.len(), 4);
        assert!(!connections.open().watches.contains_key(&places[2].number));
        for watch in &watches {
            watch.begin();
        }
        assert!(!connections.make_room(late), "all of them are busy");
        assert!(connections.place(&watches[0], 4).is_none());
        drop(places);
        assert_eq!(connections.len(), 0);
    }
}
