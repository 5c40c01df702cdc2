//! Calls a server: an answer as a file, and small values of it for the tasks after this one.
//!
//! An answer becomes a file whole or not at all, and no more of it is read than the file allows. A secret
//! is in the request only; an answer that repeats one in a value fails the task. Redirects are not
//! followed unless the file says so, and never to another origin if the call has a secret.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::time::Duration;

use async_trait::async_trait;
use http_client::{Answer, Call, HeaderName, HeaderValue, Method, Redirects};
use kernel::{byte_order_mark_len, excerpt, is_identifier};
use orchestrator::{Task, TaskContext, TaskError, TaskOutput, TaskReport};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Parts;
use super::request::{
    Headers, Json, Meaning, Statuses, UrlTemplate, five_minutes, no_answer, refused,
};
use super::template::{Filling, Template, Zone};
use super::whole_file::{FilePath, WholeFile, writer};

/// The largest answer that values are taken from, in bytes.
const MOST_JSON: u64 = 4 << 20;

/// Fields of the output that no value of the answer may be named after.
const OWN_FIELDS: [&str; 3] = ["status", "bytes", "file"];

/// Of an answer that is not what was expected, in a message.
const SHOWN: usize = 80;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: UrlTemplate,
    method: Option<Verb>,
    #[serde(default)]
    headers: Headers,
    /// At most one of these is the body.
    text: Option<Template>,
    json: Option<Json>,
    form: Option<BTreeMap<String, Template>>,
    /// Statuses, instead of 200 to 299.
    succeeds: Option<Vec<u16>>,
    /// Statuses that mean that there was nothing to do: what comes after is skipped.
    #[serde(default)]
    nothing_new: Vec<u16>,
    /// Statuses after which another attempt makes sense, instead of 408, 425, 429 and 500 to 599.
    retries: Option<Vec<u16>>,
    #[serde(default)]
    redirects: bool,
    /// The file that the answer becomes.
    to: Option<FilePath>,
    /// Paths in the JSON of the answer, by the name of the value in the output.
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default = "a_gigabyte")]
    max_megabytes: NonZeroU64,
    #[serde(default = "five_minutes")]
    answer_within_seconds: NonZeroU64,
    #[serde(default)]
    time_zone: Zone,
}

fn a_gigabyte() -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(1_023)
}

/// A method, as it is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Verb {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Head => Method::HEAD,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// The parameters, checked.
#[derive(Deserialize)]
#[serde(try_from = "Written")]
pub struct With {
    url: UrlTemplate,
    method: Method,
    headers: Headers,
    body: Body,
    statuses: Statuses,
    redirects: Redirects,
    to: Option<FilePath>,
    values: BTreeMap<String, Vec<String>>,
    most_bytes: u64,
    within: Duration,
    zone: Zone,
}

enum Body {
    None,
    Text(Template),
    Json(Json),
    Form(BTreeMap<String, Template>),
}

impl TryFrom<Written> for With {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let body = match (written.text, written.json, written.form) {
            (None, None, None) => Body::None,
            (Some(text), None, None) => Body::Text(text),
            (None, Some(json), None) => Body::Json(json),
            (None, None, Some(form)) => Body::Form(form),
            _ => {
                return Err(
                    "a request has one body\nhint: write one of `text`, `json` and `form`"
                        .to_owned(),
                );
            }
        };
        let method = match (written.method.map(Verb::method), &body) {
            (None, Body::None) => Method::GET,
            (None, _) => Method::POST,
            (Some(Method::GET | Method::HEAD), body) if !matches!(body, Body::None) => {
                return Err("a request of the method GET or HEAD has no body".to_owned());
            }
            (Some(method), _) => method,
        };
        let statuses = Statuses {
            succeeds: written.succeeds,
            nothing_new: written.nothing_new,
            retries: written.retries,
        };
        statuses.check()?;
        let body_has_secret = match &body {
            Body::None => false,
            Body::Text(text) => text.has_secret(),
            Body::Json(json) => json.has_secret(),
            Body::Form(form) => form.values().any(Template::has_secret),
        };
        let has_secret =
            body_has_secret || written.url.has_secret() || written.headers.have_secret();
        let mut values = BTreeMap::new();
        for (name, path) in written.values {
            if !is_identifier(&name) || OWN_FIELDS.contains(&name.as_str()) {
                return Err(format!("`values`: `{name}` cannot be the name of a value"));
            }
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            if path.iter().any(String::is_empty) {
                return Err(format!(
                    "`values`: `{}` is no path\nhint: write the names of members, `*` for each entry of a list: `data.items.*.id`",
                    path.join(".")
                ));
            }
            values.insert(name, path);
        }
        Ok(Self {
            url: written.url,
            method,
            headers: written.headers,
            body,
            statuses,
            redirects: match (written.redirects, has_secret) {
                (false, _) => Redirects::None,
                (true, true) => Redirects::SameOrigin,
                (true, false) => Redirects::AnyOrigin,
            },
            to: written.to,
            values,
            most_bytes: written.max_megabytes.get().saturating_mul(1 << 20),
            within: Duration::from_secs(written.answer_within_seconds.get()),
            zone: written.time_zone,
        })
    }
}

pub fn make(name: &str, with: With, _parts: &Parts) -> Result<Http, String> {
    Ok(Http::new(name, with))
}

pub struct Http {
    name: String,
    with: With,
}

/// What an answer leaves for the tasks after it.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    status: u16,
    bytes: u64,
    file: Option<String>,
    #[serde(flatten)]
    values: BTreeMap<String, Value>,
}

impl TaskOutput for Answered {
    const TYPE: &'static str = "http";
}

#[async_trait]
impl Task for Http {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        tokio::select! {
            done = self.call(context) => done,
            () = context.cancel().cancelled() => Err(TaskError::cancelled()),
        }
    }
}

impl Http {
    fn new(name: &str, with: With) -> Self {
        let name = name.to_owned();
        Self { name, with }
    }

    async fn call(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let with = &self.with;
        let called = format!("{} `{}`", with.method, with.url.written());
        let mut filling = Filling::of(context, &with.zone.0);
        let call = self.request(&mut filling)?;
        let to = with
            .to
            .as_ref()
            .map(|to| to.path(&mut filling))
            .transpose()?;
        let answer = call.send().await;
        let answer = answer.map_err(|error| no_answer(&called, &error, &filling))?;
        let status = answer.status();
        match with.statuses.meaning(status) {
            Meaning::Succeeds => {}
            Meaning::NothingNew => {
                let why = format!("{called} was answered with {status}");
                return Ok(TaskReport::nothing_follows(why));
            }
            meaning => {
                let now = context.clock().now();
                let could_follow = matches!(with.redirects, Redirects::None);
                let refused = refused(&called, answer, meaning, &filling, now, could_follow);
                return Err(refused.await);
            }
        }
        let mut file = match &to {
            Some(to) => Some(WholeFile::create(to, &writer(context, &self.name))?),
            None => None,
        };
        let (bytes, kept) = self.read(answer, file.as_mut(), &called, &filling).await?;
        let values = match with.values.is_empty() {
            true => BTreeMap::new(),
            false => self.values(&kept, &called, &filling)?,
        };
        let named = to.map(|to| to.display().to_string());
        let note = match &named {
            Some(named) => format!("{status}: {bytes} bytes in `{named}`"),
            None => format!("{status}: {bytes} bytes"),
        };
        let answered = Answered {
            status,
            bytes,
            file: named,
            values,
        };
        let report = TaskReport::new().bytes(bytes).note(note);
        let report = report.output(&answered)?;
        // Last: an answer that is of no use replaces no file.
        if let Some(file) = file {
            file.finished().await?;
        }
        Ok(report)
    }

    fn request(&self, filling: &mut Filling) -> Result<Call, TaskError> {
        let with = &self.with;
        let mut headers = with.headers.fill(filling)?;
        let (content_type, body) = match &with.body {
            Body::None => (None, String::new()),
            Body::Text(text) => (Some("text/plain; charset=utf-8"), text.text(filling)?),
            Body::Json(json) => (Some("application/json"), json.fill(filling)?.to_string()),
            Body::Form(form) => {
                let mut pairs = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in form {
                    pairs.append_pair(name, &value.text(filling)?);
                }
                (Some("application/x-www-form-urlencoded"), pairs.finish())
            }
        };
        if let Some(content_type) = content_type
            && !with.headers.have("content-type")
        {
            let name = HeaderName::from_static("content-type");
            headers.push((name, HeaderValue::from_static(content_type)));
        }
        Ok(Call {
            method: with.method.clone(),
            url: with.url.url(filling)?,
            headers,
            body: body.into(),
            within: with.within,
            redirects: with.redirects,
        })
    }

    /// Reads the body into the file, and returns its size, and itself if values are taken from it.
    async fn read(
        &self,
        mut answer: Answer,
        mut file: Option<&mut WholeFile>,
        called: &str,
        filling: &Filling,
    ) -> Result<(u64, Vec<u8>), TaskError> {
        let with = &self.with;
        let (mut bytes, mut kept) = (0, Vec::new());
        loop {
            let chunk = answer.chunk().await;
            let chunk = chunk.map_err(|error| no_answer(called, &error, filling))?;
            let Some(chunk) = chunk else {
                return Ok((bytes, kept));
            };
            bytes += chunk.len() as u64;
            let too_large = |most: u64, hint: &str| {
                let most = most >> 20;
                TaskError::permanent(format!(
                    "{called}: the answer has more than {most} MB\nhint: {hint}"
                ))
            };
            if bytes > with.most_bytes {
                let hint = "`max_megabytes` sets another limit";
                return Err(too_large(with.most_bytes, hint));
            }
            if let Some(file) = &mut file {
                file.write(&chunk)?;
            }
            if !with.values.is_empty() {
                if bytes > MOST_JSON {
                    let hint = "values are taken from small answers; write a large one to a file";
                    return Err(too_large(MOST_JSON, hint));
                }
                kept.extend_from_slice(&chunk);
            }
        }
    }

    fn values(
        &self,
        body: &[u8],
        called: &str,
        filling: &Filling,
    ) -> Result<BTreeMap<String, Value>, TaskError> {
        let body = &body[byte_order_mark_len(body)..];
        let json: Value = serde_json::from_slice(body).map_err(|error| {
            let begins = filling.scrub(&String::from_utf8_lossy(body));
            let begins = excerpt(begins.trim(), SHOWN);
            // Such as the page of a proxy, or of a server under maintenance.
            TaskError::retryable(format!(
                "{called}: the answer is not JSON: {error}; it begins with `{begins}`"
            ))
        })?;
        let mut values = BTreeMap::new();
        for (name, path) in &self.with.values {
            let found = at(&json, path).filter(|value| !value.is_null());
            let value = found.ok_or_else(|| {
                let path = path.join(".");
                TaskError::permanent(format!("{called}: the answer has no `{path}`"))
            })?;
            if filling.repeats_secret(value.to_string().as_bytes()) {
                return Err(TaskError::permanent(format!(
                    "{called}: `{}` of the answer repeats a secret, and was not stored",
                    path.join(".")
                )));
            }
            values.insert(name.clone(), value);
        }
        Ok(values)
    }
}

/// The value at a path; none if it, or that of an entry of a list, is missing.
fn at(value: &Value, path: &[String]) -> Option<Value> {
    let Some((first, rest)) = path.split_first() else {
        return Some(value.clone());
    };
    match value {
        Value::Array(list) if first == "*" => list.iter().map(|entry| at(entry, rest)).collect(),
        Value::Array(list) => at(list.get(first.parse::<usize>().ok()?)?, rest),
        other => at(other.get(first)?, rest),
    }
}

#[cfg(test)]
mod tests;
