use super::*;

fn hosts() -> Hosts {
    Hosts::new(&["Jobs.example.org".to_owned(), "other.example.".to_owned()]).unwrap()
}

fn asked(version: Version, target: &str, values: &[&str]) -> Result<Option<String>, Refusal> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::HOST, value.parse().unwrap());
    }
    let named = hosts().host_of(version, &target.parse().unwrap(), &headers)?;
    Ok(named.map(|named| named.host))
}

#[test]
fn own_names_and_addresses_are_answered() {
    for (value, host) in [
        ("localhost", "localhost"),
        ("localhost:8080", "localhost"),
        ("LOCALHOST.", "localhost"),
        ("a.b.localhost:1", "a.b.localhost"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("[::1]", "[::1]"),
        ("[2001:DB8::0:1]:8080", "[2001:db8::1]"),
        ("jobs.EXAMPLE.org:443", "jobs.example.org"),
        ("jobs.example.org.", "jobs.example.org"),
        ("other.example:", "other.example"),
    ] {
        let found = asked(Version::HTTP_11, "/", &[value]);
        assert_eq!(found, Ok(Some(host.to_owned())), "{value}");
    }
}

#[test]
fn other_names_are_not() {
    for value in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "notlocalhost",
        "127.0.0.1.evil.example",
        "127.1",
        "0x7f000001",
        "2130706433",
        "127.0.0.1.",
        "sub.jobs.example.org",
        "example.org",
    ] {
        let refused = asked(Version::HTTP_11, "/", &[value]);
        assert!(
            matches!(refused, Err(Refusal::Foreign(_))),
            "{value}: {refused:?}"
        );
    }
}

#[test]
fn an_invalid_host_is_malformed() {
    for value in [
        "",
        ".",
        ":8080",
        "a b",
        "user@localhost",
        "localhost:http",
        "localhost:99999",
        "localhost:1:2",
        "::1",
        "[::1",
        "[::1]x",
        "[fe80::1%eth0]",
        "localhost/",
        "localhost, evil.example",
    ] {
        let refused = asked(Version::HTTP_11, "/", &[value]);
        assert!(
            matches!(refused, Err(Refusal::Malformed(_))),
            "{value}: {refused:?}"
        );
    }
    let several = asked(Version::HTTP_11, "/", &["localhost", "localhost"]);
    assert!(matches!(several, Err(Refusal::Malformed(_))));
    let none = asked(Version::HTTP_11, "/", &[]);
    assert!(matches!(none, Err(Refusal::Malformed(_))));
    // HTTP/1.0 knows no `Host`.
    assert_eq!(asked(Version::HTTP_10, "/", &[]), Ok(None));
    assert!(asked(Version::HTTP_10, "/", &["evil.example"]).is_err());
}

#[test]
fn a_whole_address_as_target_counts_like_the_header() {
    for (target, value, answered) in [
        ("http://localhost/", "localhost", true),
        ("http://127.0.0.1:8080/", "localhost", true),
        ("http://evil.example/", "localhost", false),
        ("http://localhost/", "evil.example", false),
    ] {
        let found = asked(Version::HTTP_11, target, &[value]);
        assert_eq!(found.is_ok(), answered, "{target} {value}");
    }
}

#[test]
fn queries_are_taken_from_own_pages_and_from_programs() {
    let takes = |own: &str, pairs: &[(&'static str, &str)]| {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        hosts().takes_from(Named::parse(own).as_ref(), &headers)
    };
    let own = "127.0.0.1:8080";
    assert!(takes(own, &[]));
    for origin in [
        "http://127.0.0.1:8080",
        "https://jobs.example.org",
        "https://jobs.example.org:8443",
    ] {
        assert!(takes(own, &[("origin", origin)]), "{origin}");
        let elsewhere = [("origin", origin), ("sec-fetch-site", "cross-site")];
        assert!(!takes(own, &elsewhere), "{origin}");
    }
    for origin in [
        "http://127.0.0.1:3000",
        "http://127.0.0.1",
        "http://localhost:8080",
        "https://evil.example",
        "https://jobs.example.org.evil.example",
        "null",
        "",
        "file://",
        "127.0.0.1:8080",
        "moz-extension://127.0.0.1:8080",
    ] {
        assert!(!takes(own, &[("origin", origin)]), "{origin}");
    }
    // Behind a proxy that omits the port.
    assert!(takes("192.0.2.1", &[("origin", "https://192.0.2.1:8443")]));
    assert!(takes("localhost:80", &[("origin", "http://localhost")]));
    let two = [
        ("origin", "http://127.0.0.1:8080"),
        ("origin", "http://127.0.0.1:8080"),
    ];
    assert!(!takes(own, &two));
    for site in ["same-origin", "same-site", "none"] {
        assert!(takes(own, &[("sec-fetch-site", site)]), "{site}");
    }
}

#[test]
fn only_names_are_listed() {
    for wrong in [
        "",
        "https://jobs.example.org",
        "jobs.example.org:443",
        "jobs.example.org/",
        "*.example.org",
        "192.0.2.1",
        "[::1]",
        "127.1",
        "채용.example",
    ] {
        let error = Hosts::new(&[wrong.to_owned()]).err();
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains("hint: "), "{wrong}: {text}");
    }
}
