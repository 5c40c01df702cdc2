//! Windows of polls: their parts, and bodies that turned out not to count.

use std::sync::Arc;

use jiff::civil::date;
use landing::{Format, Landing, NewBody, Origin, Part, PartOutcome, WindowKind, coverage};
use object_store::memory::InMemory;

use crate::{body, now, spec, summary};

fn part(name: &str, outcome: PartOutcome) -> Part {
    Part {
        name: name.to_owned(),
        outcome,
        reason: None,
        unknown: false,
        from: Some(date(2026, 5, 1)),
        to: Some(date(2026, 5, 9)),
        started_at: now(),
        finished_at: now(),
        total_reported: None,
        records: Some(2),
        same_as: None,
        sha256: None,
        etag: Some("\"v1\"".to_owned()),
        last_modified: None,
    }
}

#[tokio::test]
async fn the_parts_of_a_poll_are_in_its_manifest() {
    let landing = Landing::new(Arc::new(InMemory::new()));
    let poll = spec(
        WindowKind::Snapshot,
        "2026-05-01T00:00:00Z",
        "2026-05-01T00:00:01Z",
    );
    let dataset = poll.dataset.clone();
    let writer = landing.begin(poll, now()).expect("a window");
    for (number, format) in [(1, Format::Json), (2, Format::Xml), (3, Format::Csv)] {
        let body = NewBody {
            format,
            part: Some(format!("b{number}")),
            ..body("[1,2]", 2)
        };
        writer.put(number, body).await.expect("stored");
    }
    assert_eq!(writer.sha256(2).map(|digest| digest.len()), Some(64));
    writer.remove(2).await.expect("removed");
    writer.remove(2).await.expect("removed before");
    let parts = vec![
        part("b1", PartOutcome::Complete),
        Part {
            reason: Some("too short".to_owned()),
            records: None,
            ..part("b2", PartOutcome::Failed)
        },
        Part {
            same_as: Some("landing/x".to_owned()),
            ..part("b3", PartOutcome::Unchanged)
        },
    ];
    let window = writer
        .finish_with(summary(Origin::Collected), parts.clone())
        .await
        .expect("landed");
    let manifest = landing.manifest(&window).await.expect("a manifest");
    assert_eq!(manifest.parts, parts);
    let bodies: Vec<_> = manifest
        .bodies
        .iter()
        .map(|body| (body.file.as_str(), body.part.as_deref()))
        .collect();
    assert_eq!(
        bodies,
        [
            ("00001.json.zst", Some("b1")),
            ("00003.csv.zst", Some("b3"))
        ]
    );
    let listing = landing.list().await.expect("a listing");
    assert_eq!(listing.windows, [window]);
    // It covers no time.
    let query = listing.windows[0].query;
    assert!(
        coverage(&listing.windows, &dataset, query)
            .as_slice()
            .is_empty()
    );
}

#[tokio::test]
async fn a_manifest_of_before_has_no_parts() {
    let landing = Landing::new(Arc::new(InMemory::new()));
    let hour = spec(
        WindowKind::Collect,
        "2026-05-01T00:00:00Z",
        "2026-05-01T01:00:00Z",
    );
    let writer = landing.begin(hour, now()).expect("a window");
    writer.put(1, body("[]", 0)).await.expect("stored");
    let window = writer
        .finish(summary(Origin::Collected))
        .await
        .expect("landed");
    let path = window.path().join("manifest.json");
    let stored = landing
        .store()
        .get_opts(&path, Default::default())
        .await
        .expect("there");
    let text = stored.bytes().await.expect("read");
    let text = String::from_utf8(text.to_vec()).expect("text");
    assert!(!text.contains("part"), "as it was written before: {text}");
}
