//! SQL of DAG files: a value is a literal, never a part of the statement.

use orchestrator::TaskError;
use serde_json::Value;

use super::super::template::{Filling, Part, Template};

/// A statement with places for values.
#[derive(Debug, Clone)]
pub struct Statement(Template);

/// Where a place of a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Statement,
    /// Up to this quote; whether `\` escapes.
    Quotes(char, bool),
    Line,
    /// `/* */`, which may be nested.
    Block(u32),
}

impl TryFrom<Template> for Statement {
    type Error = String;

    fn try_from(template: Template) -> Result<Self, String> {
        if template.written().trim().is_empty() {
            return Err("the query is empty".to_owned());
        }
        if template.has_secret() {
            return Err("a secret cannot be in a query: errors show it".to_owned());
        }
        let has_places = template
            .parts()
            .iter()
            .any(|part| matches!(part, Part::Place(_)));
        let mut within = Within::Statement;
        let mut before = "";
        for part in template.parts() {
            match part {
                Part::Text(text) => {
                    within = after(text, within, has_places)?;
                    before = text;
                }
                Part::Place(_) if within == Within::Statement && !joins(before) => before = "x",
                Part::Place(_) if within == Within::Statement => {
                    return Err(format!(
                        "a value is a literal of its own, not a part of a word, a number or a quoted text\nhint: write a space before the value in `{}`",
                        template.written().trim()
                    ));
                }
                Part::Place(_) => {
                    return Err(
                        "a value is a literal of its own, not a part of a quoted text or a comment\nhint: write `'%' || {item} || '%'`, without quotes around `{item}`"
                            .to_owned(),
                    );
                }
            }
        }
        Ok(Self(template))
    }
}

/// Whether a literal would be one with what is before it, as in `e{item}`: a text with escapes. Beside a
/// quoted text it would continue that.
fn joins(before: &str) -> bool {
    let mut letters = before.chars().rev();
    match letters.next() {
        Some('&') => letters.next().is_some_and(char::is_alphanumeric),
        Some(last) => last.is_alphanumeric() || "_@#$'".contains(last),
        None => false,
    }
}

/// Where a statement is after some more of it.
fn after(text: &str, mut within: Within, has_places: bool) -> Result<Within, String> {
    let mut letters = text.chars().peekable();
    // The letter before, and the one before that.
    let (mut last, mut earlier) = (' ', ' ');
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let mut both = false;
        within = match (within, letter, next) {
            (Within::Statement, '\'', _) => {
                // `e'…'`, and not the end of a word.
                let is_word = earlier.is_alphanumeric() || earlier == '_';
                Within::Quotes('\'', matches!(last, 'e' | 'E') && !is_word)
            }
            (Within::Statement, '"' | '`', _) => Within::Quotes(letter, false),
            (Within::Statement, '$', _) if has_places => {
                return Err("a query with values has no `$` outside of quotes".to_owned());
            }
            (Within::Statement, '-', Some('-')) => Within::Line,
            (Within::Statement, '/', Some('*')) => {
                both = true;
                Within::Block(1)
            }
            (Within::Quotes(_, true), '\\', Some(_)) => {
                both = true;
                within
            }
            // A doubled quote ends one text and begins the next: the same in the end.
            (Within::Quotes(quote, _), _, _) if letter == quote => Within::Statement,
            (Within::Line, '\n', _) => Within::Statement,
            (Within::Block(depth), '/', Some('*')) => {
                both = true;
                Within::Block(depth + 1)
            }
            (Within::Block(depth), '*', Some('/')) => {
                both = true;
                match depth {
                    1 => Within::Statement,
                    _ => Within::Block(depth - 1),
                }
            }
            _ => within,
        };
        (earlier, last) = (last, letter);
        if both {
            (earlier, last) = (last, letters.next().unwrap_or(' '));
        }
    }
    Ok(within)
}

impl Statement {
    /// The statement with its values.
    ///
    /// # Errors
    /// When one is missing, or has no literal.
    pub fn sql(&self, filling: &mut Filling) -> Result<String, TaskError> {
        self.0.fill(filling, literal)
    }
}

fn literal(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok("null".to_owned()),
        Value::Bool(flag) => Ok(flag.to_string()),
        // With brackets: `-{item}` would become a comment.
        Value::Number(number) if number.to_string().starts_with('-') => Ok(format!("({number})")),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) if text.contains('\0') => Err("it has a null character".to_owned()),
        Value::String(text) => Ok(format!("'{}'", text.replace('\'', "''"))),
        Value::Array(list) if list.is_empty() => Err("it is an empty list".to_owned()),
        Value::Array(list) if list.iter().any(|entry| entry.is_array()) => {
            Err("it is a list of lists".to_owned())
        }
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(literal).collect::<Result<_, _>>()?;
            Ok(format!("({})", list.join(", ")))
        }
        Value::Object(_) => Err("it is an object\nhint: write `{item.member}`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::template::tests::filling;
    use super::*;

    fn sql(text: &str, item: Value) -> Result<String, String> {
        let template = Template::try_from(text.to_owned())?;
        let sql = Statement::try_from(template)?.sql(&mut filling(item));
        sql.map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_is_a_literal() {
        for (text, item, expected) in [
            ("a = {item}", json!("x' or 1=1 --"), "a = 'x'' or 1=1 --'"),
            ("a = 1 -{item}", json!(-5), "a = 1 -(-5)"),
            ("a in {item}", json!(["a", 2, null]), "a in ('a', 2, null)"),
            (
                "a = {item} -- it's\nand b > {from}",
                json!(true),
                "a = true -- it's\nand b > '2026-04-30T15:00:00Z'",
            ),
            (
                "'it''s {{item}}' || {item}",
                json!("\\"),
                "'it''s {item}' || '\\'",
            ),
            (
                "/* a /* ' */ */ {item} \"a\"",
                json!(1),
                "/* a /* ' */ */ 1 \"a\"",
            ),
            (r"e'a\'' || {item}", json!(1), r"e'a\'' || 1"),
            ("select '$' || {item}", json!(1), "select '$' || 1"),
            ("select $$a$$", json!(1), "select $$a$$"),
        ] {
            assert_eq!(sql(text, item).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_place_within_quotes_or_a_comment_is_refused() {
        for text in [
            "a = '{item}'",
            "a like '%{item}%'",
            "\"{item}\"",
            "`{item}`",
            "-- {item}",
            "/* /* */ {item} */",
            r"e'\' {item}'",
            r"like'\' 'x{item}'",
            "$$ {item} $$",
            "e{item}",
            "a like E{item}",
            "x{item}",
            "1{item}",
            "_utf8{item}",
            "u&{item}",
            "e'a'{item}",
            "{item}{item}",
            "$a$ {item} $a$",
            " ",
            "{secret.TOKEN}",
        ] {
            sql(text, json!("x")).unwrap_err();
        }
        for item in [json!({}), json!([]), json!([[1]]), json!("\0")] {
            let error = sql("{item}", item.clone()).unwrap_err();
            assert!(
                error.contains("a value cannot be in `{item}`"),
                "{item}: {error}"
            );
        }
    }
}
