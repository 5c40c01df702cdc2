//! What a build leaves behind: the last builds and their files stay, the rest is removed.
//!
//! Also the marker of a publication under way: which tables' Delta logs may be ahead of the
//! published build, should the process die between the logs and the pointer.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::error::{Error, Result};
use crate::name::TableName;
use crate::warehouse::Warehouse;

/// Names the tables whose logs are being committed.
const MARKER: &str = "state/committing.json";

/// Deletions under way at once.
const DELETES_AT_ONCE: usize = 16;

impl Warehouse {
    /// Removes records past the builds that are kept, and every data file that no kept build names.
    pub(crate) async fn clean(&self) -> Result<()> {
        let records = self.builds.all().await?;
        let mut kept = BTreeSet::new();
        let mut keep_from = 0;
        for (at, record) in records.iter().enumerate().rev() {
            kept.insert(record.build);
            if kept.len() > self.keep_builds.max(1) {
                keep_from = at + 1;
                break;
            }
        }
        let (gone, stay) = records.split_at(keep_from);
        for record in gone {
            self.builds.forget(record.generation).await?;
        }
        let needed: BTreeSet<&str> = stay
            .iter()
            .flat_map(|record| record.tables.values())
            .flat_map(|table| &table.files)
            .map(|file| file.path.as_str())
            .collect();
        let store = &self.store;
        let needed = &needed;
        store
            .list(Some(&Path::from("warehouse")))
            .try_filter(|object| {
                let path = object.location.as_ref();
                let data = path.ends_with(".parquet") && !path.contains("/_delta_log/");
                std::future::ready(data && !needed.contains(path))
            })
            .map_err(Error::from)
            .try_for_each_concurrent(DELETES_AT_ONCE, |object| async move {
                match store.delete(&object.location).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            })
            .await
    }

    /// Tables whose logs an interrupted publication may have left ahead.
    pub(super) async fn uncommitted_logs(&self) -> Result<BTreeSet<TableName>> {
        match self.store.get(&Path::from(MARKER)).await {
            Ok(found) => {
                let bytes = found.bytes().await?;
                serde_json::from_slice(&bytes).map_err(|source| Error::Json {
                    path: MARKER.to_owned(),
                    source,
                })
            }
            Err(object_store::Error::NotFound { .. }) => Ok(BTreeSet::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Says that these tables' logs are about to be committed.
    pub(super) async fn mark_uncommitted(&self, tables: &BTreeSet<TableName>) -> Result<()> {
        let bytes = serde_json::to_vec(tables).map_err(|source| Error::Json {
            path: MARKER.to_owned(),
            source,
        })?;
        self.store.put(&Path::from(MARKER), bytes.into()).await?;
        Ok(())
    }

    /// Says that logs and published build agree.
    pub(crate) async fn logs_committed(&self) -> Result<()> {
        match self.store.delete(&Path::from(MARKER)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
