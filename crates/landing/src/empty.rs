//! Emptying the folder of a store that may be deleted: all of it, or nothing.

use std::io;
use std::path::{Path as FilePath, PathBuf};

use object_store::path::Path;
use walkdir::WalkDir;

use crate::layout;

/// Removes everything that the program wrote into a folder. If it contains anything else, a link
/// included, nothing is removed and the first such path is returned.
///
/// # Errors
/// File system errors; some files may be deleted by then.
pub fn empty_store(folder: &FilePath) -> io::Result<Option<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1).contents_first(true) {
        let entry = entry?;
        if entry.file_type().is_dir() {
            folders.push(entry.into_path());
        } else if entry.file_type().is_file() && is_ours(folder, entry.path()) {
            files.push(entry.into_path());
        } else {
            return Ok(Some(entry.into_path()));
        }
    }
    files.iter().try_for_each(std::fs::remove_file)?;
    // Depth first, so a folder is empty when it is removed.
    folders.iter().try_for_each(std::fs::remove_dir)?;
    Ok(None)
}

fn is_ours(root: &FilePath, file: &FilePath) -> bool {
    let Some(path) = file.strip_prefix(root).ok().and_then(FilePath::to_str) else {
        return false;
    };
    layout::is_part_of_ours(path) || Path::parse(path).is_ok_and(|path| layout::is_ours(&path))
}
