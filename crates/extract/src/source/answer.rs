//! What a response looks like.

use serde::Deserialize;

/// Where fields are in a response: names from the top, joined by dots. Of XML these are the names of
/// elements from the root on, `@name` for an attribute; of CSV the names of columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    #[serde(default)]
    pub format: AnswerFormat,
    /// The charset of XML or CSV that does not say so itself.
    pub charset: Option<String>,
    /// What separates the fields of CSV; a comma unless said otherwise.
    pub delimiter: Option<char>,
    /// Where the records are; `.` where the response is the list of them.
    pub records: String,
    /// Within a record.
    pub id: String,
    /// Within a record: when it was published, in Unix seconds.
    pub published: Option<String>,
    /// The response header that marks generated data.
    pub generated_header: Option<String>,
}

/// The format of responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFormat {
    #[default]
    Json,
    Xml,
    Csv,
}

impl AnswerFormat {
    /// As people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Csv => "CSV",
        }
    }
}

impl Answer {
    /// How a response is read as JSON; `None` if it is JSON.
    pub(crate) fn layout(&self) -> Option<formats::Layout> {
        match self.format {
            AnswerFormat::Json => None,
            AnswerFormat::Xml => Some(formats::Layout::Xml {
                records: vec![self.records.clone()],
            }),
            AnswerFormat::Csv => Some(formats::Layout::Csv {
                delimiter: self.delimiter(),
            }),
        }
    }

    fn delimiter(&self) -> u8 {
        let delimiter = self.delimiter.unwrap_or(',');
        u8::try_from(delimiter).unwrap_or(b',')
    }

    /// The format of a body of it in the landing.
    pub(crate) fn landed(&self) -> landing::Format {
        match self.format {
            AnswerFormat::Json => landing::Format::Json,
            AnswerFormat::Xml => landing::Format::Xml,
            AnswerFormat::Csv => landing::Format::Csv,
        }
    }

    /// Validates it.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_json = self.format == AnswerFormat::Json;
        if let Some(charset) = &self.charset {
            if is_json {
                return Err("`answer.charset`: JSON is UTF-8".to_owned());
            }
            if !formats::is_charset(charset) {
                return Err(format!("`answer.charset`: there is no charset `{charset}`"));
            }
        }
        if let Some(delimiter) = self.delimiter {
            if self.format != AnswerFormat::Csv {
                return Err("`answer.delimiter` is for CSV".to_owned());
            }
            if !delimiter.is_ascii() || ['"', '\n', '\r'].contains(&delimiter) {
                return Err(format!(
                    "`answer.delimiter`: `{delimiter}` cannot separate fields"
                ));
            }
        }
        match (self.format, self.records.as_str()) {
            (AnswerFormat::Csv, ".") => {}
            (AnswerFormat::Csv, _) => {
                return Err("`answer.records`: CSV is a list of records: `.`".to_owned());
            }
            (AnswerFormat::Xml, ".") => {
                return Err(
                    "`answer.records`: XML has a root; write the path of the records from it on"
                        .to_owned(),
                );
            }
            _ => {}
        }
        if self.records.is_empty() || self.id.is_empty() {
            return Err("`answer.records` and `answer.id` must not be empty".to_owned());
        }
        Ok(())
    }
}
