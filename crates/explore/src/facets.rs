//! Facets: the lists of values to filter by.

use std::cmp::Reverse;

use semantic::{Request, search};

use crate::answer::{Facet, FacetsAnswer};
use crate::image::Image;

impl Image {
    /// The number of postings for each value of the requested dimensions, under all filters of the
    /// request's first selection except those on the dimension itself and on its descendants.
    pub fn facets(&self, request: &Request) -> FacetsAnswer {
        let facets = request.facets.iter().map(|dimension| {
            let name = self.definitions.dimensions[*dimension].name.clone();
            (name, self.facet(*dimension, request))
        });
        FacetsAnswer {
            build: self.facts.build,
            period_known: self.knows_period(&request.first),
            facets: facets.collect(),
        }
    }

    fn facet(&self, dimension: usize, request: &Request) -> Vec<Facet> {
        let values = &self.dimensions[dimension];
        let filters = request.first.without(dimension, &self.definitions);
        let counts = values.counts(&self.choose(&filters)).into_owned();
        let mut shown: Vec<usize> = match &request.contains {
            // As with `q`: punctuation alone matches no value.
            Some(text) if search::is_unsearchable(text) => Vec::new(),
            Some(text) => {
                let text = search::normal(text).text;
                (0..values.len())
                    .filter(|value| values.search().has(*value, &text))
                    .collect()
            }
            None => (0..values.len()).collect(),
        };
        if self.definitions.dimensions[dimension].order.is_none() {
            let key = |value: &usize| (Reverse(counts[*value]), values.text_rank(*value));
            shown.sort_unstable_by_key(key);
        }
        shown.truncate(request.limit);
        shown
            .into_iter()
            .map(|value| Facet {
                value: values.value(value).to_owned(),
                count: counts[value],
                parent: values.parent(value).map(str::to_owned),
            })
            .collect()
    }
}
