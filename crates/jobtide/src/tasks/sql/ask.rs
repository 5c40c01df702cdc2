//! One query in its process.

use std::process::{ExitStatus, Stdio};

use orchestrator::TaskError;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use warehouse::query::Format;

use super::super::whole_file::WholeFile;
use crate::config::Settings;
use crate::exit::Failure;
use crate::queries::own_worker;
use crate::queries::process::{self, Limit, limit_reached};
use crate::queries::summary::Summary;

/// Rows of a result: as many as fit into the memory of the process.
const MOST_ROWS: usize = 1_000_000_000;

/// Of the messages of the process, in bytes: more than a summary has.
const MOST_SAID: u64 = 1 << 20;

/// A query that is about to run.
pub struct Query<'a> {
    pub settings: &'a Settings,
    pub sql: &'a str,
    pub build: u64,
    /// Whether the file of the task sets the time of its query.
    pub has_own_time: bool,
    /// The most rows that are passed on as items.
    pub keep: usize,
}

impl Query<'_> {
    /// For its summary alone.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn for_items(&self) -> Result<Summary, TaskError> {
        let worker = self.start(Format::Json, Stdio::null())?;
        self.end(worker, 0).await.map(|(summary, _)| summary)
    }

    /// Into a file.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn write_to(&self, file: &WholeFile, format: Format) -> Result<Summary, TaskError> {
        let worker = self.start(format, file.handle()?.into())?;
        self.end(worker, 0).await.map(|(summary, _)| summary)
    }

    /// As JSON, if that has at most so many bytes.
    ///
    /// # Errors
    /// When the query fails, or has more.
    pub async fn rows_within(&self, most_bytes: u64) -> Result<(Summary, Vec<u8>), TaskError> {
        let worker = self.start(Format::Json, Stdio::piped())?;
        self.end(worker, most_bytes).await
    }

    fn start(&self, format: Format, out: Stdio) -> Result<Child, TaskError> {
        let arguments = [
            process::NO_FILE.to_owned(),
            "query".to_owned(),
            own_worker(),
            format!("--summary={}", self.keep),
            format!("--format={}", format.ending()),
            format!("--limit={MOST_ROWS}"),
            format!("--build={}", self.build),
            // From stdin: every user of this machine can read a command line.
            "-".to_owned(),
        ];
        let given = process::given(self.settings);
        let worker = process::start(self.settings, arguments, given, Stdio::piped(), out);
        worker.map_err(|error| TaskError::retryable(format!("{error:#}")))
    }

    async fn end(&self, mut worker: Child, most: u64) -> Result<(Summary, Vec<u8>), TaskError> {
        let input = worker.stdin.take();
        let (out, said) = (worker.stdout.take(), worker.stderr.take());
        let ask = async {
            if let Some(mut input) = input {
                // A worker that ends before it has read everything says why.
                input.write_all(self.sql.as_bytes()).await.ok();
            }
        };
        let ((), rows, said) = tokio::join!(ask, all(out, most + 1), all(said, MOST_SAID));
        let (rows, said) = (rows?, said?);
        if rows.len() as u64 > most {
            let text = format!(
                "the rows have more than {} MB as JSON\nhint: choose fewer, write them `to` a file, or raise `max_megabytes`",
                most >> 20
            );
            return Err(TaskError::permanent(text).class(Failure::QueryRefused.class()));
        }
        let status = worker.wait().await.map_err(TaskError::retryable)?;
        let said = String::from_utf8_lossy(&said);
        if !status.success() {
            return Err(self.failed(status, &said));
        }
        let summary = Summary::heard(&said);
        let summary =
            summary.ok_or_else(|| TaskError::retryable("the query's process says nothing"))?;
        Ok((summary, rows))
    }

    fn failed(&self, status: ExitStatus, said: &str) -> TaskError {
        let refused =
            |text: String| TaskError::permanent(text).class(Failure::QueryRefused.class());
        if let Some(limit) = limit_reached(status, said) {
            let message = limit.message(self.settings);
            let hint = match limit {
                Limit::Time if self.has_own_time => {
                    "narrow it down, or raise `within_seconds`".to_owned()
                }
                _ => limit.hint(self.settings),
            };
            return refused(format!("{message}\nhint: {hint}"));
        }
        let text = said.trim().trim_start_matches("error: ").to_owned();
        match status.code() == Some(i32::from(Failure::QueryRefused.code())) {
            true => refused(text),
            // The store, or a full disk.
            false => TaskError::retryable(format!("the query failed: {text}")),
        }
    }
}

/// Reads to the end, or so many bytes.
async fn all(stream: Option<impl AsyncRead + Unpin>, most: u64) -> Result<Vec<u8>, TaskError> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let read = stream.take(most).read_to_end(&mut bytes).await;
        read.map_err(TaskError::retryable)?;
    }
    Ok(bytes)
}
