//! One selection while its tiles are counted.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use semantic::{Filters, Values};

use crate::bits::Bits;
use crate::chosen::Chosen;
use crate::image::Image;

/// One selection while its tiles are counted.
pub(super) struct Scope<'a> {
    pub image: &'a Image,
    pub filters: &'a Filters,
    pub chosen: Arc<Chosen>,
    /// Subsets of it that several tiles share.
    parts: RefCell<Vec<(&'a [Values], Rc<Chosen>)>>,
}

impl<'a> Scope<'a> {
    pub fn new(image: &'a Image, filters: &'a Filters) -> Self {
        Self {
            image,
            filters,
            chosen: image.choose(filters),
            parts: RefCell::default(),
        }
    }

    /// The chosen postings that a tile counts; `None` if it counts all of them.
    pub fn part(&self, wanted: &'a [Values]) -> Option<Rc<Chosen>> {
        if wanted.is_empty() {
            return None;
        }
        let known = self
            .parts
            .borrow()
            .iter()
            .find(|(other, _)| *other == wanted)
            .cloned();
        if let Some((_, part)) = known {
            return Some(part);
        }
        let mut bits: Bits = self.chosen.bits.clone();
        for values in wanted {
            self.image.intersect_values(values, &mut bits);
        }
        let part = Rc::new(Chosen::new(bits));
        self.parts.borrow_mut().push((wanted, part.clone()));
        Some(part)
    }
}
