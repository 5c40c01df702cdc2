//! The page's metadata for clients that do not run it: language, title and Open Graph tags, by view
//! and filters, so that the preview of a shared link describes it.

use axum::http::{HeaderMap, Uri};
use jiff::civil::Date;
use semantic::{Definitions, Kind, Language, Request};
use warehouse::BuildRecord;
use warehouse::publish::Origin;

use crate::answer::accept;

/// Which filters act on a view.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Acts {
    All,
    Period,
    None,
}

/// Addresses of the page's views with their names in Korean and English, and the filters that act
/// on them.
pub const VIEWS: [(&str, &str, &str, Acts); 10] = [
    ("", "개요", "Overview", Acts::All),
    ("time", "추이", "Over time", Acts::All),
    ("skills", "기술·키워드", "Skills", Acts::All),
    ("industries", "산업", "Industries", Acts::All),
    ("regions", "지역", "Regions", Acts::All),
    ("certificates", "자격증", "Certificates", Acts::Period),
    ("interest", "검색 관심도", "Search interest", Acts::Period),
    ("postings", "공고 찾기", "Postings", Acts::All),
    ("sql", "SQL", "SQL", Acts::None),
    ("method", "집계 방법", "Method", Acts::None),
];

/// The page's head for a URL. `record` is the build that it shows, if known.
pub fn headed(
    page: &str,
    uri: &Uri,
    headers: &HeaderMap,
    definitions: &Definitions,
    record: Option<&BuildRecord>,
) -> String {
    let pairs = || url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let asked = pairs().find(|(name, _)| name == "lang");
    let language = asked
        .and_then(|(_, tag)| Language::of(&tag))
        .unwrap_or_else(|| accept::language(headers));
    let say = |korean: &str, english: &str| language.pick(korean, english).to_owned();
    let path = uri.path().trim_matches('/');
    let view = VIEWS.iter().find(|(address, ..)| *address == path);
    let acts = view.map_or(Acts::All, |(.., acts)| *acts);
    // Only the filter parameters are used here; an invalid one does not prevent the page.
    let filters = pairs()
        .filter(|(name, _)| {
            let own = name.strip_prefix("vs.");
            match (acts, own.unwrap_or(name)) {
                (Acts::None, _) => false,
                (Acts::Period, name) => own.is_none() && matches!(name, "from" | "to"),
                (Acts::All, "from" | "to" | "q") => true,
                (Acts::All, name) => definitions.has_dimension(name),
            }
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()));
    let mut parts = Request::parse(Kind::Explain, filters, definitions)
        .map(|request| request.title_words(definitions, language))
        .unwrap_or_default();
    parts.extend(view.map(|(_, korean, english, _)| say(korean, english)));
    let is_demo = record.is_some_and(|record| record.origin == Origin::Generated);
    let demo = if is_demo {
        say("[데모] ", "[Demo] ")
    } else {
        String::new()
    };
    let said = match parts.is_empty() {
        true => String::new(),
        false => format!("{} — ", parts.join(" · ")),
    };
    let title = escaped(&format!("{demo}{said}jobtide"));
    let date = record.and_then(|record| record.data_date);
    let about = match date {
        Some(date) => say(
            &format!(
                "{}까지의 채용 공고 · 데이터와 IT 직무의 채용 시장",
                korean(date)
            ),
            &format!("Job postings to {date}: the labour market for data and IT jobs"),
        ),
        None => say(
            "데이터와 IT 직무의 채용 시장",
            "The labour market for data and IT jobs",
        ),
    };
    let (tag, locale) = match language {
        Language::Korean => ("ko", "ko_KR"),
        Language::English => ("en", "en_GB"),
    };
    let about = escaped(&about);
    let head = format!(
        "<title>{title}</title>\n    \
         <meta name=\"description\" content=\"{about}\" />\n    \
         <meta property=\"og:type\" content=\"website\" />\n    \
         <meta property=\"og:site_name\" content=\"jobtide\" />\n    \
         <meta property=\"og:locale\" content=\"{locale}\" />\n    \
         <meta property=\"og:title\" content=\"{title}\" />\n    \
         <meta property=\"og:description\" content=\"{about}\" />"
    );
    page.replacen("<html lang=\"ko\">", &format!("<html lang=\"{tag}\">"), 1)
        .replacen("<title>jobtide</title>", &head, 1)
}

fn korean(date: Date) -> String {
    format!("{}년 {}월 {}일", date.year(), date.month(), date.day())
}

/// Escapes text for HTML content and attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other if other.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html lang=\"ko\"><head><title>jobtide</title></head>";

    fn head(address: &str) -> String {
        let files = crate::tests::pipeline_files();
        let definitions = Definitions::parse(&files).unwrap();
        let uri = address.parse().unwrap();
        headed(PAGE, &uri, &HeaderMap::new(), &definitions, None)
    }

    #[test]
    fn a_title_says_what_is_filtered() {
        let head =
            head("/postings?role=de&province=%EC%84%9C%EC%9A%B8&lang=ko&theme=dark&vs.role=da");
        let title = "<title>데이터 엔지니어 대 데이터 분석가 · 서울 · 공고 찾기 — jobtide</title>";
        assert!(
            head.starts_with("<html lang=\"ko\">") && head.contains(title),
            "{head}"
        );
        let tag = "<meta property=\"og:title\" content=\"데이터 엔지니어 대 데이터 분석가 · 서울 · 공고 찾기 — jobtide\" />";
        assert!(head.contains(tag), "{head}");
    }

    #[test]
    fn url_parameters_are_escaped_text() {
        let head = head("/?q=%3C/title%3E%3Cscript%3E%22&from=2026-01-01");
        assert!(!head.contains("<script"), "{head}");
        assert!(
            head.contains("since 2026-01-01 · “&lt;/title&gt;&lt;script&gt;&quot;” · Overview"),
            "{head}"
        );
        for (refused, title) in [
            ("/?from=yesterday", "Overview — jobtide"),
            ("/?q=a&q=b", "Overview — jobtide"),
            ("/?from=2026-02-01&to=2026-01-01", "Overview — jobtide"),
            ("/nosuch", "jobtide"),
        ] {
            let head = self::head(refused);
            for tag in [
                format!("<title>{title}</title>"),
                format!("<meta property=\"og:title\" content=\"{title}\" />"),
            ] {
                assert!(head.contains(&tag), "{refused}: {head}");
            }
        }
        let many = self::head("/?skill=a&skill=b&skill=c&skill=d");
        assert!(
            many.contains("<title>a, b, c… · Overview — jobtide</title>"),
            "{many}"
        );
    }

    fn are_titled(addresses: &[(&str, &str)]) {
        for (address, title) in addresses {
            let head = head(address);
            let tag = format!("<title>{title} — jobtide</title>");
            assert!(head.contains(&tag), "{address}: {head}");
        }
    }

    #[test]
    fn both_sides_of_a_comparison_are_named() {
        are_titled(&[
            (
                "/?role=de&vs.role=da&province=%EC%84%9C%EC%9A%B8",
                "Data engineer vs Data analyst · Seoul · Overview",
            ),
            ("/time?q=java&vs.q=", "“java” vs all · Over time"),
            (
                "/?from=2026-01-01&vs.from=2026-02-01",
                "since 2026-01-01 vs since 2026-02-01 · Overview",
            ),
        ]);
    }

    #[test]
    fn filters_that_do_not_act_are_not_named() {
        are_titled(&[
            ("/sql?role=de", "SQL"),
            ("/method?role=de&from=2026-01-01", "Method"),
            (
                "/certificates?role=de&from=2026-01-01&vs.role=da",
                "since 2026-01-01 · Certificates",
            ),
        ]);
    }

    /// The page defines the same names itself.
    #[test]
    fn views_have_the_names_that_the_page_gives_them() {
        let words = include_str!("../../../../web/src/i18n/messages/shell.ts");
        for (_, korean, english, _) in VIEWS {
            let line = format!("ko: '{korean}', en: '{english}' }},");
            assert!(words.contains(&line), "{line}");
        }
    }
}
