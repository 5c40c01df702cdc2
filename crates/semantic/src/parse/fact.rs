//! Facts, from `measures.toml`.

use super::keys::{check_name, find_dimension, sql};
use super::section::{Result, Section};
use crate::explain;
use crate::model::{Column, ColumnKind, Definitions, Fact, Lifetime, SearchedParts};

/// All facts; where they are searched is read by [`searched_parts`].
pub(super) fn facts(sections: &Section<'_>) -> Result<Vec<Fact>> {
    let names = sections.names().into_iter();
    let facts: Vec<Fact> = names
        .map(|name| fact(name, &sections.section(name)?))
        .collect::<Result<_>>()?;
    match facts.is_empty() {
        true => Err(sections.error("", "there is no fact: nothing can be counted")),
        false => Ok(facts),
    }
}

fn fact(name: &str, section: &Section<'_>) -> Result<Fact> {
    section.only(&["row", "id", "date", "sql", "columns", "search", "lifetime"])?;
    check_name(section, name)?;
    let row = column(section, "row")?;
    if explain::TAKEN.contains(&row.as_str()) {
        return Err(section.error("row", "this name is taken: give the row another one"));
    }
    let columns = columns(&section.section("columns")?)?;
    let date = column(section, "date")?;
    let is_date = |column: &Column| column.kind == ColumnKind::Date && column.sql == date;
    if !columns.iter().any(is_date) {
        return Err(section.error("date", format!("`columns` has no date `{date}`")));
    }
    let lifetime = section.optional_section("lifetime")?;
    Ok(Fact {
        name: name.to_owned(),
        row,
        sql: sql(section)?,
        id: column(section, "id")?,
        date,
        columns,
        search: SearchedParts::default(),
        lifetime: lifetime.as_ref().map(self::lifetime).transpose()?,
    })
}

fn columns(sections: &Section<'_>) -> Result<Vec<Column>> {
    let names = sections.names().into_iter();
    names
        .map(|name| {
            let section = sections.section(name)?;
            section.only(&["type", "column", "sort"])?;
            check_name(&section, name)?;
            let sql = match section.has("column") {
                true => column(&section, "column")?,
                false => name.to_owned(),
            };
            let kind = match section.text("type")? {
                "text" => ColumnKind::Text,
                "date" => ColumnKind::Date,
                "number" => ColumnKind::Number,
                other => {
                    let known = ["text", "date", "number"];
                    return Err(section.unknown("type", "type", other, known));
                }
            };
            let descends = match section.text("sort")? {
                "asc" => false,
                "desc" => true,
                _ => return Err(section.error("sort", "this can only be `asc` or `desc`")),
            };
            Ok(Column {
                name: name.to_owned(),
                sql,
                kind,
                descends,
            })
        })
        .collect()
}

fn lifetime(section: &Section<'_>) -> Result<Lifetime> {
    section.only(&["end", "until", "until_assumed", "last_day", "all", "days"])?;
    let query = |name: &str| {
        let section = section.section(name)?;
        section.only(&["sql"])?;
        sql(&section)
    };
    Ok(Lifetime {
        end: column(section, "end")?,
        until: column(section, "until")?,
        until_assumed: column(section, "until_assumed")?,
        last_day: query("last_day")?,
        days: query("days")?,
        all: section.text("all")?.to_owned(),
    })
}

/// The name of a column in SQL, which is written without quotes.
fn column(section: &Section<'_>, key: &str) -> Result<String> {
    let name = section.text(key)?;
    let is_plain = name
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    match is_plain && !name.starts_with(|first: char| first.is_ascii_digit()) {
        true => Ok(name.to_owned()),
        false => Err(section.error(key, "a column is of lower-case letters, digits and `_`")),
    }
}

/// Where the rows of a fact are searched; none where the definitions do not say.
pub(super) fn searched_parts(
    definitions: &Definitions,
    fact: usize,
    section: &Section<'_>,
) -> Result<SearchedParts> {
    let Some(section) = section.optional_section("search")? else {
        return Ok(SearchedParts::default());
    };
    section.only(&["columns", "dimensions"])?;
    let texts = |column: &&Column| column.kind == ColumnKind::Text;
    let known = || definitions.facts[fact].columns.iter().filter(texts);
    let columns = section.texts("columns")?.unwrap_or_default();
    let dimensions = section.texts("dimensions")?.unwrap_or_default();
    Ok(SearchedParts {
        columns: columns
            .iter()
            .map(|name| match known().find(|column| column.name == *name) {
                Some(column) => Ok(column.sql.clone()),
                None => {
                    let known = known().map(|column| column.name.as_str());
                    Err(section.unknown("columns", "column of texts", name, known))
                }
            })
            .collect::<Result<_>>()?,
        dimensions: dimensions
            .iter()
            .map(|name| find_dimension(definitions, fact, &section, "dimensions", name))
            .collect::<Result<_>>()?,
    })
}

/// The fact that a dimension or a measure belongs to. The only one need not be named.
pub(super) fn fact_of(facts: &[Fact], section: &Section<'_>) -> Result<usize> {
    match section.optional_text("fact")? {
        Some(name) => {
            let place = facts.iter().position(|fact| fact.name == name);
            place.ok_or_else(|| {
                let known = facts.iter().map(|fact| fact.name.as_str());
                section.unknown("fact", "fact", name, known)
            })
        }
        None if facts.len() == 1 => Ok(0),
        None => Err(section.error("fact", "this is missing: there are several facts")),
    }
}
