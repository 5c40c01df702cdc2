//! A tile's figures as SQL: the definitions' queries put together with the filters. The SQL is
//! never run here; users run it with `jobtide query` or adapt it.

mod filter;
mod flow;
mod layout;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::RequestError;
use crate::answer::{ExplainAnswer, Grain};
use crate::definitions::{
    Aggregate, Definitions, Dimension, Measure, NumberColumn, Parents, Shape, Tile, Values,
};
use crate::image::Image;
use crate::request::Request;
use crate::selection::Filters;
use filter::{condition, literal, name};
use layout::indented;

/// The last collected day if the build does not state it.
const LAST_DAY: &str = "(select max(date) from visual_tables.posting_flow)";

impl Image {
    /// The SQL of a tile, for each of the request's selections.
    ///
    /// # Errors
    /// [`RequestError`] when there is no such tile.
    pub fn explain(&self, tile: &str, request: &Request) -> Result<ExplainAnswer, RequestError> {
        let unknown = || RequestError::unknown_tile(tile, &self.definitions);
        let tile = &self.definitions.tiles[self.definitions.tile(tile).ok_or_else(unknown)?];
        let selections = std::iter::once(&request.first).chain(&request.second);
        let grain = self.grain(request.grain, selections);
        Ok(ExplainAnswer {
            tile: tile.name.clone(),
            build: self.facts.build,
            sql: self.tile_sql(tile, &request.first, grain),
            sql_b: request
                .second
                .as_ref()
                .map(|filters| self.tile_sql(tile, filters, grain)),
        })
    }

    fn tile_sql(&self, tile: &Tile, filters: &Filters, grain: Grain) -> String {
        let definitions = &*self.definitions;
        let mut sql = Statement::new(definitions);
        sql.choose(filters, &self.synonyms);
        sql.narrow(&tile.wanted);
        match tile.shape {
            Shape::Value => {
                let measure = &definitions.measures[tile.measure];
                sql.value(&measure.aggregate, self.facts.last_day)
            }
            Shape::Groups(dimension) => sql.groups(tile, dimension),
            Shape::Cross {
                rows,
                columns,
                shares_of_group,
            } => {
                let shown = self.shown_columns(tile, columns);
                sql.cross(tile, rows, columns, &shown, shares_of_group)
            }
            Shape::Flow(dimension) => {
                flow::flow(&mut sql, self.shown_days(filters), dimension, grain)
            }
            Shape::Postings(column) => sql.postings(column, tile.top.unwrap_or(0)),
        }
    }

    /// The values that a tile's columns are about: the ones that it names, or all there are.
    fn shown_columns(&self, tile: &Tile, dimension: usize) -> Vec<String> {
        let own = |values: &&Values| values.dimension == dimension;
        if let Some(named) = tile.values.iter().find(own) {
            return named.values.clone();
        }
        let values = &self.dimensions[dimension];
        (0..values.len())
            .map(|value| values.value(value).to_owned())
            .collect()
    }
}

/// A measure over all postings in scope.
pub(crate) fn measure(definitions: &Definitions, measure: &Measure) -> String {
    let mut sql = Statement::new(definitions);
    sql.narrow(&measure.wanted);
    sql.value(&measure.aggregate, None)
}

/// A statement under construction: named steps, then the final query that computes the figures.
struct Statement<'a> {
    definitions: &'a Definitions,
    steps: Vec<(String, String)>,
    dimensions: BTreeSet<usize>,
    /// The step with the postings so far.
    postings: &'static str,
}

impl<'a> Statement<'a> {
    fn new(definitions: &'a Definitions) -> Self {
        Self {
            definitions,
            steps: Vec::new(),
            dimensions: BTreeSet::new(),
            postings: "posting",
        }
    }

    fn step(&mut self, name: &str, sql: impl Into<String>) {
        self.steps.push((name.to_owned(), sql.into()));
    }

    fn dimension(&mut self, dimension: usize) -> &'a Dimension {
        self.dimensions.insert(dimension);
        &self.definitions.dimensions[dimension]
    }

    /// The statement: the required queries of the definitions, then its steps.
    fn finish(self, last: &str) -> String {
        let mut all = vec![("posting".to_owned(), self.definitions.postings_sql.clone())];
        for dimension in self.dimensions {
            let dimension = &self.definitions.dimensions[dimension];
            all.push((dimension.name.clone(), dimension.sql.clone()));
        }
        all.extend(self.steps);
        let steps = all
            .iter()
            .map(|(name, sql)| format!("{name} as (\n{}\n)", indented(sql)));
        format!("with {}\n\n{last}", steps.collect::<Vec<_>>().join(",\n\n"))
    }

    fn choose(&mut self, filters: &Filters, synonyms: &crate::search::Synonyms) {
        let (conditions, note) = filter::conditions(self, filters, synonyms);
        if conditions.is_empty() {
            return;
        }
        let conditions = conditions.join("\n    and ");
        self.step(
            "chosen",
            format!("{note}select posting.*\nfrom posting\nwhere\n    {conditions}"),
        );
        self.postings = "chosen";
    }

    /// Filters to postings with these values.
    fn narrow(&mut self, wanted: &[Values]) {
        if wanted.is_empty() {
            return;
        }
        let before = self.postings;
        let conditions: Vec<String> = wanted
            .iter()
            .map(|values| self.with_values(before, values))
            .collect();
        let conditions = conditions.join("\n    and ");
        self.step(
            "counted",
            format!("select {before}.*\nfrom {before}\nwhere\n    {conditions}"),
        );
        self.postings = "counted";
    }

    fn with_values(&mut self, postings: &str, values: &Values) -> String {
        let dimension = &self.dimension(values.dimension).name;
        let condition = condition("value", &values.values);
        format!("{postings}.id in (select id from {dimension} where {condition})")
    }

    fn value(mut self, aggregate: &Aggregate, last_day: Option<Date>) -> String {
        let postings = self.postings;
        match aggregate {
            Aggregate::Count => {
                self.finish(&format!("select count(*) as postings\nfrom {postings}"))
            }
            Aggregate::Share(of) => {
                let part: Vec<String> = of
                    .iter()
                    .map(|values| self.with_values(postings, values))
                    .collect();
                let all: Vec<String> = of
                    .iter()
                    .map(|values| {
                        let dimension = &self.dimension(values.dimension).name;
                        format!(
                            "{postings}.id in (select id from {dimension} where value is not null)"
                        )
                    })
                    .collect();
                let part = part.join("\n    and ");
                self.step(
                    "grouped",
                    format!("select {postings}.id\nfrom {postings}\nwhere\n    {part}"),
                );
                self.finish(&format!(
                    "select\n    count(*) as n,\n    count(grouped.id) as count,\n    \
                     100.0 * count(grouped.id) / nullif(count(*), 0) as percent,\n    \
                     (select count(*) from {postings}) - count(*) as without\nfrom {postings}\n\
                     left join grouped on grouped.id = {postings}.id\nwhere\n    {}",
                    all.join("\n    and ")
                ))
            }
            Aggregate::Mean(column) => {
                let column = column.name();
                self.finish(&format!(
                    "select\n    count({column}) as n,\n    avg({column}) as mean,\n    \
                     count(*) - count({column}) as without\nfrom {postings}"
                ))
            }
            Aggregate::Active | Aggregate::Assumed => {
                let day =
                    last_day.map_or_else(|| LAST_DAY.to_owned(), |day| format!("date '{day}'"));
                let not = match aggregate {
                    Aggregate::Assumed => "",
                    _ => "not ",
                };
                self.finish(&format!(
                    "select count(*) as postings\nfrom {postings}\nwhere\n    \
                     posting_date <= {day}\n    and active_until >= {day}\n    \
                     and {not}active_until_assumed"
                ))
            }
        }
    }

    /// The conditions of a tile's groups on rows of the dimension; `below` is the result of
    /// [`Self::below`].
    fn shown(&mut self, tile: &Tile, dimension: usize, below: Option<String>) -> String {
        let of = self.dimension(dimension);
        let name = &of.name;
        let mut conditions = vec![format!("{name}.value is not null")];
        let own = |values: &&Values| values.dimension == dimension;
        if let Some(values) = tile.values.iter().find(own) {
            conditions.push(condition(&format!("{name}.value"), &values.values));
        }
        if let Some(values) = tile.except.iter().find(own) {
            let listed = condition(&format!("{name}.value"), &values.values);
            conditions.push(format!("not ({listed})"));
        }
        conditions.extend(below);
        conditions.join("\n    and ")
    }

    /// The condition that rows of the dimension are children of the tile's parents, if it has any.
    fn below(&mut self, tile: &Tile, dimension: usize) -> Option<String> {
        let of = self.dimension(dimension);
        let name = &of.name;
        let (_, parents) = tile.parents.iter().find(|(other, _)| *other == dimension)?;
        if let Parents::These(parents) = parents {
            return Some(condition(&format!("{name}.parent"), parents));
        }
        let above = &self.dimension(of.parent?).name;
        let chosen = self.chosen();
        self.step(
            "largest",
            format!(
                "-- The largest {above} of all that is chosen.\nselect {above}.value\n\
                 from {above}\ninner join {chosen} on {chosen}.id = {above}.id\n\
                 group by {above}.value\n\
                 order by count(distinct {above}.id) desc, {above}.value\nlimit 1"
            ),
        );
        Some(format!("{name}.parent in (select value from largest)"))
    }

    /// The step with the selection, before the tile's own filters.
    fn chosen(&self) -> &'static str {
        match self.steps.iter().any(|(name, _)| name == "chosen") {
            true => "chosen",
            false => "posting",
        }
    }

    /// The step of one row: how many postings have a value of the dimension, or one under the
    /// tile's parents, and how many state none.
    fn of(&mut self, tile: &Tile, dimension: usize, below: Option<&str>) {
        let postings = self.postings;
        let of = self.dimension(dimension);
        let name = &of.name;
        let condition = below.map_or_else(String::new, |below| format!(" and {below}"));
        let without = match of.stated {
            false => String::new(),
            true => {
                let all = self.all(tile, dimension);
                format!(",\n    ({all}) - count(distinct {name}.id) as without")
            }
        };
        self.step(
            "total",
            format!(
                "select\n    count(distinct {name}.id) as n{without}\nfrom {name}\n\
                 inner join {postings} on {postings}.id = {name}.id\n\
                 where {name}.value is not null{condition}"
            ),
        );
    }

    /// The query of one number: the postings that could state a value of the dimension. Where the tile has
    /// parents, the ones that have one of those.
    fn all(&mut self, tile: &Tile, dimension: usize) -> String {
        let postings = self.postings;
        let parents = tile.parents.iter().find(|(other, _)| *other == dimension);
        let above = self.definitions.dimensions[dimension].parent;
        let (Some((_, parents)), Some(above)) = (parents, above) else {
            return format!("select count(*) from {postings}");
        };
        let above = &self.dimension(above).name;
        let parents = match parents {
            Parents::These(parents) => condition(&format!("{above}.value"), parents),
            Parents::Top => format!("{above}.value in (select value from largest)"),
        };
        format!(
            "select count(distinct {above}.id) from {above} \
             inner join {postings} on {postings}.id = {above}.id where {parents}"
        )
    }

    fn groups(mut self, tile: &Tile, dimension: usize) -> String {
        let postings = self.postings;
        let by = &self.dimension(dimension).name;
        let below = self.below(tile, dimension);
        self.of(tile, dimension, below.as_deref());
        let without = self.without(dimension);
        let shown = self.shown(tile, dimension, below);
        self.finish(&format!(
            "select\n    {by}.value,\n    count(distinct {by}.id) as count,\n    \
             cast(count(distinct {by}.id) as double) / total.n as share,\n    total.n{without}\nfrom {by}\n\
             inner join {postings} on {postings}.id = {by}.id\ncross join total\nwhere\n    {shown}\n\
             group by {by}.value, total.n{without}\norder by count desc, {by}.value{}",
            limit(tile.top)
        ))
    }

    /// The column that [`Self::of`] counts in addition to n, if values are stated.
    fn without(&self, dimension: usize) -> &'static str {
        match self.definitions.dimensions[dimension].stated {
            true => ", total.without",
            false => "",
        }
    }

    fn cross(
        mut self,
        tile: &Tile,
        rows: usize,
        columns: usize,
        shown: &[String],
        shares_of_group: bool,
    ) -> String {
        let postings = self.postings;
        let below = self.below(tile, rows);
        self.of(tile, rows, below.as_deref());
        let without = self.without(rows);
        let stated = self.definitions.dimensions[columns].stated;
        let conditions = self.shown(tile, rows, below);
        let by = &self.dimension(rows).name;
        let second = &self.dimension(columns).name;
        let counts: String = shown
            .iter()
            .map(|value| {
                format!(
                    ",\n    count(distinct case when {second}.value = {} then {by}.id end) as {}",
                    literal(value),
                    name(value)
                )
            })
            .collect();
        let of = match (shares_of_group, stated) {
            (true, true) => {
                format!("count(distinct case when {second}.value is not null then {by}.id end)")
            }
            (true, false) => format!("count(distinct {by}.id)"),
            (false, _) => "total.n".to_owned(),
        };
        self.finish(&format!(
            "select\n    {by}.value,\n    count(distinct {by}.id) as count,\n    {of} as \"of\"{counts},\n    \
             total.n{without}\nfrom {by}\n\
             inner join {postings} on {postings}.id = {by}.id\n\
             left join {second} on {second}.id = {by}.id\ncross join total\nwhere\n    {conditions}\n\
             group by {by}.value, total.n{without}\norder by count desc, {by}.value{}",
            limit(tile.top)
        ))
    }

    fn postings(self, column: NumberColumn, top: usize) -> String {
        let (postings, column) = (self.postings, column.name());
        self.finish(&format!(
            "select id, title, company_name, {column}\nfrom {postings}\n\
             where {column} is not null\norder by {column} desc, id\nlimit {top}"
        ))
    }
}

fn limit(top: Option<usize>) -> String {
    top.map(|top| format!("\nlimit {top}")).unwrap_or_default()
}
