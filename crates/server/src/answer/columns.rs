//! The columns of a file of postings for programs, with the API's names and codes.

use std::sync::Arc;

use arrow_array::builder::{Date32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use explore::PostingRow;
use jiff::civil::Date;

/// Names of the text, day and number columns.
const TEXTS: [&str; 14] = [
    "id",
    "source",
    "posting_id",
    "url",
    "title",
    "company",
    "roles",
    "industry_categories",
    "industries",
    "experience",
    "education",
    "provinces",
    "districts",
    "skills",
];
const DATES: [&str; 2] = ["posting_date", "expiration_date"];
const NUMBERS: [&str; 3] = ["minimum_years", "views", "applications"];

/// A batch of postings to write.
#[derive(Default)]
pub struct Columns {
    texts: [StringBuilder; TEXTS.len()],
    dates: [Date32Builder; DATES.len()],
    numbers: [Int64Builder; NUMBERS.len()],
}

impl Columns {
    /// Adds a posting.
    pub fn push(&mut self, row: &PostingRow) {
        let joined = |values: &[String]| Some(values.join("; ")).filter(|text| !text.is_empty());
        let texts = [
            Some(row.id.clone()),
            Some(row.source.clone()),
            Some(row.posting_id.clone()),
            row.url.clone(),
            Some(row.title.clone()),
            row.company.clone(),
            joined(&row.roles),
            joined(&row.industry_categories),
            joined(&row.industries),
            row.experience.clone(),
            row.education.clone(),
            joined(&row.provinces),
            joined(&row.districts),
            joined(&row.skills),
        ];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.append_option(text);
        }
        let dates = [&row.posting_date, &row.expiration_date];
        for (column, date) in self.dates.iter_mut().zip(dates) {
            let day = date.as_ref().and_then(|date| date.parse().ok()).map(days);
            column.append_option(day);
        }
        let numbers = [row.minimum_years, row.views, row.applications];
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.append_option(number);
        }
    }

    /// The columns, each with its name.
    pub fn finish(mut self) -> anyhow::Result<RecordBatch> {
        let mut columns: Vec<(&str, ArrayRef, bool)> = Vec::new();
        for (name, column) in TEXTS.into_iter().zip(&mut self.texts) {
            columns.push((name, Arc::new(column.finish()), true));
        }
        for (name, column) in DATES.into_iter().zip(&mut self.dates) {
            columns.push((name, Arc::new(column.finish()), true));
        }
        for (name, column) in NUMBERS.into_iter().zip(&mut self.numbers) {
            columns.push((name, Arc::new(column.finish()), true));
        }
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }
}

/// Days since 1970-01-01.
pub fn days(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    (date - epoch).get_days()
}
