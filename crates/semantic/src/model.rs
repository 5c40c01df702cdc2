//! The typed form of the definitions. Every name in it is resolved: dimensions, measures and tiles
//! refer to each other by index.

use std::collections::BTreeMap;

use crate::search::Synonyms;

/// The dimension whose labels and order come from `roles.toml`.
pub const ROLE: &str = "role";

/// The dimension that is searched in addition to title and company.
pub const SKILL: &str = "skill";

/// The dimensions, measures and tiles of the dashboard.
#[derive(Debug)]
pub struct Definitions {
    pub(crate) postings_sql: String,
    pub(crate) days_sql: String,
    /// In file order, as measures and tiles.
    pub dimensions: Vec<Dimension>,
    /// What is counted.
    pub measures: Vec<Measure>,
    /// What is shown.
    pub tiles: Vec<Tile>,
    /// Groups of words that mean the same to the search.
    pub synonyms: Vec<Vec<String>>,
    /// Abbreviations, and the word that each stands for.
    pub short_forms: BTreeMap<String, String>,
    /// Both, as queries are parsed with them.
    pub search: Synonyms,
}

/// One query of the definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The postings in scope.
    Postings,
    /// The data status of each day.
    Days,
    /// The values of a dimension, by its index in the definitions.
    Dimension(usize),
}

/// What rows are grouped and filtered by; a row has any number of its values.
#[derive(Debug)]
pub struct Dimension {
    /// Name, as parameters and SQL have it.
    pub name: String,
    /// Its names for people.
    pub labels: Labels,
    /// Its definition for people.
    pub what: Labels,
    /// The parent dimension.
    pub parent: Option<usize>,
    /// Whether it is offered as a filter.
    pub filter: bool,
    /// Whether postings state the values. Otherwise they are assigned, and a posting without one is
    /// not incomplete.
    pub stated: bool,
    /// The values in their order; without one the largest come first.
    pub order: Option<Vec<String>>,
    /// Korean labels of values.
    pub labels_ko: BTreeMap<String, String>,
    /// English labels of values.
    pub labels_en: BTreeMap<String, String>,
    /// Its query: `id` and `value`, with a parent dimension also `parent`.
    pub sql: String,
}

/// A figure.
#[derive(Debug)]
pub struct Measure {
    /// Name.
    pub name: String,
    /// Its names for people.
    pub labels: Labels,
    /// Its definition for people.
    pub what: Labels,
    /// How it is computed.
    pub aggregate: Aggregate,
    /// Only these postings count.
    pub wanted: Vec<Values>,
    /// The values that filter a list of the counted postings, if it is not all of `wanted`.
    pub part: Vec<Values>,
    /// `postings`, `percent` or `years`.
    pub unit: String,
    /// `integer`, `percent` or `decimal`.
    pub format: String,
}

/// How a measure aggregates a tile's postings.
#[derive(Debug)]
pub enum Aggregate {
    /// Their number.
    Count,
    /// The part with these values, of all that have the dimensions.
    Share(Vec<Values>),
    /// The mean of a column.
    Mean(NumberColumn),
    /// Open on the data date, by what is known.
    Active,
    /// Open on the data date, by assumption.
    Assumed,
}

/// Postings with at least one of these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// Index of the dimension.
    pub dimension: usize,
    /// Its values.
    pub values: Vec<String>,
}

/// A column of numbers that the postings have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NumberColumn {
    /// Minimum years of experience.
    MinimumYears,
    /// Views.
    Views,
    /// Applications.
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

/// One figure or one chart.
#[derive(Debug)]
pub struct Tile {
    /// Name.
    pub name: String,
    /// Its title.
    pub labels: Labels,
    /// Index of the measure that it shows.
    pub measure: usize,
    /// What it shows the measure by.
    pub shape: Shape,
    /// Only these postings count: the measure's and the tile's.
    pub wanted: Vec<Values>,
    /// Only these values are shown.
    pub values: Vec<Values>,
    /// These values are not shown.
    pub except: Vec<Values>,
    /// Only child values of these are shown, and shares are of the postings that have such a value.
    pub parents: Vec<(usize, Parents)>,
    /// At most so many groups or rows.
    pub top: Option<usize>,
    /// Largest first, regardless of the dimension's order.
    pub by_size: bool,
}

/// What a tile shows its measure by.
#[derive(Debug)]
pub enum Shape {
    /// One figure.
    Value,
    /// Groups by one dimension.
    Groups(usize),
    /// Groups by two dimensions.
    Cross {
        /// The first dimension.
        rows: usize,
        /// The second.
        columns: usize,
        /// Whether shares are of the row instead of all.
        shares_of_group: bool,
    },
    /// By time, and by the dimension, if any.
    Flow(Option<usize>),
    /// The top postings by a column.
    Postings(NumberColumn),
}

/// The values whose child values a tile shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Parents {
    /// The largest that the selection has.
    Top,
    /// The named ones.
    These(Vec<String>),
}

/// A text in both languages.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

impl Definitions {
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

    /// The index of a dimension.
    pub fn dimension(&self, name: &str) -> Option<usize> {
        self.dimensions
            .iter()
            .position(|dimension| dimension.name == name)
    }

    /// The index of a tile.
    pub fn tile(&self, name: &str) -> Option<usize> {
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
