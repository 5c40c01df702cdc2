//! The columns of postings as the API describes them, and as files have them: for programs, with the
//! names of the API and codes.

use std::sync::Arc;

use arrow_array::builder::{Date32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use explore::{POSTING_COLUMNS, PostingColumn, PostingKind, PostingRow, PostingValue};
use jiff::civil::Date;
use semantic::{Definitions, DefinitionsAnswer, Language};
use serde::Serialize;
use utoipa::ToSchema;

/// Dimensions, measures and tiles, and the columns of postings.
#[derive(Serialize, ToSchema)]
pub struct AllDefinitions {
    #[serde(flatten)]
    definitions: DefinitionsAnswer,
    /// What lists and files of postings show.
    columns: Vec<ColumnAnswer>,
}

/// A column of postings.
#[derive(Serialize, ToSchema)]
#[schema(as = PostingColumn)]
struct ColumnAnswer {
    /// The field of the rows of `/api/v1/postings`, and the column of files for programs.
    name: &'static str,
    /// `text`, `values` (any number of them), `day` or `number`.
    kind: &'static str,
    /// The dimension that its values are of.
    #[schema(required)]
    dimension: Option<&'static str>,
    /// Korean name.
    label_ko: String,
    /// English name.
    label_en: String,
    /// Korean name where there is little room.
    short_ko: String,
    /// English name where there is little room.
    short_en: String,
    /// Whether lists can be sorted by it.
    sort: bool,
    /// Its place in the page's list; null: it is not there.
    #[schema(required)]
    list: Option<u8>,
    /// Its place in the detail of a posting.
    #[schema(required)]
    detail: Option<u8>,
    /// Its place in spreadsheets.
    #[schema(required)]
    sheet: Option<u8>,
}

impl AllDefinitions {
    /// The definitions with the columns of postings.
    pub fn new(definitions: &Definitions, answer: DefinitionsAnswer) -> Self {
        let columns = POSTING_COLUMNS.iter().map(|column| {
            let name = |language: Language| label(definitions, column, language).to_owned();
            let short = |language: Language| match column.short {
                ["", ""] => name(language),
                [korean, english] => language.pick(korean, english).to_owned(),
            };
            let mut facts = definitions.facts.iter();
            ColumnAnswer {
                name: column.name,
                kind: match column.kind {
                    PostingKind::Text => "text",
                    PostingKind::Values => "values",
                    PostingKind::Day => "day",
                    PostingKind::Number => "number",
                },
                dimension: column.dimension,
                label_ko: name(Language::Korean),
                label_en: name(Language::English),
                short_ko: short(Language::Korean),
                short_en: short(Language::English),
                sort: facts.any(|fact| fact.column(column.name).is_some()),
                list: column.list,
                detail: column.detail,
                sheet: column.sheet,
            }
        });
        Self {
            columns: columns.collect(),
            definitions: answer,
        }
    }
}

/// The name of a column; of values of a dimension, that of the dimension.
pub fn label<'a>(
    definitions: &'a Definitions,
    column: &PostingColumn,
    language: Language,
) -> &'a str {
    match column.dimension {
        Some(dimension) => definitions.dimension_label(dimension, language),
        None => language.pick(column.labels[0], column.labels[1]),
    }
}

/// One column as it is filled.
pub enum Column {
    Text(StringBuilder),
    Day(Date32Builder),
    Number(Int64Builder),
}

impl Column {
    pub fn new(kind: PostingKind) -> Self {
        match kind {
            PostingKind::Text | PostingKind::Values => Self::Text(StringBuilder::new()),
            PostingKind::Day => Self::Day(Date32Builder::new()),
            PostingKind::Number => Self::Number(Int64Builder::new()),
        }
    }

    /// Several values are one text.
    ///
    /// # Errors
    /// When the column is of another kind than the value.
    pub fn push(&mut self, value: PostingValue<'_>) -> anyhow::Result<()> {
        match (self, value) {
            (Self::Text(column), PostingValue::Text(text)) => column.append_option(text),
            (Self::Text(column), PostingValue::Values(values)) => {
                let joined = Some(values.join("; ")).filter(|text| !text.is_empty());
                column.append_option(joined);
            }
            (Self::Day(column), PostingValue::Day(day)) => {
                let day = day.and_then(|day| day.parse().ok());
                column.append_option(day.map(days));
            }
            (Self::Number(column), PostingValue::Number(number)) => column.append_option(number),
            _ => anyhow::bail!("a value of a posting does not fit its column"),
        }
        Ok(())
    }

    pub fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut column) => Arc::new(column.finish()),
            Self::Day(mut column) => Arc::new(column.finish()),
            Self::Number(mut column) => Arc::new(column.finish()),
        }
    }
}

/// Postings as they are.
///
/// # Errors
/// None that are known.
pub fn raw(rows: &[PostingRow]) -> anyhow::Result<RecordBatch> {
    let mut columns = Vec::with_capacity(POSTING_COLUMNS.len());
    for PostingColumn { name, kind, .. } in POSTING_COLUMNS {
        let mut column = Column::new(*kind);
        for row in rows {
            column.push(row.value(name).unwrap_or(PostingValue::Text(None)))?;
        }
        columns.push((*name, column.finish(), true));
    }
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// Days since 1970-01-01.
fn days(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    (date - epoch).get_days()
}
