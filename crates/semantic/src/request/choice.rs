//! The parameters of one selection.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::error::RequestError;
use crate::filters::Filters;
use crate::model::{Definitions, Values};

/// Characters of `q` and of `contains`, at most.
const TEXT_LIMIT: usize = 200;

/// Chosen values of one selection, at most.
const VALUES_LIMIT: usize = 2_000;

/// The parameters of one selection; an empty list or text was given as empty.
#[derive(Default)]
pub(super) struct Choice {
    values: BTreeMap<usize, BTreeSet<String>>,
    days: BTreeMap<&'static str, Option<Date>>,
    text: Option<String>,
}

impl Choice {
    /// Takes a parameter if it is one of a selection's; `name` is how it was given.
    pub fn take(
        &mut self,
        own: &str,
        name: &str,
        value: &str,
        definitions: &Definitions,
    ) -> Result<bool, RequestError> {
        let twice = || RequestError::bad(name, value, "this is given twice");
        match own {
            "from" | "to" => {
                let own = if own == "from" { "from" } else { "to" };
                let day = (!value.is_empty()).then(|| day(name, value)).transpose()?;
                if self.days.insert(own, day).is_some() {
                    return Err(twice());
                }
            }
            "q" => {
                if self.text.replace(short(name, value)?).is_some() {
                    return Err(twice());
                }
            }
            _ => {
                let Some(dimension) = definitions.dimension(own) else {
                    return Ok(false);
                };
                let values = self.values.entry(dimension).or_default();
                if !value.is_empty() {
                    values.insert(value.to_owned());
                }
                if values.len() > VALUES_LIMIT {
                    let problem = format!("more than {VALUES_LIMIT} values are selected");
                    return Err(RequestError::bad(name, value, problem));
                }
            }
        }
        Ok(true)
    }

    /// Refuses a period that ends before it begins; missing days default to those of `other`.
    /// `prefix` is the prefix of this selection's parameters.
    pub fn check_days(&self, other: &Self, prefix: &str) -> Result<(), RequestError> {
        let day = |own: &str| match self.days.get(own) {
            Some(day) => day.map(|day| (format!("{prefix}{own}"), day)),
            None => (other.days.get(own).copied().flatten()).map(|day| (own.to_owned(), day)),
        };
        match (day("from"), day("to")) {
            (Some((from, first)), Some((to, last))) if last < first => Err(RequestError {
                hint: Some(format!("give the earlier day as `{from}`")),
                ..RequestError::bad(
                    &from,
                    &first.to_string(),
                    format!("this is after `{to}={last}`"),
                )
            }),
            _ => Ok(()),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.days.is_empty() && self.text.is_none()
    }

    /// The parameters of `other`, overridden by those given here.
    pub fn instead_of(self, other: &Self) -> Self {
        let mut all = Self {
            values: other.values.clone(),
            days: other.days.clone(),
            text: self.text.or_else(|| other.text.clone()),
        };
        all.values.extend(self.values);
        all.days.extend(self.days);
        all
    }

    pub fn filters(self) -> Filters {
        let day = |name: &str| self.days.get(name).copied().flatten();
        let (from, to) = (day("from"), day("to"));
        let chosen = self
            .values
            .into_iter()
            .filter(|(_, values)| !values.is_empty());
        Filters {
            values: chosen
                .map(|(dimension, values)| Values {
                    dimension,
                    values: values.into_iter().collect(),
                })
                .collect(),
            from,
            to,
            text: self.text.unwrap_or_default(),
        }
    }
}

fn day(name: &str, value: &str) -> Result<Date, RequestError> {
    // The date parser also accepts times and signed years.
    let shaped = value.len() == 10
        && value.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let day = shaped.then(|| value.parse().ok()).flatten();
    day.ok_or_else(|| RequestError {
        hint: Some("write a day as 2026-05-31".to_owned()),
        ..RequestError::bad(name, value, "this is not a day")
    })
}

pub(super) fn short(name: &str, value: &str) -> Result<String, RequestError> {
    if value.chars().count() <= TEXT_LIMIT {
        return Ok(value.trim().to_owned());
    }
    let problem = format!("a text has at most {TEXT_LIMIT} characters");
    Err(RequestError::bad(name, value, problem))
}
