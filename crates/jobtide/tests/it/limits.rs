//! A user's SQL: what is not a query is refused, what exceeds a limit is ended, nothing is written.

use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use crate::program::{Ended, KEY, Place, files};
use crate::source::{Source, still};

const SETTINGS: &str = "[query]\nmemory_mb = 384\nseconds = 3\n[engine]\nmemory_mb = 64\n";

const ENDLESS: &str =
    "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r";

/// Far more time than ending a process takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// One published build for all tests here; the source is no longer needed.
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

/// Asserts that a limit ended the query; the message names it and its setting.
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
    limited(ENDLESS);
    limited(
        "with recursive r as (select 'a' as t union all select concat(t, t) from r)
         select max(length(t)) from r",
    );
}

/// What exceeds the engine's memory is not spilled to disk, where a killed worker would leave it.
#[test]
fn what_exceeds_the_engines_memory_names_its_limit_and_is_not_spilled() {
    let place = place();
    let temporary = place.path().join("temporary");
    std::fs::create_dir_all(&temporary).expect("a folder");
    for sql in [
        "select t, count(*) from (select concat('a text of some length ', unnest(range(0, 3000000))) as t)
         group by t order by t limit 1",
        "select max(n) from (select value, row_number() over (order by value % 7, value desc) as n
         from generate_series(1, 20000000))",
    ] {
        let mut command = place.command(&["query", sql]);
        // Enough time for a busy machine: the memory limit must end it.
        command.env("JOBTIDE__QUERY__SECONDS", "60");
        let ended = Ended::of(command.env("TMPDIR", &temporary));
        ended.expect(5).tells(&[
            "error: the query needed more than the 64 MB that sorts, joins and aggregations may use",
            "hint: narrow it down, or raise `engine.memory_mb`",
        ]);
        assert!(files(&temporary).is_empty(), "{sql} wrote a file");
    }
}

/// The limit is on address space beyond what the program itself takes, so no query can use more.
#[cfg(target_os = "linux")]
#[test]
fn a_query_holds_no_more_than_its_memory() {
    for sql in [
        "select length(repeat('a', 1500000000)) as n",
        "select length(repeat('a', 700000000)) as n",
        "select max(length(a)) from (select array_to_string(array_agg(repeat(cast(value as text), 1000)), ',')
         as a from generate_series(1, 1000000))",
    ] {
        let held = most_held(worker(sql).stderr(Stdio::null()).spawn().expect("a worker"));
        // 384 MB of its own, about 90 MB of program and threads.
        assert!(held > 50 && held < 600, "{sql} held {held} MB");
    }
}

/// Peak memory of a process in MB, as last observed: poll it, because the system drops it when the
/// process exits.
#[cfg(target_os = "linux")]
fn most_held(mut child: Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().expect("its state").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let held = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        most = most.max(held.unwrap_or(0) >> 10);
        std::thread::yield_now();
    }
    most
}

/// The process in which a query runs, with this one as its parent.
fn worker(sql: &str) -> std::process::Command {
    let own_id = format!("--worker={}", std::process::id());
    place().command(&["query", sql, "--format", "csv", &own_id])
}

/// The worker enforces its own deadline: no parent is needed to end it.
#[test]
fn a_worker_ends_itself_in_time() {
    let mut child = worker(ENDLESS)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (rest, code) = to_the_end(&mut child);
    assert_eq!((rest.as_slice(), code), (b"".as_slice(), Some(124)));
}

/// The worker holds the other end of stdout, which closes only when both processes are gone.
#[test]
fn a_worker_does_not_outlive_the_process_that_started_it() {
    let place = Place::new(
        &std::fs::read_to_string(place().path().join("jobtide.toml"))
            .expect("the settings")
            .replace("[storage]\nurl = \"store\"\n", "")
            .replace("seconds = 3", "seconds = 100000"),
    );
    std::os::unix::fs::symlink(self::place().store(), place.store()).expect("a link");
    let mut child = place
        .command(&["query", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    // More than a pipe holds: once all is written, the worker is there and reads.
    let sql = format!("{}{ENDLESS}", " ".repeat(1 << 20));
    let mut stdin = child.stdin.take().expect("its stdin");
    stdin.write_all(sql.as_bytes()).expect("the worker reads");
    drop(stdin);
    child.kill().expect("it is killed");
    assert_eq!(to_the_end(&mut child), (Vec::new(), None));
}

/// The rest of a process's stdout, and its exit code; fails if it does not end.
#[track_caller]
fn to_the_end(child: &mut Child) -> (Vec<u8>, Option<i32>) {
    let mut stdout = child.stdout.take().expect("its stdout");
    let (say, said) = mpsc::channel();
    std::thread::spawn(move || {
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).expect("its output");
        say.send(rest).ok();
    });
    let rest = said.recv_timeout(PATIENCE).expect("the process is gone");
    (rest, child.wait().expect("its end").code())
}

/// Time during which a pager is open does not count as query time.
#[test]
fn a_slow_reader_gets_the_whole_result() {
    let sql = "select value from generate_series(1, 200000)";
    let mut slow = place()
        .command(&["query", sql, "--format", "csv", "--limit", "1000000"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    // With the first byte the query is done; the pipe holds little of the rest.
    let mut first = [0];
    let stdout = slow.stdout.as_mut().expect("its stdout");
    stdout.read_exact(&mut first).expect("a byte");
    // Takes as long as the slow reader's query may.
    limited(ENDLESS);
    let (rest, code) = to_the_end(&mut slow);
    assert_eq!(code, Some(0));
    let lines = rest.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, 200_001);
}

/// The environment of a query's process has neither the source's key nor anything else that it does not
/// need.
#[cfg(target_os = "linux")]
#[test]
fn a_worker_has_no_key_in_its_environment() {
    let secret = "unrelated-secret";
    let mut outer = place()
        .command(&["query", "-"])
        .env("SOME_TOKEN", secret)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let environment = environment_of_worker(outer.id());
    let own = std::fs::read_to_string(format!("/proc/{}/environ", outer.id()));
    assert!(
        own.expect("its environment").contains(KEY),
        "no key to hide"
    );
    for part in [KEY, secret, "SARAMIN_ACCESS_KEY", "\0PATH="] {
        assert!(!environment.contains(part), "`{part}` in {environment}");
    }
    // With the end of its input, the worker ends.
    drop(outer.stdin.take());
    outer.wait().expect("its end");
}

/// The environment of the process that a query of this one runs in, as soon as there is one.
#[cfg(target_os = "linux")]
pub fn environment_of_worker(outer: u32) -> String {
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        for thread in std::fs::read_dir(format!("/proc/{outer}/task")).expect("its threads") {
            let children = thread.expect("a thread").path().join("children");
            let children = std::fs::read_to_string(children).unwrap_or_default();
            for child in children.split_whitespace() {
                // Before it executes this program, the child is a copy of the parent process.
                let read = |name| std::fs::read_to_string(format!("/proc/{child}/{name}"));
                if read("cmdline").is_ok_and(|line| line.contains("--worker="))
                    && let Ok(environment) = read("environ")
                    && environment.contains("MALLOC_ARENA_MAX=1")
                {
                    // A zero before each variable.
                    return format!("\0{environment}");
                }
            }
        }
        std::thread::yield_now();
    }
    panic!("no worker of {outer}");
}

/// Every row is the same long text: small in memory and in Parquet, but large as text.
#[test]
fn a_result_is_limited_in_its_plain_size() {
    // 100,000 rows of 20 kB: 2 GB.
    let sql = "select long from (select arrow_cast(repeat('0123456789', 2000), 'Utf8View') as long) as one
         cross join generate_series(1, 100000)";
    for format in ["parquet", "arrow", "csv", "json"] {
        let mut command = place().command(&["query", sql, "--format", format]);
        command.args(["--limit", "1000000"]).stdout(Stdio::null());
        command.env("JOBTIDE__QUERY__SECONDS", "60");
        let ended = Ended::of(&mut command);
        ended.expect(5).tells(&[
            "error: the result has more than 384 MB before compression",
            "hint: narrow it down, or raise `query.memory_mb`",
        ]);
    }
}

#[test]
fn a_mistaken_table_gets_the_nearest_one() {
    let list = "`show tables` lists the tables";
    for (sql, name, nearest) in [
        (
            "select * from all_count",
            "all_count",
            "visual_tables.all_count",
        ),
        (
            "select * from visual_tables.al_count",
            "visual_tables.al_count",
            "visual_tables.all_count",
        ),
        (
            "select * from analytic.all_count",
            "analytic.all_count",
            "visual_tables.all_count",
        ),
        (
            "select * from raw_data.recruit",
            "raw_data.recruit",
            "raw_data.recruits",
        ),
        ("describe recruits", "recruits", "raw_data.recruits"),
        (
            "with a as (select * from raw_data.recruits) select * from a, external.recruit_tables",
            "external.recruit_tables",
            "external.recruit_table",
        ),
    ] {
        let hint = format!("hint: did you mean `{nearest}`? {list}");
        refused(sql, &[&format!("error: table `{name}` not found"), &hint]);
    }
    let ended = refused("select * from zzz.qqqq", &[&format!("hint: {list}")]);
    assert!(!ended.stderr.contains("did you mean"), "{ended}");
    // `--` does not hide the option that marks the worker.
    let dashed = place().run(&["query", "--format", "csv", "--", "select 1 as one"]);
    assert_eq!(dashed.expect(0).stdout, "one\n1\n");
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

/// A value outside the calendar is an error in text formats, and is kept in binary ones.
#[test]
fn a_time_that_is_not_in_the_calendar_is_refused_or_kept() {
    let place = place();
    let sql = "select to_timestamp_seconds(9000000000000000) as moment";
    for format in ["table", "csv", "json"] {
        let ended = place.run(&["query", sql, "--format", format]);
        ended.expect(5).tells(&["column `moment`", "hint: "]);
        assert_eq!(ended.stdout, "", "{format}");
    }
    let file = Ended::of(&mut place.command(&["query", sql, "--format", "parquet"]));
    assert!(file.expect(0).stdout.starts_with("PAR1"));
    let number = format!("select cast(moment as bigint) as number from ({sql})");
    assert_eq!(place.query(&number), ["9000000000000000"]);
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
    ended.expect(0).tells(&["truncated to 7 rows", "--limit"]);
    assert_eq!(ended.stdout.lines().count(), 8);
    let stdin = {
        let mut command = place.command(&["query", "-", "--format", "json"]);
        let file = place.file("query.sql", "select 1 as one");
        command.stdin(std::fs::File::open(file).expect("a file"));
        Ended::of(&mut command)
    };
    assert_eq!(stdin.expect(0).stdout, "[{\"one\":1}]");
}

/// More than a pipe holds, in every format.
const LONG: &str =
    "select repeat(md5(cast(value as text)), 300) as text from generate_series(1, 500)";

const FORMATS: [&str; 5] = ["table", "csv", "json", "arrow", "parquet"];

#[test]
fn a_closed_pipe_is_no_error_in_any_format() {
    for format in FORMATS {
        let mut command = place().command(&["query", LONG, "--format", format]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut beginning = [0; 8];
        let mut out = child.stdout.take().expect("its output");
        out.read_exact(&mut beginning).expect("a beginning");
        drop(out);
        let ended = Ended::from(child.wait_with_output().expect("its end"));
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{format}: {ended}"
        );
    }
}

#[test]
fn a_result_that_does_not_fit_on_the_disk_is_reported_in_every_format() {
    for format in FORMATS {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let mut command = place().command(&["query", LONG, "--format", format]);
        command
            .stdout(full.expect("the device"))
            .stderr(Stdio::piped());
        let child = command.spawn().expect("the program starts");
        let ended = Ended::from(child.wait_with_output().expect("its end"));
        ended
            .expect(1)
            .tells(&["No space left on device", "hint: "]);
    }
}

#[test]
fn a_query_may_begin_with_a_comment() {
    for sql in ["-- two\nselect 2 as two", "--two\nselect 2 as two"] {
        for arguments in [
            ["query", sql, "--format", "csv"],
            ["query", "--format", "csv", sql],
        ] {
            let ended = place().run(&arguments);
            assert_eq!(ended.expect(0).stdout, "two\n2\n");
        }
    }
}

#[test]
fn the_description_of_the_api_ends_with_its_reader() {
    let mut command = place().command(&["openapi"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    drop(child.stdout.take());
    let ended = Ended::from(child.wait_with_output().expect("its end"));
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (Some(0), ""),
        "{ended}"
    );
}
