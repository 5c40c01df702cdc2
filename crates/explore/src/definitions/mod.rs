//! What is counted, and by what: the typed form of `pipeline/measures.toml`, `tiles.toml`,
//! `search.toml` and of the labels in `roles.toml`. Once parsed, every name in it is resolved.

mod answer;
mod read;
mod section;
mod tile;

use std::collections::BTreeMap;

use crate::DefinitionsAnswer;

pub use section::DefinitionError;

/// The dimension whose labels and order come from `roles.toml`.
pub(crate) const ROLE: &str = "role";

/// The dimension that is searched in addition to title and company.
pub(crate) const SKILL: &str = "skill";

/// The dimensions, measures and tiles of the dashboard.
#[derive(Debug)]
pub struct Definitions {
    pub(crate) postings_sql: String,
    pub(crate) days_sql: String,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) synonyms: Vec<Vec<String>>,
    /// Abbreviations, and the word that each stands for.
    pub(crate) short_forms: BTreeMap<String, String>,
}

/// One query of the definitions: the input of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The postings in scope.
    Postings,
    /// The data status of each day.
    Days,
    /// The values of a dimension, by its index in the definitions.
    Dimension(usize),
}

#[derive(Debug)]
pub(crate) struct Dimension {
    pub name: String,
    pub labels: Labels,
    pub what: Labels,
    /// The parent dimension.
    pub parent: Option<usize>,
    pub filter: bool,
    /// Whether postings state the values. Otherwise they are assigned, and a posting without one is
    /// not incomplete.
    pub stated: bool,
    /// The values in their order; without one the largest come first.
    pub order: Option<Vec<String>>,
    pub labels_ko: BTreeMap<String, String>,
    pub labels_en: BTreeMap<String, String>,
    pub sql: String,
}

#[derive(Debug)]
pub(crate) struct Measure {
    pub name: String,
    pub labels: Labels,
    pub what: Labels,
    pub aggregate: Aggregate,
    /// Only these postings count.
    pub wanted: Vec<Values>,
    /// The values that filter a list of the counted postings, if it is not all of `wanted`.
    pub part: Vec<Values>,
    pub unit: String,
    pub format: String,
}

/// How a measure aggregates a tile's postings.
#[derive(Debug)]
pub(crate) enum Aggregate {
    Count,
    /// The part with these values, of all that have the dimensions.
    Share(Vec<Values>),
    Mean(NumberColumn),
    /// Open on the data date, by what is known.
    Active,
    /// Open on the data date, by assumption.
    Assumed,
}

/// Postings with at least one of these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Values {
    pub dimension: usize,
    pub values: Vec<String>,
}

/// A column of numbers that the postings have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum NumberColumn {
    MinimumYears,
    Views,
    Applications,
}

impl NumberColumn {
    pub(crate) const ALL: [Self; 3] = [Self::MinimumYears, Self::Views, Self::Applications];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MinimumYears => "minimum_years",
            Self::Views => "views",
            Self::Applications => "applications",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

#[derive(Debug)]
pub(crate) struct Tile {
    pub name: String,
    pub labels: Labels,
    pub measure: usize,
    pub shape: Shape,
    /// Only these postings count: the measure's and the tile's.
    pub wanted: Vec<Values>,
    /// Only these values are shown.
    pub values: Vec<Values>,
    /// These values are not shown.
    pub except: Vec<Values>,
    /// Only child values of these are shown, and shares are of the postings that have such a value.
    pub parents: Vec<(usize, Parents)>,
    pub top: Option<usize>,
    /// Largest first, regardless of the dimension's order.
    pub by_size: bool,
}

#[derive(Debug)]
pub(crate) enum Shape {
    Value,
    Groups(usize),
    Cross {
        rows: usize,
        columns: usize,
        shares_of_group: bool,
    },
    /// By time, and by the dimension, if any.
    Flow(Option<usize>),
    /// The top postings by a column.
    Postings(NumberColumn),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parents {
    /// The largest that the selection has.
    Top,
    These(Vec<String>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    pub ko: String,
    pub en: String,
}

impl Definitions {
    /// Reads the files, by path below `pipeline/`: `measures.toml` and `tiles.toml`, and, if
    /// present, `search.toml` and `roles.toml`. Other files are ignored.
    ///
    /// # Errors
    /// [`DefinitionError`] names the file and the key, and the nearest known name.
    pub fn parse(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, DefinitionError> {
        read::definitions(files)
    }

    /// The queries of an image, in the order in which it ingests their rows.
    pub fn queries(&self) -> Vec<(Part, &str)> {
        let mut queries = vec![
            (Part::Postings, self.postings_sql.as_str()),
            (Part::Days, self.days_sql.as_str()),
        ];
        for (index, dimension) in self.dimensions.iter().enumerate() {
            queries.push((Part::Dimension(index), dimension.sql.as_str()));
        }
        queries
    }

    /// Names, labels, definitions and SQL, as people and programs read them.
    pub fn answer(&self) -> DefinitionsAnswer {
        answer::answer(self)
    }

    pub(crate) fn dimension(&self, name: &str) -> Option<usize> {
        self.dimensions
            .iter()
            .position(|dimension| dimension.name == name)
    }

    pub(crate) fn tile(&self, name: &str) -> Option<usize> {
        self.tiles.iter().position(|tile| tile.name == name)
    }

    /// Whether `dimension` is `above` or a descendant of it.
    pub(crate) fn is_within(&self, dimension: usize, above: usize) -> bool {
        let mut current = Some(dimension);
        while let Some(index) = current {
            if index == above {
                return true;
            }
            current = self.dimensions[index].parent;
        }
        false
    }
}

/// The name among `known` that is most similar to `name`, if any is similar.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|other| (strsim::jaro_winkler(name, other), other))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, other)| other)
}
