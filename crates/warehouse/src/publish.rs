//! Builds and the pointer to the published one.
//!
//! `builds/<generation>.json` is an append-only sequence: the sound record with the highest
//! generation is what readers see. Publishing and rolling back both write the next generation with
//! create-if-absent, which every store does atomically; so a reader sees one build or the next, and
//! of two writers one learns that it was overtaken.
//!
//! A record that is empty, cut, of another shape, or not as its own checksum says counts for
//! nothing: readers see the newest one that is sound. It is never overwritten, and the files that it
//! may name stay until newer builds push it out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::TryStreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
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
    /// End of the last completed collection of which every body can be read.
    pub collected_through: Option<Timestamp>,
    /// The last day in Asia/Seoul of which anything is known (`external.data_dates`).
    #[serde(default)]
    pub data_date: Option<Date>,
    /// Every table.
    pub tables: BTreeMap<TableName, PublishedTable>,
    /// Fingerprint of each check that the build passed, by name.
    #[serde(default)]
    pub checks: BTreeMap<String, String>,
    /// Warnings of the checks.
    pub warnings: Vec<Finding>,
    /// Files of the landing that could not be read: their records are in no table, and their windows
    /// do not count as collected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadFile>,
}

/// A manifest or a body that is damaged or gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnreadFile {
    /// The window's folder below the store's root.
    pub window: String,
    /// The file below the store's root.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
    /// Records that are missing for it, where that is known.
    pub records: Option<u64>,
}

impl UnreadFile {
    pub(crate) fn manifest(window: &str, reason: &str, records: Option<u64>) -> Self {
        Self {
            window: window.to_owned(),
            file: format!("{window}/{}", landing::MANIFEST),
            reason: reason.to_owned(),
            records,
        }
    }
}

impl std::fmt::Display for UnreadFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is damaged: {}; ", self.file, self.reason)?;
        match self.records {
            Some(records) => write!(f, "its {records} records are in no table"),
            None => f.write_str("its records are in no table"),
        }
    }
}

/// A record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRecord {
    /// Its generation, by the name of its file.
    pub generation: u64,
    /// Its file below the store's root.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

impl DamagedRecord {
    /// Whether a data file may belong to the build that the record was of: no build has a number
    /// above its generation. A file whose name tells no number may belong to any.
    pub fn may_name(&self, path: &str) -> bool {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        landing::layout::table_file_build(name).is_none_or(|build| build <= self.generation)
    }
}

impl std::fmt::Display for DamagedRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the build record `{}` is damaged: {}",
            self.path, self.reason
        )
    }
}

/// All records of a store, each part oldest first.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Those that can be read.
    pub sound: Vec<BuildRecord>,
    /// Those that count for nothing.
    pub damaged: Vec<DamagedRecord>,
}

/// The sequence of published builds of a store.
#[derive(Debug, Clone)]
pub struct Builds {
    store: Arc<dyn ObjectStore>,
    noticed: Arc<Mutex<Noticed>>,
}

/// Damaged records that were met: each is reported once.
#[derive(Debug, Default)]
struct Noticed {
    known: BTreeSet<u64>,
    unreported: Vec<DamagedRecord>,
}

impl Builds {
    /// The builds of a store.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            noticed: Arc::default(),
        }
    }

    /// Generations whose files are there, sound or not, oldest first.
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

    /// What changes whenever another record becomes the published one, without reading any: the
    /// highest generation, sound or not, and when its file was written, because another store that
    /// takes this one's place counts from 1 too.
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

    /// The published build, if there is one: the newest sound record. Damaged ones above it are
    /// [noticed](Self::take_noticed).
    pub async fn published(&self) -> Result<Option<BuildRecord>> {
        // A cleaner may remove the oldest generations while we list, never the newest sound one.
        for generation in self.generations().await?.into_iter().rev() {
            if let Read::Sound(record) = self.read(generation).await? {
                return Ok(Some(*record));
            }
        }
        Ok(None)
    }

    /// The newest sound record of a build that is kept.
    pub async fn build(&self, build: u64) -> Result<BuildRecord> {
        let mut records = self.sound().await?.into_iter().rev();
        records
            .find(|record| record.build == build)
            .ok_or(Error::UnknownBuild(build))
    }

    /// All records. Damaged ones hold up nothing: they are listed beside the sound ones.
    ///
    /// # Errors
    /// [`Error::Store`] alone: when a record cannot be fetched.
    pub async fn records(&self) -> Result<Records> {
        let mut records = Records::default();
        for generation in self.generations().await? {
            match self.read(generation).await? {
                Read::Sound(record) => records.sound.push(*record),
                Read::Damaged(record) => records.damaged.push(record),
                Read::Gone => {}
            }
        }
        Ok(records)
    }

    /// All sound records, oldest first.
    ///
    /// # Errors
    /// As [`Self::records`].
    pub async fn sound(&self) -> Result<Vec<BuildRecord>> {
        Ok(self.records().await?.sound)
    }

    /// All damaged records, oldest first.
    ///
    /// # Errors
    /// As [`Self::records`].
    pub async fn damaged(&self) -> Result<Vec<DamagedRecord>> {
        Ok(self.records().await?.damaged)
    }

    /// Damaged records that any reading has met and that were not taken before: every one is given
    /// out once, for whoever reports it.
    pub fn take_noticed(&self) -> Vec<DamagedRecord> {
        let mut noticed = self.noticed.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut noticed.unreported)
    }

    /// The generation that the next record gets: above every file that is there, damaged or not.
    pub(crate) async fn next_generation(&self) -> Result<u64> {
        let last = self.generations().await?.last().copied().unwrap_or(0);
        Ok(last.saturating_add(1))
    }

    /// The highest number of a build that a record has or may have had.
    pub(crate) async fn last_build(&self) -> Result<u64> {
        let Records { sound, damaged } = self.records().await?;
        let used = sound.iter().map(|record| record.build);
        // No build has a number above its generation.
        let perhaps = damaged.iter().map(|record| record.generation);
        Ok(used.chain(perhaps).max().unwrap_or(0))
    }

    /// Makes a record the published one. Fails if another process was first with its generation.
    pub async fn publish(&self, record: &BuildRecord) -> Result<()> {
        let path = path(record.generation);
        let text = landing::to_checked_json(record).map_err(|source| Error::Json {
            path: path.to_string(),
            source,
        })?;
        match self
            .store
            .put_opts(&path, text.into(), landing::sealed(PutMode::Create))
            .await
        {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                Err(Error::Overtaken(record.generation))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets a generation.
    pub(crate) async fn forget(&self, generation: u64) -> Result<()> {
        self.store.delete(&path(generation)).await?;
        Ok(())
    }

    async fn read(&self, generation: u64) -> Result<Read> {
        let path = path(generation);
        let bytes = match self.store.get(&path).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(Read::Gone),
            Err(error) => return Err(error.into()),
        };
        let read = landing::from_checked_json(&bytes).and_then(|record: BuildRecord| {
            match record.generation == generation {
                true => Ok(record),
                false => Err(format!("it is of generation {}", record.generation)),
            }
        });
        let reason = match read {
            Ok(record) => return Ok(Read::Sound(Box::new(record))),
            Err(reason) => reason,
        };
        let record = DamagedRecord {
            generation,
            path: path.to_string(),
            reason,
        };
        let mut noticed = self.noticed.lock().unwrap_or_else(PoisonError::into_inner);
        if noticed.known.insert(generation) {
            noticed.unreported.push(record.clone());
        }
        Ok(Read::Damaged(record))
    }
}

enum Read {
    Sound(Box<BuildRecord>),
    Damaged(DamagedRecord),
    /// Removed since it was listed.
    Gone,
}

fn path(generation: u64) -> Path {
    Path::from(format!("{FOLDER}/{generation:012}.json"))
}

/// The generation that a file of the folder is the record of; none for files of other names.
fn generation(location: &Path) -> Option<u64> {
    let stem = location.filename()?.strip_suffix(".json")?;
    stem.parse()
        .ok()
        .filter(|generation| path(*generation) == *location)
}
