//! Waits until an object is there: in the store, or in a bucket. While it waits it holds neither a worker
//! nor a slot of a pool.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kernel::without_credentials;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use orchestrator::{Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;

use super::Parts;
use super::request::a_minute;
use super::template::{Filling, Part, Template, Zone, plain};
use crate::app::open_store;
use crate::exit;

/// Buckets that the program can open.
const BUCKETS: [&str; 7] = ["gs", "s3", "s3a", "az", "azure", "abfs", "abfss"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// In the store.
    path: Option<Template>,
    /// In a bucket.
    url: Option<Template>,
    #[serde(default = "a_minute")]
    look_every_seconds: NonZeroU64,
    #[serde(default)]
    time_zone: Zone,
}

/// The parameters, checked.
#[derive(Deserialize)]
#[serde(try_from = "Written")]
pub struct With {
    object: Template,
    is_in_bucket: bool,
    every: Duration,
    zone: Zone,
}

impl TryFrom<Written> for With {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (object, is_in_bucket) = match (written.path, written.url) {
            (Some(path), None) => (path, false),
            (None, Some(url)) => (url, true),
            _ => {
                return Err(
                    "an object is in one place\nhint: write `path` for the store, or `url` for a bucket"
                        .to_owned(),
                );
            }
        };
        let name = object.written();
        if object.has_secret() {
            return Err("a secret cannot be in the name of an object".to_owned());
        }
        if is_in_bucket {
            let begin = match object.parts().first() {
                Some(Part::Text(text)) => text.as_str(),
                _ => "",
            };
            let shown = without_credentials(name);
            if shown != name {
                return Err(format!(
                    "`{shown}` has credentials\nhint: they are taken from the variables AWS_…, GOOGLE_…, AZURE_…"
                ));
            }
            let (scheme, rest) = begin.split_once("://").unwrap_or_default();
            if !BUCKETS.contains(&scheme) || !rest.contains('/') || name.ends_with('/') {
                return Err(format!(
                    "`{name}` is no object of a bucket\nhint: write `s3://bucket/name`, `gs://…` or `az://…`; for a file there is `wait_for_file`, for a page `wait_for_url`"
                ));
            }
        } else if name.is_empty()
            || name.starts_with('/')
            || name.ends_with('/')
            || name.contains("://")
        {
            return Err(format!(
                "`{name}` is no path in the store\nhint: write it without the store's own URL, such as `landing/x`"
            ));
        }
        Ok(Self {
            object,
            is_in_bucket,
            every: Duration::from_secs(written.look_every_seconds.get()),
            zone: written.time_zone,
        })
    }
}

pub fn make(name: &str, with: With, parts: &Parts) -> Result<WaitForObject, String> {
    Ok(WaitForObject::new(name, with, parts.store.clone()))
}

pub struct WaitForObject {
    name: String,
    store: Arc<dyn ObjectStore>,
    with: With,
}

#[async_trait]
impl Task for WaitForObject {
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

impl WaitForObject {
    fn new(name: &str, with: With, store: Arc<dyn ObjectStore>) -> Self {
        let name = name.to_owned();
        Self { name, store, with }
    }

    async fn look(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let with = &self.with;
        let mut filling = Filling::of(context, &with.zone.0);
        let name = with.object.fill(&mut filling, |value| {
            let text = plain(value)?;
            match text.is_empty() || text.contains(['/', '\\']) || text.contains(char::is_control) {
                true => Err("it is not a part of a name".to_owned()),
                false => Ok(text),
            }
        })?;
        let (bucket, path) = match with.is_in_bucket {
            false => (None, name.as_str()),
            true => {
                let (bucket, path) = bucket_and_path(&name);
                (Some(bucket), path)
            }
        };
        let path = Path::parse(path).map_err(|error| with.object.refused(&error.to_string()))?;
        let store = match bucket {
            None => self.store.clone(),
            Some(bucket) => {
                let store = open_store(bucket);
                store.map_err(|error| TaskError::permanent(exit::text(&error)))?
            }
        };
        let wait = |reason| Err(TaskError::not_yet(reason, with.every));
        match store.head(&path).await {
            Ok(found) if found.size > 0 => {
                let report = TaskReport::new().bytes(found.size);
                Ok(report.note(format!("`{name}` is there")))
            }
            // About to be written, on a disk.
            Ok(_) => wait(format!("`{name}` is empty")),
            Err(object_store::Error::NotFound { .. }) => wait(format!("there is no `{name}`")),
            Err(error) => {
                let error = anyhow::Error::new(error).context(format!("cannot look for `{name}`"));
                Err(TaskError::retryable(exit::text(&error)))
            }
        }
    }
}

/// The URL of the bucket alone, and the name in it as it is: in a URL `?`, `#` and `%2e%2e` would mean
/// something else.
fn bucket_and_path(url: &str) -> (&str, &str) {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find('/').map(|at| authority + at);
    match end {
        Some(end) => (&url[..end], &url[end + 1..]),
        None => (url, ""),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use jiff::{SignedDuration, Timestamp};
    use kernel::Clock;
    use object_store::memory::InMemory;
    use orchestrator::{
        CancellationToken, Dag, Engine, Mapping, RunOutcome, RunRecord, RunRequest, State, Step,
    };

    use super::*;

    /// Sleeping moves it, and an object appears: empty first, whole at the next sleep.
    struct Skips(Mutex<Timestamp>, Arc<dyn ObjectStore>, Mutex<u32>);

    #[async_trait]
    impl Clock for Skips {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }

        async fn sleep(&self, duration: Duration) {
            let sleeps = {
                let mut sleeps = self.2.lock().unwrap();
                *sleeps += 1;
                *sleeps
            };
            let body = if sleeps == 1 { "" } else { "here" };
            let path = Path::parse("drop/서울 1.csv").unwrap();
            self.1.put(&path, body.into()).await.unwrap();
            *self.0.lock().unwrap() += SignedDuration::try_from(duration).unwrap();
        }
    }

    async fn run(with: &str, item: &str) -> (RunRecord, u32) {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let with: With = toml::from_str(with).unwrap();
        let step = Step::new(WaitForObject::new("wait", with, store.clone()))
            .mapped(Mapping::Items(vec![item.into()]))
            .give_up_after(Duration::from_secs(1_000));
        let dag = Dag::new("waits", [step]).unwrap();
        let now = "2026-05-01T00:00:00Z".parse().unwrap();
        let clock = Arc::new(Skips(Mutex::new(now), store, Mutex::default()));
        let engine = Engine::new(State::in_memory().await.unwrap(), clock.clone());
        let never = CancellationToken::new();
        let run = engine
            .run(&dag, RunRequest::manual(), &never)
            .await
            .unwrap();
        let sleeps = *clock.2.lock().unwrap();
        (run, sleeps)
    }

    #[tokio::test]
    async fn an_object_is_waited_for_until_it_is_not_empty() {
        let (ended, sleeps) = run("path = 'drop/{item}.csv'", "서울 1").await;
        assert_eq!(
            (ended.outcome, sleeps),
            (RunOutcome::Success, 2),
            "{ended:?}"
        );
        let (ended, _) = run("path = 'drop/{item}.csv'", "Busan").await;
        assert_eq!(ended.outcome, RunOutcome::Failed);
        let said = format!("{ended:?}");
        assert!(
            said.contains("there is no `drop/Busan.csv`; gave up after"),
            "{said}"
        );
        for (with, item) in [
            ("path = 'drop/{item}.csv'", "../x"),
            ("path = 'drop/{item}.csv'", "a/b"),
            ("path = 'drop/{item}'", ""),
            ("path = 'drop/{item}/x.csv'", ".."),
            ("url = 's3://bucket/drop/{item}/x.csv'", ".."),
            ("url = 's3://bucket/drop/{item}/x.csv'", "."),
        ] {
            let (ended, sleeps) = run(with, item).await;
            assert_eq!((ended.outcome, sleeps), (RunOutcome::Failed, 0), "{item}");
            let said = format!("{ended:?}");
            assert!(said.contains("a value cannot be in"), "{with}: {said}");
        }
    }

    #[test]
    fn a_value_chooses_no_other_folder_of_a_bucket() {
        for (url, expected) in [
            ("s3://bucket/a/b.csv", ("s3://bucket", "a/b.csv")),
            ("gs://bucket/a?b/c#d", ("gs://bucket", "a?b/c#d")),
            ("az://box/%2e%2e/c", ("az://box", "%2e%2e/c")),
        ] {
            assert_eq!(bucket_and_path(url), expected);
            let path = Path::parse(expected.1).unwrap();
            assert_eq!(path.as_ref(), expected.1);
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (with, words) in [
            ("", "an object is in one place\nhint: "),
            (
                "path = 'a'\nurl = 's3://bucket/a'",
                "an object is in one place",
            ),
            ("path = ''", "is no path in the store"),
            ("path = '/a'", "is no path in the store"),
            ("path = 's3://bucket/a'", "is no path in the store"),
            ("path = '{secret.A}'", "a secret cannot be"),
            ("url = 's3://bucket'", "is no object of a bucket\nhint: "),
            ("url = 's3://{item}/a'", "is no object of a bucket"),
            ("url = 'file:///etc/passwd'", "is no object of a bucket"),
            ("url = 'https://host/a'", "is no object of a bucket"),
            (
                "url = 's3://key:hunter2@bucket/a'",
                "`s3://bucket/a` has credentials\nhint: ",
            ),
            ("path = 'a'\nlook_every_seconds = 0", "nonzero"),
        ] {
            let error = toml::from_str::<With>(with).err().unwrap();
            assert!(
                error.message().contains(words),
                "{with}: {}",
                error.message()
            );
            assert!(!error.message().contains("hunter2"));
        }
        toml::from_str::<With>("url = 's3://bucket/{from.day}.csv'").unwrap();
    }
}
