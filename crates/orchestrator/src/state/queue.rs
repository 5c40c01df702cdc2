//! The queue: what is to run, what runs, and what the planner has to know of both.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::error::{Doing, StateError};
use super::read::{interval, word};
use super::{State, read_time, stored_time};
use crate::dag_name::DagName;
use crate::one_task::FIRST_PLACE;
use crate::planner::{DuePlan, Known};
use crate::queued::Queued;
use crate::record::{RunId, Trigger};
use crate::request::RunRequest;

const DOING: &str = "read the queue";
/// The most entries of a dag, and as many backfills beside them: all of them are read to plan.
const MOST: u32 = 10_000;

const KNOWN: &str = "read what is known of the schedules";

impl State {
    /// Puts a run into the queue. `false` when the same (dag, interval, parameters) is there already: an
    /// interval while it waits or runs, anything else while it waits.
    ///
    /// # Errors
    /// [`StateError::QueueFull`] when 10,000 runs of the dag are in it, backfills and others counted apart,
    /// and when the state cannot be written.
    pub async fn enqueue(
        &self,
        dag: &DagName,
        request: &RunRequest,
        at: Timestamp,
    ) -> Result<bool, StateError> {
        let mut write = self.begin_write().await?;
        let is_new = insert(&mut write, dag.as_str(), request, at).await?;
        if is_new {
            refuse_more(&mut write, dag, request.trigger).await?;
        }
        write.commit().await?;
        self.bell.ring();
        Ok(is_new)
    }

    /// Puts several runs of a dag into the queue in one transaction, each as [`State::enqueue`] does.
    /// Returns how many were not there.
    ///
    /// # Errors
    /// Those of [`State::enqueue`]; then none is there.
    pub async fn enqueue_all(
        &self,
        dag: &DagName,
        requests: &[RunRequest],
        at: Timestamp,
    ) -> Result<usize, StateError> {
        let mut write = self.begin_write().await?;
        let mut new = Vec::new();
        for request in requests {
            if insert(&mut write, dag.as_str(), request, at).await? {
                new.push(request.trigger);
            }
        }
        // Backfills and others are counted apart: one of each that was added stands for all.
        for is_backfill in [false, true] {
            let mut added = new.iter().copied();
            let added = added.find(|trigger| (*trigger == Trigger::Backfill) == is_backfill);
            if let Some(trigger) = added {
                refuse_more(&mut write, dag, trigger).await?;
            }
        }
        write.commit().await?;
        self.bell.ring();
        Ok(new.len())
    }

    /// What waits and what runs of it, in order.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn queue(&self) -> Result<Vec<Queued>, StateError> {
        let mut read = self.pool.begin().await.doing(DOING)?;
        queued(&mut read).await
    }

    /// Switches the schedule of a dag off, or on. `false` when it was so already.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn pause(
        &self,
        dag: &DagName,
        paused: bool,
        at: Timestamp,
    ) -> Result<bool, StateError> {
        let sql = match paused {
            true => "insert into paused (dag, since) values (?1, ?2) on conflict do nothing",
            false => "delete from paused where dag = ?1",
        };
        let done = sqlx::query(sql)
            .bind(dag.as_str())
            .bind(stored_time(at))
            .execute(&self.pool)
            .await
            .doing("record that a schedule is off")?;
        self.bell.ring();
        Ok(done.rows_affected() > 0)
    }

    /// What the planner has to know, in one snapshot.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn known(&self) -> Result<Known, StateError> {
        let mut read = self.pool.begin().await.doing(KNOWN)?;
        known(&mut read).await
    }

    /// Plans, and carries the plan out in one transaction: a process that dies before its end leaves the
    /// same things due, and of two processes that plan at once the second sees what the first one did.
    /// Returns the plan and what is known after it.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn plan(
        &self,
        at: Timestamp,
        due: impl Fn(&Known) -> DuePlan + Send,
    ) -> Result<(DuePlan, Known), StateError> {
        // Mostly there is nothing to do, and nobody has to wait for that.
        let before = self.known().await?;
        let plan = due(&before);
        if plan.changes_nothing() {
            return Ok((plan, before));
        }
        let mut write = self.begin_write().await?;
        let plan = due(&known(&mut write).await?);
        apply(&mut write, &plan, at).await?;
        let after = known(&mut write).await?;
        write.commit().await?;
        Ok((plan, after))
    }

    /// Asks for the end of a run that was queued: the scheduler that runs it stops it; one that waits to
    /// go on is withdrawn. `false` when there is none such: nobody looks for the end of others.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn cancel(&self, run: &RunId, at: Timestamp) -> Result<bool, StateError> {
        let mut write = self.begin_write().await?;
        let found = ask_to_cancel(&mut write, run.as_str(), at).await?;
        write.commit().await?;
        self.bell.ring();
        Ok(found)
    }

    /// The runs in progress whose end was asked for.
    pub(crate) async fn to_cancel(&self) -> Result<Vec<RunId>, StateError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from runs where outcome = 'running' and cancel_asked_at is not null",
        )
        .fetch_all(&self.pool)
        .await
        .doing("read which runs are to be cancelled")?;
        Ok(ids.into_iter().map(RunId::stored).collect())
    }

    /// Removes an entry whose run will not be taken up again.
    pub(crate) async fn give_up(&self, id: i64) -> Result<(), StateError> {
        sqlx::query("delete from queue where id = ?1")
            .bind(id)
            .execute(&self.pool)
            .await
            .doing("remove an entry of the queue")?;
        Ok(())
    }
}

async fn known(connection: &mut SqliteConnection) -> Result<Known, StateError> {
    let open = queued(connection).await?;
    let outside: Vec<(String, bool)> = sqlx::query_as(
        "select dag, slot >= ?1 from runs where outcome = 'running'
           and not exists (select 1 from queue where queue.run_id = runs.id)",
    )
    .bind(FIRST_PLACE)
    .fetch_all(&mut *connection)
    .await
    .doing(KNOWN)?;
    let through: Vec<(String, String)> = sqlx::query_as("select dag, through from watermarks")
        .fetch_all(&mut *connection)
        .await
        .doing(KNOWN)?;
    let mut watermarks = BTreeMap::new();
    for (dag, through) in through {
        watermarks.insert(dag, read_time("a watermark", &through)?);
    }
    let datasets: Vec<(String, i64)> = sqlx::query_as("select name, version from datasets")
        .fetch_all(&mut *connection)
        .await
        .doing(KNOWN)?;
    let reads: Vec<(String, String, i64)> =
        sqlx::query_as("select dag, dataset, version from dataset_reads")
            .fetch_all(&mut *connection)
            .await
            .doing(KNOWN)?;
    let paused: Vec<String> = sqlx::query_scalar("select dag from paused")
        .fetch_all(&mut *connection)
        .await
        .doing(KNOWN)?;
    let mut known = Known {
        watermarks,
        datasets: datasets.into_iter().collect(),
        reads: BTreeMap::new(),
        open,
        outside: BTreeMap::new(),
        single_tasks: BTreeSet::new(),
        paused: BTreeSet::from_iter(paused),
    };
    for (dag, dataset, version) in reads {
        known.reads.insert((dag, dataset), version);
    }
    for (dag, is_single_task) in outside {
        match is_single_task {
            true => drop(known.single_tasks.insert(dag)),
            false => *known.outside.entry(dag).or_default() += 1,
        }
    }
    Ok(known)
}

async fn apply(
    connection: &mut SqliteConnection,
    plan: &DuePlan,
    at: Timestamp,
) -> Result<(), StateError> {
    let doing = "record what is due";
    for id in &plan.withdrawn {
        sqlx::query("delete from queue where id = ?1 and run_id is null")
            .bind(id)
            .execute(&mut *connection)
            .await
            .doing(doing)?;
    }
    for run in &plan.cancelled {
        ask_to_cancel(connection, run.as_str(), at).await?;
    }
    for (dag, request) in &plan.runs {
        insert(connection, dag.as_str(), request, at).await?;
    }
    for (dag, through) in &plan.watermarks {
        sqlx::query(
            "insert into watermarks (dag, through) values (?1, ?2)
             on conflict (dag) do update set through = excluded.through",
        )
        .bind(dag.as_str())
        .bind(stored_time(*through))
        .execute(&mut *connection)
        .await
        .doing(doing)?;
    }
    for ((dag, dataset), version) in &plan.reads {
        sqlx::query(
            "insert into dataset_reads (dag, dataset, version) values (?1, ?2, ?3)
             on conflict (dag, dataset) do update set version = excluded.version",
        )
        .bind(dag)
        .bind(dataset)
        .bind(version)
        .execute(&mut *connection)
        .await
        .doing(doing)?;
    }
    Ok(())
}

async fn ask_to_cancel(
    connection: &mut SqliteConnection,
    run: &str,
    at: Timestamp,
) -> Result<bool, StateError> {
    let asked = sqlx::query(
        "update runs set cancel_asked_at = coalesce(cancel_asked_at, ?2)
         where id = ?1 and outcome = 'running'
           and exists (select 1 from queue where queue.run_id = runs.id)",
    )
    .bind(run)
    .bind(stored_time(at))
    .execute(&mut *connection)
    .await
    .doing("record that a run is to be cancelled")?;
    // One that was interrupted is not taken up again.
    let withdrawn = sqlx::query(
        "delete from queue where run_id = (select id from runs
             where id = ?1 and outcome = 'interrupted')",
    )
    .bind(run)
    .execute(connection)
    .await
    .doing("remove an entry of the queue")?;
    Ok(asked.rows_affected() + withdrawn.rows_affected() > 0)
}

/// Puts a run that a task starts into the queue, unless it is there or there is no room for it: that a DAG
/// which cannot run starts no more is no reason for the task to fail.
pub(super) async fn trigger(
    connection: &mut SqliteConnection,
    dag: &str,
    request: &RunRequest,
    at: Timestamp,
) -> Result<(), StateError> {
    if has_more(connection, dag, request.trigger, MOST - 1).await? {
        tracing::error!(dag, "{MOST} runs are in the queue: another one is left out");
        return Ok(());
    }
    insert(connection, dag, request, at).await.map(drop)
}

/// The error of an entry that was added and is one too many.
async fn refuse_more(
    connection: &mut SqliteConnection,
    dag: &DagName,
    trigger: Trigger,
) -> Result<(), StateError> {
    if has_more(connection, dag.as_str(), trigger, MOST).await? {
        let (dag, limit) = (dag.to_string(), MOST);
        return Err(StateError::QueueFull { dag, limit });
    }
    Ok(())
}

/// Whether more of a dag than so much is in the queue: of backfills for a backfill, of all others for any
/// other. A long backfill leaves room for what is due.
async fn has_more(
    connection: &mut SqliteConnection,
    dag: &str,
    trigger: Trigger,
    most: u32,
) -> Result<bool, StateError> {
    let entries: u32 = sqlx::query_scalar(
        "select count(*) from queue where dag = ?1 and (trigger = ?2) = (?3 = ?2)",
    )
    .bind(dag)
    .bind(Trigger::Backfill.as_str())
    .bind(trigger.as_str())
    .fetch_one(connection)
    .await
    .doing(DOING)?;
    Ok(entries > most)
}

/// Puts a run into the queue unless it is there.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    dag: &str,
    request: &RunRequest,
    at: Timestamp,
) -> Result<bool, StateError> {
    let parameters = super::write::stored_parameters(request)?;
    let interval = request.interval;
    let inserted = sqlx::query(
        "insert into queue (dag, trigger, interval_from, interval_to, parameters, queued_at)
         values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
    )
    .bind(dag)
    .bind(request.trigger.as_str())
    .bind(interval.map(|interval| stored_time(interval.from)))
    .bind(interval.map(|interval| stored_time(interval.to)))
    .bind(parameters)
    .bind(stored_time(at))
    .execute(connection)
    .await
    .doing("put a run into the queue")?;
    Ok(inserted.rows_affected() > 0)
}

async fn queued(connection: &mut SqliteConnection) -> Result<Vec<Queued>, StateError> {
    let rows = sqlx::query(
        "select queue.id, queue.dag, queue.trigger, queue.interval_from, queue.interval_to,
                queue.parameters, queue.queued_at, queue.run_id, runs.outcome
         from queue left join runs on runs.id = queue.run_id
         order by queue.id",
    )
    .fetch_all(connection)
    .await
    .doing(DOING)?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<Queued, StateError> {
    let from: Option<String> = row.try_get("interval_from").doing(DOING)?;
    let to: Option<String> = row.try_get("interval_to").doing(DOING)?;
    let parameters: String = row.try_get("parameters").doing(DOING)?;
    let queued_at: String = row.try_get("queued_at").doing(DOING)?;
    let run: Option<String> = row.try_get("run_id").doing(DOING)?;
    let bounds = from.zip(to);
    let outcome: Option<String> = row.try_get("outcome").doing(DOING)?;
    Ok(Queued {
        id: row.try_get("id").doing(DOING)?,
        dag: row.try_get("dag").doing(DOING)?,
        request: RunRequest {
            trigger: word(row, "trigger")?,
            interval: bounds.map(|(from, to)| interval(&from, &to)).transpose()?,
            parameters: serde_json::from_str(&parameters).map_err(|error| {
                StateError::corrupt("the parameters of a run", &parameters, error)
            })?,
        },
        queued_at: read_time("the time of an entry of the queue", &queued_at)?,
        run: run.map(RunId::stored),
        outcome: outcome
            .map(|text| {
                text.parse()
                    .map_err(|error| StateError::corrupt("outcome", &text, error))
            })
            .transpose()?,
    })
}
