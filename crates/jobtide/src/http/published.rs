//! The build that is served: the newest whose record is sound and whose files are there, as long as
//! none of them turned out damaged. Looked for again when another record was written, and, while
//! something is damaged, a minute later: its file may have been restored.
//!
//! Requests that come while the records are listed share one listing, which begins after they came:
//! a build that was published before a request is seen by it, and there are two listings at once at
//! most for any number of requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::RwLock;
use warehouse::{BuildRecord, Warehouse};

use crate::messages::{tell, tell_damaged_records};

/// How long what is damaged is left alone.
const RETRY: Duration = Duration::from_secs(60);

/// What changes when another record was written.
type Mark = (u64, i64);

/// What tells the time; tests have their own.
type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// Caches the record of the served build by the newest generation and the time it was written.
pub struct Published {
    warehouse: Arc<Warehouse>,
    clock: Clock,
    known: RwLock<Option<Known>>,
    /// Damage of builds by their generation, found while they were read.
    aside: Mutex<BTreeMap<u64, Damage>>,
    /// What was reported and is still so.
    reported: Mutex<BTreeSet<String>>,
    listed: tokio::sync::Mutex<Listed>,
    /// Listings that were begun.
    listings: AtomicU64,
}

struct Known {
    mark: Mark,
    current: Arc<Current>,
    chosen_at: Instant,
}

#[derive(Default)]
struct Listed {
    listing: u64,
    latest: Option<Mark>,
}

/// A file that was read and is damaged.
#[derive(Debug, Clone)]
pub struct Damage {
    /// The file below the store's root.
    pub file: String,
    /// What is wrong with it, with its name.
    pub text: String,
}

/// The build that is served, and why it is not another one.
#[derive(Debug)]
pub struct Current {
    /// Its record.
    pub record: Arc<BuildRecord>,
    /// Records and builds that are damaged, in words.
    pub damaged: Vec<String>,
    /// Whether no damage of the build itself is known. The newest one is answered from as far as it
    /// can be read where none is whole.
    pub whole: bool,
}

impl Published {
    /// Knows nothing yet.
    pub fn new(warehouse: Arc<Warehouse>) -> Self {
        Self::with_clock(warehouse, Arc::new(Instant::now))
    }

    fn with_clock(warehouse: Arc<Warehouse>, clock: Clock) -> Self {
        Self {
            warehouse,
            clock,
            known: RwLock::new(None),
            aside: Mutex::default(),
            reported: Mutex::default(),
            listed: tokio::sync::Mutex::default(),
            listings: AtomicU64::new(0),
        }
    }

    /// The served build as of now.
    pub async fn current(&self) -> Result<Arc<BuildRecord>, warehouse::Error> {
        Ok(self.state().await?.record.clone())
    }

    /// The same with what is damaged. One listing of a small folder; records are read, and the files
    /// of a build looked for, when there is another record, or when what was damaged may be whole.
    pub async fn state(&self) -> Result<Arc<Current>, warehouse::Error> {
        let latest = self.latest().await?;
        let latest = latest.ok_or(warehouse::Error::NothingPublished)?;
        if let Some(known) = self.known.read().await.as_ref()
            && known.mark == latest
            && !self.is_due(known)
        {
            return Ok(known.current.clone());
        }
        let current = Arc::new(self.choose().await?);
        *self.known.write().await = Some(Known {
            mark: latest,
            current: current.clone(),
            chosen_at: (self.clock)(),
        });
        Ok(current)
    }

    fn is_due(&self, known: &Known) -> bool {
        let age = (self.clock)().saturating_duration_since(known.chosen_at);
        !known.current.damaged.is_empty() && age >= RETRY
    }

    async fn latest(&self) -> Result<Option<Mark>, warehouse::Error> {
        let begun = self.listings.load(Ordering::SeqCst);
        let mut listed = self.listed.lock().await;
        if listed.listing <= begun {
            let listing = self.listings.fetch_add(1, Ordering::SeqCst) + 1;
            let latest = self.warehouse.builds().latest().await?;
            *listed = Listed { listing, latest };
        }
        Ok(listed.latest)
    }

    /// Passes over a build: one of its files was read and is damaged. Until the file is as it was
    /// written.
    pub async fn set_aside(&self, record: &BuildRecord, damage: Damage) {
        let text = passed_over(record, &damage.text);
        self.tell_once(&format!(
            "error: {text}\nhint: `jobtide build --full` makes all tables again from the landing"
        ));
        self.aside().insert(record.generation, damage);
        *self.known.write().await = None;
    }

    async fn choose(&self) -> Result<Current, warehouse::Error> {
        let records = self.warehouse.builds().records().await?;
        tell_damaged_records(&self.warehouse);
        let mut damaged: Vec<String> = records.damaged.iter().map(ToString::to_string).collect();
        let newest = records.sound.last().cloned();
        let mut chosen = None;
        for record in records.sound.into_iter().rev() {
            if let Some(text) = self.still_aside(&record).await? {
                damaged.push(text);
                continue;
            }
            let lost = self.warehouse.lost_files(&record).await?;
            if let Some(first) = lost.first() {
                let text = passed_over(&record, first);
                self.tell_once(&format!("error: {text}"));
                damaged.push(text);
                continue;
            }
            chosen = Some(record);
            break;
        }
        // What is whole again is reported again when it is damaged again.
        self.reported()
            .retain(|reported| damaged.iter().any(|text| reported.contains(text.as_str())));
        // None is whole: what can be read of the newest one is read, and the rest are errors.
        let whole = chosen.is_some();
        let record = chosen
            .or(newest)
            .ok_or(warehouse::Error::NothingPublished)?;
        Ok(Current {
            record: Arc::new(record),
            damaged,
            whole,
        })
    }

    /// Why a build is still passed over, if it is.
    async fn still_aside(&self, record: &BuildRecord) -> Result<Option<String>, warehouse::Error> {
        let Some(damage) = self.aside().get(&record.generation).cloned() else {
            return Ok(None);
        };
        let now = self.warehouse.damage_of(record, &damage.file).await?;
        if now.is_none() {
            self.aside().remove(&record.generation);
            return Ok(None);
        }
        Ok(Some(passed_over(record, &damage.text)))
    }

    fn tell_once(&self, text: &str) {
        if self.reported().insert(text.to_owned()) {
            tell(text);
        }
    }

    // A poisoned lock only says that another thread panicked; the map is whole between statements.
    fn aside(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Damage>> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reported(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn passed_over(record: &BuildRecord, damage: &str) -> String {
    format!("build {} is not served: {damage}", record.build)
}

#[cfg(test)]
mod tests;
