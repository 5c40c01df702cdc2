//! Every number of every tile against its own SQL, for any store.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::visit::Visit;

/// Selections for stores of any kind.
const ASKED: [&str; 4] = [
    "",
    "role=de&province=%EC%84%9C%EC%9A%B8&newcomers=%EC%8B%A0%EC%9E%85%20%EC%A7%80%EC%9B%90%20%EA%B0%80%EB%8A%A5",
    "q=%EB%8D%B0%EC%9D%B4%ED%84%B0&grain=month",
    "from=2019-01-01&to=2019-01-31",
];

/// The rows of a query, by column.
type Rows = Vec<BTreeMap<String, Value>>;

/// Compares the tiles of each selection with the result of their SQL, and returns the number of
/// comparisons. With `each_dimension` the most frequent value of each dimension is selected, too
/// (takes minutes).
pub fn equal_their_sql(visit: &Visit, each_dimension: bool) -> usize {
    let definitions = visit.json("/api/v1/definitions");
    // A series shows a published table and has no SQL of its own.
    let mut counted = definitions["tiles"].clone();
    let all = counted.as_array_mut().expect("tiles");
    all.retain(|tile| tile["kind"] != "series");
    let tiles: Vec<&str> = texts(&counted, "name");
    let mut asked: Vec<String> = ASKED.map(str::to_owned).into();
    if each_dimension {
        let facets = visit.json("/api/v1/facets");
        for dimension in texts(&definitions["dimensions"], "name") {
            let values = facets["facets"][dimension].as_array().into_iter().flatten();
            let commonest = values.max_by_key(|value| value["count"].as_u64());
            if let Some(value) = commonest {
                let value = value["value"].as_str().expect("a value");
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                asked.push(query.append_pair(dimension, value).finish());
            }
        }
    }
    let mut compared = 0;
    for asked in &asked {
        let path = format!("/api/v1/tiles?tiles={}&{asked}", tiles.join(","));
        let answer = visit.json(&path);
        let answered = &answer["selections"][0]["tiles"];
        for tile in &tiles {
            let path = format!("/api/v1/tiles/{tile}/explain?{asked}");
            let sql = visit.json(&path)["sql"].as_str().expect("SQL").to_owned();
            let rows = rows(visit, &sql);
            let found = &answered[*tile];
            let place = format!("{tile} for `{asked}`");
            compared += match found["kind"].as_str().expect("a kind") {
                "value" => value(found, &rows, &place),
                "groups" => groups(found, &rows, &place),
                "cross" => cross(found, &rows, &place),
                "flow" => flow(found, &rows, &place),
                "postings" => postings(found, &rows, &place),
                kind => panic!("{place}: {kind}"),
            };
        }
    }
    compared
}

fn texts<'a>(all: &'a Value, field: &str) -> Vec<&'a str> {
    let all = all.as_array().expect("a list").iter();
    all.map(|each| each[field].as_str().expect("a text"))
        .collect()
}

fn rows(visit: &Visit, sql: &str) -> Rows {
    let answer = visit.query("", &json!({ "sql": sql, "limit": 100_000 }).to_string());
    assert_eq!(answer.status, 200, "{}\n{sql}", answer.text());
    let answer = answer.json();
    assert_eq!(answer["cut"], false, "{sql}");
    let columns = texts(&answer["columns"], "name");
    let rows = answer["rows"].as_array().expect("rows").iter();
    rows.map(|row| {
        let row = row.as_array().expect("a row");
        let columns = columns.iter().map(|column| (*column).to_owned());
        columns.zip(row.iter().cloned()).collect()
    })
    .collect()
}

/// A JSON number, or a string for long numbers.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => None,
        Value::Number(number) => number.as_f64(),
        Value::String(text) => Some(text.parse().expect("a number")),
        other => panic!("{other} is no number"),
    }
}

/// Both absent, or equal to six digits.
#[track_caller]
fn same(found: &Value, expected: &Value, place: &str) -> usize {
    let (found, expected) = (number(found), number(expected));
    let equal = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-5 * expected.abs().max(1.0),
        (found, expected) => found == expected,
    };
    assert!(equal, "{place}: {found:?} is shown, SQL gives {expected:?}");
    1
}

/// The interval as defined by the score test: the shares within 1.96 standard deviations.
#[track_caller]
fn interval(low: &Value, high: &Value, count: &Value, n: f64, place: &str) {
    let (low, high) = (number(low).expect("an end"), number(high).expect("an end"));
    if n == 0.0 {
        assert_eq!((low, high), (0.0, 1.0), "{place}");
        return;
    }
    let z = 1.959_963_984_540_054_f64;
    let share = number(count).expect("a count") / n;
    let (a, b, c) = (n + z * z, -(2.0 * n * share + z * z), n * share * share);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    let expected = ((-b - root) / (2.0 * a), (-b + root) / (2.0 * a));
    assert!(
        (low - expected.0).abs() < 1e-5 && (high - expected.1).abs() < 1e-5,
        "{place}: {low} to {high}, expected {expected:?}"
    );
}

fn value(found: &Value, rows: &Rows, place: &str) -> usize {
    let row = rows.first().expect("one row");
    let Some(n) = row.get("n") else {
        return same(&found["value"], &row["postings"], place);
    };
    let figure = row.get("percent").or_else(|| row.get("mean"));
    if let Some(count) = row.get("count") {
        same(&found["count"], count, place);
    }
    // A share or a mean over no postings is unknown.
    assert_eq!(found["value"].is_null(), number(n) == Some(0.0), "{place}");
    same(&found["n"], n, place)
        + same(&found["without"], &row["without"], place)
        + same(&found["value"], figure.expect("a figure"), place)
}

/// The rows of a tile, each with the one of the SQL that has its value.
fn by_value<'a>(
    found: &'a Value,
    rows: &'a Rows,
    place: &str,
) -> Vec<(&'a Value, &'a BTreeMap<String, Value>)> {
    let shown = found["rows"].as_array().expect("rows");
    assert_eq!(shown.len(), rows.len(), "{place}");
    if rows.is_empty() {
        // No posting states it; only their number is reported.
        assert_eq!(found["n"], 0, "{place}");
    }
    let pair = |shown: &'a Value| {
        let row = rows.iter().find(|row| row["value"] == shown["value"]);
        (shown, row.unwrap_or_else(|| panic!("{place}: {shown}")))
    };
    shown.iter().map(pair).collect()
}

/// The denominators of groups, and the postings without a value.
fn totals(found: &Value, row: &BTreeMap<String, Value>, place: &str) -> usize {
    let without = row.get("without").cloned().unwrap_or(json!(0));
    same(&found["n"], &row["n"], place) + same(&found["without"], &without, place)
}

fn groups(found: &Value, rows: &Rows, place: &str) -> usize {
    let mut compared = 0;
    for (shown, row) in by_value(found, rows, place) {
        compared += totals(found, row, place);
        compared += same(&shown["count"], &row["count"], place);
        compared += same(&shown["share"], &row["share"], place);
        let n = number(&row["n"]).expect("n");
        interval(&shown["low"], &shown["high"], &row["count"], n, place);
    }
    compared
}

fn cross(found: &Value, rows: &Rows, place: &str) -> usize {
    let columns = found["columns"].as_array().expect("columns");
    let mut compared = 0;
    for (shown, row) in by_value(found, rows, place) {
        compared += totals(found, row, place);
        compared += same(&shown["count"], &row["count"], place);
        compared += same(&shown["of"], &row["of"], place);
        let of = number(&row["of"]).expect("of");
        for (index, column) in columns.iter().enumerate() {
            let count = &row[column.as_str().expect("a column")];
            compared += same(&shown["counts"][index], count, place);
            let (low, high) = (&shown["low"][index], &shown["high"][index]);
            interval(low, high, count, of, place);
        }
    }
    compared
}

fn flow(found: &Value, rows: &Rows, place: &str) -> usize {
    let dates = found["dates"].as_array().expect("dates");
    let mut compared = 0;
    // Every row of the SQL is shown.
    for row in rows {
        let day = ["date", "week", "month"];
        let day = day.iter().find_map(|name| row.get(*name));
        let Some(day) = day else {
            // The period contains no day: only the number of postings is reported.
            assert!(dates.is_empty(), "{place}: {row:?}");
            continue;
        };
        assert!(dates.contains(day), "{place}: {row:?}");
        let mut series = found["series"].as_array().expect("series").iter();
        assert!(
            series.any(|one| Some(&one["value"]) == row.get("value")),
            "{place}: {row:?}"
        );
    }
    for series in found["series"].as_array().expect("series") {
        for (index, date) in dates.iter().enumerate() {
            let day = |row: &&BTreeMap<String, Value>| {
                let day = ["date", "week", "month"];
                let day = day.iter().find_map(|name| row.get(*name));
                row.get("value") == Some(&series["value"]) && day == Some(date)
            };
            // The SQL has no group for a value that no selected posting has: if the total is known, it
            // is 0.
            let row = rows.iter().find(day);
            let whole = &found["series"][0];
            for measure in ["opened", "closed", "active", "assumed"] {
                let shown = &series[measure][index];
                let expected = match row {
                    Some(row) => row[measure].clone(),
                    None if whole[measure][index].is_null() => Value::Null,
                    None => json!(0),
                };
                let place = format!("{place}: {measure} of {} on {date}", series["value"]);
                compared += same(shown, &expected, &place);
            }
            // This period was not collected: no number, not even 0.
            if found["coverage"][index] == json!(0.0) {
                for measure in ["opened", "closed"] {
                    assert!(
                        series[measure][index].is_null(),
                        "{place}: {measure}, {date}"
                    );
                }
            }
            if found["active_coverage"][index] == json!(0.0) {
                for measure in ["active", "assumed"] {
                    assert!(
                        series[measure][index].is_null(),
                        "{place}: {measure}, {date}"
                    );
                }
            }
        }
    }
    compared
}

fn postings(found: &Value, rows: &Rows, place: &str) -> usize {
    let shown = found["rows"].as_array().expect("rows");
    let ids: Vec<&Value> = shown.iter().map(|row| &row["id"]).collect();
    let expected: Vec<String> = rows
        .iter()
        .map(|row| match &row["id"] {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        })
        .collect();
    assert_eq!(ids, expected.iter().collect::<Vec<_>>(), "{place}");
    for (shown, row) in shown.iter().zip(rows) {
        for column in ["views", "applications"] {
            if let Some(number) = row.get(column) {
                same(&shown[column], number, place);
            }
        }
    }
    shown.len()
}
