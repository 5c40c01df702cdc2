//! `codes(text)`: the distinct codes of a comma-separated list, trimmed, in their order. Codes of at
//! most twelve bytes, as all known ones are, are inlined in their views: no text buffer is written, and
//! grouping and joining compare numbers.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, ListBuilder, StringViewBuilder};
use arrow::datatypes::{DataType, Field};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};

/// Up to this length a list is searched for a code; in a longer one, hashes are.
const FEW: usize = 16;

/// The function, for a session. Null is null; a text without any code is an empty list.
pub(super) fn function() -> ScalarUDF {
    let code = Field::new_list_field(DataType::Utf8View, true);
    create_udf(
        "codes",
        vec![DataType::Utf8View],
        DataType::List(Arc::new(code)),
        Volatility::Immutable,
        Arc::new(|arguments| {
            let arrays = ColumnarValue::values_to_arrays(arguments)?;
            let [lists] = arrays.as_slice() else {
                return Err(DataFusionError::Plan("`codes` takes one text".to_owned()));
            };
            Ok(ColumnarValue::Array(split(lists)))
        }),
    )
}

fn split(lists: &ArrayRef) -> ArrayRef {
    let lists = lists.as_string_view();
    let mut codes = ListBuilder::with_capacity(StringViewBuilder::new(), lists.len());
    let mut found = Vec::new();
    for list in lists {
        let Some(list) = list else {
            codes.append_null();
            continue;
        };
        distinct(list, &mut found);
        for code in &found {
            codes.values().append_value(code);
        }
        codes.append(true);
    }
    Arc::new(codes.finish())
}

fn distinct<'a>(list: &'a str, found: &mut Vec<&'a str>) {
    found.clear();
    let mut seen = HashSet::new();
    for code in list.split(',').map(str::trim) {
        let is_new = if found.len() < FEW {
            !found.contains(&code)
        } else {
            if seen.is_empty() {
                seen.extend(found.iter().copied());
            }
            seen.insert(code)
        };
        if is_new && !code.is_empty() {
            found.push(code);
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;

    use super::*;

    #[test]
    fn a_list_is_its_distinct_codes() {
        let long: Vec<String> = (0..100).map(|n| (n % 40).to_string()).collect();
        let long = long.join(",");
        let lists = [
            Some("84,108"),
            Some("9, 84 ,9"),
            None,
            Some(" ,"),
            Some("a code longer than a view,,7"),
            Some(long.as_str()),
        ];
        let lists: ArrayRef = Arc::new(StringViewArray::from_iter(lists));
        let found = split(&lists);
        let found = found.as_list::<i32>();
        let codes = |at: usize| -> Vec<String> {
            let codes = found.value(at);
            let codes = codes.as_string_view();
            codes.iter().flatten().map(str::to_owned).collect()
        };
        assert_eq!(codes(0), ["84", "108"]);
        assert_eq!(codes(1), ["9", "84"]);
        assert!(found.is_null(2));
        assert!(codes(3).is_empty() && found.is_valid(3));
        assert_eq!(codes(4), ["a code longer than a view", "7"]);
        assert_eq!(codes(5), (0..40).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}
