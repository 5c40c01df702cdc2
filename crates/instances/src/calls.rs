//! The calls of a day, in blocks: `state/calls/<source>/<day>/<number>.json`.
//!
//! - A block is an object that is created if absent, with the next number. It says how many calls all
//!   blocks up to it have, so who creates it has seen all others, and the last one says what is left. All
//!   blocks of a day together never exceed the limit of whoever writes one.
//! - A block belongs to the state that wrote it, and is never given back: who dies wastes what is left of
//!   it. Blocks are a twentieth of the limit, and smaller towards its end, so that one instance alone
//!   makes all calls.
//! - What is written and then reported as a failure, because the reply was lost, counts: an object with
//!   our own random number is ours. What cannot be read is an error, never zero.
//! - What the source itself said is beside the blocks, as `exhausted.json`.
//! - A block also says how many calls each instance has in all up to it. So a state finds out that the
//!   blocks it reserved are gone, as in a restored store, and writes them again as one, which is granted to
//!   nobody.
//! - Which day it is, is up to the caller. Folders of days are removed eight days later, by the clock of
//!   the store: one that is ahead on this machine removes nothing that others count by.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use landing::{Landing, sealed};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt as _, PutMode};
use orchestrator::{Block, BlockWanted, Reserved, SharedCalls, SharedCallsError};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The folder of all sources.
const FOLDER: &str = "state/calls";

/// Beside the blocks of a day: the source said that nothing is left.
const EXHAUSTED: &str = "exhausted.json";

/// Blocks of a limit, before they get smaller.
const BLOCKS: u32 = 20;

/// The most that one block takes of what is left.
const SHARE_OF_REST: u32 = 4;

/// How long the blocks of a day are kept.
const KEPT_SECONDS: i64 = 8 * 24 * 3_600;

/// Folders of old days that are removed at a time.
const REMOVED_AT_ONCE: usize = 31;

/// Attempts to write a block while others write theirs.
const ATTEMPTS: usize = 100;

/// A block as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    /// Who reserved it.
    instance: String,
    /// How many calls.
    calls: u32,
    /// How many calls this one and all before it have.
    total: u32,
    /// How many calls of that each instance has.
    #[serde(default)]
    instances: BTreeMap<String, u32>,
    /// The limit that it was reserved by.
    limit: u32,
    at: Timestamp,
    /// Random: tells one attempt to write from another.
    attempt: u64,
}

/// The calls of all blocks so far.
#[derive(Debug, Default)]
struct SoFar {
    total: u32,
    instances: BTreeMap<String, u32>,
}

impl SoFar {
    fn of(&self, instance: &str) -> u32 {
        self.instances.get(instance).copied().unwrap_or_default()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Exhausted {
    instance: String,
    at: Timestamp,
}

/// The calls that the instances on a store share.
#[derive(Debug, Clone)]
pub struct StoreCalls {
    landing: Landing,
    instance: String,
}

/// What is in the folder of a day.
#[derive(Default)]
struct Day {
    /// The number of the last block; 0 where there is none.
    last: u64,
    is_exhausted: bool,
}

impl StoreCalls {
    /// The calls of a store. `instance` is for people: who reserved a block.
    pub fn new(landing: Landing, instance: impl Into<String>) -> Self {
        Self {
            landing,
            instance: instance.into(),
        }
    }

    async fn look(&self, folder: &Path) -> Result<Day, Error> {
        let listed = self.landing.store().list_with_delimiter(Some(folder)).await;
        let listed = listed.map_err(|error| Error::store(folder, error))?;
        let mut day = Day::default();
        for object in listed.objects {
            match number(&object.location) {
                Some(number) => day.last = day.last.max(number),
                None if object.location.filename() == Some(EXHAUSTED) => day.is_exhausted = true,
                // Foreign, or being written.
                None => tracing::debug!(path = %object.location, "it is no block of calls"),
            }
        }
        Ok(day)
    }

    /// What the blocks up to this one have; `None` where it was removed meanwhile.
    async fn so_far(&self, folder: &Path, last: u64) -> Result<Option<SoFar>, Error> {
        if last == 0 {
            return Ok(Some(SoFar::default()));
        }
        let path = block(folder, last);
        let Some(bytes) = self.read(&path).await? else {
            return Ok(None);
        };
        let stored: Stored =
            serde_json::from_slice(&bytes).map_err(|error| Error::DamagedCalls {
                path: path.to_string(),
                reason: error.to_string(),
            })?;
        Ok(Some(SoFar {
            total: stored.total,
            instances: stored.instances,
        }))
    }

    async fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        let read = match self.landing.store().get(path).await {
            Ok(found) => found.bytes().await,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => Err(error),
        };
        let bytes = read.map_err(|error| Error::store(path, error))?;
        Ok(Some(bytes.to_vec()))
    }

    /// Creates a block; `false` where another one is there.
    async fn create(&self, path: &Path, stored: &Stored) -> Result<bool, Error> {
        let bytes = json(stored);
        let put = sealed(PutMode::Create);
        let store = self.landing.store();
        let failed = match store.put_opts(path, bytes.clone().into(), put).await {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        // The reply may be all that was lost.
        match self.read(path).await {
            Ok(Some(there)) => Ok(there == bytes),
            Ok(None) | Err(_) => Err(Error::store(path, failed)),
        }
    }

    async fn try_reserve(&self, wanted: &BlockWanted<'_>) -> Result<Block, Error> {
        self.landing.claim().await?;
        let folder = folder(wanted.source, wanted.day);
        for _ in 0..ATTEMPTS {
            let day = self.look(&folder).await?;
            let Some(so_far) = self.so_far(&folder, day.last).await? else {
                continue;
            };
            let total = so_far.total;
            if day.is_exhausted && !wanted.probes {
                return Ok(Block {
                    calls: 0,
                    total,
                    exhausted_at: Some(self.exhausted_at(&folder, wanted.at).await?),
                });
            }
            let left = wanted.limit.saturating_sub(total);
            let size = match wanted.probes {
                true => 1,
                false => size(wanted.limit, left),
            };
            let calls = size.saturating_add(wanted.unreserved).min(left);
            let block_of = Block {
                calls,
                total: total.saturating_add(calls),
                exhausted_at: None,
            };
            let new = Reserved {
                source: wanted.source,
                day: wanted.day,
                limit: wanted.limit,
                calls,
                at: wanted.at,
            };
            if calls == 0 || self.add(&new, day.last, so_far).await? {
                return Ok(block_of);
            }
        }
        Err(Error::Contended(folder.to_string()))
    }

    async fn try_keep(&self, kept: &Reserved<'_>) -> Result<u32, Error> {
        self.landing.claim().await?;
        let folder = folder(kept.source, kept.day);
        for _ in 0..ATTEMPTS {
            let last = self.look(&folder).await?.last;
            let Some(so_far) = self.so_far(&folder, last).await? else {
                continue;
            };
            let calls = kept.calls.saturating_sub(so_far.of(&self.instance));
            let total = so_far.total.saturating_add(calls);
            let lost = Reserved { calls, ..*kept };
            if calls == 0 || self.add(&lost, last, so_far).await? {
                return Ok(total);
            }
        }
        Err(Error::Contended(folder.to_string()))
    }

    /// Writes the block after the last one; `false` where another one is there.
    async fn add(&self, new: &Reserved<'_>, last: u64, so_far: SoFar) -> Result<bool, Error> {
        let own = so_far.of(&self.instance).saturating_add(new.calls);
        let mut instances = so_far.instances;
        instances.insert(self.instance.clone(), own);
        let stored = Stored {
            instance: self.instance.clone(),
            calls: new.calls,
            total: so_far.total.saturating_add(new.calls),
            instances,
            limit: new.limit,
            at: new.at,
            attempt: rand::random(),
        };
        let path = block(&folder(new.source, new.day), last.saturating_add(1));
        if !self.create(&path, &stored).await? {
            return Ok(false);
        }
        if last == 0
            && let Err(error) = self.remove_old(new.source, &path).await
        {
            tracing::debug!(%error, "old days of calls are not removed yet");
        }
        Ok(true)
    }

    /// When the source said that nothing is left. A note that cannot be read was written now.
    async fn exhausted_at(&self, folder: &Path, now: Timestamp) -> Result<Timestamp, Error> {
        let path = folder.clone().join(EXHAUSTED);
        let read = self.read(&path).await?;
        let said = read.and_then(|bytes| serde_json::from_slice::<Exhausted>(&bytes).ok());
        Ok(said.map_or(now, |said| said.at))
    }

    /// Removes what was written for earlier days, well before the block that was just written, by the
    /// store's clock alone.
    async fn remove_old(&self, source: &str, written: &Path) -> Result<(), Error> {
        let store = self.landing.store();
        let now = store.head(written).await;
        let now = now.map_err(|error| Error::store(written, error))?;
        let of_source = Path::from(FOLDER).join(source);
        let listed = store.list_with_delimiter(Some(&of_source)).await;
        let listed = listed.map_err(|error| Error::store(&of_source, error))?;
        for folder in listed.common_prefixes.iter().take(REMOVED_AT_ONCE) {
            if Some(folder) == parent(written).as_ref() || day(folder).is_none() {
                continue;
            }
            let listed = store.list_with_delimiter(Some(folder)).await;
            let listed = listed.map_err(|error| Error::store(folder, error))?;
            let ours = listed.objects.iter().filter(|object| is_ours(object));
            let mut ours: Vec<&ObjectMeta> = ours.collect();
            // The last block last: while it is there, it says what is reserved.
            ours.sort_unstable_by_key(|object| number(&object.location));
            let is_old = |object: &&ObjectMeta| {
                let age = now.last_modified - object.last_modified;
                age.num_seconds() > KEPT_SECONDS
            };
            if !ours.iter().all(is_old) {
                continue;
            }
            for object in ours {
                match store.delete(&object.location).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(Error::store(&object.location, error)),
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl SharedCalls for StoreCalls {
    async fn reserve(&self, wanted: &BlockWanted<'_>) -> Result<Block, SharedCallsError> {
        Ok(self.try_reserve(wanted).await?)
    }

    async fn keep(&self, kept: &Reserved<'_>) -> Result<u32, SharedCallsError> {
        Ok(self.try_keep(kept).await?)
    }

    async fn reserved(&self, source: &str, day: Date) -> Result<u32, SharedCallsError> {
        let folder = folder(source, day);
        for _ in 0..ATTEMPTS {
            let last = self.look(&folder).await?.last;
            if let Some(so_far) = self.so_far(&folder, last).await? {
                return Ok(so_far.total);
            }
        }
        Err(Error::Contended(folder.to_string()).into())
    }

    async fn mark_exhausted(
        &self,
        source: &str,
        day: Date,
        at: Timestamp,
    ) -> Result<(), SharedCallsError> {
        let path = folder(source, day).join(EXHAUSTED);
        let said = Exhausted {
            instance: self.instance.clone(),
            at,
        };
        // The first one counts.
        let put = sealed(PutMode::Create);
        let store = self.landing.store();
        match store.put_opts(&path, json(&said).into(), put).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(Error::store(path, error).into()),
        }
    }

    async fn mark_open(&self, source: &str, day: Date) -> Result<(), SharedCallsError> {
        let path = folder(source, day).join(EXHAUSTED);
        match self.landing.store().delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::store(path, error).into()),
        }
    }
}

/// How many calls a block has, of those that are left.
fn size(limit: u32, left: u32) -> u32 {
    (limit / BLOCKS).min(left.div_ceil(SHARE_OF_REST)).max(1)
}

fn folder(source: &str, day: Date) -> Path {
    Path::from(FOLDER).join(source).join(day.to_string())
}

fn block(folder: &Path, number: u64) -> Path {
    folder.clone().join(format!("{number:06}.json"))
}

fn parent(path: &Path) -> Option<Path> {
    let (parent, _) = path.as_ref().rsplit_once('/')?;
    Path::parse(parent).ok()
}

/// The number of a block.
fn number(path: &Path) -> Option<u64> {
    let stem = path.filename()?.strip_suffix(".json")?;
    let number = stem.parse().ok()?;
    (format!("{number:06}") == stem).then_some(number)
}

fn day(folder: &Path) -> Option<Date> {
    folder.filename()?.parse().ok()
}

fn is_ours(object: &ObjectMeta) -> bool {
    number(&object.location).is_some() || object.location.filename() == Some(EXHAUSTED)
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    // Numbers, texts and times: it cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}
