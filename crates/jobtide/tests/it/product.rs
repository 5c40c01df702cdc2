//! The product in one test: source → landing → tables → HTTP.

use std::io::Read as _;
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use jiff::{Timestamp, ToSpan as _};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::RowAccessor as _;
use serde_json::Value;

use crate::program::{Place, Serving};
use crate::source::{DAYS, Source, still};
use crate::tables::{self, Table};
use crate::truth::{Codes, Posting, Reading, Truth, korean_day};
use crate::web::Web;

const TABLE: &str = "visual_tables.recruit_for_exp";

#[test]
fn collected_postings_become_tables_and_responses() {
    let source = Source::start(still(1_500));
    let place = Place::new(&source.settings(""));
    let web = Web::new();

    // A server that is started before the first build: it says so, and finds the build later.
    let serving = Serving::start(&place);
    let url = |path: &str| format!("{}{path}", serving.url);
    assert_eq!(web.get(&url("/healthz"), &[]).json()["status"], "ok");
    for path in [
        "/readyz",
        "/api/v1/build",
        "/api/v1/tables",
        &format!("/api/v1/tables/{TABLE}"),
    ] {
        let answer = web.get(&url(path), &[]);
        assert_eq!(answer.error(503), "nothing_published", "{path}");
        assert!(answer.json()["error"]["hint"].is_string(), "{path}");
    }

    let before = Timestamp::now();
    let collect = [
        "run",
        "collect_postings",
        "--from",
        DAYS[0],
        "--to",
        DAYS[1],
    ];
    place
        .run(&collect)
        .expect(0)
        .tells(&["collected 1500 postings", "build 1 is published: 1500"]);

    // The simulator's postings, and the tables that follow from them.
    let meta = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline/meta");
    let codes = Codes::of_program(&meta);
    let postings: Vec<Posting> = source
        .simulator
        .snapshot()
        .postings()
        .map(|truth| serde_json::from_str(&truth.json).expect("a record"))
        .map(|record: Value| Posting::new(&record, &codes))
        .collect();
    // All days were collected, up to the end of the last one.
    let readings: Vec<Reading> = place
        .query("select window_from, window_to, finished_at from staging.windows order by 1")
        .iter()
        .map(|line| Reading::parse(line))
        .collect();
    let midnight =
        |day: &str| -> Timestamp { format!("{day}T00:00:00+09:00").parse().expect("an instant") };
    let (first, last) = (
        readings.first().expect("one"),
        readings.last().expect("one"),
    );
    assert_eq!(first.from, midnight(DAYS[0]));
    assert_eq!(last.to, midnight(DAYS[1]));
    assert!(readings.windows(2).all(|pair| pair[0].to == pair[1].from));
    assert!(readings.iter().all(|reading| reading.read > before));
    let truth = Truth {
        postings: &postings,
        codes: &codes,
        data_date: korean_day(last.to - 1.second()),
        readings: &readings,
        saved: None,
    };
    assert!(truth.count("datajob") > 50 && truth.scope().count() > 1_000);
    let tables = truth.tables();
    let names: Vec<&str> = tables.iter().map(|table| table.table).collect();
    let exported = tables::export(&place, &names);
    for table in &tables {
        let found = exported[table.table].sorted(table.columns);
        tables::assert_rows(table.table, &found, &table.rows, "exported");
    }

    let total = truth.scope().count();
    let all_count = place.query("select it from visual_tables.all_count");
    assert_eq!(all_count, [total.to_string()]);
    let expected = tables.iter().find(|table| table.table == TABLE);
    answers(&web, &url, &expected.expect("the table").rows);
}

/// The API and the page on the build that was published.
fn answers(web: &Web, url: &dyn Fn(&str) -> String, rows: &[Vec<String>]) {
    assert_eq!(web.get(&url("/readyz"), &[]).status, 200);
    let build = web.get(&url("/api/v1/build"), &[]);
    let about = build.json();
    assert_eq!(
        (&about["build"], &about["postings"]),
        (&1.into(), &1500.into())
    );
    assert_eq!(about["origin"], "generated");
    assert_eq!(about["attribution"]["url"], "https://www.saramin.co.kr");
    let known = web.get(
        &url("/api/v1/build"),
        &[("if-none-match", build.header("etag"))],
    );
    assert_eq!((known.status, known.body.len()), (304, 0));

    let list = web.get(&url("/api/v1/tables"), &[]).json();
    let listed = list["tables"].as_array().expect("a list");
    let entry = listed
        .iter()
        .find(|table| table["name"] == TABLE)
        .expect(TABLE);
    assert_eq!(entry["rows"], rows.len());
    assert_eq!(entry["columns"][1]["type"], "bigint");

    // By suffix and by Accept, each format has the same rows and its own ETag.
    let columns = ["role", "total", "experienced", "entry_or_any", "entry"];
    let mut tags = Vec::new();
    for (suffix, media_type) in [
        ("json", "application/json"),
        ("csv", "text/csv"),
        ("arrow", "application/vnd.apache.arrow.stream"),
        ("parquet", "application/vnd.apache.parquet"),
    ] {
        let path = url(&format!("/api/v1/tables/{TABLE}"));
        let named = web.get(&format!("{path}.{suffix}"), &[]);
        let accepted = web.get(&path, &[("accept", media_type)]);
        for answer in [&named, &accepted] {
            assert_eq!(answer.status, 200, "{suffix}: {}", answer.text());
            assert!(
                answer.header("content-type").starts_with(media_type),
                "{suffix}"
            );
            assert!(answer.header("vary").contains("accept"), "{suffix}");
            let mut found = decoded(suffix, &answer.body, &columns);
            found.sort();
            assert_eq!(found, rows, "{suffix}");
        }
        let tag = named.header("etag").to_owned();
        assert_eq!(accepted.header("etag"), tag, "{suffix}");
        let again = web.get(&format!("{path}.{suffix}"), &[("if-none-match", &tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{suffix}");
        let other = web.get(&format!("{path}.{suffix}"), &[("if-none-match", "\"0-x\"")]);
        assert_eq!(other.status, 200, "{suffix}");
        assert!(
            !tags.contains(&tag),
            "{suffix} shares its tag with another format"
        );
        tags.push(tag);
    }

    let flow = url("/api/v1/tables/visual_tables.posting_flow.csv");
    let plain = web.get(&flow, &[]);
    let packed = web.get(&flow, &[("accept-encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(
        packed.body.len() < plain.body.len() / 4,
        "hardly compressed"
    );
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice())
        .read_to_end(&mut unpacked)
        .expect("gzip");
    assert_eq!(unpacked, plain.body);

    for (path, code) in [
        ("/api/v1/tables/visual_tables.nothing", "unknown_table"),
        ("/api/v1/tables/raw_data.recruits", "unknown_table"),
        (
            "/api/v1/tables/visual_tables.all_count.xlsx",
            "unknown_table",
        ),
        ("/api/v1/tables/all_count", "unknown_table"),
        ("/api/v1/nothing", "no_such_route"),
        ("/api/v2/build", "no_such_route"),
    ] {
        assert_eq!(web.get(&url(path), &[]).error(404), code, "{path}");
    }

    // Without the page the program works, and says how to build the page.
    let page = web.get(&url("/"), &[]);
    match page.status {
        200 => assert!(
            page.text().contains("<html") && page.header("content-type").starts_with("text/html")
        ),
        404 => assert!(page.text().contains("make build"), "{}", page.text()),
        other => panic!("`/` answers {other}: {}", page.text()),
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(web.get(&url("/nothing.js"), &[]).status, 404);
}

/// The rows of a response as text, in the order of the columns.
fn decoded(format: &str, body: &[u8], columns: &[&str]) -> Vec<Vec<String>> {
    match format {
        "csv" => Table::parse(body).sorted(columns),
        "json" => {
            let answer: Value = serde_json::from_slice(body).expect("JSON");
            assert_eq!(
                (&answer["table"], &answer["build"]),
                (&TABLE.into(), &1.into())
            );
            assert_eq!(answer["origin"], "generated");
            let rows = answer["rows"].as_array().expect("rows").iter();
            rows.map(|row| columns.iter().map(|name| text(&row[name])).collect())
                .collect()
        }
        "arrow" => {
            let reader = arrow_ipc::reader::StreamReader::try_new(body, None).expect("a stream");
            let batches: Vec<_> = reader.map(|batch| batch.expect("a batch")).collect();
            let mut rows = Vec::new();
            for batch in &batches {
                for row in 0..batch.num_rows() {
                    let cells = columns.iter().map(|name| {
                        let column = batch.column_by_name(name).expect("a column");
                        match column.as_primitive_opt::<Int64Type>() {
                            Some(numbers) => numbers.value(row).to_string(),
                            None => column.as_string_view().value(row).to_owned(),
                        }
                    });
                    rows.push(cells.collect());
                }
            }
            rows
        }
        _ => {
            let bytes = body.to_vec();
            let reader = SerializedFileReader::new(parquet_bytes(bytes)).expect("a Parquet file");
            let rows = reader.get_row_iter(None).expect("rows");
            rows.map(|row| {
                let row = row.expect("a row");
                let mut cells = vec![row.get_string(0).expect("text").clone()];
                cells.extend(
                    (1..columns.len()).map(|at| row.get_long(at).expect("a number").to_string()),
                );
                cells
            })
            .collect()
        }
    }
}

fn parquet_bytes(bytes: Vec<u8>) -> bytes::Bytes {
    bytes.into()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
