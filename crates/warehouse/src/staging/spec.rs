//! The schema of landed records: the typed form of `pipeline/staging/<table>.toml`.
//!
//! A specification is parsed once per process and shared between decoding threads; it is never
//! changed afterwards. A specification that does not parse is an error before anything is read.

use std::collections::{BTreeMap, HashSet};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use landing::Dataset;
use serde::Deserialize;

use crate::error::{Error, Result};

/// How a JSON value becomes a column value. A value that does not fit becomes null: staging types
/// values and does not validate them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Text, trimmed; blank is null. Numbers are kept as their digits.
    Text,
    /// A 64-bit integer, from a JSON integer or a string of digits.
    Bigint,
    /// A UTC instant, from Unix seconds as an integer or a string of digits.
    TimestampSeconds,
    /// A list of codes separated by `,` or `|`: trimmed, distinct, in their order, joined by `,`.
    Codes,
    /// A double (data files only).
    Double,
    /// A day `YYYY-MM-DD`; in a record, the day that a date and time begins with.
    Date,
    /// `true` or `false` (data files only).
    Boolean,
    /// An instant as RFC 3339 writes it; in a record also a day, or a day and a time, in Asia/Seoul.
    Timestamp,
}

impl ColumnType {
    /// The Arrow type that holds this column.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Codes => DataType::Utf8,
            Self::Bigint => DataType::Int64,
            Self::TimestampSeconds | Self::Timestamp => timestamp_type(),
            Self::Double => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Boolean => DataType::Boolean,
        }
    }
}

/// The one timestamp type of the warehouse: UTC microseconds, as Delta Lake stores them.
pub fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// How text is decoded from its transport encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextEncoding {
    /// HTML character references (`&gt;`) are replaced by their characters.
    Html,
}

/// One column of the staging table and where it is in a record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Name in the table.
    pub name: String,
    /// Type in the table.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Key paths in the record, joined by `.`; the first one with a value is used.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Holds the name of the part that the record came in: the board of a snapshot, the key of a
    /// series. Such a column is text and has no paths.
    #[serde(default)]
    pub part: bool,
    /// Set where text arrives encoded.
    pub text: Option<TextEncoding>,
    /// Left out of `content_hash`, because it changes without the posting being edited.
    #[serde(default)]
    pub counter: bool,
    /// Sent only on request: a record without it is not reported.
    #[serde(default)]
    pub optional: bool,
    /// Defaults to the time at which the source sent the record, which is unknown for a saved file.
    #[serde(default)]
    pub reading_time: bool,
    /// The JSON type the source documents for this key; another one is reported as a retyped field.
    pub json: Option<JsonType>,
    /// What the column means, for the generated reference.
    pub what: Option<String>,
}

/// The type of a JSON value, as named in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonType {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// A number without a fraction.
    Integer,
    /// Any other number.
    Number,
    /// Text.
    String,
    /// A list.
    Array,
    /// Keys and values.
    Object,
}

impl JsonType {
    /// Every type, in the order of the counters that are kept per key.
    pub const ALL: [Self; 7] = [
        Self::Null,
        Self::Boolean,
        Self::Integer,
        Self::Number,
        Self::String,
        Self::Array,
        Self::Object,
    ];

    /// The name used in `staging.fields.json_type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// A staging table fed from landed JSON bodies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordSpec {
    /// One sentence: what one row is.
    pub what: String,
    /// Source whose bodies are read, as in the landing path.
    pub source: String,
    /// Dataset whose bodies are read, as in the landing path.
    pub dataset: String,
    /// What a record describes, in one lower-case word such as `posting`. An entity has one id in
    /// all datasets of a source that describe it; a take-down removes it from all of these.
    pub entity: String,
    /// Column of the source's own id of the entity.
    pub id_column: String,
    /// Where a body contains its records: key paths, `.` for the body itself. The first that
    /// exists.
    pub records: Vec<String>,
    /// Key path of the record's identifier; a record without it cannot be read.
    pub id: String,
    /// Whether identifiers are distinct only within a part (a board, a key): then the part is a
    /// part of the id.
    #[serde(default)]
    pub id_by_part: bool,
    /// The charset of XML and CSV bodies that do not say so themselves.
    pub charset: Option<String>,
    /// What separates the fields of CSV bodies; a comma unless said otherwise.
    pub delimiter: Option<char>,
    /// Keys that are known and not mapped to a column.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Columns after the fixed ones ([`RecordSpec::fixed_fields`]).
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
}

/// A staging table fed from a CSV file of the project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvSpec {
    /// One sentence: what one row is.
    pub what: String,
    /// The file below `pipeline/`.
    pub csv: String,
    /// The file's columns, in its order, with their types.
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
}

/// A file of `pipeline/staging/`.
#[derive(Debug, Clone)]
pub enum StagingSpec {
    /// Read from the landing store.
    Records(RecordSpec),
    /// Read from a data file of the project.
    Csv(CsvSpec),
}

impl StagingSpec {
    /// Parses `pipeline/staging/<table>.toml`; `path` is named in errors.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let value: BTreeMap<String, toml::Value> =
            toml::from_str(text).map_err(|error| Error::pipeline(path, error.to_string()))?;
        let invalid = |error: toml::de::Error| Error::pipeline(path, error.to_string());
        let spec = if value.contains_key("csv") {
            Self::Csv(toml::from_str(text).map_err(invalid)?)
        } else {
            Self::Records(toml::from_str(text).map_err(invalid)?)
        };
        if let Self::Records(records) = &spec {
            records.check_names(path)?;
            records.check_format(path)?;
            if let Some(column) = records
                .columns
                .iter()
                .find(|c| c.paths.is_empty() != c.part)
            {
                let name = &column.name;
                let problem = match column.part {
                    true => format!("column `{name}` is that of the part, and names `paths`"),
                    false => format!("column `{name}` names no `paths`"),
                };
                return Err(Error::pipeline(path, problem));
            }
            if let Some(column) = records
                .columns
                .iter()
                .find(|c| c.part && c.column_type != ColumnType::Text)
            {
                let problem = format!(
                    "column `{}` is that of the part, and is not text",
                    column.name
                );
                return Err(Error::pipeline(path, problem));
            }
            let typed_by_file = [ColumnType::Double, ColumnType::Boolean];
            let is_time = |column: &Column| column.column_type.data_type() == timestamp_type();
            if let Some(column) = records
                .columns
                .iter()
                .find(|c| c.reading_time && !is_time(c))
            {
                return Err(Error::pipeline(
                    path,
                    format!(
                        "column `{}` is not a timestamp, but `reading_time` is",
                        column.name
                    ),
                ));
            }
            if let Some(column) = records
                .columns
                .iter()
                .find(|c| typed_by_file.contains(&c.column_type))
            {
                return Err(Error::pipeline(
                    path,
                    format!(
                        "column `{}` has a type that only data files may use",
                        column.name
                    ),
                ));
            }
        }
        Ok(spec)
    }
}

impl RecordSpec {
    /// Columns every record table starts with: identity, origin and content of the row.
    pub fn fixed_fields(&self) -> Vec<Field> {
        vec![
            Field::new("id", DataType::Int64, false),
            Field::new("source", DataType::Utf8, false),
            Field::new(&self.id_column, DataType::Utf8, false),
            Field::new("collected_at", timestamp_type(), false),
            Field::new("landing_path", DataType::Utf8, false),
            Field::new("landing_row", DataType::Int64, false),
            Field::new("content_hash", DataType::Int64, false),
        ]
    }

    /// Schema of the staging table: the fixed columns, then the specification's.
    pub fn schema(&self) -> SchemaRef {
        let mut fields = self.fixed_fields();
        fields.extend(
            self.columns
                .iter()
                .map(|c| Field::new(&c.name, c.column_type.data_type(), true)),
        );
        Schema::new(fields).into()
    }

    /// Whether a body is the list of its records. Beside other paths, `.` is a body that is one
    /// record.
    pub(crate) fn is_list(&self) -> bool {
        self.records.len() == 1 && self.records[0] == "."
    }

    /// How a body in XML is read as JSON, and how one in CSV is.
    pub(crate) fn layout(&self, format: landing::Format) -> Option<formats::Layout> {
        match format {
            landing::Format::Json | landing::Format::JsonLines => None,
            landing::Format::Xml => Some(formats::Layout::Xml {
                records: self.records.clone(),
            }),
            landing::Format::Csv => Some(formats::Layout::Csv {
                delimiter: u8::try_from(self.delimiter.unwrap_or(',')).unwrap_or(b','),
            }),
        }
    }

    fn check_format(&self, path: &str) -> Result<()> {
        if let Some(charset) = &self.charset
            && !formats::is_charset(charset)
        {
            let message = format!("there is no charset `{charset}`");
            return Err(Error::pipeline(path, message));
        }
        match self.delimiter {
            Some(delimiter) if !delimiter.is_ascii() || "\"\r\n".contains(delimiter) => {
                let message = format!(
                    "`delimiter = \"{}\"` cannot separate fields",
                    delimiter.escape_debug()
                );
                Err(Error::pipeline(path, message))
            }
            _ => Ok(()),
        }
    }

    /// The dataset of the landing that its records are of.
    pub fn landed(&self) -> Result<Dataset> {
        Ok(Dataset::new(&self.source, &self.dataset)?)
    }

    /// Whether its records are those of a dataset of the landing.
    pub fn reads(&self, dataset: &Dataset) -> bool {
        self.source == dataset.source() && self.dataset == dataset.name()
    }

    /// Names of the dataset, the entity and the columns: words, and each column once.
    fn check_names(&self, path: &str) -> Result<()> {
        self.landed()
            .map_err(|error| Error::pipeline(path, error))?;
        for (key, name) in [("entity", &self.entity), ("id_column", &self.id_column)] {
            if !kernel::is_identifier(name) {
                let message = format!("`{key} = \"{name}\"` is not a lower-case word");
                return Err(Error::pipeline(path, message));
            }
        }
        let mut names = HashSet::new();
        match self
            .schema()
            .fields()
            .iter()
            .find(|field| !names.insert(field.name().clone()))
        {
            Some(twice) => Err(Error::pipeline(
                path,
                format!("two columns are called `{}`", twice.name()),
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_names_the_file() {
        let error = StagingSpec::parse("staging/x.toml", "what = 'x'\nsauce = 'y'").unwrap_err();
        assert!(error.to_string().contains("staging/x.toml"), "{error}");
    }

    fn spec(id_column: &str, column: &str) -> Result<StagingSpec> {
        let text = format!(
            "what = 'x'\nsource = 's'\ndataset = 'd'\nentity = 'event'\nid_column = '{id_column}'\n\
             records = ['.']\nid = 'id'\n[[column]]\nname = '{column}'\ntype = 'text'\npaths = ['x']"
        );
        StagingSpec::parse("staging/x.toml", &text)
    }

    #[test]
    fn the_id_column_is_called_as_declared() {
        let StagingSpec::Records(spec) = spec("event_id", "title").unwrap() else {
            panic!("it reads records");
        };
        let schema = spec.schema();
        assert_eq!(schema.field(2).name(), "event_id");
        assert_eq!(schema.fields().len(), 8);
    }

    #[test]
    fn names_that_collide_or_are_no_words_are_refused() {
        for (id_column, column, part) in [
            ("source", "title", "two columns are called `source`"),
            ("event_id", "event_id", "two columns are called `event_id`"),
            ("Event id", "title", "`id_column = \"Event id\"`"),
        ] {
            let error = spec(id_column, column).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
