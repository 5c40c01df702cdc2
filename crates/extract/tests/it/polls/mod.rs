//! Whole lists and series: complete or not at all, a failed one beside the others.

mod boards;
mod due;
mod formats;
mod pages;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use extract::{
    CallBudget, CollectorSettings, MemoryBudget, PollReport, Poller, Secret, SourceDescription,
};
use jiff::SignedDuration;
use landing::{Landing, Manifest, PartOutcome};
use object_store::memory::InMemory;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::{TestClock, time};

const NOW: &str = "2026-07-01T00:00:00Z";

/// A description with these parts; `{…}` of the strategy and the paginator vary.
fn description(parts: &str) -> String {
    let defaults = [
        ("auth", "auth = \"none\"\n"),
        ("paginator", "paginator = \"none\"\n"),
    ];
    let top: String = defaults
        .iter()
        .filter(|(name, _)| !parts.contains(&format!("[{name}.")))
        .map(|(_, line)| *line)
        .collect();
    format!(
        r#"
source = "board"
dataset = "ads"
what = "Advertisements"
{top}
[attribution]
name_ko = "게시판"
name_en = "Board"
url = "https://board.example"

[retry]
attempts = 3
base = "1ms"
cap = "1ms"
retry_after_cap = "1s"
failed_windows = 3

[quota]
daily_calls = 1000
time_zone = "UTC"

{parts}"#
    )
}

const ENDPOINT: &str = r#"
[endpoint]
base_url = "https://board.example"
path = "/v1/{board}/jobs"
accept = "application/json"
timeout = "5s"
max_body_bytes = 1000000
concurrency = 4
gap = "0s"

[answer]
records = "jobs"
id = "id"
"#;

fn snapshot(boards: &[&str], more: &str) -> String {
    let text = format!("{ENDPOINT}\n[strategy.snapshot]\nboards = {boards:?}\n{more}");
    description(&text)
}

type Answer = Box<dyn Fn(&Request, usize) -> ResponseTemplate + Send + Sync>;

/// Requests by path and query.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

struct Responder {
    seen: Seen,
    answer: Answer,
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut seen = self.seen.0.lock().expect("not poisoned");
        let place = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let before = seen.iter().filter(|other| **other == place).count();
        seen.push(place);
        (self.answer)(request, before)
    }
}

struct Bench {
    landing: Landing,
    clock: Arc<TestClock>,
    budget: Arc<dyn CallBudget>,
    source: String,
    server: MockServer,
    seen: Seen,
    start: Option<&'static str>,
    uncounted: Vec<String>,
}

impl Bench {
    /// `answer` is given a request and how often it was made before.
    async fn new(
        source: String,
        answer: impl Fn(&Request, usize) -> ResponseTemplate + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start().await;
        let seen = Seen::default();
        let responder = Responder {
            seen: seen.clone(),
            answer: Box::new(answer),
        };
        Mock::given(wiremock::matchers::any())
            .respond_with(responder)
            .mount(&server)
            .await;
        Self {
            landing: Landing::new(Arc::new(InMemory::new())),
            clock: TestClock::at(NOW),
            budget: Arc::new(MemoryBudget::new(None)),
            source,
            server,
            seen,
            start: None,
            uncounted: Vec::new(),
        }
    }

    fn poller(&self) -> extract::Result<Poller> {
        let settings = CollectorSettings {
            source: SourceDescription::parse("board.toml", &self.source)?,
            base_url: Some(self.server.uri().parse().expect("a URL")),
            key: Secret::new("hunter2hunter2"),
            query: BTreeMap::new(),
            start: self.start.map(time),
            overlap: None,
            check_clock: false,
        };
        let (landing, budget) = (self.landing.clone(), self.budget.clone());
        let poller = Poller::new(settings, landing, budget, self.clock.clone())?;
        Ok(poller.not_counting(self.uncounted.clone()))
    }

    async fn poll(&self) -> PollReport {
        let poller = self.poller().expect("a poller");
        let report = poller.poll(None).await.expect("a poll");
        self.clock.advance(SignedDuration::from_mins(10));
        report
    }

    /// The manifest of a report's window, and its bodies by file.
    async fn landed(&self, report: &PollReport) -> (Manifest, Vec<(String, String)>) {
        let window = report.window.as_ref().expect("a window");
        let manifest = self.landing.manifest(window).await.expect("a manifest");
        let mut bodies = Vec::new();
        for entry in &manifest.bodies {
            let body = self.landing.body(window, entry).await.expect("a body");
            let body = String::from_utf8_lossy(&body).into_owned();
            bodies.push((entry.part.clone().expect("a part"), body));
        }
        bodies.sort();
        (manifest, bodies)
    }

    async fn windows(&self) -> usize {
        self.landing.list().await.expect("a listing").windows.len()
    }

    fn requests(&self) -> Vec<String> {
        let mut requests = self.seen.0.lock().expect("not poisoned");
        std::mem::take(&mut *requests)
    }
}

fn jobs(ids: std::ops::Range<u32>) -> Value {
    let list: Vec<Value> = ids
        .map(|id| json!({"id": id, "title": format!("Job {id}")}))
        .collect();
    json!({"jobs": list, "meta": {"total": list.len()}})
}

fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn outcomes(report: &PollReport) -> Vec<(&str, PartOutcome)> {
    let parts = report.parts.iter();
    parts
        .map(|part| (part.name.as_str(), part.outcome))
        .collect()
}

fn reason<'a>(report: &'a PollReport, name: &str) -> &'a str {
    let part = report.parts.iter().find(|part| part.name == name);
    part.and_then(|part| part.reason.as_deref())
        .unwrap_or_default()
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    let mut pairs = request.url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
