//! Where a store is, as the engine and the Delta logs name it.

use landing::StoreUrl;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use warehouse::BuildRecord;

use crate::damage::copied;
use crate::delta_logs::assert_logs_are;
use crate::posting::postings;
use crate::world::World;

const LOG: &str = "warehouse/visual_tables/all_count/_delta_log";

async fn published(world: &World) -> BuildRecord {
    world.published().await.expect("a build")
}

/// The location of a table as the first commit of its log states it.
async fn location(world: &World) -> String {
    let first = Path::from(format!("{LOG}/{:020}.json", 0));
    let found = world.store.get(&first).await.expect("the log");
    let bytes = found.bytes().await.expect("its first version");
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .find_map(|action| {
            let parameters = &action["commitInfo"]["operationParameters"];
            parameters["location"].as_str().map(str::to_owned)
        })
        .expect("the location")
}

/// The files that the engine says it reads.
async fn explained(world: &World) -> String {
    let record = published(world).await;
    let sql = "explain select * from visual_tables.all_count";
    world.rows(&record, sql).await.join("\n")
}

/// Paths are percent-encoded in URLs and not in a file system; the Delta kernel mixes the two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_of_any_name_is_a_store_with_a_url() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("구인 공고/50% off a%20b#c?d a%2Fb");
    let folder = folder.to_str().expect("text");
    let store = landing::open_store(folder).expect("a store");
    let mut world = World::small().with_store(store);
    world.url = StoreUrl::parse(folder).expect("a URL");
    // More commits than there are between two checkpoints, which are read by other code.
    for id in 1..=12 {
        world.land(vec![postings(id..=id)]).await;
        let report = world.build().await;
        assert!(report.damage.is_empty(), "{id}: {:?}", report.damage);
    }
    let record = published(&world).await;
    assert_eq!((record.build, record.postings), (12, 12));
    // Moved, the store is the same.
    let moved = World::small().with_store(copied(&world).await);
    assert_logs_are(&moved, &record).await;
    let log = world.objects(LOG).await;
    let is_checkpoint = |path: &String| path.contains(".checkpoint.");
    assert!(log.iter().any(is_checkpoint), "{log:?}");

    let location = location(&world).await;
    assert_eq!(
        location,
        world.url.of("warehouse/visual_tables/all_count/").as_str()
    );
    assert!(location.starts_with("file:///"), "{location}");
    let shown = explained(&world).await;
    let place = format!("{}/warehouse/visual_tables/all_count/", world.url.root());
    assert!(shown.contains(&place), "{place} in {shown}");
}

/// Data files and logs are named relative to their table: a store can be moved, and one of an
/// earlier version, which knew no URL, goes on unchanged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_goes_on_at_another_url() {
    let mut world = World::small();
    world.land(vec![postings(1..=3)]).await;
    world.build().await;
    for (url, id) in [
        ("s3://KEY:secret@bucket/구인 공고/50%25", 4),
        ("az://container?sig=secret", 5),
    ] {
        world.url = StoreUrl::parse(url).expect("a URL");
        world.land(vec![postings(id..=id)]).await;
        let report = world.build().await;
        assert!(report.damage.is_empty(), "{:?}", report.damage);
        assert_logs_are(&world, &published(&world).await).await;
        let shown = explained(&world).await;
        assert!(
            !shown.contains("secret") && !shown.contains("KEY"),
            "{shown}"
        );
    }
    assert_eq!(published(&world).await.postings, 5);
    let versions = world.objects(LOG).await;
    assert_eq!(versions.len(), 3, "no log was recreated: {versions:?}");
    let first = location(&world).await;
    assert_eq!(first, "memory:///warehouse/visual_tables/all_count/");
}
