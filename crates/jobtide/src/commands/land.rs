//! `jobtide land`

use std::io::{Write as _, stdout};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use futures::{Stream, StreamExt as _, stream};
use landing::{Dataset, Landed, Prospect, SavedFiles, Would};
use tokio::sync::Semaphore;
use warehouse::escaped_lines;

use crate::app::App;
use crate::cli;
use crate::exit::text;
use crate::lock::LandingLock;
use crate::messages::{Messages, tell};

/// Number of files that land concurrently. They share the syncs that make them durable, so that the
/// cost per file does not grow with their number.
const FILES_AT_ONCE: usize = 64;

/// Total size of the files in memory at once, in mebibytes; a larger one is read alone.
const MEBIBYTES_AT_ONCE: u32 = 256;

/// Lands files; one that cannot be read does not block the others.
pub async fn run(app: &App, args: &cli::Land, messages: &Messages) -> Result<()> {
    let description = &app.sources.named(&args.source)?.description;
    let dataset = Dataset::new(&description.source, &description.dataset)?;
    if args.dry_run {
        return look(app, args, dataset, messages).await;
    }
    // Before the lock is written: a foreign folder must not become a store.
    app.landing.claim().await?;
    let _lock = LandingLock::acquire(&app.state_folder(), messages).await?;
    let saved = app.landing.saved_files(dataset.clone()).await?;
    let saved = with_reader(app, saved, &dataset);
    let mut landed = each(&args.files, async |file| {
        saved.land_file(file, app.now()).await
    });
    let (mut new, mut known) = (0_usize, 0_usize);
    let mut failed = Failed::default();
    while let Some((file, landed)) = landed.next().await {
        let name = file.display();
        match landed {
            Ok(Landed::New(_)) => new += 1,
            Ok(Landed::Empty(_)) => {
                new += 1;
                messages.say(&format!(
                    "`{name}` is landed; it states that there are no postings"
                ));
            }
            Ok(Landed::Again(_)) => {
                new += 1;
                messages.say(&format!(
                    "`{name}` was landed before and taken back since: it is included again"
                ));
            }
            Ok(Landed::Known(_)) => {
                known += 1;
                messages.say(&format!("`{name}` was landed before: nothing to do"));
            }
            Err(error) => failed.tell(file, error),
        }
    }
    let next = match new {
        0 => "",
        _ => "; `jobtide build` builds tables from them",
    };
    messages.say(&format!("landed {new} new files, {known} known ones{next}"));
    failed.end("were not landed", args.files.len())
}

/// Reports what each file is, and what landing it would do.
async fn look(app: &App, args: &cli::Land, dataset: Dataset, messages: &Messages) -> Result<()> {
    let saved = app.landing.saved_files_to_look(dataset.clone()).await?;
    let saved = with_reader(app, saved, &dataset);
    let mut looked = each(&args.files, async |file| saved.prospect(file).await);
    let mut out = stdout();
    let (mut new, mut known) = (0_usize, 0_usize);
    let mut failed = Failed::default();
    while let Some((file, looked)) = looked.next().await {
        match looked {
            Ok(prospect) => {
                match prospect.would {
                    Would::Land | Would::CountAgain(_) => new += 1,
                    Would::Know(_) => known += 1,
                }
                let line = format!("{}: {}", file.display(), described(&prospect));
                writeln!(out, "{}", escaped_lines(&line))?;
            }
            Err(error) => failed.tell(file, error),
        }
    }
    messages.say(&format!(
        "would land {new} new files, {known} known ones; nothing was written"
    ));
    failed.end("would not be landed", args.files.len())
}

/// The form of a file and the effect of landing it, in one line.
fn described(prospect: &Prospect) -> String {
    let mut text = String::new();
    if let Some(examined) = &prospect.examined {
        let postings = match examined.records {
            1 => "1 posting".to_owned(),
            records => format!("{records} postings"),
        };
        text = format!("{postings} ({})", examined.form);
        if let Some((line, reason)) = &examined.first_rejected {
            text = format!(
                "{text}, {} that cannot be read (the first in line {line}: {reason})",
                examined.rejected
            );
        }
        text.push_str("; ");
    }
    text.push_str(&match &prospect.would {
        Would::Land => "new".to_owned(),
        Would::Know(window) => format!("landed before as `{window}`"),
        Would::CountAgain(window) => {
            format!("landed before as `{window}` and taken back since: would be included again")
        }
    });
    text
}

/// Refuses files without a readable record.
fn with_reader(app: &App, saved: SavedFiles, dataset: &Dataset) -> SavedFiles {
    match app.warehouse.saved_reader(dataset.source(), dataset.name()) {
        Some(reader) => saved.with_reader(Arc::new(reader)),
        None => saved,
    }
}

/// Reads files concurrently, as far as they fit in memory; results are in order.
fn each<'a, T>(
    files: &'a [std::path::PathBuf],
    read: impl AsyncFn(&'a Path) -> landing::Result<T> + 'a,
) -> impl Stream<Item = (&'a Path, landing::Result<T>)> + Unpin
where
    T: 'a,
{
    let read = Arc::new(read);
    let room = Arc::new(Semaphore::new(MEBIBYTES_AT_ONCE as usize));
    let reads = stream::iter(files).map(move |file| {
        let (read, room) = (read.clone(), room.clone());
        async move {
            let bytes = std::fs::metadata(file).map_or(0, |about| about.len());
            let mebibytes = u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
            let share = mebibytes.saturating_add(1).min(MEBIBYTES_AT_ONCE);
            let _room = room.acquire_many(share).await;
            (file.as_path(), read(file).await)
        }
    });
    Box::pin(reads.buffered(FILES_AT_ONCE))
}

/// Files that could not be processed.
#[derive(Debug, Default)]
pub struct Failed(Vec<String>);

impl Failed {
    /// Reports the error, and continues.
    pub fn tell(&mut self, file: &Path, error: landing::Error) {
        let error = text(&error.into());
        tell(&format!("error: `{}`: {error}", file.display()));
        self.0.push(file.display().to_string());
    }

    /// The command's error if any of the `files` failed; `what` describes the failure.
    pub fn end(self, what: &str, files: usize) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        bail!(
            "{} of {files} files {what}: {}",
            self.0.len(),
            self.0.join(", ")
        )
    }
}
