//! Where the jobs are: weights of regions and districts, and of industries.
//!
//! Published: Seoul 57.8 % and Gyeonggi 26.4 % of places of work, Gangnam-gu 29.3 % of Seoul, about
//! 36 % of the postings of an `ind_cd=3` query shown under an industry of another category. The
//! weights of Seoul, Gyeonggi and Gangnam-gu here differ a little from these, because postings with
//! several places shift them. The rest is invented but plausible.

pub(crate) struct Region {
    pub(crate) wide: u32,
    pub(crate) weight: f64,
    pub(crate) districts: &'static [(u32, f64)],
}

pub(crate) const SEOUL: u32 = 101_000;
pub(crate) const GYEONGGI: u32 = 102_000;

#[rustfmt::skip]
pub(crate) const REGIONS: &[Region] = &[
    Region { wide: SEOUL, weight: 59.2, districts: &[
        (101_010, 30.3), (101_150, 11.0), (101_080, 10.5), (101_070, 8.5), (101_200, 7.8), (101_130, 6.6), (101_180, 6.0), (101_160, 4.8),
        (101_240, 4.2), (101_230, 2.6), (101_040, 2.4), (101_210, 1.3), (101_020, 0.9), (101_050, 0.7), (101_060, 0.6), (101_190, 0.5),
        (101_110, 0.4), (101_140, 0.4), (101_120, 0.4), (101_170, 0.3), (101_220, 0.3), (101_090, 0.2), (101_030, 0.1), (101_100, 0.1), (101_250, 0.1),
    ] },
    Region { wide: GYEONGGI, weight: 25.5, districts: &[
        (102_190, 27.0), (102_330, 10.0), (102_240, 7.5), (102_510, 7.0), (102_410, 5.5), (102_210, 4.0), (102_100, 3.8), (102_420, 3.2),
        (102_200, 2.8), (102_060, 2.6), (102_140, 2.6), (102_040, 2.4), (102_500, 2.4), (102_340, 2.0), (102_480, 2.0), (102_290, 1.8),
        (102_270, 1.6), (102_070, 1.4), (102_470, 1.2), (102_440, 1.2), (102_430, 1.0), (102_230, 1.0), (102_390, 0.9), (102_110, 0.9),
        (102_030, 0.8), (102_180, 0.6), (102_170, 0.6), (102_250, 0.5), (102_460, 0.5), (102_320, 0.4), (102_080, 0.4), (102_310, 0.4),
        (102_120, 0.4), (102_220, 0.3), (102_260, 0.3), (102_400, 0.3), (102_300, 0.3), (102_090, 0.3), (102_450, 0.2), (102_350, 0.2), (102_020, 0.2),
    ] },
    Region { wide: 105_000, weight: 2.9, districts: &[(105_040, 62.0), (105_030, 22.0), (105_010, 7.0), (105_050, 6.0), (105_020, 3.0)] },
    Region { wide: 106_000, weight: 2.3, districts: &[(106_160, 42.0), (106_070, 14.0), (106_010, 10.0), (106_150, 8.0), (106_090, 8.0), (106_130, 6.0), (106_020, 6.0), (106_040, 6.0)] },
    Region { wide: 108_000, weight: 1.9, districts: &[(108_080, 40.0), (108_040, 20.0), (108_060, 14.0), (108_070, 14.0), (108_030, 8.0), (108_100, 4.0)] },
    Region { wide: 104_000, weight: 1.6, districts: &[(104_040, 26.0), (104_070, 24.0), (104_020, 20.0), (104_050, 14.0), (104_030, 10.0), (104_080, 6.0)] },
    Region { wide: 103_000, weight: 1.0, districts: &[(103_010, 36.0), (103_040, 34.0), (103_050, 20.0), (103_030, 6.0), (103_020, 4.0)] },
    Region { wide: 115_000, weight: 0.9, districts: &[(115_135, 40.0), (115_100, 30.0), (115_133, 18.0), (115_050, 6.0), (115_160, 6.0)] },
    Region { wide: 114_000, weight: 0.8, districts: &[(114_130, 50.0), (114_150, 24.0), (114_160, 10.0), (114_090, 8.0), (114_060, 8.0)] },
    Region { wide: 110_000, weight: 0.8, districts: &[(110_057, 40.0), (110_059, 18.0), (110_040, 18.0), (110_120, 14.0), (110_080, 10.0)] },
    Region { wide: 111_000, weight: 0.6, districts: &[(111_040, 36.0), (111_240, 24.0), (111_010, 22.0), (111_020, 10.0), (111_110, 8.0)] },
    Region { wide: 113_000, weight: 0.5, districts: &[(113_130, 44.0), (113_140, 26.0), (113_080, 20.0), (113_020, 10.0)] },
    Region { wide: 118_000, weight: 0.5, districts: &[] },
    Region { wide: 112_000, weight: 0.4, districts: &[(112_060, 70.0), (112_110, 16.0), (112_130, 14.0)] },
    Region { wide: 109_000, weight: 0.4, districts: &[(109_130, 50.0), (109_090, 36.0), (109_010, 14.0)] },
    Region { wide: 116_000, weight: 0.3, districts: &[(116_040, 88.0), (116_030, 12.0)] },
    Region { wide: 107_000, weight: 0.3, districts: &[(107_010, 54.0), (107_050, 26.0), (107_030, 20.0)] },
    Region { wide: 117_000, weight: 0.15, districts: &[] },
    Region { wide: 210_000, weight: 0.45, districts: &[(211_214, 40.0), (210_600, 26.0), (211_232, 10.0), (210_900, 8.0), (211_303, 8.0), (211_223, 8.0)] },
    Region { wide: 220_000, weight: 0.1, districts: &[(220_247, 80.0), (220_206, 20.0)] },
];

/// Category 3: 64 % of the postings; the second number is the weight within the category.
#[rustfmt::skip]
pub(crate) const IT_INDUSTRIES: &[(u16, f64)] = &[
    (301, 31.0), (305, 7.0), (304, 6.5), (306, 6.0), (307, 4.0), (308, 3.2), (313, 3.0), (302, 2.0), (314, 1.8),
];

/// The other 36 %: they match an `ind_cd=3` query by an industry that is not shown.
#[rustfmt::skip]
pub(crate) const OTHER_INDUSTRIES: &[(u16, f64)] = &[
    (213, 4.2), (201, 3.6), (504, 3.2), (1005, 3.0), (703, 2.5), (803, 2.4), (111, 2.4), (202, 2.0), (215, 1.9), (511, 1.4),
    (406, 1.2), (601, 1.1), (401, 1.0), (405, 0.9), (901, 0.8), (804, 0.8), (701, 0.7), (605, 0.7), (207, 0.7), (205, 0.6),
    (109, 0.6), (1002, 0.6), (208, 0.5), (216, 0.4), (121, 0.4), (212, 0.4), (604, 0.4), (602, 0.4), (903, 0.4), (1001, 0.3),
    (108, 0.3), (503, 0.3), (509, 0.3), (902, 0.3), (904, 0.3), (402, 0.3), (211, 0.3), (204, 0.3), (214, 0.2), (115, 0.2),
    (119, 0.2), (501, 0.2), (502, 0.2), (505, 0.2), (702, 0.2), (704, 0.2), (801, 0.2), (802, 0.2), (1003, 0.2), (1004, 0.2),
];

/// Share of the postings that are shown under category 3.
pub(crate) const IT_SHARE: f64 = 0.64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::catalog;

    #[test]
    fn every_code_is_in_the_tables_and_in_its_region() {
        for region in REGIONS {
            assert_eq!(catalog().place(region.wide).wide, region.wide);
            for (district, _) in region.districts {
                assert_eq!(catalog().place(*district).wide, region.wide, "{district}");
            }
        }
        for (code, _) in IT_INDUSTRIES {
            assert_eq!(catalog().industry(*code).category, 3);
        }
        for (code, _) in OTHER_INDUSTRIES {
            assert_ne!(catalog().industry(*code).category, 3);
        }
    }
}
