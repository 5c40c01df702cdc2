//! A spreadsheet of postings: labels in the user's language beside codes, with source, filters and
//! build in its last columns.

use std::sync::Arc;

use arrow_array::RecordBatch;
use explore::{POSTING_COLUMNS, PostingColumn, PostingKind, PostingRow, PostingValue};
use semantic::{Definitions, Language, Request};
use warehouse::BuildRecord;
use warehouse::publish::Origin;
use warehouse::query::without_formula;

use super::columns::{self, Column};

/// Characters of the filters in a file's name, at most.
const NAME_LIMIT: usize = 60;

/// What all rows of a file have in common.
pub struct Sheet {
    definitions: Arc<Definitions>,
    language: Language,
    data_date: Option<String>,
    is_generated: bool,
    /// Filters and build, for the first row.
    note: Option<String>,
}

/// What a column is filled with.
enum Content {
    /// A column of postings, in words.
    Of(PostingColumn),
    /// Codes of roles.
    Roles,
    DataDate,
    Note,
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

    /// The columns in their order: those of postings, the codes before their number, and what is said
    /// of all rows.
    fn contents() -> Vec<Content> {
        let mut columns: Vec<PostingColumn> = POSTING_COLUMNS.to_vec();
        columns.retain(|column| column.sheet.is_some());
        columns.sort_by_key(|column| column.sheet);
        let place = columns
            .iter()
            .position(|column| column.name == "posting_id");
        let mut contents: Vec<Content> = columns.into_iter().map(Content::Of).collect();
        contents.insert(place.unwrap_or(contents.len()), Content::Roles);
        contents.extend([Content::DataDate, Content::Note]);
        contents
    }

    fn name(&self, content: &Content) -> &str {
        let say = |korean, english| self.language.pick(korean, english);
        match content {
            Content::Of(column) => columns::label(&self.definitions, column, self.language),
            Content::Roles => say("직무 코드", "Role codes"),
            Content::DataDate => say("데이터 기준일", "Data date"),
            Content::Note => say("필터·빌드", "Filters and build"),
        }
    }

    /// The next rows; without any, only the header.
    pub fn rows(&mut self, rows: &[PostingRow]) -> anyhow::Result<RecordBatch> {
        let contents = Self::contents();
        let mut filled: Vec<Column> = contents.iter().map(column_of).collect();
        for row in rows {
            let note = self.note.take();
            for (column, content) in filled.iter_mut().zip(&contents) {
                self.fill(column, content, row, note.as_deref())?;
            }
        }
        let names = contents.iter().map(|content| self.name(content));
        let columns = names.zip(filled.into_iter().map(Column::finish));
        let columns = columns.map(|(name, column)| (name, column, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }

    fn fill(
        &self,
        column: &mut Column,
        content: &Content,
        row: &PostingRow,
        note: Option<&str>,
    ) -> anyhow::Result<()> {
        let text = match content {
            Content::Of(shown) => {
                let value = row.value(shown.name).unwrap_or(PostingValue::Text(None));
                match self.in_words(shown, value) {
                    Some(text) => text,
                    None => return column.push(value),
                }
            }
            Content::Roles => row.roles.join("; "),
            Content::DataDate => self.data_date.clone().unwrap_or_default(),
            Content::Note => note.unwrap_or_default().to_owned(),
        };
        let text = Some(text).filter(|text| !text.is_empty());
        let text = text.map(|text| without_formula(&text).into_owned());
        column.push(PostingValue::Text(text.as_deref()))
    }

    /// A text or values with their labels, as one text; none of a day or a number.
    fn in_words(&self, column: &PostingColumn, value: PostingValue<'_>) -> Option<String> {
        let label = |value: &str| match column.dimension {
            Some(dimension) => self
                .definitions
                .label(dimension, value, self.language)
                .to_owned(),
            None => value.to_owned(),
        };
        let text = match value {
            PostingValue::Text(text) => text.map(label).unwrap_or_default(),
            PostingValue::Values(values) => {
                let values = values.iter().map(|value| label(value));
                values.collect::<Vec<_>>().join("; ")
            }
            PostingValue::Day(_) | PostingValue::Number(_) => return None,
        };
        // Generated postings must not pass for the source's.
        let is_demo = self.is_generated && column.name == "source";
        Some(match is_demo {
            true => format!(
                "{text} ({})",
                self.language.pick("데모 데이터", "demo data")
            ),
            false => text,
        })
    }
}

fn column_of(content: &Content) -> Column {
    match content {
        Content::Of(column) => Column::new(column.kind),
        Content::Roles | Content::DataDate | Content::Note => Column::new(PostingKind::Text),
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
