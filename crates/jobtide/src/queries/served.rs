//! SQL over HTTP, each query in a process of its own.

use std::process::{ExitStatus, Stdio};

use anyhow::Context as _;
use async_trait::async_trait;
use server::{SqlError, SqlQuery, SqlRunner};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use warehouse::query::Format;

use super::own_worker;
use super::process::{self, Limit};
use super::worker::MOST_SERVED_BYTES;
use crate::config::Settings;
use crate::exit::Failure;

/// Runs queries within the limits of `[query]`.
pub struct Workers {
    pub settings: Settings,
}

#[async_trait]
impl SqlRunner for Workers {
    async fn run(&self, query: SqlQuery<'_>) -> Result<Vec<u8>, SqlError> {
        let settings = &self.settings;
        let (result, ended) = self.in_process(&query).await.map_err(SqlError::Failed)?;
        let too_large = |bytes: u64, what: &str| SqlError::Ended {
            limit: server::Limit::Result,
            message: format!("the result has more than {} MB{what}", bytes >> 20),
            hint: Limit::Result.visitors_hint().to_owned(),
        };
        let Some((status, messages)) = ended else {
            return Err(too_large(query.most_bytes, ""));
        };
        if let Some(limit) = process::limit_reached(status, &messages) {
            let reached = match limit {
                Limit::Time => server::Limit::Time,
                Limit::Memory | Limit::EngineMemory => server::Limit::Memory,
                Limit::Nesting => server::Limit::Nesting,
                Limit::Result => return Err(too_large(MOST_SERVED_BYTES, " before compression")),
            };
            return Err(SqlError::Ended {
                limit: reached,
                message: limit.message(settings),
                hint: limit.visitors_hint().to_owned(),
            });
        }
        match status.code() {
            Some(0) => Ok(result),
            Some(code) if code == i32::from(Failure::QueryRefused.code()) => {
                let text = messages.trim().trim_start_matches("error: ");
                let (message, hint) = match text.split_once("\nhint: ") {
                    Some((message, hint)) => (message, Some(hint.to_owned())),
                    None => (text, None),
                };
                Err(SqlError::Refused {
                    message: message.to_owned(),
                    hint,
                })
            }
            _ => {
                let messages = messages.trim();
                let error = anyhow::anyhow!("the query's process failed: {messages}");
                Err(SqlError::Failed(error))
            }
        }
    }
}

impl Workers {
    /// The result as the worker wrote it, with its status and messages; without these if the result was
    /// too large and the worker was stopped.
    async fn in_process(
        &self,
        query: &SqlQuery<'_>,
    ) -> anyhow::Result<(Vec<u8>, Option<(ExitStatus, String)>)> {
        let settings = &self.settings;
        let arguments = [
            process::NO_FILE.to_owned(),
            "query".to_owned(),
            own_worker(),
            "--served".to_owned(),
            match query.format {
                Format::Page => "--format=page".to_owned(),
                Format::Spreadsheet => "--format=spreadsheet".to_owned(),
                format => format!("--format={}", format.ending()),
            },
            format!("--limit={}", query.limit),
            format!("--build={}", query.build),
            // From stdin: every user of this machine can read a command line.
            "-".to_owned(),
        ];
        let mut worker = process::start(
            settings,
            arguments,
            process::given(settings),
            Stdio::piped(),
            Stdio::piped(),
        )?;
        let mut input = worker.stdin.take().context("the query's input")?;
        // A worker that exits before it has read everything reports why.
        input.write_all(query.sql.as_bytes()).await.ok();
        drop(input);
        let output = worker.stdout.take().context("the query's result")?;
        let errors = worker.stderr.take().context("the query's messages")?;
        let (result, messages) =
            tokio::try_join!(all(output, query.most_bytes), all(errors, query.most_bytes))?;
        if result.len() as u64 > query.most_bytes {
            worker.start_kill().ok();
            return Ok((result, None));
        }
        let status = worker.wait().await.context("the query's process")?;
        let messages = String::from_utf8_lossy(&messages).into_owned();
        Ok((result, Some((status, messages))))
    }
}

/// Reads to the end, or until it exceeds `most` bytes.
async fn all(stream: impl AsyncRead + Unpin, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(most + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}
