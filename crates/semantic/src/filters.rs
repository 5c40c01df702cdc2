//! The filters of a selection, as data.

use jiff::civil::Date;

use crate::model::{Definitions, Values};

/// The filters of one selection. Equal ones choose the same rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// By dimension, ascending; of each at least one value, ascending and without repeats. Values of
    /// a dimension are combined with OR, dimensions with AND.
    pub values: Vec<Values>,
    /// First day, inclusive.
    pub from: Option<Date>,
    /// Last day, inclusive.
    pub to: Option<Date>,
    /// What is searched for.
    pub text: String,
}

impl Filters {
    /// The same filters without those of a dimension and of the ones below it.
    pub fn without(&self, dimension: usize, definitions: &Definitions) -> Self {
        let mut filters = self.clone();
        filters
            .values
            .retain(|values| !definitions.is_within(values.dimension, dimension));
        filters
    }

    /// Whether everything matches.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.from.is_none() && self.to.is_none() && self.text.is_empty()
    }
}
