use std::io::Write as _;

use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

fn call(url: &str, redirects: Redirects) -> Call {
    Call {
        method: Method::GET,
        url: url.parse().expect("a URL"),
        headers: vec![(
            HeaderName::from_static("x-key"),
            HeaderValue::from_static("hunter2"),
        )],
        body: Bytes::new(),
        within: Duration::from_secs(60),
        redirects,
    }
}

async fn serve(at: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let given = Mock::given(method("GET")).and(path(at));
    given.respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn a_body_is_decoded_while_it_is_read() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b'0'; 1 << 20]).expect("a write");
    let packed = packed.finish().expect("an end");
    let answer = ResponseTemplate::new(200)
        .set_body_bytes(packed)
        .insert_header("content-encoding", "gzip");
    let server = serve("/", answer).await;
    let get = async || {
        let call = call(&server.uri(), Redirects::None);
        call.send().await.expect("an answer")
    };
    let (mut answer, mut length) = (get().await, 0);
    while let Some(chunk) = answer.chunk().await.expect("a chunk") {
        length += chunk.len();
    }
    assert_eq!(length, 1 << 20);
    assert_eq!(get().await.beginning(10).await, "0000000000");
}

#[tokio::test]
async fn a_redirect_is_followed_where_the_call_says_so() {
    let other = serve("/there", ResponseTemplate::new(200)).await;
    let to = |to: &str| ResponseTemplate::new(302).insert_header("location", to);
    let server = serve("/away", to(&format!("{}/there?token=x", other.uri()))).await;
    for (from, answer) in [
        ("/near", to("/end")),
        ("/end", ResponseTemplate::new(204)),
        ("/round", to("/round")),
        ("/out", to("http://192.0.2.1/")),
    ] {
        let given = Mock::given(method("GET")).and(path(from));
        given.respond_with(answer).mount(&server).await;
    }
    let send = async |from: &str, redirects| {
        let url = format!("{}{from}", server.uri());
        let answer = call(&url, redirects).send().await;
        answer.map(|answer| (answer.status(), answer.location()))
    };
    let there = format!("{}/there", other.uri());
    let (status, location) = send("/away", Redirects::None).await.expect("an answer");
    assert_eq!((status, location), (302, Some(there)));
    let (status, _) = send("/near", Redirects::SameOrigin).await.expect("one");
    assert_eq!(status, 204);
    let (status, _) = send("/away", Redirects::AnyOrigin).await.expect("one");
    assert_eq!(status, 200);
    for (from, redirects, words) in [
        (
            "/away",
            Redirects::SameOrigin,
            "another host, and the call has credentials",
        ),
        ("/round", Redirects::AnyOrigin, "too many redirects"),
        ("/out", Redirects::AnyOrigin, "a loopback address"),
    ] {
        let error = send(from, redirects).await.expect_err(from);
        assert!(error.to_string().contains(words), "{from}: {error}");
        assert!(!error.is_retryable(), "{from}");
    }
    // Only the one call to any origin has reached the other host.
    let received = other.received_requests().await.expect("requests");
    assert_eq!(received.len(), 1);
}

#[tokio::test]
async fn what_fails_says_so_without_the_url() {
    let silent = ResponseTemplate::new(200).set_delay(Duration::from_secs(3_600));
    let server = serve("/", silent).await;
    let mut slow = call(&format!("{}/?token=hunter2", server.uri()), Redirects::None);
    slow.within = Duration::from_millis(50);
    let error = slow.send().await.expect_err("silence");
    assert_eq!(error.to_string(), "no whole answer within 0.05 s");
    assert!(error.is_retryable());
    // Reserved, and never listened on.
    let nobody = call("http://127.0.0.1:1/?token=hunter2", Redirects::None);
    let error = nobody.send().await.expect_err("nobody listens");
    assert!(error.is_retryable());
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    for scheme in ["file:///etc/passwd", "ftp://127.0.0.1/"] {
        let error = call(scheme, Redirects::None)
            .send()
            .await
            .expect_err(scheme);
        assert!(error.to_string().contains("not http or https"), "{error}");
        assert!(!error.is_retryable(), "{scheme}");
    }
}

#[tokio::test]
async fn headers_and_the_body_are_sent() {
    let server = MockServer::start().await;
    let given = Mock::given(method("POST")).and(header("x-key", "hunter2"));
    given
        .respond_with(ResponseTemplate::new(429).insert_header("retry-after", "7"))
        .mount(&server)
        .await;
    let mut post = call(&server.uri(), Redirects::None);
    (post.method, post.body) = (Method::POST, Bytes::from_static(b"words"));
    let answer = post.send().await.expect("an answer");
    let now = "2026-05-01T00:00:00Z".parse().expect("a time");
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.retry_after(now), Some(Duration::from_secs(7)));
    let received = server.received_requests().await.expect("requests");
    assert_eq!(received[0].body, b"words");
}
