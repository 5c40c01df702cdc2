//! SQL dialects: what engines write differently. Everything else that is generated is standard SQL.
//!
//! A dialect is one file here.

mod datafusion;

use std::fmt::Debug;

use jiff::civil::Date;

use crate::grain::Grain;

pub use datafusion::DataFusion;

/// How an engine writes what SQL engines write differently. Arguments named `sql` are expressions,
/// and so are results.
pub trait Dialect: Debug + Send + Sync {
    /// A text. It is untrusted: the result must not end before it does.
    fn literal(&self, text: &str) -> String;

    /// A name of a column or a step. It is untrusted, too.
    fn identifier(&self, name: &str) -> String;

    /// A day.
    fn date(&self, day: Date) -> String;

    /// The day after a date.
    fn day_after(&self, sql: &str) -> String;

    /// The first day of the period of this grain that contains a date.
    fn truncated(&self, sql: &str, grain: Grain) -> String;

    /// A query of one column `date`: the days between two, inclusive.
    fn days(&self, first: Date, last: Date) -> String;

    /// A number with fractions, for divisions.
    fn double(&self, sql: &str) -> String;

    /// An aggregate: the value of the row with the greatest `by`, null if that is null.
    fn last(&self, sql: &str, by: &str) -> String;

    /// Whether a pattern, as an SQL literal, is found in a text in lower case. Patterns have groups,
    /// alternatives, character classes, `?`, `*`, `^` and `$`.
    fn found(&self, sql: &str, pattern: &str) -> String;

    /// In a character class of a pattern: letters and numbers of all scripts.
    fn letters_and_numbers(&self) -> &'static str;
}
