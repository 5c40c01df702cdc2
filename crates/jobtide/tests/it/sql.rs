//! SQL over HTTP: its process, its limits, its numbers.

#[cfg(target_os = "linux")]
use std::io::Write as _;

use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::limits::environment_of_worker;
#[cfg(target_os = "linux")]
use crate::program::KEY;
use crate::program::Place;
use crate::source::{Source, still};
use crate::visit::{Visit, landed, record};
use crate::web::Answer;

#[test]
fn sql_runs_in_a_process_with_limits() {
    let source = Source::start(still(100));
    // A long timeout, so that a busy machine hits the other limits first; the timeout is tested
    // last.
    let place = Place::new(
        &(source.settings("")
            + "[query]\nmemory_mb = 384\nseconds = 60\n[engine]\nmemory_mb = 64\n"),
    );
    place.run(&["run", "collect_postings"]).expect(0);
    let visit = Visit::to(&place);
    let ask = |sql: &str| visit.query("", &json!({ "sql": sql }).to_string());
    let answer = ask("select id, title from raw_data.recruits order by id limit 3").json();
    assert_eq!(
        answer["columns"][0],
        json!({"name": "id", "type": "bigint"})
    );
    assert_eq!(answer["rows"].as_array().map(Vec::len), Some(3));
    assert!(answer["rows"][0][0].is_string(), "{answer}");
    let cut = json!({"sql": "select id from raw_data.recruits", "limit": 5}).to_string();
    let answer = visit.query("", &cut).json();
    assert_eq!(
        (answer["rows"].as_array().map(Vec::len), &answer["cut"]),
        (Some(5), &true.into())
    );
    let none = ask("select id from raw_data.recruits where false").json();
    assert_eq!(none["rows"], json!([]));
    for (sql, part) in [
        ("drop table raw_data.recruits", "refused"),
        ("select * from raw_data.recruit", "recruits"),
        (
            &format!("select 1{}", "+1".repeat(20_000)),
            "nested too deeply",
        ),
        ("", "no query"),
    ] {
        let answer = ask(sql);
        let start: String = sql.chars().take(80).collect();
        assert_eq!(answer.error(400), "query_refused", "{start}");
        assert!(answer.text().contains(part), "{start}: {}", answer.text());
    }
    let group = "select t, count(*) from (select concat(repeat('a long text ', 40), unnest(range(0, 3000000))) as t) group by t";
    assert_limited(
        &ask("select repeat('a', 1500000000)"),
        "query_memory",
        "384 MB",
    );
    let texts = "select repeat('a', 1000000) from generate_series(1, 100000)";
    assert_limited(&ask(texts), "query_memory", "384 MB");
    assert_limited(&ask(group), "query_memory", "64 MB that sorts");
    for (options, body, code, message) in [
        ("", "sql", "bad_value", "it is not JSON"),
        ("", "[]", "bad_value", "it is not an object"),
        ("", "{}", "bad_value", "`sql` is missing"),
        ("", r#"{"sql": 1}"#, "bad_value", "`sql` is not a string"),
        (
            "",
            r#"{"sql": "", "limits": 1}"#,
            "bad_value",
            "it has no `limits`",
        ),
        (
            "",
            r#"{"sql": "", "limit": -1}"#,
            "bad_value",
            "`limit` is not a whole number",
        ),
        (
            "",
            r#"{"sql": "", "limit": 100001}"#,
            "bad_value",
            "`limit` is 100001: at most 100000",
        ),
        (
            "?format=xls",
            r#"{"sql": ""}"#,
            "bad_value",
            "`format=xls` is not known",
        ),
        (
            "?format=csv&format=csv",
            r#"{"sql": ""}"#,
            "bad_value",
            "`format` is given twice",
        ),
        (
            "?fromat=csv",
            r#"{"sql": ""}"#,
            "unknown_parameter",
            "no parameter `fromat`",
        ),
    ] {
        let answer = visit.query(options, body);
        assert_eq!(answer.error(400), code, "{options} {body}");
        let said = answer.json()["error"]["message"].to_string();
        assert!(said.contains(message), "{options} {body}: {said}");
        for word in ["struct", "deserialize", "QueryRequest"] {
            assert!(!said.contains(word), "{options} {body}: {said}");
        }
    }
    assert_eq!(
        visit.query("", &" ".repeat(200_000)).error(413),
        "query_too_long"
    );
    let url = format!("{}/api/v1/query", visit.serving.url);
    let form = visit
        .web
        .send("POST", &url, &[("content-type", "text/plain")]);
    assert_eq!(form.error(415), "wrong_type");
    let wide: String = (0..600)
        .map(|n| format!(", cast(null as boolean) as column_{n}"))
        .collect();
    let sql = format!("select n {wide} from generate_series(1, 100000) as t(n)");
    for options in ["", "?format=csv", "?format=json"] {
        let answer = visit.query(options, &json!({"sql": sql, "limit": 100_000}).to_string());
        assert_eq!(answer.error(422), "result_too_large", "{options}");
    }
    let list = json!({"sql": "select [1, 2] as list"}).to_string();
    assert_eq!(
        visit.query("?format=csv", &list).error(400),
        "query_refused"
    );
    let late = json!({"sql": "select arrow_cast(2000000000, 'Date32') as day"}).to_string();
    for options in ["", "?format=csv", "?format=json"] {
        let answer = visit.query(options, &late);
        assert_eq!(answer.error(400), "query_refused", "{options}");
        assert!(answer.json()["error"]["hint"].is_string(), "{options}");
    }
    assert_eq!(visit.query("?format=parquet", &late).status, 200);
    let get = visit.get("/api/v1/query");
    assert_eq!(
        (get.error(405), get.header("allow")),
        ("wrong_method".to_owned(), "POST")
    );
    let csv = visit.query(
        "?format=csv",
        &json!({"sql": "select 1 as one, '=1+1' as text, '신입' as \"@name\", '-1' as minus"})
            .to_string(),
    );
    // As a spreadsheet opens it.
    assert_eq!(
        csv.text(),
        "\u{feff}one,text,'@name,minus\n1,'=1+1,신입,-1\n"
    );
    assert!(
        csv.header("content-disposition")
            .contains("query-1.demo.csv")
    );
    let sql = json!({"sql": "select '=1' as text"}).to_string();
    let raw = visit.query("?format=csv&raw=true", &sql);
    assert_eq!(raw.text(), "text\n=1\n");

    drop(visit);
    let file = place.path().join("jobtide.toml");
    let settings = std::fs::read_to_string(&file).expect("the configuration");
    std::fs::write(&file, settings.replace("seconds = 60", "seconds = 2")).expect("written");
    let visit = Visit::to(&place);
    let long = "select count(*) from generate_series(1, 1000000) a cross join generate_series(1, 1000000) b";
    assert_limited(
        &visit.query("", &json!({ "sql": long }).to_string()),
        "query_timeout",
        "longer than 2 s",
    );
}

/// The response names the exceeded limit; a visitor cannot raise it.
#[track_caller]
fn assert_limited(answer: &Answer, code: &str, part: &str) {
    assert_eq!(answer.error(422), code, "{}", answer.text());
    assert!(answer.text().contains(part), "{}", answer.text());
    let hint = answer.json()["error"]["hint"].to_string();
    assert!(hint.contains("operator of this server"), "{hint}");
    assert!(!answer.text().contains("raise"), "{hint}");
}

/// A program reads JSON's numbers as doubles: what would not round-trip is a string, on the page,
/// in a file and on the command line alike.
#[test]
fn numbers_that_a_double_would_change_are_strings() {
    let place = Place::new("");
    place.file("one.jsonl", record(1, "개발자").to_string());
    place.run(&["land", "saramin", "one.jsonl"]).expect(0);
    place.run(&["build"]).expect(0);
    let visit = Visit::to(&place);
    let id = &place.query("select id from raw_data.recruits")[0];
    let values = [
        ("9007199254740991", json!(9_007_199_254_740_991_u64)),
        ("-9007199254740991", json!(-9_007_199_254_740_991_i64)),
        ("9007199254740992", json!("9007199254740992")),
        ("-9007199254740993", json!("-9007199254740993")),
        (
            "cast(18446744073709551615 as bigint unsigned)",
            json!("18446744073709551615"),
        ),
        ("max(id)", json!(id)),
        ("max(id) + 0", json!(id)),
        (
            "cast('12345678901234567.12345' as decimal(38,5))",
            json!("12345678901234567.12345"),
        ),
        ("cast('0.10' as decimal(5,2))", json!(0.1)),
        ("cast('NaN' as double)", json!("NaN")),
        ("1e0 / 0e0", json!("inf")),
        ("-1e0 / 0e0", json!("-inf")),
        ("cast(null as double)", json!(null)),
        ("0.25e0", json!(0.25)),
        ("cast(7 as smallint)", json!(7)),
    ];
    let columns: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(at, (sql, _))| format!("{sql} as c{at}"))
        .collect();
    let sql = format!("select {} from raw_data.recruits", columns.join(", "));
    let body = json!({ "sql": sql }).to_string();
    let page = visit.query("", &body).json();
    let file = visit.query("?format=json", &body).json();
    let command = place.run(&["query", &sql, "--format", "json"]);
    let command: Value = serde_json::from_str(&command.expect(0).stdout).expect("JSON");
    assert_eq!(file, command);
    for (at, (sql, expected)) in values.iter().enumerate() {
        assert_eq!(page["rows"][0][at], *expected, "{sql}");
        assert_eq!(file[0][format!("c{at}")], *expected, "{sql}");
    }
    // Under the name `id` a number of 64 bits is text, however small.
    let small = visit.query("", &json!({"sql": "select 1 as id, 1 as one"}).to_string());
    assert_eq!(small.json()["rows"], json!([["1", 1]]));
}

#[test]
fn a_plan_names_files_of_the_store_and_no_folder_of_the_machine() {
    let place = landed([record(1, "개발자")]);
    let visit = Visit::to(&place);
    let sql = "explain select * from visual_tables.all_count";
    let answer = visit.query("", &json!({ "sql": sql }).to_string());
    let folder = place.path().to_string_lossy().into_owned();
    assert!(!answer.text().contains(&folder), "{}", answer.text());
    assert!(answer.text().contains("warehouse/visual_tables/all_count/"));
    let own = place.run(&["query", sql]).expect(0).stdout.clone();
    assert!(own.contains("warehouse/visual_tables/all_count/"), "{own}");
}

/// Small in memory and in Parquet, but large as text: without a limit it would hold a turn for minutes.
#[test]
fn a_result_of_long_texts_is_ended() {
    let place = landed([record(1, "개발자")]);
    let visit = Visit::to(&place);
    let sql =
        "select long from (select arrow_cast(repeat('0123456789', 500), 'Utf8View') as long) as one
         cross join generate_series(1, 100000)";
    let body = json!({"sql": sql, "limit": 100_000}).to_string();
    for options in ["?format=parquet", "?format=csv", ""] {
        let answer = visit.query(options, &body);
        assert_eq!(answer.error(422), "result_too_large", "{options}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_of_a_query_has_no_key() {
    let place = landed([record(1, "개발자")]);
    let visit = Visit::to(&place);
    let sql =
        "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r";
    let address = visit.serving.address().to_owned();
    let body = json!({ "sql": sql }).to_string();
    let mut asked = std::net::TcpStream::connect(address).expect("a connection");
    let request = format!(
        "POST /api/v1/query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    asked.write_all(request.as_bytes()).expect("it is sent");
    let environment = environment_of_worker(visit.serving.id());
    for part in [KEY, "SARAMIN_ACCESS_KEY", "\0PATH="] {
        assert!(!environment.contains(part), "`{part}` in {environment}");
    }
}
