//! Evaluates a user's filters to the set of matching postings.

use std::sync::Arc;

use semantic::search::Query;
use semantic::{Filters, Values};

use crate::answer::UnknownValue;
use crate::bits::Bits;
use crate::chosen::Chosen;
use crate::fact::{COMPANY, TITLE};
use crate::image::Image;
use crate::search::Matcher;

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
                Some(bits) => bits.intersect_with(&own),
            }
        }
        if !filters.text.is_empty()
            && let Some(found) = self.search(&filters.text)
        {
            match &mut bits {
                None => bits = Some(found.bits.clone()),
                Some(bits) => bits.intersect_with(&found.bits),
            }
        }
        let mut bits = bits.unwrap_or_else(|| self.everything.bits.clone());
        if filters.from.is_some() || filters.to.is_some() {
            bits.intersect_range(self.postings.posted_between(filters.from, filters.to));
        }
        let chosen = Arc::new(Chosen::new(bits));
        self.latest.insert(filters.clone(), chosen.clone());
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
    pub(crate) fn intersect_values(&self, values: &Values, bits: &mut Bits) {
        bits.intersect_with(&self.with_values(values));
    }

    /// The postings that a text matches; none means no filter, for a text without visible
    /// characters.
    fn search(&self, text: &str) -> Option<Arc<Chosen>> {
        let query = Query::new(text, &self.definitions.search);
        if query.is_empty() {
            return None;
        }
        // The result of the text alone is cached too: users change the other filters.
        let alone = Filters {
            text: text.to_owned(),
            ..Filters::default()
        };
        if let Some(found) = self.latest.find(&alone) {
            return Some(found);
        }
        let found = Arc::new(Chosen::new(self.find_text(&query)));
        self.latest.insert(alone, found.clone());
        Some(found)
    }

    /// Whether there is any data for the selected days, regardless of other filters: a posting is
    /// dated in them, or any of them was collected.
    pub(crate) fn knows_period(&self, filters: &Filters) -> bool {
        let (from, to) = (filters.from, filters.to);
        (from.is_none() && to.is_none())
            || !self.postings.posted_between(from, to).is_empty()
            || self.axis.as_ref().is_some_and(|axis| axis.is_read(filters))
    }

    /// The selected values that no posting has.
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

impl Image {
    /// The postings in which every part of the query is found.
    fn find_text(&self, query: &Query) -> Bits {
        if query.is_unsearchable() {
            return Bits::none(self.postings.len());
        }
        let mut found: Option<Bits> = None;
        for term in query.terms() {
            if found.as_ref().is_some_and(|found| found.count() == 0) {
                break;
            }
            let matcher = Matcher::new(term);
            let searched = &self.fact().search;
            let has = |name: &str| searched.columns.iter().any(|column| column == name);
            let mut own = match has(TITLE) {
                true => self.titles.matching(&matcher, found.as_ref()),
                false => Bits::none(self.postings.len()),
            };
            if has(COMPANY) {
                self.add_by_company(&matcher, &mut own);
            }
            for dimension in &searched.dimensions {
                self.add_by_dimension(*dimension, &matcher, &mut own);
            }
            match &mut found {
                None => found = Some(own),
                Some(found) => found.intersect_with(&own),
            }
        }
        found.unwrap_or_else(|| Bits::all(self.postings.len()))
    }

    fn add_by_company(&self, matcher: &Matcher<'_>, to: &mut Bits) {
        let companies = self.companies.matching(matcher, None);
        if companies.count() == 0 {
            return;
        }
        for row in 0..self.postings.len() {
            if self
                .postings
                .companies
                .code(row)
                .is_some_and(|code| companies.contains(code))
            {
                to.insert(row);
            }
        }
    }

    fn add_by_dimension(&self, dimension: usize, matcher: &Matcher<'_>, to: &mut Bits) {
        let dimension = &self.dimensions[dimension];
        for value in dimension.search().matching(matcher, None).rows() {
            dimension.add_postings(value, to);
        }
    }
}
