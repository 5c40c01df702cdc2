//! `jobtide backup`: the whole store and the state, with a list of its objects.
//!
//! The list (`backup.json`) is written last: a backup without it is invalid. Builds, take-downs and
//! rollbacks wait while a backup is made; collections continue, and their unfinished windows are
//! left out.

use std::collections::HashSet;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use kernel::{hex, without_credentials};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::app::{App, open_store};
use crate::cli;
use crate::messages::Messages;

/// The list of a backup.
pub const LIST: &str = "backup.json";

/// The copy of the state within a backup.
pub const STATE: &str = "state/jobtide.db";

/// Exists while a store is being restored, and after an interrupted restore.
pub const MARKER: &str = "state/restoring.json";

/// The folders of a store; anything else is foreign.
pub const FOLDERS: [&str; 4] = ["landing", "warehouse", "builds", "state"];

/// Number of objects copied concurrently.
const COPIES_AT_ONCE: usize = 8;

const FORMAT: u32 = 1;

/// The content of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    pub format: u32,
    pub program: String,
    pub made_at: Timestamp,
    /// SHA-256 of the lines `sha256 bytes path` of all objects: it detects a truncated list.
    pub digest: String,
    /// By path.
    pub objects: Vec<Object>,
}

/// One object of a backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Makes a backup in an empty place.
pub async fn run(app: &App, args: &cli::Backup, messages: &Messages) -> Result<()> {
    outside(app, &args.to)?;
    if !app.landing.is_store().await? {
        bail!(
            "the store `{}` holds nothing yet: there is nothing to back up\nhint: if it should not be empty, check `storage.url` in the settings and the folder this is run in",
            app.settings.storage.shown()
        );
    }
    let target = open_store(&args.to).context("the place of the backup")?;
    let to = without_credentials(&args.to);
    let lock = app.writer_lock().acquire_to_read(messages).await?;
    let made = make(app, &target).await;
    if let Some(lock) = lock {
        lock.release().await;
    }
    let list = made.with_context(|| format!("the backup to `{to}` is not complete"))?;
    let bytes: u64 = list.objects.iter().map(|object| object.bytes).sum();
    messages.say(&format!(
        "backed up {} objects, {bytes} bytes, to `{to}`",
        list.objects.len(),
    ));
    Ok(())
}

/// A backup inside the store would be part of the next one, and be lost with the store.
fn outside(app: &App, to: &str) -> Result<()> {
    let (Some(store), Some(to_path)) = (local(&app.settings.storage.url), local(to)) else {
        return Ok(());
    };
    // The folder itself need not exist yet.
    let to_path = std::path::absolute(&to_path)?;
    let there = to_path
        .ancestors()
        .find_map(|folder| folder.canonicalize().ok());
    if there.is_some_and(|there| there.starts_with(store.canonicalize().unwrap_or(store))) {
        bail!("`{to}` lies inside the store\nhint: name a folder on another disk, or a bucket");
    }
    Ok(())
}

/// The folder that a storage URL names, if it names one.
pub fn local(url: &str) -> Option<PathBuf> {
    match url.split_once("://") {
        None => Some(PathBuf::from(url)),
        Some(("file", _)) => url::Url::parse(url).ok()?.to_file_path().ok(),
        Some(_) => None,
    }
}

/// Copies the store and the state to `target`, then writes the list.
pub async fn make(app: &App, target: &Arc<dyn ObjectStore>) -> Result<List> {
    if let Some(there) = target.list(None).next().await {
        let there = there?.location;
        bail!("it is not empty: there is `{there}`\nhint: name an empty folder or prefix");
    }
    let mut objects: Vec<Object> = futures::stream::iter(paths(app).await?)
        .map(|path| async move { copy(&app.store, target, &path).await })
        .buffer_unordered(COPIES_AT_ONCE)
        .try_collect()
        .await?;
    objects.extend(copy_state(&app.state_file(), target).await?);
    objects.sort();
    let list = List {
        format: FORMAT,
        program: landing::PROGRAM.to_owned(),
        made_at: app.now(),
        digest: digest(&objects),
        objects,
    };
    let mut bytes = serde_json::to_vec_pretty(&list)?;
    bytes.push(b'\n');
    // Sealed: a reported backup survives a power cut.
    let options = landing::sealed(PutMode::Overwrite);
    let path = Path::from(LIST);
    target.put_opts(&path, bytes.into(), options).await?;
    Ok(list)
}

/// The objects of a store that a backup holds. A window's manifest is its last object: when the
/// first listing shows it, the second one shows all of the window.
async fn paths(app: &App) -> Result<Vec<Path>> {
    let listing = app.landing.list().await?;
    let windows = listing
        .windows
        .iter()
        .chain(&listing.unsound)
        .map(|window| window.path().to_string());
    let mut complete: HashSet<String> = windows.collect();
    // Including the tombstones of windows that were taken back.
    let unlanded = listing.unlanded.iter();
    complete.extend(unlanded.map(|unlanded| unlanded.window.path().to_string()));
    if !listing.unfinished.is_empty() {
        // A window that kept builds were made from has lost its manifest: its bodies are all that is left.
        let kept = app.warehouse.windows_of_kept_builds().await?;
        let paths = listing
            .unfinished
            .iter()
            .map(|window| window.window.path().to_string());
        complete.extend(paths.filter(|path| kept.as_ref().is_none_or(|kept| kept.contains(path))));
    }
    let records = app.warehouse.builds().records().await?;
    let named: HashSet<&str> = records
        .sound
        .iter()
        .flat_map(|record| record.tables.values())
        .flat_map(|table| &table.files)
        .map(|file| file.path.as_str())
        .collect();
    let mut paths = Vec::new();
    for folder in FOLDERS {
        let mut objects = app.store.list(Some(&Path::from(folder)));
        while let Some(object) = objects.try_next().await? {
            let path = object.location;
            let (parent, _) = path.as_ref().rsplit_once('/').unwrap_or_default();
            let unfinished =
                folder == "landing" && parent != "landing" && !complete.contains(parent);
            let unnamed = folder == "warehouse"
                && path.as_ref().ends_with(".parquet")
                && !path.as_ref().contains("/_delta_log/")
                && !named.contains(path.as_ref())
                && !records
                    .damaged
                    .iter()
                    .any(|record| record.may_name(path.as_ref()));
            if !unfinished && !unnamed && !is_local(&path) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

/// Files of the state folder that are of no use elsewhere: locks, leases, reserved calls, and the
/// live database, which is copied separately.
pub fn is_local(path: &Path) -> bool {
    path.as_ref().strip_prefix("state/").is_some_and(|rest| {
        rest.starts_with("jobtide.db")
            || rest.ends_with(".lock")
            || rest.starts_with("calls/")
            || rest.starts_with("leases/")
            || rest.ends_with(".tmp")
            // Its files belong to no build.
            || rest.starts_with("draft-")
            || path.as_ref() == MARKER
    })
}

async fn copy_state(file: &FilePath, target: &Arc<dyn ObjectStore>) -> Result<Option<Object>> {
    if !file.exists() {
        return Ok(None);
    }
    // Not next to it: a backup only reads the store and may lack write permission there.
    let folder = tempfile::Builder::new()
        .prefix(orchestrator::COPIES)
        .tempdir();
    let folder = folder.context("cannot copy the state to a temporary folder")?;
    let copy = folder.path().join("jobtide.db");
    let doing = || format!("cannot copy the state to `{}`", copy.display());
    let state = orchestrator::State::open_to_read(file).await?;
    state.copy_to(&copy).await?;
    state.close().await;
    let bytes = tokio::fs::read(&copy).await.with_context(doing)?;
    let object = Object {
        path: STATE.to_owned(),
        bytes: bytes.len() as u64,
        sha256: hex(&Sha256::digest(&bytes)),
    };
    target.put(&Path::from(STATE), bytes.into()).await?;
    Ok(Some(object))
}

/// Streams a copy of an object and describes it.
pub async fn copy(
    from: &Arc<dyn ObjectStore>,
    to: &Arc<dyn ObjectStore>,
    path: &Path,
) -> Result<Object> {
    let mut writer = BufWriter::new(to.clone(), path.clone());
    let copied = read_through(from, path, Some(&mut writer)).await?;
    let copying = || format!("cannot write `{path}`");
    writer.shutdown().await.with_context(copying)?;
    Ok(copied)
}

/// Reads an object as a stream, into a writer or only to compute its checksum.
pub async fn read_through(
    from: &Arc<dyn ObjectStore>,
    path: &Path,
    mut writer: Option<&mut BufWriter>,
) -> Result<Object> {
    let reading = || format!("cannot read `{path}`");
    let mut chunks = from.get(path).await.with_context(reading)?.into_stream();
    let mut hash = Sha256::new();
    let mut bytes = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.with_context(reading)?;
        hash.update(&chunk);
        bytes += chunk.len() as u64;
        if let Some(writer) = writer.as_deref_mut() {
            let writing = || format!("cannot write `{path}`");
            writer.put(chunk).await.with_context(writing)?;
        }
    }
    Ok(Object {
        path: path.to_string(),
        bytes,
        sha256: hex(&hash.finalize()),
    })
}

/// The digest that a list carries.
pub fn digest(objects: &[Object]) -> String {
    let mut hash = Sha256::new();
    for object in objects {
        hash.update(format!(
            "{} {} {}\n",
            object.sha256, object.bytes, object.path
        ));
    }
    hex(&hash.finalize())
}

impl List {
    /// Reads the list of a backup and verifies its digest.
    pub async fn read(backup: &Arc<dyn ObjectStore>) -> Result<Self> {
        let bytes = match backup.get(&Path::from(LIST)).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => bail!(
                "there is no `{LIST}`: it is not a backup, or an incomplete one\nhint: name the place given to `jobtide backup --to`"
            ),
            Err(error) => return Err(error).context(format!("cannot read `{LIST}`")),
        };
        let list: Self =
            serde_json::from_slice(&bytes).with_context(|| format!("`{LIST}` is damaged"))?;
        if list.format != FORMAT {
            bail!(
                "`{LIST}` has format {}, this version reads {FORMAT}\nhint: restore with the version that made it ({})",
                list.format,
                list.program
            );
        }
        if digest(&list.objects) != list.digest {
            bail!("`{LIST}` is damaged: its digest does not match its objects");
        }
        Ok(list)
    }
}
