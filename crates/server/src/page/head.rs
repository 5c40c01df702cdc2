//! The page's metadata for clients that do not run it: language, title and Open Graph tags, by view
//! and filters, so that the preview of a shared link describes it.

use axum::http::{HeaderMap, Uri};
use jiff::civil::Date;
use semantic::{Definitions, Kind, Language, Request};
use warehouse::BuildRecord;
use warehouse::publish::Origin;

use crate::answer::accept;

/// The filters that act on a view.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Acts {
    All,
    Period,
    None,
}

/// A view of the page: its names, and the filters that act on it.
struct View<'a> {
    korean: &'a str,
    english: &'a str,
    acts: Acts,
}

impl View<'static> {
    const fn new(korean: &'static str, english: &'static str, acts: Acts) -> Self {
        Self {
            korean,
            english,
            acts,
        }
    }
}

/// Views with code of their own instead of a layout of tiles, by path.
const OWN_VIEWS: [(&str, View<'_>); 3] = [
    ("postings", View::new("공고 찾기", "Postings", Acts::All)),
    ("sql", View::new("SQL", "SQL", Acts::None)),
    ("method", View::new("집계 방법", "Method", Acts::None)),
];

/// The page at the root of the site.
const FIRST: &str = "overview";

/// Whether a path below the root of the site is that of a view.
pub fn is_view(path: &str, definitions: &Definitions) -> bool {
    view(path, definitions).is_some()
}

fn view<'a>(path: &str, definitions: &'a Definitions) -> Option<View<'a>> {
    if let Some((_, view)) = OWN_VIEWS.into_iter().find(|(own, _)| *own == path) {
        return Some(view);
    }
    let name = match path {
        "" => FIRST,
        FIRST => return None,
        name => name,
    };
    let page = definitions.pages.iter().find(|page| page.name == name)?;
    Some(View {
        korean: &page.label_ko,
        english: &page.label_en,
        acts: match definitions.shows_tables_only(page) {
            true => Acts::Period,
            false => Acts::All,
        },
    })
}

/// Tiles and pages for the page, as a script element that holds only data, so that the first rendering
/// needs no request.
pub fn layout(definitions: &Definitions) -> serde_json::Result<String> {
    let json = serde_json::to_string(&definitions.layout())?;
    // No text can close the element.
    let json = json.replace('<', "\\u003c");
    Ok(format!(
        "<script type=\"application/json\" id=\"layout\">{json}</script>\n  </head>"
    ))
}

/// The page with the head for a URL, and with the layout. `record` is the build that it shows, if
/// known.
pub fn headed(
    page: &str,
    uri: &Uri,
    headers: &HeaderMap,
    (definitions, layout): (&Definitions, &str),
    record: Option<&BuildRecord>,
) -> String {
    let pairs = || url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let asked = pairs().find(|(name, _)| name == "lang");
    let language = asked
        .and_then(|(_, tag)| Language::of(&tag))
        .unwrap_or_else(|| accept::language(headers));
    let say = |korean: &str, english: &str| language.pick(korean, english).to_owned();
    let path = uri.path().trim_matches('/');
    let view = view(path, definitions);
    let acts = view.as_ref().map_or(Acts::All, |view| view.acts);
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
    parts.extend(view.map(|view| say(view.korean, view.english)));
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
        .replacen("</head>", layout, 1)
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
        let layout = layout(&definitions).unwrap();
        let given = (&definitions, layout.as_str());
        headed(PAGE, &uri, &HeaderMap::new(), given, None)
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
        assert!(!head.contains("<script>"), "{head}");
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

    #[test]
    fn the_layout_is_in_the_page_as_data_that_nothing_in_it_can_end() {
        let mut files = crate::tests::pipeline_files();
        let page =
            "label_ko = \"</script><b>\"\nlabel_en = \"New\"\nrows = [[{ tile = \"flow\" }]]";
        files.insert("pages/new.toml".to_owned(), page.into());
        let definitions = Definitions::parse(&files).unwrap();
        let layout = layout(&definitions).unwrap();
        let (data, _) = layout.split_once("</script>").unwrap();
        let (_, json) = data.split_once('>').unwrap();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let pages = json["pages"].as_array().unwrap();
        assert_eq!(pages.last().unwrap()["label_ko"], "</script><b>");
        assert!(is_view("new", &definitions) && is_view("", &definitions));
        assert!(!is_view("overview", &definitions) && !is_view("newer", &definitions));
        let uri = "/new?role=de&lang=en".parse().unwrap();
        let given = (&definitions, layout.as_str());
        let page = headed(PAGE, &uri, &HeaderMap::new(), given, None);
        assert!(
            page.contains("<title>Data engineer · New — jobtide</title>"),
            "{page}"
        );
        assert!(page.contains(data) && page.ends_with("</head>"), "{page}");
    }

    /// The page defines the same names itself.
    #[test]
    fn views_have_the_names_that_the_page_gives_them() {
        let words = include_str!("../../../../web/src/i18n/messages/shell.ts");
        for (
            _,
            View {
                korean, english, ..
            },
        ) in OWN_VIEWS
        {
            let line = format!("ko: '{korean}', en: '{english}' }},");
            assert!(words.contains(&line), "{line}");
        }
    }

    /// Looks and blocks are drawn by the page: both sides name the same ones.
    #[test]
    fn looks_and_blocks_are_those_of_the_page() {
        let names = |text: &str, list: &str| {
            let (_, list) = text.split_once(list).unwrap();
            let (list, _) = list.split_once("\n};").unwrap();
            let keys = list.lines().filter_map(|line| line.strip_prefix("  "));
            let keys = keys.filter_map(|line| line.split_once(':').map(|(key, _)| key.to_owned()));
            let mut keys: Vec<String> = keys
                .filter(|key| {
                    key.chars()
                        .all(|one| one.is_ascii_lowercase() || one == '_')
                })
                .collect();
            keys.sort_unstable();
            keys
        };
        let sorted = |names: &mut dyn Iterator<Item = &&str>| {
            let mut names: Vec<String> = names.map(|name| (*name).to_owned()).collect();
            names.sort_unstable();
            names
        };
        let looks = include_str!("../../../../web/src/tiles/looks.ts");
        let own = &mut semantic::LOOKS.iter().flat_map(|(_, looks)| looks.iter());
        let own = &mut own.filter(|look| **look != "figure");
        assert_eq!(names(looks, "export const LOOKS"), sorted(own));
        let blocks = include_str!("../../../../web/src/pages/blocks.ts");
        let own = sorted(&mut semantic::BLOCKS.iter());
        assert_eq!(names(blocks, "export const BLOCKS"), own);
    }
}
