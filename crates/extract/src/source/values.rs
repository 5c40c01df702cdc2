//! Values of a strategy in the texts of a description: `{board}`, `{key}`, `{from}`, `{to}`.

use toml::Value;

/// Values by the names that stand for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(Vec<(&'static str, String)>);

impl Values {
    pub fn new(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(values.into_iter().collect())
    }

    /// A text with its values.
    pub fn fill(&self, text: &str) -> String {
        self.fill_with(text, str::to_owned)
    }

    /// A part of a URL with its values, each written by `write`. A URL may have the braces encoded.
    pub fn fill_with(&self, text: &str, write: impl Fn(&str) -> String) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        // In one pass: a value is not searched for names.
        'rest: while !rest.is_empty() {
            for (name, value) in &self.0 {
                for mark in [format!("{{{name}}}"), format!("%7B{name}%7D")] {
                    if let Some(behind) = rest.strip_prefix(mark.as_str()) {
                        filled.push_str(&write(value));
                        rest = behind;
                        continue 'rest;
                    }
                }
            }
            let mut characters = rest.chars();
            filled.extend(characters.next());
            rest = characters.as_str();
        }
        filled
    }

    /// A value of a body: texts with their values, everything else as it is.
    pub fn fill_value(&self, value: &Value) -> serde_json::Value {
        match value {
            Value::String(text) => self.fill(text).into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Boolean(is) => (*is).into(),
            Value::Datetime(time) => time.to_string().into(),
            Value::Array(list) => list.iter().map(|value| self.fill_value(value)).collect(),
            Value::Table(table) => {
                let members = table
                    .iter()
                    .map(|(name, value)| (name.clone(), self.fill_value(value)));
                serde_json::Value::Object(members.collect())
            }
        }
    }
}

/// The names in braces in a text. Other texts in braces, such as those of GraphQL, are none.
pub(crate) fn named_in(text: &str) -> impl Iterator<Item = &str> {
    let mut parts = text.split('{');
    parts.next();
    let names = parts.filter_map(|part| Some(part.split_once('}')?.0));
    names.filter(|name| kernel::is_identifier(name))
}

/// All texts of a value.
pub(crate) fn texts_of(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().flat_map(texts_of).collect(),
        Value::Table(table) => table.values().flat_map(texts_of).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_searched_for_names() {
        let values = Values::new([
            ("key", "{from}".to_owned()),
            ("from", "2026-01-01".to_owned()),
        ]);
        assert_eq!(
            values.fill("a {key} {from} {to} {"),
            "a {from} 2026-01-01 {to} {"
        );
        assert_eq!(
            values.fill_with("/%7Bkey%7D", |value| value.len().to_string()),
            "/6"
        );
    }

    #[test]
    fn only_identifiers_in_braces_are_names() {
        let names: Vec<&str> =
            named_in("query { jobs(key: {key}) { id {bord} { } {1} } }").collect();
        assert_eq!(names, ["key", "bord"]);
        let text = "query { jobs { id } }";
        assert_eq!(Values::new([("key", "x".to_owned())]).fill(text), text);
    }

    #[test]
    fn a_body_is_filled_at_any_depth() {
        let body: toml::Table = "a = [{ groupName = '{key}', n = 1 }]"
            .parse()
            .expect("a table");
        let values = Values::new([("key", "자바".to_owned())]);
        assert_eq!(
            values.fill_value(&Value::Table(body)),
            serde_json::json!({"a": [{"groupName": "자바", "n": 1}]})
        );
    }
}
