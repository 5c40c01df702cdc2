//! What is counted, and that nothing but the definitions names it.

use jiff::civil::{Date, date};
use semantic::{DataFusion, Definitions, Extent, Filters, Kind, Part, Request};

use super::fixture::{MEASURES, TILES, files};

/// A fact without a lifetime, with a measure, a dimension and a tile of its own.
const SERIES: &str = r#"
[facts.interests]
row = "interest"
id = "observation"
date = "week"
sql = "select * from interest"

[facts.interests.columns]
week = { type = "date", sort = "desc" }
interest = { type = "number", sort = "desc", column = "value_scaled" }

[dimensions.keyword]
fact = "interests"
label_ko = "검색어"
label_en = "Keyword"
what_ko = "검색어."
what_en = "Keyword."
sql = "select * from keywords"

[measures.mean_interest]
fact = "interests"
label_ko = "평균 관심도"
label_en = "Mean interest"
what_ko = "평균."
what_en = "Mean."
aggregate = "mean"
column = "interest"
unit = "points"
format = "decimal"

[measures.observations]
fact = "interests"
label_ko = "관측 수"
label_en = "Observations"
what_ko = "관측."
what_en = "Observations."
aggregate = "count"
unit = "observations"
format = "integer"
"#;

const SERIES_TILES: &str = r#"
mean_interest = { measure = "mean_interest" }
by_keyword = { measure = "observations", by = ["keyword"] }
"#;

fn parsed(measures: &str, tiles: &str) -> Result<Definitions, String> {
    let mut files = files();
    files.insert("measures.toml".to_owned(), measures.as_bytes().to_vec());
    files.insert("tiles.toml".to_owned(), tiles.as_bytes().to_vec());
    Definitions::parse(&files).map_err(|error| error.to_string())
}

/// The tests' definitions with a second fact. With two, each dimension and measure names its own.
fn with_series(series: &str, tiles: &str) -> Result<Definitions, String> {
    let named = MEASURES.replace("\nwhat_ko = ", "\nfact = \"postings\"\nwhat_ko = ");
    parsed(&format!("{named}{series}"), &format!("{TILES}{tiles}"))
}

/// Data of a year.
struct Year;

impl Extent for Year {
    fn build(&self) -> u64 {
        1
    }

    fn last_day(&self) -> Option<Date> {
        None
    }

    fn days(&self, _filters: &Filters) -> Option<(Date, Date)> {
        Some((date(2025, 1, 1), date(2025, 12, 31)))
    }

    fn values(&self, _dimension: usize) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn a_second_fact_has_tiles_of_its_own() {
    let definitions = with_series(SERIES, SERIES_TILES).expect("valid definitions");
    let parts: Vec<(Part, &str)> = definitions.queries(1);
    assert_eq!(
        parts,
        [
            (Part::Rows, "select * from interest"),
            (Part::Dimension(6), "select * from keywords")
        ]
    );
    assert_eq!(definitions.queries(0).len(), 8);
    let pairs = [("keyword", "rust"), ("from", "2025-03-01")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = Request::parse(Kind::Explain, pairs.into_iter(), &definitions);
    let request = request.expect("a request");
    let explained = |tile: &str| {
        let answer = definitions.explain(tile, &request, &Year, &DataFusion);
        answer.expect("a tile").sql
    };
    assert_eq!(
        explained("mean_interest"),
        "\
with interest as (
    select * from interest
),

keyword as (
    select * from keywords
),

chosen as (
    select interest.*
    from interest
    where
        interest.observation in (select id from keyword where value in ('rust'))
        and interest.week >= date '2025-03-01'
)

select
    count(value_scaled) as n,
    avg(value_scaled) as mean,
    count(*) - count(value_scaled) as without
from chosen"
    );
    assert!(
        explained("by_keyword").contains("inner join chosen on chosen.observation = keyword.id\n")
    );
}

#[test]
fn what_belongs_to_another_fact_is_refused() {
    let tile = |tile: &str| {
        let tiles = format!("{SERIES_TILES}{tile}\n");
        with_series(SERIES, &tiles).expect_err("wrong definitions")
    };
    assert_eq!(
        tile(r#"x = { measure = "observations", by = ["role"] }"#),
        "`tiles.toml`, `tiles.x.by`: there is no dimension `role`"
    );
    assert_eq!(
        tile(r#"x = { measure = "postings", where = { keyword = ["rust"] } }"#),
        "`tiles.toml`, `tiles.x.where.keyword`: there is no dimension `keyword`"
    );
    assert_eq!(
        tile(r#"x = { measure = "observations", kind = "flow" }"#),
        "`tiles.toml`, `tiles.x.kind`: `interests` has no lifetime to show"
    );
    let series = |from: &str, to: &str| {
        with_series(&SERIES.replace(from, to), SERIES_TILES).expect_err("wrong definitions")
    };
    assert_eq!(
        series(r#"fact = "interests""#, r#"fact = "interest""#),
        "`measures.toml`, `dimensions.keyword.fact`: there is no fact `interest`\nhint: the nearest is `interests`"
    );
    assert_eq!(
        series(r#"fact = "interests""#, ""),
        "`measures.toml`, `dimensions.keyword.fact`: this is missing: there are several facts"
    );
    assert_eq!(
        series(
            "sql = \"select * from keywords\"",
            "sql = \"select\"\namong = \"province\""
        ),
        "`measures.toml`, `dimensions.keyword.among`: this dimension is of another fact"
    );
    assert_eq!(
        series(
            "aggregate = \"mean\"\ncolumn = \"interest\"",
            "aggregate = \"active\""
        ),
        "`measures.toml`, `measures.mean_interest.aggregate`: `interests` has no lifetime to be open in"
    );
    assert_eq!(
        series(r#"column = "interest""#, r#"column = "week""#),
        "`measures.toml`, `measures.mean_interest.column`: there is no column of numbers `week`"
    );
}

#[test]
fn a_fact_names_its_columns() {
    let refused = |from: &str, to: &str| {
        assert!(MEASURES.contains(from), "{from}");
        parsed(&MEASURES.replacen(from, to, 1), TILES).expect_err("wrong definitions")
    };
    assert_eq!(
        refused("date = \"posting_date\"", "date = \"posted\""),
        "`measures.toml`, `facts.postings.date`: `columns` has no date `posted`"
    );
    assert_eq!(
        refused("row = \"posting\"", "row = \"chosen\""),
        "`measures.toml`, `facts.postings.row`: this name is taken: give the row another one"
    );
    assert_eq!(
        refused("id = \"id\"", "id = \"id; drop\""),
        "`measures.toml`, `facts.postings.id`: a column is of lower-case letters, digits and `_`"
    );
    let line = |text: &str| {
        let (before, _) = MEASURES.split_once(text).expect("it is there");
        1 + before.matches('\n').count()
    };
    assert_eq!(
        refused("type = \"number\"", "type = \"numbers\""),
        format!(
            "`measures.toml`, line {}, `facts.postings.columns.minimum_years.type`: there is no type `numbers`\nhint: the nearest is `number`",
            line("type = \"number\"")
        )
    );
    assert_eq!(
        refused(
            "columns = [\"title\", \"company\"]",
            "columns = [\"titel\"]"
        ),
        "`measures.toml`, `facts.postings.search.columns`: there is no column of texts `titel`\nhint: the nearest is `title`"
    );
    assert_eq!(
        refused("dimensions = [\"skill\"]", "dimensions = [\"skil\"]"),
        "`measures.toml`, `facts.postings.search.dimensions`: there is no dimension `skil`\nhint: the nearest is `skill`"
    );
    assert_eq!(
        refused("labels_from = \"roles.toml\"", "labels_from = \"x.toml\""),
        format!(
            "`measures.toml`, line {}, `dimensions.role.labels_from`: this can only be `roles.toml`",
            line("labels_from = \"roles.toml\"")
        )
    );
    assert_eq!(
        refused("[dimensions.grade]", "[dimensions.posting]"),
        "`measures.toml`, `dimensions.posting`: this name is taken: give the dimension another one"
    );
}
