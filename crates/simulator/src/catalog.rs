//! The API's code tables: code → name, and their hierarchy.
//!
//! Read once from the CSV files of `pipeline/meta` (facts about the API, shared with the warehouse)
//! and from `data/` for the rest. The files are compiled in, so a malformed one is a programming
//! error and panics at first use; a test reads them all.

use std::collections::BTreeMap;
use std::sync::OnceLock;

macro_rules! meta {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../pipeline/meta/",
            $name
        ))
    };
}

/// Wide codes from here on are outside Korea.
pub(crate) const FIRST_OVERSEAS: u32 = 200_000;

pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) mid: u8,
}

pub(crate) struct Industry {
    pub(crate) name: String,
    pub(crate) category: u8,
    /// `(number, keyword)`; the keyword's code is the industry's code and the two-digit number.
    pub(crate) keywords: Vec<(u8, String)>,
}

pub(crate) struct Place {
    /// As the API writes it, HTML-escaped: `서울 &gt; 강남구`.
    pub(crate) label: String,
    pub(crate) wide: u32,
}

pub(crate) struct Catalog {
    jobs: Vec<Option<Job>>,
    mids: BTreeMap<u8, String>,
    industries: BTreeMap<u16, Industry>,
    places: BTreeMap<u32, Place>,
    education: BTreeMap<u8, String>,
    experience: BTreeMap<u8, String>,
    job_types: BTreeMap<u8, String>,
    salaries: BTreeMap<u8, String>,
    close_types: BTreeMap<u8, String>,
}

/// The one copy, built at first use.
pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::read)
}

impl Catalog {
    pub(crate) fn job(&self, code: u16) -> &Job {
        self.jobs[usize::from(code)]
            .as_ref()
            .expect("codes of the profile are in job_codes.csv")
    }

    pub(crate) fn job_mid(&self, mid: u8) -> &str {
        &self.mids[&mid]
    }

    pub(crate) fn industry(&self, code: u16) -> &Industry {
        &self.industries[&code]
    }

    pub(crate) fn place(&self, code: u32) -> &Place {
        &self.places[&code]
    }

    pub(crate) fn education(&self, code: u8) -> &str {
        &self.education[&code]
    }

    pub(crate) fn experience(&self, code: u8) -> &str {
        &self.experience[&code]
    }

    pub(crate) fn job_type(&self, code: u8) -> &str {
        &self.job_types[&code]
    }

    /// Empty for the codes that the API sends without a name.
    pub(crate) fn salary(&self, code: u8) -> &str {
        &self.salaries[&code]
    }

    pub(crate) fn close_type(&self, code: u8) -> &str {
        &self.close_types[&code]
    }

    fn read() -> Self {
        let mut industries: BTreeMap<u16, Industry> = BTreeMap::new();
        for row in rows(meta!("industries.csv")) {
            industries.insert(
                number(&row[0]),
                Industry {
                    name: row[1].to_owned(),
                    category: number(&row[2]),
                    keywords: Vec::new(),
                },
            );
        }
        for row in rows(include_str!("../data/industry_keywords.csv")) {
            industries
                .get_mut(&number(&row[0]))
                .expect("industry_keywords.csv names known industries")
                .keywords
                .push((number(&row[1]), row[2].to_owned()));
        }

        let mut jobs = Vec::new();
        for row in rows(meta!("job_codes.csv")) {
            let code = number::<usize>(&row[0]);
            if jobs.len() <= code {
                jobs.resize_with(code + 1, || None);
            }
            jobs[code] = Some(Job {
                name: row[1].to_owned(),
                mid: number(&row[2]),
            });
        }

        Self {
            jobs,
            mids: names(meta!("job_mid_codes.csv")),
            industries,
            places: places(),
            education: names(meta!("education.csv")),
            experience: names(meta!("experiences.csv")),
            job_types: names(meta!("job_types.csv")),
            salaries: names(meta!("salaries.csv")),
            close_types: names(meta!("close_types.csv")),
        }
    }
}

fn places() -> BTreeMap<u32, Place> {
    let table: Vec<(u32, String, u32)> = rows(meta!("location.csv"))
        .into_iter()
        .map(|row| (number(&row[0]), row[1].to_owned(), number(&row[2])))
        .collect();
    let name_of: BTreeMap<u32, &str> = table
        .iter()
        .map(|(code, name, _)| (*code, name.as_str()))
        .collect();
    table
        .iter()
        .map(|(code, name, wide)| {
            // A part of a country (`211223` 시마네) is a child of the country (`211200` 일본).
            let country = code / 100 * 100;
            let above = match name_of.get(&country) {
                Some(country_name) if *code >= FIRST_OVERSEAS && country != *code => country_name,
                _ => name_of[wide],
            };
            let label = format!("{} &gt; {name}", short(above));
            (*code, Place { label, wide: *wide })
        })
        .collect()
}

/// `서울전체` → `서울`, `세종특별자치시` → `세종`.
fn short(wide_name: &str) -> &str {
    let name = wide_name.strip_suffix("전체").unwrap_or(wide_name);
    name.strip_suffix("특별자치시").unwrap_or(name)
}

fn names(csv: &str) -> BTreeMap<u8, String> {
    rows(csv)
        .into_iter()
        .map(|row| (number(&row[0]), row[1].to_owned()))
        .collect()
}

fn rows(text: &str) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(text.as_bytes())
        .records()
        .collect::<Result<_, _>>()
        .expect("compiled-in code tables are well-formed CSV")
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.trim()
        .parse()
        .unwrap_or_else(|_| panic!("compiled-in code tables hold numeric codes, not `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_what_the_api_writes() {
        let label = |code| catalog().place(code).label.as_str();
        assert_eq!(label(101_010), "서울 &gt; 강남구");
        assert_eq!(label(101_000), "서울 &gt; 서울전체");
        assert_eq!(label(118_000), "세종 &gt; 세종특별자치시");
        assert_eq!(label(211_223), "일본 &gt; 시마네");
        assert_eq!(label(210_600), "아시아·중동 &gt; 베트남");
    }

    #[test]
    fn names_need_no_json_escaping() {
        let c = catalog();
        let all = (c.jobs.iter().flatten().map(|job| &job.name))
            .chain(c.mids.values())
            .chain(c.industries.values().map(|industry| &industry.name))
            .chain(
                c.industries
                    .values()
                    .flat_map(|i| i.keywords.iter().map(|k| &k.1)),
            )
            .chain(c.places.values().map(|place| &place.label))
            .chain(c.education.values())
            .chain(c.job_types.values())
            .chain(c.salaries.values())
            .chain(c.close_types.values());
        for name in all {
            assert!(
                !name.contains(['"', '\\']) && !name.contains(char::is_control),
                "{name}"
            );
        }
        assert!(
            c.industries
                .values()
                .all(|industry| !industry.keywords.is_empty())
        );
    }
}
