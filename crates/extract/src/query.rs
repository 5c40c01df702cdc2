//! The query: the description's defaults, overridden by the user's parameters.
//!
//! What is sent differs from what identifies a query: the page size and the sort order do not
//! change the result set, and neither do white space or the order of several values.

use std::collections::BTreeMap;

use kernel::nearest;
use landing::{Query, QueryId};

use crate::source::{Auth, SourceDescription};
use crate::{Error, Result};

/// A query that has been checked against its source's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedQuery {
    /// Parameters as they are sent, without key, page and window.
    pub(crate) sent: BTreeMap<String, String>,
    /// The parameters that determine the result set, in canonical form: recorded in manifests.
    pub(crate) identity: Query,
    /// Records per page.
    pub(crate) page_size: Option<u64>,
}

impl CheckedQuery {
    /// The default query merged with `user`, parameter by parameter. A blank value removes the
    /// default.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`] with the nearest known name; [`Error::OwnParameter`];
    /// [`Error::ParameterValue`].
    pub fn new(source: &SourceDescription, user: &BTreeMap<String, String>) -> Result<Self> {
        let size = source.paginator.size();
        let mut query = Self {
            sent: BTreeMap::new(),
            identity: Query::new(),
            page_size: size,
        };
        let mut merged = source.query.clone();
        for (name, value) in user {
            merged.insert(name.clone(), value.clone());
        }
        for (name, value) in merged {
            let value = value.trim();
            if Some(name.as_str()) == source.paginator.size_parameter() {
                query.page_size = Some(page_size(&name, value, size.unwrap_or(u64::MAX))?);
                continue;
            }
            let Some(parameter) = source.parameters.get(&name) else {
                return Err(refuse(source, name));
            };
            if value.is_empty() {
                continue;
            }
            if value.contains(char::is_control) {
                return Err(Error::ParameterValue {
                    name,
                    value: value.escape_debug().to_string(),
                    reason: "it contains control characters".to_owned(),
                });
            }
            if parameter.selects {
                let spelled = if parameter.many {
                    one_spelling(value)
                } else {
                    value.to_owned()
                };
                query.identity.insert(name.clone(), spelled);
            }
            query.sent.insert(name, value.to_owned());
        }
        Ok(query)
    }

    /// Which windows answer this query.
    pub fn id(&self) -> QueryId {
        QueryId::of(&self.identity)
    }
}

fn page_size(name: &str, value: &str, max: u64) -> Result<u64> {
    match value.parse() {
        Ok(size) if (1..=max).contains(&size) => Ok(size),
        _ => Err(Error::ParameterValue {
            name: name.to_owned(),
            value: value.to_owned(),
            reason: format!("a page has 1 to {max} records"),
        }),
    }
}

/// The canonical form of several values: distinct, sorted, joined by commas.
fn one_spelling(value: &str) -> String {
    let mut values: Vec<&str> = value
        .split(|character: char| character == ',' || character.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    values.sort_unstable();
    values.dedup();
    values.join(",")
}

fn refuse(source: &SourceDescription, name: String) -> Error {
    let source_name = source.attribution.name_en.clone();
    if let Auth::Query { parameter, env, .. } = &source.auth
        && *parameter == name
    {
        let hint = format!("the key is read from the environment variable `{env}`");
        return Error::OwnParameter {
            source_name,
            name,
            hint,
        };
    }
    let interval = source.strategy.interval();
    if interval.is_some_and(|interval| interval.bounds().contains(&name.as_str())) {
        let hint =
            "the program requests one window at a time; set `start`, or run with `--from` and `--to`"
                .to_owned();
        return Error::OwnParameter {
            source_name,
            name,
            hint,
        };
    }
    if source.own_parameters().contains(&name.as_str()) {
        let is_sent = source
            .strategy
            .send()
            .is_some_and(|send| send.contains_key(&name));
        let hint = match is_sent {
            true => "the program sets it for each request".to_owned(),
            false => "the program counts the pages itself".to_owned(),
        };
        return Error::OwnParameter {
            source_name,
            name,
            hint,
        };
    }
    let known = || source.parameters.keys().map(String::as_str);
    let hint = match nearest(&name, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if source.parameters.is_empty() => "its file declares no parameters".to_owned(),
        None => format!("known are `{}`", known().collect::<Vec<_>>().join("`, `")),
    };
    Error::UnknownParameter {
        source_name,
        name,
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::saramin;

    fn query(user: &[(&str, &str)]) -> Result<CheckedQuery> {
        let user = user
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        CheckedQuery::new(&saramin(), &user)
    }

    #[test]
    fn the_users_values_override_the_defaults() {
        let default = query(&[]).expect("the default");
        assert_eq!(default.sent["ind_cd"], "3");
        assert_eq!(default.page_size, Some(110));
        let own = query(&[("ind_cd", ""), ("job_mid_cd", "2, 15"), ("count", "10")]);
        let own = own.expect("a query");
        assert_eq!(own.sent.get("ind_cd"), None);
        assert_eq!(own.sent["job_mid_cd"], "2, 15");
        assert_eq!(own.sent["fields"], default.sent["fields"]);
        assert_eq!(own.page_size, Some(10));
        assert_ne!(own.id(), default.id());
    }

    #[test]
    fn a_query_is_recognised_in_another_spelling() {
        let id = |user: &[(&str, &str)]| query(user).expect("a query").id();
        let default = id(&[]);
        assert_eq!(id(&[("sort", "pd")]), default);
        assert_eq!(id(&[("count", "50")]), default);
        assert_eq!(id(&[("ind_cd", " 3,3 ")]), default);
        assert_eq!(
            id(&[("fields", "count,keyword-code posting-date,expiration-date")]),
            default
        );
        assert_ne!(id(&[("ind_cd", "3 4")]), default);
        assert_ne!(id(&[("published", "2026-05-01")]), default);
    }

    #[test]
    fn an_unknown_parameter_is_named_with_the_nearest() {
        for (name, hint) in [
            ("keyword", "did you mean `keywords`?"),
            ("Ind_cd", "did you mean `ind_cd`?"),
            ("job_typ", "did you mean `job_type`?"),
            ("experience_level_code", "known are `bbs_gb`"),
        ] {
            let error = query(&[(name, "1")]).expect_err(name).to_string();
            assert!(error.contains(hint) && error.contains(name), "{error}");
        }
    }

    #[test]
    fn what_the_program_sets_itself_is_refused() {
        for (name, hint) in [
            ("access-key", "SARAMIN_ACCESS_KEY"),
            ("published_min", "--from"),
            ("updated_max", "--from"),
            ("start", "counts the pages"),
        ] {
            let error = query(&[(name, "hunter2")]).expect_err(name).to_string();
            assert!(error.contains(hint), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        for value in ["0", "111", "x", ""] {
            query(&[("count", value)]).expect_err(value);
        }
        query(&[("keywords", "a\nb")]).expect_err("a line end");
    }
}
