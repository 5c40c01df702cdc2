//! Clients that hold connections: half a request, half a body, nothing at all.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::program::{Place, Serving};
use crate::visit::{landed, record};

/// Far more than any limit of the server.
const PATIENCE: Duration = Duration::from_secs(45);

const HALF: &str = "GET /api/v1/build HTTP/1.1\r\nhost: localhost\r\nx-half";

const ENDLESS: &str =
    "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r";

/// A connection on which this was sent.
fn sent(serving: &Serving, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(serving.address()).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.write_all(text.as_bytes()).expect("it is sent");
    stream
}

fn query(length: usize, body: &str) -> String {
    format!(
        "POST /api/v1/query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Everything received until the other side closes; `None` if it does not.
fn rest(mut stream: TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
        // A reset also ends the connection.
        _ => Some(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// The status line of the response to a request on its own connection.
fn status(serving: &Serving, text: &str) -> String {
    let mut stream = sent(serving, text);
    let mut bytes = [0; 256];
    let read = stream.read(&mut bytes).unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

fn health(serving: &Serving) -> String {
    status(serving, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
}

#[test]
fn connections_without_a_whole_request_are_closed() {
    let serving = Serving::start(&Place::new(""));
    let mut held: Vec<TcpStream> = (0..200).map(|_| sent(&serving, HALF)).collect();
    held.extend((0..20).map(|_| sent(&serving, "")));
    held.extend((0..20).map(|_| sent(&serving, &query(1_000, "{"))));
    let open = held.into_iter().filter_map(|stream| match rest(stream) {
        Some(_) => None,
        None => Some(()),
    });
    // If one is still open after this long, the test fails.
    assert_eq!(open.take(1).count(), 0, "a connection is held");
    assert_eq!(health(&serving), "HTTP/1.1 200 OK");
}

/// Slow clients take no slot from one that sends its requests, even with a low limit of open files.
#[test]
fn slow_clients_leave_room_for_others() {
    let place = Place::new("");
    let program = env!("CARGO_BIN_EXE_jobtide");
    let mut shell = Command::new("sh");
    shell.current_dir(place.path()).args([
        "-c",
        &format!("ulimit -n 256 && exec {program} serve --listen 127.0.0.1:0"),
    ]);
    let serving = Serving::of(&mut shell);
    let mut held = Vec::new();
    for number in 0..400 {
        let text = match number % 3 {
            0 => HALF.to_owned(),
            1 => String::new(),
            _ => query(1_000, "{"),
        };
        held.push(sent(&serving, &text));
        if number % 20 == 19 {
            assert_eq!(health(&serving), "HTTP/1.1 200 OK", "beside {number}");
        }
    }
}

/// A body that is too long is refused by its `Content-Length`, before the client has sent it.
#[test]
fn a_body_that_is_too_long_is_refused_unread() {
    let serving = Serving::start(&Place::new(""));
    let refused = "HTTP/1.1 413 Payload Too Large";
    assert_eq!(status(&serving, &query(2_000_000, "")), refused);
    assert_eq!(
        status(&serving, &query(200_000, &" ".repeat(200_000))),
        refused
    );
    // A route without a body does not wait for one.
    let text = "GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2000000\r\n\r\n";
    assert_eq!(status(&serving, text), "HTTP/1.1 200 OK");
}

/// A server over a store, with running requests of every kind.
fn busy() -> (Place, Serving, Vec<TcpStream>) {
    let place = landed([record(1, "개발자")]);
    let settings = std::fs::read_to_string(place.path().join("jobtide.toml")).expect("settings");
    place.file("jobtide.toml", settings + "\n[query]\nseconds = 1000\n");
    let serving = Serving::start(&place);
    let endless = json!({ "sql": ENDLESS }).to_string();
    let held = vec![
        sent(&serving, HALF),
        sent(&serving, ""),
        sent(&serving, &query(1_000, "{")),
        sent(&serving, &query(endless.len(), &endless)),
    ];
    assert_eq!(health(&serving), "HTTP/1.1 200 OK");
    (place, serving, held)
}

#[test]
fn a_signal_ends_the_server_in_a_bounded_time() {
    let (_place, mut serving, _held) = busy();
    serving.terminate();
    assert_eq!(serving.ended_within(PATIENCE), Some(Some(0)));
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let (_place, mut serving, _held) = busy();
    serving.terminate();
    // It no longer listens: it has received the first signal.
    while TcpStream::connect(serving.address()).is_ok() {
        std::thread::yield_now();
    }
    serving.terminate();
    // 130, and not 0: it did not wait for the requests.
    assert_eq!(serving.ended_within(PATIENCE), Some(Some(130)));
}
