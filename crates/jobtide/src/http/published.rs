//! The published build, read again only when there is a newer one.

use std::sync::Arc;

use tokio::sync::RwLock;
use warehouse::{BuildRecord, Warehouse};

/// What tells a published record from every other one.
type Mark = (u64, i64);

/// Caches the record of the published build by its generation and the time it was written.
pub struct Published {
    warehouse: Arc<Warehouse>,
    known: RwLock<Option<(Mark, Arc<BuildRecord>)>>,
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
    /// it is another one.
    pub async fn current(&self) -> Result<Arc<BuildRecord>, warehouse::Error> {
        let builds = self.warehouse.builds();
        let latest = builds
            .latest()
            .await?
            .ok_or(warehouse::Error::NothingPublished)?;
        if let Some((mark, record)) = self.known.read().await.as_ref()
            && *mark == latest
        {
            return Ok(record.clone());
        }
        let record = builds
            .published()
            .await?
            .ok_or(warehouse::Error::NothingPublished)?;
        let record = Arc::new(record);
        *self.known.write().await = Some((latest, record.clone()));
        Ok(record)
    }
}
