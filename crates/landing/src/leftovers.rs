//! What a killed process leaves of local writes. A local store writes a file as `name#1` and renames
//! it; a process that dies in between leaves that file, and the store's own listing never shows it.
//! Removing it is safe once nobody can be writing it any more. Buckets keep nothing of the kind.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use url::Url;

use crate::layout;
use crate::local::is_part;

/// No write takes as long.
const OLD: Duration = Duration::from_secs(24 * 3600);

/// Removes what was left of writes to a local store more than a day before `now`; how many files. A
/// file that cannot be looked at or removed stays for the next time: it does no harm.
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

/// Where a local store lies: it tells in its name alone. `None` for every other store.
fn folder(store: &dyn ObjectStore) -> Option<PathBuf> {
    let name = store.to_string();
    let root = name.strip_prefix("LocalFileSystem(")?.strip_suffix(')')?;
    Url::parse(root).ok()?.to_file_path().ok()
}

fn remove_below(root: &Path, place: &ObjectPath, before: SystemTime) -> usize {
    let folder = root.join(place.as_ref());
    // Links are not followed: what they lead to is somebody else's.
    if !folder.symlink_metadata().is_ok_and(|about| about.is_dir()) {
        return 0;
    }
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return 0;
    };
    let mut removed = 0;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let (Ok(about), Some(name)) = (entry.metadata(), name.to_str()) else {
            continue;
        };
        if about.is_dir() {
            if let Ok(below) = ObjectPath::parse(format!("{place}/{name}")) {
                removed += remove_below(root, &below, before);
            }
        } else if about.is_file()
            && is_ours(place, name)
            && about.modified().is_ok_and(|written| written < before)
        {
            match std::fs::remove_file(entry.path()) {
                Ok(()) => {
                    removed += 1;
                    // Refused unless it was the last file of a window that holds nothing else.
                    std::fs::remove_dir(&folder).ok();
                }
                Err(error) => {
                    let path = entry.path();
                    tracing::warn!(path = %path.display(), %error, "what was left of a write stays");
                }
            }
        }
    }
    removed
}

/// Whether the store writes a file of this name before it gives it its own: a name that the program
/// gives at this place, then `#` and digits.
fn is_ours(place: &ObjectPath, name: &str) -> bool {
    let Some((name, _)) = name.split_once('#').filter(|_| is_part(name)) else {
        return false;
    };
    layout::is_ours(&place.clone().join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_of_writes_under_way_are_removed() {
        for (place, name, ours) in [
            ("builds", "000000000012.json#1", true),
            ("landing", "origin.json#23", true),
            ("builds", "000000000012.json", false),
            ("builds", "000000000012.json#", false),
            ("builds", "000000000012.json#1a", false),
            ("builds", "000000000012.json#1#1", false),
            ("builds", "notes.json#1", false),
            ("landing", "000000000012.json#1", false),
        ] {
            assert_eq!(is_ours(&place.into(), name), ours, "{place}/{name}");
        }
    }

    #[test]
    fn a_local_store_tells_where_it_lies_and_others_do_not() {
        let root = tempfile::tempdir().expect("a folder");
        let place = root.path().join("with space");
        let store = crate::open_store(place.to_str().expect("text")).expect("a store");
        let told = folder(store.as_ref()).expect("a folder");
        assert_eq!(told, place.canonicalize().expect("it is there"));
        let memory = crate::open_store("memory:///").expect("a store");
        assert_eq!(folder(memory.as_ref()), None);
    }
}
