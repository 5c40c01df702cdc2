//! Which postings match a request, and in which order.
//!
//! The common query (everything, or `ind_cd=3`, in a window of posting times, by posting time) is
//! two binary searches. Any other is one scan over the window; the result is kept, so that the
//! following pages cost nothing.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::catalog;
use crate::dates::Dates;
use crate::draw::{Draw, Purpose};
use crate::edits::{self, State};
use crate::posting::{Facts, Part};
use crate::request::{Filter, Sort, Span};
use crate::store::{Revision, Store};

/// The matching postings, sorted.
#[derive(Clone)]
pub(crate) enum Matches {
    /// Consecutive ones, newest first or last.
    Run {
        range: Range<u32>,
        newest_first: bool,
    },
    List(Arc<Vec<u32>>),
}

impl Matches {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Run { range, .. } => range.len() as u64,
            Self::List(list) => list.len() as u64,
        }
    }

    /// The postings from position `skip` on, at most `count`.
    pub(crate) fn page(&self, skip: u64, count: u64) -> Vec<u32> {
        let from = skip.min(self.len());
        let to = from.saturating_add(count).min(self.len());
        match self {
            Self::Run {
                range,
                newest_first,
            } => (from as u32..to as u32)
                .map(|at| {
                    if *newest_first {
                        range.end - 1 - at
                    } else {
                        range.start + at
                    }
                })
                .collect(),
            Self::List(list) => list[from as usize..to as usize].to_vec(),
        }
    }
}

/// Results of scans, the latest used last.
#[derive(Default)]
pub(crate) struct Cache(Mutex<VecDeque<Scan>>);

struct Scan {
    filter: Filter,
    sort: Sort,
    revision: Revision,
    /// For results that depend on the current time.
    now: Option<i64>,
    found: Arc<Vec<u32>>,
}

const SCANS_KEPT: usize = 8;

pub(crate) fn find(store: &Store, cache: &Cache, filter: &Filter, sort: Sort, now: i64) -> Matches {
    let visible = store.posted_before(now.saturating_add(1));
    let Span { from, to } = filter.published;
    let until = store.posted_before(to.saturating_add(1)).min(visible);
    let range = store.posted_before(from).min(until)..until;
    let by_time = matches!(sort, Sort::PostedDescending | Sort::PostedAscending);
    if by_time && store.late().is_none() && selects_all(store, filter) {
        return Matches::Run {
            range,
            newest_first: sort == Sort::PostedDescending,
        };
    }
    let revision = store.revision(now);
    let timed = store.late().is_some() || matches!(sort, Sort::MostRead | Sort::MostApplied);
    let now_matters = timed.then_some(now);
    let mut scans = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
    let known = scans.iter().position(|scan| {
        (scan.sort, scan.revision, scan.now) == (sort, revision, now_matters)
            && scan.filter == *filter
    });
    if let Some(scan) = known.and_then(|at| scans.remove(at)) {
        let found = scan.found.clone();
        scans.push_back(scan);
        return Matches::List(found);
    }
    let found = Arc::new(scan(store, filter, sort, range, now));
    if scans.len() == SCANS_KEPT {
        scans.pop_front();
    }
    scans.push_back(Scan {
        filter: filter.clone(),
        sort,
        revision,
        now: now_matters,
        found: found.clone(),
    });
    Matches::List(found)
}

/// Whether the filter matches every posting of its window of posting times.
fn selects_all(store: &Store, filter: &Filter) -> bool {
    let everything = filter.industries.is_empty()
        || (filter.industries.contains(&3) && store.recipe.elsewhere == 0.0);
    let rest = Filter {
        published: Span::ALL,
        industries: Vec::new(),
        ..filter.clone()
    };
    everything && rest == Filter::ALL
}

fn scan(store: &Store, filter: &Filter, sort: Sort, range: Range<u32>, now: i64) -> Vec<u32> {
    let candidates: Vec<u32> = if filter.ids.is_empty() {
        range.collect()
    } else {
        let mut named: Vec<u32> = (filter.ids.iter())
            .filter_map(|id| store.index_of(*id))
            .filter(|index| range.contains(index))
            .collect();
        named.sort_unstable();
        named.dedup();
        named
    };
    let by_content = by_content(filter);
    let mut found: Vec<u32> = candidates
        .into_iter()
        .filter(|index| {
            store.arrived(*index, now)
                && (filter.updated == Span::ALL
                    || filter.updated.contains(modified_at(store, *index, now)))
                && (!by_content || accepts(store, filter, &store.facts(*index), now))
        })
        .collect();
    // Newest first, then by the key: equal keys stay newest first.
    if sort != Sort::PostedAscending {
        found.reverse();
    }
    let state = |index: u32| {
        let facts = store.facts(index);
        State::at(store.recipe.seed, &facts, store.edits_of(index), now)
    };
    match sort {
        Sort::PostedDescending | Sort::PostedAscending => {}
        Sort::ModifiedDescending => found.sort_by_cached_key(|i| -modified_at(store, *i, now)),
        Sort::ModifiedAscending => found.sort_by_cached_key(|i| modified_at(store, *i, now)),
        Sort::ClosingAscending => found.sort_by_cached_key(|i| state(*i).expires_at),
        Sort::ClosingDescending => found.sort_by_cached_key(|i| -state(*i).expires_at),
        Sort::MostRead => found.sort_by_cached_key(|i| u64::MAX - state(*i).reads),
        Sort::MostApplied => found.sort_by_cached_key(|i| u64::MAX - state(*i).applies),
    }
    found
}

fn modified_at(store: &Store, index: u32, now: i64) -> i64 {
    let posted_at = store.posted_at(index);
    let dates = Dates::draw(store.recipe.seed, index, posted_at);
    edits::modified_at(&dates, posted_at, store.edits_of(index), now)
}

/// Whether the filter depends on more than identifiers and times, so that postings must be drawn.
fn by_content(filter: &Filter) -> bool {
    let rest = Filter {
        ids: Vec::new(),
        published: Span::ALL,
        updated: Span::ALL,
        ..filter.clone()
    };
    rest != Filter::ALL
}

fn accepts(store: &Store, filter: &Filter, facts: &Facts, now: i64) -> bool {
    by_codes(filter, facts)
        && by_closing(store, filter, facts, now)
        && by_text(store, filter, facts, now)
}

fn by_codes(filter: &Filter, facts: &Facts) -> bool {
    let any = |wanted: &[u8], has: &[u8]| {
        wanted.is_empty() || wanted.iter().any(|code| has.contains(code))
    };
    any(&filter.education, &[facts.education])
        && any(&filter.job_types, facts.job_types)
        && by_place(filter, facts)
        && by_industry(filter, facts)
        && by_job(filter, facts)
        && !(filter.direct_only && facts.by_agency())
}

fn by_place(filter: &Filter, facts: &Facts) -> bool {
    let some_place = |wanted: &[u32], fits: &dyn Fn(u32, u32) -> bool| {
        wanted.is_empty()
            || (facts.places.iter()).any(|place| wanted.iter().any(|code| fits(*place, *code)))
    };
    let wide = |place: u32| catalog().place(place).wide;
    some_place(&filter.places, &|place, code| {
        place == code || wide(place) == code
    }) && some_place(&filter.regions, &|place, code| wide(place) == code)
        && some_place(&filter.districts, &|place, code| place == code)
}

fn by_industry(filter: &Filter, facts: &Facts) -> bool {
    let mut all = facts
        .industries
        .iter()
        .copied()
        .chain(facts.hidden_industry);
    filter.industries.is_empty()
        || all.any(|industry| {
            let category = u16::from(catalog().industry(industry).category);
            filter.industries.contains(&industry) || filter.industries.contains(&category)
        })
}

fn by_job(filter: &Filter, facts: &Facts) -> bool {
    if filter.jobs.is_empty() && filter.job_mids.is_empty() {
        return true;
    }
    facts.codes.as_ref().is_some_and(|codes| {
        let job = filter.jobs.is_empty() || codes.listed().any(|code| filter.jobs.contains(&code));
        let mid = filter.job_mids.is_empty()
            || codes.mids().iter().any(|mid| filter.job_mids.contains(mid));
        job && mid
    })
}

fn by_closing(store: &Store, filter: &Filter, facts: &Facts, now: i64) -> bool {
    if filter.closing == Span::ALL {
        return true;
    }
    let state = State::at(store.recipe.seed, facts, store.edits_of(facts.index), now);
    filter.closing.contains(state.expires_at)
}

/// Share of postings of an open recruitment (`bbs_gb=1`).
const OPEN_RECRUITMENT: f64 = 0.02;

fn by_text(store: &Store, filter: &Filter, facts: &Facts, now: i64) -> bool {
    if filter.open_recruitment {
        let mut draw = Draw::new(
            !store.recipe.seed,
            u64::from(facts.index),
            Purpose::Identity,
        );
        if !draw.chance(OPEN_RECRUITMENT) {
            return false;
        }
    }
    if filter.keywords.is_empty() && filter.listed_on.is_empty() {
        return true;
    }
    let text = facts.text(&store.recipe);
    let listed = filter.listed_on.is_empty()
        || text
            .listed_on
            .is_some_and(|market| filter.listed_on.iter().any(|m| m == market));
    listed && (filter.keywords.is_empty() || mentions(store, filter, facts, &text, now))
}

/// Whether company, title, industry, keywords or job names contain every keyword.
fn mentions(
    store: &Store,
    filter: &Filter,
    facts: &Facts,
    text: &crate::posting::Text,
    now: i64,
) -> bool {
    let edits = store.edits_of(facts.index);
    let title = edits::title(store.recipe.seed, facts, &text.title, edits, now);
    let mut all = format!("{}\n{title}", text.company);
    let mut add = |name: &str| {
        all.push('\n');
        all.push_str(name);
    };
    if facts.gap_of(Part::Industry).is_none() {
        for industry in &facts.industries {
            add(&catalog().industry(*industry).name);
        }
    }
    facts.keyword_names().for_each(&mut add);
    if let Some(codes) = &facts.codes {
        codes
            .distinct()
            .for_each(|code| add(&catalog().job(code).name));
    }
    let all = all.to_lowercase();
    filter.keywords.iter().all(|word| all.contains(word))
}
