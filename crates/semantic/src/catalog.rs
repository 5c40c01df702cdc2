//! The definitions as people and programs read them, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::dialect::Dialect;
use crate::explain;
use crate::model::{Definitions, Measure};
use crate::series::SeriesInfo;
use crate::shown::{Layout, PageInfo, TileInfo};

/// The block of figures that are counted.
const FIGURES: &str = "figures";

/// Dimensions, measures and tiles.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Definitions)]
pub struct DefinitionsAnswer {
    /// What postings are grouped and filtered by.
    pub dimensions: Vec<DimensionAnswer>,
    /// What is counted.
    pub measures: Vec<MeasureAnswer>,
    /// What is shown.
    pub tiles: Vec<TileInfo>,
    /// The series that tiles show: what the columns of their tables mean.
    pub series: Vec<SeriesInfo>,
    /// Where it is shown.
    pub pages: Vec<PageInfo>,
    /// Groups of synonyms for the search.
    pub synonyms: Vec<Vec<String>>,
    /// Abbreviations and the word that each stands for: a search for `JS` also finds the synonyms
    /// of its value, not vice versa.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub short_forms: BTreeMap<String, String>,
}

/// A dimension.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Dimension)]
pub struct DimensionAnswer {
    /// Name, as in parameters.
    pub name: String,
    /// Korean name.
    pub label_ko: String,
    /// English name.
    pub label_en: String,
    /// Definition in Korean.
    pub what_ko: String,
    /// Definition in English.
    pub what_en: String,
    /// Its parent dimension.
    #[schema(required)]
    pub parent: Option<String>,
    /// Whether it is offered as a filter.
    pub filter: bool,
    /// Whether its values have a defined order; otherwise the largest come first.
    pub ordered: bool,
    /// Korean names of values; a value without one is shown as it is.
    pub labels_ko: BTreeMap<String, String>,
    /// English names of values.
    pub labels_en: BTreeMap<String, String>,
    /// Its values by posting.
    pub sql: String,
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Measure)]
pub struct MeasureAnswer {
    /// Name.
    pub name: String,
    /// Korean name.
    pub label_ko: String,
    /// English name.
    pub label_en: String,
    /// Definition in Korean.
    pub what_ko: String,
    /// Definition in English.
    pub what_en: String,
    /// `postings`, `percent` or `years`.
    pub unit: String,
    /// `integer`, `percent` or `decimal`.
    pub format: String,
    /// Filters of the postings that it counts, in addition to the selection: values by dimension.
    /// Of a share, those of the numerator. Absent where it counts the whole selection.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub counts: BTreeMap<String, Vec<String>>,
    /// The figure over all postings in scope.
    pub sql: String,
}

impl Definitions {
    /// Names, labels, definitions and SQL.
    pub fn answer(&self, dialect: &dyn Dialect) -> DefinitionsAnswer {
        answer(self, dialect)
    }

    /// Whether all that a page shows are published tables, on which only the period acts.
    pub fn shows_tables_only(&self, page: &PageInfo) -> bool {
        let mut tiles = page.rows.iter().flatten().flat_map(|cell| &cell.tiles);
        let is_series = |name: &str| {
            let mut found = self.shown.iter().filter(|tile| tile.name == name);
            found.any(|tile| tile.table.is_some())
        };
        let counts = page
            .rows
            .iter()
            .flatten()
            .any(|cell| cell.block.as_deref() == Some(FIGURES));
        !counts && tiles.clone().next().is_some() && tiles.all(|tile| is_series(&tile.name))
    }

    /// Tiles and pages alone.
    pub fn layout(&self) -> Layout<'_> {
        Layout {
            tiles: &self.shown,
            pages: &self.pages,
        }
    }
}

fn answer(definitions: &Definitions, dialect: &dyn Dialect) -> DefinitionsAnswer {
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
        sql: explain::measure(definitions, measure, dialect),
    });
    DefinitionsAnswer {
        dimensions: dimensions.collect(),
        measures: measures.collect(),
        tiles: definitions.shown.clone(),
        series: definitions.series.clone(),
        pages: definitions.pages.clone(),
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
