//! The user's settings of the analysis, as tables that models read. There is no templating: a
//! setting is a row.

use std::sync::Arc;

use arrow::array::{Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use jiff::civil::Date;

use crate::error::Result;
use crate::name::TableName;

/// The analysis a build is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// Job-type codes in scope; empty for all.
    pub employment_types: Vec<String>,
    /// First and last posting day in scope; `None` is open.
    pub period: (Option<Date>, Option<Date>),
    /// Days that a posting without a closing date is assumed open.
    pub open_ended_days: i64,
    /// IANA name of the zone whose days are counted.
    pub time_zone: String,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            employment_types: vec!["1".to_owned()],
            period: (None, None),
            open_ended_days: 60,
            time_zone: "Asia/Seoul".to_owned(),
        }
    }
}

/// Names of the tables that [`Analysis::batches`] makes.
pub(crate) fn tables() -> Vec<TableName> {
    ["analysis", "employment_types"]
        .into_iter()
        .filter_map(|table| TableName::new("settings", table).ok())
        .collect()
}

impl Analysis {
    /// One batch for each table of the schema `settings`.
    pub(crate) fn batches(&self) -> Result<Vec<(TableName, RecordBatch)>> {
        let day = |date: Option<Date>| {
            date.map(|date| {
                let epoch = Date::constant(1970, 1, 1);
                (date - epoch).get_days()
            })
        };
        let analysis = RecordBatch::try_new(
            Arc::new(Schema::new(vec![
                Field::new("period_start", DataType::Date32, true),
                Field::new("period_end", DataType::Date32, true),
                Field::new("open_ended_days", DataType::Int64, false),
                Field::new("time_zone", DataType::Utf8, false),
            ])),
            vec![
                Arc::new(Date32Array::from(vec![day(self.period.0)])),
                Arc::new(Date32Array::from(vec![day(self.period.1)])),
                Arc::new(Int64Array::from(vec![self.open_ended_days])),
                Arc::new(StringArray::from(vec![self.time_zone.as_str()])),
            ],
        )?;
        let types = RecordBatch::try_new(
            Arc::new(Schema::new(vec![Field::new("code", DataType::Utf8, false)])),
            vec![Arc::new(StringArray::from(self.employment_types.clone()))],
        )?;
        Ok(tables().into_iter().zip([analysis, types]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_the_epoch() {
        let analysis = Analysis {
            period: (Some(Date::constant(2023, 1, 1)), None),
            ..Analysis::default()
        };
        let (name, batch) = analysis.batches().unwrap().remove(0);
        assert_eq!(name.to_string(), "settings.analysis");
        let days = batch.column(0).as_any().downcast_ref::<Date32Array>();
        assert_eq!(days.unwrap().value(0), 19_358);
    }
}
