//! A user's SQL: one query on one build, and nothing else.

use warehouse::query::Format;
use warehouse::{BuildRecord, Error};

use crate::posting::postings;
use crate::world::World;

async fn built() -> (World, BuildRecord) {
    let world = World::small();
    world.land(vec![postings(1..=5)]).await;
    let record = world.build().await.record;
    (world, record)
}

/// Whether a message refuses the statement itself, not only something that it names.
fn says_no(message: &str) -> bool {
    [
        "refused",
        "not supported",
        "not implemented",
        "no query",
        "an SQL statement",
    ]
    .iter()
    .any(|reason| message.contains(reason))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_but_one_query_is_refused() {
    let (world, record) = built().await;
    let warehouse = world.warehouse();
    let before = world.objects("").await;
    for sql in [
        // Definitions.
        "create table raw_data.mine (id bigint)",
        "create table raw_data.mine as select 1 as id",
        "create view raw_data.mine as select 1",
        "create schema mine",
        "create database mine",
        "create external table mine stored as csv location '/etc/passwd'",
        "create function f(bigint) returns bigint return $1",
        "drop table raw_data.recruits",
        "drop schema raw_data cascade",
        "alter table raw_data.recruits rename to x",
        "truncate table raw_data.recruits",
        // Changes.
        "insert into raw_data.recruits values (1)",
        "update raw_data.recruits set title = 'x'",
        "delete from raw_data.recruits",
        "with a as (select 1) insert into external.recruit_table select * from a",
        "select * into raw_data.mine from raw_data.recruits",
        "merge into external.recruit_table using raw_data.recruits on true when matched then delete",
        // Files.
        "copy raw_data.recruits to '/tmp/x.csv'",
        "copy (select 1) to '/tmp/x.parquet' stored as parquet",
        // Settings and the rest.
        "set datafusion.execution.batch_size = 1",
        "reset datafusion.execution.batch_size",
        "show datafusion.execution.batch_size",
        "begin",
        "prepare p as select 1",
        "execute p",
        "deallocate p",
        "use raw_data",
        // More than one.
        "select 1; select 2",
        "select 1; drop table raw_data.recruits",
        // None.
        "",
        "  -- nothing\n",
        "selec 1",
        // In disguise.
        "explain insert into raw_data.recruits values (1)",
        "explain analyze delete from raw_data.recruits",
        "explain create table raw_data.mine (id bigint)",
        "explain copy raw_data.recruits to '/tmp/x.csv'",
    ] {
        match warehouse.query(&record, sql, 10).await {
            Err(Error::Query(message)) => assert!(says_no(&message), "`{sql}`: {message}"),
            other => panic!("`{sql}` gave {other:?}"),
        }
    }
    assert_eq!(world.objects("").await, before, "the store is as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_and_no_url_can_be_read() {
    let (world, record) = built().await;
    let warehouse = world.warehouse();
    let file = world.data_files().await.remove(0);
    let folder = std::path::Path::new(crate::world::PIPELINE);
    let readable = folder.join("meta/education.csv");
    let readable = readable.display();
    for source in [
        format!("'{readable}'"),
        format!("\"{readable}\""),
        format!("'file://{readable}'"),
        format!("'{file}'"),
        format!("'memory:///{file}'"),
        format!("\"memory:///{file}\""),
        "'x.csv'".to_owned(),
        "'https://127.0.0.1:9/x.parquet'".to_owned(),
        format!("read_csv('{readable}')"),
        format!("read_parquet('memory:///{file}')"),
        format!("read_json('{readable}')"),
        format!("csv_scan('{readable}')"),
        format!("parquet_metadata('{file}')"),
        "datafusion.public.x".to_owned(),
    ] {
        let sql = format!("select * from {source}");
        let answer = warehouse.query(&record, &sql, 10).await;
        assert!(matches!(answer, Err(Error::Query(_))), "{sql}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_of_every_shape_run() {
    let (world, record) = built().await;
    for (sql, first) in [
        ("select count(*) from raw_data.recruits", "5"),
        ("with a as (select 1 as x) select x + 1 from a;", "2"),
        ("(select 1 as x) union all (select 2) order by x", "1"),
        ("values (1, 'a')", "1|a"),
        ("select * from generate_series(1, 3)", "1"),
        (
            "select count(*) from information_schema.tables where table_schema = 'external'",
            "4",
        ),
    ] {
        assert_eq!(world.rows(&record, sql).await[0], first, "{sql}");
    }
    for sql in [
        "show tables",
        "describe raw_data.recruits",
        "explain select 1",
    ] {
        assert!(!world.rows(&record, sql).await.is_empty(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_is_cut_at_the_limit_and_says_so() {
    let (world, record) = built().await;
    let warehouse = world.warehouse();
    for (sql, limit, rows, cut) in [
        ("select posting_id from raw_data.recruits", 4, 4, true),
        ("select posting_id from raw_data.recruits", 5, 5, false),
        ("select posting_id from raw_data.recruits", 6, 5, false),
        ("select posting_id from raw_data.recruits", 0, 0, true),
        ("select 1 where false", 0, 0, false),
        (
            "select * from generate_series(1, 50000)",
            20_000,
            20_000,
            true,
        ),
        (
            "select * from generate_series(1, 50000)",
            50_000,
            50_000,
            false,
        ),
    ] {
        let found = warehouse.query(&record, sql, limit).await.expect(sql);
        assert_eq!((found.len(), found.cut), (rows, cut), "{sql} limit {limit}");
    }
    let sorted = "select posting_id from raw_data.recruits order by posting_id desc";
    let found = warehouse.query(&record, sorted, 2).await.expect("two rows");
    let mut csv = Vec::new();
    found.write(Format::Csv, &mut csv).expect("written");
    assert_eq!(String::from_utf8(csv).expect("text"), "posting_id\n5\n4\n");
}

/// A 64-bit identifier is text in JSON; a result without rows has its header.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_written_whole_in_every_format() {
    let (world, record) = built().await;
    let warehouse = world.warehouse();
    let written = async |sql: &str, format| {
        let found = warehouse.query(&record, sql, 10).await.expect(sql);
        let mut out = Vec::new();
        found.write(format, &mut out).expect("written");
        out
    };
    let text =
        async |sql: &str, format| String::from_utf8(written(sql, format).await).expect("text");
    let one = "select 9007199254740993 as id, 1 as count, cast(null as text) as name";
    let json = text(one, Format::Json).await;
    assert_eq!(json, r#"[{"id":"9007199254740993","count":1,"name":null}]"#);
    // In lists and structures too, and next to a null.
    let nested = "select [9007199254740993, 1, null] as a, struct(cast('NaN' as double) as x) as b,
        arrow_cast('k', 'Dictionary(Int32, Utf8)') as c,
        arrow_cast(9007199254740993, 'Dictionary(Int32, Int64)') as d,
        arrow_cast(0.1, 'Float32') as e, arrow_cast('-inf', 'Float16') as f, 1e300 as g, -0.5 as h";
    assert_eq!(
        text(nested, Format::Json).await,
        r#"[{"a":["9007199254740993",1,null],"b":{"x":"NaN"},"c":"k","d":"9007199254740993","e":0.1,"f":"-inf","g":1e300,"h":-0.5}]"#
    );
    let none = "select 1 as a, 2 as b where false";
    assert_eq!(text(none, Format::Json).await, "[]");
    assert_eq!(text(none, Format::Csv).await, "a,b\n");
    assert!(text(none, Format::Table).await.contains("| a | b |"));
    for format in [Format::Parquet, Format::Arrow] {
        assert!(!written(none, format).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drawn_table_escapes_control_characters_and_other_formats_keep_them() {
    let (world, record) = built().await;
    let warehouse = world.warehouse();
    let sql = "select concat('a', chr(27), '[2J', chr(7), chr(13), chr(155), chr(8238), chr(9), 'b') as text,
        concat('one', chr(10), 'two') as lines, cast(null as text) as none, 1 as number, 3 as \"c\u{1b}\"";
    let found = warehouse.query(&record, sql, 10).await.expect(sql);
    let written = |format| {
        let mut out = Vec::new();
        found.write(format, &mut out).expect("written");
        String::from_utf8(out).expect("text")
    };
    let table = written(Format::Table);
    assert!(
        !table.contains(|letter: char| letter.is_control() && letter != '\n'),
        "{table:?}"
    );
    for shown in [r"| a\u{1b}[2J\u{7}\r\u{9b}\u{202e}\tb |", r"| c\u{1b} |"] {
        assert!(table.contains(shown), "`{shown}` is missing:\n{table}");
    }
    let widths: std::collections::BTreeSet<usize> =
        table.lines().map(|line| line.chars().count()).collect();
    assert_eq!(widths.len(), 1, "the lines end together:\n{table}");
    assert!(written(Format::Csv).contains("a\u{1b}[2J\u{7}\r\u{9b}\u{202e}\tb"));
    let json: serde_json::Value = serde_json::from_str(&written(Format::Json)).expect("JSON");
    assert_eq!(json[0]["text"], "a\u{1b}[2J\u{7}\r\u{9b}\u{202e}\tb");
    // In lists, too. A plan is one text of many lines, which stay lines.
    for (sql, shown) in [
        ("select [concat('x', chr(27))] as list", r"| [x\u{1b}] |"),
        ("explain select 1", "Projection"),
    ] {
        let mut out = Vec::new();
        let found = warehouse.query(&record, sql, 10).await.expect(sql);
        found.write(Format::Table, &mut out).expect("written");
        let table = String::from_utf8_lossy(&out);
        assert!(table.contains(shown) && !table.contains("\\n"), "{table}");
    }
}

/// The number of a day or an instant may be outside the calendar: then it has no text form.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_outside_of_the_calendar_is_an_error_or_kept() {
    let (world, record) = built().await;
    let warehouse = world.warehouse();
    for value in [
        "arrow_cast(2000000000, 'Date32')",
        "arrow_cast(9223372036854775807, 'Date64')",
        "to_timestamp_seconds(9000000000000000)",
        "arrow_cast(9000000000000000, 'Time64(Nanosecond)')",
        "arrow_cast(arrow_cast(2000000000, 'Date32'), 'Dictionary(Int32, Date32)')",
        "[date '2024-01-01', arrow_cast(2000000000, 'Date32')]",
        "struct(to_timestamp_seconds(-9000000000000000))",
    ] {
        // Not in the first row: what comes before is not written either.
        let sql = format!(
            "select n, case when n = 3 then {value} end as time from generate_series(1, 3) as t(n)"
        );
        let found = warehouse.query(&record, &sql, 10).await.expect(&sql);
        for format in [Format::Table, Format::Csv, Format::Json, Format::Page] {
            let mut out = Vec::new();
            let error = found.write(format, &mut out).expect_err(value);
            assert!(error.to_string().contains("`time`"), "{value}: {error}");
            assert!(out.is_empty(), "{value} as {format:?}");
        }
        for format in [Format::Parquet, Format::Arrow] {
            found.write(format, &mut Vec::new()).expect(value);
        }
    }
    let far = "select arrow_cast(3000000, 'Date32') as d, [date '2024-01-01', null] as l";
    let found = warehouse.query(&record, far, 10).await.expect(far);
    let mut out = Vec::new();
    found.write(Format::Json, &mut out).expect("written");
    let json = String::from_utf8(out).expect("text");
    assert_eq!(json, r#"[{"d":"+10183-09-21","l":["2024-01-01",null]}]"#);
}

/// A reader that closes the pipe early (`… | head`) must be distinguished from a failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_pipe_is_reported_as_such() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (world, record) = built().await;
    let warehouse = world.warehouse();
    let found = warehouse.query(&record, "select 1 as a", 10).await;
    let found = found.expect("a row");
    for format in [Format::Csv, Format::Table] {
        let error = found.write(format, &mut Closed).expect_err("nobody reads");
        let Error::File { source, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(source.kind(), std::io::ErrorKind::BrokenPipe);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_table_is_named() {
    let (world, record) = built().await;
    let warehouse = world.warehouse();
    let name = crate::world::name("raw_data.nothing");
    for error in [
        warehouse
            .read_table(&record, &name)
            .await
            .expect_err("no such table"),
        warehouse
            .table_schema(&record, &name)
            .await
            .expect_err("no such table"),
    ] {
        assert!(error.to_string().contains("`raw_data.nothing`"), "{error}");
        assert!(error.hint().is_some());
    }
}
