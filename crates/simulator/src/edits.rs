//! What happens to a posting after it was published: edits, and growing counters.

use std::borrow::Cow;

use crate::dates::Dates;
use crate::draw::{Draw, Purpose};
use crate::kst;
use crate::posting::{Facts, Recipe};

/// A change of one posting. Each sets the modification time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The title gets a mark in front, such as `[재공고]`.
    Retitle,
    /// The closing date is extended by 7 to 30 days; without a closing date, the title changes
    /// instead.
    Extend,
    /// The posting becomes inactive.
    Close,
    /// The title is set to this one.
    Title(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Edit {
    /// Unix seconds.
    pub(crate) at: u32,
    pub(crate) change: Change,
}

const MARKS: &[&str] = &[
    "[재공고] ",
    "[마감임박] ",
    "[급구] ",
    "(수정) ",
    "[추가모집] ",
];

/// A change drawn from the mix of edits of the real API.
pub(crate) fn usual_change(draw: &mut Draw) -> Change {
    match draw.below(100) {
        0..=39 => Change::Retitle,
        40..=74 => Change::Extend,
        _ => Change::Close,
    }
}

/// The changes of one posting between its publishing and `until`, oldest first: some postings are
/// edited within three weeks, and about half of those without a closing date are closed.
pub(crate) fn history(
    recipe: &Recipe,
    edited: f64,
    index: u32,
    posted_at: i64,
    until: i64,
) -> Vec<Edit> {
    let mut draw = Draw::new(recipe.seed, u64::from(index), Purpose::Edit);
    let mut edits = Vec::new();
    if draw.chance(edited) {
        let at = posted_at + draw.between(2 * kst::HOUR, 21 * kst::DAY);
        edits.push(Edit {
            at: at as u32,
            change: usual_change(&mut draw),
        });
    }
    let ends = edited > 0.0 && draw.chance(0.45);
    if ends && Dates::draw(recipe.seed, index, posted_at).open_ended() {
        let at = posted_at + draw.between(15 * kst::DAY, 75 * kst::DAY);
        edits.push(Edit {
            at: at as u32,
            change: Change::Close,
        });
    }
    edits.retain(|edit| i64::from(edit.at) < until);
    edits.sort_by_key(|edit| edit.at);
    edits
}

/// A posting at one instant.
pub(crate) struct State {
    pub(crate) modified_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) active: bool,
    pub(crate) reads: u64,
    pub(crate) applies: u64,
}

/// Counters move in steps of ten minutes, so that the pages of one collection agree.
const COUNTER_STEP: i64 = 600;

/// When the posting was last changed, as seen at `now`.
pub(crate) fn modified_at(dates: &Dates, posted_at: i64, edits: &[Edit], now: i64) -> i64 {
    match edits.iter().rfind(|edit| i64::from(edit.at) <= now) {
        Some(edit) => i64::from(edit.at),
        None if dates.touched_at <= now => dates.touched_at,
        None => posted_at,
    }
}

impl State {
    pub(crate) fn at(seed: u64, facts: &Facts, edits: &[Edit], now: i64) -> Self {
        let dates = &facts.dates;
        let mut expires_at = dates.expires_at;
        let mut closed_at = None;
        for edit in edits.iter().filter(|edit| i64::from(edit.at) <= now) {
            match edit.change {
                Change::Extend if !dates.open_ended() => {
                    expires_at += extension(seed, facts.index, edit.at) * kst::DAY;
                }
                Change::Close => closed_at = Some(i64::from(edit.at)),
                Change::Extend | Change::Retitle | Change::Title(_) => {}
            }
        }
        let ended = closed_at.unwrap_or(expires_at);
        let seen_until = (now.div_euclid(COUNTER_STEP) * COUNTER_STEP).min(ended);
        let (reads, applies) = counts(seed, facts.index, seen_until - facts.posted_at);
        Self {
            modified_at: modified_at(dates, facts.posted_at, edits, now),
            expires_at,
            active: closed_at.is_none() && now <= expires_at,
            reads,
            applies,
        }
    }
}

/// The title after the edits up to `now`.
pub(crate) fn title<'a>(
    seed: u64,
    facts: &Facts,
    first: &'a str,
    edits: &'a [Edit],
    now: i64,
) -> Cow<'a, str> {
    let mut bare = first;
    let mut mark = "";
    for edit in edits.iter().filter(|edit| i64::from(edit.at) <= now) {
        match &edit.change {
            Change::Title(title) => (bare, mark) = (title, ""),
            Change::Extend if !facts.dates.open_ended() => {}
            Change::Extend | Change::Retitle => {
                let mut draw = Draw::new(
                    seed ^ u64::from(edit.at),
                    u64::from(facts.index),
                    Purpose::Edit,
                );
                let other: Vec<&str> = MARKS.iter().copied().filter(|m| *m != mark).collect();
                mark = *draw.pick(&other);
            }
            Change::Close => {}
        }
    }
    if mark.is_empty() {
        Cow::Borrowed(bare)
    } else {
        Cow::Owned(format!("{mark}{bare}"))
    }
}

fn extension(seed: u64, index: u32, at: u32) -> i64 {
    Draw::new(seed ^ u64::from(at), u64::from(index), Purpose::Edit).between(7, 30)
}

/// Views and applications after `age` seconds: fast at first, levelling off after weeks.
fn counts(seed: u64, index: u32, age: i64) -> (u64, u64) {
    let mut draw = Draw::new(seed, u64::from(index), Purpose::Counts);
    let mut most = 30 + draw.below(500) as u64;
    if draw.chance(0.2) {
        most *= 5;
    }
    if draw.chance(0.04) {
        most *= 7;
    }
    let age = age.max(0) as u64;
    let reads = most * age / (age + 5 * kst::DAY as u64);
    let applies = reads * (3 + draw.below(45) as u64) / 1_000;
    (reads, applies)
}
