//! Tiles, from `tiles.toml`.

use super::keys::{check_name, find_dimension, number_column, values_by_dimension};
use super::section::{Result, Section};
use super::shown;
use crate::model::{Aggregate, Definitions, Fact, Labels, Parents, Shape, Tile, Values};

pub(super) fn tile(
    definitions: &Definitions,
    roles: &[String],
    name: &str,
    section: &Section<'_>,
) -> Result<Tile> {
    let own = [
        "label_ko",
        "label_en",
        "measure",
        "by",
        "values",
        "parents",
        "except",
        "where",
        "top",
        "shares_of",
        "order",
        "kind",
        "column",
    ];
    section.only(&[&own, shown::KEYS].concat())?;
    check_name(section, name)?;
    let measure_name = section.text("measure")?;
    let place = definitions
        .measures
        .iter()
        .position(|each| each.name == measure_name);
    let measure = place.ok_or_else(|| {
        let known = definitions.measures.iter().map(|each| each.name.as_str());
        section.unknown("measure", "measure", measure_name, known)
    })?;
    let own = &definitions.measures[measure];
    let fact = own.fact;
    let mut by = Vec::new();
    for name in section.texts("by")?.unwrap_or_default() {
        by.push(find_dimension(definitions, fact, section, "by", &name)?);
    }
    let shape = shape(&definitions.facts[fact], section, &by)?;
    let counts = matches!(own.aggregate, Aggregate::Count);
    if !counts && !matches!(shape, Shape::Value) {
        let problem = "only a measure that counts can be shown by groups, time or posting";
        return Err(section.error("measure", problem));
    }
    let top = section.positive("top")?;
    if matches!(shape, Shape::List(_)) && top.is_none() {
        return Err(section.error("top", "this is missing: how many postings are shown"));
    }
    let mut wanted = own.wanted.clone();
    wanted.extend(values_by_dimension(
        definitions,
        fact,
        roles,
        section,
        "where",
    )?);
    let of_the_groups = |key: &str| -> Result<Vec<Values>> {
        let all = values_by_dimension(definitions, fact, roles, section, key)?;
        match all.iter().find(|each| !by.contains(&each.dimension)) {
            None => Ok(all),
            Some(other) => {
                let name = &definitions.dimensions[other.dimension].name;
                Err(section.error(key, format!("the tile is not by `{name}`")))
            }
        }
    };
    Ok(Tile {
        name: name.to_owned(),
        labels: Labels {
            ko: section
                .optional_text("label_ko")?
                .unwrap_or(&own.labels.ko)
                .to_owned(),
            en: section
                .optional_text("label_en")?
                .unwrap_or(&own.labels.en)
                .to_owned(),
        },
        measure,
        shape,
        wanted,
        values: of_the_groups("values")?,
        except: of_the_groups("except")?,
        parents: parents(definitions, section, of_the_groups("parents")?)?,
        top,
        by_size: match section.optional_text("order")? {
            None => false,
            Some("size") => true,
            Some(_) => return Err(section.error("order", "this can only be `size`")),
        },
    })
}

fn shape(fact: &Fact, section: &Section<'_>, by: &[usize]) -> Result<Shape> {
    let shares_of_group = match section.optional_text("shares_of")? {
        None => false,
        Some("group") if by.len() == 2 => true,
        Some("group") => return Err(section.error("shares_of", "only a tile by two has this")),
        Some(_) => return Err(section.error("shares_of", "this can only be `group`")),
    };
    let kind = section.optional_text("kind")?;
    if section.has("column") && kind != Some("postings") {
        return Err(section.error("column", "only kind `postings` has this"));
    }
    if kind == Some("flow") && fact.lifetime.is_none() {
        return Err(section.error("kind", format!("`{}` has no lifetime to show", fact.name)));
    }
    match (kind, by) {
        (None, []) => Ok(Shape::Value),
        (None, &[dimension]) => Ok(Shape::Groups(dimension)),
        (None, &[rows, columns]) if rows != columns => Ok(Shape::Cross {
            rows,
            columns,
            shares_of_group,
        }),
        (Some("flow"), []) => Ok(Shape::Flow(None)),
        (Some("flow"), &[dimension]) => Ok(Shape::Flow(Some(dimension))),
        (Some("postings"), []) => Ok(Shape::List(number_column(fact, section)?)),
        (None | Some("flow" | "postings"), _) => {
            Err(section.error("by", "this kind of tile cannot be by these dimensions"))
        }
        (Some(kind), _) => {
            Err(section.unknown("kind", "kind", kind, ["flow", "postings", shown::SERIES]))
        }
    }
}

fn parents(
    definitions: &Definitions,
    section: &Section<'_>,
    all: Vec<Values>,
) -> Result<Vec<(usize, Parents)>> {
    let mut parents = Vec::new();
    for Values { dimension, values } in all {
        let known = &definitions.dimensions[dimension];
        if known.parent.is_none() {
            let problem = format!("`{}` has no parent dimension", known.name);
            return Err(section.error("parents", problem));
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
