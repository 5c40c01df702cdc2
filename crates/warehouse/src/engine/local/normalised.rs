//! `normalised(text)`: the form in which titles are matched. Visually equal texts become equal:
//! NFKC, without format characters, runs of white space collapsed to one space, trimmed. Case is
//! kept.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray as _, StringArray};
use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

/// Characters of the general category Cf.
static FORMAT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{Cf}").expect("a constant pattern"));

/// The function, for a session.
pub(crate) fn function() -> ScalarUDF {
    create_udf(
        "normalised",
        vec![DataType::Utf8],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(|arguments| {
            let arrays = ColumnarValue::values_to_arrays(arguments)?;
            let [texts] = arrays.as_slice() else {
                return Err(DataFusionError::Plan(
                    "`normalised` takes one text".to_owned(),
                ));
            };
            let texts = texts.as_string::<i32>().iter();
            let forms: StringArray = texts.map(|text| text.map(normalised)).collect();
            let forms: ArrayRef = Arc::new(forms);
            Ok(ColumnarValue::Array(forms))
        }),
    )
}

/// A text in the form in which titles are matched.
pub(crate) fn normalised(text: &str) -> Cow<'_, str> {
    // Fast path for nearly every title: ASCII and Hangul syllables are normalised already.
    let is_plain =
        |character: char| matches!(character, '!'..='~') || ('가'..='힣').contains(&character);
    let mut before = ' ';
    let is_normal = text.chars().all(|character| {
        let fine = is_plain(character) || (character == ' ' && before != ' ');
        before = character;
        fine
    });
    if text.is_empty() || (is_normal && before != ' ') {
        return Cow::Borrowed(text);
    }
    let composed: String = text.nfkc().collect();
    let seen = FORMAT.replace_all(&composed, "");
    let words: Vec<&str> = seen.split_whitespace().collect();
    Cow::Owned(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        let decomposed: String = "데이터 분석가".nfd().collect();
        for (text, form) in [
            ("데이터 분석가", "데이터 분석가"),
            (decomposed.as_str(), "데이터 분석가"),
            ("데이터\u{200b}분석가", "데이터분석가"),
            ("데이터\u{00a0}\u{3000}분석가 ", "데이터 분석가"),
            ("  데이터 \t\n 분석가", "데이터 분석가"),
            ("ＤＡＴＡ　Ｅｎｇｉｎｅｅｒ", "DATA Engineer"),
            ("\u{feff}ML\u{00ad}Ops", "MLOps"),
            ("①급 ㈜데이터", "1급 (주)데이터"),
            ("\u{200e}\u{2066}", ""),
            ("", ""),
            (" ", ""),
        ] {
            assert_eq!(normalised(text), form, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_fast_path_equals_the_full_one(text in "\\PC{0,12}|[가-힣 a\u{200b}\u{1100}-\u{11ff}\t]{0,12}") {
            let composed: String = text.nfkc().collect();
            let seen = FORMAT.replace_all(&composed, "");
            let long: Vec<&str> = seen.split_whitespace().collect();
            prop_assert_eq!(normalised(&text), long.join(" "));
        }
    }
}
