//! The build that is served: the newest with an intact record and existing files, unless one of them
//! was found damaged. It is determined again when another record was written, and, while something is
//! damaged, after a minute: the file may have been restored.
//!
//! Concurrent requests share one listing of the records, which starts after they arrived: a request
//! sees every build that was published before it, and there are at most two concurrent listings for
//! any number of requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::RwLock;
use warehouse::{BuildRecord, Warehouse};

use crate::Report;

/// How long until damage is checked again.
const RETRY: Duration = Duration::from_secs(60);

/// A version that changes when another record is written.
type Mark = (u64, i64);

/// The clock; tests inject their own.
type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// Caches the record of the served build by the newest generation and the time it was written.
pub struct Published {
    warehouse: Arc<Warehouse>,
    report: Report,
    clock: Clock,
    known: RwLock<Option<Known>>,
    /// Damage of builds by their generation, found while they were read.
    aside: Mutex<BTreeMap<u64, Damage>>,
    /// Damage that was reported and persists.
    reported: Mutex<BTreeSet<String>>,
    listed: tokio::sync::Mutex<Listed>,
    /// The number of started listings.
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

/// The build that is served, and why newer ones are skipped.
#[derive(Debug)]
pub struct Current {
    /// Its record.
    pub record: Arc<BuildRecord>,
    /// Records and builds that are damaged, as messages.
    pub damaged: Vec<String>,
    /// Whether no damage of the build itself is known. If no build is intact, the newest one is served
    /// as far as it can be read.
    pub whole: bool,
}

impl Published {
    /// An empty cache.
    pub fn new(warehouse: Arc<Warehouse>, report: Report) -> Self {
        Self::with_clock(warehouse, report, Arc::new(Instant::now))
    }

    fn with_clock(warehouse: Arc<Warehouse>, report: Report, clock: Clock) -> Self {
        Self {
            warehouse,
            report,
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

    /// The same with what is damaged. One listing of a small folder; records are read, and the
    /// files of a build checked, only when there is another record, or when damage may have been
    /// repaired.
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

    /// Skips a build one of whose files was found damaged, until the file is restored.
    pub async fn set_aside(&self, record: &BuildRecord, damage: Damage) {
        let text = passed_over(record, &damage.text);
        self.tell_once(&format!(
            "error: {text}\nhint: `jobtide build --full` rebuilds all tables from the landing"
        ));
        self.aside().insert(record.generation, damage);
        *self.known.write().await = None;
    }

    async fn choose(&self) -> Result<Current, warehouse::Error> {
        let records = self.warehouse.builds().records().await?;
        (self.report.damaged_records)(&self.warehouse);
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
        // New damage after a repair is reported again.
        self.reported()
            .retain(|reported| damaged.iter().any(|text| reported.contains(text.as_str())));
        // None is intact: the newest one is served, and its damaged files are errors.
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

    /// Why a build is still skipped, if it is.
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
            (self.report.line)(text);
        }
    }

    // A poisoned lock only says that another thread panicked; the map is consistent between
    // statements.
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
