//! The build that is served: the newest whose record is sound and whose files are there, as long as
//! none of them turned out damaged. Looked for again only when another record was written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::RwLock;
use warehouse::{BuildRecord, Warehouse};

use crate::messages::{tell, tell_damaged_records};

/// What changes when another record was written.
type Mark = (u64, i64);

/// Caches the record of the served build by the newest generation and the time it was written.
pub struct Published {
    warehouse: Arc<Warehouse>,
    known: RwLock<Option<(Mark, Arc<Current>)>>,
    /// Damage of builds by their generation, found while they were read.
    aside: Mutex<BTreeMap<u64, String>>,
}

/// The build that is served, and why it is not another one.
#[derive(Debug)]
pub struct Current {
    /// Its record.
    pub record: Arc<BuildRecord>,
    /// Records and builds that are damaged, in words.
    pub damaged: Vec<String>,
}

impl Published {
    /// Knows nothing yet.
    pub fn new(warehouse: Arc<Warehouse>) -> Self {
        Self {
            warehouse,
            known: RwLock::new(None),
            aside: Mutex::default(),
        }
    }

    /// The served build as of now.
    pub async fn current(&self) -> Result<Arc<BuildRecord>, warehouse::Error> {
        Ok(self.state().await?.record.clone())
    }

    /// The same with what is damaged. One listing of a small folder; records are read, and the files
    /// of a build looked for, when there is another record.
    pub async fn state(&self) -> Result<Arc<Current>, warehouse::Error> {
        let builds = self.warehouse.builds();
        let latest = builds
            .latest()
            .await?
            .ok_or(warehouse::Error::NothingPublished)?;
        if let Some((mark, current)) = self.known.read().await.as_ref()
            && *mark == latest
        {
            return Ok(current.clone());
        }
        let current = Arc::new(self.choose().await?);
        *self.known.write().await = Some((latest, current.clone()));
        Ok(current)
    }

    /// Passes over a build from now on: one of its files was read and is damaged.
    pub async fn set_aside(&self, record: &BuildRecord, damage: &str) {
        let text = passed_over(record, damage);
        tell(&format!(
            "error: {text}\nhint: `jobtide build --full` makes all tables again from the landing"
        ));
        self.aside().insert(record.generation, text);
        *self.known.write().await = None;
    }

    async fn choose(&self) -> Result<Current, warehouse::Error> {
        let records = self.warehouse.builds().records().await?;
        tell_damaged_records(&self.warehouse);
        let mut damaged: Vec<String> = records.damaged.iter().map(ToString::to_string).collect();
        let newest = records.sound.last().cloned();
        for record in records.sound.into_iter().rev() {
            if let Some(text) = self.aside().get(&record.generation) {
                damaged.push(text.clone());
                continue;
            }
            let lost = self.warehouse.lost_files(&record).await?;
            if let Some(first) = lost.first() {
                let text = passed_over(&record, first);
                tell(&format!("error: {text}"));
                damaged.push(text);
                continue;
            }
            let record = Arc::new(record);
            return Ok(Current { record, damaged });
        }
        // None is whole: what can be read of the newest one is read, and the rest are errors.
        let newest = newest.ok_or(warehouse::Error::NothingPublished)?;
        Ok(Current {
            record: Arc::new(newest),
            damaged,
        })
    }

    // A poisoned lock only says that another thread panicked; the map is whole between statements.
    fn aside(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, String>> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn passed_over(record: &BuildRecord, damage: &str) -> String {
    format!("build {} is not served: {damage}", record.build)
}
