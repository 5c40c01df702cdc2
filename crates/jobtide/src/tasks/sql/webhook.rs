//! The rows of a query as the body of a webhook.

use std::num::NonZeroU64;
use std::time::Duration;

use http_client::{Call, HeaderName, HeaderValue, Method, Redirects};
use kernel::hex;
use orchestrator::{TaskContext, TaskError};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::request::{
    Headers, Meaning, Statuses, UrlTemplate, five_minutes, no_answer, refused,
};
use super::super::template::Filling;
use super::super::whole_file::writer;

/// A server that wants the rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    url: UrlTemplate,
    #[serde(default)]
    headers: Headers,
    #[serde(default = "eight")]
    max_megabytes: NonZeroU64,
    #[serde(default = "five_minutes")]
    answer_within_seconds: NonZeroU64,
}

fn eight() -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(7)
}

/// What is posted.
pub struct News<'a> {
    pub context: &'a TaskContext,
    pub task: &'a str,
    pub build: u64,
    pub count: u64,
    /// A list, as JSON.
    pub rows: &'a [u8],
}

impl Webhook {
    /// The most bytes of rows.
    pub fn most_bytes(&self) -> u64 {
        self.max_megabytes.get().saturating_mul(1 << 20)
    }

    /// Posts the rows. Each attempt of a task has the same `idempotency-key`.
    ///
    /// # Errors
    /// When the server does not accept them.
    pub async fn post(&self, news: &News<'_>, filling: &mut Filling) -> Result<(), TaskError> {
        let context = news.context;
        let interval = context.interval();
        let head = json!({
            "dag": context.dag().as_str(),
            "run": context.run().as_str(),
            "task": news.task,
            "from": interval.map(|interval| interval.from),
            "to": interval.map(|interval| interval.to),
            "build": news.build,
            "count": news.count,
        });
        let mut body = head.to_string().into_bytes();
        // The rows are JSON already, with numbers that a value could not keep.
        body.pop();
        body.extend_from_slice(b",\"rows\":");
        body.extend_from_slice(news.rows);
        body.push(b'}');
        let mut headers = self.headers.fill(filling)?;
        let key = hex(&Sha256::digest(writer(context, news.task)))[..32].to_owned();
        let key = HeaderValue::try_from(key).map_err(TaskError::permanent)?;
        headers.push((HeaderName::from_static("idempotency-key"), key));
        let json = HeaderValue::from_static("application/json");
        headers.push((HeaderName::from_static("content-type"), json));
        let call = Call {
            method: Method::POST,
            url: self.url.url(filling)?,
            headers,
            body: body.into(),
            within: Duration::from_secs(self.answer_within_seconds.get()),
            redirects: Redirects::None,
        };
        let called = format!("POST `{}`", self.url.written());
        let answer = call.send().await;
        let answer = answer.map_err(|error| no_answer(&called, &error, filling))?;
        match Statuses::default().meaning(answer.status()) {
            Meaning::Succeeds => Ok(()),
            meaning => {
                let now = context.clock().now();
                Err(refused(&called, answer, meaning, filling, now, false).await)
            }
        }
    }
}
