//! Measures, from `measures.toml`.

use serde::Deserialize;

use super::fact::fact_of;
use super::keys::{Lists, check_name, labels, number_column, values_by_dimension};
use super::read::{Place, Result, Text};
use crate::model::{Definitions, Measure};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct MeasureKeys {
    label_ko: Text,
    label_en: Text,
    what_ko: Text,
    what_en: Text,
    fact: Option<String>,
    aggregate: Aggregate,
    #[serde(default)]
    r#where: Lists,
    of: Option<Lists>,
    column: Option<Text>,
    unit: Text,
    format: Text,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Aggregate {
    Count,
    Share,
    Mean,
    Active,
    Assumed,
}

pub(super) fn measure(
    definitions: &Definitions,
    roles: &[String],
    name: String,
    keys: MeasureKeys,
    place: &Place,
) -> Result<Measure> {
    use crate::model::Aggregate as Computed;

    check_name(place, &name)?;
    let fact = fact_of(&definitions.facts, place, keys.fact.as_deref())?;
    let own = &definitions.facts[fact];
    let values =
        |key, lists: &Lists| values_by_dimension(definitions, fact, roles, place, key, lists);
    let part = match &keys.of {
        Some(lists) => values("of", lists)?,
        None => Vec::new(),
    };
    let aggregate = match keys.aggregate {
        Aggregate::Count => Computed::Count,
        Aggregate::Share if part.is_empty() => {
            return Err(place.error("of", "a share must say what it is the share of"));
        }
        Aggregate::Share => Computed::Share(part.clone()),
        Aggregate::Mean => Computed::Mean(number_column(own, place, keys.column.as_ref())?),
        Aggregate::Active => Computed::Active,
        Aggregate::Assumed => Computed::Assumed,
    };
    if keys.column.is_some() && keys.aggregate != Aggregate::Mean {
        return Err(place.error("column", "only aggregate `mean` has this"));
    }
    if keys.of.is_some() && matches!(keys.aggregate, Aggregate::Count | Aggregate::Mean) {
        let only = "only aggregates `share`, `active` and `assumed` have this";
        return Err(place.error("of", only));
    }
    if own.lifetime.is_none() && matches!(keys.aggregate, Aggregate::Active | Aggregate::Assumed) {
        let problem = format!("`{}` has no lifetime to be open in", own.name);
        return Err(place.error("aggregate", problem));
    }
    Ok(Measure {
        name,
        fact,
        labels: labels(keys.label_ko, keys.label_en),
        what: labels(keys.what_ko, keys.what_en),
        aggregate,
        wanted: values("where", &keys.r#where)?,
        part,
        unit: keys.unit.into_string(),
        format: keys.format.into_string(),
    })
}
