//! Lists of postings and of values against the model.

use std::cmp::Ordering;

use explore::PostingRow;
use proptest::prelude::*;
use semantic::Kind;

use super::fixture::{DIMENSIONS, Posting, asked, image, request};
use super::model::{self, by_size, counts};
use super::random::{filters, postings};

const SORTS: [&str; 7] = [
    "posting_date",
    "title",
    "company",
    "minimum_years",
    "expiration_date",
    "views",
    "applications",
];

fn compare(one: &Posting, other: &Posting, sort: &str, descending: bool) -> Ordering {
    fn last<T: Ord>(one: &Option<T>, other: &Option<T>, descending: bool) -> Ordering {
        match (one, other) {
            (Some(one), Some(other)) if descending => other.cmp(one),
            (Some(one), Some(other)) => one.cmp(other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        }
    }
    let by_value = match sort {
        "posting_date" => last(&one.posted, &other.posted, descending),
        "title" => last(&Some(&one.title), &Some(&other.title), descending),
        "company" => last(&one.company, &other.company, descending),
        "minimum_years" => last(&one.years, &other.years, descending),
        "expiration_date" => last(&one.expires, &other.expires, descending),
        "views" => last(&one.views, &other.views, descending),
        _ => last(&one.applications, &other.applications, descending),
    };
    by_value.then(one.id.cmp(&other.id))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn pages_and_exports_equal_a_sort(
        postings in postings(),
        filters in filters(""),
        sort in proptest::sample::select(&SORTS[..]),
        descending in any::<bool>(),
        offset in 0_usize..20,
        limit in 0_usize..20,
    ) {
        let image = image(&postings);
        let mut own = model::chosen(&filters).of(&postings);
        own.sort_by(|one, other| compare(one, other, sort, descending));
        let ids: Vec<String> = own.iter().map(|posting| posting.id.to_string()).collect();
        let mut pairs = filters;
        pairs.push(("sort".to_owned(), sort.to_owned()));
        pairs.push(("order".to_owned(), if descending { "desc" } else { "asc" }.to_owned()));
        let exported = asked(Kind::Export, &pairs);
        let rows = image.rows(&exported);
        prop_assert_eq!(rows.len(), own.len());
        prop_assert_eq!(rows.map(|row| row.id).collect::<Vec<_>>(), ids.clone());
        pairs.push(("offset".to_owned(), offset.to_string()));
        pairs.push(("limit".to_owned(), limit.to_string()));
        let page = image.postings(&asked(Kind::Postings, &pairs));
        prop_assert_eq!((page.total as usize, page.of as usize), (own.len(), postings.len()));
        let expected: Vec<String> = ids.into_iter().skip(offset).take(limit).collect();
        prop_assert_eq!(page.rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), expected);
        for row in &page.rows {
            let posting = postings.iter().find(|posting| posting.id.to_string() == row.id);
            same(row, posting.expect("a posting"))?;
        }
    }

    #[test]
    fn facets_leave_out_their_own_filter_and_those_below(
        postings in postings(),
        filters in filters(""),
    ) {
        let image = image(&postings);
        let mut pairs = filters.clone();
        pairs.extend(DIMENSIONS.map(|name| ("dimension".to_owned(), name.to_owned())));
        let answer = image.facets(&asked(Kind::Facets, &pairs));
        prop_assert_eq!(answer.facets.len(), DIMENSIONS.len());
        for dimension in DIMENSIONS {
            let mut chosen = model::chosen(&filters);
            chosen.values.remove(dimension);
            if dimension == "province" {
                chosen.values.remove("district");
            }
            let mut counts_now = counts(&chosen.of(&postings), dimension);
            for value in counts(&postings.iter().collect::<Vec<_>>(), dimension).into_keys() {
                counts_now.entry(value).or_insert(0);
            }
            let mut expected = by_size(counts_now);
            let order: &[&str] = match dimension {
                "role" => &["all", "de", "ds"],
                "experience" => &["신입", "경력", "기타"],
                _ => &[],
            };
            if !order.is_empty() {
                expected.sort_by_key(|(value, _)| order.iter().position(|other| other == value));
            }
            let facets = &answer.facets[dimension];
            let found: Vec<(String, u32)> =
                facets.iter().map(|facet| (facet.value.clone(), facet.count)).collect();
            prop_assert_eq!(found, expected);
            for facet in facets {
                let above = facet.value.split_once(' ').map(|(above, _)| above.to_owned());
                prop_assert_eq!(&facet.parent, &above.filter(|_| dimension == "district"));
            }
        }
    }
}

fn same(row: &PostingRow, posting: &Posting) -> Result<(), TestCaseError> {
    let day = |number: Option<i32>| number.map(|number| super::fixture::day(number).to_string());
    let values = |dimension: &str| {
        let mut values: Vec<String> = posting.values[dimension].iter().cloned().collect();
        values.sort();
        values
    };
    let sorted = |values: &[String]| {
        let mut values = values.to_vec();
        values.sort();
        values
    };
    prop_assert_eq!(&row.title, &posting.title);
    prop_assert_eq!(&row.company, &posting.company);
    prop_assert_eq!(&row.posting_id, &posting.posting_id);
    prop_assert_eq!(&row.url, &posting.url);
    prop_assert_eq!(&row.posting_date, &day(posting.posted));
    prop_assert_eq!(&row.expiration_date, &day(posting.expires));
    let numbers = (posting.years, posting.views, posting.applications);
    prop_assert_eq!((row.minimum_years, row.views, row.applications), numbers);
    prop_assert_eq!(sorted(&row.roles), values("role"));
    prop_assert_eq!(sorted(&row.skills), values("skill"));
    prop_assert_eq!(sorted(&row.provinces), values("province"));
    prop_assert_eq!(sorted(&row.districts), values("district"));
    prop_assert_eq!(&row.experience, &values("experience").into_iter().next());
    prop_assert!(row.industries.is_empty() && row.industry_categories.is_empty());
    Ok(())
}

#[test]
fn facets_can_be_searched_by_value_and_label_and_cut() {
    let mut one = Posting {
        id: 1,
        ..Posting::default()
    };
    for dimension in DIMENSIONS {
        one.values.insert(dimension, Default::default());
    }
    let mut two = one.clone();
    two.id = 2;
    one.values
        .insert("province", ["서울".to_owned(), "부산".to_owned()].into());
    two.values.insert("province", ["서울".to_owned()].into());
    one.values.insert(
        "skill",
        [
            "Spring Boot".to_owned(),
            "spring-cloud".to_owned(),
            "C".to_owned(),
        ]
        .into(),
    );
    let image = image(&[one, two]);
    let found = |pairs: &[(&str, &str)], dimension: &str| -> Vec<String> {
        let answer = image.facets(&request(Kind::Facets, pairs).expect("a request"));
        answer.facets[dimension]
            .iter()
            .map(|facet| facet.value.clone())
            .collect()
    };
    assert_eq!(found(&[("contains", "SEO ul")], "province"), ["서울"]);
    assert_eq!(found(&[("contains", "springb")], "skill"), ["Spring Boot"]);
    assert_eq!(
        found(&[("contains", "spring"), ("limit", "1")], "skill").len(),
        1
    );
    // As with `q`: punctuation alone matches nothing; text without visible characters is no filter.
    for text in ["!!!", "·", " (", "🚀"] {
        assert!(found(&[("contains", text)], "skill").is_empty(), "{text}");
    }
    for text in ["", "  ", "\u{200B}"] {
        assert_eq!(found(&[("contains", text)], "skill").len(), 3, "{text:?}");
    }
    assert_eq!(found(&[("limit", "1")], "province"), ["서울"]);
    // Without a dimension: those that are offered as filters.
    let answer = image.facets(&request(Kind::Facets, &[]).expect("a request"));
    let names: Vec<&str> = answer.facets.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["district", "experience", "province", "role", "skill"]
    );
}
