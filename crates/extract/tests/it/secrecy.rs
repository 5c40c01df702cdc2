//! The access key is seen by the source alone.

use std::io::Write;
use std::sync::{Arc, Mutex};

use futures::TryStreamExt;
use jiff::SignedDuration;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::ResponseTemplate;

use crate::board::{self, Board};
use crate::{Bench, KEY};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The key as it is, as forms and URLs write it, and as debug output does.
fn shows_key(text: &str) -> bool {
    let encoded: String = url::form_urlencoded::byte_serialize(KEY.as_bytes()).collect();
    let percent = encoded.replace('+', "%20");
    [KEY, &encoded, &percent]
        .iter()
        .any(|key| text.contains(key))
}

#[tokio::test]
async fn nothing_that_is_written_shows_the_key() {
    let log = Log::default();
    // All of ours, and what the HTTP client says unless its traces are enabled.
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_env_filter("debug,extract=trace,landing=trace")
        .finish();
    // With a single subscriber, tracing caches the interest of the thread that reaches a call site
    // first, which may be another test's without a subscriber. With a second one it checks all.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber);
    let mut written = String::new();

    // A source that repeats the key wherever it can.
    let url = format!("/job-search?access-key={KEY}");
    let page = format!("<html>{url}");
    let answers = [
        ResponseTemplate::new(500).set_body_raw(page.clone(), "text/html"),
        ResponseTemplate::new(200).set_body_raw(page, "text/html"),
        ResponseTemplate::new(200).set_body_json(json!({"code": 99, "message": url})),
        ResponseTemplate::new(200).set_body_json(json!({"jobs": {"total": KEY}})),
        ResponseTemplate::new(200).set_body_json(json!({"code": KEY, "message": KEY})),
    ];
    let ends = [
        board::error(200, 2, &format!("Invalid access-key {KEY}")),
        board::error(400, 3, &format!("bad: {url}")),
        board::error(200, 4, KEY),
        ResponseTemplate::new(404).set_body_json(json!({"code": 5, "message": url})),
        ResponseTemplate::new(302).insert_header("location", "/?access-key=k3y"),
    ];
    for end in ends {
        let board = Board::new().await;
        board.publish(250, "2026-05-01T00:00:00Z", SignedDuration::from_secs(30));
        let bench = Bench::new();
        board.script(answers.iter().cloned().map(Some));
        let collector = bench.collector(&board.url());
        let report = collector.collect().await.expect("a run");
        assert!(report.is_complete(), "{report:?}");
        written.push_str(&format!("{report:?}"));
        bench.clock.advance(SignedDuration::from_hours(1));
        board.script([Some(end)]);
        let report = collector.collect().await.expect("a run");
        assert!(report.stopped.is_some(), "{report:?}");
        let stop = report.stopped.as_ref().map(ToString::to_string);
        written.push_str(&format!("{report:?} {stop:?}"));
        written.push_str(&format!("{:?}", bench.settings(&board.url())));

        let store = bench.landing.store();
        let objects: Vec<_> = store.list(None).try_collect().await.expect("a listing");
        for object in objects {
            let bytes = store.get(&object.location).await.expect("there");
            let bytes = bytes.bytes().await.expect("bytes");
            let plain = zstd::decode_all(bytes.as_ref()).unwrap_or(bytes.to_vec());
            written.push_str(object.location.as_ref());
            written.push_str(&String::from_utf8_lossy(&plain));
        }
    }
    // A source that is unreachable.
    let bench = Bench::new();
    let report = bench.collect("http://127.0.0.1:9").await;
    written.push_str(&format!("{report:?}"));
    for incomplete in &report.incomplete {
        written.push_str(&incomplete.error.to_string());
    }

    drop(guard);
    let log = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
    assert!(
        log.contains("call failed") && log.contains("window landed"),
        "{log}"
    );
    assert!(!shows_key(&log), "{log}");
    assert!(
        written.contains("[access key]"),
        "the source's words are kept"
    );
    assert!(!shows_key(&written), "{written}");
}

/// The key in a response with records, plain, JSON-escaped and URL-encoded.
#[tokio::test]
async fn a_response_that_contains_the_key_is_not_stored() {
    let percent: String = url::form_urlencoded::byte_serialize(KEY.as_bytes()).collect();
    let escaped: String = KEY
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04X}"))
        .collect();
    let written = [
        KEY.to_owned(),
        KEY.replace('/', "\\/"),
        percent.clone(),
        percent.to_lowercase().replace('+', "%20"),
        escaped,
    ];
    for key in written {
        for text in [
            format!(
                r#"{{"jobs":{{"total":"1","job":[{{"id":"7","url":"/?access-key={key}"}}]}}}}"#
            ),
            format!(r#"{{"jobs":{{"total":"0"}},"request":"/?access-key={key}&x"}}"#),
        ] {
            let answer = ResponseTemplate::new(200).set_body_raw(text, "application/json");
            let board = Board::with(move |_| Some(answer.clone())).await;
            let bench = Bench::new();
            let report = bench.collect(&board.url()).await;
            let stop = report.stopped.as_ref().expect("stopped");
            assert!(matches!(stop, extract::Stop::KeyShown), "{stop}");
            let said = format!("{stop} {report:?}");
            assert!(said.contains("hint: ") && !stop.is_retryable(), "{said}");
            assert!(!shows_key(&said), "{said}");
            assert_eq!(report.calls, 1, "it is not asked again");
            let objects: Vec<_> = bench
                .landing
                .store()
                .list(None)
                .try_collect()
                .await
                .expect("a listing");
            assert!(objects.is_empty(), "{key}: {objects:?}");
        }
    }
}

/// A source that shows the key on a later page: the pages before are ignored and contain no key.
#[tokio::test]
async fn a_later_page_that_contains_the_key_ends_the_run() {
    let board = Board::with(|parameters| {
        let rows = vec![json!({"id": "9", "url": format!("?k={KEY}")})];
        (parameters["start"] == "1").then(|| board::answer(250, rows))
    })
    .await;
    board.publish(250, "2026-05-01T00:00:00Z", SignedDuration::from_secs(30));
    let bench = Bench::new();
    let report = bench.collect(&board.url()).await;
    assert!(
        matches!(report.stopped, Some(extract::Stop::KeyShown)),
        "{report:?}"
    );
    assert!(report.windows.is_empty());
    for object in bench
        .landing
        .store()
        .list(None)
        .try_collect::<Vec<_>>()
        .await
        .expect("a listing")
    {
        let bytes = bench
            .landing
            .store()
            .get(&object.location)
            .await
            .expect("there");
        let bytes = bytes.bytes().await.expect("bytes");
        let plain = zstd::decode_all(bytes.as_ref()).unwrap_or(bytes.to_vec());
        assert!(
            !shows_key(&String::from_utf8_lossy(&plain)),
            "{}",
            object.location
        );
    }
}
