//! Tiles of groups by one dimension or by two, as SQL.

use super::statement::{Statement, limit};
use crate::model::{Parents, Tile, Values};

impl Statement<'_> {
    /// The conditions of a tile's groups on rows of the dimension; `below` is the result of
    /// [`Self::below`].
    fn shown(&mut self, tile: &Tile, dimension: usize, below: Option<String>) -> String {
        let of = self.dimension(dimension);
        let name = &of.name;
        let mut conditions = vec![format!("{name}.value is not null")];
        let own = |values: &&Values| values.dimension == dimension;
        if let Some(values) = tile.values.iter().find(own) {
            conditions.push(self.condition(&format!("{name}.value"), &values.values));
        }
        if let Some(values) = tile.except.iter().find(own) {
            let listed = self.condition(&format!("{name}.value"), &values.values);
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
            return Some(self.condition(&format!("{name}.parent"), parents));
        }
        let above = &self.dimension(of.parent?).name;
        let chosen = self.chosen();
        let id = self.id(chosen);
        self.step(
            "largest",
            format!(
                "-- The largest {above} of all that is chosen.\nselect {above}.value\n\
                 from {above}\ninner join {chosen} on {id} = {above}.id\n\
                 group by {above}.value\n\
                 order by count(distinct {above}.id) desc, {above}.value\nlimit 1"
            ),
        );
        Some(format!("{name}.parent in (select value from largest)"))
    }

    /// The step of one row: how many rows have a value of the dimension, or one under the
    /// tile's parents, and how many state none.
    fn of(&mut self, tile: &Tile, dimension: usize, below: Option<&str>) {
        let (step, id) = (self.rows, self.id(self.rows));
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
                 inner join {step} on {id} = {name}.id\n\
                 where {name}.value is not null{condition}"
            ),
        );
    }

    /// The query of one number: the rows that could state a value of the dimension. Where the tile has
    /// parents, the ones that have one of those.
    fn all(&mut self, tile: &Tile, dimension: usize) -> String {
        let (step, id) = (self.rows, self.id(self.rows));
        let parents = tile.parents.iter().find(|(other, _)| *other == dimension);
        let above = self.definitions.dimensions[dimension].parent;
        let (Some((_, parents)), Some(above)) = (parents, above) else {
            return format!("select count(*) from {step}");
        };
        let above = &self.dimension(above).name;
        let parents = match parents {
            Parents::These(parents) => self.condition(&format!("{above}.value"), parents),
            Parents::Top => format!("{above}.value in (select value from largest)"),
        };
        format!(
            "select count(distinct {above}.id) from {above} \
             inner join {step} on {id} = {above}.id where {parents}"
        )
    }

    pub(super) fn groups(mut self, tile: &Tile, dimension: usize) -> String {
        let (step, id) = (self.rows, self.id(self.rows));
        let by = &self.dimension(dimension).name;
        let below = self.below(tile, dimension);
        self.of(tile, dimension, below.as_deref());
        let without = self.without(dimension);
        let shown = self.shown(tile, dimension, below);
        let share = self.dialect.double(&format!("count(distinct {by}.id)"));
        self.finish(&format!(
            "select\n    {by}.value,\n    count(distinct {by}.id) as count,\n    \
             {share} / total.n as share,\n    total.n{without}\nfrom {by}\n\
             inner join {step} on {id} = {by}.id\ncross join total\nwhere\n    {shown}\n\
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

    pub(super) fn cross(
        mut self,
        tile: &Tile,
        rows: usize,
        columns: usize,
        shown: &[String],
        shares_of_group: bool,
    ) -> String {
        let (step, id) = (self.rows, self.id(self.rows));
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
                    self.dialect.literal(value),
                    self.dialect.identifier(value)
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
             inner join {step} on {id} = {by}.id\n\
             left join {second} on {second}.id = {by}.id\ncross join total\nwhere\n    {conditions}\n\
             group by {by}.value, total.n{without}\norder by count desc, {by}.value{}",
            limit(tile.top)
        ))
    }
}
