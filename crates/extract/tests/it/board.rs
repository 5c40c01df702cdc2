//! A small job board behind the API's interface, with scripted faults.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::time;

#[derive(Clone)]
pub struct Posting {
    pub id: u32,
    pub posted_at: Timestamp,
    pub edited_at: Timestamp,
}

type Answer = Box<dyn Fn(&BTreeMap<String, String>) -> Option<ResponseTemplate> + Send + Sync>;

#[derive(Default)]
struct State {
    postings: Vec<Posting>,
    /// Responses to the next calls; `None` is the correct one.
    script: VecDeque<Option<ResponseTemplate>>,
    calls: Vec<BTreeMap<String, String>>,
}

/// A board on a server.
pub struct Board {
    pub server: MockServer,
    state: Arc<Mutex<State>>,
}

struct Responder {
    state: Arc<Mutex<State>>,
    instead: Answer,
}

impl Board {
    pub async fn new() -> Self {
        Self::with(|_| None).await
    }

    /// A board where `instead` may respond instead of the board.
    pub async fn with(
        instead: impl Fn(&BTreeMap<String, String>) -> Option<ResponseTemplate> + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start().await;
        let state = Arc::new(Mutex::new(State::default()));
        Mock::given(method("GET"))
            .and(path("/job-search"))
            .respond_with(Responder {
                state: state.clone(),
                instead: Box::new(instead),
            })
            .mount(&server)
            .await;
        Self { server, state }
    }

    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Publishes one posting per step, beginning at `from`.
    pub fn publish(&self, count: u32, from: &str, step: SignedDuration) {
        let mut state = self.state.lock().expect("not poisoned");
        let first = state.postings.len() as u32 + 1;
        for number in 0..count {
            let posted_at = time(from) + step * i32::try_from(number).expect("small");
            state.postings.push(Posting {
                id: first + number,
                posted_at,
                edited_at: posted_at,
            });
        }
    }

    pub fn edit(&self, id: u32, at: &str) {
        let mut state = self.state.lock().expect("not poisoned");
        state.postings[id as usize - 1].edited_at = time(at);
    }

    /// The responses to the next calls; `None` is the correct one.
    pub fn script(&self, answers: impl IntoIterator<Item = Option<ResponseTemplate>>) {
        let mut state = self.state.lock().expect("not poisoned");
        state.script.extend(answers);
    }

    pub fn calls(&self) -> Vec<BTreeMap<String, String>> {
        self.state.lock().expect("not poisoned").calls.clone()
    }

    pub fn forget_calls(&self) {
        self.state.lock().expect("not poisoned").calls.clear();
    }

    pub fn ids(&self) -> BTreeSet<String> {
        let state = self.state.lock().expect("not poisoned");
        state
            .postings
            .iter()
            .map(|posting| posting.id.to_string())
            .collect()
    }
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let parameters: BTreeMap<String, String> = request
            .url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let mut state = self.state.lock().expect("not poisoned");
        state.calls.push(parameters.clone());
        if let Some(answer) = state.script.pop_front().flatten() {
            return answer;
        }
        (self.instead)(&parameters).unwrap_or_else(|| page(&state.postings, &parameters))
    }
}

fn page(postings: &[Posting], parameters: &BTreeMap<String, String>) -> ResponseTemplate {
    let bound = |name: &str| parameters.get(name).map(|text| seoul(text));
    let inside = |at: Timestamp, from: &str, to: &str| {
        bound(from).is_none_or(|from| from <= at) && bound(to).is_none_or(|to| at <= to)
    };
    let mut found: Vec<&Posting> = postings
        .iter()
        .filter(|posting| {
            inside(posting.posted_at, "published_min", "published_max")
                && inside(posting.edited_at, "updated_min", "updated_max")
        })
        .collect();
    found.sort_by_key(|posting| (posting.posted_at, posting.id));
    let number = |name: &str| parameters[name].parse::<usize>().expect("a number");
    let (start, count) = (number("start"), number("count"));
    let rows: Vec<Value> = found
        .iter()
        .skip(start * count)
        .take(count)
        .map(|posting| record(posting.id))
        .collect();
    answer(found.len(), rows)
}

/// A response with this total and these records.
pub fn answer(total: usize, rows: Vec<Value>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "jobs": {"count": rows.len(), "start": 0, "total": total.to_string(), "job": rows}
    }))
}

pub fn record(id: u32) -> Value {
    json!({"url": "http://localhost/", "active": 1, "id": id.to_string()})
}

/// An error of the API.
pub fn error(status: u16, code: u32, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"code": code, "message": message}))
}

/// A time as the API writes it.
pub fn seoul(text: &str) -> Timestamp {
    let local = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).expect("a time");
    let zone = TimeZone::get("Asia/Seoul").expect("a zone");
    local.to_zoned(zone).expect("unambiguous").timestamp()
}

/// The ids in a body.
pub fn ids(body: &[u8]) -> Vec<String> {
    let json: Value = serde_json::from_slice(body).expect("JSON");
    let text = |id: &Value| id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    match &json["jobs"]["job"] {
        Value::Array(jobs) => jobs.iter().map(|job| text(&job["id"])).collect(),
        Value::Null => Vec::new(),
        one => vec![text(&one["id"])],
    }
}
