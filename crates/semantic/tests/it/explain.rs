//! The SQL of tiles.

use jiff::civil::{Date, date};
use semantic::{DataFusion, Extent, Filters, Kind};

use super::fixture::{definitions, request};

/// Data of one posting on each of two days.
struct Data;

impl Extent for Data {
    fn build(&self) -> u64 {
        7
    }

    fn last_day(&self) -> Option<Date> {
        Some(date(2026, 2, 10))
    }

    fn days(&self, filters: &Filters) -> Option<(Date, Date)> {
        let (first, last) = (date(2026, 1, 1), date(2026, 2, 10));
        let from = filters.from.unwrap_or(first).max(first);
        let to = filters.to.unwrap_or(last).min(last);
        (from <= to).then_some((from, to))
    }

    fn values(&self, dimension: usize) -> Vec<String> {
        match definitions().dimensions[dimension].name.as_str() {
            "experience" => vec!["경력".to_owned()],
            _ => Vec::new(),
        }
    }
}

fn explained(tile: &str, pairs: &[(&str, &str)]) -> (String, Option<String>) {
    let request = request(Kind::Explain, pairs).expect("a request");
    let answer = definitions()
        .explain(tile, &request, &Data, &DataFusion)
        .expect("a tile");
    assert_eq!((answer.tile.as_str(), answer.build), (tile, 7));
    (answer.sql, answer.sql_b)
}

#[test]
fn a_tile_is_the_definitions_queries_and_the_filters() {
    let (sql, sql_b) = explained(
        "by_province",
        &[("role", "de"), ("role", "ds"), ("from", "2026-01-01")],
    );
    assert_eq!(
        sql,
        "\
with posting as (
    select * from postings
),

role as (
    select * from roles
),

province as (
    select * from provinces
),

chosen as (
    select posting.*
    from posting
    where
        posting.id in (select id from role where value in ('de', 'ds'))
        and posting.posting_date >= date '2026-01-01'
),

total as (
    select
        count(distinct province.id) as n,
        (select count(*) from chosen) - count(distinct province.id) as without
    from province
    inner join chosen on chosen.id = province.id
    where province.value is not null
)

select
    province.value,
    count(distinct province.id) as count,
    cast(count(distinct province.id) as double) / total.n as share,
    total.n, total.without
from province
inner join chosen on chosen.id = province.id
cross join total
where
    province.value is not null
    and not (province.value in ('해외'))
group by province.value, total.n, total.without
order by count desc, province.value"
    );
    assert_eq!(sql_b, None);
}

#[test]
fn untrusted_values_are_quoted() {
    let (sql, sql_b) = explained("postings", &[("skill", "x') or ('' = '"), ("vs.skill", "")]);
    assert!(sql.contains("value in ('x'') or ('''' = ''')"), "{sql}");
    assert_eq!(
        sql_b.as_deref(),
        Some(
            "with posting as (\n    select * from postings\n)\n\nselect count(*) as postings\nfrom posting"
        )
    );
    let (sql, _) = explained("postings", &[("q", "'); drop table x; -- c++")]);
    let outside: Vec<&str> = sql.split('\'').step_by(2).collect();
    assert!(!outside.concat().contains("drop"), "{sql}");
    assert!(
        sql.contains(r"c[^\p{Alphabetic}\p{N}+#]*\+[^\p{Alphabetic}\p{N}+#]*\+"),
        "{sql}"
    );
}

#[test]
fn the_search_says_where_it_differs() {
    let (sql, _) = explained("postings", &[("q", "java")]);
    assert!(
        sql.contains("-- The search compares compatibility forms too"),
        "{sql}"
    );
    assert!(sql.contains("(^|[^a-z])j["), "{sql}");
    assert!(sql.contains("*as?($|[^a-z+#])"), "{sql}");
    for (q, patterns) in [
        (
            "java17",
            &["(^|[^a-z])j", "7($|[^a-z0-9+#])", "7($|[^0-9])"],
        ),
        (
            "data 17",
            &["(^|[^0-9])1", "7($|[^a-z0-9+#])", "as?($|[^a-z+#])"],
        ),
    ] {
        let (sql, _) = explained("postings", &[("q", q)]);
        for pattern in patterns {
            assert!(sql.contains(pattern), "{pattern}: {sql}");
        }
    }
}

#[test]
fn a_search_for_symbols_matches_nothing_and_one_for_nothing_everything() {
    for q in ["…", "!!!", "🚀"] {
        let (sql, _) = explained("postings", &[("q", q)]);
        assert!(sql.contains("    where\n        false\n)"), "{sql}");
    }
    for q in ["", "  ", "\u{200B}"] {
        let (sql, _) = explained("postings", &[("q", q)]);
        assert!(!sql.contains("where"), "{sql}");
    }
}

#[test]
fn values_with_line_breaks_stay_exact() {
    for value in ["a\nb", "a\r\n\n b", "it's\n"] {
        let (sql, _) = explained("postings", &[("skill", value)]);
        let literal = format!("value in ('{}'))\n)", value.replace('\'', "''"));
        assert!(sql.contains(&literal), "{sql}");
    }
}

#[test]
fn every_tile_has_sql() {
    let (sql, _) = explained("active", &[]);
    assert!(
        sql.contains("date '2026-02-10'") && sql.contains("not active_until_assumed"),
        "{sql}"
    );
    let (sql, _) = explained("role_experience", &[]);
    assert!(
        sql.contains("case when experience.value = '경력' then role.id end) as \"경력\""),
        "{sql}"
    );
    let (sql, _) = explained("top_districts", &[("province", "서울")]);
    assert!(
        sql.contains(
            "where district.value is not null and district.parent in (select value from largest)\n"
        ),
        "{sql}"
    );
    assert_eq!(sql.matches("largest as (").count(), 1, "{sql}");
    let (sql, _) = explained("one_parent", &[]);
    assert!(
        sql.contains("where district.value is not null and district.parent in ('부산')\n"),
        "{sql}"
    );
    assert_eq!(
        sql.matches("district.parent in ('부산')").count(),
        2,
        "{sql}"
    );
    let (sql, _) = explained("flow", &[("grain", "week")]);
    assert!(
        sql.contains("generate_series(date '2026-01-01', date '2026-02-10', interval '1 day')"),
        "{sql}"
    );
    assert!(sql.contains("date_trunc('week', date)"), "{sql}");
    let (sql, _) = explained("most_views", &[]);
    assert!(sql.ends_with("order by views desc, id\nlimit 3"), "{sql}");
    let request = request(Kind::Explain, &[]).expect("a request");
    let error = definitions()
        .explain("flows", &request, &Data, &DataFusion)
        .expect_err("no tile");
    assert_eq!(error.code, "unknown_tile");
}
