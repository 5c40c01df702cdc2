//! A tile's figures as SQL: the definitions' queries put together with the filters. The SQL is
//! never run here; users run it with `jobtide query` or adapt it.

mod filter;
mod flow;
mod groups;
mod layout;
mod statement;
mod value;

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dialect::Dialect;
use crate::filters::Filters;
use crate::grain::Grain;
use crate::model::{Definitions, Measure, Shape, Tile, Values};
use crate::request::{Request, RequestError};
use statement::Statement;

/// Names that the SQL of [`Definitions::explain`] gives to its steps, and SQL keywords.
pub(crate) const TAKEN: &[&str] = &[
    "chosen", "counted", "grouped", "largest", "total", "day", "event", "change", "daily",
    "series", "all", "and", "as", "by", "case", "cross", "end", "group", "having", "in", "inner",
    "is", "join", "left", "not", "null", "on", "or", "select", "table", "then", "union", "when",
    "where", "with",
];

/// The SQL that computes a tile's figures.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExplainAnswer {
    /// The tile.
    pub tile: String,
    /// Number of the build that gives the figures.
    pub build: u64,
    /// The query for the selection.
    pub sql: String,
    /// The query for the selection that it is compared with.
    #[schema(required)]
    pub sql_b: Option<String>,
}

/// What the SQL of a tile depends on in the data.
pub trait Extent {
    /// Number of the build.
    fn build(&self) -> u64;

    /// The data date.
    fn last_day(&self) -> Option<Date>;

    /// First and last day that a tile over time shows; none where it shows none.
    fn days(&self, filters: &Filters) -> Option<(Date, Date)>;

    /// The values of a dimension, in its order.
    fn values(&self, dimension: usize) -> Vec<String>;

    /// The periods of tiles over time, the same for both selections.
    fn grain(&self, request: &Request) -> Grain {
        let days = request.selections().map(|filters| days(self.days(filters)));
        Grain::of_span(days.max().unwrap_or(0), request.grain)
    }
}

impl Definitions {
    /// The SQL of a tile, for each of the request's selections, of data of this extent.
    ///
    /// # Errors
    /// [`RequestError`] when there is no such tile.
    pub fn explain(
        &self,
        tile: &str,
        request: &Request,
        extent: &impl Extent,
        dialect: &dyn Dialect,
    ) -> Result<ExplainAnswer, RequestError> {
        let unknown = || RequestError::unknown_tile(tile, self);
        let tile = &self.tiles[self.tile(tile).ok_or_else(unknown)?];
        let days = request
            .selections()
            .map(|filters| days(extent.days(filters)));
        let grain = Grain::of_span(days.max().unwrap_or(0), request.grain);
        Ok(ExplainAnswer {
            tile: tile.name.clone(),
            build: extent.build(),
            sql: self.tile_sql(tile, &request.first, grain, extent, dialect),
            sql_b: request
                .second
                .as_ref()
                .map(|filters| self.tile_sql(tile, filters, grain, extent, dialect)),
        })
    }

    fn tile_sql(
        &self,
        tile: &Tile,
        filters: &Filters,
        grain: Grain,
        extent: &impl Extent,
        dialect: &dyn Dialect,
    ) -> String {
        let mut sql = Statement::new(self, self.fact_of(tile), dialect);
        sql.choose(filters);
        sql.narrow(&tile.wanted);
        match tile.shape {
            Shape::Value => {
                let measure = &self.measures[tile.measure];
                sql.value(&measure.aggregate, extent.last_day())
            }
            Shape::Groups(dimension) => sql.groups(tile, dimension),
            Shape::Cross {
                rows,
                columns,
                shares_of_group,
            } => {
                let shown = shown_columns(tile, columns, extent);
                sql.cross(tile, rows, columns, &shown, shares_of_group)
            }
            Shape::Flow(dimension) => flow::flow(&mut sql, extent.days(filters), dimension, grain),
            Shape::List(column) => sql.list(column, tile.top.unwrap_or(0)),
        }
    }
}

/// The number of days of a period.
fn days(period: Option<(Date, Date)>) -> usize {
    period.map_or(0, |(first, last)| {
        let days = last.duration_since(first).as_hours() / 24 + 1;
        usize::try_from(days).unwrap_or(0)
    })
}

/// The values that a tile's columns are about: the ones that it names, or all there are.
fn shown_columns(tile: &Tile, dimension: usize, extent: &impl Extent) -> Vec<String> {
    let own = |values: &&Values| values.dimension == dimension;
    match tile.values.iter().find(own) {
        Some(named) => named.values.clone(),
        None => extent.values(dimension),
    }
}

/// A measure over all rows of its fact.
pub(crate) fn measure(
    definitions: &Definitions,
    measure: &Measure,
    dialect: &dyn Dialect,
) -> String {
    let mut sql = Statement::new(definitions, &definitions.facts[measure.fact], dialect);
    sql.narrow(&measure.wanted);
    sql.value(&measure.aggregate, None)
}
