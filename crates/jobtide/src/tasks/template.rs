//! Texts of DAG files with places for values: `{item}`, `{from}`, `{parameter.city}`. What a value may
//! become of is decided where the text is used: a segment of a URL, a name of a file, a literal of SQL.
//!
//! A place that does not exist is a mistake of the file, a value that a run does not have is one of the
//! run: neither becomes an empty text. A secret is named by its environment variable; its value is in the
//! request only.

use http_client::Secret;
use jiff::tz::TimeZone;
use kernel::{Interval, nearest};
use orchestrator::{Parameter, TaskContext, TaskError};
use serde::Deserialize;
use serde_json::Value;

#[cfg(not(test))]
use crate::config::secret;
use crate::exit;
#[cfg(test)]
use tests::secret;

/// The places that need no name.
const PLAIN: [&str; 7] = ["item", "from", "to", "from.day", "to.day", "dag", "run"];

/// A text with places for values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    written: String,
    parts: Vec<Part>,
}

/// A part of such a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Itself.
    Text(String),
    /// A value.
    Place(Place),
}

/// What a value is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The item of a mapped task, or a member of it.
    Item(Vec<String>),
    From,
    To,
    /// The day of `from`, in the zone of the task.
    FromDay,
    ToDay,
    Dag,
    Run,
    Parameter(String),
    /// An environment variable, or the file that `<NAME>_FILE` names.
    Secret(String),
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        let (mut parts, mut text) = (Vec::new(), String::new());
        let mut rest = written.as_str();
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(word) = rest.strip_prefix('{').and_then(word) {
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Place(Place::parse(word)?));
                rest = &rest[word.len() + 2..];
            } else if let Some(word) = rest.strip_prefix("{{").and_then(word)
                && rest[word.len() + 3..].starts_with('}')
            {
                text.push_str(&rest[1..word.len() + 3]);
                rest = &rest[word.len() + 4..];
            } else {
                text.push('{');
                rest = &rest[1..];
            }
        }
        text.push_str(rest);
        parts.push(Part::Text(text));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(Self { written, parts })
    }
}

/// The word before the next `}`, if there is nothing else.
fn word(text: &str) -> Option<&str> {
    let (word, _) = text.split_once('}')?;
    let is_word = word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    is_word.then_some(word)
}

impl Place {
    fn parse(word: &str) -> Result<Self, String> {
        let named = |name: &str| (!name.is_empty() && !name.contains('.')).then(|| name.to_owned());
        let found = match word.split_once('.') {
            None if word == "item" => Some(Self::Item(Vec::new())),
            None if word == "from" => Some(Self::From),
            None if word == "to" => Some(Self::To),
            None if word == "dag" => Some(Self::Dag),
            None if word == "run" => Some(Self::Run),
            Some(("from", "day")) => Some(Self::FromDay),
            Some(("to", "day")) => Some(Self::ToDay),
            Some(("item", path)) => {
                let path: Vec<String> = path.split('.').map(str::to_owned).collect();
                (!path.iter().any(String::is_empty)).then_some(Self::Item(path))
            }
            Some(("parameter", name)) => named(name).map(Self::Parameter),
            Some(("secret", name)) => named(name).map(Self::Secret),
            _ => None,
        };
        found.ok_or_else(|| {
            let known = || PLAIN.into_iter();
            let hint = match nearest(word, known()) {
                Some(near) => format!("the nearest is `{{{near}}}`"),
                None => format!(
                    "there is `{{{}}}`, `{{item.member}}`, `{{parameter.name}}`, `{{secret.VARIABLE}}`; write `{{{{{word}}}}}` for the text itself",
                    known().collect::<Vec<_>>().join("}`, `{")
                ),
            };
            format!("there is no value `{{{word}}}`\nhint: {hint}")
        })
    }
}

impl Template {
    /// As the file has it, for messages: without values, and so without secrets.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Its parts; two texts are never beside each other.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether it has a place for a secret.
    pub fn has_secret(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| matches!(part, Part::Place(Place::Secret(_))))
    }

    /// The text with each value as `put` makes it.
    ///
    /// # Errors
    /// When the run does not have a value, or `put` refuses one.
    pub fn fill(
        &self,
        filling: &mut Filling,
        mut put: impl FnMut(&Value) -> Result<String, String>,
    ) -> Result<String, TaskError> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Place(place) => {
                    let value = filling.value(place)?;
                    filled.push_str(&put(&value).map_err(|problem| self.refused(&problem))?);
                }
            }
        }
        Ok(filled)
    }

    /// The text with each value as it is.
    ///
    /// # Errors
    /// As [`Template::fill`]; when a value is no text, number, or flag.
    pub fn text(&self, filling: &mut Filling) -> Result<String, TaskError> {
        self.fill(filling, plain)
    }

    /// The value of a text that is one place and nothing else, with its type; otherwise the text.
    ///
    /// # Errors
    /// As [`Template::text`].
    pub fn value(&self, filling: &mut Filling) -> Result<Value, TaskError> {
        match &self.parts[..] {
            [Part::Place(place)] => filling.value(place),
            _ => self.text(filling).map(Value::from),
        }
    }

    /// An error of a value in this text.
    pub fn refused(&self, problem: &str) -> TaskError {
        TaskError::permanent(format!(
            "a value cannot be in `{}`: {problem}",
            self.written
        ))
    }
}

/// The time zone of the days of a task; UTC unless its file names another.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Zone(pub TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let zone = TimeZone::get(&name);
        let unknown =
            |_| format!("there is no time zone `{name}`\nhint: write one as `Asia/Seoul`");
        zone.map(Self).map_err(unknown)
    }
}

/// A value as a text.
pub fn plain(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null => Err("it is null".to_owned()),
        Value::Array(_) | Value::Object(_) => {
            Err("it is a list or an object\nhint: write `{item.member}`".to_owned())
        }
    }
}

/// The values of a run, and the secrets that were used.
pub struct Filling {
    /// Why the run has none, where it has none.
    item: Result<Value, TaskError>,
    interval: Option<Interval>,
    parameters: orchestrator::Parameters,
    dag: String,
    run: String,
    zone: TimeZone,
    secrets: Vec<Secret>,
}

impl Filling {
    /// Of a task's run; days are those of `zone`.
    pub fn of(context: &TaskContext, zone: &TimeZone) -> Self {
        Self {
            item: context.item(),
            interval: context.interval(),
            parameters: context.parameters().clone(),
            dag: context.dag().as_str().to_owned(),
            run: context.run().as_str().to_owned(),
            zone: zone.clone(),
            secrets: Vec::new(),
        }
    }

    /// A text of another program without the secrets that were used.
    pub fn scrub(&self, text: &str) -> String {
        let secrets = self.secrets.iter();
        secrets.fold(text.to_owned(), |text, secret| secret.scrub(&text))
    }

    /// What follows from a secret, such as a part of it, and is one as well.
    pub fn add_secret(&mut self, text: &str) {
        if let Some(secret) = Secret::new(text).filter(|secret| !self.secrets.contains(secret)) {
            self.secrets.push(secret);
        }
    }

    /// Whether bytes of another program repeat a secret that was used.
    pub fn repeats_secret(&self, bytes: &[u8]) -> bool {
        self.secrets.iter().any(|secret| secret.is_in(bytes))
    }

    fn value(&mut self, place: &Place) -> Result<Value, TaskError> {
        let day = |at: jiff::Timestamp| at.to_zoned(self.zone.clone()).date().to_string();
        Ok(match place {
            Place::Item(path) => {
                let item = self.item.as_ref();
                let mut value = item.map_err(|error| TaskError::permanent(error.to_string()))?;
                for member in path {
                    value = value.get(member).ok_or_else(|| {
                        let problem = format!("the item {value} has no `{member}`");
                        TaskError::permanent(problem)
                    })?;
                }
                value.clone()
            }
            Place::From => self.interval()?.from.to_string().into(),
            Place::To => self.interval()?.to.to_string().into(),
            Place::FromDay => day(self.interval()?.from).into(),
            Place::ToDay => day(self.interval()?.to).into(),
            Place::Dag => self.dag.as_str().into(),
            Place::Run => self.run.as_str().into(),
            Place::Parameter(name) => match self.parameters.get(name) {
                Some(Parameter::Flag(flag)) => (*flag).into(),
                Some(Parameter::Number(number)) => (*number).into(),
                Some(Parameter::Text(text)) => text.as_str().into(),
                None => {
                    return Err(TaskError::permanent(format!(
                        "the parameter `{name}` is not given\nhint: `jobtide dags run {} --set {name}=…`",
                        self.dag
                    )));
                }
            },
            Place::Secret(variable) => {
                let read = secret(variable);
                let read = read.map_err(|error| TaskError::permanent(exit::text(&error)))?;
                let Some(secret) = read.and_then(|text| Secret::new(&text)) else {
                    return Err(TaskError::permanent(format!(
                        "the environment variable `{variable}` holds no secret\nhint: set {variable}, or {variable}_FILE to the file that has it"
                    )));
                };
                let value = secret.expose().into();
                if !self.secrets.contains(&secret) {
                    self.secrets.push(secret);
                }
                value
            }
        })
    }

    fn interval(&self) -> Result<Interval, TaskError> {
        self.interval.ok_or_else(|| {
            TaskError::permanent(
                "the run is for no interval\nhint: `{from}` and `{to}` are those of a scheduled run, or of a backfill",
            )
        })
    }
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;

    /// A secret of tests: none sets variables of its process.
    pub const SECRET: &str = "vT9-hunter2_33";

    /// As [`crate::config::secret`], with two variables of tests: a secret, and a URL with it after the
    /// server's own (`JOBTIDE_TEST_URL_` and a port).
    pub fn secret(variable: &str) -> anyhow::Result<Option<String>> {
        if variable == "JOBTIDE_TEST_SECRET" {
            return Ok(Some(SECRET.to_owned()));
        }
        match variable.strip_prefix("JOBTIDE_TEST_URL_") {
            Some(port) => Ok(Some(format!(
                "http://127.0.0.1:{port}/services/T0PSECRET?key=hunter2-%ED%95%9C"
            ))),
            None => crate::config::secret(variable),
        }
    }

    /// The values of a run of an item.
    pub fn filling(item: Value) -> Filling {
        let at = |text: &str| text.parse().unwrap();
        Filling {
            item: Ok(item),
            interval: Interval::new(at("2026-04-30T15:00:00Z"), at("2026-05-01T15:00:00Z")).ok(),
            parameters: serde_json::from_value(json!({"full": true, "city": "Busan"})).unwrap(),
            dag: "daily".to_owned(),
            run: "r1".to_owned(),
            zone: TimeZone::get("Asia/Seoul").unwrap(),
            secrets: vec![Secret::new("hunter2").unwrap()],
        }
    }

    fn filled(text: &str, item: Value) -> Result<String, String> {
        let template = Template::try_from(text.to_owned())?;
        let filled = template.text(&mut filling(item));
        filled.map_err(|error| error.to_string())
    }

    #[test]
    fn places_are_filled_and_other_braces_are_text() {
        for (text, expected) in [
            (
                "{item}/{from}..{to}",
                "7/2026-04-30T15:00:00Z..2026-05-01T15:00:00Z",
            ),
            (
                "{from.day} {to.day} {dag} {run}",
                "2026-05-01 2026-05-02 daily r1",
            ),
            ("{parameter.full} {parameter.city}", "true Busan"),
            (r#"{"a": {"b": "{item}"}}"#, r#"{"a": {"b": "7"}}"#),
            (
                "{{viewer}} {{item}} {} { x } {{ {",
                "{viewer} {item} {} { x } {{ {",
            ),
            ("{{{item}}}", "{{item}}"),
            ("", ""),
        ] {
            assert_eq!(filled(text, json!(7)).as_deref(), Ok(expected), "{text}");
        }
        let item = json!({"city": {"name": "서울"}});
        assert_eq!(filled("{item.city.name}", item).as_deref(), Ok("서울"));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let item = || json!({"a": null, "b": []});
        for (text, words) in [
            (
                "{itme}",
                "there is no value `{itme}`\nhint: the nearest is `{item}`",
            ),
            ("{HOME}", "`{{HOME}}` for the text itself"),
            ("{item.}", "there is no value `{item.}`"),
            ("{secret.}", "there is no value `{secret.}`"),
            ("{item.city}", "has no `city`"),
            ("{item.a}", "a value cannot be in `{item.a}`: it is null"),
            ("{item.b}", "it is a list or an object\nhint: "),
            (
                "{parameter.day}",
                "`day` is not given\nhint: `jobtide dags run daily --set day=…`",
            ),
            (
                "{secret.JOBTIDE_NO_SUCH_SECRET}",
                "`JOBTIDE_NO_SUCH_SECRET` holds no secret\nhint: set JOBTIDE_NO_SUCH_SECRET",
            ),
        ] {
            let error = filled(text, item()).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
        let mut by_hand = filling(json!(1));
        by_hand.interval = None;
        let template = Template::try_from("{from}".to_owned()).unwrap();
        let error = template.text(&mut by_hand).unwrap_err().to_string();
        assert!(
            error.contains("the run is for no interval\nhint: "),
            "{error}"
        );
    }
}
