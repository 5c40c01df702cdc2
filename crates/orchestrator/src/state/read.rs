//! Queries about runs, for `jobtide status` and the API. Readers see committed changes only, and
//! several statements of one query see one snapshot.

use kernel::Interval;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::calls::usage;
use super::error::{Doing, StateError};
use super::{State, read_time};
use crate::record::{DagStatus, RunId, RunOutcome, RunRecord, Status, StepRecord, UnknownWord};

const DOING: &str = "read the runs";

/// The columns of a run.
macro_rules! runs_where {
    () => {
        "select id, dag, trigger, interval_from, interval_to, started_at, ended_at, outcome,
                process_id, parameters
         from runs where "
    };
}

/// Filters of runs; `None` does not filter.
#[derive(Default)]
struct Wanted<'a> {
    id: Option<&'a str>,
    dag: Option<&'a str>,
    outcome: Option<RunOutcome>,
    limit: u32,
}

impl State {
    /// The run with the id `id`, if it is (still) recorded.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn run(&self, id: &str) -> Result<Option<RunRecord>, StateError> {
        let mut read = self.pool.begin().await.doing(DOING)?;
        run(&mut read, id).await
    }

    /// The last `limit` runs of `dag`, or of all dags, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn last_runs(
        &self,
        dag: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RunRecord>, StateError> {
        let mut read = self.pool.begin().await.doing(DOING)?;
        let wanted = Wanted {
            dag,
            limit,
            ..Wanted::default()
        };
        runs(&mut read, wanted).await
    }

    /// The last run of `dag` that ended with `success`.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn last_success(&self, dag: &str) -> Result<Option<RunRecord>, StateError> {
        let mut read = self.pool.begin().await.doing(DOING)?;
        last_success(&mut read, dag).await
    }

    /// The status of every dag, the last `limit` runs and the call budgets, in one snapshot.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn status(&self, limit: u32) -> Result<Status, StateError> {
        let mut read = self.pool.begin().await.doing(DOING)?;
        // From one name to the next by the index: `distinct` would read all of it.
        let names: Vec<String> = sqlx::query_scalar(
            "with recursive names (dag) as (
                 select min(dag) from runs
                 union all
                 select (select min(runs.dag) from runs where runs.dag > names.dag)
                 from names where names.dag is not null
             )
             select dag from names where dag is not null order by dag",
        )
        .fetch_all(&mut *read)
        .await
        .doing(DOING)?;
        let mut dags = Vec::new();
        for dag in names {
            let last = Wanted {
                dag: Some(&dag),
                limit: 1,
                ..Wanted::default()
            };
            if let Some(last_run) = runs(&mut read, last).await?.pop() {
                let last_success = last_success(&mut read, &dag).await?;
                dags.push(DagStatus {
                    dag,
                    last_run,
                    last_success,
                });
            }
        }
        let all = Wanted {
            limit,
            ..Wanted::default()
        };
        let runs = runs(&mut read, all).await?;
        let calls = sqlx::query(
            "select source, day, used, limit_seen, exhausted_at, reserved, max(total - reserved, 0) as others
             from calls left join call_blocks using (source, day)
             where day = (select max(day) from calls newer where newer.source = calls.source)
             order by source",
        )
        .fetch_all(&mut *read)
        .await
        .doing(DOING)?;
        let calls = calls.iter().map(usage).collect::<Result<_, _>>()?;
        Ok(Status { dags, runs, calls })
    }
}

pub(super) async fn run(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<RunRecord>, StateError> {
    let wanted = Wanted {
        id: Some(id),
        limit: 1,
        ..Wanted::default()
    };
    Ok(runs(connection, wanted).await?.pop())
}

async fn last_success(
    connection: &mut SqliteConnection,
    dag: &str,
) -> Result<Option<RunRecord>, StateError> {
    let wanted = Wanted {
        dag: Some(dag),
        outcome: Some(RunOutcome::Success),
        limit: 1,
        ..Wanted::default()
    };
    Ok(runs(connection, wanted).await?.pop())
}

/// Newest first, with their steps.
async fn runs(
    connection: &mut SqliteConnection,
    wanted: Wanted<'_>,
) -> Result<Vec<RunRecord>, StateError> {
    // One text for each set of filters: with a filter that may be null, SQLite uses no index.
    let sql = match (wanted.id, wanted.dag, wanted.outcome) {
        (Some(_), ..) => concat!(runs_where!(), "id = ?1 limit ?4"),
        (None, None, _) => concat!(runs_where!(), "true order by id desc limit ?4"),
        (None, Some(_), None) => concat!(runs_where!(), "dag = ?2 order by id desc limit ?4"),
        (None, Some(_), Some(RunOutcome::Success)) => concat!(
            runs_where!(),
            "dag = ?2 and outcome = 'success' order by id desc limit ?4"
        ),
        (None, Some(_), Some(_)) => concat!(
            runs_where!(),
            "dag = ?2 and outcome = ?3 order by id desc limit ?4"
        ),
    };
    let rows = sqlx::query(sql)
        .bind(wanted.id)
        .bind(wanted.dag)
        .bind(wanted.outcome.map(RunOutcome::as_str))
        .bind(wanted.limit)
        .fetch_all(&mut *connection)
        .await
        .doing(DOING)?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut run = run_record(row)?;
        let steps = sqlx::query(
            "select task, outcome, started_at, ended_at, attempts, rows, bytes, note, errors,
                    error_class, nothing_follows
             from steps where run_id = ?1 order by position",
        )
        .bind(run.id.as_str())
        .fetch_all(&mut *connection)
        .await
        .doing(DOING)?;
        run.steps = steps.iter().map(step_record).collect::<Result<_, _>>()?;
        runs.push(run);
    }
    Ok(runs)
}

/// Without its steps.
fn run_record(row: &SqliteRow) -> Result<RunRecord, StateError> {
    let from: Option<String> = row.try_get("interval_from").doing(DOING)?;
    let to: Option<String> = row.try_get("interval_to").doing(DOING)?;
    let started_at: String = row.try_get("started_at").doing(DOING)?;
    let ended_at: Option<String> = row.try_get("ended_at").doing(DOING)?;
    let parameters: String = row.try_get("parameters").doing(DOING)?;
    Ok(RunRecord {
        id: RunId::stored(row.try_get("id").doing(DOING)?),
        dag: row.try_get("dag").doing(DOING)?,
        trigger: word(row, "trigger")?,
        interval: from
            .zip(to)
            .map(|(from, to)| interval(&from, &to))
            .transpose()?,
        parameters: serde_json::from_str(&parameters)
            .map_err(|error| StateError::corrupt("the parameters of a run", &parameters, error))?,
        started_at: read_time("the start of a run", &started_at)?,
        ended_at: ended_at
            .map(|text| read_time("the end of a run", &text))
            .transpose()?,
        outcome: word(row, "outcome")?,
        process_id: row.try_get("process_id").doing(DOING)?,
        steps: Vec::new(),
    })
}

fn step_record(row: &SqliteRow) -> Result<StepRecord, StateError> {
    let started_at: Option<String> = row.try_get("started_at").doing(DOING)?;
    let ended_at: Option<String> = row.try_get("ended_at").doing(DOING)?;
    let errors: String = row.try_get("errors").doing(DOING)?;
    Ok(StepRecord {
        task: row.try_get("task").doing(DOING)?,
        outcome: word(row, "outcome")?,
        started_at: started_at
            .map(|text| read_time("the start of a step", &text))
            .transpose()?,
        ended_at: ended_at
            .map(|text| read_time("the end of a step", &text))
            .transpose()?,
        attempts: row.try_get("attempts").doing(DOING)?,
        rows: row.try_get("rows").doing(DOING)?,
        bytes: row.try_get("bytes").doing(DOING)?,
        note: row.try_get("note").doing(DOING)?,
        errors: serde_json::from_str(&errors)
            .map_err(|error| StateError::corrupt("the errors of a step", &errors, error))?,
        error_class: row.try_get("error_class").doing(DOING)?,
        nothing_new: row.try_get("nothing_follows").doing(DOING)?,
    })
}

pub(super) fn interval(from: &str, to: &str) -> Result<Interval, StateError> {
    let column = "the interval of a run";
    Interval::new(read_time(column, from)?, read_time(column, to)?)
        .map_err(|error| StateError::corrupt(column, from, error))
}

pub(super) fn word<T>(row: &SqliteRow, column: &'static str) -> Result<T, StateError>
where
    T: std::str::FromStr<Err = UnknownWord>,
{
    let word: String = row.try_get(column).doing(DOING)?;
    word.parse()
        .map_err(|error| StateError::corrupt(column, &word, error))
}
