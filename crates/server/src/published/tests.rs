//! When a build is skipped, and when it is checked again. The tests control the time.

use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use futures::FutureExt as _;
use jiff::Timestamp;
use landing::{Dataset, Landing};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use warehouse::build::BuildRequest;

use super::*;
use crate::tests::{SILENT, warehouse};

struct Shelf {
    warehouse: Arc<Warehouse>,
    store: Arc<dyn ObjectStore>,
    seconds: Arc<AtomicU64>,
    published: Published,
}

impl Shelf {
    /// Builds with one more posting each.
    async fn with_builds(count: usize) -> Self {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let warehouse = warehouse(store.clone());
        let seconds = Arc::<AtomicU64>::default();
        let (begin, passed) = (Instant::now(), seconds.clone());
        let clock = move || begin + Duration::from_secs(passed.load(Ordering::SeqCst));
        let published = Published::with_clock(warehouse.clone(), SILENT, Arc::new(clock));
        let shelf = Self {
            warehouse,
            store,
            seconds,
            published,
        };
        for number in 1..=count {
            shelf.build(number).await;
        }
        shelf
    }

    async fn build(&self, number: usize) {
        let dataset = Dataset::new("saramin", "recruit").unwrap();
        let files = Landing::new(self.store.clone())
            .saved_files(dataset)
            .await
            .unwrap();
        let body = format!("{{\"id\":\"{number}\",\"position\":{{\"title\":\"개발자\"}}}}");
        let landed = files.land_bytes("one.json", Bytes::from(body), Timestamp::now());
        landed.await.unwrap();
        let built = self
            .warehouse
            .build(BuildRequest::default(), Timestamp::now(), &|_| {})
            .await;
        built.unwrap();
    }

    async fn served(&self) -> (u64, bool) {
        let current = self.published.state().await.unwrap();
        (current.record.build, current.whole)
    }

    /// A file that only the published build names, and its bytes.
    async fn file(&self) -> (Path, Bytes) {
        let mut records = self.warehouse.builds().sound().await.unwrap();
        let files = |record: &BuildRecord| -> BTreeSet<String> {
            let files = record.tables.values().flat_map(|table| &table.files);
            files.map(|file| file.path.clone()).collect()
        };
        let mut own = files(&records.pop().unwrap());
        own.retain(|path| !records.iter().any(|record| files(record).contains(path)));
        let path = Path::from(own.pop_first().unwrap());
        let bytes = self.store.get(&path).await.unwrap().bytes().await.unwrap();
        (path, bytes)
    }

    async fn damage(&self) -> (Path, Bytes) {
        let (path, sound) = self.file().await;
        let mut bytes = sound.to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        self.write(&path, bytes.into()).await;
        let record = self.published.current().await.unwrap();
        let damage = Damage {
            file: path.to_string(),
            text: format!("`{path}` is damaged"),
        };
        self.published.set_aside(&record, damage).await;
        (path, sound)
    }

    async fn write(&self, path: &Path, bytes: Bytes) {
        self.store.put(path, bytes.into()).await.unwrap();
    }

    fn wait(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_whose_file_is_restored_is_served_again() {
    let shelf = Shelf::with_builds(2).await;
    assert_eq!(shelf.served().await, (2, true));
    let (path, sound) = shelf.damage().await;
    assert_eq!(shelf.served().await, (1, true));
    // Time alone changes nothing.
    shelf.wait(60);
    assert_eq!(shelf.served().await, (1, true));
    shelf.write(&path, sound).await;
    shelf.wait(59);
    assert_eq!(shelf.served().await, (1, true), "at most every minute");
    shelf.wait(1);
    assert_eq!(shelf.served().await, (2, true));
    let damaged = &shelf.published.state().await.unwrap().damaged;
    assert!(damaged.is_empty(), "{damaged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_whole_build_the_newest_is_not_called_whole() {
    let shelf = Shelf::with_builds(1).await;
    assert_eq!(shelf.served().await, (1, true));
    let (path, sound) = shelf.damage().await;
    assert_eq!(shelf.served().await, (1, false));
    let damaged = shelf.published.state().await.unwrap().damaged.join("\n");
    assert!(damaged.contains(path.as_ref()), "{damaged}");
    shelf.write(&path, sound).await;
    shelf.wait(60);
    assert_eq!(shelf.served().await, (1, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_is_checked_again() {
    let shelf = Shelf::with_builds(2).await;
    let (path, sound) = shelf.file().await;
    shelf.store.delete(&path).await.unwrap();
    assert_eq!(shelf.served().await, (1, true));
    shelf.write(&path, sound).await;
    assert_eq!(shelf.served().await, (1, true), "at most every minute");
    shelf.wait(60);
    assert_eq!(shelf.served().await, (2, true));
}

#[tokio::test]
async fn concurrent_requests_share_a_listing_that_began_after_they_arrived() {
    let shelf = Shelf::with_builds(1).await;
    let listing = shelf.published.listed.lock().await;
    let asked = (0..50).map(|_| shelf.published.latest());
    let mut asked = Box::pin(futures::future::join_all(asked));
    assert!(asked.as_mut().now_or_never().is_none(), "all of them wait");
    drop(listing);
    let latest = asked.await;
    assert!(
        latest
            .iter()
            .all(|latest| matches!(latest, Ok(Some((1, _)))))
    );
    assert_eq!(shelf.published.listings.load(Ordering::SeqCst), 1);
    shelf.build(2).await;
    let latest = shelf.published.latest().await.unwrap();
    assert!(matches!(latest, Some((2, _))), "{latest:?}");
}
