//! Builds and the pointer to the published one.
//!
//! `builds/<generation>.json` is an append-only sequence: the record with the highest generation is
//! what readers see. Publishing and rolling back both write the next generation with
//! create-if-absent, which every store does atomically; so a reader sees one build or the next, and
//! of two writers one is told that it was overtaken.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode};
use serde::{Deserialize, Serialize};

use crate::check::Finding;
use crate::error::{Error, Result};
use crate::files::DataFile;
use crate::name::TableName;

const FOLDER: &str = "builds";

/// Why a generation was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A new build passed its checks.
    Publish,
    /// An earlier build was made the published one again.
    Rollback,
}

/// Where the postings of a build come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nothing was landed yet.
    None,
    /// From the source's API.
    Collected,
    /// From responses that were saved elsewhere.
    Saved,
    /// Both of these.
    Mixed,
    /// Made up by the simulator.
    Generated,
}

/// A table as a build pins it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedTable {
    /// One sentence: what one row is.
    pub what: String,
    /// Columns that identify a row.
    pub grain: Vec<String>,
    /// Rows.
    pub rows: u64,
    /// Digest of all rows, whatever their order; empty where it was not computed.
    pub digest: String,
    /// Fingerprint of what made it: the model's file and the program's table format.
    pub model: String,
    /// Identity of each table it was made from.
    pub inputs: BTreeMap<TableName, String>,
    /// Its files.
    pub files: Vec<DataFile>,
}

impl PublishedTable {
    /// What changes when the table changes: its files' names, which are never used twice.
    pub fn identity(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        let mut paths: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        for path in paths {
            hash.update(path.as_bytes());
            hash.update([0]);
        }
        crate::model::hex(&hash.finalize()[..16])
    }
}

/// A published build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildRecord {
    /// Position in the sequence; rises with every publication and rollback.
    pub generation: u64,
    /// Number of the build.
    pub build: u64,
    /// Why this generation exists.
    pub action: Action,
    /// When it was published.
    pub published_at: Timestamp,
    /// When the build was made.
    pub built_at: Timestamp,
    /// Program and version that made it.
    pub program: String,
    /// Where the postings come from.
    pub origin: Origin,
    /// Distinct postings received.
    pub postings: u64,
    /// End of the last completed collection.
    pub collected_through: Option<Timestamp>,
    /// Every table.
    pub tables: BTreeMap<TableName, PublishedTable>,
    /// Fingerprint of each check that the build passed, by name.
    #[serde(default)]
    pub checks: BTreeMap<String, String>,
    /// Warnings of the checks.
    pub warnings: Vec<Finding>,
}

/// The sequence of published builds of a store.
#[derive(Debug, Clone)]
pub struct Builds {
    store: Arc<dyn ObjectStore>,
}

impl Builds {
    /// The builds of a store.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }

    /// Generations that are kept, oldest first.
    pub async fn generations(&self) -> Result<Vec<u64>> {
        let mut generations: Vec<u64> = self
            .store
            .list(Some(&Path::from(FOLDER)))
            .try_filter_map(|object| async move { Ok(generation(&object.location)) })
            .try_collect()
            .await?;
        generations.sort_unstable();
        Ok(generations)
    }

    /// What tells the published record from every other one without reading it: its generation, and
    /// when its file was written, because another store that takes this one's place counts from 1 too.
    pub async fn latest(&self) -> Result<Option<(u64, i64)>> {
        let mut latest = None;
        let mut objects = self.store.list(Some(&Path::from(FOLDER)));
        while let Some(object) = objects.try_next().await? {
            if let Some(generation) = generation(&object.location) {
                let written = object.last_modified.timestamp_micros();
                latest = latest.max(Some((generation, written)));
            }
        }
        Ok(latest)
    }

    /// The published build, if there is one.
    pub async fn published(&self) -> Result<Option<BuildRecord>> {
        // A cleaner may remove the oldest generations while we list, never the newest.
        match self.generations().await?.last() {
            Some(generation) => self.read(*generation).await.map(Some),
            None => Ok(None),
        }
    }

    /// The newest record of a build that is kept.
    pub async fn build(&self, build: u64) -> Result<BuildRecord> {
        for record in self.all().await?.into_iter().rev() {
            if record.build == build {
                return Ok(record);
            }
        }
        Err(Error::UnknownBuild(build))
    }

    /// All kept records, oldest first.
    pub async fn all(&self) -> Result<Vec<BuildRecord>> {
        let mut records = Vec::new();
        for generation in self.generations().await? {
            match self.read(generation).await {
                Ok(record) => records.push(record),
                Err(Error::Store(object_store::Error::NotFound { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(records)
    }

    /// Makes a record the published one. Fails if another process was first with its generation.
    pub async fn publish(&self, record: &BuildRecord) -> Result<()> {
        let path = path(record.generation);
        let bytes = serde_json::to_vec_pretty(record).map_err(|source| Error::Json {
            path: path.to_string(),
            source,
        })?;
        match self
            .store
            .put_opts(&path, bytes.into(), landing::sealed(PutMode::Create))
            .await
        {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                Err(Error::Overtaken(record.generation))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes an earlier build the published one again.
    pub async fn rollback(&self, build: u64, now: Timestamp) -> Result<BuildRecord> {
        let latest = self.published().await?.ok_or(Error::NothingPublished)?;
        let record = BuildRecord {
            generation: latest.generation + 1,
            action: Action::Rollback,
            published_at: now,
            ..self.build(build).await?
        };
        self.publish(&record).await?;
        Ok(record)
    }

    /// Forgets a generation.
    pub(crate) async fn forget(&self, generation: u64) -> Result<()> {
        self.store.delete(&path(generation)).await?;
        Ok(())
    }

    async fn read(&self, generation: u64) -> Result<BuildRecord> {
        let path = path(generation);
        let bytes = self.store.get(&path).await?.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|source| Error::Json {
            path: path.to_string(),
            source,
        })
    }
}

fn path(generation: u64) -> Path {
    Path::from(format!("{FOLDER}/{generation:012}.json"))
}

/// The generation that a file of the folder is the record of.
fn generation(location: &Path) -> Option<u64> {
    let stem = location.filename()?.strip_suffix(".json")?;
    stem.parse().ok()
}
