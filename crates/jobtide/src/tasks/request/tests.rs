use serde_json::json;

use super::super::template::tests::filling;
use super::*;

fn url(text: &str, item: Value) -> Result<String, String> {
    let template = Template::try_from(text.to_owned())?;
    let url = UrlTemplate::try_from(template)?.url(&mut filling(item));
    match url {
        Ok(url) => Ok(url.into()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_value_is_one_part_of_a_url() {
    for (text, item, expected) in [
        (
            "https://host/a/{item}?q={item}",
            json!("서울/?&=#%"),
            "https://host/a/%EC%84%9C%EC%9A%B8%2F%3F%26%3D%23%25?q=%EC%84%9C%EC%9A%B8%2F%3F%26%3D%23%25",
        ),
        (
            "http://127.0.0.1:8080?d={from}",
            json!(1),
            "http://127.0.0.1:8080/?d=2026-04-30T15%3A00%3A00Z",
        ),
        (
            "https://host/{item}.json",
            json!("..a"),
            "https://host/..a.json",
        ),
    ] {
        assert_eq!(url(text, item).as_deref(), Ok(expected), "{text}");
    }
    for item in [json!(".."), json!("."), json!(null), json!({})] {
        let error = url("https://host/a/{item}/b", item.clone()).unwrap_err();
        assert!(
            error.contains("a value cannot be in `https://host/a/{item}/b`"),
            "{item}: {error}"
        );
    }
    for (text, item) in [
        ("https://host/items/{item}", json!("")),
        ("https://host/items/{item}", json!(".")),
        ("https://host/items/{item}", json!("..")),
        ("https://host/items/{item}/{dag}", json!(".")),
        ("https://host/x{item}?a=1", json!("")),
        ("https://host/%2{item}", json!("e")),
    ] {
        let error = url(text, item.clone()).unwrap_err();
        assert!(error.contains("a value cannot be in"), "{item}: {error}");
    }
    for text in ["https://host/items/?q={item}", "https://host?{item}"] {
        url(text, json!("")).unwrap();
    }
    for (text, words) in [
        ("file:///etc/passwd", "`file` is not http or https"),
        ("javascript:alert(1)", "`javascript` is not http or https"),
        ("ftp://host/x", "`ftp` is not http or https"),
        ("host/x", "relative URL without a base"),
        ("", "relative URL without a base"),
        (
            "https://{item}/x",
            "a value would decide where the request goes",
        ),
        (
            "https://host.{item}",
            "a value would decide where the request goes",
        ),
        ("{item}", "a value would decide where the request goes"),
        (
            "{secret.URL}/x",
            "a value would decide where the request goes",
        ),
        (
            "https://me:hunter2@host/",
            "it has a user name or a password\nhint: ",
        ),
    ] {
        let error = url(text, json!("evil.example")).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn headers_are_single_lines_and_carry_no_secret_in_plain_text() {
    let headers =
        |text: &str| toml::from_str::<Headers>(text).map_err(|error| error.message().to_owned());
    for (text, words) in [
        ("Authorization = 'Bearer abc'", "is a secret\nhint: "),
        ("cookie = 'a=b'", "is a secret\nhint: "),
        ("Host = 'x'", "is set by the program"),
        ("'a b' = 'x'", "`a b` is no header"),
        ("X = '{itme}'", "the nearest is `{item}`"),
        ("X = 1", "invalid type"),
    ] {
        let error = headers(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
    let parsed = headers("X-City = '{item}'").unwrap();
    let filled = parsed.fill(&mut filling(json!("Seoul"))).unwrap();
    assert_eq!(filled[0].1, "Seoul");
    let error = parsed
        .fill(&mut filling(json!("a\r\nHost: x")))
        .unwrap_err();
    assert!(
        error.to_string().contains("a header is one line"),
        "{error}"
    );
}

#[test]
fn json_keeps_the_types_of_values() {
    let text = "a = '{item}'\nb = 'x{parameter.city}\"'\nc = [1, 2.5, true, '{parameter.full}']\nd = 2026-05-01\n[e]\nf = '{from.day}'";
    let json: Json = toml::from_str::<toml::Table>(text)
        .map(toml::Value::Table)
        .unwrap()
        .try_into()
        .unwrap();
    let filled = json.fill(&mut filling(json!({"n": 7}))).unwrap();
    assert_eq!(
        filled,
        json!({"a": {"n": 7}, "b": "xBusan\"", "c": [1, 2.5, true, true], "d": "2026-05-01", "e": {"f": "2026-05-01"}})
    );
}

#[test]
fn a_status_means_what_the_file_says() {
    let plain = Statuses::default();
    for (status, meaning) in [
        (200, Meaning::Succeeds),
        (204, Meaning::Succeeds),
        (302, Meaning::Fails),
        (304, Meaning::Fails),
        (404, Meaning::Fails),
        (429, Meaning::Retries),
        (503, Meaning::Retries),
    ] {
        assert_eq!(plain.meaning(status), meaning, "{status}");
    }
    let own = Statuses {
        succeeds: Some(vec![200, 500]),
        nothing_new: vec![304, 404],
        retries: Some(vec![409]),
    };
    for (status, meaning) in [
        (500, Meaning::Succeeds),
        (204, Meaning::Fails),
        (404, Meaning::NothingNew),
        (409, Meaning::Retries),
        (503, Meaning::Fails),
    ] {
        assert_eq!(own.meaning(status), meaning, "{status}");
    }
    let twice = Statuses {
        nothing_new: vec![200],
        ..own
    };
    assert_eq!(
        twice.check().unwrap_err(),
        "200 is in `succeeds` and in `nothing_new`"
    );
    let none = Statuses {
        nothing_new: vec![20],
        ..Statuses::default()
    };
    assert_eq!(
        none.check().unwrap_err(),
        "`nothing_new`: 20 is no status of an answer"
    );
}
