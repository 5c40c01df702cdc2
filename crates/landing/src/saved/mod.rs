//! Landing files that were saved elsewhere: plain, gzip or zstd, one JSON document or JSON lines.
//!
//! The content is stored unchanged apart from decompression, one window per file. The same content
//! landed again changes nothing, under any file name: the window's name contains the first
//! 16 hex digits of its sha-256, so one listing shows all landed content. A content that a
//! take-down has since rewritten stays known: landing the file again does not bring it back.
//!
//! With a [`Reader`], content without a readable record is refused.
//!
//! Files are read as a stream, and their decompressed size is bounded on the way (`unpack.rs`):
//! memory holds the compressed body, and one whole content at a time while a reader examines it.

mod content;

use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use kernel::whole_second;

use self::content::{Content, Limits, Reading};
use crate::{
    Attempt, BodyEntry, BodyFile, Dataset, Error, Examined, Landing, Origin, Query, Reader, Result,
    Unlanded, WindowKind, WindowRef, WindowSpec, WindowSummary,
};

/// The largest content accepted by default, decompressed. Readers hold a body in memory: the bytes of
/// JSON lines, several times as much of a document while it is parsed.
const LIMITS: Limits = Limits {
    document: 64 << 20,
    lines: 256 << 20,
};

/// How many hex digits of the sha-256 are in the window's name.
pub(crate) const TAG_DIGITS: usize = 16;

/// What became of a saved file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// It is a new window.
    New(WindowRef),
    /// It is a new window of a response that states that there are no records.
    Empty(WindowRef),
    /// Its content was landed before, as this window; nothing was written.
    Known(WindowRef),
    /// Its content was landed before as this window and taken back since: it is included again.
    Again(WindowRef),
}

/// What landing a file would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// What was found in it; `None` without a reader.
    pub examined: Option<Examined>,
    pub would: Would,
}

/// See [`Prospect`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Would {
    /// It would be a new window.
    Land,
    /// Its content was landed before, as this window.
    Know(WindowRef),
    /// Its content was landed before as this window and taken back since: it would be included again.
    CountAgain(WindowRef),
}

/// The sha-256 of a file's decompressed content, of any format.
pub(crate) async fn sha256_of(path: &FilePath) -> Result<String> {
    let read = {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || Content::sha256_of(&path))
    };
    let read = read.await.map_err(|_| Error::Interrupted {
        path: path.display().to_string(),
    })?;
    read.map_err(|failure| failure.of(&name_of(path), path))
}

fn name_of(path: &FilePath) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Lands saved files of one dataset, concurrently where the caller allows it: on a folder, files
/// that land together share the syncs that make them durable. The store is listed once, on
/// creation: windows that another process lands later are not known to it.
#[derive(Debug)]
pub struct SavedFiles {
    landing: Landing,
    dataset: Dataset,
    /// The windows of each tag, locked while content with that tag lands: concurrent landings of the
    /// same content create one window.
    known: Mutex<HashMap<String, Arc<KnownWindows>>>,
    limits: Limits,
    reader: Option<Arc<dyn Reader>>,
    /// Held while a reader examines a whole content.
    whole: Arc<Mutex<()>>,
}

/// The windows of a tag, and those of them that were taken back.
type KnownWindows = tokio::sync::Mutex<Known>;

#[derive(Debug, Default)]
struct Known {
    windows: Vec<WindowRef>,
    unlanded: Vec<WindowRef>,
}

impl Landing {
    /// Prepares landing saved files of `dataset`.
    ///
    /// # Errors
    /// [`Error::MixedOrigin`] when the store holds generated data; [`Error::Store`].
    pub async fn saved_files(&self, dataset: Dataset) -> Result<SavedFiles> {
        self.check_origin(Origin::Saved).await?;
        self.known_files(dataset).await
    }

    /// The same for a dry run ([`SavedFiles::prospect`]). Writes nothing, and does not turn an
    /// empty folder into a store.
    ///
    /// # Errors
    /// As [`Landing::saved_files`].
    pub async fn saved_files_to_look(&self, dataset: Dataset) -> Result<SavedFiles> {
        self.is_store().await?;
        self.expect_origin(Origin::Saved).await?;
        self.known_files(dataset).await
    }

    async fn known_files(&self, dataset: Dataset) -> Result<SavedFiles> {
        let mut known: HashMap<String, Known> = HashMap::new();
        let listing = self.list_dataset(&dataset).await?;
        for window in listing.windows {
            if window.kind == WindowKind::Saved {
                let tag = window.attempt.tag().to_owned();
                known.entry(tag).or_default().windows.push(window);
            }
        }
        for unlanded in listing.unlanded.into_iter().filter(Unlanded::is_whole) {
            let tag = unlanded.window.attempt.tag().to_owned();
            known.entry(tag).or_default().unlanded.push(unlanded.window);
        }
        let known = known.into_iter();
        Ok(SavedFiles {
            landing: self.clone(),
            dataset,
            known: Mutex::new(
                known
                    .map(|(tag, known)| (tag, Arc::new(KnownWindows::new(known))))
                    .collect(),
            ),
            limits: LIMITS,
            reader: None,
            whole: Arc::default(),
        })
    }
}

impl SavedFiles {
    /// Accepts files of up to `bytes` bytes, decompressed. The default is 64 MiB for one document
    /// and 256 MiB for JSON lines.
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.limits = Limits {
            document: bytes,
            lines: bytes,
        };
        self
    }

    /// Refuses content of which `reader` can read no record.
    pub fn with_reader(mut self, reader: Arc<dyn Reader>) -> Self {
        self.reader = Some(reader);
        self
    }

    /// Lands one file. `now` is the landing time: the window's, and the body's `received_at`.
    ///
    /// # Errors
    /// [`Error::File`] (also for a cut or damaged compressed file), [`Error::NotRegular`],
    /// [`Error::NotJson`], [`Error::NoRecords`], [`Error::TooLarge`], [`Error::Inflated`],
    /// [`Error::Store`]. Nothing is landed then.
    pub async fn land_file(&self, path: &FilePath, now: Timestamp) -> Result<Landed> {
        let (name, content) = self.read(path, false).await?;
        self.land(name, content, now).await
    }

    /// Lands content that is in memory, as [`SavedFiles::land_file`] does; `name` hints at the
    /// format.
    ///
    /// # Errors
    /// As [`SavedFiles::land_file`].
    pub async fn land_bytes(&self, name: &str, bytes: Bytes, now: Timestamp) -> Result<Landed> {
        let reading = Reading {
            limits: self.limits,
            reader: self.reader.as_deref(),
            count: false,
            whole: &self.whole,
        };
        let content = Content::read(name, Cursor::new(bytes), &reading)
            .map_err(|failure| failure.of(name, FilePath::new(name)))?;
        self.land(name.to_owned(), content, now).await
    }

    /// Reports what [`SavedFiles::land_file`] would do; writes nothing. All of the file is
    /// examined.
    ///
    /// # Errors
    /// As [`SavedFiles::land_file`].
    pub async fn prospect(&self, path: &FilePath) -> Result<Prospect> {
        let (_, content) = self.read(path, true).await?;
        let known = self.known(&content.sha256[..TAG_DIGITS]);
        let known = known.lock().await;
        Ok(Prospect {
            would: self.would(&known, &content.sha256).await?,
            examined: content.examined,
        })
    }

    fn known(&self, tag: &str) -> Arc<KnownWindows> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(tag.to_owned()).or_default().clone()
    }

    async fn would(&self, known: &Known, sha256: &str) -> Result<Would> {
        for window in &known.windows {
            if self.holds(window, sha256).await? {
                return Ok(Would::Know(window.clone()));
            }
        }
        for window in &known.unlanded {
            if self.holds(window, sha256).await? {
                return Ok(Would::CountAgain(window.clone()));
            }
        }
        Ok(Would::Land)
    }

    /// Reads a file, and its name; with `count`, a reader examines all of it.
    async fn read(&self, path: &FilePath, count: bool) -> Result<(String, Content)> {
        let name = name_of(path);
        let read = {
            let (name, path) = (name.clone(), path.to_owned());
            let (limits, reader, whole) = (self.limits, self.reader.clone(), self.whole.clone());
            tokio::task::spawn_blocking(move || {
                let reading = Reading {
                    limits,
                    reader: reader.as_deref(),
                    count,
                    whole: &whole,
                };
                Content::read(&name, content::open(&path)?, &reading)
            })
        };
        let content = read.await.map_err(|_| Error::Interrupted {
            path: path.display().to_string(),
        })?;
        let content = content.map_err(|failure| failure.of(&name, path))?;
        Ok((name, content))
    }

    async fn land(&self, name: String, content: Content, now: Timestamp) -> Result<Landed> {
        let tag = content.sha256[..TAG_DIGITS].to_owned();
        let known = self.known(&tag);
        let mut known = known.lock().await;
        match self.would(&known, &content.sha256).await? {
            Would::Know(window) => return Ok(Landed::Known(window)),
            Would::CountAgain(window) => {
                known.unlanded.retain(|unlanded| *unlanded != window);
                if self.landing.take_unlanding_back(&window, now).await? {
                    known.windows.push(window.clone());
                    return Ok(Landed::Again(window));
                }
            }
            Would::Land => {}
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
            part: None,
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
        known.windows.push(window.clone());
        let is_empty = content
            .examined
            .is_some_and(|examined| examined.records == 0);
        Ok(match is_empty {
            true => Landed::Empty(window),
            false => Landed::New(window),
        })
    }

    /// Whether a window holds a content, or held it before a take-down. A damaged one does not.
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
