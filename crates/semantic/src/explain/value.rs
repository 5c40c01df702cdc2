//! Tiles of one figure, and lists of postings, as SQL.

use jiff::civil::Date;

use super::statement::Statement;
use crate::model::{Aggregate, NumberColumn};

/// The last collected day if the build does not state it.
const LAST_DAY: &str = "(select max(date) from visual_tables.posting_flow)";

impl Statement<'_> {
    pub(super) fn value(mut self, aggregate: &Aggregate, last_day: Option<Date>) -> String {
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
                    last_day.map_or_else(|| LAST_DAY.to_owned(), |day| self.dialect.date(day));
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

    pub(super) fn postings(self, column: NumberColumn, top: usize) -> String {
        let (postings, column) = (self.postings, column.name());
        self.finish(&format!(
            "select id, title, company_name, {column}\nfrom {postings}\n\
             where {column} is not null\norder by {column} desc, id\nlimit {top}"
        ))
    }
}
