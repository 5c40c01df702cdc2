//! The manifest: the content of a complete window. Written last; its existence completes the window.

use jiff::Timestamp;
use jiff::civil::Date;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::checksummed::{from_checked_json, to_checked_json};
use crate::{Error, Landing, MANIFEST, Origin, Query, Result, WindowKind, WindowRef};

/// The `format` that this version writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// The content of `manifest.json`. Times are RFC 3339 in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub source: String,
    pub dataset: String,
    pub kind: WindowKind,
    pub window: Span,
    /// The query; empty for saved files.
    pub query: Query,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub origin: Origin,
    /// The total that the source reported; null if it reports none, and for saved files.
    pub total_reported: Option<u64>,
    /// Distinct records by the source's id; null if they were not counted (a saved JSON document).
    pub records: Option<u64>,
    /// Further copies of records that were received more than once.
    pub duplicates: u64,
    /// The bodies, by file name.
    pub bodies: Vec<BodyEntry>,
    /// What was asked for, one entry a list or a range; empty but for snapshots and series.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// The program that wrote it, such as `jobtide 0.1.0`.
    pub program: String,
}

/// The window's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive.
    pub to: Timestamp,
}

/// A part of a poll, and what became of it: a board of a snapshot, a range of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The board, or the key of the series; empty where the source is one list.
    pub name: String,
    pub outcome: PartOutcome,
    /// Why it failed, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it failed because the source does not know it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// The first day of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day of the range, which is part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// When it was asked for, and when all of it was there.
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// How many records the source said there are; null when it does not say.
    pub total_reported: Option<u64>,
    /// Distinct records by the source's id; null if it failed. Of an unchanged one, those of the
    /// window that holds them.
    pub records: Option<u64>,
    /// Of an unchanged one: the folder, from the storage root, of the window that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// The sha-256 of its body, where it is one body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The `ETag` of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The `Last-Modified` of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartOutcome {
    /// All of it was read: what is not in it was not there.
    Complete,
    /// It is as it was: see [`Part::same_as`].
    Unchanged,
    /// It says nothing about what there is.
    Failed,
}

/// One body of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyEntry {
    /// The file within the window's folder, such as `00001.json.zst`.
    pub file: String,
    /// Of the uncompressed bytes, lower-case hex.
    pub sha256: String,
    /// Uncompressed.
    pub bytes: u64,
    /// As stored.
    pub stored_bytes: u64,
    /// Records in this body; null if they were not counted (a saved JSON document).
    pub records: Option<u64>,
    /// When the body had been received; for a saved file, when it was landed.
    pub received_at: Timestamp,
    /// The name of the saved file; null for collected bodies.
    pub name: Option<String>,
    /// The part that it belongs to, by its name; absent where there are no parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Present if a take-down has rewritten this body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redaction>,
}

/// The removal of records from a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// When it was last rewritten.
    pub redacted_at: Timestamp,
    /// How many records were removed, over all rewrites.
    pub records: u64,
    /// The requester's reason. No personal data: this is kept.
    pub reason: String,
}

impl Landing {
    /// Reads the manifest of a window.
    ///
    /// # Errors
    /// [`Error::Manifest`], naming the file, when it is not a manifest of this format or belongs to
    /// another window; [`Error::Store`] when it cannot be fetched.
    pub async fn manifest(&self, window: &WindowRef) -> Result<Manifest> {
        let path = manifest_path(window);
        let found = match self.store.get(&path).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        }
        .map_err(|error| Error::store(&path, error))?;
        let refuse = |reason: String| Error::Manifest {
            path: path.to_string(),
            reason,
        };
        let manifest: Manifest = from_checked_json(&found).map_err(refuse)?;
        if manifest.format != FORMAT {
            let reason = format!(
                "it has format {}, this version reads {FORMAT}",
                manifest.format
            );
            return Err(refuse(reason));
        }
        let same_window = manifest.source == window.dataset.source()
            && manifest.dataset == window.dataset.name()
            && manifest.kind == window.kind
            && manifest.window.from == window.from
            && manifest.window.to == window.to;
        if !same_window {
            return Err(refuse("it belongs to another window".to_owned()));
        }
        Ok(manifest)
    }
}

pub(crate) fn manifest_path(window: &WindowRef) -> Path {
    window.path().join(MANIFEST)
}

/// The manifest as it is stored: see [`to_checked_json`].
pub(crate) fn to_json(window: &WindowRef, manifest: &Manifest) -> Result<String> {
    to_checked_json(manifest).map_err(|error| Error::Manifest {
        path: manifest_path(window).to_string(),
        reason: error.to_string(),
    })
}
