//! Staging landed windows into files in parallel, each worker with its own rows and its own output
//! file, so that memory is bounded by a body and a row group per worker. A long body of lines is
//! decoded by all workers (`sections.rs`).

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;
use bytes::{Bytes, BytesMut};
use landing::{Landing, Manifest, WindowKind, WindowRef};
use object_store::ObjectStore;

use super::decode::{BodyOrigin, Decoder};
use super::forms::Reading;
use super::keys::FieldTally;
use super::queue::{Body, Queue, Task};
use super::rejects::{Rejected, Rejects};
use super::rows::Rows;
use super::sections::{self, SECTION, Section};
use super::system::WindowOutcome;
use super::unread::unless_damaged;
use crate::data_file::DataFile;
use crate::error::Result;
use crate::files::{FileNames, FileWriter};
use crate::name::TableName;
use crate::publish::UnreadFile;

/// Rows of a batch: large enough to encode well, small enough for the cache.
const BATCH_ROWS: usize = 4_096;

/// The result of staging a set of windows.
#[derive(Debug)]
pub(crate) struct Staged {
    pub files: Vec<DataFile>,
    pub outcomes: Vec<WindowOutcome>,
    /// Bodies that are damaged or missing: the others of their windows are staged.
    pub unread: Vec<UnreadFile>,
    /// Keys of the records that were received, for incremental models. May contain duplicates.
    pub keys: Vec<i64>,
}

/// Everything the workers share.
struct Work {
    store: Arc<dyn ObjectStore>,
    landing: Landing,
    decoder: Arc<Decoder>,
    table: TableName,
    names: Arc<FileNames>,
    queue: Queue,
}

/// What one worker found in one window.
struct Part {
    window: usize,
    staged: u64,
    purged: u64,
    /// Whether some lines are not one record each, so that a count of lines is no count of records.
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

    /// Adds what could not be read of a body.
    fn reject(&mut self, origin: &BodyOrigin, mut rejects: Rejects) {
        let entry = |rejected| (origin.landing_path.clone(), origin.collected_at, rejected);
        self.rejected.extend(rejects.take().into_iter().map(entry));
    }
}

/// Reads windows into new files of a staging table. The order of rows across files is
/// nondeterministic; tables are sets, and later layers choose between rows by value only.
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
        queue: Queue::new(bodies),
    });
    let tasks: Vec<_> = (0..work.queue.workers(workers))
        .map(|_| tokio::spawn(Worker::new(work.clone()).run()))
        .collect();

    let mut staged = Staged {
        files: Vec::new(),
        outcomes: Vec::new(),
        unread: Vec::new(),
        keys: Vec::new(),
    };
    let mut parts: Vec<Vec<Part>> = windows.iter().map(|_| Vec::new()).collect();
    for task in tasks {
        let found = task.await??;
        staged.files.extend(found.file);
        staged.keys.extend(found.keys);
        for part in found.parts {
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

/// What one worker read.
struct Found {
    file: Option<DataFile>,
    parts: Vec<Part>,
    keys: Vec<i64>,
}

struct Worker {
    work: Arc<Work>,
    rows: Rows,
    /// Rows of the current section.
    section_rows: Rows,
    writer: Option<FileWriter>,
    parts: Vec<Part>,
    keys: Vec<i64>,
}

impl Worker {
    fn new(work: Arc<Work>) -> Self {
        Self {
            rows: Rows::new(&work.decoder),
            section_rows: Rows::new(&work.decoder),
            work,
            writer: None,
            parts: Vec::new(),
            keys: Vec::new(),
        }
    }

    async fn run(mut self) -> Result<Found> {
        let work = self.work.clone();
        while let Some(task) = work.queue.next().await {
            match task {
                Task::Body(body) if body.is_long() => {
                    let opened = self.open(&body).await;
                    // Even if there are none: other workers wait for them.
                    work.queue.add(match &opened {
                        Ok(Some(text)) => {
                            let text = text.slice(kernel::byte_order_mark_len(text)..);
                            sections::cut(body.window, body.origin(), &text, SECTION)
                        }
                        _ => Vec::new(),
                    });
                    opened?;
                    give_way().await;
                }
                Task::Body(body) => self.body(&body).await?,
                Task::Section(section) => self.section(section).await?,
            }
        }
        if !self.rows.is_empty() {
            let batch = self.rows.take()?;
            self.write(&batch).await?;
        }
        let file = match self.writer {
            Some(writer) => Some(writer.finish().await?),
            None => None,
        };
        Ok(Found {
            file,
            parts: self.parts,
            keys: self.keys,
        })
    }

    /// A body as received; `None`, and an entry, for a damaged or missing one.
    async fn open(&mut self, body: &Body) -> Result<Option<Bytes>> {
        let stored = self.work.landing.body(&body.reference, &body.entry).await;
        Ok(match unless_damaged(stored)? {
            Ok(stored) => Some(stored),
            Err(reason) => {
                let part = part_of(&mut self.parts, body.window);
                part.unread.push((body.entry.file.clone(), reason));
                None
            }
        })
    }

    async fn body(&mut self, body: &Body) -> Result<()> {
        let Some(stored) = self.open(body).await? else {
            return Ok(());
        };
        let work = self.work.clone();
        let decoder = &work.decoder;
        let origin = body.origin();
        let lines = body.is_lines();
        // The parser unescapes in place, so it needs bytes of its own; usually these are unshared.
        let mut bytes = match stored.try_into_mut() {
            Ok(bytes) => bytes,
            Err(shared) => BytesMut::from(shared.as_ref()),
        };
        let text = kernel::byte_order_mark_len(&bytes);
        let before = self.rows.received;
        let is_saved = body.reference.kind == WindowKind::Saved;
        let rows = &mut self.rows;
        let layout = decoder.spec().layout(body.format());
        let reading = if lines {
            Some(Reading::new(true))
        } else if let Some(layout) = layout {
            decoder.converted(&bytes, &layout, &origin, rows);
            None
        } else {
            let is_read = match is_saved {
                true => decoder.saved_document(&mut bytes[text..], &origin, rows),
                false => decoder.document(&mut bytes[text..], &origin, rows),
            };
            if is_read {
                None
            } else {
                // Parsing destroyed the bytes; this is rare enough to fetch them again.
                drop(bytes);
                let received = work.landing.body(&body.reference, &body.entry).await?;
                bytes = BytesMut::from(received.as_ref());
                match is_saved {
                    true => decoder.saved_in_pieces(&bytes[text..], &origin, rows),
                    false => {
                        decoder.in_pieces(&bytes[text..], &origin, rows);
                        None
                    }
                }
            }
        };
        let mut one_a_line = true;
        if let Some(mut reading) = reading {
            // A saved file can be long: its rows are written before all of it is decoded.
            while reading.next(decoder, &bytes[text..], &origin, &mut self.rows) {
                if self.rows.len() >= BATCH_ROWS {
                    let batch = self.rows.take()?;
                    self.write(&batch).await?;
                }
            }
            one_a_line = reading.one_a_line || !lines;
        }

        let rows = &mut self.rows;
        let part = part_of(&mut self.parts, body.window);
        part.uncounted |= !one_a_line;
        part.staged += rows.received - before;
        part.purged += std::mem::take(&mut rows.purged);
        part.fields.merge(std::mem::take(&mut rows.fields));
        part.reject(&origin, std::mem::take(&mut rows.rejects));
        if rows.len() >= BATCH_ROWS {
            let batch = rows.take()?;
            self.write(&batch).await?;
        }
        Ok(())
    }

    async fn section(&mut self, section: Section) -> Result<()> {
        let (window, origin) = (section.window, section.origin.clone());
        let rows = &mut self.section_rows;
        let Some(decoded) = section.decode(&self.work.decoder, rows).await else {
            return Ok(());
        };
        give_way().await;
        let part = part_of(&mut self.parts, window);
        part.staged += rows.len() as u64;
        part.purged += std::mem::take(&mut rows.purged);
        if let Some(end) = decoded.end {
            part.uncounted |= !end.one_a_line;
            part.fields.merge(end.fields);
            part.reject(&origin, end.rejects);
        }
        let batch = rows.take_from(decoded.before)?;
        self.write(&batch).await
    }

    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let work = &self.work;
        let ids = batch.column(0).as_primitive::<Int64Type>();
        self.keys.extend(ids.values());
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(FileWriter::create(
                work.store.clone(),
                &work.names,
                &work.table,
                work.decoder.schema().clone(),
            )?),
        };
        writer.write(batch).await
    }
}

/// Yields to tasks that were just woken. Tokio puts a woken task into the LIFO slot of the waking
/// thread, from which no other thread steals it: it would wait until this task yields.
async fn give_way() {
    tokio::task::yield_now().await;
}

/// What was found in a window so far: bodies of one window are consecutive.
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
