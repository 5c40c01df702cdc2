//! Two programs with state folders of their own build in one store: they share no lock. One gets an
//! error, the other's build is published whole, and both can continue.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::Notify;
use warehouse::build::{BuildReport, BuildRequest};
use warehouse::{Error, Warehouse};

use crate::delta_logs::assert_logs_are;
use crate::posting::postings;
use crate::world::{World, named_files, now};

const FULL: BuildRequest = BuildRequest { full: true };

/// Where a writer is paused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    /// Before it writes an object whose path holds this.
    Before(&'static str),
    /// After it has.
    After(&'static str),
    /// After it has deleted one.
    Gone(&'static str),
    /// After it has, and the reply is lost.
    Lost(&'static str),
}

/// A store whose writer is paused at one write until it is released.
#[derive(Clone, Debug)]
pub struct Held {
    inner: Arc<dyn ObjectStore>,
    at: At,
    pub reached: Arc<Notify>,
    pub go_on: Arc<Notify>,
}

impl Held {
    pub fn new(world: &World, at: At) -> Self {
        Self {
            inner: world.store.clone(),
            at,
            reached: Arc::default(),
            go_on: Arc::default(),
        }
    }

    async fn hold(&self, at: fn(&'static str) -> At, path: &Path) {
        let (At::Before(part) | At::After(part) | At::Gone(part) | At::Lost(part)) = self.at;
        if at(part) == self.at && path.as_ref().contains(part) {
            self.reached.notify_one();
            self.go_on.notified().await;
            // Later writers are not paused.
            self.go_on.notify_one();
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("held")
    }
}

#[async_trait]
impl ObjectStore for Held {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.hold(At::Before, location).await;
        let put = self.inner.put_opts(location, payload, options).await;
        self.hold(At::After, location).await;
        match self.at {
            At::Lost(part) if location.as_ref().contains(part) => {
                Err(object_store::Error::Generic {
                    store: "held",
                    source: "the reply is lost".into(),
                })
            }
            _ => put,
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.hold(At::Before, location).await;
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let held = self.clone();
        let deleted = self.inner.delete_stream(locations);
        let deleted = deleted.then(move |deleted| {
            let held = held.clone();
            async move {
                if let Ok(path) = &deleted {
                    held.hold(At::Gone, path).await;
                }
                deleted
            }
        });
        deleted.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

pub fn writer(world: &World, number: u32) -> Warehouse {
    let warehouse = world.warehouse();
    warehouse.set_writer(number);
    warehouse
}

pub async fn build(warehouse: &Warehouse) -> warehouse::Result<BuildReport> {
    warehouse.build(FULL, now(), &|_| {}).await
}

/// Pauses one writer at a write, lets the other build, and resumes the first; returns both results.
async fn beside(
    world: &World,
    at: At,
) -> (
    warehouse::Result<BuildReport>,
    warehouse::Result<BuildReport>,
) {
    let held = Held::new(world, at);
    let first = writer(&world.with_store(Arc::new(held.clone())), 1);
    let first = tokio::spawn(async move { build(&first).await });
    held.reached.notified().await;
    let second = build(&writer(world, 2)).await;
    held.go_on.notify_one();
    (first.await.expect("no panic"), second)
}

pub async fn world() -> World {
    let world = World::small();
    world.land(vec![postings(1..=3)]).await;
    build(&writer(&world, 1)).await.expect("a first build");
    world.land(vec![postings(4..=5)]).await;
    world
}

/// What is published is whole for every reader, and the next build removes everything else.
async fn assert_sound(world: &World) {
    let record = world.published().await.expect("a build");
    assert_eq!(
        world
            .warehouse()
            .lost_files(&record)
            .await
            .expect("a listing"),
        [""; 0]
    );
    let count = "select count(*) from external.recruit_table";
    assert_eq!(world.rows(&record, count).await, ["5"]);
    assert_logs_are(world, &record).await;
    let last = build(&writer(world, 1))
        .await
        .expect("the next build")
        .record;
    assert_logs_are(world, &last).await;
    let records = world.warehouse().builds().sound().await.expect("records");
    assert_eq!(world.data_files().await, named_files(&records));
    assert!(world.objects("state").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_builds_one_reports_that_it_was_overtaken() {
    for at in [
        At::Before("warehouse/external/"),
        At::Before("state/committing.json"),
    ] {
        let world = world().await;
        let (first, second) = beside(&world, at).await;
        second.expect("the second one is first");
        let error = first.expect_err("overtaken");
        assert!(matches!(error, Error::Overtaken(2)), "{at:?}: {error}");
        assert!(error.hint().is_some());
        assert_sound(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_build_starts_while_another_one_publishes() {
    for at in [At::After("state/committing.json"), At::Before("builds/")] {
        let world = world().await;
        let (first, second) = beside(&world, at).await;
        first.expect("the first one publishes");
        let error = second.expect_err("it has to wait");
        assert!(matches!(error, Error::Publishing), "{at:?}: {error}");
        assert!(error.hint().is_some());
        assert_sound(&world).await;
    }
}

/// A take-down removes everything that may contain the posting; a build that began after the one
/// without it was published does not, and its files stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_down_spares_a_build_that_began_after_its_own() {
    let world = world().await;
    let ended = Held::new(&world, At::Gone("state/committing.json"));
    let takes_down = writer(&world.with_store(Arc::new(ended.clone())), 1);
    let takes_down = tokio::spawn(async move {
        let posting = takes_down.posting("saramin:2").await?;
        takes_down
            .take_down(Some(&posting), "asked", now(), &|_| {})
            .await
    });
    ended.reached.notified().await;

    let written = Held::new(&world, At::Before("state/committing.json"));
    let builds = writer(&world.with_store(Arc::new(written.clone())), 2);
    let builds = tokio::spawn(async move { build(&builds).await });
    written.reached.notified().await;
    ended.go_on.notify_one();
    let report = takes_down.await.expect("no panic").expect("taken down");
    assert_eq!(report.forgotten.len(), 1);
    written.go_on.notify_one();
    let record = builds.await.expect("no panic").expect("published").record;

    let lost = world.warehouse().lost_files(&record).await;
    assert_eq!(lost.expect("a listing"), [""; 0]);
    let left = "select count(*) from external.recruit_table";
    assert_eq!(world.rows(&record, left).await, ["4"]);
    assert_logs_are(&world, &record).await;
}
