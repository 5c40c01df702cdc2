//! The record that a take-down was asked for: `state/purges/<time>.json`, written once, never
//! changed. It is the exclusion list, so it must recognise a posting without naming it: it holds
//! the key of the tables, a 64-bit hash. That is a pseudonym, not a secret: anyone with this file
//! can brute-force it, as the source's ids are few.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutMode};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::publish::FIRST_ENTITY;
use crate::warehouse::Warehouse;

/// Where the records are.
const FOLDER: &str = "state/purges";

/// Records read at once.
const READS_AT_ONCE: usize = 16;

/// A request for a take-down, and what it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeDown {
    /// When it was requested.
    pub asked_at: Timestamp,
    /// Where the posting is from, where that is known; null when earlier take-downs were repeated.
    pub source: Option<String>,
    /// What it is, as the staging specifications call it: see [`Self::entity`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// XXH3-64 of source and id: the posting's `id` in the tables, as text. Null when earlier
    /// take-downs were repeated.
    pub id: Option<String>,
    /// The requester's reason.
    pub reason: String,
    /// The windows of the landing whose bodies held it.
    pub windows: Vec<String>,
    /// Bodies that held it.
    pub bodies: u64,
    /// Records that were taken out of them.
    pub records: u64,
    /// Program and version.
    pub program: String,
}

impl TakeDown {
    /// The entity that `id` is of; `None` when earlier take-downs were repeated. Records of earlier
    /// versions, which knew a single one, do not name it.
    pub fn entity(&self) -> Option<&str> {
        self.id.as_ref()?;
        Some(self.entity.as_deref().unwrap_or(FIRST_ENTITY))
    }
}

/// All take-downs of a store.
#[derive(Debug, Clone, Default)]
pub struct TakeDowns {
    records: Vec<TakeDown>,
}

impl TakeDowns {
    /// The records, oldest first.
    pub fn records(&self) -> &[TakeDown] {
        &self.records
    }

    /// Keys of what was excluded of an entity.
    pub fn keys(&self, entity: &str) -> HashSet<i64> {
        let records = self.records.iter();
        let of_entity = records.filter(|record| record.entity() == Some(entity));
        let ids = of_entity.filter_map(|record| record.id.as_ref());
        ids.filter_map(|id| id.parse().ok()).collect()
    }

    /// Changes with every take-down of an entity, repeated ones included.
    pub(crate) fn fingerprint(&self, entity: &str) -> String {
        let name = |record: &TakeDown| format!(" {} {:?}", record.asked_at, record.id);
        let records = self.records.iter();
        let applies = |record: &&TakeDown| record.entity().is_none_or(|of| of == entity);
        records.filter(applies).map(name).collect()
    }
}

impl Warehouse {
    /// Reads all take-downs. One that cannot be read is an error: the posting it names would come
    /// back.
    pub async fn take_downs(&self) -> Result<TakeDowns> {
        let mut paths: Vec<Path> = self
            .store
            .list(Some(&Path::from(FOLDER)))
            .map_ok(|object| object.location)
            .try_filter(|path| std::future::ready(path.as_ref().ends_with(".json")))
            .try_collect()
            .await?;
        paths.sort();
        let records = futures::stream::iter(paths)
            .map(|path| async move {
                let bytes = self.store.get(&path).await?.bytes().await?;
                read(&path, &bytes)
            })
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(TakeDowns { records })
    }

    pub(super) async fn write_take_down(&self, record: &TakeDown) -> Result<()> {
        let name = record.asked_at.strftime("%Y%m%dT%H%M%S.%6fZ");
        let path = Path::from(format!("{FOLDER}/{name}.json"));
        let text = landing::to_checked_json(record).map_err(|source| Error::Json {
            path: path.to_string(),
            source,
        })?;
        self.store
            .put_opts(&path, text.into(), landing::sealed(PutMode::Create))
            .await?;
        Ok(())
    }
}

fn read(path: &Path, bytes: &[u8]) -> Result<TakeDown> {
    let failed = |reason| Error::DamagedTakeDown {
        path: path.to_string(),
        reason,
    };
    let record: TakeDown = landing::from_checked_json(bytes).map_err(failed)?;
    if let Some(id) = &record.id
        && id.parse::<i64>().is_err()
    {
        return Err(failed(format!("`{id}` is not the id of a posting")));
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(rest: &str) -> TakeDown {
        let text = format!(
            r#"{{"asked_at":"2026-01-02T03:04:05Z","source":"s","reason":"x","windows":[],"bodies":0,"records":0,"program":"jobtide",{rest}}}"#
        );
        serde_json::from_str(&text).expect("a record")
    }

    #[test]
    fn records_of_earlier_versions_are_of_postings() {
        let old = record(r#""id":"7""#);
        let other = record(r#""id":"7","entity":"event""#);
        let repeated = record(r#""id":null"#);
        let entities = [&old, &other, &repeated].map(TakeDown::entity);
        assert_eq!(entities, [Some("posting"), Some("event"), None]);

        let fingerprint = |records: &[&TakeDown], entity: &str| {
            let records = records.iter().map(|record| (*record).clone()).collect();
            TakeDowns { records }.fingerprint(entity)
        };
        let two = [&old, &other];
        assert_eq!(
            fingerprint(&two, "posting"),
            fingerprint(&[&old], "posting")
        );
        assert_ne!(fingerprint(&two, "event"), fingerprint(&[&old], "event"));
        let three = [&old, &other, &repeated];
        for entity in ["posting", "event", "company"] {
            assert_ne!(fingerprint(&three, entity), fingerprint(&two, entity));
        }
        let all = TakeDowns {
            records: vec![old, other],
        };
        assert_eq!(all.keys("posting"), HashSet::from([7]));
        assert!(all.keys("company").is_empty());
    }
}
