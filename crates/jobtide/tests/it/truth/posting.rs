//! Records and code tables, parsed independently.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::table::Table;

/// The roles with patterns over keyword names and over titles.
pub const ROLES: [(&str, &[&str], &[&str]); 7] = [
    (
        "de",
        &["데이터엔지니어"],
        &["%데이터_엔지니어%", "%데이터엔지니어%"],
    ),
    (
        "da",
        &["데이터분석가", "데이터시각화"],
        &["%데이터분석%", "%데이터 분석%"],
    ),
    (
        "ds",
        &["머신러닝", "딥러닝", "데이터 사이언티스트", "%인공지능%"],
        &[
            "%머신러닝%",
            "%딥러닝%",
            "%데이터사이%",
            "%데이터 사이%",
            "%데이터과학%",
            "%데이터 과학%",
        ],
    ),
    ("web_front", &["프론트엔드%"], &[]),
    ("web_back", &["백엔드%"], &[]),
    ("embedded", &["임베디드", "펌웨어"], &[]),
    ("security", &["정보보안", "보안컨설팅", "보안관제"], &[]),
];

pub const DATA_ROLES: [&str; 3] = ["de", "da", "ds"];

/// Days that a posting without a closing date counts as open.
const OPEN_ENDED_DAYS: i64 = 60;

/// The source's code tables.
pub struct Codes {
    pub jobs: BTreeMap<String, String>,
    /// Name and category.
    pub industries: BTreeMap<String, (String, String)>,
    /// Name and wide code.
    pub places: BTreeMap<String, (String, String)>,
    pub experiences: BTreeMap<String, String>,
}

/// Two columns of a CSV file, by the first.
pub fn pairs(file: &Path, columns: &[&str; 2]) -> BTreeMap<String, String> {
    let rows = Table::read(file).sorted(columns);
    rows.into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect()
}

impl Codes {
    /// From the program's own CSV files, `pipeline/meta`.
    pub fn of_program(folder: &Path) -> Self {
        let table = |name: &str, columns: [&str; 2]| pairs(&folder.join(name), &columns);
        let categories = table(
            "industry_categories.csv",
            ["super_code", "industry_category"],
        );
        let names = table("industries.csv", ["code", "industry"]);
        let supers = table("industries.csv", ["code", "super_code"]);
        let wide = table("location.csv", ["local_code", "wide_code"]);
        Self {
            jobs: table("job_codes.csv", ["job_code", "job_name"]),
            industries: names
                .into_iter()
                .map(|(code, name)| {
                    let category = categories[&supers[&code]].clone();
                    (code, (name, category))
                })
                .collect(),
            places: table("location.csv", ["local_code", "location_name"])
                .into_iter()
                .map(|(code, name)| {
                    let wide = wide[&code].clone();
                    (code, (name, wide))
                })
                .collect(),
            experiences: table("experiences.csv", ["code", "experience"]),
        }
    }
}

/// One posting, with the fields that the tables need.
pub struct Posting {
    pub id: String,
    pub(super) in_scope: bool,
    pub posted: Option<Date>,
    pub(super) closes: Option<Date>,
    pub(super) until: Option<Date>,
    pub(super) industries: Vec<String>,
    pub(super) places: Vec<String>,
    pub(super) jobs: Vec<String>,
    pub(super) names: BTreeSet<String>,
    pub(super) roles: BTreeSet<&'static str>,
    pub(super) experience: Option<i64>,
    pub(super) experience_min: Option<i64>,
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A day in Korea, which has been nine hours ahead since 1988.
fn day(value: &Value) -> Option<Date> {
    let second = number(value).filter(|second| *second != 0)?;
    let zone = tz::TimeZone::fixed(tz::offset(9));
    Some(Timestamp::from_second(second).ok()?.to_zoned(zone).date())
}

fn codes(value: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for code in value.as_str().unwrap_or_default().split([',', '|']) {
        let code = code.trim().to_owned();
        if !code.is_empty() && !found.contains(&code) {
            found.push(code);
        }
    }
    found
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#039;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// A title as rules match it: composed, without invisible characters, white space collapsed.
fn seen_alike(title: &str) -> String {
    const UNSEEN: &[char] = &[
        '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}',
        '\u{feff}',
    ];
    let composed: String = title.nfkc().collect();
    let seen = composed.replace(UNSEEN, "");
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ")
}

/// SQL's LIKE: `%` is any text, `_` one character.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        Some(('_', rest)) => !text.is_empty() && like(&text[1..], rest),
        Some((letter, rest)) => text.first() == Some(letter) && like(&text[1..], rest),
    }
}

fn any_like(text: &str, patterns: &[&str]) -> bool {
    let text: Vec<char> = text.chars().collect();
    patterns
        .iter()
        .any(|pattern| like(&text, &pattern.chars().collect::<Vec<_>>()))
}

impl Posting {
    /// Reads a record as the source sends it.
    pub fn new(record: &Value, codes_known: &Codes) -> Self {
        let position = &record["position"];
        let keywords = match codes(&position["job-code-keyword-code"]) {
            none if none.is_empty() => codes(&position["job-code"]["code"]),
            some => some,
        };
        let jobs: Vec<String> = keywords
            .into_iter()
            .filter(|code| codes_known.jobs.contains_key(code))
            .collect();
        let names: BTreeSet<String> = jobs.iter().map(|c| codes_known.jobs[c].clone()).collect();
        let title = unescaped(position["title"].as_str().unwrap_or_default());
        let alike = seen_alike(&title);
        let mut roles: BTreeSet<&str> = ROLES
            .iter()
            .filter(|(_, keywords, titles)| {
                names.iter().any(|name| any_like(name, keywords)) || any_like(&alike, titles)
            })
            .map(|(role, _, _)| *role)
            .collect();
        if DATA_ROLES.iter().any(|role| roles.contains(role)) {
            roles.insert("datajob");
        }
        let named = record["posting-date"]
            .as_str()
            .and_then(|text| text.get(..10));
        let posted = day(&record["posting-timestamp"])
            .or_else(|| named.and_then(|text| text.parse().ok()))
            .or_else(|| day(&record["opening-timestamp"]));
        let closes = match &record["close-type"]["code"] {
            code if code == "2" || code == "3" => None,
            _ => day(&record["expiration-timestamp"]),
        };
        let changed = posted.max(day(&record["modification-timestamp"]));
        let experience = &position["experience-level"];
        let known = |codes: Vec<String>, table: &BTreeMap<String, (String, String)>| {
            let known = codes.into_iter().filter(|code| table.contains_key(code));
            known.collect::<Vec<_>>()
        };
        Self {
            id: match &record["id"] {
                Value::String(id) => id.clone(),
                other => other.to_string(),
            },
            in_scope: codes(&position["job-type"]["code"]).contains(&"1".to_owned()),
            posted,
            closes,
            until: closes.or_else(|| Some(changed? + OPEN_ENDED_DAYS.days())),
            industries: known(
                codes(&position["industry"]["code"]),
                &codes_known.industries,
            ),
            places: known(codes(&position["location"]["code"]), &codes_known.places),
            jobs,
            names,
            roles,
            experience: number(&experience["code"])
                .filter(|code| codes_known.experiences.contains_key(&code.to_string())),
            experience_min: number(&experience["min"]),
        }
    }
}

#[test]
fn patterns_match_as_in_sql() {
    assert!(any_like("(주)데이터 엔지니어", &["%데이터_엔지니어%"]));
    assert!(any_like("데이터-엔지니어 모집", &["%데이터_엔지니어%"]));
    assert!(!any_like("데이터엔지니어", &["%데이터_엔지니어%"]));
    assert!(any_like("백엔드/서버개발", &["백엔드%"]));
    assert!(!any_like("웹백엔드", &["백엔드%"]));
    assert!(!any_like("머신러닝엔지니어", &["머신러닝"]));
}
