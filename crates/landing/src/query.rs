//! The dataset that a window belongs to, and the query it was collected with.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use kernel::{hex, is_lower_hex};
use object_store::path::Path;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// A dataset of a source, two folders of the landing store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dataset {
    source: String,
    name: String,
}

impl Dataset {
    /// # Errors
    /// [`Error::Name`] when a part is not of lower-case letters, digits and `_`, or does not begin
    /// with a letter.
    pub fn new(source: &str, name: &str) -> Result<Self> {
        for part in [source, name] {
            if !kernel::is_identifier(part) {
                return Err(Error::Name {
                    name: part.to_owned(),
                });
            }
        }
        Ok(Self {
            source: source.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The source's name.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The dataset's own name, such as `recruit`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its folder from the storage root: `landing/<source>/<dataset>`.
    pub fn path(&self) -> Path {
        Path::from_iter(["landing", &self.source, &self.name])
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.source, self.name)
    }
}

/// The parameters of a query by name, without secrets and without the window's bounds.
pub type Query = BTreeMap<String, String>;

/// Identifies the query of a window: the first 8 hex digits of the sha-256 of the query as canonical
/// JSON (one object, names sorted, no spaces). Only windows with equal ids count towards the same coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId([u8; 4]);

impl QueryId {
    /// The id of `query`. A saved file has no known query and gets the id of the empty one.
    pub fn of(query: &Query) -> Self {
        let object: serde_json::Map<String, serde_json::Value> = query
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        let canonical = serde_json::Value::Object(object).to_string();
        let digest = Sha256::digest(canonical.as_bytes());
        Self([digest[0], digest[1], digest[2], digest[3]])
    }
}

impl fmt::Display for QueryId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex(&self.0))
    }
}

impl FromStr for QueryId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() != 8 || !is_lower_hex(text) {
            return Err(());
        }
        let number = u32::from_str_radix(text, 16).map_err(|_| ())?;
        Ok(Self(number.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_ids_depend_on_names_and_values_and_are_stable() {
        let query = |pairs: &[(&str, &str)]| -> Query {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let one = QueryId::of(&query(&[("ind_cd", "3"), ("fields", "count")]));
        assert_eq!(
            one,
            QueryId::of(&query(&[("fields", "count"), ("ind_cd", "3")]))
        );
        assert_ne!(
            one,
            QueryId::of(&query(&[("ind_cd", "4"), ("fields", "count")]))
        );
        assert_ne!(
            QueryId::of(&query(&[("a", "b\",\"c")])),
            QueryId::of(&query(&[("a", "b"), ("c", "")]))
        );
        // sha-256 of `{}`, from another tool: a changed rule would orphan every landed window.
        assert_eq!(QueryId::of(&Query::new()).to_string(), "44136fa3");
        assert_eq!("44136fa3".parse(), Ok(QueryId::of(&Query::new())));
        assert_eq!("44136FA3".parse::<QueryId>(), Err(()));
    }

    #[test]
    fn dataset_names_are_folders_and_nothing_else() {
        let dataset = Dataset::new("saramin", "recruit").expect("a dataset");
        assert_eq!(dataset.path().as_ref(), "landing/saramin/recruit");
        for bad in ["", "..", "a/b", "Saramin", "1a", "사람인", "a-b"] {
            Dataset::new(bad, "recruit").expect_err(bad);
            Dataset::new("saramin", bad).expect_err(bad);
        }
    }
}
