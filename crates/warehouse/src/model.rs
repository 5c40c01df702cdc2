//! Models and checks: one SQL file each, with its metadata in the head.
//!
//! The head is the leading block of `-- key: value` lines; a line `--   …` (three spaces) continues
//! the value before it. Dependencies are read from the SQL, never listed.

use std::collections::BTreeSet;

use kernel::hex;
use sha2::{Digest, Sha256};

use crate::engine;
use crate::error::{Error, Result};
use crate::finding::Level;
use crate::name::TableName;

/// A condition that every row of a table must meet.
#[derive(Debug, Clone)]
pub struct RowCheck {
    /// SQL expression over the table's columns.
    pub condition: String,
    /// The severity if a row violates it.
    pub level: Level,
}

/// A table defined by a query.
#[derive(Debug, Clone)]
pub struct Model {
    /// The table it defines.
    pub name: TableName,
    /// One sentence: what one row is.
    pub what: String,
    /// The columns that identify a row; empty for a table of one row.
    pub grain: Vec<String>,
    /// The column by which the table can be updated incrementally.
    pub key: Option<String>,
    /// What its rows are counted as, if the table holds one row of each, as the staging
    /// specifications call it.
    pub entity: Option<String>,
    /// Conditions on every row.
    pub checks: Vec<RowCheck>,
    /// Notes for readers of the figures.
    pub notes: Vec<String>,
    /// Tables it reads.
    pub inputs: BTreeSet<TableName>,
    /// The query.
    pub sql: String,
    /// SHA-256 of the file.
    pub fingerprint: String,
}

/// A query that must return nothing.
#[derive(Debug, Clone)]
pub struct Check {
    /// File name without its ending.
    pub name: String,
    /// One sentence: what returned rows mean.
    pub what: String,
    /// The severity then.
    pub level: Level,
    /// Tables it reads.
    pub inputs: BTreeSet<TableName>,
    /// The query.
    pub sql: String,
    /// SHA-256 of the file.
    pub fingerprint: String,
}

impl Model {
    /// Parses `pipeline/<schema>/<table>.sql`.
    pub fn parse(path: &str, name: TableName, text: &str) -> Result<Self> {
        let head = Head::parse(path, text)?;
        let grain = head
            .one("grain")
            .map(|columns| {
                columns
                    .split(',')
                    .map(|column| column.trim().to_owned())
                    .filter(|column| !column.is_empty() && column != "one row")
                    .collect()
            })
            .ok_or_else(|| {
                Error::pipeline(
                    path,
                    "the head has no `-- grain:` (`one row` for a single row)",
                )
            })?;
        let mut checks = Vec::new();
        for (key, value) in &head.entries {
            let level = match key.as_str() {
                "check" => Level::Error,
                "warn" => Level::Warning,
                _ => continue,
            };
            checks.push(RowCheck {
                condition: value.clone(),
                level,
            });
        }
        Ok(Self {
            what: head.required(path, "what")?,
            grain,
            key: head.one("key"),
            entity: head.one("entity"),
            checks,
            notes: head.all("note"),
            inputs: inputs(path, text)?,
            sql: text.to_owned(),
            fingerprint: hex(&Sha256::digest(text.as_bytes())),
            name,
        })
    }
}

impl Check {
    /// Parses `pipeline/checks/<name>.sql`.
    pub fn parse(path: &str, name: &str, text: &str) -> Result<Self> {
        let head = Head::parse(path, text)?;
        let level = match head.one("level").as_deref() {
            Some("error") => Level::Error,
            Some("warning") => Level::Warning,
            _ => {
                return Err(Error::pipeline(
                    path,
                    "the head needs `-- level: error` or `-- level: warning`",
                ));
            }
        };
        Ok(Self {
            name: name.to_owned(),
            what: head.required(path, "what")?,
            level,
            inputs: inputs(path, text)?,
            sql: text.to_owned(),
            fingerprint: hex(&Sha256::digest(text.as_bytes())),
        })
    }
}

struct Head {
    entries: Vec<(String, String)>,
}

impl Head {
    const KEYS: [&str; 10] = [
        "what", "grain", "key", "entity", "check", "warn", "level", "note", "source", "unit",
    ];

    fn parse(path: &str, text: &str) -> Result<Self> {
        let mut entries: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            let Some(comment) = line.strip_prefix("--") else {
                break;
            };
            if let Some(continued) = comment.strip_prefix("   ") {
                if let Some((_, value)) = entries.last_mut() {
                    value.push(' ');
                    value.push_str(continued.trim());
                }
                continue;
            }
            let Some((key, value)) = comment.split_once(':') else {
                continue;
            };
            let key = key.trim();
            if !Self::KEYS.contains(&key) {
                return Err(Error::pipeline(
                    path,
                    format!(
                        "`-- {key}:` is not a head line; known: {}",
                        Self::KEYS.join(", ")
                    ),
                ));
            }
            entries.push((key.to_owned(), value.trim().to_owned()));
        }
        Ok(Self { entries })
    }

    fn all(&self, key: &str) -> Vec<String> {
        self.entries
            .iter()
            .filter(|(found, _)| found == key)
            .map(|(_, value)| value.clone())
            .collect()
    }

    fn one(&self, key: &str) -> Option<String> {
        self.entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.clone())
    }

    fn required(&self, path: &str, key: &str) -> Result<String> {
        self.one(key)
            .ok_or_else(|| Error::pipeline(path, format!("the head has no `-- {key}:`")))
    }
}

fn inputs(path: &str, sql: &str) -> Result<BTreeSet<TableName>> {
    engine::inputs(sql).map_err(|message| Error::pipeline(path, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(text: &str) -> Result<Model> {
        Model::parse(
            "raw_data/t.sql",
            TableName::new("raw_data", "t").unwrap(),
            text,
        )
    }

    #[test]
    fn the_head_and_the_inputs_are_read() {
        let model = model(
            "-- what: one row per thing,\n--   really\n-- grain: id, code\n-- key: id\n-- check: code <> ''\n\
             with a as (select id from external.a) select id, code from a join meta.industries using (id)",
        )
        .unwrap();
        assert_eq!(model.what, "one row per thing, really");
        assert_eq!(model.grain, ["id", "code"]);
        assert_eq!(model.key.as_deref(), Some("id"));
        assert_eq!(model.checks[0].condition, "code <> ''");
        let inputs: Vec<String> = model.inputs.iter().map(ToString::to_string).collect();
        assert_eq!(inputs, ["external.a", "meta.industries"]);
    }

    #[test]
    fn what_is_not_one_query_is_refused() {
        for text in [
            "-- what: x\n-- grain: id\nselect 1; select 2",
            "-- what: x\n-- grain: id\ndrop table a.b",
            "-- what: x\n-- grain: id\nselect * from unqualified",
            "-- grain: id\nselect 1",
            "-- what: x\n-- grane: id\nselect 1",
        ] {
            let error = model(text).unwrap_err().to_string();
            assert!(error.contains("raw_data/t.sql"), "{error}");
        }
    }
}
