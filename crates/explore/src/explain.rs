//! The SQL of tiles, which depends on the data of an image.

use jiff::civil::Date;
use semantic::{Dialect, ExplainAnswer, Extent, Filters, Request, RequestError};

use crate::image::Image;

impl Image {
    /// The SQL of a tile, for each of the request's selections.
    ///
    /// # Errors
    /// [`RequestError`] if there is no such tile.
    pub fn explain(
        &self,
        tile: &str,
        request: &Request,
        dialect: &dyn Dialect,
    ) -> Result<ExplainAnswer, RequestError> {
        self.definitions.explain(tile, request, self, dialect)
    }
}

impl Extent for Image {
    fn build(&self) -> u64 {
        self.facts.build
    }

    fn last_day(&self) -> Option<Date> {
        self.facts.last_day
    }

    fn days(&self, filters: &Filters) -> Option<(Date, Date)> {
        let axis = self.axis.as_ref()?;
        let days = axis.within(filters);
        (!days.is_empty()).then(|| (axis.day(days.start), axis.day(days.end - 1)))
    }

    fn values(&self, dimension: usize) -> Vec<String> {
        let values = &self.dimensions[dimension];
        (0..values.len())
            .map(|value| values.value(value).to_owned())
            .collect()
    }
}
