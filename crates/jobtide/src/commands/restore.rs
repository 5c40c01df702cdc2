//! `jobtide restore`: a backup into an empty store.
//!
//! Everything is read and compared with its checksum before anything is written, and again while it
//! is copied; the builds come last, so that no reader sees half a store. An interrupted restore
//! leaves a marker, and the same command starts over.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use futures::{StreamExt as _, TryStreamExt as _};
use kernel::without_credentials;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode};

use super::backup::{FOLDERS, List, MARKER, Object, STATE, copy, is_local, local, read_through};
use crate::app::{App, open_store};
use crate::cli;
use crate::messages::Messages;

/// Number of objects read or copied concurrently.
const OBJECTS_AT_ONCE: usize = 8;

/// Restores a backup, or names the object that is damaged.
pub async fn run(app: &App, args: &cli::Restore, messages: &Messages) -> Result<()> {
    if local(&args.from).is_some_and(|folder| !folder.is_dir()) {
        bail!("there is no backup at `{}`", args.from);
    }
    let backup = open_store(&args.from).context("the backup")?;
    let from = without_credentials(&args.from);
    let refused = || format!("`{from}` was not restored");
    // Before the lock is written: a refused restore leaves no files.
    let list = examine(app, &backup).await.with_context(refused)?;
    let lock = app.writer_lock().acquire(messages).await?;
    let restored = restore(app, &backup, &list).await;
    lock.release().await;
    restored.with_context(refused)?;
    messages.say(&format!(
        "restored {} objects of the backup made at {}",
        list.objects.len(),
        list.made_at
    ));
    Ok(())
}

/// Reads the whole backup, and checks whether it can be restored into the configured store. Writes
/// nothing.
async fn examine(app: &App, backup: &Arc<dyn ObjectStore>) -> Result<List> {
    let list = List::read(backup).await?;
    refuse_what_is_there(app, &list).await?;
    each(&list.objects, |object| async move {
        let path = path(object)?;
        same(object, &read_through(backup, &path, None).await?)
    })
    .await?;
    Ok(list)
}

/// Copies a verified backup into the configured store.
async fn restore(app: &App, backup: &Arc<dyn ObjectStore>, list: &List) -> Result<()> {
    // Another process may have restored while this one waited for the lock.
    refuse_what_is_there(app, list).await?;
    app.landing.claim().await?;
    let marker = Path::from(MARKER);
    // Sealed: what was copied before is durable when this returns.
    let seal = async || {
        let digest = list.digest.clone().into_bytes();
        let options = landing::sealed(PutMode::Overwrite);
        app.store.put_opts(&marker, digest.into(), options).await
    };
    let (builds, others): (Vec<Object>, Vec<Object>) = list
        .objects
        .iter()
        .cloned()
        .partition(|object| object.path.starts_with("builds/"));
    for objects in [others, builds] {
        seal().await?;
        each(&objects, |object| async move {
            if object.path == STATE {
                return restore_state(app, backup, object).await;
            }
            same(object, &copy(backup, &app.store, &path(object)?).await?)
        })
        .await?;
    }
    if list
        .objects
        .iter()
        .any(|object| object.path == warehouse::build::COMMITTING)
    {
        // A publication in progress when the backup was made is not in progress here: the next
        // build compares all Delta logs and waits for no other writer.
        let marker = Path::from(warehouse::build::COMMITTING);
        app.store.put(&marker, "[]".into()).await?;
    }
    seal().await?;
    app.store.delete(&marker).await?;
    Ok(())
}

async fn each<'a, F, R>(objects: &'a [Object], act: F) -> Result<()>
where
    F: Fn(&'a Object) -> R,
    R: Future<Output = Result<()>>,
{
    futures::stream::iter(objects)
        .map(act)
        .buffer_unordered(OBJECTS_AT_ONCE)
        .try_collect()
        .await
}

/// The store must be empty, except for leftovers of an earlier attempt of the same restore.
async fn refuse_what_is_there(app: &App, list: &List) -> Result<()> {
    let marker = match app.store.get(&Path::from(MARKER)).await {
        Ok(found) => Some(found.bytes().await?),
        Err(object_store::Error::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    match marker {
        Some(marker) if marker == list.digest.as_bytes() => return Ok(()),
        Some(_) => bail!(
            "the restore of another backup into `{}` was interrupted\nhint: restore that one, or empty the store first",
            app.settings.storage.shown()
        ),
        None => {}
    }
    let not_empty = |what: &str| {
        anyhow::anyhow!(
            "the store `{}` is not empty: there is `{what}`\nhint: set `storage.url` to an empty folder or prefix, or move away what is there",
            app.settings.storage.shown()
        )
    };
    for folder in FOLDERS {
        let mut objects = app.store.list(Some(&Path::from(folder)));
        while let Some(object) = objects.try_next().await? {
            if !is_local(&object.location) {
                return Err(not_empty(object.location.as_ref()));
            }
        }
    }
    let state = app.state_file();
    if state.exists() {
        return Err(not_empty(&state.display().to_string()));
    }
    Ok(())
}

/// A path of the list, which is untrusted: it must be in a folder of a store.
fn path(object: &Object) -> Result<Path> {
    let path = Path::parse(&object.path).with_context(|| damaged(&object.path))?;
    let known = path.parts().count() > 1
        && FOLDERS.iter().any(|folder| {
            path.parts()
                .next()
                .is_some_and(|part| part.as_ref() == *folder)
        });
    if known && (object.path == STATE || !is_local(&path)) {
        Ok(path)
    } else {
        bail!("{}: it is not an object of a store", damaged(&object.path))
    }
}

fn same(expected: &Object, found: &Object) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    bail!(
        "{}: it holds {} bytes with SHA-256 {}, the list says {} bytes with {}\nhint: use another backup; nothing of this one was restored",
        damaged(&expected.path),
        found.bytes,
        found.sha256,
        expected.bytes,
        expected.sha256
    )
}

fn damaged(path: &str) -> String {
    format!("`{path}` of the backup is damaged")
}

async fn restore_state(app: &App, backup: &Arc<dyn ObjectStore>, object: &Object) -> Result<()> {
    let file = app.state_file();
    let part = file.with_file_name("jobtide.db-restore.tmp");
    let writing = || format!("cannot write `{}`", file.display());
    std::fs::create_dir_all(app.state_folder()).with_context(writing)?;
    let bytes = backup.get(&Path::from(STATE)).await?.bytes().await?;
    let found = read_through(backup, &Path::from(STATE), None).await?;
    same(object, &found)?;
    tokio::fs::write(&part, &bytes)
        .await
        .with_context(writing)?;
    std::fs::rename(&part, &file).with_context(writing)
}
