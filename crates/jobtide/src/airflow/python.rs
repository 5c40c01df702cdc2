//! Values as Python writes them.

use std::fmt::Write as _;

use serde_json::Value;

/// A text as a literal. What is not ASCII stays readable, apart from characters that could end a line or
/// hide something from a reader.
pub fn text(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            _ if character.is_control() || is_hidden(character) => {
                write!(literal, "\\U{:08x}", u32::from(character)).ok();
            }
            _ => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

/// Line and paragraph separators, marks of direction, and what has no width.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// A value of JSON.
pub fn value(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(string) => text(string),
        Value::Array(items) => list(items.iter().map(self::value)),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| format!("{}: {}", text(name), self::value(field)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A list of what is written already.
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

/// A text in a comment: on one line.
pub fn comment(text: &str) -> String {
    let plain = |character: char| match character {
        _ if character.is_control() || is_hidden(character) => ' ',
        _ => character,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_literals_on_one_line() {
        for (plain, literal) in [
            ("seoul", r#""seoul""#),
            ("서울 {{ ds }}", r#""서울 {{ ds }}""#),
            ("a\"b'c\\", r#""a\"b'c\\""#),
            ("a\r\nb\tc", r#""a\U0000000d\nb\tc""#),
            (
                "\u{0}\u{2028}\u{202e}",
                r#""\U00000000\U00002028\U0000202e""#,
            ),
            ("\"\"\"", r#""\"\"\"""#),
        ] {
            assert_eq!(text(plain), literal);
        }
        assert_eq!(comment("a\nimport os"), "a import os");
    }

    #[test]
    fn values_of_json_are_those_of_python() {
        let found = value(&json!({ "a": [true, false, null, 1, -2.5, "x"], "b": {} }));
        assert_eq!(
            found,
            r#"{"a": [True, False, None, 1, -2.5, "x"], "b": {}}"#
        );
    }
}
