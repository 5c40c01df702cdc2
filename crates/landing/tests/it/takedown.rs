//! Take-downs: at every moment each reader finds whole bodies, and nothing removed stays behind.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::SignedDuration;
use landing::{BodyChange, Error, Format, Landed, Landing, Origin, WindowKind, WindowRef};
use object_store::ObjectStore;
use object_store::memory::InMemory;

use crate::mortal::Mortal;
use crate::{body, now, recruit, spec, summary};

const BEFORE: [&str; 3] = ["[1,2]", "[3,4]", "[5]"];
const AFTER: [&str; 3] = ["[1]", "[3,4]", "[]"];

async fn three_bodies(landing: &Landing) -> WindowRef {
    let hour = spec(
        WindowKind::Collect,
        "2026-05-01T00:00:00Z",
        "2026-05-01T01:00:00Z",
    );
    let writer = landing.begin(hour, now()).expect("a window");
    for (number, text) in (1..).zip(BEFORE) {
        writer.put(number, body(text, 2)).await.expect("stored");
    }
    let mut summary = summary(Origin::Collected);
    summary.records = Some(5);
    writer.finish(summary).await.expect("landed")
}

/// Removes 2 and 5, under the current names of the files.
async fn take_down(landing: &Landing, window: &WindowRef) -> landing::Result<()> {
    let manifest = landing.manifest(window).await?;
    let changes = [0, 2].map(|at: usize| BodyChange {
        file: manifest.bodies[at].file.clone(),
        bytes: Bytes::from_static(AFTER[at].as_bytes()),
        format: Format::Json,
        removed: 1,
    });
    landing
        .replace_bodies(window, changes.into(), 2, "asked by the employer", now())
        .await?;
    Ok(())
}

async fn texts(landing: &Landing, window: &WindowRef) -> Vec<String> {
    let manifest = landing.manifest(window).await.expect("a manifest");
    let mut texts = Vec::new();
    for entry in &manifest.bodies {
        let body = landing.body(window, entry).await.expect("a whole body");
        texts.push(String::from_utf8(body.to_vec()).expect("text"));
    }
    texts
}

async fn stored(landing: &Landing, window: &WindowRef) -> Vec<String> {
    let objects = landing.store().list(Some(&window.path()));
    let mut names: Vec<String> = objects
        .map_ok(|object| object.location.filename().expect("a file").to_owned())
        .try_collect()
        .await
        .expect("a listing");
    names.sort();
    names
}

#[tokio::test]
async fn a_take_down_is_recorded_and_leaves_no_old_body() {
    let landing = crate::memory();
    let window = three_bodies(&landing).await;
    take_down(&landing, &window).await.expect("taken down");
    assert_eq!(texts(&landing, &window).await, AFTER);
    assert_eq!(
        stored(&landing, &window).await,
        [
            "00001-r1.json.zst",
            "00002.json.zst",
            "00003-r1.json.zst",
            "manifest.json"
        ]
    );
    let manifest = landing.manifest(&window).await.expect("a manifest");
    assert_eq!(manifest.records, Some(3));
    assert_eq!(manifest.bodies[0].records, Some(1));
    let redacted = manifest.bodies[0].redacted.as_ref().expect("recorded");
    assert_eq!((redacted.records, redacted.redacted_at), (1, now()));
    assert_eq!(redacted.reason, "asked by the employer");
    assert_eq!(manifest.bodies[1].redacted, None);

    // A second take-down of the same body increments the revision.
    take_down(&landing, &window).await.expect("taken down");
    let manifest = landing.manifest(&window).await.expect("a manifest");
    assert_eq!(manifest.bodies[0].file, "00001-r2.json.zst");
    let redacted = manifest.bodies[0].redacted.as_ref().expect("recorded");
    assert_eq!(redacted.records, 2);
}

#[tokio::test]
async fn a_take_down_can_be_killed_at_any_point_and_repeated() {
    // Two bodies, the manifest, two deletions.
    for writes in 0..=5 {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let landing = Landing::new(store.clone());
        let window = three_bodies(&landing).await;

        let dying = Landing::new(Arc::new(Mortal::new(store, writes)));
        let done = take_down(&dying, &window).await;
        assert_eq!(done.is_ok(), writes == 5, "{writes} writes");
        let switched = writes >= 3;
        let expected = if switched { AFTER } else { BEFORE };
        assert_eq!(texts(&landing, &window).await, expected, "{writes} writes");

        let listing = landing.list().await.expect("a listing");
        let half = (1..5).contains(&writes);
        assert_eq!(listing.half_rewritten.len(), usize::from(half));
        let hour = SignedDuration::from_hours(1);
        let tidied = landing
            .tidy(
                &landing.list().await.expect("a listing"),
                now(),
                hour,
                Some(&HashSet::new()),
            )
            .await
            .expect("tidied");
        assert_eq!(tidied.files > 0, half, "{writes} writes");
        assert_eq!(stored(&landing, &window).await.len(), 4);
        assert_eq!(texts(&landing, &window).await, expected, "{writes} writes");

        take_down(&landing, &window).await.expect("repeated");
        assert_eq!(texts(&landing, &window).await, AFTER);
        assert_eq!(stored(&landing, &window).await.len(), 4);
    }
}

#[tokio::test]
async fn a_take_down_works_over_what_an_earlier_one_left() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let landing = Landing::new(store.clone());
    let window = three_bodies(&landing).await;
    let dying = Landing::new(Arc::new(Mortal::new(store, 2)));
    take_down(&dying, &window).await.expect_err("killed");
    take_down(&landing, &window).await.expect("repeated");
    assert_eq!(texts(&landing, &window).await, AFTER);
    landing
        .tidy(
            &landing.list().await.expect("a listing"),
            now(),
            SignedDuration::from_hours(1),
            Some(&HashSet::new()),
        )
        .await
        .expect("tidied");
    assert_eq!(stored(&landing, &window).await.len(), 4);
}

#[tokio::test]
async fn an_unknown_body_changes_nothing() {
    let landing = crate::memory();
    let window = three_bodies(&landing).await;
    let change = |file: &str| BodyChange {
        file: file.to_owned(),
        bytes: Bytes::from_static(b"[]"),
        format: Format::Json,
        removed: 1,
    };
    let changes = vec![change("00001.json.zst"), change("00009.json.zst")];
    let error = landing
        .replace_bodies(&window, changes, 1, "x", now())
        .await
        .expect_err("unknown");
    assert!(matches!(error, Error::NoSuchBody { .. }), "{error}");
    assert_eq!(texts(&landing, &window).await, BEFORE);
    assert_eq!(stored(&landing, &window).await.len(), 4);
}

#[tokio::test]
async fn a_saved_file_that_was_taken_down_stays_down() {
    let landing = crate::memory();
    let files = landing.saved_files(recruit()).await.expect("ready");
    let content = Bytes::from_static(b"{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    let landed = files.land_bytes("a.jsonl", content.clone(), now()).await;
    let Landed::New(window) = landed.expect("landed") else {
        panic!("new");
    };
    let change = BodyChange {
        file: "00001.jsonl.zst".to_owned(),
        bytes: Bytes::from_static(b"{\"id\":\"1\"}\n"),
        format: Format::Json,
        removed: 1,
    };
    landing
        .replace_bodies(&window, vec![change], 1, "asked", now())
        .await
        .expect("taken down");
    let files = landing.saved_files(recruit()).await.expect("ready");
    let again = files.land_bytes("b.jsonl", content, now()).await;
    assert_eq!(again.expect("known"), Landed::Known(window.clone()));
    assert_eq!(texts(&landing, &window).await, ["{\"id\":\"1\"}\n"]);
}
