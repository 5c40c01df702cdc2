//! A person's SQL: what is not a query is refused, what is too much is ended, nothing is written.

use std::sync::OnceLock;

use crate::program::{Ended, Place};
use crate::source::{Source, still};

const SETTINGS: &str = "[query]\nmemory_mb = 384\nseconds = 3\n[engine]\nmemory_mb = 64\n";

/// One published build for all tests here; the source is not needed any more.
fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let source = Source::start(still(200));
        let place = Place::new(&(source.settings("") + SETTINGS));
        place.run(&["run", "collect_postings"]).expect(0);
        place
    })
}

#[track_caller]
fn refused(sql: &str, texts: &[&str]) -> Ended {
    let place = place();
    let before = place.listing();
    let ended = place.run(&["query", sql, "--format", "csv"]);
    assert_eq!(ended.code, Some(5), "{sql}: {ended}");
    ended.tells(texts);
    for dump in [
        "panicked",
        "core dumped",
        "RUST_BACKTRACE",
        "memory allocation",
    ] {
        assert!(!ended.stderr.contains(dump), "{sql}: {ended}");
    }
    assert_eq!(place.listing(), before, "{sql} wrote something");
    ended
}

/// Ended by one of the limits, which is named with the setting that moves it.
#[track_caller]
fn limited(sql: &str) {
    let ended = refused(
        sql,
        &["error: the query ", "hint: narrow it down, or raise `"],
    );
    let names = ["`query.seconds`", "`query.memory_mb`", "`engine.memory_mb`"];
    let named = names.iter().any(|name| ended.stderr.contains(name));
    assert!(named, "{sql}: no limit is named: {ended}");
}

#[test]
fn values_of_gigabytes_are_ended() {
    limited("select length(repeat('a', 1500000000)) as n");
    limited("select length(lpad('x', 2000000000, 'y')) as n");
    limited("select repeat('a', 500000000) || repeat('b', 500000000) as n");
}

#[test]
fn products_of_millions_are_ended() {
    limited(
        "select count(*) from (select unnest(range(0, 1000000)) as a) as x
         cross join (select unnest(range(0, 1000000)) as b) as y where a * b % 7 = 3",
    );
    limited(
        "select count(*) from generate_series(1, 1000000) as a
         cross join generate_series(1, 1000000) as b",
    );
}

#[test]
fn recursion_without_an_end_is_ended() {
    limited(
        "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
    );
    limited(
        "with recursive r as (select 'a' as t union all select concat(t, t) from r)
         select max(length(t)) from r",
    );
}

#[test]
fn what_the_engine_cannot_hold_names_its_limit() {
    refused(
        "select t, count(*) from (select concat('a text of some length ', unnest(range(0, 3000000))) as t)
         group by t order by t limit 1",
        &["error: the query ", "hint: narrow it down, or raise `"],
    );
}

#[test]
fn only_queries_run() {
    let only = "only queries (SELECT, WITH, EXPLAIN, SHOW TABLES, DESCRIBE) are allowed";
    for sql in [
        "create table t as select 1",
        "create view v as select 1",
        "create schema s",
        "create external table t stored as csv location '/etc/hosts'",
        "drop table raw_data.recruits",
        "alter table raw_data.recruits rename to gone",
        "insert into raw_data.recruits select * from raw_data.recruits",
        "update raw_data.recruits set title = ''",
        "delete from raw_data.recruits",
        "truncate table raw_data.recruits",
        "copy raw_data.recruits to 'out.csv'",
        "copy (select 1) to 'out.parquet' stored as parquet",
        "set datafusion.execution.batch_size = 1",
        "prepare p as select 1",
        "begin",
    ] {
        refused(sql, &[only]);
    }
    refused("explain insert into raw_data.recruits select 1", &[]);
    refused("select 1; select 2", &["one query at a time"]);
    refused(
        "select 1; drop table raw_data.recruits",
        &["one query at a time"],
    );
    refused("", &["there is no query"]);
    // Neither files nor addresses are tables.
    for name in [
        "/etc/hosts",
        "store/builds/000000000001.json",
        "http://127.0.0.1/x.csv",
    ] {
        refused(&format!("select * from '{name}'"), &["not found"]);
    }
    assert!(!place().path().join("out.csv").exists());
    assert!(!place().path().join("out.parquet").exists());
}

#[test]
fn a_long_result_is_cut_and_says_so() {
    let place = place();
    let count = [
        "query",
        "select * from raw_data.recruits",
        "--limit",
        "7",
        "--format",
        "csv",
    ];
    let ended = place.run(&count);
    ended.expect(0).tells(&["cut after 7 rows", "--limit"]);
    assert_eq!(ended.stdout.lines().count(), 8);
    let stdin = {
        let mut command = place.command(&["query", "-", "--format", "json"]);
        let file = place.file("query.sql", "select 1 as one");
        command.stdin(std::fs::File::open(file).expect("a file"));
        Ended::of(&mut command)
    };
    assert_eq!(stdin.expect(0).stdout, "[{\"one\":1}]");
}
