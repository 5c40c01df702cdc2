//! Windows: written whole or not at all, read back as received, listed from their paths.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use landing::{Error, Landing, Origin, QueryId, WindowKind, coverage, open_store};
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::mortal::Mortal;
use crate::{body, land_hour, memory, now, query, recruit, spec, summary, time};

#[tokio::test]
async fn bodies_come_in_any_order_and_read_back_as_received() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open_store(folder.path().to_str().expect("text")).expect("a store");
    let landing = Landing::new(store);
    let spec = spec(
        WindowKind::Collect,
        "2023-04-30T20:00:00Z",
        "2023-05-01T20:00:00Z",
    );
    let writer = landing.begin(spec, now()).expect("a window");
    let texts: Vec<String> = (0..20).map(|n| format!("{{\"n\":{n}}}")).collect();
    let puts = texts.iter().enumerate().rev().map(|(at, text)| {
        let number = u32::try_from(at + 1).expect("small");
        writer.put(number, body(text, 1))
    });
    for put in futures::future::join_all(puts).await {
        put.expect("stored");
    }
    let window = writer
        .finish(summary(Origin::Collected))
        .await
        .expect("landed");

    let listing = landing.list().await.expect("a listing");
    assert_eq!(listing.windows, std::slice::from_ref(&window));
    assert!(listing.unfinished.is_empty() && listing.half_rewritten.is_empty());
    let manifest = landing.manifest(&window).await.expect("a manifest");
    assert_eq!(manifest.bodies.len(), 20);
    for (text, entry) in texts.iter().zip(&manifest.bodies) {
        assert_eq!(
            landing.body(&window, entry).await.expect("a body"),
            text.as_bytes()
        );
    }
    assert!(
        folder
            .path()
            .join("landing/saramin/recruit/date=2023-05-01")
            .join(window.name())
            .join("00020.json.zst")
            .is_file()
    );
}

#[tokio::test]
async fn the_manifest_has_the_documented_form() {
    let landing = memory();
    let window = land_hour(&landing, Origin::Generated)
        .await
        .expect("landed");
    let path = window.path().join("manifest.json");
    let found = landing.store().get(&path).await.expect("there");
    let text = found.bytes().await.expect("bytes");
    let mut json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    json["bodies"][0]["stored_bytes"] = 0.into();
    // It covers all bytes before it: see the tests of `to_checked_json`.
    let digest = json.as_object_mut().expect("an object").remove("digest");
    assert_eq!(digest.expect("a checksum").as_str().map(str::len), Some(64));
    assert_eq!(
        json,
        serde_json::json!({
            "format": 1,
            "source": "saramin",
            "dataset": "recruit",
            "kind": "collect",
            "window": {"from": "2026-05-01T00:00:00Z", "to": "2026-05-01T01:00:00Z"},
            "query": {"ind_cd": "3"},
            "started_at": "2026-05-01T09:00:00.25Z",
            "finished_at": "2026-05-01T09:00:00.25Z",
            "origin": "generated",
            "total_reported": 1,
            "records": 1,
            "duplicates": 0,
            "bodies": [{
                "file": "00001.json.zst",
                // Of `{"jobs":{}}`, from another tool.
                "sha256": "f9fe16f1b3b6ff0f45edb9334bb626ab80861686b5d9b52dc1ab94f802e3405f",
                "bytes": 11,
                "stored_bytes": 0,
                "records": 1,
                "received_at": "2026-05-01T09:00:00.25Z",
                "name": null,
            }],
            "program": landing::PROGRAM,
        })
    );
}

#[tokio::test]
async fn a_window_without_a_manifest_is_ignored() {
    // Killed after every possible number of writes: the mark, three bodies,
    // origin.json, manifest.
    for writes in 0..=6 {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let dying = Landing::new(Arc::new(Mortal::new(store.clone(), writes)));
        let hour = spec(
            WindowKind::Collect,
            "2026-05-01T00:00:00Z",
            "2026-05-01T01:00:00Z",
        );
        let landed = async {
            let writer = dying.begin(hour, now())?;
            for number in 1..=3 {
                writer.put(number, body("{}", 0)).await?;
            }
            writer.finish(summary(Origin::Collected)).await
        };
        let landed = landed.await;
        assert_eq!(landed.is_ok(), writes == 6, "{writes} writes");

        let landing = Landing::new(store);
        let listing = landing.list().await.expect("a listing");
        assert_eq!(listing.windows.len(), usize::from(writes == 6));
        assert_eq!(
            listing.unfinished.len(),
            usize::from((2..6).contains(&writes))
        );
        let due = coverage(&listing.windows, &recruit(), QueryId::of(&query()))
            .gaps(time("2026-05-01T00:00:00Z"), time("2026-05-01T02:00:00Z"));
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].seconds(), if writes == 6 { 3600 } else { 7200 });
        if let Err(error) = landed {
            assert!(error.is_retryable(), "{error}");
            // Leftovers of the first run do not block a second one.
            land_hour(&landing, Origin::Collected)
                .await
                .expect("landed again");
        }
    }
}

#[tokio::test]
async fn leftovers_are_removed_when_old_and_left_alone_when_young() {
    let landing = memory();
    let hour = spec(
        WindowKind::Sweep,
        "2026-05-01T00:00:00Z",
        "2026-05-01T01:00:00Z",
    );
    let writer = landing.begin(hour, now()).expect("a window");
    writer.put(1, body("{}", 0)).await.expect("stored");
    let kept = land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");

    let listing = landing.list().await.expect("a listing");
    let written = listing.unfinished[0].last_written;
    let day = SignedDuration::from_hours(24);
    let young = written + SignedDuration::from_hours(23);
    let tidied = landing
        .tidy(
            &landing.list().await.expect("a listing"),
            young,
            day,
            Some(&HashSet::new()),
        )
        .await
        .expect("tidied");
    assert_eq!((tidied.unfinished_windows, tidied.files), (0, 0));
    let old = written + SignedDuration::from_hours(25);
    let tidied = landing
        .tidy(
            &landing.list().await.expect("a listing"),
            old,
            day,
            Some(&HashSet::new()),
        )
        .await
        .expect("tidied");
    assert_eq!((tidied.unfinished_windows, tidied.files), (1, 1));
    let listing = landing.list().await.expect("a listing");
    assert!(listing.unfinished.is_empty());
    assert_eq!(listing.windows, [kept]);
}

#[tokio::test]
async fn what_a_killed_process_was_writing_is_removed_after_a_day() {
    let root = tempfile::tempdir().expect("a folder");
    let store = open_store(root.path().to_str().expect("text")).expect("a store");
    let landing = Landing::new(store);
    let kept = land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");
    let part = |path: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, "half").expect("a file");
        path
    };
    let cut = kept.path().as_ref().replace("/collect-", "/sweep-");
    let parts = [
        part(&format!("{}/00002.json.zst#1", kept.path())),
        part(&format!("{cut}/00001.json.zst#2")),
        part("warehouse/raw_data/recruits/part-00000001-0123456789abcdef-00000.parquet#1"),
    ];
    let others = [
        part("warehouse/raw_data/recruits/part.parquet"),
        part("mine/note#1"),
        part("warehouse/raw_data/recruits/part.parquet#1"),
        part("landing/saramin/recruit/date=2026-05-01/mine/00001.json.zst#2"),
    ];
    let day = SignedDuration::from_hours(24);
    let now = Timestamp::now();
    let tidied = landing
        .tidy(
            &landing.list().await.expect("a listing"),
            now,
            day,
            Some(&HashSet::new()),
        )
        .await
        .expect("tidied");
    assert_eq!(tidied.parts, 0);
    assert!(parts.iter().all(|part| part.exists()));
    let tomorrow = now + SignedDuration::from_hours(25);
    let tidied = landing
        .tidy(
            &landing.list().await.expect("a listing"),
            tomorrow,
            day,
            Some(&HashSet::new()),
        )
        .await
        .expect("tidied");
    assert_eq!(tidied.parts, 3);
    assert!(!parts.iter().any(|part| part.exists()));
    assert!(!parts[1].parent().expect("a folder").exists());
    assert!(others.iter().all(|other| other.exists()));
    let listing = landing.list().await.expect("a listing");
    assert_eq!(listing.windows, [kept]);
}

#[tokio::test]
async fn an_abandoned_window_leaves_nothing() {
    let landing = memory();
    let hour = spec(
        WindowKind::Collect,
        "2026-05-01T00:00:00Z",
        "2026-05-01T01:00:00Z",
    );
    let writer = landing.begin(hour, now()).expect("a window");
    writer.put(7, body("{}", 0)).await.expect("stored");
    writer.abandon().await.expect("removed");
    let listing = landing.list().await.expect("a listing");
    assert!(listing.unfinished.is_empty() && listing.windows.is_empty());
}

#[tokio::test]
async fn a_number_is_written_once() {
    let landing = memory();
    let hour = spec(
        WindowKind::Collect,
        "2026-05-01T00:00:00Z",
        "2026-05-01T01:00:00Z",
    );
    let writer = landing.begin(hour, now()).expect("a window");
    writer.put(1, body("{}", 0)).await.expect("stored");
    for number in [0, 1] {
        let error = writer.put(number, body("[]", 0)).await.expect_err("taken");
        assert!(matches!(error, Error::BodyTaken { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_or_missing_body_is_named() {
    let landing = memory();
    let window = land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");
    let manifest = landing.manifest(&window).await.expect("a manifest");
    let entry = &manifest.bodies[0];
    let path = window.path().join(entry.file.as_str());
    let other = zstd::encode_all(&b"{\"jobs\":[]}"[..], 3).expect("memory");
    for stored in [other, b"no zstd".to_vec(), Vec::new()] {
        landing
            .store()
            .put(&path, stored.into())
            .await
            .expect("stored");
        let error = landing.body(&window, entry).await.expect_err("damaged");
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(path.as_ref()), "{error}");
        assert!(!error.is_retryable());
    }
    landing.store().delete(&path).await.expect("deleted");
    let error = landing.body(&window, entry).await.expect_err("missing");
    assert!(error.to_string().contains(path.as_ref()), "{error}");
}

#[tokio::test]
async fn a_manifest_of_another_window_or_format_is_refused() {
    let landing = memory();
    let window = land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");
    let path = window.path().join("manifest.json");
    let good = landing.store().get(&path).await.expect("there");
    let good = String::from_utf8(good.bytes().await.expect("bytes").to_vec()).expect("text");
    for (from, to) in [
        ("\"format\": 1", "\"format\": 2"),
        ("\"collect\"", "\"sweep\""),
        ("2026-05-01T01:00:00Z", "2026-05-01T02:00:00Z"),
        ("{", ""),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        landing
            .store()
            .put(&path, bad.into())
            .await
            .expect("stored");
        let error = landing.manifest(&window).await.expect_err(to);
        assert!(error.to_string().contains(path.as_ref()), "{error}");
    }
}

#[tokio::test]
async fn only_complete_collect_windows_of_the_query_cover() {
    let landing = memory();
    let hours = |from: u8, to: u8| {
        (
            format!("2026-05-01T0{from}:00:00Z"),
            format!("2026-05-01T0{to}:00:00Z"),
        )
    };
    for (kind, from, to, own_query) in [
        (WindowKind::Collect, 0, 2, true),
        (WindowKind::Collect, 1, 3, true),
        (WindowKind::Collect, 3, 4, false),
        (WindowKind::Sweep, 4, 5, true),
        (WindowKind::Updated, 5, 6, true),
        (WindowKind::Collect, 7, 8, true),
    ] {
        let (from, to) = hours(from, to);
        let mut spec = spec(kind, &from, &to);
        if !own_query {
            spec.query.clear();
        }
        let writer = landing.begin(spec, now()).expect("a window");
        writer
            .finish(summary(Origin::Collected))
            .await
            .expect("landed");
    }
    let listing = landing.list_dataset(&recruit()).await.expect("a listing");
    assert_eq!(listing.windows.len(), 6);
    let covered = coverage(&listing.windows, &recruit(), QueryId::of(&query()));
    let due = covered.gaps(time("2026-05-01T00:00:00Z"), time("2026-05-01T09:00:00.9Z"));
    let due: Vec<String> = due.iter().map(ToString::to_string).collect();
    assert_eq!(
        due,
        [
            "2026-05-01T03:00:00Z..2026-05-01T07:00:00Z",
            "2026-05-01T08:00:00Z..2026-05-01T09:00:00Z"
        ]
    );
}

#[tokio::test]
async fn a_window_with_an_empty_manifest_is_ignored_and_kept() {
    let landing = memory();
    let window = land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");
    let manifest = window.path().join("manifest.json");
    let put = landing.store().put(&manifest, "".into());
    put.await.expect("stored");
    let listing = landing.list().await.expect("a listing");
    assert_eq!(listing.unsound, std::slice::from_ref(&window));
    assert!(listing.unfinished.is_empty());
    let covered = coverage(&listing.windows, &recruit(), QueryId::of(&query()));
    assert!(!covered.contains(window.from), "it is due again");

    // Bodies of a landed window whose manifest is lost are kept too.
    landing.store().delete(&manifest).await.expect("deleted");
    let listing = landing.list().await.expect("a listing");
    let much_later = now() + SignedDuration::from_hours(24 * 365);
    let day = SignedDuration::from_hours(24);
    let counted = HashSet::from([window.path().to_string()]);
    let tidied = landing.tidy(&listing, much_later, day, Some(&counted));
    assert_eq!(tidied.await.expect("tidied").files, 0);
    assert_eq!(landing.list().await.expect("a listing").unfinished.len(), 1);
}
