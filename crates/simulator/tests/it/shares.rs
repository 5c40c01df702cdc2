//! Shares of the generated postings, against the published figures. The rules of the roles are
//! implemented again here, from the contract of the tables.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::api::{simulator, small};

const JOB_CODES: &str = include_str!("../../../../pipeline/meta/job_codes.csv");
const INDUSTRIES: &str = include_str!("../../../../pipeline/meta/industries.csv");
const LOCATIONS: &str = include_str!("../../../../pipeline/meta/location.csv");

fn table(csv: &str, value: usize) -> BTreeMap<String, String> {
    csv::Reader::from_reader(csv.as_bytes())
        .records()
        .map(|row| row.expect("CSV"))
        .map(|row| (row[0].to_owned(), row[value].to_owned()))
        .collect()
}

fn codes(value: &Value) -> Vec<&str> {
    let text = value.as_str().unwrap_or_default();
    text.split(',').filter(|code| !code.is_empty()).collect()
}

fn roles(title: &str, keywords: &BTreeSet<&str>) -> Vec<&'static str> {
    let keyword = |names: &[&str]| names.iter().any(|name| keywords.contains(name));
    let titled = |parts: &[&str]| parts.iter().any(|part| title.contains(part));
    // `데이터_엔지니어`: any one character between the two words.
    let spaced = title.split("엔지니어").any(|before| {
        let mut characters = before.chars();
        characters.next_back().is_some() && characters.as_str().ends_with("데이터")
    });
    let scientist_titles = [
        "머신러닝",
        "딥러닝",
        "데이터사이",
        "데이터 사이",
        "데이터과학",
        "데이터 과학",
    ];
    let de = keyword(&["데이터엔지니어"]) || titled(&["데이터엔지니어"]) || spaced;
    let da = keyword(&["데이터분석가", "데이터시각화"]) || titled(&["데이터분석", "데이터 분석"]);
    let ds = keyword(&["머신러닝", "딥러닝", "데이터 사이언티스트"])
        || keywords.iter().any(|name| name.contains("인공지능"))
        || titled(&scientist_titles);
    [
        ("de", de),
        ("da", da),
        ("ds", ds),
        ("datajob", de || da || ds),
        (
            "web_front",
            keywords.iter().any(|name| name.starts_with("프론트엔드")),
        ),
        (
            "web_back",
            keywords.iter().any(|name| name.starts_with("백엔드")),
        ),
        ("embedded", keyword(&["임베디드", "펌웨어"])),
        ("security", keyword(&["정보보안", "보안컨설팅", "보안관제"])),
    ]
    .into_iter()
    .filter_map(|(role, has)| has.then_some(role))
    .collect()
}

#[derive(Default)]
struct Shares {
    postings: f64,
    scope: f64,
    roles: BTreeMap<&'static str, f64>,
    keywords: BTreeMap<String, f64>,
    regions: BTreeMap<String, f64>,
    districts: BTreeMap<String, f64>,
    categories: BTreeMap<String, f64>,
    experience: BTreeMap<i64, f64>,
}

fn count(seed: u64) -> Shares {
    let (names, categories, regions) = (
        table(JOB_CODES, 1),
        table(INDUSTRIES, 2),
        table(LOCATIONS, 2),
    );
    let mut options = small(15_000);
    options.seed = seed;
    let simulator = simulator(options);
    let mut shares = Shares::default();
    let (start, end) = (simulator.options().start, simulator.options().end);
    let jobs = simulator.pages(start, end).flat_map(|page| {
        let mut page: Value = serde_json::from_slice(&page).expect("JSON");
        match page["jobs"]["job"].take() {
            Value::Array(jobs) => jobs,
            other => panic!("a list of jobs, not {other}"),
        }
    });
    for job in jobs {
        let position = &job["position"];
        shares.postings += 1.0;
        if !codes(&position["job-type"]["code"]).contains(&"1") {
            continue;
        }
        shares.scope += 1.0;
        let given = codes(&position["job-code-keyword-code"]);
        let given = if given.is_empty() {
            codes(&position["job-code"]["code"])
        } else {
            given
        };
        let keywords: BTreeSet<&str> = given.iter().map(|code| names[*code].as_str()).collect();
        for role in roles(position["title"].as_str().expect("a title"), &keywords) {
            *shares.roles.entry(role).or_default() += 1.0;
        }
        for name in keywords {
            *shares.keywords.entry(name.to_owned()).or_default() += 1.0;
        }
        let places = codes(&position["location"]["code"]);
        let wide: BTreeSet<&String> = places.iter().map(|place| &regions[*place]).collect();
        for region in wide.into_iter().filter(|region| region.as_str() < "200000") {
            *shares.regions.entry(region.clone()).or_default() += 1.0;
        }
        for place in places
            .iter()
            .filter(|place| place.starts_with("101") && **place != "101000")
        {
            *shares.districts.entry((*place).to_owned()).or_default() += 1.0;
        }
        if let Some(industry) = codes(&position["industry"]["code"]).first() {
            *shares
                .categories
                .entry(categories[*industry].clone())
                .or_default() += 1.0;
        }
        if let Some(code) = position["experience-level"]["code"].as_i64() {
            *shares.experience.entry(code).or_default() += 1.0;
        }
    }
    shares
}

#[track_caller]
fn near(what: &str, percent: f64, published: f64, within: f64) {
    assert!(
        (percent - published).abs() <= within,
        "{what}: {percent:.2} % instead of {published:.2} %"
    );
}

#[test]
fn shares_are_those_of_the_published_figures() {
    for seed in [1, 20_230_714] {
        let shares = count(seed);
        let scope = shares.scope;
        near(
            "regular employment",
            scope / shares.postings * 100.0,
            88.0,
            1.0,
        );
        for (role, published) in [
            ("datajob", 1_982.0),
            ("de", 571.0),
            ("da", 825.0),
            ("ds", 1_331.0),
            ("web_back", 2_831.0),
            ("web_front", 2_205.0),
            ("security", 1_426.0),
            ("embedded", 1_346.0),
        ] {
            near(
                role,
                shares.roles[role] / scope * 100.0,
                published / 149.89,
                0.7,
            );
        }
        let mut top: Vec<(&String, &f64)> = shares.keywords.iter().collect();
        top.sort_by(|a, b| b.1.total_cmp(a.1));
        for (keyword, published) in [
            ("웹개발", 4_000.0),
            ("Java", 3_697.0),
            ("솔루션", 3_410.0),
            ("유지보수", 3_380.0),
            ("C++", 3_315.0),
        ] {
            near(
                keyword,
                shares.keywords[keyword] / scope * 100.0,
                published / 149.89,
                0.7,
            );
            assert!(
                top[..5].iter().any(|(name, _)| *name == keyword),
                "{keyword} is not on top"
            );
        }
        assert_eq!((top[0].0.as_str(), top[1].0.as_str()), ("웹개발", "Java"));

        let places: f64 = shares.regions.values().sum();
        near(
            "Seoul",
            shares.regions["101000"] / places * 100.0,
            57.8,
            0.8,
        );
        near(
            "Gyeonggi",
            shares.regions["102000"] / places * 100.0,
            26.4,
            0.8,
        );
        let districts: f64 = shares.districts.values().sum();
        near(
            "Gangnam-gu",
            shares.districts["101010"] / districts * 100.0,
            29.3,
            1.0,
        );
        let industries: f64 = shares.categories.values().sum();
        near(
            "other categories",
            100.0 - shares.categories["3"] / industries * 100.0,
            36.0,
            1.0,
        );

        let experience = |code| shares.experience[&code] / scope * 100.0;
        assert!(experience(2) > experience(0) && experience(0) > experience(3));
        assert!(experience(3) > experience(1) && experience(1) > 4.0);
    }
}

#[test]
fn most_postings_are_of_the_last_weeks() {
    let simulator = simulator(small(15_000));
    let options = simulator.options();
    let half = options.start + options.start.duration_until(options.end) / 2;
    let first = simulator
        .snapshot()
        .postings()
        .take_while(|truth| truth.posting_at < half)
        .count();
    assert!((3_000..5_500).contains(&first), "{first} in the first half");
}

#[test]
fn dated_postings_live_a_month_in_the_median_and_two_at_most() {
    let mut options = small(5_000);
    options.edited = 0.0;
    let mut days: Vec<f64> = simulator(options)
        .snapshot()
        .postings()
        .map(|truth| serde_json::from_str::<Value>(&truth.json).expect("JSON"))
        .filter(|job| job["close-type"]["code"] == "1")
        .map(|job| {
            let at = |name: &str| {
                job[name]
                    .as_str()
                    .expect(name)
                    .parse::<f64>()
                    .expect("digits")
            };
            (at("expiration-timestamp") - at("posting-timestamp")) / 86_400.0
        })
        .collect();
    days.sort_by(f64::total_cmp);
    near("median life in days", days[days.len() / 2], 32.0, 2.5);
    assert!(days[days.len() - 1] < 61.5, "{}", days[days.len() - 1]);
}
