//! The instances of mapped tasks.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::error::{Doing, StateError};
use super::read::word;
use super::{State, read_time};
use crate::output::Output;
use crate::record::{InstanceRecord, RunId, StepOutcome};

const DOING: &str = "read the instances of a task";

/// Rows in one statement; SQLite allows 32,766 parameters.
const ROWS_AT_ONCE: usize = 1_000;

/// What a run that is taken up again has to know of an instance.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) item: String,
    pub(crate) outcome: StepOutcome,
    /// Whether it ended by itself.
    pub(crate) has_ended: bool,
    /// When it was begun first.
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) rows: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) nothing_follows: bool,
}

impl State {
    /// Records the instances of a task, all waiting, unless they are recorded.
    pub(crate) async fn expand(
        &self,
        run: &RunId,
        task: &str,
        items: &[String],
    ) -> Result<(), StateError> {
        let doing = "record the instances of a task";
        let mut write = self.begin_write().await?;
        let numbered: Vec<(u32, &String)> = (0_u32..).zip(items).collect();
        for rows in numbered.chunks(ROWS_AT_ONCE) {
            let mut insert: QueryBuilder<Sqlite> =
                QueryBuilder::new("insert into instances (run_id, task, position, item, outcome) ");
            insert.push_values(rows, |mut row, (position, item)| {
                row.push_bind(run.as_str())
                    .push_bind(task)
                    .push_bind(position)
                    .push_bind(item.as_str())
                    .push("'waiting'");
            });
            insert.push(" on conflict do nothing");
            insert.build().execute(&mut *write).await.doing(doing)?;
        }
        write.commit().await
    }

    /// The instances of a task, in the order of its list; none where it is not mapped or was not
    /// expanded yet.
    pub(crate) async fn expanded(
        &self,
        run: &RunId,
        task: &str,
    ) -> Result<Vec<Instance>, StateError> {
        let rows = sqlx::query(
            "select item, outcome, started_at, ended_at is not null as has_ended, rows, bytes,
                    nothing_follows
             from instances where run_id = ?1 and task = ?2 order by position",
        )
        .bind(run.as_str())
        .bind(task)
        .fetch_all(&self.pool)
        .await
        .doing(DOING)?;
        let read = |row: &SqliteRow| {
            let started_at: Option<String> = row.try_get("started_at").doing(DOING)?;
            let started_at = started_at.map(|text| read_time("the start of an instance", &text));
            Ok(Instance {
                item: row.try_get("item").doing(DOING)?,
                started_at: started_at.transpose()?,
                outcome: word(row, "outcome")?,
                has_ended: row.try_get("has_ended").doing(DOING)?,
                rows: row.try_get("rows").doing(DOING)?,
                bytes: row.try_get("bytes").doing(DOING)?,
                nothing_follows: row.try_get("nothing_follows").doing(DOING)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The instances of a mapped task of a run: at most `limit`, those that failed first, then in the
    /// order of its list.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn instances(
        &self,
        run: &RunId,
        task: &str,
        limit: u32,
    ) -> Result<Vec<InstanceRecord>, StateError> {
        let rows = sqlx::query(
            "select item, outcome, attempts, rows, note, errors from instances
             where run_id = ?1 and task = ?2
             order by outcome <> 'failed', position limit ?3",
        )
        .bind(run.as_str())
        .bind(task)
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .doing(DOING)?;
        let read = |row: &SqliteRow| {
            let errors: String = row.try_get("errors").doing(DOING)?;
            Ok(InstanceRecord {
                item: row.try_get("item").doing(DOING)?,
                outcome: word(row, "outcome")?,
                attempts: row.try_get("attempts").doing(DOING)?,
                rows: row.try_get("rows").doing(DOING)?,
                note: row.try_get("note").doing(DOING)?,
                errors: serde_json::from_str(&errors).map_err(|error| {
                    StateError::corrupt("the errors of an instance", &errors, error)
                })?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What the instances of a task left behind, by item.
    pub(super) async fn stored_item_outputs(
        &self,
        run: &RunId,
        task: &str,
    ) -> Result<Vec<(String, Option<Output>)>, StateError> {
        let rows = sqlx::query(
            "select item, output_type, output from instances
             where run_id = ?1 and task = ?2 and outcome <> 'waiting'
             order by position",
        )
        .bind(run.as_str())
        .bind(task)
        .fetch_all(&self.pool)
        .await
        .doing(DOING)?;
        let read = |row: &SqliteRow| {
            let type_name: Option<String> = row.try_get("output_type").doing(DOING)?;
            let json: Option<String> = row.try_get("output").doing(DOING)?;
            let output = type_name.zip(json);
            let output = output.map(|(type_name, json)| Output { type_name, json });
            Ok((row.try_get("item").doing(DOING)?, output))
        };
        rows.iter().map(read).collect()
    }
}
