//! Ingests the values of a dimension.

use std::collections::HashMap;

use super::columns::Columns;
use crate::dimension::{Dimension, ReceivedValue};
use crate::error::{ImageError, MANY_ROWS};
use crate::postings::Postings;
use crate::text::TooMuchText;

/// A dimension while its rows are ingested.
#[derive(Debug, Default)]
pub(super) struct DimensionBuilder {
    codes: HashMap<Box<str>, u32>,
    values: Vec<ReceivedValue>,
    /// Row of the posting, and code of the value.
    pairs: Vec<(u32, u32)>,
}

impl DimensionBuilder {
    pub fn add(
        &mut self,
        columns: &Columns<'_>,
        postings: &Postings,
        has_parent: bool,
    ) -> Result<(), ImageError> {
        let ids = columns.numbers("id")?;
        let values = columns.texts("value")?;
        let parents = has_parent.then(|| columns.texts("parent")).transpose()?;
        for (row, id) in ids.into_iter().enumerate() {
            let (Some(id), Some(value)) = (id, values.get(row)) else {
                continue;
            };
            let Some(posting) = postings.by_id.find(id, &postings.ids) else {
                continue;
            };
            let code = self.code(value);
            if let Some(parent) = parents.as_ref().and_then(|parents| parents.get(row)) {
                self.values[code as usize].add_parent(parent);
            }
            self.pairs.push((posting as u32, code));
        }
        if u32::try_from(self.pairs.len()).is_err() {
            return Err(columns.too_large(MANY_ROWS));
        }
        Ok(())
    }

    fn code(&mut self, value: &str) -> u32 {
        if let Some(code) = self.codes.get(value) {
            return *code;
        }
        let code = self.values.len() as u32;
        self.codes.insert(value.into(), code);
        self.values.push(ReceivedValue {
            text: value.into(),
            parents: Vec::new(),
        });
        code
    }

    pub fn finish(
        self,
        definition: &semantic::Dimension,
        rows: usize,
    ) -> Result<Dimension, TooMuchText> {
        drop(self.codes);
        let labels = [&definition.labels_ko, &definition.labels_en];
        // Values are also searched by their labels.
        let searched = |value: &str| {
            let mut searched = value.to_owned();
            for label in labels.iter().filter_map(|labels| labels.get(value)) {
                searched.push(' ');
                searched.push_str(label);
            }
            searched
        };
        Dimension::new(
            rows,
            self.values,
            self.pairs,
            definition.order.as_deref(),
            searched,
        )
    }
}

impl ReceivedValue {
    fn add_parent(&mut self, parent: &str) {
        match self
            .parents
            .iter_mut()
            .find(|(other, _)| **other == *parent)
        {
            Some((_, rows)) => *rows += 1,
            None => self.parents.push((parent.into(), 1)),
        }
    }
}
