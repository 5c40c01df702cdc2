//! One posting as it was first published: everything is derived from the seed, its chronological
//! index and the second it was posted. Nothing is stored, so a million postings cost a million
//! timestamps.
//!
//! [`Facts`] are the codes, cheap to draw and all that most filters need; [`Text`] is the company
//! and the title. Later edits are in `edits`.

use crate::catalog::{FIRST_OVERSEAS, catalog};
use crate::codes::{self, JobCodes};
use crate::dates::Dates;
use crate::draw::{Draw, Purpose, Spread, even, mix, pick_weighted};
use crate::experience::Experience;
use crate::occupations::{self as occ, OCCUPATIONS};
use crate::profile::{self, title_roles};
use crate::regions::{IT_INDUSTRIES, IT_SHARE, OTHER_INDUSTRIES, REGIONS, Region};
use crate::salary::{self, Pay};
use crate::titles::{self, Company};

/// The parameters that all postings of a simulator share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) seed: u64,
    /// Postings of the base series; decides how many companies there are.
    pub(crate) postings: u32,
    /// Share of the postings of other categories that no industry of category 3 finds.
    pub(crate) elsewhere: f64,
}

/// How an object of the response deviates from its full form (quirk Q1 of the reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    Empty,
    NoCode,
}

/// The objects that may have a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Industry,
    Location,
    JobType,
    Experience,
    Education,
    Salary,
    CloseType,
}

const PARTS: [Part; 7] = [
    Part::Industry,
    Part::Location,
    Part::JobType,
    Part::Experience,
    Part::Education,
    Part::Salary,
    Part::CloseType,
];

/// Share of postings in which one object has a gap.
const GAPS: f64 = 0.012;

pub(crate) struct Facts {
    pub(crate) index: u32,
    pub(crate) posted_at: i64,
    pub(crate) occupation: usize,
    /// Data roles, see `profile`.
    pub(crate) roles: u8,
    /// `None`: the API leaves job-mid-code and job-code out.
    pub(crate) codes: Option<JobCodes>,
    /// In the response; nearly always one.
    pub(crate) industries: Vec<u16>,
    /// Not in the response, but matched by queries (quirk Q12).
    pub(crate) hidden_industry: Option<u16>,
    /// Ascending.
    pub(crate) places: Vec<u32>,
    /// In the order of their text (`1`, `10`, `2`), as the API sorts them.
    pub(crate) job_types: &'static [u8],
    pub(crate) experience: Experience,
    pub(crate) education: u8,
    /// Positions in the keywords of the first industry.
    pub(crate) keywords: Vec<usize>,
    pub(crate) salary: u8,
    pub(crate) pay: Pay,
    pub(crate) dates: Dates,
    pub(crate) gap: Option<(Part, Gap)>,
}

pub(crate) struct Text {
    pub(crate) company: String,
    pub(crate) company_number: u64,
    /// Whether the company's page is public.
    pub(crate) company_shown: bool,
    pub(crate) listed_on: Option<&'static str>,
    pub(crate) title: String,
}

#[rustfmt::skip]
const REGULAR: &[(&[u8], f64)] = &[
    (&[1], 75.5), (&[1, 2], 5.0), (&[1, 10, 2], 4.5), (&[1, 2, 9], 0.6), (&[1, 4], 0.6), (&[1, 2, 4], 0.4), (&[1, 11, 4], 0.4),
    (&[1, 3], 0.3), (&[1, 9], 0.3), (&[1, 10, 16, 17, 2], 0.3), (&[1, 14], 0.1),
];
/// Share of postings for regular employment (code 1): 14,989 of about 17,000 collected.
const REGULAR_SHARE: f64 = 0.88;
#[rustfmt::skip]
const IRREGULAR: &[(&[u8], f64)] = &[
    (&[2], 4.0), (&[10], 2.2), (&[9], 1.5), (&[10, 2], 1.2), (&[2, 6], 0.9), (&[4], 0.6), (&[2, 9], 0.5), (&[11, 4], 0.4), (&[12], 0.3),
    (&[6], 0.2), (&[10, 16, 17, 2], 0.2),
];
const EXPERIENCE: &[(u8, f64)] = &[(2, 45.0), (0, 31.0), (3, 17.0), (1, 7.0)];
const EXPERIENCE_DATA: &[(u8, f64)] = &[(2, 51.0), (0, 24.0), (3, 17.0), (1, 8.0)];
const MIN_YEARS: &[(u8, f64)] = &[
    (0, 6.0),
    (1, 22.0),
    (2, 19.0),
    (3, 25.0),
    (4, 7.0),
    (5, 12.0),
    (7, 4.0),
    (8, 1.0),
    (10, 4.0),
];
#[rustfmt::skip]
const EDUCATION: &[(u8, f64)] = &[
    (0, 45.0), (8, 24.0), (7, 20.0), (6, 9.5), (9, 1.0), (3, 0.2), (1, 0.1), (2, 0.1), (4, 0.05), (5, 0.05),
];

impl Facts {
    pub(crate) fn draw(recipe: &Recipe, index: u32, posted_at: i64) -> Self {
        let seed = recipe.seed;
        let at = u64::from(index);
        let draw = |purpose| Draw::new(seed, at, purpose);
        let spread = |sequence| even(seed, at, sequence, 0);

        let roles = data_roles(spread(Spread::DataRoles));
        let occupation = occupation(roles, spread(Spread::Occupation));
        let experience = experience(
            roles,
            spread(Spread::Experience),
            &mut draw(Purpose::Experience),
        );
        let codes = codes::draw(seed, at, occupation, roles);
        let (industries, hidden_industry) = industries(
            recipe,
            occupation,
            spread(Spread::Industry),
            &mut draw(Purpose::Industry),
        );
        let places = places(
            spread(Spread::Region),
            spread(Spread::District),
            &mut draw(Purpose::Location),
        );
        let regular = spread(Spread::JobType);
        let job_types = if regular < REGULAR_SHARE {
            pick_weighted(REGULAR, regular / REGULAR_SHARE)
        } else {
            pick_weighted(IRREGULAR, (regular - REGULAR_SHARE) / (1.0 - REGULAR_SHARE))
        };
        let keywords = keywords(industries[0], &mut draw(Purpose::Identity));
        let (salary, pay) = salary::draw(&experience, &mut draw(Purpose::Salary));
        let mut gaps = draw(Purpose::Gaps);
        let gap = gaps.chance(GAPS).then(|| {
            let how = if gaps.chance(0.75) {
                Gap::Empty
            } else {
                Gap::NoCode
            };
            (*gaps.pick(&PARTS), how)
        });
        Self {
            index,
            posted_at,
            occupation,
            roles,
            codes,
            industries,
            hidden_industry,
            places,
            job_types,
            experience,
            education: *draw(Purpose::Education).weighted(EDUCATION),
            keywords,
            salary,
            pay,
            dates: Dates::draw(seed, index, posted_at),
            gap,
        }
    }

    /// The gap of one object, if this posting has one there.
    pub(crate) fn gap_of(&self, part: Part) -> Option<Gap> {
        self.gap.filter(|(at, _)| *at == part).map(|(_, gap)| gap)
    }

    /// Keyword names of the first industry.
    pub(crate) fn keyword_names(&self) -> impl Iterator<Item = &'static str> {
        let all = &catalog().industry(self.industries[0]).keywords;
        self.keywords.iter().map(|&at| all[at].1.as_str())
    }

    /// Whether a headhunter or a dispatch agency posted it.
    pub(crate) fn by_agency(&self) -> bool {
        self.industries[0] == 111
    }

    pub(crate) fn text(&self, recipe: &Recipe) -> Text {
        let mut draw = Draw::new(recipe.seed, u64::from(self.index), Purpose::Company);
        let company = self.company(recipe, &mut draw);
        let nouns = OCCUPATIONS[self.occupation].titles;
        let coded = self.codes.as_ref().map_or(0, |codes| codes.data_roles);
        // A role without a code is in the title.
        let claim = self.roles & !coded;
        let title = titles::title(
            &mut Draw::new(recipe.seed, u64::from(self.index), Purpose::Title),
            nouns,
            &company.short,
            &self.experience,
            self.roles,
            claim,
        );
        debug_assert_eq!(title_roles(&title) & !self.roles, 0, "{title}");
        let listed_on = match company.number % 100 {
            0..=3 => Some("kospi"),
            4..=9 => Some("kosdaq"),
            10 => Some("konex"),
            _ => None,
        };
        Text {
            company: company.name,
            company_number: company.number,
            company_shown: !draw.chance(0.02),
            listed_on,
            title,
        }
    }

    /// One of the companies of the posting's industry and region: about one company per five postings.
    fn company(&self, recipe: &Recipe, draw: &mut Draw) -> Company {
        let wide = catalog().place(self.places[0]).wide;
        let weight_of = |code: u16| {
            let (table, share) = if catalog().industry(code).category == 3 {
                (IT_INDUSTRIES, IT_SHARE)
            } else {
                (OTHER_INDUSTRIES, 1.0 - IT_SHARE)
            };
            let total: f64 = table.iter().map(|(_, weight)| weight).sum();
            let own = table
                .iter()
                .find(|(c, _)| *c == code)
                .map_or(0.1, |(_, weight)| *weight);
            share * own / total
        };
        let region = REGIONS.iter().find(|region| region.wide == wide);
        let expected = f64::from(recipe.postings)
            * weight_of(self.industries[0])
            * region.map_or(0.1, |region| region.weight)
            / 100.0;
        let companies = ((expected / 5.0) as usize).max(1);
        // A few companies post often, most rarely.
        let place = draw.unit();
        let slot = (place * (0.3 + 0.7 * place) * companies as f64) as u64;
        let identity = mix(u64::from(self.industries[0]) << 32 | u64::from(wide)) ^ slot;
        Company::new(&mut Draw::new(recipe.seed, identity, Purpose::Company))
    }
}

fn data_roles(at: f64) -> u8 {
    if at < profile::DATA_SHARE {
        *pick_weighted(&profile::DATA_ROLES, at / profile::DATA_SHARE)
    } else {
        0
    }
}

fn occupation(roles: u8, at: f64) -> usize {
    if roles != 0 {
        return *pick_weighted(profile::data_occupations(roles), at);
    }
    let total: f64 = OCCUPATIONS.iter().map(|o| o.weight).sum();
    let mut left = at * total;
    OCCUPATIONS
        .iter()
        .position(|o| {
            left -= o.weight;
            left < 0.0
        })
        .unwrap_or(occ::BACKEND)
}

fn experience(roles: u8, at: f64, draw: &mut Draw) -> Experience {
    let code = *pick_weighted(
        if roles == 0 {
            EXPERIENCE
        } else {
            EXPERIENCE_DATA
        },
        at,
    );
    let (min, max) = match code {
        2 => {
            let min = *draw.weighted(MIN_YEARS);
            let bounded = min > 0 && draw.chance(0.45);
            (
                min,
                if bounded {
                    min + *draw.pick(&[2, 3, 4, 5, 7, 10, 12])
                } else {
                    0
                },
            )
        }
        3 if draw.chance(0.4) => {
            let min = *draw.pick(&[1, 1, 1, 2, 2, 3, 3, 5]);
            (
                min,
                if draw.chance(0.5) {
                    min + *draw.pick(&[2, 4, 9])
                } else {
                    0
                },
            )
        }
        _ => (0, 0),
    };
    Experience { code, min, max }
}

fn industries(
    recipe: &Recipe,
    occupation: usize,
    at: f64,
    draw: &mut Draw,
) -> (Vec<u16>, Option<u16>) {
    let it = at < IT_SHARE;
    let first = if it {
        let usual = match occupation {
            occ::SECURITY if draw.chance(0.35) => Some(308),
            occ::GAME if draw.chance(0.55) => Some(314),
            occ::EMBEDDED | occ::HARDWARE if draw.chance(0.2) => Some(307),
            _ => None,
        };
        usual.unwrap_or_else(|| *pick_weighted(IT_INDUSTRIES, at / IT_SHARE))
    } else {
        *pick_weighted(OTHER_INDUSTRIES, (at - IT_SHARE) / (1.0 - IT_SHARE))
    };
    let second = *draw.weighted(IT_INDUSTRIES);
    let second = if second == first { 301 } else { second };
    if !it && draw.chance(recipe.elsewhere) {
        return (vec![first], None);
    }
    if first != second && draw.chance(0.01) {
        let mut both = vec![first, second];
        both.sort_unstable();
        return (both, None);
    }
    let hidden = (!it || draw.chance(0.1))
        .then_some(second)
        .filter(|code| *code != first);
    (vec![first], hidden)
}

fn places(at: f64, district_at: f64, draw: &mut Draw) -> Vec<u32> {
    let weights: Vec<(&Region, f64)> = REGIONS.iter().map(|r| (r, r.weight)).collect();
    let home = *pick_weighted(&weights, at);
    let first = if home.districts.is_empty() || draw.chance(0.02) {
        home.wide
    } else {
        *pick_weighted(home.districts, district_at)
    };
    let mut places = vec![first];
    match draw.below(100) {
        // The whole region in addition to the district, as in `서울전체, 강남구`.
        0..=5 if home.wide < FIRST_OVERSEAS => places.push(home.wide),
        6..=7 => more(home, draw, &mut places),
        8..=12 => {
            let others: Vec<(&Region, f64)> = (REGIONS.iter())
                .filter(|r| r.wide != home.wide && r.wide < FIRST_OVERSEAS)
                .map(|r| (r, r.weight))
                .collect();
            let other = *draw.weighted(&others);
            places.push(other.wide);
            more(other, draw, &mut places);
        }
        _ => {}
    }
    places.sort_unstable();
    places.dedup();
    places
}

fn more(region: &Region, draw: &mut Draw, places: &mut Vec<u32>) {
    if !region.districts.is_empty() {
        for _ in 0..draw.between(1, 4) {
            places.push(*draw.weighted(region.districts));
        }
    }
}

fn keywords(industry: u16, draw: &mut Draw) -> Vec<usize> {
    let all = catalog().industry(industry).keywords.len();
    let wanted = 1 + draw.below(all.min(4));
    let mut chosen: Vec<usize> = (0..wanted).map(|_| draw.below(all)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}
