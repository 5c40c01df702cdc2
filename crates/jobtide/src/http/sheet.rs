//! A file of postings for people: names in their language beside codes, with what they need to know of
//! it later in its last columns.

use std::sync::Arc;

use arrow_array::builder::{Date32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use explore::{Definitions, Language, PostingRow, Request};
use jiff::civil::Date;
use warehouse::BuildRecord;
use warehouse::publish::Origin;
use warehouse::query::without_formula;

use super::columns::days;

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
    heads: Vec<String>,
}

/// One column.
enum Column {
    Text(StringBuilder),
    Day(Date32Builder),
    Number(Int64Builder),
}

impl Sheet {
    /// The file that a request asks for.
    pub fn new(
        definitions: Arc<Definitions>,
        language: Language,
        request: &Request,
        record: &BuildRecord,
    ) -> Self {
        let is_generated = record.origin == Origin::Generated;
        let say = |korean: &str, english: &str| pick(language, korean, english).to_owned();
        let filters = request.filters_in_words(&definitions, language);
        let filters: Vec<String> = filters
            .iter()
            .map(|filter| format!("{}: {}", filter.name, filter.values.join(", ")))
            .collect();
        let filters = match filters.is_empty() {
            true => say("필터 없음", "No filters"),
            false => filters.join("; "),
        };
        let build = match language {
            Language::Korean => format!("빌드 {}", record.build),
            Language::English => format!("Build {}", record.build),
        };
        let of = |dimension: &str| definitions.dimension_label(dimension, language).to_owned();
        let heads = vec![
            say("제목", "Title"),
            say("회사", "Company"),
            of("role"),
            of("experience"),
            say("최소 경력(년)", "Minimum years"),
            of("education"),
            of("province"),
            of("district"),
            of("industry_category"),
            of("industry"),
            of("skill"),
            say("게시일", "Posted"),
            say("마감일", "Closes"),
            say("조회수", "Views"),
            say("지원자 수", "Applications"),
            say("링크", "Link"),
            say("직무 코드", "Role codes"),
            say("공고 번호", "Posting number"),
            of("source"),
            say("데이터 기준일", "Data date"),
            say("필터·빌드", "Filters and build"),
        ];
        Self {
            language,
            data_date: record.data_date.map(|day| day.to_string()),
            is_generated,
            note: Some(format!("{filters} · {build}")),
            heads,
            definitions,
        }
    }

    /// The next rows; without any, the columns alone.
    pub fn rows(&mut self, rows: &[PostingRow]) -> anyhow::Result<RecordBatch> {
        let mut columns: Vec<Column> = (0..self.heads.len())
            .map(|index| match index {
                11 | 12 => Column::Day(Date32Builder::new()),
                4 | 13 | 14 => Column::Number(Int64Builder::new()),
                _ => Column::Text(StringBuilder::new()),
            })
            .collect();
        for row in rows {
            self.push(row, &mut columns);
        }
        let columns = columns.into_iter().map(|column| -> ArrayRef {
            match column {
                Column::Text(mut column) => Arc::new(column.finish()),
                Column::Day(mut column) => Arc::new(column.finish()),
                Column::Number(mut column) => Arc::new(column.finish()),
            }
        });
        let columns = self.heads.iter().zip(columns);
        let columns = columns.map(|(name, column)| (name, column, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }

    fn push(&mut self, row: &PostingRow, columns: &mut [Column]) {
        let label = |dimension: &str, value: &str| {
            self.definitions
                .label(dimension, value, self.language)
                .to_owned()
        };
        let labels = |dimension: &str, values: &[String]| {
            let values = values.iter().map(|value| label(dimension, value));
            Some(values.collect::<Vec<_>>().join("; "))
        };
        let one = |dimension: &str, value: &Option<String>| {
            value.as_deref().map(|value| label(dimension, value))
        };
        let source = label("source", &row.source);
        let texts = [
            (0, Some(row.title.clone())),
            (1, row.company.clone()),
            (2, labels("role", &row.roles)),
            (3, one("experience", &row.experience)),
            (5, one("education", &row.education)),
            (6, labels("province", &row.provinces)),
            (7, labels("district", &row.districts)),
            (8, labels("industry_category", &row.industry_categories)),
            (9, labels("industry", &row.industries)),
            (10, labels("skill", &row.skills)),
            (15, row.url.clone()),
            (16, Some(row.roles.join("; "))),
            (17, Some(row.posting_id.clone())),
            // Nobody may take made-up postings for the source's.
            (
                18,
                Some(match self.is_generated {
                    true => format!(
                        "{source} ({})",
                        pick(self.language, "데모 데이터", "demo data")
                    ),
                    false => source,
                }),
            ),
            (19, self.data_date.clone()),
            (20, self.note.take()),
        ];
        for (index, text) in texts {
            let text = text.filter(|text| !text.is_empty());
            if let Column::Text(column) = &mut columns[index] {
                column.append_option(text.map(|text| without_formula(&text).into_owned()));
            }
        }
        for (index, day) in [(11, &row.posting_date), (12, &row.expiration_date)] {
            let day: Option<Date> = day.as_ref().and_then(|day| day.parse().ok());
            if let Column::Day(column) = &mut columns[index] {
                column.append_option(day.map(days));
            }
        }
        let numbers = [
            (4, row.minimum_years),
            (13, row.views),
            (14, row.applications),
        ];
        for (index, number) in numbers {
            if let Column::Number(column) = &mut columns[index] {
                column.append_option(number);
            }
        }
    }
}

fn pick<'a>(language: Language, korean: &'a str, english: &'a str) -> &'a str {
    match language {
        Language::Korean => korean,
        Language::English => english,
    }
}

/// The name of a file of postings, without its ending: what it holds, of which build, by which filters.
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
        pick(language, "공고", "postings"),
        pick(language, "빌드", "build")
    );
    let mut left = NAME_LIMIT;
    for value in values {
        // What no system takes in a name; a dot would look like an ending.
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
