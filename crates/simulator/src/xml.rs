//! A response as XML (`Accept: application/xml`): codes are attributes, text is in CDATA. Known
//! from the guide's element list and a version 1 example; details beyond those are inferred.

use std::fmt::Write;

use crate::answer::{Page, experience_name, job_names};
use crate::catalog::catalog;
use crate::codes::KeywordCode;
use crate::edits::{self, State};
use crate::kst;
use crate::posting::{Gap, Part};
use crate::request::Fields;
use crate::salary;
use crate::store::Store;

const TRACKING: &str =
    "&amp;utm_source=job-search-api&amp;utm_medium=api&amp;utm_campaign=saramin-job-search-api";

pub(crate) fn page(store: &Store, page: &Page, fields: Fields, now: i64) -> Vec<u8> {
    let mut out = Out(String::with_capacity(256 + page.rows.len() * 2_200));
    out.0.push_str(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    out.0.push_str(&format!(
        r#"<job-search><jobs count="{}" start="{}""#,
        page.rows.len(),
        page.start
    ));
    if let Some(total) = page.total {
        out.0.push_str(&format!(r#" total="{total}""#));
    }
    out.0.push('>');
    for index in &page.rows {
        job(&mut out, store, *index, fields, now);
    }
    out.0.push_str("</jobs></job-search>");
    out.0.into_bytes()
}

pub(crate) fn error(code: u16, message: &str) -> Vec<u8> {
    let mut out = Out(r#"<?xml version="1.0" encoding="UTF-8"?><result>"#.to_owned());
    out.number("code", i64::from(code));
    out.text("message", "", message);
    out.0.push_str("</result>");
    out.0.into_bytes()
}

fn job(out: &mut Out, store: &Store, index: u32, fields: Fields, now: i64) {
    let facts = &store.facts(index);
    let text = facts.text(&store.recipe);
    let edits = store.edits_of(index);
    let state = State::at(store.recipe.seed, facts, edits, now);
    let c = catalog();
    let id = store.id(index);

    out.0.push_str("<job>");
    out.element("id", &id.to_string());
    out.element(
        "url",
        &format!("http://www.saramin.co.kr/zf_user/jobs/relay/view?rec_idx={id}{TRACKING}"),
    );
    out.number("active", i64::from(state.active));
    out.number("posting-timestamp", facts.posted_at);
    if fields.posting_date {
        out.element("posting-date", &kst::date_text(facts.posted_at));
    }
    out.number("modification-timestamp", state.modified_at);
    out.number("opening-timestamp", facts.dates.opening_at);
    out.number("expiration-timestamp", state.expires_at);
    if fields.expiration_date {
        out.element("expiration-date", &kst::date_text(state.expires_at));
    }
    let close_type = facts.dates.close_type;
    let gap = facts.gap_of(Part::CloseType);
    out.coded(
        "close-type",
        gap,
        &[close_type],
        Some(c.close_type(close_type)),
    );
    let href = if text.company_shown {
        format!(
            r#" href="http://www.saramin.co.kr/zf_user/company-info/view?csn={}{TRACKING}""#,
            text.company_number
        )
    } else {
        String::new()
    };
    out.0.push_str("<company>");
    out.text("name", &href, &text.company);
    out.0.push_str("</company><position>");
    let title = edits::title(store.recipe.seed, facts, &text.title, edits, now);
    out.text("title", "", &title);
    let names = joined(facts.places.iter().map(|p| c.place(*p).label.as_str()));
    out.coded(
        "location",
        facts.gap_of(Part::Location),
        &facts.places,
        Some(&names),
    );
    let names = joined(facts.job_types.iter().map(|t| c.job_type(*t)));
    out.coded(
        "job-type",
        facts.gap_of(Part::JobType),
        facts.job_types,
        Some(&names),
    );
    let names = joined(
        facts
            .industries
            .iter()
            .map(|i| c.industry(*i).name.as_str()),
    );
    out.coded(
        "industry",
        facts.gap_of(Part::Industry),
        &facts.industries,
        Some(&names),
    );
    if let Some(codes) = &facts.codes {
        let mids = codes.mids();
        let names = joined(mids.iter().map(|mid| c.job_mid(*mid)));
        out.coded("job-mid-code", None, &mids, Some(&names));
        let listed: Vec<u16> = codes.listed().collect();
        let names = joined(job_names(facts, codes).into_iter());
        out.coded("job-code", None, &listed, Some(&names));
        if fields.keyword_code && codes.keyword_code != KeywordCode::Absent {
            let distinct: Vec<u16> = match codes.keyword_code {
                KeywordCode::Given => codes.distinct().collect(),
                _ => Vec::new(),
            };
            out.element("job-code-keyword-code", &numbers(&distinct));
        }
    }
    let years = &facts.experience;
    let attributes = match facts.gap_of(Part::Experience) {
        None => format!(
            r#" code="{}" min="{}" max="{}""#,
            years.code, years.min, years.max
        ),
        Some(_) => String::new(),
    };
    out.text("experience-level", &attributes, &experience_name(facts));
    let education = c.education(facts.education);
    let gap = facts.gap_of(Part::Education);
    out.coded(
        "required-education-level",
        gap,
        &[facts.education],
        Some(education),
    );
    out.0.push_str("</position>");
    out.text("keyword", "", &joined(facts.keyword_names()));
    let name = salary::name(facts.salary, facts.pay);
    out.coded(
        "salary",
        facts.gap_of(Part::Salary),
        &[facts.salary],
        name.as_deref(),
    );
    if fields.count {
        out.element("read-cnt", &state.reads.to_string());
        out.element("apply-cnt", &state.applies.to_string());
    }
    out.0.push_str("</job>");
}

fn joined<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.collect::<Vec<_>>().join(",")
}

fn numbers<T: ToString>(codes: &[T]) -> String {
    codes.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

struct Out(String);

impl Out {
    /// `text` must not contain markup.
    fn element(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("<{name}>{text}</{name}>"));
    }

    fn number(&mut self, name: &str, value: i64) {
        self.element(name, &value.to_string());
    }

    fn text(&mut self, name: &str, attributes: &str, text: &str) {
        // The only sequence that would close the section.
        let text = text.replace("]]>", "]]]]><![CDATA[>");
        // Writing to a string cannot fail.
        let _ = write!(self.0, "<{name}{attributes}><![CDATA[{text}]]></{name}>");
    }

    fn coded<T: ToString>(
        &mut self,
        name: &str,
        gap: Option<Gap>,
        codes: &[T],
        text: Option<&str>,
    ) {
        let attributes = match gap {
            None => format!(r#" code="{}""#, numbers(codes)),
            Some(_) => String::new(),
        };
        let text = if gap == Some(Gap::Empty) { None } else { text };
        self.text(name, &attributes, text.unwrap_or_default());
    }
}
