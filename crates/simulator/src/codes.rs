//! The job codes of one posting: required ones, then a second run of preferred ones that may repeat
//! them, and names that do not correspond to the codes (quirk Q3 of the reference).

use crate::draw::{Draw, Purpose, Spread, even};
use crate::occupations::{self as occ, OCCUPATIONS};
use crate::profile::{ANALYST, ENGINEER, NO_CODES, Profile, SCIENTIST, TRAITS};

pub(crate) struct JobCodes {
    /// Ascending, distinct.
    pub(crate) required: Vec<u16>,
    /// Ascending; may repeat a required code and, rarely, itself.
    pub(crate) preferred: Vec<u16>,
    /// Free words among the names that have no code.
    pub(crate) tags: Vec<&'static str>,
    /// The data roles that the codes imply.
    pub(crate) data_roles: u8,
    /// The form of `job-code-keyword-code`.
    pub(crate) keyword_code: KeywordCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeywordCode {
    Given,
    Blank,
    Absent,
}

const TAGS: &[&str] = &[
    "RFID",
    "포토샵",
    "그룹웨어",
    "자바",
    "엑셀",
    "파이썬",
    "서버관리",
    "홈페이지제작",
];
const ANALYST_CODES: &[(&[u16], f64)] = &[(&[82], 0.72), (&[107], 0.08), (&[82, 107], 0.2)];
#[rustfmt::skip]
const SCIENTIST_CODES: &[(&[u16], f64)] = &[
    (&[181], 0.34), (&[108, 181], 0.08), (&[109, 181], 0.1), (&[108, 109, 181], 0.14), (&[108, 109], 0.08), (&[109], 0.07), (&[108], 0.06),
    (&[181, 2248], 0.04), (&[109, 2248], 0.02), (&[2248], 0.02), (&[181, 856], 0.03), (&[856], 0.02),
];
/// Share of postings whose data role is only in the title.
const TITLE_ONLY: f64 = 0.05;

pub(crate) fn draw(seed: u64, index: u64, occupation: usize, roles: u8) -> Option<JobCodes> {
    let mut draw = Draw::new(seed, index, Purpose::Codes);
    if roles == 0 && draw.chance(NO_CODES) {
        return None;
    }
    let mut required = Vec::with_capacity(16);
    let data_roles = data_codes(roles, occupation, &mut draw, &mut required);
    for (t, published) in TRAITS.iter().enumerate() {
        let probability = Profile::get().probability(t, occupation);
        if even(seed, index, Spread::Trait, t) < probability {
            required.extend(*draw.weighted(published.codes));
        }
    }
    let own = OCCUPATIONS[occupation].codes;
    for (code, probability) in own {
        if draw.chance(*probability) {
            required.push(*code);
        }
    }
    if required.is_empty() {
        required.push(own[0].0);
    }
    required.sort_unstable();
    required.dedup();

    let mut preferred = Vec::new();
    if draw.chance(0.35) {
        for _ in 0..draw.between(1, 4) {
            preferred.push(*draw.pick(&required));
        }
        for _ in 0..draw.below(3) {
            preferred.push(draw.pick(own).0);
        }
        preferred.sort_unstable();
        if !draw.chance(0.1) {
            preferred.dedup();
        }
    }
    let tags = if draw.chance(0.08) {
        vec![*draw.pick(TAGS)]
    } else {
        Vec::new()
    };
    let keyword_code = match draw.below(100) {
        0..=2 => KeywordCode::Absent,
        3 => KeywordCode::Blank,
        _ => KeywordCode::Given,
    };
    Some(JobCodes {
        required,
        preferred,
        tags,
        data_roles,
        keyword_code,
    })
}

/// Adds the codes of the data roles; returns the roles that they imply.
fn data_codes(roles: u8, occupation: usize, draw: &mut Draw, required: &mut Vec<u16>) -> u8 {
    let own = match occupation {
        occ::DATA_ENGINEER => ENGINEER,
        occ::DATA_ANALYST => ANALYST,
        occ::DATA_SCIENTIST => SCIENTIST,
        _ => 0,
    };
    let mut shown = roles;
    if roles & own != 0 && draw.chance(TITLE_ONLY) {
        shown &= !own;
    }
    if shown & ENGINEER != 0 {
        required.push(83);
    }
    if shown & ANALYST != 0 {
        required.extend(*draw.weighted(ANALYST_CODES));
    }
    if shown & SCIENTIST != 0 {
        required.extend(*draw.weighted(SCIENTIST_CODES));
    }
    shown
}

impl JobCodes {
    /// In the order in which the API lists them.
    pub(crate) fn listed(&self) -> impl Iterator<Item = u16> + '_ {
        self.required.iter().chain(&self.preferred).copied()
    }

    /// Each once, in first-seen order.
    pub(crate) fn distinct(&self) -> impl Iterator<Item = u16> + '_ {
        self.listed()
            .enumerate()
            .filter(|(at, code)| !self.listed().take(*at).any(|earlier| earlier == *code))
            .map(|(_, code)| code)
    }

    /// Middle categories, ascending.
    pub(crate) fn mids(&self) -> Vec<u8> {
        let mut mids: Vec<u8> = self
            .listed()
            .map(|code| crate::catalog::catalog().job(code).mid)
            .collect();
        mids.sort_unstable();
        mids.dedup();
        mids
    }
}
