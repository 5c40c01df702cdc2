//! Facts, from `measures.toml`.

use serde::Deserialize;

use super::keys::{check_name, find_dimension, sql};
use super::read::{InOrder, Place, Result, Text};
use crate::explain;
use crate::model::{Column, ColumnKind, Definitions, Fact, Lifetime, SearchedParts};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct FactKeys {
    row: Text,
    id: Text,
    date: Text,
    sql: Text,
    columns: InOrder<ColumnKeys>,
    search: Option<SearchKeys>,
    lifetime: Option<LifetimeKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct ColumnKeys {
    r#type: Type,
    column: Option<Text>,
    sort: Sort,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Text,
    Date,
    Number,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sort {
    Asc,
    Desc,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct SearchKeys {
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    dimensions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct LifetimeKeys {
    end: Text,
    until: Text,
    until_assumed: Text,
    last_day: QueryKeys,
    all: Text,
    days: QueryKeys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct QueryKeys {
    sql: Text,
}

/// All facts; where they are searched is added by [`searched_parts`].
pub(super) fn facts(keys: &InOrder<FactKeys>, place: &Place) -> Result<Vec<Fact>> {
    let facts: Vec<Fact> = keys
        .0
        .iter()
        .map(|(name, keys)| fact(name, keys, &place.at(name)))
        .collect::<Result<_>>()?;
    match facts.is_empty() {
        true => Err(place.error("", "there is no fact: nothing can be counted")),
        false => Ok(facts),
    }
}

fn fact(name: &str, keys: &FactKeys, place: &Place) -> Result<Fact> {
    check_name(place, name)?;
    let row = column(place, "row", &keys.row)?;
    if explain::TAKEN.contains(&row.as_str()) {
        return Err(place.error("row", "this name is taken: give the row another one"));
    }
    let columns = columns(&keys.columns, &place.at("columns"))?;
    let date = column(place, "date", &keys.date)?;
    let is_date = |column: &Column| column.kind == ColumnKind::Date && column.sql == date;
    if !columns.iter().any(is_date) {
        return Err(place.error("date", format!("`columns` has no date `{date}`")));
    }
    let lifetime = |keys| lifetime(keys, &place.at("lifetime"));
    Ok(Fact {
        name: name.to_owned(),
        row,
        sql: sql(&keys.sql),
        id: column(place, "id", &keys.id)?,
        date,
        columns,
        search: SearchedParts::default(),
        lifetime: keys.lifetime.as_ref().map(lifetime).transpose()?,
    })
}

fn columns(keys: &InOrder<ColumnKeys>, place: &Place) -> Result<Vec<Column>> {
    let column = |(name, keys): &(String, ColumnKeys)| {
        let place = place.at(name);
        check_name(&place, name)?;
        let sql = match &keys.column {
            Some(own) => column(&place, "column", own)?,
            None => name.clone(),
        };
        Ok(Column {
            name: name.clone(),
            sql,
            kind: match keys.r#type {
                Type::Text => ColumnKind::Text,
                Type::Date => ColumnKind::Date,
                Type::Number => ColumnKind::Number,
            },
            descends: keys.sort == Sort::Desc,
        })
    };
    keys.0.iter().map(column).collect()
}

fn lifetime(keys: &LifetimeKeys, place: &Place) -> Result<Lifetime> {
    Ok(Lifetime {
        end: column(place, "end", &keys.end)?,
        until: column(place, "until", &keys.until)?,
        until_assumed: column(place, "until_assumed", &keys.until_assumed)?,
        last_day: sql(&keys.last_day.sql),
        days: sql(&keys.days.sql),
        all: keys.all.as_str().to_owned(),
    })
}

/// The name of a column in SQL, which is written without quotes.
fn column(place: &Place, key: &str, name: &Text) -> Result<String> {
    let name = name.as_str();
    let is_plain = name
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    match is_plain && !name.starts_with(|first: char| first.is_ascii_digit()) {
        true => Ok(name.to_owned()),
        false => Err(place.error(key, "a column is of lower-case letters, digits and `_`")),
    }
}

/// Where the rows of a fact are searched; none where the definitions do not say.
pub(super) fn searched_parts(
    definitions: &Definitions,
    fact: usize,
    keys: &FactKeys,
    place: &Place,
) -> Result<SearchedParts> {
    let Some(keys) = &keys.search else {
        return Ok(SearchedParts::default());
    };
    let place = place.at("search");
    let texts = |column: &&Column| column.kind == ColumnKind::Text;
    let known = || definitions.facts[fact].columns.iter().filter(texts);
    Ok(SearchedParts {
        columns: keys
            .columns
            .iter()
            .map(|name| match known().find(|column| column.name == *name) {
                Some(column) => Ok(column.sql.clone()),
                None => {
                    let known = known().map(|column| column.name.as_str());
                    Err(place.unknown("columns", "column of texts", name, known))
                }
            })
            .collect::<Result<_>>()?,
        dimensions: keys
            .dimensions
            .iter()
            .map(|name| find_dimension(definitions, fact, &place, "dimensions", name))
            .collect::<Result<_>>()?,
    })
}

/// The fact that a dimension or a measure belongs to. The only one need not be named.
pub(super) fn fact_of(facts: &[Fact], place: &Place, name: Option<&str>) -> Result<usize> {
    match name {
        Some(name) => {
            let index = facts.iter().position(|fact| fact.name == name);
            index.ok_or_else(|| {
                let known = facts.iter().map(|fact| fact.name.as_str());
                place.unknown("fact", "fact", name, known)
            })
        }
        None if facts.len() == 1 => Ok(0),
        None => Err(place.error("fact", "this is missing: there are several facts")),
    }
}
