//! A response as JSON, in the key order and with the types of the real API: `total` and `id` are
//! strings, `active` and the years numbers, times strings of Unix seconds, objects may be empty.
//!
//! Serialised directly into bytes: a response of 110 postings is 190 kB, and a million postings are
//! nine thousand responses.

use crate::catalog::catalog;
use crate::codes::{JobCodes, KeywordCode};
use crate::draw::{Draw, Purpose};
use crate::edits::{self, State};
use crate::json::Out;
use crate::kst;
use crate::posting::{Facts, Gap, Part};
use crate::request::Fields;
use crate::salary;
use crate::store::Store;

/// A page of a response.
pub(crate) struct Page {
    /// `None` leaves the member out, for the fault of a wrong shape.
    pub(crate) total: Option<u64>,
    /// Page number, echoed.
    pub(crate) start: u64,
    pub(crate) rows: Vec<u32>,
    /// For the fault of loosely typed values: corrupts some rows, by this seed.
    pub(crate) spoiled: Option<u64>,
}

/// One value of a record with another type than usual, or malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Twist {
    IdNumber,
    ActiveText,
    PostingNumber,
    PostingBroken,
    ModificationBlank,
    ExpirationNull,
    TitleNull,
    YearsText,
    CompanyNull,
    CodeNumber,
}

const TWISTS: [Twist; 10] = [
    Twist::IdNumber,
    Twist::ActiveText,
    Twist::PostingNumber,
    Twist::PostingBroken,
    Twist::ModificationBlank,
    Twist::ExpirationNull,
    Twist::TitleNull,
    Twist::YearsText,
    Twist::CompanyNull,
    Twist::CodeNumber,
];

/// Share of the rows of a corrupted page that have a [`Twist`].
const TWISTED: f64 = 0.3;

pub(crate) fn page(store: &Store, page: &Page, fields: Fields, now: i64) -> Vec<u8> {
    let mut out = Out::with_capacity(256 + page.rows.len() * 2_000);
    out.raw(&format!(
        r#"{{"jobs":{{"count":{},"start":{},"#,
        page.rows.len(),
        page.start
    ));
    if let Some(total) = page.total {
        out.raw(&format!(r#""total":"{total}","#));
    }
    out.raw(r#""job":["#);
    for (at, index) in page.rows.iter().enumerate() {
        if at > 0 {
            out.raw(",");
        }
        let twist = page.spoiled.and_then(|seed| {
            let mut draw = Draw::new(seed, u64::from(*index), Purpose::Fault);
            draw.chance(TWISTED).then(|| *draw.pick(&TWISTS))
        });
        job(&mut out, store, *index, fields, now, twist);
    }
    out.raw("]}}");
    out.into_bytes()
}

/// One posting, as an element of `jobs.job`.
pub(crate) fn posting(store: &Store, index: u32, fields: Fields, now: i64) -> Vec<u8> {
    let mut out = Out::with_capacity(2_000);
    job(&mut out, store, index, fields, now, None);
    out.into_bytes()
}

/// The body of an error.
pub(crate) fn error(code: u16, message: &str) -> Vec<u8> {
    let mut out = Out::with_capacity(64);
    out.raw(&format!(r#"{{"code":{code},"message":"#));
    out.text(message);
    out.raw("}");
    out.into_bytes()
}

fn job(out: &mut Out, store: &Store, index: u32, fields: Fields, now: i64, twist: Option<Twist>) {
    let facts = &store.facts(index);
    let text = facts.text(&store.recipe);
    let edits = store.edits_of(index);
    let state = State::at(store.recipe.seed, facts, edits, now);
    let id = store.id(index).to_string();
    let is = |other| twist == Some(other);

    out.raw(r#"{"url":"http://www.saramin.co.kr/zf_user/jobs/relay/view?rec_idx="#);
    out.raw(&id);
    out.raw(TRACKING);
    out.raw(r#"","active":"#);
    out.number_as(if state.active { "1" } else { "0" }, is(Twist::ActiveText));
    out.raw(r#","company":{"detail":{"#);
    if text.company_shown {
        out.raw(r#""href":"http://www.saramin.co.kr/zf_user/company-info/view?csn="#);
        out.raw(&text.company_number.to_string());
        out.raw(TRACKING);
        out.raw(r#"","#);
    }
    out.raw(r#""name":"#);
    if is(Twist::CompanyNull) {
        out.raw("null");
    } else {
        out.text(&text.company);
    }
    out.raw(r#"}},"position":{"title":"#);
    if is(Twist::TitleNull) {
        out.raw("null");
    } else {
        out.text(&edits::title(
            store.recipe.seed,
            facts,
            &text.title,
            edits,
            now,
        ));
    }
    position(out, facts, fields, twist);
    out.raw(r#"},"keyword":""#);
    out.list(facts.keyword_names());
    out.raw(r#"","salary":"#);
    salary(out, facts);
    out.raw(r#","id":"#);
    out.number_as(&id, !is(Twist::IdNumber));
    out.raw(r#","posting-timestamp":"#);
    if is(Twist::PostingBroken) {
        out.raw(r#""16327x4241""#);
    } else {
        out.number_as(&facts.posted_at.to_string(), !is(Twist::PostingNumber));
    }
    if fields.posting_date {
        out.raw(r#","posting-date":""#);
        out.raw(&kst::date_text(facts.posted_at));
        out.raw("\"");
    }
    out.raw(r#","modification-timestamp":"#);
    if is(Twist::ModificationBlank) {
        out.raw(r#""""#);
    } else {
        out.number_as(&state.modified_at.to_string(), true);
    }
    out.raw(r#","opening-timestamp":"#);
    out.number_as(&facts.dates.opening_at.to_string(), true);
    out.raw(r#","expiration-timestamp":"#);
    if is(Twist::ExpirationNull) {
        out.raw("null");
    } else {
        out.number_as(&state.expires_at.to_string(), true);
    }
    if fields.expiration_date {
        out.raw(r#","expiration-date":""#);
        out.raw(&kst::date_text(state.expires_at));
        out.raw("\"");
    }
    out.raw(r#","close-type":"#);
    let close_type = facts.dates.close_type;
    out.coded(
        facts.gap_of(Part::CloseType),
        |out| {
            out.raw(&close_type.to_string());
        },
        Some(|out: &mut Out| out.raw(catalog().close_type(close_type))),
    );
    if fields.count {
        out.raw(&format!(
            r#","read-cnt":"{}","apply-cnt":"{}""#,
            state.reads, state.applies
        ));
    }
    out.raw("}");
}

const TRACKING: &str =
    "&utm_source=job-search-api&utm_medium=api&utm_campaign=saramin-job-search-api";

fn position(out: &mut Out, facts: &Facts, fields: Fields, twist: Option<Twist>) {
    let c = catalog();
    out.raw(r#","industry":"#);
    if twist == Some(Twist::CodeNumber) {
        let first = facts.industries[0];
        out.raw(&format!(
            r#"{{"code":{first},"name":"{}"}}"#,
            c.industry(first).name
        ));
    } else {
        out.coded(
            facts.gap_of(Part::Industry),
            |out| out.list(facts.industries.iter().map(u16::to_string)),
            Some(|out: &mut Out| out.list(facts.industries.iter().map(|i| &c.industry(*i).name))),
        );
    }
    out.raw(r#","location":"#);
    out.coded(
        facts.gap_of(Part::Location),
        |out| out.list(facts.places.iter().map(u32::to_string)),
        Some(|out: &mut Out| out.list(facts.places.iter().map(|p| &c.place(*p).label))),
    );
    out.raw(r#","job-type":"#);
    out.coded(
        facts.gap_of(Part::JobType),
        |out| out.list(facts.job_types.iter().map(u8::to_string)),
        Some(|out: &mut Out| out.list(facts.job_types.iter().map(|t| c.job_type(*t)))),
    );
    if fields.keyword_code {
        industry_keyword_codes(out, facts);
    }
    match &facts.codes {
        Some(codes) => job_codes(out, facts, codes, fields),
        // Half of these postings omit the members, the others have them empty.
        None if facts.index.is_multiple_of(2) => out.raw(r#","job-mid-code":{},"job-code":{}"#),
        None => {}
    }
    out.raw(r#","experience-level":"#);
    experience(out, facts, twist);
    out.raw(r#","required-education-level":"#);
    out.coded(
        facts.gap_of(Part::Education),
        |out| out.raw(&facts.education.to_string()),
        Some(|out: &mut Out| out.raw(c.education(facts.education))),
    );
}

fn industry_keyword_codes(out: &mut Out, facts: &Facts) {
    let industry = facts.industries[0];
    let all = &catalog().industry(industry).keywords;
    out.raw(r#","industry-keyword-code":""#);
    for (nth, at) in facts.keywords.iter().enumerate() {
        if nth > 0 {
            out.raw("|");
        }
        out.raw(&format!("{industry}{:02}", all[*at].0));
    }
    out.raw("\"");
}

fn job_codes(out: &mut Out, facts: &Facts, codes: &JobCodes, fields: Fields) {
    let c = catalog();
    let mids = codes.mids();
    out.raw(r#","job-mid-code":{"code":""#);
    out.list(mids.iter().map(u8::to_string));
    out.raw(r#"","name":""#);
    out.list(mids.iter().map(|mid| c.job_mid(*mid)));
    out.raw(r#""},"job-code":{"code":""#);
    out.list(codes.listed().map(|code| code.to_string()));
    out.raw(r#"","name":""#);
    out.list(job_names(facts, codes).into_iter());
    out.raw(r#""}"#);
    if fields.keyword_code {
        match codes.keyword_code {
            KeywordCode::Given => {
                out.raw(r#","job-code-keyword-code":""#);
                out.list(codes.distinct().map(|code| code.to_string()));
                out.raw("\"");
            }
            KeywordCode::Blank => out.raw(r#","job-code-keyword-code":"""#),
            KeywordCode::Absent => {}
        }
    }
}

/// The industry's keywords, then the codes' names, then free words; each text once. They do not
/// correspond to the codes (quirk Q3).
pub(crate) fn job_names(facts: &Facts, codes: &JobCodes) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::with_capacity(24);
    let all = facts
        .keyword_names()
        .chain(codes.listed().map(|code| catalog().job(code).name.as_str()))
        .chain(codes.tags.iter().copied());
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The name as the API writes it: `경력 3~10년`, but `경력3년↑` without an upper bound.
pub(crate) fn experience_name(facts: &Facts) -> String {
    let years = &facts.experience;
    match (years.code, years.min, years.max) {
        (2, 0, 0) => "경력".to_owned(),
        (2, min, 0) => format!("경력{min}년↑"),
        (2, min, max) => format!("경력 {min}~{max}년"),
        (code, ..) => catalog().experience(code).to_owned(),
    }
}

fn experience(out: &mut Out, facts: &Facts, twist: Option<Twist>) {
    let years = &facts.experience;
    let name = experience_name(facts);
    match facts.gap_of(Part::Experience) {
        Some(Gap::Empty) => out.raw("{}"),
        Some(Gap::NoCode) => out.raw(&format!(r#"{{"name":"{name}"}}"#)),
        None if twist == Some(Twist::YearsText) => out.raw(&format!(
            r#"{{"code":"{}","min":"{}","max":"{}","name":"{name}"}}"#,
            years.code, years.min, years.max
        )),
        None => out.raw(&format!(
            r#"{{"code":{},"min":{},"max":{},"name":"{name}"}}"#,
            years.code, years.min, years.max
        )),
    }
}

fn salary(out: &mut Out, facts: &Facts) {
    let name = salary::name(facts.salary, facts.pay);
    out.coded(
        facts.gap_of(Part::Salary),
        |out| out.raw(&facts.salary.to_string()),
        name.map(|name| move |out: &mut Out| out.raw(&name)),
    );
}
