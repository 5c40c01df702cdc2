//! Tiles of one figure, and lists of rows, as SQL.

use jiff::civil::Date;

use super::statement::Statement;
use crate::model::{Aggregate, ColumnKind, Lifetime};

impl Statement<'_> {
    pub(super) fn value(mut self, aggregate: &Aggregate, last_day: Option<Date>) -> String {
        let (rows, id) = (self.rows, self.id(self.rows));
        let name = &self.fact.name;
        match aggregate {
            Aggregate::Count => self.finish(&format!("select count(*) as {name}\nfrom {rows}")),
            Aggregate::Share(of) => {
                let part: Vec<String> = of
                    .iter()
                    .map(|values| self.with_values(rows, values))
                    .collect();
                let all: Vec<String> = of
                    .iter()
                    .map(|values| {
                        let dimension = &self.dimension(values.dimension).name;
                        format!("{id} in (select id from {dimension} where value is not null)")
                    })
                    .collect();
                let key = &self.fact.id;
                let part = part.join("\n    and ");
                self.step(
                    "grouped",
                    format!("select {id}\nfrom {rows}\nwhere\n    {part}"),
                );
                self.finish(&format!(
                    "select\n    count(*) as n,\n    count(grouped.{key}) as count,\n    \
                     100.0 * count(grouped.{key}) / nullif(count(*), 0) as percent,\n    \
                     (select count(*) from {rows}) - count(*) as without\nfrom {rows}\n\
                     left join grouped on grouped.{key} = {id}\nwhere\n    {}",
                    all.join("\n    and ")
                ))
            }
            Aggregate::Mean(column) => {
                let column = &self.fact.columns[*column].sql;
                self.finish(&format!(
                    "select\n    count({column}) as n,\n    avg({column}) as mean,\n    \
                     count(*) - count({column}) as without\nfrom {rows}"
                ))
            }
            Aggregate::Active | Aggregate::Assumed => {
                let Some(lifetime) = &self.fact.lifetime else {
                    let none = format!("-- Without a lifetime none is open.\nselect 0 as {name}");
                    return self.finish(&none);
                };
                let day = match last_day {
                    Some(day) => self.dialect.date(day),
                    None => format!("({})", lifetime.last_day),
                };
                let not = match aggregate {
                    Aggregate::Assumed => "",
                    _ => "not ",
                };
                let Lifetime {
                    until,
                    until_assumed,
                    ..
                } = lifetime;
                let date = &self.fact.date;
                self.finish(&format!(
                    "select count(*) as {name}\nfrom {rows}\nwhere\n    \
                     {date} <= {day}\n    and {until} >= {day}\n    \
                     and {not}{until_assumed}"
                ))
            }
        }
    }

    /// The top rows by a column of numbers.
    pub(super) fn list(self, column: usize, top: usize) -> String {
        let fact = self.fact;
        let (rows, id, column) = (self.rows, &fact.id, &fact.columns[column].sql);
        let texts = fact.columns.iter();
        let texts = texts.filter(|column| column.kind == ColumnKind::Text);
        let texts: String = texts.map(|column| format!("{}, ", column.sql)).collect();
        self.finish(&format!(
            "select {id}, {texts}{column}\nfrom {rows}\n\
             where {column} is not null\norder by {column} desc, {id}\nlimit {top}"
        ))
    }
}
