//! Taking saved files back that were landed by mistake: a tombstone in the window's folder,
//! `unlanded.json`, by which the window is ignored.
//!
//! The record is written once and is authoritative: the listing omits the window, so the next build
//! does not contain its rows. Bodies are kept as long as a kept build was made from them; until they
//! are removed, landing the same file deletes the record. After that the record stays, as evidence
//! that there was a file.
//!
//! Removal and re-landing may race, also from two machines. So a remover announces itself first
//! (`removing.json`, with which a window is ignored too) and then checks the record once more; a
//! re-landing deletes the record first and then checks for the announcement. One of the two yields.

use std::collections::{BTreeMap, HashSet};
use std::path::Path as FilePath;

use jiff::Timestamp;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutMode};
use serde::Serialize;

use crate::manifest::manifest_path;
use crate::saved::{TAG_DIGITS, sha256_of};
use crate::{BodyFile, Error, Landing, MANIFEST, PROGRAM, Result, WindowKind, WindowRef};
use crate::{sealed, to_checked_json};

/// The record that marks a window as taken back.
pub(crate) const UNLANDED: &str = "unlanded.json";

/// Marks a window whose bodies are being removed, or are.
pub(crate) const REMOVING: &str = "removing.json";

/// A window that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlanded {
    pub window: WindowRef,
    /// The names of its bodies and its manifest, as far as they exist.
    pub files: Vec<String>,
    /// Whether a process is removing them, or crashed while doing so.
    pub is_removed: bool,
}

impl Unlanded {
    /// The window of a folder with these files; `None` without a record.
    pub(crate) fn of(window: &WindowRef, files: &[String]) -> Option<Self> {
        let is_there = |name: &str| files.iter().any(|file| file == name);
        let is_removed = is_there(REMOVING);
        if !is_removed && !is_there(UNLANDED) {
            return None;
        }
        let is_content = |file: &&String| *file == MANIFEST || file.parse::<BodyFile>().is_ok();
        Some(Self {
            window: window.clone(),
            files: files.iter().filter(is_content).cloned().collect(),
            is_removed,
        })
    }

    /// Whether any of its content still exists.
    pub fn is_held(&self) -> bool {
        !self.files.is_empty()
    }

    /// Whether it can be restored completely.
    pub(crate) fn is_whole(&self) -> bool {
        let has_manifest = self.files.iter().any(|file| file == MANIFEST);
        has_manifest && self.files.len() > 1 && !self.is_removed
    }
}

/// The result of taking back a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// It is ignored from now on.
    New(WindowRef),
    /// It was taken back before; nothing was written.
    Known(WindowRef),
}

/// The content of the record.
#[derive(Serialize)]
struct Content<'a> {
    format: u32,
    window: &'a str,
    unlanded_at: Timestamp,
    program: &'a str,
}

/// The windows of saved files, to be looked up by what a user may name. Based on one listing.
#[derive(Debug)]
pub struct SavedWindows {
    landing: Landing,
    /// Whether each was taken back.
    windows: BTreeMap<WindowRef, bool>,
    /// Windows that were collected.
    collected: HashSet<WindowRef>,
}

impl Landing {
    /// The windows of saved files, of all sources.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn saved_windows(&self) -> Result<SavedWindows> {
        let listing = self.list().await?;
        let counted = listing.windows.into_iter().chain(listing.unsound);
        let (saved, collected): (Vec<_>, Vec<_>) =
            counted.partition(|window| window.kind == WindowKind::Saved);
        let mut windows: BTreeMap<_, _> = saved.into_iter().map(|window| (window, false)).collect();
        let unlanded = listing.unlanded.into_iter();
        windows.extend(unlanded.map(|unlanded| (unlanded.window, true)));
        Ok(SavedWindows {
            landing: self.clone(),
            windows,
            collected: collected.into_iter().collect(),
        })
    }

    /// Removes the bodies and manifests of windows that were taken back, as the listing shows them,
    /// except those in `kept`, which builds were made from. Returns how many windows were removed.
    ///
    /// # Errors
    /// [`Error::Store`]. What is left is ignored, and the next call removes it.
    pub async fn remove_unlanded(
        &self,
        unlanded: &[Unlanded],
        kept: &HashSet<String>,
    ) -> Result<usize> {
        let mut removed = 0;
        for unlanded in unlanded.iter().filter(|unlanded| unlanded.is_held()) {
            let folder = unlanded.window.path();
            if kept.contains(folder.as_ref()) {
                continue;
            }
            let said = folder.clone().join(REMOVING);
            let put = self
                .store
                .put_opts(&said, "{}\n".into(), sealed(PutMode::Overwrite));
            put.await.map_err(|error| Error::store(&said, error))?;
            if !self.is_there(&folder.clone().join(UNLANDED)).await? {
                self.remove(&said).await?;
                continue;
            }
            // The manifest goes last: once it is gone, so are all bodies.
            let (manifest, bodies): (Vec<&String>, Vec<&String>) =
                unlanded.files.iter().partition(|file| *file == MANIFEST);
            for file in bodies.into_iter().chain(manifest) {
                self.remove(&folder.clone().join(file.as_str())).await?;
            }
            removed += 1;
        }
        Ok(removed)
    }

    /// Makes a window count again; `false` where its bodies are being removed.
    pub(crate) async fn take_unlanding_back(
        &self,
        window: &WindowRef,
        now: Timestamp,
    ) -> Result<bool> {
        let folder = window.path();
        self.remove(&folder.clone().join(UNLANDED)).await?;
        if self.is_there(&folder.join(REMOVING)).await? {
            self.put_record(window, now).await?;
            return Ok(false);
        }
        // A deletion becomes durable with the next sealed write: rewrite the manifest unchanged.
        let path = manifest_path(window);
        let found = match self.store.get(&path).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        let manifest = found.map_err(|error| Error::store(&path, error))?;
        let put = self
            .store
            .put_opts(&path, manifest.into(), sealed(PutMode::Overwrite));
        put.await.map_err(|error| Error::store(&path, error))?;
        Ok(true)
    }

    /// Writes the record of a window; `false` where another process was first.
    async fn put_record(&self, window: &WindowRef, now: Timestamp) -> Result<bool> {
        let folder = window.path();
        let path = folder.clone().join(UNLANDED);
        let content = Content {
            format: 1,
            window: folder.as_ref(),
            unlanded_at: now,
            program: PROGRAM,
        };
        let text = to_checked_json(&content).map_err(|error| Error::Manifest {
            path: path.to_string(),
            reason: error.to_string(),
        })?;
        self.claim().await?;
        let put = self
            .store
            .put_opts(&path, text.into(), sealed(PutMode::Create));
        match put.await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(Error::store(&path, error)),
        }
    }

    async fn is_there(&self, path: &Path) -> Result<bool> {
        match self.store.head(path).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(Error::store(path, error)),
        }
    }
}

impl SavedWindows {
    /// Takes back the files that a user names: by a file with the same content, or by the path of a
    /// window or body from `landing/` on, as the tables show it. The record is durable when this returns.
    ///
    /// # Errors
    /// [`Error::NotLanded`], [`Error::NotSaved`], [`Error::File`], [`Error::NotRegular`],
    /// [`Error::Inflated`], [`Error::Store`].
    pub async fn unland(&self, named: &FilePath, now: Timestamp) -> Result<Vec<TakenBack>> {
        let windows = match window_of(named) {
            Some(window) if self.collected.contains(&window) => {
                return Err(Error::NotSaved {
                    window: window.to_string(),
                    kind: window.kind,
                });
            }
            Some(window) => vec![window],
            None => self.holding(named).await?,
        };
        let mut taken = Vec::with_capacity(windows.len());
        for window in windows {
            match self.windows.get(&window) {
                Some(true) => taken.push(TakenBack::Known(window)),
                Some(false) => taken.push(match self.landing.put_record(&window, now).await? {
                    true => TakenBack::New(window),
                    false => TakenBack::Known(window),
                }),
                None => {}
            }
        }
        // For a file that was landed again later, the active window is meant.
        if taken.iter().any(|taken| matches!(taken, TakenBack::New(_))) {
            taken.retain(|taken| matches!(taken, TakenBack::New(_)));
        }
        if taken.is_empty() {
            return Err(Error::NotLanded {
                name: named.display().to_string(),
            });
        }
        Ok(taken)
    }

    /// Windows that hold the content of a file, or held it before a take-down.
    async fn holding(&self, file: &FilePath) -> Result<Vec<WindowRef>> {
        let sha256 = sha256_of(file).await?;
        let tag = &sha256[..TAG_DIGITS];
        let mut holding = Vec::new();
        for window in self.windows.keys() {
            if window.attempt.tag() != tag {
                continue;
            }
            // An unreadable manifest is no evidence against a match: the tag is the content's.
            let other = match self.landing.manifest(window).await {
                Ok(manifest) => manifest
                    .bodies
                    .iter()
                    .all(|body| body.redacted.is_none() && body.sha256 != sha256),
                Err(error @ Error::Store { .. }) if !error.is_not_found() => return Err(error),
                Err(_) => false,
            };
            if !other {
                holding.push(window.clone());
            }
        }
        Ok(holding)
    }
}

/// The window that a path names: its folder or a file in it, from `landing/` on, also below the folder
/// of the store.
fn window_of(named: &FilePath) -> Option<WindowRef> {
    let text = named.to_str()?.replace('\\', "/");
    let text = text.trim_end_matches('/');
    let start = match text.starts_with("landing/") {
        true => 0,
        false => text.rfind("/landing/")? + 1,
    };
    let path = Path::parse(&text[start..]).ok()?;
    let parts: Vec<_> = path.parts().collect();
    WindowRef::parse(&path).or_else(|| {
        let folder = parts.len().checked_sub(1)?;
        WindowRef::parse(&Path::from_iter(parts[..folder].iter().cloned()))
    })
}
