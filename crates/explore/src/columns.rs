//! The columns of postings: in lists, details and files. This is the only list of them: lists, files and the page
//! take names, values and places from it.

use crate::answer::PostingRow;

/// A column of postings.
#[derive(Debug, Clone, Copy)]
pub struct PostingColumn {
    /// The field of [`PostingRow`], and the column of files for programs.
    pub name: &'static str,
    /// The dimension that its values are of, which names them and the column.
    pub dimension: Option<&'static str>,
    /// What it holds.
    pub kind: PostingKind,
    /// Korean and English name; empty where the dimension names it.
    pub labels: [&'static str; 2],
    /// The same where there is little room; empty where there is none.
    pub short: [&'static str; 2],
    /// Its place in the list, if it is there.
    pub list: Option<u8>,
    /// Its place in the detail.
    pub detail: Option<u8>,
    /// Its place in spreadsheets.
    pub sheet: Option<u8>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostingKind {
    /// A text.
    Text,
    /// Any number of values.
    Values,
    /// A day.
    Day,
    /// A whole number.
    Number,
}

/// A value of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostingValue<'a> {
    /// A text.
    Text(Option<&'a str>),
    /// Any number of values.
    Values(&'a [String]),
    /// A day, as YYYY-MM-DD.
    Day(Option<&'a str>),
    /// A whole number.
    Number(Option<i64>),
}

const fn text(name: &'static str, labels: [&'static str; 2]) -> PostingColumn {
    PostingColumn {
        name,
        dimension: None,
        kind: PostingKind::Text,
        labels,
        short: ["", ""],
        list: None,
        detail: None,
        sheet: None,
    }
}

const fn of(name: &'static str, dimension: &'static str) -> PostingColumn {
    PostingColumn {
        dimension: Some(dimension),
        kind: PostingKind::Values,
        ..text(name, ["", ""])
    }
}

/// A column at its places in list, detail and spreadsheets; 0: it is not there.
const fn at(column: PostingColumn, list: u8, detail: u8, sheet: u8) -> PostingColumn {
    const fn place(place: u8) -> Option<u8> {
        if place == 0 { None } else { Some(place) }
    }
    PostingColumn {
        list: place(list),
        detail: place(detail),
        sheet: place(sheet),
        ..column
    }
}

const fn short(column: PostingColumn, short: [&'static str; 2]) -> PostingColumn {
    PostingColumn { short, ..column }
}

const fn kind(column: PostingColumn, kind: PostingKind) -> PostingColumn {
    PostingColumn { kind, ..column }
}

/// In the order of files for programs.
pub const POSTING_COLUMNS: &[PostingColumn] = &[
    text("id", ["ID", "ID"]),
    at(kind(of("source", "source"), PostingKind::Text), 0, 0, 18),
    at(
        text("posting_id", ["공고 번호", "Posting number"]),
        0,
        0,
        17,
    ),
    at(text("url", ["링크", "Link"]), 0, 0, 16),
    at(text("title", ["제목", "Title"]), 3, 0, 1),
    at(text("company", ["회사", "Company"]), 4, 0, 2),
    at(of("roles", "role"), 5, 3, 3),
    at(of("industry_categories", "industry_category"), 6, 9, 9),
    at(of("industries", "industry"), 7, 10, 10),
    at(
        kind(of("experience", "experience"), PostingKind::Text),
        8,
        4,
        4,
    ),
    at(
        kind(of("education", "education"), PostingKind::Text),
        0,
        6,
        6,
    ),
    at(of("provinces", "province"), 10, 7, 7),
    at(of("districts", "district"), 11, 8, 8),
    at(of("skills", "skill"), 12, 11, 11),
    at(
        kind(text("posting_date", ["게시일", "Posted"]), PostingKind::Day),
        1,
        1,
        12,
    ),
    short(
        at(
            kind(
                text("expiration_date", ["마감일", "Closes"]),
                PostingKind::Day,
            ),
            2,
            2,
            13,
        ),
        ["마감", "Closes"],
    ),
    short(
        at(
            kind(
                text("minimum_years", ["최소 경력(년)", "Minimum years"]),
                PostingKind::Number,
            ),
            9,
            5,
            5,
        ),
        ["최소 경력", "Min. years"],
    ),
    short(
        at(
            kind(text("views", ["조회수", "Views"]), PostingKind::Number),
            13,
            12,
            14,
        ),
        ["조회", "Views"],
    ),
    short(
        at(
            kind(
                text("applications", ["지원자 수", "Applications"]),
                PostingKind::Number,
            ),
            14,
            13,
            15,
        ),
        ["지원", "Applied"],
    ),
];

impl PostingRow {
    /// The value of a column; none of a name that no column has.
    pub fn value(&self, name: &str) -> Option<PostingValue<'_>> {
        Some(match name {
            "id" => PostingValue::Text(Some(&self.id)),
            "source" => PostingValue::Text(Some(&self.source)),
            "posting_id" => PostingValue::Text(Some(&self.posting_id)),
            "url" => PostingValue::Text(self.url.as_deref()),
            "title" => PostingValue::Text(Some(&self.title)),
            "company" => PostingValue::Text(self.company.as_deref()),
            "roles" => PostingValue::Values(&self.roles),
            "industry_categories" => PostingValue::Values(&self.industry_categories),
            "industries" => PostingValue::Values(&self.industries),
            "experience" => PostingValue::Text(self.experience.as_deref()),
            "education" => PostingValue::Text(self.education.as_deref()),
            "provinces" => PostingValue::Values(&self.provinces),
            "districts" => PostingValue::Values(&self.districts),
            "skills" => PostingValue::Values(&self.skills),
            "posting_date" => PostingValue::Day(self.posting_date.as_deref()),
            "expiration_date" => PostingValue::Day(self.expiration_date.as_deref()),
            "minimum_years" => PostingValue::Number(self.minimum_years),
            "views" => PostingValue::Number(self.views),
            "applications" => PostingValue::Number(self.applications),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_row_is_a_column_of_its_kind() {
        let row = PostingRow::default();
        let fields = serde_json::to_value(&row).expect("JSON");
        let mut fields: Vec<&str> = fields
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        let mut names: Vec<&str> = POSTING_COLUMNS.iter().map(|column| column.name).collect();
        fields.sort_unstable();
        names.sort_unstable();
        assert_eq!(fields, names);
        for column in POSTING_COLUMNS {
            let kind = match row.value(column.name) {
                Some(PostingValue::Text(_)) => PostingKind::Text,
                Some(PostingValue::Values(_)) => PostingKind::Values,
                Some(PostingValue::Day(_)) => PostingKind::Day,
                Some(PostingValue::Number(_)) => PostingKind::Number,
                None => panic!("`{}` has no value", column.name),
            };
            assert_eq!(kind, column.kind, "{}", column.name);
            let is_named = column.dimension.is_some() || !column.labels[0].is_empty();
            assert!(is_named, "{}", column.name);
        }
        assert_eq!(row.value("nothing"), None);
    }

    #[test]
    fn places_are_those_from_one_each_once() {
        type Place = fn(&PostingColumn) -> Option<u8>;
        let all: [Place; 3] = [|one| one.list, |one| one.detail, |one| one.sheet];
        for place in all {
            let mut places: Vec<u8> = POSTING_COLUMNS.iter().filter_map(place).collect();
            places.sort_unstable();
            let expected: Vec<u8> = (1..).take(places.len()).collect();
            assert_eq!(places, expected);
        }
    }
}
