//! Removes what a store and its state need no longer: old builds and their files, content that was
//! taken back, what killed processes left, old runs. Only files of the program's own names, in its own
//! folders, are looked at.
//!
//! Builds, and runs when they start, clean up after themselves; this does so where neither comes, and
//! says what was removed. What cannot be cleaned up keeps nothing else from it.

use std::sync::Arc;

use anyhow::{Error, Result};
use async_trait::async_trait;
use futures::TryStreamExt as _;
use jiff::{SignedDuration, Timestamp};
use landing::{Landing, layout};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use orchestrator::{State, Task, TaskContext, TaskError, TaskOutput, TaskReport};
use serde::{Deserialize, Serialize};
use warehouse::Warehouse;

use super::build::KEEP_UNFINISHED;
use super::{Parts, failed, heartbeat};
use crate::exit::{self, Failure};
use crate::lock::WriterLockFile;
use crate::messages::Messages;

/// How long the file of an instance stays that writes it no more.
const KEEP_HEARTBEATS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The kind has no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {}

pub fn make(name: &str, _with: With, parts: &Parts) -> Result<Housekeeping, String> {
    Ok(Housekeeping {
        name: name.to_owned(),
        store: parts.store.clone(),
        landing: parts.landing.clone(),
        warehouse: parts.warehouse.clone(),
        lock: parts.lock.clone(),
        state: parts.state.clone(),
        messages: parts.progress.messages.clone(),
    })
}

pub struct Housekeeping {
    name: String,
    store: Arc<dyn ObjectStore>,
    landing: Landing,
    warehouse: Arc<Warehouse>,
    lock: WriterLockFile,
    state: State,
    messages: Messages,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Housekept {
    /// Records of builds beyond those that are kept.
    pub builds: usize,
    /// Builds in several steps that nobody continued for a day.
    #[serde(default)]
    pub drafts: usize,
    /// Data files that no kept build names, and their bytes.
    pub files: u64,
    pub bytes: u64,
    /// Windows of the landing that were never completed, and bodies of them and of take-downs.
    pub windows: usize,
    pub bodies: usize,
    /// Partial files that killed processes left in a local store.
    pub parts: usize,
    /// Signs of life of instances that are gone.
    pub heartbeats: usize,
    /// Runs beyond those that are kept.
    pub runs: u64,
    /// Bytes by which the state file became smaller.
    pub state_bytes: u64,
    /// Copies of states that killed processes left in the folder of temporary files.
    pub copies: usize,
}

impl TaskOutput for Housekept {
    const TYPE: &'static str = "housekept";
}

impl Housekept {
    /// One line for people.
    pub fn note(&self) -> String {
        let counts = [
            (self.builds as u64, "builds"),
            (self.drafts as u64, "drafts of builds"),
            (self.files, "data files"),
            (self.windows as u64, "unfinished windows"),
            (self.bodies as u64, "bodies"),
            (self.parts as u64, "partial files"),
            (self.heartbeats as u64, "heartbeats"),
            (self.runs, "runs"),
            (self.copies as u64, "copies of states"),
        ];
        let named = counts.into_iter().filter(|(count, _)| *count > 0);
        let named: Vec<String> = named
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let bytes = self.bytes + self.state_bytes;
        match (named.is_empty(), bytes) {
            (true, 0) => "there was nothing to remove".to_owned(),
            (true, _) => format!("freed {bytes} bytes"),
            (false, 0) => format!("removed {}", named.join(", ")),
            (false, _) => format!("removed {}; freed {bytes} bytes", named.join(", ")),
        }
    }
}

#[async_trait]
impl Task for Housekeeping {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let now = context.clock().now();
        let mut kept = Housekept::default();
        // The state first: it is there when the store is not.
        let mut errors: Vec<Error> = Vec::new();
        errors.extend(self.state(&mut kept, now).await.err());
        let cleaned = tokio::select! {
            cleaned = self.store(&mut kept, &mut errors, now) => cleaned,
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        errors.extend(cleaned.err());
        match joined(&errors) {
            None => Ok(TaskReport::new().note(kept.note()).output(&kept)?),
            Some(error) => Err(error.output(&kept)?),
        }
    }
}

/// One error of all; another attempt makes sense if it does for each.
fn joined(errors: &[Error]) -> Option<TaskError> {
    let passes = |error: &Error| {
        let of_build = error.downcast_ref::<warehouse::Error>();
        matches!(of_build, Some(warehouse::Error::Publishing)) || exit::is_transient(error)
    };
    match errors {
        [] => None,
        [error] if !passes(error) => Some(failed(Failure::Wrong, error)),
        _ => {
            let texts: Vec<String> = errors.iter().map(exit::text).collect();
            let text = texts.join("; ");
            let error = match errors.iter().all(passes) {
                true => TaskError::retryable(text),
                false => TaskError::permanent(text),
            };
            Some(error.class(Failure::Wrong.class()))
        }
    }
}

impl Housekeeping {
    async fn state(&self, kept: &mut Housekept, now: Timestamp) -> Result<()> {
        let tidied = self.state.tidy().await?;
        kept.runs = tidied.runs;
        kept.state_bytes = tidied.bytes;
        kept.copies = orchestrator::remove_old_copies(now).await;
        Ok(())
    }

    async fn store(
        &self,
        kept: &mut Housekept,
        errors: &mut Vec<Error>,
        now: Timestamp,
    ) -> Result<()> {
        // A folder or bucket that is no store has nothing of ours.
        if !self.landing.is_store().await? {
            return Ok(());
        }
        let lock = self.lock.acquire(&self.messages).await?;
        errors.extend(self.tidy_landing(kept, now).await.err());
        errors.extend(self.clean_up(kept).await.err());
        match self.heartbeats(now).await {
            Ok(count) => kept.heartbeats = count,
            Err(error) => errors.push(error),
        }
        lock.release().await;
        Ok(())
    }

    async fn tidy_landing(&self, kept: &mut Housekept, now: Timestamp) -> Result<()> {
        let listing = self.landing.list().await?;
        let tidying = self.warehouse.tidy_landing(&listing, now, KEEP_UNFINISHED);
        let tidied = tidying.await?;
        kept.windows = tidied.unfinished_windows;
        kept.bodies = tidied.files;
        kept.parts = tidied.parts;
        Ok(())
    }

    async fn clean_up(&self, kept: &mut Housekept) -> Result<()> {
        let cleaned = self.warehouse.clean_up().await?;
        kept.builds = cleaned.builds;
        kept.drafts = cleaned.drafts;
        kept.files = cleaned.files;
        kept.bytes = cleaned.bytes;
        Ok(())
    }

    async fn heartbeats(&self, now: Timestamp) -> Result<usize> {
        let old = (now - KEEP_HEARTBEATS).as_second();
        let folder = Path::from(heartbeat::FOLDER);
        let files = self.store.list(Some(&folder)).try_filter(|file| {
            let is_old = file.last_modified.timestamp() < old;
            std::future::ready(is_old && layout::is_ours(&file.location))
        });
        let files: Vec<_> = files.try_collect().await?;
        for file in &files {
            match self.store.delete(&file.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(files.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_hides_another_and_a_publication_under_way_passes() {
        let wrong = || anyhow::anyhow!("the disk is gone");
        let publishing = || Error::from(warehouse::Error::Publishing);
        assert!(joined(&[]).is_none());
        let both = joined(&[wrong(), publishing()]).unwrap();
        assert!(!both.is_retryable());
        let text = both.to_string();
        assert!(text.contains("the disk is gone; "), "{text}");
        assert!(text.contains(&exit::text(&publishing())), "{text}");
        assert!(joined(&[publishing()]).unwrap().is_retryable());
    }

    #[test]
    fn what_was_removed_is_said_in_one_line() {
        assert_eq!(Housekept::default().note(), "there was nothing to remove");
        let kept = Housekept {
            builds: 2,
            files: 30,
            bytes: 4_000,
            state_bytes: 96,
            runs: 5,
            ..Housekept::default()
        };
        assert_eq!(
            kept.note(),
            "removed 2 builds, 30 data files, 5 runs; freed 4096 bytes"
        );
        let smaller = Housekept {
            state_bytes: 8,
            ..Housekept::default()
        };
        assert_eq!(smaller.note(), "freed 8 bytes");
    }
}
