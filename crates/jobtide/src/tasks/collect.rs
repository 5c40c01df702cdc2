//! Collects what is due of a source, or exactly the time of a backfill.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use orchestrator::{Task, TaskContext, TaskError, TaskReport, Trigger};
use serde::Deserialize;

use super::collected::Collected;
use super::{Parts, failed};
use crate::collecting::Collecting;
use crate::exit::Failure;
use crate::progress::Progress;

/// Parameters of the kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {
    /// The name of the source.
    source: String,
}

pub fn make(name: &str, with: With, parts: &Parts) -> Result<Collect, String> {
    let collector = parts.collectors.get(&with.source);
    Ok(Collect {
        name: name.to_owned(),
        collector: collector
            .ok_or_else(|| format!("there is no source `{}`", with.source))?
            .clone(),
        progress: parts.progress.clone(),
    })
}

pub struct Collect {
    name: String,
    collector: Arc<Collecting>,
    progress: Progress,
}

#[async_trait]
impl Task for Collect {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let collecting = async {
            // What is due follows from the landing, whatever interval the schedule has come to.
            let by_itself = matches!(
                context.trigger(),
                Trigger::Schedule | Trigger::Data | Trigger::Dag
            );
            let interval = context.interval().filter(|_| !by_itself);
            Ok(match (self.collector.as_ref(), interval) {
                (Collecting::Windows(collector), Some(interval)) => {
                    // Up to now, whenever that is, means without an end: see `Collector::backfill`.
                    let to = match context.is_open_ended() {
                        true => Timestamp::MAX,
                        false => interval.to,
                    };
                    Collected::new(collector.backfill(interval.from, to).await?)
                }
                (Collecting::Windows(collector), None) => {
                    Collected::new(collector.collect().await?)
                }
                (Collecting::Lists(poller), interval) => {
                    Collected::of_lists(poller.poll(interval).await?)
                }
            })
        };
        // Complete windows stay when a collection is dropped, and the rest is due again. A poll of
        // lists is one window, so all that it read so far is due again.
        let collected = tokio::select! {
            collected = collecting => collected,
            () = self.progress.follow(self.collector.progress()) => return Err(TaskError::cancelled()),
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        let collected: Collected =
            collected.map_err(|error: extract::Error| failed(Failure::Wrong, &error.into()))?;
        self.progress
            .collecting(&self.collector.progress().borrow());
        let note = collected.note();
        let report = match collected.is_complete {
            true => TaskReport::new().note(note),
            false => {
                TaskReport::incomplete(format!("{note}; still due: {}", collected.due_in_words()))
            }
        };
        Ok(report.rows(collected.records).output(&collected)?)
    }
}
