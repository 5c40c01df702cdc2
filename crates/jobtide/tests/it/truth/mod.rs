//! A reference implementation: the expected tables, computed from the records themselves without
//! SQL, models or rule files of the program. The rules are deliberately written out a second time.
//!
//! Scope: regular employment (type 1), no period; 60 days for postings without a closing date. Valid
//! for records that were collected more than 60 days after their last change.
//!
//! Self-contained, because the program's own tests use it too.

pub mod flow;
pub mod posting;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz};

pub use flow::Reading;
pub use posting::{Codes, Posting};
use posting::{DATA_ROLES, ROLES};

/// Expected rows of some columns of a table, sorted.
pub struct Expected {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<String>>,
}

fn expected(
    table: &'static str,
    columns: &'static [&'static str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Expected {
    let mut rows: Vec<Vec<String>> = rows.into_iter().collect();
    rows.sort();
    Expected {
        table,
        columns,
        rows,
    }
}

type Count<K> = BTreeMap<K, u64>;

/// The greatest counts; ties by name, as bytes.
fn top<K: Ord + Clone>(counts: &Count<K>, most: usize) -> Vec<(K, u64)> {
    let mut all: Vec<(K, u64)> = counts.iter().map(|(k, n)| (k.clone(), *n)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(most);
    all
}

/// Everything that follows from the postings, up to the data date.
pub struct Truth<'a> {
    pub postings: &'a [Posting],
    pub codes: &'a Codes,
    pub data_date: Date,
    /// All complete collections.
    pub readings: &'a [Reading],
    /// Posting dates of the first and the last posting that are known only from saved files.
    pub saved: Option<(Date, Date)>,
}

macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($cell.to_string()),*] };
}

impl Truth<'_> {
    /// Postings in scope.
    pub fn scope(&self) -> impl Iterator<Item = &Posting> {
        self.postings.iter().filter(|posting| posting.in_scope)
    }

    fn role(&self, role: &str) -> Vec<&Posting> {
        self.scope().filter(|p| p.roles.contains(role)).collect()
    }

    /// Postings of a role in scope.
    pub fn count(&self, role: &str) -> usize {
        self.role(role).len()
    }

    fn all_roles() -> impl Iterator<Item = &'static str> {
        ROLES.iter().map(|role| role.0).chain(["datajob"])
    }

    /// Every table that is computed here.
    pub fn tables(&self) -> Vec<Expected> {
        let mut all = vec![
            self.ids(),
            expected(
                "visual_tables.all_count",
                &["it"],
                [row![self.scope().count()]],
            ),
            self.by_experience(),
            self.data_job_ratio(),
            expected(
                "visual_tables.data_job_detail_ratio",
                &["role", "count"],
                DATA_ROLES
                    .iter()
                    .map(|role| (role, self.count(role)))
                    .filter(|(_, count)| *count > 0)
                    .map(|(role, count)| row![role, count]),
            ),
            self.top_keywords(),
            self.top_datajob_keywords(),
            self.posting_flow(),
        ];
        all.extend(self.normalised());
        all.extend(self.areas());
        all.extend(self.industries());
        all.extend(self.by_date());
        all
    }

    fn ids(&self) -> Expected {
        expected(
            "external.recruit_table",
            &["posting_id"],
            self.postings.iter().map(|posting| row![posting.id]),
        )
    }

    /// The rows of `raw_data`, without identifiers, which are hashes.
    fn normalised(&self) -> Vec<Expected> {
        let codes = self.codes;
        let industries = self.scope().flat_map(|p| &p.industries);
        let places = self.scope().flat_map(|p| &p.places);
        let jobs = self.scope().flat_map(|p| &p.jobs);
        vec![
            expected(
                "raw_data.recruits",
                &["posting_id"],
                self.scope().map(|posting| row![posting.id]),
            ),
            expected(
                "raw_data.industries",
                &["code", "industry", "industry_category"],
                industries.map(|c| row![c, codes.industries[c].0, codes.industries[c].1]),
            ),
            expected(
                "raw_data.locations",
                &["code", "wide_location", "location_name"],
                places.map(|c| {
                    let (name, wide) = &codes.places[c];
                    row![c, codes.places[wide].0, name]
                }),
            ),
            expected(
                "raw_data.job_code_keywords",
                &["code", "job_name"],
                jobs.map(|c| row![c, codes.jobs[c]]),
            ),
            expected(
                "raw_data.experiences",
                &["exp_code", "exp_name"],
                self.scope()
                    .filter_map(|p| p.experience)
                    .map(|c| row![c, codes.experiences[&c.to_string()]]),
            ),
            expected(
                "analytic.role_tags",
                &["role"],
                self.scope()
                    .flat_map(|p| p.roles.iter().filter(|role| **role != "datajob"))
                    .map(|role| row![role]),
            ),
        ]
    }

    fn by_experience(&self) -> Expected {
        let count = |postings: &[&Posting], holds: &dyn Fn(&Posting) -> bool| {
            postings.iter().filter(|posting| holds(posting)).count()
        };
        let rows = Self::all_roles().filter_map(|role| {
            let all = self.role(role);
            let entry_or_any = |p: &Posting| {
                matches!(p.experience, Some(0 | 1 | 3)) && p.experience_min == Some(0)
            };
            (!all.is_empty()).then(|| {
                row![
                    role,
                    all.len(),
                    count(&all, &|p| p.experience == Some(2)),
                    count(&all, &entry_or_any),
                    count(&all, &|p| p.experience == Some(1)),
                ]
            })
        });
        expected(
            "visual_tables.recruit_for_exp",
            &["role", "total", "experienced", "entry_or_any", "entry"],
            rows,
        )
    }

    fn data_job_ratio(&self) -> Expected {
        let data = self.count("datajob");
        let other = self.scope().count() - data;
        expected(
            "visual_tables.data_job_ratio",
            &["is_data_job", "count"],
            [(true, data), (false, other)]
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(is, count)| row![is, count]),
        )
    }

    fn names_of(postings: &[&Posting]) -> Count<String> {
        let mut counts = Count::new();
        for name in postings.iter().flat_map(|posting| &posting.names) {
            *counts.entry(name.clone()).or_default() += 1;
        }
        counts
    }

    fn top_keywords(&self) -> Expected {
        let all: Vec<&Posting> = self.scope().collect();
        let top = top(&Self::names_of(&all), 50);
        expected(
            "visual_tables.top_keywords",
            &["job_name", "count"],
            top.into_iter().map(|(name, count)| row![name, count]),
        )
    }

    fn top_datajob_keywords(&self) -> Expected {
        let by_role = DATA_ROLES.map(|role| Self::names_of(&self.role(role)));
        let top = top(&Self::names_of(&self.role("datajob")), 30);
        expected(
            "visual_tables.top_datajob_keywords",
            &["job_name", "de", "da", "ds", "total"],
            top.into_iter().map(|(name, total)| {
                let [de, da, ds] = [0, 1, 2].map(|role: usize| {
                    let count = by_role[role].get(&name);
                    count.copied().unwrap_or_default()
                });
                row![name, de, da, ds, total]
            }),
        )
    }

    /// Postings and data jobs by the name of a place; a posting counts once per name.
    fn places_by(&self, name: impl Fn(&str) -> Option<String>) -> Vec<Vec<String>> {
        let mut counts: BTreeMap<String, [u64; 2]> = BTreeMap::new();
        for posting in self.scope() {
            let names: BTreeSet<String> = posting.places.iter().filter_map(|c| name(c)).collect();
            for name in names {
                let count = counts.entry(name).or_default();
                count[0] += 1;
                count[1] += u64::from(posting.roles.contains("datajob"));
            }
        }
        let rows = counts
            .into_iter()
            .map(|(name, [it, data])| row![name, it, data]);
        rows.collect()
    }

    fn areas(&self) -> Vec<Expected> {
        let places = &self.codes.places;
        let wide = |code: &str| {
            let domestic = code.parse::<u32>().is_ok_and(|code| code < 200_000);
            domestic.then(|| places[&places[code].1].0.clone())
        };
        let within = |code: &str, wide: &str| {
            let inside = places[code].1 == wide && code != wide;
            inside.then(|| places[code].0.clone())
        };
        let city = |code: &str| {
            let name = within(code, "102000")?;
            name.split(' ').next().map(str::to_owned)
        };
        const PLACE: &[&str] = &["location_name", "it", "datajob"];
        vec![
            expected(
                "visual_tables.area_ratio",
                &["wide_location", "it", "datajob"],
                self.places_by(wide),
            ),
            expected(
                "visual_tables.area_ratio_seoul",
                PLACE,
                self.places_by(|code| within(code, "101000")),
            ),
            expected(
                "adhoc.area_ratio_gyeonggi",
                PLACE,
                self.places_by(|code| within(code, "102000")),
            ),
            expected(
                "adhoc.area_ratio_gyeonggi_sum",
                &["city", "it", "datajob"],
                self.places_by(city),
            ),
        ]
    }

    fn industries(&self) -> Vec<Expected> {
        let mut categories: Count<&str> = Count::new();
        let mut counts: BTreeMap<(&str, &str), [u64; 4]> = BTreeMap::new();
        for posting in self.scope() {
            let found: BTreeSet<(&str, &str)> = posting
                .industries
                .iter()
                .map(|code| {
                    let (name, category) = &self.codes.industries[code];
                    (category.as_str(), name.as_str())
                })
                .collect();
            let of: BTreeSet<&str> = found.iter().map(|(category, _)| *category).collect();
            for category in of {
                *categories.entry(category).or_default() += 1;
            }
            for industry in found {
                let count = counts.entry(industry).or_default();
                count[0] += 1;
                for (role, count) in DATA_ROLES.iter().zip(&mut count[1..]) {
                    *count += u64::from(posting.roles.contains(role));
                }
            }
        }
        let first = top(&categories, 1).first().map(|(category, _)| *category);
        let all = counts
            .iter()
            .map(|((category, name), [it, de, da, ds])| row![category, name, it, de, da, ds]);
        let detail = counts
            .iter()
            .filter(|((category, _), _)| Some(*category) == first)
            .map(|((_, name), [it, de, da, ds])| row![name, it, de, da, ds]);
        vec![
            expected(
                "visual_tables.dev_industry_datajobs",
                &["industry_category", "industry", "it", "de", "da", "ds"],
                all,
            ),
            expected(
                "visual_tables.dev_industry_first_detail",
                &["industry", "it", "de", "da", "ds"],
                detail,
            ),
        ]
    }

    fn by_date(&self) -> Vec<Expected> {
        let mut months: Count<String> = Count::new();
        let mut years: Count<i16> = Count::new();
        for day in self.scope().filter_map(|posting| posting.posted) {
            *months.entry(day.strftime("%Y-%m").to_string()).or_default() += 1;
            *years.entry(day.year()).or_default() += 1;
        }
        vec![
            expected(
                "adhoc.count_of_month",
                &["month", "count"],
                months.into_iter().map(|(month, count)| row![month, count]),
            ),
            expected(
                "adhoc.count_of_year",
                &["year", "count"],
                years.into_iter().map(|(year, count)| row![year, count]),
            ),
        ]
    }
}

/// The day in Korea.
pub fn korean_day(instant: Timestamp) -> Date {
    (instant + SignedDuration::from_hours(9))
        .to_zoned(tz::TimeZone::UTC)
        .date()
}
