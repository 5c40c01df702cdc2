//! `jobtide land`

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use futures::{StreamExt as _, stream};
use landing::{Dataset, Landed, SavedFiles};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::cli;
use crate::exit::text;
use crate::lock::LandingLock;
use crate::messages::{Messages, tell};

/// Files that land at once. They share the syncs that make them durable, so that a file costs the
/// same however many there are.
const FILES_AT_ONCE: usize = 64;

/// The files that are held in memory at once may add up to this, in mebibytes; a larger one is alone.
const MEBIBYTES_AT_ONCE: u32 = 256;

async fn land<'a>(
    app: &App,
    saved: &SavedFiles,
    room: &Semaphore,
    file: &'a Path,
) -> (&'a Path, landing::Result<Landed>) {
    let bytes = std::fs::metadata(file).map_or(0, |about| about.len());
    let mebibytes = u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
    let share = mebibytes.saturating_add(1).min(MEBIBYTES_AT_ONCE);
    let _room = room.acquire_many(share).await;
    (file, saved.land_file(file, app.now()).await)
}

/// Files that no build could read anything of are refused.
fn with_reader(app: &App, saved: SavedFiles, dataset: &Dataset) -> SavedFiles {
    match app.warehouse.saved_reader(dataset.source(), dataset.name()) {
        Some(reader) => saved.with_reader(Arc::new(reader)),
        None => saved,
    }
}

/// Lands files; one that cannot be read does not hold up the others.
pub async fn run(app: &App, args: &cli::Land, messages: &Messages) -> Result<()> {
    let dataset = Dataset::new(args.source.name(), "recruit")?;
    // Before the lock is written: a folder that is no store must not become one.
    app.landing.claim().await?;
    let _lock = LandingLock::acquire(&app.state_folder(), messages).await?;
    let saved = app.landing.saved_files(dataset.clone()).await?;
    let saved = with_reader(app, saved, &dataset);
    let room = Semaphore::new(MEBIBYTES_AT_ONCE as usize);
    let mut landed = stream::iter(&args.files)
        .map(|file| land(app, &saved, &room, file))
        .buffered(FILES_AT_ONCE);
    let (mut new, mut known) = (0_usize, 0_usize);
    let mut failed = Vec::new();
    while let Some((file, landed)) = landed.next().await {
        match landed {
            Ok(Landed::New(_)) => new += 1,
            Ok(Landed::Empty(_)) => {
                new += 1;
                messages.say(&format!(
                    "`{}` is landed; it says that there are no postings",
                    file.display()
                ));
            }
            Ok(Landed::Known(_)) => {
                known += 1;
                messages.say(&format!(
                    "`{}` was landed before: nothing to do",
                    file.display()
                ));
            }
            Err(error) => {
                let error = text(&error.into());
                tell(&format!("error: `{}`: {error}", file.display()));
                failed.push(file.display().to_string());
            }
        }
    }
    let next = match new {
        0 => "",
        _ => "; `jobtide build` makes tables of them",
    };
    messages.say(&format!("landed {new} new files, {known} known ones{next}"));
    if failed.is_empty() {
        return Ok(());
    }
    bail!(
        "{} of {} files were not landed: {}",
        failed.len(),
        args.files.len(),
        failed.join(", ")
    )
}
