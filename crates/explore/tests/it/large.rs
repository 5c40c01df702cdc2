//! An image large enough that bit sets span many words, values have lists as well as sets, and the
//! search uses two threads.

use std::collections::BTreeMap;

use explore::TileAnswer;
use semantic::Kind;

use super::fixture::{DIMENSIONS, FIRST_DAY, LAST_DAY, Pairs, Posting, asked, image};
use super::model::{self, by_size, counts, has_below};

const POSTINGS: u64 = 60_000;

/// A seeded generator.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn postings() -> Vec<Posting> {
    let mut draw = Draw(1);
    let titles = [
        "데이터 엔지니어",
        "JavaScript 개발자",
        "Java 개발자",
        "C++ 개발",
        "영업 관리",
    ];
    (0..POSTINGS)
        .map(|place| {
            let mut values: BTreeMap<&str, std::collections::BTreeSet<String>> = DIMENSIONS
                .iter()
                .map(|name| (*name, Default::default()))
                .collect();
            for _ in 0..draw.below(8) {
                // The first skills are common, the last ones rare.
                let skill = draw.below(400) * draw.below(400) / 400;
                values
                    .entry("skill")
                    .or_default()
                    .insert(format!("기술 {skill}"));
            }
            if draw.below(10) > 0 {
                let experience = ["신입", "경력"][draw.below(2) as usize];
                values
                    .entry("experience")
                    .or_default()
                    .insert(experience.to_owned());
            }
            if draw.below(7) == 0 {
                values.entry("role").or_default().insert("de".to_owned());
            }
            for _ in 0..draw.below(3) {
                // For each province a common district and many rare ones.
                let province = ["서울", "부산"][draw.below(2) as usize];
                let district = draw.below(60) * draw.below(2);
                values
                    .entry("district")
                    .or_default()
                    .insert(format!("{province} {district}구"));
            }
            let title = titles[draw.below(5) as usize];
            Posting {
                id: (place * 7_919 % POSTINGS) as i64,
                posting_id: place.to_string(),
                title: format!("{title} 모집합니다 함께 성장할 동료를 찾습니다 {place}"),
                posted: Some(FIRST_DAY + draw.below((LAST_DAY - FIRST_DAY) as u64) as i32),
                views: Some(draw.below(1_000) as i64),
                values,
                ..Posting::default()
            }
        })
        .collect()
}

/// The model checks every substring of a text, which takes too long here.
fn chosen<'a>(pairs: &Pairs, postings: &'a [Posting]) -> Vec<&'a Posting> {
    let mut chosen = model::chosen(pairs);
    let q = std::mem::take(&mut chosen.q);
    let begin = if q == "java" { "Java " } else { &q };
    let found = chosen.of(postings).into_iter();
    found
        .filter(|posting| posting.title.starts_with(begin))
        .collect()
}

#[test]
fn large_images_equal_the_model() {
    let postings = postings();
    let image = image(&postings);
    let selections: [&[(&str, &str)]; 7] = [
        &[],
        &[("experience", "신입"), ("experience", "경력")],
        &[("experience", "신입")],
        &[("role", "de"), ("from", "2026-01-20")],
        &[
            ("skill", "기술 399"),
            ("skill", "기술 390"),
            ("skill", "기술 1"),
        ],
        &[("q", "데이터 엔지니어")],
        &[("q", "java"), ("to", "2026-01-31")],
    ];
    for pairs in selections {
        let mut pairs: Pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let own = chosen(&pairs, &postings);
        let filters = pairs.clone();
        pairs.push((
            "tiles".to_owned(),
            "top_skills,skill_role,by_experience_size,one_parent".to_owned(),
        ));
        let answer = image.tiles(&asked(Kind::Tiles, &pairs));
        let selection = &answer.selections[0];
        assert_eq!(selection.postings as usize, own.len(), "{filters:?}");
        let TileAnswer::Groups(experiences) = &selection.tiles["by_experience_size"] else {
            panic!("no groups")
        };
        let found: Vec<(String, u32)> = experiences
            .rows
            .iter()
            .map(|row| (row.value.clone(), row.count))
            .collect();
        assert_eq!(found, by_size(counts(&own, "experience")), "{filters:?}");
        let TileAnswer::Groups(districts) = &selection.tiles["one_parent"] else {
            panic!("no groups")
        };
        assert_eq!(districts.n, has_below(&own, &["부산"]), "{filters:?}");
        let skills = by_size(counts(&own, "skill"));
        let TileAnswer::Groups(top) = &selection.tiles["top_skills"] else {
            panic!("no groups")
        };
        assert_eq!(top.more as usize, skills.len().saturating_sub(2));
        let TileAnswer::Cross(cross) = &selection.tiles["skill_role"] else {
            panic!("no cross")
        };
        let engineers: Vec<&Posting> = own
            .iter()
            .copied()
            .filter(|posting| posting.values["role"].contains("de"))
            .collect();
        let engineers = counts(&engineers, "skill");
        for (row, (skill, count)) in cross.rows.iter().zip(&skills) {
            assert_eq!((&row.value, row.count), (skill, *count), "{filters:?}");
            assert_eq!(row.counts[0], engineers.get(skill).copied().unwrap_or(0));
        }

        let mut pairs = filters;
        pairs.extend(
            [
                ("sort", "views"),
                ("order", "desc"),
                ("offset", "700"),
                ("limit", "500"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let page = image.postings(&asked(Kind::Postings, &pairs));
        let mut sorted = own;
        sorted.sort_by_key(|posting| (std::cmp::Reverse(posting.views), posting.id));
        let ids: Vec<String> = sorted
            .iter()
            .skip(700)
            .take(500)
            .map(|posting| posting.id.to_string())
            .collect();
        assert_eq!(
            page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>(),
            ids
        );
    }
}
