//! Requests that use the engine wait in one bounded queue, and cached responses need no engine.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::visit::{Visit, landed, record};

/// More than a queue holds, and as many as the server has connections for.
const AT_ONCE: u64 = 400;

#[test]
fn the_engines_queue_is_bounded() {
    let place = landed([record(1, "개발자")]);
    let visit = Visit::to(&place);
    let ids = visit.json("/api/v1/postings");
    let known = format!(
        "/api/v1/postings/{}",
        ids["rows"][0]["id"].as_str().expect("an id")
    );
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(visit.serving.address()).expect("a connection");
        let limit = Some(Duration::from_secs(300));
        stream.set_read_timeout(limit).expect("a limit");
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it is sent");
        stream
    };
    // Different postings, so that no response serves two requests.
    let asked: Vec<TcpStream> = (1..=AT_ONCE)
        .map(|id| ask(&format!("/api/v1/postings/{id}")))
        .collect();
    let (mut unknown, mut refused) = (0, 0);
    for mut stream in asked {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        match answer.lines().next() {
            Some("HTTP/1.1 404 Not Found") => unknown += 1,
            Some("HTTP/1.1 429 Too Many Requests") => {
                assert!(answer.contains("\r\nretry-after: "), "{answer}");
                refused += 1;
            }
            _ => panic!("{answer}"),
        }
    }
    assert_eq!(unknown + refused, AT_ONCE);
    // One is computed at a time, 64 wait: far more were sent while the first ones were computed.
    assert!(
        unknown >= 65 && refused > 0,
        "{unknown} answered, {refused} refused"
    );
    visit.json(&known);
}

#[test]
fn a_repeated_request_is_answered_from_the_cache() {
    let place = landed([record(1, "개발자")]);
    let visit = Visit::to(&place);
    let ids = visit.json("/api/v1/postings");
    let detail = format!(
        "/api/v1/postings/{}",
        ids["rows"][0]["id"].as_str().expect("an id")
    );
    let paths = [
        "/api/v1/tables",
        &detail,
        "/api/v1/tables/visual_tables.all_count.csv",
    ];
    let first = paths.map(|path| visit.get(path));
    // The engine cannot answer without its files.
    std::fs::remove_dir_all(place.store().join("warehouse")).expect("it is there");
    for (path, first) in paths.into_iter().zip(first) {
        let again = visit.get(path);
        assert_eq!(first.status, 200, "{path}: {}", first.text());
        assert_eq!(again.status, 200, "{path}: {}", again.text());
        assert_eq!(again.text(), first.text(), "{path}");
    }
}
