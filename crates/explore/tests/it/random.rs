//! Random postings and selections.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::fixture::{DIMENSIONS, FIRST_DAY, LAST_DAY, Pairs, Posting, day};

fn some_of(values: &'static [&'static str], most: usize) -> BoxedStrategy<BTreeSet<String>> {
    proptest::collection::btree_set(proptest::sample::select(values), 0..=most)
        .prop_map(|values| values.into_iter().map(str::to_owned).collect())
        .boxed()
}

const WORDS: &[&str] = &[
    "데이터",
    "엔지니어",
    "Data",
    "Engineer",
    "java",
    "JavaScript",
    "자바",
    "개발자",
    "C",
    "D",
    "C++",
    "17",
    "7",
];

pub fn title() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(WORDS);
    let gap = proptest::sample::select(&["", " ", "-", " / ", "\u{200B}", "🚀", "&"][..]);
    proptest::collection::vec((word, gap), 0..5).prop_map(|parts| {
        parts
            .into_iter()
            .flat_map(|(word, gap)| [word, gap])
            .collect()
    })
}

pub fn postings() -> impl Strategy<Value = Vec<Posting>> {
    proptest::collection::vec(posting(), 0..40).prop_map(|mut postings| {
        for (place, posting) in postings.iter_mut().enumerate() {
            // Neither in the order of anything else nor all of one sign.
            posting.id = (place as i64 * 37 % 101) - 50;
            posting.posting_id = format!("p{place}");
        }
        postings
    })
}

fn posting() -> impl Strategy<Value = Posting> {
    let number = || proptest::option::of(0_i64..6);
    let open = proptest::option::of(-3_i32..30);
    let day = proptest::option::weighted(0.85, FIRST_DAY..LAST_DAY + 5);
    let company = proptest::option::of(proptest::sample::select(
        &["데이터랩", "가나", "Java Inc"][..],
    ));
    let values = (
        some_of(&["all", "de", "ds"], 3),
        some_of(&["신입", "경력", "기타"], 1),
        some_of(&["서울", "부산", "해외"], 2),
        some_of(&["서울 강남구", "서울 중구", "부산 중구"], 2),
        some_of(&["java", "C++", "데이터 분석", "a", "b"], 3),
        some_of(&["x", "y"], 1),
    );
    let dates = (day, open, any::<bool>(), any::<bool>());
    let numbers = (number(), number(), number());
    (title(), company, dates, numbers, values, any::<bool>()).prop_map(
        |(
            title,
            company,
            (posted, open, closes, assumed),
            (years, views, applications),
            values,
            linked,
        )| {
            let end = posted.zip(open).map(|(posted, open)| posted + open);
            let (role, experience, province, district, skill, grade) = values;
            let values = [role, experience, province, district, skill, grade];
            Posting {
                url: linked.then(|| "https://jobs.example/p".to_owned()),
                title,
                company: company.map(str::to_owned),
                posted,
                expires: if closes {
                    end.or(Some(FIRST_DAY + 3))
                } else {
                    None
                },
                until: end,
                assumed,
                years,
                views,
                applications,
                values: DIMENSIONS.into_iter().zip(values).collect(),
                ..Posting::default()
            }
        },
    )
}

/// Filters of one selection; `prefix` is empty or `vs.`.
pub fn filters(prefix: &'static str) -> impl Strategy<Value = Pairs> {
    let one = |name: &'static str, values: &'static [&'static str]| {
        (
            Just(name.to_owned()),
            proptest::sample::select(values).prop_map(str::to_owned),
        )
    };
    let choice = prop_oneof![
        one("role", &["all", "de", "ds", "zz", ""]),
        one("experience", &["신입", "경력", "기타"]),
        one("province", &["서울", "부산", "해외"]),
        one("district", &["서울 강남구", "부산 중구"]),
        one("skill", &["java", "C++", "a"]),
        one("grade", &["x", "y"]),
    ];
    // No period ends before it begins, even if the days of two selections are combined.
    let middle = FIRST_DAY + 20;
    let single = (
        proptest::option::weighted(0.2, FIRST_DAY - 3..=middle),
        proptest::option::weighted(0.2, middle..LAST_DAY + 8),
        proptest::option::weighted(0.3, proptest::sample::select(super::model::QUERIES)),
    );
    (proptest::collection::vec(choice, 0..4), single).prop_map(move |(mut pairs, (from, to, q))| {
        pairs.extend(from.map(|from| ("from".to_owned(), day(from).to_string())));
        pairs.extend(to.map(|to| ("to".to_owned(), day(to).to_string())));
        pairs.extend(q.map(|q| ("q".to_owned(), q.to_owned())));
        for (name, _) in &mut pairs {
            name.insert_str(0, prefix);
        }
        pairs
    })
}
