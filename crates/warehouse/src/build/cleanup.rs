//! What a build leaves behind: the last builds and their files stay, the rest is removed.
//!
//! Also the markers of a publication under way, one for each target: which of its tables may not be
//! those of the published build, should the process die between the target and the pointer.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use landing::{Listing, Tidied, Unlanded, sealed};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;
use crate::name::TableName;
use crate::publish::{BuildRecord, Records};
use crate::target::{DELTA, Order, PublicationTarget};
use crate::warehouse::Warehouse;

/// The marker of a publication under way to the Delta logs, below the store's root: it names the
/// tables whose logs are being committed. The markers of other targets are beside it.
pub const COMMITTING: &str = "state/committing.json";

/// How long files are kept that a build of another writer may still reference. A build takes
/// minutes.
pub(super) const BUILDS_TAKE_AT_MOST: SignedDuration = SignedDuration::from_hours(24);

/// How long a marker of another writer counts: committing the logs takes seconds.
const COMMITTING_TAKES_AT_MOST: SignedDuration = SignedDuration::from_mins(10);

/// What the marker says. One of an earlier version does not parse as this: then all logs are
/// compared.
#[derive(Debug, Serialize, Deserialize)]
struct Committing {
    writer: u32,
    /// That of the store's writer lease; `None` from earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<u64>,
    tables: BTreeSet<TableName>,
}

/// Whose unreferenced data files are removed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clean {
    /// Those of all writers, except what a build of another writer, begun after the newest one was
    /// published, may still reference: such a build does not contain what was taken down.
    All,
    /// Those older than [`KEEP_UNNAMED`](crate::warehouse::KEEP_UNNAMED), and those of builds of this writer
    /// that were never published.
    Ours,
}

/// What was removed of a store's builds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Records beyond those that are kept.
    pub builds: usize,
    /// Builds in several steps that nobody continued for a day.
    pub drafts: usize,
    /// Data files that no kept record names.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Deletions under way at once.
const DELETES_AT_ONCE: usize = 16;

/// Files that are deleted after one confirmation of the writer lease.
const BATCH: usize = 16;

/// Which data files are too young to be deleted though no kept record names them, by the store's clock.
struct Ages {
    /// The builds whose records are kept.
    kept: BTreeSet<u64>,
    /// Builds above this one that are not kept were never published. 0 where no record was removed yet,
    /// so that the drafts before a store's first build are known for what they are.
    drafts_above: u64,
    writer: u32,
    begun_before: Timestamp,
    unnamed_before: Timestamp,
}

impl Ages {
    fn spares(&self, object: &ObjectMeta, whose: Clean) -> bool {
        let path = object.location.as_ref();
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let Some((build, writer)) = landing::layout::table_file(name) else {
            return true;
        };
        let written = object.last_modified.timestamp();
        let is_ours = writer == self.writer;
        let newest = self.kept.last().copied().unwrap_or(0);
        let begun = match whose {
            Clean::All => newest.saturating_add(1),
            Clean::Ours => newest,
        };
        if !is_ours && build >= begun && written > self.begun_before.as_second() {
            return true;
        }
        // A build of ours that was never published: it failed or was killed, and nobody has read it. Those
        // of a program that is killed again and again must not fill the disk for a day.
        let is_draft = build > self.drafts_above && !self.kept.contains(&build);
        match whose {
            Clean::All => false,
            Clean::Ours => written > self.unnamed_before.as_second() && !(is_ours && is_draft),
        }
    }
}

impl Warehouse {
    /// As [`landing::Landing::tidy`]: collects garbage in the landing that `listing` shows, and
    /// removes what was taken back. Windows that a kept build was made of are kept even when their
    /// manifests are lost; if a kept build does not name its windows, every window is kept.
    pub async fn tidy_landing(
        &self,
        listing: &Listing,
        now: Timestamp,
        keep_unfinished: SignedDuration,
    ) -> Result<Tidied> {
        self.fence.check().await?;
        let staged = match listing.unfinished.is_empty() {
            true => Some(HashSet::new()),
            false => self.windows_of_kept_builds().await?,
        };
        let tidied = self
            .landing
            .tidy(listing, now, keep_unfinished, staged.as_ref());
        let tidied = tidied.await?;
        self.remove_unlanded(&listing.unlanded).await?;
        Ok(tidied)
    }

    /// Removes the content of windows that were taken back, unless a kept build was made of it, or
    /// might have been because it is damaged.
    pub(super) async fn remove_unlanded(&self, unlanded: &[Unlanded]) -> Result<()> {
        if unlanded.iter().any(Unlanded::is_held)
            && let Some(kept) = self.windows_of_kept_builds().await?
        {
            self.fence.check().await?;
            self.landing.remove_unlanded(unlanded, &kept).await?;
        }
        Ok(())
    }

    /// Windows that kept builds staged, or missed; `None` where one of the builds is damaged and cannot
    /// say which.
    pub async fn windows_of_kept_builds(&self) -> Result<Option<HashSet<String>>> {
        let Records { sound, damaged } = self.builds.records().await?;
        if !damaged.is_empty() {
            return Ok(None);
        }
        let mut windows = HashSet::new();
        for record in &sound {
            windows.extend(record.unread.iter().map(|file| file.window.clone()));
            let staged = self.texts(record, "select distinct window from staging.windows");
            match staged.await {
                Ok(staged) => windows.extend(staged),
                Err(Error::DamagedFile { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(windows))
    }

    /// Removes what builds that are no longer kept, and builds that did not end, have left, as the end of
    /// every build does. The caller holds the lock of builds.
    ///
    /// # Errors
    /// [`Error::Publishing`] while another writer publishes.
    pub async fn clean_up(&self) -> Result<Cleaned> {
        self.nobody_publishes().await?;
        self.clean(Clean::Ours).await
    }

    /// The number that the next build gets: above every one that a record has or may have had, and
    /// above those in the names of data files, because a record can be lost.
    pub(super) async fn next_build(&self) -> Result<u64> {
        let mut last = self.builds.last_build().await?;
        let mut files = self.store.list(Some(&Path::from("warehouse")));
        while let Some(file) = files.try_next().await? {
            let name = file.location.filename().unwrap_or_default();
            last = last.max(landing::layout::table_file_build(name).unwrap_or(0));
        }
        Ok(last.saturating_add(1))
    }

    /// Deletes the records of kept builds, and removes every data file that no other build names.
    pub(crate) async fn forget(&self, builds: &BTreeSet<u64>) -> Result<()> {
        for record in self.builds.sound().await? {
            if builds.contains(&record.build) {
                self.builds.forget(record.generation).await?;
            }
        }
        self.clean(Clean::All).await?;
        Ok(())
    }

    /// Removes records past the builds that are kept, and data files that no kept build names, as `whose`
    /// says: files of the program's own names in folders of known tables, nothing else. The files after
    /// the records: what a record names that is there when the files are chosen stays.
    pub(crate) async fn clean(&self, whose: Clean) -> Result<Cleaned> {
        // Tables that the pipeline makes, and those that any record still names: no other folder is
        // searched.
        let mut known: BTreeSet<String> = self
            .pipeline
            .tables()
            .map(|table| files::folder(&table))
            .collect();
        let there = self.builds.sound().await?;
        for record in &there {
            known.extend(record.tables.keys().map(files::folder));
        }
        let stay = self.forget_records().await?;
        let builds = there.len().saturating_sub(stay.len());
        let (removed, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        let (counted, summed) = (&removed, &bytes);
        // The files of a damaged record are unknown, so all that it may reference are kept.
        let unreadable = self.builds.damaged().await?;
        let now = self.fence.check().await?;
        let now = now.map_or_else(Timestamp::now, |valid| valid.store_time);
        // A draft holds rows that checks found: none may have what is taken down.
        let drafts = match whose {
            Clean::All => self.remove_drafts(None).await?,
            Clean::Ours => self.remove_drafts(Some(now - BUILDS_TAKE_AT_MOST)).await?,
        };
        let drafted = self.files_of_draft().await?;
        let needed: BTreeSet<&str> = stay
            .iter()
            .flat_map(|record| record.tables.values())
            .flat_map(|table| &table.files)
            .map(|file| file.path.as_str())
            .chain(drafted.iter().map(String::as_str))
            .collect();
        let age = Ages {
            drafts_above: match stay.iter().any(|record| record.generation == 1) {
                true => 0,
                false => stay.iter().map(|record| record.build).min().unwrap_or(0),
            },
            kept: stay.iter().map(|record| record.build).collect(),
            writer: self.writer(),
            begun_before: now - BUILDS_TAKE_AT_MOST,
            unnamed_before: now - self.keep_unnamed,
        };
        let mut doomed = Vec::new();
        let mut there = self.store.list(Some(&Path::from("warehouse")));
        while let Some(object) = there.try_next().await? {
            let path = object.location.as_ref();
            let ours = path.rsplit_once('/').is_some_and(|(folder, name)| {
                known.contains(folder) && landing::layout::is_table_file(name)
            });
            let spared = unreadable.iter().any(|record| record.may_name(path));
            if ours && !needed.contains(path) && !spared && !age.spares(&object, whose) {
                doomed.push(object);
            }
        }
        let store = &self.store;
        for batch in doomed.chunks(BATCH) {
            // A process that was stopped in between must not delete what a later one has written.
            self.fence.check().await?;
            futures::stream::iter(batch.iter().map(Ok))
                .try_for_each_concurrent(DELETES_AT_ONCE, |object| async move {
                    match store.delete(&object.location).await {
                        Ok(()) => {
                            counted.fetch_add(1, Ordering::Relaxed);
                            summed.fetch_add(object.size, Ordering::Relaxed);
                            Ok(())
                        }
                        Err(object_store::Error::NotFound { .. }) => Ok(()),
                        Err(error) => Err(Error::from(error)),
                    }
                })
                .await?;
        }
        Ok(Cleaned {
            builds,
            drafts,
            files: removed.into_inner(),
            bytes: bytes.into_inner(),
        })
    }

    /// Removes records past the builds that are kept; returns the others. One record of each kept
    /// build stays, no matter how many rollbacks named it. A damaged record is removed once
    /// `keep_builds` intact builds were published after it.
    pub(crate) async fn forget_records(&self) -> Result<Vec<BuildRecord>> {
        let keep = self.keep_builds.max(1);
        let mut builds = BTreeSet::new();
        let mut stay = Vec::new();
        let Records { sound, damaged } = self.builds.records().await?;
        for record in damaged {
            let newer = sound
                .iter()
                .filter(|sound| sound.generation > record.generation);
            let newer: BTreeSet<u64> = newer.map(|sound| sound.build).collect();
            if newer.len() >= keep {
                self.builds.forget(record.generation).await?;
            }
        }
        for record in sound.into_iter().rev() {
            let stays = if builds.contains(&record.build) {
                stay.len() < keep
            } else {
                builds.len() < keep
            };
            if stays {
                builds.insert(record.build);
                stay.push(record);
            } else {
                self.builds.forget(record.generation).await?;
            }
        }
        Ok(stay)
    }

    /// Tables of which an interrupted publication may have left a target ahead or behind: all of
    /// them, where the marker does not say which.
    pub(super) async fn uncommitted(
        &self,
        target: &dyn PublicationTarget,
    ) -> Result<BTreeSet<TableName>> {
        let marker = self.committing(target).await?;
        Ok(marker.map_or_else(BTreeSet::new, |found| found.1.tables))
    }

    /// # Errors
    /// [`Error::Publishing`] while a writer under another lock commits before its record is there:
    /// restoring the targets would undo what it is about to publish. Not if it did so under an
    /// earlier lease, which this one has replaced. [`Error::Fenced`] if this one was replaced.
    pub(crate) async fn nobody_publishes(&self) -> Result<()> {
        let ours = self.fence.check().await?.map(|valid| valid.token);
        let is_over =
            |token: Option<u64>| ours.zip(token).is_some_and(|(ours, token)| token < ours);
        let latest = Timestamp::now() - COMMITTING_TAKES_AT_MOST;
        for target in self.targets_of(Order::BeforeRecord) {
            match self.committing(&**target).await? {
                Some((written, marker))
                    if marker.writer != self.writer()
                        && written > latest
                        && !is_over(marker.token) =>
                {
                    return Err(Error::Publishing);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The marker of a target, and when it was written.
    async fn committing(
        &self,
        target: &dyn PublicationTarget,
    ) -> Result<Option<(Timestamp, Committing)>> {
        let path = marker(target);
        let found = match self.store.get(&path).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let written = found.meta.last_modified.timestamp();
        let written = Timestamp::from_second(written).unwrap_or(Timestamp::UNIX_EPOCH);
        let bytes = found.bytes().await?;
        let marker = serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            tracing::warn!(%path, %error, "it does not say which tables; all are compared");
            Committing {
                writer: self.writer(),
                token: None,
                tables: self.pipeline.tables().collect(),
            }
        });
        Ok(Some((written, marker)))
    }

    /// Says that these tables are about to be committed to a target.
    pub(super) async fn mark_uncommitted(
        &self,
        target: &dyn PublicationTarget,
        tables: &BTreeSet<TableName>,
    ) -> Result<()> {
        let path = marker(target);
        self.fence.check().await?;
        let marker = Committing {
            writer: self.writer(),
            token: self.fence.token(),
            tables: tables.clone(),
        };
        let bytes = serde_json::to_vec(&marker).map_err(|source| Error::Json {
            path: path.to_string(),
            source,
        })?;
        // Sealed: no log may name a file that a power cut could still lose.
        let options = sealed(PutMode::Overwrite);
        self.store.put_opts(&path, bytes.into(), options).await?;
        Ok(())
    }

    /// Says that a target and the published build agree.
    pub(super) async fn committed(&self, target: &dyn PublicationTarget) -> Result<()> {
        self.fence.check().await?;
        match self.store.delete(&marker(target)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The marker of a target. That of the Delta logs has the name that earlier versions gave it.
fn marker(target: &dyn PublicationTarget) -> Path {
    match target.name() {
        DELTA => Path::from(COMMITTING),
        name => Path::from(format!("state/committing-{name}.json")),
    }
}
