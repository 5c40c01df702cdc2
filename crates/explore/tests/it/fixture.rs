//! Small definitions with every kind of tile, postings at random, and their way into an image.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    StringViewArray,
};
use explore::{BuildFacts, Definitions, Image, ImageBuilder, Kind, Part, Request, RequestError};
use jiff::civil::Date;

pub const DIMENSIONS: [&str; 6] = [
    "role",
    "experience",
    "province",
    "district",
    "skill",
    "grade",
];

pub const MEASURES: &str = r#"
postings.sql = "select * from postings"
days.sql = "select * from days"

[dimensions.role]
label_ko = "직무"
label_en = "Role"
what_ko = "직무."
what_en = "Role."
order = ["all", "de"]
stated = false
sql = "select * from roles"

[dimensions.experience]
label_ko = "경력"
label_en = "Experience"
what_ko = "경력."
what_en = "Experience."
order = ["신입", "경력"]
sql = "select * from experiences"
labels_en = { "신입" = "Entry level" }

[dimensions.province]
label_ko = "시·도"
label_en = "Province"
what_ko = "시·도."
what_en = "Province."
order = "size"
sql = "select * from provinces"
labels_en = { "서울" = "Seoul" }

[dimensions.district]
label_ko = "시·군·구"
label_en = "District"
what_ko = "시·군·구."
what_en = "District."
among = "province"
order = "size"
sql = "select * from districts"

[dimensions.skill]
label_ko = "기술"
label_en = "Skill"
what_ko = "기술."
what_en = "Skill."
sql = "select * from skills"

[dimensions.grade]
label_ko = "등급"
label_en = "Grade"
what_ko = "등급."
what_en = "Grade."
filter = false
sql = "select * from grades"

[measures.postings]
label_ko = "공고 수"
label_en = "Postings"
what_ko = "공고."
what_en = "Postings."
aggregate = "count"
unit = "postings"
format = "integer"

[measures.role_postings]
label_ko = "직무 공고"
label_en = "Role postings"
what_ko = "공고."
what_en = "Postings."
aggregate = "count"
where = { role = ["all", "de"] }
unit = "postings"
format = "integer"

[measures.seoul_share]
label_ko = "서울 비율"
label_en = "Share of Seoul"
what_ko = "비율."
what_en = "Share."
aggregate = "share"
of = { province = ["서울"] }
unit = "percent"
format = "percent"

[measures.mean_views]
label_ko = "평균 조회"
label_en = "Mean views"
what_ko = "평균."
what_en = "Mean."
aggregate = "mean"
column = "views"
where = { experience = ["신입", "경력"] }
unit = "views"
format = "decimal"

[measures.active]
label_ko = "게시 중"
label_en = "Active"
what_ko = "게시 중."
what_en = "Active."
aggregate = "active"
unit = "postings"
format = "integer"

[measures.assumed]
label_ko = "추정"
label_en = "Assumed"
what_ko = "추정."
what_en = "Assumed."
aggregate = "assumed"
unit = "postings"
format = "integer"
"#;

pub const TILES: &str = r#"
[tiles]
postings = { measure = "postings" }
role_postings = { measure = "role_postings", where = { experience = ["경력"] } }
seoul_share = { measure = "seoul_share" }
mean_views = { measure = "mean_views" }
active = { measure = "active" }
assumed = { measure = "assumed" }
by_experience = { measure = "postings", by = ["experience"] }
by_experience_size = { measure = "postings", by = ["experience"], order = "size" }
by_province = { measure = "postings", by = ["province"], except = { province = ["해외"] } }
top_skills = { measure = "postings", by = ["skill"], top = 2 }
seoul_districts = { measure = "role_postings", by = ["district"], parents = { district = ["서울", "없음"] } }
one_parent = { measure = "postings", by = ["district"], parents = { district = ["부산"] } }
top_districts = { measure = "postings", by = ["district"], parents = { district = ["top"] }, where = { role = ["de"] } }
role_experience = { measure = "postings", by = ["role", "experience"], order = "size" }
skill_role = { measure = "postings", by = ["skill", "role"], values = { role = ["ds", "de", "none"] }, top = 3 }
district_grade = { measure = "postings", by = ["district", "grade"], parents = { district = ["top"] }, shares_of = "group" }
district_role = { measure = "postings", by = ["district", "role"], parents = { district = ["top"] }, shares_of = "group" }
flow = { measure = "postings", by = ["role"], kind = "flow" }
flow_alone = { measure = "role_postings", kind = "flow" }
most_views = { measure = "postings", kind = "postings", column = "views", top = 3 }
"#;

pub const SEARCH: &str = r#"
same = [["데이터 엔지니어", "data engineer"], ["데이터", "data"], ["자바", "java"]]
"#;

pub const ROLES: &str = r#"
[roles.all]
label_ko = "모두"
label_en = "All"
union = ["de", "ds"]
[roles.de]
label_ko = "엔지니어"
label_en = "Engineer"
titles = ["%엔지니어%"]
[roles.ds]
label_ko = "과학자"
label_en = "Scientist"
[roles.none]
label_ko = "없음"
label_en = "None"
"#;

pub fn files() -> BTreeMap<String, Vec<u8>> {
    let files = [
        ("measures.toml", MEASURES),
        ("tiles.toml", TILES),
        ("search.toml", SEARCH),
        ("roles.toml", ROLES),
    ];
    let files = files.into_iter();
    files
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect()
}

pub fn definitions() -> Arc<Definitions> {
    Arc::new(Definitions::parse(&files()).expect("the definitions are valid"))
}

#[derive(Clone, Debug, Default)]
pub struct Posting {
    pub id: i64,
    pub posting_id: String,
    pub url: Option<String>,
    pub title: String,
    pub company: Option<String>,
    pub posted: Option<i32>,
    pub expires: Option<i32>,
    pub until: Option<i32>,
    pub assumed: bool,
    pub years: Option<i64>,
    pub views: Option<i64>,
    pub applications: Option<i64>,
    pub values: BTreeMap<&'static str, BTreeSet<String>>,
}

/// Days since 1970-01-01 of the fixture's first day, a Thursday.
pub const FIRST_DAY: i32 = 20_454;
pub const LAST_DAY: i32 = FIRST_DAY + 40;

pub fn day(number: i32) -> Date {
    let days = jiff::Span::new().days(number);
    jiff::civil::date(1970, 1, 1)
        .checked_add(days)
        .expect("a day")
}

pub fn facts(last_day: Option<i32>) -> BuildFacts {
    BuildFacts {
        build: 7,
        origin: "generated".to_owned(),
        collected_through: Some("2026-02-10T00:00:00Z".parse().expect("an instant")),
        last_day: last_day.map(day),
    }
}

pub fn postings_batch(postings: &[Posting]) -> RecordBatch {
    let days = |day: fn(&Posting) -> Option<i32>| -> ArrayRef {
        Arc::new(postings.iter().map(day).collect::<Date32Array>())
    };
    let numbers = |number: fn(&Posting) -> Option<i64>| -> ArrayRef {
        Arc::new(postings.iter().map(number).collect::<Int64Array>())
    };
    let texts = |text: fn(&Posting) -> Option<String>| -> ArrayRef {
        Arc::new(postings.iter().map(text).collect::<StringViewArray>())
    };
    let flags: BooleanArray = postings
        .iter()
        .map(|posting| Some(posting.assumed))
        .collect();
    RecordBatch::try_from_iter([
        ("id", numbers(|posting| Some(posting.id))),
        ("source", texts(|_| Some("saramin".to_owned()))),
        (
            "posting_id",
            texts(|posting| Some(posting.posting_id.clone())),
        ),
        ("url", texts(|posting| posting.url.clone())),
        ("title", texts(|posting| Some(posting.title.clone()))),
        ("company_name", texts(|posting| posting.company.clone())),
        ("posting_date", days(|posting| posting.posted)),
        ("expiration_date", days(|posting| posting.expires)),
        ("active_until", days(|posting| posting.until)),
        ("active_until_assumed", Arc::new(flags)),
        ("views", numbers(|posting| posting.views)),
        ("applications", numbers(|posting| posting.applications)),
        ("minimum_years", numbers(|posting| posting.years)),
    ])
    .expect("columns of one length")
}

pub fn values_batch(rows: &[(i64, &str)]) -> RecordBatch {
    let ids: Int64Array = rows.iter().map(|(id, _)| Some(*id)).collect();
    let values: StringArray = rows.iter().map(|(_, value)| Some(*value)).collect();
    // `서울 강남구` lies in 서울.
    let parents: StringArray = rows
        .iter()
        .map(|(_, value)| value.split_once(' ').map(|(above, _)| above))
        .collect();
    RecordBatch::try_from_iter([
        ("id", Arc::new(ids) as ArrayRef),
        ("value", Arc::new(values)),
        ("parent", Arc::new(parents)),
    ])
    .expect("columns of one length")
}

/// The data status of a day.
#[derive(Clone, Copy)]
pub struct Known {
    pub day: i32,
    pub opened: bool,
    pub active: bool,
    pub coverage: Option<f64>,
    pub read_after: Option<i64>,
}

/// One day in nine is unknown, and another has no known active postings.
pub fn known(day: i32) -> Known {
    let place = day.rem_euclid(9);
    Known {
        day,
        opened: place != 4,
        active: place != 4 && place != 5,
        coverage: Some(if place == 4 { 0.0 } else { 1.0 }),
        read_after: (place != 4).then_some(i64::from(place)),
    }
}

pub fn days_batch(days: &[Known]) -> RecordBatch {
    let flags = |flag: fn(&Known) -> bool| -> ArrayRef {
        Arc::new(BooleanArray::from_iter(
            days.iter().map(|day| Some(flag(day))),
        ))
    };
    let coverage: Float64Array = days.iter().map(|day| day.coverage).collect();
    let coverage: ArrayRef = Arc::new(coverage);
    let dates: Date32Array = days.iter().map(|day| Some(day.day)).collect();
    let read_after: Int64Array = days.iter().map(|day| day.read_after).collect();
    RecordBatch::try_from_iter([
        ("date", Arc::new(dates) as ArrayRef),
        ("is_known", flags(|day| day.opened)),
        ("is_active_known", flags(|day| day.active)),
        ("coverage", coverage.clone()),
        ("read_after_days", Arc::new(read_after)),
        ("active_coverage", coverage),
    ])
    .expect("columns of one length")
}

pub fn image(postings: &[Posting]) -> Image {
    let days: Vec<Known> = (LAST_DAY - 3_000..=LAST_DAY).map(known).collect();
    image_with(postings, &days, Some(LAST_DAY))
}

/// Rows come in two batches; rows of dimensions are repeated, and some are about other postings.
pub fn image_with(postings: &[Posting], days: &[Known], last_day: Option<i32>) -> Image {
    let definitions = definitions();
    let mut builder = ImageBuilder::new(definitions.clone(), facts(last_day));
    for (part, _) in definitions.queries() {
        match part {
            Part::Postings => {
                let (first, second) = postings.split_at(postings.len() / 2);
                for half in [first, second] {
                    builder.add(part, &postings_batch(half)).expect("postings");
                }
            }
            Part::Days => {
                let (first, second) = days.split_at(days.len() / 2);
                for half in [first, second] {
                    builder.add(part, &days_batch(half)).expect("days");
                }
            }
            Part::Dimension(index) => {
                let mut rows = vec![(i64::MIN, "딴 공고")];
                for posting in postings {
                    for value in posting.values.get(DIMENSIONS[index]).into_iter().flatten() {
                        rows.push((posting.id, value));
                        if posting.id % 2 == 0 {
                            rows.push((posting.id, value));
                        }
                    }
                }
                builder.add(part, &values_batch(&rows)).expect("values");
            }
        }
    }
    builder.finish().expect("an image")
}

pub fn request(kind: Kind, pairs: &[(&str, &str)]) -> Result<Request, RequestError> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Request::parse(kind, pairs, &definitions())
}

pub type Pairs = Vec<(String, String)>;

pub fn asked(kind: Kind, pairs: &Pairs) -> Request {
    Request::parse(kind, pairs.iter().cloned(), &definitions()).expect("a valid request")
}
