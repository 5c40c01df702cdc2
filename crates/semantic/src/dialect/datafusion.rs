//! The dialect of the engine that builds the tables and answers `jobtide query`.

use jiff::civil::Date;

use super::Dialect;
use crate::grain::Grain;

/// SQL as DataFusion reads it.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataFusion;

impl Dialect for DataFusion {
    fn literal(&self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    fn identifier(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn date(&self, day: Date) -> String {
        format!("date '{day}'")
    }

    fn day_after(&self, sql: &str) -> String {
        format!("{sql} + 1")
    }

    fn truncated(&self, sql: &str, grain: Grain) -> String {
        // The result of `date_trunc` is a timestamp.
        format!("cast(date_trunc('{}', {sql}) as date)", grain.name())
    }

    fn days(&self, first: Date, last: Date) -> String {
        let (first, last) = (self.date(first), self.date(last));
        // `unnest` works only in the select list.
        format!(
            "select cast(unnest(generate_series({first}, {last}, interval '1 day')) as date) as date"
        )
    }

    fn double(&self, sql: &str) -> String {
        format!("cast({sql} as double)")
    }

    fn last(&self, sql: &str, by: &str) -> String {
        format!("last_value({sql} order by {by})")
    }

    fn found(&self, sql: &str, pattern: &str) -> String {
        format!("regexp_like(lower({sql}), {pattern})")
    }

    fn letters_and_numbers(&self) -> &'static str {
        r"\p{Alphabetic}\p{N}"
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn untrusted_text_stays_within_its_quotes() {
        assert_eq!(DataFusion.literal("it's \\' ''"), r"'it''s \'' '''''");
        assert_eq!(DataFusion.identifier("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn days_and_periods_are_dates() {
        let day = date(2026, 2, 3);
        assert_eq!(DataFusion.date(day), "date '2026-02-03'");
        assert_eq!(
            DataFusion.truncated("day.date", Grain::Week),
            "cast(date_trunc('week', day.date) as date)"
        );
    }
}
