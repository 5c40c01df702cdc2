//! A spreadsheet of postings: labels in the user's language beside codes, with source, filters and
//! build in its last columns.

use std::sync::Arc;

use arrow_array::builder::{Date32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use explore::PostingRow;
use jiff::civil::Date;
use semantic::{Definitions, Language, Request};
use warehouse::BuildRecord;
use warehouse::publish::Origin;
use warehouse::query::without_formula;

use super::columns::days;

/// Maximum number of characters of the filters in a file's name.
const NAME_LIMIT: usize = 60;

/// The values that all rows of a file share.
pub struct Sheet {
    definitions: Arc<Definitions>,
    language: Language,
    data_date: Option<String>,
    is_generated: bool,
    /// Filters and build, for the first row.
    note: Option<String>,
}

/// The content of a column.
#[derive(Clone, Copy)]
enum Holds {
    Text,
    Day,
    Number,
}

/// One value of a row.
enum Cell {
    Text(Option<String>),
    Day(Option<Date>),
    Number(Option<i64>),
}

/// One column as it is filled.
enum Column {
    Text(StringBuilder),
    Day(Date32Builder),
    Number(Int64Builder),
}

impl Column {
    fn new(holds: Holds) -> Self {
        match holds {
            Holds::Text => Self::Text(StringBuilder::new()),
            Holds::Day => Self::Day(Date32Builder::new()),
            Holds::Number => Self::Number(Int64Builder::new()),
        }
    }

    /// # Errors
    /// If the column has another type than the cell.
    fn push(&mut self, cell: Cell) -> anyhow::Result<()> {
        match (self, cell) {
            (Self::Text(column), Cell::Text(text)) => {
                let text = text.filter(|text| !text.is_empty());
                column.append_option(text.map(|text| without_formula(&text).into_owned()));
            }
            (Self::Day(column), Cell::Day(day)) => column.append_option(day.map(days)),
            (Self::Number(column), Cell::Number(number)) => column.append_option(number),
            _ => anyhow::bail!("a cell of the file does not fit its column"),
        }
        Ok(())
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut column) => Arc::new(column.finish()),
            Self::Day(mut column) => Arc::new(column.finish()),
            Self::Number(mut column) => Arc::new(column.finish()),
        }
    }
}

impl Sheet {
    /// The file that a request selects.
    pub fn new(
        definitions: Arc<Definitions>,
        language: Language,
        request: &Request,
        record: &BuildRecord,
    ) -> Self {
        let filters = request.filters_in_words(&definitions, language);
        let filters: Vec<String> = filters
            .iter()
            .map(|filter| format!("{}: {}", filter.name, filter.values.join(", ")))
            .collect();
        let filters = match filters.is_empty() {
            true => language.pick("필터 없음", "No filters").to_owned(),
            false => filters.join("; "),
        };
        let build = language.pick("빌드", "Build");
        Self {
            language,
            data_date: record.data_date.map(|day| day.to_string()),
            is_generated: record.origin == Origin::Generated,
            note: Some(format!("{filters} · {build} {}", record.build)),
            definitions,
        }
    }

    /// The columns in their order, which is that of `cells`.
    fn heads(&self) -> Vec<(&str, Holds)> {
        let say = |korean, english| self.language.pick(korean, english);
        let of = |dimension| self.definitions.dimension_label(dimension, self.language);
        vec![
            (say("제목", "Title"), Holds::Text),
            (say("회사", "Company"), Holds::Text),
            (of("role"), Holds::Text),
            (of("experience"), Holds::Text),
            (say("최소 경력(년)", "Minimum years"), Holds::Number),
            (of("education"), Holds::Text),
            (of("province"), Holds::Text),
            (of("district"), Holds::Text),
            (of("industry_category"), Holds::Text),
            (of("industry"), Holds::Text),
            (of("skill"), Holds::Text),
            (say("게시일", "Posted"), Holds::Day),
            (say("마감일", "Closes"), Holds::Day),
            (say("조회수", "Views"), Holds::Number),
            (say("지원자 수", "Applications"), Holds::Number),
            (say("링크", "Link"), Holds::Text),
            (say("직무 코드", "Role codes"), Holds::Text),
            (say("공고 번호", "Posting number"), Holds::Text),
            (of("source"), Holds::Text),
            (say("데이터 기준일", "Data date"), Holds::Text),
            (say("필터·빌드", "Filters and build"), Holds::Text),
        ]
    }

    /// The next rows; the header alone if there are none.
    pub fn rows(&mut self, rows: &[PostingRow]) -> anyhow::Result<RecordBatch> {
        let heads = self.heads();
        let mut columns: Vec<Column> = heads.iter().map(|(_, holds)| Column::new(*holds)).collect();
        let names: Vec<String> = heads.iter().map(|(name, _)| (*name).to_owned()).collect();
        for row in rows {
            for (column, cell) in columns.iter_mut().zip(self.cells(row)) {
                column.push(cell)?;
            }
        }
        let columns = names.iter().zip(columns.into_iter().map(Column::finish));
        let columns = columns.map(|(name, column)| (name, column, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }

    fn cells(&mut self, row: &PostingRow) -> [Cell; 21] {
        let note = self.note.take();
        let label = |dimension: &str, value: &str| {
            self.definitions
                .label(dimension, value, self.language)
                .to_owned()
        };
        let labels = |dimension: &str, values: &[String]| {
            let values = values.iter().map(|value| label(dimension, value));
            Cell::Text(Some(values.collect::<Vec<_>>().join("; ")))
        };
        let one = |dimension: &str, value: &Option<String>| {
            Cell::Text(value.as_deref().map(|value| label(dimension, value)))
        };
        let day =
            |text: &Option<String>| Cell::Day(text.as_deref().and_then(|text| text.parse().ok()));
        let source = label("source", &row.source);
        // Generated postings must not pass for the source's.
        let source = match self.is_generated {
            true => format!(
                "{source} ({})",
                self.language.pick("데모 데이터", "demo data")
            ),
            false => source,
        };
        [
            Cell::Text(Some(row.title.clone())),
            Cell::Text(row.company.clone()),
            labels("role", &row.roles),
            one("experience", &row.experience),
            Cell::Number(row.minimum_years),
            one("education", &row.education),
            labels("province", &row.provinces),
            labels("district", &row.districts),
            labels("industry_category", &row.industry_categories),
            labels("industry", &row.industries),
            labels("skill", &row.skills),
            day(&row.posting_date),
            day(&row.expiration_date),
            Cell::Number(row.views),
            Cell::Number(row.applications),
            Cell::Text(row.url.clone()),
            Cell::Text(Some(row.roles.join("; "))),
            Cell::Text(Some(row.posting_id.clone())),
            Cell::Text(Some(source)),
            Cell::Text(self.data_date.clone()),
            Cell::Text(note),
        ]
    }
}

/// The name of a file of postings, without its extension: its content, build and filters.
pub fn name(
    definitions: &Definitions,
    language: Language,
    request: &Request,
    build: u64,
) -> String {
    let filters = request.filters_in_words(definitions, language);
    let values = filters.into_iter().flat_map(|filter| filter.values);
    let mut name = format!(
        "{}-{}{build}",
        language.pick("공고", "postings"),
        language.pick("빌드", "build")
    );
    let mut left = NAME_LIMIT;
    for value in values {
        // Characters that some systems forbid in file names; a dot would look like an extension.
        let forbidden =
            |character: char| character.is_control() || "/\\:*?\"<>|.%".contains(character);
        let value: String = value
            .trim()
            .chars()
            .map(|character| if forbidden(character) { '_' } else { character })
            .collect();
        let length = value.chars().count();
        if length > left {
            name.push_str("-…");
            break;
        }
        left -= length;
        name.push('-');
        name.push_str(&value);
    }
    name
}
