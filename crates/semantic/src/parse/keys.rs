//! What several parts of the definitions share.

use std::collections::BTreeMap;

use super::read::{InOrder, Place, Result, Text};
use crate::model::{Column, ColumnKind, Definitions, Fact, Labels, Values};

/// Lists of values by name, in the order of the file.
pub(super) type Lists = InOrder<Vec<String>>;

/// A query without the semicolon at its end.
pub(super) fn sql(text: &Text) -> String {
    let text = text.as_str().trim();
    text.strip_suffix(';').unwrap_or(text).trim_end().to_owned()
}

pub(super) fn labels(ko: Text, en: Text) -> Labels {
    Labels {
        ko: ko.into_string(),
        en: en.into_string(),
    }
}

/// Texts by name, none of which is empty.
pub(super) fn texts(by_name: BTreeMap<String, Text>) -> BTreeMap<String, String> {
    by_name
        .into_iter()
        .map(|(name, text)| (name, text.into_string()))
        .collect()
}

/// A name becomes a URL parameter and an SQL identifier.
pub(super) fn check_name(place: &Place, name: &str) -> Result<()> {
    if kernel::is_identifier(name) {
        return Ok(());
    }
    Err(place.error(
        "",
        "a name is of lower-case letters, digits and `_`, beginning with a letter",
    ))
}

/// The index of the fact's column of numbers that the key `column` names.
pub(super) fn number_column(fact: &Fact, place: &Place, name: Option<&Text>) -> Result<usize> {
    let Some(name) = name else {
        return Err(place.error("column", "this is missing"));
    };
    let is_number = |column: &Column| column.kind == ColumnKind::Number;
    let found = fact.column(name.as_str());
    found
        .filter(|column| is_number(&fact.columns[*column]))
        .ok_or_else(|| {
            let known = fact.columns.iter().filter(|column| is_number(column));
            let known = known.map(|column| column.name.as_str());
            place.unknown("column", "column of numbers", name.as_str(), known)
        })
}

/// The lists of the key `key`, by dimension.
pub(super) fn values_by_dimension(
    definitions: &Definitions,
    fact: usize,
    roles: &[String],
    place: &Place,
    key: &str,
    lists: &Lists,
) -> Result<Vec<Values>> {
    let place = place.at(key);
    let mut all = Vec::new();
    for (name, values) in &lists.0 {
        let dimension = find_dimension(definitions, fact, &place, name, name)?;
        if values.is_empty() {
            return Err(place.error(name, "this list is empty"));
        }
        // The values of other dimensions are known only from the data.
        if definitions.dimensions[dimension].has_roles && key != "parents" && !roles.is_empty() {
            let stranger = values.iter().find(|value| !roles.contains(value));
            if let Some(value) = stranger {
                return Err(place.unknown(name, "role", value, roles.iter().map(String::as_str)));
            }
        }
        all.push(Values {
            dimension,
            values: values.clone(),
        });
    }
    Ok(all)
}

/// The index of the fact's dimension of a name.
pub(super) fn find_dimension(
    definitions: &Definitions,
    fact: usize,
    place: &Place,
    key: &str,
    name: &str,
) -> Result<usize> {
    let found = definitions.dimension(name);
    found
        .filter(|found| definitions.dimensions[*found].fact == fact)
        .ok_or_else(|| {
            let own = definitions
                .dimensions
                .iter()
                .filter(|each| each.fact == fact);
            place.unknown(key, "dimension", name, own.map(|each| each.name.as_str()))
        })
}
