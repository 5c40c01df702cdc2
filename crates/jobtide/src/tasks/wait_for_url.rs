//! Waits until a URL answers. While it waits it holds neither a worker nor a slot of a pool.

use std::num::NonZeroU64;
use std::time::Duration;

use async_trait::async_trait;
use http_client::{Call, Method, Redirects};
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;

use super::Parts;
use super::request::{Headers, Meaning, Statuses, UrlTemplate, a_minute, no_answer};
use super::template::{Filling, Zone};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: UrlTemplate,
    #[serde(default)]
    headers: Headers,
    /// Statuses, instead of 200 to 299.
    succeeds: Option<Vec<u16>>,
    #[serde(default = "a_minute")]
    look_every_seconds: NonZeroU64,
    #[serde(default = "half_a_minute")]
    answer_within_seconds: NonZeroU64,
    #[serde(default)]
    time_zone: Zone,
}

fn half_a_minute() -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(29)
}

/// The parameters, checked.
#[derive(Deserialize)]
#[serde(try_from = "Written")]
pub struct With {
    url: UrlTemplate,
    headers: Headers,
    statuses: Statuses,
    every: Duration,
    within: Duration,
    zone: Zone,
}

impl TryFrom<Written> for With {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let statuses = Statuses {
            succeeds: written.succeeds,
            // Everything else may change.
            ..Statuses::default()
        };
        statuses.check()?;
        Ok(Self {
            url: written.url,
            headers: written.headers,
            statuses,
            every: Duration::from_secs(written.look_every_seconds.get()),
            within: Duration::from_secs(written.answer_within_seconds.get()),
            zone: written.time_zone,
        })
    }
}

pub fn make(name: &str, with: With, _parts: &Parts) -> Result<WaitForUrl, String> {
    Ok(WaitForUrl::new(name, with))
}

pub struct WaitForUrl {
    name: String,
    with: With,
}

#[async_trait]
impl Task for WaitForUrl {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        tokio::select! {
            done = self.look(context) => done,
            () = context.cancel().cancelled() => Err(TaskError::cancelled()),
        }
    }
}

impl WaitForUrl {
    fn new(name: &str, with: With) -> Self {
        let name = name.to_owned();
        Self { name, with }
    }

    async fn look(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let with = &self.with;
        let mut filling = Filling::of(context, &with.zone.0);
        let call = Call {
            method: Method::GET,
            url: with.url.url(&mut filling)?,
            headers: with.headers.fill(&mut filling)?,
            body: Vec::new().into(),
            within: with.within,
            redirects: Redirects::None,
        };
        let called = format!("`{}`", with.url.written());
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_retryable() => {
                let error = no_answer(&called, &error, &filling);
                return Err(TaskError::not_yet(error.to_string(), with.every));
            }
            Err(error) => return Err(no_answer(&called, &error, &filling)),
        };
        let status = answer.status();
        if with.statuses.meaning(status) == Meaning::Succeeds {
            return Ok(TaskReport::new().note(format!("{called} answers with {status}")));
        }
        let asked = answer
            .retry_after(context.clock().now())
            .unwrap_or_default();
        let reason = format!("{called} answers with {status}");
        Err(TaskError::not_yet(reason, with.every.max(asked)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use jiff::{SignedDuration, Timestamp};
    use kernel::Clock;
    use orchestrator::{CancellationToken, Dag, Engine, RunOutcome, RunRequest, State, Step};

    use super::super::server::{Reply, Server, ok, says};
    use super::*;

    /// Sleeping moves it.
    struct Skips(Mutex<Timestamp>, Mutex<Vec<u64>>);

    #[async_trait]
    impl Clock for Skips {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }

        async fn sleep(&self, duration: Duration) {
            self.1.lock().unwrap().push(duration.as_secs());
            *self.0.lock().unwrap() += SignedDuration::try_from(duration).unwrap();
        }
    }

    /// How a run of it ends, and how long it waited in between.
    async fn run(with: &str, most: Option<u64>) -> (RunOutcome, Vec<String>, Vec<u64>) {
        let with: With = toml::from_str(with).unwrap();
        let mut step = Step::new(WaitForUrl::new("wait", with));
        if let Some(most) = most {
            step = step.give_up_after(Duration::from_secs(most));
        }
        let dag = Dag::new("waits", [step]).unwrap();
        let now = "2026-05-01T00:00:00Z".parse().unwrap();
        let clock = Arc::new(Skips(Mutex::new(now), Mutex::default()));
        let engine = Engine::new(State::in_memory().await.unwrap(), clock.clone());
        let never = CancellationToken::new();
        let run = engine
            .run(&dag, RunRequest::manual(), &never)
            .await
            .unwrap();
        let sleeps = clock.1.lock().unwrap().clone();
        (run.outcome, run.steps[0].errors.clone(), sleeps)
    }

    #[tokio::test]
    async fn it_waits_until_the_url_answers() {
        let status = |line: &str| says(&format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n"));
        let server = Server::start(vec![
            status("404 Not Found"),
            status("503 Busy\r\nretry-after: 300"),
            says("nonsense"),
            // No body is read.
            Reply::Endless("HTTP/1.1 200 OK\r\n\r\n"),
        ])
        .await;
        let with = format!("url = '{}'\nlook_every_seconds = 10", server.url);
        let (outcome, _, sleeps) = run(&with, None).await;
        assert_eq!((outcome, sleeps), (RunOutcome::Success, vec![10, 300, 10]));

        let server = Server::start(vec![ok("")]).await;
        let with = format!("url = '{}'\nsucceeds = [404]", server.url);
        let (outcome, errors, _) = run(&with, Some(150)).await;
        assert_eq!(outcome, RunOutcome::Failed);
        let expected = format!("`{}` answers with 200; gave up after 150 s", server.url);
        assert_eq!(errors, [expected]);

        let (outcome, errors, sleeps) = run("url = 'http://127.0.0.1:1/'", Some(100)).await;
        assert_eq!(outcome, RunOutcome::Failed);
        assert!(!sleeps.is_empty());
        assert!(
            errors[0].starts_with("`http://127.0.0.1:1/`: "),
            "{errors:?}"
        );
        // What does not change by waiting.
        let (_, errors, sleeps) = run("url = '{secret.JOBTIDE_NO_SUCH_SECRET}'", None).await;
        assert!(errors[0].contains("holds no secret"), "{errors:?}");
        assert!(sleeps.is_empty());
    }
}
