//! How a published table is read as a series: what its columns mean, and their names.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// A published table with figures of keys over time; one row is one key in one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Series)]
pub struct SeriesInfo {
    /// Name, by which tiles refer to it.
    pub name: String,
    /// The table, as `schema.table`.
    pub table: String,
    /// The column of the period: a year, or the first day of one.
    pub time: String,
    /// The length of a period: `day`, `week`, `month` or `year`.
    pub grain: String,
    /// The column whose values have a line or bar each.
    pub key: String,
    /// Columns that together name a key that `labels_ko` and `labels_en` do not name.
    pub names: Vec<String>,
    /// Language of such names, such as `ko`, if it is always the same.
    #[schema(required)]
    pub names_in: Option<String>,
    /// The column of the figure.
    pub value: String,
    /// The column of what the figure is a part of: the rate is `value` by `of`.
    #[schema(required)]
    pub of: Option<String>,
    /// The column of the figure on a scale that keys have in common, where `value` is on each key's
    /// own; it is drawn with its maximum at 100. Null: the key is not on that scale.
    #[schema(required)]
    pub common: Option<String>,
    /// The column that says whether figures from this period on cannot be compared with earlier ones.
    #[schema(required)]
    pub breaks: Option<String>,
    /// Days from which on no figure can be compared with earlier ones.
    pub breaks_on: Vec<String>,
    /// The column of who the figure is from.
    #[schema(required)]
    pub source: Option<String>,
    /// Korean names of keys.
    pub labels_ko: BTreeMap<String, String>,
    /// English names of keys.
    pub labels_en: BTreeMap<String, String>,
    /// Korean names of sources; that of an empty text is for rows without one.
    pub sources_ko: BTreeMap<String, String>,
    /// English names of sources.
    pub sources_en: BTreeMap<String, String>,
    /// What a key is, in Korean.
    pub key_ko: String,
    /// The same in English.
    pub key_en: String,
    /// What the figure counts, in Korean.
    pub value_ko: String,
    /// The same in English.
    pub value_en: String,
    /// What `of` counts, in Korean; empty without it.
    pub of_ko: String,
    /// The same in English.
    pub of_en: String,
    /// What the rate is called, in Korean; empty without `of`.
    pub rate_ko: String,
    /// The same in English.
    pub rate_en: String,
    /// What is said with the source, in Korean; may be empty.
    pub note_ko: String,
    /// The same in English.
    pub note_en: String,
}
