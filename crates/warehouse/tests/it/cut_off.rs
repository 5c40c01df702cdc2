//! A build may be killed at any write. Readers see either the previous build or the new one; the
//! next build equals an undisturbed one.

use std::sync::Arc;

use warehouse::build::BuildRequest;

use crate::delta_logs::assert_logs_are;
use crate::incremental::{Tables, tables};
use crate::mortal::Mortal;
use crate::posting::{Posting, page, postings};
use crate::world::{World, named_files};

/// A world with a published build and a window that is not built yet.
async fn before() -> World {
    let world = World::small();
    world.land(vec![postings(1..=3)]).await;
    world.build().await;
    let mut edited = Posting::new(2);
    edited.modified = Some(2);
    edited.title = "머신러닝 연구원".to_owned();
    world
        .land(vec![page(&[edited.json(), Posting::new(4).json()])])
        .await;
    world
}

async fn killed_after(world: &World, writes: i64) -> Result<i64, warehouse::Error> {
    let store = Arc::new(Mortal::new(world.store.clone(), writes));
    let killed = world.with_store(store.clone());
    killed.try_build(BuildRequest::default()).await?;
    Ok(writes - store.left())
}

async fn published_tables(world: &World) -> Tables {
    let record = world.published().await.expect("a build");
    tables(world, &record).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_killed_at_any_write_is_repeated_without_a_trace() {
    let world = before().await;
    let old = published_tables(&world).await;
    let writes = killed_after(&world, i64::MAX)
        .await
        .expect("the build passes");
    let new = published_tables(&world).await;
    assert_ne!(old, new);

    for point in 0..writes {
        let world = before().await;
        let outcome = killed_after(&world, point).await;
        let seen = published_tables(&world).await;
        assert!(
            seen == old || seen == new,
            "killed after {point} writes: a mixture"
        );
        assert!(outcome.is_err(), "{point} of {writes} writes were enough");
        let record = world.build().await.record;
        assert_logs_are(&world, &record).await;
        assert_eq!(
            published_tables(&world).await,
            new,
            "killed after {point} writes"
        );
        let records = world.warehouse().builds().sound().await.expect("records");
        assert_eq!(world.data_files().await, named_files(&records));
        assert!(world.objects("state").await.is_empty());
    }
}
