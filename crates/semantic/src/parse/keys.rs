//! Keys that several tables of the definitions have.

use std::collections::BTreeMap;

use super::section::{Result, Section};
use crate::model::{Column, ColumnKind, Definitions, Fact, Labels, Values};

pub(super) fn sql(section: &Section<'_>) -> Result<String> {
    let text = section.text("sql")?.trim();
    Ok(text.strip_suffix(';').unwrap_or(text).trim_end().to_owned())
}

pub(super) fn labels(section: &Section<'_>, stem: &str) -> Result<Labels> {
    Ok(Labels {
        ko: section.text(&format!("{stem}_ko"))?.to_owned(),
        en: section.text(&format!("{stem}_en"))?.to_owned(),
    })
}

pub(super) fn texts_by_name(section: &Section<'_>, key: &str) -> Result<BTreeMap<String, String>> {
    let Some(texts) = section.optional_section(key)? else {
        return Ok(BTreeMap::new());
    };
    texts
        .names()
        .into_iter()
        .map(|name| Ok((name.to_owned(), texts.text(name)?.to_owned())))
        .collect()
}

/// A name becomes a URL parameter and an SQL identifier.
pub(super) fn check_name(section: &Section<'_>, name: &str) -> Result<()> {
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if well_formed {
        return Ok(());
    }
    Err(section.error(
        "",
        "a name is of lower-case letters, digits and `_`, beginning with a letter",
    ))
}

/// The index of the fact's column of numbers that `column` names.
pub(super) fn number_column(fact: &Fact, section: &Section<'_>) -> Result<usize> {
    let name = section.text("column")?;
    let is_number = |column: &Column| column.kind == ColumnKind::Number;
    let found = fact.column(name);
    found
        .filter(|column| is_number(&fact.columns[*column]))
        .ok_or_else(|| {
            let known = fact.columns.iter().filter(|column| is_number(column));
            let known = known.map(|column| column.name.as_str());
            section.unknown("column", "column of numbers", name, known)
        })
}

/// The table `key`: lists of values by dimension.
pub(super) fn values_by_dimension(
    definitions: &Definitions,
    fact: usize,
    roles: &[String],
    section: &Section<'_>,
    key: &str,
) -> Result<Vec<Values>> {
    let Some(table) = section.optional_section(key)? else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for name in table.names() {
        let dimension = find_dimension(definitions, fact, &table, name, name)?;
        let values = table.texts(name)?.unwrap_or_default();
        if values.is_empty() {
            return Err(table.error(name, "this list is empty"));
        }
        // The values of other dimensions are known only from the data.
        if definitions.dimensions[dimension].has_roles && key != "parents" && !roles.is_empty() {
            let stranger = values.iter().find(|value| !roles.contains(value));
            if let Some(value) = stranger {
                return Err(table.unknown(name, "role", value, roles.iter().map(String::as_str)));
            }
        }
        all.push(Values { dimension, values });
    }
    Ok(all)
}

/// The index of the fact's dimension of a name.
pub(super) fn find_dimension(
    definitions: &Definitions,
    fact: usize,
    section: &Section<'_>,
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
            section.unknown(key, "dimension", name, own.map(|each| each.name.as_str()))
        })
}
