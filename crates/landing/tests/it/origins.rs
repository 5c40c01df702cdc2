//! Synthetic and real data never share a store.

use bytes::Bytes;
use landing::{Error, Origin, OriginClass};
use object_store::ObjectStoreExt;

use crate::{land_hour, memory, now, recruit};

#[tokio::test]
async fn a_store_refuses_the_other_class() {
    let collected = memory();
    land_hour(&collected, Origin::Collected)
        .await
        .expect("landed");
    land_hour(&collected, Origin::Saved).await.expect("landed");
    let error = land_hour(&collected, Origin::Generated)
        .await
        .expect_err("mixed");
    assert!(matches!(error, Error::MixedOrigin { .. }), "{error}");
    assert!(error.to_string().contains("hint: "), "{error}");
    assert!(!error.is_retryable());
    assert_eq!(collected.list().await.expect("a listing").windows.len(), 2);

    let generated = memory();
    land_hour(&generated, Origin::Generated)
        .await
        .expect("landed");
    land_hour(&generated, Origin::Collected)
        .await
        .expect_err("mixed");
    generated
        .saved_files(recruit())
        .await
        .expect_err("nothing saved beside demo data");
    generated
        .check_origin(Origin::Generated)
        .await
        .expect("its own");
    assert_eq!(
        generated.origin_class().await.expect("a class"),
        Some(OriginClass::Generated)
    );
}

#[tokio::test]
async fn an_empty_store_takes_either_and_a_failed_landing_claims_nothing() {
    let landing = memory();
    assert_eq!(landing.origin_class().await.expect("none"), None);
    let files = landing.saved_files(recruit()).await.expect("ready");
    files
        .land_bytes("x.json", Bytes::from_static(b"<html>"), now())
        .await
        .expect_err("HTML");
    land_hour(&landing, Origin::Generated)
        .await
        .expect("landed");
}

#[tokio::test]
async fn the_class_is_found_again_without_its_file() {
    let landing = memory();
    land_hour(&landing, Origin::Generated)
        .await
        .expect("landed");
    let path = "landing/origin.json".into();
    landing.store().delete(&path).await.expect("deleted");
    land_hour(&landing, Origin::Collected)
        .await
        .expect_err("mixed");
    land_hour(&landing, Origin::Generated)
        .await
        .expect("landed");
    landing.store().head(&path).await.expect("written again");

    // A damaged one is rebuilt from an intact manifest.
    for damaged in ["", "{", "{}"] {
        let put = landing.store().put(&path, damaged.into());
        put.await.expect("stored");
        land_hour(&landing, Origin::Collected)
            .await
            .expect_err("mixed");
        land_hour(&landing, Origin::Generated)
            .await
            .expect("landed");
        let found = landing.store().get(&path).await.expect("there").bytes();
        let found = String::from_utf8(found.await.expect("bytes").to_vec());
        assert!(found.expect("text").contains("generated"));
    }
    // Without any, the origin is unknown.
    for window in landing.list().await.expect("a listing").windows {
        let manifest = window.path().join("manifest.json");
        let put = landing.store().put(&manifest, "{".into());
        put.await.expect("stored");
    }
    let put = landing.store().put(&path, "".into());
    put.await.expect("stored");
    for origin in [Origin::Generated, Origin::Collected] {
        let error = land_hour(&landing, origin).await.expect_err("unknown");
        assert!(error.to_string().contains("origin.json"), "{error}");
        assert!(error.to_string().contains("hint: "), "{error}");
    }
    // An empty store with a damaged file takes the class of the first writer.
    let landing = memory();
    let put = landing.store().put(&path, "".into());
    put.await.expect("stored");
    land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");
    land_hour(&landing, Origin::Generated)
        .await
        .expect_err("mixed");
}

#[tokio::test]
async fn of_two_concurrent_first_writers_one_class_wins() {
    let landing = memory();
    let (one, two) = futures::join!(
        land_hour(&landing, Origin::Collected),
        land_hour(&landing, Origin::Generated)
    );
    assert_ne!(one.is_ok(), two.is_ok());
    assert_eq!(landing.list().await.expect("a listing").windows.len(), 1);
}
