//! One JSON value to one column value. A value that does not fit the column's type is null.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, offset};
use landing::json;
use simd_json::{Node, StaticNode};

use super::spec::{Column, ColumnType, JsonType, TextEncoding};

/// Unix seconds past which a timestamp is taken as invalid: 2100-01-01.
const LATEST_SECOND: i64 = 4_102_444_800;

/// Korea has kept this offset since 1988.
const KOREA: Offset = offset(9);

/// The type of a JSON value.
pub(super) fn json_type(node: Node<'_>) -> JsonType {
    match node {
        Node::String(_) => JsonType::String,
        Node::Object { .. } => JsonType::Object,
        Node::Array { .. } => JsonType::Array,
        Node::Static(StaticNode::Null) => JsonType::Null,
        Node::Static(StaticNode::Bool(_)) => JsonType::Boolean,
        Node::Static(StaticNode::F64(_)) => JsonType::Number,
        Node::Static(_) => JsonType::Integer,
    }
}

/// The value of a `text` or `codes` column.
pub(super) fn text<'a>(column: &Column, node: Node<'a>) -> Option<Cow<'a, str>> {
    let text = plain_text(node)?;
    match column.column_type {
        ColumnType::Codes => codes(text),
        _ if column.text == Some(TextEncoding::Html) => decoded(text),
        _ => Some(text),
    }
}

/// The value of a `bigint` column; of a timestamp, microseconds since the epoch.
pub(super) fn number(column: &Column, node: Node<'_>) -> Option<i64> {
    if column.column_type == ColumnType::Timestamp {
        return instant(node);
    }
    let number = integer(node)?;
    match column.column_type {
        ColumnType::TimestampSeconds => (1..LATEST_SECOND)
            .contains(&number)
            .then(|| number * 1_000_000),
        _ => Some(number),
    }
}

/// Text as the source wrote it, trimmed, or a whole number; `None` for blank text and for anything else.
pub(super) fn plain_text(node: Node<'_>) -> Option<Cow<'_, str>> {
    let text = match node {
        Node::String(text) => Cow::Borrowed(text.trim()),
        Node::Static(StaticNode::I64(number)) => Cow::Owned(number.to_string()),
        Node::Static(StaticNode::U64(number)) => Cow::Owned(number.to_string()),
        Node::Static(StaticNode::F64(number)) => Cow::Owned(json::whole(number)?.to_string()),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The value of a `date` column: days since the epoch of the day that a text begins with, in the
/// writer's local time; the source writes Seoul's.
pub(super) fn day(node: Node<'_>) -> Option<i32> {
    const EPOCH: Date = Date::constant(1970, 1, 1);
    let Node::String(text) = node else {
        return None;
    };
    let day: Date = text.trim().get(..10)?.parse().ok()?;
    Some((day - EPOCH).get_days())
}

/// An instant in microseconds since the epoch; a day, or a day and a time, without an offset is in
/// Seoul time.
fn instant(node: Node<'_>) -> Option<i64> {
    let Node::String(text) = node else {
        return None;
    };
    let text = text.trim();
    let instant: Timestamp = match text.parse() {
        Ok(instant) => instant,
        Err(_) => KOREA.to_timestamp(text.parse::<DateTime>().ok()?).ok()?,
    };
    let micros = instant.as_microsecond();
    (0..LATEST_SECOND * 1_000_000)
        .contains(&micros)
        .then_some(micros)
}

fn decoded(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if !text.as_bytes().contains(&b'&') {
        return Some(text);
    }
    let decoded = html_escape::decode_html_entities(&text).trim().to_owned();
    (!decoded.is_empty()).then_some(Cow::Owned(decoded))
}

fn integer(node: Node<'_>) -> Option<i64> {
    match node {
        Node::String(text) => text.trim().parse().ok(),
        Node::Static(StaticNode::I64(number)) => Some(number),
        Node::Static(StaticNode::U64(number)) => i64::try_from(number).ok(),
        Node::Static(StaticNode::F64(number)) => json::whole(number),
        _ => None,
    }
}

/// Codes trimmed and distinct. Most lists already are, and are returned unchanged.
fn codes(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let separates = |byte: &u8| matches!(byte, b',' | b'|');
    if !text.as_bytes().iter().any(separates) {
        return Some(text);
    }
    let mut distinct: Vec<&str> = Vec::with_capacity(16);
    let mut as_it_is = !text.as_bytes().contains(&b'|');
    for part in text.split([',', '|']) {
        let code = part.trim();
        if code.is_empty() || distinct.contains(&code) {
            as_it_is = false;
            continue;
        }
        as_it_is &= code.len() == part.len();
        distinct.push(code);
    }
    if distinct.is_empty() {
        return None;
    }
    if !as_it_is {
        return Some(Cow::Owned(distinct.join(",")));
    }
    drop(distinct);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(column_type: ColumnType) -> Column {
        Column {
            name: "x".into(),
            column_type,
            paths: vec!["x".into()],
            part: false,
            text: Some(TextEncoding::Html),
            counter: false,
            optional: false,
            reading_time: false,
            json: None,
            what: None,
        }
    }

    #[test]
    fn codes_are_trimmed_and_distinct_in_their_order() {
        let codes = |list| text(&column(ColumnType::Codes), Node::String(list));
        for (list, expected) in [
            (" 84, 108 ,84|, 9", Some("84,108,9")),
            ("84,108,9", Some("84,108,9")),
            ("84|108", Some("84,108")),
            ("84,84", Some("84")),
            ("84,", Some("84")),
            ("84, 9", Some("84,9")),
            ("84", Some("84")),
            (" ,", None),
            ("", None),
        ] {
            assert_eq!(codes(list).as_deref(), expected, "{list:?}");
        }
    }

    #[test]
    fn text_is_unescaped_once_and_blank_is_null() {
        let typed = |written| text(&column(ColumnType::Text), Node::String(written));
        for (written, expected) in [
            ("서울 &gt; 강남구", Some("서울 > 강남구")),
            ("&amp;gt;", Some("&gt;")),
            (" \u{3000} ", None),
            ("&nbsp;", None),
            ("A&B", Some("A&B")),
        ] {
            assert_eq!(typed(written).as_deref(), expected, "{written:?}");
        }
    }

    #[test]
    fn a_day_is_the_one_that_is_written() {
        for (written, expected) in [
            ("2019-07-07T17:17:17+0900", Some(18_084)),
            ("1970-01-02", Some(1)),
            ("1969-12-31 23:00", Some(-1)),
            ("2019-13-07", None),
            ("soon", None),
            ("공고일은 나중에", None),
        ] {
            assert_eq!(day(Node::String(written)), expected, "{written}");
        }
        assert_eq!(day(Node::Static(StaticNode::I64(20_190_707))), None);
    }

    #[test]
    fn an_instant_without_an_offset_is_seouls() {
        let instant = |text| number(&column(ColumnType::Timestamp), Node::String(text));
        let of = |text: &str| Some(text.parse::<Timestamp>().expect("a time").as_microsecond());
        for (written, expected) in [
            ("2026-07-20", of("2026-07-19T15:00:00Z")),
            (" 2026-07-20T08:30:00 ", of("2026-07-19T23:30:00Z")),
            ("2026-07-20 08:30", of("2026-07-19T23:30:00Z")),
            ("2026-07-20T08:30:00Z", of("2026-07-20T08:30:00Z")),
            ("2026-07-20T08:30:00.5+0900", of("2026-07-19T23:30:00.5Z")),
            ("1969-12-31", None),
            ("2150-01-01", None),
            ("2026-02-30", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(instant(written), expected, "{written}");
        }
        let number = number(
            &column(ColumnType::Timestamp),
            Node::Static(StaticNode::I64(5)),
        );
        assert_eq!(number, None);
    }

    #[test]
    fn half_typed_values_are_read_or_null() {
        let seconds = |node| number(&column(ColumnType::TimestampSeconds), node);
        assert_eq!(
            seconds(Node::String("1632734241")),
            Some(1_632_734_241_000_000)
        );
        assert_eq!(seconds(Node::Static(StaticNode::I64(5))), Some(5_000_000));
        for wrong in ["soon", "99999999999999", "0", "-5", "9223372036854775807"] {
            assert_eq!(seconds(Node::String(wrong)), None, "{wrong}");
        }
        let count = |node| number(&column(ColumnType::Bigint), node);
        assert_eq!(count(Node::String("1,000")), None);
        assert_eq!(count(Node::Static(StaticNode::F64(1.5))), None);
        assert_eq!(count(Node::String(" -7 ")), Some(-7));
    }
}
