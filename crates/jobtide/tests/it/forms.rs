//! Saved files in every form: read, or refused when they are landed, with the line and what to do.

use serde_json::Value;

use crate::landing::{answer, lines, records};
use crate::program::Place;

/// Files in the forms in which users save responses, with the number of records in each.
fn saved(all: &[Value]) -> Vec<(&'static str, String)> {
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("text");
    let indented = |text: &str| pretty(&serde_json::from_str(text).expect("JSON"));
    let list = |parts: &[Value]| Value::from(parts.to_vec());
    let of = |at: usize| &all[at * 4..at * 4 + 4];
    let halves = |at: usize| (answer(&of(at)[..2]), answer(&of(at)[2..]));
    let joined = |at: usize, between: &str| {
        let (front, back) = halves(at);
        format!("{front}{between}{back}")
    };
    vec![
        ("list.json", list(of(0)).to_string()),
        ("list_pretty.json", pretty(&list(of(1)))),
        ("lists.jsonl", joined_lists(of(2))),
        ("answers_list.json", format!("[{}]", joined(3, ","))),
        ("answers.jsonl", joined(4, "\n")),
        ("answers_lines.json", joined(5, "\n")),
        ("one_answer.jsonl", answer(of(6))),
        (
            "pretty.jsonl",
            of(7).iter().map(|record| pretty(record) + "\n").collect(),
        ),
        ("glued.json", joined(8, "")),
        (
            "glued_pretty.json",
            format!("{}{}", indented(&halves(9).0), indented(&halves(9).1)),
        ),
        (
            "glued_postings.json",
            of(10).iter().map(Value::to_string).collect(),
        ),
        (
            "marks.json",
            format!("\u{feff}{}", joined(11, "\r\n\u{feff}")),
        ),
        ("misnamed.json", format!("{{\"broken\n{}", lines(of(12)))),
        ("trailing.json", format!("{}\nDONE 200", answer(of(13)))),
        (
            "log_body.jsonl",
            of(15)
                .iter()
                .map(|record| format!("10:00 INFO body={record}\n"))
                .collect(),
        ),
        (
            "log.jsonl",
            format!("10:00 INFO\n{}10:01 INFO\n", lines(of(14))),
        ),
    ]
}

fn joined_lists(records: &[Value]) -> String {
    let (front, back) = records.split_at(2);
    format!(
        "{}\n{}\n",
        Value::from(front.to_vec()),
        Value::from(back.to_vec())
    )
}

#[test]
fn every_form_is_landed_and_read() {
    let place = Place::new("");
    let all = records(64);
    let files = saved(&all);
    let mut land = vec!["land", "saramin"];
    for (name, text) in &files {
        place.file(name, text);
        land.push(name);
    }
    place
        .run(&land)
        .expect(0)
        .tells(&["landed 16 new files, 0 known"]);
    place.run(&["build"]).expect(0).tells(&["64 postings"]);
    let mut ids = place.query("select posting_id from external.recruit_table");
    ids.sort();
    let mut expected: Vec<&str> = all
        .iter()
        .filter_map(|record| record["id"].as_str())
        .collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert_eq!(
        place.query("select distinct payload from staging.quarantine order by payload"),
        [
            "10:00 INFO",
            "10:00 INFO body=",
            "10:01 INFO",
            "DONE 200",
            "\"{\"\"broken\""
        ]
    );
    // A full build gives the same.
    place.run(&["build", "--full"]).expect(0);
    assert_eq!(
        place.query("select count(*) from external.recruit_table"),
        ["64"]
    );
    place.run(&["doctor", "--deep"]);

    // One of each form is removed, with its body valid afterwards.
    for at in 0..files.len() {
        let id = all[at * 4]["id"].as_str().expect("an id");
        let name = format!("saramin:{id}");
        if at % 5 == 0 {
            place.run(&["purge", &name, "--reason", "asked"]).expect(0);
        }
    }
    assert_eq!(
        place.query("select count(*) from external.recruit_table"),
        ["60"]
    );
    place.run(&["build"]).expect(0).tells(&["nothing changed"]);
}

#[test]
fn what_no_build_could_read_is_refused_with_the_line_and_what_to_do() {
    let place = Place::new("");
    let all = records(3);
    let whole = answer(&all);
    for (name, text, expected) in [
        (
            "empty.json",
            "[]".to_owned(),
            "(an empty list): it contains none",
        ),
        ("blank.jsonl", "\n \n".to_owned(), "it is empty"),
        (
            "headers.json",
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{whole}"),
            "line 1 is an HTTP header, `HTTP/1.1 200 OK`; the JSON begins in line 4",
        ),
        (
            "jsonp.json",
            format!("callback({whole});"),
            "line 1 wraps the JSON in a call, `callback(` (JSONP)",
        ),
        (
            "log.json",
            format!("10:00 INFO body={whole}\n"),
            "it does not begin with `{` or `[`; line 1 is `10:00 INFO body=",
        ),
        (
            "error.json",
            "\n{\"code\": 4, \"message\": \"daily request limit exceeded\"}".to_owned(),
            "line 2: an error answer: daily request limit exceeded",
        ),
        (
            "other.json",
            "[{\"hello\": 1}]".to_owned(),
            "(a list of unknown documents): line 1: neither `jobs.job` nor `id` is there",
        ),
        (
            "other.jsonl",
            "{\"hello\": 1}\n".to_owned(),
            "line 1: neither `jobs.job` nor `id` is there",
        ),
        (
            "cut.json",
            whole[..whole.len() - 9].to_owned(),
            "line 1: not JSON",
        ),
    ] {
        place.file(name, text);
        let ended = place.run(&["land", "saramin", name]);
        let named = format!("the file `{name}`");
        ended
            .expect(1)
            .tells(&[&named, expected, "hint: ", "landed 0 new"]);
    }
    assert!(
        !place
            .listing()
            .iter()
            .any(|(path, _)| path.ends_with("manifest.json"))
    );

    // An empty list of postings is a valid response, too.
    place.file("none.json", answer(&[]));
    place
        .run(&["land", "saramin", "none.json"])
        .expect(0)
        .tells(&["`none.json` is landed; it states that there are no postings"]);
}
