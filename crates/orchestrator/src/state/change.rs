//! A change of the record of a run in progress, as its statements. Writing one twice gives the same rows of
//! its task; a run that it starts may wait, and a dataset count as changed, once more.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::error::{Doing, StateError};
use super::queue::trigger;
use super::stored_time;
use super::write::{StepEnd, clipped, stored_count};
use crate::record::RunId;

/// Limits of the stored causes of an error.
const CAUSES_KEPT: usize = 16;

/// A step of a run, or one instance of a mapped one.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) run: RunId,
    pub(crate) task: String,
    /// Of the instance, counted from 0.
    pub(crate) position: Option<u32>,
}

/// A change of the record of a run.
pub(super) enum Change {
    /// An attempt starts.
    Started {
        place: Place,
        attempt: u32,
        at: Timestamp,
    },
    /// The last attempt has ended. The datasets are those that the step produces.
    Ended {
        place: Place,
        end: Box<StepEnd>,
        produces: Vec<String>,
        at: Timestamp,
    },
}

impl Change {
    pub(super) async fn write(&self, connection: &mut SqliteConnection) -> Result<(), StateError> {
        match self {
            Self::Started { place, attempt, at } => started(connection, place, *attempt, *at).await,
            Self::Ended {
                place,
                end,
                produces,
                at,
            } => {
                ended(connection, place, end, *at).await?;
                goes_forward(connection, &place.run).await?;
                for (dag, request) in &end.report.triggers {
                    trigger(connection, dag.as_str(), request, *at).await?;
                }
                for dataset in produces {
                    changed(connection, dataset, &place.run, *at).await?;
                }
                Ok(())
            }
        }
    }
}

async fn started(
    connection: &mut SqliteConnection,
    place: &Place,
    attempt: u32,
    at: Timestamp,
) -> Result<(), StateError> {
    let sql = match place.position {
        None => {
            "update steps
             set outcome = 'running', attempts = ?3, started_at = coalesce(started_at, ?4)
             where run_id = ?1 and task = ?2"
        }
        Some(_) => {
            "update instances
             set outcome = 'running', attempts = ?3, started_at = coalesce(started_at, ?4)
             where run_id = ?1 and task = ?2 and position = ?5"
        }
    };
    sqlx::query(sql)
        .bind(place.run.as_str())
        .bind(&place.task)
        .bind(attempt)
        .bind(stored_time(at))
        .bind(place.position)
        .execute(connection)
        .await
        .doing("record the start of a task")?;
    Ok(())
}

/// With its output: one statement, so that there is no end without it.
async fn ended(
    connection: &mut SqliteConnection,
    place: &Place,
    end: &StepEnd,
    at: Timestamp,
) -> Result<(), StateError> {
    let sql = match place.position {
        None => {
            "update steps
             set outcome = ?3, ended_at = ?4, rows = ?5, bytes = ?6, note = ?7, errors = ?8,
                 error_class = ?9, output_type = ?10, output = ?11, nothing_follows = ?12
             where run_id = ?1 and task = ?2"
        }
        Some(_) => {
            "update instances
             set outcome = ?3, ended_at = ?4, rows = ?5, bytes = ?6, note = ?7, errors = ?8,
                 error_class = ?9, output_type = ?10, output = ?11, nothing_follows = ?12
             where run_id = ?1 and task = ?2 and position = ?13"
        }
    };
    let errors = end.errors.iter().take(CAUSES_KEPT);
    let errors: Vec<String> = errors.map(|error| clipped(error)).collect();
    let output = end.report.output.as_ref();
    sqlx::query(sql)
        .bind(place.run.as_str())
        .bind(&place.task)
        .bind(end.outcome.as_str())
        // What was stopped is not done until its run has ended for good.
        .bind((!end.stopped).then(|| stored_time(at)))
        .bind(end.report.rows.map(stored_count))
        .bind(end.report.bytes.map(stored_count))
        .bind(end.report.note.as_deref().map(clipped))
        .bind(serde_json::Value::from(errors).to_string())
        .bind(end.error_class)
        .bind(output.map(|output| output.type_name.as_str()))
        .bind(output.map(|output| output.json.as_str()))
        .bind(end.report.nothing_follows)
        .bind(place.position)
        .execute(connection)
        .await
        .doing("record the end of a task")?;
    Ok(())
}

/// A run that gets further may be taken up again as often as a new one.
async fn goes_forward(connection: &mut SqliteConnection, run: &RunId) -> Result<(), StateError> {
    sqlx::query("update runs set resumed = 0 where id = ?1 and resumed > 0")
        .bind(run.as_str())
        .execute(connection)
        .await
        .doing("record the end of a task")?;
    Ok(())
}

async fn changed(
    connection: &mut SqliteConnection,
    dataset: &str,
    run: &RunId,
    at: Timestamp,
) -> Result<(), StateError> {
    sqlx::query(
        "insert into datasets (name, version, changed_at, run_id) values (?1, 1, ?2, ?3)
         on conflict (name) do update
         set version = version + 1, changed_at = excluded.changed_at, run_id = excluded.run_id",
    )
    .bind(dataset)
    .bind(stored_time(at))
    .bind(run.as_str())
    .execute(connection)
    .await
    .doing("record that a dataset changed")?;
    Ok(())
}
