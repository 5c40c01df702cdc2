//! Recording a run: opened with all its steps waiting, updated step by step, closed once. Each
//! function is one transaction, so that changes are atomic for readers and for the next process
//! after a crash.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::{Row, SqliteConnection};

use super::change::{Change, Place};
use super::error::{Doing, RunUnderWay, StateError};
use super::instances::Instance;
use super::lock::HeldLock;
use super::{State, read, read_time, stored_time, upkeep};
use crate::dag::Dag;
use crate::dag_name::DagName;
use crate::record::{RunId, RunOutcome, RunRecord, StepOutcome, Trigger};
use crate::request::RunRequest;
use crate::task::TaskReport;
use crate::task_error::TaskError;

/// The limit of each text of a task.
const TEXT_BYTES_KEPT: usize = 4_096;

/// The limit of a run's parameters, as JSON.
pub(crate) const PARAMETER_BYTES: usize = 4_096;

/// A run to be opened.
pub(crate) struct NewRun<'a> {
    pub(crate) dag: &'a Dag,
    pub(crate) request: RunRequest,
    pub(crate) at: Timestamp,
    /// The entry of the queue that it is of.
    pub(crate) queued: Option<i64>,
}

/// A run in progress. Dropping it without [`State::finish_run`] leaves it to be marked
/// `interrupted`, as if the process had died.
pub(crate) struct OpenRun {
    pub(crate) id: RunId,
    /// Shared with the running tasks: the dag stays locked until the last of them has stopped.
    pub(crate) lock: Arc<HeldLock>,
}

/// How a step ended.
#[derive(Debug, Clone)]
pub(crate) struct StepEnd {
    pub(crate) outcome: StepOutcome,
    pub(crate) report: TaskReport,
    pub(crate) errors: Vec<String>,
    pub(crate) error_class: Option<&'static str>,
    /// Whether a cancellation ended it, or kept it from starting; its outcome is then `incomplete` or
    /// `skipped`, and it is not done.
    pub(crate) stopped: bool,
}

impl StepEnd {
    pub(crate) fn reported(report: TaskReport) -> Self {
        Self {
            outcome: if report.incomplete {
                StepOutcome::Incomplete
            } else {
                StepOutcome::Success
            },
            report,
            errors: Vec::new(),
            error_class: None,
            stopped: false,
        }
    }

    pub(crate) fn failed(errors: Vec<String>) -> Self {
        Self {
            outcome: StepOutcome::Failed,
            report: TaskReport::new(),
            errors,
            error_class: None,
            stopped: false,
        }
    }

    pub(crate) fn error(error: TaskError) -> Self {
        let mut end = Self::failed(error.chain());
        (end.error_class, end.report.output) = error.class_and_output();
        end
    }

    pub(crate) fn skipped(reason: String) -> Self {
        Self {
            outcome: StepOutcome::Skipped,
            report: TaskReport::new().note(reason),
            errors: Vec::new(),
            error_class: None,
            stopped: false,
        }
    }

    /// Never started, because of a cancellation.
    pub(crate) fn not_started(reason: String) -> Self {
        Self {
            stopped: true,
            ..Self::skipped(reason)
        }
    }

    /// Of an instance that ended before.
    pub(crate) fn recorded(instance: &Instance) -> Self {
        let mut end = match instance.outcome {
            StepOutcome::Failed => Self::failed(vec!["failed before".to_owned()]),
            outcome => Self {
                outcome,
                ..Self::reported(TaskReport::new())
            },
        };
        (end.report.rows, end.report.bytes) = (instance.rows, instance.bytes);
        end.report.nothing_follows = instance.nothing_follows;
        end
    }

    pub(crate) fn is_failure(&self) -> bool {
        self.outcome == StepOutcome::Failed
    }

    pub(crate) fn stopped(reason: String, errors: Vec<String>) -> Self {
        Self {
            outcome: StepOutcome::Incomplete,
            report: TaskReport::incomplete(reason),
            errors,
            error_class: None,
            stopped: true,
        }
    }
}

impl State {
    /// Acquires the dag's lock, closes the records of dead processes, records the run with all its
    /// steps waiting, and applies retention.
    pub(crate) async fn start_run(&self, new: NewRun<'_>) -> Result<OpenRun, StateError> {
        let doing = "record the start of a run";
        let dag = new.dag.name();
        let parameters = stored_parameters(&new.request)?;
        let mut write = self.begin_write().await?;
        let (slot, lock, interrupted) = {
            let is_backfill = new.queued.is_some() && new.request.trigger == Trigger::Backfill;
            self.take_slot(&mut write, new.dag, is_backfill).await?
        };

        let id = RunId::new(new.at, rand::random());
        let interval = new.request.interval;
        sqlx::query(
            "insert into runs
             (id, dag, trigger, interval_from, interval_to, started_at, outcome, process_id,
              parameters, slot)
             values (?1, ?2, ?3, ?4, ?5, ?6, 'running', ?7, ?8, ?9)",
        )
        .bind(id.as_str())
        .bind(dag.as_str())
        .bind(new.request.trigger.as_str())
        .bind(interval.map(|interval| stored_time(interval.from)))
        .bind(interval.map(|interval| stored_time(interval.to)))
        .bind(stored_time(new.at))
        .bind(std::process::id())
        .bind(parameters)
        .bind(slot)
        .execute(&mut *write)
        .await
        .doing(doing)?;
        if let Some(queued) = new.queued {
            let taken =
                sqlx::query("update queue set run_id = ?2 where id = ?1 and run_id is null")
                    .bind(queued)
                    .bind(id.as_str())
                    .execute(&mut *write)
                    .await
                    .doing(doing)?;
            if taken.rows_affected() == 0 {
                return Err(StateError::Taken { dag: dag.clone() });
            }
        }
        for (position, task) in (0_u32..).zip(new.dag.tasks()) {
            sqlx::query(
                "insert into steps (run_id, position, task, outcome)
                 values (?1, ?2, ?3, 'waiting')",
            )
            .bind(id.as_str())
            .bind(position)
            .bind(task)
            .execute(&mut *write)
            .await
            .doing(doing)?;
        }
        self.forget(&mut write).await?;
        if let Some(kept) = new.dag.runs_kept() {
            upkeep::forget_of(&mut write, dag.as_str(), kept.get()).await?;
        }
        write.commit().await?;
        warn_interrupted(&interrupted);
        Ok(OpenRun {
            id,
            lock: Arc::new(lock),
        })
    }

    /// Acquires the lock of the first free place of a dag for a queued backfill or for another run, and
    /// closes the records of the dead processes that had it.
    pub(super) async fn take_slot(
        &self,
        write: &mut SqliteConnection,
        dag: &Dag,
        is_backfill: bool,
    ) -> Result<(u32, HeldLock, Vec<RunId>), StateError> {
        let name = dag.name();
        if let Some(mut interrupted) = self.dead_beside(write, dag, is_backfill).await? {
            for slot in dag.places(is_backfill) {
                if let Some(lock) = self.locks.try_take(name, slot)? {
                    interrupted.append(&mut interrupt(write, name.as_str(), slot).await?);
                    return Ok((slot, lock, interrupted));
                }
            }
        }
        Err(match run_under_way(write, name).await? {
            Some(run) => StateError::AlreadyRunning {
                dag: name.clone(),
                run: Box::new(run),
            },
            None => StateError::Locked {
                dag: name.clone(),
                locks: self.locks.place(),
            },
        })
    }

    /// Records that attempt number `attempt` of a step, or of an instance of it, starts.
    pub(crate) async fn attempt_started(
        &self,
        place: Place,
        attempt: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        self.commit(Change::Started { place, attempt, at }).await
    }

    /// Records how a step, or an instance of it, ended: with its output, the runs that it starts and the
    /// datasets that it changes, in one transaction.
    pub(crate) async fn step_ended(
        &self,
        place: Place,
        end: StepEnd,
        produces: &[String],
        at: Timestamp,
    ) -> Result<(), StateError> {
        let is_done = end.outcome == StepOutcome::Success && !end.report.nothing_follows;
        let partly = end.outcome == StepOutcome::Incomplete && !end.stopped;
        let produces = match is_done || partly {
            true => produces.to_vec(),
            false => Vec::new(),
        };
        self.commit(Change::Ended {
            place,
            end: Box::new(end),
            produces,
            at,
        })
        .await
    }

    /// Closes the record, releases the dag's lock and returns the record.
    pub(crate) async fn finish_run(
        &self,
        run: OpenRun,
        outcome: RunOutcome,
        at: Timestamp,
    ) -> Result<RunRecord, StateError> {
        let doing = "record the end of a run";
        let mut write = self.begin_write().await?;
        sqlx::query(
            "update runs set outcome = ?2, ended_at = ?3 where id = ?1 and outcome = 'running'",
        )
        .bind(run.id.as_str())
        .bind(outcome.as_str())
        .bind(stored_time(at))
        .execute(&mut *write)
        .await
        .doing(doing)?;
        // Those that were stopped.
        for sql in [
            "update steps set ended_at = ?2 where run_id = ?1 and ended_at is null",
            "update instances set ended_at = ?2 where run_id = ?1 and ended_at is null",
        ] {
            sqlx::query(sql)
                .bind(run.id.as_str())
                .bind(stored_time(at))
                .execute(&mut *write)
                .await
                .doing(doing)?;
        }
        sqlx::query("delete from queue where run_id = ?1")
            .bind(run.id.as_str())
            .execute(&mut *write)
            .await
            .doing(doing)?;
        let OpenRun { id, lock } = run;
        match read::run(&mut write, id.as_str()).await? {
            Some(record) if record.outcome == outcome => {
                // Before the commit: a start may follow it immediately, and must not find the lock
                // held. Until then none can start, and a failed commit leaves a run to be detected
                // as dead.
                drop(lock);
                write.commit().await?;
                Ok(record)
            }
            _ => Err(StateError::RunGone { run: id }),
        }
    }

    /// Finds the runs whose process is gone and marks them `interrupted`; [`State::open`] does it,
    /// so only a process that keeps a handle for long has to call it. Returns their ids.
    ///
    /// # Errors
    /// When the state or a lock file cannot be used.
    pub async fn mark_interrupted(&self) -> Result<Vec<RunId>, StateError> {
        let doing = "look for interrupted runs";
        let open: Vec<(String, u32)> =
            sqlx::query_as("select distinct dag, slot from runs where outcome = 'running'")
                .fetch_all(&self.pool)
                .await
                .doing(doing)?;
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let mut write = self.begin_write().await?;
        let mut locks = Vec::new();
        let mut interrupted = Vec::new();
        for (dag, slot) in open {
            let name = DagName::new(dag.as_str())
                .map_err(|error| StateError::corrupt("a dag's name", &dag, error))?;
            if let Some(lock) = self.locks.try_take(&name, slot)? {
                locks.push(lock);
                interrupted.append(&mut interrupt(&mut write, &dag, slot).await?);
            }
        }
        // Before the commit: a start may follow it immediately, and must not find them held.
        drop(locks);
        write.commit().await?;
        warn_interrupted(&interrupted);
        Ok(interrupted)
    }
}

async fn run_under_way(
    connection: &mut SqliteConnection,
    dag: &DagName,
) -> Result<Option<RunUnderWay>, StateError> {
    let doing = "read the run in progress";
    let row = sqlx::query(
        "select id, process_id, started_at from runs
         where dag = ?1 and outcome = 'running' order by id desc limit 1",
    )
    .bind(dag.as_str())
    .fetch_optional(connection)
    .await
    .doing(doing)?;
    row.map(|row| {
        let started_at: String = row.try_get("started_at").doing(doing)?;
        Ok(RunUnderWay {
            id: RunId::stored(row.try_get("id").doing(doing)?),
            process_id: row.try_get("process_id").doing(doing)?,
            started_at: read_time("the start of a run", &started_at)?,
        })
    })
    .transpose()
}

/// Marks the open run in a place of `dag` whose lock the caller holds.
pub(super) async fn interrupt(
    connection: &mut SqliteConnection,
    dag: &str,
    slot: u32,
) -> Result<Vec<RunId>, StateError> {
    let doing = "mark interrupted runs";
    let ids: Vec<String> = sqlx::query_scalar(
        "update runs set outcome = 'interrupted'
         where dag = ?1 and slot = ?2 and outcome = 'running' returning id",
    )
    .bind(dag)
    .bind(slot)
    .fetch_all(&mut *connection)
    .await
    .doing(doing)?;
    for id in &ids {
        for sql in [
            "update steps
             set outcome = case outcome when 'running' then 'incomplete' else 'skipped' end,
                 note = 'the process ended before this task had'
             where outcome in ('waiting', 'running') and run_id = ?1",
            "update instances
             set outcome = case outcome when 'running' then 'incomplete' else 'skipped' end,
                 note = 'the process ended before this task had'
             where outcome in ('waiting', 'running') and run_id = ?1",
        ] {
            sqlx::query(sql)
                .bind(id)
                .execute(&mut *connection)
                .await
                .doing(doing)?;
        }
    }
    Ok(ids.into_iter().map(RunId::stored).collect())
}

/// As JSON, unless they are too long.
pub(super) fn stored_parameters(request: &RunRequest) -> Result<String, StateError> {
    let parameters = request.parameters.to_string();
    match parameters.len() {
        0..=PARAMETER_BYTES => Ok(parameters),
        bytes => Err(StateError::Parameters {
            bytes,
            limit: PARAMETER_BYTES,
        }),
    }
}

pub(super) fn warn_interrupted(runs: &[RunId]) {
    for run in runs {
        tracing::warn!(%run, "the run's process ended without closing it: marked interrupted");
    }
}

/// SQLite's integers are signed; no count gets that large.
pub(super) fn stored_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The beginning of a long text. A hint at its end stays: it is the next step.
pub(super) fn clipped(text: &str) -> String {
    if text.len() <= TEXT_BYTES_KEPT {
        return text.to_owned();
    }
    let hint = text.rfind("\nhint: ").map_or("", |at| &text[at..]);
    let hint = if hint.len() < TEXT_BYTES_KEPT / 2 {
        hint
    } else {
        ""
    };
    let end = text.floor_char_boundary(TEXT_BYTES_KEPT - hint.len());
    format!("{}{hint}", &text[..end])
}
