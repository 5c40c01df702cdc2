//! Each kind of mistake in a file of the user's folder is reported with its file, its line and what to do,
//! and keeps no other DAG from running.

use std::collections::BTreeMap;

use super::*;
use crate::{embedded, exit};

const TASK: &str = "what = ''\n[[tasks]]\nname = 'a'\n";

/// A task of a kind, with its parameters.
fn kind(kind: &str, with: &str) -> String {
    format!("{TASK}kind = '{kind}'\nwith = {{ {with} }}\n")
}

/// The same with other keys of the task.
fn task(more: &str) -> String {
    format!("{TASK}kind = 'build'\n{more}\n")
}

/// A DAG with a schedule in its second line.
fn schedule(schedule: &str) -> String {
    format!("what = ''\nschedule = {{ {schedule} }}\n[[tasks]]\nname = 'a'\nkind = 'build'\n")
}

/// Files with their line, what is said of them and the hint.
fn mistakes() -> Vec<(String, usize, &'static str, &'static str)> {
    let b = task("");
    vec![
        // The file.
        (String::new(), 1, "missing field `what`", ""),
        ("what = 'a\n".to_owned(), 1, "", ""),
        ("what\n".to_owned(), 1, "", ""),
        (format!("{b}{{"), 6, "", ""),
        ("what = ''\n".to_owned(), 1, "missing field `tasks`", ""),
        (
            "what = 1\n".to_owned(),
            1,
            "invalid type: integer `1`, expected a string",
            "",
        ),
        (
            format!("waht = ''\n{b}"),
            1,
            "unknown field `waht`",
            "the nearest is `what`",
        ),
        (
            b.replace("what = ''\n", "what = ''\nwhat = ''\n"),
            2,
            "duplicate key",
            "",
        ),
        (
            format!("max_active_runs = 0\n{b}"),
            1,
            "expected a nonzero u32",
            "",
        ),
        (
            format!("catch_up = 'lates'\n{b}"),
            1,
            "`lates`",
            "the nearest is `latest`",
        ),
        (
            format!("overlap = 'skp'\n{b}"),
            1,
            "`skp`",
            "the nearest is `skip`",
        ),
        // The schedule.
        (
            schedule("cron = 'daily', time_zone = 'UTC'"),
            2,
            "`daily` is not a cron pattern",
            "",
        ),
        (
            schedule("cron = '61 * * * *', time_zone = 'UTC'"),
            2,
            "`61 * * * *` is not a cron pattern",
            "",
        ),
        (
            schedule("cron = '0 3 * * *', time_zone = 'Asia/Soul'"),
            2,
            "`Asia/Soul` is no time zone",
            "",
        ),
        (
            schedule("cron = '0 3 * * *'"),
            2,
            "missing field `time_zone`",
            "a cron pattern is in a time zone",
        ),
        (
            schedule("corn = '0 3 * * *'"),
            2,
            "unknown field `corn`",
            "the nearest is `cron`",
        ),
        (
            schedule("cron = '0 3 * * *', time_zone = 'UTC', start = '2026-02-30'"),
            2,
            "`2026-02-30` is no day",
            "",
        ),
        (
            schedule(""),
            2,
            "a schedule without times and without data",
            "write `cron`",
        ),
        // Tasks.
        (
            task("knid = 'x'"),
            5,
            "unknown field `knid`",
            "the nearest is `kind`",
        ),
        (
            task("priority = 'high'"),
            5,
            "invalid type: string \"high\"",
            "",
        ),
        (
            b.replace("'build'", "'biuld'"),
            2,
            "there is no kind of task `biuld`",
            "the nearest is `build`",
        ),
        (
            b.replace("'build'", "'dance'"),
            2,
            "there is no kind of task `dance`",
            "there is `anything_new`, `build`, ",
        ),
        (b.replace("'a'", "''"), 2, "cannot name a task", "use 1 to "),
        (
            format!("{b}{}", b.replace("what = ''\n", "")),
            6,
            "two tasks named `a`",
            "give each task a name of its own",
        ),
        (
            task("after = ['b']"),
            2,
            "comes after `b`, which does not exist",
            "the dag has `a`",
        ),
        (
            task("after = ['a']"),
            2,
            "wait for one another",
            "remove one of their `after` entries",
        ),
        (
            format!(
                "{}[[tasks]]\nname = 'b'\nkind = 'build'\nafter = ['a']\n",
                task("after = ['b']")
            ),
            2,
            "wait for one another",
            "remove one of their `after` entries",
        ),
        (
            task("after = 'b'"),
            5,
            "invalid type: string \"b\", expected a sequence",
            "",
        ),
        (task("timeout_seconds = 0"), 5, "expected a nonzero u64", ""),
        (
            task("timeout_seconds = -5"),
            5,
            "invalid value: integer `-5`",
            "",
        ),
        (
            task("timeout_seconds = '5m'"),
            5,
            "invalid type: string \"5m\"",
            "",
        ),
        (
            task("timeout = 5"),
            5,
            "unknown field `timeout`",
            "the nearest is `timeout_seconds`",
        ),
        (
            task("retries = { attempts = 0 }"),
            5,
            "expected a nonzero u32",
            "",
        ),
        (
            task("retries = { attemts = 1 }"),
            5,
            "unknown field `attemts`",
            "the nearest is `attempts`",
        ),
        (
            task("trigger_rule = 'all_don'"),
            5,
            "`all_don`",
            "the nearest is `all_done`",
        ),
        (
            task("when = { parameter = 'x' }"),
            2,
            "a condition has one test",
            "write one of `is`",
        ),
        (
            task("when = { task = 'b', is = 1 }"),
            2,
            "a condition is of one value",
            "write `parameter`",
        ),
        (
            task("when = { parameter = 'x', abov = 1 }"),
            5,
            "unknown field `abov`",
            "the nearest is `above`",
        ),
        (
            task("when = { task = 'b', field = 'x', is = 1 }"),
            2,
            "reads the output of `b`",
            "name `b` in its `after`",
        ),
        (task("mapped = 7"), 2, "`mapped` is a list", ""),
        (
            task("mapped = { task = 'b' }"),
            2,
            "missing field `field`",
            "",
        ),
        (
            task("mapped = { task = 'b', field = 'x' }"),
            2,
            "reads the output of `b`",
            "name `b` in its `after`",
        ),
        (
            task("pool = 'nowhere'"),
            2,
            "there is no pool `nowhere`",
            "there is `saramin`, `warehouse`",
        ),
        // What each kind is given.
        (kind("anything_new", "x = 1"), 2, "unknown field `x`", ""),
        (kind("heartbeat", "x = 1"), 2, "unknown field `x`", ""),
        (kind("housekeeping", "x = 1"), 2, "unknown field `x`", ""),
        (kind("publish", "x = 1"), 2, "unknown field `x`", ""),
        (
            kind("build_layer", "through = 'externl'"),
            2,
            "`externl`",
            "the nearest is `external`",
        ),
        (kind("collect", ""), 2, "missing field `source`", ""),
        (
            kind("collect", "source = 'sarmin'"),
            2,
            "there is no source `sarmin`",
            "the nearest is `saramin`",
        ),
        (kind("build", "full = true"), 2, "unknown field `full`", ""),
        (kind("refusals", "x = 1"), 2, "unknown field `x`", ""),
        (
            kind("trigger", "dag = 'collect_posting'"),
            2,
            "there is no DAG `collect_posting`",
            "the nearest is `collect_postings`",
        ),
        (
            kind("wait_for_file", "pat = 'x'"),
            2,
            "unknown field `pat`",
            "the nearest is `path`",
        ),
        (
            kind("wait_for_file", "path = 'x', look_every_seconds = 0"),
            2,
            "nonzero",
            "",
        ),
        (
            kind("wait_until", "after_interval_second = 1"),
            2,
            "unknown field `after_interval_second`",
            "the nearest is `after_interval_seconds`",
        ),
        (
            kind("wait_for_url", "url = 'ftp://host'"),
            2,
            "`url`: `ftp` is not http or https",
            "write `https://host/path`",
        ),
        (
            kind("wait_for_object", "path = 'a', url = 's3://b/c'"),
            2,
            "an object is in one place",
            "write `path`",
        ),
        (
            kind("command", "porgram = 'x'"),
            2,
            "unknown field `porgram`",
            "the nearest is `program`",
        ),
        (
            kind("command", "program = 'x', succeeds = ['0']"),
            2,
            "invalid type: string \"0\"",
            "",
        ),
        (
            kind("http", "ulr = 'x'"),
            2,
            "unknown field `ulr`",
            "the nearest is `url`",
        ),
        (
            kind("http", "url = 'https://{item}/'"),
            2,
            "would decide where the request goes",
            "write `https://host/path`",
        ),
        (
            kind("http", "url = 'https://host/{itme}'"),
            2,
            "there is no value `{itme}`",
            "the nearest is `{item}`",
        ),
        (
            kind(
                "http",
                "url = 'https://host/', headers = { Authorization = 'Bearer x' }",
            ),
            2,
            "the header `Authorization` is a secret",
            "put it into an environment variable",
        ),
        (
            kind("sql", "to = 'a.csv'"),
            2,
            "a task has one query",
            "write `query`, or `file`",
        ),
        (
            kind("sql", "query = 'select 1', to = 'a.xls'"),
            2,
            "the name of `a.xls` says no format",
            "end it with `.csv`",
        ),
        (
            kind("sql", "query = \"select '{item}'\""),
            2,
            "a value is a literal of its own",
            "write `'%' || {item} || '%'`",
        ),
        (
            kind("sql", "file = 'queries/skill.sql'"),
            2,
            "there is no `queries/skill.sql`",
            "the nearest is `queries/skills.sql`",
        ),
        (
            kind("sql", "file = 'queries/odd.sql'"),
            2,
            "`queries/odd.sql`: there is no value `{itme}`",
            "the nearest is `{item}`",
        ),
        (
            kind("sql", "file = 'dags/good.toml'"),
            2,
            "there is no `dags/good.toml`",
            "",
        ),
        (
            kind("sql", "query = 'select 1', webhook = { url = 'x' }"),
            2,
            "`url`: relative URL",
            "write `https://host/path`",
        ),
        (
            kind("sql", "query = 'select 1', empty = 'fail'"),
            2,
            "`fail`",
            "the nearest is `fails`",
        ),
    ]
}

fn files(of: impl IntoIterator<Item = (String, Vec<u8>)>) -> PipelineFiles {
    let mut files = embedded::pipeline_files(None).unwrap();
    let good = kind("sql", "file = 'queries/skills.sql'");
    let queries = [
        ("dags/good.toml", good.as_str()),
        ("queries/skills.sql", "select 1"),
        ("queries/odd.sql", "select {itme}"),
    ];
    let queries = queries.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    files.extend(queries.into_iter().chain(of));
    files
}

fn read(files: &PipelineFiles) -> Dags {
    let sources = Sources::read(files, &BTreeMap::new()).unwrap();
    Dags::read(files, &sources).unwrap()
}

#[test]
fn each_mistake_is_named_with_file_line_and_hint_and_the_others_go_on() {
    let mistakes = mistakes();
    let path = |at: usize| format!("dags/m{at:02}.toml");
    let texts = mistakes.iter().enumerate();
    let texts = texts.map(|(at, (text, ..))| (path(at), text.clone().into_bytes()));
    let latin = (
        "dags/latin.toml".to_owned(),
        b"what = 'a'\n# caf\xe9\n".to_vec(),
    );
    let dags = read(&files(texts.chain([latin])));
    let said: BTreeMap<&str, String> = dags
        .broken
        .iter()
        .map(|(name, error)| (name.as_str(), exit::text(error)))
        .collect();
    let mut wrong = Vec::new();
    for (at, (text, line, words, hint)) in mistakes.iter().enumerate() {
        let said = said
            .get(&*format!("m{at:02}"))
            .map_or("nothing", |said| said);
        let (problem, hinted) = said.split_once("\nhint: ").unwrap_or((said, ""));
        let begin = format!("`{}`, line {line}: ", path(at));
        let is_right = problem.starts_with(&begin)
            && problem.contains(words)
            && hinted.starts_with(hint)
            && problem.len() > begin.len();
        if !is_right {
            wrong.push(format!("{text}\n=> {said}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        said["latin"],
        "`dags/latin.toml`, line 2: it is not UTF-8\nhint: save it as UTF-8, without another charset"
    );
    assert_eq!(dags.broken().count(), mistakes.len() + 1);
    for name in ["good", COLLECT_POSTINGS] {
        dags.named(name).unwrap();
    }
}

#[test]
fn a_dataset_that_nothing_produces_is_named_where_all_files_are_sound() {
    let waits = schedule("on = ['laned']");
    let lands = task("produces = ['landed']");
    let more = [("waits", waits), ("lands", lands)];
    let more = more.map(|(name, text)| (format!("dags/{name}.toml"), text.into_bytes()));
    let dags = read(&files(more));
    let said = dags.named("waits").err().unwrap().to_string();
    assert_eq!(
        said,
        "`dags/waits.toml`, line 2: there is no dataset `laned`\nhint: the nearest is `landed`"
    );
    dags.named("lands").unwrap();
}
