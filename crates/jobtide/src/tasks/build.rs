//! Makes tables of everything landed, checks and publishes them: at once (`build`), or layer by layer, each
//! a task with its own record (`build_layer`, and `publish` in the end).
//!
//! Between its steps a build is a draft in the store, so that each may be a process of its own; within one
//! run of one process, tables in memory are passed on, too. A step that finds no draft to continue does
//! what those before it would have done, and says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use landing::Landing;
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;
use tokio::sync::Mutex;
use warehouse::Warehouse;
use warehouse::build::{BuildEvent, BuildReport, BuildRequest, HeldDraft, How, Progressed, Until};

use super::built::{Built, FailedChecks};
use super::{Parts, failed};
use crate::exit::Failure;
use crate::lock::WriterLockFile;
use crate::progress::Progress;

/// How long bodies without a manifest stay for somebody to look at.
pub(super) const KEEP_UNFINISHED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The kind has no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {}

/// Parameters of a layer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithLayer {
    through: Through,
}

/// The layers, in the order of the flow.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Through {
    /// What is landed, typed; code tables, data files and settings.
    Staging,
    /// The checks of these.
    Checks,
    External,
    RawData,
    Analytic,
    VisualTables,
    Adhoc,
}

impl Through {
    fn until(self) -> Until {
        match self {
            Self::Staging => Until::Staged,
            Self::Checks => Until::Checked,
            Self::External => Until::Layer("external"),
            Self::RawData => Until::Layer("raw_data"),
            Self::Analytic => Until::Layer("analytic"),
            Self::VisualTables => Until::Layer("visual_tables"),
            Self::Adhoc => Until::Layer("adhoc"),
        }
    }
}

/// The whole of a build.
pub fn make(name: &str, _with: With, parts: &Parts) -> Result<Build, String> {
    Ok(Build::new(name, None, parts))
}

/// A layer of a build.
pub fn make_layer(name: &str, with: WithLayer, parts: &Parts) -> Result<Build, String> {
    Ok(Build::new(name, Some(with.through.until()), parts))
}

/// What is left of a build, and its publication.
pub fn make_publish(name: &str, _with: With, parts: &Parts) -> Result<Build, String> {
    Ok(Build::new(name, Some(Until::Published), parts))
}

pub struct Build {
    name: String,
    /// `None`: from its beginning to its end.
    until: Option<Until>,
    landing: Landing,
    warehouse: Arc<Warehouse>,
    lock: WriterLockFile,
    progress: Progress,
    draft: Arc<Mutex<HeldDraft>>,
}

/// What a task of a build did.
enum Done {
    /// Nothing is landed.
    Nothing,
    Step(Progressed, Tables),
    Whole(BuildReport),
}

/// Tables that were made.
#[derive(Default)]
struct Tables {
    made: BTreeSet<String>,
    rows: u64,
    unchanged: usize,
}

impl Tables {
    fn add(&mut self, event: &BuildEvent) {
        let BuildEvent::Table { name, rows, how } = event else {
            return;
        };
        match how {
            How::Unchanged => self.unchanged += 1,
            How::Updated | How::Rebuilt => {
                self.made.insert(name.to_string());
                self.rows += rows;
            }
        }
    }
}

#[async_trait]
impl Task for Build {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let messages = &self.progress.messages;
        let lock = tokio::select! {
            lock = self.lock.acquire(messages) => lock,
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        let lock = lock.map_err(|error| failed(Failure::Wrong, &error))?;
        // A build that is dropped has published nothing; the next one cleans up after it.
        let built = tokio::select! {
            built = self.build(context.clock().now()) => Some(built),
            () = context.cancel().cancelled() => None,
        };
        lock.release().await;
        match built.ok_or_else(TaskError::cancelled)? {
            Ok(Done::Nothing) => {
                let note = "nothing is landed yet, so there is nothing to build";
                Ok(match self.until {
                    // What comes after a whole build may have another subject.
                    None => TaskReport::new().note(note),
                    Some(_) => TaskReport::nothing_follows(note),
                })
            }
            Ok(Done::Step(step, tables)) => Ok(step_report(&step, &tables)?),
            Ok(Done::Whole(report)) => Ok(published(&report, None)?),
            Err(warehouse::Error::ChecksFailed(findings)) => {
                let checks = FailedChecks::new(&findings);
                let error = warehouse::Error::ChecksFailed(findings).into();
                Err(failed(Failure::ChecksFailed, &error).output(&checks)?)
            }
            Err(error) => Err(failed(Failure::Wrong, &error.into())),
        }
    }
}

fn step_report(step: &Progressed, tables: &Tables) -> Result<TaskReport, TaskError> {
    let over = step
        .started_over
        .as_ref()
        .map(|reason| format!("started over: {reason}"));
    if let Some(report) = &step.report {
        if report.published {
            return published(report, over);
        }
        let note = format!(
            "nothing changed: build {} stays published",
            report.record.build
        );
        let note = over.map_or(note.clone(), |over| format!("{note}; {over}"));
        return Ok(TaskReport::nothing_follows(note).output(&Built::to_store(report, &[]))?);
    }
    let made = match (tables.made.len(), tables.unchanged) {
        (0, 0) => "its checks passed".to_owned(),
        (made, unchanged) => format!("{made} tables made, {unchanged} unchanged"),
    };
    let note = format!("build {}: {made}", step.build);
    let note = over.map_or(note.clone(), |over| format!("{note}; {over}"));
    Ok(TaskReport::new().rows(tables.rows).note(note))
}

fn published(report: &BuildReport, over: Option<String>) -> Result<TaskReport, TaskError> {
    let note = format!("build {} is published", report.record.build);
    let note = over.map_or(note.clone(), |over| format!("{note}; {over}"));
    let changed: Vec<String> = report.changed.iter().map(ToString::to_string).collect();
    Ok(TaskReport::new()
        .rows(report.new_rows)
        .note(note)
        .output(&Built::to_store(report, &changed))?)
}

impl Build {
    fn new(name: &str, until: Option<Until>, parts: &Parts) -> Self {
        Self {
            name: name.to_owned(),
            until,
            landing: parts.landing.clone(),
            warehouse: parts.warehouse.clone(),
            lock: parts.lock.clone(),
            progress: parts.progress.clone(),
            draft: parts.draft.clone(),
        }
    }

    /// Builds unless there is nothing to build from.
    async fn build(&self, now: Timestamp) -> Result<Done, warehouse::Error> {
        let continues = match self.until {
            None | Some(Until::Staged) => false,
            // What a draft was begun with is landed.
            Some(_) => self.warehouse.has_draft().await?,
        };
        if !continues && !self.is_anything_landed(now).await? {
            return Ok(Done::Nothing);
        }
        let Some(until) = self.until else {
            let on_event = |event| self.progress.building(&event);
            let request = BuildRequest::default();
            let report = self.warehouse.build(request, now, &on_event).await?;
            return Ok(Done::Whole(report));
        };
        let tables = std::sync::Mutex::new(Tables::default());
        let on_event = |event| {
            self.progress.building(&event);
            let mut tables = tables
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            tables.add(&event);
        };
        let mut draft = self.draft.lock().await;
        let step = self
            .warehouse
            .build_until(until, &mut draft, now, &on_event);
        let step = step.await?;
        let tables = tables.into_inner();
        let tables = tables.unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(Done::Step(step, tables))
    }

    async fn is_anything_landed(&self, now: Timestamp) -> Result<bool, warehouse::Error> {
        // Windows that a crash cut off a week ago are collected again since, or never will be.
        let listing = self.landing.list().await?;
        let tidying = self.warehouse.tidy_landing(&listing, now, KEEP_UNFINISHED);
        tidying.await?;
        let nothing =
            listing.windows.is_empty() && listing.unsound.is_empty() && listing.unlanded.is_empty();
        Ok(!nothing)
    }
}
