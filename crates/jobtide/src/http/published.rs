//! The published build, read again only when there is a newer one.

use std::sync::Arc;

use tokio::sync::RwLock;
use warehouse::{BuildRecord, Warehouse};

/// Caches the record of the published build by its generation.
pub struct Published {
    warehouse: Arc<Warehouse>,
    known: RwLock<Option<Arc<BuildRecord>>>,
}

impl Published {
    /// Knows nothing yet.
    pub fn new(warehouse: Arc<Warehouse>) -> Self {
        Self {
            warehouse,
            known: RwLock::new(None),
        }
    }

    /// The published build as of now. One listing of a small folder; the record itself is read when
    /// its generation is new.
    pub async fn current(&self) -> Result<Arc<BuildRecord>, warehouse::Error> {
        let builds = self.warehouse.builds();
        let latest = builds.generations().await?.last().copied();
        if let Some(known) = self.known.read().await.as_ref()
            && latest == Some(known.generation)
        {
            return Ok(known.clone());
        }
        let record = builds
            .published()
            .await?
            .ok_or(warehouse::Error::NothingPublished)?;
        let record = Arc::new(record);
        *self.known.write().await = Some(record.clone());
        Ok(record)
    }
}
