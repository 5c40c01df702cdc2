//! Calls to the source: each attempt is counted against the budget, has a timeout and a size limit,
//! and is retried after a transient failure.
//!
//! The access key is put into the request in [`crate::outgoing`] and nowhere else. Errors of the HTTP client are stripped
//! of their URL, redirects are not followed (they would leak the key to another host), the key is
//! redacted from the source's messages, and a response that contains it is discarded.
//!
//! The resources of a call are bounded: connecting and the whole attempt by timeouts, the body in
//! decoded bytes while it is read, the headers by the HTTP client (100 headers, 400 kB; 16 kB of
//! HTTP/2).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use http_client::describe;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Clock;
use reqwest::header::LINK;
use url::Url;

use crate::WindowError;
use crate::answer::{self, Wrong};
use crate::outgoing::Outgoing;
use crate::source::{ErrorAction, SourceDescription, Values};
use crate::source_time::SourceTime;
use crate::waits::{self, Pace};
use crate::{BudgetError, CallBudget, Error, Fault, Grant, Result, Secret, Stop};

pub(crate) use crate::exchange::{Answered, Ask, Failed, Received, Validators};

/// A call that was granted.
#[derive(Clone, Copy)]
struct Taken {
    /// The day of the source's quota that it counts against.
    day: Date,
    /// Whether it probes if the source's quota is really used up.
    probe: bool,
}

/// The HTTP client of one source.
pub(crate) struct Client {
    source: SourceDescription,
    http: reqwest::Client,
    requests: Outgoing,
    key: Option<Secret>,
    /// Whether the source is on this machine: only there is the simulator's header trusted.
    /// Otherwise any server that sends it could turn an empty store into one that refuses real
    /// data.
    may_be_generated: bool,
    /// The proxy that calls go through.
    proxy: Option<String>,
    quota_zone: TimeZone,
    budget: Arc<dyn CallBudget>,
    clock: Arc<dyn Clock>,
    source_time: SourceTime,
    calls: AtomicU64,
    faults: AtomicU64,
    /// Pages received.
    answers: AtomicU64,
    /// Pages received after a failed call.
    recovered: AtomicU64,
    /// The last request that was answered.
    answered: Mutex<Option<Ask>>,
    /// Held by the page being retried: of several concurrent failures, one finds out for all
    /// whether it is transient.
    trouble: tokio::sync::Mutex<()>,
    /// Pages that failed after all attempts.
    given_up: AtomicU64,
    pace: Pace,
}

impl Client {
    pub fn new(
        source: &SourceDescription,
        base_url: &Url,
        key: Option<Secret>,
        budget: Arc<dyn CallBudget>,
        clock: Arc<dyn Clock>,
        check_clock: bool,
    ) -> Result<Self> {
        if let (Some(env), None) = (source.auth.env(), &key) {
            return Err(Error::NoKey {
                source_name: source.attribution.name_en.clone(),
                env: env.to_owned(),
            });
        }
        let http = http_client::client(base_url).build();
        let http = http.map_err(|error| Error::HttpClient {
            reason: describe(error),
        })?;
        Ok(Self {
            http,
            requests: Outgoing::new(source, base_url, key.as_ref())?,
            may_be_generated: http_client::is_loopback(base_url),
            proxy: http_client::between(base_url),
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
            source_time: SourceTime::new(check_clock),
            calls: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            recovered: AtomicU64::new(0),
            answered: Mutex::default(),
            trouble: tokio::sync::Mutex::default(),
            given_up: AtomicU64::new(0),
            pace: Pace::new(source.endpoint.gap),
        })
    }

    /// Calls made so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Calls that failed transiently.
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// Calls left for today; `None`: no limit.
    pub async fn calls_left(&self) -> Result<Option<u64>, BudgetError> {
        self.budget.left(&self.source.source, self.today()).await
    }

    /// Pages that were answered so far.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Whether calls failed and succeeded on a retry.
    pub fn is_flaky(&self) -> bool {
        self.recovered.load(Ordering::Relaxed) > 0
    }

    /// Repeats the last successful request by one call: whether it still succeeds; `None` if none
    /// has yet.
    pub async fn still_answers(&self) -> Result<Option<bool>, Stop> {
        let last = {
            let answered = self.answered.lock();
            answered.unwrap_or_else(PoisonError::into_inner).clone()
        };
        let Some(ask) = last else {
            return Ok(None);
        };
        match self.page(Ask { attempts: 1, ..ask }).await {
            Ok(_) => Ok(Some(true)),
            Err(Failed::Window(_)) => Ok(Some(false)),
            Err(Failed::Stop(stop)) => Err(stop),
        }
    }

    /// The URL of the description with these values.
    ///
    /// # Errors
    /// Why a value cannot be part of it.
    pub fn url(&self, values: &Values) -> Result<Url, String> {
        self.requests.url(values)
    }

    /// Fetches a page, with retries.
    pub async fn page(&self, ask: Ask) -> Result<Received, Failed> {
        let page = ask.page;
        match self.answered(ask).await? {
            Answered::Page(received) => Ok(*received),
            // Not asked whether it changed, a source must not say that it did not.
            Answered::Unchanged { .. } => Err(self.failed(page, 1, Fault::Status(304))),
        }
    }

    /// Fetches a page, with retries, unless it is as it was.
    pub async fn answered(&self, ask: Ask) -> Result<Answered, Failed> {
        let retry = self.source.retry;
        let attempts = ask.attempts.min(retry.attempts);
        let page = ask.page;
        let mut attempt = 1;
        let mut trouble = None;
        let mut is_doubted = false;
        loop {
            let taken = self.take_call().await.map_err(Failed::Stop)?;
            self.pace.keep(self.clock.as_ref()).await;
            let timeout = self.source.endpoint.timeout.unsigned_abs() * attempt;
            // An answer that is there when the deadline passes is an answer.
            let called = tokio::select! {
                biased;
                called = self.call(&ask) => called,
                () = self.clock.deadline(timeout) => Err(Fault::Timeout(timeout).into()),
            };
            let fault = match called {
                Ok((answered, other_time)) => {
                    self.note_answer(taken).await.map_err(Failed::Stop)?;
                    if let Some(theirs) = other_time {
                        // One response may be wrong; two stop the run.
                        if std::mem::replace(&mut is_doubted, true) {
                            let ours = self.clock.now();
                            return Err(Failed::Stop(Stop::Clock { ours, theirs }));
                        }
                        continue;
                    }
                    self.answers.fetch_add(1, Ordering::Relaxed);
                    if attempt > 1 {
                        self.recovered.fetch_add(1, Ordering::Relaxed);
                    }
                    let mut last = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
                    *last = Some(ask);
                    return Ok(answered);
                }
                Err(Wrong::Fault(fault)) => fault,
                Err(wrong) => return Err(Failed::Stop(self.stop(wrong, taken).await)),
            };
            self.faults.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(source = self.source.source, page, attempt, %fault, "call failed");
            let wait = waits::after(&retry, attempt, &fault);
            if attempt >= attempts || !fault.is_worth_another_call() {
                // The next request must not come sooner than the source asks for.
                if matches!(fault, Fault::TooFast { .. }) && attempts < retry.attempts {
                    self.clock.sleep(wait).await;
                }
                self.given_up.fetch_add(1, Ordering::Relaxed);
                return Err(self.failed(page, attempt, fault));
            }
            if trouble.is_none() && !ask.is_alone {
                let before = self.given_up.load(Ordering::Relaxed);
                trouble = Some(self.trouble.lock().await);
                if self.given_up.load(Ordering::Relaxed) != before {
                    return Err(self.failed(page, attempt, fault));
                }
            }
            self.clock.sleep(wait).await;
            attempt += 1;
        }
    }

    /// The failure of a page, with the proxy that may have caused it.
    fn failed(&self, page: u64, attempts: u32, fault: Fault) -> Failed {
        let fault = match &self.proxy {
            Some(proxy) => Fault::Proxied {
                proxy: proxy.clone(),
                fault: Box::new(fault),
            },
            None => fault,
        };
        Failed::Window(WindowError::Page {
            page,
            attempts,
            fault,
        })
    }

    fn today(&self) -> Date {
        self.clock.now().to_zoned(self.quota_zone.clone()).date()
    }

    async fn take_call(&self) -> Result<Taken, Stop> {
        let day = self.today();
        let taken = self.budget.take(&self.source.source, day, self.clock.now());
        let probe = match taken.await {
            Ok(Grant::Granted { .. }) => false,
            Ok(Grant::Probe) => true,
            Ok(Grant::Exhausted) => return Err(self.quota_stop(day, false)),
            Err(error) => return Err(Stop::Budget(error)),
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(Taken { day, probe })
    }

    async fn note_answer(&self, taken: Taken) -> Result<(), Stop> {
        if !taken.probe {
            return Ok(());
        }
        let source = &self.source.source;
        tracing::info!(source, day = %taken.day, "the source responds again");
        let marked = self.budget.mark_open(source, taken.day).await;
        marked.map_err(Stop::Budget)
    }

    /// A response, and the source's time if it contradicts this machine's clock.
    async fn call(&self, ask: &Ask) -> Result<(Answered, Option<Timestamp>), Wrong> {
        let request = self.requests.request(&self.http, ask);
        let asked_at = self.clock.now();
        let response = request
            .send()
            .await
            .map_err(|error| self.transport(error, Fault::Connection))?;
        let status = response.status().as_u16();
        let retry_after = http_client::retry_after(response.headers(), self.clock.now());
        let answered_at = self.clock.now();
        let headers = response.headers();
        let other_time = self.source_time.contradicts(headers, asked_at, answered_at);
        let mark = self.source.answer.generated_header.as_ref();
        let generated = mark.is_some_and(|mark| headers.contains_key(mark));
        if status == 304 && !ask.validators.is_empty() {
            return match generated && !self.may_be_generated {
                true => Err(Wrong::Generated),
                false => Ok((Answered::Unchanged { generated }, other_time)),
            };
        }
        let validators = Validators::of(headers);
        let links = headers.get_all(LINK).iter();
        let links = links.filter_map(|link| Some(link.to_str().ok()?.to_owned()));
        let links = links.collect();
        let body = self.body(response).await?;
        let known = (ask.page, ask.total);
        match answer::read(&self.source, self.key.as_ref(), status, known, &body) {
            Ok(_) if generated && !self.may_be_generated => Err(Wrong::Generated),
            Ok(_) if self.key.as_ref().is_some_and(|key| key.is_in(&body)) => Err(Wrong::KeyShown),
            Ok(parsed) => {
                let received = Received {
                    body,
                    parsed,
                    generated,
                    received_at: self.clock.now(),
                    validators,
                    links,
                    format: self.source.answer.landed(),
                };
                Ok((Answered::Page(received.into()), other_time))
            }
            Err(Wrong::Fault(Fault::TooFast { .. })) => Err(Fault::TooFast { retry_after }.into()),
            Err(wrong) => Err(wrong),
        }
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Bytes, Fault> {
        let limit = self.source.endpoint.max_body_bytes;
        let mut body = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.transport(error, Fault::CutOff))?
        {
            if body.len() + chunk.len() > limit {
                return Err(Fault::TooLong(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn transport(&self, error: reqwest::Error, otherwise: impl Fn(String) -> Fault) -> Fault {
        if error.is_connect() {
            return Fault::Unreachable(answer::said(&describe(error), self.key.as_ref()));
        }
        otherwise(answer::said(&describe(error), self.key.as_ref()))
    }

    async fn stop(&self, wrong: Wrong, taken: Taken) -> Stop {
        let (code, action, meaning, message) = match wrong {
            Wrong::Code {
                code,
                action,
                meaning,
                message,
            } => (code, action, meaning, message),
            Wrong::Refused {
                status,
                mut message,
            } => {
                if let Some(proxy) = &self.proxy {
                    message.push_str(&format!(" (through the proxy `{proxy}`)"));
                }
                return Stop::Refused { status, message };
            }
            Wrong::KeyShown => return Stop::KeyShown,
            Wrong::Generated => {
                return Stop::Generated {
                    header: self
                        .source
                        .answer
                        .generated_header
                        .clone()
                        .unwrap_or_default(),
                };
            }
            Wrong::Fault(fault) => {
                return Stop::Unavailable {
                    windows: 1,
                    fault: fault.to_string(),
                };
            }
        };
        match action {
            ErrorAction::StopQuota => {
                // By now it may be the next day: the response is about the day of the call.
                let source = &self.source.source;
                let now = self.clock.now();
                let marked = self.budget.mark_exhausted(source, taken.day, now);
                match marked.await {
                    Ok(()) => self.quota_stop(taken.day, true),
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
        match self.source.auth.env() {
            Some(env) => format!(
                "check the key in `{env}` (or where the configuration says it is), and that {} has not revoked it",
                self.source.attribution.name_en
            ),
            None => "the source requires a key, but its description names none".to_owned(),
        }
    }

    /// The calls of `day` are used up.
    fn quota_stop(&self, day: Date, said_by_source: bool) -> Stop {
        let zone = self.quota_zone.clone();
        let next = day.tomorrow();
        let midnight = next.and_then(|next| next.to_zoned(zone.clone()));
        Stop::Quota {
            resets_at: midnight.unwrap_or_else(|_| self.clock.now().to_zoned(zone)),
            said_by_source,
        }
    }
}
