//! Dimensions, from `measures.toml` and `roles.toml`.

use super::keys::{check_name, labels, sql, texts_by_name};
use super::section::{Result, Section};
use crate::explain;
use crate::model::{Dimension, ROLE};
use crate::request;

pub(super) fn dimensions(sections: &Section<'_>) -> Result<Vec<Dimension>> {
    let names = sections.names();
    let mut dimensions = Vec::new();
    for name in &names {
        let section = sections.section(name)?;
        dimensions.push(dimension(&names, name, &section)?);
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

fn dimension(names: &[&str], name: &str, section: &Section<'_>) -> Result<Dimension> {
    section.only(&[
        "label_ko",
        "label_en",
        "what_ko",
        "what_en",
        "sql",
        "among",
        "order",
        "filter",
        "stated",
        "labels_ko",
        "labels_en",
    ])?;
    check_name(section, name)?;
    if request::OWN_PARAMETERS.contains(&name) || explain::TAKEN.contains(&name) {
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
            return Err(section.error("order", "this has to be `size` or a list of values"));
        }
        Err(_) => section.texts("order")?,
    };
    Ok(Dimension {
        name: name.to_owned(),
        labels: labels(section, "label")?,
        what: labels(section, "what")?,
        parent,
        filter: section.flag("filter", true)?,
        stated: section.flag("stated", true)?,
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
    let Some(dimension) = dimensions.iter_mut().find(|each| each.name == ROLE) else {
        return Ok(names);
    };
    for name in &names {
        let section = roles.section(name)?;
        let labels = labels(&section, "label")?;
        dimension.labels_ko.insert(name.clone(), labels.ko);
        dimension.labels_en.insert(name.clone(), labels.en);
        if let Some(order) = &mut dimension.order
            && !order.contains(name)
        {
            order.push(name.clone());
        }
    }
    Ok(names)
}
