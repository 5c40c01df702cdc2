//! Listing the store: one request returns every complete window and every leftover.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use jiff::Timestamp;
use kernel::IntervalSet;
use object_store::path::Path;

use crate::{BodyFile, Dataset, Error, Landing, MANIFEST, QueryId, Result};
use crate::{Unlanded, WindowKind, WindowRef};

/// The content of the store, each part in path order.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The complete windows: those with a manifest.
    pub windows: Vec<WindowRef>,
    /// Windows with an empty manifest, as after a power cut: they are ignored, and none of their
    /// files is deleted. Other damage to a manifest is detected when it is read.
    pub unsound: Vec<WindowRef>,
    /// Windows of saved files that were taken back: they are ignored, and
    /// [`Landing::remove_unlanded`] removes what is left in their folders.
    pub unlanded: Vec<Unlanded>,
    /// Folders of windows without a manifest: being written, or left by a crash.
    pub unfinished: Vec<Unfinished>,
    /// Complete windows where a take-down was cut short: an earlier revision of a body exists
    /// beside a later one. [`Landing::tidy`] finishes it.
    pub half_rewritten: Vec<WindowRef>,
}

/// A window without a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub window: WindowRef,
    /// The names of its files.
    pub files: Vec<String>,
    /// When the newest of its files was written.
    pub last_written: Timestamp,
}

impl Landing {
    /// Lists the windows of all sources.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(&self) -> Result<Listing> {
        self.list_below(Path::from("landing")).await
    }

    /// Lists the windows of one dataset.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list_dataset(&self, dataset: &Dataset) -> Result<Listing> {
        self.list_below(dataset.path()).await
    }

    async fn list_below(&self, prefix: Path) -> Result<Listing> {
        let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
        let mut objects = self.store.list(Some(&prefix));
        while let Some(object) = objects
            .try_next()
            .await
            .map_err(|error| Error::store(&prefix, error))?
        {
            let Some((folder, file)) = object.location.as_ref().rsplit_once('/') else {
                continue;
            };
            let written =
                Timestamp::from_second(object.last_modified.timestamp()).unwrap_or(Timestamp::MAX);
            match folders.get_mut(folder) {
                Some(known) => known.add(file, object.size, written),
                None => {
                    let mut new = Folder::default();
                    new.add(file, object.size, written);
                    folders.insert(folder.to_owned(), new);
                }
            }
        }
        let mut listing = Listing::default();
        for (path, folder) in folders {
            let Some(window) = Path::parse(path).ok().as_ref().and_then(WindowRef::parse) else {
                continue;
            };
            if folder.has_two_revisions() && folder.manifest.is_some_and(|bytes| bytes > 0) {
                listing.half_rewritten.push(window.clone());
            }
            if let Some(unlanded) = Unlanded::of(&window, &folder.files) {
                listing.unlanded.push(unlanded);
                continue;
            }
            if folder.manifest == Some(0) {
                listing.unsound.push(window);
                continue;
            }
            if folder.manifest.is_none() {
                listing.unfinished.push(Unfinished {
                    window,
                    files: folder.files,
                    last_written: folder.last_written,
                });
                continue;
            }
            listing.windows.push(window);
        }
        Ok(listing)
    }
}

/// Coverage: the union of the complete `collect` windows of a query. The periods that are due are its
/// [`IntervalSet::gaps`].
pub fn coverage(windows: &[WindowRef], dataset: &Dataset, query: QueryId) -> IntervalSet {
    windows
        .iter()
        .filter(|window| {
            window.kind == WindowKind::Collect
                && window.query == query
                && window.dataset == *dataset
        })
        .map(WindowRef::interval)
        .collect()
}

struct Folder {
    /// Bytes of the manifest.
    manifest: Option<u64>,
    files: Vec<String>,
    last_written: Timestamp,
}

impl Default for Folder {
    fn default() -> Self {
        Self {
            manifest: None,
            files: Vec::new(),
            last_written: Timestamp::MIN,
        }
    }
}

impl Folder {
    fn add(&mut self, file: &str, bytes: u64, written: Timestamp) {
        if file == MANIFEST {
            self.manifest = Some(bytes);
        }
        self.last_written = self.last_written.max(written);
        self.files.push(file.to_owned());
    }

    fn has_two_revisions(&self) -> bool {
        let mut bodies: Vec<BodyFile> = self
            .files
            .iter()
            .filter_map(|file| file.parse().ok())
            .collect();
        bodies.sort_unstable();
        bodies
            .windows(2)
            .any(|pair| pair[0].number == pair[1].number)
    }
}
