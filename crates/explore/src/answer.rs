//! The responses to the dashboard's queries, as JSON. Identifiers are strings, because JSON numbers are
//! not exact at 64 bits; days are `YYYY-MM-DD`.

use std::collections::BTreeMap;

use semantic::Grain;
use serde::Serialize;
use utoipa::ToSchema;

/// The tiles of one selection, or of two that are compared.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TilesAnswer {
    /// Number of the build that the response is computed from.
    pub build: u64,
    /// Where its postings come from.
    pub origin: String,
    /// End of its last completed collection, RFC 3339.
    #[schema(required)]
    pub collected_through: Option<String>,
    /// Its data date: the last day in Asia/Seoul with any data.
    #[schema(required)]
    pub last_day: Option<String>,
    /// The mean coverage of the 60 days up to the data date, 0 to 1: below 0.9 more postings are open than are
    /// counted. Null where coverage is unknown.
    #[schema(required)]
    pub active_coverage: Option<f64>,
    /// Fields of a posting, named as in lists of postings, that no posting in scope has: its sources do not
    /// provide them.
    pub not_provided: Vec<String>,
    /// The periods of flow tiles; null when no flow tile was requested.
    #[schema(required)]
    pub grain: Option<Grain>,
    /// The selection, and, with `vs.` parameters, the one it is compared with.
    pub selections: Vec<SelectionAnswer>,
}

/// A selection and its tiles.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SelectionAnswer {
    /// Postings that match.
    pub postings: u32,
    /// All postings in scope.
    pub of: u32,
    /// Selected values that no posting has.
    pub unknown: Vec<UnknownValue>,
    /// Whether there is any data for the selected days: a posting of the build is in them, or part
    /// of them was read. If not, nothing matches, and the counts are unknown rather than zero.
    pub period_known: bool,
    /// Tiles by name.
    pub tiles: BTreeMap<String, TileAnswer>,
}

/// A selected value that no posting of the build has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnknownValue {
    /// The dimension.
    pub dimension: String,
    /// The value as requested.
    pub value: String,
}

/// One figure or one chart.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Tile)]
pub enum TileAnswer {
    /// One figure.
    Value(ValueTile),
    /// Postings by one dimension.
    Groups(GroupsTile),
    /// Postings by two dimensions.
    Cross(CrossTile),
    /// Postings over time.
    Flow(FlowTile),
    /// The postings with the largest values of a number.
    Postings(PostingsTile),
}

/// One figure, with its 95 % confidence interval.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ValueTile {
    /// Postings that the figure is about: of a share those that have the dimension, of a mean those
    /// that have the number.
    pub n: u32,
    /// The figure; shares in percent; null when n is 0.
    #[schema(required)]
    pub value: Option<f64>,
    /// Lower end of the interval: Wilson for a share, normal for a mean, null for counts.
    #[schema(required)]
    pub low: Option<f64>,
    /// Upper end.
    #[schema(required)]
    pub high: Option<f64>,
    /// The numerator of a share.
    #[schema(required)]
    pub count: Option<u32>,
    /// Of a share and a mean: the other postings of the tile, which lack the dimension or the number.
    pub without: u32,
}

/// Postings by one dimension.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GroupsTile {
    /// Postings of the tile that have a value of the dimension, shown or not; where the groups are
    /// limited to parent values, only postings with a value below those. Shares are of n.
    pub n: u32,
    /// Postings of the tile (if limited to parent values: of those, the ones that have one) that
    /// state no value of the dimension. 0 where the values are not stated but assigned to every
    /// posting that they fit.
    pub without: u32,
    /// Further groups that are not shown.
    pub more: u32,
    /// The one parent value of all groups.
    #[schema(required)]
    pub parent: Option<String>,
    /// Groups that have postings.
    pub rows: Vec<Group>,
}

/// The postings with one value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Group {
    /// The value.
    pub value: String,
    /// Its postings.
    pub count: u32,
    /// Their share of n, 0 to 1.
    pub share: f64,
    /// Lower end of the share's 95 % Wilson interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Best and worst rank among the tile's groups that the overlap of the intervals allows; 1 is
    /// the largest.
    pub rank: [u32; 2],
}

/// Postings by two dimensions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CrossTile {
    /// Postings of the tile that have a value of the first dimension, shown or not; where the rows
    /// are limited to parent values, only postings with a value below those.
    pub n: u32,
    /// Postings of the tile (if limited to parent values: of those, the ones that have one) that
    /// state no value of the first dimension. 0 where the values are not stated but assigned.
    pub without: u32,
    /// Further rows that are not shown.
    pub more: u32,
    /// The one parent value of all rows.
    #[schema(required)]
    pub parent: Option<String>,
    /// Rows that have postings.
    pub rows: Vec<CrossRow>,
    /// Values of the second dimension, in its order.
    pub columns: Vec<String>,
}

/// The postings with one value of the first dimension, by the second.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CrossRow {
    /// The value.
    pub value: String,
    /// Its postings, regardless of the second dimension.
    pub count: u32,
    /// The denominator of its shares: n, or, where the tile defines shares of the row, the row's
    /// postings that state a value of the second dimension (all of them where the values are not
    /// stated but assigned).
    pub of: u32,
    /// By column: postings that have both.
    pub counts: Vec<u32>,
    /// By column: lower end of the 95 % Wilson interval of the share of `of`, 0 to 1; 0 to 1 where
    /// `of` is 0.
    pub low: Vec<f64>,
    /// By column: upper end.
    pub high: Vec<f64>,
}

/// Postings over time, from the first posting day or the selected one to the data date or the
/// selected one, whichever is narrower. What is not known is null, never 0.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FlowTile {
    /// Postings of the tile.
    pub n: u32,
    /// First day of each period; the first period may begin before the first day that counts.
    pub dates: Vec<String>,
    /// First and last days of the spans that no complete collection covers fully. The first and the
    /// last collected day need only be covered in part; days before collection began are a gap. There are
    /// none where coverage is unknown (saved files).
    pub gaps: Vec<[String; 2]>,
    /// By period: the mean coverage of its days, 0 to 1; null where it is unknown.
    pub coverage: Vec<Option<f64>>,
    /// By period: days from one of its days to that day's first collection, at most; null where none
    /// was collected. A late collection finds only postings that were still shown.
    pub read_after_days: Vec<Option<u32>>,
    /// By period: the mean coverage of the 60 days up to its last one, 0 to 1; null where it is
    /// unknown.
    pub active_coverage: Vec<Option<f64>>,
    /// `it` for all postings, then the dimension's values in their order.
    pub series: Vec<FlowSeries>,
}

/// One line of a flow tile, by period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FlowSeries {
    /// `it`, or the value.
    pub value: String,
    /// Postings whose posting day is one of the period's known days; null without such a day.
    pub opened: Vec<Option<u32>>,
    /// Postings whose closing day is one of them.
    pub closed: Vec<Option<u32>>,
    /// Postings open on the period's last day that counts; null where that is not known of that day.
    pub active: Vec<Option<u32>>,
    /// Postings without an end that are assumed open on that day.
    pub assumed: Vec<Option<u32>>,
}

/// The postings with the largest values of a number.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PostingsTile {
    /// Postings of the tile.
    pub n: u32,
    /// The first of those that have the number.
    pub rows: Vec<PostingRow>,
}

/// A posting as a row of a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct PostingRow {
    /// Identifier, the same in every build.
    pub id: String,
    /// Its source.
    pub source: String,
    /// The source's own identifier.
    pub posting_id: String,
    /// Its page at the source.
    #[schema(required)]
    pub url: Option<String>,
    /// Title.
    pub title: String,
    /// Company.
    #[schema(required)]
    pub company: Option<String>,
    /// Day of posting.
    #[schema(required)]
    pub posting_date: Option<String>,
    /// Closing day.
    #[schema(required)]
    pub expiration_date: Option<String>,
    /// Roles.
    pub roles: Vec<String>,
    /// Industry categories.
    pub industry_categories: Vec<String>,
    /// Industries.
    pub industries: Vec<String>,
    /// Experience asked for.
    #[schema(required)]
    pub experience: Option<String>,
    /// Education asked for.
    #[schema(required)]
    pub education: Option<String>,
    /// Minimum years of experience.
    #[schema(required)]
    pub minimum_years: Option<i64>,
    /// Provinces of the places of work.
    pub provinces: Vec<String>,
    /// Districts of the places of work.
    pub districts: Vec<String>,
    /// Skills.
    pub skills: Vec<String>,
    /// Views.
    #[schema(required)]
    pub views: Option<i64>,
    /// Applications.
    #[schema(required)]
    pub applications: Option<i64>,
}

/// One page of the postings that match.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PostingsAnswer {
    /// Number of the build that the response is computed from.
    pub build: u64,
    /// Where its postings come from.
    pub origin: String,
    /// Postings that match.
    pub total: u32,
    /// All postings in scope.
    pub of: u32,
    /// Selected values that no posting has.
    pub unknown: Vec<UnknownValue>,
    /// Whether there is any data for the selected days: a posting of the build is in them, or part
    /// of them was read. If not, nothing matches, and the counts are unknown rather than zero.
    pub period_known: bool,
    /// Fields that no posting in scope has: its sources do not provide them.
    pub not_provided: Vec<String>,
    /// Matching postings before this page.
    pub offset: u64,
    /// The page.
    pub rows: Vec<PostingRow>,
}

/// Values to filter by, and how many postings each would match.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FacetsAnswer {
    /// Number of the build that the response is computed from.
    pub build: u64,
    /// Whether there is any data for the selected days: a posting of the build is in them, or part
    /// of them was read. If not, the counts are unknown rather than zero.
    pub period_known: bool,
    /// Values by dimension.
    pub facets: BTreeMap<String, Vec<Facet>>,
}

/// One value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Facet {
    /// The value.
    pub value: String,
    /// Postings that have it, under all filters but those of the dimension and of its descendants.
    pub count: u32,
    /// Its value of the parent dimension.
    #[schema(required)]
    pub parent: Option<String>,
}
