//! Calls to the source: each attempt is taken from the budget, timed, bounded in size, and repeated
//! when its failure passes.
//!
//! The access key is put into the URL here and nowhere else. Errors of the HTTP client are stripped
//! of their URL, redirects are not followed (they would carry the key to another place), and what
//! the source says is scrubbed of the key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, HeaderMap, RETRY_AFTER};
use url::Url;

use crate::WindowError;
use crate::answer::{self, Parsed, Wrong};
use crate::source::{Auth, ErrorAction, SourceDescription};
use crate::{BudgetError, CallBudget, Clock, Error, Fault, Grant, Result, Secret, Stop};

const USER_AGENT: &str = concat!("jobtide/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer with records.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// As received, decoded of transfer and content encoding.
    pub body: Bytes,
    pub parsed: Parsed,
    /// Whether the source says that it made the records up.
    pub generated: bool,
    pub received_at: Timestamp,
}

/// Why a page was not received.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The run is over.
    Stop(Stop),
    /// The window is not complete; others may be.
    Window(WindowError),
}

impl From<landing::Error> for Failed {
    fn from(error: landing::Error) -> Self {
        Self::Stop(Stop::Landing(error))
    }
}

/// Asks one source.
pub(crate) struct Client {
    source: SourceDescription,
    http: reqwest::Client,
    url: Url,
    key: Option<Secret>,
    quota_zone: TimeZone,
    budget: Arc<dyn CallBudget>,
    clock: Arc<dyn Clock>,
    calls: AtomicU64,
    faults: AtomicU64,
    next_call_at: Mutex<Option<Timestamp>>,
}

impl Client {
    pub fn new(
        source: &SourceDescription,
        base_url: &Url,
        key: Option<Secret>,
        budget: Arc<dyn CallBudget>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        if let (Auth::Query { env, .. }, None) = (&source.auth, &key) {
            return Err(Error::NoKey {
                source_name: source.attribution.name_en.clone(),
                env: env.clone(),
            });
        }
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            // Every attempt is counted here.
            .retry(reqwest::retry::never())
            .referer(false)
            .build()
            .map_err(|error| Error::HttpClient {
                reason: describe(error),
            })?;
        Ok(Self {
            http,
            url: endpoint(base_url, &source.endpoint.path)?,
            key,
            quota_zone: source
                .quota_time_zone()
                .map_err(|reason| Error::Description {
                    file: source.source.clone(),
                    reason,
                })?,
            source: source.clone(),
            budget,
            clock,
            calls: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            next_call_at: Mutex::new(None),
        })
    }

    /// Calls made so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Calls that failed in a way that passes.
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// Calls left for today; `None`: no limit.
    pub async fn calls_left(&self) -> Result<Option<u64>, BudgetError> {
        let today = self.clock.now().to_zoned(self.quota_zone.clone()).date();
        self.budget.left(&self.source.source, today).await
    }

    /// Fetches a page, trying again as often as the description says. `page` is for messages.
    pub async fn page(
        &self,
        parameters: &[(String, String)],
        page: u64,
    ) -> Result<Received, Failed> {
        let retry = self.source.retry;
        let mut attempt = 1;
        loop {
            self.take_call().await.map_err(Failed::Stop)?;
            self.keep_pace().await;
            let timeout = self.source.endpoint.timeout.unsigned_abs() * attempt;
            let fault = match self.call(parameters, timeout).await {
                Ok(received) => return Ok(received),
                Err(Wrong::Fault(fault)) => fault,
                Err(wrong) => return Err(Failed::Stop(self.stop(wrong).await)),
            };
            self.faults.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(source = self.source.source, page, attempt, %fault, "call failed");
            if attempt >= retry.attempts {
                return Err(Failed::Window(WindowError::Page {
                    page,
                    attempts: attempt,
                    fault,
                }));
            }
            self.clock.sleep(self.wait(attempt, &fault)).await;
            attempt += 1;
        }
    }

    fn wait(&self, attempt: u32, fault: &Fault) -> Duration {
        if let Fault::TooFast {
            retry_after: Some(asked),
        } = fault
        {
            return (*asked).min(self.source.retry.retry_after_cap.unsigned_abs());
        }
        // Between half of the wait and all of it: calls that failed together come back apart.
        let jitter = 0.5 + rand::random::<f64>() / 2.0;
        self.source.retry.wait(attempt).mul_f64(jitter)
    }

    async fn take_call(&self) -> Result<(), Stop> {
        let today = self.clock.now().to_zoned(self.quota_zone.clone()).date();
        match self.budget.take(&self.source.source, today).await {
            Ok(Grant::Granted { .. }) => {
                self.calls.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Ok(Grant::Exhausted) => Err(self.quota_stop(false)),
            Err(error) => Err(Stop::Budget(error)),
        }
    }

    /// Lets `endpoint.gap` pass between the beginnings of two calls.
    async fn keep_pace(&self) {
        let gap = self.source.endpoint.gap;
        if !gap.is_positive() {
            return;
        }
        let now = self.clock.now();
        let begin = {
            let mut next = self
                .next_call_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let begin = next.map_or(now, |next| next.max(now));
            *next = begin.checked_add(gap).ok();
            begin
        };
        let wait = begin.duration_since(now);
        if wait.is_positive() {
            self.clock.sleep(wait.unsigned_abs()).await;
        }
    }

    async fn call(
        &self,
        parameters: &[(String, String)],
        timeout: Duration,
    ) -> Result<Received, Wrong> {
        let mut request = self
            .http
            .get(self.url.clone())
            .header(ACCEPT, &self.source.endpoint.accept)
            .timeout(timeout)
            .query(parameters);
        if let (Auth::Query { parameter, .. }, Some(key)) = (&self.source.auth, &self.key) {
            request = request.query(&[(parameter, key.expose())]);
        }
        let response = request
            .send()
            .await
            .map_err(|error| self.transport(error, timeout, Fault::Connection))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers(), self.clock.now());
        let generated = response
            .headers()
            .contains_key(&self.source.answer.generated_header);
        let body = self.body(response, timeout).await?;
        match answer::read(&self.source, self.key.as_ref(), status, &body) {
            Ok(parsed) => Ok(Received {
                body,
                parsed,
                generated,
                received_at: self.clock.now(),
            }),
            Err(Wrong::Fault(Fault::TooFast { .. })) => Err(Fault::TooFast { retry_after }.into()),
            Err(wrong) => Err(wrong),
        }
    }

    async fn body(
        &self,
        mut response: reqwest::Response,
        timeout: Duration,
    ) -> Result<Bytes, Fault> {
        let limit = self.source.endpoint.max_body_bytes;
        let mut body = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.transport(error, timeout, Fault::CutOff))?
        {
            if body.len() + chunk.len() > limit {
                return Err(Fault::TooLong(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn transport(
        &self,
        error: reqwest::Error,
        timeout: Duration,
        otherwise: impl Fn(String) -> Fault,
    ) -> Fault {
        if error.is_timeout() && !error.is_connect() {
            return Fault::Timeout(timeout);
        }
        let text = describe(error);
        otherwise(
            self.key
                .as_ref()
                .map_or(text.clone(), |key| key.scrub(&text)),
        )
    }

    async fn stop(&self, wrong: Wrong) -> Stop {
        let (code, action, meaning, message) = match wrong {
            Wrong::Code {
                code,
                action,
                meaning,
                message,
            } => (code, action, meaning, message),
            Wrong::Refused { status, message } => return Stop::Refused { status, message },
            Wrong::Fault(fault) => {
                return Stop::Unavailable {
                    windows: 1,
                    fault: fault.to_string(),
                };
            }
        };
        match action {
            ErrorAction::StopQuota => {
                let today = self.clock.now().to_zoned(self.quota_zone.clone()).date();
                let marked = self.budget.mark_exhausted(&self.source.source, today);
                match marked.await {
                    Ok(()) => self.quota_stop(true),
                    Err(error) => Stop::Budget(error),
                }
            }
            ErrorAction::StopKey => Stop::Key {
                code,
                meaning,
                message,
                hint: self.key_hint(),
            },
            ErrorAction::StopRequest | ErrorAction::Retry => Stop::Request {
                code,
                meaning,
                message,
            },
        }
    }

    fn key_hint(&self) -> String {
        match &self.source.auth {
            Auth::Query { env, .. } => format!(
                "check the key in `{env}` (or where the configuration says it is), and that {} has not withdrawn it",
                self.source.attribution.name_en
            ),
            Auth::None => "the source wants a key, its description names none".to_owned(),
        }
    }

    fn quota_stop(&self, said_by_source: bool) -> Stop {
        let now = self.clock.now().to_zoned(self.quota_zone.clone());
        let midnight = now.tomorrow().and_then(|next| next.start_of_day());
        Stop::Quota {
            resets_at: midnight.map_or(now.timestamp(), |midnight| midnight.timestamp()),
            said_by_source,
        }
    }
}

/// The base URL with the endpoint's path behind its own.
fn endpoint(base_url: &Url, path: &str) -> Result<Url> {
    let refuse = |reason| Error::BaseUrl {
        url: base_url.host_str().unwrap_or_default().to_owned(),
        reason,
    };
    if !matches!(base_url.scheme(), "http" | "https") {
        return Err(refuse("it is not http or https"));
    }
    if base_url.query().is_some() || base_url.fragment().is_some() {
        return Err(refuse("it has a query"));
    }
    let mut url = base_url.clone();
    url.set_path(&format!("{}{path}", base_url.path().trim_end_matches('/')));
    Ok(url)
}

/// What `Retry-After` asks for: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(
        at.duration_since(now)
            .max(SignedDuration::ZERO)
            .unsigned_abs(),
    )
}

/// An error of the HTTP client with its causes, without the URL.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        text.push_str(": ");
        text.push_str(&deeper.to_string());
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_comes_behind_the_base_urls_own() {
        let at = |base: &str| {
            endpoint(&base.parse().expect("a URL"), "/job-search").map(|url| url.to_string())
        };
        assert_eq!(at("http://a:1").expect("fine"), "http://a:1/job-search");
        assert_eq!(at("http://a/b/").expect("fine"), "http://a/b/job-search");
        at("ftp://a").expect_err("another scheme");
        at("http://a/?access-key=x").expect_err("a query");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-05-01T00:00:00Z".parse().expect("a time");
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header"));
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(read("7"), Some(7));
        assert_eq!(read("Fri, 01 May 2026 00:00:09 GMT"), Some(9));
        assert_eq!(read("Thu, 30 Apr 2026 23:00:00 GMT"), Some(0));
        assert_eq!(read("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
