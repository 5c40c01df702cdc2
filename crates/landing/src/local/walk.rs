//! Listing a folder without following links.
//!
//! A store's folder may contain anything: links to elsewhere, circular or dangling ones, names that
//! are invalid for objects, files that are being written. None of these is an object, and none
//! prevents the others from being listed.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ListResult, ObjectMeta, Result};
use walkdir::{DirEntry, WalkDir};

use super::{STORE, blocking, failed};
use crate::layout::is_part;

/// Entries inspected per batch.
const CHUNK: usize = 1024;

/// Everything below a prefix, in no order; with an offset, only what comes after it by name.
pub(super) fn below(
    root: Arc<PathBuf>,
    prefix: Option<Path>,
    offset: Option<Path>,
) -> BoxStream<'static, Result<ObjectMeta>> {
    let folder = folder(&root, prefix.as_ref());
    let entries = match is_plain(&root, &folder) {
        Ok(true) => WalkDir::new(folder).min_depth(1).into_iter(),
        Ok(false) => return stream::empty().boxed(),
        Err(error) => return stream::once(std::future::ready(Err(error))).boxed(),
    };
    stream::try_unfold(Some(entries), move |entries| {
        let (root, offset) = (root.clone(), offset.clone());
        async move {
            let Some(mut entries) = entries else {
                return Ok(None);
            };
            blocking(move || {
                let mut objects = Vec::new();
                for _ in 0..CHUNK {
                    let Some(entry) = entries.next() else {
                        return Ok(Some((objects, None)));
                    };
                    let Some(entry) = there(entry)? else { continue };
                    if let Some(object) = object(&root, &entry, offset.as_ref())? {
                        objects.push(Ok(object));
                    }
                }
                Ok(Some((objects, Some(entries))))
            })
            .await
        }
    })
    .map_ok(stream::iter)
    .try_flatten()
    .boxed()
}

/// The objects and folders right below a prefix.
pub(super) async fn level(root: Arc<PathBuf>, prefix: Option<Path>) -> Result<ListResult> {
    blocking(move || {
        let folder = folder(&root, prefix.as_ref());
        let mut found = ListResult {
            common_prefixes: Vec::new(),
            objects: Vec::new(),
        };
        if !is_plain(&root, &folder)? {
            return Ok(found);
        }
        let mut folders = BTreeSet::new();
        for entry in WalkDir::new(folder).min_depth(1).max_depth(1) {
            let Some(entry) = there(entry)? else { continue };
            if entry.file_type().is_dir() {
                folders.extend(location(&root, &entry));
            } else if let Some(object) = object(&root, &entry, None)? {
                found.objects.push(object);
            }
        }
        found.common_prefixes.extend(folders);
        Ok(found)
    })
    .await
}

fn folder(root: &std::path::Path, prefix: Option<&Path>) -> PathBuf {
    let mut folder = root.to_owned();
    for part in prefix.into_iter().flat_map(Path::parts) {
        folder.push(part.as_ref());
    }
    folder
}

/// Whether a folder exists and can be reached from the root without a link. One without
/// read permission is an error: it must not pass for empty.
fn is_plain(root: &std::path::Path, folder: &std::path::Path) -> Result<bool> {
    for part in folder.ancestors().take_while(|part| *part != root) {
        match part.symlink_metadata() {
            Ok(about) if about.is_dir() => {}
            Ok(_) => return Ok(false),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(false);
            }
            Err(error) => return Err(failed(part, error)),
        }
    }
    Ok(true)
}

/// An entry, unless it was removed meanwhile.
fn there(entry: walkdir::Result<DirEntry>) -> Result<Option<DirEntry>> {
    match entry {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.io_error().is_some_and(gone) => Ok(None),
        // A disk's own folder (`lost+found`), which only root may read, is not part of a store.
        Err(error)
            if error
                .path()
                .is_some_and(|path| path.ends_with("lost+found")) =>
        {
            Ok(None)
        }
        Err(error) => Err(Error::Generic {
            store: STORE,
            source: error.into(),
        }),
    }
}

fn gone(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// The object that a plain file is; `None` for links, temporary files and invalid object names.
fn object(
    root: &std::path::Path,
    entry: &DirEntry,
    offset: Option<&Path>,
) -> Result<Option<ObjectMeta>> {
    if !entry.file_type().is_file() {
        return Ok(None);
    }
    let Some(location) = location(root, entry) else {
        return Ok(None);
    };
    if is_part(location.filename().unwrap_or_default()) {
        return Ok(None);
    }
    if offset.is_some_and(|offset| location <= *offset) {
        return Ok(None);
    }
    let about = match entry.metadata() {
        Ok(about) => about,
        Err(error) if error.io_error().is_some_and(gone) => return Ok(None),
        Err(error) => {
            return Err(Error::Generic {
                store: STORE,
                source: error.into(),
            });
        }
    };
    let modified = about.modified().unwrap_or(std::time::UNIX_EPOCH);
    Ok(Some(ObjectMeta {
        location,
        last_modified: modified.into(),
        size: about.len(),
        e_tag: None,
        version: None,
    }))
}

/// The location of an entry; `None` where its name is not a valid one.
fn location(root: &std::path::Path, entry: &DirEntry) -> Option<Path> {
    let relative = entry.path().strip_prefix(root).ok()?;
    let parts = relative.components().map(|part| part.as_os_str().to_str());
    let parts = parts.collect::<Option<Vec<&str>>>()?;
    Path::parse(parts.join("/")).ok()
}
