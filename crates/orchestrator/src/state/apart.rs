//! Single tasks that are run by themselves, and whole runs of the same dag.

use sqlx::SqliteConnection;

use super::State;
use super::error::{Doing, StateError};
use super::write::interrupt;
use crate::dag::{BACKFILL_PLACES, Dag};
use crate::one_task::FIRST_PLACE;
use crate::record::RunId;

impl State {
    /// Whether a run of `dag` has to wait for others in places that it does not take itself: a single task
    /// for whole runs, a whole run for single tasks. Queued backfills run beside both. Where the dag allows
    /// several runs at a time, single tasks wait only while as many are in progress.
    ///
    /// Records of dead processes are closed on the way: returns their runs; none where it has to wait.
    pub(super) async fn dead_beside(
        &self,
        write: &mut SqliteConnection,
        dag: &Dag,
        is_backfill: bool,
    ) -> Result<Option<Vec<RunId>>, StateError> {
        let allowed = dag.active_runs_allowed();
        let others = match dag.is_one_task() {
            true => 0..BACKFILL_PLACES,
            false if allowed > 1 || is_backfill => return Ok(Some(Vec::new())),
            false => FIRST_PLACE..u32::MAX,
        };
        let slots: Vec<u32> = sqlx::query_scalar(
            "select slot from runs
             where dag = ?1 and outcome = 'running' and slot >= ?2 and slot < ?3",
        )
        .bind(dag.name().as_str())
        .bind(others.start)
        .bind(others.end)
        .fetch_all(&mut *write)
        .await
        .doing("look for runs in progress")?;
        let (mut alive, mut dead) = (0, Vec::new());
        for slot in slots {
            match self.locks.try_take(dag.name(), slot)? {
                Some(_lock) => {
                    dead.append(&mut interrupt(write, dag.name().as_str(), slot).await?);
                }
                None => alive += 1,
            }
        }
        Ok((alive < allowed).then_some(dead))
    }
}
