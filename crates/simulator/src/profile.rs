//! Frequencies: the distribution of the published figures of June and July 2023 (regular
//! employment, `ind_cd=3`), turned into probabilities.
//!
//! A published share is reached exactly on average: for each trait the occupations have relative
//! affinities, and [`Profile::new`] finds the one factor that gives the published share over all
//! postings. Postings without job codes are compensated for.

use std::sync::OnceLock;

use crate::occupations::{self as occ, COUNT, OCCUPATIONS};

/// Bits of a posting's data roles.
pub(crate) const ENGINEER: u8 = 1;
pub(crate) const ANALYST: u8 = 2;
pub(crate) const SCIENTIST: u8 = 4;

/// Postings of the original dashboards.
const PUBLISHED: f64 = 14_989.0;
/// Share of postings with at least one data role.
pub(crate) const DATA_SHARE: f64 = 1_982.0 / PUBLISHED;
/// Share of postings, outside the data roles, without any job code (quirk Q1 of the reference).
pub(crate) const NO_CODES: f64 = 0.012;

/// Which data roles go together, in proportion: gives 571 engineers, 825 analysts and 1,331
/// scientists among 1,982 postings.
pub(crate) const DATA_ROLES: [(u8, f64); 7] = [
    (ENGINEER, 0.0801),
    (ANALYST, 0.1932),
    (SCIENTIST, 0.4234),
    (ENGINEER | ANALYST, 0.0550),
    (ANALYST | SCIENTIST, 0.0951),
    (ENGINEER | SCIENTIST, 0.0801),
    (ENGINEER | ANALYST | SCIENTIST, 0.0729),
];

/// The occupations that postings with these data roles are for.
pub(crate) fn data_occupations(roles: u8) -> &'static [(usize, f64)] {
    match roles {
        ENGINEER => &[
            (occ::DATA_ENGINEER, 0.68),
            (occ::BACKEND, 0.16),
            (occ::INFRASTRUCTURE, 0.1),
            (occ::DATABASE, 0.06),
        ],
        ANALYST => &[
            (occ::DATA_ANALYST, 0.6),
            (occ::PLANNER, 0.18),
            (occ::MARKETING, 0.1),
            (occ::DATABASE, 0.06),
            (occ::RESEARCH, 0.06),
        ],
        SCIENTIST => &[
            (occ::DATA_SCIENTIST, 0.62),
            (occ::BACKEND, 0.12),
            (occ::SOFTWARE, 0.1),
            (occ::EMBEDDED, 0.06),
            (occ::RESEARCH, 0.06),
            (occ::PLANNER, 0.04),
        ],
        _ if roles & SCIENTIST == 0 => &[
            (occ::DATA_ENGINEER, 0.45),
            (occ::DATA_ANALYST, 0.45),
            (occ::BACKEND, 0.1),
        ],
        _ if roles & ENGINEER == 0 => &[
            (occ::DATA_ANALYST, 0.45),
            (occ::DATA_SCIENTIST, 0.45),
            (occ::RESEARCH, 0.1),
        ],
        _ if roles & ANALYST == 0 => &[
            (occ::DATA_ENGINEER, 0.4),
            (occ::DATA_SCIENTIST, 0.48),
            (occ::BACKEND, 0.12),
        ],
        _ => &[
            (occ::DATA_ENGINEER, 0.25),
            (occ::DATA_ANALYST, 0.3),
            (occ::DATA_SCIENTIST, 0.45),
        ],
    }
}

/// Something whose share of all postings was published.
pub(crate) struct Trait {
    share: f64,
    /// The job codes that imply it, in proportion.
    pub(crate) codes: &'static [(&'static [u16], f64)],
    /// Relative likelihood by occupation; only the proportions matter.
    affinity: &'static [(usize, f64)],
}

#[rustfmt::skip]
pub(crate) const TRAITS: [Trait; 9] = [
    // web_back
    Trait {
        share: 2_831.0 / PUBLISHED, codes: &[(&[84], 1.0)],
        affinity: &[
            (occ::BACKEND, 1.0), (occ::WEB, 0.35), (occ::APP, 0.25), (occ::DATA_ENGINEER, 0.35), (occ::DATA_SCIENTIST, 0.12),
            (occ::INFRASTRUCTURE, 0.08), (occ::SYSTEMS, 0.2), (occ::SOFTWARE, 0.1), (occ::SECURITY, 0.05), (occ::GAME, 0.15),
            (occ::DATABASE, 0.1), (occ::FRONTEND, 0.15), (occ::PLANNER, 0.03),
        ],
    },
    // web_front
    Trait {
        share: 2_205.0 / PUBLISHED, codes: &[(&[92], 1.0)],
        affinity: &[
            (occ::FRONTEND, 1.0), (occ::WEB, 0.5), (occ::PUBLISHER, 0.35), (occ::BACKEND, 0.2), (occ::APP, 0.2), (occ::PLANNER, 0.05),
            (occ::SYSTEMS, 0.1), (occ::SOFTWARE, 0.05), (occ::GAME, 0.05), (occ::DATA_SCIENTIST, 0.04), (occ::DATA_ANALYST, 0.05),
        ],
    },
    // embedded
    Trait {
        share: 1_346.0 / PUBLISHED,
        codes: &[(&[128], 0.45), (&[139], 0.25), (&[128, 139], 0.26), (&[1137], 0.04)],
        affinity: &[
            (occ::EMBEDDED, 1.0), (occ::HARDWARE, 0.4), (occ::SOFTWARE, 0.25), (occ::RESEARCH, 0.2), (occ::SECURITY, 0.03),
            (occ::DATA_SCIENTIST, 0.06), (occ::GAME, 0.02), (occ::QUALITY, 0.1), (occ::INFRASTRUCTURE, 0.03),
        ],
    },
    // security
    Trait {
        share: 1_426.0 / PUBLISHED,
        codes: &[(&[90], 0.6), (&[85], 0.08), (&[85, 90], 0.18), (&[2239], 0.06), (&[90, 2239], 0.08)],
        affinity: &[
            (occ::SECURITY, 1.0), (occ::INFRASTRUCTURE, 0.35), (occ::SYSTEMS, 0.12), (occ::BACKEND, 0.05), (occ::SALES, 0.15),
            (occ::PLANNER, 0.05), (occ::QUALITY, 0.05), (occ::DATABASE, 0.05), (occ::OFFICE, 0.03), (occ::DATA_ENGINEER, 0.06),
        ],
    },
    // 웹개발
    Trait {
        share: 4_000.0 / PUBLISHED, codes: &[(&[87], 1.0)],
        affinity: &[
            (occ::WEB, 1.0), (occ::BACKEND, 0.7), (occ::FRONTEND, 0.75), (occ::PUBLISHER, 0.5), (occ::SYSTEMS, 0.4), (occ::APP, 0.25),
            (occ::PLANNER, 0.15), (occ::DATABASE, 0.15), (occ::QUALITY, 0.1), (occ::DATA_ENGINEER, 0.15), (occ::SECURITY, 0.08),
            (occ::SOFTWARE, 0.1), (occ::GAME, 0.05), (occ::DATA_SCIENTIST, 0.08), (occ::MARKETING, 0.05), (occ::SALES, 0.04),
        ],
    },
    // Java
    Trait {
        share: 3_697.0 / PUBLISHED, codes: &[(&[235], 1.0)],
        affinity: &[
            (occ::BACKEND, 0.8), (occ::WEB, 0.7), (occ::SYSTEMS, 0.45), (occ::APP, 0.35), (occ::FRONTEND, 0.3), (occ::DATA_ENGINEER, 0.4),
            (occ::DATABASE, 0.2), (occ::QUALITY, 0.15), (occ::SECURITY, 0.1), (occ::INFRASTRUCTURE, 0.05), (occ::SOFTWARE, 0.15),
            (occ::DATA_SCIENTIST, 0.12), (occ::GAME, 0.1), (occ::EMBEDDED, 0.05), (occ::PUBLISHER, 0.1), (occ::DATA_ANALYST, 0.05),
        ],
    },
    // 솔루션
    Trait {
        share: 3_410.0 / PUBLISHED, codes: &[(&[118], 1.0)],
        affinity: &[
            (occ::SYSTEMS, 0.6), (occ::SALES, 0.8), (occ::INFRASTRUCTURE, 0.35), (occ::SECURITY, 0.45), (occ::WEB, 0.2), (occ::BACKEND, 0.2),
            (occ::SOFTWARE, 0.25), (occ::PLANNER, 0.3), (occ::MARKETING, 0.2), (occ::QUALITY, 0.2), (occ::DATABASE, 0.2), (occ::OFFICE, 0.15),
            (occ::EMBEDDED, 0.1), (occ::APP, 0.1), (occ::HARDWARE, 0.1), (occ::FRONTEND, 0.1), (occ::DATA_ENGINEER, 0.2),
            (occ::DATA_ANALYST, 0.15), (occ::DATA_SCIENTIST, 0.2), (occ::RESEARCH, 0.1), (occ::PUBLISHER, 0.08),
        ],
    },
    // 유지보수
    Trait {
        share: 3_380.0 / PUBLISHED, codes: &[(&[89], 1.0)],
        affinity: &[
            (occ::INFRASTRUCTURE, 0.7), (occ::SYSTEMS, 0.45), (occ::WEB, 0.35), (occ::BACKEND, 0.25), (occ::SOFTWARE, 0.25), (occ::HARDWARE, 0.4),
            (occ::SECURITY, 0.2), (occ::DATABASE, 0.4), (occ::OFFICE, 0.3), (occ::SALES, 0.1), (occ::PUBLISHER, 0.15), (occ::EMBEDDED, 0.15),
            (occ::FRONTEND, 0.1), (occ::QUALITY, 0.1), (occ::APP, 0.1), (occ::PLANNER, 0.05), (occ::DATA_ENGINEER, 0.08),
        ],
    },
    // C++
    Trait {
        share: 3_315.0 / PUBLISHED, codes: &[(&[205], 1.0)],
        affinity: &[
            (occ::SOFTWARE, 1.0), (occ::EMBEDDED, 0.8), (occ::GAME, 0.8), (occ::RESEARCH, 0.4), (occ::HARDWARE, 0.3), (occ::DATA_SCIENTIST, 0.35),
            (occ::SECURITY, 0.3), (occ::BACKEND, 0.18), (occ::QUALITY, 0.15), (occ::APP, 0.15), (occ::SYSTEMS, 0.12), (occ::WEB, 0.08),
            (occ::INFRASTRUCTURE, 0.06), (occ::DATA_ENGINEER, 0.05),
        ],
    },
];

/// Probabilities of the traits, by occupation.
pub(crate) struct Profile {
    probability: [[f64; COUNT]; TRAITS.len()],
}

/// The maximum probability of a trait in an occupation, for any affinity.
const MOST: f64 = 0.97;

impl Profile {
    /// The one copy, computed at first use.
    pub(crate) fn get() -> &'static Self {
        static PROFILE: OnceLock<Profile> = OnceLock::new();
        PROFILE.get_or_init(Self::new)
    }

    /// The probability that a posting with job codes, of this occupation, has the trait.
    pub(crate) fn probability(&self, trait_index: usize, occupation: usize) -> f64 {
        self.probability[trait_index][occupation]
    }

    fn new() -> Self {
        let shares = shares_with_codes();
        let probability = TRAITS.each_ref().map(|published| {
            let mut affinity = [0.0; COUNT];
            for (occupation, value) in published.affinity {
                affinity[*occupation] = *value;
            }
            let reached = |factor: f64| -> f64 {
                (0..COUNT)
                    .map(|o| shares[o] * (factor * affinity[o]).min(MOST))
                    .sum()
            };
            let (mut low, mut high) = (0.0, 50.0);
            for _ in 0..60 {
                let middle = (low + high) / 2.0;
                if reached(middle) < published.share {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            affinity.map(|value| (high * value).min(MOST))
        });
        Self { probability }
    }
}

/// Share of all postings that are of the occupation and carry job codes.
fn shares_with_codes() -> [f64; COUNT] {
    let total: f64 = OCCUPATIONS.iter().map(|occupation| occupation.weight).sum();
    let mut shares = OCCUPATIONS
        .each_ref()
        .map(|occupation| occupation.weight / total * (1.0 - DATA_SHARE) * (1.0 - NO_CODES));
    let all: f64 = DATA_ROLES.iter().map(|(_, weight)| weight).sum();
    for (roles, weight) in &DATA_ROLES {
        for (occupation, part) in data_occupations(*roles) {
            shares[*occupation] += DATA_SHARE * weight / all * part;
        }
    }
    shares
}

/// The data roles that a title implies, by the rules of the roles (`LIKE` patterns on the title).
pub(crate) fn title_roles(title: &str) -> u8 {
    let has = |part: &str| title.contains(part);
    let mut roles = 0;
    // `데이터_엔지니어`: any one character between.
    let spaced = title.match_indices("데이터").any(|(at, word)| {
        let mut rest = title[at + word.len()..].chars();
        rest.next().is_some() && rest.as_str().starts_with("엔지니어")
    });
    if has("데이터엔지니어") || spaced {
        roles |= ENGINEER;
    }
    if has("데이터분석") || has("데이터 분석") {
        roles |= ANALYST;
    }
    let scientist = [
        "머신러닝",
        "딥러닝",
        "데이터사이",
        "데이터 사이",
        "데이터과학",
        "데이터 과학",
    ];
    if scientist.iter().any(|part| has(part)) {
        roles |= SCIENTIST;
    }
    roles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::catalog;

    /// Codes that decide a role; they come from traits and data roles only.
    const DECIDING: [u16; 14] = [
        82, 83, 84, 85, 90, 92, 107, 108, 109, 128, 139, 181, 2239, 2248,
    ];

    #[test]
    fn every_trait_reaches_its_published_share() {
        let shares = shares_with_codes();
        for (t, published) in TRAITS.iter().enumerate() {
            let reached: f64 = (0..COUNT)
                .map(|o| shares[o] * Profile::get().probability(t, o))
                .sum();
            assert!(
                (reached - published.share).abs() < 1e-6,
                "codes {:?}: {reached} instead of {}",
                published.codes,
                published.share
            );
        }
    }

    #[test]
    fn data_roles_overlap_as_published() {
        let all: f64 = DATA_ROLES.iter().map(|(_, weight)| weight).sum();
        let postings = |role: u8| {
            let with: f64 = (DATA_ROLES.iter().filter(|(roles, _)| roles & role != 0))
                .map(|(_, weight)| weight)
                .sum();
            with / all * DATA_SHARE * PUBLISHED
        };
        for (role, published) in [(ENGINEER, 571.0), (ANALYST, 825.0), (SCIENTIST, 1_331.0)] {
            assert!(
                (postings(role) - published).abs() < 1.0,
                "{}",
                postings(role)
            );
        }
    }

    #[test]
    fn occupations_claim_no_role() {
        for (index, occupation) in OCCUPATIONS.iter().enumerate() {
            for (code, probability) in occupation.codes {
                assert!(!DECIDING.contains(code), "{}: {code}", occupation.titles[0]);
                assert!(!catalog().job(*code).name.is_empty());
                assert!((0.0..=1.0).contains(probability));
            }
            let data = [occ::DATA_ENGINEER, occ::DATA_ANALYST, occ::DATA_SCIENTIST];
            let plain = occupation
                .titles
                .iter()
                .filter(|t| title_roles(t) == 0)
                .count();
            assert!(
                plain > 0,
                "{} needs a title without a role",
                occupation.titles[0]
            );
            if !data.contains(&index) {
                assert_eq!(plain, occupation.titles.len(), "{}", occupation.titles[0]);
            }
        }
    }

    #[test]
    fn title_patterns_are_those_of_the_roles() {
        assert_eq!(title_roles("[급구] 데이터 엔지니어 채용"), ENGINEER);
        assert_eq!(title_roles("데이터·엔지니어"), ENGINEER);
        assert_eq!(title_roles("데이터  엔지니어"), 0);
        assert_eq!(title_roles("데이터분석 및 딥러닝"), ANALYST | SCIENTIST);
        assert_eq!(title_roles("데이터베이스 관리자"), 0);
    }
}
