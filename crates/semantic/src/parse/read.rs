//! Reading a file of definitions with serde, and errors that name file and key.
//!
//! The files are typed by serde alone: keys, types and choices are those of the structs beside this
//! module. What serde cannot know is checked on the typed values: names that refer to each other, and
//! keys that exclude each other.

use std::fmt;
use std::marker::PhantomData;

use kernel::nearest;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, Visitor};
use toml::Spanned;
use toml::de::DeTable;

/// A definition that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{file}`{}: {problem}{}", at(line, key), hint_line(hint))]
pub struct DefinitionError {
    /// The file, below `pipeline/`.
    pub file: String,
    /// The line, from 1, where serde says it.
    pub line: Option<usize>,
    /// The key in it, such as `tiles.keywords.by`; empty where the file as a whole is meant.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// The next step, if known.
    pub hint: Option<String>,
}

fn at(line: &Option<usize>, key: &str) -> String {
    let line = line.map(|line| format!(", line {line}"));
    let key = Some(key).filter(|key| !key.is_empty());
    let key = key.map(|key| format!(", `{key}`"));
    line.unwrap_or_default() + &key.unwrap_or_default()
}

fn hint_line(hint: &Option<String>) -> String {
    hint.as_ref()
        .map(|hint| format!("\nhint: {hint}"))
        .unwrap_or_default()
}

pub(super) type Result<T> = std::result::Result<T, DefinitionError>;

/// A place in a file: its path, and the key of a table in it, which is empty for the whole file.
#[derive(Clone)]
pub(super) struct Place {
    file: String,
    key: String,
}

impl Place {
    /// A whole file.
    pub fn of(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            key: String::new(),
        }
    }

    /// The table of a key below this one.
    pub fn at(&self, key: &str) -> Self {
        Self {
            file: self.file.clone(),
            key: self.path(key),
        }
    }

    /// An error about a key of this table, or with an empty one about the table itself.
    pub fn error(&self, key: &str, problem: impl Into<String>) -> DefinitionError {
        DefinitionError {
            file: self.file.clone(),
            line: None,
            key: self.path(key),
            problem: problem.into(),
            hint: None,
        }
    }

    /// An error about a name that is none of the known ones.
    pub fn unknown<'n>(
        &self,
        key: &str,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> DefinitionError {
        DefinitionError {
            hint: nearest(name, known).map(|other| format!("the nearest is `{other}`")),
            ..self.error(key, format!("there is no {what} `{name}`"))
        }
    }

    fn path(&self, key: &str) -> String {
        match (self.key.as_str(), key) {
            ("", key) => key.to_owned(),
            (own, "") => own.to_owned(),
            (own, key) => format!("{own}.{key}"),
        }
    }

    /// What serde says about a value whose keys are below this place, in the words of the other
    /// errors. Its path has no positions in lists (toml 1.2): the line has to do.
    fn refused(&self, text: &str, error: &toml::de::Error) -> DefinitionError {
        // It has the keys on the way to the error, but only says them in its text.
        let shown = error.to_string();
        let last = shown.trim_end().lines().last().unwrap_or_default();
        let keys = last
            .strip_prefix("in `")
            .and_then(|key| key.strip_suffix('`'));
        let key = keys.unwrap_or_default();
        let message = error.message();
        let mut quoted = message.split('`').skip(1).step_by(2);
        let own = key.rsplit('.').next().unwrap_or_default();
        let found = if message.starts_with("unknown field ") {
            let name = quoted.next().unwrap_or_default();
            let place = self.at(key);
            place.unknown(name, "key", name, quoted)
        } else if message.starts_with("missing field ") {
            let name = quoted.next().unwrap_or_default();
            self.at(key).error(name, "this is missing")
        } else if message.starts_with("unknown variant ") {
            let name = quoted.next().unwrap_or_default();
            match message.split_once(", expected ") {
                Some((_, choices)) if !choices.starts_with("one of ") => {
                    self.error(key, format!("this can only be {choices}"))
                }
                _ => self.unknown(key, own, name, quoted),
            }
        } else {
            let expected = message
                .strip_prefix("invalid type: ")
                .or_else(|| message.strip_prefix("invalid value: "))
                .and_then(|rest| rest.rsplit_once(", expected "));
            match expected {
                Some((_, "a boolean")) => self.error(key, "this must be true or false"),
                Some((_, "a sequence")) => self.error(key, "this must be a list"),
                Some((_, "a map")) => self.error(key, "this must be a table"),
                Some((_, expected)) => self.error(key, format!("this must be {expected}")),
                None => self.error(key, message),
            }
        };
        let line = error.span().and_then(|span| text.get(..span.start));
        DefinitionError {
            line: line.map(|before| 1 + before.matches('\n').count()),
            ..found
        }
    }
}

/// Reads a file.
///
/// # Errors
/// What is wrong with its form, or with a key.
pub(super) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    let place = Place::of(file);
    let table = DeTable::parse(text)
        .map_err(|error| place.error("", error.to_string().trim_end().to_owned()))?;
    // Without the text: an error that quotes the text does not say its keys.
    let read = T::deserialize(toml::de::Deserializer::from(table));
    read.map_err(|error| place.refused(text, &error))
}

/// The entries of a table in the order of the file, which a map does not preserve.
pub(super) struct InOrder<T>(pub Vec<(String, T)>);

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for InOrder<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = InOrder<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a table")
            }

            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<Self::Value, M::Error> {
                let mut entries: Vec<(Spanned<String>, T)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                entries.sort_by_key(|(name, _)| name.span().start);
                let entries = entries.into_iter();
                Ok(InOrder(
                    entries
                        .map(|(name, value)| (name.into_inner(), value))
                        .collect(),
                ))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// A string that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Text(String);

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        match text.trim().is_empty() {
            true => Err("this is empty"),
            false => Ok(Self(text)),
        }
    }
}

impl Text {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// A whole number from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Positive(pub usize);

impl<'de> Deserialize<'de> for Positive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Positive;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a whole number from 1")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> std::result::Result<Positive, E> {
                let wrong = || E::invalid_value(de::Unexpected::Signed(number), &self);
                let number = usize::try_from(number).ok().filter(|number| *number > 0);
                number.map(Positive).ok_or_else(wrong)
            }
        }

        deserializer.deserialize_i64(Number)
    }
}
