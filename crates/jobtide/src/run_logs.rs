//! The log of each run, in a file of its own below the state folder: what is logged while its tasks run,
//! one JSON object a line.
//!
//! - **Bounded**: a file ends after so many bytes, with a line that says so; the oldest files go when there
//!   are too many, or when all of them together are too large.
//! - **Never in the way**: a line that cannot be written (a full disk, say) is lost, and nothing else.
//! - Only files with the name of a run are ever removed.

use std::collections::HashMap;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use orchestrator::TASK_SPAN;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::app::App;

/// The target of what programs of tasks write: in the logs of runs, and in no other log.
pub const OUTPUT: &str = "program_output";

/// The name of the folder, below the state's.
const FOLDER: &str = "logs";
const ENDING: &str = ".jsonl";

/// The limit of one file, without the line that says that it is reached.
const FILE_BYTES: u64 = 1 << 20;
/// The limits of all files.
const FILES: usize = 1_000;
const ALL_BYTES: u64 = 64 << 20;
/// The limit of one text in a line.
const TEXT_BYTES: usize = 4_096;
/// How many open runs are counted; of others the size of the file is read.
const COUNTED: usize = 256;

static KEPT: OnceLock<Kept> = OnceLock::new();

/// Keeps the logs of the runs of this process in the state folder of an app, from now on.
pub fn keep(app: &App) {
    let kept = Kept {
        folder: app.state_folder().join(FOLDER),
        written: Mutex::default(),
    };
    // Another call names the same folder: a process has one state.
    KEPT.set(kept).ok();
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// `ERROR`, `WARN`, `INFO`.
    pub level: String,
    /// The task.
    pub task: String,
    /// The item, as JSON, of an instance of a mapped task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The attempt, from 1 on.
    pub attempt: u64,
    /// The text.
    pub message: String,
    /// What else was logged, by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

/// The log of a run, oldest line first; empty where nothing was logged. A line that cannot be read, such as
/// one that a crash cut off, is left out.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read(app: &App, run: &str) -> io::Result<Vec<Line>> {
    let path = app
        .state_folder()
        .join(FOLDER)
        .join(format!("{run}{ENDING}"));
    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let mut lines = Vec::new();
    for line in BufReader::new(file).split(b'\n') {
        lines.extend(serde_json::from_slice(&line?).ok());
    }
    Ok(lines)
}

/// The files, and how much of them was written.
struct Kept {
    folder: PathBuf,
    /// By run. `None` once its file is full.
    written: Mutex<HashMap<String, Option<u64>>>,
}

impl Kept {
    fn written(&self) -> MutexGuard<'_, HashMap<String, Option<u64>>> {
        // A panic cannot leave the counts in an inconsistent state.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, run: &str) -> PathBuf {
        self.folder.join(format!("{run}{ENDING}"))
    }

    /// Appends a line to the file of a run, unless that is full.
    fn write(&self, run: &str, line: &Line) -> io::Result<()> {
        let mut written = self.written();
        if written.len() > COUNTED {
            written.clear();
        }
        let before = match written.get(run) {
            Some(None) => return Ok(()),
            Some(Some(bytes)) => *bytes,
            None => match std::fs::metadata(self.path(run)) {
                Ok(there) => there.len(),
                Err(_) => {
                    std::fs::create_dir_all(&self.folder)?;
                    prune(&self.folder, FILES, ALL_BYTES)?;
                    0
                }
            },
        };
        let is_full = before >= FILE_BYTES;
        let mut text = match is_full {
            false => serde_json::to_vec(line)?,
            true => serde_json::to_vec(&Line {
                level: "WARN".to_owned(),
                message: format!("the log of this run ends here: it has {FILE_BYTES} bytes"),
                fields: Map::new(),
                ..line.clone()
            })?,
        };
        text.push(b'\n');
        // One write for a whole line: those of two processes do not mix.
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.path(run))?;
        // By another process, or before it was counted here.
        if is_full && before > FILE_BYTES + TEXT_BYTES as u64 * 4 {
            written.insert(run.to_owned(), None);
            return Ok(());
        }
        file.write_all(&text)?;
        let after = before + text.len() as u64;
        written.insert(run.to_owned(), (!is_full).then_some(after));
        Ok(())
    }
}

/// Removes the oldest files beyond the limits.
fn prune(folder: &Path, files: usize, all_bytes: u64) -> io::Result<()> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(name) = name.to_str().filter(|name| is_of_a_run(name)) {
            found.push((name.to_owned(), entry.metadata()?.len()));
        }
    }
    // The name begins with the time.
    found.sort_unstable_by(|one, other| other.cmp(one));
    let mut bytes = 0_u64;
    for (number, (name, length)) in (1..).zip(found) {
        bytes = bytes.saturating_add(length);
        // One more is about to be written.
        if number >= files || bytes > all_bytes {
            match std::fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Whether a file is the log of a run, `20260801T093000.123456Z-1a2b3c4d.jsonl`.
fn is_of_a_run(name: &str) -> bool {
    const SHAPE: &str = "dddddddd-dddddd.ddddddZ-xxxxxxxx";
    let Some(id) = name.strip_suffix(ENDING) else {
        return false;
    };
    id.len() == SHAPE.len()
        && id
            .bytes()
            .zip(SHAPE.bytes().enumerate())
            .all(|(byte, (at, shape))| match shape {
                b'd' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_hexdigit(),
                b'-' if at == 8 => byte == b'T',
                shape => byte == shape,
            })
}

/// Writes events within the span of a task to the log of its run.
pub struct RunLogs;

/// What the span of a task says.
#[derive(Default)]
struct Of {
    run: String,
    task: String,
    item: Option<String>,
    attempt: u64,
}

impl Visit for Of {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "attempt" {
            self.attempt = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "run" => value.clone_into(&mut self.run),
            "task" => value.clone_into(&mut self.task),
            "item" => self.item = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    message: String,
    fields: Map<String, Value>,
}

impl Said {
    fn note(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Said {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.note(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.note(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.note(field, json!(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.note(field, json!(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let value = &value[..value.floor_char_boundary(TEXT_BYTES)];
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            _ => self.note(field, value.into()),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl<S> Layer<S> for RunLogs
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != TASK_SPAN || KEPT.get().is_none() {
            return;
        }
        if let Some(span) = context.span(id) {
            let mut of = Of::default();
            attributes.record(&mut of);
            span.extensions_mut().insert(of);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(kept) = KEPT.get() else {
            return;
        };
        for span in context.event_scope(event).into_iter().flatten() {
            let extensions = span.extensions();
            let Some(of) = extensions.get::<Of>() else {
                continue;
            };
            let mut said = Said::default();
            event.record(&mut said);
            let line = Line {
                at: Timestamp::now(),
                level: event.metadata().level().to_string(),
                task: of.task.clone(),
                item: of.item.clone(),
                attempt: of.attempt,
                message: said.message,
                fields: said.fields,
            };
            // Logging about a log that cannot be written would not end.
            kept.write(&of.run, &line).ok();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "20260801T093000.123456Z-1a2b3c4d";

    fn line(message: &str) -> Line {
        Line {
            at: "2026-08-01T09:30:00Z".parse().unwrap(),
            level: "INFO".to_owned(),
            task: "collect".to_owned(),
            item: None,
            attempt: 1,
            message: message.to_owned(),
            fields: Map::new(),
        }
    }

    fn kept(folder: &Path) -> Kept {
        Kept {
            folder: folder.to_owned(),
            written: Mutex::default(),
        }
    }

    #[test]
    fn a_log_ends_when_it_is_full_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let long = line(&"x".repeat(TEXT_BYTES));
        for _ in 0..2 {
            let kept = kept(folder.path());
            for _ in 0..400 {
                kept.write(RUN, &long).unwrap();
            }
        }
        let text = std::fs::read_to_string(folder.path().join(format!("{RUN}.jsonl"))).unwrap();
        assert!(text.len() as u64 <= FILE_BYTES + 3 * TEXT_BYTES as u64);
        let last: Line = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert!(last.message.contains("ends here"), "{last:?}");
    }

    #[test]
    fn the_oldest_logs_go_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let name = |number: usize| format!("20260801T0930{number:02}.123456Z-1a2b3c4d.jsonl");
        for number in 0..5 {
            std::fs::write(folder.path().join(name(number)), [b'x'; 100]).unwrap();
        }
        let foreign = [
            "notes.txt",
            "20250801T093000.123456Z-1a2b3c4d.jsonl.bak",
            "0.jsonl",
        ];
        for name in foreign {
            std::fs::write(folder.path().join(name), "mine").unwrap();
        }
        let left = || -> Vec<usize> {
            (0..5)
                .filter(|number| folder.path().join(name(*number)).exists())
                .collect()
        };
        prune(folder.path(), 4, 1_000).unwrap();
        assert_eq!(left(), [2, 3, 4], "room for the next one");
        prune(folder.path(), 100, 250).unwrap();
        assert_eq!(left(), [3, 4]);
        for name in foreign {
            assert!(folder.path().join(name).exists(), "{name}");
        }
    }
}
