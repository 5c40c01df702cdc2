//! Tiles, from `tiles.toml` and the files in `tiles/`.

use super::keys::{Lists, check_name, find_dimension, number_column, values_by_dimension};
use super::read::{Place, Result, Text};
use super::tile_keys::{Kind, Order, SharesOf, TileKeys};
use crate::model::{Aggregate, Definitions, Fact, Labels, Parents, Shape, Tile, Values};

pub(super) fn tile(
    definitions: &Definitions,
    roles: &[String],
    name: &str,
    keys: &TileKeys,
    place: &Place,
) -> Result<Tile> {
    check_name(place, name)?;
    let Some(measure_name) = keys.measure.as_ref().map(Text::as_str) else {
        return Err(place.error("measure", "this is missing"));
    };
    let index = definitions
        .measures
        .iter()
        .position(|each| each.name == measure_name);
    let measure = index.ok_or_else(|| {
        let known = definitions.measures.iter().map(|each| each.name.as_str());
        place.unknown("measure", "measure", measure_name, known)
    })?;
    let own = &definitions.measures[measure];
    let fact = own.fact;
    let mut by = Vec::new();
    for name in keys.by.iter().flatten() {
        by.push(find_dimension(definitions, fact, place, "by", name)?);
    }
    let shape = shape(&definitions.facts[fact], keys, place, &by)?;
    let counts = matches!(own.aggregate, Aggregate::Count);
    if !counts && !matches!(shape, Shape::Value) {
        let problem = "only a measure that counts can be shown by groups, time or posting";
        return Err(place.error("measure", problem));
    }
    if matches!(shape, Shape::List(_)) && keys.top.is_none() {
        return Err(place.error("top", "this is missing: how many postings are shown"));
    }
    let values = |key: &str, lists: &Option<Lists>| match lists {
        Some(lists) => values_by_dimension(definitions, fact, roles, place, key, lists),
        None => Ok(Vec::new()),
    };
    let mut wanted = own.wanted.clone();
    wanted.extend(values("where", &keys.r#where)?);
    let of_the_groups = |key: &str, lists: &Option<Lists>| -> Result<Vec<Values>> {
        let all = values(key, lists)?;
        match all.iter().find(|each| !by.contains(&each.dimension)) {
            None => Ok(all),
            Some(other) => {
                let name = &definitions.dimensions[other.dimension].name;
                Err(place.error(key, format!("the tile is not by `{name}`")))
            }
        }
    };
    let or = |text: &Option<String>, other: &str| text.as_deref().unwrap_or(other).to_owned();
    Ok(Tile {
        name: name.to_owned(),
        labels: Labels {
            ko: or(&keys.label_ko, &own.labels.ko),
            en: or(&keys.label_en, &own.labels.en),
        },
        measure,
        shape,
        wanted,
        values: of_the_groups("values", &keys.values)?,
        except: of_the_groups("except", &keys.except)?,
        parents: parents(definitions, place, of_the_groups("parents", &keys.parents)?)?,
        top: keys.top.map(|top| top.0),
        by_size: matches!(keys.order, Some(Order::Size)),
    })
}

fn shape(fact: &Fact, keys: &TileKeys, place: &Place, by: &[usize]) -> Result<Shape> {
    let shares_of_group = matches!(keys.shares_of, Some(SharesOf::Group));
    if shares_of_group && by.len() != 2 {
        return Err(place.error("shares_of", "only a tile by two has this"));
    }
    if keys.column.is_some() && keys.kind != Some(Kind::Postings) {
        return Err(place.error("column", "only kind `postings` has this"));
    }
    if keys.kind == Some(Kind::Flow) && fact.lifetime.is_none() {
        return Err(place.error("kind", format!("`{}` has no lifetime to show", fact.name)));
    }
    match (keys.kind, by) {
        (None, []) => Ok(Shape::Value),
        (None, &[dimension]) => Ok(Shape::Groups(dimension)),
        (None, &[rows, columns]) if rows != columns => Ok(Shape::Cross {
            rows,
            columns,
            shares_of_group,
        }),
        (Some(Kind::Flow), []) => Ok(Shape::Flow(None)),
        (Some(Kind::Flow), &[dimension]) => Ok(Shape::Flow(Some(dimension))),
        (Some(Kind::Postings), []) => {
            let column = number_column(fact, place, keys.column.as_ref())?;
            Ok(Shape::List(column))
        }
        _ => Err(place.error("by", "this kind of tile cannot be by these dimensions")),
    }
}

fn parents(
    definitions: &Definitions,
    place: &Place,
    all: Vec<Values>,
) -> Result<Vec<(usize, Parents)>> {
    let mut parents = Vec::new();
    for Values { dimension, values } in all {
        let known = &definitions.dimensions[dimension];
        if known.parent.is_none() {
            let problem = format!("`{}` has no parent dimension", known.name);
            return Err(place.error("parents", problem));
        }
        let which = if values == ["top"] {
            Parents::Top
        } else {
            Parents::These(values)
        };
        parents.push((dimension, which));
    }
    Ok(parents)
}
