//! Makes the DAGs of the pipeline's files for their runs, and shows the progress of those.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use indicatif::MultiProgress;
use orchestrator::{Dag, DagDefinition, State};

use crate::app::App;
use crate::collecting;
use crate::dags::Dags;
use crate::messages::Messages;
use crate::progress::Progress;
use crate::tasks::{self, Parts};

/// Makes DAGs with all that their tasks need.
pub struct Maker<'a> {
    app: &'a App,
    state: &'a State,
    dags: &'a Dags,
    messages: &'a Messages,
    /// Of the runs in progress, each with its DAG.
    progress: Mutex<Vec<(String, Progress)>>,
    /// Where lines name their DAG.
    bars: Option<MultiProgress>,
}

impl<'a> Maker<'a> {
    /// Of these DAGs.
    pub fn new(app: &'a App, state: &'a State, dags: &'a Dags, messages: &'a Messages) -> Self {
        Self {
            app,
            state,
            dags,
            messages,
            progress: Mutex::default(),
            bars: None,
        }
    }

    /// Names the DAG in each line of progress: several run at once.
    pub fn named(mut self) -> Self {
        self.bars = Some(MultiProgress::new());
        self
    }

    /// All DAGs that it can make.
    pub fn definitions(&self) -> &'a [DagDefinition] {
        self.dags.all()
    }

    /// Makes a DAG for a run of which progress is shown until [`Maker::ended`].
    ///
    /// # Errors
    /// When a task lacks something, such as the key of its source.
    pub async fn make(&self, definition: &DagDefinition) -> Result<Dag> {
        let sources = tasks::sources(definition);
        let collectors = collecting::collectors(self.app, self.state, sources, None).await?;
        let progress = match &self.bars {
            Some(bars) => Progress::beside(self.app, self.messages, bars, &definition.name),
            None => Progress::begin(self.app, self.messages),
        };
        let of = definition.name.to_string();
        self.progress().push((of, progress.clone()));
        let parts = Parts::new(self.app, self.state, self.dags.all(), collectors, progress);
        Ok(tasks::registry().dag(definition, &parts)?)
    }

    /// Ends what is shown of a run of a DAG. Which of several is all the same: each shows a task at a time.
    pub fn ended(&self, dag: &str) {
        let mut shown = self.progress();
        if let Some(at) = shown.iter().position(|(of, _)| of == dag) {
            shown.swap_remove(at).1.end();
        }
    }

    fn progress(&self) -> MutexGuard<'_, Vec<(String, Progress)>> {
        // A panic cannot leave the list in an inconsistent state.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
