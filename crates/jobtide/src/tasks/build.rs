//! Makes tables of everything landed, checks and publishes them.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use landing::Landing;
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;
use warehouse::Warehouse;
use warehouse::build::{BuildEvent, BuildReport, BuildRequest, How};

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

pub fn make(name: &str, _with: With, parts: &Parts) -> Result<Build, String> {
    Ok(Build {
        name: name.to_owned(),
        landing: parts.landing.clone(),
        warehouse: parts.warehouse.clone(),
        lock: parts.lock.clone(),
        progress: parts.progress.clone(),
    })
}

pub struct Build {
    name: String,
    landing: Landing,
    warehouse: Arc<Warehouse>,
    lock: WriterLockFile,
    progress: Progress,
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
        self.warehouse.set_writer(lock.writer());
        // A build that is dropped has published nothing; the next one cleans up after it.
        let built = tokio::select! {
            built = self.build(context.clock().now()) => built,
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        match built {
            Ok(None) => {
                Ok(TaskReport::new().note("nothing is landed yet, so there is nothing to build"))
            }
            Ok(Some((report, changed))) => Ok(TaskReport::new()
                .rows(report.new_rows)
                .note(format!("build {} is published", report.record.build))
                .output(&Built::to_store(&report, &changed))?),
            Err(warehouse::Error::ChecksFailed(findings)) => {
                let checks = FailedChecks::new(&findings);
                let error = warehouse::Error::ChecksFailed(findings).into();
                Err(failed(Failure::ChecksFailed, &error).output(&checks)?)
            }
            Err(error) => Err(failed(Failure::Wrong, &error.into())),
        }
    }
}

impl Build {
    /// Builds unless there is nothing to build from. Returns the tables whose rows changed, too.
    async fn build(
        &self,
        now: Timestamp,
    ) -> Result<Option<(BuildReport, Vec<String>)>, warehouse::Error> {
        // Windows that a crash cut off a week ago are collected again since, or never will be.
        let listing = self.landing.list().await?;
        let tidying = self.warehouse.tidy_landing(&listing, now, KEEP_UNFINISHED);
        tidying.await?;
        if listing.windows.is_empty() && listing.unsound.is_empty() && listing.unlanded.is_empty() {
            return Ok(None);
        }
        let changed = Mutex::new(Vec::new());
        let on_event = |event| {
            self.progress.building(&event);
            if let BuildEvent::Table { name, how, .. } = event
                && how != How::Unchanged
            {
                let mut changed = changed.lock().unwrap_or_else(PoisonError::into_inner);
                changed.push(name.to_string());
            }
        };
        let request = BuildRequest::default();
        let report = self.warehouse.build(request, now, &on_event).await?;
        let mut changed = changed.into_inner().unwrap_or_else(PoisonError::into_inner);
        changed.sort_unstable();
        Ok(Some((report, changed)))
    }
}
