//! One JSON value to one column value. Whatever does not fit the column's type is null.

use std::borrow::Cow;

use simd_json::{Node, StaticNode};

use super::spec::{Column, ColumnType, JsonType, TextEncoding};

/// Unix seconds past which a timestamp is a mistake: 2100-01-01.
const LATEST_SECOND: i64 = 4_102_444_800;

/// A typed value of one column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    /// An integer, or microseconds since the epoch for a timestamp.
    Int(i64),
}

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

/// Types a value for its column.
pub(super) fn cell<'a>(column: &Column, node: Node<'a>) -> Cell<'a> {
    match column.column_type {
        ColumnType::Text => text(column, node).map_or(Cell::Null, Cell::Text),
        ColumnType::Codes => text(column, node).map_or(Cell::Null, codes),
        ColumnType::Bigint => integer(node).map_or(Cell::Null, Cell::Int),
        ColumnType::TimestampSeconds => integer(node)
            .filter(|seconds| (1..LATEST_SECOND).contains(seconds))
            .map_or(Cell::Null, |seconds| Cell::Int(seconds * 1_000_000)),
        // Refused for JSON records when the specification is parsed.
        ColumnType::Double | ColumnType::Date | ColumnType::Boolean | ColumnType::Timestamp => {
            Cell::Null
        }
    }
}

/// Text as the source wrote it, trimmed; `None` for blank text and for what is not text.
pub(super) fn plain_text(node: Node<'_>) -> Option<Cow<'_, str>> {
    let text = match node {
        Node::String(text) => Cow::Borrowed(text.trim()),
        Node::Static(StaticNode::I64(number)) => Cow::Owned(number.to_string()),
        Node::Static(StaticNode::U64(number)) => Cow::Owned(number.to_string()),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn text<'a>(column: &Column, node: Node<'a>) -> Option<Cow<'a, str>> {
    let text = plain_text(node)?;
    if column.text != Some(TextEncoding::Html) || !text.contains('&') {
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
        _ => None,
    }
}

fn codes(text: Cow<'_, str>) -> Cell<'_> {
    let separator = |c: char| c == ',' || c == '|';
    if !text.contains(separator) {
        return Cell::Text(text);
    }
    let mut distinct: Vec<&str> = Vec::new();
    for code in text.split(separator).map(str::trim) {
        if !code.is_empty() && !distinct.contains(&code) {
            distinct.push(code);
        }
    }
    if distinct.is_empty() {
        return Cell::Null;
    }
    Cell::Text(Cow::Owned(distinct.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(column_type: ColumnType) -> Column {
        Column {
            name: "x".into(),
            column_type,
            paths: vec!["x".into()],
            text: Some(TextEncoding::Html),
            counter: false,
            json: None,
            what: None,
        }
    }

    #[test]
    fn codes_are_trimmed_and_distinct_in_their_order() {
        let node = Node::String(" 84, 108 ,84|, 9");
        let typed = cell(&column(ColumnType::Codes), node);
        assert_eq!(typed, Cell::Text("84,108,9".into()));
        assert_eq!(
            cell(&column(ColumnType::Codes), Node::String(" ,")),
            Cell::Null
        );
    }

    #[test]
    fn text_is_unescaped_once_and_blank_is_null() {
        let typed = |text| cell(&column(ColumnType::Text), Node::String(text));
        assert_eq!(
            typed("서울 &gt; 강남구"),
            Cell::Text("서울 > 강남구".into())
        );
        assert_eq!(typed("&amp;gt;"), Cell::Text("&gt;".into()));
        assert_eq!(typed(" \u{3000} "), Cell::Null);
        assert_eq!(typed("A&B"), Cell::Text("A&B".into()));
    }

    #[test]
    fn half_typed_values_are_read_or_null() {
        let seconds = |node| cell(&column(ColumnType::TimestampSeconds), node);
        assert_eq!(
            seconds(Node::String("1632734241")),
            Cell::Int(1_632_734_241_000_000)
        );
        assert_eq!(
            seconds(Node::Static(StaticNode::I64(5))),
            Cell::Int(5_000_000)
        );
        assert_eq!(seconds(Node::String("soon")), Cell::Null);
        assert_eq!(seconds(Node::String("99999999999999")), Cell::Null);
        let count = |node| cell(&column(ColumnType::Bigint), node);
        assert_eq!(count(Node::String("1,000")), Cell::Null);
        assert_eq!(count(Node::Static(StaticNode::F64(1.5))), Cell::Null);
    }
}
