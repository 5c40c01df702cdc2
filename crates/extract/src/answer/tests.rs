//! Responses of every known or possible shape.

use super::*;
use crate::source::tests::saramin;
use proptest::prelude::*;

fn read_text(status: u16, body: &str) -> Result<Parsed, Wrong> {
    let key = Secret::new("hunter2");
    read(&saramin(), key.as_ref(), status, (0, None), body.as_bytes())
}

fn ids(body: &str) -> (u64, Vec<String>) {
    let parsed = read_text(200, body).expect(body);
    let ids = parsed.ids.iter().map(|id| match id {
        RecordId::Id(id) => id.clone(),
        RecordId::Content(_) => "?".to_owned(),
    });
    (parsed.total, ids.collect())
}

#[test]
fn every_known_or_possible_shape_is_read() {
    let one = |id: &str| vec![id.to_owned()];
    for (body, expected) in [
        (
            r#"{"jobs":{"total":"1","job":[{"id":"7"}]}}"#,
            (1, one("7")),
        ),
        (r#"{"jobs":{"total":1,"job":[{"id":7}]}}"#, (1, one("7"))),
        (
            "\u{feff}{\"jobs\":{\"total\":1,\"job\":[{\"id\":7}]}}",
            (1, one("7")),
        ),
        (
            r#"{"jobs":{"total":" 1 ","job":{"id":"7"}}}"#,
            (1, one("7")),
        ),
        (
            r#"{"jobs":{"count":0,"start":0,"total":"0","job":[]}}"#,
            (0, vec![]),
        ),
        // Keys that are repeated hide nothing.
        (
            r#"{"jobs":{"total":"2","job":[{"id":"7"},{"id":"8"}],"job":[]}}"#,
            (2, vec!["7".to_owned(), "8".to_owned()]),
        ),
        (
            r#"{"jobs":{"job":{"id":"7"},"job":{"id":"8"}},"jobs":{"total":"2"}}"#,
            (2, vec!["7".to_owned(), "8".to_owned()]),
        ),
        (r#"{"jobs":{"total":"0"}}"#, (0, vec![])),
        (r#"{"jobs":{"total":0,"job":null}}"#, (0, vec![])),
        (r#"{"jobs":{"total":0,"job":{}}}"#, (0, vec![])),
        (r#"{"jobs":{"total":0,"job":" "}}"#, (0, vec![])),
        (
            r#"{"jobs":{"total":"1","job":[{"id":" "}]}}"#,
            (1, one("?")),
        ),
        (r#"{"jobs":{"total":"1","job":["text"]}}"#, (1, one("?"))),
        (
            r#"{"code":99,"jobs":{"total":"1","job":[{"id":"7"}]}}"#,
            (1, one("7")),
        ),
    ] {
        assert_eq!(ids(body), expected, "{body}");
    }
}

#[test]
fn records_without_an_id_are_distinguished_by_content() {
    let body = r#"{"jobs":{"total":"3","job":[{"a":1},{"a":2},{"a":1}]}}"#;
    let parsed = read_text(200, body).expect("an answer");
    assert_ne!(parsed.ids[0], parsed.ids[1]);
    assert_eq!(parsed.ids[0], parsed.ids[2]);
}

#[test]
fn records_that_no_parser_reads_are_counted_by_their_ids() {
    let deep = format!(r#"{{"id":"8","x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    for spoilt in [
        br#"{"id":"8","t":"\ud83d"}"#.as_slice(),
        b"{\"id\":\"8\",\"t\":\"\xff\"}",
        b"{\"id\":\"8\",\"t\":\"\x01\"}",
        br#"{"id":"8","n":1e999}"#,
        deep.as_bytes(),
    ] {
        let (before, after) = (
            br#"{"jobs":{"total":"3","job":[{"id":"7"},"#,
            br#",{"id":"9"}]}}"#,
        );
        let body = [before.as_slice(), spoilt, after].concat();
        let parsed = read(&saramin(), None, 200, (0, None), &body);
        let parsed =
            parsed.unwrap_or_else(|wrong| panic!("{wrong:?}: {}", String::from_utf8_lossy(spoilt)));
        let id = |id: &str| RecordId::Id(id.to_owned());
        assert_eq!(
            (parsed.total, parsed.ids),
            (3, vec![id("7"), id("8"), id("9")])
        );
    }
    let nameless = r#"{"jobs":{"total":"2","job":[{"id":"\ud83d"},{"id":"\ud83e"}]}}"#;
    assert_eq!(ids(nameless), (2, vec!["?".to_owned(), "?".to_owned()]));
    let lone = "{\"jobs\":{\"total\":\"1\",\"job\":{\"id\":\"7\",\"t\":\"\u{1}\"}}}";
    assert_eq!(ids(lone), (1, vec!["7".to_owned()]));
    // An error outside of a record invalidates the response.
    let total = r#"{"jobs":{"total":"3\ud83d","job":[]}}"#;
    let wrong = read_text(200, total).expect_err("no count");
    assert!(matches!(wrong, Wrong::Fault(Fault::Shape(_))), "{wrong:?}");
}

#[test]
fn no_page_holds_more_records_than_a_window() {
    let body = |count: usize| {
        let records = vec!["1"; count].join(",");
        format!(r#"{{"jobs":{{"total":"{count}","job":[{records}]}}}}"#)
    };
    assert_eq!(ids(&body(10_000)).1.len(), 10_000);
    let wrong = read_text(200, &body(10_001)).expect_err("too many");
    assert!(matches!(wrong, Wrong::Fault(Fault::Shape(_))), "{wrong:?}");
}

#[test]
fn an_impossible_shape_is_a_fault() {
    for body in [
        "{}",
        "[]",
        "7",
        r#"{"jobs":[]}"#,
        r#"{"jobs":{"job":[]}}"#,
        r#"{"jobs":{"total":"many","job":[]}}"#,
        r#"{"jobs":{"total":-1,"job":[]}}"#,
        r#"{"jobs":{"total":1.5,"job":[]}}"#,
        r#"{"jobs":{"total":null,"job":[]}}"#,
        r#"{"jobs":{"total":"1","job":"text"}}"#,
        r#"{"jobs":{"total":"1","job":7}}"#,
    ] {
        let wrong = read_text(200, body).expect_err(body);
        assert!(matches!(wrong, Wrong::Fault(Fault::Shape(_))), "{wrong:?}");
    }
    let wrong = read_text(200, " <html>").expect_err("HTML");
    assert_eq!(wrong, Wrong::Fault(Fault::Html("JSON")));
    for cut in ["", r#"{"jobs":{"total":"1","job":[{"id":"#] {
        let wrong = read_text(200, cut).expect_err(cut);
        assert!(
            matches!(wrong, Wrong::Fault(Fault::NotJson(_))),
            "{wrong:?}"
        );
    }
}

#[test]
fn codes_count_under_any_status() {
    for status in [200, 400, 401, 403, 429, 500, 503] {
        for (code, action) in [
            (1, ErrorAction::StopKey),
            (2, ErrorAction::StopKey),
            (3, ErrorAction::StopRequest),
            (4, ErrorAction::StopQuota),
        ] {
            for written in [code.to_string(), format!("\"{code}\"")] {
                let body = format!(r#"{{"code":{written},"message":"no hunter2"}}"#);
                let wrong = read_text(status, &body).expect_err(&body);
                let Wrong::Code {
                    action: found,
                    message,
                    ..
                } = wrong
                else {
                    panic!("{status} {body}: {wrong:?}");
                };
                assert_eq!((found, message.as_str()), (action, "no [access key]"));
            }
        }
        let wrong = read_text(status, r#"{"code":99}"#).expect_err("a fault");
        assert!(
            matches!(wrong, Wrong::Fault(Fault::Source { .. })),
            "{wrong:?}"
        );
    }
}

#[test]
fn a_code_beside_an_empty_list_counts() {
    for jobs in [
        "null",
        "{}",
        "[]",
        r#"{"total":"0"}"#,
        r#"{"total":"0","job":[]}"#,
        r#"{"total":"0","job":{}}"#,
        r#"{"total":"0","job":" "}"#,
    ] {
        let body = |code| format!(r#"{{"code":{code},"message":"no","jobs":{jobs}}}"#);
        let wrong = read_text(200, &body(4)).expect_err(jobs);
        let Wrong::Code { action, .. } = wrong else {
            panic!("{jobs}: {wrong:?}");
        };
        assert_eq!(action, ErrorAction::StopQuota, "{jobs}");
        let wrong = read_text(200, &body(99)).expect_err(jobs);
        let fault = matches!(wrong, Wrong::Fault(Fault::Source { .. }));
        assert!(fault, "{jobs}: {wrong:?}");
    }
}

#[test]
fn without_a_code_the_status_decides() {
    let unknown = r#"{"code":77,"message":"new"}"#;
    for (status, body, retried) in [
        (200, unknown, true),
        (400, unknown, false),
        (404, "<html>", false),
        (302, "", false),
        (408, "", true),
        (429, "<html>", true),
        (500, r#"{"jobs":{"total":"0"}}"#, true),
        (503, "<html>", true),
    ] {
        let wrong = read_text(status, body).expect_err(body);
        assert_eq!(
            matches!(wrong, Wrong::Fault(_)),
            retried,
            "{status} {wrong:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_response_makes_it_panic(status in 100u16..600, body in ".{0,200}") {
        let _ = read_text(status, &body);
    }

    #[test]
    fn no_truncated_response_passes_for_a_whole_one(at: proptest::sample::Index) {
        let whole = r#"{"jobs":{"count":2,"start":0,"total":"2","job":[{"id":"1"},{"id":"2"}]}}"#;
        let cut = &whole[..at.index(whole.len())];
        prop_assert!(read_text(200, cut).is_err());
    }
}
