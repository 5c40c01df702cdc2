//! What the record of a build says of all its tables together.

use arrow::array::AsArray;
use arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};

use super::Build;
use crate::engine;
use crate::error::Result;
use crate::name::TableName;
use crate::publish::{FIRST_ENTITY, Origin};

pub(super) struct Summary {
    pub origin: Origin,
    pub postings: u64,
    pub collected_through: Option<Timestamp>,
}

impl Build<'_> {
    pub(super) async fn summary(&self) -> Result<Summary> {
        let batches = engine::rows(
            &*self.tables,
            "select count(*) filter (where origin = 'generated') as generated,
                        count(*) filter (where origin = 'saved') as saved,
                        count(*) filter (where origin = 'collected') as collected,
                        max(case when kind not in ('saved', 'partial') and unread = 0
                            then finished_at end)
                            as through
                 from staging.windows",
        )
        .await?;
        let count = |column: usize| {
            batches.first().map_or(0, |batch| {
                batch.column(column).as_primitive::<Int64Type>().value(0)
            })
        };
        let through = batches.first().and_then(|batch| {
            let column = batch.column(3).as_primitive::<TimestampMicrosecondType>();
            column.iter().next().flatten()
        });
        let origin = match (count(0), count(1), count(2)) {
            (0, 0, 0) => Origin::None,
            (0, _, 0) => Origin::Saved,
            (0, 0, _) => Origin::Collected,
            (0, _, _) => Origin::Mixed,
            _ => Origin::Generated,
        };
        let counted = self.warehouse.pipeline.entity_table(FIRST_ENTITY);
        let counted = counted.and_then(|model| self.made.get(&model.name));
        let postings = counted.map_or(0, |made| made.table.rows);
        Ok(Summary {
            origin,
            postings,
            collected_through: through.and_then(|micros| Timestamp::from_microsecond(micros).ok()),
        })
    }

    /// The data date; `None` also with a pipeline that has no table of them.
    pub(super) async fn data_date(&self) -> Result<Option<Date>> {
        let dates = TableName::new("external", "data_dates");
        if !dates.is_ok_and(|dates| self.made.contains_key(&dates)) {
            return Ok(None);
        }
        let latest = "select max(data_date) as data_date from external.data_dates";
        let batches = engine::rows(&*self.tables, latest).await?;
        let days = batches.first().and_then(|batch| {
            let column = batch.column(0).as_primitive::<Date32Type>();
            column.iter().next().flatten()
        });
        // A day outside the calendar is none.
        Ok(days.and_then(|days| date(1970, 1, 1).checked_add(days.days()).ok()))
    }
}
