//! One answer of the source: what it holds, or what is wrong with it.
//!
//! Nothing here trusts the source: a total may be a string or a number, records may be missing, a
//! lone object or empty, an error may come under any HTTP status. The body itself stays untouched.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::source::{ErrorAction, SourceDescription};
use crate::{Fault, Secret};

/// What tells a record from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RecordId {
    /// The source's own id.
    Id(String),
    /// A record without one: the sha-256 of its JSON.
    Content([u8; 32]),
}

/// What an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// How many records there are in all pages, by the source.
    pub total: u64,
    /// One per record, in order.
    pub ids: Vec<RecordId>,
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It passes.
    Fault(Fault),
    /// The source says by a code that asking on is of no use.
    Code {
        code: i64,
        action: ErrorAction,
        meaning: String,
        message: String,
    },
    /// So does an HTTP status.
    Refused { status: u16, message: String },
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads an answer of any HTTP status.
pub(crate) fn read(
    source: &SourceDescription,
    key: Option<&Secret>,
    status: u16,
    body: &[u8],
) -> Result<Parsed, Wrong> {
    let json: Result<Value, _> = serde_json::from_slice(body);
    let error = match &json {
        Ok(json) => error_code(source, key, json),
        Err(_) => None,
    };
    if let Some((code, message)) = &error
        && let Ok(number) = code.parse()
        && let Some(known) = source
            .errors
            .codes
            .iter()
            .find(|known| known.code == number)
    {
        return Err(match known.action {
            ErrorAction::Retry => Fault::Source {
                code: code.clone(),
                message: message.clone(),
            }
            .into(),
            action => Wrong::Code {
                code: number,
                action,
                meaning: known.meaning.clone(),
                message: message.clone(),
            },
        });
    }
    match status {
        200..=299 => {}
        429 => return Err(Fault::TooFast { retry_after: None }.into()),
        408 | 425 | 500.. => return Err(Fault::Status(status).into()),
        _ => {
            let message = error.map_or_else(String::new, |(code, message)| {
                format!(" (error {code}: {message})")
            });
            return Err(Wrong::Refused { status, message });
        }
    }
    if let Some((code, message)) = error {
        return Err(Fault::Source { code, message }.into());
    }
    let json = json.map_err(|error| {
        let html = body.trim_ascii_start().starts_with(b"<");
        if html {
            Fault::Html
        } else {
            Fault::NotJson(error.to_string())
        }
    })?;
    Ok(records(source, &json)?)
}

/// The code and message of an error answer. An answer with records in it is none, whatever code
/// stands beside them; one that has a place for records and none in it may well be one.
fn error_code(
    source: &SourceDescription,
    key: Option<&Secret>,
    json: &Value,
) -> Option<(String, String)> {
    let holds_records = match at(json, &source.answer.records) {
        Some(Value::Array(records)) => !records.is_empty(),
        Some(Value::Object(one)) => !one.is_empty(),
        _ => false,
    };
    if holds_records {
        return None;
    }
    let code = text(json.get(&source.errors.code)?)?;
    let message = json.get(&source.errors.message).and_then(text);
    let clean = |text: String| {
        let text = key.map_or(text.clone(), |key| key.scrub(&text));
        let shown: String = text
            .chars()
            .filter(|shown| !shown.is_control())
            .take(200)
            .collect();
        shown
    };
    Some((clean(code), clean(message.unwrap_or_default())))
}

fn records(source: &SourceDescription, json: &Value) -> Result<Parsed, Fault> {
    let paths = &source.answer;
    let total = at(json, &paths.total).ok_or_else(|| shape(&paths.total, "is missing"))?;
    let total = count(total).ok_or_else(|| shape(&paths.total, "is not a count"))?;
    let records: &[Value] = match at(json, &paths.records) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(records)) => records,
        Some(Value::Object(one)) if one.is_empty() => &[],
        Some(Value::String(blank)) if blank.trim().is_empty() => &[],
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        Some(_) => return Err(shape(&paths.records, "is not a list of records")),
    };
    let ids = records.iter().map(|record| id(record, &paths.id)).collect();
    Ok(Parsed { total, ids })
}

fn id(record: &Value, path: &str) -> RecordId {
    match at(record, path).and_then(text) {
        Some(id) => RecordId::Id(id),
        None => RecordId::Content(Sha256::digest(record.to_string().as_bytes()).into()),
    }
}

fn at<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(json, |value, key| value.get(key))
}

/// A text or whole number, without blanks around it; `None` when nothing is there.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn count(value: &Value) -> Option<u64> {
    text(value)?.parse().ok()
}

fn shape(path: &str, problem: &str) -> Fault {
    Fault::Shape(format!("`{path}` {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::saramin;
    use proptest::prelude::*;

    fn read_text(status: u16, body: &str) -> Result<Parsed, Wrong> {
        let key = Secret::new("hunter2");
        read(&saramin(), key.as_ref(), status, body.as_bytes())
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
    fn every_shape_that_was_seen_or_may_come_is_read() {
        let one = |id: &str| vec![id.to_owned()];
        for (body, expected) in [
            (
                r#"{"jobs":{"total":"1","job":[{"id":"7"}]}}"#,
                (1, one("7")),
            ),
            (r#"{"jobs":{"total":1,"job":[{"id":7}]}}"#, (1, one("7"))),
            (
                r#"{"jobs":{"total":" 1 ","job":{"id":"7"}}}"#,
                (1, one("7")),
            ),
            (
                r#"{"jobs":{"count":0,"start":0,"total":"0","job":[]}}"#,
                (0, vec![]),
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
    fn records_without_an_id_are_told_apart_by_content() {
        let body = r#"{"jobs":{"total":"3","job":[{"a":1},{"a":2},{"a":1}]}}"#;
        let parsed = read_text(200, body).expect("an answer");
        assert_ne!(parsed.ids[0], parsed.ids[1]);
        assert_eq!(parsed.ids[0], parsed.ids[2]);
    }

    #[test]
    fn a_shape_that_cannot_be_right_is_a_fault() {
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
        assert_eq!(wrong, Wrong::Fault(Fault::Html));
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
    fn a_code_beside_a_place_without_records_counts() {
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
    fn what_no_code_explains_is_judged_by_status() {
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
        fn no_answer_makes_it_panic(status in 100u16..600, body in ".{0,200}") {
            let _ = read_text(status, &body);
        }

        #[test]
        fn no_cut_of_an_answer_passes_for_a_whole_one(at: proptest::sample::Index) {
            let whole = r#"{"jobs":{"count":2,"start":0,"total":"2","job":[{"id":"1"},{"id":"2"}]}}"#;
            let cut = &whole[..at.index(whole.len())];
            prop_assert!(read_text(200, cut).is_err());
        }
    }
}
