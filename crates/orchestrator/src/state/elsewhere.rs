//! Runs of other instances on the same store, as far as they concern this one.

use jiff::Timestamp;

use super::error::{Doing, StateError};
use super::write::{clipped, stored_parameters};
use super::{State, stored_time};
use crate::queued::Queued;
use crate::record::RunId;

impl State {
    /// Removes an entry of the queue that ran elsewhere, and records that: its interrupted run, or a new
    /// one, has the outcome `elsewhere`, and the note at each of its tasks that did not end here.
    pub(crate) async fn ran_elsewhere(
        &self,
        entry: &Queued,
        tasks: &[&str],
        note: &str,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let doing = "record that a run ran elsewhere";
        let mut write = self.begin_write().await?;
        let removed = sqlx::query("delete from queue where id = ?1 and run_id is ?2")
            .bind(entry.id)
            .bind(entry.run.as_ref().map(RunId::as_str))
            .execute(&mut *write)
            .await
            .doing(doing)?;
        // Another process of this state was faster.
        if removed.rows_affected() == 0 {
            return Ok(());
        }
        let (id, note) = match &entry.run {
            Some(run) => (run.clone(), clipped(note)),
            None => (RunId::new(at, rand::random()), clipped(note)),
        };
        let interval = entry.request.interval;
        sqlx::query(
            "insert into runs
             (id, dag, trigger, interval_from, interval_to, started_at, ended_at, outcome,
              process_id, parameters)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?6, 'elsewhere', ?7, ?8)
             on conflict (id) do update set outcome = 'elsewhere', ended_at = excluded.ended_at",
        )
        .bind(id.as_str())
        .bind(&entry.dag)
        .bind(entry.request.trigger.as_str())
        .bind(interval.map(|interval| stored_time(interval.from)))
        .bind(interval.map(|interval| stored_time(interval.to)))
        .bind(stored_time(at))
        .bind(std::process::id())
        .bind(stored_parameters(&entry.request)?)
        .execute(&mut *write)
        .await
        .doing(doing)?;
        for (position, task) in (0_u32..).zip(tasks) {
            sqlx::query(
                "insert into steps (run_id, position, task, outcome)
                 values (?1, ?2, ?3, 'skipped') on conflict do nothing",
            )
            .bind(id.as_str())
            .bind(position)
            .bind(task)
            .execute(&mut *write)
            .await
            .doing(doing)?;
        }
        for sql in [
            "update steps set outcome = 'skipped', note = ?2, ended_at = ?3
             where run_id = ?1 and ended_at is null",
            "update instances set outcome = 'skipped', note = ?2, ended_at = ?3
             where run_id = ?1 and ended_at is null",
        ] {
            sqlx::query(sql)
                .bind(id.as_str())
                .bind(&note)
                .bind(stored_time(at))
                .execute(&mut *write)
                .await
                .doing(doing)?;
        }
        // An instance that never runs anything itself still has a bounded history.
        self.forget(&mut write).await?;
        write.commit().await
    }
}
