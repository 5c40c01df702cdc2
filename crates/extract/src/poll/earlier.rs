//! What earlier polls read: which parts are not due, and what unchanged ones are compared with.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use landing::{Part, PartOutcome, WindowKind};

use super::Poller;
use super::parts::Planned;
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
}

impl Earlier {
    pub fn is_done(&self, name: &str) -> bool {
        self.done.contains(name)
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
        if !is_snapshot && every.is_zero() {
            return Ok(Earlier::default());
        }
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
                if is_recent {
                    earlier.done.insert(part.name.clone());
                }
                if !missing.remove(part.name.as_str()) || !is_snapshot {
                    continue;
                }
                let own = || window.path().to_string();
                let holder = part.same_as.clone().unwrap_or_else(own);
                if counts.contains(&holder) {
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
