//! The manifest: the content of a complete window. Written last; its existence completes the window.

use jiff::Timestamp;
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
