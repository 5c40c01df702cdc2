//! Collects what is due of a source, or exactly the time of a backfill.

use std::sync::Arc;

use async_trait::async_trait;
use extract::Collector;
use jiff::Timestamp;
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;

use super::{Outcomes, Parts, leave};
use crate::progress::Progress;
use crate::times;

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
        backfill: parts.backfill,
        progress: parts.progress.clone(),
        outcomes: parts.outcomes.clone(),
    })
}

pub struct Collect {
    name: String,
    collector: Arc<Collector>,
    backfill: Option<(Timestamp, Timestamp)>,
    progress: Progress,
    outcomes: Arc<Outcomes>,
}

#[async_trait]
impl Task for Collect {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let collecting = async {
            match self.backfill {
                Some((from, to)) => self.collector.backfill(from, to).await,
                None => self.collector.collect().await,
            }
        };
        // Dropping a collection loses nothing: complete windows stay, the rest is due again.
        let collected = tokio::select! {
            collected = collecting => collected,
            () = self.progress.follow(self.collector.progress()) => return Err(TaskError::cancelled()),
            () = context.cancel().cancelled() => return Err(TaskError::cancelled()),
        };
        let report = match collected {
            Ok(report) => report,
            Err(error) => {
                let failed = TaskError::permanent(error.to_string());
                leave(&self.outcomes.collected, Err(error));
                return Err(failed);
            }
        };
        self.progress
            .collecting(&self.collector.progress().borrow());
        let rows = report.records();
        let note = format!(
            "{} windows, {rows} postings, {} calls",
            report.windows.len(),
            report.calls
        );
        let task = if report.is_complete() {
            TaskReport::new().note(note)
        } else {
            let due = times::intervals(report.due().as_slice());
            TaskReport::incomplete(format!("{note}; still due: {due}"))
        };
        leave(&self.outcomes.collected, Ok(report));
        Ok(task.rows(rows))
    }
}
