//! A TOML table with its path in the files, so that every error names file and key.

use kernel::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A definition that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{file}`{}: {problem}{}", at(key), hint_line(hint))]
pub struct DefinitionError {
    /// The file, below `pipeline/`.
    pub file: String,
    /// The key in it, such as `tiles.keywords.by`; empty where the file as a whole is meant.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// The next step, if known.
    pub hint: Option<String>,
}

fn at(key: &str) -> String {
    if key.is_empty() {
        String::new()
    } else {
        format!(", `{key}`")
    }
}

fn hint_line(hint: &Option<String>) -> String {
    hint.as_ref()
        .map(|hint| format!("\nhint: {hint}"))
        .unwrap_or_default()
}

pub(super) type Result<T> = std::result::Result<T, DefinitionError>;

/// A table of a file.
#[derive(Clone)]
pub(super) struct Section<'a> {
    pub file: &'a str,
    pub key: String,
    pub table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    pub fn error(&self, key: &str, problem: impl Into<String>) -> DefinitionError {
        DefinitionError {
            file: self.file.to_owned(),
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

    /// Names in file order, which a TOML table does not preserve.
    pub fn names(&self) -> Vec<&'a str> {
        let mut names: Vec<(usize, &str)> = self
            .table
            .iter()
            .map(|(name, _)| (name.span().start, name.get_ref().as_ref()))
            .collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Refuses unknown keys.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        for name in self.names() {
            if !known.contains(&name) {
                return Err(self.unknown(name, "key", name, known.iter().copied()));
            }
        }
        Ok(())
    }

    fn value(&self, key: &str) -> Option<&'a DeValue<'a>> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)
            .map(|(_, value)| Spanned::get_ref(value))
    }

    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    pub fn optional_section(&self, key: &str) -> Result<Option<Section<'a>>> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let table = value
            .as_table()
            .ok_or_else(|| self.error(key, "this must be a table"))?;
        Ok(Some(Section {
            file: self.file,
            key: self.path(key),
            table,
        }))
    }

    pub fn section(&self, key: &str) -> Result<Section<'a>> {
        self.optional_section(key)?
            .ok_or_else(|| self.error(key, "this table is missing"))
    }

    pub fn optional_text(&self, key: &str) -> Result<Option<&'a str>> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        value
            .as_str()
            .map(Some)
            .ok_or_else(|| self.error(key, "this must be a string"))
    }

    pub fn text(&self, key: &str) -> Result<&'a str> {
        match self.optional_text(key)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(self.error(key, "this is empty")),
            None => Err(self.error(key, "this is missing")),
        }
    }

    pub fn flag(&self, key: &str, otherwise: bool) -> Result<bool> {
        match self.value(key) {
            None => Ok(otherwise),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| self.error(key, "this must be true or false")),
        }
    }

    pub fn positive(&self, key: &str) -> Result<Option<usize>> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        positive_of(value)
            .map(Some)
            .ok_or_else(|| self.error(key, "this must be a whole number from 1"))
    }

    /// A list of whole numbers from 1; empty without the key.
    pub fn positives(&self, key: &str) -> Result<Vec<usize>> {
        let Some(value) = self.value(key) else {
            return Ok(Vec::new());
        };
        let wrong = || self.error(key, "this has to be a list of whole numbers from 1");
        let list = value.as_array().ok_or_else(wrong)?;
        list.iter()
            .map(|item| positive_of(item.get_ref()).ok_or_else(wrong))
            .collect()
    }

    pub fn texts(&self, key: &str) -> Result<Option<Vec<String>>> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        self.texts_of(key, value).map(Some)
    }

    fn texts_of(&self, key: &str, value: &DeValue<'_>) -> Result<Vec<String>> {
        let wrong = || self.error(key, "this must be a list of strings");
        let list = value.as_array().ok_or_else(wrong)?;
        list.iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(wrong))
            .collect()
    }

    pub fn lists_of_texts(&self, key: &str) -> Result<Vec<Vec<String>>> {
        let Some(value) = self.value(key) else {
            return Ok(Vec::new());
        };
        let list = value
            .as_array()
            .ok_or_else(|| self.error(key, "this must be a list of lists of strings"))?;
        list.iter()
            .enumerate()
            .map(|(place, item)| self.texts_of(&format!("{key}[{place}]"), item.get_ref()))
            .collect()
    }

    /// A list of tables; empty without the key.
    pub fn sections(&self, key: &str) -> Result<Vec<Section<'a>>> {
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(value) => self.sections_of(key, value),
        }
    }

    /// A list of lists of tables; empty without the key.
    pub fn lists_of_sections(&self, key: &str) -> Result<Vec<Vec<Section<'a>>>> {
        let Some(value) = self.value(key) else {
            return Ok(Vec::new());
        };
        let list = value
            .as_array()
            .ok_or_else(|| self.error(key, "this has to be a list of lists of tables"))?;
        list.iter()
            .enumerate()
            .map(|(place, item)| self.sections_of(&format!("{key}[{place}]"), item.get_ref()))
            .collect()
    }

    fn sections_of(&self, key: &str, value: &'a DeValue<'a>) -> Result<Vec<Section<'a>>> {
        let list = value
            .as_array()
            .ok_or_else(|| self.error(key, "this has to be a list of tables"))?;
        list.iter()
            .enumerate()
            .map(|(place, item)| {
                let key = format!("{key}[{place}]");
                let wrong = || self.error(&key, "this has to be a table");
                let table = item.get_ref().as_table().ok_or_else(wrong)?;
                Ok(Section {
                    file: self.file,
                    key: self.path(&key),
                    table,
                })
            })
            .collect()
    }
}

fn positive_of(value: &DeValue<'_>) -> Option<usize> {
    value
        .as_integer()
        .and_then(|number| usize::from_str_radix(number.as_str(), number.radix()).ok())
        .filter(|number| *number > 0)
}
