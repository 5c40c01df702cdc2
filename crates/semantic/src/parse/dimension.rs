//! Dimensions, from `measures.toml` and `roles.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fact::fact_of;
use super::keys::{check_name, labels, sql, texts};
use super::read::{InOrder, Place, Result, Text};
use crate::explain;
use crate::model::{Dimension, Fact};
use crate::request;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct DimensionKeys {
    label_ko: Text,
    label_en: Text,
    what_ko: Text,
    what_en: Text,
    fact: Option<String>,
    sql: Text,
    among: Option<String>,
    order: Option<Order>,
    #[serde(default = "yes")]
    filter: bool,
    #[serde(default = "yes")]
    stated: bool,
    #[serde(default)]
    labels_ko: BTreeMap<String, Text>,
    #[serde(default)]
    labels_en: BTreeMap<String, Text>,
    labels_from: Option<LabelsFrom>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "this must be `size` or a list of values")]
enum Order {
    By(Size),
    Values(Vec<String>),
}

#[derive(Deserialize)]
enum Size {
    #[serde(rename = "size")]
    Size,
}

#[derive(Deserialize)]
enum LabelsFrom {
    #[serde(rename = "roles.toml")]
    Roles,
}

/// `roles.toml`, of which other parts of the program read the rest.
#[derive(Default, Deserialize)]
pub(super) struct RolesFile {
    #[serde(default)]
    roles: InOrder<RoleKeys>,
}

#[derive(Deserialize)]
struct RoleKeys {
    label_ko: Text,
    label_en: Text,
}

pub(super) fn dimensions(
    facts: &[Fact],
    keys: InOrder<DimensionKeys>,
    place: &Place,
) -> Result<Vec<Dimension>> {
    let names: Vec<String> = keys.0.iter().map(|(name, _)| name.clone()).collect();
    let mut dimensions = Vec::new();
    for (name, keys) in keys.0 {
        let place = place.at(&name);
        dimensions.push(dimension(facts, &names, name, keys, &place)?);
    }
    let wrong = |name: &str, problem| Err(place.at(name).error("among", problem));
    for (dimension, name) in dimensions.iter().zip(&names) {
        let above = dimension.parent.map(|above| dimensions[above].fact);
        if above.is_some_and(|fact| fact != dimension.fact) {
            return wrong(name, "this dimension is of another fact");
        }
    }
    // Facets and parents follow the hierarchy upwards, so it must have no cycle.
    for (index, name) in names.iter().enumerate() {
        let mut above = dimensions[index].parent;
        for _ in 0..names.len() {
            above = above.and_then(|index| dimensions[index].parent);
        }
        if above.is_some() {
            return wrong(name, "this dimension is its own parent");
        }
    }
    Ok(dimensions)
}

fn dimension(
    facts: &[Fact],
    names: &[String],
    name: String,
    keys: DimensionKeys,
    place: &Place,
) -> Result<Dimension> {
    check_name(place, &name)?;
    if request::OWN_PARAMETERS.contains(&name.as_str())
        || explain::TAKEN.contains(&name.as_str())
        || facts.iter().any(|fact| fact.row == name)
    {
        return Err(place.error("", "this name is taken: give the dimension another one"));
    }
    let parent = keys.among.map(|above| {
        let index = names.iter().position(|other| *other == above);
        let known = names.iter().map(String::as_str);
        index.ok_or_else(|| place.unknown("among", "dimension", &above, known))
    });
    Ok(Dimension {
        name,
        fact: fact_of(facts, place, keys.fact.as_deref())?,
        labels: labels(keys.label_ko, keys.label_en),
        what: labels(keys.what_ko, keys.what_en),
        parent: parent.transpose()?,
        filter: keys.filter,
        stated: keys.stated,
        has_roles: matches!(keys.labels_from, Some(LabelsFrom::Roles)),
        order: match keys.order {
            None | Some(Order::By(Size::Size)) => None,
            Some(Order::Values(values)) => Some(values),
        },
        labels_ko: texts(keys.labels_ko),
        labels_en: texts(keys.labels_en),
        sql: sql(&keys.sql),
    })
}

/// Sets the labels of roles, and appends those missing from the order. Returns their names.
pub(super) fn label_roles(dimensions: &mut [Dimension], file: RolesFile) -> Vec<String> {
    let mut names = Vec::new();
    for (name, keys) in file.roles.0 {
        let labels = labels(keys.label_ko, keys.label_en);
        for dimension in dimensions.iter_mut().filter(|each| each.has_roles) {
            dimension.labels_ko.insert(name.clone(), labels.ko.clone());
            dimension.labels_en.insert(name.clone(), labels.en.clone());
            if let Some(order) = &mut dimension.order
                && !order.contains(&name)
            {
                order.push(name.clone());
            }
        }
        names.push(name);
    }
    names
}
