//! CSV as spreadsheets open it: a byte order mark, without which Excel garbles Korean, and
//! protection against formula injection.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};

use crate::error::Result;

/// Prefixes `'` to a text that a spreadsheet would parse as a formula, also in full-width
/// characters and after spaces; a number may begin with a minus.
pub fn without_formula(text: &str) -> Cow<'_, str> {
    let number = || text.parse::<f64>().is_ok_and(f64::is_finite);
    // Some programs strip zero-width characters before they parse.
    let unseen = |character: char| character.is_whitespace() || is_format(character);
    let first = text.trim_start_matches(unseen).chars().next();
    let begins = text.starts_with(['\t', '\r']);
    match first {
        Some('=' | '+' | '@' | '＝' | '＋' | '＠' | '－') => Cow::Owned(format!("'{text}")),
        Some('-') if !number() => Cow::Owned(format!("'{text}")),
        _ if begins => Cow::Owned(format!("'{text}")),
        _ => Cow::Borrowed(text),
    }
}

/// Zero-width characters that may precede text: byte order, bidirectional and joining marks.
fn is_format(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The same rows with every text passed through [`without_formula`].
pub(super) fn guarded(batch: &RecordBatch) -> Result<RecordBatch> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let is_text = matches!(
            field.data_type(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..)
        );
        let name = without_formula(field.name()).into_owned();
        if !is_text {
            fields.push(field.as_ref().clone().with_name(name));
            columns.push(column.clone());
            continue;
        }
        let texts = cast(column, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>().iter();
        let texts: StringArray = texts.map(|text| text.map(without_formula)).collect();
        fields.push(Field::new(name, DataType::Utf8, field.is_nullable()));
        columns.push(Arc::new(texts));
    }
    Ok(RecordBatch::try_new(Schema::new(fields).into(), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_quoted() {
        for text in [
            "=1+1",
            "+82-2-1234",
            "@sum",
            "-",
            "-=1",
            "-1+cmd|' /C calc'!A0",
            "-inf",
            "\tx",
            " =1",
            " - ",
            "\n@x",
            "\u{3000}+1",
            "\u{200b}=1",
            "＝1+1",
            "＋1",
            "－1",
            "＠sum",
            "\rx",
        ] {
            assert_eq!(without_formula(text), format!("'{text}"));
        }
        for text in [
            "",
            "-8446744073709551616",
            "-1.5",
            "a=b",
            "'=1",
            "a＝b",
            " 신입",
        ] {
            assert_eq!(without_formula(text), text);
        }
    }
}
