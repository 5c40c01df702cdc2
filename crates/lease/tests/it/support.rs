//! A clock that only moves when a test moves it, and a store with faults.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use kernel::Clock;
use lease::{Acquired, Held, Holder, Leases, Taken};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::watch;

/// Both clocks of a machine.
#[derive(Debug)]
pub struct TestClock {
    monotonic: watch::Sender<Duration>,
    calendar: Mutex<Timestamp>,
}

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            monotonic: watch::Sender::new(Duration::ZERO),
            calendar: Mutex::new("2026-03-01T00:00:00Z".parse().unwrap()),
        })
    }

    pub fn advance(&self, duration: Duration) {
        self.set_calendar(i64::try_from(duration.as_millis()).unwrap());
        self.monotonic.send_modify(|now| *now += duration);
    }

    /// Sets the calendar clock ahead, or back.
    pub fn set_calendar(&self, milliseconds: i64) {
        let mut calendar = self.calendar.lock().unwrap();
        *calendar += jiff::SignedDuration::from_millis(milliseconds);
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.calendar.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        *self.monotonic.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.monotonic() + duration;
        let mut now = self.monotonic.subscribe();
        now.wait_for(|now| *now >= until).await.unwrap();
    }
}

/// What happens to the next operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It does not take effect.
    Fails,
    /// It takes effect, but the reply is lost.
    ReplyLost,
    /// It is reported as failed, and a write takes effect later.
    Late,
    /// It never returns.
    Hangs,
}

/// An operation that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Put,
    Get,
    List,
    Delete,
}

type Decide = dyn Fn(Operation) -> Fault + Send + Sync;

/// A store with faults; each operation can be interleaved with those of others.
pub struct Faulty {
    pub inner: Arc<dyn ObjectStore>,
    decide: Arc<Decide>,
    late: Mutex<Vec<(Path, PutPayload, PutOptions)>>,
}

impl Faulty {
    pub fn new(
        inner: Arc<dyn ObjectStore>,
        decide: impl Fn(Operation) -> Fault + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            inner,
            decide: Arc::new(decide),
            late: Mutex::default(),
        })
    }

    /// Lets the write that was late first take effect.
    pub fn arrive(&self) {
        let mut late = self.late.lock().unwrap();
        if !late.is_empty() {
            let (path, payload, options) = late.remove(0);
            let arrived = self.inner.put_opts(&path, payload, options);
            arrived.now_or_never().expect("in memory").ok();
        }
    }
}

async fn around<T>(fault: Fault, work: impl Future<Output = Result<T>>) -> Result<T> {
    let failed = || Error::Generic {
        store: "faulty",
        source: "injected".into(),
    };
    tokio::task::yield_now().await;
    let result = match fault {
        Fault::None => work.await,
        Fault::Fails | Fault::Late => Err(failed()),
        Fault::ReplyLost => match work.await {
            Ok(_) => Err(failed()),
            error => error,
        },
        Fault::Hangs => std::future::pending().await,
    };
    tokio::task::yield_now().await;
    result
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let fault = (self.decide)(Operation::Put);
        if fault == Fault::Late {
            let write = (location.clone(), payload.clone(), options.clone());
            self.late.lock().unwrap().push(write);
        }
        around(fault, self.inner.put_opts(location, payload, options)).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let got = self.inner.get_opts(location, options);
        around((self.decide)(Operation::Get), got).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let (inner, decide) = (self.inner.clone(), self.decide.clone());
        let deleted = locations.then(move |location| {
            let (inner, fault) = (inner.clone(), decide(Operation::Delete));
            async move {
                let one = futures::stream::iter([location]).boxed();
                let deleted = inner.delete_stream(one).try_collect::<Vec<_>>();
                Ok(around(fault, deleted).await?.remove(0))
            }
        });
        deleted.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let listed = self.inner.list_with_delimiter(prefix);
        around((self.decide)(Operation::List), listed).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

pub const LENGTH: Duration = Duration::from_secs(60);

pub fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

pub fn leases(store: &Arc<dyn ObjectStore>, name: &str, clock: &Arc<TestClock>) -> Leases {
    let holder = Holder {
        id: name.to_owned(),
        name: format!("host {name}"),
    };
    Leases::new(
        store.clone(),
        Path::from("leases"),
        holder,
        LENGTH,
        clock.clone(),
    )
}

pub async fn held(leases: &Leases, name: &str) -> Held {
    match leases.acquire(name).await.expect("a store") {
        Acquired::Held(held) => held,
        Acquired::Taken(taken) => panic!("{taken:?}"),
    }
}

pub async fn taken(leases: &Leases, name: &str) -> Taken {
    match leases.acquire(name).await.expect("a store") {
        Acquired::Held(held) => panic!("{held:?}"),
        Acquired::Taken(taken) => taken,
    }
}

/// The names of all files, sorted.
pub async fn files(store: &Arc<dyn ObjectStore>) -> Vec<String> {
    let files = store
        .list(None)
        .map_ok(|object| object.location.to_string());
    let mut files: Vec<String> = files.try_collect().await.expect("a listing");
    files.sort();
    files
}
