//! Locating values in JSON that may be malformed in places.
//!
//! A strict parser refuses a whole document for one bad character. This module knows strings,
//! escapes, brackets and separators, but not what they contain, so that a document can be cut into
//! its records first and each record be parsed strictly on its own: half a surrogate pair, invalid
//! UTF-8, a number out of range, a raw control character or deep nesting affects only the record that
//! it is in.
//!
//! It cannot recover from an unbalanced bracket or quotation mark. [`check_sound`] and [`is_list`]
//! report whether the envelope around the records, and the list of them, is well-formed.
//!
//! Time is linear in the bytes, memory constant (a copy of the envelope for [`check_sound`]);
//! nothing recurses, and no input panics. Ranges are positions in `json` as a whole.

mod documents;

use std::ops::Range;

use memchr::memchr2;

pub use documents::{Documents, Piece, documents, end_of_lines, line_end, skip_separators};

/// The document without surrounding whitespace.
pub fn root(json: &[u8]) -> Range<usize> {
    trimmed(json, 0..json.len())
}

/// The value at a path of object keys joined by dots; the last one of a repeated key. `None` when
/// it is absent, or when an object on the way to it does not end.
pub fn member(json: &[u8], object: Range<usize>, path: &str) -> Option<Range<usize>> {
    path.split('.')
        .try_fold(object, |object, name| entries(json, &object, name)?.pop())
}

/// The values at such a path in their order, of all repetitions of a key on the way. An object on
/// the way that does not end contributes none.
pub fn members(json: &[u8], object: Range<usize>, path: &str) -> Vec<Range<usize>> {
    path.split('.').fold(vec![object], |objects, name| {
        let entries = objects.iter().map(|object| entries(json, object, name));
        entries.flatten().flatten().collect()
    })
}

/// The elements of an array, empty ones skipped. Stops where the array ends or where it cannot be
/// scanned any further: see [`is_list`].
pub fn elements(json: &[u8], array: Range<usize>) -> Elements<'_> {
    let opens = json.get(array.start) == Some(&b'[');
    Elements {
        json,
        at: opens.then_some(array.start + 1),
        end: array.end,
        closed: false,
    }
}

/// Whether a value is an array that ends where it should.
pub fn is_list(json: &[u8], value: Range<usize>) -> bool {
    let mut elements = elements(json, value);
    elements.by_ref().for_each(drop);
    elements.closed
}

/// Whether a text ends with the bracket that closes what it opened.
pub fn is_closed(json: &[u8]) -> bool {
    let root = root(json);
    let text = &json[root.clone()];
    matches!(
        (text.first(), text.last()),
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))
    ) && separator(&json[..root.end], root.start) == Some(root.end)
}

/// Whether an array or object is empty.
pub fn is_empty(json: &[u8], container: Range<usize>) -> bool {
    let inside = container.start + 1..container.end.saturating_sub(1);
    json.get(inside)
        .is_some_and(|inside| inside.trim_ascii().is_empty())
}

/// Whether the document without `records` is JSON in its structure.
///
/// # Errors
/// The parser's error for the document with an empty list in place of each of `records`,
/// which are in document order.
pub fn check_sound(json: &[u8], records: &[Range<usize>]) -> Result<(), serde_json::Error> {
    // Validates the structure without building it: no tree, no recursion.
    let check = |json: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(json).map(drop);
    if records.is_empty() {
        return check(json);
    }
    let (mut around, mut from) = (Vec::new(), 0);
    for place in records {
        around.extend_from_slice(&json[from..place.start]);
        around.extend_from_slice(b"[]");
        from = place.end;
    }
    around.extend_from_slice(&json[from..]);
    check(&around)
}

/// A string or number as text, trimmed. `None` for other values, blank strings, and what cannot be
/// read.
pub fn text(value: &[u8]) -> Option<String> {
    let text = match value.first()? {
        b'"' => serde_json::from_slice::<String>(value).ok()?,
        b'-' | b'0'..=b'9' => {
            let number = serde_json::from_slice::<serde_json::Number>(value).ok()?;
            match number.as_f64().filter(|_| number.is_f64()).and_then(whole) {
                Some(whole) => whole.to_string(),
                None => number.to_string(),
            }
        }
        _ => return None,
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An integer that was written as a float, as by programs that have only floats: `36315100.0`.
/// `None` for others, and from 2^53 on, where such a program has lost digits.
pub fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let is_whole = number.fract() == 0.0 && number.abs() < EXACT;
    is_whole.then_some(number as i64)
}

/// The elements of an array, in order.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    json: &'a [u8],
    at: Option<usize>,
    /// Position after the array.
    end: usize,
    /// Whether the array was scanned to its end.
    closed: bool,
}

impl Iterator for Elements<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(from) = self.at {
            let separator = separator(self.json, from)?;
            self.at = match self.json.get(separator) {
                Some(b',') => Some(separator + 1),
                found => {
                    self.closed = found == Some(&b']') && separator + 1 == self.end;
                    None
                }
            };
            let element = trimmed(self.json, from..separator);
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

/// The values of the entries with that name; `None` when the object does not end.
fn entries(json: &[u8], object: &Range<usize>, name: &str) -> Option<Vec<Range<usize>>> {
    if json.get(object.start) != Some(&b'{') {
        return None;
    }
    let mut found = Vec::new();
    let mut from = object.start + 1;
    loop {
        let separator = separator(json, from)?;
        if let Some((key, value)) = pair(json, trimmed(json, from..separator))
            && is_name(&json[key], name)
        {
            found.push(value);
        }
        match json.get(separator) {
            Some(b',') => from = separator + 1,
            Some(b'}') => return Some(found),
            _ => return None,
        }
    }
}

fn pair(json: &[u8], entry: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    if json.get(entry.start) != Some(&b'"') {
        return None;
    }
    let key_end = string_end(json, entry.start)?;
    let colon = trimmed(json, key_end..entry.end).start;
    if json.get(colon) != Some(&b':') {
        return None;
    }
    Some((entry.start..key_end, trimmed(json, colon + 1..entry.end)))
}

/// Whether a quoted key equals this name, escapes included.
fn is_name(key: &[u8], name: &str) -> bool {
    if key.contains(&b'\\') {
        return serde_json::from_slice::<String>(key).is_ok_and(|key| key == name);
    }
    key.get(1..key.len().saturating_sub(1)) == Some(name.as_bytes())
}

/// Position of the end of the value at `at`: a comma or a closing bracket outside of its strings and
/// brackets, or the end of the text. `None` when a string or bracket is not closed.
fn separator(json: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match json.get(at) {
            Some(b'"') => {
                at = string_end(json, at)?;
                continue;
            }
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') if depth > 0 => depth -= 1,
            Some(b'}' | b']') => return Some(at),
            Some(b',') if depth == 0 => return Some(at),
            Some(_) => {}
            None => return (depth == 0).then_some(at),
        }
        at += 1;
    }
}

/// Position after the string that begins at `start`.
fn string_end(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr2(b'"', b'\\', json.get(at..)?)?;
        if json[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn trimmed(json: &[u8], range: Range<usize>) -> Range<usize> {
    let Some(text) = json.get(range.clone()) else {
        return range.start..range.start;
    };
    let start = range.start + (text.len() - text.trim_ascii_start().len());
    start..start + text.trim_ascii().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn cut<'a>(json: &'a [u8], path: &str) -> Option<Vec<&'a [u8]>> {
        let list = member(json, root(json), path)?;
        check_sound(json, std::slice::from_ref(&list)).ok()?;
        is_list(json, list.clone()).then(|| {
            let elements = elements(json, list);
            elements.map(|element| &json[element]).collect()
        })
    }

    /// Fragments that make a strict parser refuse the text that contains them.
    const SPOILT: [&[u8]; 9] = [
        br#"{"id":"7","t":"\ud83d"}"#,
        br#"{"id":"7","t":"\udc00\u12"}"#,
        b"{\"id\":\"7\",\"t\":\"\xff\xc3\"}",
        b"{\"id\":\"7\",\"t\":\"\x01\n\"}",
        br#"{"id":"7","n":1e999}"#,
        br#"{"id":"7","n":01,"m":+1,"o":NaN,"p":nil}"#,
        br#"{"id":"7","t":"\x \' "}"#,
        br#"{"id":"7","t":"say "hi, you" there"}"#,
        br#"{"id":"7",,"a" 1, b:2, "c":}"#,
    ];

    #[test]
    fn a_malformed_record_affects_no_other() {
        let deep = [
            br#"{"id":"7","t":"#.as_slice(),
            &b"[".repeat(100_000),
            &b"]".repeat(100_000),
            b"}",
        ]
        .concat();
        for spoilt in SPOILT.into_iter().chain([deep.as_slice()]) {
            let body = [
                br#"{ "jobs" : {"total":"3", "job": [ {"id":"1"} , "#.as_slice(),
                spoilt,
                br#",{"id":"2","t":"a ] \" , { b"}]}}"#,
            ]
            .concat();
            let records = cut(&body, "jobs.job").expect("sound");
            let expected = [
                br#"{"id":"1"}"#.as_slice(),
                spoilt,
                br#"{"id":"2","t":"a ] \" , { b"}"#,
            ];
            assert_eq!(records, expected);
            let id = member(spoilt, root(spoilt), "id").expect("an id");
            assert_eq!(text(&spoilt[id]).as_deref(), Some("7"));
        }
    }

    #[test]
    fn malformed_envelopes_are_not_sound() {
        for broken in [
            "",
            "<html>",
            "[1,2]",
            r#"{"jobs":{"job":[{"id":"1"},{"id"#,
            r#"{"jobs":{"job":[{"id":"1"}"#,
            r#"{"jobs":{"job":[{"id":"1"}]"#,
            r#"{"jobs":{"job":[{"id":"1"}]}"#,
            r#"{"jobs":{"job":[{"id":"1"}]}}}"#,
            r#"{"jobs":{"job":[{"id":"1"}]}} more"#,
            r#"{"jobs":{"job":[{"id":"1"}}}"#,
            r#"{"jobs":{"job":[{"id":"1"}}]}"#,
            r#"{"jobs":{"job":[{"id":"1"]}}"#,
            r#"{"jobs":{"job":{"id":"1"}}}"#,
            "{\"jobs\":{\"job\":[1],\"x\":\"\n\"}}",
        ] {
            assert_eq!(cut(broken.as_bytes(), "jobs.job"), None, "{broken}");
        }
    }

    #[test]
    fn the_last_of_a_repeated_key_counts_and_blank_places_are_none() {
        let body = br#"{"a":[1],"b":2,"\u0061":[ ,3,, 4 , ]}"#;
        let list = member(body, root(body), "a").expect("there");
        let found: Vec<&[u8]> = elements(body, list.clone()).map(|at| &body[at]).collect();
        assert_eq!(found, [b"3", b"4"]);
        assert!(is_list(body, list));
        for (empty, expected) in [("[ ]", true), ("{}", true), ("[1]", false), ("[", false)] {
            assert_eq!(is_empty(empty.as_bytes(), 0..empty.len()), expected);
        }
    }

    #[test]
    fn all_values_of_repeated_keys_are_found() {
        let body = br#"{"a":{"b":[1],"c":0,"b":2},"x":{"b":9},"a":{"b":[]},"\u0061":{},"a":7}"#;
        let found = members(body, root(body), "a.b");
        let texts: Vec<&[u8]> = found.iter().map(|at| &body[at.clone()]).collect();
        assert_eq!(texts, [b"[1]".as_slice(), b"2", b"[]"]);
        assert!(check_sound(body, &found).is_ok());
        assert!(check_sound(&body[..body.len() - 1], &found).is_err());
        assert!(members(b"{\"a\":1,\"a\":[", 0..12, "a").is_empty());
    }

    #[test]
    fn a_line_is_closed_with_any_content() {
        for spoilt in SPOILT {
            assert!(is_closed(spoilt), "{}", String::from_utf8_lossy(spoilt));
        }
        for open in [
            "",
            "{",
            "[1,",
            "{\"jobs\":",
            "{\"a\":\"}",
            "{}]",
            "{},{}",
            "7",
        ] {
            assert!(!is_closed(open.as_bytes()), "{open}");
        }
    }

    #[test]
    fn texts_and_numbers_are_texts() {
        for (value, expected) in [
            (r#"" 7 ""#, Some("7")),
            (r#""\u0037""#, Some("7")),
            ("7", Some("7")),
            ("-7", Some("-7")),
            ("1.5", Some("1.5")),
            ("36315100.0", Some("36315100")),
            ("3.63151e7", Some("36315100")),
            ("-0.0", Some("0")),
            ("9007199254740993", Some("9007199254740993")),
            ("9007199254740992.0", Some("9007199254740992.0")),
            (r#"" ""#, None),
            (r#""\ud83d""#, None),
            ("1e999", None),
            ("null", None),
            ("{}", None),
            ("7 8", None),
            ("", None),
        ] {
            assert_eq!(text(value.as_bytes()).as_deref(), expected, "{value}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\\[\\]{}\",:\\\\a-c\u{e9} \n]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-c\"\\\\]{1,3}", inner, 0..4)
                    .prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn valid_json_is_cut_as_a_parser_reads_it(
            records in proptest::collection::vec(any_json(), 0..6),
            beside in any_json(),
            pretty: bool,
        ) {
            let page = json!({"a": beside, "jobs": {"job": records, "n": beside}, "z": 1});
            let body = if pretty { serde_json::to_vec_pretty(&page) } else { serde_json::to_vec(&page) };
            let body = body.expect("text");
            let found: Vec<Value> = cut(&body, "jobs.job")
                .expect("sound")
                .into_iter()
                .map(|record| serde_json::from_slice(record).expect("JSON"))
                .collect();
            prop_assert_eq!(found, records);
        }

        #[test]
        fn no_cut_of_a_document_is_sound(records in proptest::collection::vec(any_json(), 0..6), at: proptest::sample::Index) {
            let body = serde_json::to_vec(&json!({"jobs": {"job": records, "n": 1}})).expect("text");
            prop_assert_eq!(cut(&body[..at.index(body.len())], "jobs.job"), None);
        }

        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(prop_oneof![Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'"'), Just(b','), Just(b':'), Just(b'\\'), Just(b'a'), any::<u8>()], 0..60)) {
            for path in ["a", "a.a"] {
                cut(&body, path);
            }
            text(&body);
            is_empty(&body, root(&body));
        }
    }
}
