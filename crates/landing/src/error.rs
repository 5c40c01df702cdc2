//! Errors of the landing store. Each names the file or value at fault and whether it is retryable.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::{OriginClass, WindowKind};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation on the landing store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The object store failed.
    #[error("the object store failed at `{path}`: {source}")]
    Store {
        path: String,
        source: object_store::Error,
    },

    /// The storage URL cannot be used.
    #[error(
        "the storage URL `{url}` cannot be opened: {reason}\nhint: use a folder (`/srv/jobtide` or `file:///srv/jobtide`), `gs://bucket/path`, `s3://bucket/path` or `az://container/path`"
    )]
    StorageUrl { url: String, reason: String },

    /// A body is not what its manifest says.
    #[error(
        "`{path}` is damaged: {reason}\nhint: restore this file from a backup, or move its window folder out of the store so that the window is collected again"
    )]
    Damaged { path: String, reason: String },

    /// A manifest cannot be read.
    #[error(
        "the manifest `{path}` cannot be read: {reason}\nhint: restore this file from a backup, or move its window folder out of the store so that the window is collected again"
    )]
    Manifest { path: String, reason: String },

    /// `origin.json` cannot be read.
    #[error(
        "`{path}` cannot be read, and no manifest says whether the store holds generated or real data: {reason}\nhint: restore this file or a window's `manifest.json` from a backup"
    )]
    OriginFile { path: String, reason: String },

    /// Generated and real (collected or saved) windows in one store.
    #[error(
        "the store `{store}` holds {present} data and cannot take {incoming} data\nhint: give demo data a storage folder of its own (`[storage] url`)"
    )]
    MixedOrigin {
        store: String,
        present: OriginClass,
        incoming: OriginClass,
    },

    /// A folder or bucket that is not empty and was never a store.
    #[error(
        "`{store}` is not empty and is not a jobtide store: it contains `{found}`\nhint: set `storage.url` to an empty or a new folder or prefix, such as one of its own inside this one; none of its files was changed"
    )]
    NotAStore { store: String, found: String },

    /// A store of a later version.
    #[error(
        "the store `{store}` has format {format}, which this version does not support\nhint: it was written by {program}: use that version, or a later one"
    )]
    NewerStore {
        store: String,
        format: u32,
        program: String,
    },

    /// A source or dataset name that cannot be a folder.
    #[error(
        "`{name}` cannot name a source or dataset\nhint: use lower-case letters, digits and `_`, beginning with a letter"
    )]
    Name { name: String },

    /// A window that ends before it begins, or is outside the range that a path can express.
    #[error("a window from {from} to {to} cannot be landed: {reason}")]
    Window {
        from: Timestamp,
        to: Timestamp,
        reason: &'static str,
    },

    /// Two bodies of a window under one number.
    #[error("body number {number} of window `{window}` was already written")]
    BodyTaken { window: String, number: u32 },

    /// A body that a take-down names is not part of the window.
    #[error("window `{window}` has no body `{file}`")]
    NoSuchBody { window: String, file: String },

    /// A saved file cannot be read.
    #[error("the file `{}` cannot be read: {source}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },

    /// A saved file is a pipe, a socket, a device or a folder.
    #[error(
        "`{}` is {kind}, not a regular file\nhint: save the content to a file and land that; of a folder, name the files (`folder/*.json`)",
        path.display()
    )]
    NotRegular { path: PathBuf, kind: &'static str },

    /// A saved file holds no JSON record.
    #[error("the file `{name}` is not JSON: {reason}\nhint: {hint}")]
    NotJson {
        name: String,
        reason: String,
        hint: &'static str,
    },

    /// A saved file is JSON, but contains no record of its source.
    #[error("no record can be read from the file `{name}` ({form}): {reason}\nhint: {hint}")]
    NoRecords {
        name: String,
        /// Its form, such as `an empty list`.
        form: String,
        /// The reason, with the line.
        reason: String,
        hint: &'static str,
    },

    /// The file to take back was not landed.
    #[error(
        "no landed file is named `{name}` or has its content\nhint: name the file as it was landed, or its window: `jobtide query \"select window, records from staging.windows where kind = 'saved'\"` lists them"
    )]
    NotLanded { name: String },

    /// The window to take back was collected.
    #[error(
        "`{window}` was collected (`{kind}`), and only saved files can be taken back\nhint: `jobtide purge` takes a posting down; a period that was read wrongly is collected again with `jobtide run collect_postings --from … --to …`"
    )]
    NotSaved { window: String, kind: WindowKind },

    /// A saved file is too large to be handled as one body.
    #[error(
        "the file `{name}` holds more than {limit_bytes} bytes when decompressed\nhint: split it (`split -l 1000000 --additional-suffix=.jsonl`) and land the parts"
    )]
    TooLarge { name: String, limit_bytes: u64 },

    /// A saved file is a decompression bomb.
    #[error(
        "the file `{name}` decompresses to more than 250 times its size: at least {bytes} bytes from {packed_bytes}\nhint: no file of postings does; to land it all the same, decompress it first"
    )]
    Inflated {
        name: String,
        packed_bytes: u64,
        bytes: u64,
    },

    /// A background thread ended early (the program is shutting down).
    #[error("compressing or reading `{path}` was interrupted")]
    Interrupted { path: String },
}

impl Error {
    /// Whether the error is transient: the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store { source, .. } => matches!(
                source,
                object_store::Error::Generic { .. } | object_store::Error::JoinError { .. }
            ),
            Self::Interrupted { .. } => true,
            _ => false,
        }
    }

    /// Whether the object does not exist.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::Store {
                source: object_store::Error::NotFound { .. },
                ..
            }
        )
    }

    pub(crate) fn store(path: &object_store::path::Path, source: object_store::Error) -> Self {
        Self::Store {
            path: path.to_string(),
            source,
        }
    }
}
