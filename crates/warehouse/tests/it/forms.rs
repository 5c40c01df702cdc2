//! Saved files in every form in which people save responses: all records are staged, and what
//! cannot be read is a quarantine row with its position.

use landing::{Format, Reader as _};
use serde_json::{Value, json};

use crate::posting::{Posting, page};
use crate::world::{World, dataset};

const ROWS: &str = "select posting_id, landing_row from staging.recruit order by landing_row";
const QUARANTINE: &str =
    "select landing_row, reason, payload from staging.quarantine order by landing_row";
const COUNTS: &str = "select records, quarantined, reported from staging.windows";

fn one(id: u32) -> String {
    Posting::new(id).json().to_string()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("text")
}

fn answer(ids: std::ops::RangeInclusive<u32>) -> Value {
    let records: Vec<Value> = ids.map(|id| Posting::new(id).json()).collect();
    json!({"jobs": {"count": records.len(), "start": 0, "total": "9", "job": records}})
}

/// Every form with its name, the postings in it with their rows, and the rows that cannot be read.
fn forms() -> Vec<(&'static str, String, &'static [&'static str], usize)> {
    let list = |parts: &[String]| format!("[{}]", parts.join(","));
    let three = [one(1), one(2), one(3)];
    let (front, back) = (answer(1..=2), answer(3..=3));
    let indented = |id| pretty(&Posting::new(id).json());
    const IN_ORDER: &[&str] = &["1|1", "2|2", "3|3"];
    vec![
        ("list.json", list(&three), IN_ORDER, 0),
        (
            "indented.json",
            pretty(&serde_json::from_str(&list(&three)).expect("JSON")),
            IN_ORDER,
            0,
        ),
        (
            "answers.json",
            list(&[front.to_string(), back.to_string()]),
            IN_ORDER,
            0,
        ),
        (
            "mixed.json",
            list(&[front.to_string(), one(3)]),
            IN_ORDER,
            0,
        ),
        (
            "nested.json",
            list(&[list(&three[..2]), list(&three[2..])]),
            IN_ORDER,
            0,
        ),
        ("answers.jsonl", format!("{front}\n{back}\n"), IN_ORDER, 0),
        (
            "one_answer.jsonl",
            format!("{}\n", answer(1..=3)),
            IN_ORDER,
            0,
        ),
        (
            "lists.jsonl",
            format!("{}\r\n{}\r\n", list(&three[..2]), list(&three[2..])),
            IN_ORDER,
            0,
        ),
        (
            "mixed.jsonl",
            format!("{}\n\n{}\n{}", one(1), answer(2..=2), list(&three[2..])),
            &["1|1", "2|3", "3|4"],
            0,
        ),
        ("two_lines.json", format!("{front}\n{back}\n"), IN_ORDER, 0),
        (
            "indented.jsonl",
            format!("{}\n{}\n{}\n", indented(1), one(2), pretty(&back)),
            // Rows are line numbers if a record spans several.
            &["1|1"],
            0,
        ),
        ("glued.json", format!("{front}{back}"), IN_ORDER, 0),
        ("glued.jsonl", format!("{front}{back}\n"), IN_ORDER, 0),
        ("glued_postings.json", three.concat(), IN_ORDER, 0),
        (
            "glued_indented.json",
            format!("{}\n{}", pretty(&front), pretty(&back)),
            IN_ORDER,
            0,
        ),
        (
            "marks.json",
            format!("\u{feff}{front}\n\u{feff}{back}\n"),
            IN_ORDER,
            0,
        ),
        (
            "marks_glued.json",
            format!("\u{feff}{}\u{feff}{back}", pretty(&front)),
            IN_ORDER,
            0,
        ),
        (
            "marks.jsonl",
            format!("\u{feff}{}\n\u{feff}{}\n{}", one(1), one(2), one(3)),
            IN_ORDER,
            0,
        ),
        (
            "sequence.json",
            format!("\u{1e}{front}\n\u{1e}{back}\n"),
            IN_ORDER,
            0,
        ),
        ("commas.json", three.join(",\n"), IN_ORDER, 0),
        (
            "commas.jsonl",
            format!("{},\n", three.join(",\n")),
            IN_ORDER,
            0,
        ),
        (
            "log_end.json",
            format!("{}\nDONE 200", answer(1..=3)),
            IN_ORDER,
            1,
        ),
        (
            "log_end_indented.json",
            format!("{}\nDONE 200\n", pretty(&answer(1..=3))),
            IN_ORDER,
            1,
        ),
        (
            "log_between.json",
            format!("{front}DONE 200{back}DONE 200"),
            &["1|1", "2|2", "3|4"],
            2,
        ),
        (
            "log.jsonl",
            format!("10:00 INFO [main] begun\n{front}\n10:01 INFO {{done}}\n{back}\n"),
            &["1|2", "2|3", "3|5"],
            2,
        ),
        (
            "log_body.jsonl",
            format!(
                "{}\n10:00 [main] body={}\n10:01 (end)\n",
                one(1),
                answer(2..=3)
            ),
            &["1|1", "2|3", "3|4"],
            2,
        ),
        (
            "web.jsonl",
            format!(
                "<p>{{\"id\":\"9\"}}</p>\n{}\n{}\n{}\n",
                one(1),
                one(2),
                one(3)
            ),
            &["1|2", "2|3", "3|4"],
            1,
        ),
        (
            "cut.json",
            format!("{}{}", answer(1..=3), &one(4)[..90]),
            IN_ORDER,
            1,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_is_read_and_the_reader_says_so_before() {
    let reader = {
        let world = World::small();
        let dataset = dataset();
        let reader = world.warehouse();
        reader.saved_reader(dataset.source(), dataset.name())
    };
    let reader = reader.expect("a table is made of it");
    for (name, text, rows, rejected) in forms() {
        let world = World::small();
        let window = world.land_saved(name, text.clone()).await;
        let report = world.build().await;
        let record = &report.record;
        let found = world.rows(record, ROWS).await;
        assert_eq!(found.len(), 3, "{name}: {found:?}");
        for row in rows {
            assert!(found.contains(&(*row).to_owned()), "{name}: {found:?}");
        }
        let quarantined = world.rows(record, QUARANTINE).await;
        assert_eq!(quarantined.len(), rejected, "{name}: {quarantined:#?}");
        let counts = format!("3|{rejected}|{}", 3 + rejected);
        assert_eq!(world.rows(record, COUNTS).await, [counts], "{name}");

        let manifest = world.landing().manifest(&window).await.expect("a manifest");
        let lines = manifest.bodies[0].file.ends_with(".jsonl.zst");
        let format = if lines {
            Format::JsonLines
        } else {
            Format::Json
        };
        let body = world.landing().body(&window, &manifest.bodies[0]).await;
        let body = body.expect("a body");
        assert_eq!(body, text, "{name} is stored as it came");
        let examined = reader.examine(&body, format);
        assert_eq!(
            (examined.records, examined.rejected),
            (3, rejected as u64),
            "{name}: {examined:?}"
        );
    }
}

/// An error in one record costs only that record, in every form.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_record_hides_no_other_in_any_form() {
    let spoilt = r#"{"id":"901","t":"\ud83d"}"#;
    let unsound = r#"{"id":"901","t":["#;
    let (first, last) = (one(1), one(2));
    let page = answer(2..=2);
    for (name, text, row, rejected) in [
        ("list.json", format!("[{first},{spoilt},{last}]"), 2, 1),
        ("list.json", format!("[{first},7,{last}]"), 2, 1),
        ("list.json", format!("[{first},{{\"no\":1}},{page}]"), 2, 1),
        (
            "list.json",
            format!("[{first},{{\"jobs\":{{\"job\":[{spoilt},{last}]}}}}]"),
            2,
            1,
        ),
        ("glued.json", format!("{first}{spoilt}{page}"), 2, 1),
        ("glued.jsonl", format!("{first}{spoilt}{page}\n"), 2, 1),
        ("lines.jsonl", format!("{first}\n{unsound}\n{page}\n"), 2, 1),
        (
            "lists.jsonl",
            format!("[{first}]\n[{spoilt},{last}]\n"),
            2,
            1,
        ),
        // Mismatched brackets: nothing cut out by them is trusted.
        (
            "lines.jsonl",
            format!("{first}\n{{\"id\":\"7\"}},\"t\":1}}\n{last}\n"),
            2,
            1,
        ),
        // A malformed document over several lines swallows no valid line.
        (
            "lines.jsonl",
            format!("{{\"id\":\"7\",\"t\":{{\n{first}\n{last}\n{{}}}}}}\n"),
            1,
            2,
        ),
    ] {
        let world = World::small();
        world.land_saved(name, text.clone()).await;
        let report = world.build().await;
        let ids = "select posting_id from external.recruit_table order by posting_id";
        assert_eq!(world.rows(&report.record, ids).await, ["1", "2"], "{text}");
        let found = world.rows(&report.record, QUARANTINE).await;
        assert_eq!(found.len(), rejected, "{text}: {found:?}");
        assert!(
            found[0].starts_with(&format!("{row}|")),
            "{text}: {found:?}"
        );
    }
}

/// A file of many lines that each begin a document and end none is read in linear time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_that_end_nothing_are_one_row_each() {
    let world = World::small();
    let text = format!("{}{}\n", "{\"id\":\"7\",\"t\":[\n".repeat(20_000), one(1));
    world.land_saved("open.jsonl", text).await;
    let report = world.build().await;
    assert_eq!((report.new_rows, report.quarantined), (1, 20_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collected_bodies_are_responses_and_nothing_else() {
    let world = World::small();
    let two = answer(1..=2);
    let body = |text: String| crate::world::Body::document(text).counted(2);
    world
        .land(vec![
            body(format!("[{two}]")),
            body(format!("{two}{two}")),
            page(&[Posting::new(3).json()]),
        ])
        .await;
    let report = world.build().await;
    assert_eq!((report.new_rows, report.quarantined), (1, 2));
}

/// What no build could read is refused before it is landed, with the line number.
#[tokio::test]
async fn what_holds_no_record_is_named() {
    let world = World::small();
    let dataset = dataset();
    let reader = world.warehouse();
    let reader = reader.saved_reader(dataset.source(), dataset.name());
    let reader = reader.expect("a table is made of it");
    for (format, text, form, line, reason) in [
        (Format::Json, "[]", "an empty list", None, ""),
        (
            Format::JsonLines,
            "[]\n[]\n",
            "2 lines of empty lists",
            None,
            "",
        ),
        (
            Format::Json,
            "\n\n{\"code\":4,\"message\":\"daily request limit exceeded\"}",
            "no postings",
            Some(3),
            "an error answer: daily request limit exceeded",
        ),
        (
            Format::Json,
            "[\n{\"hello\":1}]",
            "a list of unknown documents",
            Some(1),
            "neither `jobs.job` nor `id` is there",
        ),
        (
            Format::JsonLines,
            "\n{\"hello\":1}\n",
            "no postings",
            Some(2),
            "neither `jobs.job` nor `id` is there",
        ),
        (
            Format::Json,
            "{\"jobs\":{\"job\":[{\"id\":\"1\"},{\"id",
            "no postings",
            Some(1),
            "not JSON: ",
        ),
    ] {
        let examined = reader.examine(text.as_bytes(), format);
        assert!(!examined.is_readable(), "{text}: {examined:?}");
        assert_eq!(examined.form, form, "{text}");
        let found = examined.first_rejected.clone();
        let (found_line, found_reason) = found.unzip();
        assert_eq!(found_line, line, "{text}");
        let found_reason = found_reason.unwrap_or_default();
        assert!(found_reason.starts_with(reason), "{text}: {found_reason}");
    }
    let none = r#"{"jobs": {"count": 0, "start": 0, "total": "0", "job": []}}"#;
    let examined = reader.examine(none.as_bytes(), Format::Json);
    assert!(examined.is_readable() && examined.says_none, "{examined:?}");
}

/// A saved record may lack the times: the source's posting date is used instead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posting_without_times_is_dated_by_its_posting_date() {
    let world = World::small();
    let dated = |id: u32, posting_date: &str, keep: &[&str]| {
        let mut record = Posting::new(id).json();
        let fields = record.as_object_mut().expect("an object");
        fields.retain(|name, _| !name.ends_with("-timestamp") || keep.contains(&name.as_str()));
        fields.insert("posting-date".to_owned(), posting_date.into());
        record
    };
    let records = [
        dated(1, "2023-06-02T08:00:00+0900", &[]),
        dated(2, "2023-06-03", &["opening-timestamp"]),
        dated(3, "", &["opening-timestamp"]),
        dated(4, "2023-06-04", &["posting-timestamp"]),
        dated(5, "soon", &[]),
    ];
    world
        .land_saved("dated.json", Value::from(records.to_vec()).to_string())
        .await;
    let report = world.build().await;
    let dates = |table: &str| format!("select posting_id, posting_date from {table} order by 1");
    let by_time = world
        .rows(
            &report.record,
            "select cast(max(posting_at) at time zone 'UTC' at time zone 'Asia/Seoul' as date) from staging.recruit",
        )
        .await;
    let expected = [
        "1|2023-06-02".to_owned(),
        "2|2023-06-03".to_owned(),
        format!("3|{}", by_time[0]),
        format!("4|{}", by_time[0]),
        "5|NULL".to_owned(),
    ];
    for table in ["external.recruit_table", "raw_data.recruits"] {
        let found = world.rows(&report.record, &dates(table)).await;
        assert_eq!(found, expected, "{table}");
    }
}
