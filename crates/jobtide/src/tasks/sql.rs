//! Asks the published build: the rows become a file, the body of a webhook, or the items of the tasks
//! after this one.
//!
//! The query runs in the limited process of all user SQL ([`crate::queries`]), reads one build, and ends
//! with the task. A file is there whole or not at all. Without a published build the task fails with the
//! class `nothing_published`, and may be retried: the first build may be in progress.

mod ask;
mod statement;
mod webhook;

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::nearest;
use orchestrator::{Task, TaskContext, TaskError, TaskOutput, TaskReport};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::Table;
use warehouse::query::Format;
use warehouse::{PipelineFiles, Warehouse};

use self::ask::Query;
use self::statement::Statement;
use self::webhook::{News, Webhook};
use super::Parts;
use super::template::{Filling, Template, Zone};
use super::whole_file::{FilePath, WholeFile, writer};
use crate::config::Settings;
use crate::exit;
use crate::queries::summary::Summary;

/// The folder of queries, below the pipeline.
const FOLDER: &str = "queries/";

/// The class of the error of a task that has nothing to ask yet.
const NOTHING_PUBLISHED: &str = "nothing_published";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// One of these is the statement.
    query: Option<Template>,
    file: Option<String>,
    /// At most one of these is where the rows go.
    to: Option<FilePath>,
    webhook: Option<Webhook>,
    format: Option<FileFormat>,
    #[serde(default)]
    empty: Empty,
    /// The most rows that are items for the tasks after this one.
    #[serde(default = "a_thousand")]
    keep: usize,
    within_seconds: Option<NonZeroU64>,
    #[serde(default)]
    time_zone: Zone,
}

fn a_thousand() -> usize {
    1_000
}

/// The format of a file.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FileFormat {
    Csv,
    Json,
    Parquet,
    Arrow,
}

/// What it means that there are no rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Empty {
    /// What comes after is skipped, and no webhook called.
    #[default]
    NothingNew,
    Succeeds,
    Fails,
}

/// The parameters, checked.
#[derive(Deserialize)]
#[serde(try_from = "Written")]
pub struct With {
    text: Text,
    destination: Destination,
    empty: Empty,
    keep: usize,
    within_seconds: Option<u64>,
    zone: Zone,
}

enum Text {
    Statement(Statement),
    File(String),
}

/// Where the rows go, besides the output.
enum Destination {
    Nowhere,
    File(FilePath, Format),
    Webhook(Webhook),
}

impl TryFrom<Written> for With {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let text = match (written.query, written.file) {
            (Some(query), None) => Text::Statement(query.try_into()?),
            (None, Some(file)) => Text::File(file),
            _ => return Err("a task has one query\nhint: write `query`, or `file`".to_owned()),
        };
        let destination = match (written.to, written.webhook) {
            (None, None) => Destination::Nowhere,
            (None, Some(webhook)) => Destination::Webhook(webhook),
            (Some(to), None) => {
                let format = match written.format {
                    Some(format) => format.format(),
                    None => of_ending(&to)?,
                };
                Destination::File(to, format)
            }
            _ => return Err("rows go to one place\nhint: write `to`, or `webhook`".to_owned()),
        };
        if written.format.is_some() && !matches!(destination, Destination::File(..)) {
            return Err("`format` is that of a file\nhint: write `to`".to_owned());
        }
        Ok(Self {
            text,
            destination,
            empty: written.empty,
            keep: written.keep,
            within_seconds: written.within_seconds.map(NonZeroU64::get),
            zone: written.time_zone,
        })
    }
}

impl FileFormat {
    fn format(self) -> Format {
        match self {
            Self::Csv => Format::Csv,
            Self::Json => Format::Json,
            Self::Parquet => Format::Parquet,
            Self::Arrow => Format::Arrow,
        }
    }
}

/// The format that a file's name says.
fn of_ending(to: &FilePath) -> Result<Format, String> {
    let formats = [Format::Csv, Format::Json, Format::Parquet, Format::Arrow];
    let found = formats
        .into_iter()
        .find(|format| to.written().ends_with(&format!(".{}", format.ending())));
    found.ok_or_else(|| {
        format!(
            "the name of `{}` says no format\nhint: end it with `.csv`, `.json`, `.parquet` or `.arrow`, or write `format`",
            to.written()
        )
    })
}

/// The queries of the pipeline's files.
pub fn queries(files: &PipelineFiles) -> BTreeMap<String, Vec<u8>> {
    let queries = files.iter().filter(|(path, _)| path.starts_with(FOLDER));
    queries
        .map(|(path, text)| (path.clone(), text.clone()))
        .collect()
}

/// Looks whether the query that a task names is there and can be filled.
///
/// # Errors
/// Why not.
pub fn check(with: &Table, files: &PipelineFiles) -> Result<(), String> {
    match with.get("file").and_then(toml::Value::as_str) {
        Some(path) => read(path, files).map(drop),
        None => Ok(()),
    }
}

fn read(path: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Statement, String> {
    let Some(text) = files.get(path).filter(|_| path.starts_with(FOLDER)) else {
        let known = || {
            files
                .keys()
                .map(String::as_str)
                .filter(|path| path.starts_with(FOLDER))
        };
        let hint = match nearest(path, known()) {
            Some(near) => format!("the nearest is `{near}`"),
            None => format!("a query is a file `{FOLDER}<name>.sql` of the pipeline folder"),
        };
        return Err(format!("there is no `{path}`\nhint: {hint}"));
    };
    let text = std::str::from_utf8(text).map_err(|error| format!("`{path}`: {error}"))?;
    let statement = Template::try_from(text.to_owned()).and_then(Statement::try_from);
    statement.map_err(|problem| format!("`{path}`: {problem}"))
}

pub fn make(name: &str, with: With, parts: &Parts) -> Result<Sql, String> {
    let statement = match &with.text {
        Text::Statement(statement) => statement.clone(),
        Text::File(path) => read(path, &parts.queries)?,
    };
    let mut settings = parts.settings.clone();
    settings.query.seconds = with.within_seconds.unwrap_or(settings.query.seconds);
    Ok(Sql {
        name: name.to_owned(),
        statement,
        settings,
        warehouse: parts.warehouse.clone(),
        with,
    })
}

pub struct Sql {
    name: String,
    statement: Statement,
    settings: Settings,
    warehouse: Arc<Warehouse>,
    with: With,
}

/// What a query leaves for the tasks after it.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    build: u64,
    rows: u64,
    /// All rows; without it they are too many to be passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    items: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

impl TaskOutput for Asked {
    const TYPE: &'static str = "sql";
}

#[async_trait]
impl Task for Sql {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        // The query's process ends with its handle.
        tokio::select! {
            done = self.ask(context) => done,
            () = context.cancel().cancelled() => Err(TaskError::cancelled()),
        }
    }
}

impl Sql {
    async fn ask(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let with = &self.with;
        let mut filling = Filling::of(context, &with.zone.0);
        let sql = self.statement.sql(&mut filling)?;
        let build = self.published().await?;
        let query = Query {
            settings: &self.settings,
            sql: &sql,
            build,
            has_own_time: with.within_seconds.is_some(),
            keep: with.keep,
        };
        let is_news = |summary: &Summary| summary.rows > 0 || with.empty == Empty::Succeeds;
        let (summary, bytes, file) = match &with.destination {
            Destination::Nowhere => (query.for_items().await?, None, None),
            Destination::File(to, format) => {
                let to = to.path(&mut filling)?;
                let file = WholeFile::create(&to, &writer(context, &self.name))?;
                let summary = query.write_to(&file, *format).await?;
                let bytes = file.finished().await?;
                (summary, Some(bytes), Some(to.display().to_string()))
            }
            Destination::Webhook(webhook) => {
                let (summary, rows) = query.rows_within(webhook.most_bytes()).await?;
                if is_news(&summary) {
                    let news = News {
                        context,
                        task: &self.name,
                        build,
                        count: summary.rows,
                        rows: &rows,
                    };
                    webhook.post(&news, &mut filling).await?;
                }
                (summary, Some(rows.len() as u64), None)
            }
        };
        let rows = summary.rows;
        if rows == 0 && with.empty == Empty::Fails {
            return Err(TaskError::permanent(format!(
                "the query has no rows in build {build}"
            )));
        }
        let mut report = match rows == 0 && with.empty == Empty::NothingNew {
            true => TaskReport::nothing_follows(format!("the query has no rows in build {build}")),
            false => {
                let to = file
                    .iter()
                    .map(|file| format!(" in `{file}`"))
                    .collect::<String>();
                TaskReport::new().note(format!("{rows} rows of build {build}{to}"))
            }
        };
        report = report.rows(rows);
        if let Some(bytes) = bytes {
            report = report.bytes(bytes);
        }
        let items = summary.items;
        Ok(report.output(&Asked {
            build,
            rows,
            items,
            file,
        })?)
    }

    /// The number of the published build.
    async fn published(&self) -> Result<u64, TaskError> {
        let published = self.warehouse.builds().published().await;
        match published {
            Ok(Some(record)) => Ok(record.build),
            Ok(None) => {
                let text = exit::text(&warehouse::Error::NothingPublished.into());
                Err(TaskError::retryable(text).class(NOTHING_PUBLISHED))
            }
            Err(error) => Err(TaskError::retryable(exit::text(&error.into()))),
        }
    }
}
