//! Windows to files: reads landed windows in parallel, each worker with its own rows and its own
//! output file, so that memory is bounded by a body and a row group per worker.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use landing::{Format, Landing, Manifest, WindowKind, WindowRef};
use object_store::ObjectStore;

use super::decode::{BodyOrigin, Decoder};
use super::forms::Reading;
use super::keys::FieldTally;
use super::rejects::Rejected;
use super::rows::Rows;
use super::system::WindowOutcome;
use crate::build::unless_damaged;
use crate::error::Result;
use crate::files::{DataFile, FileNames, FileWriter};
use crate::name::TableName;
use crate::publish::UnreadFile;

/// Rows of a batch: enough to encode well, little enough to keep in cache.
const BATCH_ROWS: usize = 4_096;

/// What staging a set of windows gave.
#[derive(Debug)]
pub(crate) struct Staged {
    pub files: Vec<DataFile>,
    pub outcomes: Vec<WindowOutcome>,
    /// Bodies that are damaged or gone: the others of their windows are staged.
    pub unread: Vec<UnreadFile>,
    /// Keys of the postings that were received, for models that can be rebuilt in part. May repeat.
    pub keys: Vec<i64>,
}

/// Everything the workers share.
struct Work {
    store: Arc<dyn ObjectStore>,
    landing: Landing,
    decoder: Arc<Decoder>,
    table: TableName,
    names: Arc<FileNames>,
    bodies: Vec<Body>,
    next: AtomicUsize,
}

/// One body to read, of the window at `window`.
struct Body {
    window: usize,
    reference: WindowRef,
    entry: landing::BodyEntry,
}

/// What one worker found in one window.
struct Part {
    window: usize,
    staged: u64,
    purged: u64,
    /// Whether lines of it are not one record each: who counted lines did not count records.
    uncounted: bool,
    fields: FieldTally,
    rejected: Vec<(String, i64, Rejected)>,
    /// Names of bodies that could not be read, and why.
    unread: Vec<(String, String)>,
}

impl Part {
    fn of(window: usize) -> Self {
        Self {
            window,
            staged: 0,
            purged: 0,
            uncounted: false,
            fields: FieldTally::default(),
            rejected: Vec::new(),
            unread: Vec::new(),
        }
    }
}

/// Reads windows into new files of a staging table. The order of rows among files follows the
/// workers' luck; tables are sets, and every later choice between rows is by their values.
pub(crate) async fn stage(
    store: &Arc<dyn ObjectStore>,
    landing: &Landing,
    decoder: &Arc<Decoder>,
    table: &TableName,
    names: &Arc<FileNames>,
    windows: Vec<(WindowRef, Manifest)>,
    workers: usize,
) -> Result<Staged> {
    let bodies = windows
        .iter()
        .enumerate()
        .flat_map(|(at, (window, manifest))| {
            manifest.bodies.iter().map(move |entry| Body {
                window: at,
                reference: window.clone(),
                entry: entry.clone(),
            })
        })
        .collect();
    let work = Arc::new(Work {
        store: store.clone(),
        landing: landing.clone(),
        decoder: decoder.clone(),
        table: table.clone(),
        names: names.clone(),
        bodies,
        next: AtomicUsize::new(0),
    });
    let tasks: Vec<_> = (0..workers.clamp(1, work.bodies.len().max(1)))
        .map(|_| tokio::spawn(worker(work.clone())))
        .collect();

    let mut staged = Staged {
        files: Vec::new(),
        outcomes: Vec::new(),
        unread: Vec::new(),
        keys: Vec::new(),
    };
    let mut parts: Vec<Vec<Part>> = windows.iter().map(|_| Vec::new()).collect();
    for task in tasks {
        let (file, found, keys) = task.await??;
        staged.files.extend(file);
        staged.keys.extend(keys);
        for part in found {
            parts[part.window].push(part);
        }
    }
    for ((window, manifest), parts) in windows.into_iter().zip(parts) {
        let mut fields = FieldTally::default();
        let mut rejected = Vec::new();
        let mut rows = 0;
        let mut purged = 0;
        let mut uncounted = false;
        let mut unread = HashSet::new();
        for part in parts {
            for (file, reason) in part.unread {
                let entry = manifest.bodies.iter().find(|entry| entry.file == file);
                staged.unread.push(UnreadFile {
                    window: window.path().to_string(),
                    file: format!("{}/{file}", window.path()),
                    reason,
                    records: entry.and_then(|entry| entry.records),
                });
                unread.insert(file);
            }
            rows += part.staged;
            purged += part.purged;
            uncounted |= part.uncounted;
            fields.merge(part.fields);
            rejected.extend(part.rejected);
        }
        rejected.sort_by(|a, b| (&a.0, a.2.row).cmp(&(&b.0, b.2.row)));
        staged.outcomes.push(WindowOutcome {
            window,
            manifest,
            staged: rows,
            purged,
            uncounted,
            fields: fields.differences(decoder.keys()),
            rejected,
            unread,
        });
    }
    Ok(staged)
}

type WorkerResult = (Option<DataFile>, Vec<Part>, Vec<i64>);

async fn worker(work: Arc<Work>) -> Result<WorkerResult> {
    let mut rows = Rows::new(&work.decoder);
    let mut writer: Option<FileWriter> = None;
    let mut parts: Vec<Part> = Vec::new();
    let mut keys = Vec::new();
    while let Some(body) = work.bodies.get(work.next.fetch_add(1, Ordering::Relaxed)) {
        let landing_path = format!("{}/{}", body.reference.path(), body.entry.file);
        let stored = work.landing.body(&body.reference, &body.entry).await;
        let stored = match unless_damaged(stored)? {
            Ok(stored) => stored,
            Err(reason) => {
                let part = part_of(&mut parts, body.window);
                part.unread.push((body.entry.file.clone(), reason));
                continue;
            }
        };
        let origin = BodyOrigin {
            landing_path: landing_path.clone(),
            collected_at: body.entry.received_at.as_microsecond(),
        };
        // Any other name was written by a newer version; one document is the safe reading.
        let file = body.entry.file.parse::<landing::BodyFile>();
        let lines = file.is_ok_and(|file| file.format == Format::JsonLines);
        // The parser unescapes in place, so it needs bytes of its own; usually these are.
        let mut bytes = match stored.try_into_mut() {
            Ok(bytes) => bytes,
            Err(shared) => shared.as_ref().into(),
        };
        let text = match bytes.strip_prefix(landing::BYTE_ORDER_MARK) {
            Some(rest) => bytes.len() - rest.len(),
            None => 0,
        };
        let before = rows.received;
        let decoder = &work.decoder;
        let is_saved = body.reference.kind == WindowKind::Saved;
        let mut one_a_line = true;
        let reading = if lines {
            Some(Reading::new(true))
        } else {
            let is_read = match is_saved {
                true => decoder.saved_document(&mut bytes[text..], &origin, &mut rows),
                false => decoder.document(&mut bytes[text..], &origin, &mut rows),
            };
            if is_read {
                None
            } else {
                // Parsing took the bytes apart; this is rare enough to fetch them once more.
                drop(bytes);
                let received = work.landing.body(&body.reference, &body.entry).await?;
                bytes = received.as_ref().into();
                match is_saved {
                    true => decoder.saved_in_pieces(&bytes[text..], &origin, &mut rows),
                    false => {
                        decoder.in_pieces(&bytes[text..], &origin, &mut rows);
                        None
                    }
                }
            }
        };
        if let Some(mut reading) = reading {
            // A saved file can be long: its rows are written before all of it is decoded.
            while reading.next(decoder, &bytes[text..], &origin, &mut rows) {
                if rows.len() >= BATCH_ROWS {
                    flush(&work, &mut rows, &mut writer, &mut keys).await?;
                }
            }
            one_a_line = reading.one_a_line || !lines;
        }
        let staged = rows.received - before;

        let part = part_of(&mut parts, body.window);
        part.uncounted |= !one_a_line;
        part.staged += staged;
        part.purged += std::mem::take(&mut rows.purged);
        part.fields.merge(std::mem::take(&mut rows.fields));
        part.rejected.extend(
            rows.rejects
                .take()
                .into_iter()
                .map(|rejected| (landing_path.clone(), origin.collected_at, rejected)),
        );
        if rows.len() >= BATCH_ROWS {
            flush(&work, &mut rows, &mut writer, &mut keys).await?;
        }
    }
    if !rows.is_empty() {
        flush(&work, &mut rows, &mut writer, &mut keys).await?;
    }
    let file = match writer {
        Some(writer) => Some(writer.finish().await?),
        None => None,
    };
    Ok((file, parts, keys))
}

/// What was found in a window so far: bodies of one come one after the other.
fn part_of(parts: &mut Vec<Part>, window: usize) -> &mut Part {
    let at = match parts.last() {
        Some(part) if part.window == window => parts.len() - 1,
        _ => {
            parts.push(Part::of(window));
            parts.len() - 1
        }
    };
    &mut parts[at]
}

async fn flush(
    work: &Work,
    rows: &mut Rows,
    writer: &mut Option<FileWriter>,
    keys: &mut Vec<i64>,
) -> Result<()> {
    let batch = rows.take()?;
    let ids = datafusion::arrow::array::AsArray::as_primitive::<
        datafusion::arrow::datatypes::Int64Type,
    >(batch.column(0));
    keys.extend(ids.values());
    let writer = match writer {
        Some(writer) => writer,
        None => writer.insert(FileWriter::create(
            work.store.clone(),
            &work.names,
            &work.table,
            work.decoder.schema().clone(),
        )?),
    };
    writer.write(&batch).await
}
