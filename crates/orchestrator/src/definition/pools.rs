//! Pools, `pools.toml`: how many tasks of all DAGs together may use something at once.
//!
//! ```toml
//! [board]
//! what = "The API of the board, which allows two requests at a time."
//! slots = 2
//! ```

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::Deserialize;

use super::place::{DefinitionError, Place};

/// A slot is a file that has the pool's name, in bytes that may take three each.
const LONGEST_NAME: usize = 64;

/// Each slot is tried where all of them are held.
const MOST_SLOTS: usize = 10_000;

/// All pools, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pools(BTreeMap<String, Pool>);

/// Slots that tasks of all DAGs share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// One line for people.
    pub what: String,
    /// How many tasks may hold one at a time.
    pub slots: NonZeroUsize,
}

impl Pools {
    /// The file below the pipeline.
    pub const FILE: &str = "pools.toml";

    /// Reads the file.
    ///
    /// # Errors
    /// A [`DefinitionError`] with the line.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let file = Self::FILE;
        let place = Place { file, text };
        let pools: BTreeMap<String, Pool> =
            toml::from_str(text).map_err(|error| place.of_serde(&error, None))?;
        let misnamed = |name: &&String| !(1..=LONGEST_NAME).contains(&name.len());
        if let Some(name) = pools.keys().find(misnamed) {
            let problem = format!("a pool's name has 1 to {LONGEST_NAME} bytes, `{name}` does not");
            return Err(place.error(None, problem));
        }
        let too_many = |pool: &(&String, &Pool)| pool.1.slots.get() > MOST_SLOTS;
        if let Some((name, pool)) = pools.iter().find(too_many) {
            let slots = pool.slots;
            let problem = format!("the pool `{name}` has {slots} slots, more than {MOST_SLOTS}");
            return Err(place.error(None, problem));
        }
        Ok(Self(pools))
    }

    /// Adds a pool, or replaces it.
    pub fn with(mut self, name: impl Into<String>, slots: NonZeroUsize) -> Self {
        let what = String::new();
        self.0.insert(name.into(), Pool { what, slots });
        self
    }

    /// The pool of a name.
    pub fn get(&self, name: &str) -> Option<&Pool> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Pool)> + Clone {
        self.0.iter().map(|(name, pool)| (name.as_str(), pool))
    }
}
