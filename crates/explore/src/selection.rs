//! From a user's filters to the set of matching postings.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;

use crate::bits::Bits;
use crate::definitions::{Definitions, Values};
use crate::image::Image;
use crate::{UnknownValue, search};

/// Limits of the selection cache: entries, and memory.
const KEPT: usize = 64;
const KEPT_BYTES: usize = 16 << 20;

/// The filters of one selection. Equal ones choose the same postings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    /// By dimension, ascending; of each at least one value, ascending and without repeats.
    pub values: Vec<Values>,
    /// First posting day.
    pub from: Option<Date>,
    /// Last posting day.
    pub to: Option<Date>,
    /// What is searched for.
    pub text: String,
}

/// Postings, and how many they are.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub bits: Bits,
    pub count: usize,
}

impl Chosen {
    pub fn new(bits: Bits) -> Self {
        Self {
            count: bits.count(),
            bits,
        }
    }

    pub fn all(rows: usize) -> Self {
        Self {
            bits: Bits::all(rows),
            count: rows,
        }
    }

    pub fn is_all(&self) -> bool {
        self.count == self.bits.len()
    }
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

    fn is_empty(&self) -> bool {
        self.values.is_empty() && self.from.is_none() && self.to.is_none() && self.text.is_empty()
    }
}

impl Image {
    /// The postings that match.
    pub(crate) fn choose(&self, filters: &Filters) -> Arc<Chosen> {
        if filters.is_empty() {
            return self.everything.clone();
        }
        if let Some(chosen) = self.latest.find(filters) {
            return chosen;
        }
        let mut bits: Option<Bits> = None;
        for values in &filters.values {
            let own = self.with_values(values);
            match &mut bits {
                None => bits = Some(own),
                Some(bits) => bits.keep(&own),
            }
        }
        if !filters.text.is_empty()
            && let Some(found) = self.search(&filters.text)
        {
            match &mut bits {
                None => bits = Some(found.bits.clone()),
                Some(bits) => bits.keep(&found.bits),
            }
        }
        let mut bits = bits.unwrap_or_else(|| self.everything.bits.clone());
        if filters.from.is_some() || filters.to.is_some() {
            bits.keep_range(self.postings.posted_between(filters.from, filters.to));
        }
        let chosen = Arc::new(Chosen::new(bits));
        self.latest.keep(filters.clone(), chosen.clone());
        chosen
    }

    /// The postings with one of the values.
    pub(crate) fn with_values(&self, values: &Values) -> Bits {
        let dimension = &self.dimensions[values.dimension];
        let mut bits = Bits::none(self.postings.len());
        for value in &values.values {
            if let Some(value) = dimension.find(value) {
                dimension.add_postings(value, &mut bits);
            }
        }
        bits
    }

    /// Intersects with the postings that have one of the values.
    pub(crate) fn keep_values(&self, values: &Values, bits: &mut Bits) {
        bits.keep(&self.with_values(values));
    }

    /// The postings that a text matches; none means no filter, for a text without visible
    /// characters.
    fn search(&self, text: &str) -> Option<Arc<Chosen>> {
        let query = search::Query::new(text, &self.synonyms);
        if query.is_empty() {
            return None;
        }
        // The text alone is cached too: users change filters around it.
        let alone = Filters {
            text: text.to_owned(),
            ..Filters::default()
        };
        if let Some(found) = self.latest.find(&alone) {
            return Some(found);
        }
        let found = Arc::new(Chosen::new(self.find_text(&query)));
        self.latest.keep(alone, found.clone());
        Some(found)
    }

    /// The chosen values that no posting has.
    pub(crate) fn unknown(&self, filters: &Filters) -> Vec<UnknownValue> {
        let mut unknown = Vec::new();
        for values in &filters.values {
            for value in &values.values {
                if self.dimensions[values.dimension].find(value).is_none() {
                    unknown.push(UnknownValue {
                        dimension: self.definitions.dimensions[values.dimension].name.clone(),
                        value: value.clone(),
                    });
                }
            }
        }
        unknown
    }
}

/// A cache of the latest selections: a page requests tiles, lists and postings of the same one.
#[derive(Debug)]
pub(crate) struct Latest {
    room: usize,
    kept: Mutex<Vec<(Filters, Arc<Chosen>)>>,
}

impl Latest {
    pub fn new(rows: usize) -> Self {
        Self {
            room: (KEPT_BYTES / (rows / 8).max(1)).clamp(4, KEPT),
            kept: Mutex::default(),
        }
    }

    fn find(&self, filters: &Filters) -> Option<Arc<Chosen>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(other, _)| other == filters)?;
        let found = kept.remove(place);
        let chosen = found.1.clone();
        kept.push(found);
        Some(chosen)
    }

    fn keep(&self, filters: Filters, chosen: Arc<Chosen>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(other, _)| *other == filters) {
            return;
        }
        if kept.len() >= self.room {
            kept.remove(0);
        }
        kept.push((filters, chosen));
    }

    pub fn memory_bytes(&self) -> usize {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .map(|(_, chosen)| chosen.bits.memory_bytes())
            .sum()
    }
}
