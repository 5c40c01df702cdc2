//! Partial files that a killed process leaves behind in a local store. A local store writes a file
//! as `name#1` and renames it; a process that dies in between leaves that file, and the store's own
//! listing never shows it. Removing it is safe once no process can still be writing it. Buckets
//! have no such files.

use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;

use crate::layout;
use crate::store::folder;

/// No write takes this long.
const OLD: Duration = Duration::from_secs(24 * 3600);

/// Removes partial files that were written to a local store more than a day before `now`; returns
/// how many. A file that cannot be inspected or removed is harmless and left for the next call.
pub(crate) async fn remove(store: &dyn ObjectStore, now: Timestamp) -> usize {
    let Some(root) = folder(store) else {
        return 0;
    };
    let before = SystemTime::from(now).checked_sub(OLD);
    let removing = tokio::task::spawn_blocking(move || {
        let before = before.unwrap_or(SystemTime::UNIX_EPOCH);
        let own = layout::FOLDERS.iter();
        own.map(|folder| remove_below(&root, &ObjectPath::from(*folder), before))
            .sum()
    });
    removing.await.unwrap_or(0)
}

fn remove_below(root: &Path, place: &ObjectPath, before: SystemTime) -> usize {
    let folder = root.join(place.as_ref());
    // Links are not followed: their targets are foreign.
    if !folder.symlink_metadata().is_ok_and(|about| about.is_dir()) {
        return 0;
    }
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return 0;
    };
    let mut removed = 0;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let (Ok(kind), Some(name)) = (entry.file_type(), name.to_str()) else {
            continue;
        };
        if kind.is_dir() {
            if let Ok(below) = ObjectPath::parse(format!("{place}/{name}")) {
                removed += remove_below(root, &below, before);
            }
        // Its name is known without a stat: there may be ten thousand others.
        } else if kind.is_file()
            && layout::is_part_of_ours(&format!("{place}/{name}"))
            && let Ok(about) = entry.metadata()
            && about.modified().is_ok_and(|written| written < before)
        {
            match std::fs::remove_file(entry.path()) {
                Ok(()) => {
                    removed += 1;
                    // Fails unless the folder is empty now.
                    std::fs::remove_dir(&folder).ok();
                }
                Err(error) => {
                    let path = entry.path();
                    tracing::warn!(path = %path.display(), %error, "a leftover of an interrupted write could not be removed");
                }
            }
        }
    }
    removed
}
