//! The typed form of the definitions. Every name in it is resolved: dimensions, measures and tiles
//! refer to each other by index.

use std::collections::BTreeMap;

use crate::search::Synonyms;
use crate::series::SeriesInfo;
use crate::shown::{PageInfo, TileInfo};

/// The facts, dimensions, measures and tiles of the dashboard.
#[derive(Debug)]
pub struct Definitions {
    /// What is counted; in file order, as all others.
    pub facts: Vec<Fact>,
    /// What it is grouped and filtered by.
    pub dimensions: Vec<Dimension>,
    /// How it is counted.
    pub measures: Vec<Measure>,
    /// What is shown.
    pub tiles: Vec<Tile>,
    /// How these and the tiles of published tables look, in the order of the files.
    pub shown: Vec<TileInfo>,
    /// How published tables are read.
    pub series: Vec<SeriesInfo>,
    /// The pages of tiles, in their order.
    pub pages: Vec<PageInfo>,
    /// Groups of words that mean the same to the search.
    pub synonyms: Vec<Vec<String>>,
    /// Abbreviations, and the word that each stands for.
    pub short_forms: BTreeMap<String, String>,
    /// Both, as queries are parsed with them.
    pub search: Synonyms,
}

/// One query of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Its rows.
    Rows,
    /// The data status of each day.
    Days,
    /// The values of a dimension, by its index in the definitions.
    Dimension(usize),
}

/// What is counted: a set of rows with an identifier and a day.
#[derive(Debug)]
pub struct Fact {
    /// Name, in the plural.
    pub name: String,
    /// What one row is called; SQL names the step with all rows so.
    pub row: String,
    /// The query of its rows.
    pub sql: String,
    /// The column that identifies a row: the `id` of its dimensions' queries.
    pub id: String,
    /// The column of the day that `from` and `to` filter by.
    pub date: String,
    /// What lists are sorted by, and measures computed of.
    pub columns: Vec<Column>,
    /// Where full text is searched.
    pub search: SearchedParts,
    /// How long a row is open; none where rows are of one moment.
    pub lifetime: Option<Lifetime>,
}

/// A column of a fact.
#[derive(Debug)]
pub struct Column {
    /// Name, as parameters have it.
    pub name: String,
    /// Name in the fact's query.
    pub sql: String,
    /// Type of its values.
    pub kind: ColumnKind,
    /// Whether lists begin with the greatest value unless the request says otherwise.
    pub descends: bool,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Days.
    Date,
    /// Whole numbers.
    Number,
}

/// Where full text is searched.
#[derive(Debug, Default)]
pub struct SearchedParts {
    /// Columns of the fact's query.
    pub columns: Vec<String>,
    /// Indices of dimensions.
    pub dimensions: Vec<usize>,
}

/// From when to when a row is open: aggregates of open rows and tiles over time are based on it. Its
/// first day is the fact's `date`.
#[derive(Debug)]
pub struct Lifetime {
    /// The column of the day on which a row closes.
    pub end: String,
    /// The column of the last day on which it is open.
    pub until: String,
    /// The column that says whether that day is assumed.
    pub until_assumed: String,
    /// The query of the data date.
    pub last_day: String,
    /// The query of the data status of each day: `date`, `is_known`, `is_active_known`, `coverage`,
    /// `read_after_days`, `active_coverage`.
    pub days: String,
    /// The name of the series of all rows.
    pub all: String,
}

/// What rows are grouped and filtered by; a row has any number of its values.
#[derive(Debug)]
pub struct Dimension {
    /// Name, as parameters and SQL have it.
    pub name: String,
    /// Index of the fact whose rows have it.
    pub fact: usize,
    /// Its names for people.
    pub labels: Labels,
    /// Its definition for people.
    pub what: Labels,
    /// The parent dimension.
    pub parent: Option<usize>,
    /// Whether it is offered as a filter.
    pub filter: bool,
    /// Whether rows state the values. Otherwise they are assigned, and a row without one is not
    /// incomplete.
    pub stated: bool,
    /// Whether `roles.toml` has its labels, and so all values that it can have.
    pub has_roles: bool,
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
    /// Index of the fact whose rows it counts.
    pub fact: usize,
    /// Its names for people.
    pub labels: Labels,
    /// Its definition for people.
    pub what: Labels,
    /// How it is computed.
    pub aggregate: Aggregate,
    /// Only these rows count.
    pub wanted: Vec<Values>,
    /// The values that filter a list of the counted rows, if it is not all of `wanted`.
    pub part: Vec<Values>,
    /// `postings`, `percent` or `years`.
    pub unit: String,
    /// `integer`, `percent` or `decimal`.
    pub format: String,
}

/// How a measure aggregates a tile's rows.
#[derive(Debug)]
pub enum Aggregate {
    /// Their number.
    Count,
    /// The part with these values, of all that have the dimensions.
    Share(Vec<Values>),
    /// The mean of a column, by its index in the fact.
    Mean(usize),
    /// Open on the data date, by what is known.
    Active,
    /// Open on the data date, by assumption.
    Assumed,
}

/// Rows with at least one of these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// Index of the dimension.
    pub dimension: usize,
    /// Its values.
    pub values: Vec<String>,
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
    /// Only these rows count: the measure's and the tile's.
    pub wanted: Vec<Values>,
    /// Only these values are shown.
    pub values: Vec<Values>,
    /// These values are not shown.
    pub except: Vec<Values>,
    /// Only child values of these are shown, and shares are of the rows that have such a value.
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
    /// The top rows by a column, by its index in the fact.
    List(usize),
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
    /// The queries of a fact: its rows, its days if it has a lifetime, and its dimensions in file
    /// order.
    pub fn queries(&self, fact: usize) -> Vec<(Part, &str)> {
        let own = &self.facts[fact];
        let mut queries = vec![(Part::Rows, own.sql.as_str())];
        queries.extend((own.lifetime.iter()).map(|lifetime| (Part::Days, lifetime.days.as_str())));
        for (index, dimension) in self.dimensions.iter().enumerate() {
            if dimension.fact == fact {
                queries.push((Part::Dimension(index), dimension.sql.as_str()));
            }
        }
        queries
    }

    /// The fact that a tile is about.
    pub fn fact_of(&self, tile: &Tile) -> &Fact {
        &self.facts[self.measures[tile.measure].fact]
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

impl Fact {
    /// The index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The index of the column of its day.
    pub fn by_date(&self) -> usize {
        let date = |column: &Column| column.sql == self.date;
        // A fact without it is refused when it is parsed.
        self.columns.iter().position(date).unwrap_or(0)
    }
}
