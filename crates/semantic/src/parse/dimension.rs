//! Dimensions, from `measures.toml` and `roles.toml`.

use super::fact::fact_of;
use super::keys::{check_name, labels, sql, texts_by_name};
use super::section::{Result, Section};
use crate::explain;
use crate::model::{Dimension, Fact};
use crate::request;

pub(super) fn dimensions(facts: &[Fact], sections: &Section<'_>) -> Result<Vec<Dimension>> {
    let names = sections.names();
    let mut dimensions = Vec::new();
    for name in &names {
        let section = sections.section(name)?;
        dimensions.push(dimension(facts, &names, name, &section)?);
    }
    for (dimension, name) in dimensions.iter().zip(&names) {
        let above = dimension.parent.map(|above| dimensions[above].fact);
        if above.is_some_and(|fact| fact != dimension.fact) {
            let section = sections.section(name)?;
            return Err(section.error("among", "this dimension is of another fact"));
        }
    }
    // Facets and parents follow the hierarchy upwards, so it must have no cycle.
    for (index, name) in names.iter().enumerate() {
        let mut above = dimensions[index].parent;
        for _ in 0..names.len() {
            above = above.and_then(|index| dimensions[index].parent);
        }
        if above.is_some() {
            let section = sections.section(name)?;
            return Err(section.error("among", "this dimension is its own parent"));
        }
    }
    Ok(dimensions)
}

fn dimension(
    facts: &[Fact],
    names: &[&str],
    name: &str,
    section: &Section<'_>,
) -> Result<Dimension> {
    section.only(&[
        "label_ko",
        "label_en",
        "what_ko",
        "what_en",
        "fact",
        "sql",
        "among",
        "order",
        "filter",
        "stated",
        "labels_ko",
        "labels_en",
        "labels_from",
    ])?;
    check_name(section, name)?;
    if request::OWN_PARAMETERS.contains(&name)
        || explain::TAKEN.contains(&name)
        || facts.iter().any(|fact| fact.row == name)
    {
        return Err(section.error("", "this name is taken: give the dimension another one"));
    }
    let parent = section
        .optional_text("among")?
        .map(|above| {
            let place = names.iter().position(|other| *other == above);
            place.ok_or_else(|| section.unknown("among", "dimension", above, names.iter().copied()))
        })
        .transpose()?;
    let order = match section.optional_text("order") {
        Ok(None | Some("size")) => None,
        Ok(Some(_)) => {
            return Err(section.error("order", "this must be `size` or a list of values"));
        }
        Err(_) => section.texts("order")?,
    };
    let has_roles = match section.optional_text("labels_from")? {
        None => false,
        Some("roles.toml") => true,
        Some(_) => return Err(section.error("labels_from", "this can only be `roles.toml`")),
    };
    Ok(Dimension {
        name: name.to_owned(),
        fact: fact_of(facts, section)?,
        labels: labels(section, "label")?,
        what: labels(section, "what")?,
        parent,
        filter: section.flag("filter", true)?,
        stated: section.flag("stated", true)?,
        has_roles,
        order,
        labels_ko: texts_by_name(section, "labels_ko")?,
        labels_en: texts_by_name(section, "labels_en")?,
        sql: sql(section)?,
    })
}

/// Sets the labels of roles, and appends those missing from the order. Returns their names.
pub(super) fn label_roles(dimensions: &mut [Dimension], file: &Section<'_>) -> Result<Vec<String>> {
    let Some(roles) = file.optional_section("roles")? else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = roles.names().into_iter().map(str::to_owned).collect();
    for name in &names {
        let section = roles.section(name)?;
        let labels = labels(&section, "label")?;
        for dimension in dimensions.iter_mut().filter(|each| each.has_roles) {
            dimension.labels_ko.insert(name.clone(), labels.ko.clone());
            dimension.labels_en.insert(name.clone(), labels.en.clone());
            if let Some(order) = &mut dimension.order
                && !order.contains(name)
            {
                order.push(name.clone());
            }
        }
    }
    Ok(names)
}
