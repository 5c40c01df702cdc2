//! Links to the next page: the `Link` header (RFC 8288), and where a link may lead.

use url::Url;

/// The target of the link with the relation `next`; none if there is no such link.
///
/// # Errors
/// When a header is no list of links: then it is unknown whether there is one.
pub(crate) fn next(headers: &[String]) -> Result<Option<String>, String> {
    for header in headers {
        let mut rest = header.trim();
        while !rest.is_empty() {
            let (link, behind) =
                one(rest).ok_or_else(|| "the `Link` header is malformed".to_owned())?;
            if link.is_next {
                return Ok(Some(link.target.to_owned()));
            }
            rest = behind;
        }
    }
    Ok(None)
}

struct Link<'a> {
    target: &'a str,
    is_next: bool,
}

/// The first link of a list, and what is behind it.
fn one(text: &str) -> Option<(Link<'_>, &str)> {
    let (target, mut rest) = text.strip_prefix('<')?.split_once('>')?;
    let mut relation: Option<String> = None;
    loop {
        rest = rest.trim_start();
        match rest.chars().next() {
            None => break,
            Some(',') => {
                rest = rest[1..].trim_start_matches([',', ' ', '\t']);
                break;
            }
            Some(';') => {
                let (name, value, behind) = parameter(rest[1..].trim_start())?;
                // Of several the first counts.
                if name.eq_ignore_ascii_case("rel") {
                    relation.get_or_insert(value);
                }
                rest = behind;
            }
            Some(_) => return None,
        }
    }
    let relations = relation.unwrap_or_default();
    let mut relations = relations.split_ascii_whitespace();
    let is_next = relations.any(|relation| relation.eq_ignore_ascii_case("next"));
    Some((Link { target, is_next }, rest))
}

/// A parameter of a link, its value, and what is behind it.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let end = text.find(['=', ';', ',']).unwrap_or(text.len());
    let (name, rest) = (text[..end].trim(), &text[end..]);
    let Some(rest) = rest.strip_prefix('=').map(str::trim_start) else {
        return Some((name, String::new(), rest));
    };
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find([';', ',']).unwrap_or(rest.len());
        return Some((name, rest[..end].trim().to_owned(), &rest[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((name, value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// The URL of a link on a page, and whether it is of another origin than `own`.
///
/// # Errors
/// When it leads elsewhere than to the origin of `own`, which is that of the first page, or to one
/// of those that are declared.
pub(crate) fn resolve(
    page: &Url,
    own: &Url,
    target: &str,
    origins: &[Url],
) -> Result<(Url, bool), String> {
    let mut url = page
        .join(target.trim())
        .map_err(|error| format!("the link to the next page is no URL: {error}"))?;
    url.set_fragment(None);
    let is_foreign = url.origin() != own.origin();
    let has_login = !url.username().is_empty() || url.password().is_some();
    let is_declared = origins.iter().any(|origin| origin.origin() == url.origin());
    if has_login || (is_foreign && !is_declared) {
        let origin = url.origin().ascii_serialization();
        return Err(format!(
            "the link to the next page leads to `{origin}`, which `paginator.link.origins` does not name"
        ));
    }
    Ok((url, is_foreign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_in_any_spelling_of_the_header() {
        for (header, wanted) in [
            ("<https://a/?p=2>; rel=\"next\"", Some("https://a/?p=2")),
            ("<?p=1>; rel=prev, <?p=3>; rel=next", Some("?p=3")),
            (
                "<?a=1,2;3>; title=\"a, b; \\\"c\\\"\"; rel=\"last next\"",
                Some("?a=1,2;3"),
            ),
            ("<?p=9>; REL = NEXT", Some("?p=9")),
            ("<?p=9>; rel=prev; rel=next", None),
            ("<?p=9>; rel=last", None),
            ("<?p=9>; next", None),
            ("", None),
        ] {
            let found = next(&[header.to_owned()]).expect(header);
            assert_eq!(found.as_deref(), wanted, "{header}");
        }
        for header in [
            "?p=2; rel=next",
            "<?p=2; rel=next",
            "<?p=2>; rel=\"next",
            "<?p=2> rel=next",
        ] {
            next(&[header.to_owned()]).expect_err(header);
        }
    }

    #[test]
    fn a_link_leads_nowhere_else() {
        let url = |text: &str| text.parse::<Url>().expect("a URL");
        let page = url("https://a.example/jobs/list?page=1");
        let declared = [url("https://b.example")];
        for (target, wanted) in [
            (
                "?page=2",
                Some(("https://a.example/jobs/list?page=2", false)),
            ),
            ("/x#top", Some(("https://a.example/x", false))),
            (
                "https://a.example:443/x",
                Some(("https://a.example/x", false)),
            ),
            ("https://b.example/x", Some(("https://b.example/x", true))),
            ("http://a.example/x", None),
            ("//c.example/x", None),
            ("https://a.example@c.example/x", None),
            ("https://user:password@a.example/x", None),
            ("file:///etc/passwd", None),
            ("https://", None),
        ] {
            let found = resolve(&page, &page, target, &declared);
            let wanted = wanted.map(|(text, foreign)| (url(text), foreign));
            assert_eq!(found.ok(), wanted, "{target}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(header in "[<>;,=\"\\\\ a-z가]{0,40}") {
            let _ = next(&[header]);
        }
    }
}
