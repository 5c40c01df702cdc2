//! What a killed process leaves of local writes. A local store writes a file as `name#1` and renames
//! it; a process that dies in between leaves that file, and the store's own listing never shows it.
//! Removing it is safe once nobody can be writing it any more. Buckets keep nothing of the kind.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use object_store::ObjectStore;
use url::Url;

/// No write takes as long.
const OLD: Duration = Duration::from_secs(24 * 3600);

/// The folders below the root that are the program's own; a root may hold other people's files.
const OWN: [&str; 4] = ["landing", "warehouse", "builds", "state"];

/// Removes what was left of writes to a local store more than a day before `now`; how many files. A
/// file that cannot be looked at or removed stays for the next time: it does no harm.
pub(crate) async fn remove(store: &dyn ObjectStore, now: Timestamp) -> usize {
    let Some(root) = folder(store) else {
        return 0;
    };
    let before = SystemTime::from(now).checked_sub(OLD);
    let removing = tokio::task::spawn_blocking(move || {
        let before = before.unwrap_or(SystemTime::UNIX_EPOCH);
        let own = OWN.iter().map(|name| root.join(name));
        own.map(|folder| remove_below(&folder, before)).sum()
    });
    removing.await.unwrap_or(0)
}

/// Where a local store lies: it tells in its name alone. `None` for every other store.
fn folder(store: &dyn ObjectStore) -> Option<PathBuf> {
    let name = store.to_string();
    let root = name.strip_prefix("LocalFileSystem(")?.strip_suffix(')')?;
    Url::parse(root).ok()?.to_file_path().ok()
}

fn remove_below(folder: &Path, before: SystemTime) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let mut removed = 0;
    for entry in entries.flatten() {
        // Links are not followed: what they lead to is somebody else's.
        let Ok(about) = entry.metadata() else {
            continue;
        };
        if about.is_dir() {
            removed += remove_below(&entry.path(), before);
        } else if about.is_file()
            && is_part(&entry.file_name())
            && about.modified().is_ok_and(|written| written < before)
        {
            match std::fs::remove_file(entry.path()) {
                Ok(()) => {
                    removed += 1;
                    // Refused unless it was the last file of a window that holds nothing else.
                    std::fs::remove_dir(folder).ok();
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

/// Whether the store writes files of this name before it renames them: `name#`, then digits.
fn is_part(name: &OsStr) -> bool {
    let Some((_, number)) = name.to_str().and_then(|name| name.split_once('#')) else {
        return false;
    };
    !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_writes_under_way_are_parts() {
        for (name, part) in [
            ("00001.json.zst#1", true),
            ("manifest.json#23", true),
            ("00001.json.zst", false),
            ("00001.json.zst#", false),
            ("note#1a", false),
            ("a#b#1", false),
        ] {
            assert_eq!(is_part(OsStr::new(name)), part, "{name}");
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
