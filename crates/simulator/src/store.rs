//! The postings in chronological order, and their edits.
//!
//! Holds four bytes per posting and an entry per edit; the rest is drawn on demand. A posting's
//! index, identifier and content never change; new ones are only appended. Identifiers ascend with
//! the posting time, as on the real API. Not synchronised: the simulator wraps it in a lock.

use std::collections::{HashMap, HashSet};

use crate::draw::{Draw, Purpose, mix};
use crate::edits::{self, Change, Edit};
use crate::posting::{Facts, Recipe};
use crate::schedule;
use crate::{Late, Live};

pub(crate) struct Store {
    pub(crate) recipe: Recipe,
    /// Unix seconds, ascending.
    posted: Vec<u32>,
    first_id: u64,
    id_step: u64,
    edits: HashMap<u32, Vec<Edit>>,
    /// Unix seconds of all edits, ascending.
    edit_times: Vec<u32>,
    late: Option<Late>,
    live: Option<Growth>,
    /// When postings were last added; new ones are dated after it.
    added_until: i64,
    /// Edits requested so far; makes each call of [`Store::edit`] choose other postings.
    edits_requested: u64,
}

struct Growth {
    live: Live,
    from: i64,
    arrivals: u64,
}

/// Everything, apart from counters, that can change the result of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revision {
    visible: u32,
    edits: usize,
    /// Every edit in the store, also those made for the past.
    edits_known: usize,
}

impl Store {
    pub(crate) fn new(recipe: Recipe, start: i64, end: i64, edited: f64) -> Self {
        let posted = schedule::posting_times(recipe.seed, recipe.postings, start, end);
        let mut edits = HashMap::new();
        let mut edit_times = Vec::new();
        for (index, at) in (0..recipe.postings).zip(&posted) {
            let history = edits::history(&recipe, edited, index, i64::from(*at), end);
            if !history.is_empty() {
                edit_times.extend(history.iter().map(|edit| edit.at));
                edits.insert(index, history);
            }
        }
        edit_times.sort_unstable();
        let (first_id, id_step) = identifiers(recipe.postings, start, end);
        Self {
            recipe,
            posted,
            first_id,
            id_step,
            edits,
            edit_times,
            late: None,
            live: None,
            added_until: end,
            edits_requested: 0,
        }
    }

    pub(crate) fn with_late(mut self, late: Option<Late>) -> Self {
        self.late = late;
        self
    }

    /// New postings arrive from `from` on.
    pub(crate) fn with_live(mut self, live: Option<Live>, from: i64) -> Self {
        self.live = live.map(|live| Growth {
            live,
            from,
            arrivals: 0,
        });
        self.added_until = self.added_until.max(from);
        self
    }

    pub(crate) fn late(&self) -> Option<Late> {
        self.late
    }

    pub(crate) fn posted_at(&self, index: u32) -> i64 {
        i64::from(self.posted[index as usize])
    }

    pub(crate) fn facts(&self, index: u32) -> Facts {
        Facts::draw(&self.recipe, index, self.posted_at(index))
    }

    pub(crate) fn edits_of(&self, index: u32) -> &[Edit] {
        self.edits.get(&index).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn id(&self, index: u32) -> u64 {
        let index = u64::from(index);
        self.first_id + index * self.id_step + mix(self.recipe.seed ^ !index) % self.id_step
    }

    pub(crate) fn index_of(&self, id: u64) -> Option<u32> {
        let index = u32::try_from(id.checked_sub(self.first_id)? / self.id_step).ok()?;
        ((index as usize) < self.posted.len() && self.id(index) == id).then_some(index)
    }

    /// How many postings were posted before `second`.
    pub(crate) fn posted_before(&self, second: i64) -> u32 {
        self.posted.partition_point(|at| i64::from(*at) < second) as u32
    }

    /// Whether the posting can be seen at `now`, given that it was posted by then.
    pub(crate) fn arrived(&self, index: u32, now: i64) -> bool {
        self.late.is_none_or(|late| {
            let delayed =
                Draw::new(self.recipe.seed, u64::from(index), Purpose::Arrival).chance(late.share);
            !delayed || self.posted_at(index) + late.by.as_secs() as i64 <= now
        })
    }

    pub(crate) fn revision(&self, now: i64) -> Revision {
        Revision {
            visible: self.posted_before(now + 1),
            edits: self.edit_times.partition_point(|at| i64::from(*at) <= now),
            edits_known: self.edit_times.len(),
        }
    }

    /// Whether [`Store::grow`] would change anything.
    pub(crate) fn due(&self, now: i64) -> bool {
        self.live
            .as_ref()
            .is_some_and(|growth| growth.next(self.recipe.seed) <= now)
    }

    /// Appends the postings, and makes the edits, that arrived by `now`.
    pub(crate) fn grow(&mut self, now: i64) {
        while let Some(growth) = &mut self.live {
            let at = growth.next(self.recipe.seed);
            if at > now {
                return;
            }
            growth.arrivals += 1;
            let share = growth.live.edit_share;
            let arrival = growth.arrivals;
            self.push(at);
            let mut draw = Draw::new(self.recipe.seed, arrival, Purpose::Edit);
            let edits = share.floor() as u32 + u32::from(draw.chance(share.fract()));
            for _ in 0..edits {
                let recent = self.recent(&mut draw);
                let change = edits::usual_change(&mut draw);
                self.change(recent, change, at);
            }
        }
    }

    /// Appends `count` postings, dated between the last addition and `now`.
    pub(crate) fn add(&mut self, count: u32, now: i64) -> Vec<u32> {
        let from = self.added_until;
        let span = (now - from).max(0);
        self.added_until = from.max(now);
        (1..=i64::from(count))
            .map(|nth| self.push(from + span * nth / i64::from(count)))
            .collect()
    }

    /// Changes `count` postings that are visible at `now` (all, if there are fewer).
    pub(crate) fn edit(&mut self, count: u32, now: i64) -> Vec<u32> {
        self.edits_requested += 1;
        let mut draw = Draw::new(!self.recipe.seed, self.edits_requested, Purpose::Edit);
        let visible = self.posted_before(now + 1);
        let mut chosen: Vec<u32> = Vec::new();
        let mut taken = HashSet::new();
        while chosen.len() < count.min(visible) as usize {
            let mut index = draw.below(visible as usize) as u32;
            while !taken.insert(index) {
                index = (index + 1) % visible;
            }
            chosen.push(index);
            let change = edits::usual_change(&mut draw);
            self.change(index, change, now);
        }
        chosen
    }

    pub(crate) fn change(&mut self, index: u32, change: Change, at: i64) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let of_posting = self.edits.entry(index).or_default();
        let place = of_posting.partition_point(|edit| edit.at <= at);
        of_posting.insert(place, Edit { at, change });
        let place = self.edit_times.partition_point(|other| *other <= at);
        self.edit_times.insert(place, at);
    }

    fn push(&mut self, at: i64) -> u32 {
        let last = self.posted.last().copied().unwrap_or(0);
        let at = u32::try_from(at).unwrap_or(u32::MAX).max(last);
        self.posted.push(at);
        self.posted.len() as u32 - 1
    }

    /// One of the newest postings, mostly of the last few hundred.
    fn recent(&self, draw: &mut Draw) -> u32 {
        let range = self.posted.len().min(2_000);
        let place = draw.unit();
        let back = (place * place * range as f64) as usize;
        (self.posted.len() - 1 - back) as u32
    }
}

impl Growth {
    /// The second of the next arrival.
    fn next(&self, seed: u64) -> i64 {
        let jitter = Draw::new(seed, self.arrivals, Purpose::Arrival).unit();
        let minutes = (self.arrivals as f64 + jitter) / self.live.per_minute;
        self.from + 1 + (minutes * 60.0) as i64
    }
}

/// The first identifier and the distance between identifiers. The real API assigns about 2.6 million a
/// year; 41,232,704 was assigned on 2021-09-27.
fn identifiers(postings: u32, start: i64, end: i64) -> (u64, u64) {
    const PER_SECOND: f64 = 0.083;
    let first = 41_232_704.0 + (start - 1_632_734_241) as f64 * PER_SECOND;
    let step = (end - start) as f64 * PER_SECOND / f64::from(postings.max(1));
    (first.max(1_000_000.0) as u64, step.clamp(4.0, 60.0) as u64)
}
