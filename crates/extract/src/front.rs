//! The front of a window that cannot be read completely: the pages before the one that failed.
//!
//! If all records have a publication time and arrive in that order, everything published before the
//! last record was received. One call requests their total, and if it matches, the front counts as
//! a window of its own, without being read again.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::answer::{Parsed, RecordId};

/// The responses of the first reading of a window's pages.
#[derive(Debug, Default)]
pub(crate) struct FirstPass {
    pages: BTreeMap<u64, Page>,
    /// A page was read twice: the responses are inconsistent.
    doubtful: bool,
}

#[derive(Debug)]
struct Page {
    number: u32,
    total: u64,
    ids: Vec<RecordId>,
    published: Vec<Option<i64>>,
}

/// What was published before an instant.
#[derive(Debug)]
pub(crate) struct Front {
    /// Exclusive.
    pub until: Timestamp,
    /// The responses that contain it, by number.
    pub numbers: Vec<u32>,
    /// Its distinct records.
    pub ids: HashSet<RecordId>,
    /// All distinct records of these responses.
    pub all: HashSet<RecordId>,
    /// Including repeated ones.
    pub records: u64,
}

impl FirstPass {
    pub fn keep(&mut self, page: u64, number: u32, parsed: &Parsed) {
        let kept = Page {
            number,
            total: parsed.total,
            ids: parsed.ids.clone(),
            published: parsed.published.clone(),
        };
        self.doubtful |= self.pages.insert(page, kept).is_some();
    }

    /// The part that is known to be complete when this page could not be read.
    pub fn before(&self, failed: u64) -> Option<Front> {
        if self.doubtful {
            return None;
        }
        let pages: Option<Vec<&Page>> = (0..failed).map(|page| self.pages.get(&page)).collect();
        let pages = pages?;
        let total = pages.first()?.total;
        let mut latest = i64::MIN;
        let mut records = Vec::new();
        for page in &pages {
            if page.total != total || page.ids.len() != page.published.len() {
                return None;
            }
            for (id, published) in page.ids.iter().zip(&page.published) {
                let published = (*published)?;
                if published < latest {
                    return None;
                }
                latest = published;
                records.push((published, id));
            }
        }
        let before = records.iter().filter(|(published, _)| *published < latest);
        Some(Front {
            until: Timestamp::from_second(latest).ok()?,
            numbers: pages.iter().map(|page| page.number).collect(),
            ids: before.map(|(_, id)| (*id).clone()).collect(),
            all: records.iter().map(|(_, id)| (*id).clone()).collect(),
            records: records.len() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total: u64, published: &[Option<i64>], first: usize) -> Parsed {
        let ids = (first..).take(published.len());
        Parsed {
            total,
            ids: ids.map(|id| RecordId::Id(id.to_string())).collect(),
            published: published.to_vec(),
            next: None,
        }
    }

    fn before(pages: &[(u64, Parsed)], failed: u64) -> Option<(i64, usize, u64)> {
        let mut first = FirstPass::default();
        for (number, (at, parsed)) in (1..).zip(pages) {
            first.keep(*at, number, parsed);
        }
        let front = first.before(failed)?;
        Some((front.until.as_second(), front.ids.len(), front.records))
    }

    #[test]
    fn records_in_order_of_publication_are_complete_up_to_the_last_one() {
        let one = || page(9, &[Some(10), Some(20), Some(20)], 0);
        let two = || page(9, &[Some(20), Some(30), Some(30)], 3);
        assert_eq!(before(&[(0, one())], 1), Some((20, 1, 3)));
        // Pages come in any order.
        assert_eq!(before(&[(1, two()), (0, one())], 2), Some((30, 4, 6)));
        let cases = [
            ("nothing before it", vec![], 0),
            ("a page is missing", vec![(0, one())], 2),
            ("read twice", vec![(0, one()), (0, one())], 1),
            (
                "other totals",
                vec![(0, one()), (1, page(8, &[Some(40)], 3))],
                2,
            ),
            (
                "another order",
                vec![(0, one()), (1, page(9, &[Some(19)], 3))],
                2,
            ),
            ("no time", vec![(0, page(9, &[Some(1), None], 0))], 1),
        ];
        for (name, pages, failed) in cases {
            assert_eq!(before(&pages, failed), None, "{name}");
        }
    }
}
