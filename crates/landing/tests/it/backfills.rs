//! Backfill requests, and what remains of them.

use jiff::{SignedDuration, Timestamp};
use kernel::Interval;
use landing::{Landing, Origin, WindowKind, coverage};

use crate::{land_hour, memory, now, query, recruit, spec, summary, time};

fn interval(from: &str, to: &str) -> Interval {
    Interval::new(time(from), time(to)).expect("an interval")
}

/// Lands an hour of the first of April, begun at `now`.
async fn land(landing: &Landing, kind: WindowKind, hour: u32, now: Timestamp) {
    let (from, to) = (
        format!("2026-04-01T0{hour}:00:00Z"),
        format!("2026-04-01T0{}:00:00Z", hour + 1),
    );
    let writer = landing.begin(spec(kind, &from, &to), now).expect("begun");
    let landed = writer.finish(summary(Origin::Collected)).await;
    landed.expect("landed");
}

#[tokio::test]
async fn the_rest_is_the_part_that_no_later_window_covers() {
    let landing = memory();
    let (from, to) = (time("2026-04-01T00:00:00Z"), time("2026-04-01T04:00:00Z"));
    let before = now() - SignedDuration::from_micros(1);
    land(&landing, WindowKind::Collect, 0, before).await;
    let asked = landing
        .ask_for(&recruit(), from, Some(to), &query(), now())
        .await
        .expect("noted");
    assert_eq!(
        landing.backfills(&recruit()).await.expect("read"),
        std::slice::from_ref(&asked)
    );
    let windows = landing.list().await.expect("a listing").windows;
    assert_eq!(asked.left(&windows), [asked.interval()], "asked for again");
    assert!(!asked.explains(&windows[0]));

    land(&landing, WindowKind::Sweep, 2, now()).await;
    land(&landing, WindowKind::Collect, 1, now()).await;
    let listing = landing.list().await.expect("a listing");
    assert_eq!(
        asked.left(&listing.windows),
        [
            interval("2026-04-01T00:00:00Z", "2026-04-01T01:00:00Z"),
            interval("2026-04-01T02:00:00Z", "2026-04-01T04:00:00Z"),
        ]
    );
    // Coverage is a separate question.
    let covered = coverage(&listing.windows, &recruit(), asked.query);
    assert_eq!(
        covered.as_slice(),
        [interval("2026-04-01T00:00:00Z", "2026-04-01T02:00:00Z")]
    );
}

#[tokio::test]
async fn without_an_end_it_requests_all_up_to_the_request() {
    let landing = memory();
    let from = time("2026-05-01T08:00:00Z");
    let asked = landing
        .ask_for(&recruit(), from, None, &query(), now())
        .await
        .expect("noted");
    assert_eq!(
        asked.interval(),
        interval("2026-05-01T08:00:00Z", "2026-05-01T09:00:00Z")
    );
    assert_eq!(landing.backfills(&recruit()).await.expect("read"), [asked]);
}

#[tokio::test]
async fn empty_periods_are_refused_and_other_files_are_not_backfills() {
    let landing = memory();
    land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");
    for (from, to) in [
        (now(), None),
        (time("2026-05-01T00:00:00Z"), Some("2026-05-01T00:00:00Z")),
        (time("2026-05-02T00:00:00Z"), Some("2026-05-01T00:00:00Z")),
    ] {
        landing
            .ask_for(&recruit(), from, to.map(time), &query(), now())
            .await
            .expect_err("nothing in it");
    }
    assert_eq!(landing.backfills(&recruit()).await.expect("read"), []);
}
