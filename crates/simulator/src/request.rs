//! A request, parsed from its parameters and validated. Names are case-sensitive, values are not;
//! unknown names are ignored, as the real API ignores them.

use jiff::civil::{Date, DateTime};

use crate::kst;
use crate::parameters::Parameters;

/// The API's maximum page size; larger requests are clamped.
pub(crate) const MOST: u64 = 110;
const USUAL: u64 = 10;

/// An invalid parameter; rejected with code 3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid parameter `{name}`: `{value}`")]
pub(crate) struct Invalid {
    name: &'static str,
    value: String,
}

/// Unix seconds, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Span {
    pub(crate) const ALL: Self = Self {
        from: i64::MIN,
        to: i64::MAX,
    };

    pub(crate) fn contains(&self, second: i64) -> bool {
        (self.from..=self.to).contains(&second)
    }

    /// Whether it is bounded and overlaps the range from `from` to `to`, both inclusive.
    pub(crate) fn overlaps(&self, from: i64, to: i64) -> bool {
        *self != Self::ALL && self.from <= to && from <= self.to
    }

    fn and(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        }
    }

    fn day(day: i64) -> Self {
        Self {
            from: kst::start_of(day),
            to: kst::start_of(day + 1) - 1,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    PostedDescending,
    PostedAscending,
    ModifiedDescending,
    ModifiedAscending,
    ClosingAscending,
    ClosingDescending,
    MostRead,
    MostApplied,
}

/// Which optional members the response has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) posting_date: bool,
    pub(crate) expiration_date: bool,
    pub(crate) keyword_code: bool,
    pub(crate) count: bool,
}

impl Fields {
    pub(crate) const ALL: Self = Self {
        posting_date: true,
        expiration_date: true,
        keyword_code: true,
        count: true,
    };
}

/// The filter of postings. Parameters are combined by AND, the values of one by OR; several
/// keywords by AND.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) ids: Vec<u64>,
    /// Lower case.
    pub(crate) keywords: Vec<String>,
    pub(crate) open_recruitment: bool,
    pub(crate) listed_on: Vec<String>,
    pub(crate) direct_only: bool,
    /// A region includes its districts.
    pub(crate) places: Vec<u32>,
    pub(crate) regions: Vec<u32>,
    pub(crate) districts: Vec<u32>,
    /// Industries and (1 to 10) categories.
    pub(crate) industries: Vec<u16>,
    pub(crate) job_mids: Vec<u8>,
    pub(crate) jobs: Vec<u16>,
    pub(crate) job_types: Vec<u8>,
    pub(crate) education: Vec<u8>,
    pub(crate) published: Span,
    pub(crate) updated: Span,
    pub(crate) closing: Span,
}

impl Filter {
    pub(crate) const ALL: Self = Self {
        ids: Vec::new(),
        keywords: Vec::new(),
        open_recruitment: false,
        listed_on: Vec::new(),
        direct_only: false,
        places: Vec::new(),
        regions: Vec::new(),
        districts: Vec::new(),
        industries: Vec::new(),
        job_mids: Vec::new(),
        jobs: Vec::new(),
        job_types: Vec::new(),
        education: Vec::new(),
        published: Span::ALL,
        updated: Span::ALL,
        closing: Span::ALL,
    };
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) filter: Filter,
    pub(crate) sort: Sort,
    /// Page number, from 0.
    pub(crate) start: u64,
    /// 1 to 110.
    pub(crate) count: u64,
    pub(crate) fields: Fields,
}

impl Request {
    /// `now` (Unix seconds) defines `deadline=today`.
    pub(crate) fn read(p: &Parameters, now: i64) -> Result<Self, Invalid> {
        let count = one::<u64>(p, "count")?.unwrap_or(USUAL);
        if count == 0 {
            return Err(invalid("count", "0"));
        }
        Ok(Self {
            filter: Filter {
                ids: several(p, "id")?,
                keywords: words(p, "keywords"),
                open_recruitment: match p.get("bbs_gb") {
                    None | Some("0") => false,
                    Some("1") => true,
                    Some(other) => return Err(invalid("bbs_gb", other)),
                },
                listed_on: one_of(p, "stock", &["kospi", "kosdaq", "konex"])?,
                direct_only: !one_of(p, "sr", &["directhire"])?.is_empty(),
                places: several(p, "loc_cd")?,
                regions: several(p, "loc_mcd")?,
                districts: several(p, "loc_bcd")?,
                industries: several(p, "ind_cd")?,
                job_mids: several(p, "job_mid_cd")?,
                jobs: several(p, "job_cd")?,
                job_types: several(p, "job_type")?,
                education: several(p, "edu_lv")?,
                published: span(p, ["published", "published_min", "published_max"])?,
                updated: span(p, ["updated", "updated_min", "updated_max"])?,
                closing: deadline(p, now)?,
            },
            sort: match p.get("sort").map(str::to_ascii_lowercase).as_deref() {
                None | Some("pd") => Sort::PostedDescending,
                Some("pa") => Sort::PostedAscending,
                Some("ud") => Sort::ModifiedDescending,
                Some("ua") => Sort::ModifiedAscending,
                Some("da") => Sort::ClosingAscending,
                Some("dd") => Sort::ClosingDescending,
                Some("rc") => Sort::MostRead,
                Some("ac") => Sort::MostApplied,
                Some(other) => return Err(invalid("sort", other)),
            },
            start: one(p, "start")?.unwrap_or(0),
            count: count.min(MOST),
            fields: fields(p)?,
        })
    }
}

fn invalid(name: &'static str, value: &str) -> Invalid {
    Invalid {
        name,
        value: value.to_owned(),
    }
}

fn one<T: std::str::FromStr>(p: &Parameters, name: &'static str) -> Result<Option<T>, Invalid> {
    p.get(name)
        .map(|value| value.parse().map_err(|_| invalid(name, value)))
        .transpose()
}

fn words(p: &Parameters, name: &'static str) -> Vec<String> {
    p.get(name)
        .unwrap_or_default()
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// A code too large for its table matches nothing, but anything that is not a number is an error.
fn several<T>(p: &Parameters, name: &'static str) -> Result<Vec<T>, Invalid>
where
    T: TryFrom<u64> + Bounded,
{
    words(p, name)
        .iter()
        .map(|word| {
            let number: u64 = word.parse().map_err(|_| invalid(name, word))?;
            Ok(T::try_from(number).unwrap_or(T::NONE))
        })
        .collect()
}

/// Integer types with a value that no code has.
trait Bounded {
    const NONE: Self;
}

macro_rules! bounded {
    ($($type:ty),+) => {
        $(impl Bounded for $type {
            const NONE: Self = <$type>::MAX;
        })+
    };
}
bounded!(u8, u16, u32, u64);

fn one_of(p: &Parameters, name: &'static str, known: &[&str]) -> Result<Vec<String>, Invalid> {
    let words = words(p, name);
    match words.iter().find(|word| !known.contains(&word.as_str())) {
        Some(other) => Err(invalid(name, other)),
        None => Ok(words),
    }
}

fn fields(p: &Parameters) -> Result<Fields, Invalid> {
    let mut fields = Fields::default();
    for word in words(p, "fields") {
        match word.as_str() {
            "posting-date" => fields.posting_date = true,
            "expiration-date" => fields.expiration_date = true,
            "keyword-code" => fields.keyword_code = true,
            "count" => fields.count = true,
            other => return Err(invalid("fields", other)),
        }
    }
    Ok(fields)
}

fn span(p: &Parameters, [day, min, max]: [&'static str; 3]) -> Result<Span, Invalid> {
    let mut span = Span::ALL;
    if let Some(text) = p.get(day) {
        span = span.and(date(text).ok_or_else(|| invalid(day, text))?);
    }
    if let Some(text) = p.get(min) {
        span.from = span
            .from
            .max(instant(text).ok_or_else(|| invalid(min, text))?.from);
    }
    if let Some(text) = p.get(max) {
        span.to = span
            .to
            .min(instant(text).ok_or_else(|| invalid(max, text))?.to);
    }
    Ok(span)
}

/// `today`, `tomorrow`, or a time in one of the two formats: closing on that day (for a time: on
/// its day, not after it).
fn deadline(p: &Parameters, now: i64) -> Result<Span, Invalid> {
    let today = kst::day(now);
    match p.get("deadline").map(str::to_ascii_lowercase).as_deref() {
        None => Ok(Span::ALL),
        Some("today") => Ok(Span::day(today)),
        Some("tomorrow") => Ok(Span::day(today + 1)),
        Some(text) => {
            let to = instant(text).ok_or_else(|| invalid("deadline", text))?.to;
            Ok(Span {
                from: kst::start_of(kst::day(to)),
                to,
            })
        }
    }
}

/// Unix seconds, `YYYY-MM-DD HH:MM:SS` in Seoul, or a day.
fn instant(text: &str) -> Option<Span> {
    if let Ok(second) = text.parse::<i64>() {
        return Some(Span {
            from: second,
            to: second,
        });
    }
    if let Some(day) = date(text) {
        return Some(day);
    }
    let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    let second = time
        .to_zoned(kst::time_zone())
        .ok()?
        .timestamp()
        .as_second();
    Some(Span {
        from: second,
        to: second,
    })
}

/// `2023-05-01`: that day in Seoul.
fn date(text: &str) -> Option<Span> {
    let date = Date::strptime("%Y-%m-%d", text).ok()?;
    let midnight = date.to_zoned(kst::time_zone()).ok()?.timestamp();
    Some(Span::day(kst::day(midnight.as_second())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_559_191_564; // 2019-05-30 13:46:04 in Seoul

    fn read(query: &str) -> Result<Request, Invalid> {
        Request::read(&Parameters::parse(query), NOW)
    }

    #[test]
    fn defaults() {
        let request = read("access-key=secret").expect("valid");
        assert_eq!(request.filter, Filter::ALL);
        assert_eq!((request.start, request.count), (0, 10));
        assert_eq!(request.sort, Sort::PostedDescending);
        assert_eq!(request.fields, Fields::default());
    }

    #[test]
    fn lists_are_split_by_spaces_and_commas() {
        let request =
            read("ind_cd=3%20301,308+5&keywords=PHP+MySQL,&job_mid_cd=999").expect("valid");
        assert_eq!(request.filter.industries, [3, 301, 308, 5]);
        assert_eq!(request.filter.keywords, ["php", "mysql"]);
        assert_eq!(request.filter.job_mids, [u8::MAX]);
    }

    #[test]
    fn both_time_formats_are_inclusive() {
        let both =
            read("published_min=2019-05-30+13:46:04&published_max=1559191999").expect("valid");
        assert_eq!(
            both.filter.published,
            Span {
                from: NOW,
                to: 1_559_191_999
            }
        );
        let day = read("updated=2019-05-30").expect("valid").filter.updated;
        assert_eq!(
            day,
            Span {
                from: 1_559_142_000,
                to: 1_559_228_399
            }
        );
        let today = read("deadline=today").expect("valid").filter.closing;
        assert_eq!(today, day);
        let narrowed = read("published=2019-05-30&published_min=1559191564").expect("valid");
        assert_eq!(
            narrowed.filter.published,
            Span {
                from: NOW,
                to: day.to
            }
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, message) in [
            ("start=-1", "invalid parameter `start`: `-1`"),
            ("count=0", "invalid parameter `count`: `0`"),
            ("sort=xx", "invalid parameter `sort`: `xx`"),
            ("ind_cd=3,it", "invalid parameter `ind_cd`: `it`"),
            ("fields=all", "invalid parameter `fields`: `all`"),
            (
                "published=20230501",
                "invalid parameter `published`: `20230501`",
            ),
            (
                "published_min=yesterday",
                "invalid parameter `published_min`: `yesterday`",
            ),
            ("stock=nasdaq", "invalid parameter `stock`: `nasdaq`"),
        ] {
            assert_eq!(read(query).expect_err(query).to_string(), message);
        }
        assert_eq!(read("count=500&keyword=ignored").expect("valid").count, 110);
    }
}
