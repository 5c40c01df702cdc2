//! An in-memory client, and a socket client for connection faults.

use std::io::{Read, Write};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use simulator::{Clock, ManualClock, Options, Simulator, router, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower::ServiceExt;

/// A small simulator without growth.
pub fn small(postings: u32) -> Options {
    Options {
        postings,
        ..Options::default()
    }
}

pub fn simulator(options: Options) -> Simulator {
    Simulator::new(options).expect("valid options")
}

/// A simulator whose clock is set to its end.
pub fn with_clock(mut options: Options) -> (Simulator, ManualClock) {
    let (clock, hands) = Clock::manual(options.end);
    options.clock = clock;
    (simulator(options), hands)
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("ASCII"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub fn jobs(&self) -> Vec<Value> {
        self.json()["jobs"]["job"]
            .as_array()
            .expect("a list of jobs")
            .clone()
    }

    pub fn ids(&self) -> Vec<String> {
        let id = |job: &Value| job["id"].as_str().expect("a string").to_owned();
        self.jobs().iter().map(id).collect()
    }

    pub fn total(&self) -> u64 {
        let total = self.json()["jobs"]["total"].clone();
        total.as_str().expect("a string").parse().expect("digits")
    }
}

pub async fn get(simulator: &Simulator, query: &str) -> Answer {
    let query = format!("/job-search?access-key=any&{query}");
    request(simulator, &query, None).await
}

pub async fn request(simulator: &Simulator, target: &str, accept: Option<&str>) -> Answer {
    let mut request = Request::get(target);
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = router(simulator.clone())
        .oneshot(request)
        .await
        .expect("infallible");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a whole body");
    Answer {
        status: parts.status,
        headers: parts.headers,
        // A truncated response may end within a character.
        body: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// All bytes that one call receives over a socket until the server closes it.
pub async fn raw(simulator: &Simulator, query: &str) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, simulator.clone(), async {
        let _ = stopped.await;
    }));
    let query = query.to_owned();
    let client = tokio::task::spawn_blocking(move || {
        let mut socket = std::net::TcpStream::connect(address).expect("connected");
        let head = format!(
            "GET /job-search?access-key=any&{query} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).expect("sent");
        let mut received = Vec::new();
        // A reset by the server may come as an error after the bytes.
        let _ = socket.read_to_end(&mut received);
        received
    });
    let received = client.await.expect("the client ends");
    drop(stop);
    server
        .await
        .expect("the server ends")
        .expect("the server ends well");
    received
}
