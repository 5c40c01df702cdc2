//! Taking up a run again whose process ended, or some of whose tasks failed: what is done stays done.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::error::{Doing, StateError};
use super::read::word;
use super::write::{OpenRun, warn_interrupted};
use super::{State, read, stored_time};
use crate::dag::Dag;
use crate::one_task::FIRST_PLACE;
use crate::queued::Queued;
use crate::record::{RunId, RunOutcome, RunRecord, StepOutcome, Trigger};

const DOING: &str = "take up a run again";

/// How often the process of a run may die without a task that ended meanwhile. One that ends its process
/// each time (for lack of memory, say) would otherwise keep all others from running.
const DEATHS: u32 = 5;

/// The note of what did not end because the claim of its run was lost.
const TAKEN_OVER: &str = "another instance on the store took the run over";

/// A run that goes on.
pub(crate) struct Resumed {
    pub(crate) open: OpenRun,
    pub(crate) started_at: Timestamp,
    /// The steps that are done.
    pub(crate) done: Vec<Done>,
    /// When those that are not done were begun first.
    pub(crate) begun: Vec<(String, Timestamp)>,
}

/// A step that ended before.
pub(crate) struct Done {
    pub(crate) task: String,
    pub(crate) outcome: StepOutcome,
    pub(crate) note: Option<String>,
    pub(crate) nothing_follows: bool,
}

impl State {
    /// Takes up the interrupted run of an entry of the queue. `None` when its process died too often, or
    /// somebody asked for its end: the entry is removed then.
    ///
    /// # Errors
    /// [`StateError::Taken`] when another process has taken it up.
    pub(crate) async fn resume_run(
        &self,
        queued: &Queued,
        dag: &Dag,
    ) -> Result<Option<Resumed>, StateError> {
        let Some(run) = &queued.run else {
            return Ok(None);
        };
        let mut write = self.begin_write().await?;
        if end_if_asked(&mut write, run).await? {
            write.commit().await?;
            return Ok(None);
        }
        let (slot, lock, interrupted) = {
            let is_backfill = queued.request.trigger == Trigger::Backfill;
            self.take_slot(&mut write, dag, is_backfill).await?
        };
        let resumed: Option<u32> = sqlx::query_scalar(
            "update runs
             set outcome = 'running', ended_at = null, process_id = ?2, slot = ?3,
                 resumed = resumed + 1
             where id = ?1 and outcome = 'interrupted' and resumed + 1 < ?4 returning resumed",
        )
        .bind(run.as_str())
        .bind(std::process::id())
        .bind(slot)
        .bind(DEATHS)
        .fetch_optional(&mut *write)
        .await
        .doing(DOING)?;
        if resumed.is_none() {
            let given_up = sqlx::query(
                "delete from queue where id = ?1
                   and exists (select 1 from runs where id = ?2 and outcome = 'interrupted')",
            )
            .bind(queued.id)
            .bind(run.as_str())
            .execute(&mut *write)
            .await
            .doing(DOING)?;
            if given_up.rows_affected() == 0 {
                let dag = dag.name().clone();
                return Err(StateError::Taken { dag });
            }
            write.commit().await?;
            tracing::warn!(%run, "the run's process ended {DEATHS} times: not taken up again");
            return Ok(None);
        }
        let done = reset_steps(&mut write, run, dag).await?;
        let record = read::run(&mut write, run.as_str()).await?;
        let (mut started_at, mut begun) = (queued.queued_at, Vec::new());
        if let Some(record) = record {
            started_at = record.started_at;
            let open = record
                .steps
                .into_iter()
                .filter(|step| step.ended_at.is_none());
            begun.extend(open.filter_map(|step| Some((step.task, step.started_at?))));
        }
        write.commit().await?;
        warn_interrupted(&interrupted);
        Ok(Some(Resumed {
            open: OpenRun {
                id: run.clone(),
                lock: Arc::new(lock),
            },
            started_at,
            done,
            begun,
        }))
    }

    /// Leaves a run that its process stopped to be taken up again, with the tasks that have not ended. What
    /// a process stops by itself does not count as one that died. One whose claim is `lost` may go on once
    /// it is known what became of it elsewhere.
    pub(crate) async fn interrupt_run(
        &self,
        run: OpenRun,
        lost: bool,
    ) -> Result<RunRecord, StateError> {
        let doing = "leave a run to be taken up again";
        let mut write = self.begin_write().await?;
        sqlx::query(
            "update runs set outcome = 'interrupted', resumed = 0
             where id = ?1 and outcome = 'running'",
        )
        .bind(run.id.as_str())
        .execute(&mut *write)
        .await
        .doing(doing)?;
        if lost {
            sqlx::query(
                "update steps set note = ?2
                 where run_id = ?1 and ended_at is null and outcome in ('incomplete', 'skipped')",
            )
            .bind(run.id.as_str())
            .bind(TAKEN_OVER)
            .execute(&mut *write)
            .await
            .doing(doing)?;
        }
        let OpenRun { id, lock } = run;
        let record = read::run(&mut write, id.as_str()).await?;
        // Before the commit, as where a run is closed.
        drop(lock);
        write.commit().await?;
        record.ok_or(StateError::RunGone { run: id })
    }

    /// Makes a run that has ended go on: its tasks that did not succeed, and those after them, run
    /// again. `false` when it is in progress, waits to go on, succeeded, is of a single task
    /// ([`OneTask`](crate::OneTask)), or the same interval is open.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn retry(&self, run: &RunId, dag: &Dag, at: Timestamp) -> Result<bool, StateError> {
        let mut write = self.begin_write().await?;
        let Some(record) = read::run(&mut write, run.as_str()).await? else {
            return Ok(false);
        };
        if matches!(record.outcome, RunOutcome::Running | RunOutcome::Success) {
            return Ok(false);
        }
        let queued = sqlx::query(
            "insert into queue
             (dag, trigger, interval_from, interval_to, parameters, queued_at, run_id)
             select dag, trigger, interval_from, interval_to, parameters, ?2, id
             from runs where id = ?1 and slot < ?3
               and not exists (select 1 from queue where run_id = ?1)
             on conflict do nothing",
        )
        .bind(run.as_str())
        .bind(stored_time(at))
        .bind(FIRST_PLACE)
        .execute(&mut *write)
        .await
        .doing(DOING)?;
        if queued.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "update runs set outcome = 'interrupted', resumed = 0, cancel_asked_at = null
             where id = ?1",
        )
        .bind(run.as_str())
        .execute(&mut *write)
        .await
        .doing(DOING)?;
        let (mut again, mut follows) = (BTreeSet::new(), BTreeSet::new());
        for step in &record.steps {
            if step.outcome != StepOutcome::Success
                && let Some(node) = dag.node(&step.task)
            {
                again.insert(step.task.clone());
                let after = dag.descendants(node).into_iter();
                follows.extend(after.map(|node| dag.task_name(node).to_owned()));
            }
        }
        for task in &follows {
            // The list of one that follows may be another one, and is to be gone through in full.
            sqlx::query("delete from instances where run_id = ?1 and task = ?2")
                .bind(run.as_str())
                .bind(task)
                .execute(&mut *write)
                .await
                .doing(DOING)?;
        }
        again.extend(follows);
        for task in &again {
            // Without an end it is not done. Instances that succeeded are.
            for sql in [
                "update steps set started_at = null, ended_at = null, attempts = 0
                 where run_id = ?1 and task = ?2",
                "update instances set started_at = null, ended_at = null, attempts = 0
                 where run_id = ?1 and task = ?2 and outcome <> 'success'",
            ] {
                sqlx::query(sql)
                    .bind(run.as_str())
                    .bind(task)
                    .execute(&mut *write)
                    .await
                    .doing(DOING)?;
            }
        }
        write.commit().await?;
        self.bell.ring();
        Ok(true)
    }

    /// Marks a run that has ended as succeeded or failed, by a person's word. `false` when it is in
    /// progress, or there is none.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn mark(&self, run: &RunId, succeeded: bool) -> Result<bool, StateError> {
        let outcome = match succeeded {
            true => RunOutcome::Success,
            false => RunOutcome::Failed,
        };
        let mut write = self.begin_write().await?;
        let marked =
            sqlx::query("update runs set outcome = ?2 where id = ?1 and outcome <> 'running'")
                .bind(run.as_str())
                .bind(outcome.as_str())
                .execute(&mut *write)
                .await
                .doing("mark a run")?;
        sqlx::query("delete from queue where run_id = ?1 and ?2 > 0")
            .bind(run.as_str())
            .bind(i64::try_from(marked.rows_affected()).unwrap_or(i64::MAX))
            .execute(&mut *write)
            .await
            .doing("mark a run")?;
        write.commit().await?;
        self.bell.ring();
        Ok(marked.rows_affected() > 0)
    }
}

/// Closes an interrupted run whose end was asked for before its process ended. Returns whether it was one.
async fn end_if_asked(connection: &mut SqliteConnection, run: &RunId) -> Result<bool, StateError> {
    let closed = sqlx::query(
        "update runs set outcome = 'cancelled', ended_at = cancel_asked_at
         where id = ?1 and outcome = 'interrupted' and cancel_asked_at is not null",
    )
    .bind(run.as_str())
    .execute(&mut *connection)
    .await
    .doing(DOING)?;
    if closed.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("delete from queue where run_id = ?1")
        .bind(run.as_str())
        .execute(connection)
        .await
        .doing(DOING)?;
    Ok(true)
}

/// Makes the steps that have no end wait, and the record one of the tasks that the dag has now.
async fn reset_steps(
    connection: &mut SqliteConnection,
    run: &RunId,
    dag: &Dag,
) -> Result<Vec<Done>, StateError> {
    for sql in [
        "update steps set outcome = 'waiting', note = null, errors = '[]', error_class = null
         where run_id = ?1 and ended_at is null",
        "update instances set outcome = 'waiting', note = null, errors = '[]', error_class = null
         where run_id = ?1 and ended_at is null",
        // Those that the file no longer has are added again below if it has them.
        "update steps set position = position + 1000000 where run_id = ?1",
    ] {
        sqlx::query(sql)
            .bind(run.as_str())
            .execute(&mut *connection)
            .await
            .doing(DOING)?;
    }
    for (position, task) in (0_u32..).zip(dag.tasks()) {
        sqlx::query(
            "insert into steps (run_id, position, task, outcome) values (?1, ?2, ?3, 'waiting')
             on conflict (run_id, task) do update set position = excluded.position",
        )
        .bind(run.as_str())
        .bind(position)
        .bind(task)
        .execute(&mut *connection)
        .await
        .doing(DOING)?;
    }
    sqlx::query(
        "delete from steps where run_id = ?1 and position >= 1000000 and outcome = 'waiting'",
    )
    .bind(run.as_str())
    .execute(&mut *connection)
    .await
    .doing(DOING)?;
    let rows = sqlx::query(
        "select task, outcome, note, nothing_follows
         from steps where run_id = ?1 and ended_at is not null order by position",
    )
    .bind(run.as_str())
    .fetch_all(connection)
    .await
    .doing(DOING)?;
    rows.iter().map(step_done).collect()
}

fn step_done(row: &SqliteRow) -> Result<Done, StateError> {
    Ok(Done {
        task: row.try_get("task").doing(DOING)?,
        outcome: word(row, "outcome")?,
        note: row.try_get("note").doing(DOING)?,
        nothing_follows: row.try_get("nothing_follows").doing(DOING)?,
    })
}
