//! Landing files that were saved elsewhere: plain, gzip or zstd, one JSON document or JSON lines.
//!
//! The content is stored unchanged apart from decompression, one window per file. The same content
//! landed again changes nothing, whatever the file is called: the first 16 hex digits of its
//! sha-256 stand in the window's name, so one listing knows all that was landed. A content that a
//! take-down has since rewritten stays known: landing the file again does not bring it back.
//!
//! Files are read as a stream, and what they unpack to is bounded on the way (`unpack.rs`): what is
//! held in memory is the compressed body.

use std::collections::HashMap;
use std::fs::{File, FileType};
use std::io::{self, Cursor, Read, Write};
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::body::{self, LEVEL};
use crate::interval::whole_second;
use crate::sniff::{NotRecords, Sniffed};
use crate::unpack::{self, Unpacked};
use crate::{Attempt, BodyEntry, BodyFile, Dataset, Error, Format, Landing, Origin, Query, Result};
use crate::{WindowKind, WindowRef, WindowSpec, WindowSummary};

/// The largest content taken by default, decompressed. Readers hold a body in memory: of JSON lines
/// its bytes, of one document several times as much while it is parsed.
const LIMITS: Limits = Limits {
    document: 64 << 20,
    lines: 256 << 20,
};

/// How many hex digits of the sha-256 stand in the window's name.
const TAG_DIGITS: usize = 16;

/// What became of a saved file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// It is a new window.
    New(WindowRef),
    /// Its content was landed before, as this window; nothing was written.
    Known(WindowRef),
}

/// Lands saved files of one dataset, several at once where the caller lets it: on a folder, files
/// that land together share the syncs that make them durable. It listed the store when it was made:
/// windows that another program lands meanwhile are not known to it.
#[derive(Debug)]
pub struct SavedFiles {
    landing: Landing,
    dataset: Dataset,
    /// The windows of each tag. Held locked while content of that tag lands: the same content twice
    /// at once is one window.
    known: Mutex<HashMap<String, Arc<KnownWindows>>>,
    limits: Limits,
}

/// How many bytes a content may have, decompressed.
#[derive(Clone, Copy, Debug)]
struct Limits {
    document: u64,
    lines: u64,
}

type KnownWindows = tokio::sync::Mutex<Vec<WindowRef>>;

impl Landing {
    /// Prepares landing saved files of `dataset`.
    ///
    /// # Errors
    /// [`Error::MixedOrigin`] when the store holds generated data; [`Error::Store`].
    pub async fn saved_files(&self, dataset: Dataset) -> Result<SavedFiles> {
        self.check_origin(Origin::Saved).await?;
        let mut known: HashMap<String, Arc<KnownWindows>> = HashMap::new();
        for window in self.list_dataset(&dataset).await?.windows {
            if window.kind == WindowKind::Saved {
                let tag = window.attempt.tag().to_owned();
                known.entry(tag).or_default().lock().await.push(window);
            }
        }
        Ok(SavedFiles {
            landing: self.clone(),
            dataset,
            known: Mutex::new(known),
            limits: LIMITS,
        })
    }
}

impl SavedFiles {
    /// Takes files of up to `bytes` bytes, decompressed. Otherwise one document may have 64 MiB, JSON
    /// lines 256 MiB.
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.limits = Limits {
            document: bytes,
            lines: bytes,
        };
        self
    }

    /// Lands one file. `now` is the landing time: the window's, and the body's `received_at`.
    ///
    /// # Errors
    /// [`Error::File`] (also for a cut or damaged compressed file), [`Error::NotRegular`],
    /// [`Error::NotJson`], [`Error::TooLarge`], [`Error::Inflated`], [`Error::Store`]. Nothing is
    /// landed then.
    pub async fn land_file(&self, path: &FilePath, now: Timestamp) -> Result<Landed> {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let (limits, path) = (self.limits, path.to_owned());
        let read = {
            let (name, path) = (name.clone(), path.clone());
            tokio::task::spawn_blocking(move || Content::read(&name, open(&path)?, limits))
        };
        let content = read.await.map_err(|_| Error::Interrupted {
            path: path.display().to_string(),
        })?;
        let content = content.map_err(|failure| failure.of(&name, &path))?;
        self.land(name, content, now).await
    }

    /// Lands content that is in memory, as [`SavedFiles::land_file`] does; `name` tells the format.
    ///
    /// # Errors
    /// As [`SavedFiles::land_file`].
    pub async fn land_bytes(&self, name: &str, bytes: Bytes, now: Timestamp) -> Result<Landed> {
        let content = Content::read(name, Cursor::new(bytes), self.limits)
            .map_err(|failure| failure.of(name, FilePath::new(name)))?;
        self.land(name.to_owned(), content, now).await
    }

    async fn land(&self, name: String, content: Content, now: Timestamp) -> Result<Landed> {
        let tag = content.sha256[..TAG_DIGITS].to_owned();
        let known = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(tag.clone()).or_default().clone()
        };
        let mut known = known.lock().await;
        for window in &*known {
            if self.holds(window, &content.sha256).await? {
                return Ok(Landed::Known(window.clone()));
            }
        }
        let second = whole_second(now);
        let spec = WindowSpec {
            dataset: self.dataset.clone(),
            kind: WindowKind::Saved,
            from: second,
            to: second,
            query: Query::new(),
        };
        let attempt = Attempt::new(now, tag);
        let writer = self.landing.begin_attempt(spec, now, attempt)?;
        let file = BodyFile {
            number: 1,
            revision: 0,
            format: content.format,
        };
        let entry = BodyEntry {
            file: file.to_string(),
            sha256: content.sha256,
            bytes: content.bytes,
            stored_bytes: content.stored.len() as u64,
            records: content.records,
            received_at: now,
            name: Some(name),
            redacted: None,
        };
        writer.put_packed(1, entry, content.stored.into()).await?;
        let summary = WindowSummary {
            origin: Origin::Saved,
            total_reported: None,
            records: content.records,
            duplicates: 0,
            finished_at: now,
        };
        let window = writer.finish(summary).await?;
        known.push(window.clone());
        Ok(Landed::New(window))
    }

    /// Whether a window holds a content, or held it before a take-down. One that is damaged does not.
    async fn holds(&self, window: &WindowRef, sha256: &str) -> Result<bool> {
        let manifest = match self.landing.manifest(window).await {
            Err(Error::Manifest { .. }) => return Ok(false),
            manifest => manifest?,
        };
        for body in &manifest.bodies {
            if body.redacted.is_some() {
                return Ok(true);
            }
            if body.sha256 == sha256 {
                return match self.landing.body(window, body).await {
                    Ok(_) => Ok(true),
                    Err(Error::Damaged { .. }) => Ok(false),
                    Err(Error::Store {
                        source: object_store::Error::NotFound { .. },
                        ..
                    }) => Ok(false),
                    Err(error) => Err(error),
                };
            }
        }
        Ok(false)
    }
}

/// A saved file, read once.
#[derive(Debug)]
struct Content {
    stored: Vec<u8>,
    sha256: String,
    bytes: u64,
    format: Format,
    records: Option<u64>,
}

#[derive(Debug)]
enum Failure {
    Io(io::Error),
    NotRegular(&'static str),
    NotJson(&'static str),
    TooLarge { limit_bytes: u64 },
    Inflated { packed_bytes: u64, bytes: u64 },
}

impl From<NotRecords> for Failure {
    fn from(NotRecords(reason): NotRecords) -> Self {
        Self::NotJson(reason)
    }
}

impl From<unpack::Failure> for Failure {
    fn from(failure: unpack::Failure) -> Self {
        match failure {
            unpack::Failure::Io(error) => Self::Io(error),
            unpack::Failure::Inflated {
                packed_bytes,
                bytes,
            } => Self::Inflated {
                packed_bytes,
                bytes,
            },
        }
    }
}

impl Failure {
    fn of(self, name: &str, path: &FilePath) -> Error {
        match self {
            Self::Io(source) => Error::File {
                path: path.to_owned(),
                source,
            },
            Self::NotRegular(kind) => Error::NotRegular {
                path: path.to_owned(),
                kind,
            },
            Self::NotJson(reason) => Error::NotJson {
                name: name.to_owned(),
                reason,
            },
            Self::TooLarge { limit_bytes } => Error::TooLarge {
                name: name.to_owned(),
                limit_bytes,
            },
            Self::Inflated {
                packed_bytes,
                bytes,
            } => Error::Inflated {
                name: name.to_owned(),
                packed_bytes,
                bytes,
            },
        }
    }
}

impl Content {
    fn read(name: &str, raw: impl Read, limits: Limits) -> Result<Self, Failure> {
        let mut plain = Unpacked::new(raw).map_err(Failure::Io)?;
        let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL).map_err(Failure::Io)?;
        let mut hasher = Sha256::new();
        let mut sniffed = Sniffed::new(name);
        let mut bytes = 0;
        let mut chunk = vec![0; 64 * 1024];
        let mut limit_bytes = limits.lines;
        loop {
            let read = plain.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            let part = &chunk[..read];
            bytes += read as u64;
            if bytes > limit_bytes {
                return Err(Failure::TooLarge { limit_bytes });
            }
            hasher.update(part);
            // The beginning tells what it is before all of it is read.
            if sniffed.add(part)? == Some(Format::Json) {
                limit_bytes = limits.document;
            }
            encoder.write_all(part).map_err(Failure::Io)?;
        }
        let (format, records) = sniffed.end()?;
        Ok(Self {
            stored: encoder.finish().map_err(Failure::Io)?,
            sha256: body::hex(&hasher.finalize()),
            bytes,
            format,
            records,
        })
    }
}

/// Opens a plain file. A pipe, a socket or a device may hold a reader for ever, or have no end.
fn open(path: &FilePath) -> Result<File, Failure> {
    let about = std::fs::metadata(path).map_err(Failure::Io)?;
    match kind_of_no_file(about.file_type()) {
        Some(kind) => Err(Failure::NotRegular(kind)),
        None => File::open(path).map_err(Failure::Io),
    }
}

/// What it is that is no plain file.
fn kind_of_no_file(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some("a device");
        }
    }
    Some("something else")
}
