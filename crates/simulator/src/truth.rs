//! The ground truth without HTTP: for tests that compare it with collected data, and for benchmarks.

use jiff::Timestamp;

use crate::answer::{self, Page};
use crate::edits::{self, State};
use crate::query::{self, Matches};
use crate::request::{Fields, Filter, MOST, Sort, Span};
use crate::simulator::Simulator;

/// One posting as it is at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// As in the response.
    pub id: String,
    /// When it was published.
    pub posting_at: Timestamp,
    /// When it was last changed.
    pub modification_at: Timestamp,
    /// Whether applications are still possible.
    pub active: bool,
    /// The title, with its edits.
    pub title: String,
    /// The element of `jobs.job` with all optional fields, as text.
    pub json: String,
}

impl Simulator {
    /// The ground truth now: all that a complete collection must find.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_at(self.shown_at())
    }

    /// The ground truth at a past or future instant, as far as it is known now.
    pub fn snapshot_at(&self, instant: Timestamp) -> Snapshot {
        Snapshot::new(self.clone(), instant)
    }

    /// The bodies of all pages with postings posted in `from..to`, newest first, 110 each, with all
    /// optional fields: what a collection of `ind_cd=3` would receive, without HTTP.
    pub fn pages(&self, from: Timestamp, to: Timestamp) -> Pages {
        Pages::new(self.clone(), from, to)
    }
}

/// All postings that are visible at an instant, oldest first.
pub struct Snapshot {
    simulator: Simulator,
    now: i64,
    visible: Vec<u32>,
}

impl Snapshot {
    pub(crate) fn new(simulator: Simulator, instant: Timestamp) -> Self {
        let now = instant.as_second();
        let visible = {
            let (content, _) = simulator.content();
            let store = &content.store;
            (0..store.posted_before(now + 1))
                .filter(|index| store.arrived(*index, now))
                .collect()
        };
        Self {
            simulator,
            now,
            visible,
        }
    }

    /// The number of postings.
    pub fn len(&self) -> usize {
        self.visible.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.visible.is_empty()
    }

    /// Identifiers, ascending.
    pub fn ids(&self) -> Vec<String> {
        let (content, _) = self.simulator.content();
        self.visible
            .iter()
            .map(|index| content.store.id(*index).to_string())
            .collect()
    }

    /// An iterator over postings, drawn lazily.
    pub fn postings(&self) -> impl Iterator<Item = Truth> + '_ {
        self.visible.iter().map(|index| self.posting(*index))
    }

    fn posting(&self, index: u32) -> Truth {
        let (content, _) = self.simulator.content();
        let store = &content.store;
        let facts = store.facts(index);
        let edits = store.edits_of(index);
        let state = State::at(store.recipe.seed, &facts, edits, self.now);
        let text = facts.text(&store.recipe);
        let title = edits::title(store.recipe.seed, &facts, &text.title, edits, self.now);
        let json = answer::posting(store, index, Fields::ALL, self.now);
        Truth {
            id: store.id(index).to_string(),
            posting_at: timestamp(facts.posted_at),
            modification_at: timestamp(state.modified_at),
            active: state.active,
            title: title.into_owned(),
            json: String::from_utf8_lossy(&json).into_owned(),
        }
    }
}

fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

/// Bodies of whole pages; see [`Simulator::pages`]. The set of postings is fixed on creation;
/// postings that appear later are not among them.
pub struct Pages {
    simulator: Simulator,
    matches: Matches,
    now: i64,
    next: u64,
}

impl Pages {
    pub(crate) fn new(simulator: Simulator, from: Timestamp, to: Timestamp) -> Self {
        let filter = Filter {
            industries: vec![3],
            published: Span {
                from: from.as_second(),
                to: to.as_second() - 1,
            },
            ..Filter::ALL
        };
        let (matches, now) = {
            let (content, now) = simulator.content();
            let sort = Sort::PostedDescending;
            (
                query::find(&content.store, simulator.cache(), &filter, sort, now),
                now,
            )
        };
        Self {
            simulator,
            matches,
            now,
            next: 0,
        }
    }
}

impl Iterator for Pages {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let rows = self.matches.page(self.next * MOST, MOST);
        if rows.is_empty() {
            return None;
        }
        let page = Page {
            total: Some(self.matches.len()),
            start: self.next,
            rows,
            spoiled: None,
        };
        self.next += 1;
        let (content, _) = self.simulator.content();
        Some(answer::page(&content.store, &page, Fields::ALL, self.now))
    }
}
