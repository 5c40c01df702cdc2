//! What HTTP promises beyond the rows: tags, negotiation, and errors that do not pass for answers.

use std::sync::OnceLock;

use crate::program::{Place, Serving};
use crate::source::{Source, still};
use crate::web::Web;

const TABLE: &str = "/api/v1/tables/visual_tables.all_count";

/// A store of its own with one published build of so many postings.
fn built(postings: u32) -> Place {
    let source = Source::start(still(postings));
    let place = Place::new(&source.settings(""));
    place.run(&["run", "collect_postings"]).expect(0);
    place
}

/// A server of its own, over one store for all tests that only ask.
fn serving() -> Serving {
    static PLACE: OnceLock<Place> = OnceLock::new();
    Serving::start(PLACE.get_or_init(|| built(100)))
}

/// A browser keeps answers by address, and the same address may be another store's the next day.
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
        assert!(tag.starts_with("\"1-"), "{path}: {tag} is not build 1's");
        for (serving, status) in [(&one, 304), (&other, 200)] {
            let url = format!("{}{path}", serving.url);
            let answer = web.get(&url, &[("if-none-match", tag)]);
            assert_eq!(answer.status, status, "{path}: {tag}");
        }
    }
}

#[test]
fn the_format_is_the_one_most_welcome() {
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
        // Of equally welcome ones the first, and one that is named before one that is merely covered.
        ("text/csv, application/json", csv),
        ("*/*, text/csv", csv),
        ("application/vnd.apache.arrow.stream, */*", arrow),
        // What covers, and what is ruled out.
        ("text/*", csv),
        ("application/*", json),
        ("*/*", json),
        ("application/json;q=0, */*", csv),
        ("application/*;q=0, text/csv;q=0, */*;q=0.1", json),
        // Nothing of ours is asked for.
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
        // As a proxy asks that does not strip its prefix.
        ("GET", "/observatory/api/v1/build", 404, "no_such_route"),
        ("GET", "/a/b/api/v1/tables/x.y.csv", 404, "no_such_route"),
        ("POST", "/observatory/api/v1/build", 404, "no_such_route"),
    ] {
        let answer = web.send(method, &format!("{}{path}", serving.url), &[]);
        assert_eq!(answer.error(status), code, "{method} {path}");
        let allowed = if status == 405 { "GET, HEAD" } else { "" };
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        let told = answer.json()["error"]["hint"].to_string().contains("proxy");
        assert_eq!(told, !path.starts_with("/api") && status == 404, "{path}");
    }
    let head = web.send("HEAD", &format!("{}{TABLE}", serving.url), &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
}

/// The list says of which tables the rows are to be had here.
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

/// What the description says is what is served.
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
