//! The two operations that delete: take-downs and tidying. Run one of them at a time.
//!
//! A take-down writes the new body under a new name, then the manifest, then deletes the old body.
//! Interrupted after the first step, the window is as before; after the second, no reader sees the
//! old body, but it still exists. Both leave two revisions of one body side by side, which the
//! listing shows ([`crate::Listing::half_rewritten`]) and [`Landing::tidy`] cleans up.

use std::collections::HashSet;

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutMode, PutOptions};

use crate::body::{Packed, pack};
use crate::manifest::{manifest_path, to_json};
use crate::{BodyFile, Error, Format, Landing, Listing, Manifest, Redaction, Result, WindowRef};
use crate::{leftovers, sealed};

/// How many further names are tried after interrupted take-downs.
const REVISIONS: u32 = 1000;

/// A body without the records to be removed.
#[derive(Clone, Debug)]
pub struct BodyChange {
    /// The file as the manifest names it.
    pub file: String,
    /// The whole new body, uncompressed.
    pub bytes: Bytes,
    /// The format that it has now; that of the file, unless the rest could not be written in it.
    pub format: Format,
    /// How many records were removed.
    pub removed: u64,
}

/// What [`Landing::tidy`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Windows without a manifest.
    pub unfinished_windows: usize,
    /// Their files, and superseded bodies of interrupted take-downs.
    pub files: usize,
    /// Files of a local store that a killed process was writing.
    pub parts: usize,
}

impl Landing {
    /// Replaces bodies of a complete window, all of them by one manifest: a take-down.
    ///
    /// `removed_records` is how many distinct records the window loses; `reason` is kept in the
    /// manifest and must not repeat what was removed. Returns the new manifest.
    ///
    /// # Errors
    /// [`Error::NoSuchBody`] before anything is written; [`Error::Store`]. After an error the same
    /// call can be made again with the files of the manifest as it is then.
    pub async fn replace_bodies(
        &self,
        window: &WindowRef,
        changes: Vec<BodyChange>,
        removed_records: u64,
        reason: &str,
        now: Timestamp,
    ) -> Result<Manifest> {
        let mut manifest = self.manifest(window).await?;
        let mut planned = Vec::with_capacity(changes.len());
        for change in changes {
            let found = manifest
                .bodies
                .iter()
                .position(|body| body.file == change.file)
                .and_then(|at| Some((at, change.file.parse::<BodyFile>().ok()?)));
            let Some((at, file)) = found else {
                return Err(Error::NoSuchBody {
                    window: window.to_string(),
                    file: change.file,
                });
            };
            planned.push((at, file, change));
        }
        let mut superseded = Vec::with_capacity(planned.len());
        for (at, file, change) in planned {
            let path = window.path().join(change.file.as_str());
            let packed = pack(&path, change.bytes).await?;
            let file = BodyFile {
                format: change.format,
                ..file
            };
            let name = self.put_revision(window, file, &packed).await?;
            let entry = &mut manifest.bodies[at];
            let before = entry.redacted.as_ref().map_or(0, |earlier| earlier.records);
            entry.redacted = Some(Redaction {
                redacted_at: now,
                records: before + change.removed,
                reason: reason.to_owned(),
            });
            entry.file = name;
            entry.sha256 = packed.sha256;
            entry.bytes = packed.bytes;
            entry.stored_bytes = packed.stored.len() as u64;
            entry.records = entry
                .records
                .map(|records| records.saturating_sub(change.removed));
            superseded.push(path);
        }
        manifest.records = manifest
            .records
            .map(|records| records.saturating_sub(removed_records));
        let path = manifest_path(window);
        let text = to_json(window, &manifest)?;
        self.store
            .put_opts(&path, text.into(), sealed(PutMode::Overwrite))
            .await
            .map_err(|error| Error::store(&path, error))?;
        for path in superseded {
            self.remove(&path).await?;
        }
        tracing::info!(%window, removed_records, "bodies rewritten for a take-down");
        Ok(manifest)
    }

    /// Garbage collection: windows without a manifest whose last file was written more than
    /// `keep_unfinished` before `now` (a day leaves every running collection alone), leftovers of
    /// interrupted take-downs, and partial files of local writes that died more than a day ago,
    /// anywhere in the store.
    ///
    /// `counted` are folders of windows that had a manifest: input of builds is kept even when its
    /// manifest is lost. Without this set, every window is kept.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn tidy(
        &self,
        listing: &Listing,
        now: Timestamp,
        keep_unfinished: SignedDuration,
        counted: Option<&HashSet<String>>,
    ) -> Result<Tidied> {
        let mut tidied = Tidied {
            parts: leftovers::remove(self.store.as_ref(), now).await,
            ..Tidied::default()
        };
        for left in &listing.unfinished {
            let path = left.window.path();
            let stays = counted.is_none_or(|counted| counted.contains(path.as_ref()));
            if stays || now.duration_since(left.last_written) <= keep_unfinished {
                continue;
            }
            // Foreign files in the folder are kept.
            for file in left.files.iter().filter(|file| is_body(file)) {
                self.remove(&left.window.path().join(file.as_str())).await?;
                tidied.files += 1;
            }
            tidied.unfinished_windows += 1;
        }
        for window in &listing.half_rewritten {
            // Without a manifest that can be read, it is unknown which body is the later one.
            match self.remove_superseded(window).await {
                Err(Error::Manifest { .. }) => {}
                removed => tidied.files += removed?,
            }
        }
        Ok(tidied)
    }

    async fn remove_superseded(&self, window: &WindowRef) -> Result<usize> {
        let folder = window.path();
        let present: Vec<Path> = self
            .store
            .list(Some(&folder))
            .map_ok(|object| object.location)
            .try_collect()
            .await
            .map_err(|error| Error::store(&folder, error))?;
        let manifest = self.manifest(window).await?;
        let mut removed = 0;
        for path in present {
            let name = path.filename().unwrap_or_default();
            let known = manifest.bodies.iter().any(|body| body.file == name);
            if is_body(name) && !known {
                self.remove(&path).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Writes a body under the next free revision of its name.
    async fn put_revision(
        &self,
        window: &WindowRef,
        file: BodyFile,
        packed: &Packed,
    ) -> Result<String> {
        let mut next = file;
        loop {
            next.revision += 1;
            let path = window.path().join(next.to_string());
            let options = PutOptions::from(PutMode::Create);
            let stored = packed.stored.clone().into();
            match self.store.put_opts(&path, stored, options).await {
                Ok(_) => return Ok(next.to_string()),
                Err(object_store::Error::AlreadyExists { .. })
                    if next.revision < file.revision.saturating_add(REVISIONS) => {}
                Err(error) => return Err(Error::store(&path, error)),
            }
        }
    }

    /// Deletes an object; a missing one is no error.
    pub(crate) async fn remove(&self, path: &Path) -> Result<()> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::store(path, error)),
        }
    }
}

/// Whether a file of a window's folder is a body.
fn is_body(name: &str) -> bool {
    name.parse::<BodyFile>().is_ok()
}
