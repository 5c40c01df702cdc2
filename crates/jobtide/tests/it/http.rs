//! HTTP semantics: ETags, content negotiation, and error responses.

use std::sync::OnceLock;

use crate::program::{Place, Serving};
use crate::source::{Source, still};
use crate::visit::{Visit, record};
use crate::web::Web;

const TABLE: &str = "/api/v1/tables/visual_tables.all_count";

/// A new store with a published build of this many postings.
fn built(postings: u32) -> Place {
    let source = Source::start(still(postings));
    let place = Place::new(&source.settings(""));
    place.run(&["run", "collect_postings"]).expect(0);
    place
}

/// A new server over one store, shared by all read-only tests.
fn serving() -> Serving {
    static PLACE: OnceLock<Place> = OnceLock::new();
    Serving::start(PLACE.get_or_init(|| built(100)))
}

/// A browser caches by URL, and the same URL may be another store's the next day.
#[test]
fn stores_never_share_a_tag() {
    let web = Web::new();
    let (one, other) = (built(100), built(150));
    let (one, other) = (Serving::start(&one), Serving::start(&other));
    for path in [
        "/api/v1/build",
        "/api/v1/tables",
        TABLE,
        "/api/v1/tables/visual_tables.all_count.csv",
    ] {
        let kept = web.get(&format!("{}{path}", one.url), &[]);
        let tag = kept.header("etag");
        assert!(tag.starts_with("W/\"1-"), "{path}: {tag} is not build 1's");
        for (serving, status) in [(&one, 304), (&other, 200)] {
            let url = format!("{}{path}", serving.url);
            let answer = web.get(&url, &[("if-none-match", tag)]);
            assert_eq!(answer.status, status, "{path}: {tag}");
        }
    }
}

/// Compressed and plain bytes share an ETag, so it is a weak one; a client may have cached several
/// responses.
#[test]
fn an_etag_matches_anywhere_in_a_list() {
    let (web, serving) = (Web::new(), serving());
    for path in [
        TABLE,
        "/api/v1/build",
        "/api/v1/tables",
        "/api/v1/definitions",
        "/api/v1/models",
        "/api/v1/tiles?tiles=keywords",
        "/api/v1/facets?dimension=skill",
        "/api/v1/postings",
        "/api/v1/tiles/keywords/explain",
    ] {
        let url = format!("{}{path}", serving.url);
        let plain = web.get(&url, &[]);
        let tag = plain.header("etag");
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        for encoding in ["identity", "gzip", "br"] {
            let packed = web.get(&url, &[("accept-encoding", encoding)]);
            assert_eq!(packed.header("etag"), tag, "{path} as {encoding}");
            assert!(
                packed.header("vary").contains("accept-encoding"),
                "{path} as {encoding}"
            );
        }
        let strong = tag.trim_start_matches("W/");
        for (known, status) in [
            (tag.to_owned(), 304),
            (strong.to_owned(), 304),
            (format!("\"x\", W/\"y,z\",{tag}"), 304),
            (format!("\"x\" , {strong} , \"y\""), 304),
            ("*".to_owned(), 304),
            (" * ".to_owned(), 304),
            (String::new(), 200),
            ("\"x\", W/\"y\"".to_owned(), 200),
            ("\"x,*,y\"".to_owned(), 200),
            ("\"*\"".to_owned(), 200),
            (strong.trim_matches('"').to_owned(), 200),
            (format!("\"x{}", strong.trim_start_matches('"')), 200),
        ] {
            let answer = web.get(&url, &[("if-none-match", &known)]);
            assert_eq!(answer.status, status, "{path} for `{known}`");
            assert_eq!(answer.header("etag"), tag, "{path} for `{known}`");
            assert_eq!(answer.header("vary"), plain.header("vary"), "{path}");
            assert_eq!(answer.body.is_empty(), status == 304, "{path}");
        }
        let url = url.as_str();
        let two = web.get(url, &[("if-none-match", "\"x\""), ("if-none-match", tag)]);
        assert_eq!(two.status, 304, "{path}");
    }
}

/// Cached responses are revalidated: the body is sent again only when it changed.
#[test]
fn explanations_and_descriptions_are_sent_once_per_build() {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    std::fs::create_dir_all(place.path().join("own")).expect("a folder");
    let land = |id: u64, name: &str| {
        place.file(name, format!("{}\n", record(id, "데이터 엔지니어")));
        place.run(&["land", "saramin", name]).expect(0);
        place.run(&["build"]).expect(0);
    };
    land(1, "first.jsonl");
    let visit = Visit::to(&place);
    let status = |visit: &Visit, path: &str, tag: &str| {
        let url = format!("{}{path}", visit.serving.url);
        visit.web.get(&url, &[("if-none-match", tag)]).status
    };
    let rows = visit.json("/api/v1/postings")["rows"].clone();
    let id = rows[0]["id"].as_str().expect("an id").to_owned();
    let of_the_build = [
        "/api/v1/tiles?tiles=keywords".to_owned(),
        "/api/v1/tiles/keywords/explain".to_owned(),
        "/api/v1/tiles/keywords/explain?role=de".to_owned(),
        "/api/v1/tiles/provinces/explain".to_owned(),
        format!("/api/v1/postings/{id}"),
    ];
    let of_the_pipeline = ["/api/v1/definitions", "/api/v1/models"].map(str::to_owned);
    let paths = [of_the_build.as_slice(), &of_the_pipeline].concat();
    let tags: Vec<String> = paths
        .iter()
        .map(|path| visit.get(path).header("etag").to_owned())
        .collect();
    for (path, tag) in paths.iter().zip(&tags) {
        for (other, status_of_other) in paths
            .iter()
            .map(|other| (other, status(&visit, other, tag)))
        {
            let expected = if other == path { 304 } else { 200 };
            assert_eq!(
                status_of_other, expected,
                "{other} for the tag of {path}: {tag}"
            );
        }
    }
    // A missing resource is never `304`.
    for path in ["/api/v1/tiles/nothing/explain", "/api/v1/postings/1"] {
        assert!(status(&visit, path, "*") >= 400, "{path}");
    }
    assert_eq!(status(&visit, &paths[1], "*"), 304);

    land(2, "second.jsonl");
    for (path, tag) in paths.iter().zip(&tags) {
        let expected = if of_the_build.contains(path) {
            200
        } else {
            304
        };
        assert_eq!(
            status(&visit, path, tag),
            expected,
            "{path} of another build"
        );
    }
    // The same build, with other definitions.
    let tags: Vec<String> = paths
        .iter()
        .map(|path| visit.get(path).header("etag").to_owned())
        .collect();
    let measures = include_str!("../../../../pipeline/measures.toml");
    place.file(
        "own/measures.toml",
        measures.replacen("공고", "채용 공고", 1),
    );
    let visit = Visit::to(&place);
    for (path, tag) in paths.iter().zip(&tags) {
        let expected = if path.ends_with("/models") { 304 } else { 200 };
        assert_eq!(
            status(&visit, path, tag),
            expected,
            "{path} with other definitions"
        );
    }
}

/// An unknown path returns the page, which says so, with a 404.
#[test]
fn only_paths_of_the_page_are_found() {
    let (web, serving) = (Web::new(), serving());
    for (path, status) in [
        ("/", 200),
        ("/?lang=en", 200),
        ("/skills", 200),
        ("/postings?q=java", 200),
        ("/method", 200),
        ("/regions/", 200),
        ("/embed/roles", 200),
        ("/nosuch", 404),
        ("/no/such/page", 404),
        ("/skills/nosuch", 404),
        ("/embed", 404),
        ("/embed/a/b", 404),
        ("/%ff", 404),
    ] {
        for encoding in ["identity", "gzip", "br"] {
            let url = format!("{}{path}", serving.url);
            let answer = web.get(&url, &[("accept-encoding", encoding)]);
            assert_eq!(answer.status, status, "{path}");
            let media_type = answer.header("content-type");
            assert!(media_type.starts_with("text/html"), "{path}: {media_type}");
            let vary = "accept-encoding, accept-language";
            assert_eq!(answer.header("vary"), vary, "{path}");
            assert!(!answer.body.is_empty(), "{path}");
        }
    }
    // A link's preview describes it, in the client's language.
    let shared = format!("{}/postings?role=de&q=%3Cb%3E", serving.url);
    for (language, title) in [
        (
            "ko-KR",
            "데이터 엔지니어 · ‘&lt;b&gt;’ · 공고 찾기 — jobtide",
        ),
        ("de", "Data engineer · “&lt;b&gt;” · Postings — jobtide"),
    ] {
        let page = web.get(&shared, &[("accept-language", language)]).text();
        let tag = format!("<meta property=\"og:title\" content=\"{title}\" />");
        let text = page.replace("[데모] ", "").replace("[Demo] ", "");
        assert!(text.contains(&tag), "{page}");
        assert!(text.contains(&format!("<title>{title}</title>")), "{page}");
    }
    // Its scripts are found at every path, also below the path prefix of a proxy.
    let page = web
        .get(&format!("{}/no/such/page", serving.url), &[])
        .text();
    assert!(page.contains("<base href=\"../../\" />"), "{page}");
    let script = page
        .split("src=\"./")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let script = format!("{}/{}", serving.url, script.expect("a script"));
    for (encoding, packed) in [("identity", ""), ("gzip", "gzip"), ("br", "br")] {
        let answer = web.get(&script, &[("accept-encoding", encoding)]);
        assert_eq!(answer.status, 200, "{script}");
        assert_eq!(answer.header("content-encoding"), packed, "{script}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{script}");
    }
}

#[test]
fn the_format_is_the_most_preferred_one() {
    let (json, csv) = ("application/json", "text/csv");
    let arrow = "application/vnd.apache.arrow.stream";
    let parquet = "application/vnd.apache.parquet";
    let (web, serving) = (Web::new(), serving());
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (accept, expected) in [
        ("application/json;q=0.1, text/csv", csv),
        ("application/json;q=0.1, text/csv;q=0.05", json),
        (
            "text/csv;q=0.5, application/vnd.apache.parquet;q=0.51",
            parquet,
        ),
        (
            "Text/CSV; Q=0.2; charset=utf-8, application/json; q=0.1",
            csv,
        ),
        // Of equally preferred formats the first, and an exact type before a wildcard.
        ("text/csv, application/json", csv),
        ("*/*, text/csv", csv),
        ("application/vnd.apache.arrow.stream, */*", arrow),
        // Wildcards and exclusions.
        ("text/*", csv),
        ("application/*", json),
        ("*/*", json),
        ("application/json;q=0, */*", csv),
        ("application/*;q=0, text/csv;q=0, */*;q=0.1", json),
        // None of our formats is accepted.
        ("", json),
        (browser, json),
        ("image/png", json),
        ("text/csv;q=0", json),
    ] {
        let answer = web.get(&format!("{}{TABLE}", serving.url), &[("accept", accept)]);
        assert_eq!(answer.status, 200, "{accept}");
        let found = answer.header("content-type");
        assert!(found.starts_with(expected), "`{accept}` gave `{found}`");
    }
}

#[test]
fn errors_are_the_same_shape_everywhere() {
    let (web, serving) = (Web::new(), serving());
    for (method, path, status, code) in [
        ("POST", "/api/v1/build", 405, "wrong_method"),
        ("DELETE", TABLE, 405, "wrong_method"),
        ("PUT", "/api/openapi.json", 405, "wrong_method"),
        ("POST", "/healthz", 405, "wrong_method"),
        ("POST", "/", 405, "wrong_method"),
        ("GET", "/api", 404, "no_such_route"),
        ("GET", "/api/", 404, "no_such_route"),
        ("POST", "/api/v1/nothing", 404, "no_such_route"),
        ("GET", "/api/v1/tables/%ff", 404, "unknown_table"),
        // From a proxy that does not strip its prefix.
        ("GET", "/observatory/api/v1/build", 404, "no_such_route"),
        ("GET", "/a/b/api/v1/tables/x.y.csv", 404, "no_such_route"),
        ("POST", "/observatory/api/v1/build", 404, "no_such_route"),
    ] {
        let answer = web.send(method, &format!("{}{path}", serving.url), &[]);
        assert_eq!(answer.error(status), code, "{method} {path}");
        let allowed = if status == 405 { "GET, HEAD" } else { "" };
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        let names_the_proxy = answer.json()["error"]["hint"].to_string().contains("proxy");
        assert_eq!(
            names_the_proxy,
            !path.starts_with("/api") && status == 404,
            "{path}"
        );
    }
    let head = web.send("HEAD", &format!("{}{TABLE}", serving.url), &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
}

/// The list says which tables are served here.
#[test]
fn what_is_listed_as_served_is_served() {
    let (web, serving) = (Web::new(), serving());
    let tables = format!("{}/api/v1/tables", serving.url);
    let list = web.get(&tables, &[]).json();
    let list = list["tables"].as_array().expect("tables");
    let mut served = 0;
    for table in list {
        let name = table["name"].as_str().expect("a name");
        let expected = if table["served"] == true { 200 } else { 404 };
        let answer = web.get(&format!("{tables}/{name}"), &[]);
        assert_eq!(answer.status, expected, "{name}");
        served += usize::from(expected == 200);
    }
    assert!(
        served > 10 && served < list.len(),
        "{served} of {}",
        list.len()
    );
}

/// The OpenAPI document matches what is served.
#[test]
fn the_description_names_what_is_served() {
    let (web, serving) = (Web::new(), serving());
    let url = &serving.url;
    let document = web.get(&format!("{url}/api/openapi.json"), &[]).json();
    assert_eq!(document["servers"][0]["url"], "..");
    let table = &document["paths"]["/api/v1/tables/{table}"]["get"];
    let offered = table["responses"]["200"]["content"].as_object();
    for media_type in offered.expect("media types").keys() {
        let answer = web.get(&format!("{url}{TABLE}"), &[("accept", media_type)]);
        assert!(answer.header("content-type").starts_with(media_type));
    }
    assert_eq!(offered.map(serde_json::Map::len), Some(4));
    for path in [
        "/api/v1/definitions",
        "/api/v1/models",
        "/api/v1/tiles",
        "/api/v1/tiles/{tile}/explain",
        "/api/v1/facets",
        "/api/v1/postings",
        "/api/v1/postings/{id}",
    ] {
        let responses = &document["paths"][path]["get"]["responses"];
        assert!(responses["304"].is_object(), "{path}");
        assert!(responses["200"]["headers"]["ETag"].is_object(), "{path}");
    }
    for path in ["/api/v1/build", "/api/v1/tables", "/api/v1/tables/{table}"] {
        let get = &document["paths"][path]["get"];
        assert!(get["responses"]["304"].is_object(), "{path}");
        assert!(
            get["responses"]["200"]["headers"]["ETag"].is_object(),
            "{path}"
        );
        let parameters = get["parameters"].as_array().expect("parameters").iter();
        let headers: Vec<&str> = parameters
            .filter(|parameter| parameter["in"] == "header")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert!(headers.contains(&"If-None-Match"), "{path}: {headers:?}");
        assert_eq!(headers.contains(&"Accept"), path.contains('{'), "{path}");
    }
}
