//! Small definitions with every kind of tile, and building an image from postings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    StringViewArray,
};
use explore::{BuildFacts, FACT, Image, ImageBuilder};
use jiff::civil::Date;
use semantic::{Definitions, Kind, Part, Request, RequestError};

pub const DIMENSIONS: [&str; 6] = [
    "role",
    "experience",
    "province",
    "district",
    "skill",
    "grade",
];

/// The definitions of the tests of `semantic`.
fn files() -> BTreeMap<String, Vec<u8>> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../semantic/tests/definitions/"
    );
    ["measures.toml", "tiles.toml", "search.toml", "roles.toml"]
        .into_iter()
        .map(|name| {
            let text = std::fs::read(format!("{folder}{name}")).expect(name);
            (name.to_owned(), text)
        })
        .collect()
}

pub fn definitions() -> Arc<Definitions> {
    Arc::new(Definitions::parse(&files()).expect("the definitions are valid"))
}

/// The same with other measures.
pub fn definitions_with(change: impl Fn(String) -> String) -> Definitions {
    let mut files = files();
    let measures = files.remove("measures.toml").expect("measures");
    let measures = String::from_utf8(measures).expect("text");
    files.insert("measures.toml".to_owned(), change(measures).into_bytes());
    Definitions::parse(&files).expect("the definitions are valid")
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
    // `서울 강남구` is in 서울.
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
    let mut builder =
        ImageBuilder::new(definitions.clone(), facts(last_day)).expect("definitions of one fact");
    for (part, _) in definitions.queries(FACT) {
        match part {
            Part::Rows => {
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
