//! Windows of the landing that a build cannot read: damaged, or gone since they were staged.
//!
//! One damaged file must not keep everything else from being published. So the build goes on without
//! it, names it in its report, and keeps it in its record: the collector does not count the window,
//! and every later build looks again until the file is restored or the window's folder is gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures::{StreamExt, TryStreamExt};
use landing::{Dataset, Listing, Manifest, WindowRef};

use super::Build;
use super::staging::{MANIFESTS_AT_ONCE, StagedWindow};
use crate::error::{Error, Result};
use crate::publish::UnreadFile;
use crate::staging::unread::{GONE, unless_damaged};

/// State of the landing's windows before staging.
pub(super) struct Found {
    /// Windows to stage, with their manifests.
    pub new: Vec<(WindowRef, Manifest)>,
    /// What could not be read.
    pub unread: Vec<UnreadFile>,
    /// Messages about windows that the base staged and whose folders are gone.
    pub gone: Vec<String>,
    /// How many windows the base staged that were taken back since.
    pub unlanded: usize,
    /// Datasets of which nothing counts as staged: their tables in the base no longer follow from
    /// the landing, or from their specifications.
    pub stale: BTreeSet<Dataset>,
    /// Datasets of which the base has rows in the staging tables of the program that this build must
    /// not take over: of the stale ones, and of those that no specification reads any more.
    pub leaving: BTreeSet<Dataset>,
}

impl Build<'_> {
    /// Reads the manifests of what is not staged yet, and compares the rest with the listing, which
    /// holds the windows that staging tables are made of. Of `stale` datasets, nothing counts as
    /// staged. What happens to a window makes its own dataset stale and no other.
    pub(super) async fn find_windows(
        &self,
        listing: Listing,
        datasets: &BTreeSet<Dataset>,
        mut stale: BTreeSet<Dataset>,
    ) -> Result<Found> {
        let staged = self.staged_windows().await?;
        let mut unread = Vec::new();
        let mut gone = Vec::new();
        let taken_back = listing.unlanded.iter();
        let taken_back: HashSet<String> = taken_back
            .map(|unlanded| unlanded.window.path().to_string())
            .collect();
        let mut unlanded = 0;
        let landed: HashMap<String, &WindowRef> = listing
            .windows
            .iter()
            .map(|window| (window.path().to_string(), window))
            .collect();

        // Windows whose manifest is lost: empty, or gone though builds were made of it.
        let noted: Vec<UnreadFile> = match &self.published {
            Some(published) => published.unread.clone(),
            None => Vec::new(),
        };
        let before: HashMap<&str, &UnreadFile> = noted
            .iter()
            .map(|file| (file.window.as_str(), file))
            .collect();
        let mut lost = HashSet::new();
        for window in &listing.unsound {
            let path = window.path().to_string();
            unread.push(UnreadFile::manifest(
                &path,
                "it is empty",
                records(&staged, &before, &path),
            ));
            lost.insert(path);
        }
        for left in &listing.unfinished {
            let path = left.window.path().to_string();
            if staged.contains_key(&path) || before.contains_key(path.as_str()) {
                unread.push(UnreadFile::manifest(
                    &path,
                    GONE,
                    records(&staged, &before, &path),
                ));
                lost.insert(path);
            }
        }
        let mut leaving = BTreeSet::new();
        for (window, StagedWindow { dataset, records }) in &staged {
            if !datasets.contains(dataset) {
                leaving.insert(dataset.clone());
                continue;
            }
            if landed.contains_key(window) {
                continue;
            }
            stale.insert(dataset.clone());
            if taken_back.contains(window) {
                unlanded += 1;
            } else if !lost.contains(window) {
                gone.push(format!(
                    "the window `{window}` is missing from the landing; its {records} records are no longer in any table"
                ));
            }
        }
        gone.sort();

        // Windows that the base staged without a body: once it is restored, the window is read
        // again.
        let mut still_unread = Vec::new();
        for file in &noted {
            let Some(window) = landed.get(&file.window) else {
                continue;
            };
            if stale.contains(&window.dataset) || !staged.contains_key(&file.window) {
                continue;
            }
            match self.read_again(window, file).await? {
                Some(still) => still_unread.push((&window.dataset, still)),
                None => {
                    stale.insert(window.dataset.clone());
                }
            }
        }
        // Bodies of stale datasets are checked again while they are staged.
        still_unread.retain(|(dataset, _)| !stale.contains(dataset));
        unread.extend(still_unread.into_iter().map(|(_, file)| file));
        let staged_datasets = staged.values().map(|window| &window.dataset);
        leaving.extend(
            staged_datasets
                .filter(|dataset| stale.contains(dataset))
                .cloned(),
        );

        let mut wanted = listing.windows;
        wanted.retain(|window| {
            stale.contains(&window.dataset) || !staged.contains_key(window.path().as_ref())
        });
        let landing = &self.warehouse.landing;
        let manifests: Vec<_> = futures::stream::iter(wanted)
            .map(|window| async move {
                let manifest = landing.manifest(&window).await;
                Ok::<_, Error>((window, unless_damaged(manifest)?))
            })
            .buffered(MANIFESTS_AT_ONCE)
            .try_collect()
            .await?;
        let mut new = Vec::with_capacity(manifests.len());
        for (window, manifest) in manifests {
            match manifest {
                Ok(manifest) => new.push((window, manifest)),
                Err(reason) => {
                    let path = window.path().to_string();
                    unread.push(UnreadFile::manifest(
                        &path,
                        &reason,
                        records(&staged, &before, &path),
                    ));
                }
            }
        }
        Ok(Found {
            new,
            unread,
            gone,
            unlanded,
            stale,
            leaving,
        })
    }

    /// Whether a file that could not be read is still unreadable.
    async fn read_again(
        &self,
        window: &WindowRef,
        file: &UnreadFile,
    ) -> Result<Option<UnreadFile>> {
        let landing = &self.warehouse.landing;
        let manifest = match unless_damaged(landing.manifest(window).await)? {
            Ok(manifest) => manifest,
            // Its rows are in the base; the body is still what is missing.
            Err(_) => return Ok(Some(file.clone())),
        };
        let entry = manifest.bodies.iter().find(|entry| {
            let path = window.path().join(entry.file.as_str());
            path.as_ref() == file.file
        });
        let Some(entry) = entry else {
            return Ok(None);
        };
        let body = unless_damaged(landing.body(window, entry).await)?;
        Ok(body.err().map(|reason| UnreadFile {
            reason,
            ..file.clone()
        }))
    }
}

/// Records that were staged of a window, or are known to be missing.
fn records(
    staged: &HashMap<String, StagedWindow>,
    before: &HashMap<&str, &UnreadFile>,
    window: &str,
) -> Option<u64> {
    let noted = || before.get(window).and_then(|file| file.records);
    let staged = staged.get(window).map(|window| window.records);
    staged.or_else(noted)
}
