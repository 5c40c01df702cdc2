//! Recording a run: opened with all its steps waiting, updated step by step, closed once. Each
//! function is one transaction, so that changes are atomic for readers and for the next process
//! after a crash.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::{Row, SqliteConnection};

use super::error::{Doing, RunUnderWay, StateError};
use super::lock::DagLock;
use super::{State, read, read_time, stored_time};
use crate::dag::{Dag, DagName};
use crate::record::{RunId, RunOutcome, RunRecord, StepOutcome};
use crate::request::RunRequest;
use crate::task::{TaskError, TaskReport};

/// Days of call counts that are kept, per source.
const CALL_DAYS_KEPT: u32 = 400;

/// Limits of the stored causes of an error, and of each text of a task.
const CAUSES_KEPT: usize = 16;
const TEXT_BYTES_KEPT: usize = 4_096;

/// The limit of a run's parameters, as JSON.
const PARAMETER_BYTES: usize = 4_096;

/// A run to be opened.
pub(crate) struct NewRun<'a> {
    pub(crate) dag: &'a Dag,
    pub(crate) request: RunRequest,
    pub(crate) at: Timestamp,
}

/// A run in progress. Dropping it without [`State::finish_run`] leaves it to be marked
/// `interrupted`, as if the process had died.
pub(crate) struct OpenRun {
    pub(crate) id: RunId,
    /// Shared with the running tasks: the dag stays locked until the last of them has stopped.
    pub(crate) lock: Arc<DagLock>,
}

/// How a step ended.
pub(crate) struct StepEnd {
    pub(crate) outcome: StepOutcome,
    pub(crate) report: TaskReport,
    pub(crate) errors: Vec<String>,
    pub(crate) error_class: Option<&'static str>,
    /// Whether a cancellation ended it; its outcome is then `incomplete`.
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
        let parameters = new.request.parameters.to_string();
        if parameters.len() > PARAMETER_BYTES {
            return Err(StateError::Parameters {
                bytes: parameters.len(),
                limit: PARAMETER_BYTES,
            });
        }
        let mut write = self.begin_write().await?;
        let Some(lock) = self.locks.try_take(dag)? else {
            return Err(match run_under_way(&mut write, dag).await? {
                Some(run) => StateError::AlreadyRunning {
                    dag: dag.clone(),
                    run: Box::new(run),
                },
                None => StateError::Locked {
                    dag: dag.clone(),
                    locks: self.locks.place(),
                },
            });
        };
        let interrupted = interrupt(&mut write, dag.as_str()).await?;

        let id = RunId::new(new.at, rand::random());
        let interval = new.request.interval;
        sqlx::query(
            "insert into runs
             (id, dag, trigger, interval_from, interval_to, started_at, outcome, process_id,
              parameters)
             values (?1, ?2, ?3, ?4, ?5, ?6, 'running', ?7, ?8)",
        )
        .bind(id.as_str())
        .bind(dag.as_str())
        .bind(new.request.trigger.as_str())
        .bind(interval.map(|interval| stored_time(interval.from)))
        .bind(interval.map(|interval| stored_time(interval.to)))
        .bind(stored_time(new.at))
        .bind(std::process::id())
        .bind(parameters)
        .execute(&mut *write)
        .await
        .doing(doing)?;
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
        forget(&mut write, self.runs_kept.get()).await?;
        write.commit().await.doing(doing)?;
        warn_interrupted(&interrupted);
        Ok(OpenRun {
            id,
            lock: Arc::new(lock),
        })
    }

    /// Records that attempt number `attempt` of a step starts.
    pub(crate) async fn attempt_started(
        &self,
        run: &RunId,
        task: &str,
        attempt: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        sqlx::query(
            "update steps
             set outcome = 'running', attempts = ?3, started_at = coalesce(started_at, ?4)
             where run_id = ?1 and task = ?2",
        )
        .bind(run.as_str())
        .bind(task)
        .bind(attempt)
        .bind(stored_time(at))
        .execute(&self.pool)
        .await
        .doing("record the start of a task")?;
        Ok(())
    }

    /// Records how a step ended, with its output: one statement, so that there is no end without it.
    pub(crate) async fn step_ended(
        &self,
        run: &RunId,
        task: &str,
        end: &StepEnd,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let errors: Vec<String> = end
            .errors
            .iter()
            .take(CAUSES_KEPT)
            .map(|error| clipped(error))
            .collect();
        let output = end.report.output.as_ref();
        sqlx::query(
            "update steps
             set outcome = ?3, ended_at = ?4, rows = ?5, bytes = ?6, note = ?7, errors = ?8,
                 error_class = ?9, output_type = ?10, output = ?11
             where run_id = ?1 and task = ?2",
        )
        .bind(run.as_str())
        .bind(task)
        .bind(end.outcome.as_str())
        .bind(stored_time(at))
        .bind(end.report.rows.map(stored_count))
        .bind(end.report.bytes.map(stored_count))
        .bind(end.report.note.as_deref().map(clipped))
        .bind(serde_json::Value::from(errors).to_string())
        .bind(end.error_class)
        .bind(output.map(|output| output.type_name.as_str()))
        .bind(output.map(|output| output.json.as_str()))
        .execute(&self.pool)
        .await
        .doing("record the end of a task")?;
        Ok(())
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
        let OpenRun { id, lock } = run;
        match read::run(&mut write, id.as_str()).await? {
            Some(record) if record.outcome == outcome => {
                // Before the commit: a start may follow it immediately, and must not find the lock
                // held. Until then none can start, and a failed commit leaves a run to be detected
                // as dead.
                drop(lock);
                write.commit().await.doing(doing)?;
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
        let open_dags = "select distinct dag from runs where outcome = 'running'";
        let dags: Vec<String> = sqlx::query_scalar(open_dags)
            .fetch_all(&self.pool)
            .await
            .doing(doing)?;
        if dags.is_empty() {
            return Ok(Vec::new());
        }
        let mut write = self.begin_write().await?;
        let mut locks = Vec::new();
        let mut interrupted = Vec::new();
        for dag in dags {
            let name = DagName::new(dag.as_str())
                .map_err(|error| StateError::corrupt("a dag's name", &dag, error))?;
            if let Some(lock) = self.locks.try_take(&name)? {
                locks.push(lock);
                interrupted.append(&mut interrupt(&mut write, &dag).await?);
            }
        }
        // Before the commit: a start may follow it immediately, and must not find them held.
        drop(locks);
        write.commit().await.doing(doing)?;
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

/// Marks the open runs of `dag`, whose lock the caller holds.
async fn interrupt(connection: &mut SqliteConnection, dag: &str) -> Result<Vec<RunId>, StateError> {
    let doing = "mark interrupted runs";
    sqlx::query(
        "update steps
         set outcome = case outcome when 'running' then 'incomplete' else 'skipped' end,
             note = 'the process ended before this task had'
         where outcome in ('waiting', 'running')
           and run_id in (select id from runs where dag = ?1 and outcome = 'running')",
    )
    .bind(dag)
    .execute(&mut *connection)
    .await
    .doing(doing)?;
    let ids: Vec<String> = sqlx::query_scalar(
        "update runs set outcome = 'interrupted'
         where dag = ?1 and outcome = 'running' returning id",
    )
    .bind(dag)
    .fetch_all(connection)
    .await
    .doing(doing)?;
    Ok(ids.into_iter().map(RunId::stored).collect())
}

/// Deletes the runs beyond the last `kept` and call counts of long ago. Runs are deleted when one
/// starts, not when one ends: a process that is killed again and again still leaves a bounded
/// history.
async fn forget(connection: &mut SqliteConnection, kept: u32) -> Result<(), StateError> {
    sqlx::query(
        "delete from runs
         where outcome <> 'running'
           and id not in (select id from runs order by id desc limit ?1)
           and id not in (select max(id) from runs group by dag)
           and id not in (select max(id) from runs where outcome = 'success' group by dag)",
    )
    .bind(kept)
    .execute(&mut *connection)
    .await
    .doing("delete old runs")?;
    sqlx::query(
        "delete from calls
         where day < (select date(max(day), '-' || ?1 || ' days') from calls newer
                      where newer.source = calls.source)",
    )
    .bind(CALL_DAYS_KEPT)
    .execute(connection)
    .await
    .doing("delete old call counts")?;
    Ok(())
}

fn warn_interrupted(runs: &[RunId]) {
    for run in runs {
        tracing::warn!(%run, "the run's process ended without closing it: marked interrupted");
    }
}

/// SQLite's integers are signed; no count gets that large.
fn stored_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The beginning of a long text. A hint at its end stays: it is the next step.
fn clipped(text: &str) -> String {
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
