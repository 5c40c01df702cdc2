//! What earlier polls read: which parts are not due, and what unchanged ones are compared with.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use landing::{Part, PartOutcome, WindowKind};

use super::parts::Planned;
use super::{Poller, was_not_reached};
use crate::Result;
use crate::source::Strategy;

/// The most manifests that are read to find all parts. What is in none of them is read as if for the
/// first time.
const MANIFESTS: usize = 60;

/// What earlier polls read.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The last reading of each board, where the window that holds its records counts. `same_as` is
    /// that window.
    last: HashMap<String, Part>,
    /// Names of parts that are not due.
    done: HashSet<String>,
    /// When each part was tried last, whether or not it was read.
    tried: HashMap<String, Timestamp>,
}

impl Earlier {
    pub fn is_done(&self, name: &str) -> bool {
        self.done.contains(name)
    }

    pub fn tried(&self, name: &str) -> Option<Timestamp> {
        self.tried.get(name).copied()
    }

    pub fn last(&self, name: &str) -> Option<&Part> {
        self.last.get(name)
    }
}

impl Poller {
    /// # Errors
    /// When the store cannot be listed. A manifest that cannot be read is as if it were not there.
    pub(super) async fn earlier(&self, parts: &[Planned], now: Timestamp) -> Result<Earlier> {
        let is_snapshot = matches!(self.source.strategy, Strategy::Snapshot(_));
        let every = self.lists.every;
        let kind = match is_snapshot {
            true => WindowKind::Snapshot,
            false => WindowKind::Series,
        };
        let listing = self.landing.list_dataset(&self.dataset).await?;
        let mut windows = listing.windows;
        windows.retain(|window| {
            window.kind == kind
                && window.query == self.query.id()
                && !self.uncounted.contains(window.path().as_ref())
        });
        windows.sort_by_key(|window| std::cmp::Reverse((window.from, window.attempt.begun_at())));
        let counts: HashSet<String> = windows.iter().map(|window| window.path().into()).collect();
        let mut missing: HashSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        let mut earlier = Earlier::default();
        for window in windows.iter().take(MANIFESTS) {
            let is_recent = now.duration_since(window.from) < every && window.from <= now;
            if missing.is_empty() && !is_recent {
                break;
            }
            let manifest = match self.landing.manifest(window).await {
                Ok(manifest) => manifest,
                Err(error) => {
                    tracing::warn!(%error, "an earlier poll cannot be read, and does not count");
                    continue;
                }
            };
            for part in &manifest.parts {
                if !was_not_reached(part) {
                    let tried = earlier.tried.entry(part.name.clone());
                    let last = tried.or_insert(part.finished_at);
                    *last = part.finished_at.max(*last);
                }
            }
            // A backfill reads other days than the pull that is due.
            let regular = match is_snapshot || !is_recent {
                true => Vec::new(),
                false => self.planned(None, window.from).unwrap_or_default(),
            };
            let failed: HashSet<&str> = manifest
                .parts
                .iter()
                .filter(|part| part.outcome == PartOutcome::Failed)
                .map(|part| part.name.as_str())
                .collect();
            for part in &manifest.parts {
                // Of a series all ranges of a key were read, or the key is due.
                if failed.contains(part.name.as_str()) {
                    continue;
                }
                let own = || window.path().to_string();
                let holder = part.same_as.clone().unwrap_or_else(own);
                let is_there = match is_snapshot {
                    true => counts.contains(&holder),
                    false => are_covered(&regular, &manifest.parts, &part.name),
                };
                if is_recent && is_there {
                    earlier.done.insert(part.name.clone());
                }
                if !missing.remove(part.name.as_str()) || !is_snapshot {
                    continue;
                }
                if is_there {
                    let last = Part {
                        same_as: Some(holder),
                        ..part.clone()
                    };
                    earlier.last.insert(part.name.clone(), last);
                }
            }
        }
        Ok(earlier)
    }
}

/// Whether the days that were planned of a key are among those that were read of it.
fn are_covered(planned: &[Planned], parts: &[Part], name: &str) -> bool {
    let mut read: Vec<_> = parts
        .iter()
        .filter(|part| part.name == name)
        .filter_map(|part| part.from.zip(part.to))
        .collect();
    read.sort_unstable();
    let mut wanted = planned.iter().filter(|part| part.name == name).peekable();
    wanted.peek().is_some()
        && wanted.all(|part| {
            let Some((from, to)) = part.days else {
                return false;
            };
            let mut next = from;
            for (first, last) in &read {
                if *first <= next && next <= *last {
                    match last.tomorrow() {
                        Ok(day) => next = day,
                        Err(_) => return true,
                    }
                }
            }
            next > to
        })
}
