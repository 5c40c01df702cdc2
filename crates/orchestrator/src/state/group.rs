//! Group commit: changes of tasks that arrive while another one is being written are written together,
//! in one transaction, so that a sync of the disk serves many of them. Each is durable before its
//! caller goes on.
//!
//! There is no thread for it: whoever holds the turn writes for all who wait. If that future is dropped
//! half way, nothing was committed, or all of it was; those who wait write for themselves, in the second
//! case once more. That gives the same rows, except that what follows from a change (a run that it
//! starts, a dataset that it changes) may follow twice, which costs a run that finds nothing to do.

use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::SqliteConnection;
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::State;
use super::change::Change;
use super::error::{Doing, StateError};

type Waiting = (Arc<Change>, oneshot::Sender<Result<(), StateError>>);

/// The changes that wait for their turn.
#[derive(Default)]
pub(super) struct Group {
    waiting: Mutex<Vec<Waiting>>,
}

impl Group {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        // A panic cannot leave a list of changes in an inconsistent state.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Makes a change durable.
    pub(super) async fn commit(&self, change: Change) -> Result<(), StateError> {
        let change = Arc::new(change);
        loop {
            let (tell, mut result) = oneshot::channel();
            self.group.waiting().push((Arc::clone(&change), tell));
            let turn = self.turn.lock().await;
            match result.try_recv() {
                Ok(result) => return result,
                // Whoever took it was dropped.
                Err(TryRecvError::Closed) => continue,
                Err(TryRecvError::Empty) => {}
            }
            let batch = take(&mut *self.group.waiting());
            self.write_batch(batch).await;
            drop(turn);
            if let Ok(result) = result.try_recv() {
                return result;
            }
        }
    }

    /// Writes all, and tells each caller. If that fails, each is tried by itself, so that an error goes
    /// to whom it concerns.
    async fn write_batch(&self, batch: Vec<Waiting>) {
        let changes: Vec<Arc<Change>> =
            batch.iter().map(|(change, _)| Arc::clone(change)).collect();
        let written = self.write_changes(changes).await;
        if written.is_err() && batch.len() > 1 {
            for (change, tell) in batch {
                // Nobody waits for what a dropped run changed.
                tell.send(self.write_changes(vec![change]).await).ok();
            }
            return;
        }
        let mut written = Some(written);
        for (_, tell) in batch {
            tell.send(written.take().unwrap_or(Ok(()))).ok();
        }
    }

    async fn write_changes(&self, changes: Vec<Arc<Change>>) -> Result<(), StateError> {
        let doing = "record what became of a task";
        let mut write = self
            .pool
            .begin_with("begin immediate")
            .await
            .doing("start a change of the state")?;
        let connection: &mut SqliteConnection = &mut write;
        for change in &changes {
            change.write(connection).await?;
        }
        write.commit().await.doing(doing)
    }
}
