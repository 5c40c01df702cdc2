//! Measures, from `measures.toml`.

use super::fact::fact_of;
use super::keys::{check_name, labels, number_column, values_by_dimension};
use super::section::{Result, Section};
use crate::model::{Aggregate, Definitions, Measure};

pub(super) fn measure(
    definitions: &Definitions,
    roles: &[String],
    name: &str,
    section: &Section<'_>,
) -> Result<Measure> {
    section.only(&[
        "label_ko",
        "label_en",
        "what_ko",
        "what_en",
        "fact",
        "aggregate",
        "where",
        "of",
        "column",
        "unit",
        "format",
    ])?;
    check_name(section, name)?;
    let fact = fact_of(&definitions.facts, section)?;
    let own = &definitions.facts[fact];
    let values = |key: &str| values_by_dimension(definitions, fact, roles, section, key);
    let kinds = ["count", "share", "mean", "active", "assumed"];
    let kind = section.text("aggregate")?;
    let aggregate = match kind {
        "count" => Aggregate::Count,
        "share" => {
            let of = values("of")?;
            if of.is_empty() {
                return Err(section.error("of", "a share must say what it is the share of"));
            }
            Aggregate::Share(of)
        }
        "mean" => Aggregate::Mean(number_column(own, section)?),
        "active" => Aggregate::Active,
        "assumed" => Aggregate::Assumed,
        other => return Err(section.unknown("aggregate", "aggregate", other, kinds)),
    };
    if section.has("column") && kind != "mean" {
        return Err(section.error("column", "only aggregate `mean` has this"));
    }
    if section.has("of") && matches!(kind, "count" | "mean") {
        let only = "only aggregates `share`, `active` and `assumed` have this";
        return Err(section.error("of", only));
    }
    if own.lifetime.is_none() && matches!(kind, "active" | "assumed") {
        let problem = format!("`{}` has no lifetime to be open in", own.name);
        return Err(section.error("aggregate", problem));
    }
    Ok(Measure {
        name: name.to_owned(),
        fact,
        labels: labels(section, "label")?,
        what: labels(section, "what")?,
        aggregate,
        wanted: values("where")?,
        part: values("of")?,
        unit: section.text("unit")?.to_owned(),
        format: section.text("format")?.to_owned(),
    })
}
