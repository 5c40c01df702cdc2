//! The definitions as people and programs read them.

use std::collections::BTreeMap;

use super::{Definitions, Measure, Shape};
use crate::answer::{DefinitionsAnswer, DimensionAnswer, MeasureAnswer, TileInfo};
use crate::explain;

pub(super) fn answer(definitions: &Definitions) -> DefinitionsAnswer {
    let name = |index: usize| definitions.dimensions[index].name.clone();
    let dimensions = definitions
        .dimensions
        .iter()
        .map(|dimension| DimensionAnswer {
            name: dimension.name.clone(),
            label_ko: dimension.labels.ko.clone(),
            label_en: dimension.labels.en.clone(),
            what_ko: dimension.what.ko.clone(),
            what_en: dimension.what.en.clone(),
            parent: dimension.parent.map(name),
            filter: dimension.filter,
            ordered: dimension.order.is_some(),
            labels_ko: dimension.labels_ko.clone(),
            labels_en: dimension.labels_en.clone(),
            sql: dimension.sql.clone(),
        });
    let measures = definitions.measures.iter().map(|measure| MeasureAnswer {
        name: measure.name.clone(),
        label_ko: measure.labels.ko.clone(),
        label_en: measure.labels.en.clone(),
        what_ko: measure.what.ko.clone(),
        what_en: measure.what.en.clone(),
        unit: measure.unit.clone(),
        format: measure.format.clone(),
        counts: counts(definitions, measure),
        sql: explain::measure(definitions, measure),
    });
    let tiles = definitions.tiles.iter().map(|tile| {
        let (kind, by) = match tile.shape {
            Shape::Value => ("value", vec![]),
            Shape::Groups(dimension) => ("groups", vec![dimension]),
            Shape::Cross { rows, columns, .. } => ("cross", vec![rows, columns]),
            Shape::Flow(dimension) => ("flow", dimension.into_iter().collect()),
            Shape::Postings(_) => ("postings", vec![]),
        };
        TileInfo {
            name: tile.name.clone(),
            label_ko: tile.labels.ko.clone(),
            label_en: tile.labels.en.clone(),
            measure: definitions.measures[tile.measure].name.clone(),
            by: by.into_iter().map(name).collect(),
            kind: kind.to_owned(),
        }
    });
    DefinitionsAnswer {
        dimensions: dimensions.collect(),
        measures: measures.collect(),
        tiles: tiles.collect(),
        synonyms: definitions.synonyms.clone(),
        short_forms: definitions.short_forms.clone(),
    }
}

/// The filters that choose what a measure counts; none where one dimension would have to match twice.
fn counts(definitions: &Definitions, measure: &Measure) -> BTreeMap<String, Vec<String>> {
    let mut counts = BTreeMap::new();
    for values in measure.wanted.iter().chain(&measure.part) {
        let name = definitions.dimensions[values.dimension].name.clone();
        if counts.insert(name, values.values.clone()).is_some() {
            return BTreeMap::new();
        }
    }
    counts
}
